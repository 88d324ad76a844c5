/* jsonata_fuzz.c -- any text is refused, or evaluated within its limits, over a small input. */
#include "tests/support/fuzz.h"

#include "jsonata/jsonata.h"

static const char input_text[] = "{\"a\":1,\"b\":[1,2,{\"c\":\"x\",\"d\":[{\"e\":3},{\"e\":[4]}]}],\"s\":\"caf\\u00e9 "
                                 "\\ud83d\\ude02\",\"n\":null,\"t\":true,"
                                 "\"orders\":[{\"id\":\"o1\",\"lines\":[{\"sku\":\"k1\",\"price\":2.5,\"qty\":2},{"
                                 "\"sku\":\"k2\",\"price\":1,\"qty\":7}]},"
                                 "{\"id\":\"o2\",\"lines\":[]}]}";

static void check(bool held)
{
    if (!held) abort();
}

static void evaluate(Arena *arena, const JsonataProgram *program, const Json *input)
{
    JsonataRun   run = { .seed = 7, .limits = { .steps_max = 20000, .depth_max = 200, .memory_max = 16 << 20 } };
    JsonataFault fault;
    Json        *value;
    Error       *error = jsonata_evaluate(arena, program, input, &run, &value, &fault);
    check(!error);
    check(!value || !fault.code.length);
    if (value) check(json_text(arena, value).length > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const JsonataDialect dialects[] = { JSONATA_STANDARD, JSONATA_2_0_6, JSONATA_STATES };
    for (int i = 0; i < 3; i++) {
        Arena           arena;
        JsonataProgram *program;
        JsonataFault    fault;
        Json           *input;
        JsonataOptions  options = { dialects[i] };
        arena_init(&arena, 0);
        check(!json_parse(&arena, str_from(input_text, sizeof input_text - 1), NULL, &input));
        check(!jsonata_compile(&arena, str_from(data, size), &options, &program, &fault));
        check(!program == (fault.code.length > 0));
        if (program) evaluate(&arena, program, input);
        arena_done(&arena);
    }
    return 0;
}
