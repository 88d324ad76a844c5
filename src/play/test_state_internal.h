/* test_state_internal.h -- a request of TestState that was found good. Private to this folder. */
#ifndef PLAY_TEST_STATE_INTERNAL_H
#define PLAY_TEST_STATE_INTERNAL_H

#include "play/test_state.h"

#define TEST_STATE_NAME STR("StateName") /* what the service calls the state, whatever its name is in the machine */

typedef struct TestStateSubject {
    const Json *state;
    Str         type;
    Str         language; /* of the machine: "JSONPath" or "JSONata" */
    bool        jsonata;  /* the state's own */
    Str         input;
    Json       *variables, *context; /* objects, or NULL */
} TestStateSubject;

/* False: refused, and *reply says why. */
bool test_state_check(Arena *arena, const TestStateRequest *request, TestStateSubject *out, TestStateReply *reply);

bool test_state_refuse(Arena *arena, TestStateReply *reply, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5))); /* false */

#endif
