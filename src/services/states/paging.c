/* paging.c -- see paging.h.
 *
 * A token is base64 of
 *
 *     format (1 byte, 1), when it was given out (8), position, check (8)
 *
 * The check is the beginning of an HMAC over the scope and the rest. Its key is no secret: a token says only where to go
 * on in what its bearer may list anyway. It finds tokens that were changed, made up, or meant for another list. */
#include "services/states/paging.h"

#include "base/hash.h"
#include "base/text.h"

enum { TOKEN_FORMAT = 1, HEAD_SIZE = 9, CHECK_SIZE = 8 };

static Str token_check(Arena *arena, Str scope, Str signed_part)
{
    uint8_t digest[HASH_SHA256_SIZE];
    Str     all = states_join(arena, states_join(arena, scope, STR(" ")), signed_part);
    hash_hmac_sha256(STR("states page"), all, digest);
    return str_copy(arena, str_from(digest, CHECK_SIZE));
}

Str states_page_token(Context *context, Str scope, Str position)
{
    size_t size = HEAD_SIZE + position.length;
    char  *bytes = arena_alloc_bytes(context->arena, size + CHECK_SIZE);
    bytes[0] = TOKEN_FORMAT;
    bytes_put_u64(bytes + 1, (uint64_t)context->now);
    memcpy(bytes + HEAD_SIZE, position.data, position.length);
    Str check = token_check(context->arena, scope, str_from(bytes, size));
    memcpy(bytes + size, check.data, CHECK_SIZE);
    return text_base64(context->arena, str_from(bytes, size + CHECK_SIZE));
}

static bool open_token(Context *context, Str scope, Str token, Str *out)
{
    Str bytes;
    if (!text_unbase64(context->arena, token, &bytes) || bytes.length <= HEAD_SIZE + CHECK_SIZE) return false;
    Str signed_part = str_slice(bytes, 0, bytes.length - CHECK_SIZE);
    Str check = str_slice(bytes, signed_part.length, bytes.length);
    if (!str_equal(check, token_check(context->arena, scope, signed_part)) || bytes.data[0] != TOKEN_FORMAT)
        return false;
    Instant given = (Instant)bytes_get_u64(bytes.data + 1);
    if (given > context->now || context->now - given >= STATES_TOKEN_LIFE) return false;
    *out = str_slice(signed_part, HEAD_SIZE, signed_part.length);
    return true;
}

Error *states_page_parse(Context *context, const Json *input, Str scope, StatesPage *out)
{
    int64_t max = 0;
    json_get_int(input, STR("maxResults"), &max);
    out->max = max ? (size_t)max : STATES_PAGE;
    out->after = STR("");
    Str token = json_get_str(input, STR("nextToken"));
    if (token.length && !open_token(context, scope, token, &out->after))
        return error_fault(&states_invalid_token, "Invalid Token: 'Invalid token'");
    return NULL;
}

/* One row more than the page holds is looked at, to know whether there is another page. */
Error *states_page_list(Context *context, const Json *input, Str scope, StoreTable table, Str prefix, Str list_name,
                        StatesTell *tell, void *data, Json **out)
{
    StatesPage page;
    StatesRow *rows;
    size_t     count;
    Arena     *arena = context->arena;
    TRY(states_page_parse(context, input, scope, &page));
    Str after = page.after.length ? states_join(arena, prefix, page.after) : STR("");
    if (after.length > STORE_KEY_MAX) return error_fault(&states_invalid_token, "Invalid Token: 'Invalid token'");
    TRY(states_row_list(context, table, prefix, after, page.max + 1, &rows, &count));
    Json *list = json_array(arena);
    *out = json_object(arena);
    json_add(arena, *out, list_name, list);
    for (size_t i = 0; i < count && i < page.max; i++) {
        Json *item;
        TRY(tell(context, &rows[i], data, &item));
        if (item) json_append(arena, list, item);
    }
    if (count <= page.max) return NULL;
    Str last = rows[page.max - 1].key;
    json_add_str(arena, *out, STR("nextToken"),
                 states_page_token(context, scope, str_slice(last, prefix.length, last.length)));
    return NULL;
}
