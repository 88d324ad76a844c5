/* load_peers.c -- the same cycle of a message in beanstalkd's protocol and in redis streams.
 *
 * What is durable when: beanstalkd -f 0 syncs for put and delete, redis with appendfsync always for
 * each of the three. redis needs two commands to forget an entry; they go in one write. */
#include "bench/load.h"

/* ---- beanstalkd: a line, and after RESERVED a body ---- */

static Error *frame_beanstalk(Str bytes, LoadReply *out)
{
    size_t end;
    if (!str_find(bytes, STR("\r\n"), &end)) return NULL;
    Str line = str_slice(bytes, 0, end);
    size_t size = end + 2;
    if (str_starts_with(line, STR("RESERVED "))) {
        Str rest = line, word = STR_NONE;
        uint64_t length;
        while (str_next_part(&rest, ' ', &word)) {
        }
        if (!str_parse_uint(word, &length)) return error_new(ERR_SYNTAX, "beanstalkd: %.*s", STR_ARG(line));
        size += length + 2;
        if (size > bytes.length) return NULL;
    }
    *out = (LoadReply){ .size = size, .body = line };
    return NULL;
}

static Error *expect(const LoadReply *reply, Str start)
{
    if (str_starts_with(reply->body, start)) return NULL;
    return error_new(ERR_INVALID, "answered %.*s", STR_ARG(str_slice(reply->body, 0, 200)));
}

static void ask_put(Load *load, LoadConnection *connection, Buffer *out)
{
    (void)connection;
    buffer_append_str(out, STR("put 0 0 60 "));
    buffer_append_int(out, LOAD_BODY_BYTES);
    buffer_append_str(out, STR("\r\n"));
    load_append_body(load, out);
    buffer_append_str(out, STR("\r\n"));
}

static Error *put(Load *load, LoadConnection *connection, const LoadReply *reply)
{
    (void)load, (void)connection;
    return expect(reply, STR("INSERTED "));
}

static void ask_reserve(Load *load, LoadConnection *connection, Buffer *out)
{
    (void)load, (void)connection;
    buffer_append_str(out, STR("reserve\r\n"));
}

static Error *reserved(Load *load, LoadConnection *connection, const LoadReply *reply)
{
    (void)load;
    TRY(expect(reply, STR("RESERVED ")));
    Str rest = str_slice(reply->body, 9, reply->body.length), id = STR_NONE;
    str_next_part(&rest, ' ', &id);
    buffer_clear(&connection->kept);
    buffer_append_str(&connection->kept, id);
    return NULL;
}

static void ask_delete(Load *load, LoadConnection *connection, Buffer *out)
{
    (void)load;
    buffer_append_str(out, STR("delete "));
    buffer_append_str(out, buffer_str(&connection->kept));
    buffer_append_str(out, STR("\r\n"));
}

static Error *deleted(Load *load, LoadConnection *connection, const LoadReply *reply)
{
    (void)load, (void)connection;
    return expect(reply, STR("DELETED"));
}

/* ---- redis: RESP, where a reply is a tree of lines ---- */

static Error *take_line(Str *rest, Str *out, bool *out_whole)
{
    size_t end;
    *out_whole = str_find(*rest, STR("\r\n"), &end);
    if (!*out_whole) return NULL;
    *out = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end + 2, rest->length);
    if (out->length == 0) return error_new(ERR_SYNTAX, "redis: an empty line");
    if (out->data[0] == '-') return error_new(ERR_INVALID, "redis: %.*s", STR_ARG(*out));
    return NULL;
}

static Error *frame_redis(Str bytes, LoadReply *out)
{
    LoadReply reply = { 0 };
    Str rest = bytes, line = STR_NONE;
    size_t words = 0;
    for (int64_t pending = 1; pending > 0; pending--) {
        bool whole;
        int64_t number;
        TRY(take_line(&rest, &line, &whole));
        if (!whole) return NULL;
        if (!reply.body.data) reply.body = line;
        if (line.data[0] != '$' && line.data[0] != '*') continue;
        if (!str_parse_int(str_slice(line, 1, line.length), &number))
            return error_new(ERR_SYNTAX, "redis: %.*s", STR_ARG(line));
        if (number < 0) continue;
        if (line.data[0] == '*') {
            pending += number;
            continue;
        }
        if ((uint64_t)number + 2 > rest.length) return NULL;
        if (words < 2) reply.words[words++] = str_slice(rest, 0, (size_t)number);
        rest = str_slice(rest, (size_t)number + 2, rest.length);
    }
    reply.size = bytes.length - rest.length;
    *out = reply;
    return NULL;
}

static void append_command(Buffer *out, size_t count, const Str *words)
{
    buffer_append_byte(out, '*');
    buffer_append_int(out, (int64_t)count);
    buffer_append_str(out, STR("\r\n"));
    for (size_t i = 0; i < count; i++) {
        buffer_append_byte(out, '$');
        buffer_append_int(out, (int64_t)words[i].length);
        buffer_append_str(out, STR("\r\n"));
        buffer_append_str(out, words[i]);
        buffer_append_str(out, STR("\r\n"));
    }
}

#define COMMAND(out, ...) append_command(out, sizeof((Str[]){ __VA_ARGS__ }) / sizeof(Str), (Str[]){ __VA_ARGS__ })

static void ask_xadd(Load *load, LoadConnection *connection, Buffer *out)
{
    buffer_clear(&connection->kept);
    load_append_body(load, &connection->kept);
    COMMAND(out, STR("XADD"), str_from_c(load->options.queue), STR("*"), STR("b"), buffer_str(&connection->kept));
}

static void ask_xreadgroup(Load *load, LoadConnection *connection, Buffer *out)
{
    char name[32];
    snprintf(name, sizeof name, "c%u", connection->number);
    COMMAND(out, STR("XREADGROUP"), STR("GROUP"), STR("bench"), str_from_c(name), STR("COUNT"), STR("1"),
            STR("STREAMS"), str_from_c(load->options.queue), STR(">"));
}

/* The first text of the reply is the stream's name, the second the entry's id. */
static Error *entry_read(Load *load, LoadConnection *connection, const LoadReply *reply)
{
    if (!reply->words[1].data) {
        load->empty++;
        connection->next = connection->step;
        return NULL;
    }
    buffer_clear(&connection->kept);
    buffer_append_str(&connection->kept, reply->words[1]);
    return NULL;
}

static void ask_xack_xdel(Load *load, LoadConnection *connection, Buffer *out)
{
    Str queue = str_from_c(load->options.queue), id = buffer_str(&connection->kept);
    COMMAND(out, STR("XACK"), queue, STR("bench"), id);
    COMMAND(out, STR("XDEL"), queue, id);
}

static Error *forgotten(Load *load, LoadConnection *connection, const LoadReply *reply)
{
    (void)load, (void)connection;
    return expect(reply, STR(":1"));
}

const LoadMode load_peer_modes[] = {
    { "beanstalk-cycle",
      frame_beanstalk,
      false,
      { { "send", ask_put, put, 0 }, { "receive", ask_reserve, reserved, 0 }, { "delete", ask_delete, deleted, 0 } } },
    { "redis-cycle",
      frame_redis,
      false,
      { { "send", ask_xadd, NULL, 0 },
        { "receive", ask_xreadgroup, entry_read, 0 },
        { "delete", ask_xack_xdel, forgotten, 2 } } },
    { NULL, NULL, false, { { NULL, NULL, NULL, 0 } } },
};
