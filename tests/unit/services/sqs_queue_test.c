/* sqs_queue_test.c -- queues: names, attributes, policies, tags, listing, purge, delete. */
#include "services/sqs/sqs.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

#define URL "http://localhost:4566/000000000000/"

TEST(test_sqs_create_and_find)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 1);
    Json *created = bed_call(&bed, "CreateQueue", "{'QueueName': 'orders'}");
    CHECK_TEXT(created, "QueueUrl", URL "orders");
    CHECK_TEXT(bed_call(&bed, "GetQueueUrl", "{'QueueName': 'orders'}"), "QueueUrl", URL "orders");
    CHECK_TEXT(bed_call(&bed, "GetQueueUrl", "{'QueueName': 'orders', 'QueueOwnerAWSAccountId': '000000000000'}"),
               "QueueUrl", URL "orders");
    bed_call(&bed, "GetQueueUrl", "{'QueueName': 'orders', 'QueueOwnerAWSAccountId': '111111111111'}");
    CHECK_REFUSED(&bed, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
    bed_call(&bed, "GetQueueUrl", "{}");
    CHECK_REFUSED(&bed, "MissingParameter", "The request must contain the parameter QueueName.");
    bed_call(&bed, "GetQueueAttributes", "{}");
    CHECK_REFUSED(&bed, "MissingParameter", "The request must contain the parameter QueueUrl.");
    /* any host, a path before it, or a bare name */
    CHECK(bed_call(&bed, "GetQueueAttributes",
                   "{'QueueUrl': 'https://sqs.us-east-1.amazonaws.com/000000000000/orders'}"));
    CHECK(bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': 'http://h/x/000000000000/orders/'}"));
    CHECK(bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': 'orders'}"));
    /* the account of the URL wins; another region has other queues */
    bed.caller.account = STR("111111111111");
    CHECK(bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': '" URL "orders'}"));
    CHECK(!bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': 'orders'}"));
    bed.caller.region = STR("eu-west-1");
    CHECK(!bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': '" URL "orders'}"));
    bed_close(&bed);
}

TEST(test_sqs_queue_names)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 1);
    static const char *const bad[] = {
        "a b",         "a.b",    "a/b",
        "caf\xc3\xa9", "x.fifo", "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhi"
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        bed_call(&bed, "CreateQueue", "{'QueueName': '%s'}", bad[i]);
        CHECK_REFUSED(&bed, "InvalidParameterValue",
                      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
    }
    bed_call(&bed, "CreateQueue", "{'QueueName': 'plain', 'Attributes': {'FifoQueue': 'true'}}");
    CHECK_REFUSED(&bed, "InvalidParameterValue", "must end with .fifo suffix and be 1 to 80 in length.");
    bed_call(&bed, "CreateQueue", "{'QueueName': '.fifo', 'Attributes': {'FifoQueue': 'true'}}");
    CHECK_REFUSED(&bed, "InvalidParameterValue", "must end with .fifo");
    bed_call(&bed, "CreateQueue", "{'QueueName': 'plain', 'Attributes': {'FifoQueue': 'false'}}");
    CHECK_REFUSED(&bed, "InvalidAttributeName", "Unknown Attribute FifoQueue.");
    CHECK(bed_call(&bed, "CreateQueue", "{'QueueName': 'x.fifo', 'Attributes': {'FifoQueue': 'true'}}"));
    CHECK(
        bed_call(&bed, "CreateQueue",
                 "{'QueueName': 'aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhh-'}"));
    bed_close(&bed);
}

TEST(test_sqs_create_twice)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 1);
    bed_call(&bed, "CreateQueue", "{'QueueName': 'q', 'Attributes': {'DelaySeconds': '5'}}");
    CHECK(bed_call(&bed, "CreateQueue", "{'QueueName': 'q', 'Attributes': {'DelaySeconds': '5'}}"));
    CHECK(bed_call(&bed, "CreateQueue", "{'QueueName': 'q', 'Attributes': {'VisibilityTimeout': '30'}}"));
    CHECK(bed_call(&bed, "CreateQueue", "{'QueueName': 'q'}"));
    bed_call(&bed, "CreateQueue", "{'QueueName': 'q', 'Attributes': {'DelaySeconds': '6'}}");
    CHECK_REFUSED(&bed, "QueueAlreadyExists",
                  "A queue already exists with the same name and a different value for attribute DelaySeconds");
    bed_close(&bed);
}

TEST(test_sqs_attributes)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 1);
    bed_call(&bed, "CreateQueue", "{'QueueName': 'q'}");
    Json *all = bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': '" URL "q', 'AttributeNames': ['All']}");
    CHECK_TEXT(
        all, "Attributes",
        "{\"QueueArn\":\"arn:aws:sqs:us-east-1:000000000000:q\",\"ApproximateNumberOfMessages\":\"0\","
        "\"ApproximateNumberOfMessagesNotVisible\":\"0\",\"ApproximateNumberOfMessagesDelayed\":\"0\","
        "\"CreatedTimestamp\":\"1767225600\",\"LastModifiedTimestamp\":\"1767225600\",\"VisibilityTimeout\":\"30\","
        "\"MaximumMessageSize\":\"1048576\",\"MessageRetentionPeriod\":\"345600\",\"DelaySeconds\":\"0\","
        "\"ReceiveMessageWaitTimeSeconds\":\"0\",\"SqsManagedSseEnabled\":\"true\"}");
    CHECK_TEXT(bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': '" URL "q'}"), "Attributes", "(none)");
    bed_advance(&bed, 10 * DURATION_SECOND);
    CHECK(bed_call(&bed, "SetQueueAttributes",
                   "{'QueueUrl': '" URL
                   "q', 'Attributes': {'VisibilityTimeout': '060', 'KmsMasterKeyId': 'alias/x'}}"));
    Json *some = bed_call(&bed, "GetQueueAttributes",
                          "{'QueueUrl': '" URL
                          "q', 'AttributeNames': ['VisibilityTimeout', 'KmsMasterKeyId', 'SqsManagedSseEnabled',"
                          " 'KmsDataKeyReusePeriodSeconds', 'LastModifiedTimestamp', 'CreatedTimestamp', 'Policy']}");
    CHECK_TEXT(
        some, "Attributes",
        "{\"CreatedTimestamp\":\"1767225600\",\"LastModifiedTimestamp\":\"1767225610\",\"VisibilityTimeout\":\"060\","
        "\"KmsMasterKeyId\":\"alias/x\",\"KmsDataKeyReusePeriodSeconds\":\"300\",\"SqsManagedSseEnabled\":\"false\"}");
    bed_call(&bed, "SetQueueAttributes",
             "{'QueueUrl': '" URL "q', 'Attributes': {'SqsManagedSseEnabled': 'true', 'KmsMasterKeyId': 'k'}}");
    CHECK_REFUSED(&bed, "InvalidAttributeName", "You can use one type of server-side encryption (SSE) at one time.");
    bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': '" URL "q', 'AttributeNames': ['Nonsense']}");
    CHECK_REFUSED(&bed, "InvalidAttributeName", "Unknown Attribute Nonsense.");
    bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': '" URL "q', 'AttributeNames': ['FifoQueue']}");
    CHECK_REFUSED(&bed, "InvalidAttributeName", "Unknown Attribute FifoQueue.");
    bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': '" URL "q', 'Attributes': {'QueueArn': 'x'}}");
    CHECK_REFUSED(&bed, "InvalidAttributeName", "Unknown Attribute QueueArn.");
    bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': '" URL "q', 'Attributes': {'RedriveTarget': 'x'}}");
    CHECK_REFUSED(&bed, "InvalidAttributeName", "Unknown Attribute RedriveTarget.");
    bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': '" URL "q'}");
    CHECK_REFUSED(&bed, "MissingParameter", "The request must contain the parameter Attributes.");
    bed_close(&bed);
}

TEST(test_sqs_attribute_limits)
{
    static const struct {
        const char *name, *low, *least, *most, *high;
    } limits[] = {
        { "VisibilityTimeout", "-1", "0", "43200", "43201" },
        { "MaximumMessageSize", "1023", "1024", "1048576", "1048577" },
        { "MessageRetentionPeriod", "59", "60", "1209600", "1209601" },
        { "DelaySeconds", "-1", "0", "900", "901" },
        { "ReceiveMessageWaitTimeSeconds", "-1", "0", "20", "21" },
        { "KmsDataKeyReusePeriodSeconds", "59", "60", "86400", "86401" },
        { "SqsManagedSseEnabled", "yes", "true", "false", "" },
    };
    Bed bed;
    bed_open(&bed, &sqs_service, 1);
    bed_call(&bed, "CreateQueue", "{'QueueName': 'q'}");
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const char *bad[] = { limits[i].low, limits[i].high, "x", "", " 100", "1e3" };
        char        words[80];
        snprintf(words, sizeof words, "Invalid value for the parameter %s.", limits[i].name);
        for (size_t j = 0; j < sizeof bad / sizeof *bad; j++) {
            bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q', 'Attributes': {'%s': '%s'}}", limits[i].name,
                     bad[j]);
            CHECK_REFUSED(&bed, "InvalidAttributeValue", words);
        }
        CHECK(bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q', 'Attributes': {'%s': '%s'}}", limits[i].name,
                       limits[i].least));
        CHECK(bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q', 'Attributes': {'%s': '%s'}}", limits[i].name,
                       limits[i].most));
    }
    bed_close(&bed);
}

TEST(test_sqs_fifo_attributes)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 1);
    bed_call(&bed, "CreateQueue",
             "{'QueueName': 'q.fifo', 'Attributes': {'FifoQueue': 'true', 'ContentBasedDeduplication': 'true'}}");
    Json *some = bed_call(&bed, "GetQueueAttributes",
                          "{'QueueUrl': 'q.fifo', 'AttributeNames': ['FifoQueue', 'ContentBasedDeduplication', "
                          "'DeduplicationScope', 'FifoThroughputLimit']}");
    CHECK_TEXT(some, "Attributes",
               "{\"FifoQueue\":\"true\",\"ContentBasedDeduplication\":\"true\",\"DeduplicationScope\":\"queue\","
               "\"FifoThroughputLimit\":\"perQueue\"}");
    bed_call(&bed, "SetQueueAttributes",
             "{'QueueUrl': 'q.fifo', 'Attributes': {'FifoThroughputLimit': 'perMessageGroupId'}}");
    CHECK_REFUSED(&bed, "InvalidAttributeValue", "only when DeduplicationScope is messageGroup");
    CHECK(bed_call(&bed, "SetQueueAttributes",
                   "{'QueueUrl': 'q.fifo', 'Attributes': {'FifoThroughputLimit': 'perMessageGroupId', "
                   "'DeduplicationScope': 'messageGroup'}}"));
    CHECK(bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q.fifo', 'Attributes': {'FifoQueue': 'true'}}"));
    bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q.fifo', 'Attributes': {'FifoQueue': 'false'}}");
    CHECK_REFUSED(&bed, "InvalidAttributeName", "Unknown Attribute FifoQueue.");
    bed_close(&bed);
}

TEST(test_sqs_permissions)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 1);
    bed_call(&bed, "CreateQueue", "{'QueueName': 'q'}");
    CHECK(bed_call(
        &bed, "AddPermission",
        "{'QueueUrl': 'q', 'Label': 'one', 'AWSAccountIds': ['111111111111'], 'Actions': ['ReceiveMessage']}"));
    CHECK(bed_call(&bed, "AddPermission",
                   "{'QueueUrl': 'q', 'Label': 'two', 'AWSAccountIds': ['111111111111', '222222222222'], 'Actions': "
                   "['SendMessage', '*']}"));
    Json *policy = bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': 'q', 'AttributeNames': ['Policy']}");
    CHECK_TEXT(
        policy, "Attributes.Policy",
        "{\"Version\":\"2008-10-17\",\"Id\":\"arn:aws:sqs:us-east-1:000000000000:q/SQSDefaultPolicy\",\"Statement\":["
        "{\"Sid\":\"one\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111111111111:root\"},"
        "\"Action\":\"SQS:ReceiveMessage\",\"Resource\":\"arn:aws:sqs:us-east-1:000000000000:q\"},"
        "{\"Sid\":\"two\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"arn:aws:iam::111111111111:root\","
        "\"arn:aws:iam::222222222222:root\"]},\"Action\":[\"SQS:SendMessage\",\"SQS:*\"],"
        "\"Resource\":\"arn:aws:sqs:us-east-1:000000000000:q\"}]}");
    bed_call(&bed, "AddPermission",
             "{'QueueUrl': 'q', 'Label': 'one', 'AWSAccountIds': ['111111111111'], 'Actions': ['*']}");
    CHECK_REFUSED(&bed, "InvalidParameterValue", "Value one for parameter Label is invalid. Reason: Already exists.");
    bed_call(&bed, "AddPermission", "{'QueueUrl': 'q', 'Label': 'three', 'AWSAccountIds': ['111'], 'Actions': ['*']}");
    CHECK_REFUSED(&bed, "InvalidParameterValue",
                  "Value 111 for parameter PrincipalId is invalid. Reason: Unable to verify.");
    bed_call(&bed, "AddPermission",
             "{'QueueUrl': 'q', 'Label': 'three', 'AWSAccountIds': ['111111111111'], 'Actions': ['CreateQueue']}");
    CHECK_REFUSED(&bed, "InvalidParameterValue",
                  "Value SQS:CreateQueue for parameter ActionName is invalid. Reason: Only the queue owner");
    bed_call(&bed, "AddPermission",
             "{'QueueUrl': 'q', 'Label': 'three', 'AWSAccountIds': ['111111111111'], 'Actions': "
             "['*','*','*','*','*','*','*','*']}");
    CHECK_REFUSED(&bed, "OverLimit", "8 Actions were found, maximum allowed is 7.");
    bed_call(&bed, "AddPermission",
             "{'QueueUrl': 'q', 'Label': 'a b', 'AWSAccountIds': ['111111111111'], 'Actions': ['*']}");
    CHECK_REFUSED(&bed, "InvalidParameterValue", "for parameter Label is invalid");
    bed_call(&bed, "AddPermission", "{'QueueUrl': 'q', 'Label': 'a', 'AWSAccountIds': [], 'Actions': ['*']}");
    CHECK_REFUSED(&bed, "MissingParameter", "AWSAccountIds");
    bed_call(&bed, "RemovePermission", "{'QueueUrl': 'q', 'Label': 'three'}");
    CHECK_REFUSED(&bed, "InvalidParameterValue",
                  "Value three for parameter Label is invalid. Reason: can't find label.");
    CHECK(bed_call(&bed, "RemovePermission", "{'QueueUrl': 'q', 'Label': 'one'}"));
    CHECK(bed_call(&bed, "RemovePermission", "{'QueueUrl': 'q', 'Label': 'two'}"));
    CHECK_TEXT(bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': 'q', 'AttributeNames': ['Policy']}"), "Attributes",
               "(none)");
    for (int i = 0; i < 20; i++)
        CHECK(bed_call(&bed, "AddPermission",
                       "{'QueueUrl': 'q', 'Label': 'l%d', 'AWSAccountIds': ['111111111111'], 'Actions': ['*']}", i));
    bed_call(&bed, "AddPermission",
             "{'QueueUrl': 'q', 'Label': 'l20', 'AWSAccountIds': ['111111111111'], 'Actions': ['*']}");
    CHECK_REFUSED(&bed, "OverLimit", "21 statements were found in the submitted policy, max allowed is 20");
    bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q', 'Attributes': {'Policy': 'not json'}}");
    CHECK_REFUSED(&bed, "InvalidAttributeValue", "Invalid value for the parameter Policy.");
    CHECK(bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q', 'Attributes': {'Policy': ''}}"));
    bed_close(&bed);
}

TEST(test_sqs_tags)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 1);
    bed_call(&bed, "CreateQueue", "{'QueueName': 'q', 'tags': {'a': '1'}}");
    CHECK(bed_call(&bed, "TagQueue", "{'QueueUrl': 'q', 'Tags': {'b': '2', 'a': '3', 'e': ''}}"));
    CHECK_TEXT(bed_call(&bed, "ListQueueTags", "{'QueueUrl': 'q'}"), "Tags", "{\"a\":\"3\",\"b\":\"2\",\"e\":\"\"}");
    CHECK(bed_call(&bed, "UntagQueue", "{'QueueUrl': 'q', 'TagKeys': ['a', 'nothing', 'e']}"));
    CHECK_TEXT(bed_call(&bed, "ListQueueTags", "{'QueueUrl': 'q'}"), "Tags", "{\"b\":\"2\"}");
    bed_call(&bed, "TagQueue", "{'QueueUrl': 'q', 'Tags': {}}");
    CHECK_REFUSED(&bed, "MissingParameter", "The request must contain the parameter Tags.");
    bed_call(&bed, "UntagQueue", "{'QueueUrl': 'q', 'TagKeys': []}");
    CHECK_REFUSED(&bed, "InvalidParameterValue", "Tag keys must be between 1 and 128 characters in length.");
    bed_call(&bed, "TagQueue", "{'QueueUrl': 'q', 'Tags': {'': 'x'}}");
    CHECK_REFUSED(&bed, "InvalidParameterValue", "Tag keys must be between 1 and 128 characters in length.");
    for (int i = 1; i < 50; i++) CHECK(bed_call(&bed, "TagQueue", "{'QueueUrl': 'q', 'Tags': {'t%d': 'x'}}", i));
    bed_call(&bed, "TagQueue", "{'QueueUrl': 'q', 'Tags': {'t50': 'x'}}");
    CHECK_REFUSED(&bed, "InvalidParameterValue", "Too many tags added for queue q.");
    CHECK(bed_call(&bed, "TagQueue", "{'QueueUrl': 'q', 'Tags': {'t49': 'y'}}"));
    bed_restart(&bed, false);
    CHECK_TEXT(bed_call(&bed, "ListQueueTags", "{'QueueUrl': 'q'}"), "Tags.t49", "y");
    bed_close(&bed);
}

TEST(test_sqs_list_queues)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 1);
    CHECK_TEXT(bed_call(&bed, "ListQueues", "{}"), "QueueUrls", "(none)");
    static const char *const names[] = { "b", "a2", "a1", "a3", "c" };
    for (size_t i = 0; i < 5; i++) bed_call(&bed, "CreateQueue", "{'QueueName': '%s'}", names[i]);
    bed.caller.account = STR("111111111111");
    bed_call(&bed, "CreateQueue", "{'QueueName': 'a9'}");
    bed.caller.account = STR("000000000000");
    CHECK_TEXT(bed_call(&bed, "ListQueues", "{}"), "QueueUrls",
               "[\"" URL "a1\",\"" URL "a2\",\"" URL "a3\",\"" URL "b\",\"" URL "c\"]");
    CHECK_TEXT(bed_call(&bed, "ListQueues", "{'QueueNamePrefix': 'a'}"), "QueueUrls",
               "[\"" URL "a1\",\"" URL "a2\",\"" URL "a3\"]");
    Json *page = bed_call(&bed, "ListQueues", "{'QueueNamePrefix': 'a', 'MaxResults': 2}");
    CHECK_TEXT(page, "QueueUrls", "[\"" URL "a1\",\"" URL "a2\"]");
    char token[64];
    snprintf(token, sizeof token, "%.*s", STR_ARG(bed_text(page, "NextToken")));
    page = bed_call(&bed, "ListQueues", "{'QueueNamePrefix': 'a', 'MaxResults': 2, 'NextToken': '%s'}", token);
    CHECK_TEXT(page, "QueueUrls", "[\"" URL "a3\"]");
    CHECK_TEXT(page, "NextToken", "(none)");
    bed_call(&bed, "ListQueues", "{'MaxResults': 0}");
    CHECK_REFUSED(&bed, "InvalidParameterValue", "Value 0 for parameter MaxResults is invalid.");
    bed_call(&bed, "ListQueues", "{'MaxResults': 1001}");
    CHECK_REFUSED(&bed, "InvalidParameterValue", "Value 1001 for parameter MaxResults is invalid.");
    bed_call(&bed, "ListQueues", "{'NextToken': '!'}");
    CHECK_REFUSED(&bed, "InvalidParameterValue", "Invalid or expired next token.");
    bed_close(&bed);
}

TEST(test_sqs_purge_and_delete)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 1);
    bed_call(&bed, "CreateQueue", "{'QueueName': 'q'}");
    for (int i = 0; i < 2500; i++) {
        bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'old', 'DelaySeconds': %d}", i % 3);
        bed_forget(&bed);
    }
    bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q', 'MaxNumberOfMessages': 10}");
    CHECK(bed_call(&bed, "PurgeQueue", "{'QueueUrl': 'q'}"));
    bed_call(&bed, "PurgeQueue", "{'QueueUrl': 'q'}");
    CHECK_REFUSED(&bed, "AWS.SimpleQueueService.PurgeQueueInProgress",
                  "Only one PurgeQueue operation on q is allowed every 60 seconds.");
    CHECK_TEXT(bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}"), "Messages", "(none)");
    bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'new'}");
    bed_restart(&bed, false);
    CHECK_TEXT(
        bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': 'q', 'AttributeNames': ['ApproximateNumberOfMessages']}"),
        "Attributes.ApproximateNumberOfMessages", "1");
    CHECK_TEXT(bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q', 'MaxNumberOfMessages': 10}"), "Messages.0.Body",
               "new");
    bed_advance(&bed, 60 * DURATION_SECOND);
    CHECK(bed_call(&bed, "PurgeQueue", "{'QueueUrl': 'q'}"));

    bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'new'}");
    CHECK(bed_call(&bed, "DeleteQueue", "{'QueueUrl': 'q'}"));
    static const char *const operations[] = { "DeleteQueue",
                                              "PurgeQueue",
                                              "GetQueueAttributes",
                                              "ReceiveMessage",
                                              "ListQueueTags",
                                              "TagQueue",
                                              "UntagQueue",
                                              "SetQueueAttributes",
                                              "AddPermission",
                                              "RemovePermission",
                                              "SendMessage",
                                              "SendMessageBatch",
                                              "DeleteMessage",
                                              "DeleteMessageBatch",
                                              "ChangeMessageVisibility",
                                              "ChangeMessageVisibilityBatch",
                                              "ListDeadLetterSourceQueues" };
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        bed_call(&bed, operations[i], "{'QueueUrl': 'q'}");
        CHECK_REFUSED(&bed, "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
    }
    bed_call(&bed, "CreateQueue", "{'QueueName': 'q'}");
    CHECK_TEXT(bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}"), "Messages", "(none)");
    bed_close(&bed);
}
