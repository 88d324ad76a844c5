/* states_activities_test.c -- activities, and the tags of activities and state machines. */
#include "services/states/states.h"
#include "services/states/states_limits.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

#define ACTIVITY "arn:aws:states:us-east-1:000000000000:activity:"
#define MACHINE  "arn:aws:states:us-east-1:000000000000:stateMachine:"

TEST(test_states_activity_life)
{
    Bed bed;
    bed_open(&bed, &states_service, 1);
    Json *created = bed_call(&bed, "CreateActivity", "{'name': 'a'}");
    CHECK_TEXT(created, "activityArn", ACTIVITY "a");
    CHECK_TEXT(created, "creationDate", "1767225600");
    bed_advance(&bed, DURATION_MINUTE);
    CHECK_TEXT(bed_call(&bed, "CreateActivity", "{'name': 'a', 'tags': [{'key': 'k', 'value': 'v'}]}"), "creationDate",
               "1767225600");
    bed_call(&bed, "CreateActivity",
             "{'name': 'a', 'encryptionConfiguration': {'type': 'CUSTOMER_MANAGED_KMS_KEY', 'kmsKeyId': 'k'}}");
    CHECK_REFUSED(&bed, "ActivityAlreadyExists", "EncryptionConfiguration may not be updated.");
    bed_restart(&bed, true);
    CHECK_STR(json_text(&bed.arena, bed_call(&bed, "DescribeActivity", "{'activityArn': '" ACTIVITY "a'}")),
              STR("{\"activityArn\":\"" ACTIVITY "a\",\"name\":\"a\",\"creationDate\":1767225600,"
                  "\"encryptionConfiguration\":{\"type\":\"AWS_OWNED_KEY\"}}"));
    CHECK(bed_call(&bed, "DeleteActivity", "{'activityArn': '" ACTIVITY "a'}"));
    CHECK(bed_call(&bed, "DeleteActivity", "{'activityArn': '" ACTIVITY "a'}"));
    bed_call(&bed, "DescribeActivity", "{'activityArn': '" ACTIVITY "a'}");
    CHECK_REFUSED(&bed, "ActivityDoesNotExist", "Activity Does Not Exist: '" ACTIVITY "a'");
    CHECK(bed_call(&bed, "CreateActivity",
                   "{'name': 'a', 'encryptionConfiguration': {'type': 'CUSTOMER_MANAGED_KMS_KEY', 'kmsKeyId': 'k', "
                   "'kmsDataKeyReusePeriodSeconds': 60}}"));
    CHECK_TEXT(bed_call(&bed, "DescribeActivity", "{'activityArn': '" ACTIVITY "a'}"),
               "encryptionConfiguration.kmsDataKeyReusePeriodSeconds", "60");
    bed_close(&bed);
}

TEST(test_states_activity_refusals)
{
    Bed bed;
    bed_open(&bed, &states_service, 2);
    static const char *const names[] = { "activity name", "activity<name", "activity*name", "activity\\u007f" };
    for (size_t i = 0; i < 4; i++) {
        bed_call(&bed, "CreateActivity", "{'name': '%s'}", names[i]);
        CHECK_REFUSED(&bed, "InvalidName", "Invalid Name: 'activity");
    }
    bed_call(&bed, "CreateActivity", "{}");
    CHECK_REFUSED(&bed, "ValidationException",
                  "Value null at 'name' failed to satisfy constraint: Member must not be null");
    static const char *const operations[] = { "DescribeActivity", "DeleteActivity" };
    for (size_t i = 0; i < 2; i++) {
        bed_call(&bed, operations[i], "{'activityArn': 'no_an_activity_arn'}");
        CHECK_REFUSED(&bed, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: no_an_activity_arn'");
        bed_call(&bed, operations[i], "{'activityArn': '" MACHINE "m'}");
        CHECK_REFUSED(&bed, "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: stateMachine'");
    }
    bed_call(&bed, "CreateActivity", "{'name': 'a'}");
    bed_call(&bed, "DescribeActivity", "{'activityArn': '" ACTIVITY "a:1'}");
    CHECK_REFUSED(&bed, "ActivityDoesNotExist", "");
    bed.caller.region = STR("eu-west-1");
    bed_call(&bed, "DescribeActivity", "{'activityArn': '" ACTIVITY "a'}");
    CHECK_REFUSED(&bed, "ActivityDoesNotExist", "");
    bed_close(&bed);
}

TEST(test_states_list_activities)
{
    Bed  bed;
    char token[600];
    bed_open(&bed, &states_service, 3);
    for (int i = 0; i < 5; i++) CHECK(bed_call(&bed, "CreateActivity", "{'name': 'a%d'}", i));
    bed.caller.region = STR("eu-west-1");
    CHECK_TEXT(bed_call(&bed, "ListActivities", "{}"), "activities", "[]");
    bed.caller.region = STR("us-east-1");
    Json *page = bed_call(&bed, "ListActivities", "{'maxResults': 3}");
    CHECK_INT(json_get(page, STR("activities"))->count, 3);
    CHECK_TEXT(page, "activities.0",
               "{\"activityArn\":\"" ACTIVITY "a0\",\"name\":\"a0\",\"creationDate\":1767225600}");
    snprintf(token, sizeof token, "%.*s", STR_ARG(bed_text(page, "nextToken")));
    /* what was deleted meanwhile does not matter, not even the last one told */
    CHECK(bed_call(&bed, "DeleteActivity", "{'activityArn': '" ACTIVITY "a2'}"));
    page = bed_call(&bed, "ListActivities", "{'maxResults': 3, 'nextToken': '%s'}", token);
    CHECK_TEXT(page, "activities.0.name", "a3");
    CHECK_TEXT(page, "activities.1.name", "a4");
    CHECK_TEXT(page, "nextToken", "(none)");
    bed_close(&bed);
}

static Json *tags_of(Bed *bed, const char *arn)
{
    return bed_call(bed, "ListTagsForResource", "{'resourceArn': '%s'}", arn);
}

static void check_tags(Bed *bed, const char *arn)
{
    CHECK_TEXT(tags_of(bed, arn), "tags", "[{\"key\":\"first\",\"value\":\"1\"}]");
    CHECK(
        bed_call(bed, "TagResource",
                 "{'resourceArn': '%s', 'tags': [{'key': 'k', 'value': 'v'}, {'key': 'k', 'value': 'w'}, {'key': 'e'}, "
                 "{'key': 'first', 'value': '2'}]}",
                 arn));
    bed_restart(bed, true);
    CHECK_TEXT(tags_of(bed, arn), "tags",
               "[{\"key\":\"first\",\"value\":\"2\"},{\"key\":\"k\",\"value\":\"w\"},{\"key\":\"e\",\"value\":\"\"}]");
    CHECK(bed_call(bed, "UntagResource", "{'resourceArn': '%s', 'tagKeys': ['first', 'e', 'other']}", arn));
    CHECK_TEXT(tags_of(bed, arn), "tags", "[{\"key\":\"k\",\"value\":\"w\"}]");
    CHECK(bed_call(bed, "UntagResource", "{'resourceArn': '%s', 'tagKeys': ['k']}", arn));
    CHECK_TEXT(tags_of(bed, arn), "tags", "[]");
}

TEST(test_states_tags)
{
    Bed bed;
    bed_open(&bed, &states_service, 4);
    CHECK(bed_call(&bed, "CreateActivity", "{'name': 'a', 'tags': [{'key': 'first', 'value': '1'}]}"));
    CHECK(bed_call(&bed, "CreateStateMachine",
                   "{'name': 'm', 'roleArn': 'arn:aws:iam::000000000000:role/r', 'publish': true, 'definition': "
                   "'{\\'StartAt\\': \\'A\\', \\'States\\': {\\'A\\': {\\'Type\\': \\'Succeed\\'}}}', 'tags': [{'key': "
                   "'first', 'value': '1'}]}"));
    check_tags(&bed, ACTIVITY "a");
    check_tags(&bed, MACHINE "m");
    static const char *const untaggable[] = { MACHINE "m:1", MACHINE "n", ACTIVITY "b", MACHINE "m/label" };
    static const char *const operations[] = { "TagResource", "UntagResource", "ListTagsForResource" };
    for (size_t i = 0; i < 12; i++) {
        char words[200];
        snprintf(words, sizeof words, "Resource not found: '%s'", untaggable[i % 4]);
        bed_call(&bed, operations[i / 4], "{'resourceArn': '%s', 'tags': [], 'tagKeys': []}", untaggable[i % 4]);
        CHECK_REFUSED(&bed, "ResourceNotFound", words);
    }
    tags_of(&bed, "arn:aws:states:us-east-1:000000000000:execution:m:e");
    CHECK_REFUSED(&bed, "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: execution'");
    bed_close(&bed);
}

TEST(test_states_tag_limits)
{
    Bed  bed;
    char key[STATES_TAG_VALUE_MAX + 2];
    bed_open(&bed, &states_service, 5);
    bed_call(&bed, "CreateActivity", "{'name': 'a'}");
    for (int i = 0; i < STATES_TAGS_MAX; i++)
        CHECK(bed_call(&bed, "TagResource", "{'resourceArn': '" ACTIVITY "a', 'tags': [{'key': 'k%d', 'value': ''}]}",
                       i));
    CHECK(bed_call(&bed, "TagResource", "{'resourceArn': '" ACTIVITY "a', 'tags': [{'key': 'k7', 'value': 'new'}]}"));
    bed_call(&bed, "TagResource", "{'resourceArn': '" ACTIVITY "a', 'tags': [{'key': 'more', 'value': ''}]}");
    CHECK_REFUSED(&bed, "TooManyTags", ACTIVITY "a");
    memset(key, 'x', sizeof key);
    bed_call(&bed, "TagResource", "{'resourceArn': '" ACTIVITY "a', 'tags': [{'key': '%.*s', 'value': '%.*s'}]}",
             STATES_TAG_KEY_MAX + 1, key, STATES_TAG_VALUE_MAX + 1, key);
    CHECK_REFUSED(&bed, "ValidationException",
                  "at 'tags.1.member.key' failed to satisfy constraint: Member must have length "
                  "less than or equal to 128; Value '");
    CHECK_REFUSED(&bed, "ValidationException",
                  "at 'tags.1.member.value' failed to satisfy constraint: Member must have "
                  "length less than or equal to 256");
    bed_call(&bed, "CreateActivity", "{'name': 'b'}");
    CHECK(bed_call(&bed, "TagResource", "{'resourceArn': '" ACTIVITY "b', 'tags': [{'key': '%.*s', 'value': '%.*s'}]}",
                   STATES_TAG_KEY_MAX, key, STATES_TAG_VALUE_MAX, key));
    /* no more is told than ten things */
    bed_call(&bed, "UntagResource",
             "{'resourceArn': '" ACTIVITY "b', 'tagKeys': ['', '', '', '', '', '', '', '', '', '', '']}");
    CHECK_REFUSED(&bed, "ValidationException", "11 validation errors detected: Value '' at 'tagKeys.1.member'");
    CHECK(!strstr(bed.error->message, "tagKeys.11.member"));
    bed_close(&bed);
}
