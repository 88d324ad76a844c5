/* internal.h -- what the files of this module share.
 *
 * A definition is read into machines: the outermost one, and one for every branch of a Parallel and every processor
 * of a Map. They stand in one list, a machine before those inside its states, so nothing here calls itself however
 * deep a definition is: the list is read forwards, laid out backwards (a frame is as large as what it holds), and
 * drawn forwards (a frame lies under what it holds).
 *
 * Lengths are whole pixels and nothing is computed in fractions: a drawing is the same on every machine. Everything
 * lives in one arena and ends with it. */
#ifndef GRAPH_INTERNAL_H
#define GRAPH_INTERNAL_H

#include "graph/graph.h"

enum {
    GRAPH_STATES_MAX = 10000,      /* of a drawing, branches counted too; what is beyond is left out, and counted */
    GRAPH_TRANSITIONS_MAX = 30000, /* likewise */
    GRAPH_BENDS_MAX = 60000,       /* beyond it, long transitions go straight over what is between */
    GRAPH_LABEL_LINES = 3,         /* more texts on one transition are counted, not shown */
};

#define GRAPH_NONE UINT32_MAX

typedef enum GraphKind {
    GRAPH_START,
    GRAPH_END,
    GRAPH_TASK,
    GRAPH_PASS,
    GRAPH_CHOICE,
    GRAPH_WAIT,
    GRAPH_SUCCEED,
    GRAPH_FAIL,
    GRAPH_PARALLEL,
    GRAPH_MAP,
    GRAPH_UNKNOWN, /* a Type that is none */
    GRAPH_MISSING, /* a target that is no state */
    GRAPH_KINDS,
} GraphKind;

typedef struct GraphState {
    GraphKind   kind;
    Str         name;
    Str         detail;                       /* "Task", "Wait 30 s", "Task lambda:invoke" */
    const Json *json;                         /* what it was read from; NULL for start, end and missing */
    uint32_t    first_machine, machine_count; /* inside it */
    uint32_t    latest[2]; /* while reading: the last transition here plus one, by whether it catches */
    bool        reached;   /* there is a way from the start to it */

    uint32_t rank;
    int      x, y; /* of the middle of its upper side, in its machine */
    int      width, height;
    Str      shown_name, shown_detail; /* as much as there is room for */
    bool     loops;                    /* has a transition to itself */
} GraphState;

typedef struct GraphTransition {
    uint32_t source, target;
    bool     catches;
    Str      texts[GRAPH_LABEL_LINES]; /* rules, or errors that are caught */
    uint32_t text_count;               /* may be more */

    bool     turned; /* goes against the order of ranks */
    uint32_t first;  /* the spot it comes to first; GRAPH_NONE: it goes straight */
    uint32_t link;   /* on which it leaves its source */
    uint32_t label;  /* spot, or GRAPH_NONE */
    Str      shown[GRAPH_LABEL_LINES + 1];
    uint32_t shown_count;
    int      label_width, label_height;
} GraphTransition;

typedef struct GraphLayers GraphLayers;

typedef struct GraphMachine {
    GraphState      *states; /* the first is the start, the second the end */
    uint32_t         state_count;
    GraphTransition *transitions; /* in the order of their sources */
    uint32_t         transition_count;
    uint32_t         owner, owner_state; /* the machine and the state it is inside; GRAPH_NONE: the outermost */
    const Json      *json;

    GraphLayers *layers;
    int          x, y; /* of its upper left corner, in the drawing */
    int          width, height;
} GraphMachine;

typedef struct Graph {
    Arena         *arena;
    GraphMachine **machines;
    uint32_t       machine_count, machine_capacity;
    uint32_t       state_count, transition_count, bend_count;
    uint32_t       left_out; /* states and branches that are not drawn */
} Graph;

enum { GRAPH_AT_START, GRAPH_AT_END, GRAPH_FIRST_STATE }; /* places in `states` */

/* read.c */
Graph *graph_read(Arena *arena, const Json *definition);
bool   graph_is_outermost(const GraphMachine *machine);

/* describe.c: short texts */
Str graph_describe_rule(Arena *arena, const Json *rule);      /* "$.risk > 80" */
Str graph_describe_errors(Arena *arena, const Json *catcher); /* "States.Timeout, Refused"; empty: all of them */
Str graph_describe_state(Arena *arena, GraphKind kind, const Json *state);

/* text.c: how wide texts are, in a font nobody knows, and texts in XML */
int    graph_text_width(Str text, int size);
Str    graph_text_fit(Arena *arena, Str text, int size, int width); /* cut, with an ellipsis, where it is wider */
size_t graph_text_next(Str text, uint32_t *out); /* a code point off the front, U+FFFD for what is none; its bytes */
void   graph_text_xml(Buffer *out, Str text);

/* ---- layout ---- */

/* A spot is a place in a rank: a state, a label, or a bend of a transition that passes. States have even ranks; odd
 * ranks, between them, are for labels. Links join spots of neighbouring ranks. */
typedef enum GraphSpotKind { GRAPH_SPOT_STATE, GRAPH_SPOT_LABEL, GRAPH_SPOT_BEND } GraphSpotKind;

typedef struct GraphSpot {
    GraphSpotKind kind;
    uint32_t      rank, place; /* the how manieth of its rank */
    uint32_t      next, link;  /* spot on the way to the target, and the way there; of states GRAPH_NONE */
    uint32_t      beside;      /* of the bends at the sides of states: which state; else GRAPH_NONE */
    int           port;        /* of these: where they touch it, from its middle downwards */
    int           left, right; /* how far it reaches from x */
    int           height;
    int           x;
    bool          drawn;     /* the way from here on */
    uint32_t     *up, *down; /* links, in the order of the spots at their other ends */
    uint32_t      up_count, down_count;
} GraphSpot;

typedef struct GraphLink {
    uint32_t upper, lower; /* spots */
    uint32_t side;         /* takes the place of the end in its rank when the order is known; or GRAPH_NONE */
    bool     catches;
    bool     yields; /* to what stays straight: a long transition, the way without errors */
    int      upper_x, lower_x;
} GraphLink;

typedef struct GraphRank {
    uint32_t *spots;
    uint32_t  count;
    int       y, height;
} GraphRank;

struct GraphLayers {
    Arena     *arena;
    GraphSpot *spots; /* first those of the states, in their order */
    uint32_t   spot_count, spot_capacity;
    GraphLink *links;
    uint32_t   link_count, link_capacity;
    GraphRank *ranks;
    uint32_t   rank_count;
};

enum {
    GRAPH_NAME_SIZE = 14, /* of letters; they are bold, and 13 */
    GRAPH_DETAIL_SIZE = 11,
    GRAPH_LABEL_SIZE = 11,
    GRAPH_LINE_HEIGHT = 15, /* of labels */
    GRAPH_BOX_HEIGHT = 48,
    GRAPH_HEADER_HEIGHT = 46, /* of frames */
    GRAPH_GLYPH = 28,
    GRAPH_TEXT_X = 46, /* from the left side of a box */
    GRAPH_CIRCLE = 44,
    GRAPH_LOOP = 24, /* how far a transition to itself goes out */
    GRAPH_MARGIN = 24,
};

void graph_layout(Graph *graph);
void graph_rank(Arena *arena, GraphMachine *machine);         /* rank.c: turns transitions, sets ranks */
void graph_layers_build(Graph *graph, GraphMachine *machine); /* layers.c */
void graph_layers_connect(GraphLayers *layers, bool turned_first);
void graph_layers_gather(GraphLayers *layers, uint32_t rank); /* sorts the links of a rank's spots */
void graph_layers_add_sides(GraphMachine *machine);           /* after the order is known */
void graph_order(GraphLayers *layers);                        /* order.c: few crossings */
void graph_place(GraphLayers *layers);                        /* place.c: x of every spot */
void graph_ports(GraphLayers *layers);                        /* ports.c: x of the ends of every link */

#endif
