/* maprun.h -- distributed Map: a run's items, its children's inputs, when it fails, what it gives.
 *
 * ASL_DO_MAP_RUN asks the driver for a run. The driver gets the items (from the state's own input, or by reading the object
 * that the ItemReader names), starts a child execution of asl_map_program for each child input, and counts how they end. These
 * functions hold no state of their own: everything comes from the execution's state and the counts. When an execution is redriven
 * whose run has failed or was stopped, the action comes again with the ARN that the run had: that one goes on. */
#ifndef ASL_MAPRUN_H
#define ASL_MAPRUN_H

#include "asl/asl.h"

typedef enum AslItemFormat { ASL_ITEMS_JSON, ASL_ITEMS_JSONL, ASL_ITEMS_CSV, ASL_ITEMS_MANIFEST, ASL_ITEMS_PARQUET, ASL_ITEMS_LIST } AslItemFormat;

typedef struct AslMapRun {
    Str            arn;              /* of the run: ".../mapRun:MACHINE/LABEL:UUID" */
    Str            label;
    bool           express_children;
    uint32_t       max_concurrency;  /* 0: no limit of its own */
    int64_t        tolerated_count;  /* -1: none given */
    double         tolerated_percentage; /* negative: none given */
    bool           has_reader;
    Str            reader_resource;  /* "arn:aws:states:::s3:getObject", "...:s3:listObjectsV2" */
    Str            reader_parameters; /* JSON text, resolved */
    AslItemFormat  format;
    int64_t        max_items;        /* 0: all */
    Str            items;            /* without a reader: the array's text */
    bool           has_writer;
    Str            writer_resource, writer_parameters; /* JSON text, resolved; no data: not to be exported */
    Str            writer_config;    /* {"OutputType", "Transformation"} as given; no data: none */
} AslMapRun;

/* What the thread that sent ASL_DO_MAP_RUN wants. Texts live in `arena` or the state. */
Error *asl_map_run(Arena *arena, const AslProgram *program, const AslAbout *about, const AslState *state, uint32_t thread, Instant now,
                   AslMapRun *out);

/* The machine that the children run. */
const AslProgram *asl_map_program(const AslProgram *program, const AslState *state, uint32_t thread);

/* The same by number, for whoever stores which machine a child runs: that of the program itself is 0. */
uint32_t          asl_program_number(const AslProgram *program);
const AslProgram *asl_program_by_number(const AslProgram *program, uint32_t number); /* NULL: there is none */

/* Goes over the items and gives one child's input after the other, batched and selected as the state says.
 * `text`: the items' array, or the object that was read. */
typedef struct AslMapItems AslMapItems;
Error *asl_map_items_open(Arena *arena, const AslProgram *program, const AslAbout *about, const AslState *state, uint32_t thread,
                          Str text, Instant now, uint64_t seed, AslMapItems **out);
/* In *out_input the next child's input, as JSON text in `arena`; no data: there are no more. A failure to read or to select
 * (States.ItemReaderFailed, a bad path) is in *out_error, *out_cause and ends the run. */
Error *asl_map_items_next(AslMapItems *items, Arena *arena, Str *out_input, uint32_t *out_items, Str *out_error, Str *out_cause);
size_t asl_map_items_total(AslMapItems *items); /* items in all, after MaxItems; reads on to the end if need be */

/* Too many items have failed for the run to go on. */
bool asl_map_run_exceeded(const AslMapRun *run, uint64_t failed, uint64_t total);

#endif
