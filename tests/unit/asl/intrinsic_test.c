/* intrinsic_test.c -- the intrinsic functions, as the hosted service was seen to answer. */
#include "tests/unit/asl/scope_support.h"

#include "asl/intrinsic.h"
#include "asl/java.h"

#define INVALID(call, name) \
    "failed: There was an error while evaluating the intrinsic function: " call ". Invalid arguments in States." name
#define SAYS(call, sentence) "failed: There was an error while evaluating the intrinsic function: " call ". " sentence

TEST(test_intrinsic_arguments)
{
    static const TestCase3 cases[] = {
        { "States.Array()", "{}", "[]" },
        { "States.Array( )", "{}", "[]" },
        { "States.Array(42, true, false, null, 'hello')", "{}", "[42,true,false,null,\"hello\"]" },
        { "States.Array(1.0,-2.50,1e3)", "{}", "[1.0,-2.50,1e3]" },
        { "States.Array( $.a , $.b )", "{\"a\":1,\"b\":{\"c\":2}}", "[1,{\"c\":2}]" },
        { "States.Array($.a[?(@.b == 'x, y)')].b, 1)", "{\"a\":[{\"b\":\"x, y)\"}]}", "[[\"x, y)\"],1]" },
        { "States.Array($['a)'], $['b\\'])", "{\"a)\":1,\"b\\\\\":2}", "[1,2]" },
        { "States.Array($$.Execution.Name, $count, $outer.a)", "{}", "[\"run\",3,\"b\"]" },
        { "States.Array(1, States.Array(2, States.Array()))", "{}", "[1,[2,[]]]" },
        { "States.Array('it\\'s', '\\{\\}', 'a\\\\b', '{}', '\n')", "{}",
          "[\"it's\",\"{}\",\"a\\\\b\",\"{}\",\"\\n\"]" },
        { "States.Array($.list.length())", "{\"list\":{\"length()\":2}}", "[2]" },
        { "States.Array($.x[*])", "{}", "[[]]" },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_intrinsic_calls_that_are_none)
{
    static const char *const texts[] = {
        "States.",
        "States.UUID",
        "States.UUID(",
        "States.UUID)",
        "States.UUID(,)",
        "States.UUID ()",
        "States.UUID() trailing",
        "States.UUID($",
        "States.NoSuch()",
        "States.Array(1,)",
        "States.Array(1 2)",
        "States.Array([1])",
        "States.Array(1.)",
        "States.Array(.5)",
        "States.Array(01)",
        "States.Array(-)",
        "States.Array(yes)",
        "States.Array(\"a\")",
        "States.Array('a)",
        "States.Array('a\\')",
        "States.Array('YWJj\\nZA==')",
        "States.Array($.a[)",
        "States.Array($states.input)",
        "States.Array(a.b())",
        "States.StringToJson('{\"text\":\"An \\\"escaped double quote\\\" here\"}')",
        "States.Format('He said, \\\"Hello, {}!\\\"', 'Test \\\"Name\\\" Here')",
    };
    Arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        AslIntrinsic *call;
        CHECK(asl_is_intrinsic(str_from_c(texts[i])));
        if (!CHECK_ERROR(asl_intrinsic_compile(&arena, str_from_c(texts[i]), &call), ERR_SYNTAX))
            CHECK_STR(str_from_c(texts[i]), STR("a call that is refused"));
    }
    arena_done(&arena);
}

TEST(test_intrinsic_nesting_is_bounded)
{
    enum { DEEP = ASL_INTRINSIC_DEPTH_MAX + 1 };
    AslIntrinsic *call;
    Arena         arena;
    arena_init(&arena, 0);
    Str text = STR("");
    for (int i = 0; i < DEEP; i++) {
        text = str_format(&arena, "States.Array(%.*s)", STR_ARG(text));
        if (i == DEEP - 2) CHECK_OK(asl_intrinsic_compile(&arena, text, &call));
    }
    CHECK_ERROR(asl_intrinsic_compile(&arena, text, &call), ERR_SYNTAX);
    arena_done(&arena);
}

TEST(test_intrinsic_paths_that_find_nothing)
{
#define MISSES(call, path, input) \
    { \
        call, input, \
            "failed: The function '" call "' had the following error: The JsonPath argument for the field '" path \
            "' could not be found in the input '" input "'" \
    }
    static const TestCase3 cases[] = {
        MISSES("States.Format('{}', $.nope)", "$.nope", "{\"other\":1}"),
        MISSES("States.Format('{}',$.nope)", "$.nope", "{\"other\": 1}"),
        MISSES("States.Format('{}', States.Format('{}', $.nope))", "$.nope", "{}"),
        MISSES("States.Format('{}', $.items[5])", "$.items[5]", "{\"items\":[1,2]}"),
        MISSES("States.Format('{}', $$.Nope.Deep)", "$.Nope.Deep", "{}"),
        MISSES("States.UUID($.nope)", "$.nope", "{}"),
        { "States.Format('{}', $.a[0])", "{\"a\":1}",
          "failed: The function 'States.Format('{}', $.a[0])' had the following error: Filter: [0] can only be applied "
          "to "
          "arrays. Current context is: 1" },
        { "States.ArrayLength($.items[*].nope)", "{\"items\":[1,2]}", "0" },
        { "States.Format('{}', $.a)", "{\"a\":null}", "\"null\"" },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_intrinsic_arity_is_checked_when_it_is_called)
{
    static const TestCase3 cases[] = {
        { "States.ArrayPartition($)", "[1]", INVALID("States.ArrayPartition($)", "ArrayPartition") },
        { "States.MathAdd(1, 2, 3)", "{}", INVALID("States.MathAdd(1, 2, 3)", "MathAdd") },
        { "States.StringToJson()", "{}", INVALID("States.StringToJson()", "StringToJson") },
        { "States.MathRandom(1, 2, 3, 4)", "{}", INVALID("States.MathRandom(1, 2, 3, 4)", "MathRandom") },
        { "States.Format()", "{}", INVALID("States.Format()", "Format") },
        { "States.ArrayLength(States.JsonToString($))", "[1]",
          INVALID("States.ArrayLength(States.JsonToString($))", "ArrayLength") },
        { "States.Array(States.MathAdd('a', 1))", "{}", INVALID("States.Array(States.MathAdd('a', 1))", "MathAdd") },
    };
    CHECK_CASES(test_answer_call, cases);
    Arena         arena;
    AslIntrinsic *call = NULL;
    arena_init(&arena, 0);
    CHECK_OK(asl_intrinsic_compile(&arena, STR("States.Array(1, States.MathAdd(1))"), &call));
    CHECK_STR(asl_intrinsic_misused(call), STR("States.MathAdd"));
    CHECK_OK(asl_intrinsic_compile(&arena, STR("States.Array(1, States.UUID(1), States.MathRandom(1, 2))"), &call));
    CHECK_STR(asl_intrinsic_misused(call), STR(""));
    arena_done(&arena);
}

TEST(test_intrinsic_math_add)
{
    static const TestCase3 cases[] = {
        { "States.MathAdd(1.49, 1.5)", "{}", "3" },
        { "States.MathAdd(-1.49, -1.5)", "{}", "-2" },
        { "States.MathAdd(-1.5, -1.51)", "{}", "-3" },
        { "States.MathAdd(-0.5, 0.5)", "{}", "1" },
        { "States.MathAdd(-2.5, 0)", "{}", "-2" },
        { "States.MathAdd(0.49999999999999994, 0)", "{}", "0" },
        { "States.MathAdd(2147483647, 0)", "{}", "2147483647" },
        { "States.MathAdd(-2147483647, -1)", "{}", "-2147483648" },
        { "States.MathAdd(2147483647, 1)", "{}", INVALID("States.MathAdd(2147483647, 1)", "MathAdd") },
        { "States.MathAdd(3000000000, 1)", "{}", INVALID("States.MathAdd(3000000000, 1)", "MathAdd") },
        { "States.MathAdd(true, 1)", "{}", INVALID("States.MathAdd(true, 1)", "MathAdd") },
        { "States.MathAdd('1', 1)", "{}", INVALID("States.MathAdd('1', 1)", "MathAdd") },
        { "States.MathAdd(1e309, 1)", "{}", INVALID("States.MathAdd(1e309, 1)", "MathAdd") },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_intrinsic_math_random)
{
    static const TestCase3 cases[] = {
        { "States.MathRandom(1, 100, 42)", "{}", "63" },
        { "States.MathRandom(1, 1000, 1)", "{}", "106" },
        { "States.MathRandom(1, 1000, 2)", "{}", "806" },
        { "States.MathRandom(1, 10, -10)", "{}", "1" },
        { "States.MathRandom(-5, 5, 42)", "{}", "-5" },
        { "States.MathRandom(2147483640, 2147483647, 1)", "{}", "2147483644" },
        { "States.MathRandom(1.9, 2.1)", "{}", "1" },
        { "States.MathRandom(1.4, 1.6)", "{}", INVALID("States.MathRandom(1.4, 1.6)", "MathRandom") },
        { "States.MathRandom(10, 5)", "{}", INVALID("States.MathRandom(10, 5)", "MathRandom") },
        { "States.MathRandom(1, 10, null)", "{}", INVALID("States.MathRandom(1, 10, null)", "MathRandom") },
        { "States.MathRandom(-2147483648, 2147483647)", "{}",
          INVALID("States.MathRandom(-2147483648, 2147483647)", "MathRandom") },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_intrinsic_arrays)
{
    static const TestCase3 cases[] = {
        { "States.ArrayPartition($, 4)", "[1,2,3,4,5,6,7,8,9]", "[[1,2,3,4],[5,6,7,8],[9]]" },
        { "States.ArrayPartition($, 2.6)", "[1,2,3,4,5]", "[[1,2],[3,4],[5]]" },
        { "States.ArrayPartition($, 2147483647)", "[1]", "[[1]]" },
        { "States.ArrayPartition($, 3)", "[]", "[]" },
        { "States.ArrayPartition($, 0.6)", "[1]", INVALID("States.ArrayPartition($, 0.6)", "ArrayPartition") },
        { "States.ArrayPartition($, -1)", "[1]", INVALID("States.ArrayPartition($, -1)", "ArrayPartition") },
        { "States.ArrayPartition('a', 2)", "[1]", INVALID("States.ArrayPartition('a', 2)", "ArrayPartition") },
        { "States.ArrayRange(1, 9, 2)", "{}", "[1,3,5,7,9]" },
        { "States.ArrayRange(5, 1, -2)", "{}", "[5,3,1]" },
        { "States.ArrayRange(5, 1, 1)", "{}", "[]" },
        { "States.ArrayRange(3, 3, -1)", "{}", "[3]" },
        { "States.ArrayRange(1.6, 1.4, 1)", "{}", "[1]" },
        { "States.ArrayRange(5.4, -0.6, -2.4)", "{}", "[5,3,1]" },
        { "States.ArrayRange(9223372036854775806, 9223372036854775807, 1)", "{}",
          "[9223372036854775806,9223372036854775807]" },
        { "States.ArrayRange(-9223372036854775808, 9223372036854775807, 9223372036854775807)", "{}",
          "[-9223372036854775808,-1,9223372036854775806]" },
        { "States.ArrayRange(1, 10, 0.49)", "{}", INVALID("States.ArrayRange(1, 10, 0.49)", "ArrayRange") },
        { "States.ArrayLength(States.ArrayRange(1, 1000, 1))", "{}", "1000" },
        { "States.ArrayRange(1, 1001, 1)", "{}", INVALID("States.ArrayRange(1, 1001, 1)", "ArrayRange") },
        { "States.ArrayRange(1001, 1, -1)", "{}", INVALID("States.ArrayRange(1001, 1, -1)", "ArrayRange") },
        { "States.ArrayGetItem($, 1)", "[1,2.0,3]", "2.0" },
        { "States.ArrayGetItem($, 1.9)", "[1,2,3]", "2" },
        { "States.ArrayGetItem($, 0)", "[null]", "null" },
        { "States.ArrayGetItem($, 999)", "[]", "null" },
        { "States.ArrayGetItem($, 3)", "[1,2,3]", INVALID("States.ArrayGetItem($, 3)", "ArrayGetItem") },
        { "States.ArrayGetItem($, -1)", "[1,2,3]", INVALID("States.ArrayGetItem($, -1)", "ArrayGetItem") },
        { "States.ArrayLength($)", "[[1],[2]]", "2" },
        { "States.ArrayLength($)", "{}", INVALID("States.ArrayLength($)", "ArrayLength") },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_intrinsic_array_contains_compares_as_printed)
{
    static const TestCase3 cases[] = {
        { "States.ArrayContains($, 2)", "[1,2,3]", "true" },
        { "States.ArrayContains($, null)", "[1,null]", "true" },
        { "States.ArrayContains($, null)", "[]", "false" },
        { "States.ArrayContains($, false)", "[0,1]", "false" },
        { "States.ArrayContains($, true)", "[\"true\"]", "true" },
        { "States.ArrayContains($.a, $.b)", "{\"a\":[\"9007199254740991\"],\"b\":9007199254740991}", "true" },
        { "States.ArrayContains($.a, $.b)", "{\"a\":[[1,2,3],2],\"b\":[1,2,3]}", "true" },
        { "States.ArrayContains($.a, $.b)", "{\"a\":[{\"1\":2,\"2\":[]}],\"b\":{\"1\":2,\"2\":[]}}", "true" },
        { "States.ArrayContains($.a, $.b)", "{\"a\":[{\"1\":2,\"2\":[]}],\"b\":[]}", "false" },
        { "States.ArrayContains($.a, $.b)", "{\"a\":[{\"a\":1,\"b\":2}],\"b\":{\"b\":2,\"a\":1}}", "false" },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_intrinsic_array_unique_gives_the_order_of_a_hash_set)
{
    static const TestCase3 cases[] = {
        { "States.ArrayUnique($)", "[1,2,3,3,3,4]", "[1,2,3,4]" },
        { "States.ArrayUnique($)", "[\"a\",\"b\",\"a\",\"c\",\"b\"]", "[\"a\",\"b\",\"c\"]" },
        { "States.ArrayUnique($)", "[true,false,true,false]", "[false,true]" },
        { "States.ArrayUnique($)", "[null,null,1,null]", "[null,1]" },
        { "States.ArrayUnique($)", "[1,\"1\",1,\"01\"]", "[1,\"1\",\"01\"]" },
        { "States.ArrayUnique($)", "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]", "[{\"a\":1,\"b\":2}]" },
        { "States.ArrayUnique($)", "[[1,2],[1,2],[2,1]]", "[[2,1],[1,2]]" },
        { "States.ArrayUnique($)", "[1,1.0,1.00,10000000000000000000000,10000000000000000000000]",
          "[1.0,1,10000000000000000000000]" },
        { "States.ArrayUnique($)", "[12,11,10,9,8,7,6,5,4,3,2,1,0,16]", "[0,1,2,3,4,5,6,7,8,9,10,11,12,16]" },
        { "States.ArrayUnique($)", "[16,0]", "[16,0]" },
        { "States.ArrayUnique('a')", "[]", INVALID("States.ArrayUnique('a')", "ArrayUnique") },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_intrinsic_encodings)
{
    static const TestCase3 cases[] = {
        { "States.Base64Encode('Data to encode')", "{}", "\"RGF0YSB0byBlbmNvZGU=\"" },
        { "States.Base64Encode('')", "{}", "\"\"" },
        { "States.Base64Encode($)", "\"abc\\u0000def\"", "\"YWJjAGRlZg==\"" },
        { "States.Base64Encode('🚀')", "{}", "\"8J+agA==\"" },
        { "States.Base64Encode(1)", "{}", INVALID("States.Base64Encode(1)", "Base64Encode") },
        { "States.Base64Decode('')", "{}", "\"\"" },
        { "States.Base64Decode('4pyT')", "{}", "\"✓\"" },
        { "States.Base64Decode('abc')", "{}", "\"i\xef\xbf\xbd\"" },
        { "States.Base64Decode('ab==cd')", "{}", "\"i\"" },
        { "States.Base64Decode(' YWJj\nZA== ')", "{}", "\"abcd\"" },
        { "States.Base64Decode('!!!YWJj!!!')", "{}", "\"abc\"" },
        { "States.Base64Decode('_-8')", "{}", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
        { "States.Hash('input data', 'MD5')", "{}", "\"812f45842bc6d66ee14572ce20db8e86\"" },
        { "States.Hash('input data', 'SHA-1')", "{}", "\"aaff4a450a104cd177d28d18d74485e8cae074b7\"" },
        { "States.Hash('input data', 'SHA-256')", "{}",
          "\"b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3\"" },
        { "States.Hash('input data', 'SHA-384')", "{}",
          "\"d28a7d5cf25a74f11a50a18452b75e04bb3d70c9dd0510d6123aa008c756511b87525bdc835ebb27e1fb9e9374a15562\"" },
        { "States.Hash('', 'SHA-256')", "{}", "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"" },
        { "States.Hash($, 'SHA-1')", "{\"foo\":\"bar\"}", "\"dc2935b70ad43836e2e74df2d9758b1e51397997\"" },
        { "States.Hash($, 'SHA-1')", "1.5", "\"aa8f289ebe6d4db1b4a1038b8931ec8c2b5399fb\"" },
        { "States.Hash('data', 'sha-256')", "{}", INVALID("States.Hash('data', 'sha-256')", "Hash") },
        { "States.Hash(null, 'MD5')", "{}", INVALID("States.Hash(null, 'MD5')", "Hash") },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_intrinsic_encodings_have_a_limit)
{
    static const char *const calls[] = { "States.Base64Encode($)", "States.Base64Decode($)", "States.Hash($, 'MD5')" };
    enum { MOST = 10000 };
    for (int i = 0; i < 6; i++) {
        TestScope test;
        test_scope_init(&test, "{}");
        int   length = MOST + i % 2;
        char *text = arena_alloc_bytes(&test.arena, (size_t)length);
        memset(text, 'A', (size_t)length);
        test.scope.input = json_str(&test.arena, str_from(text, (size_t)length));
        Str answer = test_answer_call(&test, calls[i / 2]);
        CHECK_INT(str_starts_with(answer, STR("failed: ")), i % 2);
        test_scope_done(&test);
    }
}

TEST(test_intrinsic_json)
{
    static const TestCase3 cases[] = {
        { "States.StringToJson('{\"a\": 1.0}')", "{}", "{\"a\":1.0}" },
        { "States.StringToJson('')", "{}", "null" },
        { "States.StringToJson('  ')", "{}", "null" },
        { "States.StringToJson('true')", "{}", "true" },
        { "States.StringToJson(1)", "{}", INVALID("States.StringToJson(1)", "StringToJson") },
        { "States.StringToJson('[1')", "{}",
          SAYS("States.StringToJson('[1')", "Cannot convert String to Json in States.StringToJson, caused by: line 1, "
                                            "column 3: expected a comma or a "
                                            "closing bracket, but the text ends") },
        { "States.JsonToString($)", "{\"nested\": {\"a\": 1.0}, \"arr\": [true, null]}",
          "\"{\\\"nested\\\":{\\\"a\\\":1.0},\\\"arr\\\":[true,null]}\"" },
        { "States.JsonToString('x')", "{}", "\"\\\"x\\\"\"" },
        { "States.JsonToString(null)", "{}", "\"null\"" },
        { "States.JsonMerge($.x, $.y, false)",
          "{\"x\":{\"a\":{\"a1\":1},\"b\":2,\"d\":3},\"y\":{\"a\":{\"a3\":1},\"c\":3,\"d\":4}}",
          "{\"a\":{\"a3\":1},\"b\":2,\"c\":3,\"d\":4}" },
        { "States.JsonMerge($.x, $.y, 'false')", "{\"x\":{\"a\":1},\"y\":{\"a\":null}}", "{\"a\":null}" },
        { "States.JsonMerge($, $, true)", "{}", INVALID("States.JsonMerge($, $, true)", "JsonMerge") },
        { "States.JsonMerge($, null, false)", "{}", INVALID("States.JsonMerge($, null, false)", "JsonMerge") },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_intrinsic_format)
{
    static const TestCase3 cases[] = {
        { "States.Format('Hello {}, {}', $.a, 2020)", "{\"a\":\"Ada\"}", "\"Hello Ada, 2020\"" },
        { "States.Format('none')", "{}", "\"none\"" },
        { "States.Format('')", "{}", "\"\"" },
        { "States.Format($.t, 1)", "{\"t\":\"n={}\"}", "\"n=1\"" },
        { "States.Format($.t, 'Foo')", "{\"t\":\"\\\\{{}\\\\}\"}", "\"{Foo}\"" },
        { "States.Format('\\{{}\\} \\'\\\\', 'Foo')", "{}", "\"{Foo} '\\\\\"" },
        { "States.Format('{}|{}|{}|{}', null, false, -1, 3.5)", "{}", "\"null|false|-1|3.5\"" },
        { "States.Format('{}', $)", "{\"Arg1\": 1, \"Arg2\": [], \"Arg3\": [\"a\", null, 1.0]}",
          "\"{Arg1=1, Arg2=[], Arg3=[a, null, 1.0]}\"" },
        { "States.Format('{}', States.StringToJson('\"x\"'))", "{}", "\"\\\"x\\\"\"" },
        { "States.Format('{}', States.StringToJson('{\"a\": 1}'))", "{}", "\"{\\\"a\\\":1}\"" },
        { "States.Format('a\\\\b', $)", "{}",
          SAYS("States.Format('a\\\\b', $)",
               "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.") },
        { "States.Format('{} {}', 1)", "{}",
          SAYS("States.Format('{} {}', 1)",
               "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.") },
        { "States.Format($, 1)", "123",
          SAYS("States.Format($, 1)",
               "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.") },
        { "States.Format('Hello {', $.a)", "{\"a\":\"x\"}",
          SAYS("States.Format('Hello {', $.a)", "Invalid template in States.Format: matching '}' not found for '{'.") },
        { "States.Format('Hello {{}}', $.a)", "{\"a\":\"x\"}",
          SAYS("States.Format('Hello {{}}', $.a)",
               "Invalid template in States.Format: matching '}' not found for '{'.") },
        { "States.Format('}')", "{}",
          SAYS("States.Format('}')", "Invalid template in States.Format: matching '{' not found for '}'.") },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_intrinsic_string_split)
{
    static const TestCase3 cases[] = {
        { "States.StringSplit('a,b,c', ',')", "{}", "[\"a\",\"b\",\"c\"]" },
        { "States.StringSplit('This.is+a,test=string', '.+,=')", "{}", "[\"This\",\"is\",\"a\",\"test\",\"string\"]" },
        { "States.StringSplit(',,,,', ',')", "{}", "[]" },
        { "States.StringSplit(', , ,', ',')", "{}", "[\" \",\" \"]" },
        { "States.StringSplit('', ',')", "{}", "[]" },
        { "States.StringSplit('abc', '')", "{}", "[\"abc\"]" },
        { "States.StringSplit('1a2b3ab4', 'ab')", "{}", "[\"1\",\"2\",\"3\",\"4\"]" },
        { "States.StringSplit('xéyèz', 'é')", "{}", "[\"x\",\"yèz\"]" },
        { "States.StringSplit('a🚀b🛸c', '🚀')", "{}", "[\"a\",\"b🛸c\"]" },
        { "States.StringSplit(1, ',')", "{}", INVALID("States.StringSplit(1, ',')", "StringSplit") },
        { "States.StringSplit('a', null)", "{}", INVALID("States.StringSplit('a', null)", "StringSplit") },
    };
    CHECK_CASES(test_answer_call, cases);
}

TEST(test_intrinsic_uuid_comes_from_the_seed)
{
    TestScope test;
    test_scope_init(&test, "{}");
    Str first = test_answer_call(&test, "States.UUID()"), second = test_answer_call(&test, "States.UUID('x', 1)");
    CHECK_INT((int64_t)first.length, 38);
    CHECK(first.data[15] == '4' && strchr("89ab", first.data[20]));
    CHECK(!str_equal(first, second));
    test.seed = 1729;
    CHECK_STR(test_answer_call(&test, "States.UUID()"), first);
    for (int i = 0; i < 100; i++) {
        Str number = test_answer_call(&test, "States.MathRandom(-2, 2)");
        CHECK(str_equal(number, STR("-2")) || str_equal(number, STR("-1")) || str_equal(number, STR("0")) ||
              str_equal(number, STR("1")));
    }
    test_scope_done(&test);
}

static void count_path(void *data, Str path)
{
    Buffer *seen = data;
    buffer_append_str(seen, path);
    buffer_append_byte(seen, ' ');
}

TEST(test_intrinsic_tells_its_paths)
{
    Arena         arena;
    Buffer        seen;
    AslIntrinsic *call = NULL;
    arena_init(&arena, 0);
    buffer_init(&seen);
    CHECK_OK(asl_intrinsic_compile(&arena, STR("States.Array($.a, '$.b', States.Array($$.c), $d[0])"), &call));
    asl_intrinsic_paths(call, count_path, &seen);
    CHECK_STR(buffer_str(&seen), STR("$.a $$.c $d[0] "));
    buffer_done(&seen);
    arena_done(&arena);
}

TEST(test_intrinsic_results_are_bounded)
{
    enum { SIZE = 1 << 20, CALLS = 100 };
    TestScope test;
    test_scope_init(&test, "{}");
    char *text = arena_alloc_bytes(&test.arena, SIZE);
    memset(text, 'x', SIZE);
    test.scope.input = json_str(&test.arena, str_from(text, SIZE));
    Str call = STR("States.Format('");
    for (int i = 0; i < CALLS; i++) call = str_format(&test.arena, "%.*s{}", STR_ARG(call));
    call = str_format(&test.arena, "%.*s'", STR_ARG(call));
    for (int i = 0; i < CALLS; i++) call = str_format(&test.arena, "%.*s, $", STR_ARG(call));
    call = str_format(&test.arena, "%.*s)", STR_ARG(call));
    Str answer = test_answer_call(&test, str_to_c(&test.arena, call));
    CHECK(str_ends_with(answer, STR("The results are larger than 67108864 bytes")));
    test_scope_done(&test);
}

/* ---- Java ---- */

TEST(test_java_prints_values)
{
    static const struct {
        const char *value, *wanted;
    } cases[] = {
        { "null", "null" },
        { "true", "true" },
        { "\"a b\"", "a b" },
        { "1", "1" },
        { "-0", "0" },
        { "12345678901234567890", "12345678901234567890" },
        { "1.0", "1.0" },
        { "-0.0", "-0.0" },
        { "1.10", "1.1" },
        { "0.1", "0.1" },
        { "1e3", "1000.0" },
        { "1234567.5", "1234567.5" },
        { "9999999.0", "9999999.0" },
        { "1e7", "1.0E7" },
        { "12345678.9", "1.23456789E7" },
        { "0.001", "0.001" },
        { "0.00125", "0.00125" },
        { "0.000999", "9.99E-4" },
        { "-1.5e-300", "-1.5E-300" },
        { "3.141592653589793", "3.141592653589793" },
        { "[1,[],{}]", "[1, [], {}]" },
        { "{\"a\":{\"b\":\"c\"},\"d\":null}", "{a={b=c}, d=null}" },
    };
    Arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_STR(asl_java_text(&arena, test_json(&arena, cases[i].value)), str_from_c(cases[i].wanted));
    arena_done(&arena);
}

TEST(test_java_prints_computed_numbers_as_they_are_read_again)
{
    Arena arena;
    arena_init(&arena, 0);
    CHECK_STR(asl_java_text(&arena, json_double(&arena, 3)), STR("3"));
    CHECK_STR(asl_java_text(&arena, json_double(&arena, 2.5)), STR("2.5"));
    CHECK_STR(asl_java_text(&arena, json_int_new(&arena, INT64_MIN)), STR("-9223372036854775808"));
    arena_done(&arena);
}

TEST(test_java_counts_in_units)
{
    CHECK_INT(asl_java_hash(STR("")), 0);
    CHECK_INT(asl_java_hash(STR("Name")), 2420395);
    CHECK_INT(asl_java_hash(STR("é")), 233);
    CHECK_INT(asl_java_hash(STR("🚀")), 31 * 0xd83d + 0xde80);
    CHECK_INT((int64_t)asl_java_length(STR("aé🚀")), 4);
    CHECK(asl_java_compare(STR("a"), STR("b")) < 0);
    CHECK(asl_java_compare(STR("ab"), STR("a")) > 0);
    CHECK(asl_java_compare(STR("a"), STR("a")) == 0);
    CHECK(asl_java_compare(STR("🚀"), STR("\xef\xbf\xbd")) < 0); /* surrogates are below U+FFFD */
    CHECK(asl_java_compare(STR("\xef\xbf\xbd"), STR("🚀")) > 0);
    CHECK(asl_java_compare(STR("🚀"), STR("\xed\x9f\xbf")) > 0);
}

TEST(test_java_goes_down_no_deeper_than_the_stack_allows)
{
    enum { DEEP = 200000 };
    Arena arena;
    arena_init(&arena, 0);
    Json *deep = json_array(&arena), *other = json_array(&arena), *both = json_array(&arena);
    for (int i = 0; i < DEEP; i++) {
        Json *around = json_array(&arena), *again = json_array(&arena);
        json_append(&arena, around, deep);
        json_append(&arena, again, other);
        deep = around;
        other = again;
    }
    json_append(&arena, both, deep);
    json_append(&arena, both, other);
    CHECK_INT((int64_t)asl_java_text(&arena, deep).length, 2 * (DEEP + 1));
    CHECK_INT(asl_java_set(&arena, both)->count, 1);
    arena_done(&arena);
}
