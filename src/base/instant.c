/* instant.c -- calendar arithmetic on a number of microseconds; no clock is read here. */
#include "base/instant.h"

#include <stdio.h>

static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const day_names[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

typedef struct Civil {
    int64_t year;
    int     month, day, hour, minute, second, microsecond, weekday;
} Civil;

/* Days since 1970-01-01 of a proleptic Gregorian date; years are counted from March so that the
 * leap day is the last day of its year. */
static int64_t days_of_date(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void date_of_days(int64_t days, Civil *out)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    out->day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    out->month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    out->year = year_of_era + era * 400 + (out->month <= 2);
}

static Civil civil_of(Instant instant)
{
    Civil civil = { 0 };
    int64_t days = instant / DURATION_DAY;
    int64_t rest = instant % DURATION_DAY;
    if (rest < 0) {
        rest += DURATION_DAY;
        days--;
    }
    date_of_days(days, &civil);
    civil.weekday = (int)(((days + 4) % 7 + 7) % 7);
    civil.microsecond = (int)(rest % DURATION_SECOND);
    rest /= DURATION_SECOND;
    civil.second = (int)(rest % 60);
    civil.minute = (int)(rest / 60 % 60);
    civil.hour = (int)(rest / 3600);
    return civil;
}

static Str finish(char *out, int length)
{
    return str_from(out, (size_t)length);
}

Str instant_format_iso(Instant instant, char *out)
{
    Civil c = civil_of(instant);
    return finish(out, snprintf(out, INSTANT_TEXT_SIZE, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)c.year,
                                c.month, c.day, c.hour, c.minute, c.second));
}

Str instant_format_iso_ms(Instant instant, char *out)
{
    Civil c = civil_of(instant);
    return finish(out, snprintf(out, INSTANT_TEXT_SIZE, "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ", (long long)c.year,
                                c.month, c.day, c.hour, c.minute, c.second, c.microsecond / 1000));
}

Str instant_format_http(Instant instant, char *out)
{
    Civil c = civil_of(instant);
    return finish(out, snprintf(out, INSTANT_TEXT_SIZE, "%s, %02d %s %04lld %02d:%02d:%02d GMT", day_names[c.weekday],
                                c.day, month_names[c.month - 1], (long long)c.year, c.hour, c.minute, c.second));
}

Str instant_format_aws_basic(Instant instant, char *out)
{
    Civil c = civil_of(instant);
    return finish(out, snprintf(out, INSTANT_TEXT_SIZE, "%04lld%02d%02dT%02d%02d%02dZ", (long long)c.year, c.month,
                                c.day, c.hour, c.minute, c.second));
}

static bool take_digits(Str *text, int count, int *out)
{
    int number = 0;
    if (text->length < (size_t)count) return false;
    for (int i = 0; i < count; i++) {
        if (text->data[i] < '0' || text->data[i] > '9') return false;
        number = number * 10 + (text->data[i] - '0');
    }
    *text = str_slice(*text, (size_t)count, text->length);
    *out = number;
    return true;
}

static bool take(Str *text, Str literal)
{
    if (!str_starts_with(*text, literal)) return false;
    *text = str_slice(*text, literal.length, text->length);
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool instant_of(int year, int month, int day, int hour, int minute, int second, Instant *out)
{
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
    if (hour > 23 || minute > 59 || second > 60) return false;
    int64_t seconds = days_of_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *out = seconds * DURATION_SECOND;
    return true;
}

bool instant_parse_aws_basic(Str text, Instant *out)
{
    int year, month, day, hour, minute, second;
    return take_digits(&text, 4, &year) && take_digits(&text, 2, &month) && take_digits(&text, 2, &day) &&
           take(&text, STR("T")) && take_digits(&text, 2, &hour) && take_digits(&text, 2, &minute) &&
           take_digits(&text, 2, &second) && take(&text, STR("Z")) && text.length == 0 &&
           instant_of(year, month, day, hour, minute, second, out);
}

static bool take_month(Str *text, int *out)
{
    for (int i = 0; i < 12; i++)
        if (take(text, str_from_c(month_names[i]))) {
            *out = i + 1;
            return true;
        }
    return false;
}

bool instant_parse_http(Str text, Instant *out)
{
    int year, month, day, hour, minute, second;
    if (text.length < 5) return false;
    text = str_slice(text, 3, text.length); /* the day's name says nothing new */
    return take(&text, STR(", ")) && take_digits(&text, 2, &day) && take(&text, STR(" ")) &&
           take_month(&text, &month) && take(&text, STR(" ")) && take_digits(&text, 4, &year) &&
           take(&text, STR(" ")) && take_digits(&text, 2, &hour) && take(&text, STR(":")) &&
           take_digits(&text, 2, &minute) && take(&text, STR(":")) && take_digits(&text, 2, &second) &&
           take(&text, STR(" GMT")) && text.length == 0 && instant_of(year, month, day, hour, minute, second, out);
}

static bool take_fraction(Str *text, Duration *out)
{
    Duration fraction = 0, unit = DURATION_SECOND;
    int digit;
    if (!take(text, STR("."))) return true;
    if (!text->length || text->data[0] < '0' || text->data[0] > '9') return false;
    while (take_digits(text, 1, &digit)) {
        unit /= 10;
        fraction += digit * unit;
    }
    *out = fraction;
    return true;
}

static bool take_zone(Str *text, Duration *out)
{
    int hours, minutes;
    if (take(text, STR("Z"))) return true;
    bool negative = take(text, STR("-"));
    if (!negative && !take(text, STR("+"))) return false;
    if (!take_digits(text, 2, &hours)) return false;
    take(text, STR(":"));
    if (!take_digits(text, 2, &minutes) || hours > 23 || minutes > 59) return false;
    *out = (negative ? -1 : 1) * (hours * DURATION_HOUR + minutes * DURATION_MINUTE);
    return true;
}

bool instant_parse_iso(Str text, Instant *out)
{
    int year, month, day, hour, minute, second;
    Duration fraction = 0, offset = 0;
    Instant whole;
    bool ok = take_digits(&text, 4, &year) && take(&text, STR("-")) && take_digits(&text, 2, &month) &&
              take(&text, STR("-")) && take_digits(&text, 2, &day) && take(&text, STR("T")) &&
              take_digits(&text, 2, &hour) && take(&text, STR(":")) && take_digits(&text, 2, &minute) &&
              take(&text, STR(":")) && take_digits(&text, 2, &second) && take_fraction(&text, &fraction) &&
              take_zone(&text, &offset) && text.length == 0 &&
              instant_of(year, month, day, hour, minute, second, &whole);
    if (ok) *out = whole + fraction - offset;
    return ok;
}
