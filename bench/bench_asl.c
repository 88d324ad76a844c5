/* bench_asl.c -- what the stepper of the States Language does on one core, in memory; a line of JSON for each.
 *
 *     bench_asl [SECONDS]
 *
 *     three       executions a second of a machine of three states
 *     map         iterations a second of an inline Map of Pass over 1,000 items
 *     states      the same cost for each state in a machine of 10 and of 10,000 states?
 *     items       the same for each item, of 10 and of 10,000 that wait for a task each, answered one by one
 *     waiting     bytes of memory for an execution that waits, beyond its payload */
#include <malloc.h>

#include "asl/asl.h"
#include "bench/measure.h"

enum { BATCH = 50 };

static const AslAbout about = {
    .partition = STR_CONST("aws"), .region = STR_CONST("us-east-1"), .account = STR_CONST("000000000000"),
    .execution_arn = STR_CONST("arn:aws:states:us-east-1:000000000000:execution:bench:one"), .execution_name = STR_CONST("one"),
    .role_arn = STR_CONST("arn:aws:iam::000000000000:role/bench"),
    .machine_arn = STR_CONST("arn:aws:states:us-east-1:000000000000:stateMachine:bench"), .machine_name = STR_CONST("bench"),
    .key = STR_CONST("12345678"), .relaxed = true,
};

static const char three[] = "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Next\":\"B\"},\"B\":{\"Type\":\"Pass\",\"Result\":{\"total\":7},"
                            "\"ResultPath\":\"$.sum\",\"Next\":\"C\"},\"C\":{\"Type\":\"Succeed\"}}}";
static const char map_of_pass[] = "{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"ItemProcessor\":{\"StartAt\":\"P\",\"States\":{\"P\":"
                                  "{\"Type\":\"Pass\",\"End\":true}}},\"End\":true}}}";
static const char map_of_tasks[] = "{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"ItemProcessor\":{\"StartAt\":\"T\",\"States\":{\"T\":"
                                   "{\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::sqs:sendMessage\",\"End\":true}}},\"End\":true}}}";
static const char one_wait[] = "{\"StartAt\":\"W\",\"States\":{\"W\":{\"Type\":\"Wait\",\"Seconds\":60,\"End\":true}}}";

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "bench_asl: %s\n", what);
    exit(2);
}

static void check(Error *error)
{
    if (error) stop(error->message);
}

static AslProgram *compile(Arena *arena, Str text)
{
    Json       *definition;
    AslProgram *program;
    check(json_parse(arena, text, NULL, &definition));
    check(asl_compile(arena, definition, &program));
    return program;
}

static Str numbers(Arena *arena, uint32_t count)
{
    Json *array = json_array(arena);
    for (uint32_t i = 0; i < count; i++) json_append(arena, array, json_int_new(arena, i));
    return json_text(arena, array);
}

static Str chain_of_pass(Arena *arena, uint32_t count)
{
    Buffer text;
    buffer_init(&text);
    buffer_append_c(&text, "{\"StartAt\":\"S0\",\"States\":{");
    for (uint32_t i = 0; i + 1 < count; i++) buffer_append_format(&text, "\"S%u\":{\"Type\":\"Pass\",\"Next\":\"S%u\"},", i, i + 1);
    buffer_append_format(&text, "\"S%u\":{\"Type\":\"Succeed\"}}}", count - 1);
    Str copy = str_copy(arena, buffer_str(&text));
    buffer_done(&text);
    return copy;
}

/* Executions that end in their first step, a second. */
static double executions(const AslProgram *program, Str input, double seconds)
{
    Arena     arena;
    AslState *state;
    AslEvent  start = { .kind = ASL_START, .payload = input, .seed = 1 };
    uint64_t  count = 0, begun = measure_now(), end = begun + measure_seconds(seconds), now;
    arena_init(&arena, 0);
    check(asl_state_new(&state));
    do {
        for (int i = 0; i < BATCH; i++, count++) {
            AslStep step;
            arena_reset(&arena);
            check(asl_step(&arena, program, &about, state, &start, (Instant)count, &step));
            if (step.status != ASL_SUCCEEDED) stop("the execution has not succeeded");
        }
        now = measure_now();
    } while (now < end);
    asl_state_free(state);
    arena_done(&arena);
    return (double)count * 1e9 / (double)(now - begun);
}

/* Tasks answered a second, each in a step of its own, of a Map that waits for `count` of them. */
static double answers(Arena *scratch, const AslProgram *program, uint32_t count)
{
    Arena     arena;
    AslState *state;
    AslStep   step;
    AslEvent  event = { .kind = ASL_START, .payload = numbers(scratch, count), .seed = 1 };
    arena_init(&arena, 0);
    check(asl_state_new(&state));
    check(asl_step(&arena, program, &about, state, &event, 1, &step));
    check(asl_state_apply(state, step.cells, step.cell_count));
    uint32_t  task_count = 0;
    uint32_t *threads = NEW_ARRAY(scratch, uint32_t, count);
    for (size_t i = 0; i < step.action_count && task_count < count; i++)
        if (step.actions[i].kind == ASL_DO_TASK) threads[task_count++] = step.actions[i].thread;
    uint64_t begun = measure_now();
    for (uint32_t i = 0; i < task_count; i++) {
        event = (AslEvent){ .kind = ASL_TASK_SUCCEEDED, .thread = threads[i], .attempt = 1, .payload = STR("{\"ok\":true}"), .seed = i };
        arena_reset(&arena);
        check(asl_step(&arena, program, &about, state, &event, 2, &step));
        check(asl_state_apply(state, step.cells, step.cell_count));
    }
    uint64_t took = measure_now() - begun;
    if (task_count != count || step.status != ASL_SUCCEEDED) stop("the Map has not succeeded");
    asl_state_free(state);
    arena_done(&arena);
    return (double)count * 1e9 / (double)took;
}

static double many_answers(Arena *scratch, const AslProgram *program, uint32_t count, uint32_t rounds)
{
    double sum = 0;
    for (uint32_t i = 0; i < rounds; i++) sum += answers(scratch, program, count);
    return sum / rounds;
}

static double bytes_waiting(const AslProgram *program)
{
    Str       input = STR("{\"order\":12345,\"customer\":\"c-1\"}");
    AslEvent  event = { .kind = ASL_START, .payload = input, .seed = 1 };
    Arena     arena;
    AslState *state;
    AslStep   step;
    arena_init(&arena, 0);
    check(asl_state_new(&state));
    check(asl_step(&arena, program, &about, state, &event, 1, &step));
    check(asl_state_apply(state, step.cells, step.cell_count));
    double bytes = (double)asl_state_bytes(state) - (double)input.length;
    asl_state_free(state);
    arena_done(&arena);
    return bytes;
}

static void tell(const char *name, double value)
{
    printf("{\"bench\":\"asl\",\"name\":\"%s\",\"value\":%.0f}\n", name, value);
}

int main(int argc, char **argv)
{
    double      seconds = argc > 1 ? strtod(argv[1], NULL) : 1;
    Arena       arena;
    MemoryGuard guard;
    arena_init(&arena, 0);
    mallopt(M_MMAP_THRESHOLD, 4 << 20); /* as the server does: freed pages are not given back at once */
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
    if (!MEMORY_GUARD_ENTER(&guard)) stop("out of memory");
    tell("three", executions(compile(&arena, str_from_c(three)), STR("{\"order\":12345,\"items\":[1, 2]}"), seconds));
    tell("map", 1000 * executions(compile(&arena, str_from_c(map_of_pass)), numbers(&arena, 1000), seconds));
    tell("states of 10", 10 * executions(compile(&arena, chain_of_pass(&arena, 10)), STR("{}"), seconds));
    tell("states of 10,000", 10000 * executions(compile(&arena, chain_of_pass(&arena, 10000)), STR("{}"), seconds));
    AslProgram *tasks = compile(&arena, str_from_c(map_of_tasks));
    tell("items of 10", many_answers(&arena, tasks, 10, 500));
    tell("items of 10,000", many_answers(&arena, tasks, 10000, 1));
    tell("waiting", bytes_waiting(compile(&arena, str_from_c(one_wait))));
    memory_guard_leave(&guard);
    arena_done(&arena);
    return 0;
}
