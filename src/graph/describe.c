/* describe.c -- rules, catchers and states in a few words.
 *
 * A rule reads as one would say it: `$.risk > 80 and not ($.vip)`. A word ends at a limit, not at an end of the
 * definition: a text is cut where it is full, so a rule of any size and depth costs no more than that. */
#include "graph/internal.h"

enum { WORDS_MAX = 240, RULE_DEPTH_MAX = 8 };

typedef struct Words {
    char   bytes[WORDS_MAX];
    size_t length;
    bool   full;
    bool   blank; /* one is due before the next word */
    int    depth; /* of the rule that is being put */
} Words;

static void put_bytes(Words *words, const char *bytes, size_t size)
{
    if (words->full) return;
    if (words->length + size > WORDS_MAX - 3) { /* room for the ellipsis */
        words->full = true;
        bytes = "\xe2\x80\xa6";
        size = 3;
    }
    memcpy(words->bytes + words->length, bytes, size);
    words->length += size;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Runs of blanks become one; none at the front. */
static void put(Words *words, Str text)
{
    for (size_t at = 0; at < text.length && !words->full;) {
        if (is_blank(text.data[at])) {
            words->blank = words->length > 0;
            at++;
            continue;
        }
        uint32_t code_point;
        size_t   size = graph_text_next(str_slice(text, at, text.length), &code_point);
        if (words->blank) put_bytes(words, " ", 1);
        words->blank = false;
        put_bytes(words, text.data + at, size);
        at += size;
    }
}

static Str taken(Arena *arena, const Words *words)
{
    return str_copy(arena, str_from(words->bytes, words->length));
}

/* A value as the definition shows it, texts in quotes. */
static void put_value(Words *words, const Json *value)
{
    switch (value->type) {
    case JSON_NULL: put(words, STR("null")); break;
    case JSON_BOOL: put(words, value->boolean ? STR("true") : STR("false")); break;
    case JSON_STRING:
        put(words, STR("\""));
        put(words, value->text);
        put(words, STR("\""));
        break;
    case JSON_NUMBER:
        if (value->raw.length)
            put(words, value->raw);
        else { /* from YAML, or built */
            char number[32];
            int  size = value->flags & JSON_INTEGER ? snprintf(number, sizeof number, "%lld", (long long)value->integer)
                                                    : snprintf(number, sizeof number, "%.15g", value->number);
            put(words, str_from(number, (size_t)size));
        }
        break;
    default: put(words, value->type == JSON_ARRAY ? STR("[\xe2\x80\xa6]") : STR("{\xe2\x80\xa6}")); break;
    }
}

/* ---- rules ---- */

typedef struct Operator {
    Str name;
    Str words;
    Str words_not; /* where the value says whether */
} Operator;

/* `StringLessThanPath`: a type, an operator, and whether the value is a path. */
static void put_comparison(Words *words, Str name, const Json *value)
{
    static const Str      types[] = { STR_CONST("String"), STR_CONST("Numeric"), STR_CONST("Boolean"),
                                      STR_CONST("Timestamp") };
    static const Operator operators[] = {
        { STR_CONST("Equals"), STR_CONST(" = "), STR_CONST("") },
        { STR_CONST("LessThan"), STR_CONST(" < "), STR_CONST("") },
        { STR_CONST("GreaterThan"), STR_CONST(" > "), STR_CONST("") },
        { STR_CONST("LessThanEquals"), STR_CONST(" \xe2\x89\xa4 "), STR_CONST("") },
        { STR_CONST("GreaterThanEquals"), STR_CONST(" \xe2\x89\xa5 "), STR_CONST("") },
        { STR_CONST("Matches"), STR_CONST(" like "), STR_CONST("") },
    };
    Str  rest = name;
    bool path = str_ends_with(name, STR("Path"));
    if (path) rest.length -= 4;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_starts_with(rest, types[i])) {
            rest = str_slice(rest, types[i].length, rest.length);
            break;
        }
    Str words_between = STR_NONE;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (str_equal(rest, operators[i].name)) words_between = operators[i].words;
    if (!words_between.length) { /* none we know: as it is */
        put(words, STR(" "));
        put(words, name);
        words_between = STR(" ");
    }
    put(words, words_between);
    if (path && value->type == JSON_STRING)
        put(words, value->text);
    else
        put_value(words, value);
}

static bool put_question(Words *words, Str name, const Json *value)
{
    static const Operator questions[] = {
        { STR_CONST("IsPresent"), STR_CONST(" is present"), STR_CONST(" is absent") },
        { STR_CONST("IsNull"), STR_CONST(" is null"), STR_CONST(" is not null") },
        { STR_CONST("IsNumeric"), STR_CONST(" is a number"), STR_CONST(" is no number") },
        { STR_CONST("IsString"), STR_CONST(" is a string"), STR_CONST(" is no string") },
        { STR_CONST("IsBoolean"), STR_CONST(" is a boolean"), STR_CONST(" is no boolean") },
        { STR_CONST("IsTimestamp"), STR_CONST(" is a timestamp"), STR_CONST(" is no timestamp") },
    };
    if (value->type != JSON_BOOL) return false;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (str_equal(name, questions[i].name)) {
            put(words, value->boolean ? questions[i].words : questions[i].words_not);
            return true;
        }
    return false;
}

static void put_rule(Words *words, const Json *rule, bool alone);

/* Rules of a combination; `alone` when nothing stands beside it. */
static void put_list(Words *words, const Json *rules, Str between, bool alone)
{
    const Json *rule;
    bool        brackets = !alone && rules->count > 1;
    if (brackets) put(words, STR("("));
    JSON_EACH_ITEM(rules, rule) {
        if (words->full) return;
        if (rule_at) put(words, between);
        put_rule(words, rule, alone && rules->count == 1);
    }
    if (brackets) put(words, STR(")"));
}

static bool put_combination(Words *words, const Json *rule, bool alone)
{
    const Json *all = json_get(rule, STR("And")), *any = json_get(rule, STR("Or")), *none = json_get(rule, STR("Not"));
    if (all && all->type == JSON_ARRAY)
        put_list(words, all, STR(" and "), alone);
    else if (any && any->type == JSON_ARRAY)
        put_list(words, any, STR(" or "), alone);
    else if (none) {
        put(words, STR("not ("));
        put_rule(words, none, true);
        put(words, STR(")"));
    } else
        return false;
    return true;
}

static bool is_operator(const JsonMember *member)
{
    static const Str others[] = { STR_CONST("Variable"), STR_CONST("Next"), STR_CONST("Comment"), STR_CONST("Assign"),
                                  STR_CONST("Output") };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (str_equal(member->name, others[i])) return false;
    return true;
}

static void put_test(Words *words, const Json *rule)
{
    put(words, json_get_str(rule, STR("Variable")));
    JSON_EACH_MEMBER(rule, member) {
        if (!is_operator(member)) continue;
        if (!put_question(words, member->name, member->value)) put_comparison(words, member->name, member->value);
        return;
    }
}

static Str without_blanks(Str text)
{
    while (text.length && is_blank(text.data[0])) text = str_slice(text, 1, text.length);
    while (text.length && is_blank(text.data[text.length - 1])) text.length--;
    return text;
}

/* "{% $x > 1 %}" without its signs. */
static Str inside_signs(Str text)
{
    text = without_blanks(text);
    if (text.length >= 4 && str_starts_with(text, STR("{%")) && str_ends_with(text, STR("%}")))
        text = without_blanks(str_slice(text, 2, text.length - 2));
    return text;
}

static void put_rule(Words *words, const Json *rule, bool alone)
{
    if (words->depth == RULE_DEPTH_MAX) {
        put(words, STR("\xe2\x80\xa6"));
        return;
    }
    words->depth++;
    const Json *condition = json_get(rule, STR("Condition"));
    if (condition && condition->type == JSON_STRING)
        put(words, inside_signs(condition->text));
    else if (condition)
        put_value(words, condition);
    else if (rule->type == JSON_OBJECT && !put_combination(words, rule, alone))
        put_test(words, rule);
    words->depth--;
}

Str graph_describe_rule(Arena *arena, const Json *rule)
{
    Words words = { .length = 0 };
    put_rule(&words, rule, true);
    return taken(arena, &words);
}

Str graph_describe_errors(Arena *arena, const Json *catcher)
{
    Words       words = { .length = 0 };
    const Json *names = json_get(catcher, STR("ErrorEquals")), *name;
    if (!names || names->type != JSON_ARRAY) return STR_NONE;
    JSON_EACH_ITEM(names, name) {
        if (name->type != JSON_STRING || words.full) continue;
        if (str_equal(name->text, STR("States.ALL"))) return STR_NONE;
        if (words.length) put(&words, STR(", "));
        put(&words, name->text);
    }
    return taken(arena, &words);
}

/* ---- states ---- */

/* The n-th part of an ARN from 0, with all that follows when it is the last asked for. */
static Str arn_part(Str arn, int number, bool rest)
{
    Str part = STR_NONE;
    while (number--)
        if (!str_next_part(&arn, ':', &part)) return STR_NONE;
    if (rest) return arn;
    return str_next_part(&arn, ':', &part) ? part : STR_NONE;
}

/* arn:aws:states:::lambda:invoke is lambda:invoke, arn:aws:lambda:REGION:ACCOUNT:function:NAME lambda NAME. */
static void put_resource(Words *words, Str resource)
{
    if (!str_starts_with(resource, STR("arn:"))) {
        put(words, resource);
        return;
    }
    Str service = arn_part(resource, 2, false), kind = arn_part(resource, 5, false);
    Str called = arn_part(resource, 5, true), name = arn_part(resource, 6, true);
    if (str_starts_with(called, STR("aws-sdk:"))) called = str_slice(called, 8, called.length);
    if (str_equal(service, STR("states")) && !str_equal(kind, STR("activity"))) {
        put(words, called);
        return;
    }
    put(words, str_equal(service, STR("states")) ? kind : service);
    put(words, STR(" "));
    put(words, name.length ? name : called);
}

static void put_task(Words *words, const Json *state)
{
    put_resource(words, json_get_str(state, STR("Resource")));
}

static void put_wait(Words *words, const Json *state)
{
    static const Str fields[] = { STR_CONST("SecondsPath"), STR_CONST("Timestamp"), STR_CONST("TimestampPath") };
    const Json      *seconds = json_get(state, STR("Seconds"));
    if (seconds && seconds->type == JSON_NUMBER) {
        put_value(words, seconds);
        put(words, STR(" s"));
        return;
    }
    put(words, inside_signs(json_get_str(state, STR("Seconds"))));
    for (size_t i = 0; i < sizeof fields / sizeof *fields && !words->length; i++)
        put(words, inside_signs(json_get_str(state, fields[i])));
}

static void put_map(Words *words, const Json *state)
{
    const Json *config = json_get(json_get(state, STR("ItemProcessor")), STR("ProcessorConfig"));
    if (str_equal(json_get_str(config, STR("Mode")), STR("DISTRIBUTED"))) put(words, STR("distributed"));
}

static void put_fail(Words *words, const Json *state)
{
    put(words, inside_signs(json_get_str(state, STR("Error"))));
    if (!words->length) put(words, json_get_str(state, STR("ErrorPath")));
}

static void put_type(Words *words, const Json *state)
{
    put(words, json_get_str(state, STR("Type")));
}

Str graph_describe_state(Arena *arena, GraphKind kind, const Json *state)
{
    static const struct {
        Str word;
        void (*more)(Words *words, const Json *state);
    } rows[GRAPH_KINDS] = {
        [GRAPH_START] = { STR_CONST("Start"), NULL },
        [GRAPH_END] = { STR_CONST("End"), NULL },
        [GRAPH_TASK] = { STR_CONST("Task"), put_task },
        [GRAPH_PASS] = { STR_CONST("Pass"), NULL },
        [GRAPH_CHOICE] = { STR_CONST("Choice"), NULL },
        [GRAPH_WAIT] = { STR_CONST("Wait"), put_wait },
        [GRAPH_SUCCEED] = { STR_CONST("Succeed"), NULL },
        [GRAPH_FAIL] = { STR_CONST("Fail"), put_fail },
        [GRAPH_PARALLEL] = { STR_CONST("Parallel"), NULL },
        [GRAPH_MAP] = { STR_CONST("Map"), put_map },
        [GRAPH_UNKNOWN] = { STR_CONST("Unknown type"), put_type },
        [GRAPH_MISSING] = { STR_CONST("Missing"), NULL },
    };
    Words more = { .length = 0 }, words = { .length = 0 };
    if (rows[kind].more) rows[kind].more(&more, state);
    if (!more.length) return rows[kind].word;
    put(&words, rows[kind].word);
    put(&words, STR(" \xc2\xb7 "));
    put(&words, str_from(more.bytes, more.length));
    return taken(arena, &words);
}
