/* sqs_redrive_test.c -- dead-letter queues and message move tasks. */
#include "services/sqs/sqs.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

#define ARN "arn:aws:sqs:us-east-1:000000000000:"
#define URL "http://localhost:4566/000000000000/"

static void open_pair(Bed *bed)
{
    bed_open(bed, &sqs_service, 3);
    CHECK(bed_call(bed, "CreateQueue", "{'QueueName': 'dead'}"));
    CHECK(bed_call(bed, "CreateQueue",
                   "{'QueueName': 'q', 'Attributes': {'VisibilityTimeout': '1', 'RedrivePolicy':"
                   " '{\\u0022deadLetterTargetArn\\u0022:\\u0022" ARN
                   "dead\\u0022,\\u0022maxReceiveCount\\u0022:\\u00222\\u0022}'}}"));
}

static void check_count(Bed *bed, const char *queue, const char *expected)
{
    CHECK_TEXT(bed_call(bed, "GetQueueAttributes",
                        "{'QueueUrl': '%s', 'AttributeNames': ['ApproximateNumberOfMessages']}", queue),
               "Attributes.ApproximateNumberOfMessages", expected);
}

/* Sends messages and lets them die. */
static void kill_messages(Bed *bed, int count)
{
    for (int i = 0; i < count; i++) CHECK(bed_call(bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'm%d'}", i));
    for (int round = 0; round < 3; round++) {
        while (json_get(bed_call(bed, "ReceiveMessage", "{'QueueUrl': 'q', 'MaxNumberOfMessages': 10}"),
                        STR("Messages"))) {
        }
        bed_advance(bed, DURATION_SECOND);
    }
    check_count(bed, "q", "0");
}

TEST(test_sqs_redrive)
{
    Bed bed;
    open_pair(&bed);
    CHECK_TEXT(bed_call(&bed, "GetQueueAttributes", "{'QueueUrl': 'q', 'AttributeNames': ['RedrivePolicy']}"),
               "Attributes.RedrivePolicy", "{\"deadLetterTargetArn\":\"" ARN "dead\",\"maxReceiveCount\":\"2\"}");
    Call *waiting =
        bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'dead', 'WaitTimeSeconds': 20, 'AttributeNames': ['All']}");
    kill_messages(&bed, 1);
    Json *got = bed_answer(&bed, waiting);
    CHECK_TEXT(got, "Messages.0.Body", "m0");
    CHECK_TEXT(got, "Messages.0.Attributes.DeadLetterQueueSourceArn", ARN "q");
    CHECK_TEXT(got, "Messages.0.Attributes.ApproximateReceiveCount", "3");
    CHECK_TEXT(got, "Messages.0.Attributes.SentTimestamp", "1767225600000");
    CHECK_TEXT(bed_call(&bed, "ListDeadLetterSourceQueues", "{'QueueUrl': 'dead'}"), "queueUrls", "[\"" URL "q\"]");
    CHECK_TEXT(bed_call(&bed, "ListDeadLetterSourceQueues", "{'QueueUrl': 'q'}"), "queueUrls", "[]");
    /* without its dead-letter queue, a message stays */
    bed_call(&bed, "DeleteQueue", "{'QueueUrl': 'dead'}");
    bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'stays'}");
    for (int i = 0; i < 5; i++) {
        CHECK_TEXT(bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}"), "Messages.0.Body", "stays");
        bed_advance(&bed, DURATION_SECOND);
    }
    bed_close(&bed);
}

TEST(test_sqs_redrive_keeps_order)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 3);
    bed_call(&bed, "CreateQueue", "{'QueueName': 'dead.fifo', 'Attributes': {'FifoQueue': 'true'}}");
    bed_call(&bed, "CreateQueue",
             "{'QueueName': 'q.fifo', 'Attributes': {'FifoQueue': 'true', 'ContentBasedDeduplication': 'true', "
             "'RedrivePolicy':"
             " '{\\u0022deadLetterTargetArn\\u0022:\\u0022" ARN "dead.fifo\\u0022,\\u0022maxReceiveCount\\u0022:1}'}}");
    for (int i = 0; i < 5; i++)
        bed_call(&bed, "SendMessage", "{'QueueUrl': 'q.fifo', 'MessageBody': '%d', 'MessageGroupId': 'g'}", i);
    bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q.fifo', 'MaxNumberOfMessages': 3, 'VisibilityTimeout': 1}");
    bed_advance(&bed, DURATION_SECOND);
    CHECK_TEXT(bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q.fifo'}"), "Messages.0.Body", "3");
    Json *dead = bed_call(&bed, "ReceiveMessage",
                          "{'QueueUrl': 'dead.fifo', 'MaxNumberOfMessages': 10, 'AttributeNames': ['MessageGroupId']}");
    for (int i = 0; i < 3; i++) {
        char path[32], body[16];
        snprintf(path, sizeof path, "Messages.%d.Body", i);
        snprintf(body, sizeof body, "%d", i);
        CHECK_TEXT(dead, path, body);
    }
    CHECK_TEXT(dead, "Messages.2.Attributes.MessageGroupId", "g");
    bed_close(&bed);
}

static void refuse_policy(Bed *bed, const char *name, const char *policy, const char *words)
{
    bed_call(bed, "SetQueueAttributes", "{'QueueUrl': 'q', 'Attributes': {'%s': '%s'}}", name, policy);
    CHECK_REFUSED(bed, "InvalidParameterValue", words);
}

#define Q "\\u0022"

TEST(test_sqs_redrive_policies)
{
    Bed bed;
    open_pair(&bed);
    bed_call(&bed, "CreateQueue", "{'QueueName': 'x.fifo', 'Attributes': {'FifoQueue': 'true'}}");
    refuse_policy(&bed, "RedrivePolicy", "[]", "Redrive policy is not a valid JSON map.");
    refuse_policy(&bed, "RedrivePolicy", "{" Q "maxReceiveCount" Q ":1}",
                  "does not contain mandatory attribute: deadLetterTargetArn.");
    refuse_policy(&bed, "RedrivePolicy", "{" Q "deadLetterTargetArn" Q ":" Q "x" Q "}",
                  "does not contain mandatory attribute: maxReceiveCount.");
    refuse_policy(&bed, "RedrivePolicy", "{" Q "deadLetterTargetArn" Q ":" Q "x" Q "," Q "maxReceiveCount" Q ":1}",
                  "Invalid value for deadLetterTargetArn.");
    refuse_policy(&bed, "RedrivePolicy",
                  "{" Q "deadLetterTargetArn" Q ":" Q ARN "none" Q "," Q "maxReceiveCount" Q ":1}",
                  "Dead letter target does not exist.");
    refuse_policy(&bed, "RedrivePolicy",
                  "{" Q "deadLetterTargetArn" Q ":" Q ARN "x.fifo" Q "," Q "maxReceiveCount" Q ":1}",
                  "must be same type of queue");
    refuse_policy(&bed, "RedrivePolicy",
                  "{" Q "deadLetterTargetArn" Q ":" Q ARN "dead" Q "," Q "maxReceiveCount" Q ":0}",
                  "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.");
    refuse_policy(&bed, "RedrivePolicy",
                  "{" Q "deadLetterTargetArn" Q ":" Q ARN "dead" Q "," Q "maxReceiveCount" Q ":1001}",
                  "Invalid value for maxReceiveCount: 1001");
    refuse_policy(&bed, "RedrivePolicy",
                  "{" Q "deadLetterTargetArn" Q ":" Q ARN "dead" Q "," Q "maxReceiveCount" Q ":1," Q "x" Q ":1}",
                  "Only following attributes are supported");
    refuse_policy(&bed, "RedriveAllowPolicy", "x", "unsupported format.");
    refuse_policy(&bed, "RedriveAllowPolicy", "{" Q "redrivePermission" Q ":" Q "some" Q "}", "unsupported format.");
    refuse_policy(&bed, "RedriveAllowPolicy", "{" Q "redrivePermission" Q ":" Q "byQueue" Q "}",
                  "you must also specify one or more sourceQueueArns values.");
    refuse_policy(&bed, "RedriveAllowPolicy",
                  "{" Q "redrivePermission" Q ":" Q "denyAll" Q "," Q "sourceQueueArns" Q ":[" Q "a" Q "]}",
                  "you must set redrivePermission to byQueue.");
    refuse_policy(&bed, "RedriveAllowPolicy",
                  "{" Q "redrivePermission" Q ":" Q "byQueue" Q "," Q "sourceQueueArns" Q ":[" Q "1" Q "," Q "2" Q "," Q
                  "3" Q "," Q "4" Q "," Q "5" Q "," Q "6" Q "," Q "7" Q "," Q "8" Q "," Q "9" Q "," Q "10" Q "," Q
                  "11" Q "]}",
                  "The maximum number of source queue ARNs you can specify is 10.");
    /* enforcement */
    static const struct {
        const char *allow;
        bool        allowed;
    } cases[] = {
        { "{" Q "redrivePermission" Q ":" Q "denyAll" Q "}", false },
        { "{" Q "redrivePermission" Q ":" Q "byQueue" Q "," Q "sourceQueueArns" Q ":[" Q ARN "other" Q "]}", false },
        { "{" Q "redrivePermission" Q ":" Q "byQueue" Q "," Q "sourceQueueArns" Q ":[" Q ARN "other" Q "," Q ARN "q" Q
          "]}",
          true },
        { "{" Q "redrivePermission" Q ":" Q "allowAll" Q "}", true },
        { "", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'dead', 'Attributes': {'RedriveAllowPolicy': '%s'}}",
                       cases[i].allow));
        Json *output = bed_call(&bed, "SetQueueAttributes",
                                "{'QueueUrl': 'q', 'Attributes': {'RedrivePolicy': '{" Q "deadLetterTargetArn" Q
                                ":" Q ARN "dead" Q "," Q "maxReceiveCount" Q ":3}'}}");
        CHECK((output != NULL) == cases[i].allowed);
    }
    CHECK(bed_call(&bed, "SetQueueAttributes", "{'QueueUrl': 'q', 'Attributes': {'RedrivePolicy': ''}}"));
    CHECK_TEXT(bed_call(&bed, "ListDeadLetterSourceQueues", "{'QueueUrl': 'dead'}"), "queueUrls", "[]");
    bed_close(&bed);
}

/* ---- move tasks ---- */

static void start_task(Bed *bed, const char *more)
{
    CHECK(bed_call(bed, "StartMessageMoveTask", "{'SourceArn': '" ARN "dead'%s}", more));
}

static Json *list_tasks(Bed *bed)
{
    return bed_call(bed, "ListMessageMoveTasks", "{'SourceArn': '" ARN "dead', 'MaxResults': 10}");
}

TEST(test_sqs_move_back)
{
    Bed bed;
    open_pair(&bed);
    kill_messages(&bed, 250);
    check_count(&bed, "dead", "250");
    start_task(&bed, "");
    Json *list = list_tasks(&bed);
    CHECK_TEXT(list, "Results",
               "[{\"Status\":\"COMPLETED\",\"SourceArn\":\"" ARN "dead\",\"ApproximateNumberOfMessagesMoved\":250,"
               "\"ApproximateNumberOfMessagesToMove\":250,\"StartedTimestamp\":1767225603000}]");
    check_count(&bed, "dead", "0");
    check_count(&bed, "q", "250");
    Json *got = bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q', 'AttributeNames': ['All']}");
    CHECK_TEXT(got, "Messages.0.Attributes.DeadLetterQueueSourceArn", "(none)");
    bed_close(&bed);
}

TEST(test_sqs_move_with_rate)
{
    Bed bed;
    open_pair(&bed);
    bed_call(&bed, "CreateQueue", "{'QueueName': 'to'}");
    kill_messages(&bed, 10);
    start_task(&bed, ", 'DestinationArn': '" ARN "to', 'MaxNumberOfMessagesPerSecond': 2");
    check_count(&bed, "to", "2");
    bed_call(&bed, "StartMessageMoveTask", "{'SourceArn': '" ARN "dead'}");
    CHECK_REFUSED(
        &bed, "InvalidParameterValue",
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time.");
    bed_advance(&bed, DURATION_SECOND);
    check_count(&bed, "to", "4");
    bed_restart(&bed, false); /* it goes on */
    bed_advance(&bed, DURATION_SECOND);
    check_count(&bed, "to", "6");
    Json *list = list_tasks(&bed);
    CHECK_TEXT(list, "Results.0.Status", "RUNNING");
    CHECK_TEXT(list, "Results.0.MaxNumberOfMessagesPerSecond", "2");
    CHECK_TEXT(list, "Results.0.DestinationArn", ARN "to");
    char handle[512];
    snprintf(handle, sizeof handle, "%.*s", STR_ARG(bed_text(list, "Results.0.TaskHandle")));
    CHECK_TEXT(bed_call(&bed, "CancelMessageMoveTask", "{'TaskHandle': '%s'}", handle),
               "ApproximateNumberOfMessagesMoved", "6");
    CHECK_TEXT(list_tasks(&bed), "Results.0.Status", "CANCELLING");
    bed_advance(&bed, 2 * DURATION_SECOND);
    CHECK_TEXT(list_tasks(&bed), "Results.0.Status", "CANCELLED");
    check_count(&bed, "to", "6");
    bed_call(&bed, "CancelMessageMoveTask", "{'TaskHandle': '%s'}", handle);
    CHECK_REFUSED(&bed, "AWS.SimpleQueueService.UnsupportedOperation", "Only active tasks can be cancelled.");
    /* a destination that goes away */
    start_task(&bed, ", 'DestinationArn': '" ARN "to', 'MaxNumberOfMessagesPerSecond': 1");
    bed_call(&bed, "DeleteQueue", "{'QueueUrl': 'to'}");
    bed_advance(&bed, DURATION_SECOND);
    list = list_tasks(&bed);
    CHECK_TEXT(list, "Results.0.Status", "FAILED");
    CHECK_TEXT(list, "Results.0.FailureReason", "AWS.SimpleQueueService.NonExistentQueue");
    CHECK_TEXT(list, "Results.1.Status", "CANCELLED");
    /* a message of unknown origin */
    bed_call(&bed, "PurgeQueue", "{'QueueUrl': 'dead'}");
    bed_call(&bed, "SendMessage", "{'QueueUrl': 'dead', 'MessageBody': 'm'}");
    start_task(&bed, "");
    CHECK_TEXT(list_tasks(&bed), "Results.0.FailureReason", "CouldNotDetermineMessageSource");
    /* only ten are remembered */
    for (int i = 0; i < 12; i++) {
        bed_advance(&bed, DURATION_SECOND);
        start_task(&bed, "");
    }
    CHECK_INT(json_get(list_tasks(&bed), STR("Results"))->count, 10);
    bed_close(&bed);
}

TEST(test_sqs_move_refusals)
{
    static const struct {
        const char *operation, *input, *code, *words;
    } cases[] = {
        { "StartMessageMoveTask", "", "MissingParameter", "The request must contain the parameter SourceArn." },
        { "StartMessageMoveTask", "'SourceArn': 'x'", "InvalidParameterValue",
          "You must use this format to specify the SourceArn: "
          "arn:<partition>:<service>:<region>:<account-id>:<resource-id>" },
        { "StartMessageMoveTask", "'SourceArn': '" ARN "none'", "ResourceNotFoundException",
          "The resource that you specified for the SourceArn parameter doesn't exist." },
        { "StartMessageMoveTask", "'SourceArn': '" ARN "q'", "InvalidParameterValue",
          "Source queue must be configured as a Dead Letter Queue." },
        { "StartMessageMoveTask", "'SourceArn': '" ARN "dead', 'DestinationArn': '" ARN "none'",
          "ResourceNotFoundException",
          "The resource that you specified for the DestinationArn parameter doesn't exist." },
        { "StartMessageMoveTask", "'SourceArn': '" ARN "dead', 'DestinationArn': '" ARN "dead'",
          "InvalidParameterValue", "cannot be the same" },
        { "StartMessageMoveTask", "'SourceArn': '" ARN "dead', 'MaxNumberOfMessagesPerSecond': 501",
          "InvalidParameterValue", "Value 501 for parameter MaxNumberOfMessagesPerSecond" },
        { "StartMessageMoveTask", "'SourceArn': '" ARN "dead', 'MaxNumberOfMessagesPerSecond': 0",
          "InvalidParameterValue", "Value 0 for parameter MaxNumberOfMessagesPerSecond" },
        { "ListMessageMoveTasks", "", "MissingParameter", "SourceArn" },
        { "ListMessageMoveTasks", "'SourceArn': '" ARN "none'", "ResourceNotFoundException", "SourceArn" },
        { "ListMessageMoveTasks", "'SourceArn': '" ARN "dead', 'MaxResults': 11", "InvalidParameterValue",
          "Value 11 for parameter MaxResults is invalid." },
        { "CancelMessageMoveTask", "", "MissingParameter", "TaskHandle" },
        { "CancelMessageMoveTask", "'TaskHandle': 'x'", "InvalidParameterValue",
          "Value for parameter TaskHandle is invalid." },
        { "CancelMessageMoveTask", "'TaskHandle': 'e30='", "InvalidParameterValue",
          "Value for parameter TaskHandle is invalid." },
        { "CancelMessageMoveTask",
          "'TaskHandle': "
          "'eyJ0YXNrSWQiOiJ4Iiwic291cmNlQXJuIjoiYXJuOmF3czpzcXM6dXMtZWFzdC0xOjAwMDAwMDAwMDAwMDpkZWFkIn0='",
          "ResourceNotFoundException", "Task does not exist." },
    };
    Bed bed;
    open_pair(&bed);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bed_call(&bed, cases[i].operation, "{%s}", cases[i].input);
        CHECK_REFUSED(&bed, cases[i].code, cases[i].words);
    }
    bed_close(&bed);
}
