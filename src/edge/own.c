/* own.c -- the server's own paths.
 *
 *     GET  /_tutti/health, /_localstack/health   what runs, and whether it can write
 *     GET  /_tutti/metrics                       for Prometheus
 *     POST /_tutti/reset                         everything is gone
 *     POST /_tutti/backup {"directory": ...}     a copy that opens by itself
 *     POST /_tutti/clock {"by": s} | {"to": s}   a virtual clock moves on
 *
 * Those that change something answer to this machine only, unless the request is signed by known
 * credentials; and never to a page of another origin that a browser has open. */
#include "edge/edge_internal.h"

#include "aws/sigv4.h"

bool own_path(Str path)
{
    return str_starts_with(path, STR("/_tutti/")) || str_starts_with(path, STR("/_localstack/"));
}

/* ---- answers ---- */

static void answer_error(Pending *pending)
{
    const Error *error = pending->call.error;
    Buffer text;
    buffer_init(&text);
    error_describe(error, &text);
    Json *body = json_object(pending->request->arena);
    json_add_str(pending->request->arena, body, STR("message"), str_copy(pending->request->arena, buffer_str(&text)));
    buffer_done(&text);
    int status = error->code == ERR_INVALID || error->code == ERR_SYNTAX ? 400 : error->code == ERR_MEMORY ? 500 : 503;
    reply_json(pending->thread, pending->request, status, body);
}

static void answer_health(Pending *pending)
{
    Arena *arena = pending->request->arena;
    const Edge *edge = pending->thread->edge;
    Json *body = json_object(arena), *services = json_object(arena);
    for (size_t i = 0; i < edge->options.wire.service_count; i++)
        json_add_str(arena, services, edge->options.wire.services[i]->name, STR("running"));
    json_add_str(arena, body, STR("status"), pending->stats.writable ? STR("running") : STR("read-only"));
    json_add(arena, body, STR("services"), services);
    json_add_str(arena, body, STR("edition"), STR("tutti"));
    json_add_str(arena, body, STR("version"), str_from_c(edge->options.version));
    json_add_int(arena, body, STR("uptimeSeconds"), (clock_monotonic() - edge->started) / DURATION_SECOND);
    reply_json(pending->thread, pending->request, 200, body);
}

static void answer_metrics(Pending *pending)
{
    NamedStr type = { STR("Content-Type"), STR("text/plain; version=0.0.4; charset=utf-8") };
    Buffer text;
    buffer_init(&text);
    metrics_write(pending->thread->edge, &pending->stats, &text);
    if (text.failed)
        reply_message(pending->thread, pending->request, 500, "out of memory");
    else
        reply(pending->thread, pending->request,
              &(HttpReply){ .status = 200, .headers = &type, .header_count = 1, .body = buffer_str(&text) });
    buffer_done(&text);
}

static void answer_output(Pending *pending)
{
    Json *output = pending->call.output;
    reply_json(pending->thread, pending->request, 200, output ? output : json_object(pending->request->arena));
}

/* ---- requests ---- */

typedef struct OwnPath {
    Str           path, method;
    bool          changes;
    WorldControl *control;
    void (*answer)(Pending *pending);
} OwnPath;

static const OwnPath paths[] = {
    { STR_CONST("/_tutti/health"), STR_CONST("GET"), false, world_control_stats, answer_health },
    { STR_CONST("/_localstack/health"), STR_CONST("GET"), false, world_control_stats, answer_health },
    { STR_CONST("/_tutti/metrics"), STR_CONST("GET"), false, world_control_stats, answer_metrics },
    { STR_CONST("/_tutti/reset"), STR_CONST("POST"), true, world_control_reset, answer_output },
    { STR_CONST("/_tutti/backup"), STR_CONST("POST"), true, world_control_backup, answer_output },
    { STR_CONST("/_tutti/clock"), STR_CONST("POST"), true, world_control_clock, answer_output },
};

static const OwnPath *find_path(Str path)
{
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (str_equal(paths[i].path, path)) return &paths[i];
    return NULL;
}

static bool from_this_machine(const HttpRequest *request)
{
    return str_starts_with(request->peer, STR("127.")) || str_starts_with(request->peer, STR("[::1]"));
}

/* A name in Host may be any site's that has had itself resolved to this machine; an address or localhost
 * is what the page was loaded from, or what a person typed. */
static bool is_literal_host(Str host)
{
    size_t colon;
    if (str_starts_with(host, STR("[")) || str_equal(host, STR("localhost"))) return true;
    if (str_starts_with(host, STR("localhost:"))) return true;
    if (str_find_byte(host, ':', &colon)) host = str_slice(host, 0, colon);
    return host.length && str_all_in(host, "0123456789.");
}

static bool of_another_origin(const HttpRequest *request)
{
    Str origin = http_header(request, STR("Origin")), host = http_header(request, STR("Host"));
    size_t at;
    if (!origin.data) return false;
    if (!str_find(origin, STR("://"), &at) || !is_literal_host(host)) return true;
    return !str_equal(str_slice(origin, at + 3, origin.length), host);
}

static bool signed_by_somebody_known(EdgeThread *thread, const HttpRequest *request)
{
    const Credentials *credentials = thread->edge->options.wire.credentials;
    Credential who;
    if (!credentials) return false;
    WireRequest wire = { .method = request->method, .path = request->path, .query = request->query,
                         .headers = request->headers, .header_count = request->header_count, .body = request->body };
    Error *error = sigv4_verify(request->arena, &wire, credentials, PROTOCOL_JSON, clock_now(thread->edge->clock), &who);
    error_free(error);
    return error == NULL;
}

static void answer_own(Pending *pending)
{
    const OwnPath *path = find_path(pending->request->path);
    if (pending->call.error)
        answer_error(pending);
    else
        path->answer(pending);
}

static void submit(EdgeThread *thread, HttpRequest *request, const OwnPath *path)
{
    Pending *pending = NEW(request->arena, Pending);
    Json *input = json_object(request->arena);
    if (request->body.length) {
        Error *error = json_parse(request->arena, request->body, NULL, &input);
        if (error) {
            error_free(error);
            reply_message(thread, request, 400, "the body is not JSON");
            return;
        }
    }
    pending->thread = thread;
    pending->request = request;
    pending->answer = answer_own;
    pending->call.arena = request->arena;
    pending->call.input = input;
    pending->call.control = path->control;
    pending->call.user = &pending->stats;
    request->user = pending;
    pending_submit(pending);
}

void own_request(EdgeThread *thread, HttpRequest *request)
{
    const OwnPath *path = find_path(request->path);
    if (!path)
        reply_message(thread, request, 404, "there is nothing at this path");
    else if (!str_equal(path->method, request->method) && !(str_equal(request->method, STR("HEAD")) && !path->changes))
        reply_message(thread, request, 405, "this path wants another method");
    else if (path->changes && of_another_origin(request))
        reply_message(thread, request, 403, "not for pages of another origin");
    else if (path->changes && !from_this_machine(request) && !signed_by_somebody_known(thread, request))
        reply_message(thread, request, 403, "from another machine this needs a signature");
    else
        submit(thread, request, path);
}
