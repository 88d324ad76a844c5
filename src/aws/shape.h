/* shape.h -- the shapes of inputs and outputs, as SDKs document them, in static tables.
 *
 * One table serves decoding of the query protocol and of path, query and header bindings, encoding
 * of XML, checking of JSON input, the console's forms and the reference pages. Only what a protocol
 * must know is said; limits on values are the operation's own business, because every service words
 * its refusals differently.
 *
 *     static const Field tag_fields[] = { { F("Key"), &shape_string, REQUIRED }, { F("Value"), &shape_string, 0 } };
 *     static const Shape tag = STRUCTURE("Tag", tag_fields);
 *     static const Shape tag_list = LIST("TagList", &tag);
 */
#ifndef AWS_SHAPE_H
#define AWS_SHAPE_H

#include "json/json.h"

typedef struct Shape Shape;
typedef struct Field Field;

typedef enum ShapeKind {
    SHAPE_STRING,
    SHAPE_INTEGER,
    SHAPE_DOUBLE,
    SHAPE_BOOLEAN,
    SHAPE_BLOB,      /* in JSON values: base64 text from JSON and query protocols, JSON_BLOB from CBOR */
    SHAPE_TIMESTAMP, /* in JSON values: epoch seconds */
    SHAPE_LIST,
    SHAPE_MAP, /* keys are strings */
    SHAPE_STRUCTURE,
    SHAPE_DOCUMENT /* any JSON */
} ShapeKind;

/* flags of a field */
enum {
    REQUIRED = 1,
    FLAT = 2, /* query and XML: list items and map entries without a wrapping element */
    IN_PATH = 4, /* REST bindings: a label of the path, */
    IN_QUERY = 8, /* a parameter, */
    IN_HEADER = 16, /* a header (a map: all headers that begin with the wire name), */
    IN_STATUS = 32, /* the status code of the reply, */
    AS_PAYLOAD = 64, /* the whole body */
    XML_ATTRIBUTE = 128,
};

struct Field {
    Str          name; /* as in JSON */
    const Shape *shape;
    unsigned     flags;
    Str          wire; /* its name in query, XML, header or parameter; empty: the same */
};

struct Shape {
    ShapeKind    kind;
    Str          name;
    const Field *fields; /* of a structure */
    size_t       field_count;
    const Shape *element; /* of a list; values of a map */
    Str          element_name; /* of list items in query and XML: "member" unless the model says otherwise */
    Str          key_name;     /* of map entries: "key" */
    Str          value_name;   /* "value" */
};

#define F(literal) STR_CONST(literal)
#define FIELD_COUNT(fields) (sizeof(fields) / sizeof *(fields))
#define STRUCTURE(shape_name, field_array) \
    { .kind = SHAPE_STRUCTURE, .name = STR_CONST(shape_name), .fields = (field_array), .field_count = FIELD_COUNT(field_array) }
#define EMPTY_STRUCTURE(shape_name) { .kind = SHAPE_STRUCTURE, .name = STR_CONST(shape_name) }
#define LIST(shape_name, of) \
    { .kind = SHAPE_LIST, .name = STR_CONST(shape_name), .element = (of), .element_name = STR_CONST("member") }
#define MAP(shape_name, of) \
    { .kind = SHAPE_MAP, .name = STR_CONST(shape_name), .element = (of), .key_name = STR_CONST("key"), \
      .value_name = STR_CONST("value") }

extern const Shape shape_string, shape_integer, shape_double, shape_boolean, shape_blob, shape_timestamp, shape_document;
extern const Shape shape_string_list; /* of strings, items "member" */
extern const Shape shape_string_map;  /* of strings, "key" and "value" */
extern const Shape shape_nothing;     /* a structure without fields */

const Field *shape_field(const Shape *structure, Str name); /* by its JSON name; NULL: none */

/* Checks input against its shape: types as the service's deserializer does (a wrong one is a
 * SerializationException), null members dropped, unknown members ignored as the hosted services do.
 * Coerces nothing. Null items of lists and maps are dropped too: only documents hold nulls. `value` may be
 * rebuilt: *out is the one to use. */
Error *shape_check(Arena *arena, const Shape *shape, Json *value, Json **out);
Error *shape_check_milliseconds(Arena *arena, const Shape *shape, Json *value, Json **out); /* timestamps came so */

/* The first required field that the value lacks, NULL when none: operations word the refusal. Looks
 * at this structure only, not at those inside it. */
const Field *shape_missing(const Shape *structure, const Json *value);

/* The bytes of a blob, however they came. False: it is no string, or not base64. */
bool shape_blob_bytes(Arena *arena, const Json *blob, Str *out);

static inline Str field_wire(const Field *field)
{
    return field->wire.length ? field->wire : field->name;
}

#endif
