/* intrinsic_functions.c -- the intrinsic functions themselves.
 *
 * They do what the hosted service was seen to do, which is not always what is documented: fractions are cut off,
 * except by MathAdd, which rounds them; ArrayContains compares values as they print, so true is in ["true"];
 * ArrayUnique and JsonMerge give a hash table's order; Base64Decode passes over what is no base64; UUID takes any
 * arguments and ignores them. */
#include "asl/intrinsic_call.h"
#include "asl/java.h"

#include <math.h>
#include <openssl/evp.h>

#include "base/text.h"

enum { ENCODED_CHARACTERS_MAX = 10000, RANGE_ITEMS_MAX = 1000 };

/* ---- numbers ---- */

static bool in_range(double number, double low, double high)
{
    return number >= low && number <= high;
}

/* A number that is written as an integer is itself, a larger one than int64 is refused. */
static bool truncated(const Json *number, int64_t *out)
{
    double value = trunc(json_number(number));
    if (number->flags & JSON_INTEGER) {
        *out = number->integer;
        return true;
    }
    if (!in_range(value, -0x1p62, 0x1p62)) return false;
    *out = (int64_t)value;
    return true;
}

static bool truncated_32(const Json *number, int32_t *out)
{
    int64_t wide;
    if (!truncated(number, &wide) || wide != (int32_t)wide) return false;
    *out = (int32_t)wide;
    return true;
}

/* Halves go up: -1.5 is -1. */
static bool rounded_32(const Json *number, int32_t *out)
{
    double value = json_number(number), whole = floor(value);
    if (value - whole >= 0.5) whole += 1;
    if (!in_range(whole, INT32_MIN, INT32_MAX)) return false;
    *out = (int32_t)whole;
    return true;
}

static Json *math_add(AslCall *call)
{
    int32_t a, b, sum;
    if (!rounded_32(call->arguments[0], &a) || !rounded_32(call->arguments[1], &b) ||
        __builtin_add_overflow(a, b, &sum))
        return asl_call_refuse(call);
    return json_int_new(call->scope->arena, sum);
}

static Json *math_random(AslCall *call)
{
    int32_t from, to, span;
    int64_t seed = 0;
    if (!truncated_32(call->arguments[0], &from) || !truncated_32(call->arguments[1], &to))
        return asl_call_refuse(call);
    if (from >= to || __builtin_sub_overflow(to, from, &span)) return asl_call_refuse(call);
    if (call->count > 2 && !truncated(call->arguments[2], &seed)) return asl_call_refuse(call);
    int64_t above =
        call->count > 2 ? asl_java_random(seed, span) : (int64_t)((asl_draw(call->scope) >> 32) * (uint64_t)span >> 32);
    return json_int_new(call->scope->arena, from + above);
}

/* ---- arrays ---- */

static Json *array(AslCall *call)
{
    Json *items = json_array(call->scope->arena);
    if (!asl_call_spend(call, call->count * sizeof(Json *))) return NULL;
    for (uint32_t i = 0; i < call->count; i++) json_append(call->scope->arena, items, call->arguments[i]);
    return items;
}

static Json *array_partition(AslCall *call)
{
    Arena      *arena = call->scope->arena;
    const Json *items = call->arguments[0];
    Json       *parts = json_array(arena), *part = NULL;
    int64_t     size;
    if (!truncated(call->arguments[1], &size) || size < 1) return asl_call_refuse(call);
    size_t count = items->count / (uint64_t)size + 1;
    if (!asl_call_spend(call, items->count * sizeof(Json *) + count * sizeof(Json))) return NULL;
    for (uint32_t i = 0; i < items->count; i++) {
        if (i % size == 0) json_append(arena, parts, part = json_array(arena));
        json_append(arena, part, items->items[i]);
    }
    return parts;
}

static Json *array_contains(AslCall *call)
{
    Arena      *arena = call->scope->arena;
    const Json *items = call->arguments[0];
    Str         wanted = asl_java_text(arena, call->arguments[1]);
    bool        found = false;
    for (uint32_t i = 0; i < items->count && !found; i++) {
        Str item = asl_java_text(arena, items->items[i]);
        if (items->items[i]->type != JSON_STRING && !asl_call_spend(call, item.length)) return NULL;
        found = str_equal(item, wanted);
    }
    return json_bool(arena, found);
}

static Json *array_range(AslCall *call)
{
    int64_t first, last, step;
    Json   *items = json_array(call->scope->arena);
    if (!truncated(call->arguments[0], &first) || !truncated(call->arguments[1], &last) ||
        !truncated(call->arguments[2], &step) || step == 0)
        return asl_call_refuse(call);
    if (step > 0 ? first > last : first < last) return items;
    uint64_t span = step > 0 ? (uint64_t)last - (uint64_t)first : (uint64_t)first - (uint64_t)last;
    uint64_t count = span / (step > 0 ? (uint64_t)step : 0 - (uint64_t)step);
    if (count >= RANGE_ITEMS_MAX) return asl_call_refuse(call);
    for (uint64_t i = 0; i <= count; i++)
        json_append(call->scope->arena, items,
                    json_int_new(call->scope->arena, (int64_t)((uint64_t)first + i * (uint64_t)step)));
    return items;
}

/* Nothing is out of range in an empty array. */
static Json *array_get_item(AslCall *call)
{
    const Json *items = call->arguments[0];
    int64_t     at;
    if (!truncated(call->arguments[1], &at)) return asl_call_refuse(call);
    if (!items->count) return json_null(call->scope->arena);
    return at >= 0 && at < items->count ? items->items[at] : asl_call_refuse(call);
}

static Json *array_length(AslCall *call)
{
    return json_int_new(call->scope->arena, call->arguments[0]->count);
}

static Json *array_unique(AslCall *call)
{
    const Json *items = call->arguments[0];
    return asl_call_spend(call, items->count * 8 * sizeof(Json *)) ? asl_java_set(call->scope->arena, items) : NULL;
}

/* ---- encodings ---- */

static Json *text_result(AslCall *call, Str text)
{
    return asl_call_spend(call, text.length) ? json_str(call->scope->arena, text) : NULL;
}

static Json *base64_encode(AslCall *call)
{
    Str text = call->arguments[0]->text;
    if (asl_java_length(text) > ENCODED_CHARACTERS_MAX) return asl_call_refuse(call);
    return text_result(call, text_base64(call->scope->arena, text));
}

static int base64_digit(char byte)
{
    if (byte >= 'A' && byte <= 'Z') return byte - 'A';
    if (byte >= 'a' && byte <= 'z') return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9') return byte - '0' + 52;
    return byte == '+' || byte == '-' ? 62 : byte == '/' || byte == '_' ? 63 : -1;
}

/* Up to the first "="; what is no digit is passed over, a digit that makes no whole byte is dropped. */
static Str decode_base64(Arena *arena, Str text)
{
    char    *out = arena_alloc_bytes(arena, text.length);
    size_t   length = 0;
    uint32_t bits = 0, count = 0;
    for (size_t i = 0; i < text.length && text.data[i] != '='; i++) {
        int digit = base64_digit(text.data[i]);
        if (digit < 0) continue;
        bits = bits << 6 | (uint32_t)digit;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out[length++] = (char)(bits >> count);
    }
    return str_from(out, length);
}

/* With U+FFFD for each byte that is no part of UTF-8. */
static Str well_formed(Arena *arena, Str bytes)
{
    if (text_utf8_valid(bytes)) return bytes;
    char    *out = arena_alloc_bytes(arena, arena_size(bytes.length, 3));
    size_t   length = 0;
    uint32_t code_point;
    while (bytes.length) {
        size_t size = text_utf8_decode(bytes, &code_point);
        length += text_utf8_encode(size ? code_point : 0xfffd, out + length);
        bytes = str_slice(bytes, size ? size : 1, bytes.length);
    }
    return str_from(out, length);
}

static Json *base64_decode(AslCall *call)
{
    Arena *arena = call->scope->arena;
    Str    text = call->arguments[0]->text;
    if (asl_java_length(text) > ENCODED_CHARACTERS_MAX) return asl_call_refuse(call);
    return text_result(call, well_formed(arena, decode_base64(arena, text)));
}

static Json *hash(AslCall *call)
{
    static const struct {
        Str         name;
        const char *digest;
    } algorithms[] = { { STR_CONST("MD5"), "MD5" },
                       { STR_CONST("SHA-1"), "SHA1" },
                       { STR_CONST("SHA-256"), "SHA256" },
                       { STR_CONST("SHA-384"), "SHA384" },
                       { STR_CONST("SHA-512"), "SHA512" } };
    Str data = asl_java_text(call->scope->arena, call->arguments[0]);
    if (asl_java_length(data) > ENCODED_CHARACTERS_MAX) return asl_call_refuse(call);
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned int  size;
        if (!str_equal(call->arguments[1]->text, algorithms[i].name)) continue;
        if (!EVP_Digest(data.length ? data.data : "", data.length, digest, &size,
                        EVP_get_digestbyname(algorithms[i].digest), NULL))
            memory_exhausted();
        return text_result(call, text_hex(call->scope->arena, str_from(digest, size)));
    }
    return asl_call_refuse(call);
}

/* ---- JSON ---- */

/* Shallow; true, which asks for a deep merge, is refused. What is not a boolean counts as false. */
static Json *json_merge(AslCall *call)
{
    Arena      *arena = call->scope->arena;
    const Json *sources[2] = { call->arguments[0], call->arguments[1] }, *deep = call->arguments[2];
    uint32_t    total = sources[0]->count + sources[1]->count, count = 0;
    if (deep->type == JSON_BOOL && deep->boolean) return asl_call_refuse(call);
    if (!asl_call_spend(call, total * 2 * sizeof(JsonMember))) return NULL;
    Json     *merged = json_object(arena), *result = json_object(arena);
    uint32_t *hashes = NEW_ARRAY(arena, uint32_t, total + 1), *order = NEW_ARRAY(arena, uint32_t, total + 1);
    for (int i = 0; i < 2; i++)
        JSON_EACH_MEMBER(sources[i], member) json_set(arena, merged, member->name, member->value);
    JSON_EACH_MEMBER(merged, member) hashes[count++] = asl_java_hash(member->name);
    asl_java_order(arena, hashes, count, order);
    for (uint32_t i = 0; i < count; i++)
        json_add(arena, result, merged->members[order[i]].name, merged->members[order[i]].value);
    return result;
}

static Json *json_to_string(AslCall *call)
{
    return text_result(call, json_text(call->scope->arena, call->arguments[0]));
}

enum { PARSED_BYTES_MAX = 32 }; /* that a byte of JSON becomes: "[1,1,1" */

static Json *string_to_json(AslCall *call)
{
    Str   text = call->arguments[0]->text;
    Json *value;
    if (str_all_in(text, " \t\r\n")) return json_null(call->scope->arena);
    if (!asl_call_spend(call, arena_size(text.length, PARSED_BYTES_MAX))) return NULL;
    Error *error = json_parse(call->scope->arena, text, NULL, &value);
    if (!error) return value;
    bool memory = error->code == ERR_MEMORY;
    char why[200];
    snprintf(why, sizeof why, "%s", error->message);
    error_free(error);
    if (memory) memory_exhausted();
    return asl_call_fail(call, "Cannot convert String to Json in States.StringToJson, caused by: %s", why);
}

/* ---- text ---- */

static bool is_one_of(char byte, const char *bytes)
{
    return byte && strchr(bytes, byte);
}

static bool is_escape(Str template, size_t at)
{
    return template.data[at] == '\\' && at + 1 < template.length && is_one_of(template.data[at + 1], "'{}\\");
}

typedef struct Format {
    Str template;
    Str   *texts; /* of the arguments */
    size_t count;
    size_t used; /* of the arguments so far */
    char  *data; /* NULL: measuring */
    size_t length;
} Format;

static void put(Format *format, Str text)
{
    if (format->data && text.length) memcpy(format->data + format->length, text.data, text.length);
    format->length += text.length;
}

/* One piece of the template from `at` on, whose size is returned; 0: a brace stands alone. */
static size_t put_piece(Format *format, size_t at)
{
    Str template = format->template;
    size_t end = at;
    if (is_escape(template, at)) {
        put(format, str_slice(template, at + 1, at + 2));
        return 2;
    }
    if (template.data[at] == '{' || template.data[at] == '}') {
        if (template.data[at] == '}' || at + 1 >= template.length || template.data[at + 1] != '}') return 0;
        put(format, format->used < format->count ? format->texts[format->used] : STR(""));
        format->used++;
        return 2;
    }
    do end++;
    while (end < template.length && !is_one_of(template.data[end], "{}\\"));
    put(format, str_slice(template, at, end));
    return end - at;
}

static bool put_all(AslCall *call, Format *format)
{
    format->length = format->used = 0;
    for (size_t at = 0, size; at < format->template.length; at += size) {
        size = put_piece(format, at);
        if (size) continue;
        bool opening = format->template.data[at] == '{';
        asl_call_fail(call, "Invalid template in States.Format: matching '%c' not found for '%c'.", opening ? '}' : '{',
                      opening ? '{' : '}');
        return false;
    }
    if (format->used == format->count) return true;
    asl_call_fail(call, "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.");
    return false;
}

/* What States.StringToJson gives prints as JSON, anything else as Java prints it. */
static Str format_text(AslCall *call, uint32_t number)
{
    static const Str parser = STR_CONST("States.StringToJson");
    const AslTerm   *term = &call->term->arguments[number];
    if (term->kind == ASL_TERM_CALL && str_equal(term->function->name, parser))
        return json_text(call->scope->arena, call->arguments[number]);
    return asl_java_text(call->scope->arena, call->arguments[number]);
}

static Json *format(AslCall *call)
{
    Arena         *arena = call->scope->arena;
    const AslTerm *first = call->term->arguments;
    bool           written = first->kind == ASL_TERM_LITERAL && first->literal->type == JSON_STRING;
    Format         work = { .template = written ? first->written : format_text(call, 0), .count = call->count - 1 };
    work.texts = NEW_ARRAY(arena, Str, call->count);
    for (uint32_t i = 1; i < call->count; i++) {
        work.texts[i - 1] = format_text(call, i);
        if (call->arguments[i]->type != JSON_STRING && !asl_call_spend(call, work.texts[i - 1].length)) return NULL;
    }
    if (!put_all(call, &work) || !asl_call_spend(call, work.length)) return NULL;
    work.data = arena_alloc_bytes(arena, work.length + 1);
    put_all(call, &work);
    return json_str(arena, str_from(work.data, work.length));
}

/* The bytes of the character at `at` as a number. */
static uint32_t character(Str text, size_t at, size_t *out_size)
{
    uint32_t bytes = (uint8_t)text.data[at];
    size_t   end = at + 1;
    for (; end < text.length && end < at + 4 && ((uint8_t)text.data[end] & 0xc0) == 0x80; end++)
        bytes = bytes << 8 | (uint8_t)text.data[end];
    *out_size = end - at;
    return bytes;
}

static int compare_characters(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static uint32_t *sorted_characters(Arena *arena, Str text, size_t *out_count)
{
    uint32_t *sorted = NEW_ARRAY(arena, uint32_t, text.length + 1);
    size_t    count = 0, size;
    for (size_t at = 0; at < text.length; at += size) sorted[count++] = character(text, at, &size);
    qsort(sorted, count, sizeof *sorted, compare_characters);
    *out_count = count;
    return sorted;
}

/* Each character of the splitter separates; what is empty between two of them is left out. */
static Json *string_split(AslCall *call)
{
    Arena *arena = call->scope->arena;
    Str    text = call->arguments[0]->text, splitter = call->arguments[1]->text;
    Json  *parts = json_array(arena);
    size_t from = 0, size, count;
    if (!asl_call_spend(call, splitter.length * sizeof(uint32_t))) return NULL;
    uint32_t *separators = sorted_characters(arena, splitter, &count);
    for (size_t at = 0; at <= text.length; at += size) {
        uint32_t next = at < text.length ? character(text, at, &size) : (uint32_t)(size = 1);
        if (at < text.length && !bsearch(&next, separators, count, sizeof next, compare_characters)) continue;
        if (at > from) {
            if (!asl_call_spend(call, sizeof(Json) + sizeof(Json *))) return NULL;
            json_append(arena, parts, json_str(arena, str_slice(text, from, at)));
        }
        from = at + size;
    }
    return parts;
}

static Json *uuid(AslCall *call)
{
    uint64_t high = asl_draw(call->scope), low = asl_draw(call->scope);
    return json_str(call->scope->arena, text_uuid(call->scope->arena, high, low));
}

/* ---- all of them ---- */

static const AslFunction functions[] = {
    { STR_CONST("States.Array"), "*", array },
    { STR_CONST("States.ArrayContains"), "ax", array_contains },
    { STR_CONST("States.ArrayGetItem"), "an", array_get_item },
    { STR_CONST("States.ArrayLength"), "a", array_length },
    { STR_CONST("States.ArrayPartition"), "an", array_partition },
    { STR_CONST("States.ArrayRange"), "nnn", array_range },
    { STR_CONST("States.ArrayUnique"), "a", array_unique },
    { STR_CONST("States.Base64Decode"), "s", base64_decode },
    { STR_CONST("States.Base64Encode"), "s", base64_encode },
    { STR_CONST("States.Format"), "x*", format },
    { STR_CONST("States.Hash"), "vs", hash },
    { STR_CONST("States.JsonMerge"), "oox", json_merge },
    { STR_CONST("States.JsonToString"), "x", json_to_string },
    { STR_CONST("States.MathAdd"), "nn", math_add },
    { STR_CONST("States.MathRandom"), "nn?n", math_random },
    { STR_CONST("States.StringSplit"), "ss", string_split },
    { STR_CONST("States.StringToJson"), "s", string_to_json },
    { STR_CONST("States.UUID"), "*", uuid },
};

const AslFunction *asl_function_find(Str name)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (str_equal(functions[i].name, name)) return &functions[i];
    return NULL;
}

static bool is_of_type(char letter, const Json *value)
{
    switch (letter) {
    case 'a': return value->type == JSON_ARRAY;
    case 'n': return value->type == JSON_NUMBER;
    case 'o': return value->type == JSON_OBJECT;
    case 's': return value->type == JSON_STRING;
    case 'v': return value->type != JSON_NULL;
    default: return true;
    }
}

bool asl_function_fits(const AslFunction *function, Json *const *arguments, uint32_t count)
{
    bool     optional = false;
    uint32_t at = 0;
    for (const char *letter = function->takes; *letter; letter++) {
        if (*letter == '*') return true;
        if (*letter == '?') {
            optional = true;
            continue;
        }
        if (at == count) return optional;
        if (arguments && !is_of_type(*letter, arguments[at])) return false;
        at++;
    }
    return at == count;
}
