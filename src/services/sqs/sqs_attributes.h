/* sqs_attributes.h -- the attributes of a queue, in the order in which they are told.
 *
 * ATTRIBUTE(name, number on disk, kind, least, most, default, flags). Numbers are never used again. Texts
 * have their limit in `most`; choices list their words in `least` (see attributes.c). The last two are
 * notes taken from the redrive policy when it was set; clients do not see them. */
ATTRIBUTE(QueueArn, 0, COMPUTED, 0, 0, "", 0)
ATTRIBUTE(ApproximateNumberOfMessages, 0, COMPUTED, 0, 0, "", 0)
ATTRIBUTE(ApproximateNumberOfMessagesNotVisible, 0, COMPUTED, 0, 0, "", 0)
ATTRIBUTE(ApproximateNumberOfMessagesDelayed, 0, COMPUTED, 0, 0, "", 0)
ATTRIBUTE(CreatedTimestamp, 0, COMPUTED, 0, 0, "", 0)
ATTRIBUTE(LastModifiedTimestamp, 0, COMPUTED, 0, 0, "", 0)
ATTRIBUTE(VisibilityTimeout, 1, NUMBER, 0, SQS_VISIBILITY_S_MAX, "30", SETTABLE)
ATTRIBUTE(MaximumMessageSize, 2, NUMBER, SQS_MESSAGE_BYTES_MIN, SQS_MESSAGE_BYTES_MAX, "1048576", SETTABLE)
ATTRIBUTE(MessageRetentionPeriod, 3, NUMBER, SQS_RETENTION_S_MIN, SQS_RETENTION_S_MAX, "345600", SETTABLE)
ATTRIBUTE(DelaySeconds, 4, NUMBER, 0, SQS_DELAY_S_MAX, "0", SETTABLE)
ATTRIBUTE(ReceiveMessageWaitTimeSeconds, 5, NUMBER, 0, SQS_WAIT_S_MAX, "0", SETTABLE)
ATTRIBUTE(Policy, 6, TEXT, 0, SQS_POLICY_BYTES_MAX, "", SETTABLE)
ATTRIBUTE(RedrivePolicy, 7, TEXT, 0, SQS_POLICY_BYTES_MAX, "", SETTABLE)
ATTRIBUTE(RedriveAllowPolicy, 8, TEXT, 0, SQS_POLICY_BYTES_MAX, "", SETTABLE)
ATTRIBUTE(KmsMasterKeyId, 9, TEXT, 0, SQS_KMS_KEY_MAX, "", SETTABLE)
ATTRIBUTE(KmsDataKeyReusePeriodSeconds, 10, NUMBER, SQS_KMS_REUSE_S_MIN, SQS_KMS_REUSE_S_MAX, "300", SETTABLE)
ATTRIBUTE(SqsManagedSseEnabled, 11, CHOICE, CHOICE_BOOLEAN, 0, "true", SETTABLE)
ATTRIBUTE(FifoQueue, 12, CHOICE, CHOICE_BOOLEAN, 0, "", CREATE_ONLY | FIFO_ONLY)
ATTRIBUTE(ContentBasedDeduplication, 13, CHOICE, CHOICE_BOOLEAN, 0, "false", SETTABLE | FIFO_ONLY)
ATTRIBUTE(DeduplicationScope, 14, CHOICE, CHOICE_SCOPE, 0, "queue", SETTABLE | FIFO_ONLY)
ATTRIBUTE(FifoThroughputLimit, 15, CHOICE, CHOICE_THROUGHPUT, 0, "perQueue", SETTABLE | FIFO_ONLY)
ATTRIBUTE(RedriveTarget, 16, NOTE, 0, 0, "", 0)
ATTRIBUTE(RedriveCount, 17, NOTE, 0, 0, "", 0)
