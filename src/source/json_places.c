/* json_places.c -- where things stand in a JSON text.
 *
 * A parsed value has the text it came from, so its place is a difference of pointers. A member's name stands before the
 * colon before its value; going backwards, a quote with an even number of backslashes before it is the opening one,
 * because inside a string the number is odd. */
#include "source/source_internal.h"

size_t json_place(const Source *source, const Json *value)
{
    return (size_t)(value->raw.data - source->text.data);
}

static size_t skip_blanks_back(Str text, size_t at)
{
    while (at > 0 && is_one_of(text.data[at - 1], " \t\r\n")) at--;
    return at;
}

/* `at` is behind the closing quote. */
static size_t opening_quote(Str text, size_t at)
{
    for (at--; at > 0; at--) {
        if (text.data[at - 1] != '"') continue;
        size_t backslashes = 0;
        while (backslashes < at - 1 && text.data[at - 2 - backslashes] == '\\') backslashes++;
        if (backslashes % 2 == 0) return at - 1;
    }
    return at;
}

size_t json_place_of_name(const Source *source, const Json *value)
{
    size_t at = skip_blanks_back(source->text, json_place(source, value));
    at = skip_blanks_back(source->text, at - 1); /* the colon */
    return opening_quote(source->text, at);
}

/* Bytes of the escape at `raw`, and of what it stands for. */
static size_t escape_size(Str raw, size_t *out_decoded)
{
    *out_decoded = 1;
    if (raw.length < 6 || raw.data[1] != 'u') return 2;
    char          digits[5] = { raw.data[2], raw.data[3], raw.data[4], raw.data[5], 0 };
    unsigned long unit = strtoul(digits, NULL, 16);
    bool pair = unit >= 0xd800 && unit < 0xdc00 && raw.length >= 12 && raw.data[6] == '\\' && raw.data[7] == 'u' &&
                strchr("dD", raw.data[8]) && strchr("cdefCDEF", raw.data[9]);
    *out_decoded = pair ? 4 : unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
    return pair ? 12 : 6;
}

size_t json_place_within(const Source *source, const Json *value, size_t offset)
{
    Str    raw = value->raw;
    size_t at = 1, passed = 0;
    while (passed < offset && at + 1 < raw.length) {
        size_t decoded = 1;
        at += raw.data[at] == '\\' ? escape_size(str_slice(raw, at, raw.length), &decoded) : 1;
        passed += decoded;
    }
    return json_place(source, value) + at;
}
