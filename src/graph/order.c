/* order.c -- from left to right in every rank, with few crossings.
 *
 * The first order is that of a walk from the start, so branches stand as the definition names them. Then sweeps:
 * downwards each rank is sorted by where its links come from, upwards by where they go, and neighbours change places
 * where that helps. Two other walks are tried as well, because sweeps cannot bring a long line from one side to the
 * other. The first of the best orders is kept, and seen in a mirror where that is more like the definition. */
#include "graph/internal.h"

#include <stdlib.h>

enum {
    SWEEPS_MAX = 24,
    SWEEPS_IDLE_MAX = 6,         /* without getting better */
    WORK_MAX = 12 * 1000 * 1000, /* links looked at */
    EXCHANGES_MAX = 4,           /* rounds for a rank in a sweep */
    KEY_UNIT = 1 << 16,
};

typedef struct Key {
    int64_t  mean; /* of the places it is linked to */
    uint32_t place, spot;
} Key;

typedef struct Ordering {
    GraphLayers *layers;
    Key         *keys;
    uint32_t    *slots, *tree, *best;
    uint64_t     least, work; /* crossings of the best; links looked at */
} Ordering;

static void put_at(GraphLayers *layers, GraphRank *rank, uint32_t place, uint32_t spot)
{
    rank->spots[place] = spot;
    layers->spots[spot].place = place;
}

/* ---- the first order ---- */

typedef enum First { FIRST_AS_DEFINED, FIRST_BACKWARDS, FIRST_TURNED, FIRSTS } First;

typedef struct Walk {
    GraphLayers *layers;
    First        first;
    bool        *seen;
    uint32_t    *stack, *next;
} Walk;

static uint32_t lower_of(const Walk *walk, const GraphSpot *spot, uint32_t at)
{
    if (walk->first == FIRST_BACKWARDS) at = spot->down_count - 1 - at;
    return walk->layers->links[spot->down[at]].lower;
}

/* Into each rank in the order in which a walk downwards comes to it. */
static void walk_from(Walk *walk, uint32_t root)
{
    GraphLayers *layers = walk->layers;
    uint32_t     depth = 0;
    if (walk->seen[root] || layers->spots[root].rank == GRAPH_NONE || layers->spots[root].beside != GRAPH_NONE) return;
    walk->seen[root] = true;
    walk->stack[depth++] = root;
    while (depth) {
        uint32_t         index = walk->stack[depth - 1], at = walk->next[index]++;
        const GraphSpot *spot = &layers->spots[index];
        GraphRank       *rank = &layers->ranks[spot->rank];
        if (at == 0) put_at(layers, rank, rank->count++, index);
        if (at == spot->down_count) {
            depth--;
            continue;
        }
        uint32_t lower = lower_of(walk, spot, at);
        if (walk->seen[lower]) continue;
        walk->seen[lower] = true;
        walk->stack[depth++] = lower;
    }
}

static void order_first(Ordering *ordering, First first)
{
    GraphLayers *layers = ordering->layers;
    Walk         walk = { .layers = layers, .first = first, .stack = ordering->slots, .next = ordering->tree };
    walk.seen = NEW_ARRAY(layers->arena, bool, layers->spot_count);
    memset(walk.next, 0, layers->spot_count * sizeof *walk.next);
    graph_layers_connect(layers, first == FIRST_TURNED);
    for (uint32_t i = 0; i < layers->rank_count; i++) layers->ranks[i].count = 0;
    for (uint32_t i = 0; i < layers->spot_count; i++) walk_from(&walk, i);
}

/* ---- crossings ---- */

/* How many of those counted stand at `place` or before; then counts one more there. A Fenwick tree from 1 to size. */
static uint32_t count_before(uint32_t *tree, uint32_t size, uint32_t place)
{
    uint32_t before = 0;
    for (uint32_t i = place + 1; i > 0; i &= i - 1) before += tree[i];
    for (uint32_t i = place + 1; i <= size; i += i & (0 - i)) tree[i]++;
    return before;
}

/* Of the links between a rank and the next. */
static uint64_t crossings_below(Ordering *ordering, uint32_t number)
{
    GraphLayers     *layers = ordering->layers;
    const GraphRank *rank = &layers->ranks[number];
    uint32_t         size = rank[1].count, counted = 0;
    uint64_t         crossings = 0;
    graph_layers_gather(layers, number);
    memset(ordering->tree, 0, (size + 1) * sizeof *ordering->tree);
    for (uint32_t i = 0; i < rank->count; i++) {
        const GraphSpot *spot = &layers->spots[rank->spots[i]];
        for (uint32_t k = 0; k < spot->down_count; k++, counted++)
            crossings +=
                counted - count_before(ordering->tree, size, layers->spots[layers->links[spot->down[k]].lower].place);
    }
    return crossings;
}

static uint64_t count_crossings(Ordering *ordering)
{
    uint64_t crossings = 0;
    for (uint32_t i = 0; i + 1 < ordering->layers->rank_count; i++) crossings += crossings_below(ordering, i);
    return crossings;
}

static uint32_t place_above(const GraphLayers *layers, const GraphSpot *spot, uint32_t at)
{
    return layers->spots[layers->links[spot->up[at]].upper].place;
}

static uint32_t place_below(const GraphLayers *layers, const GraphSpot *spot, uint32_t at)
{
    return layers->spots[layers->links[spot->down[at]].lower].place;
}

typedef uint32_t PlaceOf(const GraphLayers *layers, const GraphSpot *spot, uint32_t at);

/* Crossings of the links of two neighbours on one side of their rank, less those if they changed places. */
static int64_t gain(const GraphLayers *layers, const GraphSpot *left, uint32_t left_count, const GraphSpot *right,
                    uint32_t right_count, PlaceOf *place)
{
    int64_t  sum = 0;
    uint32_t below = 0, upto = 0; /* of the right one's links: before the left one's, and before or at it */
    for (uint32_t i = 0; i < left_count; i++) {
        uint32_t at = place(layers, left, i);
        while (below < right_count && place(layers, right, below) < at) below++;
        while (upto < right_count && place(layers, right, upto) <= at) upto++;
        sum += (int64_t)below - (right_count - upto);
    }
    return sum;
}

/* ---- sweeps ---- */

static void exchange_neighbours(GraphLayers *layers, uint32_t number)
{
    GraphRank *rank = &layers->ranks[number];
    bool       better = true;
    graph_layers_gather(layers, number);
    for (int round = 0; better && round < EXCHANGES_MAX; round++) {
        better = false;
        for (uint32_t i = 0; i + 1 < rank->count; i++) {
            const GraphSpot *left = &layers->spots[rank->spots[i]], *right = &layers->spots[rank->spots[i + 1]];
            if (gain(layers, left, left->up_count, right, right->up_count, place_above) +
                    gain(layers, left, left->down_count, right, right->down_count, place_below) <=
                0)
                continue;
            uint32_t moved = rank->spots[i];
            put_at(layers, rank, i, rank->spots[i + 1]);
            put_at(layers, rank, i + 1, moved);
            better = true;
        }
    }
}

static int64_t mean_of(const GraphLayers *layers, const GraphSpot *spot, uint32_t count, PlaceOf *place)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) sum += place(layers, spot, i);
    return sum * KEY_UNIT / count;
}

static int compare_keys(const void *a, const void *b)
{
    const Key *one = a, *two = b;
    if (one->mean != two->mean) return one->mean < two->mean ? -1 : 1;
    return one->place < two->place ? -1 : one->place > two->place;
}

/* Spots without links there stay; the others are sorted into the places that they have. With `swap_equals` those that
 * belong to one place come the other way round, which finds orders that sorting alone does not. */
static void sort_rank(Ordering *ordering, uint32_t number, bool downwards, bool swap_equals)
{
    GraphLayers *layers = ordering->layers;
    GraphRank   *rank = &layers->ranks[number];
    uint32_t     count = 0;
    graph_layers_gather(layers, number);
    for (uint32_t i = 0; i < rank->count; i++) {
        const GraphSpot *spot = &layers->spots[rank->spots[i]];
        uint32_t         links = downwards ? spot->up_count : spot->down_count;
        if (!links) continue;
        ordering->slots[count] = i;
        ordering->keys[count++] = (Key){
            .mean = mean_of(layers, spot, links, downwards ? place_above : place_below),
            .place = swap_equals ? rank->count - i : i,
            .spot = rank->spots[i],
        };
    }
    qsort(ordering->keys, count, sizeof *ordering->keys, compare_keys);
    for (uint32_t i = 0; i < count; i++) put_at(layers, rank, ordering->slots[i], ordering->keys[i].spot);
}

static void sweep(Ordering *ordering, bool downwards, bool swap_equals)
{
    uint32_t count = ordering->layers->rank_count;
    for (uint32_t i = 1; i < count; i++) sort_rank(ordering, downwards ? i : count - 1 - i, downwards, swap_equals);
    for (uint32_t i = 0; i < count; i++) exchange_neighbours(ordering->layers, downwards ? i : count - 1 - i);
}

static void keep(Ordering *ordering)
{
    for (uint32_t i = 0; i < ordering->layers->spot_count; i++) ordering->best[i] = ordering->layers->spots[i].place;
}

static void restore(Ordering *ordering)
{
    GraphLayers *layers = ordering->layers;
    for (uint32_t i = 0; i < layers->spot_count; i++) {
        const GraphSpot *spot = &layers->spots[i];
        if (spot->rank != GRAPH_NONE && spot->beside == GRAPH_NONE)
            put_at(layers, &layers->ranks[spot->rank], ordering->best[i], i);
    }
}

/* From one first order as far as it gets. */
static void improve(Ordering *ordering)
{
    GraphLayers *layers = ordering->layers;
    for (int i = 0, idle = 0; i < SWEEPS_MAX && idle < SWEEPS_IDLE_MAX && ordering->work < WORK_MAX; i++, idle++) {
        uint64_t crossings = count_crossings(ordering);
        if (crossings < ordering->least) {
            ordering->least = crossings;
            keep(ordering);
            idle = 0;
        }
        if (!crossings) return;
        sweep(ordering, i % 2 == 0, i % 4 >= 2);
        ordering->work += layers->link_count * 8 + layers->spot_count;
    }
}

/* Links are as old as their transitions; what comes back is wanted on the right. */
static uint64_t wanted_place(const GraphLayers *layers, uint32_t link)
{
    return layers->links[link].side == GRAPH_NONE ? link : (uint64_t)link + layers->link_count;
}

/* How many neighbours among a state's links stand in the order of the definition, less those that do not. */
static int64_t agreement(const GraphLayers *layers)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < layers->spot_count; i++) {
        const GraphSpot *spot = &layers->spots[i];
        for (uint32_t k = 1; k < spot->down_count; k++)
            sum += wanted_place(layers, spot->down[k - 1]) < wanted_place(layers, spot->down[k]) ? 1 : -1;
    }
    return sum;
}

static void mirror(GraphLayers *layers)
{
    for (uint32_t i = 0; i < layers->rank_count; i++) {
        GraphRank *rank = &layers->ranks[i];
        for (uint32_t left = 0, right = rank->count; left + 1 < right; left++) {
            uint32_t moved = rank->spots[--right];
            put_at(layers, rank, right, rank->spots[left]);
            put_at(layers, rank, left, moved);
        }
    }
}

void graph_order(GraphLayers *layers)
{
    uint32_t count = layers->spot_count;
    Ordering ordering = { .layers = layers, .least = UINT64_MAX };
    ordering.keys = NEW_ARRAY(layers->arena, Key, count);
    ordering.slots = NEW_ARRAY(layers->arena, uint32_t, count);
    ordering.tree = NEW_ARRAY(layers->arena, uint32_t, count + 1);
    ordering.best = NEW_ARRAY(layers->arena, uint32_t, count);
    for (int i = 0; i < FIRSTS && ordering.least; i++) {
        order_first(&ordering, (First)i);
        improve(&ordering);
    }
    restore(&ordering);
    for (uint32_t i = 0; i < layers->rank_count; i++) graph_layers_gather(layers, i);
    if (agreement(layers) < 0) mirror(layers);
}
