/* settings.h -- logging, tracing and encryption: as given, as kept, as told. */
#ifndef SERVICES_STATES_SETTINGS_H
#define SERVICES_STATES_SETTINGS_H

#include "services/states/machines.h"

/* From the member of that name, if the input has it; *out stays as it is where it has not. */
Error *states_logging_read(const Json *input, StatesLogging *out);       /* InvalidLoggingConfiguration */
Error *states_encryption_read(const Json *input, StatesEncryption *out); /* InvalidEncryptionConfiguration */
void   states_tracing_read(const Json *input, bool *out);

bool states_logging_equal(const StatesLogging *a, const StatesLogging *b);
bool states_encryption_equal(const StatesEncryption *a, const StatesEncryption *b);

Json *states_logging_json(Arena *arena, const StatesLogging *logging);
Json *states_encryption_json(Arena *arena, const StatesEncryption *encryption);

#endif
