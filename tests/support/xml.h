/* xml.h -- whether a text is well-formed XML, as far as what we write goes: elements, attributes, the five entities. */
#ifndef SUPPORT_XML_H
#define SUPPORT_XML_H

#include "base/text.h"

enum { XML_DEPTH_MAX = 16 };

typedef struct XmlCheck {
    Str rest;
    Str open[XML_DEPTH_MAX];
    int depth;
} XmlCheck;

static inline bool xml_take(XmlCheck *check, const char *token)
{
    bool found = str_starts_with(check->rest, str_from_c(token));
    if (found) check->rest = str_slice(check->rest, strlen(token), check->rest.length);
    return found;
}

static inline Str xml_take_name(XmlCheck *check)
{
    size_t length = 0;
    while (length < check->rest.length && !strchr(" \n/>=<&\"'", check->rest.data[length])) length++;
    Str name = str_slice(check->rest, 0, length);
    check->rest = str_slice(check->rest, length, check->rest.length);
    return name;
}

/* One character of text, or one entity. */
static inline bool xml_take_character(XmlCheck *check)
{
    static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };
    uint32_t                 code_point;
    for (int i = 0; i < 5; i++)
        if (xml_take(check, entities[i])) return true;
    size_t size = text_utf8_decode(check->rest, &code_point);
    if (!size || code_point == '&' || code_point == '<' || (code_point < ' ' && code_point != '\n')) return false;
    if ((code_point & 0xfffe) == 0xfffe) return false;
    check->rest = str_slice(check->rest, size, check->rest.length);
    return true;
}

static inline bool xml_take_attribute(XmlCheck *check)
{
    if (!xml_take_name(check).length || !xml_take(check, "=\"")) return false;
    while (!xml_take(check, "\""))
        if (!xml_take_character(check)) return false;
    return true;
}

static inline bool xml_take_element(XmlCheck *check)
{
    Str name = xml_take_name(check);
    if (!name.length) return false;
    while (xml_take(check, " "))
        if (!xml_take_attribute(check)) return false;
    if (xml_take(check, "/>")) return true;
    if (!xml_take(check, ">") || check->depth == XML_DEPTH_MAX) return false;
    check->open[check->depth++] = name;
    return true;
}

static inline bool xml_is_well_formed(Str text)
{
    XmlCheck check = { .rest = text };
    if (!xml_take(&check, "<") || !xml_take_element(&check)) return false;
    while (check.depth) {
        bool good = xml_take(&check, "</")
                        ? str_equal(xml_take_name(&check), check.open[--check.depth]) && xml_take(&check, ">")
                    : xml_take(&check, "<") ? xml_take_element(&check)
                                            : xml_take_character(&check);
        if (!good) return false;
    }
    return str_equal(check.rest, STR("\n"));
}

#endif
