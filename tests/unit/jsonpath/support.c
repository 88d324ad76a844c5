/* support.c -- asks one path of one document. */
#include "tests/unit/jsonpath/support.h"

static Str refusal(Arena *arena, JsonPathOutcome outcome, Str why)
{
    return str_format(arena, "%s: %.*s", outcome == JSONPATH_NOT_FOUND ? "not found" : "not supported", STR_ARG(why));
}

Str path_answer(Arena *arena, JsonPathDialect dialect, const char *text, const char *document)
{
    JsonPath *path = NULL;
    Json     *value = NULL, *found = NULL;
    Str       why = STR_NONE;
    Error    *error = jsonpath_compile_as(arena, str_from_c(text), dialect, &path);
    if (error) {
        Str answer = str_format(arena, "no path: %s", error->message);
        error_free(error);
        return answer;
    }
    CHECK_OK(json_parse(arena, str_from_c(document), NULL, &value));
    JsonPathOutcome outcome = jsonpath_apply(arena, path, value, &found, &why);
    return outcome == JSONPATH_FOUND ? json_text(arena, found) : refusal(arena, outcome, why);
}

void check_paths(JsonPathDialect dialect, const PathCase *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Arena arena;
        arena_init(&arena, 0);
        Str answer = path_answer(&arena, dialect, cases[i].path, cases[i].document);
        Str asked = str_format(&arena, "%s of %s: ", cases[i].path, cases[i].document);
        CHECK_STR(str_format(&arena, "%.*s%.*s", STR_ARG(asked), STR_ARG(answer)),
                  str_format(&arena, "%.*s%s", STR_ARG(asked), cases[i].wanted));
        arena_done(&arena);
    }
}
