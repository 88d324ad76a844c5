/* sqs_fifo_test.c -- FIFO queues: order, groups, deduplication, attempts. */
#include "services/sqs/sqs.h"
#include "services/sqs/sqs_limits.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

static char handles[10][256]; /* of the messages last received */

static Json *receive(Bed *bed, const char *more)
{
    Json *output = bed_call(bed, "ReceiveMessage", "{'QueueUrl': 'q.fifo'%s}", more);
    for (int i = 0; i < 10; i++) {
        char path[40];
        snprintf(path, sizeof path, "Messages.%d.ReceiptHandle", i);
        snprintf(handles[i], sizeof handles[i], "%.*s", STR_ARG(bed_text(output, path)));
    }
    return output;
}

static Json *send(Bed *bed, const char *body, const char *group, const char *id)
{
    return bed_call(bed, "SendMessage", "{'QueueUrl': 'q.fifo', 'MessageBody': '%s', 'MessageGroupId': '%s'%s%s%s}",
                    body, group, id ? ", 'MessageDeduplicationId': '" : "", id ? id : "", id ? "'" : "");
}

static void check_bodies(Bed *bed, const char *more, const char *expected)
{
    Json       *output = receive(bed, more);
    const Json *messages = json_get(output, STR("Messages"));
    Str         bodies = STR("");
    for (uint32_t i = 0; messages && i < messages->count; i++)
        bodies = str_format(&bed->arena, "%.*s%s%.*s", STR_ARG(bodies), i ? " " : "",
                            STR_ARG(json_get_str(messages->items[i], STR("Body"))));
    CHECK_STR(bodies, str_from_c(expected));
}

static void open_queue(Bed *bed, const char *attributes)
{
    bed_open(bed, &sqs_service, 11);
    CHECK(bed_call(bed, "CreateQueue", "{'QueueName': 'q.fifo', 'Attributes': {'FifoQueue': 'true'%s}}", attributes));
}

#define CONTENT ", 'ContentBasedDeduplication': 'true'"
#define TEN     ", 'MaxNumberOfMessages': 10"

TEST(test_sqs_fifo_order)
{
    Bed bed;
    open_queue(&bed, CONTENT);
    send(&bed, "a1", "a", NULL);
    send(&bed, "a2", "a", NULL);
    send(&bed, "b1", "b", NULL);
    send(&bed, "a3", "a", NULL);
    send(&bed, "c1", "c", NULL);
    check_bodies(&bed, ", 'MaxNumberOfMessages': 2", "a1 a2");
    char a1[256], a2[256];
    snprintf(a1, sizeof a1, "%s", handles[0]);
    snprintf(a2, sizeof a2, "%s", handles[1]);
    check_bodies(&bed, TEN, "b1 c1"); /* a is locked */
    CHECK(bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q.fifo', 'ReceiptHandle': '%s'}", a1));
    check_bodies(&bed, TEN, "");
    CHECK(bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q.fifo', 'ReceiptHandle': '%s'}", a2));
    check_bodies(&bed, TEN, "a3");
    bed_restart(&bed, false);
    check_bodies(&bed, TEN, "");
    bed_advance(&bed, 30 * DURATION_SECOND);
    check_bodies(&bed, TEN, "b1 a3 c1");
    bed_close(&bed);
}

TEST(test_sqs_fifo_delete_wakes)
{
    Bed bed;
    open_queue(&bed, CONTENT);
    send(&bed, "a1", "a", NULL);
    send(&bed, "a2", "a", NULL);
    check_bodies(&bed, "", "a1");
    Call *waiting = bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'q.fifo', 'WaitTimeSeconds': 20}");
    CHECK(!bed_answer(&bed, waiting) && !waiting->user);
    CHECK(bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q.fifo', 'ReceiptHandle': '%s'}", handles[0]));
    CHECK_TEXT(bed_answer(&bed, waiting), "Messages.0.Body", "a2");
    bed_close(&bed);
}

TEST(test_sqs_fifo_attributes_of_messages)
{
    Bed bed;
    open_queue(&bed, "");
    Json *sent = send(&bed, "m", "g", "d");
    CHECK_TEXT(sent, "SequenceNumber", "10000000000000000001");
    Json *got = receive(&bed, ", 'MessageSystemAttributeNames': ['All']");
    CHECK_TEXT(got, "Messages.0.Attributes",
               "{\"SenderId\":\"000000000000\",\"SentTimestamp\":\"1767225600000\",\"ApproximateReceiveCount\":\"1\","
               "\"ApproximateFirstReceiveTimestamp\":\"1767225600000\",\"SequenceNumber\":\"10000000000000000001\","
               "\"MessageDeduplicationId\":\"d\",\"MessageGroupId\":\"g\"}");
    bed_close(&bed);
}

TEST(test_sqs_fifo_refusals)
{
    Bed bed;
    open_queue(&bed, "");
    bed_call(&bed, "SendMessage", "{'QueueUrl': 'q.fifo', 'MessageBody': 'm'}");
    CHECK_REFUSED(&bed, "MissingParameter", "The request must contain the parameter MessageGroupId.");
    send(&bed, "m", "g", NULL);
    CHECK_REFUSED(
        &bed, "InvalidParameterValue",
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
    bed_call(&bed, "SendMessage",
             "{'QueueUrl': 'q.fifo', 'MessageBody': 'm', 'MessageGroupId': 'g', 'MessageDeduplicationId': 'd', "
             "'DelaySeconds': 2}");
    CHECK_REFUSED(&bed, "InvalidParameterValue",
                  "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not "
                  "valid for this queue type.");
    /* one bad entry ends a batch */
    bed_call(&bed, "SendMessageBatch",
             "{'QueueUrl': 'q.fifo', 'Entries': [{'Id': 'a', 'MessageBody': 'm', 'MessageGroupId': 'g', "
             "'MessageDeduplicationId': 'd'},"
             " {'Id': 'b', 'MessageBody': 'm'}]}");
    CHECK_REFUSED(&bed, "MissingParameter", "The request must contain the parameter MessageGroupId.");
    check_bodies(&bed, TEN, "");
    /* expired receipts */
    send(&bed, "m", "g", "d");
    check_bodies(&bed, ", 'VisibilityTimeout': 0", "m");
    bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q.fifo', 'ReceiptHandle': '%s'}", handles[0]);
    CHECK_REFUSED(&bed, "InvalidParameterValue",
                  "for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.");
    bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q.fifo', 'ReceiveRequestAttemptId': 'a b'}");
    CHECK_REFUSED(&bed, "InvalidParameterValue",
                  "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters.");
    bed_close(&bed);
}

TEST(test_sqs_fifo_deduplication)
{
    Bed bed;
    open_queue(&bed, CONTENT);
    char first[64];
    snprintf(first, sizeof first, "%.*s", STR_ARG(bed_text(send(&bed, "m", "a", NULL), "MessageId")));
    Json *again = send(&bed, "m", "b", NULL); /* the scope is the queue */
    CHECK_TEXT(again, "MessageId", first);
    CHECK_TEXT(again, "SequenceNumber", "10000000000000000001");
    Json *other = send(&bed, "other", "a",
                       "62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a"); /* SHA-256 of "m" */
    CHECK_TEXT(other, "MessageId", first);
    CHECK_TEXT(other, "MD5OfMessageBody", "795f3202b17cb6bc3d4b771d8c6c9eaf");
    check_bodies(&bed, TEN, "m");
    CHECK(bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q.fifo', 'ReceiptHandle': '%s'}", handles[0]));
    bed_restart(&bed, false);
    bed_advance(&bed, SQS_DEDUPLICATION_INTERVAL - 1);
    send(&bed, "m", "a", NULL);
    check_bodies(&bed, TEN, ""); /* also after it was deleted */
    bed_advance(&bed, 1);
    send(&bed, "m", "a", NULL);
    check_bodies(&bed, TEN, "m");
    /* twins within a batch */
    Json *batch = bed_call(&bed, "SendMessageBatch",
                           "{'QueueUrl': 'q.fifo', 'Entries': [{'Id': 'a', 'MessageBody': 't', 'MessageGroupId': 'x'},"
                           " {'Id': 'b', 'MessageBody': 't', 'MessageGroupId': 'x'}]}");
    char  id[64];
    snprintf(id, sizeof id, "%.*s", STR_ARG(bed_text(batch, "Successful.0.MessageId")));
    CHECK_TEXT(batch, "Successful.1.MessageId", id);
    check_bodies(&bed, TEN, "t");
    bed_close(&bed);
}

TEST(test_sqs_fifo_deduplication_by_group)
{
    Bed bed;
    open_queue(&bed, CONTENT ", 'DeduplicationScope': 'messageGroup'");
    send(&bed, "m", "a", NULL);
    send(&bed, "m", "b", NULL);
    send(&bed, "m", "a", NULL);
    check_bodies(&bed, TEN, "m m");
    bed_close(&bed);
}

TEST(test_sqs_fifo_attempt)
{
    Bed bed;
    open_queue(&bed, CONTENT);
    send(&bed, "a1", "a", NULL);
    send(&bed, "b1", "b", NULL);
    send(&bed, "a2", "a", NULL);
    check_bodies(&bed, ", 'MaxNumberOfMessages': 1, 'ReceiveRequestAttemptId': 'try'", "a1");
    char first[256];
    snprintf(first, sizeof first, "%s", handles[0]);
    bed_advance(&bed, 20 * DURATION_SECOND);
    check_bodies(&bed, ", 'MaxNumberOfMessages': 1, 'ReceiveRequestAttemptId': 'try'", "a1");
    CHECK(strcmp(first, handles[0]) == 0);
    bed_advance(&bed, 20 * DURATION_SECOND); /* it was hidden anew */
    check_bodies(&bed, ", 'MaxNumberOfMessages': 1", "b1");
    CHECK(bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q.fifo', 'ReceiptHandle': '%s'}", first));
    check_bodies(&bed, ", 'MaxNumberOfMessages': 1, 'ReceiveRequestAttemptId': 'try'", "a2");
    bed_close(&bed);
}

TEST(test_sqs_fifo_delay)
{
    Bed bed;
    open_queue(&bed, CONTENT ", 'DelaySeconds': '10'");
    send(&bed, "a1", "a", NULL);
    bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q.fifo', 'Attributes': {'DelaySeconds': '0'}}");
    send(&bed, "a2", "a", NULL);
    send(&bed, "b1", "b", NULL);
    check_bodies(&bed, TEN, "b1"); /* a2 waits behind a1 */
    bed_restart(&bed, false);
    Call *waiting =
        bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'q.fifo', 'MaxNumberOfMessages': 10, 'WaitTimeSeconds': 20}");
    bed_advance(&bed, 10 * DURATION_SECOND);
    CHECK_TEXT(bed_answer(&bed, waiting), "Messages.1.Body", "a2");
    bed_close(&bed);
}

/* One blocked group in front of more than a fill reads: the others are found, and in order. */
TEST(test_sqs_fifo_backlog)
{
    enum { COUNT = 3000 };
    Bed bed;
    open_queue(&bed, CONTENT);
    for (int i = 0; i < COUNT; i++) {
        char body[16];
        snprintf(body, sizeof body, "%d", i);
        send(&bed, body, i < COUNT - 2 ? "big" : "small", NULL);
        bed_forget(&bed);
    }
    check_bodies(&bed, "", "0");
    bed_restart(&bed, false);
    Call *waiting =
        bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'q.fifo', 'MaxNumberOfMessages': 10, 'WaitTimeSeconds': 1}");
    CHECK_TEXT(bed_answer(&bed, waiting), "Messages.0.Body", "2998");
    CHECK_TEXT(waiting->output, "Messages.1.Body", "2999");
    bed_advance(&bed, 30 * DURATION_SECOND);
    check_bodies(&bed, TEN, "0 1 2 3 4 5 6 7 8 9");
    bed_close(&bed);
}
