/* progress.h -- how an execution goes, on stderr: a picture that is redrawn on a terminal, else a line for each thing. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "play/play.h"

typedef struct Progress Progress;

Error  *progress_new(Instant start, bool live, Progress **out);
void    progress_free(Progress *progress); /* accepts NULL */
void    progress_hear(Progress *progress, const PlayPlace *place, const AslHistory *event);
Instant progress_idle(Progress *progress, Instant now, Instant due); /* redraws; when it wants to again */
void    progress_end(Progress *progress, const PlayResult *result);

#endif
