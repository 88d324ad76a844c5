/* example.c -- services that never were. */
#include "tests/unit/aws/example.h"

static const Field point_fields[] = { { F("X"), &shape_integer, REQUIRED, F("") }, { F("Y"), &shape_integer, 0, F("") } };
static const Shape point = STRUCTURE("Point", point_fields);
static const Shape points = LIST("Points", &point);
static const Shape named_items = { .kind = SHAPE_LIST, .name = STR_CONST("NamedItems"), .element = &shape_string,
                                   .element_name = STR_CONST("Item") };
static const Shape attributes = { .kind = SHAPE_MAP, .name = STR_CONST("Attributes"), .element = &shape_string,
                                  .key_name = STR_CONST("Name"), .value_name = STR_CONST("Value") };
static const Shape points_by_name = MAP("PointsByName", &point);
static const Shape integers = LIST("Integers", &shape_integer);

extern const Shape tree;
static const Shape trees = LIST("Trees", &tree);
static const Field tree_fields[] = { { F("Name"), &shape_string, 0, F("") }, { F("Under"), &trees, 0, F("") },
                                     { F("Left"), &tree, 0, F("") } };
const Shape tree = STRUCTURE("Tree", tree_fields);

static const Field all_fields[] = {
    { F("Text"), &shape_string, REQUIRED, F("") },
    { F("Count"), &shape_integer, 0, F("") },
    { F("Ratio"), &shape_double, 0, F("") },
    { F("Yes"), &shape_boolean, 0, F("") },
    { F("Bytes"), &shape_blob, 0, F("") },
    { F("When"), &shape_timestamp, 0, F("") },
    { F("Names"), &shape_string_list, 0, F("") },
    { F("Items"), &named_items, 0, F("") },
    { F("FlatNames"), &shape_string_list, FLAT, F("FlatName") },
    { F("FlatNumbers"), &integers, FLAT, F("FlatNumber") },
    { F("Points"), &points, 0, F("") },
    { F("FlatPoints"), &points, FLAT, F("FlatPoint") },
    { F("Tags"), &shape_string_map, 0, F("") },
    { F("Attributes"), &attributes, FLAT, F("Attribute") },
    { F("ByName"), &points_by_name, 0, F("") },
    { F("Inside"), &point, 0, F("In") },
    { F("Tree"), &tree, 0, F("") },
    { F("Anything"), &shape_document, 0, F("") },
    { F("QueueUrl"), &shape_string, 0, F("") },
};
const Shape example_all_input = STRUCTURE("AllInput", all_fields);
static const Shape all_output = STRUCTURE("AllOutput", all_fields);

static Error *echo(Context *context, const Json *input, Json **out)
{
    (void)context, (void)input, (void)out;
    return NULL;
}

static const Operation queue_operations[] = {
    { .name = STR_CONST("Echo"), .run = echo, .input = &example_all_input, .output = &all_output },
    { .name = STR_CONST("Nothing"), .run = echo },
    { .name = STR_CONST("Shared"), .run = echo },
    { .name = STR_CONST("Secret"), .run = echo, .flags = OP_INTERNAL },
};
const Service example_queue = {
    .name = STR_CONST("queue"), .title = STR_CONST("Queue"), .signing_name = STR_CONST("queue"),
    .target_prefix = STR_CONST("ExampleQueue"), .cbor_name = STR_CONST("ExampleQueue"),
    .version = STR_CONST("2001-01-01"), .xml_namespace = STR_CONST("http://queue.example/"),
    .error_namespace = STR_CONST("com.example.queue"),
    .protocols = SPEAKS(PROTOCOL_JSON) | SPEAKS(PROTOCOL_QUERY) | SPEAKS(PROTOCOL_CBOR) | SPEAKS(PROTOCOL_KINESIS_CBOR),
    .query_compatible = true, .operations = queue_operations, .operation_count = 4,
};

static const Operation tokens_operations[] = {
    { .name = STR_CONST("Shared"), .run = echo },
    { .name = STR_CONST("Enter"), .run = echo, .flags = OP_UNSIGNED },
};
const Service example_tokens = {
    .name = STR_CONST("tokens"), .title = STR_CONST("Tokens"), .signing_name = STR_CONST("tokens"),
    .version = STR_CONST("2002-02-02"), .protocols = SPEAKS(PROTOCOL_QUERY), .flat_result = true,
    .capital_message = true, .operations = tokens_operations, .operation_count = 2,
};

static const Field put_fields[] = {
    { F("Thing"), &shape_string, IN_PATH | REQUIRED, F("thing") },
    { F("Part"), &shape_string, IN_PATH, F("part") },
    { F("Dry"), &shape_boolean, IN_QUERY, F("dry") },
    { F("Ids"), &integers, IN_QUERY, F("id") },
    { F("Rest"), &shape_string_map, IN_QUERY, F("") },
    { F("Match"), &shape_string, IN_HEADER, F("If-Match") },
    { F("Since"), &shape_timestamp, IN_HEADER, F("X-Since") },
    { F("Meta"), &shape_string_map, IN_HEADER, F("x-meta-") },
    { F("Title"), &shape_string, 0, F("title") },
    { F("Point"), &point, 0, F("") },
};
static const Shape put_input = STRUCTURE("PutInput", put_fields);
static const Field put_output_fields[] = {
    { F("Status"), &shape_integer, IN_STATUS, F("") },
    { F("ETag"), &shape_string, IN_HEADER, F("ETag") },
    { F("Changed"), &shape_timestamp, IN_HEADER, F("Last-Modified") },
    { F("Meta"), &shape_string_map, IN_HEADER, F("x-meta-") },
    { F("Title"), &shape_string, 0, F("") },
};
static const Shape put_output = STRUCTURE("PutOutput", put_output_fields);
static const Field raw_fields[] = {
    { F("Path"), &shape_string, IN_PATH, F("path") },
    { F("Type"), &shape_string, IN_HEADER, F("Content-Type") },
    { F("Body"), &shape_blob, AS_PAYLOAD, F("") },
};
static const Shape raw = STRUCTURE("Raw", raw_fields);

static const Operation parts_operations[] = {
    { .name = STR_CONST("PutPart"), .run = echo, .input = &put_input, .output = &put_output, .status = 201,
      .http = STR_CONST("PUT /things/{thing}/parts/{part}") },
    { .name = STR_CONST("ListThings"), .run = echo, .http = STR_CONST("GET /things/") },
    { .name = STR_CONST("GetThing"), .run = echo, .input = &put_input, .http = STR_CONST("GET /things/{thing}") },
    { .name = STR_CONST("GetSpecial"), .run = echo, .http = STR_CONST("GET /things/special") },
    { .name = STR_CONST("GetHistory"), .run = echo, .input = &put_input, .http = STR_CONST("GET /things/{thing}?history") },
    { .name = STR_CONST("Raw"), .run = echo, .input = &raw, .output = &raw, .http = STR_CONST("POST /raw/{path+}") },
};
const Service example_parts = {
    .name = STR_CONST("parts"), .title = STR_CONST("Parts"), .signing_name = STR_CONST("parts"),
    .protocols = SPEAKS(PROTOCOL_REST_JSON), .capital_message = true, .operations = parts_operations, .operation_count = 6,
};

static const Field object_fields[] = {
    { F("Bucket"), &shape_string, IN_PATH, F("") },
    { F("Key"), &shape_string, IN_PATH, F("") },
};
static const Shape object_input = STRUCTURE("ObjectInput", object_fields);
static const Field listing_fields[] = {
    { F("Name"), &shape_string, 0, F("") },
    { F("Changed"), &shape_timestamp, 0, F("LastModified") },
    { F("Kind"), &shape_string, XML_ATTRIBUTE, F("kind") },
};
static const Shape listing_entry = STRUCTURE("ListingEntry", listing_fields);
static const Shape listing_entries = LIST("ListingEntries", &listing_entry);
static const Field listing_output_fields[] = { { F("Contents"), &listing_entries, FLAT, F("") } };
static const Shape listing = STRUCTURE("ListBucketResult", listing_output_fields);
static const Operation objects_operations[] = {
    { .name = STR_CONST("GetObject"), .run = echo, .input = &object_input, .http = STR_CONST("GET /{Bucket}/{Key+}") },
    { .name = STR_CONST("HeadObject"), .run = echo, .input = &object_input, .http = STR_CONST("HEAD /{Bucket}/{Key+}") },
    { .name = STR_CONST("ListObjects"), .run = echo, .input = &object_input, .output = &listing,
      .http = STR_CONST("GET /{Bucket}") },
};
const Service example_objects = {
    .name = STR_CONST("objects"), .title = STR_CONST("Objects"), .signing_name = STR_CONST("s3"),
    .xml_namespace = STR_CONST("http://objects.example/"), .protocols = SPEAKS(PROTOCOL_REST_XML),
    .operations = objects_operations, .operation_count = 3,
};

const Service *const example_services[] = { &example_queue, &example_tokens, &example_parts, &example_objects };

WireOptions example_options(void)
{
    return (WireOptions){ .services = example_services, .service_count = EXAMPLE_SERVICES, .region = STR("us-east-1"),
                          .endpoint_host = STR("127.0.0.1:4566") };
}

Json *example_json(Arena *arena, const char *text)
{
    Json *value;
    if (json_parse(arena, str_from_c(text), NULL, &value)) abort();
    return value;
}

Str example_reply_header(const WireReply *reply, Str name)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (str_equal_nocase(reply->headers[i].name, name)) return reply->headers[i].value;
    return STR_NONE;
}

Str example_body(const WireReply *reply)
{
    return buffer_str(&reply->body);
}
