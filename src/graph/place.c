/* place.c -- how far to the right every spot stands.
 *
 * After Brandes and Köpf, "Fast and Simple Horizontal Coordinate Assignment" (2001). Every spot is aligned with the
 * median of those it is linked to, above or below, those further left or right first: four ways. A chain of aligned
 * spots is a block, which stands straight. Links that would cross a long transition do not count, so long
 * transitions are straight. In each of the four ways the blocks are pushed together; the place of a spot is the mean
 * of the middle two of its four.
 *
 * Spots have widths, so blocks are pushed together as a graph: a block lies to the left of another where any of its
 * spots does. First each goes as far to the left as it can, then to the right until it meets the next; so a block
 * without a neighbour to its right stays where it is.
 *
 * Invariant: in each of the four, and so in their means too, neighbours of a rank are at least gap() apart. */
#include "graph/internal.h"

#include <assert.h>

enum { WAYS = 4 };

typedef struct Way { /* one of the four */
    bool upwards;    /* aligned with what is below */
    bool mirrored;   /* from the right */
} Way;

typedef struct Placing {
    GraphLayers *layers;
    Way          way;
    uint32_t    *root, *align; /* by spot: the first of its block; the next of its block, in a ring */
    uint32_t    *waiting;      /* by root: neighbours to the left whose block has no place yet */
    uint32_t    *queue;
    int         *at;      /* by root */
    int         *x[WAYS]; /* by spot */
} Placing;

/* Between the outlines of two neighbours. */
static int gap(const GraphSpot *a, const GraphSpot *b)
{
    static const uint8_t gaps[3][3] = {
        [GRAPH_SPOT_STATE] = { 40, 28, 22 }, /* to a state, a label, a bend */
        [GRAPH_SPOT_LABEL] = { 28, 14, 14 },
        [GRAPH_SPOT_BEND] = { 22, 14, 16 },
    };
    return gaps[a->kind][b->kind];
}

/* ---- long transitions stay straight ---- */

static bool is_inner(const GraphLayers *layers, const GraphLink *link)
{
    return layers->spots[link->upper].kind != GRAPH_SPOT_STATE && layers->spots[link->lower].kind != GRAPH_SPOT_STATE;
}

/* The link of a long transition that comes to this spot from above, or NULL: of several, the line itself. */
static const GraphLink *inner_link(const GraphLayers *layers, const GraphSpot *spot)
{
    const GraphLink *found = NULL;
    for (uint32_t i = 0; i < spot->up_count; i++) {
        const GraphLink *link = &layers->links[spot->up[i]];
        if (is_inner(layers, link) && (!found || layers->spots[link->upper].kind == GRAPH_SPOT_BEND)) found = link;
    }
    return found;
}

/* Between two of these links the others have to stay; those that do not yield. */
static void mark_between(GraphLayers *layers, const GraphRank *rank, uint32_t from, uint32_t to, uint32_t low,
                         uint32_t high)
{
    for (uint32_t i = from; i < to; i++) {
        const GraphSpot *spot = &layers->spots[rank->spots[i]];
        for (uint32_t k = 0; k < spot->up_count; k++) {
            GraphLink *link = &layers->links[spot->up[k]];
            uint32_t   place = layers->spots[link->upper].place;
            if ((place < low || place > high) && !is_inner(layers, link)) link->yields = true;
        }
    }
}

static void mark_yielding(GraphLayers *layers, uint32_t number)
{
    const GraphRank *rank = &layers->ranks[number];
    uint32_t         from = 0, low = 0;
    for (uint32_t i = 0; i < rank->count; i++) {
        const GraphLink *inner = inner_link(layers, &layers->spots[rank->spots[i]]);
        if (!inner) continue;
        uint32_t high = layers->spots[inner->upper].place;
        mark_between(layers, rank, from, i + 1, low, high);
        from = i + 1;
        low = high;
    }
    mark_between(layers, rank, from, rank->count, low, GRAPH_NONE);
}

/* Who joins a line gives way to it, but for its last bend: there its target stands between all that come. */
static void mark_joining(GraphLayers *layers, const GraphSpot *spot, const uint32_t *links, uint32_t count)
{
    const GraphLink *line = NULL;
    if (spot->kind != GRAPH_SPOT_BEND || layers->spots[spot->next].kind == GRAPH_SPOT_STATE) return;
    for (uint32_t i = 0; i < count; i++) {
        const GraphLink *link = &layers->links[links[i]];
        const GraphSpot *other = &layers->spots[&layers->spots[link->upper] == spot ? link->lower : link->upper];
        if (other->kind == GRAPH_SPOT_BEND && &layers->spots[other->next] == spot) line = link;
    }
    for (uint32_t i = 0; line && i < count; i++)
        if (&layers->links[links[i]] != line) layers->links[links[i]].yields = true;
}

/* A state stands below and above what happens without errors. */
static void mark_catching(GraphLayers *layers, const GraphSpot *spot, const uint32_t *links, uint32_t count)
{
    bool other = false;
    if (spot->kind != GRAPH_SPOT_STATE) return;
    for (uint32_t i = 0; i < count; i++) other |= !layers->links[links[i]].catches && !layers->links[links[i]].yields;
    for (uint32_t i = 0; other && i < count; i++) layers->links[links[i]].yields |= layers->links[links[i]].catches;
}

/* ---- blocks ---- */

static uint32_t mirrored_place(const Placing *placing, const GraphSpot *spot)
{
    return placing->way.mirrored ? placing->layers->ranks[spot->rank].count - 1 - spot->place : spot->place;
}

static uint32_t spot_at(const Placing *placing, const GraphRank *rank, uint32_t place)
{
    return rank->spots[placing->way.mirrored ? rank->count - 1 - place : place];
}

/* The lower and the upper median of the links that do not yield; false: there are none. */
static bool medians(const GraphLayers *layers, const uint32_t *links, uint32_t count, uint32_t out[2])
{
    uint32_t firm = 0, seen = 0;
    for (uint32_t i = 0; i < count; i++) firm += !layers->links[links[i]].yields;
    for (uint32_t i = 0; i < count; i++) {
        if (layers->links[links[i]].yields) continue;
        if (seen == (firm - 1) / 2) out[0] = links[i];
        if (seen == firm / 2) out[1] = links[i];
        seen++;
    }
    return firm > 0;
}

/* Joins a spot with one of its medians, unless a block is between. `*limit` is one past the last place joined with. */
static void align(Placing *placing, uint32_t index, uint32_t *limit)
{
    const GraphSpot *spot = &placing->layers->spots[index];
    Way              way = placing->way;
    uint32_t         links[2];
    if (!medians(placing->layers, way.upwards ? spot->down : spot->up, way.upwards ? spot->down_count : spot->up_count,
                 links))
        return;
    for (int i = 0; i < 2 && placing->align[index] == index; i++) {
        const GraphLink *link = &placing->layers->links[links[way.mirrored ? 1 - i : i]];
        uint32_t         other = way.upwards ? link->lower : link->upper;
        uint32_t         place = mirrored_place(placing, &placing->layers->spots[other]);
        if (place < *limit) continue;
        placing->align[other] = index;
        placing->root[index] = placing->root[other];
        placing->align[index] = placing->root[index];
        *limit = place + 1;
    }
}

static void align_all(Placing *placing)
{
    GraphLayers *layers = placing->layers;
    for (uint32_t i = 0; i < layers->spot_count; i++) placing->root[i] = placing->align[i] = i;
    for (uint32_t i = 1; i < layers->rank_count; i++) {
        const GraphRank *rank = &layers->ranks[placing->way.upwards ? layers->rank_count - 1 - i : i];
        uint32_t         limit = 0;
        for (uint32_t place = 0; place < rank->count; place++) align(placing, spot_at(placing, rank, place), &limit);
    }
}

/* ---- pushing together ---- */

static int outline(const Placing *placing, const GraphSpot *spot, bool after)
{
    return placing->way.mirrored != after ? spot->right : spot->left;
}

/* From a spot to its neighbour on the right, middle to middle. */
static int distance(const Placing *placing, const GraphSpot *left, const GraphSpot *right)
{
    return outline(placing, left, true) + gap(left, right) + outline(placing, right, false);
}

/* The neighbour on the right, or NULL. */
static const GraphSpot *neighbour(const Placing *placing, uint32_t index, uint32_t *out)
{
    const GraphSpot *spot = &placing->layers->spots[index];
    const GraphRank *rank = &placing->layers->ranks[spot->rank];
    uint32_t         place = mirrored_place(placing, spot) + 1;
    if (place == rank->count) return NULL;
    *out = spot_at(placing, rank, place);
    return &placing->layers->spots[*out];
}

static void count_waiting(Placing *placing)
{
    const GraphLayers *layers = placing->layers;
    memset(placing->waiting, 0, layers->spot_count * sizeof *placing->waiting);
    for (uint32_t i = 0; i < layers->rank_count; i++)
        for (uint32_t place = 1; place < layers->ranks[i].count; place++)
            placing->waiting[placing->root[spot_at(placing, &layers->ranks[i], place)]]++;
}

/* As far to the left as can be; the queue is the order in which blocks got their places. */
static uint32_t push_left(Placing *placing)
{
    const GraphLayers *layers = placing->layers;
    uint32_t           count = 0, blocks = 0;
    count_waiting(placing);
    for (uint32_t i = 0; i < layers->spot_count; i++) {
        placing->at[i] = 0;
        if (layers->spots[i].rank == GRAPH_NONE || placing->root[i] != i) continue;
        blocks++;
        if (!placing->waiting[i]) placing->queue[count++] = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t root = placing->queue[i], index = root, right;
        do {
            const GraphSpot *other = neighbour(placing, index, &right);
            if (other) {
                uint32_t block = placing->root[right];
                int      least = placing->at[root] + distance(placing, &layers->spots[index], other);
                if (placing->at[block] < least) placing->at[block] = least;
                if (--placing->waiting[block] == 0) placing->queue[count++] = block;
            }
            index = placing->align[index];
        } while (index != root);
    }
    assert(count == blocks); /* blocks do not cross, so there is no circle among them */
    return count;
}

static void pull_right(Placing *placing, uint32_t count)
{
    const GraphLayers *layers = placing->layers;
    while (count--) {
        uint32_t root = placing->queue[count], index = root, right;
        int      most = INT32_MAX;
        do {
            const GraphSpot *other = neighbour(placing, index, &right);
            int              limit =
                other ? placing->at[placing->root[right]] - distance(placing, &layers->spots[index], other) : INT32_MAX;
            if (limit < most) most = limit;
            index = placing->align[index];
        } while (index != root);
        if (most != INT32_MAX) placing->at[root] = most;
    }
}

static void push_together(Placing *placing, int *x)
{
    const GraphLayers *layers = placing->layers;
    uint32_t           count = push_left(placing);
    pull_right(placing, count);
    for (uint32_t i = 0; i < layers->spot_count; i++)
        x[i] = placing->way.mirrored ? -placing->at[placing->root[i]] : placing->at[placing->root[i]];
}

/* ---- the four together ---- */

typedef struct Extent {
    int least, most;
} Extent;

static Extent extent_of(const GraphLayers *layers, const int *x)
{
    Extent extent = { INT32_MAX, INT32_MIN };
    for (uint32_t i = 0; i < layers->spot_count; i++) {
        const GraphSpot *spot = &layers->spots[i];
        if (spot->rank == GRAPH_NONE) continue;
        if (x[i] - spot->left < extent.least) extent.least = x[i] - spot->left;
        if (x[i] + spot->right > extent.most) extent.most = x[i] + spot->right;
    }
    return extent;
}

/* Those from the left line up with the narrowest at its left end, those from the right at its right end. */
static void line_up(Placing *placing, const Way *ways)
{
    Extent   extents[WAYS];
    unsigned narrowest = 0;
    for (unsigned i = 0; i < WAYS; i++) {
        extents[i] = extent_of(placing->layers, placing->x[i]);
        if (extents[i].most - extents[i].least < extents[narrowest].most - extents[narrowest].least) narrowest = i;
    }
    for (unsigned i = 0; i < WAYS; i++) {
        int shift =
            ways[i].mirrored ? extents[narrowest].most - extents[i].most : extents[narrowest].least - extents[i].least;
        for (uint32_t k = 0; k < placing->layers->spot_count; k++) placing->x[i][k] += shift;
    }
}

static int middle_of_four(const Placing *placing, uint32_t spot)
{
    int least = INT32_MAX, most = INT32_MIN, sum = 0;
    for (unsigned i = 0; i < WAYS; i++) {
        int x = placing->x[i][spot];
        sum += x;
        if (x < least) least = x;
        if (x > most) most = x;
    }
    return (sum - least - most) >> 1;
}

/* ---- last bends ---- */

static int limit(const GraphLayers *layers, const GraphSpot *spot, int side)
{
    const GraphRank *rank = &layers->ranks[spot->rank];
    uint32_t         place = spot->place + (uint32_t)side; /* before the first is far beyond the last */
    if (place >= rank->count) return side < 0 ? INT32_MIN : INT32_MAX;
    const GraphSpot *other = &layers->spots[rank->spots[place]];
    return other->x - side * (gap(spot, other) + (side < 0 ? other->right : other->left));
}

static bool is_above(const GraphSpot *target, int x)
{
    return x > target->x - target->left && x < target->x + target->left;
}

/* A line turns to its target before its last bend rather than behind, if there is room: then it comes straight down. */
static void settle(GraphLayers *layers, GraphSpot *spot)
{
    if (spot->kind != GRAPH_SPOT_BEND || spot->beside != GRAPH_NONE) return;
    const GraphSpot *target = &layers->spots[spot->next];
    if (target->kind != GRAPH_SPOT_STATE || is_above(target, spot->x)) return;
    int x = target->x, least = limit(layers, spot, -1), most = limit(layers, spot, 1);
    if (x < least) x = least;
    if (x > most) x = most;
    if (is_above(target, x)) spot->x = x;
}

void graph_place(GraphLayers *layers)
{
    static const Way ways[WAYS] = { { false, false }, { false, true }, { true, false }, { true, true } };
    uint32_t         count = layers->spot_count;
    Placing          placing = { .layers = layers };
    if (!layers->rank_count) return;
    for (uint32_t i = 1; i < layers->rank_count; i++) mark_yielding(layers, i);
    for (uint32_t i = 0; i < count; i++) {
        const GraphSpot *spot = &layers->spots[i];
        mark_joining(layers, spot, spot->up, spot->up_count);
        mark_joining(layers, spot, spot->down, spot->down_count);
        mark_catching(layers, spot, spot->up, spot->up_count);
        mark_catching(layers, spot, spot->down, spot->down_count);
    }
    placing.root = NEW_ARRAY(layers->arena, uint32_t, count);
    placing.align = NEW_ARRAY(layers->arena, uint32_t, count);
    placing.waiting = NEW_ARRAY(layers->arena, uint32_t, count);
    placing.queue = NEW_ARRAY(layers->arena, uint32_t, count);
    placing.at = NEW_ARRAY(layers->arena, int, count);
    for (unsigned i = 0; i < WAYS; i++) {
        placing.way = ways[i];
        placing.x[i] = NEW_ARRAY(layers->arena, int, count);
        align_all(&placing);
        push_together(&placing, placing.x[i]);
    }
    line_up(&placing, ways);
    for (uint32_t i = 0; i < count; i++) layers->spots[i].x = middle_of_four(&placing, i);
    for (uint32_t i = 0; i < count; i++)
        if (layers->spots[i].rank != GRAPH_NONE) settle(layers, &layers->spots[i]);
}
