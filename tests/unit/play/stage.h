/* stage.h -- playing a definition in a test. */
#ifndef UNIT_PLAY_STAGE_H
#define UNIT_PLAY_STAGE_H

#include "play/play.h"
#include "tests/support/test.h"

typedef struct Stage {
    Arena      arena;
    Play      *play;
    PlayAsk   *ask;     /* of tasks; NULL: there are none */
    void      *context; /* for it */
    Duration   time_max;
    bool       express;
    uint64_t   seed, steps_max;
    Buffer     events;  /* "execution:type name\n" of each event */
} Stage;

AslProgram *stage_compile(Stage *stage, const char *definition); /* of text with ' for " */
Str         stage_quoted(Stage *stage, const char *text);        /* likewise */

/* Opens, plays to the end in virtual time, and gives the result. */
void              stage_open(Stage *stage);
const PlayResult *stage_play(Stage *stage, const char *definition, const char *input);
void              stage_close(Stage *stage);

#endif
