/* support.c -- definitions as text, drawn; and definitions made by chance. */
#include "tests/unit/graph/support.h"

const Json *definition_of(Arena *arena, Str json)
{
    Json *value = NULL;
    CHECK_OK(json_parse(arena, json, NULL, &value));
    return value;
}

/* ---- made definitions ---- */

typedef struct Maker {
    Buffer   out;
    uint32_t chance;
    int      depth, serial;
} Maker;

static int pick(Maker *maker, int count)
{
    maker->chance = maker->chance * 1664525u + 1013904223u;
    return (int)((maker->chance >> 10) % (uint32_t)count);
}

/* Mostly the next ones, at times any, rarely none. */
static int some_target(Maker *maker, int at, int count)
{
    switch (pick(maker, 8)) {
    case 0: return pick(maker, count);
    case 1: return count + pick(maker, 2);
    default: return at + 1 + pick(maker, 4) < count ? at + 1 + pick(maker, 4) : count - 1;
    }
}

static void make_machine(Maker *maker, int count);

static void make_inner(Maker *maker, bool map)
{
    int branches = map ? 1 : pick(maker, 4);
    buffer_append_c(&maker->out, map ? ",\"ItemProcessor\":" : ",\"Branches\":[");
    for (int i = 0; i < branches; i++) {
        if (i) buffer_append_byte(&maker->out, ',');
        make_machine(maker, 1 + pick(maker, 4));
    }
    if (!map) buffer_append_byte(&maker->out, ']');
}

static void make_choices(Maker *maker, int at, int count)
{
    static const char *const rules[] = { "\"Variable\":\"$.a\",\"NumericGreaterThan\":80", "\"Condition\":\"{% $x %}\"",
                                         "\"Variable\":\"$.kind\",\"StringEquals\":\"a long word, and another\"" };
    buffer_append_c(&maker->out, ",\"Choices\":[");
    for (int i = 0, rules_count = 1 + pick(maker, 4); i < rules_count; i++)
        buffer_append_format(&maker->out, "%s{%s,\"Next\":\"s%d\"}", i ? "," : "", rules[pick(maker, 3)],
                             some_target(maker, at, count));
    buffer_append_format(&maker->out, "],\"Default\":\"s%d\"", some_target(maker, at, count));
}

static void make_state(Maker *maker, int at, int count)
{
    static const char *const types[] = {
        "Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map", "None"
    };
    const char *type = types[pick(maker, maker->depth < 4 ? 9 : 6)];
    buffer_append_format(&maker->out, "\"s%d\":{\"Type\":\"%s\"", at, type);
    if (!strcmp(type, "Choice")) make_choices(maker, at, count);
    if (!strcmp(type, "Parallel") || !strcmp(type, "Map")) make_inner(maker, type[0] == 'M');
    if (strcmp(type, "Choice") && strcmp(type, "Fail"))
        buffer_append_format(&maker->out, pick(maker, 5) ? ",\"Next\":\"s%d\"" : ",\"End\":true,\"Is\":%d",
                             some_target(maker, at, count));
    for (int i = 0; !i && !pick(maker, 3); i++)
        buffer_append_format(&maker->out, ",\"Catch\":[{\"ErrorEquals\":[\"%s\"],\"Next\":\"s%d\"}]",
                             pick(maker, 2) ? "States.ALL" : "Refused", some_target(maker, at, count));
    buffer_append_byte(&maker->out, '}');
}

static void make_machine(Maker *maker, int count)
{
    maker->depth++;
    buffer_append_format(&maker->out, "{\"StartAt\":\"s%d\",\"States\":{", pick(maker, 9) ? 0 : count);
    for (int i = 0; i < count; i++) {
        if (i) buffer_append_byte(&maker->out, ',');
        make_state(maker, i, count);
    }
    buffer_append_c(&maker->out, "}}");
    maker->depth--;
}

Str made_definition(Arena *arena, uint32_t seed, int size)
{
    Maker maker = { .chance = seed * 2654435761u };
    buffer_init(&maker.out);
    make_machine(&maker, size);
    Str text = str_copy(arena, buffer_str(&maker.out));
    buffer_done(&maker.out);
    return text;
}

/* ---- drawn ---- */

static Str drawn(Arena *arena, Str json, void (*write)(Arena *, const Json *, Buffer *))
{
    Arena  scratch;
    Buffer out;
    arena_init(&scratch, 0);
    buffer_init(&out);
    write(&scratch, definition_of(&scratch, json), &out);
    CHECK(!out.failed);
    Str text = str_copy(arena, buffer_str(&out));
    buffer_done(&out);
    arena_done(&scratch);
    return text;
}

Str svg_of(Arena *arena, Str json)
{
    return drawn(arena, json, graph_write_svg);
}

Str mermaid_of(Arena *arena, Str json)
{
    return drawn(arena, json, graph_write_mermaid);
}

bool has(Str text, const char *part)
{
    size_t at;
    bool   found = str_find(text, str_from_c(part), &at);
    if (!found) printf("    no \"%s\" in:\n%.*s\n", part, STR_ARG(str_slice(text, 0, 4000)));
    return found;
}
