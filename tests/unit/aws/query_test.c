/* query_test.c -- forms to JSON along a shape. */
#include "tests/support/test.h"
#include "tests/unit/aws/example.h"

#include "aws/wire_parts.h"

static Error *decode(Arena *arena, Str body, Json **out)
{
    Form form;
    TRY(form_parse(arena, STR_NONE, body, &form));
    return query_decode(arena, &example_all_input, &form, out);
}

static void decodes_to(const char *body, const char *expected)
{
    Arena arena;
    arena_init(&arena, 0);
    Json *out;
    if (CHECK_OK(decode(&arena, str_from_c(body), &out))) CHECK_STR(json_text(&arena, out), str_from_c(expected));
    arena_done(&arena);
}

static void refuses(const char *body, const Fault *fault, const char *words)
{
    Arena arena;
    arena_init(&arena, 0);
    Json *out;
    Error *error = decode(&arena, str_from_c(body), &out);
    if (CHECK(error != NULL)) {
        CHECK(error->fault == fault);
        CHECK_STR(str_from_c(error->message), str_from_c(words));
    }
    error_free(error);
    arena_done(&arena);
}

TEST(test_query_scalars)
{
    decodes_to("Text=a+b%26c&Count=-5&Ratio=1.5e3&Yes=true&Bytes=aGk%3D",
               "{\"Text\":\"a b&c\",\"Count\":-5,\"Ratio\":1.5e3,\"Yes\":true,\"Bytes\":\"aGk=\"}");
    decodes_to("When=1970-01-01T00%3A00%3A10Z", "{\"When\":10}");
    decodes_to("When=12.5&Yes=FALSE&Text=", "{\"Text\":\"\",\"Yes\":false,\"When\":12.5}");
    decodes_to("Text=first&Text=last&&=&Unknown.1.x=y", "{\"Text\":\"last\"}");
    decodes_to("", "{}");
}

TEST(test_query_lists)
{
    decodes_to("Names.member.2=b&Names.member.10=c&Names.member.1=a", "{\"Names\":[\"a\",\"b\",\"c\"]}");
    decodes_to("Items.Item.7=x", "{\"Items\":[\"x\"]}");
    decodes_to("FlatName.2=b&FlatName.1=a&FlatNumber.1=5", "{\"FlatNames\":[\"a\",\"b\"],\"FlatNumbers\":[5]}");
    decodes_to("FlatName=All", "{\"FlatNames\":[\"All\"]}");
    decodes_to("Names=&FlatName=", "{\"Names\":[],\"FlatNames\":[]}");
    decodes_to("Points.member.1.X=1&Points.member.1.Y=2&Points.member.3.X=4",
               "{\"Points\":[{\"X\":1,\"Y\":2},{\"X\":4}]}");
    decodes_to("FlatPoint.18446744073709551615.X=1&FlatPoint.2.X=0", "{\"FlatPoints\":[{\"X\":0},{\"X\":1}]}");
    decodes_to("In.X=1&In.Z=2", "{\"Inside\":{\"X\":1}}");
    decodes_to("Tree.Under.member.1.Under.member.1.Name=leaf&Tree.Left.Left.Name=l",
               "{\"Tree\":{\"Under\":[{\"Under\":[{\"Name\":\"leaf\"}]}],\"Left\":{\"Left\":{\"Name\":\"l\"}}}}");
}

TEST(test_query_maps)
{
    decodes_to("Tags.entry.1.key=a&Tags.entry.1.value=b", "{\"Tags\":{\"a\":\"b\"}}");
    decodes_to("Attribute.2.Name=c&Attribute.2.Value=d&Attribute.1.Value=b&Attribute.1.Name=a",
               "{\"Attributes\":{\"a\":\"b\",\"c\":\"d\"}}");
    decodes_to("Attribute.Name=a&Attribute.Value=b", "{\"Attributes\":{\"a\":\"b\"}}");
    decodes_to("ByName.entry.1.key=p&ByName.entry.1.value.X=3", "{\"ByName\":{\"p\":{\"X\":3}}}");
    refuses("Attribute.1.Name=a", &fault_missing_parameter, "The request must contain the parameter Attribute.1.Value.");
    refuses("Tags.entry.4.value=a", &fault_missing_parameter, "The request must contain the parameter Tags.entry.4.key.");
    refuses("Tags.entry.1=a", &fault_malformed_input, "Key is not valid: Tags.entry.1");
}

TEST(test_query_refusals)
{
    refuses("Count=five", &fault_malformed_input, "The value 'five' of Count is not an integer");
    refuses("Count=1.5", &fault_malformed_input, "The value '1.5' of Count is not an integer");
    refuses("Count=99999999999999999999", &fault_malformed_input,
            "The value '99999999999999999999' of Count is not an integer");
    refuses("Count=", &fault_malformed_input, "The value '' of Count is not an integer");
    refuses("Ratio=NaN", &fault_malformed_input, "The value 'NaN' of Ratio is not a number");
    refuses("Yes=1", &fault_malformed_input, "The value '1' of Yes is not true or false");
    refuses("Bytes=***", &fault_malformed_input, "The value '***' of Bytes is not base64");
    refuses("Text=%ff", &fault_malformed_input, "The value '(not text)' of Text is not UTF-8");
    refuses("When=yesterday", &fault_malformed_input, "The value 'yesterday' of When is not a timestamp");
    refuses("Names.member.0=a", &fault_malformed_input, "Key is not valid: Names.member.0");
    refuses("Names.member.01=a", &fault_malformed_input, "Key is not valid: Names.member.01");
    refuses("Names.member.-1=a", &fault_malformed_input, "Key is not valid: Names.member.-1");
    refuses("Names.member.18446744073709551616=a", &fault_malformed_input,
            "Key is not valid: Names.member.18446744073709551616");
    refuses("Names.member..=a", &fault_malformed_input, "Key is not valid: Names.member..");
    refuses("Names.1=a", &fault_malformed_input, "Key is not valid: Names.1");
    refuses("Names=a", &fault_malformed_input, "Key is not valid: Names");
    refuses("In=a", &fault_malformed_input, "Key is not valid: In");
}

TEST(test_query_limits)
{
    Arena arena;
    arena_init(&arena, 0);
    Buffer body;
    buffer_init(&body);
    Json *out;
    buffer_append_c(&body, "Tree");
    for (int i = 0; i < QUERY_DEPTH_MAX - 1; i++) buffer_append_c(&body, ".Left");
    buffer_append_c(&body, ".Name=deep");
    CHECK_OK(decode(&arena, buffer_str(&body), &out));
    buffer_clear(&body);
    buffer_append_c(&body, "Tree");
    for (int i = 0; i < 100000; i++) buffer_append_c(&body, ".Left");
    buffer_append_c(&body, ".Name=x");
    CHECK_ERROR(decode(&arena, buffer_str(&body), &out), ERR_FAULT);
    buffer_clear(&body);
    for (int i = 0; i < FORM_PARAMETERS_MAX; i++) buffer_append_c(&body, "a&");
    CHECK_ERROR(decode(&arena, buffer_str(&body), &out), ERR_FAULT);
    buffer_done(&body);
    arena_done(&arena);
}

TEST(test_query_names_next_to_each_other)
{
    /* "In-" and "In" with other bytes around '.' must not get between "In" and "In." */
    decodes_to("In-.X=9&In.X=1&In%2F=2&In%00.X=3&In.=4", "{\"Inside\":{\"X\":1}}");
    decodes_to("FlatName.1=a&FlatName.10=j&FlatName.2=b&FlatName.1.x=z", "{\"FlatNames\":[\"a\",\"b\",\"j\"]}");
}
