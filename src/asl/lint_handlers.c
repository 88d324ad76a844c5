/* lint_handlers.c -- Retry and Catch: error names that never come, entries that never get their turn, waits that take too
 * long. */
#include "asl/lint_internal.h"

enum { ON_TASK = 1, ON_CONTAINER = 2, ON_MAP = 4, IN_JSONPATH = 8, IN_JSONATA = 16 };

/* The names that the service gives, and where they can come from. Containers fail with the errors of what is in them. */
static const struct {
    Str      name;
    uint32_t on;
} ERRORS[] = {
    { STR_CONST("States.ALL"), ON_TASK | ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.BranchFailed"), ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.DataLimitExceeded"), ON_TASK | ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.ExceedToleratedFailureThreshold"), ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.HeartbeatTimeout"), ON_TASK | ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.Http.Socket"), ON_TASK | ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.IntrinsicFailure"), ON_TASK | ON_CONTAINER | IN_JSONPATH },
    { STR_CONST("States.ItemReaderFailed"), ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.NoChoiceMatched"), ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.ParameterPathFailure"), ON_TASK | ON_CONTAINER | IN_JSONPATH },
    { STR_CONST("States.Permissions"), ON_TASK | ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.QueryEvaluationError"), ON_TASK | ON_CONTAINER | IN_JSONATA },
    { STR_CONST("States.ResultPathMatchFailure"), ON_TASK | ON_CONTAINER | IN_JSONPATH },
    { STR_CONST("States.ResultWriterFailed"), ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.Runtime"), ON_TASK | ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.TaskFailed"), ON_TASK | ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
    { STR_CONST("States.Timeout"), ON_TASK | ON_CONTAINER | IN_JSONPATH | IN_JSONATA },
};

enum { ERROR_COUNT = sizeof ERRORS / sizeof *ERRORS };

static void say_unknown(AslCheck *check, Str name, const AslPlace *at)
{
    Str names[ERROR_COUNT], quoted = asl_quote(name);
    for (int i = 0; i < ERROR_COUNT; i++) names[i] = ERRORS[i].name;
    Str near = asl_nearest_of(name, names, ERROR_COUNT);
    Str hint = near.data ? str_format(check->arena, "Did you mean '%.*s'?", STR_ARG(near)) : STR("");
    asl_lint_say(check, ASL_WARNING, "UNKNOWN_ERROR_NAME", at, hint,
                 "the service has no error '%.*s', and the names that begin with 'States.' are its own",
                 STR_ARG(quoted));
}

static bool is_heard(const AslOutlineState *state, Str name)
{
    bool heartbeat =
        json_get(state->json, STR("HeartbeatSeconds")) || json_get(state->json, STR("HeartbeatSecondsPath"));
    return state->type != TYPE_TASK || heartbeat || !str_equal(name, STR("States.HeartbeatTimeout"));
}

static void check_name(AslCheck *check, const AslOutlineState *state, Str name, const AslPlace *at)
{
    uint32_t where = state->type == TYPE_TASK ? ON_TASK : ON_CONTAINER;
    uint32_t language = state->language == LANGUAGE_JSONPATH ? IN_JSONPATH : IN_JSONATA;
    if (!str_starts_with(name, STR("States."))) return;
    for (int i = 0; i < ERROR_COUNT; i++) {
        if (!str_equal(ERRORS[i].name, name)) continue;
        if (str_equal(name, STR("States.Runtime")))
            asl_lint_say(check, ASL_WARNING, "NEVER_CAUGHT", at, STR(""),
                         "the service neither retries nor catches States.Runtime");
        else if (!(ERRORS[i].on & where) || (where == ON_TASK && !(ERRORS[i].on & language)) || !is_heard(state, name))
            asl_lint_say(check, ASL_WARNING, "NEVER_RAISED", at, STR(""), "this state cannot fail with '%.*s'",
                         STR_ARG(name));
        return;
    }
    say_unknown(check, name, at);
}

/* ---- one list ---- */

/* What States.TaskFailed stands for on a Task: all that the task itself gives, but no timeouts. */
static bool is_task_failure(Str name)
{
    return !str_starts_with(name, STR("States."));
}

static void check_list(AslCheck *check, const AslOutlineState *state, Str field)
{
    const Json *list = json_get(state->json, field), *item, *name;
    Json       *seen = json_object(check->arena);
    int64_t     first;
    bool        failed = false; /* an earlier entry has States.TaskFailed */
    if (!list || list->type != JSON_ARRAY) return;
    JSON_EACH_ITEM(list, item) {
        const Json *names = json_get(item, STR("ErrorEquals"));
        AslPlace    entry = asl_place_item(&state->place, field, item_at);
        bool        fails = false;
        if (!names || names->type != JSON_ARRAY) continue;
        JSON_EACH_ITEM(names, name) {
            AslPlace at = asl_place_item(&entry, STR("ErrorEquals"), name_at);
            if (name->type != JSON_STRING) continue;
            check_name(check, state, name->text, &at);
            Str quoted = asl_quote(name->text);
            if (json_get_int(seen, name->text, &first))
                asl_lint_say(check, ASL_WARNING, "UNREACHABLE_HANDLER", &at, STR(""), "%.*s[%lld] has '%.*s' already",
                             STR_ARG(field), (long long)first, STR_ARG(quoted));
            else if (failed && state->type == TYPE_TASK && is_task_failure(name->text))
                asl_lint_say(check, ASL_WARNING, "UNREACHABLE_HANDLER", &at,
                             STR("Put it before the entry with States.TaskFailed."),
                             "States.TaskFailed before it stands for '%.*s' too", STR_ARG(quoted));
            else
                json_add(check->arena, seen, name->text, json_int_new(check->arena, item_at));
            fails |= str_equal(name->text, STR("States.TaskFailed"));
        }
        failed |= fails;
    }
}

/* ---- how long ---- */

static double number_of(const Json *object, const char *field, double otherwise)
{
    const Json *value = json_get(object, str_from_c(field));
    return value && value->type == JSON_NUMBER ? json_number(value) : otherwise;
}

static double total_wait(const Json *retrier)
{
    enum { ROUNDS_MAX = 10000 };
    double wait = number_of(retrier, "IntervalSeconds", 1), rate = number_of(retrier, "BackoffRate", 2), total = 0;
    double attempts = number_of(retrier, "MaxAttempts", 3), most = number_of(retrier, "MaxDelaySeconds", 31622400);
    for (int i = 0; i < attempts && i < ROUNDS_MAX && total < 1e12; i++) {
        total += wait < most ? wait : most;
        wait *= rate;
        if (wait > 1e12) wait = 1e12;
    }
    return attempts > ROUNDS_MAX ? total * (attempts / ROUNDS_MAX) : total;
}

static void check_waits(AslCheck *check, const AslOutlineState *state)
{
    enum { WAIT_SHOWN_MAX = 315360000 };
    const Json *list = json_get(state->json, STR("Retry")), *item;
    double      timeout = number_of(check->outline->definition, "TimeoutSeconds", 0);
    if (timeout <= 0 || !list || list->type != JSON_ARRAY) return;
    JSON_EACH_ITEM(list, item) {
        AslPlace at = asl_place_item(&state->place, STR("Retry"), item_at);
        double   total = total_wait(item);
        if (item->type != JSON_OBJECT || total <= timeout ||
            str_equal(json_get_str(item, STR("JitterStrategy")), STR("FULL")))
            continue;
        Str sum = total > WAIT_SHOWN_MAX ? STR("more than 10 years") : str_format(check->arena, "%.0f seconds", total);
        asl_lint_say(check, ASL_WARNING, "RETRY_EXCEEDS_TIMEOUT", &at,
                     STR("Lower MaxAttempts, set MaxDelaySeconds, or give the machine more time."),
                     "its waits add up to %.*s, but the machine's TimeoutSeconds is %.0f", STR_ARG(sum), timeout);
    }
}

void asl_lint_handlers(AslCheck *check, const AslOutlineState *state)
{
    check_list(check, state, STR("Retry"));
    check_list(check, state, STR("Catch"));
    check_waits(check, state);
}
