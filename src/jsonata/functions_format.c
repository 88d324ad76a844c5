/* functions_format.c -- numbers as pictures show them, after XPath's format-number. */
#include "jsonata/internal.h"

#include <math.h>

enum { PICTURE_MAX = 1000, DIGITS_MAX = 1500 };

typedef struct Codes { /* a part of a picture, in code points */
    const uint32_t *at;
    uint32_t        count;
} Codes;

typedef struct Symbols {
    uint32_t decimal, grouping, exponent, minus, percent, mille, zero, digit, pattern;
    Str      percent_text, mille_text; /* may be longer than a character */
} Symbols;

typedef struct Picture {
    Codes    whole, prefix, suffix, active, mantissa, integer, fraction, exponent;
    bool     has_exponent, has_decimal, percent, mille;
    uint32_t integer_min, scaling, fraction_min, fraction_max, exponent_min;
    uint32_t groups[PICTURE_MAX], group_count, regular;
    uint32_t fraction_groups[PICTURE_MAX], fraction_group_count;
} Picture;

static bool in_family(const Symbols *s, uint32_t code)
{
    return code >= s->zero && code <= s->zero + 9;
}

static bool is_digit(const Symbols *s, uint32_t code)
{
    return in_family(s, code) || code == s->digit;
}

static bool is_active(const Symbols *s, uint32_t code)
{
    return is_digit(s, code) || code == s->exponent || code == s->decimal || code == s->grouping || code == s->pattern;
}

static Codes slice(Codes codes, uint32_t from, uint32_t to)
{
    if (from > codes.count) from = codes.count;
    if (to > codes.count) to = codes.count;
    return (Codes){ codes.at + from, to > from ? to - from : 0 };
}

static int64_t find(Codes codes, uint32_t code, uint32_t from)
{
    for (uint32_t i = from; i < codes.count; i++)
        if (codes.at[i] == code) return i;
    return -1;
}

static uint32_t count_of(const Symbols *s, Codes codes, bool optional)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < codes.count; i++) count += optional ? is_digit(s, codes.at[i]) : in_family(s, codes.at[i]);
    return count;
}

static bool holds(Run *run, Codes codes, Str text, bool twice)
{
    Text   whole;
    size_t at, next;
    text_init(&whole, run, codes.count * 4);
    for (uint32_t i = 0; i < codes.count; i++) text_add_code(&whole, codes.at[i]);
    if (!str_find(text_str(&whole), text, &at)) return false;
    return !twice || str_find(str_slice(text_str(&whole), at + text.length, whole.length), text, &next);
}

/* ---- the parts of a picture ---- */

static void split_parts(Call *call, const Symbols *s, Picture *p)
{
    uint32_t first = 0, last = p->whole.count;
    while (first < last && (!is_active(s, p->whole.at[first]) || p->whole.at[first] == s->exponent)) first++;
    if (first == last) call_fault(call, "D3086", NULL, 0);
    while (last > first && (!is_active(s, p->whole.at[last - 1]) || p->whole.at[last - 1] == s->exponent)) last--;
    p->prefix = slice(p->whole, 0, first);
    p->suffix = slice(p->whole, last, p->whole.count);
    p->active = slice(p->whole, first, last);
    int64_t exponent =
        find(p->whole, s->exponent, first); /* of the whole, used in the active part: as the reference has it */
    p->has_exponent = exponent >= 0 && exponent <= last;
    p->mantissa = p->has_exponent ? slice(p->active, 0, (uint32_t)exponent) : p->active;
    if (p->has_exponent) p->exponent = slice(p->active, (uint32_t)exponent + 1, p->active.count);
    int64_t decimal = find(p->mantissa, s->decimal, 0);
    p->has_decimal = decimal >= 0;
    p->integer = p->has_decimal ? slice(p->mantissa, 0, (uint32_t)decimal) : p->mantissa;
    p->fraction = p->has_decimal ? slice(p->mantissa, (uint32_t)decimal + 1, p->mantissa.count) : p->suffix;
}

static void check_integer(Call *call, const Symbols *s, const Picture *p)
{
    int64_t decimal = find(p->whole, s->decimal, 0), digit = find(p->integer, s->digit, 0);
    if (decimal >= 0) {
        bool before = decimal > 0 && p->whole.at[decimal - 1] == s->grouping;
        bool after = decimal + 1 < p->whole.count && p->whole.at[decimal + 1] == s->grouping;
        if (before || after) call_fault(call, "D3087", NULL, 0);
    } else if (p->integer.count && p->integer.at[p->integer.count - 1] == s->grouping) {
        call_fault(call, "D3088", NULL, 0);
    }
    for (uint32_t i = 1; i < p->whole.count; i++)
        if (p->whole.at[i] == s->grouping && p->whole.at[i - 1] == s->grouping) call_fault(call, "D3089", NULL, 0);
    if (digit >= 0 && count_of(s, slice(p->integer, 0, (uint32_t)digit), false)) call_fault(call, "D3090", NULL, 0);
}

static void check(Call *call, const Symbols *s, Picture *p)
{
    int64_t decimal = find(p->whole, s->decimal, 0), last = -1;
    p->percent = holds(call->run, p->whole, s->percent_text, false);
    p->mille = holds(call->run, p->whole, s->mille_text, false);
    if (decimal >= 0 && find(p->whole, s->decimal, (uint32_t)decimal + 1) >= 0) call_fault(call, "D3081", NULL, 0);
    if (holds(call->run, p->whole, s->percent_text, true)) call_fault(call, "D3082", NULL, 0);
    if (holds(call->run, p->whole, s->mille_text, true)) call_fault(call, "D3083", NULL, 0);
    if (p->percent && p->mille) call_fault(call, "D3084", NULL, 0);
    if (!count_of(s, p->mantissa, true)) call_fault(call, "D3085", NULL, 0);
    for (uint32_t i = 0; i < p->active.count; i++)
        if (!is_active(s, p->active.at[i])) call_fault(call, "D3086", NULL, 0);
    check_integer(call, s, p);
    for (uint32_t i = 0; i < p->fraction.count; i++)
        if (p->fraction.at[i] == s->digit) last = i;
    if (last >= 0 && count_of(s, slice(p->fraction, (uint32_t)last, p->fraction.count), false))
        call_fault(call, "D3091", NULL, 0);
    if (!p->has_exponent) return;
    if (p->exponent.count && (p->percent || p->mille)) call_fault(call, "D3092", NULL, 0);
    if (!p->exponent.count || count_of(s, p->exponent, false) != p->exponent.count) call_fault(call, "D3093", NULL, 0);
}

static uint32_t divisor(uint32_t a, uint32_t b)
{
    return b ? divisor(b, a % b) : a;
}

static void find_groups(const Symbols *s, Picture *p)
{
    for (int64_t at = find(p->integer, s->grouping, 0); at >= 0; at = find(p->integer, s->grouping, (uint32_t)at + 1)) {
        p->groups[p->group_count] = count_of(s, slice(p->integer, (uint32_t)at, p->integer.count), true);
        p->regular = divisor(p->groups[p->group_count++], p->regular);
    }
    for (uint32_t i = 1; i <= p->group_count && p->regular; i++) {
        bool there = false;
        for (uint32_t j = 0; j < p->group_count; j++) there |= p->groups[j] == i * p->regular;
        if (!there) p->regular = 0;
    }
    /* the reference goes on in the integer part, so of the fraction's only the first counts */
    for (int64_t at = find(p->fraction, s->grouping, 0); at >= 0; at = find(p->integer, s->grouping, (uint32_t)at + 1))
        p->fraction_groups[p->fraction_group_count++] = count_of(s, slice(p->fraction, 0, (uint32_t)at), true);
}

static void analyse(const Symbols *s, Picture *p)
{
    find_groups(s, p);
    p->integer_min = p->scaling = count_of(s, p->integer, false);
    p->fraction_min = count_of(s, p->fraction, false);
    p->fraction_max = count_of(s, p->fraction, true);
    if (p->integer_min == 0 && p->fraction_max == 0) {
        if (p->has_exponent)
            p->fraction_min = p->fraction_max = 1;
        else
            p->integer_min = 1;
    }
    if (p->has_exponent && p->integer_min == 0 && find(p->integer, s->digit, 0) >= 0) p->integer_min = 1;
    if (p->integer_min == 0 && p->fraction_min == 0) p->fraction_min = 1;
    if (p->has_exponent) p->exponent_min = count_of(s, p->exponent, false);
}

/* ---- the number ---- */

static Str fixed(Run *run, double value, uint32_t places)
{
    char text[DIGITS_MAX];
    int  length = snprintf(text, sizeof text, "%.*f", (int)places, number_round(run, value, places));
    return str_copy(run->arena, str_from(text, (size_t)length));
}

static void add_codes(Text *text, Codes codes)
{
    for (uint32_t i = 0; i < codes.count; i++) text_add_code(text, codes.at[i]);
}

static bool group_before(const Picture *p, uint32_t right)
{
    if (p->regular) return right % p->regular == 0;
    for (uint32_t i = 0; i < p->group_count; i++)
        if (p->groups[i] == right) return true;
    return false;
}

static bool fraction_group_at(const Picture *p, uint32_t left)
{
    for (uint32_t i = 0; i < p->fraction_group_count; i++)
        if (p->fraction_groups[i] == left) return true;
    return false;
}

static void add_mantissa(Run *run, Text *text, const Symbols *s, const Picture *p, double mantissa)
{
    Str    digits = fixed(run, mantissa, p->fraction_max);
    size_t point, start = 0, end;
    if (!str_find_byte(digits, '.', &point)) point = digits.length;
    while (start < point && digits.data[start] == '0') start++;
    for (end = digits.length; end > point + 1 && digits.data[end - 1] == '0';) end--;
    uint32_t whole = (uint32_t)(point - start), places = end > point ? (uint32_t)(end - point - 1) : 0;
    uint32_t width = whole > p->integer_min ? whole : p->integer_min;
    for (uint32_t right = width; right > 0; right--) {
        if (right < width && group_before(p, right)) text_add_code(text, s->grouping);
        text_add_code(text, s->zero + (right > whole ? 0 : (uint32_t)(digits.data[point - right] - '0')));
    }
    width = places > p->fraction_min ? places : p->fraction_min;
    if (!p->has_decimal || !width) return;
    text_add_code(text, s->decimal);
    for (uint32_t at = 0; at < width; at++) {
        if (at && fraction_group_at(p, at)) text_add_code(text, s->grouping);
        text_add_code(text, s->zero + (at < places ? (uint32_t)(digits.data[point + 1 + at] - '0') : 0));
    }
}

static void add_exponent(Run *run, Text *text, const Symbols *s, const Picture *p, double exponent)
{
    Str digits = fixed(run, fabs(exponent), 0);
    text_add_code(text, s->exponent);
    if (exponent < 0) text_add_code(text, s->minus);
    for (size_t i = digits.length; i < p->exponent_min; i++) text_add_code(text, s->zero);
    for (size_t i = 0; i < digits.length; i++) text_add_code(text, s->zero + (uint32_t)(digits.data[i] - '0'));
}

static Json *show(Run *run, const Symbols *s, const Picture *p, double value, bool signed_here)
{
    Text   text;
    double mantissa = fabs(value), exponent = 0;
    if (p->percent) mantissa *= 100;
    if (p->mille) mantissa *= 1000;
    if (p->exponent_min && mantissa > 0 && isfinite(mantissa)) {
        double most = pow(10, p->scaling), least = pow(10, (double)p->scaling - 1);
        for (; mantissa < least; exponent--) mantissa *= 10;
        for (; mantissa > most; exponent++) mantissa /= 10;
    }
    text_init(&text, run, 64);
    if (signed_here) text_add_code(&text, s->minus);
    add_codes(&text, p->prefix);
    add_mantissa(run, &text, s, p, mantissa);
    if (p->has_exponent) add_exponent(run, &text, s, p, exponent);
    add_codes(&text, p->suffix);
    return text_value(&text);
}

static void read_symbol(const Json *options, Str name, uint32_t *code, Str *text)
{
    Str    given = options ? json_get_str(options, name) : STR_NONE;
    size_t at = 0;
    if (!given.length) return;
    *code = text_next(given, &at);
    if (text) *text = given;
}

static Symbols read_symbols(const Json *options)
{
    Symbols s = { '.', ',', 'e', '-', '%', 0x2030, '0', '#', ';', STR("%"), STR("\xe2\x80\xb0") };
    read_symbol(options, STR("decimal-separator"), &s.decimal, NULL);
    read_symbol(options, STR("grouping-separator"), &s.grouping, NULL);
    read_symbol(options, STR("exponent-separator"), &s.exponent, NULL);
    read_symbol(options, STR("minus-sign"), &s.minus, NULL);
    read_symbol(options, STR("percent"), &s.percent, &s.percent_text);
    read_symbol(options, STR("per-mille"), &s.mille, &s.mille_text);
    read_symbol(options, STR("zero-digit"), &s.zero, NULL);
    read_symbol(options, STR("digit"), &s.digit, NULL);
    read_symbol(options, STR("pattern-separator"), &s.pattern, NULL);
    return s;
}

static Json *format_number(Call *call)
{
    if (!call->arguments[0]) return NULL;
    Run     *run = call->run;
    Symbols  s = read_symbols(call->arguments[2]);
    Str      text = call->arguments[1] ? call->arguments[1]->text : STR("");
    uint32_t codes[PICTURE_MAX];
    Codes    all = { codes, 0 };
    if (text_length(text) > PICTURE_MAX) run_too_large(run);
    for (size_t at = 0; at < text.length;) codes[all.count++] = text_next(text, &at);
    int64_t  separator = find(all, s.pattern, 0);
    Picture *pictures = NEW_ARRAY(run->arena, Picture, 2);
    uint32_t count = separator < 0 ? 1 : 2;
    if (count == 2 && find(all, s.pattern, (uint32_t)separator + 1) >= 0)
        call_fault(call, "D3080", call->arguments[1], 2);
    pictures[0].whole = separator < 0 ? all : slice(all, 0, (uint32_t)separator);
    if (count == 2) pictures[1].whole = slice(all, (uint32_t)separator + 1, all.count);
    for (uint32_t i = 0; i < count; i++) {
        split_parts(call, &s, &pictures[i]);
        check(call, &s, &pictures[i]);
        analyse(&s, &pictures[i]);
    }
    double value = argument_number(call, 0);
    bool   negative = value < 0;
    return show(run, &s, &pictures[negative && count == 2], value, negative && count == 1);
}

static Json *format_integer(Call *call)
{
    if (!call->arguments[0]) return NULL;
    const IntegerPicture *picture = integer_picture(call->run, call->arguments[1] ? call->arguments[1]->text : STR(""));
    return value_string(call->run, integer_picture_format(call->run, floor(argument_number(call, 0)), picture));
}

static Json *parse_integer(Call *call)
{
    double value;
    if (!call->arguments[0]) return NULL;
    const IntegerPicture *picture = integer_picture(call->run, call->arguments[1] ? call->arguments[1]->text : STR(""));
    integer_picture_take(call->run, picture, call->arguments[0]->text, SIZE_MAX, &value);
    return value_number(call->run, value);
}

const Native natives_format[] = {
    { "formatNumber", "<n-so?:s>", 3, 0, format_number },
    { "formatInteger", "<n-s:s>", 2, 0, format_integer },
    { "parseInteger", "<s-s:n>", 2, 0, parse_integer },
    { NULL, NULL, 0, 0, NULL },
};
