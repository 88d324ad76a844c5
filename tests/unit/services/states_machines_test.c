/* states_machines_test.c -- state machines: create, update, delete, describe, list. */
#include "services/states/states.h"
#include "services/states/states_limits.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

#define ARN  "arn:aws:states:us-east-1:000000000000:stateMachine:"
#define ROLE "arn:aws:iam::000000000000:role/r"
#define PASS "{\\'StartAt\\': \\'A\\', \\'States\\': {\\'A\\': {\\'Type\\': \\'Pass\\', \\'End\\': true}}}"
#define WAIT \
    "{\\'StartAt\\': \\'B\\', \\'States\\': {\\'B\\': {\\'Type\\': \\'Wait\\', \\'Seconds\\': 1, \\'End\\': true}}}"
#define PASS_TEXT "{\"StartAt\": \"A\", \"States\": {\"A\": {\"Type\": \"Pass\", \"End\": true}}}"
#define LOGS(number) \
    "{'cloudWatchLogsLogGroup': {'logGroupArn': 'arn:aws:logs:us-east-1:000000000000:log-group:g" number ":*'}}"

/* Creates a machine with more members, or without. */
static Json *create(Bed *bed, const char *name, const char *more)
{
    return bed_call(bed, "CreateStateMachine", "{'name': '%s', 'definition': '" PASS "', 'roleArn': '" ROLE "'%s%s}",
                    name, *more ? ", " : "", more);
}

static Json *describe(Bed *bed, const char *name)
{
    return bed_call(bed, "DescribeStateMachine", "{'stateMachineArn': '" ARN "%s'}", name);
}

TEST(test_states_create_and_describe)
{
    Bed bed;
    bed_open(&bed, &states_service, 1);
    Json *created = create(&bed, "m", "");
    CHECK_TEXT(created, "stateMachineArn", ARN "m");
    CHECK_TEXT(created, "creationDate", "1767225600");
    CHECK_TEXT(created, "stateMachineVersionArn", "(none)");
    for (int life = 0; life < 2; life++) {
        Json *told = describe(&bed, "m");
        CHECK_INT(told->count, 9);
        CHECK_TEXT(told, "stateMachineArn", ARN "m");
        CHECK_TEXT(told, "name", "m");
        CHECK_TEXT(told, "status", "ACTIVE");
        CHECK_TEXT(told, "definition", PASS_TEXT);
        CHECK_TEXT(told, "roleArn", ROLE);
        CHECK_TEXT(told, "type", "STANDARD");
        CHECK_TEXT(told, "creationDate", "1767225600");
        CHECK_TEXT(told, "loggingConfiguration", "{\"level\":\"OFF\",\"includeExecutionData\":false}");
        CHECK_TEXT(told, "tracingConfiguration", "{\"enabled\":false}");
        bed_restart(&bed, true);
    }
    Json *bare =
        bed_call(&bed, "DescribeStateMachine", "{'stateMachineArn': '" ARN "m', 'includedData': 'METADATA_ONLY'}");
    CHECK_TEXT(bare, "definition", "{}");
    bed_close(&bed);
}

TEST(test_states_create_again)
{
    Bed bed;
    bed_open(&bed, &states_service, 2);
    CHECK(create(&bed, "m", "'tags': [{'key': 'k', 'value': 'v'}]"));
    bed_advance(&bed, DURATION_MINUTE);
    /* a twin: the role and the tags do not count, and do not change */
    CHECK_TEXT(create(&bed, "m", ""), "creationDate", "1767225600");
    CHECK(create(&bed, "m", "'roleArn': 'arn:aws:iam::000000000000:role/other', 'tags': []"));
    CHECK(create(&bed, "m", "'loggingConfiguration': {'level': 'OFF'}, 'tracingConfiguration': {'enabled': false}"));
    CHECK(create(&bed, "m", "'encryptionConfiguration': {'type': 'AWS_OWNED_KEY'}, 'publish': false"));
    CHECK_TEXT(describe(&bed, "m"), "roleArn", ROLE);
    static const char *const others[] = {
        "'definition': '" WAIT "'",
        "'type': 'EXPRESS'",
        "'loggingConfiguration': {'includeExecutionData': true}",
        "'tracingConfiguration': {'enabled': true}",
        "'encryptionConfiguration': {'type': 'CUSTOMER_MANAGED_KMS_KEY', 'kmsKeyId': 'k'}",
        "'publish': true",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        create(&bed, "m", others[i]);
        CHECK_REFUSED(&bed, "StateMachineAlreadyExists", "State Machine Already Exists: '" ARN "m'");
    }
    /* publishing counts, and the description with it */
    CHECK_TEXT(create(&bed, "p", "'publish': true, 'versionDescription': 'd'"), "stateMachineVersionArn", ARN "p:1");
    CHECK_TEXT(create(&bed, "p", "'publish': true, 'versionDescription': 'd'"), "stateMachineVersionArn", ARN "p:1");
    create(&bed, "p", "'publish': true, 'versionDescription': 'e'");
    CHECK_REFUSED(&bed, "StateMachineAlreadyExists", "");
    create(&bed, "p", "");
    CHECK_REFUSED(&bed, "StateMachineAlreadyExists", "");
    bed_close(&bed);
}

TEST(test_states_machine_names)
{
    Bed bed;
    bed_open(&bed, &states_service, 3);
    static const char *const bad[] = { "a b",       "a<b",           "a>b",   "a{b",       "a}b",       "a[b",
                                       "a]b",       "a?b",           "a*b",   "a#b",       "a%b",       "a^b",
                                       "a|b",       "a~b",           "a`b",   "a$b",       "a&b",       "a,b",
                                       "a;b",       "a:b",           "a/b",   "a\\u0000b", "a\\u001fb", "a\\u007fb",
                                       "a\xc2\x85", "a\xef\xbf\xbe", "a\\\\b" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        create(&bed, bad[i], "");
        CHECK_REFUSED(&bed, "InvalidName", "Invalid Name: 'a");
    }
    CHECK(create(&bed, "caf\xc3\xa9-1_2.3", ""));
    CHECK(create(&bed, "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh", ""));
    create(&bed, "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhi", "");
    CHECK_REFUSED(
        &bed, "ValidationException",
        "1 validation error detected: Value "
        "'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhi' at 'name' failed to "
        "satisfy constraint: Member must have length less than or equal to 80");
    bed_close(&bed);
}

TEST(test_states_create_refusals)
{
    Bed bed;
    bed_open(&bed, &states_service, 4);
    bed_call(&bed, "CreateStateMachine", "{'name': '', 'definition': '', 'type': 'FAST'}");
    CHECK_REFUSED(
        &bed, "ValidationException",
        "4 validation errors detected: Value '' at 'name' failed to satisfy constraint: Member must have length "
        "greater than or equal to 1; Value at 'definition' failed to satisfy constraint: Member must have "
        "length greater than or equal to 1; Value null at 'roleArn' failed to satisfy constraint: Member must "
        "not be null; Value 'FAST' at 'type' failed to satisfy constraint: Member must satisfy enum value set: "
        "[STANDARD, EXPRESS]");
    create(&bed, "m", "'loggingConfiguration': {'level': 'SOME'}");
    CHECK_REFUSED(&bed, "ValidationException", "Value 'SOME' at 'loggingConfiguration.level' failed");
    create(&bed, "m", "'tags': [{'key': 'k'}, {'key': ''}]");
    CHECK_REFUSED(&bed, "ValidationException", "Value '' at 'tags.2.member.key' failed");
    create(&bed, "m", "'versionDescription': 'd'");
    CHECK_REFUSED(&bed, "ValidationException", "Version description can only be set when publish is true");
    static const char *const roles[] = { "r",
                                         "arn:aws:iam::1:role/r",
                                         "arn:aws:iam::000000000000:user/u",
                                         "arn:aws:iam::000000000000:role/",
                                         "arn:aws:s3::000000000000:role/r",
                                         "arn:aws:iam:us-east-1:000000000000:role/r" };
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        bed_call(&bed, "CreateStateMachine", "{'name': 'm', 'definition': '" PASS "', 'roleArn': '%s'}", roles[i]);
        CHECK_REFUSED(&bed, "InvalidArn", "Invalid Role Arn: '");
    }
    create(&bed, "m", "'definition': '{}'");
    CHECK_REFUSED(&bed, "InvalidDefinition",
                  "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States, "
                  "StartAt] at /'");
    bed.caller.region = STR("a-region-with-a-name-that-is-much-too-long-to-be-the-name-of-any-region");
    create(&bed, "m", "");
    CHECK_REFUSED(&bed, "ValidationException", "The name of the region is too long.");
    bed.caller.region = STR("us-east-1");
    CHECK_TEXT(bed_call(&bed, "ListStateMachines", "{}"), "stateMachines", "[]");
    bed_close(&bed);
}

TEST(test_states_definition_limit)
{
    Bed bed;
    bed_open(&bed, &states_service, 5);
    char *filler = arena_alloc_bytes(&bed.arena, STATES_DEFINITION_MAX + 1);
    memset(filler, ' ', STATES_DEFINITION_MAX);
    filler[STATES_DEFINITION_MAX] = 0;
    int room = STATES_DEFINITION_MAX - (int)sizeof PASS_TEXT + 1;
    create(&bed, "m", "");
    bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m', 'definition': '" PASS "%.*s'}", room + 1,
             filler);
    CHECK_REFUSED(
        &bed, "ValidationException",
        "Value at 'definition' failed to satisfy constraint: Member must have length less than or equal to 1048576");
    CHECK(bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m', 'definition': '" PASS "%.*s'}", room,
                   filler));
    bed_restart(&bed, true);
    CHECK_INT((int64_t)json_get_str(describe(&bed, "m"), STR("definition")).length, STATES_DEFINITION_MAX);
    bed_close(&bed);
}

TEST(test_states_logging)
{
    Bed bed;
    bed_open(&bed, &states_service, 6);
    static const char *const bad[] = { "{'level': 'ALL'}", "{'level': 'ERROR', 'destinations': []}",
                                       "{'level': 'OFF', 'destinations': [" LOGS("1") ", " LOGS("2") "]}",
                                       "{'level': 'ALL', 'destinations': [" LOGS("1") ", " LOGS("2") "]}" };
    char                     more[512];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(more, sizeof more, "'loggingConfiguration': %s", bad[i]);
        create(&bed, "m", more);
        CHECK_REFUSED(&bed, "InvalidLoggingConfiguration",
                      "Invalid Logging Configuration: Must specify exactly one Log Destination.");
    }
    create(&bed, "m", "'loggingConfiguration': {'level': 'ALL', 'destinations': [{}]}");
    CHECK_REFUSED(&bed, "InvalidLoggingConfiguration", "Log Destination is not the ARN of a log group");
    static const char *const levels[] = { "ALL", "ERROR", "FATAL", "OFF" };
    for (size_t i = 0; i < 4; i++) {
        snprintf(
            more, sizeof more,
            "'loggingConfiguration': {'level': '%s', 'includeExecutionData': true, 'destinations': [" LOGS("1") "]}",
            levels[i]);
        CHECK(create(&bed, levels[i], more));
        Json *logging = json_get(describe(&bed, levels[i]), STR("loggingConfiguration"));
        CHECK_TEXT(logging, "level", levels[i]);
        CHECK_TEXT(logging, "includeExecutionData", "true");
        CHECK_TEXT(logging, "destinations.0.cloudWatchLogsLogGroup.logGroupArn",
                   "arn:aws:logs:us-east-1:000000000000:log-group:g1:*");
    }
    bed_close(&bed);
}

TEST(test_states_encryption)
{
    Bed bed;
    bed_open(&bed, &states_service, 7);
    static const char *const bad[] = { "{'type': 'AWS_OWNED_KEY', 'kmsKeyId': 'k'}",
                                       "{'type': 'AWS_OWNED_KEY', 'kmsDataKeyReusePeriodSeconds': 60}",
                                       "{'type': 'CUSTOMER_MANAGED_KMS_KEY'}" };
    char                     more[256];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(more, sizeof more, "'encryptionConfiguration': %s", bad[i]);
        create(&bed, "m", more);
        CHECK_REFUSED(&bed, "InvalidEncryptionConfiguration", "Invalid Encryption Configuration: ");
    }
    create(&bed, "m",
           "'encryptionConfiguration': {'kmsKeyId': 'k', 'type': 'CUSTOMER_MANAGED_KMS_KEY', "
           "'kmsDataKeyReusePeriodSeconds': 901}");
    CHECK_REFUSED(&bed, "ValidationException",
                  "Value '901' at 'encryptionConfiguration.kmsDataKeyReusePeriodSeconds' failed to satisfy constraint: "
                  "Member must have value less than or equal to 900");
    create(&bed, "m", "'encryptionConfiguration': {}");
    CHECK_REFUSED(&bed, "ValidationException", "Value null at 'encryptionConfiguration.type' failed");
    CHECK(create(&bed, "m", "'encryptionConfiguration': {'kmsKeyId': 'k', 'type': 'CUSTOMER_MANAGED_KMS_KEY'}"));
    CHECK_TEXT(describe(&bed, "m"), "encryptionConfiguration",
               "{\"type\":\"CUSTOMER_MANAGED_KMS_KEY\",\"kmsKeyId\":\"k\",\"kmsDataKeyReusePeriodSeconds\":300}");
    CHECK(create(&bed, "o", "'encryptionConfiguration': {'type': 'AWS_OWNED_KEY'}"));
    CHECK_TEXT(describe(&bed, "o"), "encryptionConfiguration", "{\"type\":\"AWS_OWNED_KEY\"}");
    bed_close(&bed);
}

TEST(test_states_update)
{
    Bed  bed;
    char first[64], second[64];
    bed_open(&bed, &states_service, 8);
    create(&bed, "m", "");
    CHECK_TEXT(describe(&bed, "m"), "revisionId", "(none)");
    bed_advance(&bed, DURATION_MINUTE);
    /* nothing that differs: no revision, so none is named */
    Json *same = bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m', 'definition': '" PASS "'}");
    CHECK_INT(same->count, 1);
    CHECK_TEXT(same, "updateDate", "1767225660");
    Json *changed = bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m', 'definition': '" WAIT "'}");
    snprintf(first, sizeof first, "%.*s", STR_ARG(bed_text(changed, "revisionId")));
    CHECK_INT((int64_t)strlen(first), 36);
    CHECK_TEXT(describe(&bed, "m"), "revisionId", first);
    CHECK_TEXT(describe(&bed, "m"), "creationDate", "1767225600");
    CHECK_TEXT(describe(&bed, "m"), "roleArn", ROLE);
    changed = bed_call(&bed, "UpdateStateMachine",
                       "{'stateMachineArn': '" ARN "m', 'roleArn': 'arn:aws:iam::000000000000:role/other', "
                       "'tracingConfiguration': {'enabled': true}}");
    snprintf(second, sizeof second, "%.*s", STR_ARG(bed_text(changed, "revisionId")));
    CHECK(strcmp(first, second) != 0);
    bed_restart(&bed, true);
    Json *told = describe(&bed, "m");
    CHECK_TEXT(told, "revisionId", second);
    CHECK_TEXT(told, "roleArn", "arn:aws:iam::000000000000:role/other");
    CHECK_TEXT(told, "tracingConfiguration.enabled", "true");
    CHECK(str_find(bed_text(told, "definition"), STR("Wait"), &(size_t){ 0 }));
    /* the same again is the revision that there is */
    same = bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m', 'definition': '" WAIT "'}");
    CHECK_TEXT(same, "revisionId", second);
    bed_close(&bed);
}

TEST(test_states_update_refusals)
{
    Bed bed;
    bed_open(&bed, &states_service, 9);
    create(&bed, "m", "'publish': true");
    bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m', 'publish': true}");
    CHECK_REFUSED(&bed, "MissingRequiredParameter",
                  "Either the definition, the role ARN, the LoggingConfiguration, or");
    bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "n', 'roleArn': '" ROLE "'}");
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "State Machine Does Not Exist: '" ARN "n'");
    bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m:1', 'roleArn': '" ROLE "'}");
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "State Machine Does Not Exist: '" ARN "m:1'");
    bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m/label', 'roleArn': '" ROLE "'}");
    CHECK_REFUSED(&bed, "ValidationException", "Distributed Map");
    bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m', 'roleArn': 'r'}");
    CHECK_REFUSED(&bed, "InvalidArn", "Invalid Role Arn: 'r'");
    bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m', 'definition': 'no'}");
    CHECK_REFUSED(&bed, "InvalidDefinition", "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: ");
    bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m', 'loggingConfiguration': {'level': 'ALL'}}");
    CHECK_REFUSED(&bed, "InvalidLoggingConfiguration", "Must specify exactly one Log Destination.");
    bed_call(&bed, "UpdateStateMachine",
             "{'stateMachineArn': '" ARN "m', 'roleArn': '" ROLE "', 'versionDescription': 'd'}");
    CHECK_REFUSED(&bed, "ValidationException", "Version description can only be set when publish is true");
    CHECK_TEXT(describe(&bed, "m"), "revisionId", "(none)");
    bed_close(&bed);
}

TEST(test_states_delete)
{
    Bed bed;
    bed_open(&bed, &states_service, 10);
    create(&bed, "m", "'publish': true, 'tags': [{'key': 'k', 'value': 'v'}]");
    CHECK(bed_call(&bed, "CreateStateMachineAlias",
                   "{'name': 'A', 'routingConfiguration': [{'stateMachineVersionArn': '" ARN "m:1', 'weight': 100}]}"));
    bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "m:1'}");
    CHECK_REFUSED(&bed, "ValidationException", "a version or an alias");
    bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "m/label'}");
    CHECK_REFUSED(&bed, "ValidationException", "Distributed Map");
    CHECK(bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "other'}"));
    CHECK(describe(&bed, "m"));
    CHECK(bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "m'}"));
    CHECK(bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "m'}"));
    for (int life = 0; life < 2; life++) {
        static const char *const arns[] = { "m", "m:1", "m:A" };
        for (size_t i = 0; i < 3; i++) {
            describe(&bed, arns[i]);
            CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "State Machine Does Not Exist: '" ARN "m");
        }
        bed_restart(&bed, true);
    }
    /* another one of that name has nothing of the first */
    CHECK(create(&bed, "m", "'publish': true"));
    CHECK(!describe(&bed, "m:A"));
    CHECK_TEXT(describe(&bed, "m:1"), "stateMachineArn", ARN "m:1");
    CHECK_TEXT(bed_call(&bed, "ListTagsForResource", "{'resourceArn': '" ARN "m'}"), "tags", "[]");
    bed_close(&bed);
}

TEST(test_states_arns)
{
    Bed bed;
    bed_open(&bed, &states_service, 11);
    create(&bed, "m", "");
    static const struct {
        const char *arn, *words;
    } bad[] = {
        { "invalid", "Invalid Arn: 'Invalid ARN prefix: invalid'" },
        { "arn:x:states:us-east-1:000000000000:stateMachine:m", "Invalid Arn: 'Invalid ARN prefix: arn:x" },
        { "arn:aws:sqs:us-east-1:000000000000:stateMachine:m", "Invalid Arn: 'Invalid ARN service: arn:aws:sqs" },
        { "arn:aws:states:us-east-1:000000000000:activity:m",
          "Invalid Arn: 'Resource type not valid in this context: activity'" },
        { "arn:aws:states:us-east-1:1:stateMachine:m", "Invalid Arn: 'Invalid ARN: arn:aws" },
        { "arn:aws:states:us-east-1:000000000000:stateMachine", "Invalid Arn: 'Invalid ARN: arn:aws" },
        { ARN "m:", "Invalid Arn: 'Invalid ARN: arn:aws" },
        { ARN "m/", "Invalid Arn: 'Invalid ARN: arn:aws" },
        { ARN "a b", "Invalid Arn: 'Invalid ARN: arn:aws" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bed_call(&bed, "DescribeStateMachine", "{'stateMachineArn': '%s'}", bad[i].arn);
        CHECK_REFUSED(&bed, "InvalidArn", bad[i].words);
    }
    static const char *const unknown[] = { "n", "m:1", "m:0", "m:01", "m:A", "m:99999999999999999999999", "m:A:B" };
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        describe(&bed, unknown[i]);
        CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "State Machine Does Not Exist: '" ARN);
    }
    describe(&bed, "m/label");
    CHECK_REFUSED(&bed, "ValidationException", "Distributed Map");
    /* another region has other machines; an ARN says whose account it is */
    bed.caller.region = STR("eu-west-1");
    describe(&bed, "m");
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "");
    CHECK_TEXT(create(&bed, "m", "'type': 'EXPRESS'"), "stateMachineArn",
               "arn:aws:states:eu-west-1:000000000000:stateMachine:m");
    bed.caller.region = STR("us-east-1");
    bed.caller.account = STR("111111111111");
    CHECK_TEXT(describe(&bed, "m"), "type", "STANDARD");
    bed.caller.region = STR("cn-north-1");
    CHECK_TEXT(create(&bed, "m", ""), "stateMachineArn", "arn:aws-cn:states:cn-north-1:111111111111:stateMachine:m");
    bed_close(&bed);
}

TEST(test_states_list)
{
    Bed  bed;
    char token[600];
    bed_open(&bed, &states_service, 12);
    for (int i = 0; i < 105; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%03d", i);
        CHECK(create(&bed, name, i % 2 ? "'type': 'EXPRESS'" : ""));
    }
    Json *page = bed_call(&bed, "ListStateMachines", "{}");
    CHECK_INT(json_get(page, STR("stateMachines"))->count, 100);
    CHECK_TEXT(page, "stateMachines.1",
               "{\"stateMachineArn\":\"" ARN
               "m001\",\"name\":\"m001\",\"type\":\"EXPRESS\",\"creationDate\":1767225600}");
    snprintf(token, sizeof token, "%.*s", STR_ARG(bed_text(page, "nextToken")));
    bed_restart(&bed, true);
    page = bed_call(&bed, "ListStateMachines", "{'nextToken': '%s', 'maxResults': 3}", token);
    CHECK_TEXT(page, "stateMachines.0.name", "m100");
    CHECK_TEXT(page, "stateMachines.2.name", "m102");
    page = bed_call(&bed, "ListStateMachines", "{'nextToken': '%s', 'maxResults': 0}", token);
    CHECK_INT(json_get(page, STR("stateMachines"))->count, 5);
    CHECK_TEXT(page, "nextToken", "(none)");
    /* a page that is exactly full has no next one */
    page = bed_call(&bed, "ListStateMachines", "{'maxResults': 105}");
    CHECK_TEXT(page, "nextToken", "(none)");
    bed_call(&bed, "ListStateMachines", "{'maxResults': 1001}");
    CHECK_REFUSED(&bed, "ValidationException",
                  "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must "
                  "have value less than or equal to 1000");
    bed_call(&bed, "ListStateMachines", "{'maxResults': -1}");
    CHECK_REFUSED(&bed, "ValidationException", "Member must have value greater than or equal to 0");
    /* tokens: made up, changed, of another list, of another account, of yesterday */
    bed_call(&bed, "ListStateMachines", "{'nextToken': 'InvalidToken'}");
    CHECK_REFUSED(&bed, "InvalidToken", "Invalid Token: 'Invalid token'");
    bed_call(&bed, "ListStateMachines", "{'nextToken': 'AAAA%s'}", token);
    CHECK_REFUSED(&bed, "InvalidToken", "");
    bed_call(&bed, "ListActivities", "{'nextToken': '%s'}", token);
    CHECK_REFUSED(&bed, "InvalidToken", "");
    bed.caller.account = STR("111111111111");
    bed_call(&bed, "ListStateMachines", "{'nextToken': '%s'}", token);
    CHECK_REFUSED(&bed, "InvalidToken", "");
    CHECK_TEXT(bed_call(&bed, "ListStateMachines", "{}"), "stateMachines", "[]");
    bed.caller.account = STR("000000000000");
    bed_advance(&bed, STATES_TOKEN_LIFE - 1);
    CHECK(bed_call(&bed, "ListStateMachines", "{'nextToken': '%s'}", token));
    bed_advance(&bed, 1);
    bed_call(&bed, "ListStateMachines", "{'nextToken': '%s'}", token);
    CHECK_REFUSED(&bed, "InvalidToken", "");
    bed_close(&bed);
}

TEST(test_states_validate)
{
    Bed bed;
    bed_open(&bed, &states_service, 13);
    CHECK_TEXT(bed_call(&bed, "ValidateStateMachineDefinition", "{'definition': '" PASS "'}"), "result", "OK");
    Json *failed = bed_call(&bed, "ValidateStateMachineDefinition", "{'definition': '{}'}");
    CHECK_TEXT(failed, "result", "FAIL");
    CHECK_TEXT(failed, "truncated", "false");
    CHECK_TEXT(
        failed, "diagnostics",
        "[{\"severity\":\"ERROR\",\"code\":\"SCHEMA_VALIDATION_FAILED\",\"message\":\"These fields are required: "
        "[States, StartAt]\",\"location\":\"/\"}]");
    const char *many = "{\\'StartAt\\': \\'A\\', \\'States\\': {\\'A\\': {\\'Type\\': \\'No\\'}, \\'B\\': {\\'Type\\': "
                       "\\'No\\'}}}";
    Json *all = bed_call(&bed, "ValidateStateMachineDefinition", "{'definition': '%s', 'severity': 'WARNING'}", many);
    CHECK(json_get(all, STR("diagnostics"))->count > 1);
    CHECK_TEXT(all, "truncated", "false");
    Json *one = bed_call(&bed, "ValidateStateMachineDefinition", "{'definition': '%s', 'maxResults': 1}", many);
    CHECK_INT(json_get(one, STR("diagnostics"))->count, 1);
    CHECK_TEXT(one, "truncated", "true");
    bed_call(&bed, "ValidateStateMachineDefinition", "{'definition': '{}', 'maxResults': 101}");
    CHECK_REFUSED(&bed, "ValidationException", "Member must have value less than or equal to 100");
    bed_call(&bed, "ValidateStateMachineDefinition", "{'definition': '{}', 'severity': 'INFO'}");
    CHECK_REFUSED(&bed, "ValidationException", "Member must satisfy enum value set: [ERROR, WARNING]");
    /* what an express machine may not do */
    const char *task = "{\\'StartAt\\': \\'A\\', \\'States\\': {\\'A\\': {\\'Type\\': \\'Task\\', \\'End\\': true, "
                       "\\'Resource\\': \\'arn:aws:states:::states:startExecution.sync\\', \\'Parameters\\': "
                       "{\\'StateMachineArn\\': \\'" ARN "m\\'}}}}";
    CHECK_TEXT(bed_call(&bed, "ValidateStateMachineDefinition", "{'definition': '%s'}", task), "result", "OK");
    CHECK_TEXT(bed_call(&bed, "ValidateStateMachineDefinition", "{'definition': '%s', 'type': 'EXPRESS'}", task),
               "result", "FAIL");
    bed_close(&bed);
}

static void check_references(Bed *bed, const char *states, const char *expected)
{
    static int number;
    char       name[16];
    snprintf(name, sizeof name, "v%d", number++);
    bed_call(bed, "CreateStateMachine",
             "{'name': '%s', 'roleArn': '" ROLE "', 'definition': '{\\'StartAt\\': \\'A\\', %s}'}", name, states);
    CHECK_TEXT(describe(bed, name), "variableReferences", expected);
}

TEST(test_states_variable_references)
{
    Bed bed;
    bed_open(&bed, &states_service, 14);
    check_references(&bed, "\\'States\\': {\\'A\\': {\\'Type\\': \\'Pass\\', \\'End\\': true}}", "(none)");
    check_references(
        &bed,
        "\\'States\\': {\\'A\\': {\\'Type\\': \\'Pass\\', \\'Next\\': \\'B\\', \\'Assign\\': {\\'b\\': 1, "
        "\\'a\\': 2}}, \\'B\\': {\\'Type\\': \\'Pass\\', \\'InputPath\\': \\'$b\\', \\'OutputPath\\': \\'$a.x\\', "
        "\\'Result\\': {\\'InputPath\\': \\'$c\\'}, \\'ResultPath\\': \\'$.d\\', \\'Next\\': \\'C\\'}, \\'C\\': "
        "{\\'Type\\': \\'Pass\\', \\'End\\': true, \\'Parameters\\': {\\'x.$\\': \\'States.Format(\\u0027{} "
        "$no\\u0027, $b, $$.Execution.Id, $.a)\\', \\'y\\': \\'$a\\'}}}",
        "{\"B\":[\"a\",\"b\"],\"C\":[\"b\"]}");
    check_references(
        &bed,
        "\\'QueryLanguage\\': \\'JSONata\\', \\'States\\': {\\'A\\': {\\'Type\\': \\'Pass\\', \\'Assign\\': "
        "{\\'n\\': 1}, \\'Next\\': \\'B\\'}, \\'B\\': {\\'Type\\': \\'Pass\\', \\'End\\': true, \\'Output\\': "
        "{\\'s\\': [\\'{% $sum([$n, $states.input.x]) %}\\', \\'$m\\'], \\'t\\': \\'{% ($k := 1; $k + "
        "$map([1], function($v) { $v })) %}\\'}}}",
        "{\"B\":[\"n\"]}");
    check_references(
        &bed,
        "\\'States\\': {\\'A\\': {\\'Type\\': \\'Pass\\', \\'Assign\\': {\\'n\\': 1}, \\'Next\\': \\'P\\'}, "
        "\\'P\\': {\\'Type\\': \\'Parallel\\', \\'End\\': true, \\'Branches\\': [{\\'StartAt\\': \\'I\\', "
        "\\'States\\': {\\'I\\': {\\'Type\\': \\'Choice\\', \\'Choices\\': [{\\'And\\': [{\\'Variable\\': "
        "\\'$n\\', \\'IsPresent\\': true}], \\'Next\\': \\'J\\'}], \\'Default\\': \\'J\\'}, \\'J\\': {\\'Type\\': "
        "\\'Succeed\\'}}}]}}",
        "{\"I\":[\"n\"]}");
    bed_close(&bed);
}
