/* state_parallel.c -- Parallel: every branch with the same input, their outputs in an array. */
#include "asl/run.h"

void asl_enter_parallel(AslRun *run, AslThread *thread)
{
    AslFault fault = { 0 };
    if (!asl_arguments(run, thread, &thread->effective, &fault)) {
        asl_break_by(run, thread, &fault);
        return;
    }
    uint32_t started = asl_note(run, thread, ASL_H_ParallelStateStarted)->id;
    asl_fork(run, thread, (uint32_t)asl_def(thread)->branch_count, 0, started);
}

void asl_parallel_done(AslRun *run, AslThread *thread)
{
    AslValue result = asl_join(run, thread);
    asl_note_aside(run, thread, ASL_H_ParallelStateSucceeded);
    asl_leave_with(run, thread, result);
}
