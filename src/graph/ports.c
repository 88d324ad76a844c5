/* ports.c -- where lines leave a state and where they come to it.
 *
 * What is nearly below goes straight down. What is further aside leaves further from the middle, so that lines part
 * at once and do not cross on their first way. */
#include "graph/internal.h"

#include <stdlib.h>

enum {
    SHARE_PERCENT = 30, /* of the way aside is made along the state */
    APART = 12,
    CORNER = 18, /* of a state, where nothing touches it */
};

static int clamp(int offset, int most)
{
    return offset < -most ? -most : offset > most ? most : offset;
}

static int *own_end(GraphLink *link, bool below)
{
    return below ? &link->upper_x : &link->lower_x;
}

static int way_aside(const GraphLayers *layers, const GraphSpot *spot, const GraphLink *link, bool below)
{
    return layers->spots[below ? link->lower : link->upper].x - spot->x;
}

static int wish(int aside, int room)
{
    return abs(aside) <= room ? aside : (int)((int64_t)aside * SHARE_PERCENT / 100);
}

/* From the one that is most nearly straight to both sides: each at least so much apart, as long as there is room. */
static void spread(GraphLayers *layers, const GraphSpot *spot, const uint32_t *links, uint32_t count, bool below)
{
    int      room = spot->left < CORNER + APART ? 0 : spot->left - CORNER;
    uint32_t middle = 0;
    for (uint32_t i = 1; i < count; i++)
        if (abs(way_aside(layers, spot, &layers->links[links[i]], below)) <
            abs(way_aside(layers, spot, &layers->links[links[middle]], below)))
            middle = i;
    int last = -room - APART;
    for (uint32_t i = middle; i < count; i++) {
        int offset = wish(way_aside(layers, spot, &layers->links[links[i]], below), room);
        if (offset < last + APART) offset = last + APART;
        last = clamp(offset, room);
        *own_end(&layers->links[links[i]], below) = spot->x + last;
    }
    if (count) last = *own_end(&layers->links[links[middle]], below) - spot->x;
    for (uint32_t i = middle; i-- > 0;) {
        int offset = wish(way_aside(layers, spot, &layers->links[links[i]], below), room);
        if (offset > last - APART) offset = last - APART;
        last = clamp(offset, room);
        *own_end(&layers->links[links[i]], below) = spot->x + last;
    }
}

void graph_ports(GraphLayers *layers)
{
    for (uint32_t i = 0; i < layers->link_count; i++) {
        GraphLink *link = &layers->links[i];
        link->upper_x = layers->spots[link->upper].x;
        link->lower_x = layers->spots[link->lower].x;
    }
    for (uint32_t i = 0; i < layers->spot_count; i++) {
        const GraphSpot *spot = &layers->spots[i];
        if (spot->kind != GRAPH_SPOT_STATE || i < GRAPH_FIRST_STATE)
            continue; /* start and end are touched in the middle */
        spread(layers, spot, spot->down, spot->down_count, true);
        spread(layers, spot, spot->up, spot->up_count, false);
    }
}
