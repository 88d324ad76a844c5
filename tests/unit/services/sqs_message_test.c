/* sqs_message_test.c -- standard queues: sending, receiving, receipts, delays, waiting, retention. */
#include "services/sqs/sqs.h"
#include "services/sqs/sqs_limits.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

static char handle[256]; /* of the message last received */

static Json *receive(Bed *bed, const char *more)
{
    Json *output = bed_call(bed, "ReceiveMessage", "{'QueueUrl': 'q'%s}", more);
    snprintf(handle, sizeof handle, "%.*s", STR_ARG(bed_text(output, "Messages.0.ReceiptHandle")));
    return output;
}

static void send(Bed *bed, const char *body)
{
    CHECK(bed_call(bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': '%s'}", body));
}

static void check_counts(Bed *bed, const char *visible, const char *hidden, const char *delayed)
{
    Json *output = bed_call(bed, "GetQueueAttributes", "{'QueueUrl': 'q', 'AttributeNames': ['All']}");
    CHECK_TEXT(output, "Attributes.ApproximateNumberOfMessages", visible);
    CHECK_TEXT(output, "Attributes.ApproximateNumberOfMessagesNotVisible", hidden);
    CHECK_TEXT(output, "Attributes.ApproximateNumberOfMessagesDelayed", delayed);
}

static void open_queue(Bed *bed, const char *attributes)
{
    bed_open(bed, &sqs_service, 7);
    CHECK(bed_call(bed, "CreateQueue", "{'QueueName': 'q', 'Attributes': {%s}}", attributes));
}

TEST(test_sqs_send_and_receive)
{
    Bed bed;
    open_queue(&bed, "");
    Json *sent = bed_call(
        &bed, "SendMessage",
        "{'QueueUrl': 'q', 'MessageBody': 'Test Message',"
        " 'MessageAttributes': {'Hello': {'DataType': 'String', 'StringValue': 'World'}},"
        " 'MessageSystemAttributes': {'AWSTraceHeader': {'DataType': 'String', 'StringValue': 'some-trace-id'}}}");
    CHECK_TEXT(sent, "MD5OfMessageBody", "d1d4180b7e411c4be86b00fb2ee103eb");
    CHECK_TEXT(sent, "MD5OfMessageAttributes", "7db7fb1ba7f41366a8ea5eb18220b26d");
    CHECK_TEXT(sent, "MD5OfMessageSystemAttributes", "fdce4f2818803f2f73becc09a54792c0");
    CHECK_TEXT(sent, "SequenceNumber", "(none)");
    check_counts(&bed, "1", "0", "0");
    Json *got = receive(&bed, ", 'AttributeNames': ['All'], 'MessageAttributeNames': ['All']");
    CHECK_TEXT(got, "Messages.0.Body", "Test Message");
    CHECK_TEXT(got, "Messages.0.MD5OfBody", "d1d4180b7e411c4be86b00fb2ee103eb");
    CHECK_TEXT(got, "Messages.0.MD5OfMessageAttributes", "7db7fb1ba7f41366a8ea5eb18220b26d");
    CHECK_TEXT(got, "Messages.0.MessageAttributes", "{\"Hello\":{\"StringValue\":\"World\",\"DataType\":\"String\"}}");
    CHECK_TEXT(got, "Messages.0.Attributes",
               "{\"SenderId\":\"000000000000\",\"SentTimestamp\":\"1767225600000\",\"ApproximateReceiveCount\":\"1\","
               "\"ApproximateFirstReceiveTimestamp\":\"1767225600000\",\"AWSTraceHeader\":\"some-trace-id\"}");
    check_counts(&bed, "0", "1", "0");
    CHECK_TEXT(bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}"), "Messages", "(none)");
    CHECK(bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q', 'ReceiptHandle': '%s'}", handle));
    CHECK(bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q', 'ReceiptHandle': '%s'}", handle));
    check_counts(&bed, "0", "0", "0");
    bed_close(&bed);
}

TEST(test_sqs_attribute_digests)
{
    Bed bed;
    open_queue(&bed, "");
    Json *sent = bed_call(&bed, "SendMessage",
                          "{'QueueUrl': 'q', 'MessageBody': 'x', 'MessageAttributes': {"
                          "'OtherName': {'DataType': 'String', 'StringValue': 'other value'},"
                          "'Dummy2Name': {'DataType': 'String', 'StringValue': 'dummy 2 value'},"
                          "'Dummy1Name': {'DataType': 'String', 'StringValue': 'dummy 1 value'},"
                          "'Dummy3Name': {'DataType': 'Binary', 'BinaryValue': 'ZHVtbXkgMiB2YWx1ZQ=='}}}");
    CHECK(sent != NULL);
    static const struct {
        const char *names, *md5;
    } wanted[] = {
        { "['Dummy.*']", "c5c0d2c6f195fcbc91083c5465d8955f" },
        { "['Dummy1Name', 'Dummy2Name']", "00954f005e854e11dbe82998292c6666" },
        { "['Nothing', 'dummy1name']", "(none)" },
        { "[]", "(none)" },
    };
    for (size_t i = 0; i < 4; i++) {
        char more[80];
        snprintf(more, sizeof more, ", 'VisibilityTimeout': 0, 'MessageAttributeNames': %s", wanted[i].names);
        CHECK_TEXT(receive(&bed, more), "Messages.0.MD5OfMessageAttributes", wanted[i].md5);
    }
    Json *all = receive(&bed, ", 'MessageAttributeNames': ['.*']");
    CHECK_TEXT(all, "Messages.0.MessageAttributes.Dummy3Name.BinaryValue",
               "dummy 2 value"); /* bytes; base64 on the wire */
    sent = bed_call(&bed, "SendMessage",
                    "{'QueueUrl': 'q', 'MessageBody': 'x', 'MessageAttributes': "
                    "{'UserId': {'DataType': 'Number.bigint', 'StringValue': '1234567890123456789012'}}}");
    CHECK_TEXT(sent, "MD5OfMessageAttributes", "797ab158d73dcb5242dedc4412c8e855");
    bed_close(&bed);
}

TEST(test_sqs_send_refusals)
{
    static const struct {
        const char *input, *code, *words;
    } cases[] = {
        { "", "MissingParameter", "The request must contain the parameter MessageBody." },
        { "'MessageBody': ''", "MissingParameter", "The request must contain the parameter MessageBody." },
        { "'MessageBody': 'a\\u0001'", "InvalidMessageContents",
          "Invalid binary character '#x1' was found in the message body" },
        { "'MessageBody': 'a long text before it \\uffff'", "InvalidMessageContents", "'#xFFFF'" },
        { "'MessageBody': 'a', 'DelaySeconds': -1", "InvalidParameterValue",
          "Value -1 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900." },
        { "'MessageBody': 'a', 'DelaySeconds': 901", "InvalidParameterValue",
          "Value 901 for parameter DelaySeconds is invalid." },
        { "'MessageBody': 'a', 'MessageDeduplicationId': 'x'", "InvalidParameterValue",
          "The request include parameter that is not valid for this queue type." },
        { "'MessageBody': 'a', 'MessageGroupId': 'a b'", "InvalidParameterValue",
          "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length." },
        { "'MessageBody': 'a', 'MessageAttributes': {'': {'DataType': 'String', 'StringValue': 'x'}}",
          "InvalidParameterValue", "The request must contain non-empty message (user) attribute names." },
        { "'MessageBody': 'a', 'MessageAttributes': {'a': {}}", "InvalidParameterValue",
          "The message (user) attribute 'a' must contain a non-empty message attribute type." },
        { "'MessageBody': 'a', 'MessageAttributes': {'a': {'DataType': 'Text', 'StringValue': 'x'}}",
          "InvalidParameterValue",
          "The type of message (user) attribute 'a' is invalid. You must use only the following supported type "
          "prefixes: Binary, Number, String." },
        { "'MessageBody': 'a', 'MessageAttributes': {'a': {'DataType': 'String', 'StringValue': ''}}",
          "InvalidParameterValue", "Message (user) attribute 'a' must contain a non-empty value of type 'String'." },
        { "'MessageBody': 'a', 'MessageAttributes': {'a': {'DataType': 'Binary'}}", "InvalidParameterValue",
          "a non-empty value of type 'Binary'." },
        { "'MessageBody': 'a', 'MessageAttributes': {'a': {'DataType': 'Number', 'StringValue': '1.x'}}",
          "InvalidParameterValue", "Can't cast the value of message (user) attribute 'a' to a number." },
        { "'MessageBody': 'a', 'MessageAttributes': {'aws.a': {'DataType': 'String', 'StringValue': 'x'}}",
          "InvalidParameterValue", "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'" },
        { "'MessageBody': 'a', 'MessageAttributes': {'a..b': {'DataType': 'String', 'StringValue': 'x'}}",
          "InvalidParameterValue", "Invalid message (user) attribute name" },
        { "'MessageBody': 'a', 'MessageAttributes': {'a': {'DataType': 'String', 'StringListValues': ['x']}}",
          "AWS.SimpleQueueService.UnsupportedOperation",
          "Message attribute list values in SendMessage operation are not supported." },
        { "'MessageBody': 'a', 'MessageSystemAttributes': {'Hello': {'DataType': 'String', 'StringValue': 'x'}}",
          "InvalidParameterValue", "Message system attribute name 'Hello' is invalid." },
        { "'MessageBody': 'a', 'MessageAttributes': {'a1': {'DataType':'Number','StringValue':'1'},'a2': "
          "{'DataType':'Number','StringValue':'1'},"
          "'a3': {'DataType':'Number','StringValue':'1'},'a4': {'DataType':'Number','StringValue':'1'},'a5': "
          "{'DataType':'Number','StringValue':'1'},"
          "'a6': {'DataType':'Number','StringValue':'1'},'a7': {'DataType':'Number','StringValue':'1'},'a8': "
          "{'DataType':'Number','StringValue':'1'},"
          "'a9': {'DataType':'Number','StringValue':'1'},'b1': {'DataType':'Number','StringValue':'1'},'b2': "
          "{'DataType':'Number','StringValue':'1'}}",
          "InvalidParameterValue", "Number of message attributes [11] exceeds the allowed maximum [10]." },
    };
    Bed bed;
    open_queue(&bed, "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bed_call(&bed, "SendMessage", "{'QueueUrl': 'q'%s%s}", *cases[i].input ? ", " : "", cases[i].input);
        CHECK_REFUSED(&bed, cases[i].code, cases[i].words);
    }
    check_counts(&bed, "0", "0", "0");
    CHECK(bed_call(&bed, "SendMessage",
                   "{'QueueUrl': 'q', 'MessageBody': 'tab\\t \\n \\ud83d\\ude00 \\u00e9', 'DelaySeconds': 900}"));
    bed_close(&bed);
}

static char big[SQS_MESSAGE_BYTES_MAX + 16];

static const char *filler(size_t size)
{
    memset(big, 'a', size);
    big[size] = 0;
    return big;
}

TEST(test_sqs_message_size)
{
    Bed bed;
    open_queue(&bed, "'MaximumMessageSize': '1024'");
    CHECK(bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': '%s'}", filler(1024)));
    bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': '%s'}", filler(1025));
    CHECK_REFUSED(&bed, "InvalidParameterValue",
                  "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.");
    bed_call(&bed, "SendMessage",
             "{'QueueUrl': 'q', 'MessageBody': '%s', 'MessageAttributes': {'a': {'DataType': 'Number', 'StringValue': "
             "'1'}}}",
             filler(1020));
    CHECK_REFUSED(&bed, "InvalidParameterValue", "Message must be shorter than 1024 bytes.");
    bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q', 'Attributes': {'MaximumMessageSize': '1048576'}}");
    CHECK(bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': '%s'}", filler(SQS_MESSAGE_BYTES_MAX)));
    bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': '%s'}", filler(SQS_MESSAGE_BYTES_MAX + 1));
    CHECK_REFUSED(&bed, "InvalidParameterValue", "Message must be shorter than 1048576 bytes.");
    bed_call(&bed, "SendMessageBatch",
             "{'QueueUrl': 'q', 'Entries': [{'Id': 'a', 'MessageBody': 'x'}, {'Id': 'b', 'MessageBody': '%s'}]}",
             filler(SQS_MESSAGE_BYTES_MAX));
    CHECK_REFUSED(&bed, "AWS.SimpleQueueService.BatchRequestTooLong",
                  "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.");
    receive(&bed, "");
    CHECK_INT((int64_t)bed_text(receive(&bed, ""), "Messages.0.Body").length,
              SQS_MESSAGE_BYTES_MAX); /* read from the store */
    bed_close(&bed);
}

TEST(test_sqs_batches)
{
    Bed bed;
    open_queue(&bed, "");
    Json *output = bed_call(&bed, "SendMessageBatch",
                            "{'QueueUrl': 'q', 'Entries': [{'Id': 'a', 'MessageBody': 'one'}, {'Id': 'b'}, {'Id': 'c', "
                            "'MessageBody': 'x', 'DelaySeconds': 1000},"
                            " {'Id': 'd', 'MessageBody': 'two', 'DelaySeconds': 5}]}");
    CHECK_TEXT(output, "Successful.0.Id", "a");
    CHECK_TEXT(output, "Successful.1.Id", "d");
    CHECK_TEXT(
        output, "Failed.0",
        "{\"Id\":\"b\",\"SenderFault\":true,\"Code\":\"MissingParameter\",\"Message\":\"The request must contain the "
        "parameter SendMessageBatchRequestEntry.2.MessageBody.\"}");
    CHECK_TEXT(output, "Failed.1.Code", "InvalidParameterValue");
    check_counts(&bed, "1", "0", "1");
    static const struct {
        const char *entries, *code, *words;
    } cases[] = {
        { "null", "AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one" },
        { "[]", "AWS.SimpleQueueService.EmptyBatchRequest", "There should be at least one" },
        { "[{'Id':'1'},{'Id':'2'},{'Id':'3'},{'Id':'4'},{'Id':'5'},{'Id':'6'},{'Id':'7'},{'Id':'8'},{'Id':'9'},{'Id':'"
          "10'},{'Id':'11'}]",
          "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
          "Maximum number of entries per request are 10. You have sent 11." },
        { "[{'Id':'1'},{}]", "MissingParameter", "RequestEntry.2.Id." },
        { "[{'Id':'a b'}]", "AWS.SimpleQueueService.InvalidBatchEntryId",
          "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
          "letters long." },
        { "[{'Id':'same'},{'Id':'same'}]", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "Id same repeated." },
    };
    static const char *const operations[] = { "SendMessageBatch", "DeleteMessageBatch",
                                              "ChangeMessageVisibilityBatch" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < 3; j++) {
            bed_call(&bed, operations[j], "{'QueueUrl': 'q', 'Entries': %s}", cases[i].entries);
            CHECK_REFUSED(&bed, cases[i].code, cases[i].words);
        }
    receive(&bed, "");
    output = bed_call(&bed, "ChangeMessageVisibilityBatch",
                      "{'QueueUrl': 'q', 'Entries': [{'Id': 'a', 'ReceiptHandle': '%s', 'VisibilityTimeout': 100}, "
                      "{'Id': 'b', 'ReceiptHandle': 'x'}]}",
                      handle);
    CHECK_TEXT(output, "Successful", "[{\"Id\":\"a\"}]");
    CHECK_TEXT(output, "Failed.0.Code", "ReceiptHandleIsInvalid");
    output = bed_call(&bed, "DeleteMessageBatch",
                      "{'QueueUrl': 'q', 'Entries': [{'Id': 'a', 'ReceiptHandle': '%s'}, {'Id': 'b'}]}", handle);
    CHECK_TEXT(output, "Successful", "[{\"Id\":\"a\"}]");
    CHECK_TEXT(output, "Failed.0.Message", "The request must contain the parameter ReceiptHandle.");
    check_counts(&bed, "0", "0", "1");
    bed_close(&bed);
}

TEST(test_sqs_receive_refusals)
{
    static const struct {
        const char *input, *code, *words;
    } cases[] = {
        { "'MaxNumberOfMessages': 0", "InvalidParameterValue",
          "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided." },
        { "'MaxNumberOfMessages': 11", "InvalidParameterValue",
          "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided." },
        { "'WaitTimeSeconds': 21", "InvalidParameterValue",
          "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided." },
        { "'WaitTimeSeconds': -1", "InvalidParameterValue", "Value -1 for parameter WaitTimeSeconds is invalid." },
        { "'VisibilityTimeout': 43201", "InvalidParameterValue",
          "Value 43201 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided." },
        { "'AttributeNames': ['Nothing']", "InvalidAttributeName", "Unknown Attribute Nothing." },
        { "'ReceiveRequestAttemptId': 'a'", "InvalidParameterValue", "not valid for this queue type." },
    };
    Bed bed;
    open_queue(&bed, "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q', %s}", cases[i].input);
        CHECK_REFUSED(&bed, cases[i].code, cases[i].words);
    }
    bed_close(&bed);
}

TEST(test_sqs_visibility)
{
    Bed bed;
    open_queue(&bed, "'VisibilityTimeout': '10'");
    send(&bed, "m");
    receive(&bed, "");
    bed_advance(&bed, 10 * DURATION_SECOND - 1);
    CHECK_TEXT(bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}"), "Messages", "(none)");
    bed_advance(&bed, 1);
    char first[256];
    snprintf(first, sizeof first, "%s", handle);
    Json *again = receive(&bed, ", 'AttributeNames': ['ApproximateReceiveCount', 'ApproximateFirstReceiveTimestamp']");
    CHECK_TEXT(again, "Messages.0.Attributes",
               "{\"ApproximateReceiveCount\":\"2\",\"ApproximateFirstReceiveTimestamp\":\"1767225600000\"}");
    CHECK(strcmp(first, handle) != 0);
    /* a stale receipt deletes nothing and changes nothing */
    CHECK(bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q', 'ReceiptHandle': '%s'}", first));
    check_counts(&bed, "0", "1", "0");
    bed_call(&bed, "ChangeMessageVisibility", "{'QueueUrl': 'q', 'ReceiptHandle': '%s', 'VisibilityTimeout': 5}",
             first);
    CHECK_REFUSED(&bed, "InvalidParameterValue",
                  "Reason: Message does not exist or is not available for visibility timeout change.");
    /* the latest one does both */
    CHECK(bed_call(&bed, "ChangeMessageVisibility", "{'QueueUrl': 'q', 'ReceiptHandle': '%s', 'VisibilityTimeout': 0}",
                   handle));
    check_counts(&bed, "1", "0", "0");
    bed_call(&bed, "ChangeMessageVisibility", "{'QueueUrl': 'q', 'ReceiptHandle': '%s', 'VisibilityTimeout': 5}",
             handle);
    CHECK_REFUSED(&bed, "AWS.SimpleQueueService.MessageNotInflight", "in flight");
    CHECK(bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q', 'ReceiptHandle': '%s'}", handle));
    check_counts(&bed, "0", "0", "0");
    bed_call(&bed, "ChangeMessageVisibility", "{'QueueUrl': 'q', 'ReceiptHandle': '%s', 'VisibilityTimeout': 5}",
             handle);
    CHECK_REFUSED(&bed, "InvalidParameterValue", "Message does not exist");
    bed_close(&bed);
}

TEST(test_sqs_visibility_limits)
{
    Bed bed;
    open_queue(&bed, "");
    send(&bed, "m");
    receive(&bed, ", 'VisibilityTimeout': 43200");
    bed_advance(&bed, 3600 * DURATION_SECOND);
    bed_call(&bed, "ChangeMessageVisibility", "{'QueueUrl': 'q', 'ReceiptHandle': '%s', 'VisibilityTimeout': 43201}",
             handle);
    CHECK_REFUSED(&bed, "InvalidParameterValue", "Value 43201 for parameter VisibilityTimeout is invalid.");
    bed_call(&bed, "ChangeMessageVisibility", "{'QueueUrl': 'q', 'ReceiptHandle': '%s', 'VisibilityTimeout': 39601}",
             handle);
    CHECK_REFUSED(&bed, "InvalidParameterValue",
                  "Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
    CHECK(bed_call(&bed, "ChangeMessageVisibility",
                   "{'QueueUrl': 'q', 'ReceiptHandle': '%s', 'VisibilityTimeout': 39600}", handle));
    bed_call(&bed, "ChangeMessageVisibility", "{'QueueUrl': 'q', 'ReceiptHandle': '%s'}", handle);
    CHECK_REFUSED(&bed, "MissingParameter", "VisibilityTimeout");
    bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q'}");
    CHECK_REFUSED(&bed, "MissingParameter", "The request must contain the parameter ReceiptHandle.");
    static const char *const bad[] = { "x", "AAEAAAAAAAAAAQAAAAAAAAABAAAAAAAAAAEAAAAA", "!!!!" };
    for (size_t i = 0; i < 3; i++) {
        bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q', 'ReceiptHandle': '%s'}", bad[i]);
        CHECK_REFUSED(&bed, "ReceiptHandleIsInvalid", "is not a valid receipt handle.");
    }
    bed_call(&bed, "CreateQueue", "{'QueueName': 'other'}");
    bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'other', 'ReceiptHandle': '%s'}", handle);
    CHECK_REFUSED(&bed, "ReceiptHandleIsInvalid", "is not a valid receipt handle.");
    bed_close(&bed);
}

TEST(test_sqs_delays)
{
    Bed bed;
    open_queue(&bed, "'DelaySeconds': '10'");
    send(&bed, "queue");
    bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'own', 'DelaySeconds': 5}");
    bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'none', 'DelaySeconds': 0}");
    check_counts(&bed, "1", "0", "2");
    bed_restart(&bed, false);
    check_counts(&bed, "1", "0", "2");
    CHECK_TEXT(receive(&bed, ", 'MaxNumberOfMessages': 10"), "Messages.0.Body", "none");
    bed_advance(&bed, 5 * DURATION_SECOND);
    CHECK_TEXT(receive(&bed, ", 'MaxNumberOfMessages': 10"), "Messages.0.Body", "own");
    bed_advance(&bed, 5 * DURATION_SECOND);
    CHECK_TEXT(receive(&bed, ", 'MaxNumberOfMessages': 10"), "Messages.0.Body", "queue");
    check_counts(&bed, "0", "3", "0");
    bed_close(&bed);
}

TEST(test_sqs_long_poll)
{
    Bed bed;
    open_queue(&bed, "'ReceiveMessageWaitTimeSeconds': '20'");
    Call *waiting = bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}");
    bed_advance(&bed, 20 * DURATION_SECOND - 1);
    CHECK(!bed_answer(&bed, waiting) && !waiting->user);
    bed_advance(&bed, 1);
    CHECK_TEXT(bed_answer(&bed, waiting), "Messages", "(none)");
    /* woken by a send: one of two */
    Call *first = bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}"),
         *second = bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}");
    send(&bed, "hello");
    CHECK_TEXT(bed_answer(&bed, first), "Messages.0.Body", "hello");
    snprintf(handle, sizeof handle, "%.*s", STR_ARG(bed_text(first->output, "Messages.0.ReceiptHandle")));
    CHECK(!bed_answer(&bed, second) && !second->user);
    /* by a change of visibility */
    CHECK(bed_call(&bed, "ChangeMessageVisibility", "{'QueueUrl': 'q', 'ReceiptHandle': '%s', 'VisibilityTimeout': 5}",
                   handle));
    bed_advance(&bed, 5 * DURATION_SECOND - 1);
    CHECK(!second->user);
    /* and by time */
    bed_advance(&bed, 1);
    CHECK_TEXT(bed_answer(&bed, second), "Messages.0.Body", "hello");
    /* by a delayed message, and by the end of the queue */
    Call *third = bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}");
    bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'late', 'DelaySeconds': 3}");
    bed_advance(&bed, 3 * DURATION_SECOND);
    CHECK_TEXT(bed_answer(&bed, third), "Messages.0.Body", "late");
    Call *fourth = bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}");
    bed_call(&bed, "DeleteQueue", "{'QueueUrl': 'q'}");
    bed_answer(&bed, fourth);
    CHECK_REFUSED(&bed, "AWS.SimpleQueueService.NonExistentQueue", "");
    bed_close(&bed);
}

TEST(test_sqs_client_gone)
{
    Bed bed;
    open_queue(&bed, "");
    Call *waiting = bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'q', 'WaitTimeSeconds': 20}");
    port_cancel(bed.port, waiting);
    send(&bed, "m");
    check_counts(&bed, "1", "0", "0");
    bed_answer(&bed, waiting);
    CHECK(waiting->user != NULL);
    bed_close(&bed);
}

TEST(test_sqs_retention)
{
    Bed bed;
    open_queue(&bed, "'MessageRetentionPeriod': '60'");
    for (int i = 0; i < 1500; i++) {
        bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'old'}");
        bed_forget(&bed);
    }
    receive(&bed, ", 'MaxNumberOfMessages': 10, 'VisibilityTimeout': 600");
    bed_advance(&bed, 30 * DURATION_SECOND);
    send(&bed, "young");
    bed_advance(&bed, 30 * DURATION_SECOND);
    check_counts(&bed, "1", "0", "0");
    CHECK_TEXT(receive(&bed, ""), "Messages.0.Body", "young");
    bed_restart(&bed, false);
    bed_advance(&bed, 60 * DURATION_SECOND);
    check_counts(&bed, "0", "0", "0");
    /* a shorter one counts at once */
    bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q', 'Attributes': {'MessageRetentionPeriod': '600'}}");
    send(&bed, "m");
    bed_advance(&bed, 100 * DURATION_SECOND);
    check_counts(&bed, "1", "0", "0");
    bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q', 'Attributes': {'MessageRetentionPeriod': '60'}}");
    CHECK_TEXT(receive(&bed, ""), "Messages", "(none)");
    bed_close(&bed);
}

/* More than the window holds: what does not fit is read back in order. */
TEST(test_sqs_large_backlog)
{
    enum { COUNT = SQS_FRESH_MAX + 1500 };
    Bed bed;
    open_queue(&bed, "");
    for (int i = 0; i < COUNT; i++) {
        bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': '%d', 'DelaySeconds': %d}", i, i % 100 == 7);
        bed_forget(&bed);
    }
    bed_advance(&bed, 2 * DURATION_SECOND);
    static bool seen[COUNT];
    memset(seen, 0, sizeof seen);
    int received = 0;
    for (Json *output; (output = receive(&bed, ", 'MaxNumberOfMessages': 10")), json_get(output, STR("Messages"));) {
        const Json *messages = json_get(output, STR("Messages"));
        for (uint32_t i = 0; i < messages->count; i++) {
            int64_t number;
            CHECK(str_parse_int(json_get_str(messages->items[i], STR("Body")), &number) && !seen[number]);
            seen[number] = true;
            received++;
        }
        if (received == 3000) bed_restart(&bed, false);
        bed_forget(&bed);
    }
    CHECK_INT(received, COUNT);
    bed_close(&bed);
}

TEST(test_sqs_fair_queue)
{
    Bed bed;
    open_queue(&bed, "");
    for (int i = 0; i < 100; i++)
        bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'noisy', 'MessageGroupId': 'n'}");
    for (int i = 0; i < 3; i++)
        bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'quiet', 'MessageGroupId': 'g%d'}", i);
    for (int i = 0; i < 4; i++) CHECK_TEXT(receive(&bed, ""), "Messages.0.Body", "noisy");
    Json *turn = receive(&bed, ", 'MaxNumberOfMessages': 10");
    CHECK_TEXT(turn, "Messages.0.Body", "noisy"); /* the fifth makes it noisy */
    for (int i = 1; i < 4; i++) {
        char path[32];
        snprintf(path, sizeof path, "Messages.%d.Body", i);
        CHECK_TEXT(turn, path, "quiet");
    }
    CHECK_TEXT(turn, "Messages.4.Body", "noisy"); /* nobody waits for its sake */
    bed_close(&bed);
}

/* A loan that was not synced is lost in a crash, and its receipt still deletes. */
TEST(test_sqs_crash)
{
    Bed bed;
    open_queue(&bed, "");
    for (int i = 0; i < 20; i++) send(&bed, "m");
    receive(&bed, ", 'MaxNumberOfMessages': 5");
    bed_restart(&bed, true);
    Json   *output = bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': 'q', 'AttributeNames': ['All']}");
    int64_t visible, hidden;
    CHECK(str_parse_int(bed_text(output, "Attributes.ApproximateNumberOfMessages"), &visible));
    CHECK(str_parse_int(bed_text(output, "Attributes.ApproximateNumberOfMessagesNotVisible"), &hidden));
    CHECK_INT(visible + hidden, 20);
    CHECK(bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q', 'ReceiptHandle': '%s'}", handle));
    bed_advance(&bed, 30 * DURATION_SECOND);
    check_counts(&bed, "19", "0", "0");
    bed_close(&bed);
}
