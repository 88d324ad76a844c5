/* tables.h -- the number of every table, on disk for ever: numbers are never used again.
 *
 * TABLE(name, number, owner: what a key is). */
TABLE(TABLE_STORE_META, 1, "store: its own notes")
TABLE(TABLE_TIMER, 16, "engine: due (8), id (8)")
TABLE(TABLE_TIMER_ID, 17, "engine: id (8) to its due time")
TABLE(TABLE_ACTION, 18, "engine: id (8)")
TABLE(TABLE_ENGINE_META, 19, "engine: counters")
TABLE(TABLE_SQS_QUEUE, 32, "sqs: account, region, name")
TABLE(TABLE_SQS_COUNTER, 33, "sqs: queue (8)")
TABLE(TABLE_SQS_MESSAGE, 34, "sqs: queue (8), sequence (8)")
TABLE(TABLE_SQS_STATE, 35, "sqs: queue (8), sequence (8)")
TABLE(TABLE_SQS_DEDUPLICATION, 36, "sqs: queue (8), scope and id")
TABLE(TABLE_SQS_GARBAGE, 37, "sqs: queue (8)")
TABLE(TABLE_SQS_MOVE_TASK, 38, "sqs: source queue (8), start (8)")
