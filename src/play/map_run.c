/* map_run.c -- distributed Maps: a run's children are executions of the same play.
 *
 * Children begin in the order of their items, as many at a time as the state allows, and each that ends makes room for the
 * next. Results stand in the order of the items, of the children that succeeded. The run fails as soon as more items have
 * failed than it tolerates; children under way are dropped then.
 *
 * Results that the service would refuse anyway are not kept: when they are larger together than a payload may be, the
 * rest is let go of. */
#include "play/play_internal.h"

enum { CHILDREN_MAX = 10000 }; /* at a time, as the service has it */

typedef enum Transformation { COMPACT, FLATTEN, DESCRIBE } Transformation;

/* ---- the end of a run ---- */

static MapRun *unlink_run(Execution *parent, uint32_t thread)
{
    for (MapRun **link = &parent->map_runs; *link; link = &(*link)->next) {
        MapRun *run = *link;
        if (run->thread != thread) continue;
        *link = run->next;
        return run;
    }
    return NULL;
}

void map_run_free(Play *play, MapRun *run)
{
    while (run->children) execution_end(play, run->children);
    memory_free(run->results);
    arena_done(&run->arena);
    memory_free(run);
}

void map_run_stop(Play *play, Execution *parent, uint32_t thread)
{
    errand_drop(play, parent, ERRAND_MAP_RUN, thread);
    MapRun *run = unlink_run(parent, thread);
    if (run) map_run_free(play, run);
}

static Error *end_run(Play *play, MapRun *run, AslEvent event)
{
    Execution *parent = run->parent;
    event.thread = run->thread;
    event.attempt = run->attempt;
    Error *error = errand_put(play, parent, ERRAND_MAP_RUN, play->now, &event);
    unlink_run(parent, run->thread);
    map_run_free(play, run);
    return error;
}

static Error *fail_run(Play *play, MapRun *run, Str error, Str cause)
{
    return end_run(play, run, (AslEvent){ .kind = ASL_MAP_RUN_FAILED, .error = error, .cause = cause });
}

/* ---- results ---- */

static bool is_exported(const MapRun *run)
{
    return run->run.has_writer && run->run.writer_parameters.data;
}

static Transformation transformation_of(const MapRun *run)
{
    Arena arena;
    Json *config = NULL;
    if (!run->run.has_writer) return COMPACT;
    arena_init(&arena, 512);
    if (run->run.writer_config.data) error_free(json_parse(&arena, run->run.writer_config, NULL, &config));
    Str            name = json_get_str(config, STR("Transformation"));
    Transformation found = str_equal(name, STR("COMPACT")) ? COMPACT : str_equal(name, STR("FLATTEN")) ? FLATTEN : DESCRIBE;
    arena_done(&arena);
    return found;
}

static Str date_text(Arena *arena, Instant instant)
{
    char text[INSTANT_TEXT_SIZE];
    return str_copy(arena, instant_format_iso_ms(instant, text));
}

/* A child with what the results show of it. */
static Str describe_child(const Play *play, Arena *arena, const Execution *child, Str output)
{
    Json *described = json_object(arena), *details = json_object(arena);
    json_set(arena, details, STR("Included"), json_bool(arena, true));
    json_add_str(arena, described, STR("ExecutionArn"), child->about.execution_arn);
    json_add_str(arena, described, STR("Input"), child->input);
    json_set(arena, described, STR("InputDetails"), details);
    json_add_str(arena, described, STR("Name"), child->about.execution_name);
    json_add_str(arena, described, STR("Output"), output);
    json_set(arena, described, STR("OutputDetails"), details);
    json_add_str(arena, described, STR("StartDate"), date_text(arena, child->about.start_time));
    json_add_str(arena, described, STR("StateMachineArn"), child->about.machine_arn);
    json_add_str(arena, described, STR("Status"), STR("SUCCEEDED"));
    json_add_str(arena, described, STR("StopDate"), date_text(arena, play->now));
    return json_text(arena, described);
}

static Str without_brackets(Str text)
{
    while (text.length && strchr(" \t\r\n", text.data[0])) text = str_slice(text, 1, text.length);
    while (text.length && strchr(" \t\r\n", text.data[text.length - 1])) text.length--;
    return text.length >= 2 && text.data[0] == '[' ? str_trim(str_slice(text, 1, text.length - 1)) : text;
}

static Error *keep_result(Play *play, MapRun *run, const Execution *child, Str output)
{
    if (is_exported(run) || (run->bytes > ASL_PAYLOAD_MAX && !play->options.relaxed)) return NULL;
    if (child->index >= run->capacity) {
        size_t capacity = run->capacity ? run->capacity : 16;
        while (capacity <= child->index) capacity *= 2;
        Str *results = memory_resize(run->results, capacity * sizeof *results);
        if (!results) return error_memory();
        memset(results + run->capacity, 0, (capacity - run->capacity) * sizeof *results);
        run->results = results;
        run->capacity = capacity;
    }
    Transformation as = transformation_of(run);
    Str            text = as == DESCRIBE ? describe_child(play, &run->arena, child, output)
                          : as == FLATTEN ? without_brackets(output) : output;
    run->results[child->index] = str_copy(&run->arena, text);
    run->bytes += text.length + 1;
    return NULL;
}

static Str results_text(const MapRun *run, Arena *arena)
{
    char *text = arena_alloc_bytes(arena, run->bytes + 2), *at = text;
    *at++ = '[';
    for (size_t i = 0; i < run->capacity; i++) {
        if (!run->results[i].length) continue;
        if (at > text + 1) *at++ = ',';
        memcpy(at, run->results[i].data, run->results[i].length);
        at += run->results[i].length;
    }
    *at++ = ']';
    return str_from(text, (size_t)(at - text));
}

/* Where the results would be, had they been written. */
static Str export_text(Play *play, const MapRun *run, Arena *arena)
{
    Json *where = NULL, *result = json_object(arena), *details = json_object(arena);
    error_free(json_parse(arena, run->run.writer_parameters, NULL, &where));
    Str prefix = json_get_str(where, STR("Prefix")), run_id = chance_uuid(&play->chance, arena);
    const char *slash = prefix.length && !str_ends_with(prefix, STR("/")) ? "/" : "";
    json_add_str(arena, details, STR("Bucket"), json_get_str(where, STR("Bucket")));
    json_add_str(arena, details, STR("Key"), str_format(arena, "%.*s%s%.*s/manifest.json", STR_ARG(prefix), slash, STR_ARG(run_id)));
    json_add_str(arena, result, STR("MapRunArn"), run->run.arn);
    json_set(arena, result, STR("ResultWriterDetails"), details);
    return json_text(arena, result);
}

static Error *succeed_run(Play *play, MapRun *run)
{
    arena_reset(&play->answer);
    Str result = is_exported(run) ? export_text(play, run, &play->answer) : results_text(run, &play->answer);
    return end_run(play, run, (AslEvent){ .kind = ASL_MAP_RUN_SUCCEEDED, .payload = result });
}

/* ---- children ---- */

static void describe_child_about(Play *play, const MapRun *run, Execution *child)
{
    const AslAbout *parent = &run->parent->about;
    Arena          *arena = &child->arena;
    Str             name = chance_uuid(&play->chance, arena);
    const char     *kind = run->run.express_children ? "express" : "execution";
    child->about = *parent;
    child->about.execution_name = name;
    child->about.machine_name = str_format(arena, "%.*s/%.*s", STR_ARG(parent->machine_name), STR_ARG(run->run.label));
    child->about.machine_arn = str_format(arena, "%.*s/%.*s", STR_ARG(parent->machine_arn), STR_ARG(run->run.label));
    child->about.execution_arn = str_format(arena, "arn:%.*s:states:%.*s:%.*s:%s:%.*s:%.*s", STR_ARG(parent->partition),
                                            STR_ARG(parent->region), STR_ARG(parent->account), kind,
                                            STR_ARG(child->about.machine_name), STR_ARG(name));
    child->about.start_time = play->now;
    child->about.express = run->run.express_children;
    child->about.redrive_count = 0;
    child->about.key = str_format(arena, "%u", child->number);
}

static Error *begin_child(Play *play, MapRun *run, Str input, uint32_t items)
{
    Execution        *child;
    const AslProgram *program = asl_map_program(run->parent->program, run->parent->state, run->thread);
    TRY(execution_new(play, program, &child));
    child->of = run;
    child->index = run->begun++;
    child->items = items;
    child->sibling = run->children;
    child->link = &run->children;
    if (child->sibling) child->sibling->link = &child->sibling;
    run->children = child;
    run->running++;
    describe_child_about(play, run, child);
    if (transformation_of(run) == DESCRIBE && !is_exported(run)) child->input = str_copy(&child->arena, input);
    AslEvent start = { .kind = ASL_START, .payload = input };
    return errand_put(play, child, ERRAND_SELF, play->now, &start);
}

/* Begins children while there are items and room; ends the run when all have ended. */
static Error *go_on(Play *play, MapRun *run)
{
    size_t limit = run->run.max_concurrency && run->run.max_concurrency < CHILDREN_MAX ? run->run.max_concurrency : CHILDREN_MAX;
    while (!run->no_more && run->running < limit) {
        Str      input = STR_NONE, error = STR_NONE, cause = STR_NONE;
        uint32_t items = 0;
        arena_reset(&play->answer);
        TRY(asl_map_items_next(run->items, &play->answer, &input, &items, &error, &cause));
        if (error.length) return fail_run(play, run, error, cause);
        if (input.data) TRY(begin_child(play, run, input, items));
        else run->no_more = true;
    }
    return run->running ? NULL : succeed_run(play, run);
}

Error *map_run_child_ended(Play *play, Execution *child, const AslStep *step)
{
    MapRun *run = child->of;
    run->running--;
    if (step->status == ASL_SUCCEEDED) TRY(keep_result(play, run, child, step->output));
    else run->failed += child->items;
    bool failed = step->status != ASL_SUCCEEDED;
    execution_end(play, child);
    if (failed && !run->total) run->total = asl_map_items_total(run->items);
    if (failed && asl_map_run_exceeded(&run->run, run->failed, run->total))
        return fail_run(play, run, STR("States.ExceedToleratedFailureThreshold"),
                        STR("The specified tolerated failure threshold was exceeded"));
    return go_on(play, run);
}

/* ---- the beginning of a run ---- */

/* The answer to a reader is JSON; what is not an array of items is the object's own text. */
static Str object_text(Arena *arena, AslItemFormat format, Str answer)
{
    Json *value;
    if (format == ASL_ITEMS_JSON || format == ASL_ITEMS_LIST) return answer;
    Error *error = json_parse(arena, answer, NULL, &value);
    bool   is_text = !error && value->type == JSON_STRING;
    error_free(error);
    return is_text ? value->text : answer;
}

static Error *read_items(Play *play, MapRun *run, const AslAction *action, PlayAnswer *out)
{
    if (!run->run.has_reader) {
        out->result = run->run.items;
        return NULL;
    }
    TRY(play_ask(play, action, out));
    if (!out->result.data) return NULL;
    out->result = str_copy(&run->arena, object_text(&run->arena, run->run.format, out->result));
    return NULL;
}

static Error *fill_run(Play *play, MapRun *run, const AslAction *action)
{
    Execution *parent = run->parent;
    PlayAnswer read = { 0 };
    TRY(asl_map_run(&run->arena, parent->program, &parent->about, parent->state, run->thread, play->now, &run->run));
    TRY(read_items(play, run, action, &read));
    if (!read.result.data)
        return fail_run(play, run, read.error.data ? read.error : STR("States.ItemReaderFailed"), read.cause);
    TRY(asl_map_items_open(&run->arena, parent->program, &parent->about, parent->state, run->thread, read.result, play->now,
                           chance_u64(&play->chance), &run->items));
    return go_on(play, run);
}

Error *map_run_begin(Play *play, Execution *parent, const AslAction *action)
{
    MapRun *run = memory_alloc_zero(sizeof *run);
    if (!run) return error_memory();
    map_run_stop(play, parent, action->thread);
    arena_init(&run->arena, 0);
    run->parent = parent;
    run->thread = action->thread;
    run->attempt = action->attempt;
    run->next = parent->map_runs;
    parent->map_runs = run; /* from here on it is the play's to free */
    run->state_name = str_copy(&run->arena, action->state_name);
    return fill_run(play, run, action);
}
