/* validate_internal.h -- what the files of validation and linting share: an outline of the definition, and findings.
 *
 * The outline is a definition laid flat: its machines (the main one, branches, item processors) and their states in
 * arrays, with the transitions between them, in the order of the text where it matters. It is made without recursion and
 * takes whatever JSON it is given; what has the wrong type is left out of it and reported by the validator. */
#ifndef ASL_VALIDATE_INTERNAL_H
#define ASL_VALIDATE_INTERNAL_H

#include "asl/lint.h"

/* ---- places ---- */

/* A step of a location. Places live as long as what they are the place of, and text is only made for a finding. */
typedef struct AslPlace AslPlace;
struct AslPlace {
    const AslPlace *parent;
    Str             name;  /* no data: only an index */
    int64_t         index; /* -1: none */
};

static inline AslPlace asl_place(const AslPlace *parent, Str name)
{
    return (AslPlace){ parent, name, -1 };
}

static inline AslPlace asl_place_item(const AslPlace *parent, Str name, uint32_t index)
{
    return (AslPlace){ parent, name, index };
}

enum { ASL_LOCATION_MAX = 4096, ASL_STEP_MAX = 256, ASL_QUOTE_MAX = 256, ASL_FINDINGS_MAX = 1000 };

Str asl_place_text(Arena *arena, const AslPlace *place); /* "/States/X"; "/" for none. Long steps and places are cut */
Str asl_quote(Str text);                                 /* as much of it as a message should repeat */

/* ---- the outline ---- */

typedef enum AslOutlineType {
    TYPE_NONE, /* missing or unknown */
    TYPE_TASK,
    TYPE_WAIT,
    TYPE_PASS,
    TYPE_SUCCEED,
    TYPE_FAIL,
    TYPE_CHOICE,
    TYPE_PARALLEL,
    TYPE_MAP,
    TYPE_COUNT,
} AslOutlineType;

extern const Str asl_type_names[TYPE_COUNT];

typedef enum AslLanguage { LANGUAGE_JSONPATH = 1, LANGUAGE_JSONATA = 2 } AslLanguage;
typedef enum AslEdgeKind { EDGE_NEXT, EDGE_RULE, EDGE_DEFAULT, EDGE_CATCH } AslEdgeKind;

enum { ASL_NOWHERE = UINT32_MAX };

typedef struct AslEdge {
    AslEdgeKind kind;
    uint32_t    index; /* of the rule or the catcher */
    Str         name;  /* of the target */
    uint32_t    to;    /* ASL_NOWHERE: there is no such state */
} AslEdge;

typedef struct AslOutlineMachine {
    const Json     *json;
    const AslPlace *place;
    AslPlace        own_place, states_place;
    uint32_t        owner;        /* the state it is part of; ASL_NOWHERE: the main one */
    uint32_t        rank;         /* in the order of the text, among machines and states */
    uint32_t        first, count; /* its states */
    uint32_t        start;        /* ASL_NOWHERE: missing */
    bool            distributed, express;
    const Json     *assigned; /* the names of its variables, as members */
} AslOutlineMachine;

typedef struct AslOutlineState {
    const Json    *json;
    Str            name;
    AslPlace       place;
    AslOutlineType type;
    AslLanguage    language;
    uint32_t       machine;
    uint32_t       rank;
    uint32_t       first_inner, inner_count; /* machines */
    uint32_t       first_edge, edge_count;
    bool           ends;    /* End, Succeed or Fail */
    bool           reached; /* from StartAt */
} AslOutlineState;

typedef struct AslOutline {
    const Json        *definition;
    AslLanguage        language;
    AslOutlineMachine *machines;
    AslOutlineState   *states;
    AslEdge           *edges;
    uint32_t           machine_count, state_count, edge_count;
    uint32_t           machine_room, state_room, edge_room;
    uint32_t          *order; /* machines and states by rank: ORDER_MACHINE | index, or a state's index */
    uint32_t           order_count;
} AslOutline;

#define ORDER_MACHINE 0x80000000u

const Json    *asl_edge_assign(const AslOutlineState *state, const AslEdge *edge); /* what it assigns, or NULL */
AslOutline    *asl_outline(Arena *arena, const Json *definition, AslMachineType type);
AslLanguage    asl_language_of(const Json *object, AslLanguage otherwise);
AslOutlineType asl_type_of(const Json *state);

/* ---- walking over a value ---- */

typedef struct AslWalkStep AslWalkStep;

typedef struct AslWalk { /* { .arena = arena }, then asl_walk_into the root */
    Arena        *arena;
    AslWalkStep **steps;
    uint32_t      depth, room;
} AslWalk;

void asl_walk_into(AslWalk *walk, const Json *value, AslPlace place); /* its members or items are next */
bool asl_walk_next(AslWalk *walk, const Json **out,
                   AslPlace *out_place); /* a container before what is in it, if that is walked into */

/* ---- findings ---- */

typedef struct AslFinding {
    uint32_t      rank; /* of what it is about */
    AslDiagnostic diagnostic;
} AslFinding;

typedef struct AslCheck {
    Arena                 *arena;
    AslOutline            *outline;
    AslMachineType         type;
    bool                   single;           /* one state, for TestState */
    uint32_t               rank;             /* of what is being looked at */
    const AslOutlineState *state;            /* likewise; NULL for a machine */
    AslLanguage            language;         /* of it */
    Json                  *names;            /* states seen so far, by name */
    Json                  *labels;           /* of Maps, likewise */
    Json                  *everywhere;       /* the names of all states */
    uint32_t               misses, searches; /* targets that are not there; looks for variables around */
    bool                   ended;            /* the main machine has a terminal state */
    bool                   inner_express;    /* what is around the machine being looked at is express */
    AslFinding            *findings;
    size_t                 count, room;
} AslCheck;

AslCheck *asl_check_new(Arena *arena, const Json *definition, AslMachineType type);
void      asl_check_add(AslCheck *check, AslSeverity severity, const char *code, const AslPlace *place, Str message,
                        Str hint);
void      asl_check_schema(AslCheck *check, const AslPlace *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void asl_check_hint(AslCheck *check, Str hint);              /* for the latest finding */
void asl_check_finish(AslCheck *check, AslDiagnostics *out); /* sorted */

/* ---- validation, by part ---- */

/* What has fields: states, and the objects within them. Bits, for the table of fields. */
typedef enum AslOwner {
    OWNER_TASK = 1 << TYPE_TASK,
    OWNER_WAIT = 1 << TYPE_WAIT,
    OWNER_PASS = 1 << TYPE_PASS,
    OWNER_SUCCEED = 1 << TYPE_SUCCEED,
    OWNER_FAIL = 1 << TYPE_FAIL,
    OWNER_CHOICE = 1 << TYPE_CHOICE,
    OWNER_PARALLEL = 1 << TYPE_PARALLEL,
    OWNER_MAP = 1 << TYPE_MAP,
    OWNER_MACHINE = 1 << 9,
    OWNER_BRANCH = 1 << 10,
    OWNER_PROCESSOR = 1 << 11,
    OWNER_PROCESSOR_CONFIG = 1 << 12,
    OWNER_RETRIER = 1 << 13,
    OWNER_CATCHER = 1 << 14,
    OWNER_RULE = 1 << 15,
    OWNER_TEST = 1 << 16, /* a rule within And, Or, Not */
    OWNER_READER = 1 << 17,
    OWNER_READER_CONFIG = 1 << 18,
    OWNER_BATCHER = 1 << 19,
    OWNER_WRITER = 1 << 20,
    OWNER_WRITER_CONFIG = 1 << 21,
    OWNER_CREDENTIALS = 1 << 22,
} AslOwner;

/* Names, required and exclusive fields, then each value. */
void asl_check_object(AslCheck *check, AslOwner owner, const Json *object, const AslPlace *place);

void asl_check_choices(AslCheck *check, const Json *choices, const AslPlace *place);
void asl_check_task(AslCheck *check, const Json *task, const AslPlace *place);
void asl_check_reader(AslCheck *check, const Json *reader, const AslPlace *place);
void asl_check_reader_config(AslCheck *check, const Json *config, const AslPlace *place);
void asl_check_writer(AslCheck *check, const Json *writer, const AslPlace *place);
void asl_check_processor_config(AslCheck *check, const Json *config, const AslPlace *place);
void asl_check_label(AslCheck *check, Str label, const AslPlace *place);
void asl_check_template(AslCheck *check, const Json *value, const AslPlace *place);
void asl_check_expressions(AslCheck *check, const Json *value, const AslPlace *place);
void asl_check_assign(AslCheck *check, const Json *value, const AslPlace *place);
bool asl_check_type(AslCheck *check, const Json *value, JsonType type, const AslPlace *place); /* false: said so */
bool asl_check_jsonpath(AslCheck *check, Str text, const AslPlace *place);
bool asl_check_reference(AslCheck *check, Str text, bool context, const AslPlace *place);
void asl_check_flow(AslCheck *check, const AslOutlineState *state); /* targets, reachability */
void asl_check_prepare(AslCheck *check);
void asl_check_start(AslCheck *check, const AslOutlineMachine *machine);
void asl_check_end(AslCheck *check); /* a terminal state */

/* A path or an intrinsic call, as the value of a name ending in ".$". */
bool asl_is_path_or_call(Arena *arena, Str text);
void asl_run_validation(AslCheck *check); /* all of it */

/* Whether this JSON text is one, in the words of the parser that the service uses. */
bool asl_json_fault(Arena *arena, Str text, Str *out_message, Str *out_location);

/* The nearest name that might have been meant; no data: none is near. */
Str asl_nearest(Str name, const Json *object_with_names);
Str asl_nearest_of(Str name, const Str *names, size_t count);

#endif
