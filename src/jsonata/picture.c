/* picture.c -- integers as pictures show them: digits, letters, Roman numerals, English words. */
#include "jsonata/internal.h"

#include <ctype.h>
#include <math.h>

typedef enum PictureKind {
    PICTURE_DECIMAL,
    PICTURE_LETTERS,
    PICTURE_ROMAN,
    PICTURE_WORDS,
    PICTURE_SEQUENCE
} PictureKind;
typedef enum PictureCase { CASE_LOWER, CASE_UPPER, CASE_TITLE } PictureCase;

enum { SEPARATORS_MAX = 32 };

struct IntegerPicture {
    PictureKind kind;
    PictureCase letter_case;
    bool        ordinal;
    Str         token;
    uint32_t    zero, mandatory, optional;
    uint32_t    regular; /* 0: the separators stand where they stand */
    uint32_t    separator_count;
    struct {
        uint32_t position, code;
    } separators[SEPARATORS_MAX];
};

static const uint32_t zeros[] = {
    0x30,   0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
};

static uint32_t zero_of(uint32_t code)
{
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
        if (code >= zeros[i] && code <= zeros[i] + 9) return zeros[i];
    return 0;
}

static uint32_t greatest_divisor(uint32_t a, uint32_t b)
{
    return b ? greatest_divisor(b, a % b) : a;
}

static bool has_position(const IntegerPicture *picture, uint32_t position)
{
    for (uint32_t i = 0; i < picture->separator_count; i++)
        if (picture->separators[i].position == position) return true;
    return false;
}

static uint32_t regular_interval(const IntegerPicture *picture)
{
    uint32_t interval = 0;
    for (uint32_t i = 0; i < picture->separator_count; i++) {
        if (picture->separators[i].code != picture->separators[0].code) return 0;
        interval = greatest_divisor(picture->separators[i].position, interval);
    }
    for (uint32_t i = 1; i <= picture->separator_count; i++)
        if (!has_position(picture, i * interval)) return 0;
    return interval;
}

static void read_digits(Run *run, IntegerPicture *picture, Str text)
{
    uint32_t position = 0;
    for (size_t end = text.length; end > 0;) {
        size_t at = end - 1;
        while (at > 0 && ((uint8_t)text.data[at] & 0xc0) == 0x80) at--;
        end = at;
        uint32_t code = text_next(text, &at), zero = zero_of(code);
        if (zero) {
            if (picture->mandatory && zero != picture->zero) run_fault(run, (Mistake){ .code = "D3131" });
            picture->zero = zero;
            picture->mandatory++;
            position++;
        } else if (code == '#') {
            picture->optional++;
            position++;
        } else if (picture->separator_count < SEPARATORS_MAX) {
            picture->separators[picture->separator_count].position = position;
            picture->separators[picture->separator_count++].code = code;
        }
    }
    picture->kind = picture->mandatory ? PICTURE_DECIMAL : PICTURE_SEQUENCE;
    picture->regular = regular_interval(picture);
}

IntegerPicture *integer_picture(Run *run, Str text)
{
    static const struct {
        Str         token;
        PictureKind kind;
        PictureCase letter_case;
    } kinds[] = {
        { STR_CONST("A"), PICTURE_LETTERS, CASE_UPPER }, { STR_CONST("a"), PICTURE_LETTERS, CASE_LOWER },
        { STR_CONST("I"), PICTURE_ROMAN, CASE_UPPER },   { STR_CONST("i"), PICTURE_ROMAN, CASE_LOWER },
        { STR_CONST("W"), PICTURE_WORDS, CASE_UPPER },   { STR_CONST("Ww"), PICTURE_WORDS, CASE_TITLE },
        { STR_CONST("w"), PICTURE_WORDS, CASE_LOWER },
    };
    IntegerPicture *picture = NEW(run->arena, IntegerPicture);
    size_t          end = text.length;
    while (end > 0 && text.data[end - 1] != ';') end--;
    if (end > 0) picture->ordinal = end < text.length && text.data[end] == 'o';
    picture->token = end > 0 ? str_slice(text, 0, end - 1) : text;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!str_equal(picture->token, kinds[i].token)) continue;
        picture->kind = kinds[i].kind;
        picture->letter_case = kinds[i].letter_case;
        return picture;
    }
    read_digits(run, picture, picture->token);
    return picture;
}

bool integer_picture_is_decimal(const IntegerPicture *picture)
{
    return picture->kind == PICTURE_DECIMAL;
}

uint32_t integer_picture_digits(const IntegerPicture *picture)
{
    return picture->mandatory + picture->optional;
}

uint32_t integer_picture_mandatory(const IntegerPicture *picture)
{
    return picture->mandatory;
}

bool integer_picture_is_regular(const IntegerPicture *picture)
{
    return picture->regular > 0;
}

void integer_picture_pad(IntegerPicture *picture, uint32_t digits)
{
    picture->mandatory = digits;
}

/* ---- words ---- */

static const char *const few[] = { "Zero",     "One",     "Two",     "Three",     "Four",     "Five",    "Six",
                                   "Seven",    "Eight",   "Nine",    "Ten",       "Eleven",   "Twelve",  "Thirteen",
                                   "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen" };
static const char *const ordinals[] = { "Zeroth",    "First",     "Second",      "Third",      "Fourth",
                                        "Fifth",     "Sixth",     "Seventh",     "Eighth",     "Ninth",
                                        "Tenth",     "Eleventh",  "Twelfth",     "Thirteenth", "Fourteenth",
                                        "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth" };
static const char *const decades[] = { "Twenty",  "Thirty", "Forty",  "Fifty",  "Sixty",
                                       "Seventy", "Eighty", "Ninety", "Hundred" };
static const char *const magnitudes[] = { "Thousand", "Million", "Billion", "Trillion" };

static void add_c(Text *text, const char *words)
{
    text_add(text, str_from_c(words));
}

static void add_words(Text *text, double value, bool behind, bool ordinal)
{
    if (value <= 19) {
        if (behind) add_c(text, " and ");
        add_c(text, ordinal ? ordinals[(int)value] : few[(int)value]);
    } else if (value < 100) {
        int rest = (int)value % 10;
        if (behind) add_c(text, " and ");
        add_c(text, decades[(int)value / 10 - 2]);
        if (rest) {
            text_add_byte(text, '-');
            add_words(text, rest, false, ordinal);
        } else if (ordinal) {
            text->length--;
            add_c(text, "ieth");
        }
    } else {
        int    magnitude = value < 1000 ? 0 : (int)fmin(floor(log10(value) / 3), 4);
        double factor = magnitude ? pow(10, magnitude * 3) : 100, whole = floor(value / factor),
               rest = value - whole * factor;
        if (behind) add_c(text, ", ");
        add_words(text, whole, false, false);
        text_add_byte(text, ' ');
        add_c(text, magnitude ? magnitudes[magnitude - 1] : "Hundred");
        if (rest > 0)
            add_words(text, rest, true, ordinal);
        else if (ordinal)
            add_c(text, "th");
    }
}

static bool word_value(Str word, double *out)
{
    static const char *const tens[] = { "Twentieth", "Thirtieth",  "Fortieth",  "Fiftieth",
                                        "Sixtieth",  "Seventieth", "Eightieth", "Ninetieth" };
    for (int i = 0; i < 20; i++)
        if (str_equal_nocase(word, str_from_c(few[i])) || str_equal_nocase(word, str_from_c(ordinals[i])))
            return *out = i, true;
    for (int i = 0; i < 8; i++)
        if (str_equal_nocase(word, str_from_c(decades[i])) || str_equal_nocase(word, str_from_c(tens[i])))
            return *out = (i + 2) * 10, true;
    Str stem = word.length > 2 && str_equal_nocase(str_slice(word, word.length - 2, word.length), STR("th"))
                   ? str_slice(word, 0, word.length - 2)
                   : word;
    if (str_equal_nocase(stem, STR("Hundred"))) return *out = 100, true;
    for (int i = 0; i < 4; i++)
        if (str_equal_nocase(stem, str_from_c(magnitudes[i]))) return *out = pow(10, (i + 1) * 3), true;
    return false;
}

static bool is_between(char byte)
{
    return byte == ' ' || byte == ',' || byte == '-';
}

/* How much of the text is number words. */
static size_t take_words(Str text, double *out)
{
    double total = 0, part = 0, value;
    size_t taken = 0;
    for (size_t at = 0; at < text.length;) {
        while (at < text.length && is_between(text.data[at])) at++;
        size_t start = at;
        while (at < text.length && isalpha((uint8_t)text.data[at])) at++;
        Str word = str_slice(text, start, at);
        if (!word.length) break;
        if (str_equal_nocase(word, STR("and"))) continue;
        if (!word_value(word, &value)) break;
        taken = at;
        if (value >= 100) {
            part *= value;
            continue;
        }
        if (part >= 1000) {
            total += part;
            part = 0;
        }
        part += value;
    }
    *out = total + part;
    return taken;
}

/* ---- letters, Roman numerals ---- */

static const struct {
    int  value;
    char letters[3];
} romans[] = { { 1000, "m" }, { 900, "cm" }, { 500, "d" }, { 400, "cd" }, { 100, "c" }, { 90, "xc" }, { 50, "l" },
               { 40, "xl" },  { 10, "x" },   { 9, "ix" },  { 5, "v" },    { 4, "iv" },  { 1, "i" } };

static void add_roman(Text *text, double value)
{
    if (value > 1e6) run_too_large(text->run);
    for (size_t i = 0; i < sizeof romans / sizeof *romans; i++)
        for (; value >= romans[i].value; value -= romans[i].value) add_c(text, romans[i].letters);
}

static int roman_digit(char letter)
{
    switch (tolower((uint8_t)letter)) {
    case 'm': return 1000;
    case 'd': return 500;
    case 'c': return 100;
    case 'l': return 50;
    case 'x': return 10;
    case 'v': return 5;
    case 'i': return 1;
    default: return 0;
    }
}

static size_t take_roman(Str text, double *out)
{
    size_t length = 0;
    int    most = 1;
    *out = 0;
    while (length < text.length && roman_digit(text.data[length])) length++;
    for (size_t i = length; i-- > 0;) {
        int digit = roman_digit(text.data[i]);
        if (digit < most) {
            *out -= digit;
        } else {
            most = digit;
            *out += digit;
        }
    }
    return length;
}

static void add_letters(Text *text, double value)
{
    char room[400], *at = room + sizeof room;
    for (; value > 0 && at > room; value = floor((value - 1) / 26)) *--at = (char)('a' + (int)fmod(value - 1, 26));
    text_add(text, str_from(at, (size_t)(room + sizeof room - at)));
}

static size_t take_letters(Str text, double *out)
{
    size_t length = 0;
    *out = 0;
    for (; length < text.length && isalpha((uint8_t)text.data[length]); length++)
        *out = *out * 26 + (tolower((uint8_t)text.data[length]) - 'a' + 1);
    return length;
}

/* ---- digits ---- */

static uint32_t separator_at(const IntegerPicture *picture, uint32_t right)
{
    if (picture->regular) return right % picture->regular ? 0 : picture->separators[0].code;
    for (uint32_t i = 0; i < picture->separator_count; i++)
        if (picture->separators[i].position == right) return picture->separators[i].code;
    return 0;
}

static void add_digits(Run *run, Text *text, const IntegerPicture *picture, double value)
{
    Str      digits = text_of_number(run->arena, value);
    uint32_t length = (uint32_t)digits.length > picture->mandatory ? (uint32_t)digits.length : picture->mandatory;
    for (uint32_t i = 0; i < length; i++) {
        uint32_t right = length - i, separator = i ? separator_at(picture, right) : 0;
        char     digit = right > digits.length ? '0' : digits.data[digits.length - right];
        if (separator) text_add_code(text, separator);
        if (digit >= '0' && digit <= '9')
            text_add_code(text, picture->zero + (uint32_t)(digit - '0'));
        else
            text_add_byte(text, digit);
    }
    if (!picture->ordinal) return;
    char last = digits.data[digits.length - 1], before = digits.length > 1 ? digits.data[digits.length - 2] : 0;
    if (last < '1' || last > '3' || before == '1')
        add_c(text, "th");
    else
        add_c(text, last == '1' ? "st" : last == '2' ? "nd" : "rd");
}

static bool is_separator(const IntegerPicture *picture, uint32_t code)
{
    for (uint32_t i = 0; i < picture->separator_count; i++)
        if (picture->separators[i].code == code) return true;
    return false;
}

static bool is_ordinal_suffix(Str text)
{
    static const char *const suffixes[] = { "th", "st", "nd", "rd" };
    for (int i = 0; i < 4; i++)
        if (str_equal_nocase(str_slice(text, 0, 2), str_from_c(suffixes[i]))) return true;
    return false;
}

static size_t take_digits(const IntegerPicture *picture, Str text, size_t digits_max, double *out)
{
    size_t taken = 0, digits = 0;
    *out = 0;
    for (size_t at = 0; at < text.length && digits < digits_max;) {
        uint32_t code = text_next(text, &at);
        if (code >= picture->zero && code <= picture->zero + 9) {
            *out = *out * 10 + (code - picture->zero);
            digits++;
            taken = at;
        } else if (!digits || !is_separator(picture, code)) {
            break;
        }
    }
    if (taken && picture->ordinal && is_ordinal_suffix(str_slice(text, taken, text.length))) taken += 2;
    return taken;
}

/* ---- both ways ---- */

static void change_case(Text *text, size_t from, PictureCase letter_case)
{
    if (letter_case == CASE_TITLE) return;
    for (size_t i = from; i < text->length; i++)
        text->data[i] =
            (char)(letter_case == CASE_UPPER ? toupper((uint8_t)text->data[i]) : tolower((uint8_t)text->data[i]));
}

static _Noreturn void unsupported(Run *run, const IntegerPicture *picture)
{
    run_fault(run, (Mistake){ .code = "D3130", .value = value_string(run, picture->token) });
}

Str integer_picture_format(Run *run, double value, const IntegerPicture *picture)
{
    Text   text;
    double size = fabs(value);
    text_init(&text, run, 64);
    if (value < 0) text_add_byte(&text, '-');
    size_t start = text.length;
    switch (picture->kind) {
    case PICTURE_DECIMAL: add_digits(run, &text, picture, size); return text_str(&text);
    case PICTURE_LETTERS: add_letters(&text, size); break;
    case PICTURE_ROMAN: add_roman(&text, size); break;
    case PICTURE_WORDS: add_words(&text, size, false, picture->ordinal); break;
    case PICTURE_SEQUENCE: unsupported(run, picture);
    }
    change_case(&text, start, picture->letter_case);
    return text_str(&text);
}

size_t integer_picture_take(Run *run, const IntegerPicture *picture, Str text, size_t digits_max, double *out)
{
    switch (picture->kind) {
    case PICTURE_DECIMAL: return take_digits(picture, text, digits_max, out);
    case PICTURE_LETTERS: return take_letters(text, out);
    case PICTURE_ROMAN: return take_roman(text, out);
    case PICTURE_WORDS: return take_words(text, out);
    case PICTURE_SEQUENCE: break;
    }
    unsupported(run, picture);
}
