/* cli.h -- the commands of `tutti`. Each takes what stands behind its name and gives the exit status. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/error.h"

#define TUTTI_VERSION "0.1.0"

typedef struct Command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
    const char *summary;
    const char *help;
} Command;

int serve_command(int argc, char **argv);
int store_command(int argc, char **argv);
int eval_command(int argc, char **argv);
int graph_command(int argc, char **argv);
int lint_command(int argc, char **argv);
int run_command(int argc, char **argv);
int test_command(int argc, char **argv);

extern const char serve_help[], store_help[], eval_help[], graph_help[], lint_help[], run_help[], test_help[];

/* Options of the form --name VALUE, --name=VALUE and --flag. */
typedef struct Option {
    const char  *name;  /* "--listen" */
    const char **value; /* NULL for a flag */
    bool        *flag;
} Option;

/* Takes the options out; what is left are the words. False: said on stderr what is wrong. */
bool options_take(const char *command, const Option *options, size_t count, int *argc, char **argv);

int fail(const Error *error); /* prints "tutti: ..." and gives 1 */

Error *file_read(Arena *arena, const char *path, Str *out);
Error *file_write(const char *path, Str text);
Error *text_or_file(Arena *arena, const char *argument, Str *out); /* "@FILE" is the file's text, anything else its own */
Str    path_beside(Arena *arena, const char *path, Str name); /* a name that stands in the file `path` */

#endif
