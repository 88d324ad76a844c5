/* main.c -- tutti COMMAND ... */
#include "cli/cli.h"

#include <sys/stat.h>

static int help_command(int argc, char **argv);
static int version_command(int argc, char **argv);

static const Command commands[] = {
    { "serve", serve_command, "runs the server", serve_help },
    { "eval", eval_command, "evaluates a JSONata expression or a JSONPath", eval_help },
    { "run", run_command, "runs a definition in a throw-away world", run_help },
    { "test", test_command, "plays the cases of test files", test_help },
    { "lint", lint_command, "looks a definition over", lint_help },
    { "graph", graph_command, "draws a definition", graph_help },
    { "store", store_command, "verify, stats, compact or backup of a data directory", store_help },
    { "help", help_command, "says what a command does", "usage: tutti help [COMMAND]\n" },
    { "version", version_command, "prints the version", "usage: tutti version\n" },
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static const Command *find(const char *name)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (!strcmp(commands[i].name, name)) return &commands[i];
    return NULL;
}

static void print_overview(FILE *out)
{
    fputs("tutti conducts data pipelines and answers the AWS wire protocols on this machine.\n\ncommands:\n", out);
    for (int i = 0; i < COMMAND_COUNT; i++) fprintf(out, "  %-8s  %s\n", commands[i].name, commands[i].summary);
    fputs("\n`tutti help COMMAND` says more.\n", out);
}

static int help_command(int argc, char **argv)
{
    const Command *command = argc > 1 ? find(argv[1]) : NULL;
    if (argc > 1 && !command) {
        fprintf(stderr, "tutti: there is no command '%s'\n", argv[1]);
        return 2;
    }
    if (command)
        fputs(command->help, stdout);
    else
        print_overview(stdout);
    return 0;
}

static int version_command(int argc, char **argv)
{
    (void)argc, (void)argv;
    puts("tutti " TUTTI_VERSION);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_overview(stderr);
        return 2;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) return help_command(1, argv);
    if (!strcmp(argv[1], "--version")) return version_command(1, argv);
    const Command *command = find(argv[1]);
    if (!command) {
        fprintf(stderr, "tutti: there is no command '%s'; `tutti help` lists them\n", argv[1]);
        return 2;
    }
    for (int i = 2; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            fputs(command->help, stdout);
            return 0;
        }
    umask(077); /* what is made here is for its owner alone */
    return command->run(argc - 1, argv + 1);
}
