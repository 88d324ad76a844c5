/* compile_map.c -- Map states, of both modes: what reads, selects, batches and writes.
 *
 * Iterator and Parameters are the older names of ItemProcessor and ItemSelector, and mean the same. */
#include "asl/compile.h"

static const struct {
    Str           name;
    AslItemFormat format;
} FORMATS[] = {
    { STR_CONST("JSON"), ASL_ITEMS_JSON },         { STR_CONST("JSONL"), ASL_ITEMS_JSONL },
    { STR_CONST("CSV"), ASL_ITEMS_CSV },           { STR_CONST("MANIFEST"), ASL_ITEMS_MANIFEST },
    { STR_CONST("PARQUET"), ASL_ITEMS_PARQUET },
};

static const struct {
    Str name;
    Str delimiter;
} DELIMITERS[] = {
    { STR_CONST("COMMA"), STR_CONST(",") }, { STR_CONST("PIPE"), STR_CONST("|") },  { STR_CONST("SEMICOLON"), STR_CONST(";") },
    { STR_CONST("SPACE"), STR_CONST(" ") }, { STR_CONST("TAB"), STR_CONST("\t") },
};

/* Parameters in the JSONPath language, Arguments in JSONata. */
static Error *compile_arguments(AslCompiler *compiler, const Json *from, AslPayload *out)
{
    const char *name = compiler->state->jsonata ? "Arguments" : "Parameters";
    return asl_compile_payload(compiler, json_get(from, str_from_c(name)), name, out);
}

static Error *compile_reader(AslCompiler *compiler, const Json *from, AslReaderDef *reader)
{
    if (!from) return NULL;
    reader->present = true;
    reader->resource = json_get_str(from, STR("Resource"));
    TRY(compile_arguments(compiler, from, &reader->arguments));
    const Json *config = json_get(from, STR("ReaderConfig"));
    Str         input_type = json_get_str(config, STR("InputType"));
    reader->format = str_ends_with(reader->resource, STR(":listObjectsV2")) ? ASL_ITEMS_LIST : ASL_ITEMS_JSON;
    for (size_t i = 0; i < sizeof FORMATS / sizeof FORMATS[0]; i++)
        if (str_equal(input_type, FORMATS[i].name)) reader->format = FORMATS[i].format;
    reader->delimiter = STR(",");
    Str delimiter = json_get_str(config, STR("CSVDelimiter"));
    for (size_t i = 0; i < sizeof DELIMITERS / sizeof DELIMITERS[0]; i++)
        if (str_equal(delimiter, DELIMITERS[i].name)) reader->delimiter = DELIMITERS[i].delimiter;
    reader->headers_given = str_equal(json_get_str(config, STR("CSVHeaderLocation")), STR("GIVEN"));
    const Json *headers = json_get(config, STR("CSVHeaders"));
    if (headers) TRY(asl_compile_texts(compiler, headers, "CSVHeaders", &reader->headers, &reader->header_count));
    reader->items_pointer = json_get_str(config, STR("ItemsPointer"));
    reader->transformation = json_get_str(config, STR("Transformation"));
    reader->manifest_type = json_get_str(config, STR("ManifestType"));
    return asl_compile_field(compiler, config, "MaxItems", &reader->max_items);
}

static Error *compile_batcher(AslCompiler *compiler, const Json *from, AslMapDef *map)
{
    if (!from) return NULL;
    map->batched = true;
    TRY(asl_compile_field(compiler, from, "MaxItemsPerBatch", &map->batch_items));
    TRY(asl_compile_field(compiler, from, "MaxInputBytesPerBatch", &map->batch_bytes));
    return asl_compile_payload(compiler, json_get(from, STR("BatchInput")), "BatchInput", &map->batch_input);
}

static Error *compile_writer(AslCompiler *compiler, const Json *from, AslMapDef *map)
{
    if (!from) return NULL;
    map->writer = true;
    map->writer_resource = json_get_str(from, STR("Resource"));
    map->writer_config = json_get(from, STR("WriterConfig"));
    return compile_arguments(compiler, from, &map->writer_arguments);
}

/* Where the items are and what is made of each. */
static Error *compile_items(AslCompiler *compiler, const Json *from, AslMapDef *map)
{
    const Json *selector = json_get(from, STR("ItemSelector"));
    if (compiler->state->jsonata) {
        TRY(asl_compile_payload(compiler, json_get(from, STR("Items")), "Items", &map->items));
    } else {
        TRY(asl_compile_path_field(compiler, from, "ItemsPath", &map->items_path));
        if (!selector) selector = json_get(from, STR("Parameters"));
    }
    TRY(asl_compile_payload(compiler, selector, "ItemSelector", &map->selector));
    TRY(asl_compile_field(compiler, from, "MaxConcurrency", &map->concurrency));
    TRY(asl_compile_field(compiler, from, "ToleratedFailureCount", &map->tolerated_count));
    return asl_compile_field(compiler, from, "ToleratedFailurePercentage", &map->tolerated_percentage);
}

Error *asl_compile_map(AslCompiler *compiler, const Json *from)
{
    AslStateDef *state = compiler->state;
    AslMapDef   *map = NEW(compiler->arena, AslMapDef);
    const Json  *processor = json_get(from, STR("ItemProcessor"));
    if (!processor) processor = json_get(from, STR("Iterator"));
    if (!processor) return asl_compile_bad(compiler, "ItemProcessor");
    const Json *config = json_get(processor, STR("ProcessorConfig"));
    map->distributed = str_equal(json_get_str(config, STR("Mode")), STR("DISTRIBUTED"));
    map->express_children = str_equal(json_get_str(config, STR("ExecutionType")), STR("EXPRESS"));
    map->label = json_get_str(from, STR("Label"));
    TRY(compile_items(compiler, from, map));
    TRY(compile_reader(compiler, json_get(from, STR("ItemReader")), &map->reader));
    TRY(compile_batcher(compiler, json_get(from, STR("ItemBatcher")), map));
    TRY(compile_writer(compiler, json_get(from, STR("ResultWriter")), map));
    state->map = map;
    TRY(asl_compile_block(compiler, processor, &map->processor));
    compiler->state = state;
    return NULL;
}
