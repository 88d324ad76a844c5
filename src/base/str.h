/* str.h -- text as a pointer and a length, by value.
 *
 * A Str never owns: who made the bytes says how long they live. It need not end in a zero byte and
 * may contain any byte. An empty Str may have a NULL pointer. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

typedef struct Str {
    const char *data;
    size_t      length;
} Str;

typedef struct NamedStr { /* a header, a parameter, a tag */
    Str name;
    Str value;
} NamedStr;

#define STR(literal) ((Str){ "" literal, sizeof(literal) - 1 })
#define STR_CONST(literal) { "" literal, sizeof(literal) - 1 } /* for static initialisers */
#define STR_ARG(str) (int)(str).length, (str).data             /* for "%.*s" */
#define STR_NONE ((Str){ NULL, 0 })

static inline Str str_from(const void *data, size_t length)
{
    return (Str){ data, length };
}

static inline Str str_from_c(const char *text)
{
    return (Str){ text, text ? strlen(text) : 0 };
}

static inline bool str_equal(Str a, Str b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

int  str_compare(Str a, Str b); /* by bytes; a prefix comes first */
bool str_equal_nocase(Str a, Str b); /* ASCII */
bool str_starts_with(Str str, Str prefix);
bool str_ends_with(Str str, Str suffix);
bool str_find(Str str, Str needle, size_t *out_at);
bool str_find_byte(Str str, char byte, size_t *out_at);
bool str_all_in(Str str, const char *allowed); /* every byte is one of `allowed` */
Str  str_slice(Str str, size_t from, size_t to); /* clamped to the text */
Str  str_trim(Str str);                          /* without blanks and tabs at both ends */

/* Takes the part before `separator` off the front of `rest`; false when nothing is left. */
bool str_next_part(Str *rest, char separator, Str *out_part);

bool str_parse_int(Str str, int64_t *out);   /* the whole text, decimal, no blanks */
bool str_parse_uint(Str str, uint64_t *out);

Str   str_copy(Arena *arena, Str str);
char *str_to_c(Arena *arena, Str str); /* with a zero byte behind it */
Str   str_lower(Arena *arena, Str str); /* ASCII */
Str   str_concat(Arena *arena, const Str *parts, size_t count); /* bytes of any kind; quicker than a format */
Str   str_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
Str   str_format_list(Arena *arena, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

#endif
