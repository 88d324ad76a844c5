/* scope_support.c -- asks one template, call or rule of one input. */
#include "tests/unit/asl/scope_support.h"

#include "asl/choice.h"
#include "asl/template.h"

Json *test_json(Arena *arena, const char *text)
{
    Json *value = json_null(arena);
    CHECK_OK(json_parse(arena, str_from_c(text), NULL, &value));
    return value;
}

static const Json *context(const AslScope *scope)
{
    return test_json(scope->arena, "{\"Execution\":{\"Name\":\"run\",\"Input\":{\"n\":1}},\"Task\":{\"Token\":\"t\"}}");
}

void test_scope_init(TestScope *test, const char *input)
{
    arena_init(&test->arena, 0);
    test->seed = 1729;
    test->outer = (AslVariables){ .values = test_json(&test->arena, "{\"count\":0,\"outer\":{\"a\":\"b\"}}") };
    test->inner =
        (AslVariables){ .values = test_json(&test->arena, "{\"count\":3,\"größe\":[1,2]}"), .outer = &test->outer };
    test->scope = (AslScope){ .arena = &test->arena,
                              .input = test_json(&test->arena, input),
                              .context = context,
                              .variables = &test->inner,
                              .seed = &test->seed };
}

void test_scope_done(TestScope *test)
{
    arena_done(&test->arena);
}

static Str refused(TestScope *test, Error *error)
{
    CHECK_INT(error->code, ERR_SYNTAX);
    Str text = str_format(&test->arena, "refused: %s", error->message);
    error_free(error);
    return text;
}

static Str failed(TestScope *test, const AslFault *fault)
{
    CHECK_STR(fault->error, STR("States.Runtime"));
    return str_format(&test->arena, "failed: %.*s", STR_ARG(fault->cause));
}

static Str evaluated(TestScope *test, const AslTemplate *template)
{
    AslFault fault = { 0 };
    Json    *out = NULL;
    bool     done = asl_template_evaluate(template, &test->scope, STR("v.$"), &out, &fault);
    return done ? json_text(&test->arena, out) : failed(test, &fault);
}

Str test_answer_template(TestScope *test, const char *source)
{
    AslTemplate *template;
    Error *error = asl_template_compile(&test->arena, test_json(&test->arena, source), &template);
    return error ? refused(test, error) : evaluated(test, template);
}

Str test_answer_call(TestScope *test, const char *source)
{
    AslTemplate *template;
    Error *error = asl_template_compile_text(&test->arena, str_from_c(source), &template);
    return error ? refused(test, error) : evaluated(test, template);
}

Str test_answer_rule(TestScope *test, const char *source)
{
    AslChoiceRule *rule;
    AslFault       fault = { 0 };
    Error         *error = asl_choice_compile(&test->arena, test_json(&test->arena, source), &rule);
    if (error) return refused(test, error);
    bool matches = asl_choice_matches(rule, &test->scope, &fault);
    if (fault.error.length) return failed(test, &fault);
    return matches ? STR("true") : STR("false");
}

void test_cases3(TestAnswer *answer, const TestCase3 *cases, size_t count, const char *file, int line)
{
    for (size_t i = 0; i < count; i++) {
        TestScope test;
        test_scope_init(&test, cases[i].input);
        Str got = answer(&test, cases[i].source);
        Str asked = str_format(&test.arena, "%s of %s: ", cases[i].source, cases[i].input);
        test_check_str(str_format(&test.arena, "%.*s%.*s", STR_ARG(asked), STR_ARG(got)),
                       str_format(&test.arena, "%.*s%s", STR_ARG(asked), cases[i].wanted), "answer", file, line);
        test_scope_done(&test);
    }
}
