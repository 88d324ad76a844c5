/* lint_fuzz.c -- any text, JSON or YAML, as a definition and as a state: what is said of it is bounded, the same each time,
 * and about places that exist; the linter says all that the validator says. */
#include "tests/support/fuzz.h"

#include "asl/lint.h"
#include "base/text.h"
#include "source/source.h"

enum { FINDINGS_MAX = 1000, TEXT_MAX = 1 << 16 };

static void check(bool held)
{
    if (!held) abort();
}

static bool same(const AslDiagnostic *a, const AslDiagnostic *b)
{
    return a->severity == b->severity && a->offset == b->offset && str_equal(a->code, b->code) &&
           str_equal(a->location, b->location) && str_equal(a->message, b->message);
}

static void check_all(Arena *arena, const Source *source, const AslDiagnostics *found)
{
    check(found->count <= FINDINGS_MAX);
    for (size_t i = 0; i < found->count; i++) {
        const AslDiagnostic *at = &found->items[i];
        check(at->code.length && at->message.length);
        check(at->message.length < TEXT_MAX && at->location.length < TEXT_MAX && at->hint.length < TEXT_MAX);
        check(text_utf8_valid(at->message) && text_utf8_valid(at->location) && text_utf8_valid(at->hint));
        if (!source) continue;
        check(source_place_within(source, at->location, at->offset).line > 0);
        check(source_place_of_name(source, at->location).line > 0);
    }
    asl_diagnostics_text(arena, found);
}

static void check_same(const AslDiagnostics *a, const AslDiagnostics *b)
{
    check(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) check(same(&a->items[i], &b->items[i]));
}

/* In their order, among the doubts. */
static void check_within(const AslDiagnostics *errors, const AslDiagnostics *all)
{
    size_t at = 0;
    for (size_t i = 0; i < errors->count; i++, at++) {
        check(errors->items[i].severity == ASL_ERROR);
        while (at < all->count && !same(&errors->items[i], &all->items[at])) at++;
        check(at < all->count || all->count == FINDINGS_MAX);
        if (at >= all->count) return;
    }
}

static void check_definition(Arena *arena, const Source *source, const Json *definition, AslMachineType type)
{
    AslDiagnostics errors = { 0 }, again = { 0 }, all = { 0 }, all_again = { 0 };
    asl_validate(arena, definition, type, &errors);
    asl_validate(arena, definition, type, &again);
    asl_lint(arena, definition, type, &all);
    asl_lint(arena, definition, type, &all_again);
    check_all(arena, source, &errors);
    check_all(arena, source, &all);
    check_same(&errors, &again);
    check_same(&all, &all_again);
    check_within(&errors, &all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena          arena;
    AslDiagnostics found = { 0 }, state = { 0 }, doubts = { 0 };
    Json          *definition;
    Source        *source;
    SourcePlace    fault;
    Str            text = str_from(data, size);
    arena_init(&arena, 0);
    asl_validate_text(&arena, text, ASL_STANDARD, &definition, &found);
    check(definition || found.count);
    check_all(&arena, NULL, &found);
    Error *error = source_read(&arena, text, SOURCE_GUESS, &source, &fault);
    if (!error) {
        definition = source_value(source);
        check_definition(&arena, source, definition, ASL_STANDARD);
        check_definition(&arena, source, definition, ASL_EXPRESS);
        asl_validate_state(&arena, definition, &state);
        asl_validate_warnings(&arena, definition, &doubts);
        check_all(&arena, NULL, &state);
        check_all(&arena, source, &doubts);
    }
    error_free(error);
    arena_done(&arena);
    return 0;
}
