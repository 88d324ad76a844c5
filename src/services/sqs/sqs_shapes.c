/* sqs_shapes.c -- the shapes of SQS: as in JSON, and what the query protocol calls things. */
#include "services/sqs/sqs_shapes.h"

/* clang-format off */

#define S(name) { F(name), &shape_string, 0, { NULL, 0 } }
#define S_REQUIRED(name) { F(name), &shape_string, REQUIRED, { NULL, 0 } }
#define I(name) { F(name), &shape_integer, 0, { NULL, 0 } }
#define FLAT_FIELD(name, shape, flags, wire) { F(name), shape, FLAT | (flags), F(wire) }
#define INPUT(operation, fields) const Shape sqs_input_##operation = STRUCTURE(#operation "Request", fields)
#define OUTPUT(operation, fields) const Shape sqs_output_##operation = STRUCTURE(#operation "Result", fields)
#define NO_OUTPUT(operation) const Shape sqs_output_##operation = EMPTY_STRUCTURE(#operation "Result")
#define NAMED_MAP(shape_name, of, key, value) \
    { .kind = SHAPE_MAP, .name = STR_CONST(shape_name), .element = (of), .key_name = STR_CONST(key), \
      .value_name = STR_CONST(value) }

static const Shape attribute_map = NAMED_MAP("QueueAttributeMap", &shape_string, "Name", "Value");
static const Shape tag_map = NAMED_MAP("TagMap", &shape_string, "Key", "Value");

static const Shape blob_list = LIST("BinaryList", &shape_blob);
static const Field attribute_value_fields[] = {
    S("StringValue"),
    { F("BinaryValue"), &shape_blob, 0, { NULL, 0 } },
    FLAT_FIELD("StringListValues", &shape_string_list, 0, "StringListValue"),
    FLAT_FIELD("BinaryListValues", &blob_list, 0, "BinaryListValue"),
    S_REQUIRED("DataType"),
};
static const Shape attribute_value = STRUCTURE("MessageAttributeValue", attribute_value_fields);
static const Shape message_attribute_map = NAMED_MAP("MessageBodyAttributeMap", &attribute_value, "Name", "Value");

/* ---- queues ---- */

static const Field create_queue_input[] = {
    S_REQUIRED("QueueName"),
    FLAT_FIELD("Attributes", &attribute_map, 0, "Attribute"),
    FLAT_FIELD("tags", &tag_map, 0, "Tag"),
};
INPUT(CreateQueue, create_queue_input);
static const Field queue_url_output[] = { S("QueueUrl") };
OUTPUT(CreateQueue, queue_url_output);

static const Field get_queue_url_input[] = { S_REQUIRED("QueueName"), S("QueueOwnerAWSAccountId") };
INPUT(GetQueueUrl, get_queue_url_input);
OUTPUT(GetQueueUrl, queue_url_output);

static const Field list_queues_input[] = { S("QueueNamePrefix"), S("NextToken"), I("MaxResults") };
INPUT(ListQueues, list_queues_input);
static const Field list_queues_output[] = {
    S("NextToken"),
    FLAT_FIELD("QueueUrls", &shape_string_list, 0, "QueueUrl"),
};
OUTPUT(ListQueues, list_queues_output);

static const Field queue_url_input[] = { S_REQUIRED("QueueUrl") };
INPUT(DeleteQueue, queue_url_input);
NO_OUTPUT(DeleteQueue);
INPUT(PurgeQueue, queue_url_input);
NO_OUTPUT(PurgeQueue);

static const Field get_attributes_input[] = {
    S_REQUIRED("QueueUrl"),
    FLAT_FIELD("AttributeNames", &shape_string_list, 0, "AttributeName"),
};
INPUT(GetQueueAttributes, get_attributes_input);
static const Field get_attributes_output[] = { FLAT_FIELD("Attributes", &attribute_map, 0, "Attribute") };
OUTPUT(GetQueueAttributes, get_attributes_output);

static const Field set_attributes_input[] = {
    S_REQUIRED("QueueUrl"),
    FLAT_FIELD("Attributes", &attribute_map, REQUIRED, "Attribute"),
};
INPUT(SetQueueAttributes, set_attributes_input);
NO_OUTPUT(SetQueueAttributes);

/* ---- sending ---- */

#define MESSAGE_FIELDS \
    S_REQUIRED("MessageBody"), I("DelaySeconds"), \
    FLAT_FIELD("MessageAttributes", &message_attribute_map, 0, "MessageAttribute"), \
    FLAT_FIELD("MessageSystemAttributes", &message_attribute_map, 0, "MessageSystemAttribute"), \
    S("MessageDeduplicationId"), S("MessageGroupId")
#define SENT_FIELDS \
    S("MD5OfMessageBody"), S("MD5OfMessageAttributes"), S("MD5OfMessageSystemAttributes"), S("MessageId"), \
    S("SequenceNumber")

static const Field send_input[] = { S_REQUIRED("QueueUrl"), MESSAGE_FIELDS };
INPUT(SendMessage, send_input);
static const Field send_output[] = { SENT_FIELDS };
OUTPUT(SendMessage, send_output);

static const Field failed_fields[] = {
    S_REQUIRED("Id"),
    { F("SenderFault"), &shape_boolean, REQUIRED, { NULL, 0 } },
    S_REQUIRED("Code"),
    S("Message"),
};
static const Shape failed = STRUCTURE("BatchResultErrorEntry", failed_fields);
static const Shape failed_list = LIST("BatchResultErrorEntryList", &failed);

static const Field send_entry_fields[] = { S_REQUIRED("Id"), MESSAGE_FIELDS };
static const Shape send_entry = STRUCTURE("SendMessageBatchRequestEntry", send_entry_fields);
static const Shape send_entry_list = LIST("SendMessageBatchRequestEntryList", &send_entry);
static const Field send_batch_input[] = {
    S_REQUIRED("QueueUrl"),
    FLAT_FIELD("Entries", &send_entry_list, REQUIRED, "SendMessageBatchRequestEntry"),
};
INPUT(SendMessageBatch, send_batch_input);
static const Field sent_entry_fields[] = { S_REQUIRED("Id"), SENT_FIELDS };
static const Shape sent_entry = STRUCTURE("SendMessageBatchResultEntry", sent_entry_fields);
static const Shape sent_entry_list = LIST("SendMessageBatchResultEntryList", &sent_entry);
static const Field send_batch_output[] = {
    FLAT_FIELD("Successful", &sent_entry_list, 0, "SendMessageBatchResultEntry"),
    FLAT_FIELD("Failed", &failed_list, 0, "BatchResultErrorEntry"),
};
OUTPUT(SendMessageBatch, send_batch_output);

/* ---- receiving ---- */

static const Field receive_input[] = {
    S_REQUIRED("QueueUrl"),
    FLAT_FIELD("AttributeNames", &shape_string_list, 0, "AttributeName"),
    FLAT_FIELD("MessageSystemAttributeNames", &shape_string_list, 0, "MessageSystemAttributeName"),
    FLAT_FIELD("MessageAttributeNames", &shape_string_list, 0, "MessageAttributeName"),
    I("MaxNumberOfMessages"),
    I("VisibilityTimeout"),
    I("WaitTimeSeconds"),
    S("ReceiveRequestAttemptId"),
};
INPUT(ReceiveMessage, receive_input);
static const Field message_fields[] = {
    S("MessageId"),
    S("ReceiptHandle"),
    S("MD5OfBody"),
    S("Body"),
    FLAT_FIELD("Attributes", &attribute_map, 0, "Attribute"),
    S("MD5OfMessageAttributes"),
    FLAT_FIELD("MessageAttributes", &message_attribute_map, 0, "MessageAttribute"),
};
static const Shape message = STRUCTURE("Message", message_fields);
static const Shape message_list = LIST("MessageList", &message);
static const Field receive_output[] = { FLAT_FIELD("Messages", &message_list, 0, "Message") };
OUTPUT(ReceiveMessage, receive_output);

/* ---- received messages ---- */

static const Field delete_input[] = { S_REQUIRED("QueueUrl"), S_REQUIRED("ReceiptHandle") };
INPUT(DeleteMessage, delete_input);
NO_OUTPUT(DeleteMessage);

static const Field result_entry_fields[] = { S_REQUIRED("Id") };
static const Field delete_entry_fields[] = { S_REQUIRED("Id"), S_REQUIRED("ReceiptHandle") };
static const Shape delete_entry = STRUCTURE("DeleteMessageBatchRequestEntry", delete_entry_fields);
static const Shape delete_entry_list = LIST("DeleteMessageBatchRequestEntryList", &delete_entry);
static const Field delete_batch_input[] = {
    S_REQUIRED("QueueUrl"),
    FLAT_FIELD("Entries", &delete_entry_list, REQUIRED, "DeleteMessageBatchRequestEntry"),
};
INPUT(DeleteMessageBatch, delete_batch_input);
static const Shape deleted_entry = STRUCTURE("DeleteMessageBatchResultEntry", result_entry_fields);
static const Shape deleted_entry_list = LIST("DeleteMessageBatchResultEntryList", &deleted_entry);
static const Field delete_batch_output[] = {
    FLAT_FIELD("Successful", &deleted_entry_list, 0, "DeleteMessageBatchResultEntry"),
    FLAT_FIELD("Failed", &failed_list, 0, "BatchResultErrorEntry"),
};
OUTPUT(DeleteMessageBatch, delete_batch_output);

static const Field change_input[] = {
    S_REQUIRED("QueueUrl"),
    S_REQUIRED("ReceiptHandle"),
    { F("VisibilityTimeout"), &shape_integer, REQUIRED, { NULL, 0 } },
};
INPUT(ChangeMessageVisibility, change_input);
NO_OUTPUT(ChangeMessageVisibility);

static const Field change_entry_fields[] = { S_REQUIRED("Id"), S_REQUIRED("ReceiptHandle"), I("VisibilityTimeout") };
static const Shape change_entry = STRUCTURE("ChangeMessageVisibilityBatchRequestEntry", change_entry_fields);
static const Shape change_entry_list = LIST("ChangeMessageVisibilityBatchRequestEntryList", &change_entry);
static const Field change_batch_input[] = {
    S_REQUIRED("QueueUrl"),
    FLAT_FIELD("Entries", &change_entry_list, REQUIRED, "ChangeMessageVisibilityBatchRequestEntry"),
};
INPUT(ChangeMessageVisibilityBatch, change_batch_input);
static const Shape changed_entry = STRUCTURE("ChangeMessageVisibilityBatchResultEntry", result_entry_fields);
static const Shape changed_entry_list = LIST("ChangeMessageVisibilityBatchResultEntryList", &changed_entry);
static const Field change_batch_output[] = {
    FLAT_FIELD("Successful", &changed_entry_list, 0, "ChangeMessageVisibilityBatchResultEntry"),
    FLAT_FIELD("Failed", &failed_list, 0, "BatchResultErrorEntry"),
};
OUTPUT(ChangeMessageVisibilityBatch, change_batch_output);

/* ---- dead letters ---- */

static const Field list_sources_input[] = { S_REQUIRED("QueueUrl"), S("NextToken"), I("MaxResults") };
INPUT(ListDeadLetterSourceQueues, list_sources_input);
static const Field list_sources_output[] = {
    FLAT_FIELD("queueUrls", &shape_string_list, REQUIRED, "QueueUrl"),
    S("NextToken"),
};
OUTPUT(ListDeadLetterSourceQueues, list_sources_output);

static const Field start_task_input[] = {
    S_REQUIRED("SourceArn"),
    S("DestinationArn"),
    I("MaxNumberOfMessagesPerSecond"),
};
INPUT(StartMessageMoveTask, start_task_input);
static const Field start_task_output[] = { S("TaskHandle") };
OUTPUT(StartMessageMoveTask, start_task_output);

static const Field list_tasks_input[] = { S_REQUIRED("SourceArn"), I("MaxResults") };
INPUT(ListMessageMoveTasks, list_tasks_input);
static const Field task_fields[] = {
    S("TaskHandle"),
    S("Status"),
    S("SourceArn"),
    S("DestinationArn"),
    I("MaxNumberOfMessagesPerSecond"),
    I("ApproximateNumberOfMessagesMoved"),
    I("ApproximateNumberOfMessagesToMove"),
    S("FailureReason"),
    I("StartedTimestamp"),
};
static const Shape task = STRUCTURE("ListMessageMoveTasksResultEntry", task_fields);
static const Shape task_list = LIST("ListMessageMoveTasksResultEntryList", &task);
static const Field list_tasks_output[] = { FLAT_FIELD("Results", &task_list, 0, "ListMessageMoveTasksResultEntry") };
OUTPUT(ListMessageMoveTasks, list_tasks_output);

static const Field cancel_task_input[] = { S_REQUIRED("TaskHandle") };
INPUT(CancelMessageMoveTask, cancel_task_input);
static const Field cancel_task_output[] = { I("ApproximateNumberOfMessagesMoved") };
OUTPUT(CancelMessageMoveTask, cancel_task_output);

static const Field continue_task_input[] = { I("Queue"), I("Started") };
INPUT(ContinueMessageMoveTask, continue_task_input);
NO_OUTPUT(ContinueMessageMoveTask);

/* ---- tags and permissions ---- */

static const Field tag_input[] = { S_REQUIRED("QueueUrl"), FLAT_FIELD("Tags", &tag_map, REQUIRED, "Tag") };
INPUT(TagQueue, tag_input);
NO_OUTPUT(TagQueue);

static const Field untag_input[] = {
    S_REQUIRED("QueueUrl"),
    FLAT_FIELD("TagKeys", &shape_string_list, REQUIRED, "TagKey"),
};
INPUT(UntagQueue, untag_input);
NO_OUTPUT(UntagQueue);

INPUT(ListQueueTags, queue_url_input);
static const Field list_tags_output[] = { FLAT_FIELD("Tags", &tag_map, 0, "Tag") };
OUTPUT(ListQueueTags, list_tags_output);

static const Field add_permission_input[] = {
    S_REQUIRED("QueueUrl"),
    S_REQUIRED("Label"),
    FLAT_FIELD("AWSAccountIds", &shape_string_list, REQUIRED, "AWSAccountId"),
    FLAT_FIELD("Actions", &shape_string_list, REQUIRED, "ActionName"),
};
INPUT(AddPermission, add_permission_input);
NO_OUTPUT(AddPermission);

static const Field remove_permission_input[] = { S_REQUIRED("QueueUrl"), S_REQUIRED("Label") };
INPUT(RemovePermission, remove_permission_input);
NO_OUTPUT(RemovePermission);
