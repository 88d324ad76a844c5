/* cases_test.c -- test files: what they say, what they find, and what they covered. */
#include "play/cases.h"
#include "tests/unit/play/stage.h"

static const char DEFINITION[] =
    "{'StartAt':'Charge','States':{"
    "'Charge':{'Type':'Task','Resource':'arn:aws:states:::lambda:invoke','Parameters':{'FunctionName':'f'},"
    "'Catch':[{'ErrorEquals':['Refused'],'Next':'Cancel'}],'Next':'Each'},"
    "'Each':{'Type':'Map','ItemsPath':'$.items','ItemProcessor':{'ProcessorConfig':{'Mode':'DISTRIBUTED','ExecutionType':'STANDARD'},"
    "'StartAt':'Big','States':{'Big':{'Type':'Choice','Choices':[{'Variable':'$','NumericGreaterThan':10,'Next':'Pack'}],'Default':'Skip'},"
    "'Pack':{'Type':'Pass','End':true},'Skip':{'Type':'Succeed'}}},'Next':'Done'},"
    "'Cancel':{'Type':'Fail','Error':'Cancelled','Cause':'no money'},'Done':{'Type':'Succeed'}}}";

typedef struct Bed {
    Stage       stage; /* its arena */
    AslProgram *program;
    Coverage   *coverage;
    PlaySuite   suite;
} Bed;

static void bed_open(Bed *bed, const char *cases)
{
    Source     *source;
    SourcePlace fault;
    Json       *definition;
    *bed = (Bed){ 0 };
    stage_open(&bed->stage);
    Arena *arena = &bed->stage.arena;
    Str    text = str_format(arena, "{\"definition\":\"x.json\",\"cases\":[%.*s]}", STR_ARG(stage_quoted(&bed->stage, cases)));
    CHECK_OK(source_read(arena, text, SOURCE_JSON, &source, &fault));
    CHECK_OK(cases_read(arena, source, &bed->suite));
    bed->program = stage_compile(&bed->stage, DEFINITION);
    CHECK_OK(json_parse(arena, stage_quoted(&bed->stage, DEFINITION), NULL, &definition));
    CHECK_OK(coverage_new(definition, &bed->coverage));
}

static CaseOutcome bed_run(Bed *bed, size_t at)
{
    CaseOutcome outcome = { 0 };
    Mocks      *mocks;
    Arena      *arena = &bed->stage.arena;
    if (CHECK(at < bed->suite.count) && CHECK_OK(cases_mocks(arena, &bed->suite, &bed->suite.cases[at], &mocks)))
        CHECK_OK(cases_run(arena, &bed->suite, &bed->suite.cases[at], bed->program, mocks, bed->coverage, &outcome));
    return outcome;
}

static void bed_close(Bed *bed)
{
    coverage_free(bed->coverage);
    stage_close(&bed->stage);
}

#define CHARGED "'mocks':{'Charge':{'Return':{'items':[1,20]}}}"

TEST(test_cases_pass_and_fail)
{
    static const struct {
        const char *one, *wrong; /* NULL: it passes */
    } rows[] = {
        { "{'name':'n'," CHARGED ",'expect':{'output':[1,20],'path':['Charge','Each','Done']}}", NULL },
        { "{'name':'n'," CHARGED ",'expect':{'output':[1,21]}}", "output/1: expected 21, was 20" },
        { "{'name':'n'," CHARGED ",'expect':{'output':[1]}}", "output/1: not expected, was 20" },
        { "{'name':'n'," CHARGED ",'expect':{'output':{'a':1}}}", "output: expected {\"a\":1}, was [1,20]" },
        { "{'name':'n'," CHARGED ",'expect':{'path':['Charge']}}", "was      [\"Charge\",\"Each\",\"Done\"]" },
        { "{'name':'n'," CHARGED ",'expect':{'status':'FAILED'}}", "status: expected FAILED, was SUCCEEDED" },
        { "{'name':'n','mocks':{'Charge':[{'Throw':{'Error':'Refused'}}]},'expect':{'error':'Cancelled','cause':'no money'}}", NULL },
        { "{'name':'n','mocks':{'Charge':[{'Throw':{'Error':'Refused'}}]},'expect':{'error':'X'}}", "error: expected 'X', was 'Cancelled'" },
        { "{'name':'n','mocks':{'Charge':[{'Throw':{'Error':'Refused'}}]},'expect':{'output':1}}", "status: expected SUCCEEDED, was FAILED: Cancelled: no money" },
        { "{'name':'n','expect':{}}", "'Charge' calls arn:aws:states:::lambda:invoke, and no mock answers it" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Bed    bed;
        size_t at;
        bed_open(&bed, rows[i].one);
        CaseOutcome outcome = bed_run(&bed, 0);
        CHECK_INT(outcome.passed, !rows[i].wrong);
        if (rows[i].wrong && !CHECK(str_find(outcome.wrong, str_from_c(rows[i].wrong), &at))) printf("%.*s", STR_ARG(outcome.wrong));
        bed_close(&bed);
    }
}

TEST(test_cases_cover_states_and_transitions)
{
    Bed    bed;
    size_t count;
    bed_open(&bed, "{'name':'a'," CHARGED ",'expect':{}},{'name':'b','mocks':{'Charge':{'Throw':{'Error':'Refused'}}},'expect':{'error':'Cancelled'}}");
    CHECK(bed_run(&bed, 0).passed);
    const CoverageRow *states = coverage_states(bed.coverage, &count);
    CHECK_INT((int64_t)count, 7);
    CHECK_INT((int64_t)coverage_hit(states, count), 6);
    for (size_t i = 0; i < count; i++)
        if (!states[i].count) CHECK_STR(states[i].to, STR("Cancel"));
    const CoverageRow *transitions = coverage_transitions(bed.coverage, &count);
    CHECK_INT((int64_t)count, 5);
    CHECK_INT((int64_t)coverage_hit(transitions, count), 4); /* inside the children too */
    CHECK(bed_run(&bed, 1).passed);
    CHECK_INT((int64_t)coverage_hit(transitions, count), 5);
    bed_close(&bed);
}

TEST(test_cases_refuse_bad_files_with_the_place)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        { "[]", "this has to be an object, not an array" },
        { "{'cases':[]}", "names its definition" },
        { "{'definition':'x'}", "has cases" },
        { "{'definition':'x','cases':[],'oops':1}", "a test file has no 'oops'" },
        { "{'definition':'x','cases':[{'expect':{}}]}", "a case has a name" },
        { "{'definition':'x','cases':[{'name':'n'}]}", "expects nothing" },
        { "{'definition':'x','cases':[{'name':'n','expect':{'outptu':1}}]}", "expect has no 'outptu'" },
        { "{'definition':'x','cases':[{'name':'n','expect':{'status':'OK'}}]}", "not 'OK'" },
        { "{'definition':'x','cases':[{'name':'n','expect':{'path':'A'}}]}", "this has to be an array, not a text" },
        { "{'definition':'x','cases':[{'name':'n','expect':{},'mocks':1}]}", "this has to be a text, not a number" },
        { "{'definition':'x','cases':[{'name':'n','expect':{},'start':'today'}]}", "no time in ISO 8601" },
        { "{'definition':'x','cases':[{'name':'n','expect':{},'seed':1.5}]}", "a seed is a whole number" },
        { "{'definition':'x','type':'FAST','cases':[]}", "STANDARD or EXPRESS" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Stage       stage = { 0 };
        Source     *source;
        SourcePlace fault;
        PlaySuite   suite;
        size_t      at;
        stage_open(&stage);
        CHECK_OK(source_read(&stage.arena, stage_quoted(&stage, rows[i].text), SOURCE_JSON, &source, &fault));
        Error *error = cases_read(&stage.arena, source, &suite);
        if (CHECK(error && error->code == ERR_INVALID) && !CHECK(str_find(str_from_c(error->message), str_from_c(rows[i].words), &at)))
            puts(error->message);
        error_free(error);
        stage_close(&stage);
    }
}

TEST(test_cases_name_a_mock_file_and_its_case)
{
    Bed bed;
    bed_open(&bed, "{'name':'a','mocks':'m.json#C','expect':{}},{'name':'b','mocks':'m.json','expect':{},'start':'2026-02-03T04:05:06Z','seed':9,'input':[1]}");
    CHECK_STR(bed.suite.cases[0].mock_file, STR("m.json"));
    CHECK_STR(bed.suite.cases[0].mock_case, STR("C"));
    CHECK_STR(bed.suite.cases[1].mock_case, STR(""));
    CHECK_INT((int64_t)bed.suite.cases[1].seed, 9);
    CHECK_STR(bed.suite.cases[1].input, STR("[1]"));
    bed_close(&bed);
}
