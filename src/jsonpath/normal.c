/* normal.c -- a path as the library writes it: $['a'][0]..['b'][?]. Names are not escaped. */
#include "jsonpath/internal.h"

typedef struct Writer {
    char  *out; /* NULL: only measures */
    size_t length;
} Writer;

static void put(Writer *writer, Str text)
{
    if (writer->out && text.length) memcpy(writer->out + writer->length, text.data, text.length);
    writer->length += text.length;
}

static void put_int(Writer *writer, int64_t number)
{
    char digits[24];
    int  length = snprintf(digits, sizeof digits, "%lld", (long long)number);
    put(writer, str_from(digits, (size_t)length));
}

static void put_names(Writer *writer, const Step *step, JsonPathDialect dialect)
{
    put(writer, STR("["));
    for (uint32_t i = 0; i < step->count; i++) {
        if (i) put(writer, dialect == JSONPATH_STATES ? STR(", ") : STR(","));
        put(writer, STR("'"));
        put(writer, step->names[i]);
        put(writer, STR("'"));
    }
    put(writer, STR("]"));
}

static void put_indexes(Writer *writer, const Step *step)
{
    put(writer, STR("["));
    for (uint32_t i = 0; i < step->count; i++) {
        if (i) put(writer, STR(","));
        put_int(writer, step->indexes[i]);
    }
    put(writer, STR("]"));
}

static void put_slice(Writer *writer, const Step *step)
{
    put(writer, STR("["));
    if (step->has_from) put_int(writer, step->from);
    put(writer, STR(":"));
    if (step->has_to) put_int(writer, step->to);
    put(writer, STR("]"));
}

static void put_function(Writer *writer, const Step *step)
{
    put(writer, STR("."));
    put(writer, function_name(step->function));
    put(writer, step->count ? STR("(...)") : STR("()"));
}

static void put_step(Writer *writer, const Step *step, JsonPathDialect dialect)
{
    switch (step->kind) {
    case STEP_PROPERTY: put_names(writer, step, dialect); break;
    case STEP_INDEX: put_indexes(writer, step); break;
    case STEP_SLICE: put_slice(writer, step); break;
    case STEP_WILDCARD: put(writer, STR("[*]")); break;
    case STEP_SCAN: put(writer, STR("..")); break;
    case STEP_FILTER: put(writer, STR("[?]")); break;
    case STEP_FUNCTION: put_function(writer, step); break;
    }
}

static void put_steps(Writer *writer, const Step *step, JsonPathDialect dialect)
{
    for (; step; step = step->next) put_step(writer, step, dialect);
}

static void put_path(Writer *writer, const JsonPath *path)
{
    put(writer, path->of_item && path->dialect != JSONPATH_STATES ? STR("@") : STR("$"));
    put_steps(writer, path->first, path->dialect);
}

Str jsonpath_normal(const JsonPath *path, Arena *arena)
{
    Writer writer = { 0 };
    put_path(&writer, path);
    writer = (Writer){ .out = arena_alloc_bytes(arena, writer.length) };
    put_path(&writer, path);
    return str_from(writer.out, writer.length);
}

Str steps_normal(Arena *arena, const Step *step, JsonPathDialect dialect)
{
    Writer writer = { 0 };
    put_steps(&writer, step, dialect);
    writer = (Writer){ .out = arena_alloc_bytes(arena, writer.length + 1) };
    put_steps(&writer, step, dialect);
    return str_from(writer.out, writer.length);
}

Str jsonpath_text(const JsonPath *path)
{
    return path->text;
}

bool jsonpath_is_definite(const JsonPath *path)
{
    return path->definite;
}

bool jsonpath_is_reference(const JsonPath *path)
{
    return path->reference;
}
