/* functions_states.c -- chance, and what Step Functions adds to the language. */
#include "jsonata/internal.h"

#include <math.h>
#include <openssl/evp.h>

#include "base/text.h"

static Json *random_number(Call *call)
{
    uint64_t bits;
    if (call->count && call->arguments[0]) { /* the same number for the same seed */
        Run    fresh = *call->run;
        double seed = is_number(call->arguments[0]) ? argument_number(call, 0) : 0;
        memcpy(&fresh.chance, &seed, sizeof fresh.chance);
        bits = chance_next(&fresh);
    } else {
        bits = chance_next(call->run);
    }
    return value_number(call->run, (double)(bits >> 11) * 0x1p-53);
}

static Json *partition(Call *call)
{
    const Json *array = call->arguments[0];
    if (!array) return NULL;
    double size = floor(argument_number(call, 1));
    if (!(size >= 1)) call_fault(call, "T0410", call->arguments[1], 2);
    Json *parts = value_array(call->run, 0);
    run_work(call->run, array->count);
    for (uint32_t at = 0; at < array->count;) {
        uint32_t count = size < array->count - at ? (uint32_t)size : array->count - at;
        Json    *part = value_array(call->run, count);
        for (uint32_t i = 0; i < count; i++) value_push(call->run, part, array->items[at++]);
        value_push(call->run, parts, part);
    }
    return parts;
}

static Json *range(Call *call)
{
    if (!call->arguments[0] || !call->arguments[1] || !call->arguments[2]) return NULL;
    double first = argument_number(call, 0), last = argument_number(call, 1), step = argument_number(call, 2);
    if (step == 0) call_fault(call, "T0410", call->arguments[2], 3);
    double count = floor((last - first) / step) + 1;
    if (count > 1e7) call_fault(call, "D2014", value_number(call->run, count), 0);
    Json *all = value_sequence(call->run, 0);
    for (double i = 0; i < count; i++) {
        run_work(call->run, 1);
        value_push(call->run, all, value_number(call->run, first + i * step));
    }
    return all;
}

static Json *hash(Call *call)
{
    static const struct {
        Str         name;
        const char *digest;
    } algorithms[] = { { STR_CONST("MD5"), "MD5" },
                       { STR_CONST("SHA-1"), "SHA1" },
                       { STR_CONST("SHA-256"), "SHA256" },
                       { STR_CONST("SHA-384"), "SHA384" },
                       { STR_CONST("SHA-512"), "SHA512" } };
    if (!call->arguments[0]) return NULL;
    Str wanted = call->arguments[1] ? call->arguments[1]->text : STR_NONE, text = call->arguments[0]->text;
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned int  size;
        if (!str_equal(wanted, algorithms[i].name)) continue;
        if (!EVP_Digest(text.data ? text.data : "", text.length, digest, &size,
                        EVP_get_digestbyname(algorithms[i].digest), NULL))
            memory_exhausted();
        return value_string(call->run, text_hex(call->run->arena, str_from(digest, size)));
    }
    call_fault(call, "T0410", call->arguments[1], 2);
}

static Json *uuid(Call *call)
{
    uint64_t high = chance_next(call->run), low = chance_next(call->run);
    return value_string(call->run, text_uuid(call->run->arena, high, low));
}

/* Zero has no sign. As deep as JSON may be nested. */
static Json *without_minus_zero(Arena *arena, Json *value)
{
    if (value->type == JSON_NUMBER && json_number(value) == 0 && str_starts_with(value->raw, STR("-"))) return json_int_new(arena, 0);
    for (uint32_t i = 0; value->type == JSON_ARRAY && i < value->count; i++) value->items[i] = without_minus_zero(arena, value->items[i]);
    if (value->type == JSON_OBJECT)
        JSON_EACH_MEMBER(value, member) member->value = without_minus_zero(arena, member->value);
    return value;
}

static Json *parse(Call *call)
{
    Json *value;
    if (!call->arguments[0]) return NULL;
    Error *error = json_parse(call->run->arena, call->arguments[0]->text, NULL, &value);
    if (!error) return without_minus_zero(call->run->arena, value);
    bool memory = error->code == ERR_MEMORY;
    char words[200];
    snprintf(words, sizeof words, "%s", error->message);
    error_free(error);
    if (memory) memory_exhausted();
    run_fault(call->run, (Mistake){ .code = "D3137", .message = str_format(call->run->arena, "$parse(): %s", words) });
}

enum { STATES = 1 << JSONATA_STATES, OTHERS = 1 << JSONATA_STANDARD | 1 << JSONATA_2_0_6 };

const Native natives_states[] = {
    { "random", "<:n>", 0, OTHERS, random_number },  { "random", "<n?:n>", 1, STATES, random_number },
    { "partition", "<an:a>", 2, STATES, partition }, { "range", "<nnn:a>", 3, STATES, range },
    { "hash", "<ss:s>", 2, STATES, hash },           { "uuid", "<:s>", 0, STATES, uuid },
    { "parse", "<s:x>", 1, STATES, parse },          { NULL, NULL, 0, 0, NULL },
};
