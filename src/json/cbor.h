/* cbor.h -- CBOR (RFC 8949) as another spelling of JSON values, for rpcv2Cbor and Kinesis.
 *
 * Byte strings become JSON_STRING with JSON_BLOB, tag 1 numbers JSON_TIME; all integers of 64 bits,
 * half, single and double floats, definite and indefinite lengths are read. What JSON cannot say
 * (undefined, other simple values, maps with keys that are not text, NaN) is null or refused. */
#ifndef JSON_CBOR_H
#define JSON_CBOR_H

#include "json/json.h"

Error *cbor_parse(Arena *arena, Str bytes, const JsonLimits *limits, Json **out); /* no stack for nesting */

typedef enum CborTimes { CBOR_TIMES_TAGGED, CBOR_TIMES_MILLISECONDS } CborTimes; /* rpcv2Cbor; Kinesis */

void cbor_write(Buffer *out, const Json *value, CborTimes times);

#endif
