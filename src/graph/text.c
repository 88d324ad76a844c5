/* text.c -- how wide a text will be, and the same text in XML.
 *
 * Nobody knows in which font a drawing will be seen. Widths are those of a common sans-serif and a bit more, so that
 * a wider font still fits its box; scripts that fill a square count as one. */
#include "graph/internal.h"

#include "base/text.h"

enum { WIDTH_UNIT = 1000, WIDTH_SLACK_PERCENT = 117, WIDTH_WIDE = 1000, WIDTH_OTHER = 620 };

#define ELLIPSIS    "\xe2\x80\xa6"
#define REPLACEMENT 0xfffdu

static int width_of(uint32_t code_point)
{
    static const uint16_t ascii[] = {
        278,  278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, /* from the blank */
        556,  556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, /* 0 */
        1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, /* @ */
        667,  778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, /* P */
        333,  556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, /* ` */
        556,  556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,      /* p */
    };
    static const struct {
        uint32_t first, last;
    } wide[] = { { 0x1100, 0x115f }, { 0x2e80, 0xa4cf },           { 0xac00, 0xd7a3 },
                 { 0xf900, 0xfaff }, { 0xfe30, 0xfe6f },           { 0xff00, 0xff60 },
                 { 0xffe0, 0xffe6 }, { REPLACEMENT, REPLACEMENT }, { 0x1f000, 0x3ffff } };
    if (code_point >= ' ' && code_point < 0x7f) return ascii[code_point - ' '];
    if (code_point >= 0x300 && code_point < 0x370) return 0; /* accents over the letter before */
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (code_point >= wide[i].first && code_point <= wide[i].last) return WIDTH_WIDE;
    return WIDTH_OTHER;
}

static bool is_surrogate(Str text)
{
    return text.length >= 3 && (uint8_t)text.data[0] == 0xed && (uint8_t)text.data[1] >= 0xa0 &&
           ((uint8_t)text.data[1] & 0xc0) == 0x80 && ((uint8_t)text.data[2] & 0xc0) == 0x80;
}

/* What XML cannot hold becomes U+FFFD, line ends and tabs blanks. */
size_t graph_text_next(Str text, uint32_t *out)
{
    size_t size = text_utf8_decode(text, out);
    if (!size) {
        *out = REPLACEMENT;
        return is_surrogate(text) ? 3 : 1;
    }
    if (*out == '\t' || *out == '\n' || *out == '\r')
        *out = ' ';
    else if (*out < ' ' || (*out >= 0x7f && *out < 0xa0) || (*out & 0xfffe) == 0xfffe)
        *out = REPLACEMENT;
    return size;
}

static int to_pixels(int64_t units, int size)
{
    int64_t pixels = units * size * WIDTH_SLACK_PERCENT / (WIDTH_UNIT * 100) + 1;
    return pixels < INT32_MAX ? (int)pixels : INT32_MAX;
}

/* Stops where the text is wider than `width`; *out_length is what fits. */
static int64_t measure(Str text, int64_t units_max, size_t *out_length)
{
    int64_t units = 0;
    size_t  at = 0;
    while (at < text.length) {
        uint32_t code_point;
        size_t   size = graph_text_next(str_slice(text, at, text.length), &code_point);
        int      more = width_of(code_point);
        if (units + more > units_max) break;
        units += more;
        at += size;
    }
    *out_length = at;
    return units;
}

int graph_text_width(Str text, int size)
{
    size_t length;
    return to_pixels(measure(text, INT32_MAX, &length), size);
}

Str graph_text_fit(Arena *arena, Str text, int size, int width)
{
    int64_t units_max = (int64_t)(width - 1) * WIDTH_UNIT * 100 / (size * WIDTH_SLACK_PERCENT);
    size_t  length;
    measure(text, units_max, &length);
    if (length == text.length) return text;
    measure(text, units_max - WIDTH_UNIT, &length);
    Str   kept = str_trim(str_slice(text, 0, length));
    char *out = arena_alloc_bytes(arena, kept.length + sizeof ELLIPSIS);
    if (kept.length) memcpy(out, kept.data, kept.length);
    memcpy(out + kept.length, ELLIPSIS, sizeof ELLIPSIS);
    return str_from(out, kept.length + sizeof ELLIPSIS - 1);
}

void graph_text_xml(Buffer *out, Str text)
{
    static const char *const escapes[128] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
    };
    for (size_t at = 0; at < text.length;) {
        uint32_t code_point;
        char     bytes[4];
        at += graph_text_next(str_slice(text, at, text.length), &code_point);
        if (code_point < 128 && escapes[code_point])
            buffer_append_c(out, escapes[code_point]);
        else
            buffer_append(out, bytes, text_utf8_encode(code_point, bytes));
    }
}
