/* corpus.h -- reading the files of a corpus; what cannot be read ends the program with status 2. */
#ifndef CONFORMANCE_CORPUS_H
#define CONFORMANCE_CORPUS_H

#include "json/json.h"

_Noreturn void corpus_stop(const char *what, const char *why);
Json *corpus_file(Arena *arena, const char *directory, Str name); /* as JSON */

#endif
