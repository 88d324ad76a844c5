/* play_internal.h -- what play.c and map_run.c share. Private to this folder. */
#ifndef PLAY_PLAY_INTERNAL_H
#define PLAY_PLAY_INTERNAL_H

#include "asl/maprun.h"
#include "loop/chance.h"
#include "play/agenda.h"
#include "play/play.h"

typedef struct Execution Execution;
typedef struct MapRun    MapRun;

/* ORDER of kinds: part of an errand's key. */
typedef enum ErrandKind { ERRAND_TIMER, ERRAND_TASK_BEGUN, ERRAND_TASK_DONE, ERRAND_MAP_RUN, ERRAND_SELF } ErrandKind;

/* An event that is due. Its texts stand behind it, in the same block. */
typedef struct Errand {
    Due        due;
    Execution *execution;
    AslEvent   event;
} Errand;

struct Execution {
    uint32_t          number;
    uint32_t          references; /* its errands', and 1 until it ends */
    bool              ended;
    AslState         *state;
    const AslProgram *program;
    AslAbout          about;
    MapRun           *map_runs; /* under way */
    MapRun           *of;       /* whose child it is, or NULL */
    size_t            index;    /* of a child */
    uint32_t          items;    /* of a child: how many it has */
    Str               input;    /* of a child, where the results show it */
    Execution        *sibling, **link; /* in of->children */
    Arena             arena;
};

struct MapRun {
    Execution   *parent;
    uint32_t     thread, attempt;
    Str          state_name;
    AslMapRun    run;
    AslMapItems *items;
    Execution   *children; /* under way */
    size_t       begun, running;
    uint64_t     failed;   /* items */
    uint64_t     total;    /* items; 0: not asked for yet */
    bool         no_more;  /* items */
    Str         *results;  /* by index; no data: none */
    size_t       capacity;
    size_t       bytes;    /* of the results kept */
    MapRun      *next;
    Arena        arena;
};

struct Play {
    PlayOptions options;
    Chance      chance;
    Agenda      agenda;
    Errand     *current; /* taken off the agenda: what is being done */
    Execution  *root;
    AslAbout    about; /* of the root */
    Instant     now;
    uint32_t    executions;
    PlayResult  result;
    Arena       arena;  /* the result */
    Arena       step;   /* reset before each */
    Arena       answer; /* reset before each */
};

Error *execution_new(Play *play, const AslProgram *program, Execution **out); /* its `about` is to be filled */
void   execution_end(Play *play, Execution *execution); /* ends what belongs to it, and lets go of it */

/* Has `event` sent to the execution at `at`, in place of an errand of the same kind and thread. Copies the texts. */
Error *errand_put(Play *play, Execution *execution, ErrandKind kind, Instant at, const AslEvent *event);
void   errand_drop(Play *play, Execution *execution, ErrandKind kind, uint32_t thread);

Error *play_ask(Play *play, const AslAction *action, PlayAnswer *out); /* texts in play->answer */

Error *map_run_begin(Play *play, Execution *parent, const AslAction *action);
void   map_run_stop(Play *play, Execution *parent, uint32_t thread);
void   map_run_free(Play *play, MapRun *run); /* with its children */
Error *map_run_child_ended(Play *play, Execution *child, const AslStep *step); /* lets go of the child */

#endif
