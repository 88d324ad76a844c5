/* compile.c -- from a definition's JSON to a program.
 *
 * asl_validate has the service's words for what is wrong with a definition; this file only refuses to go on, and says
 * where. Everything that can be decided once is decided here: paths and expressions are compiled, targets are numbers,
 * resources are taken apart. A state's numbers are its places in the text, so a stored state is good for the very text it
 * was made with. */
#include "asl/compile.h"

#include "asl/intrinsic.h"
#include "base/hash.h"

static const struct {
    Str          name;
    AslStateType type;
} STATE_TYPES[] = {
    { STR_CONST("Pass"), ASL_PASS },       { STR_CONST("Task"), ASL_TASK },       { STR_CONST("Choice"), ASL_CHOICE },
    { STR_CONST("Wait"), ASL_WAIT },       { STR_CONST("Succeed"), ASL_SUCCEED }, { STR_CONST("Fail"), ASL_FAIL_STATE },
    { STR_CONST("Parallel"), ASL_PARALLEL }, { STR_CONST("Map"), ASL_MAP },
};

Error *asl_compile_bad(const AslCompiler *compiler, const char *field)
{
    return error_new(ERR_SYNTAX, "state '%.*s': %s is not valid", STR_ARG(compiler->state->name), field);
}

Error *asl_compile_texts(AslCompiler *compiler, const Json *array, const char *field, Str **out, size_t *out_count)
{
    if (!array || array->type != JSON_ARRAY) return asl_compile_bad(compiler, field);
    Str   *texts = NEW_ARRAY(compiler->arena, Str, array->count);
    size_t count = 0;
    Json  *item;
    JSON_EACH_ITEM(array, item) {
        if (item->type != JSON_STRING) return asl_compile_bad(compiler, field);
        texts[count++] = item->text;
    }
    *out = texts;
    *out_count = count;
    return NULL;
}

Error *asl_compile_path_field(AslCompiler *compiler, const Json *from, const char *name, AslPathField *out)
{
    const Json *value = json_get(from, str_from_c(name));
    if (!value) return NULL;
    out->none = value->type == JSON_NULL;
    if (out->none) return NULL;
    if (value->type != JSON_STRING) return asl_compile_bad(compiler, name);
    TRY_WRAP(asl_path_compile(compiler->arena, value->text, &out->path), "state '%.*s': %s", STR_ARG(compiler->state->name), name);
    return NULL;
}

Error *asl_compile_payload(AslCompiler *compiler, const Json *value, const char *name, AslPayload *out)
{
    out->name = name;
    if (!value) return NULL;
    if (compiler->state->jsonata)
        TRY_WRAP(asl_expression_compile(compiler->arena, value, str_from_c(name), &out->expression), "state '%.*s'",
                 STR_ARG(compiler->state->name));
    else
        TRY_WRAP(asl_template_compile(compiler->arena, value, &out->template), "state '%.*s'", STR_ARG(compiler->state->name));
    return NULL;
}

static Error *compile_path_or_call(AslCompiler *compiler, Str text, AslField *out)
{
    bool call = asl_is_intrinsic(text);
    out->form = call ? ASL_BY_TEMPLATE : ASL_BY_PATH;
    return call ? asl_template_compile_text(compiler->arena, text, &out->template) : asl_path_compile(compiler->arena, text, &out->path);
}

/* NAME as a literal or an expression, NAMEPath as a path or, for Error and Cause, an intrinsic call. */
Error *asl_compile_field(AslCompiler *compiler, const Json *from, const char *name, AslField *out)
{
    Arena *arena = compiler->arena;
    out->name = name;
    const Json *literal = json_get(from, str_from_c(name));
    if (literal && compiler->state->jsonata && literal->type == JSON_STRING && asl_is_expression(literal->text)) {
        out->form = ASL_BY_EXPRESSION;
        return asl_expression_compile(arena, literal, str_from_c(name), &out->expression);
    }
    if (literal) {
        out->form = ASL_LITERAL;
        out->literal = literal;
        return NULL;
    }
    const Json *path = json_get(from, str_format(arena, "%sPath", name));
    if (!path || path->type == JSON_NULL) return NULL;
    if (path->type != JSON_STRING) return asl_compile_bad(compiler, name);
    TRY_WRAP(compile_path_or_call(compiler, path->text, out), "state '%.*s': %sPath", STR_ARG(compiler->state->name), name);
    return NULL;
}

/* ---- transitions ---- */

/* The numbers of a block's states by name, for as long as it is compiled. */
static uint32_t find_state(const AslBlock *block, const uint32_t *slots, uint32_t mask, Str name)
{
    uint32_t at = (uint32_t)hash_bytes(name) & mask;
    while (slots[at] != 0 && !str_equal(block->states[slots[at] - 1].name, name)) at = (at + 1) & mask;
    return at;
}

static Error *resolve(AslCompiler *compiler, const AslBlock *block, const uint32_t *slots, uint32_t mask, AslTarget *target)
{
    if (target->name.length == 0) {
        target->state = ASL_END;
        return NULL;
    }
    if (compiler->program->single) {
        target->state = ASL_UNRESOLVED;
        return NULL;
    }
    uint32_t slot = slots[find_state(block, slots, mask, target->name)];
    if (slot == 0) return error_new(ERR_SYNTAX, "there is no state '%.*s' to go to", STR_ARG(target->name));
    target->state = (int32_t)slot - 1;
    return NULL;
}

static Error *resolve_block(AslCompiler *compiler, AslBlock *block, Str start)
{
    uint32_t size = 8;
    while (size < 2 * block->state_count) size *= 2;
    uint32_t *slots = NEW_ARRAY(compiler->arena, uint32_t, size);
    for (uint32_t i = 0; i < block->state_count; i++) {
        uint32_t at = find_state(block, slots, size - 1, block->states[i].name);
        if (slots[at] == 0) slots[at] = i + 1;
    }
    for (uint32_t i = 0; i < block->state_count; i++) {
        AslStateDef *state = &block->states[i];
        TRY(resolve(compiler, block, slots, size - 1, &state->next));
        for (size_t r = 0; r < state->rule_count; r++) TRY(resolve(compiler, block, slots, size - 1, &state->rules[r].next));
        for (size_t c = 0; c < state->catcher_count; c++)
            TRY(resolve(compiler, block, slots, size - 1, &state->catchers[c].next));
    }
    AslTarget first = { .name = start };
    TRY(resolve(compiler, block, slots, size - 1, &first));
    if (first.state < 0 && !compiler->program->single) return error_new(ERR_SYNTAX, "StartAt is missing");
    block->start = first.state < 0 ? 0 : (uint32_t)first.state;
    return NULL;
}

/* ---- states ---- */

static Error *compile_retriers(AslCompiler *compiler, const Json *array)
{
    AslStateDef *state = compiler->state;
    if (!array) return NULL;
    if (array->type != JSON_ARRAY) return asl_compile_bad(compiler, "Retry");
    state->retriers = NEW_ARRAY(compiler->arena, AslRetrier, array->count);
    Json *item;
    JSON_EACH_ITEM(array, item) {
        AslRetrier *retrier = &state->retriers[state->retrier_count++];
        int64_t     interval = 1, attempts = 3, delay_max = -1;
        json_get_int(item, STR("IntervalSeconds"), &interval);
        json_get_int(item, STR("MaxAttempts"), &attempts);
        json_get_int(item, STR("MaxDelaySeconds"), &delay_max);
        const Json *backoff = json_get(item, STR("BackoffRate"));
        *retrier = (AslRetrier){
            .interval_s = interval < 0 ? 0 : interval > 99999999 ? 99999999 : (uint32_t)interval,
            .attempts_max = attempts < 0 ? 0 : attempts > 99999999 ? 99999999 : (uint32_t)attempts,
            .backoff = backoff && backoff->type == JSON_NUMBER ? json_number(backoff) : 2.0,
            .delay_max_s = delay_max,
            .jitter = str_equal(json_get_str(item, STR("JitterStrategy")), STR("FULL")),
        };
        TRY(asl_compile_texts(compiler, json_get(item, STR("ErrorEquals")), "ErrorEquals", &retrier->errors, &retrier->error_count));
    }
    return NULL;
}

static Error *compile_catchers(AslCompiler *compiler, const Json *array)
{
    AslStateDef *state = compiler->state;
    if (!array) return NULL;
    if (array->type != JSON_ARRAY) return asl_compile_bad(compiler, "Catch");
    state->catchers = NEW_ARRAY(compiler->arena, AslCatcher, array->count);
    Json *item;
    JSON_EACH_ITEM(array, item) {
        AslCatcher *catcher = &state->catchers[state->catcher_count++];
        TRY(asl_compile_texts(compiler, json_get(item, STR("ErrorEquals")), "ErrorEquals", &catcher->errors, &catcher->error_count));
        catcher->next.name = json_get_str(item, STR("Next"));
        if (catcher->next.name.length == 0) return asl_compile_bad(compiler, "Catch");
        if (!state->jsonata) TRY(asl_compile_path_field(compiler, item, "ResultPath", &catcher->result_path));
        TRY(asl_compile_payload(compiler, json_get(item, STR("Assign")), "Assign", &catcher->assign));
        if (state->jsonata) TRY(asl_compile_payload(compiler, json_get(item, STR("Output")), "Output", &catcher->output));
    }
    return NULL;
}

static Error *compile_choice(AslCompiler *compiler, const Json *from)
{
    AslStateDef *state = compiler->state;
    const Json  *choices = json_get(from, STR("Choices"));
    if (!choices || choices->type != JSON_ARRAY) return asl_compile_bad(compiler, "Choices");
    state->next.name = json_get_str(from, STR("Default"));
    state->rules = NEW_ARRAY(compiler->arena, AslRule, choices->count);
    Json *item;
    JSON_EACH_ITEM(choices, item) {
        AslRule *rule = &state->rules[state->rule_count++];
        rule->next.name = json_get_str(item, STR("Next"));
        if (rule->next.name.length == 0) return asl_compile_bad(compiler, "Choices");
        if (state->jsonata) {
            const Json *condition = json_get(item, STR("Condition"));
            if (!condition) return asl_compile_bad(compiler, "Condition");
            Str field = str_format(compiler->arena, "Choices[%zu]/Condition", state->rule_count - 1);
            TRY(asl_expression_compile(compiler->arena, condition, field, &rule->condition));
            TRY(asl_compile_payload(compiler, json_get(item, STR("Output")), "Output", &rule->output));
        } else {
            TRY(asl_choice_compile(compiler->arena, item, &rule->rule));
        }
        TRY(asl_compile_payload(compiler, json_get(item, STR("Assign")), "Assign", &rule->assign));
    }
    return NULL;
}

static Error *compile_wait(AslCompiler *compiler, const Json *from)
{
    AslWaitDef *wait = compiler->state->wait = NEW(compiler->arena, AslWaitDef);
    TRY(asl_compile_field(compiler, from, "Seconds", &wait->seconds));
    return asl_compile_field(compiler, from, "Timestamp", &wait->timestamp);
}

static Error *compile_fail(AslCompiler *compiler, const Json *from)
{
    AslFailDef *fail = compiler->state->fail = NEW(compiler->arena, AslFailDef);
    TRY(asl_compile_field(compiler, from, "Error", &fail->error));
    return asl_compile_field(compiler, from, "Cause", &fail->cause);
}

static Error *compile_parallel(AslCompiler *compiler, const Json *from)
{
    AslStateDef *state = compiler->state;
    const Json  *branches = json_get(from, STR("Branches"));
    if (!branches || branches->type != JSON_ARRAY || branches->count == 0) return asl_compile_bad(compiler, "Branches");
    state->branches = NEW_ARRAY(compiler->arena, AslBlock *, branches->count);
    Json *item;
    JSON_EACH_ITEM(branches, item) {
        TRY(asl_compile_block(compiler, item, &state->branches[state->branch_count]));
        compiler->state = state;
        state->branch_count++;
    }
    return NULL;
}

/* What every state of its query language has. */
static Error *compile_data_flow(AslCompiler *compiler, const Json *from)
{
    AslStateDef *state = compiler->state;
    TRY(asl_compile_payload(compiler, json_get(from, STR("Assign")), "Assign", &state->assign));
    if (state->jsonata) {
        TRY(asl_compile_payload(compiler, json_get(from, STR("Output")), "Output", &state->output));
        return asl_compile_payload(compiler, json_get(from, STR("Arguments")), "Arguments", &state->arguments);
    }
    TRY(asl_compile_path_field(compiler, from, "InputPath", &state->input_path));
    TRY(asl_compile_path_field(compiler, from, "OutputPath", &state->output_path));
    TRY(asl_compile_path_field(compiler, from, "ResultPath", &state->result_path));
    if (state->type != ASL_MAP) TRY(asl_compile_payload(compiler, json_get(from, STR("Parameters")), "Parameters", &state->parameters));
    return asl_compile_payload(compiler, json_get(from, STR("ResultSelector")), "ResultSelector", &state->result_selector);
}

static Error *compile_by_type(AslCompiler *compiler, const Json *from)
{
    switch (compiler->state->type) {
    case ASL_PASS:
        compiler->state->result = compiler->state->jsonata ? NULL : json_get(from, STR("Result"));
        return NULL;
    case ASL_TASK: return asl_compile_task(compiler, from);
    case ASL_CHOICE: return compile_choice(compiler, from);
    case ASL_WAIT: return compile_wait(compiler, from);
    case ASL_FAIL_STATE: return compile_fail(compiler, from);
    case ASL_PARALLEL: return compile_parallel(compiler, from);
    case ASL_MAP: return asl_compile_map(compiler, from);
    case ASL_SUCCEED: return NULL;
    }
    return NULL;
}

static Error *compile_state(AslCompiler *compiler, Str name, const Json *from)
{
    AslStateDef *state = compiler->state;
    state->name = name;
    Str  type = json_get_str(from, STR("Type"));
    bool known = false;
    for (size_t i = 0; i < sizeof STATE_TYPES / sizeof STATE_TYPES[0]; i++)
        if (str_equal(type, STATE_TYPES[i].name)) {
            state->type = STATE_TYPES[i].type;
            known = true;
        }
    if (!known) return asl_compile_bad(compiler, "Type");
    Str language = json_get_str(from, STR("QueryLanguage"));
    state->jsonata = language.length > 0 ? str_equal(language, STR("JSONata")) : compiler->jsonata;
    state->next.name = json_get_str(from, STR("Next"));
    TRY(compile_data_flow(compiler, from));
    TRY(compile_retriers(compiler, json_get(from, STR("Retry"))));
    TRY(compile_catchers(compiler, json_get(from, STR("Catch"))));
    return compile_by_type(compiler, from);
}

/* ---- blocks ---- */

static AslBlock *new_block(AslCompiler *compiler, uint32_t state_count)
{
    AslProgram *program = compiler->program;
    if (program->block_count == program->block_capacity) {
        uint32_t capacity = program->block_capacity ? 2 * program->block_capacity : 8;
        program->blocks = arena_grow(compiler->arena, program->blocks, program->block_capacity * sizeof(AslBlock *),
                                     capacity * sizeof(AslBlock *));
        program->block_capacity = capacity;
    }
    AslBlock *block = NEW(compiler->arena, AslBlock);
    block->number = program->block_count;
    block->states = NEW_ARRAY(compiler->arena, AslStateDef, state_count);
    program->blocks[program->block_count++] = block;
    return block;
}

/* A machine within the machine. Nesting is bounded by that of JSON. */
Error *asl_compile_block(AslCompiler *compiler, const Json *from, AslBlock **out)
{
    const Json *states = from ? json_get(from, STR("States")) : NULL;
    if (!states || states->type != JSON_OBJECT || states->count == 0) return error_new(ERR_SYNTAX, "States is missing");
    AslBlock *block = new_block(compiler, states->count);
    JSON_EACH_MEMBER(states, member) {
        if (json_get(states, member->name) != member->value) continue; /* of members of one name the last counts */
        compiler->state = &block->states[block->state_count];
        compiler->state->number = block->state_count++;
        TRY(compile_state(compiler, member->name, member->value));
    }
    TRY(resolve_block(compiler, block, json_get_str(from, STR("StartAt"))));
    *out = block;
    return NULL;
}

/* The machines of distributed Maps share all blocks; they are complete only when the whole program is. */
static void complete_children(Arena *arena, AslProgram *program)
{
    for (uint32_t b = 0; b < program->block_count; b++)
        for (uint32_t s = 0; s < program->blocks[b]->state_count; s++) {
            AslMapDef *map = program->blocks[b]->states[s].map;
            if (!map || !map->distributed) continue;
            map->children = arena_copy(arena, program, sizeof *program);
            map->children->main = map->processor->number;
            map->children->timeout_s = -1;
            map->children->single = false;
            map->children->child = true;
        }
}

/* Nothing says "context" or "$$": then no expression can ask for the context object. */
static bool may_want_input(const Json *definition)
{
    size_t at;
    return definition->raw.length == 0 || str_find(definition->raw, STR("context"), &at) ||
           str_find(definition->raw, STR("$$"), &at) || str_find(definition->raw, STR("$states"), &at) ||
           str_find(definition->raw, STR("\\u"), &at);
}

Error *asl_compile(Arena *arena, const Json *definition, AslProgram **out)
{
    if (definition->type != JSON_OBJECT) return error_new(ERR_SYNTAX, "a definition is an object");
    AslProgram *program = NEW(arena, AslProgram);
    program->timeout_s = -1;
    program->wants_input = may_want_input(definition);
    definition = json_copy(arena, definition);
    AslCompiler compiler = { arena, program, NULL, str_equal(json_get_str(definition, STR("QueryLanguage")), STR("JSONata")) };
    int64_t     timeout;
    if (json_get_int(definition, STR("TimeoutSeconds"), &timeout)) program->timeout_s = timeout;
    AslBlock *main;
    TRY(asl_compile_block(&compiler, definition, &main));
    program->main = main->number;
    complete_children(arena, program);
    *out = program;
    return NULL;
}

Error *asl_compile_state(Arena *arena, const Json *state, Str name, Str machine_language, AslProgram **out)
{
    if (state->type != JSON_OBJECT) return error_new(ERR_SYNTAX, "a state is an object");
    AslProgram *program = NEW(arena, AslProgram);
    program->timeout_s = -1;
    program->wants_input = true;
    AslCompiler compiler = { arena, program, NULL, str_equal(machine_language, STR("JSONata")) };
    AslBlock   *block = new_block(&compiler, 1);
    block->state_count = 1;
    compiler.state = &block->states[0];
    TRY(compile_state(&compiler, str_copy(arena, name), json_copy(arena, state)));
    program->single = true;
    TRY(resolve_block(&compiler, block, STR_NONE));
    complete_children(arena, program);
    *out = program;
    return NULL;
}
