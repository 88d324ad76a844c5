/* test_state_test.c -- TestState: what it refuses, what it shows, and what it leaves to its caller. */
#include "play/result_shapes.h"
#include "play/test_state.h"
#include "tests/unit/play/stage.h"

static TestStateReply call(Stage *stage, const char *parameters)
{
    TestStateRequest request;
    TestStateReply   reply = { 0 };
    Json            *json;
    if (!CHECK_OK(json_parse(&stage->arena, stage_quoted(stage, parameters), NULL, &json))) return reply;
    if (test_state_read(&stage->arena, json, &request, &reply)) CHECK_OK(test_state(&stage->arena, &request, &reply));
    return reply;
}

static Str member(const TestStateReply *reply, const char *name)
{
    return json_get_str(reply->response, str_from_c(name));
}

#define STATE(text) "'definition':'" text "'"

TEST(test_state_refuses)
{
    static const struct {
        const char *parameters, *code, *words;
    } rows[] = {
        { "{'definition':'x'}", "InvalidDefinition", "Unrecognized token" },
        { "{'definition':1}", "ValidationException", "definition must be a string" },
        { "{'definition':'{}','inspectionLevel':'ALL'}", "ValidationException", "'ALL'" },
        { "{'definition':'{\\'Type\\':\\'Succeed\\'}','input':'{'}", "InvalidExecutionInput", "" },
        { "{'definition':'{\\'Type\\':\\'Succeed\\'}','variables':'1'}", "ValidationException", "Variables" },
        { "{'definition':'{\\'Type\\':\\'Succeed\\'}','mock':{}}", "ValidationException", "one of the following fields" },
        { "{'definition':'{\\'Type\\':\\'Succeed\\'}','stateConfiguration':{'retrierRetryCount':-1}}", "ValidationException", "retrierRetryCount" },
        { "{'definition':'{\\'Type\\':\\'Succeed\\'}','stateConfiguration':{'retrierRetryCount':1}}", "ValidationException", "RetrierRetryCount" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Stage  stage = { 0 };
        size_t at;
        stage_open(&stage);
        TestStateReply reply = call(&stage, rows[i].parameters);
        CHECK_STR(reply.code, str_from_c(rows[i].code));
        if (!CHECK(str_find(reply.message, str_from_c(rows[i].words), &at))) printf("%.*s\n", STR_ARG(reply.message));
        CHECK(!reply.response && !reply.task);
        stage_close(&stage);
    }
}

#define TASK "{\\'Type\\':\\'Task\\',\\'Resource\\':\\'arn:aws:states:::lambda:invoke\\',\\'Parameters\\':{\\'FunctionName\\':\\'f\\'}," \
    "\\'Retry\\':[{\\'ErrorEquals\\':[\\'E\\'],\\'IntervalSeconds\\':2,\\'MaxAttempts\\':3}]," \
    "\\'Catch\\':[{\\'ErrorEquals\\':[\\'States.ALL\\'],\\'Next\\':\\'Help\\'}],\\'ResultSelector\\':{\\'p.$\\':\\'$.Payload\\'},\\'Next\\':\\'On\\'}"
#define MOCK_ERROR(name) "'mock':{'errorOutput':{'error':'" name "','cause':'c'}}"

TEST(test_state_counts_retries_that_were)
{
    static const struct {
        int         count;
        const char *status, *backoff;
    } rows[] = { { 0, "RETRIABLE", "2" }, { 1, "RETRIABLE", "4" }, { 2, "RETRIABLE", "8" }, { 3, "CAUGHT_ERROR", NULL }, { 99, "CAUGHT_ERROR", NULL } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Stage stage = { 0 };
        stage_open(&stage);
        Str text = str_format(&stage.arena, "{" STATE(TASK) ",'inspectionLevel':'DEBUG','stateConfiguration':{'retrierRetryCount':%d}," MOCK_ERROR("E") "}",
                              rows[i].count);
        TestStateReply reply = call(&stage, str_to_c(&stage.arena, text));
        CHECK_STR(member(&reply, "status"), str_from_c(rows[i].status));
        CHECK_STR(member(&reply, "error"), STR("E"));
        const Json *details = json_get(json_get(reply.response, STR("inspectionData")), STR("errorDetails"));
        const Json *backoff = json_get(details, STR("retryBackoffIntervalSeconds"));
        if (rows[i].backoff) CHECK_STR(json_text(&stage.arena, backoff), str_from_c(rows[i].backoff));
        else CHECK_STR(member(&reply, "nextState"), STR("Help"));
        stage_close(&stage);
    }
}

TEST(test_state_names_the_task_and_takes_its_answer)
{
    Stage            stage = { 0 };
    TestStateRequest request = { .retrier_retry_count = -1, .map_iteration_failure_count = -1, .role_arn = STR("arn:aws:iam::000000000000:role/r") };
    TestStateReply   reply;
    stage_open(&stage);
    request.definition = stage_quoted(&stage, "{'Type':'Task','Resource':'arn:aws:states:::sqs:sendMessage.waitForTaskToken',"
                                              "'Parameters':{'QueueUrl':'q','MessageBody':{'t.$':'$$.Task.Token'}},'End':true}");
    CHECK_OK(test_state(&stage.arena, &request, &reply));
    if (CHECK(reply.task && !reply.response)) {
        CHECK_STR(reply.task->api, STR("sendMessage"));
        CHECK(reply.task->token.length > 0);
    }
    PlayAnswer answer = { .result = STR("{\"ok\":1}") };
    request.answer = &answer;
    CHECK_OK(test_state(&stage.arena, &request, &reply));
    CHECK(!reply.task);
    CHECK_STR(member(&reply, "output"), STR("{\"ok\":1}"));
    answer = (PlayAnswer){ .error = STR("E"), .cause = STR("c") };
    CHECK_OK(test_state(&stage.arena, &request, &reply));
    CHECK_STR(member(&reply, "status"), STR("FAILED"));
    CHECK_STR(member(&reply, "cause"), STR("c"));
    stage_close(&stage);
}

TEST(test_state_tells_what_its_own_fields_failed_with)
{
    Stage stage = { 0 };
    stage_open(&stage);
    TestStateReply reply = call(&stage, "{" STATE("{\\'Type\\':\\'Task\\',\\'QueryLanguage\\':\\'JSONata\\',\\'Resource\\':\\'arn:aws:states:::lambda:invoke\\',"
        "\\'Arguments\\':{\\'FunctionName\\':\\'{% $nowhere %}\\'},\\'Catch\\':[{\\'ErrorEquals\\':[\\'States.ALL\\'],\\'Next\\':\\'Help\\'}],\\'End\\':true}")
        ",'mock':{'result':'{}'},'inspectionLevel':'TRACE'}");
    CHECK_STR(member(&reply, "status"), STR("CAUGHT_ERROR"));
    CHECK_STR(member(&reply, "error"), STR("States.QueryEvaluationError"));
    CHECK(str_starts_with(member(&reply, "cause"), STR("The JSONata expression")));
    stage_close(&stage);
}

TEST(test_state_sees_variables)
{
    static const struct {
        const char *state, *status, *output, *next, *variables;
    } rows[] = {
        { "{\\'Type\\':\\'Pass\\',\\'Parameters\\':{\\'a.$\\':\\'$v\\',\\'i.$\\':\\'$$.Execution.Input\\'},\\'Next\\':\\'On\\'}",
          "SUCCEEDED", "{\"a\":[1],\"i\":{\"x\":2}}", "On", "{\"v\":[1],\"w\":null}" },
        { "{\\'Type\\':\\'Pass\\',\\'QueryLanguage\\':\\'JSONata\\',\\'Assign\\':{\\'v\\':\\'{% $v[0] + 1 %}\\'},\\'End\\':true}",
          "SUCCEEDED", "{\"x\":2}", "", "{\"v\":2,\"w\":null}" },
        { "{\\'Type\\':\\'Choice\\',\\'Choices\\':[{\\'Variable\\':\\'$v[0]\\',\\'NumericEquals\\':1,\\'Next\\':\\'StateName\\'}],\\'Default\\':\\'No\\'}",
          "SUCCEEDED", "{\"x\":2}", "StateName", "{\"v\":[1],\"w\":null}" },
        { "{\\'Type\\':\\'Fail\\',\\'QueryLanguage\\':\\'JSONata\\',\\'Error\\':\\'{% $string($v[0]) %}\\'}", "FAILED", NULL, NULL, "{\"v\":[1],\"w\":null}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Stage stage = { 0 };
        stage_open(&stage);
        TestStateReply reply = call(&stage, str_to_c(&stage.arena, str_format(&stage.arena,
            "{'definition':'%s','input':'{\\'x\\':2}','variables':'{\\'v\\':[1],\\'w\\':null}','inspectionLevel':'TRACE'}", rows[i].state)));
        const Json *data = json_get(reply.response, STR("inspectionData"));
        CHECK_STR(member(&reply, "status"), str_from_c(rows[i].status));
        if (rows[i].output) CHECK_STR(member(&reply, "output"), str_from_c(rows[i].output));
        if (rows[i].next) CHECK_STR(member(&reply, "nextState"), str_from_c(rows[i].next));
        CHECK_STR(json_get_str(data, STR("variables")), str_from_c(rows[i].variables));
        CHECK_STR(json_get_str(data, STR("input")), STR("{\"x\":2}"));
        stage_close(&stage);
    }
}

TEST(test_state_waits_in_no_time)
{
    Stage stage = { 0 };
    stage_open(&stage);
    TestStateReply reply = call(&stage, "{" STATE("{\\'Type\\':\\'Wait\\',\\'Seconds\\':100000,\\'Next\\':\\'On\\'}") ",'input':'[1]'}");
    CHECK_STR(member(&reply, "output"), STR("[1]"));
    CHECK_STR(member(&reply, "nextState"), STR("On"));
    stage_close(&stage);
}

TEST(test_state_selects_the_items_of_a_mocked_map)
{
    Stage stage = { 0 };
    stage_open(&stage);
    TestStateReply reply = call(&stage, "{" STATE("{\\'Type\\':\\'Map\\',\\'ItemsPath\\':\\'$.a\\',\\'ItemSelector\\':{\\'x.$\\':\\'$$.Map.Item.Value.missing\\'},"
        "\\'ItemProcessor\\':{\\'ProcessorConfig\\':{\\'Mode\\':\\'DISTRIBUTED\\',\\'ExecutionType\\':\\'STANDARD\\'},\\'StartAt\\':\\'P\\',\\'States\\':{\\'P\\':"
        "{\\'Type\\':\\'Pass\\',\\'End\\':true}}},\\'End\\':true}") ",'input':'{\\'a\\':[1]}','mock':{'result':'[]'}}");
    CHECK_STR(member(&reply, "status"), STR("FAILED"));
    stage_close(&stage);
}

TEST(test_result_shapes_doubt_what_they_know)
{
    static const struct {
        const char *resource, *result, *wrong;
    } rows[] = {
        { "arn:aws:states:::batch:submitJob", "{'JobName':'n'}", "Required field 'JobId' is missing" },
        { "arn:aws:states:::batch:submitJob", "{'JobName':'n','JobId':'i','New':[]}", "" },
        { "arn:aws-cn:states:::sns:publish", "{'MessageId':1}", "Field 'MessageId' must be a string" },
        { "arn:aws:states:::ecs:runTask", "{'Tasks':[{'TaskArn':'a'},{'TaskArn':null},{'TaskArn':2}]}", "Field 'TaskArn' must be a string" },
        { "arn:aws:states:::aws-sdk:s3:listObjectsV2", "{'IsTruncated':'no'}", "Field 'IsTruncated' must be a boolean" },
        { "arn:aws:states:::aws-sdk:lambda:getFunction", "{'Configuration':{'Architectures':['mips']}}", "Field 'Architectures' is not an expected value" },
        { "arn:aws:states:::aws-sdk:lambda:getFunction", "{'Configuration':{'Layers':[{'CodeSize':1}],'Timeout':0}}", "Field 'Timeout' is less than the minimum value" },
        { "arn:aws:states:::dynamodb:getItem", "{'Item':[]}", "Field 'Item' must be an object" },
        { "arn:aws:states:::unknown:thing", "{'X':1}", "" },
        { "arn:aws:lambda:us-east-1:000000000000:function:f", "{'X':1}", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Stage stage = { 0 };
        Json *result;
        stage_open(&stage);
        CHECK_OK(json_parse(&stage.arena, stage_quoted(&stage, rows[i].result), NULL, &result));
        CHECK_STR(result_shapes_check(&stage.arena, str_from_c(rows[i].resource), result, true), str_from_c(rows[i].wrong));
        stage_close(&stage);
    }
}
