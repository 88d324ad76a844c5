/* functions_number.c -- arithmetic, sums, chance, conversion to numbers. */
#include "jsonata/internal.h"

#include <math.h>

static Json *total(Call *call)
{
    const Json *numbers = call->arguments[0];
    double      sum = 0;
    if (!numbers) return NULL;
    run_work(call->run, numbers->count);
    for (uint32_t i = 0; i < numbers->count; i++) sum += number_of(numbers->items[i]);
    return value_number(call->run, sum);
}

static Json *extreme(Call *call, int sign)
{
    const Json *numbers = call->arguments[0];
    if (!numbers || !numbers->count) return NULL;
    double best = number_of(numbers->items[0]);
    run_work(call->run, numbers->count);
    for (uint32_t i = 1; i < numbers->count; i++)
        if ((number_of(numbers->items[i]) - best) * sign > 0) best = number_of(numbers->items[i]);
    return value_number(call->run, best);
}

static Json *max(Call *call)
{
    return extreme(call, 1);
}

static Json *min(Call *call)
{
    return extreme(call, -1);
}

static Json *average(Call *call)
{
    const Json *numbers = call->arguments[0];
    if (!numbers || !numbers->count) return NULL;
    return value_number(call->run, number_of(total(call)) / numbers->count);
}

/* ---- conversion ---- */

static bool parse_radix(Str text, int radix, double *out)
{
    *out = 0;
    if (text.length < 3) return false;
    for (size_t i = 2; i < text.length; i++) {
        char byte = text.data[i];
        int  digit = byte >= '0' && byte <= '9'                 ? byte - '0'
                     : (byte | 32) >= 'a' && (byte | 32) <= 'f' ? (byte | 32) - 'a' + 10
                                                                : 99;
        if (digit >= radix) return false;
        *out = *out * radix + digit;
    }
    return true;
}

static bool parse_number(Str text, double *out)
{
    Str  digits = text;
    bool negative = text.length > 1 && text.data[0] == '-';
    if (negative) digits = str_slice(text, 1, text.length);
    while (digits.length > 1 && digits.data[0] == '0' && (uint8_t)(digits.data[1] - '0') < 10)
        digits = str_slice(digits, 1, digits.length); /* JSON has no such zeros, here they may stand */
    if (digits.length < text.length && json_number_parse(digits, out)) {
        if (negative) *out = -*out;
        return isfinite(*out);
    }
    if (json_number_parse(text, out)) return isfinite(*out);
    if (text.length < 2 || text.data[0] != '0') return false;
    switch (text.data[1] | 32) {
    case 'x': return parse_radix(text, 16, out);
    case 'o': return parse_radix(text, 8, out);
    case 'b': return parse_radix(text, 2, out);
    default: return false;
    }
}

static Json *number(Call *call)
{
    Json  *value = call->arguments[0];
    double parsed;
    if (!value || value->type == JSON_NUMBER) return value;
    if (value->type == JSON_BOOL) return value_number(call->run, value->boolean);
    if (value->type != JSON_STRING || !parse_number(value->text, &parsed)) call_fault(call, "D3030", value, 1);
    return value_number(call->run, parsed);
}

/* ---- arithmetic ---- */

static Json *floor_of(Call *call)
{
    return call->arguments[0] ? value_number(call->run, floor(argument_number(call, 0))) : NULL;
}

static Json *ceil_of(Call *call)
{
    return call->arguments[0] ? value_number(call->run, ceil(argument_number(call, 0))) : NULL;
}

static Json *abs_of(Call *call)
{
    return call->arguments[0] ? value_number(call->run, fabs(argument_number(call, 0))) : NULL;
}

/* The decimal point moved in the text of the number, so that nothing is rounded on the way. */
static double shifted(Run *run, double value, double places)
{
    if (!isfinite(value) || value == 0) return value;
    Str    text = text_of_number(run->arena, value);
    size_t at;
    double power = 0;
    if (str_find_byte(text, 'e', &at)) {
        power = strtod(str_to_c(run->arena, str_slice(text, at + 1, text.length)), NULL);
        text = str_slice(text, 0, at);
    }
    return strtod(str_to_c(run->arena, str_format(run->arena, "%.*se%.0f", STR_ARG(text), power + trunc(places))),
                  NULL);
}

double number_round(Run *run, double value, double places)
{
    if (places) value = shifted(run, value, places);
    double result = floor(value + 0.5), difference = result - value;
    if (fabs(difference) == 0.5 && fabs(fmod(result, 2)) == 1) result -= 1; /* half way: to the even one */
    if (places) result = shifted(run, result, -places);
    return result == 0 ? 0 : result;
}

static Json *round_of(Call *call)
{
    if (!call->arguments[0]) return NULL;
    return value_number(call->run, number_round(call->run, argument_number(call, 0), argument_number(call, 1)));
}

static Json *sqrt_of(Call *call)
{
    if (!call->arguments[0]) return NULL;
    if (argument_number(call, 0) < 0) call_fault(call, "D3060", call->arguments[0], 1);
    return value_number(call->run, sqrt(argument_number(call, 0)));
}

static Json *power(Call *call)
{
    if (!call->arguments[0]) return NULL;
    double result = call->arguments[1] ? pow(argument_number(call, 0), argument_number(call, 1)) : NAN;
    if (!isfinite(result))
        run_fault(call->run,
                  (Mistake){ .code = "D3061", .value = call->arguments[0], .value2 = call->arguments[1], .index = 1 });
    return value_number(call->run, result);
}

/* ---- in some radix ---- */

enum { RADIX_DIGITS = 1100 }; /* more than the largest double has, in base two */

static Json *format_base(Call *call)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char              room[RADIX_DIGITS], *at = room + sizeof room;
    if (!call->arguments[0]) return NULL;
    double value = number_round(call->run, argument_number(call, 0), 0), radix = 10;
    if (call->arguments[1]) radix = number_round(call->run, argument_number(call, 1), 0);
    if (radix < 2 || radix > 36) call_fault(call, "D3100", call->arguments[1], 2);
    if (!isfinite(value)) call_fault(call, "D1001", call->arguments[0], 1);
    double left = fabs(value);
    do {
        *--at = digits[(int)fmod(left, radix)];
        left = floor(left / radix);
    } while (left > 0 && at > room + 1);
    if (value < 0) *--at = '-';
    Str text = { at, (size_t)(room + sizeof room - at) };
    return value_string(call->run, str_copy(call->run->arena, text));
}

const Native natives_number[] = {
    { "sum", "<a<n>:n>", 1, 0, total },
    { "max", "<a<n>:n>", 1, 0, max },
    { "min", "<a<n>:n>", 1, 0, min },
    { "average", "<a<n>:n>", 1, 0, average },
    { "number", "<(nsb)-:n>", 1, 0, number },
    { "floor", "<n-:n>", 1, 0, floor_of },
    { "ceil", "<n-:n>", 1, 0, ceil_of },
    { "round", "<n-n?:n>", 2, 0, round_of },
    { "abs", "<n-:n>", 1, 0, abs_of },
    { "sqrt", "<n-:n>", 1, 0, sqrt_of },
    { "power", "<n-n:n>", 2, 0, power },
    { "formatBase", "<n-n?:s>", 2, 0, format_base },
    { NULL, NULL, 0, 0, NULL },
};
