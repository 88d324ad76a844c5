/* validate_text.c -- why a text is no JSON, in the words of the service's parser.
 *
 * The service reads definitions with Jackson and passes its sentences on, with the first characters of the text and the
 * place where the parser stood: behind the character that it could not use. This file goes over a text as that parser does
 * and stops at the first fault. It makes no values, so it is only asked about texts; what it finds nothing wrong with may
 * still be refused by ours (more than one value, too deep, not UTF-8). */
#include "asl/validate_internal.h"

#include "base/text.h"

enum { SHOWN_MAX = 500, TOKEN_MAX = 256 };

typedef struct Opened {
    char     kind; /* '{' or '[' */
    uint32_t line;
    size_t   row, at;
} Opened;

typedef struct Scan {
    Arena   *arena;
    Str      text;
    size_t   at, row; /* where this line starts */
    uint32_t line;
    Opened  *opened;
    uint32_t depth, room;
    Str      message;
} Scan;

#define VALID_VALUES "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

/* ---- where ---- */

/* Units of UTF-16 that a character's first byte stands for; 0 for the others. */
static size_t units_of(char byte)
{
    return (size_t)(((uint8_t)byte & 0xc0) != 0x80) + ((uint8_t)byte >= 0xf0);
}

/* In units of UTF-16, from 1. */
static uint32_t column_of(const Scan *scan, size_t row, size_t at)
{
    size_t column = 1;
    for (size_t i = row; i < at && i < scan->text.length; i++) column += units_of(scan->text.data[i]);
    return (uint32_t)column;
}

static Str source_of(const Scan *scan)
{
    size_t shown = 0, units = 0, total = 0;
    for (size_t i = 0; i < scan->text.length; i++) {
        total += units_of(scan->text.data[i]);
        if (total > SHOWN_MAX) continue;
        shown = i + 1;
        units = total;
    }
    if (total <= SHOWN_MAX) return str_format(scan->arena, "(String)\"%.*s\"", STR_ARG(scan->text));
    return str_format(scan->arena, "(String)\"%.*s\"[truncated %zu chars]", (int)shown, scan->text.data, total - units);
}

static Str location_of(const Scan *scan, uint32_t line, uint32_t column)
{
    Str source = source_of(scan);
    return str_format(scan->arena, "[Source: %.*s; line: %u, column: %u]", STR_ARG(source), line, column);
}

/* ---- what ---- */

static bool fault(Scan *scan, Str message)
{
    scan->message = message;
    return false;
}

static Str character(const Scan *scan, size_t at)
{
    uint32_t code;
    Str      rest = str_slice(scan->text, at, scan->text.length);
    size_t   size = text_utf8_decode(rest, &code);
    if (!size) return STR("'?' (code 65533 / 0xfffd)");
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return str_format(scan->arena, "(CTRL-CHAR, code %u)", code);
    if (code > 255) return str_format(scan->arena, "'%.*s' (code %u / 0x%x)", (int)size, rest.data, code, code);
    return str_format(scan->arena, "'%.*s' (code %u)", (int)size, rest.data, code);
}

static bool unexpected(Scan *scan, const char *expected)
{
    Str what = character(scan, scan->at);
    scan->at++;
    return fault(scan, str_format(scan->arena, "Unexpected character (%.*s): %s", STR_ARG(what), expected));
}

static bool ended(Scan *scan, const char *where)
{
    return fault(scan, str_format(scan->arena, "Unexpected end-of-input%s", where));
}

static const char *kind_of(const Scan *scan)
{
    if (!scan->depth) return "root";
    return scan->opened[scan->depth - 1].kind == '{' ? "Object" : "Array";
}

static bool ended_between(Scan *scan)
{
    return ended(scan, scan->depth && scan->opened[scan->depth - 1].kind == '{' ? " within/between Object entries"
                                                                                : " within/between Array entries");
}

static bool ended_open(Scan *scan)
{
    const Opened *open = &scan->opened[scan->depth - 1];
    Str           start = location_of(scan, open->line, column_of(scan, open->row, open->at));
    return fault(scan,
                 str_format(scan->arena, "Unexpected end-of-input: expected close marker for %s (start marker at %.*s)",
                            kind_of(scan), STR_ARG(start)));
}

/* ---- parts ---- */

static bool at_end(const Scan *scan)
{
    return scan->at >= scan->text.length;
}

static char here(const Scan *scan)
{
    return at_end(scan) ? 0 : scan->text.data[scan->at];
}

static void skip_blanks(Scan *scan)
{
    for (; !at_end(scan); scan->at++) {
        char byte = here(scan);
        if (byte != ' ' && byte != '\t' && byte != '\r' && byte != '\n') return;
        bool line = byte == '\n' ||
                    (byte == '\r' && !(scan->at + 1 < scan->text.length && scan->text.data[scan->at + 1] == '\n'));
        if (!line) continue;
        scan->line++;
        scan->row = scan->at + 1;
    }
}

static bool is_word(char byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_' ||
           byte == '$' || (uint8_t)byte >= 0x80;
}

static bool unknown_token(Scan *scan, size_t from)
{
    while (!at_end(scan) && is_word(here(scan)) && scan->at - from < TOKEN_MAX) scan->at++;
    Str token = str_slice(scan->text, from, scan->at);
    return fault(scan,
                 str_format(scan->arena, "Unrecognized token '%.*s': was expecting " VALID_VALUES, STR_ARG(token)));
}

static bool scan_word(Scan *scan, Str word)
{
    size_t from = scan->at;
    Str    rest = str_slice(scan->text, from, scan->text.length);
    if (!str_starts_with(rest, word)) return unknown_token(scan, from);
    scan->at += word.length;
    return at_end(scan) || !is_word(here(scan)) ? true : unknown_token(scan, from);
}

static bool scan_escape(Scan *scan, bool name)
{
    scan->at++;
    if (at_end(scan)) return ended(scan, name ? " in field name" : " in character escape sequence");
    if (strchr("\"\\/bfnrt", here(scan)) && here(scan)) {
        scan->at++;
        return true;
    }
    if (here(scan) != 'u') {
        Str what = character(scan, scan->at);
        scan->at++;
        return fault(scan, str_format(scan->arena, "Unrecognized character escape %.*s", STR_ARG(what)));
    }
    scan->at++;
    for (int i = 0; i < 4; i++, scan->at++) {
        if (at_end(scan)) return ended(scan, " in character escape sequence");
        if (!strchr("0123456789abcdefABCDEF", here(scan)) || !here(scan))
            return unexpected(scan, "expected a hex-digit for character escape sequence");
    }
    return true;
}

static bool scan_string(Scan *scan, bool name)
{
    for (scan->at++; !at_end(scan) && here(scan) != '"';) {
        if (here(scan) == '\\') {
            if (!scan_escape(scan, name)) return false;
        } else if ((uint8_t)here(scan) < 0x20) {
            Str what = character(scan, scan->at++);
            return fault(
                scan,
                str_format(scan->arena,
                           "Illegal unquoted character (%.*s): has to be escaped using backslash to be included in %s",
                           STR_ARG(what), name ? "name" : "string value"));
        } else {
            scan->at++;
        }
    }
    if (at_end(scan)) return ended(scan, name ? " in field name" : ": was expecting closing quote for a string value");
    scan->at++;
    return true;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool no_digit(Scan *scan, const char *why)
{
    if (at_end(scan)) return ended(scan, " in numeric value");
    Str what = character(scan, scan->at++);
    return fault(scan, str_format(scan->arena, "Unexpected character (%.*s) in numeric value: %s", STR_ARG(what), why));
}

static void skip_digits(Scan *scan)
{
    while (is_digit(here(scan))) scan->at++;
}

static bool scan_number(Scan *scan)
{
    if (here(scan) == '-') scan->at++;
    if (!is_digit(here(scan)))
        return no_digit(scan, "expected digit (0-9) to follow minus sign, for valid numeric value");
    bool zero = here(scan) == '0';
    scan->at++;
    if (zero && is_digit(here(scan))) {
        scan->at++;
        return fault(scan, STR("Invalid numeric value: Leading zeroes not allowed"));
    }
    skip_digits(scan);
    if (here(scan) == '.') {
        scan->at++;
        if (!is_digit(here(scan))) return no_digit(scan, "Decimal point not followed by a digit");
        skip_digits(scan);
    }
    if ((here(scan) | 0x20) == 'e') {
        scan->at++;
        if (here(scan) == '+' || here(scan) == '-') scan->at++;
        if (!is_digit(here(scan))) return no_digit(scan, "Exponent indicator not followed by a digit");
        skip_digits(scan);
    }
    return true;
}

/* ---- values ---- */

static void open_container(Scan *scan)
{
    if (scan->depth == scan->room) {
        uint32_t room = scan->room ? scan->room * 2 : 16;
        scan->opened = arena_grow(scan->arena, scan->opened, scan->room * sizeof *scan->opened,
                                  arena_size(room, sizeof *scan->opened));
        scan->room = room;
    }
    scan->opened[scan->depth++] = (Opened){ here(scan), scan->line, scan->row, scan->at };
    scan->at++;
}

/* A scalar, or the opening of a container. */
static bool scan_value(Scan *scan)
{
    char byte = here(scan);
    switch (byte) {
    case '"': return scan_string(scan, false);
    case '{':
    case '[': open_container(scan); return true;
    case 't': return scan_word(scan, STR("true"));
    case 'f': return scan_word(scan, STR("false"));
    case 'n': return scan_word(scan, STR("null"));
    case '-':
    case '0' ... '9': return scan_number(scan);
    default: break;
    }
    if (is_word(byte)) return unknown_token(scan, scan->at);
    return unexpected(scan, "expected a valid value " VALID_VALUES);
}

static bool scan_name(Scan *scan)
{
    if (here(scan) != '"') return unexpected(scan, "was expecting double-quote to start field name");
    if (!scan_string(scan, true)) return false;
    skip_blanks(scan);
    if (at_end(scan)) return ended_between(scan);
    if (here(scan) != ':') return unexpected(scan, "was expecting a colon to separate field name and value");
    scan->at++;
    skip_blanks(scan);
    return at_end(scan) ? ended_between(scan) : true;
}

static bool close_container(Scan *scan)
{
    const Opened *open = &scan->opened[scan->depth - 1];
    char          expected = open->kind == '{' ? '}' : ']';
    char          found = here(scan);
    scan->at++;
    if (found == expected) {
        scan->depth--;
        return true;
    }
    Str start = location_of(scan, open->line, column_of(scan, open->row, open->at));
    return fault(scan, str_format(scan->arena, "Unexpected close marker '%c': expected '%c' (for %s starting at %.*s)",
                                  found, expected, kind_of(scan), STR_ARG(start)));
}

/* What follows a value, or an opening. False with no message: the whole is done. */
static bool go_on(Scan *scan, bool first)
{
    for (;; first = false) {
        skip_blanks(scan);
        if (!scan->depth) return false;
        if (at_end(scan)) return ended_open(scan);
        if (here(scan) == '}' || here(scan) == ']') {
            if (!close_container(scan)) return false;
            continue;
        }
        bool object = scan->opened[scan->depth - 1].kind == '{';
        if (!first) {
            if (here(scan) != ',')
                return unexpected(scan, object ? "was expecting comma to separate Object entries"
                                               : "was expecting comma to separate Array entries");
            scan->at++;
            skip_blanks(scan);
            if (at_end(scan)) return ended_between(scan);
        }
        return object ? scan_name(scan) : true;
    }
}

bool asl_json_fault(Arena *arena, Str text, Str *out_message, Str *out_location)
{
    Scan scan = { .arena = arena, .text = text, .line = 1 };
    if (!text_utf8_valid(text)) return false; /* the messages repeat it */
    skip_blanks(&scan);
    if (at_end(&scan)) {
        *out_message = STR("Definition must be a valid JSON object");
        *out_location = STR_NONE;
        return true;
    }
    for (;;) {
        uint32_t depth = scan.depth;
        if (!scan_value(&scan) || !go_on(&scan, scan.depth > depth)) break;
    }
    if (!scan.message.data) return false;
    *out_location = location_of(&scan, scan.line, column_of(&scan, scan.row, scan.at));
    *out_message = str_format(arena, "%.*s\n at %.*s", STR_ARG(scan.message), STR_ARG(*out_location));
    return true;
}
