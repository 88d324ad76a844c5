/* table.h -- the sorted table in memory: a skip list from keys to values, with undo.
 *
 * A *key* here is the whole key: space, table number, the module's key (see key.h). An entry says what
 * this level knows of its key: a value, that it is gone (which hides what lies below), or nothing.
 *
 * Every change pushes what was there before on an undo list; undoing pops them in reverse. When a
 * batch is durable its undo entries are dropped, and only then the old values' memory is used again.
 *
 * One thread changes a table; a frozen one may be read by two. */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include "base/error.h"

typedef struct Table     Table;
typedef struct TableNode TableNode;

typedef enum TableState {
    TABLE_NOTHING, /* this level knows nothing of the key */
    TABLE_VALUE,
    TABLE_GONE, /* deleted: hides what lies below */
} TableState;

enum { TABLE_HEIGHT_MAX = 16 };

struct TableNode {
    char      *value;
    uint32_t   value_size;
    uint32_t   value_room;
    uint32_t   key_size;
    uint32_t   undo_count; /* undo entries that point here */
    uint8_t    state;
    uint8_t    height;
    bool       born; /* its key was inserted here: nothing lies below */
    TableNode *next[]; /* `height` of them, then the key's bytes */
};

typedef struct TableUndo {
    TableNode *node;
    char      *value;
    uint32_t   value_size;
    uint32_t   value_room;
    uint8_t    state;
    bool       born;
} TableUndo;

typedef struct TableUndoList {
    TableUndo *entries;
    size_t     count, capacity;
} TableUndoList;

typedef enum TableChange { TABLE_PUT, TABLE_INSERT, TABLE_DELETE } TableChange;

/* `bottom`: nothing lies below this table, so that what is gone need not be remembered. */
Error *table_new(bool bottom, Table **out);
void   table_free(Table *table); /* accepts NULL */
size_t table_bytes(const Table *table);   /* of keys and values that are there */
size_t table_entries(const Table *table);

static inline Str table_key(const TableNode *node)
{
    return str_from((const char *)(node->next + node->height), node->key_size);
}

static inline Str table_value(const TableNode *node)
{
    return str_from(node->value, node->value_size);
}

TableNode *table_find(const Table *table, Str key);   /* NULL: no entry */
TableNode *table_at_or_after(const Table *table, Str key); /* the first not before it; NULL: none */

/* Nothing changes when it fails. */
Error *table_change(Table *table, TableUndoList *undo, TableChange change, Str key, Str value);

void table_undo(Table *table, TableUndoList *undo, size_t to_count); /* cannot fail */
void table_settle(Table *table, TableUndoList *undo);                /* what they would restore is forgotten */
void table_undo_list_done(TableUndoList *undo);

#endif
