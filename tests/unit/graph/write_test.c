/* write_test.c -- drawings: well-formed, the same twice, with every name escaped; as flowcharts too. */
#include "tests/support/xml.h"
#include "tests/unit/graph/support.h"

#define ODD_NAMES \
    "{\"StartAt\":\"<a href='x'>&\\\"\",\"States\":{\"<a " \
    "href='x'>&\\\"\":{\"Type\":\"Pass\",\"Next\":\"\\ud800\\u0000\\n]]>\"}," \
    "\"\\ud800\\u0000\\n]]>\":{\"Type\":\"<\",\"Next\":\"\"},\"\":{\"Type\":\"Succeed\"}}}"

TEST(test_graph_svg_escapes_names)
{
    Arena arena;
    arena_init(&arena, 0);
    Str svg = svg_of(&arena, STR(ODD_NAMES));
    CHECK(xml_is_well_formed(svg));
    CHECK(has(svg, "data-state=\"&lt;a href=&#39;x&#39;&gt;&amp;&quot;\""));
    CHECK(has(svg, "\xef\xbf\xbd\xef\xbf\xbd ]]&gt;"));
    arena_done(&arena);
}

TEST(test_graph_svg_shows_what_there_is)
{
    static const char *const parts[] = {
        "prefers-color-scheme:dark",
        "<title>Of orders</title>",
        ">Start</text>",
        ">End</text>",
        "class=\"state map\"",
        "class=\"state missing\"",
        "class=\"edge catch\"",
        ">$.risk &gt; 80</text>",
        ">Wait \xc2\xb7 3 s</text>",
        "class=\"state fail lost\"",
        "with a long name that is cut\xe2\x80\xa6</text>",
        "cut because it is too long\"",
    };
    Arena arena;
    arena_init(&arena, 0);
    Str svg = svg_of(
        &arena,
        STR("{\"Comment\":\"Of orders\",\"StartAt\":\"A\",\"States\":{"
            "\"A\":{\"Type\":\"Choice\",\"Choices\":[{\"Variable\":\"$.risk\",\"NumericGreaterThan\":80,\"Next\":"
            "\"Gone\"}],\"Default\":\"M\"},"
            "\"M\":{\"Type\":\"Map\",\"ItemProcessor\":{\"StartAt\":\"W\",\"States\":{\"W\":{\"Type\":\"Wait\","
            "\"Seconds\":3,\"End\":true}}},\"Next\":\"Z\","
            "\"Catch\":[{\"ErrorEquals\":[\"E\"],\"Next\":\"Z\"}]},\"Z\":{\"Type\":\"Succeed\"},\"L\":{\"Type\":"
            "\"Fail\"},"
            "\"A state with a long name that is cut because it is too long\":{\"Type\":\"Pass\",\"Next\":\"Z\"}}}"));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) CHECK(has(svg, parts[i]));
    CHECK(xml_is_well_formed(svg));
    arena_done(&arena);
}

TEST(test_graph_writes_well_formed_and_the_same_twice)
{
    for (uint32_t seed = 1; seed <= 150; seed++) {
        Arena arena;
        arena_init(&arena, 0);
        Str json = made_definition(&arena, seed, 1 + (int)(seed % 40));
        Str svg = svg_of(&arena, json), mermaid = mermaid_of(&arena, json);
        CHECK(xml_is_well_formed(svg));
        CHECK(str_equal(svg, svg_of(&arena, json)));
        CHECK(str_equal(mermaid, mermaid_of(&arena, json)));
        arena_done(&arena);
    }
}

TEST(test_graph_draws_what_is_no_definition)
{
    static const char *const texts[] = {
        "null",
        "7",
        "\"x\"",
        "[]",
        "{}",
        "{\"StartAt\":5,\"States\":[]}",
        "{\"StartAt\":\"x\"}",
        "{\"States\":{\"a\":null}}",
        "{\"StartAt\":\"\",\"States\":{\"\":{}}}",
        "{\"States\":{\"a\":{\"Type\":\"Parallel\",\"Branches\":[null,{},{\"States\":7}],\"Next\":\"a\"}}}",
        "{\"States\":{\"a\":{\"Type\":\"Map\",\"ItemProcessor\":7,\"Iterator\":{},\"End\":true,\"Catch\":{},"
        "\"Choices\":[1,null,{}],\"Default\":[]}}}",
        "{\"StartAt\":\"a\",\"States\":{\"a\":{\"Type\":\"Pass\",\"Next\":\"a\",\"Catch\":[{\"Next\":\"a\"}]}}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Arena arena;
        arena_init(&arena, 0);
        CHECK(xml_is_well_formed(svg_of(&arena, str_from_c(texts[i]))));
        CHECK(str_starts_with(mermaid_of(&arena, str_from_c(texts[i])), STR("flowchart TD\n")));
        arena_done(&arena);
    }
}

TEST(test_graph_draws_machines_as_deep_as_json_goes)
{
    Arena  arena;
    Buffer text;
    arena_init(&arena, 0);
    buffer_init(&text);
    for (int i = 0; i < 330; i++)
        buffer_append_c(&text, "{\"StartAt\":\"x\",\"States\":{\"x\":{\"Type\":\"Map\",\"End\":true,\"Iterator\":");
    buffer_append_c(&text, "{}");
    for (int i = 0; i < 330; i++) buffer_append_c(&text, "}}}");
    CHECK(xml_is_well_formed(svg_of(&arena, buffer_str(&text))));
    CHECK(mermaid_of(&arena, buffer_str(&text)).length > 0);
    buffer_done(&text);
    arena_done(&arena);
}

TEST(test_graph_mermaid)
{
    Arena arena;
    arena_init(&arena, 0);
    CHECK_STR(mermaid_of(&arena, STR("{\"StartAt\":\"1. Ask\",\"States\":{\"1. "
                                     "Ask\":{\"Type\":\"Choice\",\"Choices\":[{\"Variable\":\"$.a\",\"StringEquals\":"
                                     "\"b\",\"Next\":\"Both\"}],\"Default\":\"Gone\"},"
                                     "\"Both\":{\"Type\":\"Parallel\",\"Branches\":[{\"StartAt\":\"x\",\"States\":{"
                                     "\"x\":{\"Type\":\"Task\",\"End\":true}}},{}],\"End\":true,"
                                     "\"Catch\":[{\"ErrorEquals\":[\"E\"],\"Next\":\"Both\"}]}}}")),
              STR("flowchart TD\n"
                  "    s0((\"Start\")):::terminal\n"
                  "    s1((\"End\")):::terminal\n"
                  "    s2{\"1#46; Ask\"}:::choice\n"
                  "    subgraph s3[\"Both (Parallel)\"]\n"
                  "        s5((\" \")):::terminal\n"
                  "        s7[\"x\"]:::task\n"
                  "        s5 --> s7\n"
                  "    end\n"
                  "    class s3 parallel\n"
                  "    s4[\"Gone\"]:::missing\n"
                  "    s0 --> s2\n"
                  "    s2 -->|\"$.a = #34;b#34;\"| s3\n"
                  "    s2 -->|\"default\"| s4\n"
                  "    s3 --> s1\n"
                  "    s3 -.->|\"E\"| s3againcaught((\" \"))\n"
                  "    s3againcaught -.-> s3\n"
                  "    classDef terminal fill:#16202c,stroke:#16202c,color:#fff\n"
                  "    classDef task stroke:#2f6fde\n"
                  "    classDef choice stroke:#c77700\n"
                  "    classDef parallel stroke:#0a7ea4\n"
                  "    classDef missing stroke:#d13438,stroke-dasharray:5 4\n"
                  "    linkStyle 5,6 stroke:#cf3b30\n"));
    CHECK(has(mermaid_of(&arena, STR(ODD_NAMES)), "s2(\"#60;a href=#39;x#39;#62;#38;#34;\")"));
    arena_done(&arena);
}

TEST(test_graph_text_is_cut_between_characters)
{
    Arena arena;
    arena_init(&arena, 0);
    CHECK_STR(graph_text_fit(&arena, STR("short"), 13, 200), STR("short"));
    for (int width = 1; width < 80; width++) {
        Str cut = graph_text_fit(&arena, STR("a \xe4\xb8\x96\xe7\x95\x8c of \xc3\xa9t\xc3\xa9s"), 13, width);
        CHECK(str_ends_with(cut, STR("\xe2\x80\xa6")));
        CHECK(graph_text_width(cut, 13) <= width || cut.length == 3);
    }
    arena_done(&arena);
}

/* ---- memory ---- */

static const char both_json[] =
    "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Parallel\",\"Branches\":[{\"StartAt\":\"B\",\"States\":{"
    "\"B\":{\"Type\":\"Task\",\"Next\":\"C\"}}}],\"Next\":\"A\",\"Catch\":[{\"ErrorEquals\":[\"E\"],\"Next\":\"D\"}]}}"
    "}";

static void draw_both(Arena *arena, Buffer *out)
{
    Json  *value;
    Error *error = json_parse(arena, str_from_c(both_json), NULL, &value);
    error_free(error);
    if (error) return;
    graph_write_svg(arena, value, out);
    graph_write_mermaid(arena, value, out);
}

TEST(test_graph_survives_any_failed_allocation)
{
    volatile bool done = false;
    for (volatile uint64_t nth = 1; !done; nth++) {
        static Buffer out;
        Arena         arena;
        MemoryGuard   guard;
        arena_init(&arena, 64);
        buffer_init(&out);
        memory_fail_nth(nth, nth % 2);
        if (MEMORY_GUARD_ENTER(&guard)) {
            draw_both(&arena, &out);
            memory_fail_nth(0, false);
            memory_guard_leave(&guard);
            done = !out.failed && str_ends_with(buffer_str(&out), STR("stroke:#cf3b30\n"));
        }
        memory_fail_nth(0, false);
        buffer_done(&out);
        arena_done(&arena);
    }
}
