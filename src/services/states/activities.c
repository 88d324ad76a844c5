/* activities.c -- activities: names that workers outside ask for work by. */
#include "services/states/activities.h"

#include "services/states/check.h"
#include "services/states/counts.h"
#include "services/states/names.h"
#include "services/states/paging.h"
#include "services/states/records.h"
#include "services/states/settings.h"
#include "services/states/tags.h"

static Error *find_record(Context *context, Str key, ActivityRecord *out, bool *out_found)
{
    Str row;
    TRY(states_row_get(context, TABLE_STATES_ACTIVITY, key, &row, out_found));
    return *out_found ? states_activity_decode(row, out) : NULL;
}

/* ---- for others ---- */

Error *states_activity_lookup(Context *context, const StatesArn *arn, ActivityRecord *out, bool *out_found)
{
    *out_found = false;
    if (arn->qualifier.length || arn->label.length || !str_equal(arn->region, context->caller->region)) return NULL;
    return find_record(context, states_key_of(context->arena, arn), out, out_found);
}

static Error *find(Context *context, Str text, StatesArn *out_arn, ActivityRecord *out)
{
    bool found;
    TRY(states_arn_parse(text, "activity", out_arn));
    TRY(states_activity_lookup(context, out_arn, out, &found));
    if (found) return NULL;
    return error_fault(&states_activity_does_not_exist, "Activity Does Not Exist: '%.*s'", STR_ARG(text));
}

Error *states_activity_find(Context *context, Str arn, StatesActivity *out)
{
    StatesArn      parsed;
    ActivityRecord activity;
    TRY(find(context, arn, &parsed, &activity));
    *out = (StatesActivity){ activity.id, parsed.account, parsed.region, parsed.name, arn, activity.created };
    return NULL;
}

/* ---- operations ---- */

static Error *create(Context *context, Str place, Str key, ActivityRecord *activity, const StatesTags *tags)
{
    StatesCount *activities;
    TRY(states_count(context, STATES_COUNT_ACTIVITIES, place, &activities));
    if (states_count_value(activities) >= STATES_ACTIVITIES_MAX)
        return error_fault(&states_activity_limit_exceeded, "Activity Limit Exceeded: there are %d already",
                           STATES_ACTIVITIES_MAX);
    TRY(states_next_id(context, &activity->id));
    TRY(states_tags_save(context, activity->id, tags));
    states_activity_encode(&states_of(context)->scratch, activity);
    TRY(states_row_put_scratch(context, TABLE_STATES_ACTIVITY, key));
    states_count_add(states_of(context), activities, 1);
    return NULL;
}

static Error *check_twin(Str arn, const ActivityRecord *existing, const ActivityRecord *wanted)
{
    if (states_encryption_equal(&existing->encryption, &wanted->encryption)) return NULL;
    return error_fault(&states_activity_already_exists,
                       "Activity Already Exists: '%.*s'. EncryptionConfiguration may not be updated.", STR_ARG(arn));
}

Error *states_create_activity(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        TEXT_RULE("name", 1, STATES_NAME_MAX, RULE_REQUIRED),
        LIST_RULE("tags", 0, INT64_MAX, 0, &states_tag_item_rule),
        STRUCTURE_RULE("encryptionConfiguration", states_encryption_rules),
    };
    Arena         *arena = context->arena;
    const Caller  *caller = context->caller;
    ActivityRecord wanted = { .created = context->now }, activity;
    StatesTags     tags = { 0 };
    Str            name = json_get_str(input, STR("name")), place;
    bool           found;
    TRY(states_check(input, RULES(rules)));
    TRY(states_name_check(name));
    TRY(states_place(context, &place));
    TRY(states_encryption_read(input, &wanted.encryption));
    Str arn = states_arn_text(arena, caller->region, caller->account, "activity", name, STR(""));
    Str key = states_key(arena, caller->account, caller->region, name);
    TRY(states_tags_add(arena, json_get(input, STR("tags")), arn, &tags));
    TRY(find_record(context, key, &activity, &found));
    TRY(found ? check_twin(arn, &activity, &wanted) : create(context, place, key, &wanted, &tags));
    *out = json_object(arena);
    json_add_str(arena, *out, STR("activityArn"), arn);
    json_add(arena, *out, STR("creationDate"), json_time(arena, found ? activity.created : context->now));
    return NULL;
}

static Error *remove_activity(Context *context, const StatesArn *arn, uint64_t id)
{
    StatesCount *activities;
    Str          key = states_key_of(context->arena, arn);
    Str          place = str_slice(key, 0, key.length - arn->name.length - 1);
    TRY(states_count(context, STATES_COUNT_ACTIVITIES, place, &activities));
    TRY(states_tags_save(context, id, &(StatesTags){ 0 }));
    TRY(states_row_delete(context, TABLE_STATES_ACTIVITY, key));
    states_count_add(states_of(context), activities, -1);
    return NULL;
}

Error *states_delete_activity(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("activityArn") };
    StatesArn               arn;
    ActivityRecord          activity;
    bool                    found;
    (void)out;
    TRY(states_check(input, RULES(rules)));
    TRY(states_arn_parse(json_get_str(input, STR("activityArn")), "activity", &arn));
    TRY(states_activity_lookup(context, &arn, &activity, &found));
    return found ? remove_activity(context, &arn, activity.id) : NULL;
}

Error *states_describe_activity(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("activityArn") };
    Arena                  *arena = context->arena;
    StatesArn               arn;
    ActivityRecord          activity;
    TRY(states_check(input, RULES(rules)));
    TRY(find(context, json_get_str(input, STR("activityArn")), &arn, &activity));
    Json *output = json_object(arena);
    json_add_str(arena, output, STR("activityArn"), arn.text);
    json_add_str(arena, output, STR("name"), arn.name);
    json_add(arena, output, STR("creationDate"), json_time(arena, activity.created));
    json_add(arena, output, STR("encryptionConfiguration"), states_encryption_json(arena, &activity.encryption));
    *out = output;
    return NULL;
}

static Error *tell_activity(Context *context, const StatesRow *row, void *data, Json **out)
{
    ActivityRecord activity;
    const Str     *prefix = data;
    const Caller  *caller = context->caller;
    Arena         *arena = context->arena;
    TRY(states_activity_decode(row->value, &activity));
    Str name = str_slice(row->key, prefix->length, row->key.length);
    *out = json_object(arena);
    json_add_str(arena, *out, STR("activityArn"),
                 states_arn_text(arena, caller->region, caller->account, "activity", name, STR("")));
    json_add_str(arena, *out, STR("name"), name);
    json_add(arena, *out, STR("creationDate"), json_time(arena, activity.created));
    return NULL;
}

Error *states_list_activities(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { PAGE_RULES };
    const Caller           *caller = context->caller;
    Str                     place;
    TRY(states_check(input, RULES(rules)));
    TRY(states_place(context, &place));
    Str prefix = states_key(context->arena, caller->account, caller->region, STR(""));
    Str scope = states_join(context->arena, STR("ListActivities "), place);
    return states_page_list(context, input, scope, TABLE_STATES_ACTIVITY, prefix, STR("activities"), tell_activity,
                            &prefix, out);
}
