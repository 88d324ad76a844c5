/* lint_internal.h -- what the files of the linter share: shapes of data, and where they flow. */
#ifndef ASL_LINT_INTERNAL_H
#define ASL_LINT_INTERNAL_H

#include "asl/validate_internal.h"

static inline bool is_one_of(char byte, const char *these)
{
    return byte && strchr(these, byte);
}

/* ---- shapes: what is known of a value without running anything ---- */

typedef enum AslShapeKind { SHAPE_ANY, SHAPE_SCALAR, SHAPE_ARRAY, SHAPE_OBJECT } AslShapeKind;

typedef struct AslShape AslShape;

typedef struct AslShapeMember {
    Str             name;
    const AslShape *shape;
    bool            certain; /* on every way */
} AslShapeMember;

/* Immutable. NULL is "nothing comes here". Bounded in depth and in size: what is beyond is SHAPE_ANY, or open. */
struct AslShape {
    AslShapeKind     kind;
    bool             open; /* of an object: there may be more members; of an array: as many as you like of items[0] */
    uint8_t          depth;
    uint32_t         size;
    uint32_t         count;
    AslShapeMember  *members;
    const AslShape **items;
    const AslOutlineState *maker; /* the state whose result or output it is; NULL: not one alone */
};

extern const AslShape asl_shape_any, asl_shape_scalar, asl_shape_error; /* error: {Error, Cause} */

const AslShape *asl_shape_object(Arena *arena, AslShapeMember *members, uint32_t count, bool open);
const AslShape *asl_shape_array(Arena *arena, const AslShape **items, uint32_t count, bool open);
const AslShape *asl_shape_made_by(Arena *arena, const AslShape *shape, const AslOutlineState *maker);
const AslShape *asl_shape_literal(Arena *arena, const Json *value);
const AslShape *asl_shape_join(Arena *arena, const AslShape *a, const AslShape *b);
const AslShape *asl_shape_item(Arena *arena, const AslShape *array); /* any of its items */
bool            asl_shape_equal(const AslShape *a, const AslShape *b);
Str             asl_shape_members_text(Arena *arena, const AslShape *object); /* "a, b, c" */

typedef struct AslPathStep {
    Str     name; /* no data: an index */
    int64_t index;
} AslPathStep;

typedef enum AslThere { THERE_NOT, THERE_MAYBE, THERE_CERTAINLY } AslThere;

/* One step. Its shape is SHAPE_ANY where nothing is known, also when it is not there. */
AslThere asl_shape_step(Arena *arena, const AslShape *shape, const AslPathStep *step, const AslShape **out);

/* The steps of a reference path into the input; false: it is another path. */
bool asl_path_steps(Arena *arena, Str path, AslPathStep **out, uint32_t *out_count);

/* ---- the flow of data ---- */

typedef struct AslFlow {
    AslCheck        *check;
    Arena           *arena;
    const AslShape **inputs;  /* of states */
    const AslShape **outputs; /* of machines */
    uint8_t         *visits;
    uint32_t        *pending; /* a ring */
    bool            *waiting;
    uint32_t         pending_first, pending_count;
} AslFlow;

/* What a path or a call finds missing: the step at of count. */
typedef void AslMissing(void *data, Str path, const AslPathStep *steps, uint32_t count, uint32_t at,
                        const AslShape *where);

AslFlow *asl_flow_new(AslCheck *check);
void     asl_flow_run(AslFlow *flow);

/* The parts of a JSONPath state's data flow, one after the other; NULL where there is no input. */
typedef struct AslStages {
    const AslShape *input, *effective, *parameters, *items, *result, *selected, *combined, *output;
} AslStages;

void asl_stages(AslFlow *flow, uint32_t state, AslStages *out);

const AslShape *asl_shape_of_path(Arena *arena, const AslShape *input, Str path); /* a path or an intrinsic call */
const AslShape *asl_shape_of_template(Arena *arena, const AslShape *input, const Json *value);
bool            asl_place_result(Arena *arena, const AslShape *input, const Json *path, const AslShape *result,
                                 const AslShape **out);
void            asl_missing_of_path(Arena *arena, const AslShape *input, Str path, AslMissing *missing, void *data);

/* ---- what the linter looks at ---- */

void asl_lint_say(AslCheck *check, AslSeverity severity, const char *code, const AslPlace *place, Str hint,
                  const char *format, ...) __attribute__((format(printf, 6, 7)));

bool asl_is_other_value(Str name);

void asl_lint_paths(AslCheck *check);
void asl_lint_calls(AslCheck *check, const AslOutlineState *state);
void asl_lint_variables(AslCheck *check);
void asl_lint_choice(AslCheck *check, const AslOutlineState *state);
void asl_lint_handlers(AslCheck *check, const AslOutlineState *state);
void asl_lint_task(AslCheck *check, const AslOutlineState *state);
void asl_lint_pass(AslCheck *check, const AslOutlineState *state);
void asl_lint_map(AslCheck *check, const AslOutlineState *state);
void asl_lint_texts(AslCheck *check, const AslOutlineState *state);
void asl_lint_members(AslCheck *check, const Json *object, const AslPlace *place, bool machine);
void asl_lint_loops(AslCheck *check);

#endif
