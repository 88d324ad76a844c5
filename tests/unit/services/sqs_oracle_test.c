/* sqs_oracle_test.c -- the service beside a slow, obvious twin, under random operations.
 *
 * The twin is an array of messages in order of sending. After every operation the service must have
 * said what the twin says: which messages a receiver gets and in which order, what a receipt still
 * does, and the three counts. Now and then the world crashes and opens again. */
#include "loop/chance.h"
#include "services/sqs/sqs.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

enum {
    MESSAGES_MAX = 2000,
    STEPS = 1500,
    SEEDS = 6,
    GROUPS = 4,
    IDS = 6,
    RECEIVES_MAX = 4,
    RETENTION_S = 200,
    DEDUPLICATION_S = 300
};

typedef struct Twin {
    int     number; /* its body */
    int     group;
    bool    gone;
    bool    fresh; /* never received, and not delayed */
    Instant sent, visible_at;
    bool    delayed;
    int     receives;
    char    handle[64], stale[64];
} Twin;

typedef struct Oracle {
    Bed     bed;
    Chance  chance;
    bool    fifo;
    Twin    twins[MESSAGES_MAX];
    int     count, dead;
    Instant id_expires[IDS];
    int     id_number[IDS];
} Oracle;

static const char *url(const Oracle *oracle)
{
    return oracle->fifo ? "q.fifo" : "q";
}

static int below(Oracle *oracle, int bound)
{
    return (int)chance_below(&oracle->chance, (uint64_t)bound);
}

static bool is_visible(const Oracle *oracle, const Twin *twin)
{
    return !twin->gone && twin->visible_at <= bed_now(&oracle->bed);
}

static Instant since(const Twin *twin)
{
    return twin->fresh ? twin->sent : twin->visible_at;
}

/* ---- what the twin says ---- */

static void expire(Oracle *oracle)
{
    for (int i = 0; i < oracle->count; i++)
        if (oracle->twins[i].sent + RETENTION_S * DURATION_SECOND <= bed_now(&oracle->bed))
            oracle->twins[i].gone = true;
}

static Twin *next_standard(Oracle *oracle, const bool *taken)
{
    Twin *next = NULL;
    for (int i = 0; i < oracle->count; i++) {
        Twin *twin = &oracle->twins[i];
        if (taken[i] || !is_visible(oracle, twin)) continue;
        if (!next || since(twin) < since(next)) next = twin;
    }
    return next;
}

/* The first of a line that can be received: of the group whose line we are in, else of the oldest. */
static Twin *next_fifo(Oracle *oracle, const bool *taken, int in_line)
{
    Twin *oldest = NULL;
    for (int group = 0; group < GROUPS; group++) {
        Twin *first = NULL;
        bool  locked = false;
        for (int i = 0; i < oracle->count; i++) {
            Twin *twin = &oracle->twins[i];
            if (twin->gone || twin->group != group) continue;
            if (taken[i]) {
                locked = locked || group != in_line;
                continue;
            }
            bool in_flight = !is_visible(oracle, twin) && !twin->delayed;
            locked = locked || in_flight;
            if (!first) first = twin;
        }
        if (locked || !first || !is_visible(oracle, first)) continue;
        if (group == in_line) return first;
        if (!oldest || first < oldest) oldest = first;
    }
    return oldest;
}

static void compare_received(Oracle *oracle, const Json *messages, int max, int timeout)
{
    bool taken[MESSAGES_MAX] = { false };
    int  lent = 0, in_line = -1;
    while (lent < max) {
        Twin *twin = oracle->fifo ? next_fifo(oracle, taken, in_line) : next_standard(oracle, taken);
        if (!twin) break;
        in_line = twin->group;
        if (twin->receives == RECEIVES_MAX) {
            twin->gone = true;
            oracle->dead++;
            continue;
        }
        taken[twin - oracle->twins] = true;
        const Json *message = messages && (uint32_t)lent < messages->count ? messages->items[lent] : NULL;
        int64_t     number = -1;
        str_parse_int(json_get_str(message, STR("Body")), &number);
        CHECK_INT(number, twin->number);
        memcpy(twin->stale, twin->handle, sizeof twin->stale);
        snprintf(twin->handle, sizeof twin->handle, "%.*s", STR_ARG(json_get_str(message, STR("ReceiptHandle"))));
        lent++;
    }
    CHECK_INT(messages ? messages->count : 0, lent);
    for (int i = 0; i < oracle->count; i++) {
        if (!taken[i]) continue;
        oracle->twins[i].visible_at = bed_now(&oracle->bed) + timeout * DURATION_SECOND;
        oracle->twins[i].fresh = oracle->twins[i].delayed = false;
        oracle->twins[i].receives++;
    }
}

static void compare_counts(Oracle *oracle)
{
    int  visible = 0, hidden = 0, delayed = 0;
    char text[16];
    for (int i = 0; i < oracle->count; i++) {
        const Twin *twin = &oracle->twins[i];
        if (twin->gone) continue;
        if (is_visible(oracle, twin))
            visible++;
        else if (twin->delayed)
            delayed++;
        else
            hidden++;
    }
    Json *output =
        bed_call(&oracle->bed, "GetQueueAttributes", "{'QueueUrl': '%s', 'AttributeNames': ['All']}", url(oracle));
    snprintf(text, sizeof text, "%d", visible);
    CHECK_TEXT(output, "Attributes.ApproximateNumberOfMessages", text);
    snprintf(text, sizeof text, "%d", hidden);
    CHECK_TEXT(output, "Attributes.ApproximateNumberOfMessagesNotVisible", text);
    snprintf(text, sizeof text, "%d", delayed);
    CHECK_TEXT(output, "Attributes.ApproximateNumberOfMessagesDelayed", text);
    output = bed_call(&oracle->bed, "GetQueueAttributes", "{'QueueUrl': '%s', 'AttributeNames': ['All']}",
                      oracle->fifo ? "dead.fifo" : "dead");
    snprintf(text, sizeof text, "%d", oracle->dead);
    CHECK_TEXT(output, "Attributes.ApproximateNumberOfMessages", text);
}

/* ---- operations ---- */

static void add_twin(Oracle *oracle, int group, int delay)
{
    Instant now = bed_now(&oracle->bed);
    oracle->twins[oracle->count] = (Twin){ .number = oracle->count,
                                           .group = group,
                                           .fresh = !delay,
                                           .sent = now,
                                           .delayed = delay > 0,
                                           .visible_at = delay ? now + delay * DURATION_SECOND : 0 };
    oracle->count++;
}

static void send_fifo(Oracle *oracle)
{
    int  group = below(oracle, GROUPS), id = below(oracle, 3 * IDS);
    char deduplication[32];
    snprintf(deduplication, sizeof deduplication, id < IDS ? "id%d" : "own%d-%d", id < IDS ? id : oracle->count, id);
    Json *output =
        bed_call(&oracle->bed, "SendMessage",
                 "{'QueueUrl': 'q.fifo', 'MessageBody': '%d', 'MessageGroupId': 'g%d', 'MessageDeduplicationId': '%s'}",
                 oracle->count, group, deduplication);
    bool twin = id < IDS && oracle->id_expires[id] > bed_now(&oracle->bed);
    char sequence[32];
    snprintf(sequence, sizeof sequence, "10000000000000%06d", twin ? oracle->id_number[id] + 1 : oracle->count + 1);
    CHECK_TEXT(output, "SequenceNumber", sequence);
    if (twin) return;
    if (id < IDS) {
        oracle->id_expires[id] = bed_now(&oracle->bed) + DEDUPLICATION_S * DURATION_SECOND;
        oracle->id_number[id] = oracle->count;
    }
    add_twin(oracle, group, 0);
}

static void send_message(Oracle *oracle)
{
    if (oracle->count == MESSAGES_MAX) return;
    if (oracle->fifo) {
        send_fifo(oracle);
        return;
    }
    int delay = below(oracle, 3) ? 0 : below(oracle, 40);
    CHECK(bed_call(&oracle->bed, "SendMessage", "{'QueueUrl': 'q', 'MessageBody': '%d', 'DelaySeconds': %d}",
                   oracle->count, delay));
    add_twin(oracle, 0, delay);
}

static void receive_messages(Oracle *oracle)
{
    int   max = 1 + below(oracle, 10), timeout = below(oracle, 4) ? below(oracle, 60) : 0;
    Json *output =
        bed_call(&oracle->bed, "ReceiveMessage",
                 "{'QueueUrl': '%s', 'MaxNumberOfMessages': %d, 'VisibilityTimeout': %d}", url(oracle), max, timeout);
    compare_received(oracle, json_get(output, STR("Messages")), max, timeout);
}

static Twin *any_received(Oracle *oracle)
{
    for (int i = 0; i < 20 && oracle->count; i++) {
        Twin *twin = &oracle->twins[below(oracle, oracle->count)];
        if (twin->handle[0]) return twin;
    }
    return NULL;
}

static void delete_message(Oracle *oracle)
{
    Twin *twin = any_received(oracle);
    if (!twin) return;
    bool  stale = twin->stale[0] && below(oracle, 3) == 0;
    bool  there = !twin->gone, in_flight = there && !is_visible(oracle, twin);
    Json *output = bed_call(&oracle->bed, "DeleteMessage", "{'QueueUrl': '%s', 'ReceiptHandle': '%s'}", url(oracle),
                            stale ? twin->stale : twin->handle);
    bool  expired = oracle->fifo && there && (stale || !in_flight);
    CHECK((output == NULL) == expired);
    if (!expired && (!stale || !in_flight)) twin->gone = true;
}

static void change_visibility(Oracle *oracle)
{
    Twin *twin = any_received(oracle);
    if (!twin) return;
    int   timeout = below(oracle, 3) ? below(oracle, 60) : 0;
    bool  in_flight = !twin->gone && !is_visible(oracle, twin);
    Json *output = bed_call(&oracle->bed, "ChangeMessageVisibility",
                            "{'QueueUrl': '%s', 'ReceiptHandle': '%s', 'VisibilityTimeout': %d}", url(oracle),
                            twin->handle, timeout);
    CHECK((output != NULL) == in_flight);
    if (in_flight) twin->visible_at = bed_now(&oracle->bed) + timeout * DURATION_SECOND;
}

static void step(Oracle *oracle)
{
    int dice = below(oracle, 100);
    if (dice < 30)
        send_message(oracle);
    else if (dice < 55)
        receive_messages(oracle);
    else if (dice < 75)
        delete_message(oracle);
    else if (dice < 85)
        change_visibility(oracle);
    else if (dice < 98)
        bed_advance(&oracle->bed, below(oracle, 25) * DURATION_SECOND);
    else
        bed_restart(&oracle->bed, true);
    expire(oracle);
    compare_counts(oracle);
    bed_forget(&oracle->bed);
}

static void create_queues(Oracle *oracle)
{
    const char *suffix = oracle->fifo ? ".fifo" : "", *kind = oracle->fifo ? ", 'FifoQueue': 'true'" : "";
    CHECK(bed_call(&oracle->bed, "CreateQueue",
                   "{'QueueName': 'dead%s', 'Attributes': {'MessageRetentionPeriod': '1209600'%s}}", suffix, kind));
    CHECK(bed_call(&oracle->bed, "CreateQueue",
                   "{'QueueName': 'q%s', 'Attributes': {'MessageRetentionPeriod': '%d'%s, 'RedrivePolicy': "
                   "'{\\u0022deadLetterTargetArn\\u0022:"
                   "\\u0022arn:aws:sqs:us-east-1:000000000000:dead%s\\u0022,\\u0022maxReceiveCount\\u0022:%d}'}}",
                   suffix, RETENTION_S, kind, suffix, RECEIVES_MAX));
}

static void run(bool fifo, uint64_t seed)
{
    static Oracle oracle;
    memset(&oracle, 0, sizeof oracle);
    oracle.fifo = fifo;
    chance_init_seed(&oracle.chance, seed);
    bed_open(&oracle.bed, &sqs_service, seed);
    create_queues(&oracle);
    for (int i = 0; i < STEPS; i++) step(&oracle);
    CHECK(oracle.count > STEPS / 10);
    bed_close(&oracle.bed);
}

TEST(test_sqs_oracle_standard)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) run(false, seed);
}

TEST(test_sqs_oracle_fifo)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) run(true, seed);
}
