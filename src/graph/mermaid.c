/* mermaid.c -- the same graph as a text that Mermaid draws: for Markdown pages and code reviews.
 *
 *     flowchart TD
 *         s0(("Start")) --> s2
 *         s2["Validate"]:::task
 *         s2 -.->|"States.Timeout"| s4
 *
 * Names are numbers, in the order of the definition; labels are in quotes, and all in them that Mermaid or Markdown
 * could take for its own is written as a number. Frames nest in the text, so the machines are walked with a stack
 * here. */
#include "graph/internal.h"

#include "base/text.h"

typedef struct Shape {
    const char *open, *close;
    const char *class, *style;
} Shape;

static const Shape shapes[GRAPH_KINDS] = {
    [GRAPH_START] = { "((\"", "\"))", "terminal", "fill:#16202c,stroke:#16202c,color:#fff" },
    [GRAPH_END] = { "((\"", "\"))", "terminal", NULL },
    [GRAPH_TASK] = { "[\"", "\"]", "task", "stroke:#2f6fde" },
    [GRAPH_PASS] = { "(\"", "\")", "pass", "stroke:#64748b" },
    [GRAPH_CHOICE] = { "{\"", "\"}", "choice", "stroke:#c77700" },
    [GRAPH_WAIT] = { "{{\"", "\"}}", "wait", "stroke:#7c4ddb" },
    [GRAPH_SUCCEED] = { "([\"", "\"])", "succeed", "stroke:#198a4b" },
    [GRAPH_FAIL] = { "([\"", "\"])", "fail", "stroke:#d13438" },
    [GRAPH_PARALLEL] = { "[\"", "\"]", "parallel", "stroke:#0a7ea4" },
    [GRAPH_MAP] = { "[\"", "\"]", "map", "stroke:#0f857a" },
    [GRAPH_UNKNOWN] = { "[\"", "\"]", "unknown", "stroke:#8a6d00" },
    [GRAPH_MISSING] = { "[\"", "\"]", "missing", "stroke:#d13438,stroke-dasharray:5 4" },
};

typedef struct Place { /* in the walk */
    uint32_t machine, state;
    uint32_t inner; /* of the state's machines: the next */
} Place;

typedef struct Chart {
    const Graph *graph;
    Buffer      *out;
    uint32_t    *first;                            /* by machine: the number of its start */
    uint32_t    *catches, catch_count, link_count; /* numbers of dashed links, for their colour */
    Place       *stack;
    uint32_t     depth;
    bool         used[GRAPH_KINDS];
} Chart;

/* ---- texts ---- */

static bool is_alphanumeric(uint32_t code_point)
{
    return (code_point >= '0' && code_point <= '9') || (code_point >= 'a' && code_point <= 'z') ||
           (code_point >= 'A' && code_point <= 'Z');
}

/* Whether a character means nothing but itself: behind `before` (0 at the front), in a text that was digits alone so
 * far. */
static bool is_plain(uint32_t code_point, uint32_t before, bool digits)
{
    if (is_alphanumeric(code_point) || code_point >= 128) return true;
    switch (code_point) {
    case ' ':
    case ',':
    case ':':
    case '/':
    case '$':
    case '=':
    case '(':
    case ')':
    case '!':
    case '?': return true;
    case '.': return !digits;
    case '-': return before != 0;
    case '_': return is_alphanumeric(before);
    default: return false;
    }
}

/* A label cannot be empty. */
static void write_escaped(Buffer *out, Str text)
{
    if (!text.length) text = STR(" ");
    uint32_t before = 0;
    bool     digits = true;
    for (size_t at = 0; at < text.length;) {
        uint32_t code_point;
        char     bytes[4];
        at += graph_text_next(str_slice(text, at, text.length), &code_point);
        if (is_plain(code_point, before, digits))
            buffer_append(out, bytes, text_utf8_encode(code_point, bytes));
        else
            buffer_append_format(out, "#%u;", code_point);
        digits = digits && code_point >= '0' && code_point <= '9';
        before = code_point;
    }
}

static void indent(Chart *chart)
{
    enum { INDENT = 4, INDENT_MAX = 40 };
    uint32_t blanks = chart->depth * INDENT;
    buffer_append_format(chart->out, "%*s", (int)(blanks < INDENT_MAX ? blanks : INDENT_MAX), "");
}

/* ---- states ---- */

/* The outermost start and end carry words; inside a frame a small circle shows where it begins, and nothing where it
 * ends. */
static void write_state(Chart *chart, uint32_t machine, uint32_t index)
{
    const GraphState *state = &chart->graph->machines[machine]->states[index];
    const Shape      *shape = &shapes[state->kind];
    chart->used[state->kind] = true;
    indent(chart);
    buffer_append_format(chart->out, "s%u%s", chart->first[machine] + index, shape->open);
    write_escaped(chart->out, index == GRAPH_AT_START && machine ? STR_NONE : state->name);
    buffer_append_format(chart->out, "%s:::%s\n", shape->close, shape->class);
}

static bool is_frame(const Chart *chart, const GraphState *state)
{
    for (uint32_t i = 0; i < state->machine_count; i++)
        if (chart->graph->machines[state->first_machine + i]->state_count > GRAPH_FIRST_STATE) return true;
    return false;
}

static void open_frame(Chart *chart, uint32_t machine, uint32_t index)
{
    const GraphState *state = &chart->graph->machines[machine]->states[index];
    indent(chart);
    buffer_append_format(chart->out, "subgraph s%u[\"", chart->first[machine] + index);
    write_escaped(chart->out, state->name);
    buffer_append_c(chart->out, " (");
    write_escaped(chart->out, state->detail);
    buffer_append_c(chart->out, ")\"]\n");
}

static void close_frame(Chart *chart, uint32_t machine, uint32_t index)
{
    const GraphState *state = &chart->graph->machines[machine]->states[index];
    indent(chart);
    buffer_append_c(chart->out, "end\n");
    indent(chart);
    buffer_append_format(chart->out, "class s%u %s\n", chart->first[machine] + index, shapes[state->kind].class);
    chart->used[state->kind] = true;
}

/* ---- transitions ---- */

static void write_link(Chart *chart, const GraphTransition *transition)
{
    if (transition->catches) chart->catches[chart->catch_count++] = chart->link_count;
    chart->link_count++;
    buffer_append_c(chart->out, transition->catches ? " -.->" : " -->");
    if (!transition->text_count) {
        buffer_append_c(chart->out, " ");
        return;
    }
    buffer_append_c(chart->out, "|\"");
    for (uint32_t i = 0; i < transition->text_count && i < GRAPH_LABEL_LINES; i++) {
        if (i) buffer_append_c(chart->out, "<br/>");
        write_escaped(chart->out, transition->texts[i]);
    }
    if (transition->text_count > GRAPH_LABEL_LINES)
        buffer_append_format(chart->out, "<br/>and %u more", transition->text_count - GRAPH_LABEL_LINES);
    buffer_append_c(chart->out, "\"| ");
}

/* Mermaid's frames cannot lead to themselves: they do so by way of a circle. */
static void write_frame_loop(Chart *chart, const GraphTransition *transition, uint32_t number)
{
    const GraphTransition back = { .catches = transition->catches };
    buffer_append_format(chart->out, "s%u", number);
    write_link(chart, transition);
    buffer_append_format(chart->out, "s%uagain%s((\" \"))\n", number, transition->catches ? "caught" : "");
    indent(chart);
    buffer_append_format(chart->out, "s%uagain%s", number, transition->catches ? "caught" : "");
    write_link(chart, &back);
    buffer_append_format(chart->out, "s%u\n", number);
}

static void write_transition(Chart *chart, uint32_t machine, const GraphTransition *transition)
{
    const GraphState *states = chart->graph->machines[machine]->states;
    uint32_t          first = chart->first[machine];
    if (machine && transition->target == GRAPH_AT_END) return;
    indent(chart);
    if (transition->source == transition->target && is_frame(chart, &states[transition->source])) {
        write_frame_loop(chart, transition, first + transition->source);
        return;
    }
    buffer_append_format(chart->out, "s%u", first + transition->source);
    write_link(chart, transition);
    buffer_append_format(chart->out, "s%u\n", first + transition->target);
}

static bool leads_to_end(const GraphMachine *machine)
{
    for (uint32_t i = 0; i < machine->transition_count; i++)
        if (machine->transitions[i].target == GRAPH_AT_END) return true;
    return false;
}

static bool is_shown(const Chart *chart, uint32_t number, uint32_t state)
{
    const GraphMachine *machine = chart->graph->machines[number];
    if (state == GRAPH_AT_END) return number == 0 && leads_to_end(machine);
    if (state == GRAPH_AT_START && number)
        return machine->transition_count && machine->transitions[0].source == GRAPH_AT_START;
    return true;
}

/* ---- the walk ---- */

static void enter(Chart *chart, uint32_t machine)
{
    chart->stack[chart->depth++] = (Place){ .machine = machine };
}

static void leave(Chart *chart)
{
    uint32_t            number = chart->stack[chart->depth - 1].machine;
    const GraphMachine *machine = chart->graph->machines[number];
    for (uint32_t i = 0; i < machine->transition_count; i++) write_transition(chart, number, &machine->transitions[i]);
    chart->depth--;
}

/* Writes the state where the walk is, or goes into its next machine, or on from it. */
static void step(Chart *chart)
{
    Place              *place = &chart->stack[chart->depth - 1];
    const GraphMachine *machine = chart->graph->machines[place->machine];
    if (place->state == machine->state_count) {
        leave(chart);
        return;
    }
    const GraphState *state = &machine->states[place->state];
    if (!is_frame(chart, state)) {
        if (is_shown(chart, place->machine, place->state)) write_state(chart, place->machine, place->state);
        place->state++;
        return;
    }
    if (place->inner == 0) open_frame(chart, place->machine, place->state);
    if (place->inner < state->machine_count) {
        enter(chart, state->first_machine + place->inner++);
        return;
    }
    close_frame(chart, place->machine, place->state);
    place->inner = 0;
    place->state++;
}

static void write_styles(Chart *chart)
{
    chart->used[GRAPH_START] |= chart->used[GRAPH_END];
    for (int i = 0; i < GRAPH_KINDS; i++)
        if (chart->used[i] && shapes[i].style)
            buffer_append_format(chart->out, "    classDef %s %s\n", shapes[i].class, shapes[i].style);
    for (uint32_t i = 0; i < chart->catch_count; i++)
        buffer_append_format(chart->out, "%s%u", i ? "," : "    linkStyle ", chart->catches[i]);
    if (chart->catch_count) buffer_append_c(chart->out, " stroke:#cf3b30\n");
}

void graph_write_mermaid(Arena *scratch, const Json *definition, Buffer *out)
{
    Graph   *graph = graph_read(scratch, definition);
    Chart    chart = { .graph = graph, .out = out };
    uint32_t number = 0;
    chart.first = NEW_ARRAY(scratch, uint32_t, graph->machine_count);
    chart.catches = NEW_ARRAY(scratch, uint32_t, arena_size(graph->transition_count, 2));
    chart.stack = NEW_ARRAY(scratch, Place, graph->machine_count);
    for (uint32_t i = 0; i < graph->machine_count; i++) {
        chart.first[i] = number;
        number += graph->machines[i]->state_count;
    }
    buffer_append_c(out, "flowchart TD\n");
    for (enter(&chart, 0); chart.depth;) step(&chart);
    write_styles(&chart);
    if (graph->left_out) buffer_append_format(out, "    %%%% %u more states are not drawn\n", graph->left_out);
}
