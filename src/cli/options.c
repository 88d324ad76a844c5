/* options.c -- reading the command line. */
#include "cli/cli.h"

static const Option *find(const Option *options, size_t count, Str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(str_from_c(options[i].name), name)) return &options[i];
    return NULL;
}

static bool refuse(const char *command, const char *what, const char *word)
{
    fprintf(stderr, "tutti %s: %s %s (see: tutti help %s)\n", command, what, word, command);
    return false;
}

/* Takes one option at argv[*at]; moves *at to its last word. */
static bool take(const char *command, const Option *options, size_t count, int argc, char **argv, int *at)
{
    Str word = str_from_c(argv[*at]);
    size_t equals;
    bool joined = str_find_byte(word, '=', &equals);
    const Option *option = find(options, count, joined ? str_slice(word, 0, equals) : word);
    if (!option) return refuse(command, "unknown option", argv[*at]);
    if (!option->value) {
        if (joined) return refuse(command, "this option takes no value:", option->name);
        *option->flag = true;
        return true;
    }
    if (joined) {
        *option->value = argv[*at] + equals + 1;
        return true;
    }
    if (*at + 1 >= argc) return refuse(command, "a value is missing behind", option->name);
    *option->value = argv[++*at];
    return true;
}

bool options_take(const char *command, const Option *options, size_t count, int *argc, char **argv)
{
    int kept = 1;
    for (int at = 1; at < *argc; at++) {
        if (strncmp(argv[at], "--", 2)) {
            argv[kept++] = argv[at];
            continue;
        }
        if (!take(command, options, count, *argc, argv, &at)) return false;
    }
    *argc = kept;
    return true;
}

int fail(const Error *error)
{
    Buffer text;
    buffer_init(&text);
    error_describe(error, &text);
    fprintf(stderr, "tutti: %.*s\n", STR_ARG(buffer_str(&text)));
    buffer_done(&text);
    return 1;
}
