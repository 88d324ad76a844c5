/* xml_test.c -- JSON to XML along a shape. */
#include "tests/support/test.h"
#include "tests/unit/aws/example.h"

#include "aws/wire_parts.h"

static void writes(const char *value, const char *expected)
{
    Arena arena;
    Buffer out;
    arena_init(&arena, 0);
    buffer_init(&out);
    xml_members(&out, &example_all_input, example_json(&arena, value), XML_TIMES_SHORT);
    CHECK_STR(buffer_str(&out), str_from_c(expected));
    buffer_done(&out);
    arena_done(&arena);
}

static void escapes(Str text, Str expected)
{
    Buffer out;
    buffer_init(&out);
    xml_escape(&out, text);
    CHECK_STR(buffer_str(&out), expected);
    buffer_done(&out);
}

TEST(test_xml_escapes)
{
    escapes(STR("a<b>&\"c'\r\n\t"), STR("a&lt;b&gt;&amp;&quot;c'&#xD;\n\t"));
    escapes(STR("gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xb5"), STR("gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xb5"));
    escapes(STR("\x01|\x00|\xed\xa0\x80|\xef\xbf\xbe|\xff"),
            STR("\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd"));
}

TEST(test_xml_scalars)
{
    writes("{\"Text\":\"<a>\",\"Count\":5,\"Ratio\":1.50,\"Yes\":false,\"When\":10}",
           "<Text>&lt;a&gt;</Text><Count>5</Count><Ratio>1.50</Ratio><Yes>false</Yes><When>1970-01-01T00:00:10Z</When>");
    writes("{\"When\":0.5}", "<When>1970-01-01T00:00:00.500Z</When>");
    writes("{\"Anything\":{\"a\":\"<\"},\"Unknown\":1,\"Text\":null}", "<Anything>{&quot;a&quot;:&quot;&lt;&quot;}</Anything>");
}

TEST(test_xml_lists_and_maps)
{
    writes("{\"Names\":[\"a\",\"b\"],\"Items\":[\"c\"],\"FlatNames\":[\"d\",\"e\"]}",
           "<Names><member>a</member><member>b</member></Names><Items><Item>c</Item></Items>"
           "<FlatName>d</FlatName><FlatName>e</FlatName>");
    writes("{\"Names\":[],\"FlatNames\":[],\"Tags\":{}}", "<Names></Names><Tags></Tags>");
    writes("{\"Tags\":{\"k\":\"v\"},\"Attributes\":{\"n\":\"w\"}}",
           "<Tags><entry><key>k</key><value>v</value></entry></Tags><Attribute><Name>n</Name><Value>w</Value></Attribute>");
    writes("{\"FlatPoints\":[{\"X\":1}],\"Inside\":{\"Y\":2}}", "<FlatPoint><X>1</X></FlatPoint><In><Y>2</Y></In>");
}

TEST(test_xml_blobs)
{
    Arena arena;
    Buffer out;
    arena_init(&arena, 0);
    buffer_init(&out);
    enum { SIZE = 10000 }; /* more than is written at once */
    char *bytes = memset(arena_alloc_bytes(&arena, SIZE), 'x', SIZE);
    xml_value(&out, &shape_blob, json_blob(&arena, str_from(bytes, SIZE)), STR("B"), XML_TIMES_SHORT);
    Str read;
    CHECK(shape_blob_bytes(&arena, json_str(&arena, str_slice(buffer_str(&out), 3, out.length - 4)), &read));
    CHECK_STR(read, str_from(bytes, SIZE));
    buffer_done(&out);
    arena_done(&arena);
}
