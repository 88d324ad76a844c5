/* api.c -- the refusals that all services share, and finding an operation by its name.
 *
 * Tables of operations stand in the order that reads best, so a name is looked for from the top; what
 * a thread found it remembers in a few slots, and looks there first. */
#include "aws/api.h"

const Fault fault_internal = { "InternalFailure", NULL, 500 };
const Fault fault_unavailable = { "ServiceUnavailable", NULL, 503 };
const Fault fault_not_implemented = { "NotImplemented", NULL, 501 };
const Fault fault_serialization = { "SerializationException", "MalformedInput", 400 };
const Fault fault_unknown_operation = { "UnknownOperationException", "InvalidAction", 400 };
const Fault fault_validation = { "ValidationException", "ValidationError", 400 };
const Fault fault_missing_parameter = { "MissingParameter", NULL, 400 };
const Fault fault_access_denied = { "AccessDeniedException", "AccessDenied", 403 };
const Fault fault_request_too_large = { "RequestEntityTooLarge", NULL, 413 };

typedef struct Found {
    const Service   *service;
    const Operation *operation;
} Found;

enum { FOUND_SLOTS = 64 }; /* a power of two */

static size_t slot_of(const Service *service, Str name)
{
    size_t mixed = (uintptr_t)service / sizeof(void *) + name.length * 31;
    if (name.length)
        mixed += (uint8_t)name.data[0] + 7 * (size_t)(uint8_t)name.data[name.length - 1] +
                 13 * (size_t)(uint8_t)name.data[name.length / 2];
    return mixed % FOUND_SLOTS;
}

const Operation *service_operation(const Service *service, Str name)
{
    static _Thread_local Found found[FOUND_SLOTS];
    Found *slot = &found[slot_of(service, name)];
    if (slot->service == service && str_equal(slot->operation->name, name)) return slot->operation;
    for (size_t i = 0; i < service->operation_count; i++)
        if (str_equal(service->operations[i].name, name)) {
            *slot = (Found){ service, &service->operations[i] };
            return slot->operation;
        }
    return NULL;
}
