/* progress.c -- how an execution goes, on stderr.
 *
 *     ok   Reserve                         0.2 s
 *     ok   Charge       3 attempts         6.0 s   Refused
 *     ..   Ship         4 of 10 items
 *     6.2 s; the next thing is due in 12 s
 *
 * A row is a state, in the order in which they were first entered. A history event says which event it follows, so what
 * happens to a task can be laid at its state's door. */
#include "cli/progress.h"

#include "base/map.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum { FRAME_MS = 80, NOTE_MAX = 48, ROWS_DEFAULT = 24 };

typedef struct Row {
    Str      name;
    uint32_t entered, running, attempts;
    uint32_t items, items_done, items_failed;
    Instant  since;
    Duration total; /* of visits that have ended */
    Str      error; /* of the last failure */
} Row;

struct Progress {
    Arena     arena;
    bool      live;
    Instant   start, now;
    Instant   drawn;       /* by clock_monotonic */
    uint32_t  lines_drawn;
    Row      *rows;
    uint32_t  row_count, row_capacity;
    Map       by_name;     /* 1 + index, as a pointer */
    uint32_t *owners;      /* of events of the execution itself: 1 + row */
    uint32_t  owner_capacity;
    bool      ended;
};

Error *progress_new(Instant start, bool live, Progress **out)
{
    Progress *progress = memory_alloc_zero(sizeof *progress);
    if (!progress) return error_memory();
    arena_init(&progress->arena, 0);
    map_init(&progress->by_name);
    progress->live = live;
    progress->start = progress->now = start;
    *out = progress;
    return NULL;
}

void progress_free(Progress *progress)
{
    if (!progress) return;
    map_done(&progress->by_name);
    arena_done(&progress->arena);
    memory_free(progress->owners);
    memory_free(progress);
}

/* ---- rows ---- */

static Row *row_of_name(Progress *progress, Str name)
{
    uintptr_t found = (uintptr_t)map_get(&progress->by_name, name);
    if (found) return &progress->rows[found - 1];
    if (progress->row_count == progress->row_capacity) {
        uint32_t capacity = progress->row_capacity ? 2 * progress->row_capacity : 16;
        progress->rows = arena_grow(&progress->arena, progress->rows, progress->row_capacity * sizeof(Row), capacity * sizeof(Row));
        progress->row_capacity = capacity;
    }
    Row *row = &progress->rows[progress->row_count++];
    *row = (Row){ .name = str_copy(&progress->arena, name) };
    map_put(&progress->by_name, row->name, (void *)(uintptr_t)progress->row_count);
    return row;
}

/* What cannot be remembered is not shown: the picture is not worth an error. */
static void own(Progress *progress, uint32_t event, uint32_t row)
{
    if (event >= progress->owner_capacity) {
        uint32_t  capacity = progress->owner_capacity ? progress->owner_capacity : 64;
        while (capacity <= event) capacity *= 2;
        uint32_t *owners = memory_resize(progress->owners, capacity * sizeof *owners);
        if (!owners) return;
        memset(owners + progress->owner_capacity, 0, (capacity - progress->owner_capacity) * sizeof *owners);
        progress->owners = owners;
        progress->owner_capacity = capacity;
    }
    progress->owners[event] = row;
}

static Row *owner_of(Progress *progress, const AslHistory *event)
{
    uint32_t row = event->previous < progress->owner_capacity ? progress->owners[event->previous] : 0;
    own(progress, event->id, row);
    return row ? &progress->rows[row - 1] : NULL;
}

/* ---- events ---- */

static bool ends_with(const AslHistory *event, const char *ending)
{
    return str_ends_with(asl_history_type_name(event->type), str_from_c(ending));
}

static void enter(Progress *progress, const PlayPlace *place, const AslHistory *event)
{
    Row *row = row_of_name(progress, event->name);
    row->entered++;
    row->running++;
    row->since = event->time;
    if (place->execution == 1) own(progress, event->id, (uint32_t)(row - progress->rows) + 1);
}

static void leave(Progress *progress, const AslHistory *event)
{
    Row *row = row_of_name(progress, event->name);
    if (row->running) row->running--;
    row->total += event->time - row->since;
}

static bool hear_items(Progress *progress, const AslHistory *event)
{
    if (event->type == ASL_H_MapIterationSucceeded) row_of_name(progress, event->name)->items_done++;
    else if (event->type == ASL_H_MapIterationFailed) row_of_name(progress, event->name)->items_failed++;
    else if (event->type != ASL_H_MapIterationStarted) return false;
    return true;
}

static void hear_task(Progress *progress, const AslHistory *event)
{
    Row *row = owner_of(progress, event);
    if (!row) return;
    if (event->type == ASL_H_MapStateStarted) row->items = event->number;
    if (ends_with(event, "Scheduled")) row->attempts++;
    bool timed_out = ends_with(event, "TimedOut");
    if (!timed_out && !(ends_with(event, "Failed") && event->error.data)) return;
    row->error = str_copy(&progress->arena, event->error.data ? event->error : STR("States.Timeout"));
}

static void hear_child(Progress *progress, const PlayPlace *place, const AslHistory *event)
{
    Row *map = row_of_name(progress, place->map_state);
    map->items_done += event->type == ASL_H_ExecutionSucceeded;
    map->items_failed += event->type == ASL_H_ExecutionFailed || event->type == ASL_H_ExecutionTimedOut;
}

/* ---- numbers ---- */

static Str duration_text(Duration duration, char out[32])
{
    double seconds = (double)duration / DURATION_SECOND;
    int    length;
    if (duration >= DURATION_DAY) length = snprintf(out, 32, "%.1f d", seconds / 86400);
    else if (duration >= DURATION_HOUR) length = snprintf(out, 32, "%.1f h", seconds / 3600);
    else if (duration >= 10 * DURATION_MINUTE) length = snprintf(out, 32, "%.1f min", seconds / 60);
    else length = snprintf(out, 32, "%.*f s", duration < 10 * DURATION_SECOND ? 2 : 1, seconds);
    return str_from(out, (size_t)length);
}

/* ---- plain lines ---- */

static void say(const Progress *progress, const AslHistory *event, Str name, const char *what)
{
    char text[32];
    fprintf(stderr, "+%.*s %.*s %s", STR_ARG(duration_text(event->time - progress->start, text)), STR_ARG(name), what);
    if (event->error.data) fprintf(stderr, ": %.*s", STR_ARG(event->error));
    if (event->cause.data) fprintf(stderr, ": %.*s", STR_ARG(event->cause));
    fputc('\n', stderr);
}

static void say_event(Progress *progress, const AslHistory *event)
{
    uint32_t row = event->previous < progress->owner_capacity ? progress->owners[event->previous] : 0;
    Str      name = event->name.length ? event->name : row ? progress->rows[row - 1].name : STR("");
    if (ends_with(event, "StateEntered")) say(progress, event, name, "entered");
    else if (ends_with(event, "StateExited")) say(progress, event, name, "left");
    else if (event->type == ASL_H_MapIterationFailed) say(progress, event, name, "item failed");
    else if (event->type == ASL_H_ExecutionFailed || event->type == ASL_H_ExecutionTimedOut) return; /* the end is told elsewhere */
    else if (ends_with(event, "TimedOut") && row) say(progress, event, name, "timed out");
    else if (ends_with(event, "Failed") && row && event->error.data) say(progress, event, name, "failed");
}

/* ---- the picture ---- */

static uint32_t screen_rows(void)
{
    struct winsize size;
    return !ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_row > 4 ? size.ws_row : ROWS_DEFAULT;
}

static void draw_counts(const Row *row, Buffer *out)
{
    char text[64] = "";
    if (row->items || row->items_done) snprintf(text, sizeof text, "%u of %u items", row->items_done, row->items);
    else if (row->attempts > row->entered) snprintf(text, sizeof text, "%u attempts", row->attempts);
    else if (row->entered > 1) snprintf(text, sizeof text, "%u times", row->entered);
    buffer_append_format(out, "  %-16s", text);
}

static void draw_row(const Progress *progress, const Row *row, int width, Buffer *out)
{
    const char *mark = !row->running ? "\x1b[32mok " : progress->ended ? "\x1b[31m!! " : "\x1b[33m.. ";
    Duration    spent = row->total + (row->running ? progress->now - row->since : 0);
    char        text[32];
    buffer_append_format(out, "%s\x1b[0m  %-*.*s", mark, width, STR_ARG(row->name));
    draw_counts(row, out);
    buffer_append_format(out, "  %8.*s", STR_ARG(duration_text(spent, text)));
    if (row->items_failed) buffer_append_format(out, "  \x1b[31m%u failed\x1b[0m", row->items_failed);
    if (row->error.length)
        buffer_append_format(out, "  \x1b[31m%.*s\x1b[0m", row->error.length > NOTE_MAX ? NOTE_MAX : (int)row->error.length, row->error.data);
    buffer_append_c(out, "\x1b[K\n");
}

static void draw(Progress *progress, Instant due)
{
    Buffer   out;
    char     text[32];
    uint32_t room = screen_rows() - 2, from = progress->row_count > room ? progress->row_count - room : 0;
    int      width = 12;
    buffer_init(&out);
    buffer_append_c(&out, "\x1b[?7l"); /* a row that is too wide is cut off, or the next picture would not stand on this one */
    if (progress->lines_drawn) buffer_append_format(&out, "\x1b[%uA", progress->lines_drawn);
    for (uint32_t i = from; i < progress->row_count; i++)
        if ((int)progress->rows[i].name.length > width) width = (int)progress->rows[i].name.length;
    for (uint32_t i = from; i < progress->row_count; i++) draw_row(progress, &progress->rows[i], width > 40 ? 40 : width, &out);
    buffer_append_format(&out, "%.*s", STR_ARG(duration_text(progress->now - progress->start, text)));
    if (due != INSTANT_NEVER && due > progress->now + DURATION_SECOND)
        buffer_append_format(&out, "; the next thing is due in %.*s", STR_ARG(duration_text(due - progress->now, text)));
    buffer_append_c(&out, "\x1b[K\n\x1b[J\x1b[?7h");
    fwrite(out.data, 1, out.length, stderr);
    fflush(stderr);
    buffer_done(&out);
    progress->lines_drawn = progress->row_count - from + 1;
    progress->drawn = clock_monotonic();
}

/* ---- the verbs ---- */

void progress_hear(Progress *progress, const PlayPlace *place, const AslHistory *event)
{
    progress->now = event->time;
    if (!progress->live && place->execution == 1) say_event(progress, event);
    if (ends_with(event, "StateEntered")) enter(progress, place, event);
    else if (ends_with(event, "StateExited")) leave(progress, event);
    if (place->execution != 1) hear_child(progress, place, event);
    else if (!hear_items(progress, event) && !ends_with(event, "StateEntered")) hear_task(progress, event);
    if (progress->live && clock_monotonic() - progress->drawn >= FRAME_MS * DURATION_MS) draw(progress, INSTANT_NEVER);
}

Instant progress_idle(Progress *progress, Instant now, Instant due)
{
    progress->now = now;
    if (!progress->live) return INSTANT_NEVER;
    if (clock_monotonic() - progress->drawn >= FRAME_MS * DURATION_MS) draw(progress, due);
    return now + FRAME_MS * DURATION_MS;
}

void progress_end(Progress *progress, const PlayResult *result)
{
    progress->now = result->ended;
    progress->ended = true;
    if (progress->live) draw(progress, INSTANT_NEVER);
}
