/* choice.c -- the rules of a Choice state.
 *
 * A rule is a tree: And, Or and Not over comparisons. A comparison takes the value of its Variable and, by its row
 * of the table below, a literal or the value of another path. Values of another type than the operator's do not
 * match; a path that finds nothing fails the state. In two places the service looks less closely at the value of a
 * ...Path than at the Variable:
 *
 *     NumericLessThanPath and its like     what is no number counts as 0
 *     StringLessThanPath and its like      what is no text fails the state */
#include "asl/choice.h"
#include "asl/java.h"
#include "asl/path.h"

typedef enum Family {
    FAMILY_STRING,
    FAMILY_NUMBER,
    FAMILY_TIMESTAMP,
    FAMILY_BOOLEAN,
    FAMILY_PATTERN,
    FAMILY_TYPE
} Family;
typedef enum Relation { LESS = 1, EQUAL = 2, GREATER = 4 } Relation; /* of the variable to the operand; a set of them */
typedef enum Wanted { IS_BOOLEAN, IS_NULL, IS_NUMERIC, IS_PRESENT, IS_STRING, IS_TIMESTAMP } Wanted;

typedef struct Operator {
    Str    name;
    Family family;
    int    detail; /* relations; of a type's test which */
    bool   path;   /* the operand is one */
} Operator;

#define ROW(name, family, detail, path) \
    { \
        STR_CONST(name), family, detail, path \
    }
#define BOTH(name, family, relations) ROW(name, family, relations, false), ROW(name "Path", family, relations, true)
#define ORDERED(name, family) \
    BOTH(name "Equals", family, EQUAL), BOTH(name "LessThan", family, LESS), \
        BOTH(name "LessThanEquals", family, LESS | EQUAL), BOTH(name "GreaterThan", family, GREATER), \
        BOTH(name "GreaterThanEquals", family, GREATER | EQUAL)

static const Operator operators[] = {
    ORDERED("String", FAMILY_STRING),
    ORDERED("Numeric", FAMILY_NUMBER),
    ORDERED("Timestamp", FAMILY_TIMESTAMP),
    BOTH("BooleanEquals", FAMILY_BOOLEAN, EQUAL),
    ROW("StringMatches", FAMILY_PATTERN, 0, false),
    ROW("IsBoolean", FAMILY_TYPE, IS_BOOLEAN, false),
    ROW("IsNull", FAMILY_TYPE, IS_NULL, false),
    ROW("IsNumeric", FAMILY_TYPE, IS_NUMERIC, false),
    ROW("IsPresent", FAMILY_TYPE, IS_PRESENT, false),
    ROW("IsString", FAMILY_TYPE, IS_STRING, false),
    ROW("IsTimestamp", FAMILY_TYPE, IS_TIMESTAMP, false),
};

typedef enum RuleKind { RULE_AND, RULE_OR, RULE_NOT, RULE_COMPARE } RuleKind;

typedef struct Pattern { /* what stands between the asterisks: one text more than there are of them */
    Str     *texts;
    uint32_t count;
} Pattern;

struct AslChoiceRule {
    RuleKind        kind;
    uint32_t        count; /* of the rules inside */
    AslChoiceRule **rules;
    AslPath        *variable;
    const Operator *row;
    const Json     *operand;
    AslPath        *operand_path;
    Pattern         pattern;
};

/* ---- timestamps ---- */

typedef struct Moment {
    Instant instant;
    Str     finer; /* digits of the fraction beyond those that an instant has */
} Moment;

static Str without_zeros(Str digits)
{
    while (digits.length && digits.data[digits.length - 1] == '0') digits.length--;
    return digits;
}

/* As RFC 3339 has it: the colon of an offset is not left out. */
static bool parse_moment(const Json *value, Moment *out)
{
    size_t point, end;
    if (value->type != JSON_STRING || !instant_parse_iso(value->text, &out->instant)) return false;
    Str text = value->text;
    if (text.data[text.length - 1] != 'Z' && text.data[text.length - 3] != ':') return false;
    out->finer = STR("");
    if (!str_find_byte(text, '.', &point)) return true;
    for (end = point + 1; text.data[end] >= '0' && text.data[end] <= '9';) end++;
    out->finer = without_zeros(str_slice(text, point + 7, end));
    return true;
}

/* ---- compiling ---- */

enum { RULE_DEPTH_MAX = 500 };

static Error *wrong(const Operator *row, const char *what)
{
    return error_new(ERR_SYNTAX, "The value of %.*s must be %s", STR_ARG(row->name), what);
}

static Error *check_operand(const Operator *row, const Json *value)
{
    Moment moment;
    switch (row->family) {
    case FAMILY_STRING:
    case FAMILY_PATTERN: return value->type == JSON_STRING ? NULL : wrong(row, "a string");
    case FAMILY_NUMBER: return value->type == JSON_NUMBER ? NULL : wrong(row, "a number");
    case FAMILY_TIMESTAMP:
        return parse_moment(value, &moment) ? NULL : error_new(ERR_SYNTAX, "String does not match RFC3339 timestamp");
    default: return value->type == JSON_BOOL ? NULL : wrong(row, "a boolean");
    }
}

static Error *compile_path(Arena *arena, Str field, const Json *value, AslPath **out)
{
    AslPath *path = NULL;
    if (value->type != JSON_STRING) return error_new(ERR_SYNTAX, "The value of %.*s must be a path", STR_ARG(field));
    if (!str_starts_with(value->text, STR("$")))
        return error_new(ERR_SYNTAX, "Value is not a Reference Path: Reference path didn't start with '$'");
    TRY_WRAP(asl_path_compile(arena, value->text, &path), "Value is not a Reference Path");
    if (!asl_path_is_reference(path)) return error_new(ERR_SYNTAX, "Value is not a Reference Path");
    *out = path;
    return NULL;
}

/* "\*" is an asterisk and "\\" a backslash; before anything else a backslash is one. */
static void compile_pattern(Arena *arena, Str text, Pattern *out)
{
    size_t stars = 0, length = 0;
    char  *data = arena_alloc_bytes(arena, text.length), *from = data;
    for (size_t i = 0; i < text.length; i++) stars += text.data[i] == '*';
    out->texts = NEW_ARRAY(arena, Str, stars + 1);
    for (size_t i = 0; i < text.length; i++) {
        bool escape =
            text.data[i] == '\\' && i + 1 < text.length && (text.data[i + 1] == '*' || text.data[i + 1] == '\\');
        if (text.data[i] == '*') {
            out->texts[out->count++] = str_from(from, (size_t)(data + length - from));
            from = data + length;
        } else {
            data[length++] = text.data[i += escape];
        }
    }
    out->texts[out->count++] = str_from(from, (size_t)(data + length - from));
}

static const Operator *find_operator(Str name)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (str_equal(operators[i].name, name)) return &operators[i];
    return NULL;
}

static Error *compile_comparison(Arena *arena, const Json *source, AslChoiceRule *rule)
{
    const Json *variable = json_get(source, STR("Variable"));
    JSON_EACH_MEMBER(source, member) {
        const Operator *row = find_operator(member->name);
        if (!row) continue;
        if (rule->row)
            return error_new(ERR_SYNTAX, "A choice rule has one comparison, not both %.*s and %.*s",
                             STR_ARG(rule->row->name), STR_ARG(row->name));
        rule->row = row;
        rule->operand = member->value;
    }
    if (!rule->row) return error_new(ERR_SYNTAX, "A choice rule needs a comparison, And, Or or Not");
    if (!variable) return error_new(ERR_SYNTAX, "A choice rule needs a Variable");
    TRY(compile_path(arena, STR("Variable"), variable, &rule->variable));
    if (rule->row->path) return compile_path(arena, rule->row->name, rule->operand, &rule->operand_path);
    TRY(check_operand(rule->row, rule->operand));
    if (rule->row->family == FAMILY_PATTERN) compile_pattern(arena, rule->operand->text, &rule->pattern);
    return NULL;
}

static Error *compile_rule(Arena *arena, const Json *source, int depth, AslChoiceRule **out);

static Error *compile_rules(Arena *arena, Str name, const Json *sources, int depth, AslChoiceRule *rule)
{
    if (sources->type != JSON_ARRAY || !sources->count)
        return error_new(ERR_SYNTAX, "The value of %.*s must be an array of choice rules", STR_ARG(name));
    rule->rules = NEW_ARRAY(arena, AslChoiceRule *, sources->count);
    for (; rule->count < sources->count; rule->count++)
        TRY(compile_rule(arena, sources->items[rule->count], depth + 1, &rule->rules[rule->count]));
    return NULL;
}

static Error *compile_not(Arena *arena, const Json *source, int depth, AslChoiceRule *rule)
{
    rule->rules = NEW_ARRAY(arena, AslChoiceRule *, 1);
    rule->count = 1;
    return compile_rule(arena, source, depth + 1, rule->rules);
}

static Error *compile_rule(Arena *arena, const Json *source, int depth, AslChoiceRule **out)
{
    static const Str names[] = {
        [RULE_AND] = STR_CONST("And"), [RULE_OR] = STR_CONST("Or"), [RULE_NOT] = STR_CONST("Not")
    };
    AslChoiceRule *rule = NEW(arena, AslChoiceRule);
    const Json    *inside = NULL;
    *out = rule;
    if (source->type != JSON_OBJECT) return error_new(ERR_SYNTAX, "A choice rule must be an object");
    if (depth > RULE_DEPTH_MAX) return error_new(ERR_SYNTAX, "Choice rules are nested deeper than %d", RULE_DEPTH_MAX);
    for (rule->kind = RULE_AND; rule->kind < RULE_COMPARE; rule->kind++)
        if ((inside = json_get(source, names[rule->kind]))) break;
    if (!inside) return compile_comparison(arena, source, rule);
    if (rule->kind == RULE_NOT) return compile_not(arena, inside, depth, rule);
    return compile_rules(arena, names[rule->kind], inside, depth, rule);
}

Error *asl_choice_compile(Arena *arena, const Json *rule, AslChoiceRule **out)
{
    return compile_rule(arena, rule, 1, out);
}

/* ---- comparing ---- */

static Relation relation_of(int order)
{
    return order < 0 ? LESS : order > 0 ? GREATER : EQUAL;
}

/* An int64 and any double are exact as long doubles. */
static long double exactly(const Json *number)
{
    if (number->type != JSON_NUMBER) return 0;
    return number->flags & JSON_INTEGER ? (long double)number->integer : (long double)json_number(number);
}

static int compare_numbers(const Json *a, const Json *b)
{
    long double left = exactly(a), right = exactly(b);
    return left < right ? -1 : left > right;
}

static bool compare_moments(const Json *a, const Json *b, int *out_order)
{
    Moment left, right;
    if (!parse_moment(a, &left) || !parse_moment(b, &right)) return false;
    bool same = left.instant == right.instant;
    *out_order = same ? str_compare(left.finer, right.finer) : left.instant < right.instant ? -1 : 1;
    return true;
}

/* How the value stands to the operand; 0: it does not. */
static int relation_between(const Operator *row, const Json *value, const Json *operand)
{
    int order;
    switch (row->family) {
    case FAMILY_STRING:
        if (value->type != JSON_STRING || operand->type != JSON_STRING) return 0;
        return relation_of(asl_java_compare(value->text, operand->text));
    case FAMILY_NUMBER:
        if (value->type != JSON_NUMBER || (operand->type != JSON_NUMBER && row->detail == EQUAL)) return 0;
        return relation_of(compare_numbers(value, operand));
    case FAMILY_TIMESTAMP: return compare_moments(value, operand, &order) ? (int)relation_of(order) : 0;
    default:
        if (value->type != JSON_BOOL || operand->type != JSON_BOOL) return 0;
        return value->boolean == operand->boolean ? EQUAL : 0;
    }
}

static bool is_wanted(Wanted wanted, const Json *value)
{
    Moment moment;
    switch (wanted) {
    case IS_BOOLEAN: return value->type == JSON_BOOL;
    case IS_NULL: return value->type == JSON_NULL;
    case IS_NUMERIC: return value->type == JSON_NUMBER;
    case IS_STRING: return value->type == JSON_STRING;
    case IS_TIMESTAMP: return parse_moment(value, &moment);
    default: return true;
    }
}

/* The first text stands at the front, the last at the end, the others between them as early as they can. */
static bool fits_pattern(const Pattern *pattern, Str text)
{
    Str    first = pattern->texts[0], last = pattern->texts[pattern->count - 1];
    size_t at;
    if (pattern->count == 1) return str_equal(text, first);
    if (text.length < first.length + last.length || !str_starts_with(text, first) || !str_ends_with(text, last))
        return false;
    text = str_slice(text, first.length, text.length - last.length);
    for (uint32_t i = 1; i + 1 < pattern->count; i++) {
        if (!str_find(text, pattern->texts[i], &at)) return false;
        text = str_slice(text, at + pattern->texts[i].length, text.length);
    }
    return true;
}

/* ---- matching ---- */

static bool find_value(const AslPath *path, const AslScope *scope, Json **out, AslFault *fault)
{
    Str why;
    if (asl_path_apply(path, scope, out, &why) == JSONPATH_FOUND) return true;
    return asl_fail(fault, scope->arena, STR("States.Runtime"),
                    "Invalid path '%.*s': The choice state's condition path references an invalid value.",
                    STR_ARG(asl_path_text(path)));
}

static bool find_operand(const AslChoiceRule *rule, const AslScope *scope, Json **out, AslFault *fault)
{
    const Operator *row = rule->row;
    *out = (Json *)rule->operand;
    if (!row->path) return true;
    if (!find_value(rule->operand_path, scope, out, fault)) return false;
    if (row->family != FAMILY_STRING || row->detail == EQUAL || (*out)->type == JSON_STRING) return true;
    return asl_fail(fault, scope->arena, STR("States.Runtime"), "Invalid value provided at path '%.*s'",
                    STR_ARG(asl_path_text(rule->operand_path)));
}

static bool compare(const AslChoiceRule *rule, const AslScope *scope, AslFault *fault)
{
    const Operator *row = rule->row;
    Json           *value, *operand;
    Str             why;
    if (row->family == FAMILY_TYPE && row->detail == IS_PRESENT)
        return (asl_path_apply(rule->variable, scope, &value, &why) == JSONPATH_FOUND) == rule->operand->boolean;
    if (!find_value(rule->variable, scope, &value, fault) || !find_operand(rule, scope, &operand, fault)) return false;
    if (row->family == FAMILY_TYPE) return is_wanted((Wanted)row->detail, value) == operand->boolean;
    if (row->family == FAMILY_PATTERN) return value->type == JSON_STRING && fits_pattern(&rule->pattern, value->text);
    return relation_between(row, value, operand) & row->detail;
}

bool asl_choice_matches(const AslChoiceRule *rule, const AslScope *scope, AslFault *fault)
{
    bool any = rule->kind == RULE_OR;
    if (rule->kind == RULE_COMPARE) return compare(rule, scope, fault);
    for (uint32_t i = 0; i < rule->count; i++) {
        bool matches = asl_choice_matches(rule->rules[i], scope, fault);
        if (fault->error.length) return false;
        if (rule->kind == RULE_NOT) return !matches;
        if (matches == any) return any;
    }
    return !any;
}
