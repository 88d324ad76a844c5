/* test_state.h -- TestState: one state with one input, and what its data went through.
 *
 * It is a function of its request. A task that nobody mocked is not done here: the reply names it, the caller does it, and
 * asks the same again with the answer. */
#ifndef PLAY_TEST_STATE_H
#define PLAY_TEST_STATE_H

#include "play/play.h"

typedef enum TestStateLevel { TEST_STATE_INFO, TEST_STATE_DEBUG, TEST_STATE_TRACE } TestStateLevel;
typedef enum TestStateCheck { TEST_STATE_STRICT, TEST_STATE_PRESENT, TEST_STATE_NONE } TestStateCheck;

typedef struct TestStateRequest { /* texts without data are not given */
    Str              definition; /* of the state, or of the machine that `state_name` is in */
    Str              state_name;
    Str              input;      /* JSON text; not given: {} */
    Str              variables;  /* JSON text of an object */
    Str              context;    /* the same */
    Str              role_arn;
    TestStateLevel   level;
    bool             has_mock;
    Str              mock_result; /* JSON text */
    bool             mock_fails;
    Str              mock_error, mock_cause;
    TestStateCheck   check; /* of the mocked result */
    int64_t          retrier_retry_count, map_iteration_failure_count; /* -1: not given */
    Str              error_caused_by_state, map_item_reader_data;

    Str              account, region, partition; /* as PlayOptions has them */
    Instant          now;
    uint64_t         seed;
    const PlayAnswer *answer; /* of the task that the reply to this very request named, or NULL */
} TestStateRequest;

typedef struct TestStateReply {
    Json            *response; /* as the API answers; NULL: see below */
    Str              code, message; /* refused: "ValidationException" and the service's words */
    const AslAction *task;     /* neither: do this, and ask again */
} TestStateReply;

/* From the API's own parameters: definition, input, roleArn, inspectionLevel, mock ... Borrows them. False: a parameter that
 * is not what it should be, in reply->code and message. */
bool test_state_read(Arena *arena, const Json *parameters, TestStateRequest *out, TestStateReply *reply);

Error *test_state(Arena *arena, const TestStateRequest *request, TestStateReply *out);

#endif
