/* text.h -- bytes written as text and back: hexadecimal, base64, percent signs, UTF-8. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/str.h"

Str  text_hex(Arena *arena, Str bytes); /* lower case */
bool text_unhex(Arena *arena, Str hex, Str *out);
Str  text_base64(Arena *arena, Str bytes);
bool text_unbase64(Arena *arena, Str text, Str *out); /* padding optional at the end; no blanks */

/* Percent signs. `plus_is_blank` for form bodies and query strings. A bad escape stays as it is. */
Str text_unpercent(Arena *arena, Str text, bool plus_is_blank);
Str text_percent(Arena *arena, Str text, bool keep_slash); /* as SigV4 wants: all but A-Z a-z 0-9 - _ . ~ */

/* A UUID of version 4 out of 128 random bits. */
enum { TEXT_UUID_SIZE = 36 };
void text_uuid_write(uint64_t high, uint64_t low, char out[TEXT_UUID_SIZE]);
Str  text_uuid(Arena *arena, uint64_t high, uint64_t low);

/* UTF-8. Decodes one code point at the front; 0 bytes when it is not well-formed. Surrogates are not. */
size_t text_utf8_decode(Str text, uint32_t *out);
size_t text_utf8_encode(uint32_t code_point, char out[4]); /* takes surrogates too, as three bytes */
bool   text_utf8_valid(Str text);

#endif
