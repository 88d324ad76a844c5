/* json.h -- JSON values that live in an arena.
 *
 * A parsed value keeps what it was given: members in their order (repeated ones too), numbers as
 * they were written, and the text it came from. Strings are UTF-8; a lone surrogate escape becomes
 * the three bytes that UTF-8 would give it, and is written as an escape again. Values borrow the text
 * they were parsed from where they can, so the text must live as long as they do.
 *
 * Values may be shared between trees, so nothing changes a value once it is part of another, except
 * through the builder that made it. Looking up a member may sort out an index that belongs to the
 * object, so a value has one thread at a time, even for reading. */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "base/error.h"

typedef enum JsonType { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } JsonType;

enum {
    JSON_INTEGER = 1, /* flag of a number: written without fraction or exponent and fits int64 */
    JSON_BLOB = 2,    /* flag of a string: bytes, not text (from CBOR, or made by json_blob) */
    JSON_TIME = 4,    /* flag of a number: a timestamp in seconds (for protocols that write it their way) */
};

typedef struct Json       Json;
typedef struct JsonMember JsonMember;
typedef struct JsonIndex  JsonIndex;

struct Json {
    uint8_t  type; /* JsonType */
    uint8_t  flags;
    bool     boolean;
    uint32_t count;    /* of items or members */
    uint32_t capacity; /* of items or members, while it is being built; 0 for parsed values */
    union {
        Str         text; /* JSON_STRING: decoded */
        double      number;  /* always finite: what is beyond the range is the largest one, its digits in raw */
        int64_t     integer; /* JSON_NUMBER with JSON_INTEGER */
        Json      **items;
        struct {
            JsonMember *members;
            JsonIndex  *index; /* private */
        };
    };
    Str raw; /* the text it was parsed from; of a number its digits. Empty when built */
};

struct JsonMember {
    Str   name;
    Json *value;
};

/* ---- parsing ---- */

typedef struct JsonLimits {
    uint32_t depth_max; /* 0: JSON_DEPTH_MAX */
} JsonLimits;

enum { JSON_DEPTH_MAX = 1000 };

/* The whole text is one value. ERR_SYNTAX tells "line L, column C: what is wrong"; too deep is
 * ERR_LIMIT. Uses no stack for nesting. Text that is not UTF-8 is refused, a byte order mark too. */
Error *json_parse(Arena *arena, Str text, const JsonLimits *limits, Json **out);

/* ---- reading ---- */

extern const Json json_null_value;

Json   *json_get(const Json *object, Str name); /* the last of that name; NULL: none, or no object (NULL is none) */
Str     json_get_str(const Json *object, Str name); /* the text of a string member, else an empty Str with NULL data */
bool    json_get_int(const Json *object, Str name, int64_t *out); /* false: none, or not an integer */
double  json_number(const Json *number); /* nearest double */
bool    json_int(const Json *number, int64_t *out); /* exact: 2.0 and 2e0 are integers too, 2.5 is not */
bool    json_instant(const Json *number, int64_t *out_microseconds); /* epoch seconds as an Instant; false: no such */
bool    json_number_parse(Str text, double *out); /* the whole text is a number; infinite where out of range */
bool    json_equal(const Json *a, const Json *b); /* members in any order, the last of a name; numbers by value */

/* Goes over the members of an object or the items of an array. */
#define JSON_EACH_ITEM(array, item) \
    for (uint32_t item##_at = 0; item##_at < (array)->count && ((item) = (array)->items[item##_at], true); item##_at++)
#define JSON_EACH_MEMBER(object, member) \
    for (JsonMember *member = (object)->members, *member##_end = member + (object)->count; member < member##_end; member++)

/* ---- building ---- */

Json *json_null(Arena *arena);
Json *json_bool(Arena *arena, bool value);
Json *json_int_new(Arena *arena, int64_t value);
Json *json_double(Arena *arena, double value);       /* must be finite */
Json *json_time(Arena *arena, int64_t microseconds); /* an Instant as epoch seconds; JSON_TIME */
Json *json_str(Arena *arena, Str text);              /* borrows */
Json *json_str_copy(Arena *arena, Str text);
Json *json_blob(Arena *arena, Str bytes);            /* borrows; JSON protocols write base64 */
Json *json_array(Arena *arena);
Json *json_object(Arena *arena);

void json_append(Arena *arena, Json *array, Json *item);
void json_set(Arena *arena, Json *object, Str name, Json *value); /* replaces in place, else adds; borrows name */
void json_add(Arena *arena, Json *object, Str name, Json *value); /* the same without looking: the name is new */
void json_add_str(Arena *arena, Json *object, Str name, Str text);
void json_add_int(Arena *arena, Json *object, Str name, int64_t value);
bool json_remove(Json *object, Str name); /* all members of that name; false: there was none */
Json *json_copy(Arena *arena, const Json *value); /* deep: nothing is shared, nothing borrowed; of raw the digits stay */

/* ---- writing ---- */

typedef enum JsonStyle { JSON_COMPACT, JSON_PRETTY } JsonStyle;

/* Numbers as they were written; computed ones as JavaScript would, a JSON_TIME to the millisecond. A
 * JSON_BLOB becomes base64. What is not UTF-8 in a text becomes U+FFFD, so the output always is. */
void json_write(Buffer *out, const Json *value, JsonStyle style);
Str  json_text(Arena *arena, const Json *value); /* compact */
void json_write_string(Buffer *out, Str text);   /* with quotes and escapes */
void json_write_double(Buffer *out, double value); /* shortest that reads back, as JavaScript prints it */

#endif
