/* play.h -- an execution in a throw-away world: no server, no store, and time that may jump.
 *
 *     play_new(&options, &play)
 *     play_start(play, input)
 *     play_run(play, clock)      to the end
 *     play_result(play)
 *     play_free(play)
 *
 * A play drives asl_step: it keeps the state in memory, sends timers when they are due, has tasks answered by whoever plays
 * the world (mocks.h, or a test), and runs the children of distributed Maps beside the execution itself. What is due at one
 * time goes in the order it was put down, and all chance is drawn from one seed: the same play goes the same way. */
#ifndef PLAY_PLAY_H
#define PLAY_PLAY_H

#include "asl/asl.h"
#include "loop/clock.h"

typedef struct Play Play;

/* What came of a task. */
typedef struct PlayAnswer {
    Str      result;       /* JSON text; no data: it failed */
    Str      error, cause; /* of a failure; no data: none */
    Str      submitted;    /* what a job's or a callback's request was answered with, JSON text; no data: "{}" */
    Str      worker;       /* of an activity's: who took it; no data: nobody says */
    Duration delay;        /* until it comes */
    bool     never;        /* it does not come: only time goes on */
} PlayAnswer;

/* Answers an ASL_DO_TASK. Of an ASL_DO_MAP_RUN with an ItemReader, what that reads: an array's text, or the object's; a failure
 * is one of the reader. An Error ends the play: nobody can answer. Texts live in `arena`, or as long as the play. */
typedef Error *PlayAsk(void *context, Arena *arena, const AslAction *action, PlayAnswer *out);

typedef struct PlayPlace { /* whose event it is */
    uint32_t execution; /* 1: the one that is played; others: children of distributed Maps, numbered as they begin */
    Str      map_state; /* of a child: whose */
    size_t   index;     /* of a child: which, from 0 */
} PlayPlace;

/* Hears of every event of every history. Borrows the event until it returns. */
typedef void PlayHear(void *context, const PlayPlace *place, const AslHistory *event);

/* Is called while real time passes, and asked when to be called again. */
typedef Instant PlayIdle(void *context, Instant now);

typedef struct PlayOptions { /* texts and program are borrowed, as long as the play */
    const AslProgram *program;
    Str               name;                       /* of the execution; no data: by chance */
    Str               machine_name;               /* no data: "Machine" */
    Str               account, region, partition; /* no data: 000000000000, us-east-1, aws */
    Str               role_arn;                   /* no data: a made-up one */
    bool              express, relaxed;
    Instant           start;
    uint64_t          seed;
    PlayAsk          *ask;
    PlayHear         *hear; /* NULL: no history is made */
    PlayIdle         *idle; /* or NULL */
    void             *context; /* for the three */
    uint64_t          steps_max; /* 0: no limit */
    Duration          time_max;  /* 0: no limit */
} PlayOptions;

typedef enum PlayEnd {
    PLAY_GOES_ON,
    PLAY_ENDED,        /* the execution has: see its status */
    PLAY_STUCK,        /* it runs, and nothing is due ever again */
    PLAY_OUT_OF_STEPS, /* steps_max or time_max stopped it */
    PLAY_OUT_OF_TIME,
} PlayEnd;

typedef struct PlayResult { /* texts live as long as the play */
    PlayEnd   end;
    AslStatus status;
    Str       output;       /* JSON text, when it succeeded */
    Str       error, cause; /* no data: none */
    Str       exceeded;     /* with `relaxed`: the first limit that the service would have stopped at */
    Instant   started, ended;
    uint64_t  steps;
} PlayResult;

Error *play_new(const PlayOptions *options, Play **out); /* copies the options */
void   play_free(Play *play); /* accepts NULL */
Error *play_start(Play *play, Str input); /* JSON text; copies */

/* To the end, or to a limit. A virtual clock is moved to what is due, a real one is waited for; NULL: time jumps. After an
 * Error the play is of no more use. */
Error *play_run(Play *play, Clock *clock);

/* The same by hand: `play_due` is when the next thing is due (INSTANT_NEVER: nothing is), `play_turn` does that one. */
Instant play_due(Play *play);
Error  *play_turn(Play *play, Instant now);

const PlayResult *play_result(const Play *play);
const AslState   *play_state(const Play *play); /* of the execution itself; NULL when it has ended */
const AslAbout   *play_about(const Play *play);

#endif
