/* stage.c -- playing a definition in a test. */
#include "tests/unit/play/stage.h"

static const Instant START = 1767225600 * DURATION_SECOND;

void stage_open(Stage *stage)
{
    arena_init(&stage->arena, 0);
    buffer_init(&stage->events);
}

void stage_close(Stage *stage)
{
    play_free(stage->play);
    buffer_done(&stage->events);
    arena_done(&stage->arena);
}

Str stage_quoted(Stage *stage, const char *text)
{
    char *copy = str_to_c(&stage->arena, str_from_c(text));
    for (char *at = copy; *at; at++)
        if (*at == '\'') *at = '"';
    return str_from_c(copy);
}

AslProgram *stage_compile(Stage *stage, const char *definition)
{
    Json       *value;
    AslProgram *program = NULL;
    if (CHECK_OK(json_parse(&stage->arena, stage_quoted(stage, definition), NULL, &value)))
        CHECK_OK(asl_compile(&stage->arena, value, &program));
    return program;
}

static Error *ask(void *context, Arena *arena, const AslAction *action, PlayAnswer *out)
{
    Stage *stage = context;
    if (!stage->ask) return error_new(ERR_NOT_FOUND, "nobody answers %.*s", STR_ARG(action->state_name));
    return stage->ask(stage->context, arena, action, out);
}

static void hear(void *context, const PlayPlace *place, const AslHistory *event)
{
    Stage *stage = context;
    buffer_append_format(&stage->events, "%u:%.*s %.*s\n", place->execution, STR_ARG(asl_history_type_name(event->type)),
                         STR_ARG(event->name));
}

const PlayResult *stage_play(Stage *stage, const char *definition, const char *input)
{
    static const PlayResult nothing;
    const PlayOptions options = {
        .program = stage_compile(stage, definition), .start = START, .seed = stage->seed, .ask = ask, .hear = hear, .context = stage,
        .time_max = stage->time_max, .steps_max = stage->steps_max, .express = stage->express,
    };
    if (!options.program || !CHECK_OK(play_new(&options, &stage->play))) return &nothing;
    CHECK_OK(play_start(stage->play, stage_quoted(stage, input)));
    CHECK_OK(play_run(stage->play, NULL));
    return play_result(stage->play);
}
