/* cbor_test.c -- CBOR as another spelling: the examples of RFC 8949, appendix A, and what is refused. */
#include "tests/support/test.h"

#include "base/text.h"
#include "json/cbor.h"

static Str bytes_of(Arena *arena, const char *hex)
{
    Str bytes = STR_NONE;
    CHECK(text_unhex(arena, str_from_c(hex), &bytes));
    return bytes;
}

static void check_read(const char *hex, const char *json)
{
    Arena arena;
    Json *value, *expected;
    arena_init(&arena, 0);
    if (!CHECK_OK(cbor_parse(&arena, bytes_of(&arena, hex), NULL, &value)) ||
        !CHECK_OK(json_parse(&arena, str_from_c(json), NULL, &expected)))
        printf("    of %s\n", hex);
    else if (!CHECK_STR(json_text(&arena, value), str_from_c(json)) ||
             !CHECK(value->flags & JSON_BLOB || json_equal(value, expected)))
        printf("    of %s\n", hex);
    arena_done(&arena);
}

TEST(test_cbor_appendix_a_integers)
{
    check_read("00", "0");
    check_read("01", "1");
    check_read("0a", "10");
    check_read("17", "23");
    check_read("1818", "24");
    check_read("1819", "25");
    check_read("1864", "100");
    check_read("1903e8", "1000");
    check_read("1a000f4240", "1000000");
    check_read("1b000000e8d4a51000", "1000000000000");
    check_read("1bffffffffffffffff", "18446744073709551615");
    check_read("c249010000000000000000", "18446744073709552000");
    check_read("3bffffffffffffffff", "-18446744073709551616");
    check_read("c349010000000000000000", "-18446744073709552000");
    check_read("20", "-1");
    check_read("29", "-10");
    check_read("3863", "-100");
    check_read("3903e7", "-1000");
}

TEST(test_cbor_appendix_a_floats_and_words)
{
    check_read("f90000", "0");
    check_read("f98000", "0");
    check_read("f93c00", "1");
    check_read("fb3ff199999999999a", "1.1");
    check_read("f93e00", "1.5");
    check_read("f97bff", "65504");
    check_read("fa47c35000", "100000");
    check_read("fa7f7fffff", "3.4028234663852886e+38");
    check_read("fb7e37e43c8800759c", "1e+300");
    check_read("f90001", "5.960464477539063e-8");
    check_read("f90400", "0.00006103515625");
    check_read("f9c400", "-4");
    check_read("fbc010666666666666", "-4.1");
    check_read("f4", "false");
    check_read("f5", "true");
    check_read("f6", "null");
    check_read("f7", "null");
}

TEST(test_cbor_appendix_a_strings_and_tags)
{
    check_read("c074323031332d30332d32315432303a30343a30305a", "\"2013-03-21T20:04:00Z\"");
    check_read("c11a514b67b0", "1363896240");
    check_read("c1fb41d452d9ec200000", "1363896240.5");
    check_read("d74401020304", "\"AQIDBA==\"");
    check_read("d818456449455446", "\"ZElFVEY=\"");
    check_read("d82076687474703a2f2f7777772e6578616d706c652e636f6d", "\"http://www.example.com\"");
    check_read("40", "\"\"");
    check_read("4401020304", "\"AQIDBA==\"");
    check_read("60", "\"\"");
    check_read("6161", "\"a\"");
    check_read("6449455446", "\"IETF\"");
    check_read("62225c", "\"\\\"\\\\\"");
    check_read("62c3bc", "\"\xc3\xbc\"");
    check_read("63e6b0b4", "\"\xe6\xb0\xb4\"");
    check_read("64f0908591", "\"\xf0\x90\x85\x91\"");
    check_read("5f42010243030405ff", "\"AQIDBAU=\"");
    check_read("7f657374726561646d696e67ff", "\"streaming\"");
}

TEST(test_cbor_appendix_a_containers)
{
    check_read("80", "[]");
    check_read("83010203", "[1,2,3]");
    check_read("8301820203820405", "[1,[2,3],[4,5]]");
    check_read("98190102030405060708090a0b0c0d0e0f101112131415161718181819",
               "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]");
    check_read("a0", "{}");
    check_read("a26161016162820203", "{\"a\":1,\"b\":[2,3]}");
    check_read("826161a161626163", "[\"a\",{\"b\":\"c\"}]");
    check_read("a56161614161626142616361436164614461656145", "{\"a\":\"A\",\"b\":\"B\",\"c\":\"C\",\"d\":\"D\",\"e\":\"E\"}");
    check_read("9fff", "[]");
    check_read("9f018202039f0405ffff", "[1,[2,3],[4,5]]");
    check_read("9f01820203820405ff", "[1,[2,3],[4,5]]");
    check_read("83018202039f0405ff", "[1,[2,3],[4,5]]");
    check_read("83019f0203ff820405", "[1,[2,3],[4,5]]");
    check_read("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
               "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]");
    check_read("bf61610161629f0203ffff", "{\"a\":1,\"b\":[2,3]}");
    check_read("826161bf61626163ff", "[\"a\",{\"b\":\"c\"}]");
    check_read("bf6346756ef563416d7421ff", "{\"Fun\":true,\"Amt\":-2}");
    check_read("bf7f61616162ff01ff", "{\"ab\":1}");
}

static void check_refused(const char *hex, ErrorCode code)
{
    Arena arena;
    Json *value = NULL;
    arena_init(&arena, 0);
    if (!CHECK_ERROR(cbor_parse(&arena, bytes_of(&arena, hex), NULL, &value), code)) printf("    of %s\n", hex);
    CHECK(value == NULL);
    arena_done(&arena);
}

/* Among them the rest of appendix A, and of its section F what is not well-formed. */
TEST(test_cbor_refuses_what_json_cannot_say)
{
    static const char *const hex[] = {
        "f97c00", "f97e00", "f9fc00", "fa7f800000", "fa7fc00000", "faff800000", "fb7ff0000000000000",
        "fb7ff8000000000000", "fbfff0000000000000", "f0", "f8ff", "f800", "f818", "a201020304", "a14161f6",
    };
    for (size_t i = 0; i < sizeof hex / sizeof *hex; i++) check_refused(hex[i], ERR_INVALID);
}

TEST(test_cbor_refuses_what_is_not_well_formed)
{
    static const char *const hex[] = {
        "", "18", "19", "1a", "1b", "1901", "1a0102", "1b01020304050607", "38", "58", "78", "98", "9a01ff00",
        "b8", "d8", "f8", "f900", "fa0000", "fb000000", "41", "61", "5affffffff00", "5bffffffffffffffff010203",
        "7affffffff00", "7b7fffffffffffffff010203", "81", "818181818181818181", "8200", "a1", "a161", "a200",
        "c0", "5f4100", "7f6100", "9f", "9f0102", "bf", "bf6161016162", "819f", "9f8000", "9f9f9f9f9fffffffff",
        "9f819f819f9fffffff", "9affffffff", "9bffffffffffffffff", "baffffffff", "bbffffffffffffffff", "1c",
        "1d", "1e", "3c", "5c", "7c", "9c", "bc", "dc", "fc", "fd", "fe", "1f", "3f", "df", "ff", "81ff",
        "8200ff", "a161ff", "a16161ff", "bf6161ff", "9f81ff", "5f00ff", "5f21ff", "5f6100ff", "5f80ff",
        "5fa0ff", "5fc000ff", "5fe0ff", "7f4100ff", "5f5f4100ffff", "7f7f6100ffff", "0000", "8000", "61ff",
        "62c3", "63eda080", "64f4908080", "7f61c361bcff", "c16161", "c1f5", "c140", "c201", "c26161", "c2a0",
        "c380",
    };
    for (size_t i = 0; i < sizeof hex / sizeof *hex; i++) check_refused(hex[i], ERR_SYNTAX);
}

TEST(test_cbor_depth_has_a_limit)
{
    Arena arena;
    Json *value;
    char bytes[JSON_DEPTH_MAX + 2];
    arena_init(&arena, 0);
    memset(bytes, '\x81', sizeof bytes);
    bytes[JSON_DEPTH_MAX - 1] = '\x80';
    CHECK_OK(cbor_parse(&arena, str_from(bytes, JSON_DEPTH_MAX), NULL, &value));
    bytes[JSON_DEPTH_MAX - 1] = '\x81';
    CHECK_ERROR(cbor_parse(&arena, str_from(bytes, sizeof bytes), NULL, &value), ERR_LIMIT);
    arena_done(&arena);
}

TEST(test_cbor_large_integers_have_a_limit)
{
    Arena arena;
    Json *value;
    char bytes[3 + 200] = "\xc2\x58\xc8";
    arena_init(&arena, 0);
    CHECK_OK(cbor_parse(&arena, str_from(bytes, sizeof bytes), NULL, &value)); /* zeros in front do not count */
    bytes[3] = 1;
    CHECK_ERROR(cbor_parse(&arena, str_from(bytes, sizeof bytes), NULL, &value), ERR_LIMIT);
    arena_done(&arena);
}

static void check_written(Arena *arena, const Json *value, CborTimes times, const char *hex)
{
    Buffer out;
    buffer_init(&out);
    cbor_write(&out, value, times);
    CHECK_STR(text_hex(arena, buffer_str(&out)), str_from_c(hex));
    buffer_done(&out);
}

TEST(test_cbor_write)
{
    static const struct {
        const char *json, *hex;
    } cases[] = {
        { "[0,23,24,255,256,65535,65536,4294967295,4294967296]",
          "8900171818" "18ff190100" "19ffff1a00010000" "1affffffff" "1b0000000100000000" },
        { "[-1,-24,-25,-256,-257,9223372036854775807,-9223372036854775808]",
          "8720373818" "38ff390100" "1b7fffffffffffffff" "3b7fffffffffffffff" },
        { "18446744073709551615", "1bffffffffffffffff" },
        { "-18446744073709551616", "fbc3f0000000000000" },
        { "-9223372036854775809", "3b8000000000000000" },
        { "[1.0,-0,1.1]", "83fb3ff0000000000000fb8000000000000000fb3ff199999999999a" },
        { "[null,true,false,\"\",\"\xc3\xbc\"]", "85f6f5f46062c3bc" },
        { "{\"a\":{\"b\":[]},\"c\":{}}", "a26161a1616280" "6163a0" },
        { "{\"a\":1,\"b\":2,\"a\":3}", "a2616202616103" },
        { "\"x\\ud800y\"", "6578efbfbd79" },
    };
    Arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Json *value;
        if (CHECK_OK(json_parse(&arena, str_from_c(cases[i].json), NULL, &value)))
            check_written(&arena, value, CBOR_TIMES_TAGGED, cases[i].hex);
    }
    arena_done(&arena);
}

TEST(test_cbor_write_bytes_and_times)
{
    Arena arena;
    arena_init(&arena, 0);
    Json *whole = json_time(&arena, 1363896240000000), *half = json_time(&arena, 1363896240500000);
    check_written(&arena, whole, CBOR_TIMES_TAGGED, "c11a514b67b0");
    check_written(&arena, half, CBOR_TIMES_TAGGED, "c1fb41d452d9ec200000");
    check_written(&arena, whole, CBOR_TIMES_MILLISECONDS, "1b0000013d8e8d0780");
    check_written(&arena, half, CBOR_TIMES_MILLISECONDS, "1b0000013d8e8d0974");
    check_written(&arena, json_time(&arena, -1), CBOR_TIMES_MILLISECONDS, "20");
    check_written(&arena, json_blob(&arena, STR("\1\2\3\4")), CBOR_TIMES_TAGGED, "4401020304");
    check_written(&arena, json_str(&arena, STR("\xff")), CBOR_TIMES_TAGGED, "63efbfbd"); /* not UTF-8 */
    arena_done(&arena);
}

TEST(test_cbor_times_and_bytes_are_marked)
{
    Arena arena;
    Json *value;
    arena_init(&arena, 0);
    CHECK_OK(cbor_parse(&arena, bytes_of(&arena, "82c1fb41d452d9ec2000004401020304"), NULL, &value));
    int64_t microseconds;
    CHECK(value->items[0]->flags & JSON_TIME);
    CHECK(json_instant(value->items[0], &microseconds));
    CHECK_INT(microseconds, 1363896240500000);
    CHECK_INT(value->items[1]->flags, JSON_BLOB);
    arena_done(&arena);
}

TEST(test_cbor_survives_any_failed_allocation)
{
    Arena source, arena;
    Buffer out;
    Json *value;
    arena_init(&source, 0);
    buffer_init(&out);
    Json *list = json_array(&source);
    for (int i = 0; i < 300; i++) {
        json_append(&source, list, json_int_new(&source, i));
        json_append(&source, list, json_str(&source, STR("text")));
    }
    for (int i = 0; i < 50; i++) {
        Json *outer = json_object(&source);
        json_add(&source, outer, STR("a"), list);
        list = outer;
    }
    bool done = false;
    for (uint64_t nth = 1; !done; nth++) {
        buffer_done(&out);
        memory_fail_nth(nth, false);
        cbor_write(&out, list, CBOR_TIMES_TAGGED);
        memory_fail_nth(0, false);
        done = !out.failed;
    }
    done = false;
    for (uint64_t nth = 1; !done; nth++) {
        arena_init(&arena, 0);
        memory_fail_nth(nth, nth % 2);
        Error *error = cbor_parse(&arena, buffer_str(&out), NULL, &value);
        memory_fail_nth(0, false);
        done = !error;
        if (done) CHECK(json_equal(value, list));
        if (!done) CHECK_ERROR(error, ERR_MEMORY);
        arena_done(&arena);
    }
    buffer_done(&out);
    arena_done(&source);
}
