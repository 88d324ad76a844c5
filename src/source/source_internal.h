/* source_internal.h -- what the files of source share. */
#ifndef SOURCE_INTERNAL_H
#define SOURCE_INTERNAL_H

#include "source/source.h"

/* Where a YAML value and its name stand, and its members' or items' spots. Shared where values are (aliases). JSON
 * has none: its values keep their text. */
typedef struct Spot Spot;
struct Spot {
    SourcePlace value;
    SourcePlace name;     /* line 0: it has none */
    Spot      **children; /* as many as the value has */
    uint32_t    capacity;
    bool        block; /* a literal block scalar: its text starts on the next line */
    bool        quoted;
};

struct Source {
    Str       text; /* without a byte order mark */
    Json     *value;
    Spot     *spot; /* of the value; NULL for JSON */
    uint32_t *line_starts;
    uint32_t  line_count;
    uint32_t *characters; /* before every SOURCE_STRIDE-th byte */
};

enum { SOURCE_STRIDE = 256 };

Str         source_line(const Source *source, uint32_t line); /* without its end */
SourcePlace source_offset_place(const Source *source, size_t offset);
size_t      source_column_offset(Str line, uint32_t column); /* bytes before it */

/* ---- JSON ---- */

size_t json_place(const Source *source, const Json *value);
size_t json_place_of_name(const Source *source, const Json *value);               /* of the member with that value */
size_t json_place_within(const Source *source, const Json *value, size_t offset); /* of the decoded text */

/* ---- YAML ---- */

Error *yaml_read(Arena *arena, Source *source, SourcePlace *out_fault);

/* The value of a plain scalar without a tag; NULL: JSON has no such number. */
Json *yaml_plain(Arena *arena, Str text);
bool  yaml_is_null(Str text);
Json *yaml_bool(Arena *arena, Str text);   /* NULL: it is none */
Json *yaml_number(Arena *arena, Str text); /* likewise */
bool  yaml_is_beyond(Str text);            /* .inf, .nan */

/* What is under construction. A node is finished when it is closed; only then may an alias name it. */
typedef struct YamlMerge {
    Json *value;
    Spot *spot;
} YamlMerge;

typedef struct YamlNode YamlNode;
struct YamlNode {
    Json    *value;
    Spot    *spot;
    uint64_t weight; /* what it would take written out, about */
    uint32_t height; /* levels of containers */
    Str      anchor; /* no data: none */
    Str      wrap;   /* the long form of its tag: "Ref", "Fn::Sub"; no data: none */
    bool     open;
    /* of an object: */
    bool        has_name, merging;
    Str         name;
    SourcePlace name_place;
    YamlMerge  *merges;
    uint32_t    merge_count, merge_capacity;
};

YamlNode *yaml_node_new(Arena *arena, Json *value, SourcePlace place);
void yaml_node_add(Arena *arena, YamlNode *parent, YamlNode *child); /* as the next item, or the member of that name */
bool yaml_node_merge(Arena *arena, YamlNode *parent,
                     const YamlNode *child);             /* false: there is nothing to merge in it */
YamlNode *yaml_node_close(Arena *arena, YamlNode *node); /* merges, and {"Fn::Sub": value} where the tag says so */

static inline bool is_one_of(char byte, const char *these)
{
    return byte && strchr(these, byte);
}

#endif
