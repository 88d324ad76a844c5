/* value.c -- payloads that are text until somebody looks inside.
 *
 * Most states hand on what they were given. The text goes through as it came, blanks and all, as the service does; it is
 * parsed only when a path or an expression wants to see it, and what is made here is written without blanks. */
#include "asl/run.h"

AslValue asl_value_of(Json *json)
{
    return (AslValue){ .json = json };
}

AslValue asl_value_of_text(Str text)
{
    return (AslValue){ .text = text };
}

/* A text that is no JSON cannot come here: inputs and results are checked at the door. */
const Json *asl_value_json(AslRun *run, AslValue *value)
{
    if (value->json) return value->json;
    Error *error = json_parse(run->arena, value->text, NULL, &value->json);
    if (error) {
        error_free(error);
        value->json = json_null(run->arena);
    }
    return value->json;
}

Str asl_value_text(AslRun *run, AslValue *value)
{
    if (value->text.data) return value->text;
    value->compact = true;
    return value->text = json_text(run->arena, value->json);
}

Str asl_value_compact(AslRun *run, AslValue *value)
{
    if (value->text.data && value->compact) return value->text;
    return json_text(run->arena, asl_value_json(run, value));
}

Str asl_value_shown(AslRun *run, AslValue *value)
{
    return value->text.data || value->json->raw.length == 0 ? asl_value_text(run, value) : value->json->raw;
}

static size_t string_end(Str text, size_t at)
{
    for (at++; at < text.length; at++) {
        if (text.data[at] == '\\') at++;
        else if (text.data[at] == '"') return at + 1;
    }
    return text.length;
}

size_t asl_value_end(Str text, size_t from)
{
    size_t depth = 0, at = from;
    while (at < text.length) {
        char byte = text.data[at];
        if (byte == '"') {
            at = string_end(text, at);
            if (depth == 0) return at;
            continue;
        }
        if (byte == '[' || byte == '{') depth++;
        if (byte == ']' || byte == '}' || byte == ',') {
            if (depth == 0) return at;
            if (byte != ',' && --depth == 0) return at + 1;
        }
        at++;
    }
    return at;
}
