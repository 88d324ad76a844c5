/* functions.c -- where the names of built-in functions are looked up. */
#include "jsonata/internal.h"

const Native *native_find(Str name, JsonataDialect dialect)
{
    static const Native *const tables[] = { natives_string, natives_text,  natives_number,
                                            natives_format, natives_array, natives_object,
                                            natives_higher, natives_date,  natives_states };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const Native *native = tables[i]; native->name; native++)
            if (str_equal(name, str_from_c(native->name)) && (!native->dialects || native->dialects & 1 << dialect))
                return native;
    return NULL;
}

_Noreturn void call_fault(Call *call, const char *code, const Json *value, size_t index)
{
    run_fault(call->run, (Mistake){ .code = code, .value = value, .index = index });
}

double argument_number(Call *call, uint32_t at)
{
    return call->arguments[at] ? number_of(call->arguments[at]) : 0;
}
