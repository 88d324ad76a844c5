/* saml.c -- what STS reads from a SAML response.
 *
 * Not an XML parser for everybody: a document type is refused, so there are no entities but the five
 * that XML has, and what is read of an element is its local name, its attributes and its text. Elements
 * must close in order. Nothing here says that the assertion is genuine. */
#include "base/buffer.h"
#include "base/text.h"
#include "services/sts/sts_internal.h"

enum { DEPTH_MAX = 64 };

typedef struct Scan {
    Arena     *arena;
    Str        rest;
    Str        open[DEPTH_MAX]; /* full names of the elements we are in */
    size_t     depth;
    Str        attribute;  /* Name of the Attribute element we are in */
    Str        attributes; /* text inside the start tag, after the name */
    Assertion *out;
} Scan;

static bool take_until(Str *rest, Str end, Str *out)
{
    size_t at;
    if (!str_find(*rest, end, &at)) return false;
    *out = str_slice(*rest, 0, at);
    *rest = str_slice(*rest, at + end.length, rest->length);
    return true;
}

static Str local_name(Str name)
{
    size_t at;
    return str_find_byte(name, ':', &at) ? str_slice(name, at + 1, name.length) : name;
}

/* "&amp;" and so on; other references stay as they are. */
static Str unescape(Arena *arena, Str text)
{
    static const struct {
        Str  name;
        char byte;
    } known[] = {
        { STR_CONST("&amp;"), '&' },  { STR_CONST("&lt;"), '<' },    { STR_CONST("&gt;"), '>' },
        { STR_CONST("&quot;"), '"' }, { STR_CONST("&apos;"), '\'' },
    };
    char  *out = arena_alloc_bytes(arena, text.length);
    size_t length = 0;
    for (size_t at = 0; at < text.length;) {
        Str    rest = str_slice(text, at, text.length);
        size_t step = 1;
        out[length] = text.data[at];
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (str_starts_with(rest, known[i].name)) {
                out[length] = known[i].byte;
                step = known[i].name.length;
            }
        length++;
        at += step;
    }
    return str_from(out, length);
}

/* The value of an attribute of the start tag; empty: none. */
static Str attribute_of(const Scan *scan, Str wanted)
{
    Str rest = scan->attributes;
    while (rest.length) {
        size_t equals;
        if (!str_find_byte(rest, '=', &equals)) break;
        Str name = str_slice(rest, 0, equals), value;
        while (name.length && strchr(" \t\r\n", name.data[0])) name = str_slice(name, 1, name.length);
        while (name.length && strchr(" \t\r\n", name.data[name.length - 1])) name.length--;
        rest = str_slice(rest, equals + 1, rest.length);
        while (rest.length && strchr(" \t\r\n", rest.data[0])) rest = str_slice(rest, 1, rest.length);
        if (!rest.length || (rest.data[0] != '"' && rest.data[0] != '\'')) break;
        Str quote = str_slice(rest, 0, 1);
        rest = str_slice(rest, 1, rest.length);
        if (!take_until(&rest, quote, &value)) break;
        if (str_equal(local_name(name), wanted)) return unescape(scan->arena, value);
    }
    return STR("");
}

static void read_attribute_value(Assertion *out, Str name, Str text)
{
    const Str prefix = STR("https://aws.amazon.com/SAML/Attributes/");
    if (!str_starts_with(name, prefix)) return;
    name = str_slice(name, prefix.length, name.length);
    if (str_equal(name, STR("RoleSessionName"))) out->session = text;
    if (str_equal(name, STR("SourceIdentity"))) out->source = text;
    if (str_equal(name, STR("SessionDuration"))) str_parse_int(text, &out->duration_s);
    if (str_equal(name, STR("Role")) && out->role_count < sizeof out->roles / sizeof *out->roles)
        out->roles[out->role_count++] = text;
}

static bool is_inside(const Scan *scan, Str name)
{
    for (size_t i = 0; i < scan->depth; i++)
        if (str_equal(local_name(scan->open[i]), name)) return true;
    return false;
}

static void read_start(Scan *scan, Str name)
{
    Assertion *out = scan->out;
    Instant    limit;
    if (str_equal(name, STR("Attribute"))) scan->attribute = attribute_of(scan, STR("Name"));
    if (str_equal(name, STR("NameID"))) {
        out->subject_format = attribute_of(scan, STR("Format"));
        out->name_qualifier = attribute_of(scan, STR("NameQualifier"));
    }
    if (str_equal(name, STR("SubjectConfirmationData"))) out->audience = attribute_of(scan, STR("Recipient"));
    bool limits = str_equal(name, STR("SubjectConfirmationData")) || str_equal(name, STR("Conditions"));
    if (limits && instant_parse_iso(attribute_of(scan, STR("NotOnOrAfter")), &limit) && limit < out->not_after)
        out->not_after = limit;
}

static void read_text(Scan *scan, Str text)
{
    if (!scan->depth) return;
    while (text.length && strchr(" \t\r\n", text.data[0])) text = str_slice(text, 1, text.length);
    while (text.length && strchr(" \t\r\n", text.data[text.length - 1])) text.length--;
    if (!text.length) return;
    text = unescape(scan->arena, text);
    Str name = local_name(scan->open[scan->depth - 1]);
    if (str_equal(name, STR("Issuer"))) scan->out->issuer = text;
    if (str_equal(name, STR("NameID"))) scan->out->subject = text;
    if (str_equal(name, STR("AttributeValue"))) read_attribute_value(scan->out, scan->attribute, text);
}

static bool read_end_tag(Scan *scan)
{
    Str name;
    if (!take_until(&scan->rest, STR(">"), &name)) return false;
    while (name.length && strchr(" \t\r\n", name.data[name.length - 1])) name.length--;
    return scan->depth && str_equal(scan->open[--scan->depth], name);
}

static bool read_start_tag(Scan *scan)
{
    Str tag;
    if (!take_until(&scan->rest, STR(">"), &tag) || !tag.length) return false;
    bool closed = tag.data[tag.length - 1] == '/';
    if (closed) tag.length--;
    size_t end = 0;
    while (end < tag.length && !strchr(" \t\r\n", tag.data[end])) end++;
    Str name = str_slice(tag, 0, end);
    if (!name.length || scan->depth == DEPTH_MAX) return false;
    scan->attributes = str_slice(tag, end, tag.length);
    read_start(scan, local_name(name));
    if (!closed) scan->open[scan->depth++] = name;
    return true;
}

static bool read_markup(Scan *scan)
{
    Str skipped;
    if (str_starts_with(scan->rest, STR("!--"))) return take_until(&scan->rest, STR("-->"), &skipped);
    if (str_starts_with(scan->rest, STR("?"))) return take_until(&scan->rest, STR("?>"), &skipped);
    if (str_starts_with(scan->rest, STR("!"))) return false;
    if (!str_starts_with(scan->rest, STR("/"))) return read_start_tag(scan);
    scan->rest = str_slice(scan->rest, 1, scan->rest.length);
    return read_end_tag(scan);
}

bool assertion_parse(Arena *arena, Str xml, Assertion *out)
{
    Scan scan = { .arena = arena, .rest = xml, .out = out };
    bool seen = false;
    *out = (Assertion){ .not_after = INSTANT_NEVER };
    if (!text_utf8_valid(xml)) return false;
    while (scan.rest.length) {
        size_t at;
        if (!str_find_byte(scan.rest, '<', &at)) break;
        read_text(&scan, str_slice(scan.rest, 0, at));
        scan.rest = str_slice(scan.rest, at + 1, scan.rest.length);
        if (!read_markup(&scan)) return false;
        seen = seen || is_inside(&scan, STR("Assertion"));
    }
    return seen && !scan.depth;
}
