/* compare.c -- the operators between the operands of a predicate.
 *
 * A number and a text are equal where the text is the number's; else only like is compared with like.
 * What an operator is not made for is a no, or VOID where the library gives up on the item. Patterns match
 * the whole text. Every answer is paid for in steps, by the size of what is looked at. */
#include "jsonpath/predicate.h"

enum { PATTERN_STEPS = 400, PATTERN_TRIES_MAX = 50000, PATTERN_HEAP_KIB_MAX = 16 << 10 };

static bool is(Value value, JsonType type)
{
    return value.json && value.json->type == type;
}

static bool is_container(const Json *json)
{
    return json && (json->type == JSON_ARRAY || json->type == JSON_OBJECT);
}

static Verdict verdict(bool yes)
{
    return yes ? VERDICT_YES : VERDICT_NO;
}

/* ---- numbers and texts ---- */

static int compare_numbers(const Json *a, const Json *b)
{
    int64_t left, right;
    if (json_int(a, &left) && json_int(b, &right)) return (left > right) - (left < right);
    double x = json_number(a), y = json_number(b);
    return (x > y) - (x < y);
}

/* The digits as they were written, unless there is an exponent. */
static Str number_text(Arena *arena, const Json *number)
{
    size_t  at;
    int64_t integer;
    Str     raw = number->raw;
    if (raw.length && !str_find_byte(raw, 'e', &at) && !str_find_byte(raw, 'E', &at))
        return str_equal(raw, STR("-0")) ? STR("0") : raw;
    if (json_int(number, &integer)) return str_format(arena, "%lld", (long long)integer);
    return json_text(arena, json_double(arena, json_number(number)));
}

static bool text_number(Arena *arena, Str text, Json *out)
{
    bool   negative = text.length && text.data[0] == '-';
    size_t from = negative || (text.length && text.data[0] == '+');
    while (from + 1 < text.length && text.data[from] == '0' && is_digit(text.data[from + 1])) from++;
    Str digits = str_slice(text, from, text.length);
    if (!digits.length || !is_digit(digits.data[0])) return false;
    if (negative) digits = str_format(arena, "-%.*s", STR_ARG(digits));
    *out = (Json){ .type = JSON_NUMBER, .raw = digits };
    return json_number_parse(digits, &out->number);
}

static bool number_is_text(Query *query, const Json *number, const Json *text)
{
    Json parsed;
    return text_number(query->work->arena, text->text, &parsed) && compare_numbers(number, &parsed) == 0;
}

/* ---- equal ---- */

static uint64_t size_of(const Json *json)
{
    return json->type == JSON_STRING ? json->text.length / 16 : 0;
}

/* Pays for looking at a whole value, item by item; its levels are few, or it would not have been parsed. */
static bool pay_for(Query *query, const Json *json, uint32_t depth)
{
    if (!query_spend(query, 1 + size_of(json))) return false;
    if (!is_container(json) || depth == JSON_DEPTH_MAX) return true;
    for (uint32_t i = 0; i < json->count; i++) {
        const Json *child = json->type == JSON_OBJECT ? json->members[i].value : json->items[i];
        if (!pay_for(query, child, depth + 1)) return false;
    }
    return true;
}

static Verdict equal(Query *query, const Json *left, const Json *right)
{
    if (left == right) return VERDICT_YES;
    if (is_container(left) && is_container(right)) {
        if (left->type != right->type || left->count != right->count) return VERDICT_NO;
        return pay_for(query, left, 0) ? verdict(json_equal(left, right)) : VERDICT_FAILED;
    }
    uint64_t as_text = left->type == right->type ? 0 : 4 + size_of(right);
    if (!query_spend(query, 1 + as_text + size_of(left))) return VERDICT_FAILED;
    if (left->type == JSON_NUMBER && right->type == JSON_STRING) return verdict(number_is_text(query, left, right));
    if (left->type == JSON_STRING && right->type == JSON_NUMBER)
        return verdict(str_equal(left->text, number_text(query->work->arena, right)));
    bool word = right->type == JSON_NULL || right->type == JSON_BOOL;
    if (left->type == JSON_STRING && word && query->path->dialect == JSONPATH_STATES)
        return verdict(str_equal(left->text, json_text(query->work->arena, right))); /* "true" == true */
    if (left->type != right->type) return VERDICT_NO;
    if (left->type == JSON_NUMBER) return verdict(compare_numbers(left, right) == 0);
    return verdict(json_equal(left, right));
}

static Verdict ask_equal(Query *query, Value left, Value right)
{
    return left.json && right.json ? equal(query, left.json, right.json) : VERDICT_NO;
}

static Verdict turned(Verdict answer)
{
    if (answer == VERDICT_FAILED || answer == VERDICT_VOID) return answer;
    return answer == VERDICT_YES ? VERDICT_NO : VERDICT_YES;
}

static Verdict ask_unequal(Query *query, Value left, Value right)
{
    return turned(ask_equal(query, left, right));
}

static bool same_kind(Value left, Value right)
{
    if (!left.json || !right.json) return !left.json == !right.json && !left.pattern == !right.pattern;
    return left.json->type == right.json->type || (is_container(left.json) && is_container(right.json));
}

static Verdict ask_same(Query *query, Value left, Value right)
{
    return same_kind(left, right) ? ask_equal(query, left, right) : VERDICT_NO;
}

static Verdict ask_not_same(Query *query, Value left, Value right)
{
    return turned(ask_same(query, left, right));
}

/* ---- order ---- */

/* The service orders a text that is a number as one, against a number. */
static bool order_as_number(Query *query, Value left, Value right, int *out)
{
    Json parsed;
    bool may = query->path->dialect == JSONPATH_STATES && is(left, JSON_STRING) && is(right, JSON_NUMBER);
    if (!may || !text_number(query->work->arena, left.json->text, &parsed)) return false;
    *out = compare_numbers(&parsed, right.json);
    return true;
}

/* False: they have none between them. */
static bool order_of(Query *query, Value left, Value right, int *out)
{
    if (order_as_number(query, left, right, out)) return true;
    if (is(left, JSON_NUMBER) && is(right, JSON_NUMBER)) {
        *out = compare_numbers(left.json, right.json);
        return true;
    }
    if (!is(left, JSON_STRING) || !is(right, JSON_STRING)) return false;
    query_spend(query, size_of(left.json));
    *out = str_compare(left.json->text, right.json->text);
    return true;
}

static Verdict ask_less(Query *query, Value left, Value right)
{
    int order;
    return verdict(order_of(query, left, right, &order) && order < 0);
}

static Verdict ask_at_most(Query *query, Value left, Value right)
{
    int order;
    return verdict(order_of(query, left, right, &order) && order <= 0);
}

static Verdict ask_more(Query *query, Value left, Value right)
{
    int order;
    return verdict(order_of(query, left, right, &order) && order > 0);
}

static Verdict ask_at_least(Query *query, Value left, Value right)
{
    int order;
    return verdict(order_of(query, left, right, &order) && order >= 0);
}

/* ---- patterns ---- */

static void *pattern_alloc(size_t size, void *arena)
{
    return arena_alloc(arena, size);
}

static void pattern_free(void *block, void *arena)
{
    (void)block;
    (void)arena;
}

static pcre2_general_context *memory_of(Arena *arena)
{
    return pcre2_general_context_create(pattern_alloc, pattern_free, arena);
}

static uint32_t options_of(Str flags)
{
    uint32_t options =
        PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    for (size_t i = 0; i < flags.length; i++) {
        switch (flags.data[i]) {
        case 'i': options |= PCRE2_CASELESS; break;
        case 'x': options |= PCRE2_EXTENDED; break;
        case 'm': options |= PCRE2_MULTILINE; break;
        case 's': options |= PCRE2_DOTALL; break;
        case 'U': options |= PCRE2_UCP; break;
        default: break; /* d and u ask for less or no more than there is */
        }
    }
    return options;
}

bool pattern_compile(Arena *arena, Str text, Str flags, pcre2_code **out)
{
    int                    error;
    size_t                 at;
    pcre2_compile_context *context = pcre2_compile_context_create(memory_of(arena));
    const char            *pattern = text.length ? text.data : "";
    *out = pcre2_compile((PCRE2_SPTR)pattern, text.length, options_of(flags), &error, &at, context);
    return *out != NULL;
}

static void prepare_matching(Work *work)
{
    pcre2_general_context *memory = memory_of(work->arena);
    work->match = pcre2_match_data_create(1, memory);
    work->match_limits = pcre2_match_context_create(memory);
    pcre2_set_match_limit(work->match_limits, PATTERN_TRIES_MAX);
    pcre2_set_heap_limit(work->match_limits, PATTERN_HEAP_KIB_MAX);
}

static Verdict match(Query *query, const pcre2_code *pattern, Str text)
{
    Work *work = query->work;
    if (!query_spend(query, PATTERN_STEPS + text.length)) return VERDICT_FAILED;
    if (!work->match) prepare_matching(work);
    PCRE2_SPTR subject = (PCRE2_SPTR)(text.length ? text.data : "");
    int        found = pcre2_match(pattern, subject, text.length, 0, 0, work->match, work->match_limits);
    if (found >= 0) return VERDICT_YES;
    if (found == PCRE2_ERROR_NOMATCH) return VERDICT_NO;
    work->hopeless = true;
    query_refuse(query, STR("A regular expression takes too long"));
    return VERDICT_FAILED;
}

static Str input_of(Query *query, const Json *json)
{
    if (!json) return STR("");
    if (json->type == JSON_STRING) return json->text;
    if (json->type == JSON_NUMBER) return number_text(query->work->arena, json);
    if (json->type == JSON_BOOL) return json->boolean ? STR("true") : STR("false");
    return STR("");
}

static Verdict match_any(Query *query, const pcre2_code *pattern, const Json *array)
{
    const Json *item;
    Verdict     answer = VERDICT_NO;
    JSON_EACH_ITEM(array, item) {
        answer = match(query, pattern, input_of(query, item));
        if (answer != VERDICT_NO) break;
    }
    return answer;
}

static Verdict ask_match(Query *query, Value left, Value right)
{
    if (!left.pattern == !right.pattern) return VERDICT_NO;
    const pcre2_code *pattern = left.pattern ? left.pattern : right.pattern;
    const Json       *json = left.pattern ? right.json : left.json;
    bool              states = query->path->dialect == JSONPATH_STATES;
    if (states && json && json->type == JSON_NULL) return VERDICT_NO;
    if (!states && json && json->type == JSON_ARRAY && json->count) return match_any(query, pattern, json);
    return match(query, pattern, input_of(query, json));
}

/* ---- lists ---- */

static Verdict list_has(Query *query, const Json *list, const Json *wanted)
{
    const Json *item;
    Verdict     answer = VERDICT_NO;
    if (!wanted) return VERDICT_NO;
    JSON_EACH_ITEM(list, item) {
        answer = equal(query, wanted, item);
        if (answer != VERDICT_NO) break;
    }
    return answer;
}

/* What is no list: an object has none in it, anything else cannot be asked. */
static Verdict not_a_list(Value value)
{
    return is(value, JSON_OBJECT) ? VERDICT_NO : VERDICT_VOID;
}

static Verdict ask_in(Query *query, Value left, Value right)
{
    return is(right, JSON_ARRAY) ? list_has(query, right.json, left.json) : not_a_list(right);
}

static Verdict ask_not_in(Query *query, Value left, Value right)
{
    return turned(ask_in(query, left, right));
}

/* Whether an item of `list` that is in `other` (or is not, as `in` says) is met. */
static Verdict some(Query *query, const Json *list, const Json *other, bool in)
{
    const Json *item;
    JSON_EACH_ITEM(list, item) {
        Verdict answer = list_has(query, other, item);
        if (answer == VERDICT_FAILED) return answer;
        if ((answer == VERDICT_YES) == in) return VERDICT_YES;
    }
    return VERDICT_NO;
}

/* NO: both are lists. */
static Verdict two_lists(Value left, Value right, bool *out_both)
{
    *out_both = is(left, JSON_ARRAY) && is(right, JSON_ARRAY);
    return is(right, JSON_ARRAY) ? not_a_list(left) : not_a_list(right);
}

static Verdict ask_subset(Query *query, Value left, Value right)
{
    bool    both;
    Verdict otherwise = two_lists(left, right, &both);
    return both ? turned(some(query, left.json, right.json, false)) : otherwise;
}

static Verdict ask_any_of(Query *query, Value left, Value right)
{
    bool    both;
    Verdict otherwise = two_lists(left, right, &both);
    return both ? some(query, left.json, right.json, true) : otherwise;
}

static Verdict ask_none_of(Query *query, Value left, Value right)
{
    bool    both;
    Verdict otherwise = two_lists(left, right, &both);
    return both ? turned(some(query, left.json, right.json, true)) : otherwise;
}

/* ---- texts and lists ---- */

static Verdict ask_contains(Query *query, Value left, Value right)
{
    size_t at;
    if (is(left, JSON_STRING) && is(right, JSON_STRING)) {
        if (!query_spend(query, left.json->text.length / 16)) return VERDICT_FAILED;
        return verdict(str_find(left.json->text, right.json->text, &at));
    }
    return is(left, JSON_ARRAY) ? list_has(query, left.json, right.json) : VERDICT_NO;
}

static int64_t utf16_length(Str text)
{
    int64_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        length += (byte & 0xc0) != 0x80;
        length += byte >= 0xf0;
    }
    return length;
}

static Verdict ask_size(Query *query, Value left, Value right)
{
    if (!is(right, JSON_NUMBER)) return VERDICT_NO;
    int64_t wanted = (int64_t)json_number(right.json);
    if (is(left, JSON_STRING)) {
        if (!query_spend(query, left.json->text.length / 16)) return VERDICT_FAILED;
        return verdict(utf16_length(left.json->text) == wanted);
    }
    return is_container(left.json) ? verdict((is(left, JSON_ARRAY) ? (int64_t)left.json->count : -1) == wanted)
                                   : VERDICT_NO;
}

static Verdict ask_empty(Query *query, Value left, Value right)
{
    (void)query;
    if (!is(left, JSON_STRING) && !is_container(left.json)) return VERDICT_NO;
    if (!is(right, JSON_BOOL)) return VERDICT_VOID;
    bool empty = is(left, JSON_STRING) ? !left.json->text.length : !left.json->count;
    return verdict(empty == right.json->boolean);
}

/* Written out, it compares two truths. */
static Verdict ask_exists(Query *query, Value left, Value right)
{
    (void)query;
    if (!is(left, JSON_BOOL) || !is(right, JSON_BOOL)) return VERDICT_VOID;
    return verdict(left.json->boolean == right.json->boolean);
}

/* Operators that only a program can give an operand to; texts cannot say one. */
static Verdict ask_nothing(Query *query, Value left, Value right)
{
    (void)query;
    (void)left;
    (void)right;
    return VERDICT_VOID;
}

static const Operator operators[] = {
    { STR_CONST("=="), ask_equal },
    { STR_CONST("!="), ask_unequal },
    { STR_CONST("<"), ask_less },
    { STR_CONST("<="), ask_at_most },
    { STR_CONST(">"), ask_more },
    { STR_CONST(">="), ask_at_least },
    { STR_CONST("=~"), ask_match },
    { STR_CONST("==="), ask_same },
    { STR_CONST("!=="), ask_not_same },
    { STR_CONST("in"), ask_in },
    { STR_CONST("nin"), ask_not_in },
    { STR_CONST("all"), ask_nothing },
    { STR_CONST("size"), ask_size },
    { STR_CONST("exists"), ask_exists },
    { STR_CONST("type"), ask_nothing },
    { STR_CONST("matches"), ask_nothing },
    { STR_CONST("empty"), ask_empty },
    { STR_CONST("anyof"), ask_any_of },
    { STR_CONST("subsetof"), ask_subset },
    { STR_CONST("noneof"), ask_none_of },
    { STR_CONST("contains"), ask_contains },
};

const Operator *operator_find(Str name)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (str_equal_nocase(operators[i].name, name)) return &operators[i];
    return NULL;
}
