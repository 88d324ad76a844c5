/* number_test.c -- doubles as JavaScript prints them, and text as the nearest double. */
#include "tests/support/test.h"

#include "json/json.h"

#include <locale.h>
#include <math.h>

static void check_printed(double value, const char *expected)
{
    Buffer out;
    double again;
    buffer_init(&out);
    json_write_double(&out, value);
    CHECK_STR(buffer_str(&out), str_from_c(expected));
    CHECK(json_number_parse(buffer_str(&out), &again) && again == value);
    buffer_done(&out);
}

TEST(test_json_doubles_as_javascript_prints_them)
{
    check_printed(0, "0");
    check_printed(-0.0, "0");
    check_printed(1, "1");
    check_printed(-1.5, "-1.5");
    check_printed(0.1, "0.1");
    check_printed(0.1 + 0.2, "0.30000000000000004");
    check_printed(1.0 / 3, "0.3333333333333333");
    check_printed(2.0 / 3, "0.6666666666666666");
    check_printed(100, "100");
    check_printed(123456789.125, "123456789.125");
    check_printed(1e15, "1000000000000000");
    check_printed(123456789012345680000.0, "123456789012345680000");
    check_printed(1e20, "100000000000000000000");
    check_printed(1e21, "1e+21");
    check_printed(1.5e21, "1.5e+21");
    check_printed(-1.2345e25, "-1.2345e+25");
    check_printed(0.000001, "0.000001");
    check_printed(0.0000015, "0.0000015");
    check_printed(0.0000001, "1e-7");
    check_printed(1.5e-7, "1.5e-7");
    check_printed(1732132606.123, "1732132606.123");
}

TEST(test_json_doubles_at_their_limits)
{
    check_printed(5e-324, "5e-324");
    check_printed(1e-323, "1e-323");
    check_printed(2.2250738585072011e-308, "2.225073858507201e-308");
    check_printed(2.2250738585072014e-308, "2.2250738585072014e-308");
    check_printed(1.7976931348623157e308, "1.7976931348623157e+308");
    check_printed(0x1p-44, "5.684341886080802e-14"); /* the nearest 16 digits do not read back */
    check_printed(0x1p53, "9007199254740992");
    check_printed(0x1p53 + 2, "9007199254740994");
    check_printed(0x1p63, "9223372036854776000");
    check_printed(0x1p64, "18446744073709552000");
    check_printed(0x1p70, "1.1805916207174113e+21");
    check_printed(9.5e-7, "9.5e-7");
    check_printed(4.35, "4.35");
    check_printed(1.1, "1.1");
    check_printed(5e22, "5e+22");
    check_printed(1e23, "1e+23");
    check_printed(4.8726570057e288, "4.8726570057e+288");
}

TEST(test_json_doubles_that_are_none)
{
    Buffer out;
    buffer_init(&out);
    json_write_double(&out, HUGE_VAL);
    json_write_double(&out, -HUGE_VAL);
    json_write_double(&out, (double)NAN);
    CHECK_STR(buffer_str(&out), STR("nullnullnull"));
    buffer_done(&out);
}

/* The C library prints 17 digits that read back; the shortest must read back to the same. */
TEST(test_json_doubles_read_back)
{
    uint64_t bits = 88172645463325252ULL;
    Buffer out;
    buffer_init(&out);
    for (int i = 0; i < 20000; i++) {
        double value, again;
        char text[40];
        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        memcpy(&value, &bits, 8);
        if (!isfinite(value)) continue;
        buffer_clear(&out);
        json_write_double(&out, value);
        if (!CHECK(json_number_parse(buffer_str(&out), &again) && again == value)) break;
        int length = snprintf(text, sizeof text, "%.16e", value);
        if (!CHECK(json_number_parse(str_from(text, (size_t)length), &again) && again == value)) break;
        if (!CHECK(out.length <= 25)) break;
    }
    buffer_done(&out);
}

static void check_read(const char *text, double expected)
{
    double value = -1;
    CHECK(json_number_parse(str_from_c(text), &value));
    if (!CHECK(memcmp(&value, &expected, sizeof value) == 0)) printf("    of %s\n", text);
}

TEST(test_json_numbers_are_read_exactly)
{
    check_read("0", 0);
    check_read("-0.0", -0.0);
    check_read("0.3", 0.3);
    check_read("9007199254740993", 0x1p53);
    check_read("9007199254740993.0000000000000000000000000001", 0x1p53 + 2);
    check_read("-65.613616999999977", -65.613616999999977);
    check_read("0.30000000000000004", 0.30000000000000004);
    check_read("1e22", 1e22);
    check_read("1e23", 1e23);
    check_read("123456789012345678e9", 123456789012345678e9);
    check_read("1844674407370955161.5e1", 18446744073709551615.0);
    check_read("2.2250738585072011e-308", 0x0.fffffffffffffp-1022);
    check_read("2.4703282292062327208e-324", 0);
    check_read("2.4703282292062328e-324", 5e-324);
    check_read("1.7976931348623158e308", 0x1.fffffffffffffp1023);
    check_read("1.7976931348623159e308", HUGE_VAL);
    check_read("0.00000000000000000000000000000000000000000000000001e50", 1);
}

/* The half between 1 and the next double, and what lies a little above it. */
TEST(test_json_numbers_of_many_digits)
{
    char text[2000];
    double value;
    int length = snprintf(text, sizeof text, "1.00000000000000011102230246251565404236316680908203125");
    CHECK(json_number_parse(str_from(text, (size_t)length), &value) && value == 1);
    memset(text + length, '0', 1500);
    CHECK(json_number_parse(str_from(text, (size_t)length + 1500), &value) && value == 1);
    text[length + 1500] = '1';
    CHECK(json_number_parse(str_from(text, (size_t)length + 1501), &value) && value == 0x1.0000000000001p0);
    memset(text, '9', 1000);
    CHECK(json_number_parse(str_from(text, 1000), &value) && value == HUGE_VAL);
    memcpy(text + 1000, "e-999", 5);
    CHECK(json_number_parse(str_from(text, 1005), &value) && value == 10);
}

TEST(test_json_number_parse_takes_the_whole_text)
{
    static const char *const refused[] = { "", "-", "01", "1.", ".5", "+1", "1e", "1x", " 1", "1 ",
                                          "0x10", "inf", "NaN", "1,5" };
    double value;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK(!json_number_parse(str_from_c(refused[i]), &value));
}

TEST(test_json_numbers_know_no_locale)
{
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8")) setlocale(LC_NUMERIC, ""); /* where there is one */
    check_read("3.141592653589793238462643", 3.141592653589793);
    check_printed(0.1 + 0.2, "0.30000000000000004");
    setlocale(LC_NUMERIC, "C");
}
