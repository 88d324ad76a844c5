/* yaml_scalar.c -- what a plain scalar means.
 *
 * YAML 1.1, as the tools around AWS read it: yes and on are true, 0x1f, 0b11 and 017 are numbers, 1_000 too. What has no
 * counterpart in JSON and is written for people stays text: dates, times, 1:30 (which 1.1 would make 90). */
#include "source/source_internal.h"

static bool is_any(Str text, const char *const *words)
{
    for (; *words; words++)
        if (str_equal(text, str_from_c(*words))) return true;
    return false;
}

bool yaml_is_null(Str text)
{
    static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };
    return is_any(text, words);
}

Json *yaml_bool(Arena *arena, Str text)
{
    static const char *const yes[] = { "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", NULL };
    static const char *const no[] = { "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", NULL };
    if (is_any(text, yes)) return json_bool(arena, true);
    return is_any(text, no) ? json_bool(arena, false) : NULL;
}

bool yaml_is_beyond(Str text)
{
    static const char *const words[] = { ".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL };
    if (text.length && is_one_of(text.data[0], "+-")) text = str_slice(text, 1, text.length);
    return is_any(text, words);
}

/* ---- numbers ---- */

static int digit_of(char byte)
{
    if (byte >= '0' && byte <= '9') return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : 99;
}

/* Digits of a base, with underscores between; more than 63 bits become a double. */
static Json *in_base(Arena *arena, Str digits, int base, bool negative)
{
    double number = 0;
    bool   any = false;
    for (size_t i = 0; i < digits.length; i++) {
        if (digits.data[i] == '_') continue;
        int digit = digit_of(digits.data[i]);
        if (digit >= base) return NULL;
        any = true;
        number = number * base + digit;
        if (number > 1e300) return NULL;
    }
    if (!any) return NULL;
    if (negative) number = -number;
    int64_t integer = 0;
    if (number > -9e15 && number < 9e15) return json_int_new(arena, (int64_t)number);
    for (size_t i = 0; i < digits.length; i++) {
        if (digits.data[i] == '_') continue;
        int digit = digit_of(digits.data[i]);
        if (__builtin_mul_overflow(integer, base, &integer)) return json_double(arena, number);
        if (__builtin_add_overflow(integer, negative ? -digit : digit, &integer)) return json_double(arena, number);
    }
    return json_int_new(arena, integer);
}

static Str take_digits(Str *text)
{
    size_t length = 0;
    while (length < text->length &&
           (is_one_of(text->data[length], "0123456789") || (length > 0 && text->data[length] == '_')))
        length++;
    Str digits = str_slice(*text, 0, length);
    *text = str_slice(*text, length, text->length);
    return digits;
}

static bool take_exponent(Str *text, Str *out)
{
    *out = STR_NONE;
    if (!text->length) return true;
    Str rest = *text;
    if (!is_one_of(rest.data[0], "eE")) return false;
    rest = str_slice(rest, 1, rest.length);
    if (rest.length && is_one_of(rest.data[0], "+-")) rest = str_slice(rest, 1, rest.length);
    Str digits = take_digits(&rest);
    *out = *text;
    return digits.length > 0 && rest.length == 0;
}

static void append_digits(Buffer *out, Str digits, const char *otherwise)
{
    size_t before = out->length;
    for (size_t i = 0; i < digits.length; i++)
        if (digits.data[i] != '_') buffer_append_byte(out, digits.data[i]);
    if (out->length == before) buffer_append_c(out, otherwise);
}

/* [digits][.digits][exponent] as JSON would write it; then JSON reads it. An exponent needs the point, as in 1.1. */
static Json *decimal(Arena *arena, Str text, bool negative)
{
    Str  rest = text, fraction = STR_NONE, exponent;
    Str  whole = take_digits(&rest);
    bool pointed = rest.length && rest.data[0] == '.';
    if (pointed) {
        rest = str_slice(rest, 1, rest.length);
        fraction = take_digits(&rest);
    }
    if (!whole.length && !fraction.length) return NULL;
    if ((!pointed && rest.length) || !take_exponent(&rest, &exponent)) return NULL;
    if (!pointed && whole.length > 1 && whole.data[0] == '0') return NULL;
    while (whole.length > 1 && is_one_of(whole.data[0], "0_")) whole = str_slice(whole, 1, whole.length);
    Buffer json;
    buffer_init(&json);
    if (negative) buffer_append_byte(&json, '-');
    append_digits(&json, whole, "0");
    if (pointed) buffer_append_byte(&json, '.');
    if (pointed) append_digits(&json, fraction, "0");
    append_digits(&json, exponent, "");
    if (json.failed) {
        buffer_done(&json);
        memory_exhausted();
    }
    MemoryGuard guard;
    Json       *value = NULL;
    Error      *error = NULL;
    bool        exhausted = true;
    if (MEMORY_GUARD_ENTER(&guard)) {
        error = json_parse(arena, str_copy(arena, buffer_str(&json)), NULL, &value);
        memory_guard_leave(&guard);
        exhausted = false;
    }
    buffer_done(&json);
    if (exhausted) memory_exhausted();
    error_free(error);
    return error ? NULL : value;
}

Json *yaml_number(Arena *arena, Str text)
{
    bool negative = text.length && text.data[0] == '-';
    if (text.length && is_one_of(text.data[0], "+-")) text = str_slice(text, 1, text.length);
    Str rest = str_slice(text, 2, text.length);
    if (str_starts_with(text, STR("0x"))) return in_base(arena, rest, 16, negative);
    if (str_starts_with(text, STR("0b"))) return in_base(arena, rest, 2, negative);
    if (str_starts_with(text, STR("0o"))) return in_base(arena, rest, 8, negative);
    Json *number = decimal(arena, text, negative);
    if (!number && text.length > 1 && text.data[0] == '0')
        return in_base(arena, str_slice(text, 1, text.length), 8, negative);
    return number;
}

Json *yaml_plain(Arena *arena, Str text)
{
    if (yaml_is_null(text)) return json_null(arena);
    Json *value = yaml_bool(arena, text);
    if (!value && is_one_of(text.data[0], "+-.0123456789")) value = yaml_number(arena, text);
    if (!value && yaml_is_beyond(text)) return NULL;
    return value ? value : json_str(arena, text);
}
