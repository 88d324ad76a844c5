/* validate_test.c -- what the service refuses: its words, codes and places. Cases are in validate.golden. */
#include "asl/lint.h"
#include "tests/unit/asl/golden.h"
#include "tests/support/test.h"

static void write_diagnostics(const AslDiagnostics *diagnostics, Buffer *out)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const AslDiagnostic *d = &diagnostics->items[i];
        buffer_append_format(out, "%.*s %.*s: %.*s\n", STR_ARG(d->code), STR_ARG(d->location), STR_ARG(d->message));
        if (d->offset) buffer_append_format(out, "    at: %zu\n", d->offset);
        if (d->hint.length) buffer_append_format(out, "    hint: %.*s\n", STR_ARG(d->hint));
    }
}

static void run_case(Arena *arena, Str kind, Str input, Buffer *out)
{
    Json          *definition;
    AslDiagnostics diagnostics = { 0 };
    AslMachineType type = str_equal(kind, STR("EXPRESS")) ? ASL_EXPRESS : ASL_STANDARD;
    if (!str_equal(kind, STR("state")) && !str_equal(kind, STR("warnings"))) {
        asl_validate_text(arena, input, type, &definition, &diagnostics);
    } else if (CHECK_OK(json_parse(arena, input, NULL, &definition))) {
        if (str_equal(kind, STR("state")))
            asl_validate_state(arena, definition, &diagnostics);
        else
            asl_validate_warnings(arena, definition, &diagnostics);
    }
    write_diagnostics(&diagnostics, out);
}

TEST(test_definitions_are_refused_in_the_words_of_the_service)
{
    golden_check("validate.golden", run_case);
}

static void check_text(const char *definition, AslMachineType type, Str expected)
{
    Arena          arena;
    Json          *parsed;
    AslDiagnostics diagnostics = { 0 };
    arena_init(&arena, 0);
    asl_validate_text(&arena, str_from_c(definition), type, &parsed, &diagnostics);
    CHECK_STR(asl_diagnostics_text(&arena, &diagnostics), expected);
    arena_done(&arena);
}

TEST(test_a_refusal_names_all_errors_in_a_line)
{
    check_text("{\"Comment\": \"no states\", \"StartAt\": \"State_1\"}", ASL_STANDARD,
               STR("SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /"));
    check_text("{\"StartAt\": \"pass1\", \"States\": {\"pass1\": {\"Type\": \"Pass\", \"Next\": \"pass3\"}, \"pass2\": "
               "{\"Type\": \"Pass\", \"End\": true}}}",
               ASL_STANDARD,
               STR("MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, "
                   "MISSING_TRANSITION_TARGET: State \"pass2\" is not reachable. at /States/pass2"));
    check_text("{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Pass\", \"Next\": \"A\"}}}", ASL_STANDARD,
               STR("MISSING_END_STATE: Workflow has no terminal state at null"));
    check_text("{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Task\", \"End\": true, \"Resource\": "
               "\"arn:aws:states:::sqs:sendMessage.waitForTaskToken\", "
               "\"Parameters\": {\"QueueUrl\": \"u\", \"MessageBody\": \"b\"}}}}",
               ASL_EXPRESS,
               STR("SCHEMA_VALIDATION_FAILED: Express state machine does not support '.waitForTaskToken' service "
                   "integration  at /States/A/Resource"));
    check_text("{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\"}}}", ASL_STANDARD, STR(""));
}

TEST(test_the_definition_comes_back_when_it_is_one)
{
    Arena          arena;
    Json          *parsed;
    AslDiagnostics none = { 0 }, some = { 0 };
    arena_init(&arena, 0);
    asl_validate_text(&arena, STR("{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Succeed\"}}}"), ASL_STANDARD,
                      &parsed, &none);
    CHECK_INT((int64_t)none.count, 0);
    CHECK(parsed && json_get(parsed, STR("States")));
    asl_validate_text(&arena, STR("[]"), ASL_STANDARD, &parsed, &some);
    CHECK_INT((int64_t)some.count, 1);
    CHECK(!parsed);
    arena_done(&arena);
}

/* ---- large and deep ---- */

static void repeat(Buffer *out, const char *text, int times)
{
    for (int i = 0; i < times; i++) buffer_append_c(out, text);
}

static size_t count_of(Str text, size_t *out_longest)
{
    Arena          arena;
    Json          *parsed;
    AslDiagnostics diagnostics = { 0 };
    arena_init(&arena, 0);
    asl_validate_text(&arena, text, ASL_STANDARD, &parsed, &diagnostics);
    AslDiagnostics linted = { 0 };
    if (parsed) asl_lint(&arena, parsed, ASL_STANDARD, &linted);
    CHECK(linted.count >= diagnostics.count);
    *out_longest = 0;
    for (size_t i = 0; i < diagnostics.count; i++)
        if (diagnostics.items[i].location.length > *out_longest) *out_longest = diagnostics.items[i].location.length;
    arena_done(&arena);
    return diagnostics.count;
}

TEST(test_depth_costs_no_stack)
{
    size_t longest;
    Buffer text;
    buffer_init(&text);
    buffer_append_c(&text, "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true,\"Parameters\":");
    repeat(&text, "{\"a\":", 995);
    buffer_append_c(&text, "{\"b.$\":1}");
    repeat(&text, "}", 995);
    buffer_append_c(&text, "}}}");
    CHECK_INT((int64_t)count_of(buffer_str(&text), &longest), 1);
    buffer_clear(&text);
    buffer_append_c(&text, "{\"StartAt\":\"A\",\"QueryLanguage\":\"JSONata\",\"States\":{\"A\":{\"Type\":\"Pass\","
                           "\"End\":true,\"Output\":");
    repeat(&text, "[", 995);
    buffer_append_c(&text, "\"{% a %}\"");
    repeat(&text, "]", 995);
    buffer_append_c(&text, "}}}");
    CHECK_INT((int64_t)count_of(buffer_str(&text), &longest), 1);
    CHECK(longest > 2000);
    buffer_clear(&text);
    buffer_append_c(&text, "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Choice\",\"Default\":\"B\",\"Choices\":[{"
                           "\"Next\":\"B\",\"Not\":");
    repeat(&text, "{\"Not\":", 990);
    buffer_append_c(&text, "{}");
    repeat(&text, "}", 990);
    buffer_append_c(&text, "}]},\"B\":{\"Type\":\"Succeed\"}}}");
    CHECK_INT((int64_t)count_of(buffer_str(&text), &longest), 1);
    buffer_clear(&text);
    for (int i = 0; i < 240; i++)
        buffer_append_format(
            &text, "{\"StartAt\":\"P%d\",\"States\":{\"P%d\":{\"Type\":\"Parallel\",\"End\":true,\"Branches\":[", i, i);
    buffer_append_c(&text, "{\"StartAt\":\"L\",\"States\":{\"L\":{\"Type\":\"Pas\",\"End\":true}}}");
    repeat(&text, "]}}}", 240);
    CHECK_INT((int64_t)count_of(buffer_str(&text), &longest), 1);
    buffer_done(&text);
}

TEST(test_findings_and_their_texts_are_bounded)
{
    size_t longest;
    Buffer text;
    buffer_init(&text);
    buffer_append_c(
        &text,
        "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Parallel\",\"End\":true,\"Branches\":[{\"StartAt\":\"");
    repeat(&text, "x", 100000);
    buffer_append_c(&text, "\",\"States\":{\"");
    repeat(&text, "x", 100000);
    buffer_append_c(&text, "\":{\"Type\":\"Parallel\",\"End\":true,\"Branches\":[{\"StartAt\":\"S0\",\"States\":{");
    for (int i = 0; i < 5000; i++) buffer_append_format(&text, "%s\"S%d\":{}", i ? "," : "", i);
    buffer_append_c(&text, "}}]}}}]}}}");
    CHECK_INT((int64_t)count_of(buffer_str(&text), &longest), 1000);
    CHECK(longest < 4096);
    buffer_done(&text);
}

TEST(test_ten_thousand_states_are_quick)
{
    size_t longest;
    Buffer text;
    buffer_init(&text);
    buffer_append_c(&text, "{\"StartAt\":\"S0\",\"States\":{");
    for (int i = 0; i < 10000; i++)
        buffer_append_format(
            &text,
            "\"S%d\":{\"Type\":\"Pass\",\"ResultPath\":\"$.r%d\",\"Assign\":{\"v%d.$\":\"$.x\"},\"Next\":\"S%d\"},", i,
            i, i, i + 1);
    buffer_append_c(&text, "\"S10000\":{\"Type\":\"Succeed\"}}}");
    CHECK_INT((int64_t)count_of(buffer_str(&text), &longest), 0);
    buffer_done(&text);
}
