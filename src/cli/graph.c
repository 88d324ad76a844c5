/* graph.c -- tutti graph: a definition as a drawing. */
#include "cli/cli.h"
#include "cli/definition.h"
#include "graph/graph.h"

#include <errno.h>

const char graph_help[] =
    "usage: tutti graph FILE [--format svg|mermaid] [--output FILE]\n"
    "\n"
    "Draws a definition of the States Language, in JSON or YAML.\n"
    "\n"
    "  --format svg|mermaid  a drawing for light and dark pages, or a flowchart's text for Markdown; svg\n"
    "  --output FILE         where it goes; standard output\n"
    "\n"
    "A definition that is not valid is drawn as far as it goes: targets that are missing are dashed.\n";

typedef struct Drawing {
    const char *path, *format, *output;
    Arena       arena;
    Buffer      text;
} Drawing;

static bool is_mermaid(const Drawing *drawing)
{
    return drawing->format && !strcmp(drawing->format, "mermaid");
}

static Error *print(const Drawing *drawing)
{
    if (drawing->text.failed) return error_memory();
    if (drawing->output) return file_write(drawing->output, buffer_str(&drawing->text));
    bool written = fwrite(drawing->text.data, 1, drawing->text.length, stdout) == drawing->text.length;
    return written && !fflush(stdout) ? NULL : error_errno(errno, "cannot write");
}

static Error *draw(Drawing *drawing, int *out_status)
{
    Source *source;
    TRY(source_load(&drawing->arena, drawing->path, &source));
    if (!source) {
        *out_status = 1;
        return NULL;
    }
    if (is_mermaid(drawing))
        graph_write_mermaid(&drawing->arena, source_value(source), &drawing->text);
    else
        graph_write_svg(&drawing->arena, source_value(source), &drawing->text);
    return print(drawing);
}

int graph_command(int argc, char **argv)
{
    Drawing      drawing = { .path = NULL };
    int          status = 0;
    const Option options[] = { { "--format", &drawing.format, NULL }, { "--output", &drawing.output, NULL } };
    if (!options_take("graph", options, sizeof options / sizeof *options, &argc, argv)) return 2;
    bool known = !drawing.format || !strcmp(drawing.format, "svg") || is_mermaid(&drawing);
    if (argc != 2 || !known) {
        if (!known) fprintf(stderr, "tutti graph: --format is svg or mermaid, not '%s'\n", drawing.format);
        if (known) fputs(graph_help, stderr);
        return 2;
    }
    drawing.path = argv[1];
    arena_init(&drawing.arena, 0);
    buffer_init(&drawing.text);
    Error *error = draw(&drawing, &status);
    if (error) status = fail(error);
    error_free(error);
    buffer_done(&drawing.text);
    arena_done(&drawing.arena);
    return status;
}
