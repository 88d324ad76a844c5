/* regex.c -- regular expressions, and what stands in for them.
 *
 * A regular expression is a function from a text to a match, and so is any function that returns
 * {match, start, end, groups, next}. Inside, places are bytes; functions see UTF-16 units. PCRE2
 * takes its memory from arenas, is told to behave like JavaScript where it can, and is bounded in its search. */
#include "jsonata/internal.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { MATCH_STEPS_MAX = 1000000, MATCH_DEPTH_MAX = 50000, MATCH_HEAP_KB_MAX = 20000 };

struct Regex {
    pcre2_code *code;
    Str         source;
};

static void *take_memory(size_t size, void *arena)
{
    return arena_alloc(arena, size);
}

static void leave_memory(void *block, void *arena)
{
    (void)block;
    (void)arena;
}

Regex *regex_compile(Arena *arena, Catch *catch, Str pattern, bool nocase, bool multiline, size_t position)
{
    Regex                 *regex = NEW(arena, Regex);
    pcre2_general_context *general = pcre2_general_context_create(take_memory, leave_memory, arena);
    pcre2_compile_context *context = pcre2_compile_context_create(general);
    int                    error;
    PCRE2_SIZE             at;
    uint32_t               options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS |
                       PCRE2_MATCH_UNSET_BACKREF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_compile_extra_options(context, PCRE2_EXTRA_BAD_ESCAPE_IS_LITERAL | PCRE2_EXTRA_ALT_BSUX);
    pcre2_set_parens_nest_limit(context, 200);
    options |= (nocase ? PCRE2_CASELESS : 0) | (multiline ? PCRE2_MULTILINE : 0);
    regex->source = pattern;
    regex->code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.length, options, &error, &at, context);
    if (!regex->code) {
        char words[200];
        pcre2_get_error_message(error, (PCRE2_UCHAR *)words, sizeof words);
        fault_throw(catch, (Mistake){ .code = "S0302",
                                      .position = position,
                                      .token = pattern,
                                      .message = str_format(arena, "Invalid regular expression: %s", words) });
    }
    return regex;
}

/* ---- matching ---- */

static Json *next_function(Run *run, const Function *regex, Str subject, size_t offset)
{
    Function *next = arena_alloc_zero(run->arena, sizeof *next);
    next->base.type = VALUE_FUNCTION;
    next->kind = FUNCTION_NEXT;
    next->regex = regex->regex;
    next->subject = subject;
    next->offset = offset;
    next->node = regex->node;
    return &next->base;
}

static bool search(Run *run, const Function *regex, Str subject, size_t offset, Match *out)
{
    pcre2_general_context *general = pcre2_general_context_create(take_memory, leave_memory, run->arena);
    pcre2_match_context   *context = pcre2_match_context_create(general);
    pcre2_match_data      *data = pcre2_match_data_create_from_pattern(regex->regex->code, general);
    pcre2_set_match_limit(context, MATCH_STEPS_MAX);
    pcre2_set_depth_limit(context, MATCH_DEPTH_MAX);
    pcre2_set_heap_limit(context, MATCH_HEAP_KB_MAX);
    run_work(run, 1 + subject.length / 64);
    const char *text = subject.data ? subject.data : "";
    int         count = pcre2_match(regex->regex->code, (PCRE2_SPTR)text, subject.length, offset, 0, data, context);
    if (count == PCRE2_ERROR_NOMATCH) return false;
    if (count < 0) run_too_long(run);
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(data);
    uint32_t          groups = pcre2_get_ovector_count(data);
    out->start = places[0] <= places[1] ? places[0] : places[1];
    out->end = places[1];
    out->text = str_slice(subject, out->start, out->end);
    out->groups = value_array(run, groups);
    for (uint32_t i = 1; i < groups; i++) {
        bool part = i < (uint32_t)count && places[2 * i] != PCRE2_UNSET;
        Str  group = part ? str_slice(subject, places[2 * i], places[2 * i + 1]) : STR_NONE;
        value_push(run, out->groups, part ? value_string(run, group) : NULL);
    }
    if (regex->kind == FUNCTION_NEXT && out->text.length == 0)
        run_fault(run, (Mistake){ .code = "D1004",
                                  .position = regex->node->position,
                                  .value = value_string(run, regex->regex->source) });
    out->next = next_function(run, regex, subject, out->end);
    out->object = NULL;
    return true;
}

static bool search_on(Run *run, const Function *regex, Str subject, size_t offset, Match *out)
{
    if (regex->kind == FUNCTION_NEXT && offset >= subject.length) return false;
    return search(run, regex, subject, offset, out);
}

Json *regex_match(Run *run, const Function *regex, Str subject, size_t offset)
{
    Match match;
    match.object = NULL;
    if (!search_on(run, regex, subject, offset, &match)) return NULL;
    match.start = text_units(str_slice(subject, 0, match.start));
    match.end = text_units(str_slice(subject, 0, match.end));
    return match_object(run, &match);
}

Json *match_object(Run *run, const Match *match)
{
    if (match->object) return match->object;
    Arena *arena = run->arena;
    Json  *object = value_object(run);
    json_add(arena, object, STR("match"), value_string(run, match->text));
    json_add(arena, object, STR("start"), value_number(run, (double)match->start));
    json_add(arena, object, STR("end"), value_number(run, (double)match->end));
    json_add(arena, object, STR("groups"), match->groups);
    json_add(arena, object, STR("next"), match->next);
    return object;
}

/* ---- by any function ---- */

static bool read_match(Call *call, Json *object, Str subject, Match *out)
{
    if (!object) return false;
    const Json *start = json_get(object, STR("start")), *end = json_get(object, STR("end"));
    Json       *groups = json_get(object, STR("groups")), *next = json_get(object, STR("next"));
    const Json *text = json_get(object, STR("match"));
    if (!is_number(start) && !is_number(end) && !is_array(groups) && !is_function(next))
        call_fault(call, "T1010", object, 2);
    double from = is_number(start) ? number_of(start) : 0, to = is_number(end) ? number_of(end) : from;
    out->start = text_units_offset(subject, from > 0 && from < 4e9 ? (size_t)from : 0);
    out->end = text_units_offset(subject, to > 0 && to < 4e9 ? (size_t)to : 0);
    if (out->end < out->start) out->end = out->start;
    out->text = is_string(text) ? text->text : STR("");
    out->groups = is_array(groups) ? groups : value_array(call->run, 0);
    out->next = next;
    out->object = object;
    return true;
}

static bool match_by(Call *call, Json *matcher, Str subject, Match *out)
{
    const Function *function = (const Function *)matcher;
    Run            *run = call->run;
    if (function->kind == FUNCTION_REGEX) return search(run, function, subject, 0, out);
    if (function->kind == FUNCTION_NEXT) return search_on(run, function, subject, function->offset, out);
    Json *arguments[CALL_ROOM + 1] = { value_string(run, subject) };
    return read_match(call, function_apply(run, matcher, arguments, 1, NULL, call->frame), subject, out);
}

bool match_first(Call *call, Json *matcher, Str subject, Match *out)
{
    return match_by(call, matcher, subject, out);
}

bool match_next(Call *call, Str subject, Match *match)
{
    if (!is_function(match->next)) return false;
    const Function *function = (const Function *)match->next;
    if (function->kind == FUNCTION_NEXT) return search_on(call->run, function, subject, function->offset, match);
    Json *arguments[CALL_ROOM + 1] = { NULL };
    run_work(call->run, 1);
    return read_match(call, function_apply(call->run, match->next, arguments, 0, NULL, call->frame), subject, match);
}
