/* settings.h -- the settings of a queue as a row, and what attributes there are. */
#ifndef SERVICES_SQS_SETTINGS_H
#define SERVICES_SQS_SETTINGS_H

#include "services/sqs/queue.h"

typedef enum AttributeKind { COMPUTED, NUMBER, CHOICE, TEXT, NOTE } AttributeKind;
enum { SETTABLE = 1, CREATE_ONLY = 2, FIFO_ONLY = 4 };
enum { CHOICE_BOOLEAN, CHOICE_SCOPE, CHOICE_THROUGHPUT };

typedef struct AttributeInfo {
    Str           name;
    uint8_t       number; /* on disk */
    AttributeKind kind;
    int64_t       least, most;
    Str           standard; /* the default */
    unsigned      flags;
} AttributeInfo;

extern const AttributeInfo attribute_table[ATTRIBUTE_COUNT];

void   settings_encode(Buffer *out, uint64_t id, const Settings *settings); /* replaces what is in `out` */
Error *settings_decode(Str row, uint64_t *out_id, Settings **out);          /* a new block of the heap */

static inline Str settings_value(const Settings *settings, AttributeName name) /* or the default */
{
    Str value = settings->values[name];
    return value.data ? value : attribute_table[name].standard;
}

static inline bool settings_is(const Settings *settings, AttributeName name, Str word)
{
    return str_equal(settings_value(settings, name), word);
}

#endif
