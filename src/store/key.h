/* key.h -- whole keys: everything a store holds, in one order.
 *
 *     +-------+---------------+-----------------------------------+
 *     | space | table (2, BE) | the module's key                  |   SPACE_MAP
 *     | space | table (2, BE) | length (2) | log | position (8)   |   SPACE_LOG: one record
 *     | space | table (2, BE) | length (2) | log                  |   SPACE_CUT: positions before are cut
 *     +-------+---------------+-----------------------------------+
 *
 * Cuts come first, so that a flush in key order cuts before it appends. The length in front of a log's
 * key keeps logs apart whose keys begin alike. */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "base/bytes.h"
#include "store/store.h"

enum { SPACE_CUT = 1, SPACE_MAP = 2, SPACE_LOG = 3, KEY_HEAD = 3, KEY_ROOM = KEY_HEAD + 2 + STORE_KEY_MAX + 8 };

typedef struct WholeKey {
    size_t length;
    char   bytes[KEY_ROOM];
} WholeKey;

static inline Str key_str(const WholeKey *key)
{
    return str_from(key->bytes, key->length);
}

static inline void key_append(WholeKey *key, Str part)
{
    if (part.length) memcpy(key->bytes + key->length, part.data, part.length);
    key->length += part.length;
}

static inline void key_head(WholeKey *key, int space, StoreTable table)
{
    key->bytes[0] = (char)space;
    key->bytes[1] = (char)(table >> 8);
    key->bytes[2] = (char)table;
    key->length = KEY_HEAD;
}

static inline void key_of_map(WholeKey *key, StoreTable table, Str name)
{
    key_head(key, SPACE_MAP, table);
    key_append(key, name);
}

static inline void key_of_log(WholeKey *key, int space, StoreTable table, Str log)
{
    key_head(key, space, table);
    key->bytes[KEY_HEAD] = (char)(log.length >> 8);
    key->bytes[KEY_HEAD + 1] = (char)log.length;
    key->length += 2;
    key_append(key, log);
}

static inline void key_of_record(WholeKey *key, StoreTable table, Str log, uint64_t position)
{
    key_of_log(key, SPACE_LOG, table, log);
    bytes_put_u64(key->bytes + key->length, position);
    key->length += 8;
}

/* A whole key that was read from somewhere may be anything: is it one? */
static inline bool key_is_sound(Str whole)
{
    if (whole.length < KEY_HEAD || whole.data[0] < SPACE_CUT || whole.data[0] > SPACE_LOG) return false;
    if (whole.data[0] == SPACE_MAP) return whole.length <= KEY_HEAD + STORE_KEY_MAX;
    if (whole.length < KEY_HEAD + 2) return false;
    size_t log = (size_t)((uint8_t)whole.data[KEY_HEAD] << 8 | (uint8_t)whole.data[KEY_HEAD + 1]);
    return log <= STORE_KEY_MAX && whole.length == KEY_HEAD + 2 + log + (whole.data[0] == SPACE_LOG ? 8 : 0);
}

#endif
