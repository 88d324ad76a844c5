/* lint_flow.c -- which shape of data comes to each state.
 *
 * The definition is run on shapes instead of data: a state's input is the join of what every transition to it carries. A
 * Parallel or Map state hands its input to its machines and goes on when they have given an output, so one list of states
 * that have news serves all machines. First come, first served: many branches end before their Parallel is looked at
 * again. It comes to rest because shapes only lose certainty; a state that keeps getting
 * news is told "anything" after VISITS_MAX times. */
#include "asl/lint_internal.h"

#include "asl/expression.h"
#include "asl/intrinsic.h"
#include "jsonata/jsonata.h"

enum { VISITS_MAX = 12, TEMPLATE_DEPTH_MAX = 6, PLACE_STEPS_MAX = 8 };

/* ---- shapes of what is computed ---- */

static const AslShape *shape_of_call(Arena *arena, Str call)
{
    static const struct {
        Str          name;
        AslShapeKind kind;
    } calls[] = {
        { STR_CONST("States.Format"), SHAPE_SCALAR },       { STR_CONST("States.JsonToString"), SHAPE_SCALAR },
        { STR_CONST("States.Base64Encode"), SHAPE_SCALAR }, { STR_CONST("States.Base64Decode"), SHAPE_SCALAR },
        { STR_CONST("States.Hash"), SHAPE_SCALAR },         { STR_CONST("States.UUID"), SHAPE_SCALAR },
        { STR_CONST("States.ArrayLength"), SHAPE_SCALAR },  { STR_CONST("States.ArrayContains"), SHAPE_SCALAR },
        { STR_CONST("States.MathRandom"), SHAPE_SCALAR },   { STR_CONST("States.MathAdd"), SHAPE_SCALAR },
        { STR_CONST("States.Array"), SHAPE_ARRAY },         { STR_CONST("States.ArrayPartition"), SHAPE_ARRAY },
        { STR_CONST("States.ArrayRange"), SHAPE_ARRAY },    { STR_CONST("States.ArrayUnique"), SHAPE_ARRAY },
        { STR_CONST("States.StringSplit"), SHAPE_ARRAY },   { STR_CONST("States.JsonMerge"), SHAPE_OBJECT },
    };
    size_t end = call.length;
    str_find_byte(call, '(', &end);
    Str name = str_trim(str_slice(call, 0, end));
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (!str_equal(calls[i].name, name)) continue;
        if (calls[i].kind == SHAPE_SCALAR) return &asl_shape_scalar;
        return calls[i].kind == SHAPE_ARRAY ? asl_shape_array(arena, NULL, 0, true)
                                            : asl_shape_object(arena, NULL, 0, true);
    }
    return &asl_shape_any;
}

static const AslShape *follow(Arena *arena, const AslShape *shape, const AslPathStep *steps, uint32_t count)
{
    for (uint32_t i = 0; i < count && shape->kind != SHAPE_ANY; i++) asl_shape_step(arena, shape, &steps[i], &shape);
    return shape;
}

const AslShape *asl_shape_of_path(Arena *arena, const AslShape *input, Str path)
{
    AslPathStep *steps;
    uint32_t     count;
    if (asl_is_intrinsic(path)) return shape_of_call(arena, path);
    if (input->kind == SHAPE_ANY || !asl_path_steps(arena, path, &steps, &count)) return &asl_shape_any;
    return follow(arena, input, steps, count);
}

static const AslShape *template_at(Arena *arena, const AslShape *input, const Json *value, uint32_t depth)
{
    if (value->type != JSON_OBJECT && value->type != JSON_ARRAY) return asl_shape_literal(arena, value);
    if (depth == TEMPLATE_DEPTH_MAX) return &asl_shape_any;
    if (value->type == JSON_ARRAY) {
        const AslShape **items = NEW_ARRAY(arena, const AslShape *, value->count + 1);
        for (uint32_t i = 0; i < value->count; i++) items[i] = template_at(arena, input, value->items[i], depth + 1);
        return asl_shape_array(arena, items, value->count, false);
    }
    AslShapeMember *members = NEW_ARRAY(arena, AslShapeMember, value->count + 1);
    uint32_t        count = 0;
    JSON_EACH_MEMBER(value, member) {
        bool            computed = str_ends_with(member->name, STR(".$"));
        const AslShape *shape = &asl_shape_any;
        if (computed && member->value->type == JSON_STRING)
            shape = asl_shape_of_path(arena, input, member->value->text);
        if (!computed) shape = template_at(arena, input, member->value, depth + 1);
        members[count++] =
            (AslShapeMember){ str_slice(member->name, 0, member->name.length - (computed ? 2 : 0)), shape, true };
    }
    return asl_shape_object(arena, members, count, false);
}

const AslShape *asl_shape_of_template(Arena *arena, const AslShape *input, const Json *value)
{
    return template_at(arena, input, value, 0);
}

/* ---- JSONata ---- */

typedef struct StatesShapes {
    const AslShape *input, *result;
} StatesShapes;

/* Only an expression that is one path and nothing else: names go into objects, and over arrays that is not followed. */
static const AslShape *shape_of_expression(Arena *arena, Str text, const StatesShapes *states)
{
    const JsonataOptions options = { JSONATA_STATES };
    JsonataProgram      *program = NULL;
    JsonataFault         fault;
    JsonataReference    *references;
    Error *error = jsonata_compile(arena, str_slice(text, 2, text.length - 2), &options, &program, &fault);
    error_free(error);
    if (error || !program || jsonata_references(program, arena, &references) != 1 || !references[0].alone)
        return &asl_shape_any;
    const JsonataReference *reference = &references[0];
    if (!str_equal(reference->variable, STR("states")) || !reference->step_count) return &asl_shape_any;
    const AslShape *shape = str_equal(reference->steps[0], STR("input"))    ? states->input
                            : str_equal(reference->steps[0], STR("result")) ? states->result
                                                                            : NULL;
    for (uint32_t i = 1; shape && i < reference->step_count; i++) {
        AslPathStep step = { .name = reference->steps[i] };
        if (shape->kind != SHAPE_OBJECT) return &asl_shape_any;
        asl_shape_step(arena, shape, &step, &shape);
    }
    return shape ? shape : &asl_shape_any;
}

static const AslShape *expressions_at(Arena *arena, const Json *value, const StatesShapes *states, uint32_t depth)
{
    if (value->type == JSON_STRING && asl_is_expression(value->text))
        return shape_of_expression(arena, value->text, states);
    if (value->type != JSON_OBJECT && value->type != JSON_ARRAY) return asl_shape_literal(arena, value);
    if (depth == TEMPLATE_DEPTH_MAX) return &asl_shape_any;
    bool             object = value->type == JSON_OBJECT;
    AslShapeMember  *members = object ? NEW_ARRAY(arena, AslShapeMember, value->count + 1) : NULL;
    const AslShape **items = object ? NULL : NEW_ARRAY(arena, const AslShape *, value->count + 1);
    for (uint32_t i = 0; i < value->count; i++) {
        const AslShape *shape =
            expressions_at(arena, object ? value->members[i].value : value->items[i], states, depth + 1);
        if (object)
            members[i] = (AslShapeMember){ value->members[i].name, shape, true };
        else
            items[i] = shape;
    }
    return object ? asl_shape_object(arena, members, value->count, false)
                  : asl_shape_array(arena, items, value->count, false);
}

/* ---- ResultPath ---- */

static const AslShape *put(Arena *arena, const AslShape *into, const AslPathStep *steps, uint32_t count,
                           const AslShape *value, bool *failed);

static const AslShape *put_item(Arena *arena, const AslShape *into, const AslPathStep *steps, uint32_t count,
                                const AslShape *value, bool *failed)
{
    if (into->kind == SHAPE_ANY || (into->kind == SHAPE_ARRAY && into->open)) return into;
    if (into->kind != SHAPE_ARRAY || steps->index < 0 || steps->index >= into->count) {
        *failed = true;
        return &asl_shape_any;
    }
    const AslShape **items = NEW_ARRAY(arena, const AslShape *, into->count);
    memcpy(items, into->items, into->count * sizeof *items);
    items[steps->index] = put(arena, items[steps->index], steps + 1, count - 1, value, failed);
    return asl_shape_array(arena, items, into->count, false);
}

static const AslShape *put(Arena *arena, const AslShape *into, const AslPathStep *steps, uint32_t count,
                           const AslShape *value, bool *failed)
{
    if (!count) return value;
    if (!steps->name.data) return put_item(arena, into, steps, count, value, failed);
    if (into->kind == SHAPE_SCALAR || into->kind == SHAPE_ARRAY) {
        *failed = true;
        return &asl_shape_any;
    }
    bool            known = into->kind == SHAPE_OBJECT;
    uint32_t        members_count = known ? into->count : 0, at = 0;
    AslShapeMember *members = NEW_ARRAY(arena, AslShapeMember, members_count + 1);
    if (members_count) memcpy(members, into->members, members_count * sizeof *members);
    while (at < members_count && !str_equal(members[at].name, steps->name)) at++;
    const AslShape *inner = at < members_count     ? members[at].shape
                            : known && !into->open ? asl_shape_object(arena, NULL, 0, false)
                                                   : &asl_shape_any;
    if (at < members_count && !members[at].certain) inner = &asl_shape_any;
    members[at] = (AslShapeMember){ steps->name, put(arena, inner, steps + 1, count - 1, value, failed), true };
    return asl_shape_object(arena, members, at == members_count ? members_count + 1 : members_count,
                            !known || into->open);
}

bool asl_place_result(Arena *arena, const AslShape *input, const Json *path, const AslShape *result,
                      const AslShape **out)
{
    AslPathStep *steps;
    uint32_t     count;
    bool         failed = false;
    *out = result;
    if (!path) return true;
    *out = path->type == JSON_NULL ? input : &asl_shape_any;
    if (path->type != JSON_STRING || !asl_path_steps(arena, path->text, &steps, &count) || count > PLACE_STEPS_MAX)
        return true;
    *out = put(arena, input, steps, count, result, &failed);
    return !failed;
}

/* ---- stages of a state ---- */

static const AslShape *by_path(Arena *arena, const AslShape *input, const Json *path)
{
    if (!path || !input) return input;
    if (path->type == JSON_NULL) return asl_shape_object(arena, NULL, 0, false);
    return path->type == JSON_STRING ? asl_shape_of_path(arena, input, path->text) : &asl_shape_any;
}

static const AslShape *by_template(AslFlow *flow, const AslOutlineState *state, const AslShape *input,
                                   const char *field)
{
    const Json *value = json_get(state->json, str_from_c(field));
    if (!value || !input) return input;
    return asl_shape_made_by(flow->arena, asl_shape_of_template(flow->arena, input, value), state);
}

static bool is_distributed(const AslFlow *flow, const AslOutlineState *state)
{
    return state->inner_count && flow->check->outline->machines[state->first_inner].distributed;
}

static const AslShape *result_of(AslFlow *flow, const AslOutlineState *state, const AslStages *stages)
{
    Arena                 *arena = flow->arena;
    const AslShape *const *outputs = flow->outputs + state->first_inner;
    const Json            *result = json_get(state->json, STR("Result"));
    switch (state->type) {
    case TYPE_TASK: return &asl_shape_any;
    case TYPE_PASS:
        return result && state->language == LANGUAGE_JSONPATH
                   ? asl_shape_made_by(arena, asl_shape_literal(arena, result), state)
                   : stages->parameters;
    case TYPE_PARALLEL: {
        const AslShape **items = NEW_ARRAY(arena, const AslShape *, state->inner_count + 1);
        for (uint32_t i = 0; i < state->inner_count; i++) {
            if (!outputs[i]) return NULL;
            items[i] = outputs[i];
        }
        return asl_shape_made_by(arena, asl_shape_array(arena, items, state->inner_count, false), state);
    }
    case TYPE_MAP: {
        if (is_distributed(flow, state) && json_get(state->json, STR("ResultWriter")))
            return asl_shape_object(arena, NULL, 0, true);
        const AslShape **item = NEW(arena, const AslShape *);
        *item = state->inner_count && outputs[0] ? outputs[0] : &asl_shape_any;
        return asl_shape_made_by(arena, asl_shape_array(arena, item, 1, true), state);
    }
    default: return stages->effective;
    }
}

static bool keeps_result(const AslOutlineState *state)
{
    return state->type == TYPE_TASK || state->type == TYPE_PASS || state->type == TYPE_PARALLEL ||
           state->type == TYPE_MAP;
}

static void path_stages(AslFlow *flow, const AslOutlineState *state, AslStages *out)
{
    Arena *arena = flow->arena;
    out->effective = by_path(arena, out->input, json_get(state->json, STR("InputPath")));
    out->parameters = state->type == TYPE_MAP ? out->effective : by_template(flow, state, out->effective, "Parameters");
    out->items = by_path(arena, out->effective, json_get(state->json, STR("ItemsPath")));
    out->result = result_of(flow, state, out);
    if (!out->result) return;
    out->selected = by_template(flow, state, out->result, "ResultSelector");
    out->combined = out->selected;
    if (keeps_result(state))
        asl_place_result(arena, out->input, json_get(state->json, STR("ResultPath")), out->selected, &out->combined);
    out->output = by_path(arena, out->combined, json_get(state->json, STR("OutputPath")));
}

static void jsonata_stages(AslFlow *flow, const AslOutlineState *state, AslStages *out)
{
    const Json  *arguments = json_get(state->json, STR("Arguments")), *output = json_get(state->json, STR("Output"));
    StatesShapes states = { out->input, NULL };
    out->effective = out->input;
    out->parameters = arguments ? expressions_at(flow->arena, arguments, &states, 0) : out->input;
    out->items = &asl_shape_any;
    if (state->type == TYPE_PASS) out->parameters = out->input;
    states.result = out->result = result_of(flow, state, out);
    if (!out->result) return;
    out->output =
        output ? asl_shape_made_by(flow->arena, expressions_at(flow->arena, output, &states, 0), state) : out->result;
}

void asl_stages(AslFlow *flow, uint32_t at, AslStages *out)
{
    const AslOutlineState *state = &flow->check->outline->states[at];
    *out = (AslStages){ .input = flow->inputs[at] };
    if (!out->input) return;
    if (state->language == LANGUAGE_JSONPATH)
        path_stages(flow, state, out);
    else
        jsonata_stages(flow, state, out);
}

/* ---- going on ---- */

static void push(AslFlow *flow, uint32_t state)
{
    if (flow->waiting[state]) return;
    uint32_t room = flow->check->outline->state_count;
    flow->waiting[state] = true;
    flow->pending[(flow->pending_first + flow->pending_count++) % room] = state;
}

static void feed(AslFlow *flow, uint32_t state, const AslShape *shape)
{
    if (state == ASL_NOWHERE || !shape) return;
    const AslShape *joined = asl_shape_join(flow->arena, flow->inputs[state], shape);
    if (asl_shape_equal(joined, flow->inputs[state])) return;
    if (flow->visits[state] < VISITS_MAX)
        flow->visits[state]++;
    else
        joined = &asl_shape_any;
    if (flow->inputs[state] == joined) return;
    flow->inputs[state] = joined;
    push(flow, state);
}

static void give(AslFlow *flow, const AslOutlineState *state, const AslShape *output)
{
    uint32_t        machine = state->machine, owner = flow->check->outline->machines[machine].owner;
    const AslShape *joined = asl_shape_join(flow->arena, flow->outputs[machine], output);
    if (asl_shape_equal(joined, flow->outputs[machine])) return;
    flow->outputs[machine] = joined;
    if (owner != ASL_NOWHERE) push(flow, owner);
}

/* What an item processor's executions and iterations begin with. */
static const AslShape *item_of(AslFlow *flow, const AslOutlineState *state, const AslStages *stages)
{
    Arena       *arena = flow->arena;
    StatesShapes states = { stages->input, NULL };
    const Json  *selector = json_get(state->json, STR("ItemSelector"));
    if (!selector) selector = json_get(state->json, STR("Parameters"));
    if (json_get(state->json, STR("ItemBatcher"))) return asl_shape_object(arena, NULL, 0, true);
    if (selector && state->language == LANGUAGE_JSONATA) return expressions_at(arena, selector, &states, 0);
    if (selector) return asl_shape_made_by(arena, asl_shape_of_template(arena, stages->effective, selector), state);
    if (json_get(state->json, STR("ItemReader")) || stages->items->kind != SHAPE_ARRAY) return &asl_shape_any;
    return asl_shape_item(arena, stages->items);
}

static void enter_machines(AslFlow *flow, const AslOutlineState *state, const AslStages *stages)
{
    const AslShape *input = state->type == TYPE_MAP ? item_of(flow, state, stages) : stages->parameters;
    for (uint32_t i = state->first_inner; i < state->first_inner + state->inner_count; i++)
        feed(flow, flow->check->outline->machines[i].start, input);
}

static const AslShape *catcher_shape(AslFlow *flow, const AslOutlineState *state, const AslEdge *edge,
                                     const AslStages *stages)
{
    const Json *catcher = json_get(state->json, STR("Catch"))->items[edge->index],
               *output = json_get(catcher, STR("Output"));
    const AslShape *shape;
    StatesShapes    states = { stages->input, NULL };
    if (state->language == LANGUAGE_JSONATA)
        return output ? expressions_at(flow->arena, output, &states, 0) : &asl_shape_error;
    asl_place_result(flow->arena, stages->input, json_get(catcher, STR("ResultPath")), &asl_shape_error, &shape);
    return shape;
}

static const AslShape *rule_shape(AslFlow *flow, const AslOutlineState *state, const AslEdge *edge,
                                  const AslStages *stages)
{
    const Json  *output = json_get(json_get(state->json, STR("Choices"))->items[edge->index], STR("Output"));
    StatesShapes states = { stages->input, NULL };
    if (state->language == LANGUAGE_JSONPATH) return stages->output;
    return output ? expressions_at(flow->arena, output, &states, 0) : stages->input;
}

static void visit(AslFlow *flow, uint32_t at)
{
    AslStages              stages;
    const AslOutline      *outline = flow->check->outline;
    const AslOutlineState *state = &outline->states[at];
    asl_stages(flow, at, &stages);
    if (!stages.input || state->type == TYPE_FAIL) return;
    if (state->inner_count) enter_machines(flow, state, &stages);
    for (uint32_t e = state->first_edge; e < state->first_edge + state->edge_count; e++) {
        const AslEdge  *edge = &outline->edges[e];
        const AslShape *shape = stages.output;
        if (edge->kind == EDGE_CATCH) shape = catcher_shape(flow, state, edge, &stages);
        if (edge->kind == EDGE_RULE) shape = rule_shape(flow, state, edge, &stages);
        feed(flow, edge->to, shape);
    }
    if (state->ends && stages.output) give(flow, state, stages.output);
}

AslFlow *asl_flow_new(AslCheck *check)
{
    const AslOutline *outline = check->outline;
    AslFlow          *flow = NEW(check->arena, AslFlow);
    flow->check = check;
    flow->arena = check->arena;
    flow->inputs = NEW_ARRAY(check->arena, const AslShape *, outline->state_count + 1);
    flow->outputs = NEW_ARRAY(check->arena, const AslShape *, outline->machine_count + 1);
    flow->visits = NEW_ARRAY(check->arena, uint8_t, outline->state_count + 1);
    flow->pending = NEW_ARRAY(check->arena, uint32_t, outline->state_count + 1);
    flow->waiting = NEW_ARRAY(check->arena, bool, outline->state_count + 1);
    return flow;
}

void asl_flow_run(AslFlow *flow)
{
    feed(flow, flow->check->outline->machines[0].start, &asl_shape_any);
    while (flow->pending_count) {
        uint32_t state = flow->pending[flow->pending_first];
        flow->pending_first = (flow->pending_first + 1) % flow->check->outline->state_count;
        flow->pending_count--;
        flow->waiting[state] = false;
        visit(flow, state);
    }
}

/* ---- what is missing ---- */

typedef struct MissingPaths {
    Arena          *arena;
    const AslShape *input;
    AslMissing     *missing;
    void           *data;
} MissingPaths;

static void look(void *data, Str path)
{
    MissingPaths   *looking = data;
    AslPathStep    *steps;
    uint32_t        count;
    const AslShape *shape = looking->input;
    if (shape->kind == SHAPE_ANY || !asl_path_steps(looking->arena, path, &steps, &count)) return;
    for (uint32_t i = 0; i < count && shape->kind != SHAPE_ANY; i++) {
        const AslShape *next;
        if (asl_shape_step(looking->arena, shape, &steps[i], &next) == THERE_NOT) {
            looking->missing(looking->data, path, steps, count, i, shape);
            return;
        }
        shape = next;
    }
}

void asl_missing_of_path(Arena *arena, const AslShape *input, Str path, AslMissing *missing, void *data)
{
    MissingPaths  looking = { arena, input, missing, data };
    AslIntrinsic *call;
    if (!asl_is_intrinsic(path)) {
        look(&looking, path);
        return;
    }
    Error *error = asl_intrinsic_compile(arena, path, &call);
    error_free(error);
    if (!error) asl_intrinsic_paths(call, look, &looking);
}
