/* state_wait.c -- Wait: for so many seconds, or until a time. */
#include "asl/run.h"

enum { WAIT_SECONDS_MAX = INT32_MAX };

static bool refuse(AslRun *run, const AslField *field, const char *path_words, const char *words, Str shown, AslFault *fault)
{
    if (field->form == ASL_BY_PATH)
        return asl_fail(fault, run->arena, STR("States.Runtime"), "The %sPath parameter %s: %.*s == %.*s", field->name, path_words,
                        STR_ARG(asl_field_path(field)), STR_ARG(shown));
    asl_fail(fault, run->arena, STR("States.QueryEvaluationError"), "The %s field %s: %.*s", field->name, words, STR_ARG(shown));
    fault->location = str_from_c(field->name);
    return false;
}

/* A path that finds nothing has words of its own here. */
static bool wait_value(AslRun *run, AslThread *thread, const AslField *field, const Json *input, const Json **out, AslFault *fault)
{
    AslFault problem = { 0 };
    if (asl_field_value(run, thread, field, input, out, &problem)) return true;
    if (field->form != ASL_BY_PATH) {
        *fault = problem;
        return false;
    }
    return asl_fail(fault, run->arena, STR("States.Runtime"), "The %sPath parameter does not reference an input value: %.*s", field->name,
                    STR_ARG(asl_field_path(field)));
}

static bool until_seconds(AslRun *run, const AslField *field, const Json *value, Instant *due, AslFault *fault)
{
    int64_t seconds;
    Str     shown = value->type == JSON_STRING ? value->text : json_text(run->arena, value);
    if (value->type != JSON_NUMBER || !json_int(value, &seconds))
        return refuse(run, field, "cannot be parsed as a long value", "cannot be parsed as a long value", shown, fault);
    if (seconds < 0) return refuse(run, field, "references a negative value", "must not be negative", shown, fault);
    if (seconds > WAIT_SECONDS_MAX) return asl_fail(fault, run->arena, STR("States.Runtime"), "Wait state delay is too long.");
    *due = run->now + seconds * 1000000;
    return true;
}

static bool until_time(AslRun *run, const AslField *field, const Json *value, Instant *due, AslFault *fault)
{
    Str shown = value->type == JSON_STRING ? value->text : json_text(run->arena, value);
    if (value->type != JSON_STRING || !instant_parse_iso(value->text, due))
        return refuse(run, field, "does not reference a valid ISO-8601 extended offset date-time format string",
                      "cannot be parsed as an ISO-8601 extended offset date-time format string", shown, fault);
    if (*due - run->now > (int64_t)WAIT_SECONDS_MAX * 1000000)
        return asl_fail(fault, run->arena, STR("States.Runtime"), "Wait state delay is too long.");
    return true;
}

static bool find_due(AslRun *run, AslThread *thread, Instant *due, AslFault *fault)
{
    const AslWaitDef *wait = asl_def(thread)->wait;
    AslValue          input;
    const Json       *value;
    if (!asl_effective_input(run, thread, &input, fault)) return false;
    bool            by_seconds = wait->seconds.form != ASL_ABSENT;
    const AslField *field = by_seconds ? &wait->seconds : &wait->timestamp;
    const Json     *seen = field->form == ASL_LITERAL ? NULL : asl_value_json(run, &input);
    if (!wait_value(run, thread, field, seen, &value, fault)) return false;
    if (!value) return asl_fail(fault, run->arena, STR("States.Runtime"), "The state does not say how long to wait.");
    return by_seconds ? until_seconds(run, field, value, due, fault) : until_time(run, field, value, due, fault);
}

void asl_enter_wait(AslRun *run, AslThread *thread)
{
    AslFault fault = { 0 };
    Instant  due;
    if (!find_due(run, thread, &due, &fault)) {
        asl_break_by(run, thread, &fault);
        return;
    }
    thread->phase = ASL_WAITING;
    thread->due = due;
    thread->head_changed = true;
    if (due <= run->now || run->program->single) asl_wait_over(run, thread);
    else asl_set_timer(run, thread);
}

void asl_wait_over(AslRun *run, AslThread *thread)
{
    AslValue input;
    AslFault fault = { 0 };
    if (asl_effective_input(run, thread, &input, &fault)) asl_leave_with(run, thread, input);
    else asl_break_by(run, thread, &fault);
}
