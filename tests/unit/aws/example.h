/* example.h -- services that never were, with every kind of shape, binding and protocol. */
#ifndef UNIT_AWS_EXAMPLE_H
#define UNIT_AWS_EXAMPLE_H

#include "aws/wire.h"

extern const Shape   example_all_input; /* a field of each kind */
extern const Service example_queue;     /* JSON, query and CBOR; "queue", target ExampleQueue */
extern const Service example_tokens;    /* query; "tokens", flat results; shares an action with example_queue */
extern const Service example_parts;     /* REST-JSON; "parts" */
extern const Service example_objects;   /* REST-XML; "s3" */
extern const Service *const example_services[];
enum { EXAMPLE_SERVICES = 4 };

#define EXAMPLE_NOW ((Instant)1795204606 * DURATION_SECOND) /* 2026-11-20T19:56:46Z */
#define EXAMPLE_REQUEST_ID STR("00000000-1111-4222-8333-444444444444")

WireOptions example_options(void); /* trusts everybody */

Json *example_json(Arena *arena, const char *text);      /* parsed; text must be JSON */
Str   example_reply_header(const WireReply *reply, Str name);
Str   example_body(const WireReply *reply);

#endif
