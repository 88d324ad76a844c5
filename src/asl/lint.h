/* lint.h -- what is wrong with a definition: as the service would refuse it, and as an expert would doubt it.
 *
 * Both walk the definition as a JSON value; neither compiles a program or runs anything. Diagnostics come in the
 * order of the places they are about. */
#ifndef ASL_LINT_H
#define ASL_LINT_H

#include "json/json.h"

typedef enum AslSeverity { ASL_ERROR, ASL_WARNING } AslSeverity;

typedef struct AslDiagnostic {
    AslSeverity severity;
    Str    code; /* the service's: "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET"; ours: "UNREACHABLE_STATE" */
    Str    location; /* "/States/X/Next"; of a text that is not JSON "[Source: ...]" */
    Str    message;  /* the service's words where it has them */
    Str    hint;     /* how to mend it; may be empty */
    size_t offset;   /* bytes into the text that stands there, for a fault in an expression; else 0 */
} AslDiagnostic;

typedef struct AslDiagnostics {
    AslDiagnostic *items;
    size_t         count;
    size_t         capacity;
} AslDiagnostics;

typedef enum AslMachineType { ASL_STANDARD, ASL_EXPRESS } AslMachineType;

/* What CreateStateMachine refuses and ValidateStateMachineDefinition reports. None: asl_compile will take it. */
void asl_validate(Arena *arena, const Json *definition, AslMachineType type, AslDiagnostics *out);

/* The same for the definition's text: not JSON, blank, or not an object are diagnostics too. *out_definition is NULL then. */
void asl_validate_text(Arena *arena, Str text, AslMachineType type, Json **out_definition, AslDiagnostics *out);

/* The doubts that ValidateStateMachineDefinition adds when it is asked for warnings: NO_DOLLAR, NO_PATH,
 * PASS_RESULT_IS_STATIC. */
void asl_validate_warnings(Arena *arena, const Json *definition, AslDiagnostics *out);

/* The one state of TestState, which stands at /States/StateName; targets of transitions need not exist. */
void asl_validate_state(Arena *arena, const Json *state, AslDiagnostics *out);

/* Everything asl_validate says, and what an expert sees beyond it. An error is certain; a doubt is a warning. */
void asl_lint(Arena *arena, const Json *definition, AslMachineType type, AslDiagnostics *out);

/* "SCHEMA_VALIDATION_FAILED: ... at /States/X/Next" with ", " between diagnostics: what stands in an InvalidDefinition error. */
Str asl_diagnostics_text(Arena *arena, const AslDiagnostics *diagnostics);

#endif
