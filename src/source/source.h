/* source.h -- a text in JSON or YAML as a value that knows where everything stood.
 *
 * JSON is taken as it is; YAML (1.1 core: what people write in workflow files, anchors and merge keys too) becomes the
 * JSON value it means, with long-form tags of templates (!Ref, !Sub, !GetAtt ...) as {"Ref": ...}, {"Fn::Sub": ...}. Places
 * are asked for by pointer, lines and columns from 1, columns in characters. */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "json/json.h"

enum {
    SOURCE_TEXT_MAX = 64 << 20,
    SOURCE_WEIGHT_MAX = 64 << 20
}; /* bytes; what YAML's anchors may grow to, roughly in bytes */

typedef enum SourceFormat { SOURCE_GUESS, SOURCE_JSON, SOURCE_YAML } SourceFormat; /* guess: by the first character */

typedef struct Source Source;
typedef struct SourcePlace {
    uint32_t line;
    uint32_t column;
} SourcePlace;

/* ERR_SYNTAX: "line L, column C: what is wrong"; *out_fault is where, also then. ERR_LIMIT: too deep, or too large (the
 * anchors of YAML can grow without end). Borrows the text. */
Error *source_read(Arena *arena, Str text, SourceFormat format, Source **out, SourcePlace *out_fault);

Json       *source_value(const Source *source);
const Json *source_find(const Source *source, Str pointer); /* what the functions below give the place of */

/* Where "/States/X/Next" stands: the member's value, or the nearest that exists on the way to it. In a step of the pointer "~1"
 * is '/', "~0" is '~'; a step that is a number is an array's index too, and so is "[0]" behind a step ("/Choices[0]/Next"). */
SourcePlace source_place(const Source *source, Str pointer);
SourcePlace source_place_of_name(const Source *source, Str pointer); /* the member's name instead */

/* So many bytes into the text that stands there, as far as that can be told; else where the text starts. */
SourcePlace source_place_within(const Source *source, Str pointer, size_t offset);

#endif
