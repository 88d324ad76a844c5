/* functions_string.c -- the functions that take texts apart and put them together. */
#include "jsonata/internal.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <wctype.h>

static Str subject_of(Call *call)
{
    return call->arguments[0]->text;
}

static Json *string(Call *call)
{
    Json *value = call->arguments[0];
    if (!value || value->type == JSON_STRING) return value;
    bool pretty = call->arguments[1] && call->arguments[1]->type == JSON_BOOL && call->arguments[1]->boolean;
    if (!pretty || (value->type != JSON_ARRAY && value->type != JSON_OBJECT))
        return value_string(call->run, text_of(call->run, value));
    if (is_array(value) && value->flags & FLAG_WRAPPER) value = value->items[0];
    Text text;
    text_init(&text, call->run, 64);
    text_add_value(&text, value, true);
    return text_value(&text);
}

static double whole(double number)
{
    return isnan(number) ? 0 : trunc(number);
}

static size_t clamp_index(double index, double length)
{
    index = whole(index);
    if (index < 0) index += length;
    return (size_t)(index < 0 ? 0 : index > length ? length : index);
}

static Json *substring(Call *call)
{
    if (!call->arguments[0]) return NULL;
    Str    text = subject_of(call);
    double length = (double)text_length(text), start = argument_number(call, 1), end = length;
    if (length + start < 0) start = 0;
    if (call->arguments[2]) {
        double wanted = argument_number(call, 2);
        if (wanted <= 0) return value_string(call->run, STR(""));
        end = start >= 0 ? start + wanted : length + start + wanted;
    }
    size_t from = clamp_index(start, length), to = clamp_index(end, length);
    if (to <= from) return value_string(call->run, STR(""));
    return value_string(call->run, str_slice(text, text_offset(text, from), text_offset(text, to)));
}

static Json *substring_before(Call *call)
{
    size_t at;
    if (!call->arguments[0]) return NULL;
    Str text = subject_of(call);
    if (!call->arguments[1] || !str_find(text, call->arguments[1]->text, &at)) return call->arguments[0];
    return value_string(call->run, str_slice(text, 0, at));
}

static Json *substring_after(Call *call)
{
    size_t at;
    if (!call->arguments[0]) return NULL;
    Str text = subject_of(call);
    if (!call->arguments[1] || !str_find(text, call->arguments[1]->text, &at)) return call->arguments[0];
    return value_string(call->run, str_slice(text, at + call->arguments[1]->text.length, text.length));
}

/* ---- case ---- */

static locale_t unicode;

static void open_unicode(void)
{
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static uint32_t change_code(uint32_t code, bool upper)
{
    if (!unicode) return code;
    return (uint32_t)(upper ? towupper_l((wint_t)code, unicode) : towlower_l((wint_t)code, unicode));
}

static Json *change_case(Call *call, bool upper)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!call->arguments[0]) return NULL;
    pthread_once(&once, open_unicode);
    Str  from = subject_of(call);
    Text text;
    text_init(&text, call->run, from.length);
    for (size_t at = 0; at < from.length;) {
        uint32_t code = text_next(from, &at);
        if (code < 0x80)
            text_add_byte(&text, (char)(upper && code - 'a' < 26    ? code - 32
                                        : !upper && code - 'A' < 26 ? code + 32
                                                                    : code));
        else if (upper && code == 0xdf)
            text_add(&text, STR("SS"));
        else
            text_add_code(&text, change_code(code, upper));
    }
    return text_value(&text);
}

static Json *lowercase(Call *call)
{
    return change_case(call, false);
}

static Json *uppercase(Call *call)
{
    return change_case(call, true);
}

/* ---- length, blanks ---- */

static Json *length(Call *call)
{
    return call->arguments[0] ? value_number(call->run, (double)text_length(subject_of(call))) : NULL;
}

static Json *trim(Call *call)
{
    if (!call->arguments[0]) return NULL;
    Str  from = subject_of(call);
    Text text;
    bool blank = false;
    text_init(&text, call->run, from.length);
    for (size_t i = 0; i < from.length; i++) {
        char byte = from.data[i];
        if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
            blank = true;
            continue;
        }
        if (blank && text.length) text_add_byte(&text, ' ');
        blank = false;
        text_add_byte(&text, byte);
    }
    return text_value(&text);
}

static Json *pad(Call *call)
{
    if (!call->arguments[0]) return NULL;
    Str    from = subject_of(call), fill = call->arguments[2] ? call->arguments[2]->text : STR(" ");
    double width = whole(argument_number(call, 1)), missing = fabs(width) - (double)text_length(from);
    if (!fill.length) fill = STR(" ");
    if (missing <= 0) return call->arguments[0];
    if (missing > 1e9) run_too_large(call->run);
    Text text;
    text_init(&text, call->run, from.length + (size_t)missing);
    if (width > 0) text_add(&text, from);
    run_work(call->run, (uint64_t)missing / 8);
    for (size_t i = 0, at = 0; i < (size_t)missing; i++) {
        if (at >= fill.length) at = 0;
        text_add_code(&text, text_next(fill, &at));
    }
    if (width < 0) text_add(&text, from);
    return text_value(&text);
}

/* ---- patterns ---- */

static double limit_of(Call *call, uint32_t at, const char *code)
{
    if (!call->arguments[at]) return INFINITY;
    double limit = argument_number(call, at);
    if (limit < 0) call_fault(call, code, call->arguments[at], at + 1);
    return limit;
}

static Json *match(Call *call)
{
    if (!call->arguments[0]) return NULL;
    Str    text = subject_of(call);
    double limit = limit_of(call, 2, "D3040");
    Json  *all = value_sequence(call->run, 0);
    Match  found;
    bool   more = limit > 0 && match_first(call, call->arguments[1], text, &found);
    for (double count = 0; more && count < limit; count++) {
        Json *object = value_object(call->run);
        json_add(call->run->arena, object, STR("match"), value_string(call->run, found.text));
        json_add(call->run->arena, object, STR("index"),
                 value_number(call->run, (double)text_units(str_slice(text, 0, found.start))));
        json_add(call->run->arena, object, STR("groups"), found.groups);
        value_push(call->run, all, object);
        more = match_next(call, text, &found);
    }
    return all;
}

static Json *contains(Call *call)
{
    size_t at;
    Match  found;
    Json  *pattern = call->arguments[1];
    if (!call->arguments[0] || !pattern) return NULL;
    Str text = subject_of(call);
    if (is_string(pattern)) return value_bool(!pattern->text.length || str_find(text, pattern->text, &at));
    return value_bool(match_first(call, pattern, text, &found));
}

/* How many digits behind a $ name a group, and which. */
static size_t group_number(Str digits, size_t groups, size_t *out)
{
    size_t most = groups ? (size_t)floor(log((double)groups) * M_LOG10E) + 1 : 1, used = 0;
    for (;; most--) {
        size_t number = 0;
        for (used = 0; used < most && used < digits.length && (uint8_t)(digits.data[used] - '0') < 10; used++)
            number = number * 10 + (size_t)(digits.data[used] - '0');
        *out = number;
        if (most <= 1 || number <= groups) return used;
    }
}

static void add_group(Text *text, const Match *match, size_t number)
{
    if (number == 0 || number > match->groups->count) return;
    const Json *group = match->groups->items[number - 1];
    if (is_string(group)) text_add(text, group->text);
}

static void add_substitute(Text *text, Str replacement, const Match *match)
{
    for (size_t at = 0; at < replacement.length;) {
        size_t next, number;
        if (!str_find_byte(str_slice(replacement, at, replacement.length), '$', &next)) next = replacement.length - at;
        text_add(text, str_slice(replacement, at, at + next));
        at += next + 1;
        if (at > replacement.length) return;
        char byte = at < replacement.length ? replacement.data[at] : 0;
        if (byte == '$') {
            text_add_byte(text, '$');
            at++;
        } else if (byte == '0') {
            text_add(text, match->text);
            at++;
        } else {
            size_t used = group_number(str_slice(replacement, at, replacement.length), match->groups->count, &number);
            if (used)
                add_group(text, match, number);
            else
                text_add_byte(text, '$');
            at += used;
        }
    }
}

static void add_replacement(Call *call, Text *text, Json *replacement, Match *found, Str subject)
{
    if (is_string(replacement)) {
        add_substitute(text, replacement->text, found);
        return;
    }
    Match seen = *found; /* as a function sees it, in UTF-16 units */
    seen.start = text_units(str_slice(subject, 0, found->start));
    seen.end = text_units(str_slice(subject, 0, found->end));
    Json *arguments[CALL_ROOM + 1] = { match_object(call->run, &seen) };
    Json *with = function_apply(call->run, replacement, arguments, 1, NULL, call->frame);
    if (!is_string(with)) call_fault(call, "D3012", with, 3);
    text_add(text, with->text);
}

static Json *replace_text(Call *call, Str text, Str pattern, double limit)
{
    Text   out;
    size_t position = 0, at;
    Json  *replacement = call->arguments[2];
    text_init(&out, call->run, text.length);
    for (double count = 0; count < limit && str_find(str_slice(text, position, text.length), pattern, &at); count++) {
        text_add(&out, str_slice(text, position, position + at));
        text_add(&out, is_string(replacement) ? replacement->text : STR(""));
        position += at + pattern.length;
        run_work(call->run, 1);
    }
    text_add(&out, str_slice(text, position, text.length));
    return text_value(&out);
}

static Json *replace(Call *call)
{
    Json *pattern = call->arguments[1], *replacement = call->arguments[2];
    if (!call->arguments[0] || !pattern) return NULL;
    Str text = subject_of(call);
    if (is_string(pattern) && !pattern->text.length) call_fault(call, "D3010", pattern, 2);
    double limit = limit_of(call, 3, "D3011");
    if (!(limit > 0)) return call->arguments[0];
    if (is_string(pattern)) return replace_text(call, text, pattern->text, limit);
    Text   out;
    Match  found;
    size_t position = 0;
    bool   more = match_first(call, pattern, text, &found);
    text_init(&out, call->run, text.length);
    for (double count = 0; more && count < limit; count++) {
        text_add(&out, str_slice(text, position, found.start));
        add_replacement(call, &out, replacement, &found, text);
        position = found.start + found.text.length;
        more = match_next(call, text, &found);
    }
    text_add(&out, str_slice(text, position, text.length));
    return text_value(&out);
}

/* ---- lists ---- */

static Json *split_text(Call *call, Str text, Str separator, double limit)
{
    Json  *parts = value_array(call->run, 0);
    size_t position = 0, at;
    while (parts->count < limit && (separator.length || position < text.length)) {
        Str rest = str_slice(text, position, text.length);
        run_work(call->run, 1);
        if (!separator.length) {
            at = 0;
            text_next(rest, &at);
        } else if (!str_find(rest, separator, &at)) {
            value_push(call->run, parts, value_string(call->run, rest));
            break;
        }
        value_push(call->run, parts, value_string(call->run, str_slice(rest, 0, at)));
        position += at + separator.length;
    }
    return parts;
}

static Json *split(Call *call)
{
    Json *separator = call->arguments[1];
    if (!call->arguments[0]) return NULL;
    Str    text = subject_of(call);
    double limit = floor(limit_of(call, 2, "D3020"));
    if (!separator) {
        Json *one = value_array(call->run, 1);
        value_push(call->run, one, call->arguments[0]);
        return one;
    }
    if (is_string(separator)) return split_text(call, text, separator->text, limit);
    Json  *parts = value_array(call->run, 0);
    Match  found;
    size_t position = 0;
    double count = 0;
    bool   more = limit > 0 && match_first(call, separator, text, &found);
    for (; more && count < limit; count++) {
        value_push(call->run, parts, value_string(call->run, str_slice(text, position, found.start)));
        position = found.end;
        more = match_next(call, text, &found);
    }
    if (count < limit) value_push(call->run, parts, value_string(call->run, str_slice(text, position, text.length)));
    return parts;
}

static Json *join(Call *call)
{
    const Json *parts = call->arguments[0];
    if (!parts) return NULL;
    Str    separator = call->arguments[1] ? call->arguments[1]->text : STR("");
    Text   text;
    size_t total = 0;
    for (uint32_t i = 0; i < parts->count; i++) total += parts->items[i]->text.length + separator.length;
    run_work(call->run, parts->count);
    text_init(&text, call->run, total);
    for (uint32_t i = 0; i < parts->count; i++) {
        if (i) text_add(&text, separator);
        text_add(&text, parts->items[i]->text);
    }
    return text_value(&text);
}

const Native natives_string[] = {
    { "string", "<x-b?:s>", 1, 0, string },
    { "substring", "<s-nn?:s>", 3, 0, substring },
    { "substringBefore", "<s-s:s>", 2, 0, substring_before },
    { "substringAfter", "<s-s:s>", 2, 0, substring_after },
    { "lowercase", "<s-:s>", 1, 0, lowercase },
    { "uppercase", "<s-:s>", 1, 0, uppercase },
    { "length", "<s-:n>", 1, 0, length },
    { "trim", "<s-:s>", 1, 0, trim },
    { "pad", "<s-ns?:s>", 3, 0, pad },
    { "match", "<s-f<s:o>n?:a<o>>", 3, 0, match },
    { "contains", "<s-(sf):b>", 2, 0, contains },
    { "replace", "<s-(sf)(sf)n?:s>", 4, 0, replace },
    { "split", "<s-(sf)n?:a<s>>", 3, 0, split },
    { "join", "<a<s>s?:s>", 2, 0, join },
    { NULL, NULL, 0, 0, NULL },
};
