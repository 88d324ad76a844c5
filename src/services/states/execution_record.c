/* execution_record.c -- an execution's record as bytes.
 *
 *     version (u8), status (u8), flags (u8), parent kind (u8), then varints: machine, revision, started, stopped, redriven, redrives,
 *     events, machine of the program, parent execution, parent thread, parent attempt; then texts, each with its length before it: account, region,
 *     machine's name, name, label, version ARN, alias ARN, trace, input, request; then output, error and cause where flags say so;
 *     then the tokens of clients that have redriven it, if there are any: how many, and for each its hash (u64) and when it was used (u64). */
#include "services/states/executions.h"

enum { RECORD_VERSION = 1 };
enum { EXPRESS = 1, SYNC = 2, OUTPUT = 4, ERROR = 8, CAUSE = 16, TOKENS = 32 };

enum { NUMBERS = 11, TEXTS = 10 };

static void texts_of(StatesExecution *execution, Str **out)
{
    Str *texts[TEXTS] = { &execution->owner.account, &execution->owner.region, &execution->owner.name, &execution->name, &execution->label,
                          &execution->version_arn, &execution->alias_arn, &execution->trace, &execution->input, &execution->request };
    memcpy(out, texts, sizeof texts);
}

static void encode_tokens(Buffer *out, const StatesExecution *execution)
{
    bytes_append_varint(out, execution->token_count);
    for (uint32_t i = 0; i < execution->token_count; i++) {
        bytes_append_u64(out, execution->tokens[i].hash);
        bytes_append_u64(out, (uint64_t)execution->tokens[i].used);
    }
}

static void decode_tokens(Reader *reader, StatesExecution *out)
{
    uint64_t count = reader_varint(reader);
    if (count > STATES_REDRIVE_TOKENS) reader->failed = true;
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        out->tokens[i].hash = reader_u64(reader);
        out->tokens[i].used = (Instant)reader_u64(reader);
    }
    out->token_count = reader->failed ? 0 : (uint32_t)count;
}

void states_execution_encode(Buffer *out, const StatesExecution *execution)
{
    const uint64_t numbers[NUMBERS] = { execution->owner.machine, execution->owner.revision, (uint64_t)execution->started,
                                        (uint64_t)execution->stopped, (uint64_t)execution->redriven, execution->redrives, execution->events,
                                        execution->machine, execution->parent.execution, execution->parent.thread, execution->parent.attempt };
    Str *texts[TEXTS];
    texts_of((StatesExecution *)execution, texts);
    buffer_clear(out);
    buffer_append_byte(out, RECORD_VERSION);
    buffer_append_byte(out, (char)execution->status);
    buffer_append_byte(out, (char)((execution->express ? EXPRESS : 0) | (execution->sync ? SYNC : 0) | (execution->output.data ? OUTPUT : 0) |
                                   (execution->error.data ? ERROR : 0) | (execution->cause.data ? CAUSE : 0) |
                                   (execution->token_count ? TOKENS : 0)));
    buffer_append_byte(out, (char)execution->parent.kind);
    for (size_t i = 0; i < NUMBERS; i++) bytes_append_varint(out, numbers[i]);
    for (size_t i = 0; i < TEXTS; i++) bytes_append_text(out, *texts[i]);
    if (execution->output.data) bytes_append_text(out, execution->output);
    if (execution->error.data) bytes_append_text(out, execution->error);
    if (execution->cause.data) bytes_append_text(out, execution->cause);
    if (execution->token_count) encode_tokens(out, execution);
}

Error *states_execution_decode(Str row, StatesExecution *out)
{
    Reader   reader;
    uint64_t numbers[NUMBERS];
    Str     *texts[TEXTS];
    reader_init(&reader, row);
    uint8_t version = reader_u8(&reader);
    out->status = reader_u8(&reader);
    uint8_t flags = reader_u8(&reader);
    out->parent.kind = reader_u8(&reader);
    for (size_t i = 0; i < NUMBERS; i++) numbers[i] = reader_varint(&reader);
    texts_of(out, texts);
    for (size_t i = 0; i < TEXTS; i++) *texts[i] = reader_text(&reader);
    out->output = flags & OUTPUT ? reader_text(&reader) : STR_NONE;
    out->error = flags & ERROR ? reader_text(&reader) : STR_NONE;
    out->cause = flags & CAUSE ? reader_text(&reader) : STR_NONE;
    if (flags & TOKENS) decode_tokens(&reader, out);
    if (version != RECORD_VERSION || !reader_ended(&reader)) return error_new(ERR_CORRUPT, "a stored execution cannot be read");
    out->express = flags & EXPRESS;
    out->sync = flags & SYNC;
    out->owner.machine = numbers[0];
    out->owner.revision = numbers[1];
    out->started = (Instant)numbers[2];
    out->stopped = (Instant)numbers[3];
    out->redriven = (Instant)numbers[4];
    out->redrives = (uint32_t)numbers[5];
    out->events = (uint32_t)numbers[6];
    out->machine = (uint32_t)numbers[7];
    out->parent.execution = numbers[8];
    out->parent.thread = (uint32_t)numbers[9];
    out->parent.attempt = (uint32_t)numbers[10];
    return NULL;
}
