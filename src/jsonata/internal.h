/* internal.h -- what the files of this module share.
 *
 * A value is a Json, so inputs are used as they are. Three more types exist while an expression is
 * evaluated: functions, tuples (an item with the variables that a path bound on the way to it) and
 * thunks (a tail call that its caller makes). NULL is undefined.
 *
 * An array may be a sequence: the many results of a path, where one result is no array. What is known
 * of an array beside its items is in its flags.
 *
 * A mistake jumps to whoever compiles or evaluates, so nothing but arena memory is held on the way. */
#ifndef JSONATA_INTERNAL_H
#define JSONATA_INTERNAL_H

#include <setjmp.h>

#include "jsonata/jsonata.h"

enum {
    FLAG_SEQUENCE = 8,
    FLAG_KEEP = 16,    /* of a sequence: one item stays an array */
    FLAG_CONS = 32,    /* written as [...] at the end of a path: paths do not flatten it */
    FLAG_WRAPPER = 64, /* around an input that is an array */
    FLAG_TUPLES = 128,
    FLAGS_ARRAY = FLAG_SEQUENCE | FLAG_KEEP | FLAG_CONS | FLAG_WRAPPER | FLAG_TUPLES,
};

enum { VALUE_FUNCTION = JSON_OBJECT + 1, VALUE_TUPLE, VALUE_THUNK };

/* ---- mistakes ---- */

typedef struct Mistake { /* what a message may speak of */
    const char *code;
    size_t      position;
    Str         token;
    const Json *value, *value2;
    size_t      index;
    Str         type;
    Str         message; /* instead of that of the table */
} Mistake;

typedef struct Catch {
    jmp_buf      jump;
    Arena       *arena;
    JsonataFault fault;
} Catch;

_Noreturn void fault_throw(Catch *catch, Mistake mistake);

/* ---- the tree ---- */

typedef struct Symbol    Symbol;
typedef struct Node      Node;
typedef struct Function  Function;
typedef struct Signature Signature;
typedef struct Regex     Regex;
typedef struct Run       Run;
typedef struct Call      Call;
typedef struct Frame     Frame;

struct Symbol { /* a variable's name */
    Str       name;
    uint32_t  index; /* in Program.symbols */
    bool      bound; /* by the expression itself */
    bool      read;
    Function *function; /* built in, or NULL */
    Symbol   *next;
};

enum { /* operators of more than one character; the others are their character */
       OP_RANGE = 128,
       OP_BIND,
       OP_NOT_EQUAL,
       OP_AT_LEAST,
       OP_AT_MOST,
       OP_DESCEND,
       OP_APPLY,
       OP_DEFAULT,
       OP_COALESCE,
       OP_AND,
       OP_OR,
       OP_IN,
};

typedef enum NodeType {
    NODE_END,
    NODE_NAME,
    NODE_STRING,
    NODE_NUMBER,
    NODE_VALUE,
    NODE_VARIABLE,
    NODE_REGEX,
    NODE_OPERATOR,
    NODE_WILDCARD,
    NODE_DESCENDANT,
    NODE_PARENT,
    NODE_BINARY,
    NODE_NEGATE,
    NODE_ARRAY,
    NODE_OBJECT,
    NODE_CALL,
    NODE_PARTIAL,
    NODE_LAMBDA,
    NODE_CONDITION,
    NODE_DEFAULT,
    NODE_COALESCE,
    NODE_TRANSFORM,
    NODE_BLOCK,
    NODE_BIND,
    NODE_APPLY,
    NODE_PATH,
    NODE_SORT,
} NodeType;

typedef struct Slot { /* what a `%` looks for: the value so many steps up */
    Symbol  *label;
    uint32_t level;
} Slot;

typedef struct Stage { /* of a step: a filter, or a variable that gets the position */
    Node   *filter;
    Symbol *index;
} Stage;

typedef struct Nodes {
    Node   **items;
    uint32_t count, capacity;
} Nodes;

typedef struct Stages {
    Stage   *items;
    uint32_t count, capacity;
} Stages;

typedef struct Slots {
    Slot   **items;
    uint32_t count, capacity;
} Slots;

struct Node {
    uint8_t    type; /* NodeType */
    uint8_t    op;
    bool       keep_array;     /* written with [] */
    bool       keep_singleton; /* of a path: one of its steps is */
    bool       cons;
    bool       tuple;
    bool       tail;      /* a call in tail position */
    bool       scope;     /* of a block: binds variables */
    bool       plain;     /* of a path: names and nothing else */
    bool       decorated; /* has predicates, a group or keeps its array */
    bool       grouped;
    uint32_t   position;
    Str        text; /* of the token */
    Json      *value;
    Symbol    *symbol;
    Node      *a, *b, *c; /* lhs, rhs; procedure; body; condition, then, else; pattern, update, delete */
    Nodes      items;     /* steps, arguments, expressions, terms; pairs as key, value, key, value */
    bool      *descending;
    Nodes      group;
    uint32_t   group_position;
    Stages     predicates, stages;
    Symbol    *focus, *index;
    Slot      *slot, *ancestor;
    Slots      seeking;
    Signature *signature;
    Regex     *regex;
};

#define LIST_PUSH(arena, list, item) \
    do { \
        if ((list)->count == (list)->capacity) { \
            uint32_t list_room = (list)->capacity ? (list)->capacity * 2 : 4; \
            (list)->items = arena_grow((arena), (list)->items, (list)->capacity * sizeof *(list)->items, \
                                       arena_size(list_room, sizeof *(list)->items)); \
            (list)->capacity = list_room; \
        } \
        (list)->items[(list)->count++] = (item); \
    } while (0)

struct JsonataProgram {
    Str            text;
    JsonataDialect dialect;
    Node          *root;
    Symbol        *symbols; /* the newest first */
    uint32_t       symbol_count;
    bool           evals; /* what is bound cannot be known */
};

typedef struct Compiler {
    Arena          *arena;
    JsonataProgram *program;
    JsonataProgram *outer; /* of $eval, else NULL */
    Catch *catch;
    Str      text;
    size_t   at;
    Node    *node; /* the token ahead */
    uint32_t depth;
} Compiler;

enum { NEST_MAX = 400, TREE_DEPTH_MAX = 2000, VALUE_DEPTH_MAX = 2000 };

Node           *lexer_next(Compiler *compiler, bool infix); /* NODE_END at the end */
Node           *parser_parse(Compiler *compiler);
Node           *compile_process(Compiler *compiler, Node *node);
Symbol         *compile_symbol(Compiler *compiler, Str name);
Symbol         *compile_label(Compiler *compiler); /* a variable without a name */
_Noreturn void  compile_fault(Compiler *compiler, const char *code, const Node *node);
JsonataProgram *compile_text(Arena *arena, Catch *catch, Str text, JsonataDialect dialect, JsonataProgram *outer);

/* ---- values ---- */

typedef struct Binding {
    Symbol         *symbol;
    Json           *value;
    struct Binding *next;
} Binding;

struct Frame {
    Frame   *outer;
    Binding *bindings; /* the newest first; lists share their tails */
};

typedef struct Tuple {
    Json     base;
    Json    *item;
    Binding *bindings;
} Tuple;

typedef struct Thunk {
    Json        base;
    const Node *call;
    Json       *input;
    Frame      *frame;
} Thunk;

typedef Json *(*NativeRun)(Call *call);

typedef struct Native {
    const char *name;
    const char *signature; /* NULL: none */
    uint8_t     arity;
    uint8_t     dialects; /* a bit each; 0: all */
    NativeRun   run;
} Native;

typedef enum FunctionKind {
    FUNCTION_NATIVE,
    FUNCTION_LAMBDA,
    FUNCTION_PARTIAL,
    FUNCTION_CHAIN,
    FUNCTION_REGEX,
    FUNCTION_NEXT,
    FUNCTION_TRANSFORM,
} FunctionKind;

struct Function {
    Json          base;
    uint8_t       kind;
    uint32_t      arity;
    Signature    *signature;
    const Native *native;
    const Node   *node; /* a lambda, a transform */
    Json         *input;
    Frame        *frame;
    Function     *first, *second; /* of a chain; the target of a partial application is `first` */
    Json        **arguments;      /* of a partial application: what is bound */
    bool         *open;           /* ... and what is not */
    uint32_t      argument_count;
    Regex        *regex;
    Str           subject; /* where a match goes on */
    size_t        offset;
};

struct Call {
    Run     *run;
    Json   **arguments; /* at least CALL_ROOM of them can be read */
    uint32_t count;
    Json    *input;
    Frame   *frame;
};

enum { CALL_ROOM = 6 };

struct Run {
    Arena                *arena;
    const JsonataProgram *program;
    Catch *catch;
    const JsonataRun *options;
    Json            **globals; /* by Symbol.index: the bindings given */
    Json             *root;    /* $$ */
    uint64_t          steps, steps_max;
    uint32_t          depth, depth_max;
    uint32_t          calls; /* one in the other: a tail call leaves evaluate(), but not its caller */
    size_t            held_max;
    const Node       *calling; /* whose position a mistake of a function has */
    uint64_t          chance;
};

_Noreturn void run_fault(Run *run, Mistake mistake);
_Noreturn void run_too_long(Run *run);
_Noreturn void run_too_deep(Run *run);
_Noreturn void run_too_large(Run *run);
void           run_need(Run *run, size_t size); /* so much will be allocated */

static inline void run_work(Run *run, uint64_t steps)
{
    run->steps += steps;
    if (__builtin_expect(run->steps > run->steps_max || run->arena->held > run->held_max, 0)) run_too_long(run);
}

static inline void *run_alloc(Run *run, size_t size)
{
    if (__builtin_expect(size > 4096, 0)) run_need(run, size);
    return arena_alloc(run->arena, size);
}

Json *evaluate(Run *run, const Node *node, Json *input, Frame *frame);
Json *evaluate_path(Run *run, const Node *node, Json *input, Frame *frame);
Json *evaluate_filter(Run *run, const Node *filter, Json *input, Frame *frame);
Json *evaluate_group(Run *run, const Nodes *pairs, uint32_t position, Json *input, Frame *frame);
Json *evaluate_sort(Run *run, const Node *node, Json *input, Frame *frame);
Json *evaluate_transform(Run *run, const Function *transform, Json *input);
Json *evaluate_wildcard(Run *run, Json *input);
Json *evaluate_descendants(Run *run, Json *input);
Json *evaluate_lookup(Run *run, Json *input, Str name);
Json *evaluate_call(Run *run, const Node *node, Json *input, Frame *frame, bool applied, Json *context);
Json *evaluate_partial(Run *run, const Node *node, Json *input, Frame *frame);
Json *evaluate_apply(Run *run, const Node *node, Json *input, Frame *frame);
Json *evaluate_binary(Run *run, const Node *node, Json *input, Frame *frame);
Json *evaluate_root(Run *run, const Node *root, Json *input, Frame *frame);

/* The sequence itself, its one item, or undefined. */
static inline Json *sequence_result(Json *value)
{
    if (!value || value->type != JSON_ARRAY || !(value->flags & FLAG_SEQUENCE) || (value->flags & FLAG_TUPLES))
        return value;
    if (value->count == 0) return NULL;
    return value->count == 1 && !(value->flags & FLAG_KEEP) ? value->items[0] : value;
}

/* Calls a function until its result is no tail call. */
Json *function_apply(Run *run, Json *function, Json **arguments, uint32_t count, Json *input, Frame *frame);
Json *function_invoke(Call *call, Json *function, Json *a, Json *b, Json *c); /* with as many as it takes */
Json *frame_lookup(Run *run, const Frame *frame, const Symbol *symbol);
void  frame_bind(Run *run, Frame *frame, Symbol *symbol, Json *value);

Signature *signature_parse(Arena *arena, Catch *catch, Str text);
void       signature_check(Run *run, const Signature *signature, Json ***arguments, uint32_t *count, Json *context);

/* ---- value.c ---- */

static inline bool is_array(const Json *value)
{
    return value && value->type == JSON_ARRAY;
}
static inline bool is_object(const Json *value)
{
    return value && value->type == JSON_OBJECT;
}
static inline bool is_string(const Json *value)
{
    return value && value->type == JSON_STRING;
}
static inline bool is_number(const Json *value)
{
    return value && value->type == JSON_NUMBER;
}
static inline bool is_function(const Json *value)
{
    return value && value->type == VALUE_FUNCTION;
}
static inline bool is_sequence(const Json *value)
{
    return is_array(value) && value->flags & FLAG_SEQUENCE;
}

static inline double number_of(const Json *value)
{
    return value->flags & JSON_INTEGER ? (double)value->integer : value->number;
}

extern Json value_true, value_false, value_null;

static inline Json *value_bool(bool truth)
{
    return truth ? &value_true : &value_false;
}

Json *value_number(Run *run, double number);
Json *value_string(Run *run, Str text); /* borrows */
Json *value_array(Run *run, uint32_t capacity);
Json *value_sequence(Run *run, uint32_t capacity);
Json *value_sequence_of(Run *run, Json *item);
Json *value_object(Run *run);
void  value_push(Run *run, Json *array, Json *item);
void  value_push_all(Run *run, Json *array, const Json *items);
Json *value_append(Run *run, Json *left, Json *right);
bool  value_truth(Run *run, const Json *value); /* of undefined: false */
bool  value_equal(Run *run, const Json *a, const Json *b);
bool  value_all(const Json *array, uint8_t type); /* an array of such items only */
bool  value_numeric(Run *run, const Json *value); /* a fault where infinite */
Json *value_clone(Run *run, const Json *value);
Json *value_result(Run *run, Json *value);                         /* without what only an evaluation knows */
bool  value_current(const Json *object, const JsonMember *member); /* it is the last of its name */
int   value_compare_text(Str a, Str b);                            /* as JavaScript orders them */

/* ---- text under construction ---- */

typedef struct Text {
    Run   *run;
    char  *data;
    size_t length, capacity;
} Text;

void              text_init(Text *text, Run *run, size_t capacity);
void              text_add(Text *text, Str part); /* joins halves of a surrogate pair */
void              text_add_byte(Text *text, char byte);
void              text_add_code(Text *text, uint32_t code);
void              text_add_value(Text *text, const Json *value, bool pretty); /* as JSON.stringify would */
Json             *text_value(Text *text);
static inline Str text_str(const Text *text)
{
    return (Str){ text->data, text->length };
}

Str      text_of_number(Arena *arena, double number); /* as JavaScript prints it */
Str      text_of(Run *run, const Json *value);        /* as $string() makes it */
uint32_t text_next(Str text, size_t *at);             /* a code point, a lone surrogate too */
size_t   text_length(Str text);                       /* in code points */
size_t   text_offset(Str text, size_t points);        /* in bytes, of that many code points */
size_t   text_units(Str text);                        /* in UTF-16 units */
size_t   text_units_offset(Str text, size_t units);
uint32_t text_last(Str text);

/* ---- regular expressions ---- */

typedef struct Match {
    Str    text;
    size_t start, end; /* in bytes */
    Json  *groups;     /* an array of strings; NULL items did not take part */
    Json  *object;     /* as functions see it */
    Json  *next;       /* the function that goes on */
} Match;

Regex *regex_compile(Arena *arena, Catch *catch, Str pattern, bool nocase, bool multiline, size_t position);
Json  *regex_match(Run *run, const Function *regex, Str subject, size_t offset); /* an object, or NULL */
bool   match_first(Call *call, Json *matcher, Str subject, Match *out);
bool   match_next(Call *call, Str subject, Match *match);
Json  *match_object(Run *run, const Match *match);

/* ---- functions ---- */

uint64_t chance_next(Run *run);
double   number_round(Run *run, double value, double places); /* half to even, by its decimal digits */

extern const Native natives_string[], natives_number[], natives_array[], natives_object[], natives_higher[],
    natives_date[], natives_states[], natives_text[], natives_format[];

const Native *native_find(Str name, JsonataDialect dialect);

_Noreturn void call_fault(Call *call, const char *code, const Json *value, size_t index);
double         argument_number(Call *call, uint32_t at);

typedef struct IntegerPicture IntegerPicture;
IntegerPicture               *integer_picture(Run *run, Str picture);
Str                           integer_picture_format(Run *run, double value, const IntegerPicture *picture);
size_t   integer_picture_take(Run *run, const IntegerPicture *picture, Str text, size_t digits_max, double *out);
void     integer_picture_pad(IntegerPicture *picture, uint32_t digits);
bool     integer_picture_is_decimal(const IntegerPicture *picture);
bool     integer_picture_is_regular(const IntegerPicture *picture);
uint32_t integer_picture_mandatory(const IntegerPicture *picture);
uint32_t integer_picture_digits(const IntegerPicture *picture); /* mandatory and optional */

#endif
