/* records.c -- the rows of the control plane.
 *
 *     TABLE_STATES_MACHINE    account/region/name           a state machine
 *     TABLE_STATES_REVISION   revision (8)                  a revision, written once
 *     TABLE_STATES_VERSION    machine (8), ~number (8)      a version: the newest comes first
 *     TABLE_STATES_ALIAS      machine (8), name             an alias
 *     TABLE_STATES_ACTIVITY   account/region/name           an activity
 *     TABLE_STATES_TAGS       machine or activity (8)       its tags, if it has any
 *     TABLE_STATES_COUNT      kind, what it counts of       a number (counts.c)
 *
 * Ids of machines, revisions and activities come from one counter and are never used again. What a machine's row says is
 * small and read by every start of an execution; the definition is in the revision.
 *
 *     machine:    format (1 byte, 1), id (8), type (1), deleting (1), created (8), current revision (8),
 *                 last version, version of the current revision, number of versions, of aliases (varints),
 *                 published when it was made (1), its description then (optional)
 *     revision:   format (1 byte, 1), id (8), machine (8), type (1), created (8), revision id (text), role (text),
 *                 log level (1), with data (1), log group (text), tracing (1), encryption, definition (text)
 *     version:    format (1 byte, 1), revision (8), created (8), description (optional)
 *     alias:      format (1 byte, 1), created (8), updated (8), description (optional),
 *                 number of routes (varint) and for each its version and weight (varints)
 *     activity:   format (1 byte, 1), id (8), created (8), encryption
 *     tags:       format (1 byte, 1), number (varint) and for each key and value (texts), in the order they were added
 *
 *     optional:   given (1 byte), text          encryption:  type (1), key (text), seconds of reuse (varint) */
#include "services/states/records.h"

#include "base/bytes.h"

enum { FORMAT = 1 };

/* ---- parts ---- */

static void begin(Buffer *out)
{
    buffer_clear(out);
    buffer_append_byte(out, FORMAT);
}

static Reader begin_reading(Str row)
{
    Reader reader;
    reader_init(&reader, row);
    if (reader_u8(&reader) != FORMAT) reader.failed = true;
    return reader;
}

static Error *end_reading(const Reader *reader, const char *what)
{
    if (reader_ended(reader)) return NULL;
    return error_new(ERR_CORRUPT, "the stored row of %s cannot be read", what);
}

static uint8_t read_choice(Reader *reader, uint8_t most)
{
    uint8_t choice = reader_u8(reader);
    if (choice > most) reader->failed = true;
    return choice;
}

static void append_time(Buffer *out, Instant time)
{
    bytes_append_u64(out, (uint64_t)time);
}

static Instant read_time(Reader *reader)
{
    return (Instant)reader_u64(reader);
}

static void append_optional(Buffer *out, const StatesOptional *optional)
{
    buffer_append_byte(out, (char)optional->given);
    bytes_append_text(out, optional->text);
}

static StatesOptional read_optional(Reader *reader)
{
    StatesOptional optional = { .given = read_choice(reader, 1) };
    optional.text = reader_text(reader);
    return optional;
}

static void append_encryption(Buffer *out, const StatesEncryption *encryption)
{
    buffer_append_byte(out, (char)encryption->type);
    bytes_append_text(out, encryption->key_id);
    bytes_append_varint(out, encryption->reuse_s);
}

static StatesEncryption read_encryption(Reader *reader)
{
    StatesEncryption encryption = { .type = read_choice(reader, STATES_KEY_CUSTOMER) };
    encryption.key_id = reader_text(reader);
    encryption.reuse_s = reader_varint(reader);
    return encryption;
}

static StatesType read_type(Reader *reader)
{
    uint8_t type = read_choice(reader, STATES_EXPRESS);
    if (!type) reader->failed = true;
    return type;
}

/* ---- machines and revisions ---- */

void states_machine_encode(Buffer *out, const MachineRecord *machine)
{
    begin(out);
    bytes_append_u64(out, machine->id);
    buffer_append_byte(out, (char)machine->type);
    buffer_append_byte(out, (char)machine->deleting);
    append_time(out, machine->created);
    bytes_append_u64(out, machine->revision);
    bytes_append_varint(out, machine->version_last);
    bytes_append_varint(out, machine->published);
    bytes_append_varint(out, machine->version_count);
    bytes_append_varint(out, machine->alias_count);
    buffer_append_byte(out, (char)machine->born_published);
    append_optional(out, &machine->born_description);
}

Error *states_machine_decode(Str row, MachineRecord *out)
{
    Reader        reader = begin_reading(row);
    MachineRecord machine = { .id = reader_u64(&reader) };
    machine.type = read_type(&reader);
    machine.deleting = read_choice(&reader, 1);
    machine.created = read_time(&reader);
    machine.revision = reader_u64(&reader);
    machine.version_last = reader_varint(&reader);
    machine.published = reader_varint(&reader);
    machine.version_count = reader_varint(&reader);
    machine.alias_count = reader_varint(&reader);
    machine.born_published = read_choice(&reader, 1);
    machine.born_description = read_optional(&reader);
    TRY(end_reading(&reader, "a state machine"));
    *out = machine;
    return NULL;
}

void states_revision_encode(Buffer *out, const StatesRevision *revision)
{
    begin(out);
    bytes_append_u64(out, revision->id);
    bytes_append_u64(out, revision->machine_id);
    buffer_append_byte(out, (char)revision->type);
    append_time(out, revision->created);
    bytes_append_text(out, revision->uuid);
    bytes_append_text(out, revision->role_arn);
    buffer_append_byte(out, (char)revision->logging.level);
    buffer_append_byte(out, (char)revision->logging.include_data);
    bytes_append_text(out, revision->logging.log_group_arn);
    buffer_append_byte(out, (char)revision->tracing);
    append_encryption(out, &revision->encryption);
    bytes_append_text(out, revision->definition);
}

Error *states_revision_decode(Str row, StatesRevision *out)
{
    Reader         reader = begin_reading(row);
    StatesRevision revision = { .id = reader_u64(&reader) };
    revision.machine_id = reader_u64(&reader);
    revision.type = read_type(&reader);
    revision.created = read_time(&reader);
    revision.uuid = reader_text(&reader);
    revision.role_arn = reader_text(&reader);
    revision.logging.level = read_choice(&reader, STATES_LOG_ALL);
    revision.logging.include_data = read_choice(&reader, 1);
    revision.logging.log_group_arn = reader_text(&reader);
    revision.tracing = read_choice(&reader, 1);
    revision.encryption = read_encryption(&reader);
    revision.definition = reader_text(&reader);
    TRY(end_reading(&reader, "a revision"));
    *out = revision;
    return NULL;
}

/* ---- versions and aliases ---- */

void states_version_encode(Buffer *out, const VersionRecord *version)
{
    begin(out);
    bytes_append_u64(out, version->revision);
    append_time(out, version->created);
    append_optional(out, &version->description);
}

Error *states_version_decode(Str row, VersionRecord *out)
{
    Reader        reader = begin_reading(row);
    VersionRecord version = { .revision = reader_u64(&reader) };
    version.created = read_time(&reader);
    version.description = read_optional(&reader);
    TRY(end_reading(&reader, "a version"));
    *out = version;
    return NULL;
}

void states_alias_encode(Buffer *out, const AliasRecord *alias)
{
    begin(out);
    append_time(out, alias->created);
    append_time(out, alias->updated);
    append_optional(out, &alias->description);
    bytes_append_varint(out, alias->route_count);
    for (size_t i = 0; i < alias->route_count; i++) {
        bytes_append_varint(out, alias->routes[i].version);
        bytes_append_varint(out, alias->routes[i].weight);
    }
}

Error *states_alias_decode(Str row, AliasRecord *out)
{
    Reader      reader = begin_reading(row);
    AliasRecord alias = { .created = read_time(&reader) };
    alias.updated = read_time(&reader);
    alias.description = read_optional(&reader);
    alias.route_count = reader_varint(&reader);
    if (!alias.route_count || alias.route_count > STATES_ROUTES_MAX) reader.failed = true;
    for (size_t i = 0; i < alias.route_count && !reader.failed; i++) {
        alias.routes[i].version = reader_varint(&reader);
        alias.routes[i].weight = reader_varint(&reader);
    }
    TRY(end_reading(&reader, "an alias"));
    *out = alias;
    return NULL;
}

/* ---- activities and tags ---- */

void states_activity_encode(Buffer *out, const ActivityRecord *activity)
{
    begin(out);
    bytes_append_u64(out, activity->id);
    append_time(out, activity->created);
    append_encryption(out, &activity->encryption);
}

Error *states_activity_decode(Str row, ActivityRecord *out)
{
    Reader         reader = begin_reading(row);
    ActivityRecord activity = { .id = reader_u64(&reader) };
    activity.created = read_time(&reader);
    activity.encryption = read_encryption(&reader);
    TRY(end_reading(&reader, "an activity"));
    *out = activity;
    return NULL;
}

void states_tags_encode(Buffer *out, const NamedStr *tags, size_t count)
{
    begin(out);
    bytes_append_varint(out, count);
    for (size_t i = 0; i < count; i++) {
        bytes_append_text(out, tags[i].name);
        bytes_append_text(out, tags[i].value);
    }
}

Error *states_tags_decode(Arena *arena, Str row, NamedStr **out, size_t *out_count)
{
    Reader   reader = begin_reading(row);
    uint64_t count = reader_varint(&reader);
    if (count > STATES_TAGS_MAX) reader.failed = true;
    NamedStr *tags = NEW_ARRAY(arena, NamedStr, STATES_TAGS_MAX);
    for (uint64_t i = 0; i < count && !reader.failed; i++) {
        tags[i].name = reader_text(&reader);
        tags[i].value = reader_text(&reader);
    }
    TRY(end_reading(&reader, "tags"));
    *out = tags;
    *out_count = count;
    return NULL;
}
