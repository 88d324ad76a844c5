/* table.c -- the sorted table in memory.
 *
 * Memory. Nodes and values come from blocks of 256 KiB cut into size classes, powers of two and the
 * steps half-way between; what is given back goes to the free list of its class. A table frees its
 * blocks only as a whole, when it has been flushed. Larger pieces come from the heap one by one.
 *
 * Life of an entry: made by its first change; changed in place; unlinked when its state is
 * TABLE_NOTHING and no undo entry points at it any more. In a bottom table, and for keys born here,
 * deleting leads there at once, so short-lived rows leave nothing behind. */
#include "store/table.h"

#include <assert.h>

enum { BLOCK_SIZE = 256 << 10, PIECE_MIN = 32, CLASS_COUNT = 28, PIECE_MAX = 32 << 10 };

typedef struct Block Block;
struct Block {
    Block *next;
};

typedef struct FreePiece FreePiece;
struct FreePiece {
    FreePiece *next;
};

typedef struct BigPiece BigPiece;
struct BigPiece {
    BigPiece *next, **link;
    _Alignas(16) char bytes[];
};

struct Table {
    bool       bottom;
    uint64_t   dice; /* for heights: the same sequence in every run */
    size_t     bytes, entries;
    int        height;
    Block     *blocks;
    char      *block_at, *block_end;
    FreePiece *free_pieces[CLASS_COUNT];
    BigPiece  *big_pieces;
    TableNode *head[TABLE_HEIGHT_MAX];
};

Error *table_new(bool bottom, Table **out)
{
    Table *table = memory_alloc_zero(sizeof *table);
    if (!table) return error_memory();
    table->bottom = bottom;
    table->dice = 0x9e3779b97f4a7c15ULL;
    table->height = 1;
    *out = table;
    return NULL;
}

void table_free(Table *table)
{
    if (!table) return;
    while (table->blocks) {
        Block *next = table->blocks->next;
        memory_free(table->blocks);
        table->blocks = next;
    }
    while (table->big_pieces) {
        BigPiece *next = table->big_pieces->next;
        memory_free(table->big_pieces);
        table->big_pieces = next;
    }
    memory_free(table);
}

size_t table_bytes(const Table *table)
{
    return table->bytes;
}

size_t table_entries(const Table *table)
{
    return table->entries;
}

/* ---- pieces ---- */

/* Classes: 32, 48, 64, 96, 128, 192, ... */
static int class_of(size_t size, size_t *out_room)
{
    size_t room = PIECE_MIN;
    int class = 0;
    for (; room < size; class += 2) {
        if (room + room / 2 >= size) {
            *out_room = room + room / 2;
            return class + 1;
        }
        room *= 2;
    }
    *out_room = room;
    return class;
}

static void *take_big(Table *table, size_t size, uint32_t *out_room)
{
    BigPiece *piece = memory_alloc(sizeof *piece + size);
    if (!piece) return NULL;
    piece->next = table->big_pieces;
    piece->link = &table->big_pieces;
    if (piece->next) piece->next->link = &piece->next;
    table->big_pieces = piece;
    *out_room = (uint32_t)size;
    return piece->bytes;
}

static bool add_block(Table *table)
{
    Block *block = memory_alloc(BLOCK_SIZE);
    if (!block) return false;
    block->next = table->blocks;
    table->blocks = block;
    table->block_at = (char *)block + 16;
    table->block_end = (char *)block + BLOCK_SIZE;
    return true;
}

static void *take_piece(Table *table, size_t size, uint32_t *out_room)
{
    if (size > PIECE_MAX) return take_big(table, size, out_room);
    size_t room;
    int class = class_of(size, &room);
    FreePiece *piece = table->free_pieces[class];
    if (piece) {
        table->free_pieces[class] = piece->next;
    } else {
        if (room > (size_t)(table->block_end - table->block_at) && !add_block(table)) return NULL;
        piece = (FreePiece *)table->block_at;
        table->block_at += room;
    }
    *out_room = (uint32_t)room;
    return piece;
}

static void give_piece(Table *table, void *bytes, size_t room)
{
    if (!bytes) return;
    if (room > PIECE_MAX) {
        BigPiece *big = (BigPiece *)((char *)bytes - offsetof(BigPiece, bytes));
        *big->link = big->next;
        if (big->next) big->next->link = big->link;
        memory_free(big);
        return;
    }
    size_t same;
    int class = class_of(room, &same);
    FreePiece *piece = bytes;
    piece->next = table->free_pieces[class];
    table->free_pieces[class] = piece;
}

/* ---- the list ---- */

static inline int compare(Str key, const TableNode *node)
{
    return str_compare(key, table_key(node));
}

/* Finds, on every level, the link that leads to the first node not before `key`. */
static TableNode *seek(Table *table, Str key, TableNode **links[TABLE_HEIGHT_MAX])
{
    TableNode **level = table->head;
    TableNode *known = NULL; /* already seen to be not before: need not be compared again */
    for (int i = table->height - 1; i >= 0; i--) {
        TableNode *next = level[i];
        while (next && next != known && compare(key, next) > 0) {
            level = next->next;
            next = level[i];
        }
        known = next;
        links[i] = &level[i];
    }
    return *links[0];
}

TableNode *table_at_or_after(const Table *table, Str key)
{
    TableNode *const *level = table->head;
    TableNode *next = NULL;
    for (int i = table->height - 1; i >= 0; i--) {
        TableNode *known = next;
        next = level[i];
        while (next && next != known && compare(key, next) > 0) {
            level = next->next;
            next = level[i];
        }
    }
    return next;
}

TableNode *table_find(const Table *table, Str key)
{
    TableNode *node = table_at_or_after(table, key);
    return node && str_equal(table_key(node), key) ? node : NULL;
}

static int roll_height(Table *table)
{
    table->dice ^= table->dice << 13;
    table->dice ^= table->dice >> 7;
    table->dice ^= table->dice << 17;
    int height = 1;
    for (uint64_t bits = table->dice; height < TABLE_HEIGHT_MAX && (bits & 3) == 0; bits >>= 2) height++;
    return height;
}

static size_t node_size(int height, size_t key_size)
{
    return sizeof(TableNode) + (size_t)height * sizeof(TableNode *) + key_size;
}

static TableNode *link_node(Table *table, Str key, TableNode **links[TABLE_HEIGHT_MAX])
{
    int height = roll_height(table);
    uint32_t room;
    TableNode *node = take_piece(table, node_size(height, key.length), &room);
    if (!node) return NULL;
    *node = (TableNode){ .key_size = (uint32_t)key.length, .height = (uint8_t)height, .state = TABLE_NOTHING };
    memcpy((char *)(node->next + height), key.data, key.length);
    while (table->height < height) {
        links[table->height] = &table->head[table->height];
        table->height++;
    }
    for (int i = 0; i < height; i++) {
        node->next[i] = *links[i];
        *links[i] = node;
    }
    table->entries++;
    return node;
}

static void unlink_node(Table *table, TableNode *node)
{
    TableNode **links[TABLE_HEIGHT_MAX];
    TableNode *found = seek(table, table_key(node), links);
    assert(found == node);
    for (int i = 0; i < node->height; i++) *links[i] = node->next[i];
    give_piece(table, node->value, node->value_room);
    table->entries--;
    give_piece(table, node, node_size(node->height, node->key_size));
    (void)found;
}

/* ---- changes ---- */

static bool undo_has_room(TableUndoList *undo)
{
    if (undo->count < undo->capacity) return true;
    size_t capacity = undo->capacity ? undo->capacity * 2 : 64;
    TableUndo *entries = memory_resize(undo->entries, capacity * sizeof *entries);
    if (!entries) return false;
    undo->entries = entries;
    undo->capacity = capacity;
    return true;
}

static size_t weight(const TableNode *node)
{
    return node->state == TABLE_NOTHING ? 0 : node->key_size + node->value_size + sizeof *node;
}

static void remember(TableUndoList *undo, TableNode *node)
{
    undo->entries[undo->count++] = (TableUndo){ node, node->value, node->value_size, node->value_room, node->state, node->born };
    node->undo_count++;
}

static void set(Table *table, TableNode *node, TableChange change, char *value, size_t size, uint32_t room)
{
    table->bytes -= weight(node);
    bool was_born = node->born || table->bottom;
    node->value = value;
    node->value_size = (uint32_t)size;
    node->value_room = room;
    if (change == TABLE_DELETE) {
        node->state = was_born ? TABLE_NOTHING : TABLE_GONE;
    } else {
        node->state = TABLE_VALUE;
        if (change == TABLE_INSERT) node->born = true;
    }
    table->bytes += weight(node);
}

Error *table_change(Table *table, TableUndoList *undo, TableChange change, Str key, Str value)
{
    TableNode **links[TABLE_HEIGHT_MAX];
    TableNode *node = seek(table, key, links);
    bool there = node && str_equal(table_key(node), key);
    if (change == TABLE_DELETE && table->bottom && (!there || node->state == TABLE_NOTHING)) return NULL;

    if (!undo_has_room(undo)) return error_memory();
    char *copy = NULL;
    uint32_t room = 0;
    if (change != TABLE_DELETE && value.length) {
        copy = take_piece(table, value.length, &room);
        if (!copy) return error_memory();
        memcpy(copy, value.data, value.length);
    }
    if (!there) node = link_node(table, key, links);
    if (!node) {
        give_piece(table, copy, room);
        return error_memory();
    }
    remember(undo, node);
    set(table, node, change, copy, value.length * (change != TABLE_DELETE), room);
    return NULL;
}

static void forget_if_empty(Table *table, TableNode *node)
{
    if (node->state == TABLE_NOTHING && node->undo_count == 0) unlink_node(table, node);
}

void table_undo(Table *table, TableUndoList *undo, size_t to_count)
{
    while (undo->count > to_count) {
        TableUndo *entry = &undo->entries[--undo->count];
        TableNode *node = entry->node;
        table->bytes -= weight(node);
        give_piece(table, node->value, node->value_room);
        node->value = entry->value;
        node->value_size = entry->value_size;
        node->value_room = entry->value_room;
        node->state = entry->state;
        node->born = entry->born;
        node->undo_count--;
        table->bytes += weight(node);
        forget_if_empty(table, node);
    }
}

void table_settle(Table *table, TableUndoList *undo)
{
    for (size_t i = 0; i < undo->count; i++) {
        TableUndo *entry = &undo->entries[i];
        give_piece(table, entry->value, entry->value_room);
        entry->node->undo_count--;
        forget_if_empty(table, entry->node);
    }
    undo->count = 0;
}

void table_undo_list_done(TableUndoList *undo)
{
    memory_free(undo->entries);
    *undo = (TableUndoList){ 0 };
}
