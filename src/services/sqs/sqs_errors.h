/* sqs_errors.h -- every refusal of the service.
 *
 * FAULT(name, modelled code, code of the query protocol, status). The last three are not in the model:
 * clients know them by their query code alone. */
FAULT(queue_does_not_exist, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400)
FAULT(queue_name_exists, "QueueNameExists", "QueueAlreadyExists", 400)
FAULT(invalid_attribute_name, "InvalidAttributeName", NULL, 400)
FAULT(invalid_attribute_value, "InvalidAttributeValue", NULL, 400)
FAULT(invalid_message_contents, "InvalidMessageContents", NULL, 400)
FAULT(unsupported_operation, "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400)
FAULT(over_limit, "OverLimit", NULL, 403)
FAULT(purge_queue_in_progress, "PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403)
FAULT(receipt_handle_is_invalid, "ReceiptHandleIsInvalid", NULL, 400)
FAULT(message_not_inflight, "MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", 400)
FAULT(too_many_entries, "TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400)
FAULT(empty_batch_request, "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400)
FAULT(batch_entry_ids_not_distinct, "BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400)
FAULT(batch_request_too_long, "BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400)
FAULT(invalid_batch_entry_id, "InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400)
FAULT(request_throttled, "RequestThrottled", NULL, 403)
FAULT(resource_not_found, "ResourceNotFoundException", NULL, 404)
FAULT(invalid_parameter_value, "InvalidParameterValueException", "InvalidParameterValue", 400)
FAULT(missing_parameter, "MissingRequiredParameterException", "MissingParameter", 400)
FAULT(serialization, "SerializationException", "MalformedInput", 400)
