/* jsonpath_fuzz.c -- the first line is a path, the rest a document. Applying changes nothing, a
 * refusal says why, and what was put in a place is found there. */
#include "tests/support/fuzz.h"

#include "jsonpath/jsonpath.h"

static void check(bool held)
{
    if (!held) abort();
}

static void check_replace(Arena *arena, const JsonPath *path, const Json *document)
{
    Json *replaced, *found, *value = json_str(arena, STR("put here"));
    Str   why;
    if (jsonpath_replace(arena, path, document, value, &replaced, &why) != JSONPATH_FOUND) return;
    check(jsonpath_apply(arena, path, replaced, &found, &why) == JSONPATH_FOUND);
    check(found == value);
}

static void check_path(Arena *arena, JsonPathDialect dialect, Str text, const Json *document)
{
    JsonPath *path = NULL;
    Json     *found = NULL;
    Str       why = STR_NONE;
    Error    *error = jsonpath_compile_as(arena, text, dialect, &path);
    if (!error) {
        JsonPathOutcome outcome = jsonpath_apply(arena, path, document, &found, &why);
        check(outcome == JSONPATH_FOUND ? found != NULL : why.length > 0);
        check(jsonpath_normal(path, arena).length > 0);
        if (jsonpath_is_reference(path)) check_replace(arena, path, document);
    }
    error_free(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena  arena;
    Json  *document;
    size_t end = size;
    arena_init(&arena, 0);
    Str input = str_from(data, size);
    str_find_byte(input, '\n', &end);
    Error *error = json_parse(&arena, str_slice(input, end + 1, size), NULL, &document);
    if (!error) {
        Json *before = json_copy(&arena, document);
        check_path(&arena, JSONPATH_STATES, str_slice(input, 0, end), document);
        check_path(&arena, JSONPATH_2_10, str_slice(input, 0, end), document);
        check(json_equal(before, document));
    }
    error_free(error);
    arena_done(&arena);
    return 0;
}
