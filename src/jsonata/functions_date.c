/* functions_date.c -- points in time as text, by ISO 8601 or by a picture, and back.
 *
 * A picture is literals and markers ([Y0001]); writing goes over its parts, reading tries the parts one
 * after the other and goes back where a part took too much. */
#include "jsonata/internal.h"

#include <math.h>

enum { PARTS_MAX = 100 };

static const double day_ms = 86400000.0;

typedef enum Naming { NAMING_NONE, NAMING_LOWER, NAMING_UPPER, NAMING_TITLE } Naming;

typedef struct Part {
    char            component; /* 0: a literal */
    Str             literal;
    Naming          naming;
    bool            zulu;        /* the modifier t */
    int             width_max;   /* -1: any */
    int             year_digits; /* -1: all */
    size_t          digits;      /* to read */
    IntegerPicture *integer;
} Part;

typedef struct Parts {
    Part     items[PARTS_MAX];
    uint32_t count;
} Parts;

/* ---- the calendar ---- */

typedef struct Civil {
    double year;
    int    month, day; /* both from 1 */
} Civil;

static double days_of(double year, double month)
{
    year += floor((month - 1) / 12);
    month = month - 12 * floor((month - 1) / 12);
    if (month <= 2) year--;
    double era = floor(year / 400), of_era = year - era * 400;
    double of_year = floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5);
    return era * 146097 + of_era * 365 + floor(of_era / 4) - floor(of_era / 100) + of_year - 719468;
}

static Civil civil_of(double days)
{
    days += 719468;
    double era = floor(days / 146097), of_era = days - era * 146097;
    double years = floor((of_era - floor(of_era / 1460) + floor(of_era / 36524) - floor(of_era / 146096)) / 365);
    double of_year = of_era - (365 * years + floor(years / 4) - floor(years / 100)),
           month = floor((5 * of_year + 2) / 153);
    Civil civil = { .day = (int)(of_year - floor((153 * month + 2) / 5) + 1),
                    .month = (int)(month < 10 ? month + 3 : month - 9) };
    civil.year = years + era * 400 + (civil.month <= 2);
    return civil;
}

static int weekday_of(double days) /* Monday is 1 */
{
    double weekday = fmod(days + 3, 7);
    return (int)(weekday < 0 ? weekday + 7 : weekday) + 1;
}

/* The Monday of the week that has the month's first Thursday. */
static double first_week(double year, double month)
{
    double first = days_of(year, month);
    int    weekday = weekday_of(first);
    return weekday > 4 ? first + 8 - weekday : first - (weekday - 1);
}

/* Of the period that has the day's week (a year, or a month): the week, or how far the period is. */
static void week_of(double days, const Civil *civil, bool of_month, int *week, int *shift)
{
    double month = of_month ? civil->month : 1, step = of_month ? 1 : 12;
    *shift = days < first_week(civil->year, month) ? -1 : days >= first_week(civil->year, month + step) ? 1 : 0;
    *week = (int)floor((days - first_week(civil->year, month + *shift * step)) / 7) + 1;
}

static double fragment(double millis, char component)
{
    double days = floor(millis / day_ms), rest = millis - days * day_ms;
    Civil  civil = civil_of(days);
    int    week, shift;
    switch (component) {
    case 'Y': return civil.year;
    case 'M': return civil.month;
    case 'D': return civil.day;
    case 'd': return days - days_of(civil.year, 1) + 1;
    case 'F': return weekday_of(days);
    case 'W': week_of(days, &civil, false, &week, &shift); return week;
    case 'w': week_of(days, &civil, true, &week, &shift); return week;
    case 'X': week_of(days, &civil, false, &week, &shift); return civil.year + shift;
    case 'x': week_of(days, &civil, true, &week, &shift); return (civil.month - 1 + shift + 12) % 12 + 1;
    case 'H': return floor(rest / 3600000);
    case 'h': return fmod(floor(rest / 3600000) + 11, 12) + 1;
    case 'P': return rest >= day_ms / 2;
    case 'm': return fmod(floor(rest / 60000), 60);
    case 's': return fmod(floor(rest / 1000), 60);
    case 'f': return fmod(rest, 1000);
    default: return 0;
    }
}

/* ---- pictures ---- */

static const char *default_presentation(char component)
{
    static const char *const defaults[] = { "Y1", "M1", "D1",  "d1",  "Fn", "W1",     "w1",     "X1", "x1", "H1",
                                            "h1", "Pn", "m01", "s01", "f1", "Z01:01", "z01:01", "Cn", "En" };
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (component == defaults[i][0]) return defaults[i] + 1;
    return NULL;
}

static void read_width(Str width, int *least, int *most)
{
    size_t  dash;
    int64_t number;
    Str     low = width, high = STR_NONE;
    if (str_find_byte(width, '-', &dash)) {
        low = str_slice(width, 0, dash);
        high = str_slice(width, dash + 1, width.length);
    }
    if (str_parse_int(low, &number) && number < 100) *least = (int)number;
    if (str_parse_int(high, &number) && number < 100) *most = (int)number;
}

static void read_integer(Run *run, Part *part, Str presentation, Str modifier, int least)
{
    Str pattern =
        modifier.length ? str_format(run->arena, "%.*s;%.*s", STR_ARG(presentation), STR_ARG(modifier)) : presentation;
    part->integer = integer_picture(run, pattern);
    if (least >= 0 && integer_picture_mandatory(part->integer) < (uint32_t)least)
        integer_picture_pad(part->integer, (uint32_t)least);
    if (!strchr("YMD", part->component)) return;
    if (part->width_max >= 0) {
        part->year_digits = part->width_max;
        integer_picture_pad(part->integer, (uint32_t)part->width_max);
    } else if (integer_picture_digits(part->integer) >= 2) {
        part->year_digits = (int)integer_picture_digits(part->integer);
    }
}

static void read_marker(Run *run, Part *part, Str marker)
{
    Str    presentation = str_slice(marker, 1, marker.length), modifier = STR_NONE;
    int    least = -1;
    size_t comma = presentation.length;
    part->component = marker.length ? marker.data[0] : ' ';
    while (comma > 0 && presentation.data[comma - 1] != ',') comma--;
    if (comma > 0) {
        read_width(str_slice(presentation, comma, presentation.length), &least, &part->width_max);
        presentation = str_slice(presentation, 0, comma - 1);
    }
    if (presentation.length > 1 && strchr("atco", presentation.data[presentation.length - 1])) {
        modifier = str_slice(presentation, presentation.length - 1, presentation.length);
        presentation = str_slice(presentation, 0, presentation.length - 1);
    }
    if (!presentation.length) presentation = str_from_c(default_presentation(part->component));
    if (!presentation.length)
        run_fault(run, (Mistake){ .code = "D3132", .value = value_string(run, str_slice(marker, 0, 1)) });
    part->zulu = modifier.length && modifier.data[0] == 't';
    char first = presentation.data[0];
    if (first == 'n') {
        part->naming = NAMING_LOWER;
    } else if (first == 'N') {
        part->naming = presentation.length > 1 && presentation.data[1] == 'n' ? NAMING_TITLE : NAMING_UPPER;
    } else if (strchr("YMDdFWwXxHhmsf", part->component)) {
        read_integer(run, part, presentation, modifier, least);
    } else if (part->component == 'Z' || part->component == 'z') {
        part->integer = integer_picture(run, presentation);
    }
}

static Str without(Run *run, Str text, const char *dropped)
{
    char  *kept = arena_alloc_bytes(run->arena, text.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++)
        if (!strchr(dropped, text.data[i])) kept[length++] = text.data[i];
    return str_from(kept, length);
}

static Str literal_of(Run *run, Str text) /* ]] is one ] */
{
    char  *kept = arena_alloc_bytes(run->arena, text.length + 1);
    size_t length = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == ']' && i + 1 < text.length && text.data[i + 1] == ']') i++;
        kept[length++] = text.data[i];
    }
    return str_from(kept, length);
}

static Part *part_add(Run *run, Parts *parts)
{
    if (parts->count == PARTS_MAX) run_too_large(run);
    Part *part = &parts->items[parts->count++];
    *part = (Part){ .width_max = -1, .year_digits = -1, .digits = SIZE_MAX };
    return part;
}

static Parts *read_picture(Run *run, Str picture)
{
    Parts *parts = NEW(run->arena, Parts);
    for (size_t at = 0; at < picture.length;) {
        size_t next, end;
        if (!str_find_byte(str_slice(picture, at, picture.length), '[', &next)) next = picture.length - at;
        if (next) part_add(run, parts)->literal = literal_of(run, str_slice(picture, at, at + next));
        at += next;
        if (at >= picture.length) break;
        if (at + 1 < picture.length && picture.data[at + 1] == '[') {
            part_add(run, parts)->literal = STR("[");
            at += 2;
            continue;
        }
        if (!str_find_byte(str_slice(picture, at, picture.length), ']', &end))
            run_fault(run, (Mistake){ .code = "D3135" });
        Part *part = part_add(run, parts), *before = parts->count > 1 ? part - 1 : NULL;
        read_marker(run, part, without(run, str_slice(picture, at + 1, at + end), " \t\n\r"));
        if (part->integer && before && before->integer && integer_picture_is_decimal(before->integer))
            before->digits = integer_picture_mandatory(before->integer);
        at += end + 1;
    }
    return parts;
}

/* ---- names ---- */

static const char *const day_names[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };
static const char *const month_names[] = { "January", "February", "March",     "April",   "May",      "June",
                                           "July",    "August",   "September", "October", "November", "December" };
static const char *const halves[] = { "am", "pm" };

static const char *const *names_of(char component, int *count, int *first)
{
    *first = 1;
    switch (component) {
    case 'M':
    case 'x': *count = 12; return month_names;
    case 'F': *count = 7; return day_names;
    case 'P':
        *count = 2;
        *first = 0;
        return halves;
    default: return NULL;
    }
}

static _Noreturn void no_names(Run *run, char component)
{
    run_fault(run,
              (Mistake){ .code = "D3133", .value = value_string(run, str_copy(run->arena, str_from(&component, 1))) });
}

static Str cut(Str name, int width)
{
    return width >= 0 ? str_slice(name, 0, (size_t)width) : name;
}

/* ---- writing ---- */

static void add_name(Run *run, Text *text, const Part *part, double value)
{
    int                count, first;
    const char *const *names = names_of(part->component, &count, &first);
    if (!names) no_names(run, part->component);
    Str name = cut(str_from_c(names[(int)value - first]), part->width_max);
    for (size_t i = 0; i < name.length; i++) {
        char byte = name.data[i];
        if (part->naming == NAMING_UPPER && byte >= 'a') byte = (char)(byte - 32);
        if (part->naming == NAMING_LOWER && byte < 'a') byte = (char)(byte + 32);
        text_add_byte(text, byte);
    }
}

static void add_zone(Run *run, Text *text, const Part *part, int minutes)
{
    int hours = minutes / 60, rest = minutes % 60;
    if (part->zulu && minutes == 0) {
        text_add_byte(text, 'Z');
        return;
    }
    if (part->component == 'z') text_add(text, STR("GMT"));
    if (minutes >= 0) text_add_byte(text, '+');
    uint32_t digits = part->integer ? integer_picture_mandatory(part->integer) : 2;
    if (!part->integer) return;
    if (integer_picture_is_regular(part->integer) || digits == 3 || digits == 4) {
        text_add(text, integer_picture_format(run, hours * 100 + rest, part->integer));
    } else if (digits <= 2) {
        text_add(text, integer_picture_format(run, hours, part->integer));
        if (rest) text_add(text, str_format(run->arena, ":%02d", rest < 0 ? -rest : rest));
    } else {
        run_fault(run, (Mistake){ .code = "D3134", .value = value_number(run, digits) });
    }
}

static void add_part(Run *run, Text *text, const Part *part, double millis, int minutes)
{
    double value = fragment(millis, part->component);
    switch (part->component) {
    case 0: text_add(text, part->literal); return;
    case 'Z':
    case 'z': add_zone(run, text, part, minutes); return;
    case 'C':
    case 'E': text_add(text, STR("ISO")); return;
    default: break;
    }
    if (part->naming || part->component == 'P') {
        add_name(run, text, part, value);
        return;
    }
    if (!part->integer) no_names(run, part->component);
    if (part->component == 'Y' && part->year_digits >= 0) value = fmod(value, pow(10, part->year_digits));
    text_add(text, integer_picture_format(run, value, part->integer));
}

static int zone_of(const Json *zone)
{
    if (!is_string(zone)) return 0;
    char room[16] = { 0 };
    memcpy(room, zone->text.data, zone->text.length < 15 ? zone->text.length : 15);
    long offset = strtol(room, NULL, 10);
    if (offset > 9999 || offset < -9999) offset = 0;
    return (int)(floor((double)offset / 100) * 60) +
           (int)(offset % 100); /* "-0530" is -6:30, as the reference has it */
}

static Json *format_millis(Call *call, double millis, const Json *picture, const Json *zone)
{
    Text text;
    Str  shown = is_string(picture) ? picture->text : STR("[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]");
    if (!(fabs(millis) <= 8.64e15)) call_fault(call, "D1001", value_number(call->run, millis), 1);
    const Parts *parts = read_picture(call->run, shown);
    int          minutes = zone_of(zone);
    millis = floor(millis) + minutes * 60000.0;
    text_init(&text, call->run, 40);
    for (uint32_t i = 0; i < parts->count; i++) add_part(call->run, &text, &parts->items[i], millis, minutes);
    return text_value(&text);
}

/* ---- reading ---- */

typedef struct Reading {
    Run         *run;
    const Parts *parts;
    Str          text;
    double       values[128];
    bool         found[128];
} Reading;

static bool read_from(Reading *r, uint32_t part, size_t at);

static bool go_on(Reading *r, uint32_t part, size_t at, double value)
{
    char component = r->parts->items[part].component;
    if (!read_from(r, part + 1, at)) return false;
    r->values[(int)component] = value;
    r->found[(int)component] = true;
    return true;
}

static bool read_name(Reading *r, uint32_t at_part, size_t at)
{
    const Part        *part = &r->parts->items[at_part];
    int                count, first;
    const char *const *names = names_of(part->component, &count, &first);
    if (!names) no_names(r->run, part->component);
    for (int i = 0; i < count; i++) {
        Str name = cut(str_from_c(names[i]), part->width_max);
        if (str_equal_nocase(str_slice(r->text, at, at + name.length), name) &&
            go_on(r, at_part, at + name.length, i + first))
            return true;
    }
    return false;
}

static size_t digits_at(Str text, size_t at, size_t most)
{
    size_t count = 0;
    while (count < most && at + count < text.length && (uint8_t)(text.data[at + count] - '0') < 10) count++;
    return count;
}

static double digits_value(Str text, size_t at, size_t count)
{
    double value = 0;
    for (size_t i = 0; i < count; i++) value = value * 10 + (text.data[at + i] - '0');
    return value;
}

static bool read_zone(Reading *r, uint32_t at_part, size_t at)
{
    const Part *part = &r->parts->items[at_part];
    Str         text = r->text;
    if (part->zulu && at < text.length && (text.data[at] | 32) == 'z' && go_on(r, at_part, at + 1, 0)) return true;
    if (part->component == 'z') {
        if (!str_equal_nocase(str_slice(text, at, at + 3), STR("GMT"))) return false;
        at += 3;
    }
    if (at >= text.length || (text.data[at] != '+' && text.data[at] != '-')) return false;
    double sign = text.data[at++] == '-' ? -1 : 1;
    size_t count = digits_at(text, at, 4);
    if (!count) return false;
    double hours = digits_value(text, at, count > 2 ? 2 : count),
           minutes = count > 2 ? digits_value(text, at + 2, count - 2) : 0;
    at += count;
    if (integer_picture_is_regular(part->integer)) {
        size_t more = at < text.length && text.data[at] == ':' ? digits_at(text, at + 1, 2) : 0;
        if (!more) return false;
        minutes = digits_value(text, at + 1, more);
        at += 1 + more;
    }
    return go_on(r, at_part, at, sign * hours * 60 + minutes); /* -05:30 is -4:30, as the reference has it */
}

static double thousandths(Str text, size_t taken)
{
    size_t count = digits_at(text, 0, taken < 3 ? taken : 3);
    return digits_value(text, 0, count) * pow(10, 3 - (double)count);
}

static bool read_integer_part(Reading *r, uint32_t at_part, size_t at)
{
    const Part *part = &r->parts->items[at_part];
    Str         rest = str_slice(r->text, at, r->text.length);
    double      value;
    size_t      most = part->digits;
    for (;;) {
        size_t taken = integer_picture_take(r->run, part->integer, rest, most, &value);
        if (!taken) return false;
        if (part->component == 'f' && r->run->program->dialect == JSONATA_STANDARD) value = thousandths(rest, taken);
        if (go_on(r, at_part, at + taken, value)) return true;
        if (!integer_picture_is_decimal(part->integer) || part->digits != SIZE_MAX) return false;
        most = (most == SIZE_MAX ? digits_at(rest, 0, 400) : most) - 1;
        if (most == 0 || most > 400) return false;
    }
}

static bool read_from(Reading *r, uint32_t at_part, size_t at)
{
    run_work(r->run, 1);
    if (at_part == r->parts->count) return at == r->text.length;
    const Part *part = &r->parts->items[at_part];
    if (!part->component)
        return str_equal_nocase(str_slice(r->text, at, at + part->literal.length), part->literal) &&
               read_from(r, at_part + 1, at + part->literal.length);
    if (part->component == 'Z' || part->component == 'z') return read_zone(r, at_part, at);
    if (part->naming || part->component == 'P') return read_name(r, at_part, at);
    if (!part->integer) no_names(r->run, part->component);
    return read_integer_part(r, at_part, at);
}

/* All that was found of these is in `type`, and something was. */
static bool is_kind(const Reading *r, const char *all, const char *type)
{
    bool some = false;
    for (const char *at = all; *at; at++) {
        if (!r->found[(int)*at]) continue;
        if (!strchr(type, *at)) return false;
        some = true;
    }
    return some;
}

static void fill_in(Reading *r, const char *components, double now)
{
    bool started = false, ended = false;
    for (const char *at = components; *at; at++) {
        if (r->found[(int)*at]) {
            started = true;
            if (ended) run_fault(r->run, (Mistake){ .code = "D3136" });
        } else if (started) {
            r->values[(int)*at] = strchr("MDd", *at) ? 1 : 0;
            ended = true;
        } else {
            r->values[(int)*at] = fragment(now, *at);
        }
    }
}

static double millis_of(Reading *r)
{
    const double *v = r->values;
    const char   *date = "YXMxWwdD", *clock = "PHhmsf";
    bool          by_date = is_kind(r, date, "YMD"), by_day = !by_date && is_kind(r, date, "Yd");
    bool          by_week = !by_date && !by_day && (is_kind(r, date, "XxwF") || is_kind(r, date, "XWF"));
    bool          halved = !is_kind(r, clock, "Hmsf") && is_kind(r, clock, "Phmsf");
    if (by_week) run_fault(r->run, (Mistake){ .code = "D3136" });
    Str components = str_format(r->run->arena, "%s%s", by_day ? "Yd" : "YMD", halved ? "Phmsf" : "Hmsf");
    fill_in(r, str_to_c(r->run->arena, components), floor((double)r->run->options->now / 1000));
    double hour = v['H'];
    if (halved) hour = (v['h'] == 12 ? 0 : v['h']) + (v['P'] == 1 ? 12 : 0);
    double days = by_day ? days_of(v['Y'], 1) + v['d'] - 1 : days_of(v['Y'], v['M'] > 0 ? v['M'] : 1) + v['D'] - 1;
    return days * day_ms + hour * 3600000 + v['m'] * 60000 + v['s'] * 1000 + v['f'] - (v['Z'] + v['z']) * 60000;
}

static Json *parse_by_picture(Call *call, Str text, Str picture)
{
    Reading *reading = NEW(call->run->arena, Reading);
    reading->run = call->run;
    reading->parts = read_picture(call->run, picture);
    reading->text = text;
    for (uint32_t i = 0; i < reading->parts->count; i++)
        if (reading->parts->items[i].naming && !strchr("MxFPCE", reading->parts->items[i].component))
            no_names(call->run, reading->parts->items[i].component);
    bool any = false;
    for (uint32_t i = 0; i < reading->parts->count; i++) any |= reading->parts->items[i].component != 0;
    if (!read_from(reading, 0, 0) || !any) return NULL;
    double millis = millis_of(reading);
    return isfinite(millis) ? value_number(call->run, millis) : NULL;
}

static bool take_number(Str text, size_t *at, const char *before, size_t count, double *out)
{
    size_t skipped = strlen(before);
    if (skipped && (*at >= text.length || text.data[*at] != *before)) return false;
    if (digits_at(text, *at + skipped, count) != count) return false;
    *out = digits_value(text, *at + skipped, count);
    *at += skipped + count;
    return true;
}

static bool take_offset(Str text, size_t *at, double *minutes)
{
    double hours, rest;
    if (*at == text.length) return true;
    if (text.data[*at] == 'Z') return ++*at == text.length;
    double sign = text.data[*at] == '-' ? -1 : 1;
    if (!take_number(text, at, text.data[*at] == '-' ? "-" : "+", 2, &hours)) return false;
    if (!take_number(text, at, *at < text.length && text.data[*at] == ':' ? ":" : "", 2, &rest)) return false;
    *minutes = sign * (hours * 60 + rest);
    return *at == text.length;
}

static bool parse_iso(Str text, double *out)
{
    double year, month = 1, day = 1, hour = 0, minute = 0, second = 0, millis = 0, offset = 0;
    size_t at = 0;
    if (!take_number(text, &at, "", 4, &year)) return false;
    if (take_number(text, &at, "-", 2, &month)) take_number(text, &at, "-", 2, &day);
    if (take_number(text, &at, "T", 2, &hour) &&
        (!take_number(text, &at, ":", 2, &minute) || !take_number(text, &at, ":", 2, &second)))
        return false;
    if (at < text.length && text.data[at] == '.') {
        size_t count = digits_at(text, at + 1, 400);
        if (!count) return false;
        for (size_t i = 0; i < 3; i++) millis = millis * 10 + (i < count ? text.data[at + 1 + i] - '0' : 0);
        at += 1 + count;
    }
    if (!take_offset(text, &at, &offset)) return false;
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 59) return false;
    *out = (days_of(year, month) + day - 1) * day_ms + hour * 3600000 + minute * 60000 + second * 1000 + millis -
           offset * 60000;
    return true;
}

/* ---- functions ---- */

static Json *to_millis(Call *call)
{
    double millis;
    if (!call->arguments[0]) return NULL;
    Str text = call->arguments[0]->text;
    if (call->arguments[1]) return parse_by_picture(call, text, call->arguments[1]->text);
    if (!parse_iso(text, &millis)) call_fault(call, "D3110", call->arguments[0], 1);
    return value_number(call->run, millis);
}

static Json *from_millis(Call *call)
{
    if (!call->arguments[0]) return NULL;
    return format_millis(call, argument_number(call, 0), call->arguments[1], call->arguments[2]);
}

static double now_millis(const Call *call)
{
    return floor((double)call->run->options->now / 1000);
}

static Json *now(Call *call)
{
    return format_millis(call, now_millis(call), call->arguments[0], call->arguments[1]);
}

static Json *millis(Call *call)
{
    return value_number(call->run, now_millis(call));
}

const Native natives_date[] = {
    { "toMillis", "<s-s?:n>", 2, 0, to_millis },
    { "fromMillis", "<n-s?s?:s>", 3, 0, from_millis },
    { "now", "<s?s?:s>", 2, 0, now },
    { "millis", "<:n>", 0, 0, millis },
    { NULL, NULL, 0, 0, NULL },
};
