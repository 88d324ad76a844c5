/* service_bed.h -- a service in a world of its own, called with JSON in one line.
 *
 * Time is virtual and moves only in bed_advance. JSON is written with ' for ", so that it can be read:
 *
 *     bed_call(&bed, "SendMessage", "{'QueueUrl': '%s', 'MessageBody': 'one'}", URL);
 */
#ifndef SERVICES_SERVICE_BED_H
#define SERVICES_SERVICE_BED_H

#include "engine/world.h"
#include "json/json.h"
#include "loop/clock.h"
#include "loop/disk.h"

typedef struct Bed {
    const Service *service;
    Disk          *disk; /* simulated */
    Clock         *clock;
    World         *world;
    Port          *port;
    Arena          arena; /* of the calls and their outputs: lives as long as the bed */
    Caller         caller;
    Error         *error;           /* of the last call; the bed frees it */
    size_t         out;             /* calls that were started and are not back */
    uint64_t       seed;            /* of the world's chance; another one after each restart */
    uint64_t       fail_allocation; /* that the next call makes, and the world for it: 1 is the first; 0: none */
} Bed;

void bed_open(Bed *bed, const Service *service, uint64_t seed);
void bed_close(Bed *bed);
void bed_restart(Bed *bed,
                 bool crash); /* closes the world, loses what was not synced if it is a crash, opens it again */
void bed_forget(Bed *bed);    /* frees the outputs so far */

/* The output (an empty object where there is none), or NULL when it was refused: see bed->error. */
Json *bed_call(Bed *bed, const char *operation, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same for calls that may park: starts one; NULL from bed_answer until it is back. */
Call *bed_start(Bed *bed, const char *operation, const char *format, ...) __attribute__((format(printf, 3, 4)));
Json *bed_answer(Bed *bed, Call *call);

void    bed_advance(Bed *bed, Duration by); /* time passes, and what is due is done */
Instant bed_now(const Bed *bed);
void    bed_settle(Bed *bed); /* turns the world until it has nothing to do now */

/* The call was refused with this code (of the query protocol where there is one) and these words in the message. */
bool bed_refused(Bed *bed, const char *code, const char *words);

Str bed_text(const Json *value, const char *path); /* "Messages.0.Body" of an output, as compact JSON; strings bare */

#define BED_START_TIME                    (1767225600 * DURATION_SECOND) /* 2026-01-01 */
#define CHECK_REFUSED(bed, code, words)   CHECK(bed_refused((bed), (code), (words)))
#define CHECK_TEXT(value, path, expected) CHECK_STR(bed_text((value), (path)), str_from_c(expected))

#endif
