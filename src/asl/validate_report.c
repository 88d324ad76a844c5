/* validate_report.c -- findings: where, what, and how to mend it.
 *
 * Definitions are hostile input: names may be as long as a definition and faults as many as its bytes. So a location's
 * steps and its whole are cut, a message repeats only the beginning of a text, and after ASL_FINDINGS_MAX nothing more is
 * noted. */
#include "asl/validate_internal.h"

/* ---- texts ---- */

static Str cut(Str text, size_t length)
{
    if (text.length <= length) return text;
    while (length > 0 && ((uint8_t)text.data[length] & 0xc0) == 0x80) length--;
    return str_slice(text, 0, length);
}

Str asl_quote(Str text)
{
    return cut(text, ASL_QUOTE_MAX);
}

static size_t step_size(const AslPlace *place, char *index)
{
    int digits = place->index < 0 ? 0 : snprintf(index, 24, "[%lld]", (long long)place->index);
    return (place->name.data ? 1 + cut(place->name, ASL_STEP_MAX).length : 0) + (size_t)digits;
}

/* Written from its end: a place only knows what it is in. */
Str asl_place_text(Arena *arena, const AslPlace *place)
{
    char   index[24] = "";
    size_t size = 0;
    for (const AslPlace *p = place; p; p = p->parent) size += step_size(p, index);
    for (; size > ASL_LOCATION_MAX; place = place->parent) size -= step_size(place, index);
    if (!size) return STR("/");
    char  *text = arena_alloc_bytes(arena, size);
    size_t at = size;
    for (const AslPlace *p = place; p; p = p->parent) {
        step_size(p, index);
        Str    name = cut(p->name, ASL_STEP_MAX);
        size_t digits = p->index < 0 ? 0 : strlen(index);
        at -= digits;
        if (digits) memcpy(text + at, index, digits);
        if (!p->name.data) continue;
        at -= name.length + 1;
        text[at] = '/';
        if (name.length) memcpy(text + at + 1, name.data, name.length);
    }
    return str_from(text, size);
}

/* ---- findings ---- */

AslCheck *asl_check_new(Arena *arena, const Json *definition, AslMachineType type)
{
    AslCheck *check = NEW(arena, AslCheck);
    check->arena = arena;
    check->type = type;
    check->outline = asl_outline(arena, definition, type);
    check->names = json_object(arena);
    check->labels = json_object(arena);
    check->language = check->outline->language;
    return check;
}

void asl_check_add(AslCheck *check, AslSeverity severity, const char *code, const AslPlace *place, Str message,
                   Str hint)
{
    if (check->count >= ASL_FINDINGS_MAX) return;
    if (check->count == check->room) {
        size_t room = check->room ? check->room * 2 : 8;
        check->findings = arena_grow(check->arena, check->findings, check->room * sizeof *check->findings,
                                     arena_size(room, sizeof *check->findings));
        check->room = room;
    }
    AslFinding *finding = &check->findings[check->count++];
    *finding = (AslFinding){ .rank = check->rank };
    finding->diagnostic =
        (AslDiagnostic){ .severity = severity, .code = str_from_c(code), .message = message, .hint = hint };
    if (check->rank != UINT32_MAX) finding->diagnostic.location = asl_place_text(check->arena, place);
}

void asl_check_schema(AslCheck *check, const AslPlace *place, const char *format, ...)
{
    va_list arguments;
    if (check->count >= ASL_FINDINGS_MAX) return;
    va_start(arguments, format);
    Str message = str_format_list(check->arena, format, arguments);
    va_end(arguments);
    asl_check_add(check, ASL_ERROR, "SCHEMA_VALIDATION_FAILED", place, message, STR_NONE);
}

void asl_check_hint(AslCheck *check, Str hint)
{
    if (check->count && check->count < ASL_FINDINGS_MAX) check->findings[check->count - 1].diagnostic.hint = hint;
}

static int by_rank(const void *a, const void *b)
{
    const AslFinding *x = *(AslFinding *const *)a, *y = *(AslFinding *const *)b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void append(Arena *arena, AslDiagnostics *out, const AslDiagnostic *diagnostic)
{
    if (out->count == out->capacity) {
        size_t capacity = out->capacity ? out->capacity * 2 : 8;
        out->items =
            arena_grow(arena, out->items, out->capacity * sizeof *out->items, arena_size(capacity, sizeof *out->items));
        out->capacity = capacity;
    }
    out->items[out->count++] = *diagnostic;
}

void asl_check_finish(AslCheck *check, AslDiagnostics *out)
{
    AslFinding **sorted = NEW_ARRAY(check->arena, AslFinding *, check->count + 1);
    for (size_t i = 0; i < check->count; i++) sorted[i] = &check->findings[i];
    qsort(sorted, check->count, sizeof *sorted, by_rank);
    for (size_t i = 0; i < check->count; i++) append(check->arena, out, &sorted[i]->diagnostic);
}

/* ---- in an error's message ---- */

Str asl_diagnostics_text(Arena *arena, const AslDiagnostics *diagnostics)
{
    Str    text = STR_NONE;
    size_t size = 0, length = 0;
    for (size_t i = 0; i < diagnostics->count; i++) {
        const AslDiagnostic *d = &diagnostics->items[i];
        if (d->severity != ASL_ERROR) continue;
        Str location = d->location.data ? d->location : STR("null");
        Str one = str_format(arena, "%s%.*s: %.*s at %.*s", length ? ", " : "", STR_ARG(d->code), STR_ARG(d->message),
                             STR_ARG(location));
        if (length + one.length > size) {
            size_t more = (length + one.length) * 2;
            text.data = arena_grow(arena, (char *)(uintptr_t)text.data, size, more);
            size = more;
        }
        memcpy((char *)(uintptr_t)text.data + length, one.data, one.length);
        length += one.length;
    }
    text.length = length;
    return text;
}

/* ---- what was meant ---- */

enum { NEAREST_DISTANCE = 3, NEAREST_LENGTH = 80 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Changes of a letter, swaps of two, insertions and deletions that make one the other; only few are of interest. */
static size_t distance(Str a, Str b, size_t most)
{
    size_t rows[3][NEAREST_LENGTH + 1];
    for (size_t j = 0; j <= b.length; j++) rows[0][j] = j;
    for (size_t i = 1; i <= a.length; i++) {
        size_t *row = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3], best = row[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            bool same = a.data[i - 1] == b.data[j - 1];
            row[j] = smaller(smaller(last[j] + 1, row[j - 1] + 1), last[j - 1] + !same);
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1])
                row[j] = smaller(row[j], before[j - 2] + 1);
            best = smaller(best, row[j]);
        }
        if (best > most) return best;
    }
    return rows[a.length % 3][b.length];
}

typedef struct Nearest {
    Str    name;
    size_t distance;
} Nearest;

/* A name that goes on, or is cut off, after a common start is near too: SchedulePick and SchedulePicking. */
static size_t how_far(Str name, Str candidate, size_t most)
{
    if (candidate.length > NEAREST_LENGTH || !candidate.length) return most + 1;
    if (str_equal_nocase(name, candidate)) return 0;
    size_t shorter = smaller(name.length, candidate.length), longer = name.length + candidate.length - shorter;
    bool   starts = str_starts_with(name, candidate) || str_starts_with(candidate, name);
    if (starts && shorter >= 4 && longer - shorter <= shorter / 2) return longer - shorter <= 2 ? longer - shorter : 2;
    if (longer - shorter > most) return most + 1;
    return distance(name, candidate, most);
}

static void consider(Nearest *nearest, Str name, Str candidate)
{
    size_t most = name.length < 3 ? 0 : name.length < 5 ? 1 : name.length < 8 ? 2 : NEAREST_DISTANCE;
    size_t far = how_far(name, candidate, most);
    if (far <= most && far < nearest->distance) *nearest = (Nearest){ candidate, far };
}

Str asl_nearest_of(Str name, const Str *names, size_t count)
{
    Nearest nearest = { STR_NONE, SIZE_MAX };
    if (name.length > NEAREST_LENGTH || !name.length) return STR_NONE;
    for (size_t i = 0; i < count; i++) consider(&nearest, name, names[i]);
    return nearest.name;
}

Str asl_nearest(Str name, const Json *object_with_names)
{
    Nearest nearest = { STR_NONE, SIZE_MAX };
    if (name.length > NEAREST_LENGTH || !name.length || !object_with_names || object_with_names->type != JSON_OBJECT)
        return STR_NONE;
    JSON_EACH_MEMBER(object_with_names, member) consider(&nearest, name, member->name);
    return nearest.name;
}
