/* sqs_fault_test.c -- what happens when memory or the disk fails under a call, and at the limit of
 * messages in flight. */
#include "base/log.h"
#include "services/sqs/sqs.h"
#include "services/sqs/sqs_limits.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

static int64_t count_messages(Bed *bed, const char *queue)
{
    static const char *const names[] = { "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                                         "ApproximateNumberOfMessagesDelayed" };
    Json   *output = bed_call(bed, "GetQueueAttributes", "{'QueueUrl': '%s', 'AttributeNames': ['All']}", queue);
    int64_t sum = 0, number;
    for (size_t i = 0; i < 3; i++)
        if (CHECK(str_parse_int(json_get_str(json_get(output, STR("Attributes")), str_from_c(names[i])), &number)))
            sum += number;
    return sum;
}

/* Fails the n-th allocation of a send, a receive and a delete: each has happened as a whole, or not. */
static void fail_allocations(bool fifo)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 21);
    log_set_level(LOG_NOTHING);
    const char *queue = fifo ? "q.fifo" : "q", *more = fifo ? ", 'MessageGroupId': 'g'" : "";
    CHECK(bed_call(&bed, "CreateQueue", "{'QueueName': '%s'%s}", queue,
                   fifo ? ", 'Attributes': {'FifoQueue': 'true', 'ContentBasedDeduplication': 'true'}" : ""));
    int there = 0, refused = 0;
    for (uint64_t nth = 1; nth <= 40; nth++) {
        char handle[128];
        bed.fail_allocation = nth;
        Json *output =
            bed_call(&bed, "SendMessage", "{'QueueUrl': '%s', 'MessageBody': '%d'%s}", queue, (int)nth, more);
        there += output != NULL;
        refused += output == NULL;
        CHECK_INT(count_messages(&bed, queue), there);
        bed.fail_allocation = nth;
        output = bed_call(&bed, "ReceiveMessage", "{'QueueUrl': '%s'}", queue);
        refused += output == NULL;
        snprintf(handle, sizeof handle, "%.*s", STR_ARG(bed_text(output, "Messages.0.ReceiptHandle")));
        CHECK_INT(count_messages(&bed, queue), there);
        if (json_get(output, STR("Messages"))) {
            bed.fail_allocation = nth;
            output = bed_call(&bed, "DeleteMessage", "{'QueueUrl': '%s', 'ReceiptHandle': '%s'}", queue, handle);
            there -= output != NULL;
            refused += output == NULL;
        }
        CHECK_INT(count_messages(&bed, queue), there);
        bed_advance(&bed, 31 * DURATION_SECOND);
    }
    CHECK(refused > 0);
    log_set_level(LOG_INFO);
    bed_close(&bed);
}

TEST(test_sqs_out_of_memory)
{
    fail_allocations(false);
    fail_allocations(true);
}

/* Who waits when the service's memory is dropped and rebuilt still gets what is sent then. */
TEST(test_sqs_waiting_through_a_failure)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 22);
    log_set_level(LOG_NOTHING);
    bed_call(&bed, "CreateQueue", "{'QueueName': 'q'}");
    Call *waiting = bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'q', 'WaitTimeSeconds': 20}");
    Json *failed = NULL;
    for (uint64_t nth = 1; nth < 40 && !bed.error; nth++) {
        bed.fail_allocation = nth;
        failed = bed_call(&bed, "CreateQueue", "{'QueueName': 'other%d'}", (int)nth);
    }
    CHECK(failed == NULL && !waiting->user);
    CHECK(bed_call(&bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': 'm'}"));
    CHECK_TEXT(bed_answer(&bed, waiting), "Messages.0.Body", "m");
    log_set_level(LOG_INFO);
    bed_close(&bed);
}

TEST(test_sqs_in_flight_limit)
{
    Bed bed;
    bed_open(&bed, &sqs_service, 23);
    bed_call(&bed, "CreateQueue", "{'QueueName': 'q'}");
    for (int i = 0; i < SQS_IN_FLIGHT_MAX + 10; i += 10) {
        CHECK(bed_call(&bed, "SendMessageBatch",
                       "{'QueueUrl': 'q', 'Entries': "
                       "[{'Id':'0','MessageBody':'x'},{'Id':'1','MessageBody':'x'},{'Id':'2','MessageBody':'x'},"
                       "{'Id':'3','MessageBody':'x'},{'Id':'4','MessageBody':'x'},{'Id':'5','MessageBody':'x'},{'Id':'"
                       "6','MessageBody':'x'},"
                       "{'Id':'7','MessageBody':'x'},{'Id':'8','MessageBody':'x'},{'Id':'9','MessageBody':'x'}]}"));
        bed_forget(&bed);
    }
    char handle[128] = "";
    for (int i = 0; i < SQS_IN_FLIGHT_MAX; i += 10) {
        Json *output = bed_call(&bed, "ReceiveMessage",
                                "{'QueueUrl': 'q', 'MaxNumberOfMessages': 10, 'VisibilityTimeout': 43200}");
        snprintf(handle, sizeof handle, "%.*s", STR_ARG(bed_text(output, "Messages.9.ReceiptHandle")));
        bed_forget(&bed);
    }
    bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}");
    CHECK_REFUSED(&bed, "OverLimit", "");
    Call *waiting = bed_start(&bed, "ReceiveMessage", "{'QueueUrl': 'q', 'WaitTimeSeconds': 2}");
    bed_advance(&bed, 2 * DURATION_SECOND);
    CHECK_TEXT(bed_answer(&bed, waiting), "Messages", "(none)"); /* who waits is not refused */
    CHECK(bed_call(&bed, "DeleteMessage", "{'QueueUrl': 'q', 'ReceiptHandle': '%s'}", handle));
    CHECK(json_get(bed_call(&bed, "ReceiveMessage", "{'QueueUrl': 'q'}"), STR("Messages")));
    bed_close(&bed);
}
