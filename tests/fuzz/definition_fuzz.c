/* definition_fuzz.c -- any text as a definition: what the validator takes, the compiler takes, and it can be played.
 *
 * The play's tasks are answered by chance, from a seed that the text gives; it ends after a bounded number of steps. Inputs
 * that the linter sees are linted too. */
#include "asl/lint.h"
#include "loop/chance.h"
#include "play/play.h"
#include "tests/support/fuzz.h"

enum { STEPS_MAX = 200, EVENTS_MAX = 30000 };

typedef struct Script {
    Chance chance;
    size_t events;
} Script;

static uint64_t seed_of(Str text)
{
    uint64_t seed = 14695981039346656037u;
    for (size_t i = 0; i < text.length; i++) seed = (seed ^ (unsigned char)text.data[i]) * 1099511628211u;
    return seed;
}

static Error *ask(void *context, Arena *arena, const AslAction *action, PlayAnswer *out)
{
    static const char *const results[] = { "{\"a\":1,\"items\":[1,2]}", "[]", "\"text\"", "0", "null" };
    static const char *const errors[] = { "States.TaskFailed", "E", "States.Timeout", "" };
    Script *script = context;
    (void)arena, (void)action;
    *out = (PlayAnswer){ .delay = (Duration)chance_below(&script->chance, 4) * DURATION_SECOND };
    if (chance_one_in(&script->chance, 10)) out->never = true;
    else if (chance_one_in(&script->chance, 3)) out->error = str_from_c(errors[chance_below(&script->chance, 4)]);
    else out->result = str_from_c(results[chance_below(&script->chance, 5)]);
    return NULL;
}

/* Every event can be shown, and read back once it is stored. */
static void hear(void *context, const PlayPlace *place, const AslHistory *event)
{
    Script    *script = context;
    Arena      arena;
    Buffer     bytes;
    AslHistory copy;
    (void)place;
    if (script->events++ > EVENTS_MAX) return;
    arena_init(&arena, 0);
    buffer_init(&bytes);
    asl_history_json(&arena, event, true);
    asl_history_encode(event, NULL, &bytes);
    if (asl_history_decode(&arena, buffer_str(&bytes), NULL, &copy)) abort();
    buffer_done(&bytes);
    arena_done(&arena);
}

static void stop(const char *what, const Error *error)
{
    Buffer text;
    buffer_init(&text);
    error_describe(error, &text);
    fprintf(stderr, "%s: %.*s\n", what, STR_ARG(buffer_str(&text)));
    abort();
}

static void play(const AslProgram *program, uint64_t seed)
{
    Script            script = { .events = 0 };
    Play             *play;
    const PlayOptions options = { .program = program, .start = 1767225600 * DURATION_SECOND, .seed = seed, .ask = ask, .hear = hear,
                                  .context = &script, .steps_max = STEPS_MAX };
    chance_init_seed(&script.chance, seed);
    Error *error = play_new(&options, &play);
    if (!error) error = play_start(play, STR("{\"a\": 1, \"items\": [1, 2, {\"a\": 3}], \"s\": \"text\"}"));
    if (!error) error = play_run(play, NULL);
    if (error) stop("a play ended with an error", error);
    play_free(play);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena          arena;
    AslDiagnostics diagnostics = { 0 }, doubts = { 0 };
    Json          *definition;
    AslProgram    *program;
    Str            text = str_from(data, size);
    arena_init(&arena, 0);
    asl_validate_text(&arena, text, ASL_STANDARD, &definition, &diagnostics);
    if (definition) asl_lint(&arena, definition, ASL_STANDARD, &doubts);
    if (!diagnostics.count) {
        Error *error = asl_compile(&arena, definition, &program);
        if (error) stop("found valid, but not compiled", error);
        play(program, seed_of(text));
    }
    arena_done(&arena);
    return 0;
}
