/* lint_shape.c -- shapes: what can be known of a value before anything runs.
 *
 * A shape says least (SHAPE_ANY) unless something is certain: an object with the members of a template, the array that a
 * Parallel state gives. Joining two shapes keeps what both say. Shapes are bounded, SHAPE_DEPTH_MAX deep and
 * SHAPE_SIZE_MAX in all, so that loops that wrap their data again and again come to rest, and so that the functions here
 * may recurse. */
#include "asl/lint_internal.h"

#include "asl/path.h"

enum { SHAPE_DEPTH_MAX = 6, SHAPE_SIZE_MAX = 400, SHAPE_MEMBERS_MAX = 64, SHAPE_ITEMS_MAX = 64 };

static AslShapeMember error_members[] = {
    { STR_CONST("Error"), &asl_shape_scalar, true },
    { STR_CONST("Cause"), &asl_shape_scalar, true },
};

const AslShape asl_shape_any = { .kind = SHAPE_ANY, .size = 1 };
const AslShape asl_shape_scalar = { .kind = SHAPE_SCALAR, .size = 1 };
const AslShape asl_shape_error = { .kind = SHAPE_OBJECT, .depth = 1, .size = 3, .count = 2, .members = error_members };

/* ---- making ---- */

static const AslShape *fitting(const AslShape *part, uint32_t *size)
{
    if (part->depth + 1 > SHAPE_DEPTH_MAX || *size + part->size > SHAPE_SIZE_MAX) part = &asl_shape_any;
    *size += part->size;
    return part;
}

const AslShape *asl_shape_object(Arena *arena, AslShapeMember *members, uint32_t count, bool open)
{
    AslShape *shape = NEW(arena, AslShape);
    if (count > SHAPE_MEMBERS_MAX) {
        count = SHAPE_MEMBERS_MAX;
        open = true;
    }
    *shape = (AslShape){ .kind = SHAPE_OBJECT, .open = open, .size = 1, .count = count, .members = members };
    for (uint32_t i = 0; i < count; i++) {
        members[i].shape = fitting(members[i].shape, &shape->size);
        if (members[i].shape->depth >= shape->depth) shape->depth = members[i].shape->depth + 1;
    }
    return shape;
}

const AslShape *asl_shape_array(Arena *arena, const AslShape **items, uint32_t count, bool open)
{
    AslShape *shape = NEW(arena, AslShape);
    if (!open && count > SHAPE_ITEMS_MAX) {
        open = true;
        count = 0;
    }
    *shape = (AslShape){ .kind = SHAPE_ARRAY, .open = open, .size = 1, .count = count, .items = items };
    for (uint32_t i = 0; i < count; i++) {
        items[i] = fitting(items[i], &shape->size);
        if (items[i]->depth >= shape->depth) shape->depth = items[i]->depth + 1;
    }
    return shape;
}

const AslShape *asl_shape_made_by(Arena *arena, const AslShape *shape, const AslOutlineState *maker)
{
    if (!shape || shape->kind == SHAPE_ANY || shape->maker == maker) return shape;
    AslShape *made = NEW(arena, AslShape);
    *made = *shape;
    made->maker = maker;
    return made;
}

static const AslShape *literal_at(Arena *arena, const Json *value, uint32_t depth)
{
    if (value->type == JSON_NULL) return &asl_shape_any; /* the service treats it now as a scalar, now as nothing */
    if (value->type != JSON_OBJECT && value->type != JSON_ARRAY) return &asl_shape_scalar;
    if (depth == SHAPE_DEPTH_MAX) return &asl_shape_any;
    bool             object = value->type == JSON_OBJECT;
    uint32_t         count = 0, most = object ? SHAPE_MEMBERS_MAX + 1 : SHAPE_ITEMS_MAX + 1;
    uint32_t         room = value->count < most ? value->count : most;
    AslShapeMember  *members = object ? NEW_ARRAY(arena, AslShapeMember, room + 1) : NULL;
    const AslShape **items = object ? NULL : NEW_ARRAY(arena, const AslShape *, room + 1);
    for (uint32_t i = 0; i < value->count && count < room; i++) {
        const Json *part = object ? value->members[i].value : value->items[i];
        if (object && json_get(value, value->members[i].name) != part) continue;
        const AslShape *shape = literal_at(arena, part, depth + 1);
        if (object)
            members[count++] = (AslShapeMember){ value->members[i].name, shape, true };
        else
            items[count++] = shape;
    }
    return object ? asl_shape_object(arena, members, count, false) : asl_shape_array(arena, items, count, false);
}

const AslShape *asl_shape_literal(Arena *arena, const Json *value)
{
    return literal_at(arena, value, 0);
}

/* ---- comparing, joining ---- */

bool asl_shape_equal(const AslShape *a, const AslShape *b)
{
    if (a == b) return true;
    if (!a || !b || a->kind != b->kind || a->open != b->open || a->count != b->count || a->size != b->size ||
        a->maker != b->maker)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->kind == SHAPE_ARRAY && !asl_shape_equal(a->items[i], b->items[i])) return false;
        if (a->kind != SHAPE_OBJECT) continue;
        const AslShapeMember *x = &a->members[i], *y = &b->members[i];
        if (!str_equal(x->name, y->name) || x->certain != y->certain || !asl_shape_equal(x->shape, y->shape))
            return false;
    }
    return true;
}

static const AslShapeMember *member_of(const AslShape *object, Str name)
{
    for (uint32_t i = 0; i < object->count; i++)
        if (str_equal(object->members[i].name, name)) return &object->members[i];
    return NULL;
}

static const AslShape *join_objects(Arena *arena, const AslShape *a, const AslShape *b)
{
    uint32_t        count = 0;
    AslShapeMember *members = NEW_ARRAY(arena, AslShapeMember, a->count + b->count + 1);
    for (uint32_t i = 0; i < a->count; i++) {
        AslShapeMember        member = a->members[i];
        const AslShapeMember *other = member_of(b, member.name);
        if (!other && b->open) continue;
        if (other) member.shape = asl_shape_join(arena, member.shape, other->shape);
        member.certain = other && member.certain && other->certain;
        members[count++] = member;
    }
    for (uint32_t i = 0; i < b->count; i++) {
        if (a->open || member_of(a, b->members[i].name)) continue;
        members[count] = b->members[i];
        members[count++].certain = false;
    }
    return asl_shape_object(arena, members, count, a->open || b->open);
}

const AslShape *asl_shape_item(Arena *arena, const AslShape *array)
{
    const AslShape *item = array->count ? array->items[0] : NULL;
    for (uint32_t i = 1; i < array->count; i++) item = asl_shape_join(arena, item, array->items[i]);
    return item ? item : &asl_shape_any;
}

static const AslShape *join_arrays(Arena *arena, const AslShape *a, const AslShape *b)
{
    bool             open = a->open || b->open || a->count != b->count;
    const AslShape **items = NEW_ARRAY(arena, const AslShape *, a->count + 1);
    if (open) {
        items[0] = asl_shape_join(arena, asl_shape_item(arena, a), asl_shape_item(arena, b));
        return asl_shape_array(arena, items, 1, true);
    }
    for (uint32_t i = 0; i < a->count; i++) items[i] = asl_shape_join(arena, a->items[i], b->items[i]);
    return asl_shape_array(arena, items, a->count, false);
}

const AslShape *asl_shape_join(Arena *arena, const AslShape *a, const AslShape *b)
{
    if (!a || asl_shape_equal(a, b)) return b;
    if (!b) return a;
    if (a->kind != b->kind || a->kind == SHAPE_ANY) return &asl_shape_any;
    if (a->kind == SHAPE_SCALAR) return &asl_shape_scalar;
    const AslShape *joined = a->kind == SHAPE_OBJECT ? join_objects(arena, a, b) : join_arrays(arena, a, b);
    joined = asl_shape_made_by(arena, joined, a->maker == b->maker ? a->maker : NULL);
    return asl_shape_equal(joined, a) ? a : joined;
}

Str asl_shape_members_text(Arena *arena, const AslShape *object)
{
    enum { SHOWN_MAX = 8 };
    Str text = STR_NONE;
    for (uint32_t i = 0; i < object->count && i < SHOWN_MAX; i++) {
        Str name = asl_quote(object->members[i].name);
        text = i ? str_format(arena, "%.*s, %.*s", STR_ARG(text), STR_ARG(name)) : name;
    }
    if (object->count > SHOWN_MAX) text = str_format(arena, "%.*s, ...", STR_ARG(text));
    return text;
}

/* ---- paths ---- */

AslThere asl_shape_step(Arena *arena, const AslShape *shape, const AslPathStep *step, const AslShape **out)
{
    *out = &asl_shape_any;
    switch (shape->kind) {
    case SHAPE_ANY: return THERE_MAYBE;
    case SHAPE_SCALAR: return THERE_NOT;
    case SHAPE_OBJECT: {
        const AslShapeMember *member = step->name.data ? member_of(shape, step->name) : NULL;
        if (member) *out = member->shape;
        if (member) return member->certain ? THERE_CERTAINLY : THERE_MAYBE;
        return shape->open && step->name.data ? THERE_MAYBE : THERE_NOT;
    }
    case SHAPE_ARRAY: break;
    }
    if (step->name.data) return THERE_NOT;
    if (shape->open) {
        *out = asl_shape_item(arena, shape);
        return THERE_MAYBE;
    }
    int64_t at = step->index < 0 ? step->index + shape->count : step->index;
    if (at < 0 || at >= shape->count) return THERE_NOT;
    *out = shape->items[at];
    return THERE_CERTAINLY;
}

/* $['a'][0]['b'], as the paths' own module writes it. Names with a quote could be read in two ways: those are left alone. */
static bool read_steps(Str normal, AslPathStep *steps, uint32_t *out_count)
{
    uint32_t count = 0;
    size_t   at = 1, close, quote;
    while (at < normal.length) {
        Str rest = str_slice(normal, at, normal.length);
        if (str_starts_with(rest, STR("['"))) {
            rest = str_slice(rest, 2, rest.length);
            if (!str_find(rest, STR("']"), &close)) return false;
            steps[count] = (AslPathStep){ .name = str_slice(rest, 0, close) };
            if (str_find_byte(steps[count].name, '\'', &quote)) return false;
            if (!steps[count].name.data) steps[count].name.data = "";
            at += close + 4;
        } else {
            if (rest.data[0] != '[' || !str_find_byte(rest, ']', &close)) return false;
            steps[count] = (AslPathStep){ .name = STR_NONE };
            if (!str_parse_int(str_slice(rest, 1, close), &steps[count].index)) return false;
            at += close + 1;
        }
        count++;
    }
    *out_count = count;
    return true;
}

bool asl_path_steps(Arena *arena, Str path, AslPathStep **out, uint32_t *out_count)
{
    AslPath *compiled;
    Error   *error = asl_path_compile(arena, path, &compiled);
    error_free(error);
    if (error || asl_path_root(compiled) != ASL_PATH_INPUT || !asl_path_is_reference(compiled)) return false;
    Str normal = jsonpath_normal(asl_path_inner(compiled), arena);
    *out = NEW_ARRAY(arena, AslPathStep, normal.length + 1);
    return read_steps(normal, *out, out_count);
}
