/* note.c -- what a step says: events of the history, actions, timers, tokens.
 *
 * Events have numbers that rise over the whole execution; `previous` links each to the one it follows from, within a branch or an
 * iteration. Some events are not followed: the end of an iteration, but for the last one, and the success of a Map or Parallel, whose exit
 * follows from what came before it.
 *
 * A token is base64url of: a version byte, the thread, the attempt (u32 each, big-endian), the nonce (u64), and the driver's key. */
#include "asl/run.h"

#include "base/bytes.h"
#include "base/text.h"

static AslHistory *add_event(AslRun *run, AslHistoryType type, uint32_t previous)
{
    AslHistory *event = &run->unheard;
    uint32_t    id = run->next_event++;
    run->machine_changed = true;
    if (!run->about->quiet) {
        AslStep *step = run->step;
        if (step->history_count == run->history_capacity) {
            size_t capacity = run->history_capacity ? 2 * run->history_capacity : 16;
            step->history = arena_grow(run->arena, step->history, run->history_capacity * sizeof *event, capacity * sizeof *event);
            run->history_capacity = capacity;
        }
        event = &step->history[step->history_count++];
    }
    *event = (AslHistory){ .id = id, .previous = previous, .type = type, .time = run->now };
    return event;
}

AslHistory *asl_note(AslRun *run, AslThread *thread, AslHistoryType type)
{
    AslHistory *event = add_event(run, type, thread->previous);
    thread->previous = event->id;
    thread->head_changed = true;
    return event;
}

AslHistory *asl_note_aside(AslRun *run, AslThread *thread, AslHistoryType type)
{
    return add_event(run, type, thread ? thread->previous : 0);
}

AslAction *asl_act(AslRun *run, AslActionKind kind, uint32_t thread)
{
    AslStep *step = run->step;
    if (step->action_count == run->action_capacity) {
        size_t capacity = run->action_capacity ? 2 * run->action_capacity : 4;
        step->actions = arena_grow(run->arena, step->actions, run->action_capacity * sizeof(AslAction), capacity * sizeof(AslAction));
        run->action_capacity = capacity;
    }
    AslAction *action = &step->actions[step->action_count++];
    *action = (AslAction){ .kind = kind, .thread = thread };
    return action;
}

static Instant sooner(Instant a, Instant b)
{
    return a == 0 ? b : b == 0 || a < b ? a : b;
}

void asl_set_timer(AslRun *run, AslThread *thread)
{
    Instant due = 0;
    if (thread->phase == ASL_WAITING || thread->phase == ASL_RETRYING) due = thread->due;
    if (thread->phase == ASL_WORKING) due = sooner(thread->timeout, thread->heartbeat);
    if (due == 0 && !thread->timer) return;
    asl_act(run, due ? ASL_SET_TIMER : ASL_CLEAR_TIMER, thread->id)->due = due;
    thread->timer = due != 0;
    thread->head_changed = true;
}

static uint64_t draw(AslRun *run)
{
    AslScope scope = { .seed = &run->seed };
    return asl_draw(&scope);
}

Str asl_uuid(AslRun *run)
{
    uint64_t high = draw(run), low = draw(run);
    return text_uuid(run->arena, high, low);
}

/* ---- tokens ---- */

enum { TOKEN_VERSION = 1, TOKEN_HEAD = 17 };

static void replace_all(char *text, size_t length, char from, char to)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] == from) text[i] = to;
}

Str asl_token(AslRun *run, const AslThread *thread)
{
    size_t size = TOKEN_HEAD + run->about->key.length;
    char  *bytes = arena_alloc_bytes(run->arena, size);
    bytes[0] = TOKEN_VERSION;
    bytes_put_u32(bytes + 1, thread->id);
    bytes_put_u32(bytes + 5, thread->attempt);
    bytes_put_u64(bytes + 9, thread->nonce);
    if (size > TOKEN_HEAD) memcpy(bytes + TOKEN_HEAD, run->about->key.data, run->about->key.length);
    Str token = text_base64(run->arena, str_from(bytes, size));
    replace_all((char *)token.data, token.length, '+', '-');
    replace_all((char *)token.data, token.length, '/', '_');
    return token;
}

static bool token_bytes(Arena *arena, Str token, Str *out)
{
    Str plain = str_copy(arena, token);
    replace_all((char *)plain.data, plain.length, '-', '+');
    replace_all((char *)plain.data, plain.length, '_', '/');
    return text_unbase64(arena, plain, out) && out->length >= TOKEN_HEAD && out->data[0] == TOKEN_VERSION;
}

bool asl_token_parse(Arena *arena, Str token, Str *out_key, uint32_t *out_thread, uint32_t *out_attempt)
{
    Str bytes;
    if (!token_bytes(arena, token, &bytes)) return false;
    *out_thread = bytes_get_u32(bytes.data + 1);
    *out_attempt = bytes_get_u32(bytes.data + 5);
    *out_key = str_slice(bytes, TOKEN_HEAD, bytes.length);
    return true;
}

bool asl_token_waits(Arena *scratch, const AslState *state, Str token)
{
    Str      bytes;
    AslStep  step = { 0 };
    AslAbout about = { .quiet = true };
    AslRun   run = { .arena = scratch, .state = state, .about = &about, .step = &step };
    if (!token_bytes(scratch, token, &bytes)) return false;
    AslThread *thread = asl_thread_get(&run, bytes_get_u32(bytes.data + 1));
    return thread && thread->phase == ASL_WORKING && thread->wants_token && thread->attempt == bytes_get_u32(bytes.data + 5) &&
           thread->nonce == bytes_get_u64(bytes.data + 9);
}
