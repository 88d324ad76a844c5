/* cursor.c -- going over a map: three sorted sources merged, the newest word on each key winning. */
#include "store/store_internal.h"

struct StoreCursor {
    Store      *store;
    Arena      *arena;
    Str         prefix; /* whole */
    TableNode  *nodes[2]; /* of the active and the frozen table: where each stands; NULL: at its end */
    MainCursor *main;
    Str         main_key, main_value; /* the row where SQLite stands; no data: at its end */
    WholeKey    main_whole;
};

static void end_scan(void *context)
{
    StoreCursor *cursor = context;
    main_db_cursor_close(cursor->main);
    cursor->main = NULL;
}

/* The first node from `node` on that says anything, while it is within the prefix. */
static TableNode *settle(const StoreCursor *cursor, TableNode *node)
{
    while (node && node->state == TABLE_NOTHING) node = node->next[0];
    return node && str_starts_with(table_key(node), cursor->prefix) ? node : NULL;
}

static Error *advance_main(StoreCursor *cursor)
{
    Str key;
    bool more;
    cursor->main_key = STR_NONE;
    TRY(main_db_cursor_next(cursor->main, &key, &cursor->main_value, &more));
    if (!more) return NULL;
    cursor->main_whole.bytes[0] = SPACE_MAP;
    cursor->main_whole.length = 1;
    key_append(&cursor->main_whole, key);
    if (str_starts_with(key_str(&cursor->main_whole), cursor->prefix)) cursor->main_key = key_str(&cursor->main_whole);
    return NULL;
}

static Error *start(StoreCursor *cursor, Str from)
{
    Store *store = cursor->store;
    cursor->nodes[0] = settle(cursor, table_at_or_after(store->active, from));
    if (store->frozen) cursor->nodes[1] = settle(cursor, table_at_or_after(store->frozen, from));
    if (!store->main) return NULL;
    TRY(main_db_cursor_open(store->main, from, &cursor->main));
    arena_on_done(cursor->arena, end_scan, cursor);
    return advance_main(cursor);
}

Error *store_scan(Store *store, Arena *arena, StoreTable table, Str from, Str prefix, StoreCursor **out)
{
    WholeKey from_key, prefix_key;
    if (prefix.length > STORE_KEY_MAX || from.length > STORE_KEY_MAX) return error_new(ERR_LIMIT, "a key is too long");
    key_of_map(&prefix_key, table, prefix);
    key_of_map(&from_key, table, str_compare(from, prefix) < 0 ? prefix : from);
    StoreCursor *cursor = NEW(arena, StoreCursor);
    *cursor = (StoreCursor){ .store = store, .arena = arena, .prefix = str_copy(arena, key_str(&prefix_key)) };
    TRY(start(cursor, key_str(&from_key)));
    *out = cursor;
    return NULL;
}

static Str smallest_key(const StoreCursor *cursor)
{
    Str least = cursor->main_key;
    for (int i = 0; i < 2; i++) {
        if (!cursor->nodes[i]) continue;
        Str key = table_key(cursor->nodes[i]);
        if (!least.data || str_compare(key, least) < 0) least = key;
    }
    return least;
}

Error *store_next(StoreCursor *cursor, Str *out_key, Str *out_value, bool *out_more)
{
    for (;;) {
        Str key = smallest_key(cursor);
        *out_more = key.data != NULL;
        if (!key.data) return NULL;
        Str name = str_copy(cursor->arena, str_slice(key, KEY_HEAD, key.length));
        TableState state = TABLE_NOTHING;
        for (int i = 0; i < 2; i++) {
            TableNode *node = cursor->nodes[i];
            if (!node || !str_equal(table_key(node), key)) continue;
            if (state == TABLE_NOTHING) {
                state = (TableState)node->state;
                if (state == TABLE_VALUE) *out_value = str_copy(cursor->arena, table_value(node));
            }
        }
        bool in_main = cursor->main_key.data && str_equal(cursor->main_key, key);
        if (in_main && state == TABLE_NOTHING) {
            state = TABLE_VALUE;
            *out_value = str_copy(cursor->arena, cursor->main_value);
        }
        for (int i = 0; i < 2; i++)
            if (cursor->nodes[i] && str_equal(str_slice(table_key(cursor->nodes[i]), KEY_HEAD, SIZE_MAX), name))
                cursor->nodes[i] = settle(cursor, cursor->nodes[i]->next[0]);
        if (in_main) TRY(advance_main(cursor));
        if (state != TABLE_VALUE) continue;
        *out_key = name;
        return NULL;
    }
}

void store_scan_end(StoreCursor *cursor)
{
    if (cursor) end_scan(cursor);
}
