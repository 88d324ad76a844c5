/* signature.c -- what a function takes, as `<s-n?a<n>:s>` says it.
 *
 * A signature is a pattern over the types of the arguments, a letter each: `snbloaf`, `m` for one that
 * is missing. Each parameter takes one argument, none or one (`?`), one or more (`+`); one with `-` that
 * is left out is the context. */
#include "jsonata/internal.h"

typedef struct Parameter {
    char type; /* or ( for a choice */
    char kinds[10];
    bool optional, many, context;
    char subtype; /* of an array's items; 0: any */
    bool has_subtype;
} Parameter;

enum { PARAMETERS_MAX = 16 };

struct Signature {
    Parameter parameters[PARAMETERS_MAX];
    uint32_t  count;
};

static char letter_of(const Json *value)
{
    static const char letters[] = { [JSON_NULL] = 'l',  [JSON_BOOL] = 'b',   [JSON_NUMBER] = 'n',   [JSON_STRING] = 's',
                                    [JSON_ARRAY] = 'a', [JSON_OBJECT] = 'o', [VALUE_FUNCTION] = 'f' };
    return value && value->type < sizeof letters ? letters[value->type] : 'm';
}

/* ---- parsing ---- */

static size_t closing(Str text, size_t at, char open, char close)
{
    int depth = 0;
    for (; at < text.length; at++) {
        depth += (text.data[at] == open) - (text.data[at] == close);
        if (!depth) return at;
    }
    return text.length;
}

static void set_kinds(Parameter *parameter, const char *kinds, size_t length)
{
    if (length > sizeof parameter->kinds - 2) length = sizeof parameter->kinds - 2;
    memcpy(parameter->kinds, kinds, length);
    parameter->kinds[length] = 'm';
}

static bool add_letter(Parameter *parameter, char letter)
{
    parameter->type = letter;
    switch (letter) {
    case 's':
    case 'n':
    case 'b':
    case 'l':
    case 'o': set_kinds(parameter, &letter, 1); return true;
    case 'a': set_kinds(parameter, "asnblfo", 7); return true;
    case 'f': parameter->kinds[0] = 'f'; return true;
    case 'j': set_kinds(parameter, "asnblo", 6); return true;
    case 'x': set_kinds(parameter, "asnblfo", 7); return true;
    default: return false;
    }
}

static void add_modifier(Parameter *last, char letter)
{
    if (letter == '-') last->context = last->optional = true;
    if (letter == '?') last->optional = true;
    if (letter == '+') last->many = true;
}

Signature *signature_parse(Arena *arena, Catch *catch, Str text)
{
    Signature *signature = NEW(arena, Signature);
    for (size_t at = 1; at < text.length && text.data[at] != ':' && signature->count < PARAMETERS_MAX; at++) {
        char       letter = text.data[at];
        Parameter *next = &signature->parameters[signature->count], *last = signature->count ? next - 1 : NULL;
        if (add_letter(next, letter)) {
            signature->count++;
        } else if (letter == '(') {
            size_t end = closing(text, at, '(', ')');
            Str    choice = str_slice(text, at + 1, end);
            size_t where;
            if (str_find_byte(choice, '<', &where)) fault_throw(catch, (Mistake){ .code = "S0402", .position = at });
            next->type = '(';
            set_kinds(next, choice.data, choice.length);
            signature->count++;
            at = end;
        } else if (letter == '<') {
            if (!last || (last->type != 'a' && last->type != 'f'))
                fault_throw(catch, (Mistake){ .code = "S0401", .position = at });
            size_t end = closing(text, at, '<', '>');
            last->has_subtype = end > at + 1;
            last->subtype = last->has_subtype ? text.data[at + 1] : 0;
            at = end;
        } else {
            if (last) add_modifier(last, letter);
            next->type = 0;
        }
    }
    return signature;
}

/* ---- checking ---- */

static bool accepts(const Parameter *parameter, char letter)
{
    return letter && strchr(parameter->kinds, letter);
}

/* How many arguments each parameter takes; false where there is no way. Greedy, then less. */
static bool assign(const Signature *signature, uint32_t at, Json **arguments, uint32_t left, uint32_t *taken)
{
    if (at == signature->count) return left == 0;
    const Parameter *parameter = &signature->parameters[at];
    uint32_t         most = 0, limit = parameter->many ? left : left < 1 ? left : 1;
    while (most < limit && accepts(parameter, letter_of(arguments[most]))) most++;
    for (uint32_t least = parameter->optional ? 0 : 1;; most--) {
        if (most < least) return false;
        if (assign(signature, at + 1, arguments + most, left - most, taken)) {
            taken[at] = most;
            return true;
        }
        if (most == 0) return false;
    }
}

static _Noreturn void refuse(Run *run, const Signature *signature, Json **arguments, uint32_t count)
{
    Signature partial = { .count = 0 };
    uint32_t  good = 0;
    for (uint32_t i = 0; i < signature->count; i++) {
        uint32_t taken[PARAMETERS_MAX] = { 0 }, matched = count + 1;
        partial = *signature;
        partial.count = i + 1;
        for (uint32_t length = count + 1; length-- > 0 && matched > count;)
            if (assign(&partial, 0, arguments, length, taken)) matched = length;
        if (matched > count) break;
        good = matched;
    }
    run_fault(run, (Mistake){ .code = "T0410", .value = good < count ? arguments[good] : NULL, .index = good + 1 });
}

static Str words_of(char letter)
{
    switch (letter) {
    case 'a': return STR("arrays");
    case 'b': return STR("booleans");
    case 'f': return STR("functions");
    case 'n': return STR("numbers");
    case 'o': return STR("objects");
    case 's': return STR("strings");
    default: return STR("values");
    }
}

static Json *array_argument(Run *run, const Parameter *parameter, Json *argument, uint32_t at)
{
    if (!argument) return NULL;
    char letter = letter_of(argument);
    bool right = true;
    if (parameter->has_subtype && letter != 'a') right = letter == parameter->subtype;
    if (parameter->has_subtype && letter == 'a' && argument->count) {
        char first = letter_of(argument->items[0]);
        right = first == parameter->subtype;
        for (uint32_t i = 1; right && i < argument->count; i++) right = letter_of(argument->items[i]) == first;
    }
    if (!right)
        run_fault(run, (Mistake){
                           .code = "T0412", .value = argument, .index = at + 1, .type = words_of(parameter->subtype) });
    if (letter == 'a') return argument;
    Json *array = value_array(run, 1);
    value_push(run, array, argument);
    return array;
}

static Json *context_argument(Run *run, const Parameter *parameter, Json *context, uint32_t at)
{
    if (!accepts(parameter, letter_of(context)))
        run_fault(run, (Mistake){ .code = "T0411", .value = context, .index = at + 1 });
    return context;
}

void signature_check(Run *run, const Signature *signature, Json ***arguments, uint32_t *count, Json *context)
{
    uint32_t taken[PARAMETERS_MAX], used = 0, at = 0;
    if (!assign(signature, 0, *arguments, *count, taken)) refuse(run, signature, *arguments, *count);
    Json **checked = run_alloc(run, (*count + signature->count + CALL_ROOM) * sizeof *checked);
    for (uint32_t i = 0; i < signature->count; i++) {
        const Parameter *parameter = &signature->parameters[i];
        if (!taken[i]) {
            if (parameter->context) {
                checked[used++] = context_argument(run, parameter, context, at);
            } else {
                checked[used++] = at < *count ? (*arguments)[at] : NULL;
                at++;
            }
            continue;
        }
        for (uint32_t n = 0; n < taken[i]; n++, at++) {
            /* 2.0.6 repeats the first of many */
            Json *argument =
                (*arguments)[run->program->dialect != JSONATA_STANDARD && parameter->type != 'a' ? at - n : at];
            checked[used++] = parameter->type == 'a' ? array_argument(run, parameter, argument, at) : argument;
        }
    }
    for (uint32_t i = 0; i < CALL_ROOM; i++) checked[used + i] = NULL;
    *arguments = checked;
    *count = used;
}
