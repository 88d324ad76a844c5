/* mocks.h -- answers of tasks, written down: for each state what it is told the first time, the second, and so on.
 *
 * The file is the MockConfigFile.json of Step Functions Local:
 *
 *     {"StateMachines": {"Machine": {"TestCases": {"Case": {"State": "Response"}}}},
 *      "MockedResponses": {"Response": {"0": {"Throw": {"Error": "E", "Cause": "c"}}, "1-2": {"Return": {...}}}}}
 *
 * A number counts how often the state has been asked in this play, from 0. A response may have "DelaySeconds" besides: the
 * answer comes so much later. What a callback's state is told is the callback's result; a distributed Map with an ItemReader
 * is told what the reader reads. */
#ifndef PLAY_MOCKS_H
#define PLAY_MOCKS_H

#include "play/play.h"
#include "source/source.h"

typedef struct Mocks Mocks;

/* What a file has for one test case. Without names: the only machine there is, the only case. ERR_INVALID says with line and
 * column what is wrong with the file, ERR_NOT_FOUND that there is no such machine or case, and which there are. All of it
 * lives in `arena` and borrows from the source. */
Error *mocks_read(Arena *arena, const Source *source, Str machine, Str test_case, Mocks **out);

/* By hand: none yet, and one state more. `responses` stands at `pointer` of the source and is a single response for every
 * time, an array of responses, or an object of them by number as above. */
Mocks *mocks_new(Arena *arena, const Source *source);
Error *mocks_add(Mocks *mocks, Str state, const Json *responses, Str pointer);

/* A PlayAsk; its context is the Mocks. ERR_NOT_FOUND names the state that nothing answers. */
Error *mocks_answer(void *mocks, Arena *arena, const AslAction *action, PlayAnswer *out);
void   mocks_rewind(Mocks *mocks); /* every state is asked for the first time again */

/* The first state mocked that the definition does not have; false: it has all. */
bool mocks_find_stranger(const Mocks *mocks, const Json *definition, Str *out);

/* A pointer's next step: "/States" and "a/b" give "/States/a~1b". */
Str mocks_pointer(Arena *arena, Str pointer, Str name);
/* ERR_INVALID, with the place of the pointer before the words. */
Error *mocks_bad(const Source *source, Str pointer, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
