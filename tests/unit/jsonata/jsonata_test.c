/* jsonata_test.c -- expressions by example, and what holds for all of them: limits, reuse, memory. */
#include "tests/support/test.h"

#include "jsonata/jsonata.h"

static const char orders[] =
    "{\"id\":7,\"lines\":[{\"sku\":\"b\",\"price\":2,\"qty\":3},{\"sku\":\"a\",\"price\":5,\"qty\":1}]}";

typedef struct Outcome {
    Str text; /* of the value; "undefined" */
    Str code; /* or of the fault */
} Outcome;

static Outcome outcome_of(Arena *arena, const char *text, const char *input_text, JsonataDialect dialect,
                          JsonataRun run)
{
    JsonataProgram *program;
    JsonataFault    fault;
    JsonataOptions  options = { dialect };
    Json           *input = NULL, *value;
    if (input_text) CHECK_OK(json_parse(arena, str_from_c(input_text), NULL, &input));
    CHECK_OK(jsonata_compile(arena, str_from_c(text), &options, &program, &fault));
    if (!program) return (Outcome){ .code = fault.code };
    CHECK_OK(jsonata_evaluate(arena, program, input, &run, &value, &fault));
    return (Outcome){ value ? json_text(arena, value) : STR("undefined"), fault.code };
}

static void check(const char *text, const char *expected)
{
    Arena arena;
    arena_init(&arena, 0);
    if (!CHECK_STR(outcome_of(&arena, text, orders, JSONATA_STANDARD, (JsonataRun){ 0 }).text, str_from_c(expected)))
        printf("    of %s\n", text);
    arena_done(&arena);
}

static void check_fault(const char *text, const char *code, JsonataDialect dialect, JsonataRun run)
{
    Arena arena;
    arena_init(&arena, 0);
    if (!CHECK_STR(outcome_of(&arena, text, orders, dialect, run).code, str_from_c(code))) printf("    of %s\n", text);
    arena_done(&arena);
}

TEST(test_jsonata_paths)
{
    check("id", "7");
    check("lines.price", "[2,5]");
    check("lines[sku = 'a'].price", "5");
    check("lines[sku = 'a'].price[]", "[5]");
    check("lines[-1].sku", "\"a\"");
    check("nothing.at.all", "undefined");
    check("**.sku", "[\"b\",\"a\"]");
    check("lines.(price * qty)", "[6,5]");
    check("$string($)", "\"{\\\"id\\\":7,\\\"lines\\\":[{\\\"sku\\\":\\\"b\\\",\\\"price\\\":2,\\\"qty\\\":3},"
                        "{\\\"sku\\\":\\\"a\\\",\\\"price\\\":5,\\\"qty\\\":1}]}\"");
}

TEST(test_jsonata_tuples)
{
    check("lines#$i.{'i': $i, 'sku': sku}", "[{\"i\":0,\"sku\":\"b\"},{\"i\":1,\"sku\":\"a\"}]");
    check("lines@$l.{'id': id, 'sku': $l.sku}", "[{\"id\":7,\"sku\":\"b\"},{\"id\":7,\"sku\":\"a\"}]");
    check("lines.sku.%.price", "[2,5]");
}

TEST(test_jsonata_order_group_transform)
{
    check("lines^(sku).price", "[5,2]");
    check("lines^(>price).sku", "[\"a\",\"b\"]");
    check("lines{sku: price * qty}", "{\"b\":6,\"a\":5}");
    check("($ ~> |lines|{'sum': price * qty}, ['price', 'qty']|).lines",
          "[{\"sku\":\"b\",\"sum\":6},{\"sku\":\"a\",\"sum\":5}]");
}

TEST(test_jsonata_functions)
{
    check("($f := function($n){$n < 2 ? 1 : $n * $f($n - 1)}; $f(5))", "120");
    check("($f := function($n){$n = 0 ? 'done' : $f($n - 1)}; $f(5000))", "\"done\"");
    check("($half := $split(?, '-'); $half('a-b'))", "[\"a\",\"b\"]");
    check("' x ' ~> $trim ~> $uppercase", "\"X\"");
    check("$map([1..3], function($v, $i){$v * $i})", "[0,2,6]");
    check("$replace('2026-11-20', /(\\d+)-(\\d+)/, '$2/$1')", "\"11/2026-20\"");
    check("$length('caf\xc3\xa9 \xf0\x9f\x98\x82')", "6");
    check("'\\ud83d' & '\\ude02'", "\"\xf0\x9f\x98\x82\"");
    check("$eval('lines[0].' & 'qty')", "3");
    check("$formatNumber(1234.5, '#,##0.00')", "\"1,234.50\"");
    check("$fromMillis(0, '[D1o] [MNn] [Y]')", "\"1st January 1970\"");
    check("$toMillis('1970-01-02')", "86400000");
    check("function($x){$x}", "undefined");
}

/* What the reference does and one would not guess. */
TEST(test_jsonata_oddities_of_the_reference)
{
    check("$formatNumber(12.345, '0.0#')", "\"12.34\"");
    check("$formatNumber(1.123456, '0.00,00,0#')", "\"1.12,3456\"");
    check("$fromMillis(0, '[H01]:[m01][Z]', '-0530')", "\"17:30-06:30\"");
    check("$toMillis('1970-01-01 00:00 -05:30', '[Y]-[M]-[D] [H]:[m] [Z]')", "16200000");
    check("$toMillis('1970-01-01T00:00:00.5', '[Y]-[M]-[D]T[H]:[m]:[s].[f]')", "500");
    check("{'a': [[1]]}.a", "[[1]]");
    check("(lines.sku)[0]", "\"b\"");
}

TEST(test_jsonata_says_what_is_wrong)
{
    JsonataRun plain = { 0 };
    check_fault("", "S0207", JSONATA_STANDARD, plain);
    check_fault("lines[", "S0203", JSONATA_STANDARD, plain);
    check_fault("'open", "S0101", JSONATA_STANDARD, plain);
    check_fault("id + 'x'", "T2002", JSONATA_STANDARD, plain);
    check_fault("$sum('x')", "T0412", JSONATA_STANDARD, plain);
    check_fault("$nobody()", "T1006", JSONATA_STANDARD, plain);
    check_fault("1 / 0", "D1001", JSONATA_STANDARD, plain);
    check_fault("/(/", "S0302", JSONATA_STANDARD, plain);
    check_fault("$error('no')", "D3137", JSONATA_STANDARD, plain);
}

TEST(test_jsonata_dialects)
{
    JsonataRun plain = { 0 };
    check_fault("id ?? 1", "S0211", JSONATA_2_0_6, plain);
    check_fault("$eval('1')", "T1006", JSONATA_STATES, plain);
    check_fault("$uuid()", "T1006", JSONATA_STANDARD, plain);
    check_fault("$partition([1, 2, 3], 2) = [[1, 2], [3]] ? $error('as it should')", "D3137", JSONATA_STATES, plain);
    check_fault("$range(1, 9, 2) = [1, 3, 5, 7, 9] ? $error('as it should')", "D3137", JSONATA_STATES, plain);
    check_fault("$hash('', 'MD5') = 'd41d8cd98f00b204e9800998ecf8427e' ? $error('as it should')", "D3137",
                JSONATA_STATES, plain);
    check_fault("$parse('[1]')[0] = 1 and $random(4) = $random(4) ? $error('as it should')", "D3137", JSONATA_STATES,
                plain);
}

TEST(test_jsonata_ends_within_its_limits)
{
    JsonataRun few = { .limits = { .steps_max = 10000 } }, small = { .limits = { .memory_max = 1 << 20 } },
               plain = { 0 };
    check_fault("($f := function(){$f()}; $f())", "U1001", JSONATA_STANDARD, few);
    check_fault("($f := function($n){1 + $f($n)}; $f(1))", "U1001", JSONATA_STANDARD, plain);
    check_fault("($f := function($n){$map([1], $f)}; $f(1))", "U1001", JSONATA_STANDARD, plain);
    check_fault("[1..1000000]", "U1001", JSONATA_STANDARD, small);
    check_fault("$pad('', 100000000)", "U1001", JSONATA_STANDARD, small);
    check_fault("$reduce([1..40], function($a, $b){$a & $a}, 'xx')", "U1001", JSONATA_STANDARD, small);
    check_fault("$match($pad('', 60, 'a') & '!', /^(a|aa)+$/)", "U1001", JSONATA_STANDARD, plain);
}

static void check_nesting(char open, size_t count)
{
    Arena arena;
    arena_init(&arena, 0);
    char *text = arena_alloc(&arena, count + 1);
    memset(text, open, count);
    text[count] = 0;
    CHECK_STR(outcome_of(&arena, text, NULL, JSONATA_STANDARD, (JsonataRun){ 0 }).code, STR("U1001"));
    arena_done(&arena);
}

TEST(test_jsonata_nesting_is_bounded)
{
    check_nesting('(', 100000);
    check_nesting('-', 100000);
    check_nesting('[', 100000);
}

TEST(test_jsonata_one_program_many_evaluations)
{
    Arena           arena, scratch;
    JsonataProgram *program;
    JsonataFault    fault;
    Json           *value;
    arena_init(&arena, 0);
    arena_init(&scratch, 0);
    CHECK_OK(jsonata_compile(&arena, STR("$n * $n"), NULL, &program, &fault));
    for (int64_t i = 0; i < 10; i++) {
        JsonataBinding binding = { STR("n"), json_int_new(&scratch, i) };
        JsonataRun     run = { .bindings = &binding, .binding_count = 1 };
        int64_t        square = -1;
        CHECK_OK(jsonata_evaluate(&scratch, program, NULL, &run, &value, &fault));
        CHECK(value && json_int(value, &square));
        CHECK_INT(square, i * i);
        arena_reset(&scratch);
    }
    arena_done(&scratch);
    arena_done(&arena);
}

TEST(test_jsonata_free_variables)
{
    Arena           arena;
    JsonataProgram *program;
    JsonataFault    fault;
    Str            *names;
    arena_init(&arena, 0);
    CHECK_OK(
        jsonata_compile(&arena, STR("($a := 1; function($b){$a + $b + $sum($states.input)})"), NULL, &program, &fault));
    CHECK_INT((int64_t)jsonata_free_variables(program, &arena, &names), 1);
    CHECK_STR(names[0], STR("states"));
    arena_done(&arena);
}

TEST(test_jsonata_inputs_stay_as_they_were)
{
    Arena           arena;
    JsonataProgram *program;
    JsonataFault    fault;
    Json           *input, *value;
    JsonataRun      run = { 0 };
    arena_init(&arena, 0);
    CHECK_OK(json_parse(&arena, str_from_c(orders), NULL, &input));
    CHECK_OK(
        jsonata_compile(&arena, STR("[$ ~> |lines|{'x': 1}|, lines, $merge([$, {'id': 8}])]"), NULL, &program, &fault));
    CHECK_OK(jsonata_evaluate(&arena, program, input, &run, &value, &fault));
    CHECK_STR(json_text(&arena, input), str_from_c(orders));
    arena_done(&arena);
}

/* Fails the first allocation, the second, ... until none is left to fail. */
TEST(test_jsonata_out_of_memory)
{
    static const char text[] =
        "[lines^(sku).(sku & $replace(sku, /[a-z]/, 'x') & $string([1..50])), lines{sku: price}]";
    bool done = false;
    for (uint64_t nth = 1; !done && nth < 500; nth++) {
        Arena           arena;
        JsonataProgram *program = NULL;
        JsonataFault    fault;
        Json           *input, *value;
        JsonataRun      run = { 0 };
        arena_init(&arena, 64);
        CHECK_OK(json_parse(&arena, str_from_c(orders), NULL, &input));
        memory_fail_nth(nth, true);
        Error *error = jsonata_compile(&arena, str_from_c(text), NULL, &program, &fault);
        if (!error && program) error = jsonata_evaluate(&arena, program, input, &run, &value, &fault);
        memory_fail_nth(0, false);
        done = !error;
        if (error) CHECK_ERROR(error, ERR_MEMORY);
        arena_done(&arena);
    }
    CHECK(done);
}
