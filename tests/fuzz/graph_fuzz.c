/* graph_fuzz.c -- any JSON is a definition: it is drawn, twice the same, as XML that is well-formed and as a flowchart. */
#include "tests/support/fuzz.h"
#include "tests/support/xml.h"

#include "graph/graph.h"

static void check(bool held)
{
    if (!held) abort();
}

static void draw(Str text, void (*write)(Arena *scratch, const Json *definition, Buffer *out), Buffer *out)
{
    Arena arena;
    Json *definition;
    arena_init(&arena, 0);
    buffer_init(out);
    check(!json_parse(&arena, text, NULL, &definition));
    write(&arena, definition, out);
    check(!out->failed);
    arena_done(&arena);
}

static void check_twice(Str text, void (*write)(Arena *scratch, const Json *definition, Buffer *out), bool is_xml)
{
    Buffer once, again;
    draw(text, write, &once);
    draw(text, write, &again);
    check(str_equal(buffer_str(&once), buffer_str(&again)));
    check(text_utf8_valid(buffer_str(&once)));
    if (is_xml) check(xml_is_well_formed(buffer_str(&once)));
    buffer_done(&once);
    buffer_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena arena;
    Json *definition;
    Str   text = str_from(data, size);
    arena_init(&arena, 0);
    Error *error = json_parse(&arena, text, NULL, &definition);
    arena_done(&arena);
    if (!error) {
        check_twice(text, graph_write_svg, true);
        check_twice(text, graph_write_mermaid, false);
    }
    error_free(error);
    return 0;
}
