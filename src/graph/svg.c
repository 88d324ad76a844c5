/* svg.c -- the drawing, in one file that needs nothing else.
 *
 * Every rule of the style begins with the drawing's own class, so it can stand in a page among others; colours
 * follow what the reader prefers, light or dark. No filters, variables or markers: what old viewers and printers do
 * not know. A state carries its name (data-state), a transition the names it is between, as titles and for whoever
 * wants to colour an execution. */
#include "graph/internal.h"

enum {
    HEAD_LENGTH = 8, /* of arrows */
    HEAD_WIDTH = 8,
    CORNER = 10, /* where lines turn to the side of a state */
    NOTE_HEIGHT = 24,
    TITLE_MAX = 1000, /* bytes of a comment */
};

typedef struct Drawing {
    const Graph        *graph;
    const GraphMachine *machine; /* that is being drawn */
    Buffer             *out;
} Drawing;

/* ---- style ---- */

typedef struct Look {
    const char *class;
    const char *colour, *dark_colour;
    const char *glyph;
} Look;

static const Look looks[GRAPH_KINDS] = {
    [GRAPH_START] = { "terminal", NULL, NULL, NULL },
    [GRAPH_END] = { "terminal", NULL, NULL, NULL },
    [GRAPH_TASK] = { "task", "#2f6fde", "#4583ec", "M15.5 5.5 8.5 15.5h5l-1 7 7-10h-5z" },
    [GRAPH_PASS] = { "pass", "#64748b", "#6f8098", "M7.5 14h12.5M15 9l5 5-5 5" },
    [GRAPH_CHOICE] = { "choice", "#c77700", "#d08a1e", "M14 6.5 21.5 14 14 21.5 6.5 14z" },
    [GRAPH_WAIT] = { "wait", "#7c4ddb", "#8d62e6", "M14 6.5a7.5 7.5 0 1 0 .01 0zM14 10v4.2l3 1.8" },
    [GRAPH_SUCCEED] = { "succeed", "#198a4b", "#259c5a", "M8 14.5l4.2 4.2 8-9" },
    [GRAPH_FAIL] = { "fail", "#d13438", "#df5054", "M9 9l10 10M19 9 9 19" },
    [GRAPH_PARALLEL] = { "parallel", "#0a7ea4", "#1b93bb", "M9 7.5v13M14 7.5v13M19 7.5v13" },
    [GRAPH_MAP] = { "map", "#0f857a", "#1d9a8e", "M7.5 11.5h9v9h-9zM11.5 7.5h9v9" },
    [GRAPH_UNKNOWN] = { "unknown", "#8a6d00", "#a3862a",
                        "M10.5 11.3a3.5 3.5 0 1 1 5.2 3c-1.2.7-1.7 1.3-1.7 2.7M14 20.4v.1" },
    [GRAPH_MISSING] = { "missing", "#d13438", "#df5054",
                        "M10.5 11.3a3.5 3.5 0 1 1 5.2 3c-1.2.7-1.7 1.3-1.7 2.7M14 20.4v.1" },
};

typedef struct Theme {
    const char *paper, *box, *border, *name, *detail, *line, *catches;
} Theme;

static const Theme light = { "#ffffff", "#ffffff", "#c2cad6", "#16202c", "#5b6879", "#748195", "#cf3b30" };
static const Theme dark = { "#10151b", "#1a212a", "#3c4858", "#e7ecf3", "#9ba8b9", "#8794a8", "#f07f72" };

#define DRAWING ".tutti-graph "

static void write_rule(Buffer *out, const char *selector, const char *property, const char *value)
{
    buffer_append_format(out, DRAWING "%s{%s:%s}\n", selector, property, value);
}

static void write_theme(Buffer *out, const Theme *theme, bool is_dark)
{
    write_rule(out, ".paper", "fill", theme->paper);
    write_rule(out, ".box", "fill", theme->box);
    write_rule(out, ".box", "stroke", theme->border);
    write_rule(out, ".name", "fill", theme->name);
    write_rule(out, ".detail", "fill", theme->detail);
    write_rule(out, ".line", "stroke", theme->line);
    write_rule(out, ".head", "fill", theme->line);
    write_rule(out, ".catch .line", "stroke", theme->catches);
    write_rule(out, ".catch .head", "fill", theme->catches);
    write_rule(out, ".tag", "fill", theme->paper);
    write_rule(out, ".tag", "stroke", theme->border);
    write_rule(out, ".catch text", "fill", theme->catches);
    write_rule(out, ".terminal circle", "fill", theme->name);
    write_rule(out, ".terminal text", "fill", theme->paper);
    for (int i = 0; i < GRAPH_KINDS; i++) {
        const char *colour = is_dark ? looks[i].dark_colour : looks[i].colour;
        if (!colour) continue;
        buffer_append_format(out, DRAWING ".%s .glyph{fill:%s}\n", looks[i].class, colour);
        if (i == GRAPH_PARALLEL || i == GRAPH_MAP)
            buffer_append_format(out, DRAWING ".%s .frame{fill:%s;stroke:%s}\n" DRAWING ".%s .edging{stroke:%s}\n",
                                 looks[i].class, colour, colour, looks[i].class, colour);
    }
    write_rule(out, ".missing .box", "stroke",
               is_dark ? looks[GRAPH_MISSING].dark_colour : looks[GRAPH_MISSING].colour);
}

static void write_style(Buffer *out)
{
    static const char *const rules[] = {
        ".name{font-size:13px;font-weight:600}",
        ".detail{font-size:11px}",
        ".label{text-anchor:middle}",
        ".terminal text{text-anchor:middle;font-size:12px;font-weight:600}",
        ".box{stroke-width:1.25}",
        ".frame{fill-opacity:.06;stroke-opacity:.5;stroke-width:1.25}",
        ".edging{fill:none;stroke-opacity:.4;stroke-width:1.25}",
        ".missing .box{stroke-dasharray:5 4;fill-opacity:0}",
        ".lost{opacity:.6}",
        ".sign{fill:none;stroke:#fff;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}",
        ".task .sign{fill:#fff;stroke:none}",
        ".line{fill:none;stroke-width:1.5}",
        ".catch .line{stroke-dasharray:5 4}",
        ".edge:hover .line{stroke-width:3}",
    };
    buffer_append_c(out,
                    "<style>\n.tutti-graph{font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,Helvetica,Arial,"
                    "sans-serif}\n");
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) buffer_append_format(out, DRAWING "%s\n", rules[i]);
    write_theme(out, &light, false);
    buffer_append_c(out, "@media (prefers-color-scheme:dark){\n");
    write_theme(out, &dark, true);
    buffer_append_c(out, "}\n</style>\n");
}

/* ---- lines ---- */

typedef struct Pen { /* draws a path from the source of a transition on; in the drawing's lengths */
    Drawing *drawing;
    int      x, y;
} Pen;

static void go_down_or_up(Pen *pen, int y)
{
    if (pen->y == y) return;
    buffer_append_format(pen->drawing->out, "V%d", y);
    pen->y = y;
}

/* To another place, upright at both ends. */
static void go_to(Pen *pen, int x, int y)
{
    if (pen->x == x) {
        go_down_or_up(pen, y);
        return;
    }
    int middle = (pen->y + y) / 2;
    buffer_append_format(pen->drawing->out, "C%d %d %d %d %d %d", pen->x, middle, x, middle, x, y);
    pen->x = x;
    pen->y = y;
}

static const GraphSpot *spot_of(const Drawing *drawing, uint32_t index)
{
    return &drawing->machine->layers->spots[index];
}

/* The upper or the lower edge of a rank. */
static int edge_of(const Drawing *drawing, uint32_t number, bool lower)
{
    const GraphRank *rank = &drawing->machine->layers->ranks[number];
    return drawing->machine->y + rank->y + (lower ? rank->height : 0);
}

static int left_of(const Drawing *drawing, const GraphState *state)
{
    return drawing->machine->x + state->x - state->width / 2;
}

static int top_of(const Drawing *drawing, const GraphState *state)
{
    return drawing->machine->y + state->y;
}

static int middle_of(const Drawing *drawing, const GraphState *state)
{
    return top_of(drawing, state) + GRAPH_BOX_HEIGHT / 2;
}

static void write_head(Drawing *drawing, int x, int y, int aside, int down)
{
    int back_x = x - aside * HEAD_LENGTH, back_y = y - down * HEAD_LENGTH, half = HEAD_WIDTH / 2;
    buffer_append_format(drawing->out, "<path class=\"head\" d=\"M%d %dL%d %dL%d %dz\"/>", x, y, back_x - down * half,
                         back_y + aside * half, back_x + down * half, back_y - aside * half);
}

/* To the upper side of the target. The end of an inner machine is the bottom of its frame: the line just arrives. */
static void come_from_above(Pen *pen, uint32_t target, int x)
{
    const GraphState *state = &pen->drawing->machine->states[target];
    int               y = top_of(pen->drawing, state), head = state->height ? HEAD_LENGTH : 0;
    go_to(pen, x, y - head);
    buffer_append_c(pen->drawing->out, "\"/>");
    if (head) write_head(pen->drawing, x, y, 0, 1);
}

/* Which side of a state a bend beside it is on: 1 is right. */
static int side_of(const GraphState *state, const GraphSpot *spot)
{
    return spot->x > state->x ? 1 : -1;
}

/* Up along the bend beside the target, and to its side. */
static void come_from_below(Pen *pen, const GraphSpot *spot)
{
    Drawing          *drawing = pen->drawing;
    const GraphState *state = &drawing->machine->states[spot->beside];
    int               side = side_of(state, spot), y = middle_of(drawing, state) + spot->port;
    int               x = drawing->machine->x + state->x + side * state->width / 2;
    go_down_or_up(pen, y + CORNER);
    buffer_append_format(drawing->out, "Q%d %d %d %dH%d\"/>", pen->x, y, pen->x - side * CORNER, y,
                         x + side * HEAD_LENGTH);
    write_head(drawing, x, y, -side, 0);
}

/* Out of the side of the source, and up along the bend beside it. */
static void leave_upwards(Pen *pen, const GraphSpot *spot)
{
    Drawing          *drawing = pen->drawing;
    const GraphState *state = &drawing->machine->states[spot->beside];
    int               side = side_of(state, spot), y = middle_of(drawing, state) + spot->port;
    pen->x = drawing->machine->x + spot->x;
    pen->y = y - CORNER;
    buffer_append_format(drawing->out, "M%d %dH%dQ%d %d %d %d",
                         drawing->machine->x + state->x + side * state->width / 2, y, pen->x - side * CORNER, pen->x, y,
                         pen->x, pen->y);
    go_down_or_up(pen, edge_of(drawing, spot->rank, false));
}

/* From one spot to the next until the target, or until the rest of the way has been drawn. */
static void follow(Pen *pen, uint32_t index, uint32_t link, bool upwards)
{
    Drawing           *drawing = pen->drawing;
    const GraphLayers *layers = drawing->machine->layers;
    while (layers->spots[index].kind != GRAPH_SPOT_STATE) {
        GraphSpot *spot = &layers->spots[index];
        go_to(pen, drawing->machine->x + spot->x, edge_of(drawing, spot->rank, upwards));
        if (spot->drawn) {
            buffer_append_c(drawing->out, "\"/>");
            return;
        }
        spot->drawn = true;
        if (spot->beside != GRAPH_NONE) {
            come_from_below(pen, spot);
            return;
        }
        go_down_or_up(pen, edge_of(drawing, spot->rank, !upwards));
        index = spot->next;
        link = spot->link;
    }
    come_from_above(pen, index, drawing->machine->x + layers->links[link].lower_x);
}

static void write_way(Drawing *drawing, const GraphTransition *transition)
{
    const GraphLayers *layers = drawing->machine->layers;
    const GraphState  *source = &drawing->machine->states[transition->source];
    const GraphSpot   *first = &layers->spots[transition->first];
    Pen                pen = { .drawing = drawing };
    if (transition->turned) {
        leave_upwards(&pen, first);
        follow(&pen, first->next, first->link, true);
        return;
    }
    pen.x = drawing->machine->x + layers->links[transition->link].upper_x;
    pen.y = top_of(drawing, source) + source->height;
    buffer_append_format(drawing->out, "M%d %d", pen.x, pen.y);
    go_down_or_up(&pen, edge_of(drawing, layers->spots[transition->source].rank, true));
    follow(&pen, transition->first, transition->link, false);
}

/* One to the state itself: around its right side. */
static void write_loop(Drawing *drawing, const GraphTransition *transition)
{
    enum { UP = 13, OUT = GRAPH_LOOP * 4 / 3 };
    const GraphState *state = &drawing->machine->states[transition->source];
    int               x = left_of(drawing, state) + state->width, y = middle_of(drawing, state);
    buffer_append_format(drawing->out, "M%d %dC%d %d %d %d %d %d\"/>", x, y - UP, x + OUT, y - UP - 3, x + OUT,
                         y + UP + 3, x + HEAD_LENGTH, y + UP);
    write_head(drawing, x, y + UP, -1, 0);
}

/* Over whatever is between: there are too many long ones. */
static void write_straight(Drawing *drawing, const GraphTransition *transition)
{
    const GraphState *source = &drawing->machine->states[transition->source];
    const GraphState *target = &drawing->machine->states[transition->target];
    int               down = transition->turned ? -1 : 1, x = drawing->machine->x + target->x;
    int               y = top_of(drawing, target) + (transition->turned ? target->height : 0);
    Pen               pen = { drawing, drawing->machine->x + source->x,
                              top_of(drawing, source) + (transition->turned ? 0 : source->height) };
    buffer_append_format(drawing->out, "M%d %d", pen.x, pen.y);
    go_to(&pen, x, y - down * HEAD_LENGTH);
    buffer_append_c(drawing->out, "\"/>");
    write_head(drawing, x, y, 0, down);
}

static void write_transition(Drawing *drawing, const GraphTransition *transition)
{
    const GraphMachine *machine = drawing->machine;
    Buffer             *out = drawing->out;
    buffer_append_format(out, "<g class=\"edge%s\"><title>", transition->catches ? " catch" : "");
    graph_text_xml(out, machine->states[transition->source].name);
    buffer_append_c(out, " \xe2\x86\x92 ");
    graph_text_xml(out, machine->states[transition->target].name);
    for (uint32_t i = 0; i < transition->text_count && i < GRAPH_LABEL_LINES; i++) {
        buffer_append_c(out, "\n");
        graph_text_xml(out, transition->texts[i]);
    }
    buffer_append_c(out, "</title><path class=\"line\" d=\"");
    if (transition->source == transition->target)
        write_loop(drawing, transition);
    else if (transition->first == GRAPH_NONE)
        write_straight(drawing, transition);
    else
        write_way(drawing, transition);
    buffer_append_c(out, "</g>\n");
}

/* ---- labels ---- */

static void write_label(Drawing *drawing, const GraphTransition *transition)
{
    enum { BASELINE = 13 };
    const GraphState *source = &drawing->machine->states[transition->source];
    int               x, y, height = transition->label_height;
    if (transition->source == transition->target) {
        x = left_of(drawing, source) + source->width + GRAPH_LOOP + transition->label_width / 2;
        y = middle_of(drawing, source) - height / 2;
    } else if (transition->label != GRAPH_NONE) {
        const GraphSpot *spot = spot_of(drawing, transition->label);
        int              upper = edge_of(drawing, spot->rank, false), lower = edge_of(drawing, spot->rank, true);
        x = drawing->machine->x + spot->x;
        y = upper + (lower - upper - height) / 2;
    } else
        return;
    buffer_append_format(
        drawing->out, "<g class=\"%s\"><rect class=\"tag\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/>",
        transition->catches ? "catch" : "rule", x - transition->label_width / 2, y, transition->label_width, height);
    for (uint32_t i = 0; i < transition->shown_count; i++) {
        buffer_append_format(drawing->out, "<text class=\"detail label\" x=\"%d\" y=\"%d\">", x,
                             y + BASELINE + (int)i * GRAPH_LINE_HEIGHT);
        graph_text_xml(drawing->out, transition->shown[i]);
        buffer_append_c(drawing->out, "</text>");
    }
    buffer_append_c(drawing->out, "</g>\n");
}

/* ---- states ---- */

static void write_text(Buffer *out, const char *class, int x, int y, Str text)
{
    buffer_append_format(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
    graph_text_xml(out, text);
    buffer_append_c(out, "</text>");
}

static void write_terminal(Drawing *drawing, const GraphState *state)
{
    int radius = state->height / 2, x = drawing->machine->x + state->x, y = top_of(drawing, state) + radius;
    if (!radius) return;
    buffer_append_format(drawing->out,
                         "<g class=\"terminal\"><circle cx=\"%d\" cy=\"%d\" r=\"%d\"/><text x=\"%d\" y=\"%d\">", x, y,
                         radius, x, y + 4);
    graph_text_xml(drawing->out, state->name);
    buffer_append_c(drawing->out, "</text></g>\n");
}

static void write_rectangle(Buffer *out, const char *class, int x, int y, int width, int height, int corner)
{
    buffer_append_format(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"%d\"/>", class, x,
                         y, width, height, corner);
}

/* A Map's frame is the first of several, one behind the other. */
static void write_frame(Drawing *drawing, const GraphState *state, int x, int y)
{
    enum { BEHIND = 5, ROUND = 10 };
    int right = x + state->width + BEHIND, bottom = y + state->height + BEHIND;
    write_rectangle(drawing->out, "frame", x, y, state->width, state->height, ROUND);
    buffer_append_format(drawing->out, "<path class=\"edging\" d=\"M%d %dH%d\"/>", x, y + GRAPH_HEADER_HEIGHT,
                         x + state->width);
    if (state->kind != GRAPH_MAP) return;
    buffer_append_format(drawing->out, "<path class=\"edging\" d=\"M%d %dH%dQ%d %d %d %dV%d\"/>", x + ROUND, bottom,
                         right - ROUND, right, bottom, right, bottom - ROUND, y + ROUND);
}

static void write_state(Drawing *drawing, const GraphState *state)
{
    enum { GLYPH_X = 9, GLYPH_Y = 10, DETAIL_Y = 20, NAME_Y = 36, ROUND = 8, GLYPH_ROUND = 7 };
    const Look *look = &looks[state->kind];
    Buffer     *out = drawing->out;
    int         x = left_of(drawing, state), y = top_of(drawing, state);
    buffer_append_format(out, "<g class=\"state %s%s\" data-state=\"", look->class, state->reached ? "" : " lost");
    graph_text_xml(out, state->name);
    buffer_append_c(out, "\"><title>");
    graph_text_xml(out, state->name);
    buffer_append_c(out, "\n");
    graph_text_xml(out, state->detail);
    buffer_append_c(out, "</title>");
    if (state->machine_count)
        write_frame(drawing, state, x, y);
    else
        write_rectangle(out, "box", x, y, state->width, state->height, ROUND);
    write_rectangle(out, "glyph", x + GLYPH_X, y + GLYPH_Y, GRAPH_GLYPH, GRAPH_GLYPH, GLYPH_ROUND);
    buffer_append_format(out, "<path class=\"sign\" transform=\"translate(%d %d)\" d=\"%s\"/>", x + GLYPH_X,
                         y + GLYPH_Y, look->glyph);
    write_text(out, "detail", x + GRAPH_TEXT_X, y + DETAIL_Y, state->shown_detail);
    write_text(out, "name", x + GRAPH_TEXT_X, y + NAME_Y, state->shown_name);
    buffer_append_c(out, "</g>\n");
}

/* ---- all of it ---- */

/* Lines, then the states at their ends, then what must be read; what is inside of frames comes with its own machine. */
static void write_machine(Drawing *drawing)
{
    const GraphMachine *machine = drawing->machine;
    for (uint32_t i = 0; i < machine->transition_count; i++) write_transition(drawing, &machine->transitions[i]);
    for (uint32_t i = 0; i < machine->state_count; i++) {
        const GraphState *state = &machine->states[i];
        if (machine->layers->spots[i].rank == GRAPH_NONE) continue;
        if (i < GRAPH_FIRST_STATE)
            write_terminal(drawing, state);
        else
            write_state(drawing, state);
    }
    for (uint32_t i = 0; i < machine->transition_count; i++) write_label(drawing, &machine->transitions[i]);
}

static void write_opening(Drawing *drawing, int width, int height)
{
    Buffer *out = drawing->out;
    Str     comment = json_get_str(drawing->graph->machines[0]->json, STR("Comment"));
    buffer_append_format(out,
                         "<svg class=\"tutti-graph\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%d\" "
                         "height=\"%d\" viewBox=\"0 0 %d %d\">\n<title>",
                         width, height, width, height);
    graph_text_xml(out, comment.length ? str_slice(comment, 0, TITLE_MAX) : STR("State machine"));
    buffer_append_c(out, "</title>\n");
    write_style(out);
    buffer_append_format(out, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n", width, height);
}

void graph_write_svg(Arena *scratch, const Json *definition, Buffer *out)
{
    Graph *graph = graph_read(scratch, definition);
    graph_layout(graph);
    Drawing drawing = { .graph = graph, .out = out };
    int width = graph->machines[0]->width + 2 * GRAPH_MARGIN, height = graph->machines[0]->height + 2 * GRAPH_MARGIN;
    write_opening(&drawing, width, height + (graph->left_out ? NOTE_HEIGHT : 0));
    for (uint32_t i = 0; i < graph->machine_count; i++) {
        drawing.machine = graph->machines[i];
        write_machine(&drawing);
    }
    if (graph->left_out)
        buffer_append_format(out, "<text class=\"detail\" x=\"%d\" y=\"%d\">%u more states are not drawn</text>\n",
                             GRAPH_MARGIN, height, graph->left_out);
    buffer_append_c(out, "</svg>\n");
}
