/* scope.c -- variables by their names, chance, and the making of faults. */
#include "asl/scope.h"

Json *asl_variable(const AslVariables *variables, Str name)
{
    for (; variables; variables = variables->outer) {
        Json *value = json_get(variables->values, name);
        if (value) return value;
    }
    return NULL;
}

uint64_t asl_draw(const AslScope *scope)
{
    uint64_t bits = *scope->seed += 0x9e3779b97f4a7c15;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
    return bits ^ bits >> 31;
}

bool asl_fail(AslFault *fault, Arena *arena, Str error, const char *format, ...)
{
    if (fault->error.length) return false;
    va_list arguments;
    va_start(arguments, format);
    fault->cause = str_format_list(arena, format, arguments);
    va_end(arguments);
    fault->error = error;
    return false;
}
