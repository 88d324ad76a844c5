/* number.c -- doubles as text, and back.
 *
 * Reading takes the first of three ways that is exact:
 *   1. up to 2^53 and a power of ten that is a double: one multiplication or division (Clinger);
 *   2. up to 19 digits and a power from -27 to 27: an integer multiplication or division of 128 bits,
 *      rounded by hand;
 *   3. strtod, on digits and exponent without a decimal point, so that no locale matters.
 *
 * Writing looks for a decimal of at most 15 digits that reads back: there is only one such number, so
 * without its zeros it is the shortest. The rest is Steele and White's algorithm in the form of Burger
 * and Dybvig, on large integers: the shortest digits that read back, of those the closest. */
#include "json/internal.h"

#include <assert.h>
#include <float.h>
#include <math.h>

typedef unsigned __int128 Wide;

static const double tens[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                               1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

static const uint64_t fives[] = {
    1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625, 1220703125,
    6103515625ULL, 30517578125ULL, 152587890625ULL, 762939453125ULL, 3814697265625ULL, 19073486328125ULL,
    95367431640625ULL, 476837158203125ULL, 2384185791015625ULL, 11920928955078125ULL, 59604644775390625ULL,
    298023223876953125ULL, 1490116119384765625ULL, 7450580596923828125ULL,
};

enum { TENS_MAX = 22, FIVES_MAX = 27, POWER_LIMIT = 1000000 };

/* ---- reading ---- */

static inline bool is_digit(const char *at, const char *end)
{
    return at < end && (uint8_t)(*at - '0') < 10;
}

/* Digits of the integer or the fraction. 19 of them fit; further ones only move the exponent. */
static inline const char *take_digits(const char *at, const char *end, JsonDecimal *decimal, bool fraction)
{
    uint64_t digits = decimal->digits;
    const char *first = at;
    for (; is_digit(at, end) && digits < 1000000000000000000ULL; at++) digits = digits * 10 + (uint64_t)(*at - '0');
    decimal->digits = digits;
    if (fraction) decimal->exponent -= at - first;
    for (; is_digit(at, end); at++) {
        decimal->cut |= *at != '0';
        decimal->exponent += !fraction;
    }
    return at;
}

/* An exponent so large that no more digits can change what the number is stops growing. */
static const char *take_power(const char *at, const char *end, JsonDecimal *decimal)
{
    bool negative = at < end && *at == '-';
    if (negative || (at < end && *at == '+')) at++;
    if (!is_digit(at, end)) decimal->what = "expected a digit";
    int64_t power = 0;
    for (; is_digit(at, end); at++)
        if (power < (int64_t)JSON_TEXT_MAX * 4) power = power * 10 + (*at - '0');
    decimal->power = negative ? -power : power;
    return at;
}

const char *json_decimal_scan(const char *at, const char *end, JsonDecimal *out)
{
    *out = (JsonDecimal){ .whole = true };
    if (at < end && *at == '-') {
        out->negative = true;
        at++;
    }
    const char *first = at;
    at = take_digits(at, end, out, false);
    if (at == first) out->what = "expected a digit";
    if (at - first > 1 && *first == '0') {
        out->what = "a number does not start with zeros";
        return first;
    }
    if (!out->what && at < end && *at == '.') {
        out->whole = false;
        first = ++at;
        at = take_digits(at, end, out, true);
        if (at == first) out->what = "expected a digit";
    }
    if (!out->what && at < end && (*at | 0x20) == 'e') {
        out->whole = false;
        at = take_power(at + 1, end, out);
        out->exponent += out->power;
    }
    return at;
}

/* Rounds number * 2^exponent to 53 bits, half to even. The number has more than 53, its last bit may
 * stand for any rest that is not zero. */
static double round_wide(Wide number, int exponent)
{
    uint64_t high = (uint64_t)(number >> 64);
    int top = high ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll((uint64_t)number);
    int drop = top - 52;
    uint64_t kept = (uint64_t)(number >> drop);
    Wide rest = number & (((Wide)1 << drop) - 1), half = (Wide)1 << (drop - 1);
    if (rest > half || (rest == half && (kept & 1))) kept++;
    return ldexp((double)kept, exponent + drop);
}

static double by_integers(uint64_t digits, int exponent)
{
    uint64_t power = fives[abs(exponent)];
    int shift = __builtin_clzll(digits);
    digits <<= shift;
    if (exponent >= 0) return round_wide((Wide)digits * power, exponent - shift);
    Wide dividend = (Wide)digits << 64, quotient = dividend / power;
    return round_wide(quotient | (quotient * power != dividend), exponent - shift - 64);
}

/* Halves between doubles have up to 767 digits; of what is longer it only matters that it is more. */
static double by_strtod(Str raw, int64_t power)
{
    enum { DIGITS_MAX = 780 };
    char text[DIGITS_MAX + 32];
    size_t length = 0;
    bool fraction = false, more = false;
    for (size_t i = raw.data[0] == '-'; i < raw.length && (raw.data[i] | 0x20) != 'e'; i++) {
        char byte = raw.data[i];
        if (byte == '.') {
            fraction = true;
        } else if (length == DIGITS_MAX) {
            more |= byte != '0';
            power += !fraction;
        } else {
            if (length || byte != '0') text[length++] = byte;
            power -= fraction;
        }
    }
    if (more) {
        text[length++] = '1';
        power--;
    }
    if (power > POWER_LIMIT) power = POWER_LIMIT;
    if (power < -POWER_LIMIT) power = -POWER_LIMIT;
    snprintf(text + length, sizeof text - length, "e%d", (int)power);
    return strtod(text, NULL);
}

static double decimal_value(const JsonDecimal *decimal, Str raw)
{
    uint64_t digits = decimal->digits;
    int64_t exponent = decimal->exponent;
    double value = 0;
    if (digits == 0)
        value = 0;
    else if (decimal->cut || exponent < -FIVES_MAX || exponent > FIVES_MAX)
        value = by_strtod(raw, decimal->power);
    else if (digits > 1ULL << 53 || exponent < -TENS_MAX || exponent > TENS_MAX)
        value = by_integers(digits, (int)exponent);
    else
        value = exponent < 0 ? (double)digits / tens[-exponent] : (double)digits * tens[exponent];
    return decimal->negative ? -value : value;
}

/* Minus zero is no integer: it would lose its sign. */
static bool fits_integer(const JsonDecimal *decimal)
{
    return decimal->whole && !decimal->cut && decimal->exponent == 0 &&
           decimal->digits <= (uint64_t)INT64_MAX + decimal->negative && !(decimal->negative && decimal->digits == 0);
}

static int64_t signed_digits(const JsonDecimal *decimal)
{
    return (int64_t)(decimal->negative ? 0 - decimal->digits : decimal->digits);
}

void json_decimal_store(const JsonDecimal *decimal, Json *number)
{
    if (fits_integer(decimal)) {
        number->flags |= JSON_INTEGER;
        number->integer = signed_digits(decimal);
        return;
    }
    double value = decimal_value(decimal, number->raw);
    number->number = isfinite(value) ? value : copysign(DBL_MAX, value);
}

bool json_number_parse(Str text, double *out)
{
    JsonDecimal decimal;
    if (!text.length) return false;
    const char *end = json_decimal_scan(text.data, text.data + text.length, &decimal);
    if (decimal.what || end != text.data + text.length) return false;
    *out = decimal_value(&decimal, text);
    return true;
}

/* ---- numbers of values ---- */

double json_number(const Json *number)
{
    assert(number->type == JSON_NUMBER);
    return number->flags & JSON_INTEGER ? (double)number->integer : number->number;
}

/* An integer of 64 bits has at most 19 digits, so one that was cut is none. */
static bool whole_decimal(Str raw, int64_t *out)
{
    JsonDecimal decimal;
    json_decimal_scan(raw.data, raw.data + raw.length, &decimal);
    if (decimal.cut) return false;
    for (; decimal.digits && decimal.exponent < 0; decimal.exponent++) {
        if (decimal.digits % 10) return false;
        decimal.digits /= 10;
    }
    for (; decimal.digits && decimal.exponent > 0; decimal.exponent--)
        if (__builtin_mul_overflow(decimal.digits, 10, &decimal.digits)) return false;
    if (decimal.digits > (uint64_t)INT64_MAX + decimal.negative) return false;
    *out = signed_digits(&decimal);
    return true;
}

bool json_int(const Json *number, int64_t *out)
{
    if (number->type != JSON_NUMBER) return false;
    if (number->flags & JSON_INTEGER) {
        *out = number->integer;
        return true;
    }
    if (number->raw.length) return whole_decimal(number->raw, out);
    double value = number->number;
    if (value != trunc(value) || value < -0x1p63 || value >= 0x1p63) return false;
    *out = (int64_t)value;
    return true;
}

bool json_instant(const Json *number, int64_t *out_microseconds)
{
    if (number->type != JSON_NUMBER) return false;
    if (number->flags & JSON_INTEGER) {
        int64_t microseconds;
        if (__builtin_mul_overflow(number->integer, 1000000, &microseconds)) return false;
        *out_microseconds = microseconds;
        return true;
    }
    double microseconds = nearbyint(number->number * 1e6);
    if (!(microseconds >= -0x1p63 && microseconds < 0x1p63)) return false;
    *out_microseconds = (int64_t)microseconds;
    return true;
}

/* ---- large integers ---- */

enum { LIMBS = 20 }; /* 1280 bits: 2^53 * 10^325 has 1133 */

typedef struct Large {
    uint64_t limbs[LIMBS]; /* lowest first; of those behind count nothing is known */
    int      count;
} Large;

static Large large_of(uint64_t number)
{
    Large large;
    large.limbs[0] = number;
    large.count = 1;
    return large;
}

static void large_push(Large *large, uint64_t limb)
{
    if (!limb) return;
    assert(large->count < LIMBS);
    large->limbs[large->count++] = limb;
}

static void large_multiply(Large *large, uint64_t factor)
{
    uint64_t carry = 0;
    for (int i = 0; i < large->count; i++) {
        Wide product = (Wide)large->limbs[i] * factor + carry;
        large->limbs[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    large_push(large, carry);
}

static void large_shift(Large *large, int bits)
{
    for (; bits >= 32; bits -= 32) large_multiply(large, 1ULL << 32);
    large_multiply(large, 1ULL << bits);
}

static void large_power(Large *large, int tens_count)
{
    for (; tens_count >= 19; tens_count -= 19) large_multiply(large, 10000000000000000000ULL);
    for (; tens_count > 0; tens_count--) large_multiply(large, 10);
}

static void large_add(Large *large, const Large *other)
{
    uint64_t carry = 0;
    for (int i = 0; i < other->count || (carry && i < large->count); i++) {
        if (i == large->count) large->limbs[large->count++] = 0;
        Wide sum = (Wide)large->limbs[i] + (i < other->count ? other->limbs[i] : 0) + carry;
        large->limbs[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> 64);
    }
    large_push(large, carry);
}

static void large_subtract(Large *large, const Large *other)
{
    uint64_t borrow = 0;
    for (int i = 0; i < large->count; i++) {
        Wide taken = (Wide)(i < other->count ? other->limbs[i] : 0) + borrow;
        borrow = large->limbs[i] < taken;
        large->limbs[i] -= (uint64_t)taken;
    }
    while (large->count > 1 && !large->limbs[large->count - 1]) large->count--;
}

static int large_compare(const Large *a, const Large *b)
{
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    for (int i = a->count - 1; i >= 0; i--)
        if (a->limbs[i] != b->limbs[i]) return a->limbs[i] < b->limbs[i] ? -1 : 1;
    return 0;
}

/* ---- writing ---- */

enum { DIGITS_MAX = 17, TEXT_MAX = 32 };

/* 0.DIGITS * 10^point */
typedef struct Digits {
    char text[DIGITS_MAX + 3];
    int  count;
    int  point;
} Digits;

/* The value is rest / unit; what reads back as it goes from (rest - below) / unit to (rest + above) /
 * unit, both ends included when its last bit is even. */
typedef struct Interval {
    Large rest, unit, below, above;
    bool  even;
} Interval;

static void interval_of(double value, Interval *out)
{
    uint64_t bits;
    memcpy(&bits, &value, 8);
    uint64_t fraction = bits & ((1ULL << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7ff);
    int exponent = (biased ? biased : 1) - 1075;
    bool narrow = fraction == 0 && biased > 1; /* the double below is only half as far away */
    out->even = !(fraction & 1);
    out->rest = large_of(biased ? fraction | 1ULL << 52 : fraction);
    out->unit = out->below = out->above = large_of(1);
    int up = exponent > 0 ? exponent : 0, down = exponent < 0 ? -exponent : 0;
    large_shift(&out->rest, up + 1 + narrow);
    large_shift(&out->unit, down + 1 + narrow);
    large_shift(&out->below, up);
    large_shift(&out->above, up + narrow);
}

static void interval_times_ten(Interval *interval)
{
    large_multiply(&interval->rest, 10);
    large_multiply(&interval->below, 10);
    large_multiply(&interval->above, 10);
}

static bool reaches_below(const Interval *interval)
{
    return large_compare(&interval->rest, &interval->below) < interval->even;
}

static bool reaches_above(const Interval *interval)
{
    Large sum = interval->rest;
    large_add(&sum, &interval->above);
    return large_compare(&sum, &interval->unit) > -interval->even;
}

/* Scales the interval so that the first digit stands right behind the point. */
static int scale(Interval *interval, double value)
{
    int point = (int)ceil(log10(value) - 1e-10); /* right or one too small */
    if (point >= 0) {
        large_power(&interval->unit, point);
    } else {
        large_power(&interval->rest, -point);
        large_power(&interval->below, -point);
        large_power(&interval->above, -point);
    }
    if (!reaches_above(interval)) return point;
    large_multiply(&interval->unit, 10);
    return point + 1;
}

static char take_digit(Interval *interval)
{
    char digit = '0';
    for (; large_compare(&interval->rest, &interval->unit) >= 0; digit++)
        large_subtract(&interval->rest, &interval->unit);
    return digit;
}

static void shortest_digits(double value, Digits *out)
{
    Interval interval;
    interval_of(value, &interval);
    out->point = scale(&interval, value);
    out->count = 0;
    bool below, above;
    do {
        interval_times_ten(&interval);
        out->text[out->count++] = take_digit(&interval);
        below = reaches_below(&interval);
        above = reaches_above(&interval);
    } while (!below && !above);
    char *last = &out->text[out->count - 1];
    large_multiply(&interval.rest, 2);
    int beyond_half = large_compare(&interval.rest, &interval.unit);
    if (above && (!below || beyond_half > 0 || (beyond_half == 0 && (*last & 1)))) ++*last;
}

static void store_digits(uint64_t number, int point_from_right, Digits *out)
{
    char text[24];
    char *at = text + sizeof text;
    for (; number; number /= 10) *--at = (char)('0' + number % 10);
    int length = (int)(text + sizeof text - at);
    out->point = length - point_from_right;
    for (; length > 1 && at[length - 1] == '0'; length--) continue;
    memcpy(out->text, at, (size_t)length);
    out->count = length;
}

static bool short_digits(double value, Digits *out)
{
    for (int i = 0; i <= TENS_MAX && value * tens[i] < 1e15; i++) {
        uint64_t number = (uint64_t)(value * tens[i] + 0.5);
        if (number >= 1000000000000000ULL || (double)number / tens[i] != value) continue;
        store_digits(number, i, out);
        return true;
    }
    return false;
}

/* As ECMAScript's Number::toString lays them out. */
static char *lay_out(const Digits *digits, char *out)
{
    int count = digits->count, point = digits->point;
    bool power = point > 21 || point <= -6;
    int before = power ? 1 : point < 0 ? 0 : point; /* digits before the dot */
    if (before == 0) *out++ = '0';
    for (int i = 0; i < before; i++) *out++ = i < count ? digits->text[i] : '0';
    if (count > before) *out++ = '.';
    for (int i = power ? 0 : point; i < 0; i++) *out++ = '0';
    for (int i = before; i < count; i++) *out++ = digits->text[i];
    if (power) out += snprintf(out, 8, "e%+d", point - 1);
    return out;
}

void json_write_double(Buffer *out, double value)
{
    char text[TEXT_MAX + 8], *at = text;
    Digits digits;
    if (!isfinite(value)) {
        buffer_append_c(out, "null");
        return;
    }
    if (value == 0) {
        buffer_append_byte(out, '0');
        return;
    }
    if (value < 0) *at++ = '-';
    value = fabs(value);
    if (!short_digits(value, &digits)) shortest_digits(value, &digits);
    at = lay_out(&digits, at);
    buffer_append(out, text, (size_t)(at - text));
}
