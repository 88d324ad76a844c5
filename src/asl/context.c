/* context.c -- the context object, "$$" and $states.context: who runs, where, since when.
 *
 * Built when an expression first asks for it, for the state that asks. */
#include "asl/run.h"

static void add_time(Arena *arena, Json *object, Str name, Instant time)
{
    char text[INSTANT_TEXT_SIZE];
    json_add(arena, object, name, json_str_copy(arena, instant_format_iso_ms(time, text)));
}

static Json *execution(AslRun *run)
{
    const AslAbout *about = run->about;
    Arena          *arena = run->arena;
    Json           *object = json_object(arena);
    json_add_str(arena, object, STR("Id"), about->execution_arn);
    if (asl_value_is(&run->execution_input))
        json_add(arena, object, STR("Input"), (Json *)asl_value_json(run, &run->execution_input));
    add_time(arena, object, STR("StartTime"), about->start_time);
    json_add_str(arena, object, STR("Name"), about->execution_name);
    if (about->role_arn.data) json_add_str(arena, object, STR("RoleArn"), about->role_arn);
    else json_add(arena, object, STR("RoleArn"), json_null(arena));
    if (!about->express) json_add_int(arena, object, STR("RedriveCount"), about->redrive_count);
    if (about->redrive_count > 0) add_time(arena, object, STR("RedriveTime"), about->redrive_time);
    return object;
}

static Json *machine(AslRun *run)
{
    Json *object = json_object(run->arena);
    json_add_str(run->arena, object, STR("Id"), run->about->machine_arn);
    json_add_str(run->arena, object, STR("Name"), run->about->machine_name);
    return object;
}

static Json *state(AslRun *run, const AslThread *thread)
{
    AslStateType type = asl_def(thread)->type;
    Json        *object = json_object(run->arena);
    json_add_str(run->arena, object, STR("Name"), asl_def(thread)->name);
    add_time(run->arena, object, STR("EnteredTime"), thread->entered_time);
    if (type == ASL_TASK || type == ASL_PARALLEL || type == ASL_MAP)
        json_add_int(run->arena, object, STR("RetryCount"), thread->retry_count);
    return object;
}

/* The item of the nearest iteration around the thread, or of the one that is being begun. */
static Json *map_item(AslRun *run, AslThread *thread)
{
    while (thread && !asl_value_is(&thread->item)) thread = asl_thread_up(run, thread);
    if (!thread) return NULL;
    Json *item = json_object(run->arena), *map = json_object(run->arena);
    json_add_int(run->arena, item, STR("Index"), thread->index);
    json_add(run->arena, item, STR("Value"), (Json *)asl_value_json(run, &thread->item));
    json_add(run->arena, map, STR("Item"), item);
    return map;
}

/* Members given from outside replace those of the same name, objects member by member. */
static void add_extra(Arena *arena, Json *context, const Json *extra)
{
    JSON_EACH_MEMBER(extra, member) {
        Json *old = json_get(context, member->name);
        if (old && old->type == JSON_OBJECT && member->value->type == JSON_OBJECT) {
            Json *merged = json_object(arena);
            JSON_EACH_MEMBER(old, kept) json_add(arena, merged, kept->name, kept->value);
            JSON_EACH_MEMBER(member->value, given) json_set(arena, merged, given->name, given->value);
            json_set(arena, context, member->name, merged);
        } else {
            json_set(arena, context, member->name, member->value);
        }
    }
}

const Json *asl_context(const AslScope *scope)
{
    const AslStage *stage = (const AslStage *)scope;
    AslRun         *run = stage->run;
    Arena          *arena = run->arena;
    Json           *context = json_object(arena);
    json_add(arena, context, STR("Execution"), execution(run));
    json_add(arena, context, STR("StateMachine"), machine(run));
    json_add(arena, context, STR("State"), state(run, stage->thread));
    Json *map = map_item(run, stage->item_of ? stage->item_of : stage->thread);
    if (map) json_add(arena, context, STR("Map"), map);
    if (stage->thread->wants_token) {
        Json *task = json_object(arena);
        json_add_str(arena, task, STR("Token"), asl_token(run, stage->thread));
        json_add(arena, context, STR("Task"), task);
    }
    if (run->about->extra_context) add_extra(arena, context, run->about->extra_context);
    return context;
}
