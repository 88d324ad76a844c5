/* template.c -- payload templates.
 *
 * A template becomes a tree of the parts that something is computed in; whatever has nothing to compute is the
 * definition's own value and is shared. Members of what is made anew come in the order of the service, which puts
 * what is literal first, as it stands there, and what is computed behind it in the order of a hash table:
 *
 *     {"b.$": "$.b", "a.$": "$.a", "z": 1, "y": {"x.$": "$"}}     gives     z, y, a, b
 *
 * They are evaluated as they are written all the same. */
#include "asl/template.h"
#include "asl/intrinsic_call.h"
#include "asl/java.h"

typedef enum PartKind { PART_LITERAL, PART_PATH, PART_CALL, PART_ARRAY, PART_OBJECT } PartKind;

typedef struct Member { /* of an object, or an item of an array */
    Str          name;  /* in the result */
    Str          field; /* as written: "name.$"; of an item empty */
    uint32_t     place; /* in the result */
    AslTemplate *value; /* NULL: the literal */
    const Json  *literal;
} Member;

struct AslTemplate {
    PartKind kind;
    uint32_t count;
    union {
        const Json   *literal;
        AslPath      *path;
        AslIntrinsic *call;
        Member       *members;
    };
};

static bool is_computed(Str name)
{
    return str_ends_with(name, STR(".$"));
}

/* Whether there is anything to compute. A program may be used by several threads, so what is shared must not sort
 * out its index later: the look-up makes it. */
static bool has_computed(const Json *value)
{
    bool found = false;
    if (value->type == JSON_ARRAY)
        for (uint32_t i = 0; i < value->count; i++) found |= has_computed(value->items[i]);
    if (value->type != JSON_OBJECT) return found;
    json_get(value, STR(".$"));
    JSON_EACH_MEMBER(value, member) found |= is_computed(member->name) || has_computed(member->value);
    return found;
}

static bool is_too_deep(const Json *value, int depth)
{
    bool array = value->type == JSON_ARRAY, deep = false;
    if (!array && value->type != JSON_OBJECT) return false;
    if (depth > JSON_DEPTH_MAX) return true;
    for (uint32_t i = 0; i < value->count && !deep; i++)
        deep = is_too_deep(array ? value->items[i] : value->members[i].value, depth + 1);
    return deep;
}

/* ---- compiling ---- */

Error *asl_template_compile_text(Arena *arena, Str text, AslTemplate **out)
{
    AslTemplate *part = NEW(arena, AslTemplate);
    part->kind = asl_is_intrinsic(text) ? PART_CALL : PART_PATH;
    TRY(part->kind == PART_CALL ? asl_intrinsic_compile(arena, text, &part->call)
                                : asl_path_compile(arena, text, &part->path));
    *out = part;
    return NULL;
}

#define NO_CALL "The value for the field '%.*s' must be a valid JSONPath or a valid intrinsic function call"

static Error *compile_computed(Arena *arena, const JsonMember *source, Member *member)
{
    Str name = source->name;
    member->name = str_slice(name, 0, name.length - 2);
    if (source->value->type != JSON_STRING) return error_new(ERR_SYNTAX, NO_CALL, STR_ARG(name));
    TRY_WRAP(asl_template_compile_text(arena, source->value->text, &member->value), NO_CALL, STR_ARG(name));
    return NULL;
}

static Error *compile_part(Arena *arena, const Json *value, AslTemplate **out);

static Error *compile_value(Arena *arena, const Json *value, Member *member)
{
    member->literal = value;
    return has_computed(value) ? compile_part(arena, value, &member->value) : NULL;
}

/* Literal members take the first places as they come, computed ones those behind. */
static void give_places(Arena *arena, AslTemplate *part)
{
    uint32_t *hashes = NEW_ARRAY(arena, uint32_t, part->count), *order = NEW_ARRAY(arena, uint32_t, part->count);
    Member  **computed = NEW_ARRAY(arena, Member *, part->count);
    uint32_t  literals = 0, count = 0;
    for (Member *member = part->members; member < part->members + part->count; member++) {
        if (!is_computed(member->field)) {
            member->place = literals++;
        } else {
            hashes[count] = asl_java_hash(member->name);
            computed[count++] = member;
        }
    }
    asl_java_order(arena, hashes, count, order);
    for (uint32_t i = 0; i < count; i++) computed[order[i]]->place = literals + i;
}

/* "x.$" beside it gives the member "x". */
static bool is_replaced(Arena *arena, const Json *object, Str name)
{
    const Str parts[] = { name, STR(".$") };
    return !is_computed(name) && json_get(object, str_concat(arena, parts, 2));
}

static Error *compile_object(Arena *arena, const Json *object, AslTemplate *part)
{
    part->members = NEW_ARRAY(arena, Member, object->count);
    JSON_EACH_MEMBER(object, source) {
        if (json_get(object, source->name) != source->value) continue; /* another of that name follows */
        if (is_replaced(arena, object, source->name)) continue;
        Member *member = &part->members[part->count++];
        member->name = member->field = source->name;
        TRY(is_computed(source->name) ? compile_computed(arena, source, member)
                                      : compile_value(arena, source->value, member));
    }
    give_places(arena, part);
    return NULL;
}

static Error *compile_array(Arena *arena, const Json *array, AslTemplate *part)
{
    part->members = NEW_ARRAY(arena, Member, array->count);
    part->count = array->count;
    for (uint32_t i = 0; i < array->count; i++) TRY(compile_value(arena, array->items[i], &part->members[i]));
    return NULL;
}

static Error *compile_part(Arena *arena, const Json *value, AslTemplate **out)
{
    AslTemplate *part = NEW(arena, AslTemplate);
    bool         object = value->type == JSON_OBJECT;
    part->kind = object ? PART_OBJECT : PART_ARRAY;
    TRY(object ? compile_object(arena, value, part) : compile_array(arena, value, part));
    *out = part;
    return NULL;
}

Error *asl_template_compile(Arena *arena, const Json *value, AslTemplate **out)
{
    if (is_too_deep(value, 1)) return error_new(ERR_SYNTAX, "A template is nested deeper than %d", JSON_DEPTH_MAX);
    if (has_computed(value)) return compile_part(arena, value, out);
    AslTemplate *part = NEW(arena, AslTemplate);
    part->kind = PART_LITERAL;
    part->literal = value;
    *out = part;
    return NULL;
}

bool asl_template_is_literal(const AslTemplate *template)
{
    return template->kind == PART_LITERAL;
}

/* ---- evaluating ---- */

typedef struct Evaluation {
    const AslScope *scope;
    size_t          bytes_left;
    AslFault       *fault;
} Evaluation;

static bool fail_path(Evaluation *work, const AslPath *path, Str field, JsonPathOutcome outcome, Str why)
{
    Arena      *arena = work->scope->arena;
    bool        context = asl_path_root(path) == ASL_PATH_CONTEXT && work->scope->context;
    const Json *input = context ? work->scope->context(work->scope) : work->scope->input;
    Str         text = input->raw.length ? input->raw : json_text(arena, input);
    if (outcome == JSONPATH_NOT_SUPPORTED)
        return asl_fail(work->fault, arena, STR("States.Runtime"), "Invalid path '%.*s' : %.*s",
                        STR_ARG(asl_path_text(path)), STR_ARG(why));
    return asl_fail(work->fault, arena, STR("States.Runtime"),
                    "The JSONPath '%.*s' specified for the field '%.*s' could not be found in the input '%.*s'",
                    STR_ARG(asl_path_text(path)), STR_ARG(field), STR_ARG(text));
}

static bool evaluate_path(Evaluation *work, const AslPath *path, Str field, Json **out)
{
    Str             why = STR_NONE;
    JsonPathOutcome outcome = asl_path_select(path, work->scope, out, &why);
    if (outcome != JSONPATH_FOUND) return fail_path(work, path, field, outcome, why);
    if (jsonpath_is_definite(asl_path_inner(path))) return true;
    size_t bytes = (*out)->count * sizeof(Json *);
    if (bytes > work->bytes_left)
        return asl_fail(work->fault, work->scope->arena, STR("States.Runtime"),
                        "The values of the field '%.*s' are larger than %d bytes", STR_ARG(field),
                        ASL_EVALUATION_BYTES_MAX);
    work->bytes_left -= bytes;
    return true;
}

static bool evaluate(Evaluation *work, const AslTemplate *part, Str field, Json **out);

static bool evaluate_member(Evaluation *work, const Member *member, Str field, Json **out)
{
    if (member->value) return evaluate(work, member->value, is_computed(member->field) ? member->field : field, out);
    *out = (Json *)member->literal;
    return true;
}

static bool evaluate_object(Evaluation *work, const AslTemplate *part, Str field, Json **out)
{
    Arena      *arena = work->scope->arena;
    JsonMember *members = NEW_ARRAY(arena, JsonMember, part->count);
    for (const Member *member = part->members; member < part->members + part->count; member++) {
        members[member->place].name = member->name;
        if (!evaluate_member(work, member, field, &members[member->place].value)) return false;
    }
    *out = json_object(arena);
    for (uint32_t i = 0; i < part->count; i++) json_add(arena, *out, members[i].name, members[i].value);
    return true;
}

static bool evaluate_array(Evaluation *work, const AslTemplate *part, Str field, Json **out)
{
    *out = json_array(work->scope->arena);
    for (uint32_t i = 0; i < part->count; i++) {
        Json *item;
        if (!evaluate_member(work, &part->members[i], field, &item)) return false;
        json_append(work->scope->arena, *out, item);
    }
    return true;
}

static bool evaluate(Evaluation *work, const AslTemplate *part, Str field, Json **out)
{
    switch (part->kind) {
    case PART_PATH: return evaluate_path(work, part->path, field, out);
    case PART_CALL: return asl_intrinsic_run(part->call, work->scope, &work->bytes_left, out, work->fault);
    case PART_ARRAY: return evaluate_array(work, part, field, out);
    case PART_OBJECT: return evaluate_object(work, part, field, out);
    default: *out = (Json *)part->literal; return true;
    }
}

bool asl_template_evaluate(const AslTemplate *template, const AslScope *scope, Str field, Json **out, AslFault *fault)
{
    Evaluation work = { .scope = scope, .bytes_left = ASL_EVALUATION_BYTES_MAX, .fault = fault };
    Json      *result = NULL;
    if (!evaluate(&work, template, field, &result)) return false;
    *out = result;
    return true;
}
