/* route.c -- which service, which protocol, which operation.
 *
 * The order is that of the API notes, and no rule reads the body except the last:
 *
 *     1. Smithy-Protocol: rpc-v2-cbor     /service/NAME/operation/OPERATION
 *     2. X-Amz-Target: PREFIX.OPERATION   JSON or, by its content type, Kinesis' CBOR
 *     3. credential scope                 then Action for query services, the path for REST ones
 *     4. no scope                         old S3 signatures, then paths
 *     5. Action and Version               of form bodies and query strings
 *
 * What AWS has and this version has not is told apart from what nobody has: the first is refused as
 * not built, by name, the second as unknown. */
#include "aws/wire_parts.h"

static const Fault fault_missing_action = { "MissingAction", NULL, 400 };

/* ---- headers ---- */

static void take_head(WireHeads *heads, Str name, Str value)
{
    static const struct { Str name; size_t offset; } wanted[] = {
        { STR_CONST("host"), offsetof(WireHeads, host) },
        { STR_CONST("content-type"), offsetof(WireHeads, content_type) },
        { STR_CONST("x-amz-target"), offsetof(WireHeads, target) },
        { STR_CONST("authorization"), offsetof(WireHeads, authorization) },
        { STR_CONST("smithy-protocol"), offsetof(WireHeads, smithy_protocol) },
        { STR_CONST("x-amz-security-token"), offsetof(WireHeads, security_token) },
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (name.length != wanted[i].name.length || !str_equal_nocase(name, wanted[i].name)) continue;
        Str *head = (Str *)(void *)((char *)heads + wanted[i].offset);
        if (!head->data) *head = value.data ? value : STR("");
        return;
    }
}

static WireHeads heads_of(const WireRequest *request)
{
    WireHeads heads = { 0 };
    for (size_t i = 0; i < request->header_count; i++)
        take_head(&heads, request->headers[i].name, request->headers[i].value);
    return heads;
}

static bool has_type(Str content_type, Str wanted)
{
    return str_equal_nocase(str_slice(content_type, 0, wanted.length), wanted);
}

/* ---- refusals ---- */

static Error *refuse_not_built(WireCall *call, const KnownService *known)
{
    return error_fault(&fault_not_implemented, "Service %.*s is not built in this version of Tutti (asked for %.*s)",
                       STR_ARG(known->name),
                       STR_ARG(call->operation_name.length ? str_slice(call->operation_name, 0, 128) : STR("a path")));
}

static Error *refuse_unknown(const WireCall *call)
{
    Str name = str_slice(call->operation_name, 0, 128);
    if (call->protocol == PROTOCOL_QUERY)
        return error_fault(&fault_unknown_operation, "The action %.*s is not valid for this endpoint.", STR_ARG(name));
    if (!name.length) return error_fault(&fault_unknown_operation, "No operation is known for this method and path");
    return error_fault(&fault_unknown_operation, "The operation %.*s is not known%s%.*s", STR_ARG(name),
                       call->service ? " to " : "", STR_ARG(call->service ? call->service->title : STR("")));
}

static void speak(WireCall *call, Protocol protocol)
{
    static const Str types[PROTOCOL_COUNT] = {
        [PROTOCOL_NONE] = STR_CONST("application/json"),
        [PROTOCOL_JSON] = STR_CONST("application/x-amz-json-1.0"),
        [PROTOCOL_QUERY] = STR_CONST("text/xml"),
        [PROTOCOL_CBOR] = STR_CONST("application/cbor"),
        [PROTOCOL_KINESIS_CBOR] = STR_CONST("application/x-amz-cbor-1.1"),
        [PROTOCOL_REST_JSON] = STR_CONST("application/json"),
        [PROTOCOL_REST_XML] = STR_CONST("application/xml"),
    };
    call->protocol = protocol;
    call->content_type = types[protocol];
}

/* JSON replies have the type of their request: 1.0 or 1.1. */
static void speak_json(WireCall *call, Str content_type)
{
    speak(call, PROTOCOL_JSON);
    if (has_type(content_type, STR("application/x-amz-json-1.1"))) call->content_type = STR("application/x-amz-json-1.1");
}

/* ---- finding ---- */

static const Operation *find_operation(const Service *service, Str name)
{
    const Operation *operation = service_operation(service, name);
    return operation && !(operation->flags & OP_INTERNAL) ? operation : NULL;
}

static bool speaks(const Service *service, Protocol protocol)
{
    return (service->protocols & SPEAKS(protocol)) != 0;
}

static const Service *built_with(const WireOptions *options, Str name, size_t name_offset)
{
    for (size_t i = 0; i < options->service_count; i++) {
        const Str *own = (const Str *)(const void *)((const char *)options->services[i] + name_offset);
        if (own->length && str_equal(*own, name)) return options->services[i];
    }
    return NULL;
}

static const KnownService *known_with(Str name, size_t name_offset)
{
    for (size_t i = 0; i < known_service_count; i++) {
        const Str *own = (const Str *)(const void *)((const char *)&known_services[i] + name_offset);
        if (own->length && str_equal(*own, name)) return &known_services[i];
    }
    return NULL;
}

#define BUILT_WITH(options, field, name) built_with((options), (name), offsetof(Service, field))
#define KNOWN_WITH(field, name) known_with((name), offsetof(KnownService, field))

/* The service has been found, or not, by a name that KnownService has as its target prefix. */
static Error *settle_by_name(const Service *service, Str service_name, Str operation_name, WireCall *call)
{
    call->service = service;
    call->operation_name = operation_name;
    if (!service) {
        const KnownService *known = KNOWN_WITH(target_prefix, service_name);
        return known ? refuse_not_built(call, known) : refuse_unknown(call);
    }
    if (speaks(service, call->protocol)) call->operation = find_operation(service, operation_name);
    return call->operation ? NULL : refuse_unknown(call);
}

/* ---- 1. rpcv2Cbor ---- */

static bool find_last(Str text, Str needle, size_t *out_at)
{
    for (size_t at = text.length; at-- > 0;)
        if (str_starts_with(str_slice(text, at, text.length), needle)) {
            *out_at = at;
            return true;
        }
    return false;
}

static Error *route_cbor(const WireOptions *options, const WireRequest *request, WireCall *call)
{
    static const Str service_mark = STR_CONST("/service/"), operation_mark = STR_CONST("/operation/");
    size_t from, to;
    speak(call, PROTOCOL_CBOR);
    if (!find_last(request->path, service_mark, &from)) return refuse_unknown(call);
    Str names = str_slice(request->path, from + service_mark.length, request->path.length);
    if (!str_find(names, operation_mark, &to)) return refuse_unknown(call);
    Str service = str_slice(names, 0, to);
    return settle_by_name(BUILT_WITH(options, cbor_name, service), service,
                          str_slice(names, to + operation_mark.length, names.length), call);
}

/* ---- 2. X-Amz-Target ---- */

static Error *route_target(const WireOptions *options, const WireHeads *heads, WireCall *call)
{
    if (has_type(heads->content_type, STR("application/x-amz-cbor-1.1")))
        speak(call, PROTOCOL_KINESIS_CBOR);
    else
        speak_json(call, heads->content_type);
    size_t dot = 0;
    if (!find_last(heads->target, STR("."), &dot)) {
        call->operation_name = heads->target;
        return refuse_unknown(call);
    }
    Str prefix = str_slice(heads->target, 0, dot);
    return settle_by_name(BUILT_WITH(options, target_prefix, prefix), prefix,
                          str_slice(heads->target, dot + 1, heads->target.length), call);
}

/* ---- 5. query ---- */

static bool query_has(Str query, Str name)
{
    Str pair;
    while (str_next_part(&query, '&', &pair))
        if (str_starts_with(pair, name)) return true;
    return false;
}

/* Of the services that may be meant the one that has the action, else the first; a version that is
 * its own counts more than both. */
static const Service *choose_by_action(const WireOptions *options, const Route *route, bool scoped, Str action,
                                       Str version)
{
    const Service *best = NULL;
    int best_score = 0;
    for (size_t i = 0; i < options->service_count; i++) {
        const Service *service = options->services[i];
        if (!speaks(service, PROTOCOL_QUERY)) continue;
        if (scoped && !str_equal(service->signing_name, route->scope.service)) continue;
        int score = scoped + 2 * (find_operation(service, action) != NULL) +
                    4 * (version.length && str_equal(service->version, version));
        if (score > best_score) best = service, best_score = score;
    }
    return best;
}

static Error *route_action(const WireOptions *options, const Route *route, bool scoped, WireCall *call)
{
    Str action = form_get(&route->form, STR("Action")), version = form_get(&route->form, STR("Version"));
    speak(call, PROTOCOL_QUERY);
    if (!action.length) return error_fault(&fault_missing_action, "The request must contain the parameter Action");
    call->operation_name = action;
    const KnownService *known = scoped ? NULL : KNOWN_WITH(version, version);
    if (known && !BUILT_WITH(options, version, version)) return refuse_not_built(call, known);
    call->service = choose_by_action(options, route, scoped, action, version);
    if (call->service) call->operation = find_operation(call->service, action);
    return call->operation ? NULL : refuse_unknown(call);
}

/* ---- 3. and 4. paths ---- */

static Protocol rest_protocol(const Service *service)
{
    return speaks(service, PROTOCOL_REST_XML) ? PROTOCOL_REST_XML : PROTOCOL_REST_JSON;
}

static bool is_rest(const Service *service)
{
    return speaks(service, PROTOCOL_REST_JSON) || speaks(service, PROTOCOL_REST_XML);
}

/* Among the REST services of that signing name (empty: of any) the first with a fitting path. Those
 * of S3's kind come last, for there any path fits. True: call->operation is set. */
static bool settle_by_path(const WireOptions *options, const WireRequest *request, Str signing_name, WireCall *call)
{
    static const Protocol order[] = { PROTOCOL_REST_JSON, PROTOCOL_REST_XML };
    for (size_t i = 0; i < 2 * options->service_count; i++) {
        const Service *service = options->services[i % options->service_count];
        Protocol protocol = order[i / options->service_count];
        if (!speaks(service, protocol)) continue;
        if (signing_name.length && !str_equal(service->signing_name, signing_name)) continue;
        call->operation = rest_find(service, request);
        if (!call->operation) continue;
        call->service = service;
        call->operation_name = call->operation->name;
        speak(call, protocol);
        return true;
    }
    return false;
}

static bool is_form(const WireRequest *request, const WireHeads *heads)
{
    if (query_has(request->query, STR("Action="))) return true;
    return str_equal(request->method, STR("POST")) &&
           has_type(heads->content_type, STR("application/x-www-form-urlencoded"));
}

static Error *read_form(Arena *arena, const WireRequest *request, Route *route)
{
    bool body = has_type(route->heads.content_type, STR("application/x-www-form-urlencoded"));
    TRY(form_parse(arena, request->query, body ? request->body : STR_NONE, &route->form));
    route->has_form = true;
    return NULL;
}

/* The scope names services of ours; `first` is one of them. */
static Error *route_scope(Arena *arena, const WireOptions *options, const WireRequest *request, const Service *first,
                          Route *route, WireCall *call)
{
    bool query = false;
    for (size_t i = 0; i < options->service_count; i++)
        query |= str_equal(options->services[i]->signing_name, route->scope.service) &&
                 speaks(options->services[i], PROTOCOL_QUERY);
    if (query && is_form(request, &route->heads)) {
        speak(call, PROTOCOL_QUERY); /* whatever is wrong with the form is said in XML */
        TRY(read_form(arena, request, route));
        return route_action(options, route, true, call);
    }
    if (settle_by_path(options, request, route->scope.service, call)) return NULL;
    call->service = first;
    if (is_rest(first))
        speak(call, rest_protocol(first));
    else if (speaks(first, PROTOCOL_JSON))
        speak_json(call, route->heads.content_type);
    else
        speak(call, PROTOCOL_QUERY);
    return refuse_unknown(call);
}

static bool has_old_s3_signature(const WireRequest *request, const WireHeads *heads)
{
    return str_starts_with(heads->authorization, STR("AWS ")) ||
           (query_has(request->query, STR("AWSAccessKeyId=")) && query_has(request->query, STR("Signature=")) &&
            !query_has(request->query, STR("Action=")));
}

static Error *route_old_s3(const WireOptions *options, const WireRequest *request, WireCall *call)
{
    speak(call, PROTOCOL_REST_XML);
    call->service = BUILT_WITH(options, signing_name, STR("s3"));
    if (!call->service) return refuse_not_built(call, KNOWN_WITH(signing_name, STR("s3")));
    return settle_by_path(options, request, STR("s3"), call) ? NULL : refuse_unknown(call);
}

static Error *route_unscoped(Arena *arena, const WireOptions *options, const WireRequest *request, Route *route,
                             WireCall *call)
{
    bool form = is_form(request, &route->heads);
    if (has_old_s3_signature(request, &route->heads)) return route_old_s3(options, request, call);
    if (form) {
        speak(call, PROTOCOL_QUERY);
        TRY(read_form(arena, request, route));
        if (form_get(&route->form, STR("Action")).length) return route_action(options, route, false, call);
    }
    if (settle_by_path(options, request, STR_NONE, call)) return NULL;
    if (form) return route_action(options, route, false, call);
    if (has_type(route->heads.content_type, STR("application/x-amz-json")))
        speak_json(call, route->heads.content_type);
    return refuse_unknown(call);
}

Error *route_request(Arena *arena, const WireOptions *options, const WireRequest *request, Route *out, WireCall *call)
{
    *out = (Route){ .heads = heads_of(request) };
    speak(call, PROTOCOL_NONE);
    out->has_scope = sigv4_scope_of(arena, out->heads.authorization, request->query, &out->scope);
    if (str_equal_nocase(out->heads.smithy_protocol, STR("rpc-v2-cbor"))) return route_cbor(options, request, call);
    if (out->heads.target.data) return route_target(options, &out->heads, call);

    const Service *built = out->has_scope ? BUILT_WITH(options, signing_name, out->scope.service) : NULL;
    if (built) return route_scope(arena, options, request, built, out, call);
    const KnownService *known = out->has_scope ? KNOWN_WITH(signing_name, out->scope.service) : NULL;
    if (!known) return route_unscoped(arena, options, request, out, call);
    speak(call, known->protocol);
    if (known->protocol == PROTOCOL_JSON) speak_json(call, out->heads.content_type);
    return refuse_not_built(call, known);
}
