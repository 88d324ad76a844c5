/* lint_test.c -- what an expert sees. Cases are in lint.golden; definitions that run well must give no errors. */
#include "asl/asl.h"
#include "asl/lint.h"
#include "tests/unit/asl/golden.h"
#include "tests/unit/asl/machines.h"
#include "source/source.h"
#include "tests/support/test.h"

static void write_diagnostics(const AslDiagnostics *diagnostics, Buffer *out)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const AslDiagnostic *d = &diagnostics->items[i];
        const char          *severity = d->severity == ASL_ERROR ? "error" : "warning";
        buffer_append_format(out, "%s %.*s %.*s: %.*s\n", severity, STR_ARG(d->code), STR_ARG(d->location),
                             STR_ARG(d->message));
        if (d->hint.length) buffer_append_format(out, "    hint: %.*s\n", STR_ARG(d->hint));
    }
}

/* Cases are written in YAML, which is shorter. */
static void run_case(Arena *arena, Str kind, Str input, Buffer *out)
{
    Source        *source;
    SourcePlace    fault;
    AslDiagnostics diagnostics = { 0 };
    AslMachineType type = str_equal(kind, STR("EXPRESS")) ? ASL_EXPRESS : ASL_STANDARD;
    if (!CHECK_OK(source_read(arena, input, SOURCE_YAML, &source, &fault))) return;
    asl_lint(arena, source_value(source), type, &diagnostics);
    write_diagnostics(&diagnostics, out);
}

TEST(test_the_linter_says_what_an_expert_sees)
{
    golden_check("lint.golden", run_case);
}

static Str example(Arena *arena, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/examples/%s", test_source_root(), name);
    FILE *file = fopen(path, "r");
    if (!CHECK(file != NULL)) return STR_NONE;
    char  *text = arena_alloc_bytes(arena, 1 << 16);
    size_t size = fread(text, 1, 1 << 16, file);
    fclose(file);
    return str_from(text, size);
}

static void lint_example(Arena *arena, const char *name, Source **out_source, AslDiagnostics *out)
{
    SourcePlace fault;
    *out = (AslDiagnostics){ 0 };
    if (CHECK_OK(source_read(arena, example(arena, name), SOURCE_GUESS, out_source, &fault)))
        asl_lint(arena, source_value(*out_source), ASL_STANDARD, out);
}

static const AslDiagnostic *find(const AslDiagnostics *diagnostics, Str code, Str location)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (str_equal(diagnostics->items[i].code, code) && str_equal(diagnostics->items[i].location, location))
            return &diagnostics->items[i];
    return NULL;
}

TEST(test_the_grocery_order_has_its_two_faults)
{
    Arena          arena;
    Source        *source;
    AslDiagnostics found;
    arena_init(&arena, 0);
    lint_example(&arena, "grocery-order.asl.json", &source, &found);
    const AslDiagnostic *target = find(&found, STR("MISSING_TRANSITION_TARGET"), STR("/States/ReserveInventory/Next"));
    if (CHECK(target != NULL)) {
        CHECK_STR(target->message, STR("Missing 'Next' target: SchedulePick"));
        CHECK_STR(target->hint, STR("Did you mean 'SchedulePicking'?"));
        CHECK_INT(source_place(source, target->location).line, 104);
    }
    const AslDiagnostic *path =
        find(&found, STR("PATH_NOT_FOUND"), STR("/States/ReserveInventory/Parameters/Payload/customer_id.$"));
    if (CHECK(path != NULL)) {
        CHECK_INT(path->severity, ASL_ERROR);
        CHECK_STR(path->message, STR("'$.customer_id' finds nothing: the input is an array of 2, the result of the "
                                     "Parallel state 'CheckStockAndPayment'"));
        CHECK_STR(path->hint, STR("Write $[0].customer_id, keep the input with \"ResultPath\": \"$.results\" in "
                                  "'CheckStockAndPayment', or pick its parts "
                                  "there with a ResultSelector."));
    }
    CHECK_INT((int64_t)found.count, 5); /* and three states that nothing leads to any more */
    arena_done(&arena);
}

TEST(test_the_loan_approval_is_clean)
{
    Arena          arena;
    Source        *source;
    AslDiagnostics found;
    arena_init(&arena, 0);
    lint_example(&arena, "loan-approval.asl.json", &source, &found);
    CHECK_INT((int64_t)found.count, 0);
    arena_done(&arena);
}

/* Machines by chance are valid: none is refused, and what is not refused compiles. */
TEST(test_valid_machines_are_not_refused)
{
    Chance chance;
    chance_init_seed(&chance, 7);
    for (int i = 0; i < 300; i++) {
        Arena          arena;
        AslProgram    *program;
        AslDiagnostics found = { 0 };
        arena_init(&arena, 0);
        Json *machine = machines_make(&arena, &chance);
        asl_validate(&arena, machine, ASL_STANDARD, &found);
        if (!CHECK_INT((int64_t)found.count, 0)) printf("    %.*s\n", STR_ARG(asl_diagnostics_text(&arena, &found)));
        CHECK_OK(asl_compile(&arena, machine, &program));
        AslDiagnostics linted = { 0 };
        asl_lint(&arena, machine, ASL_STANDARD, &linted);
        arena_done(&arena);
    }
}
