/* tags.c -- see tags.h, and the operations on them. */
#include "services/states/tags.h"

#include "services/states/activities.h"
#include "services/states/check.h"
#include "services/states/locate.h"

static void put(StatesTags *tags, Str key, Str value)
{
    size_t at = 0;
    while (at < tags->count && !str_equal(tags->items[at].name, key)) at++;
    if (at == tags->count) tags->count++;
    tags->items[at] = (NamedStr){ key, value };
}

/* As long as there is room for one too many: what is beyond that need not be looked at. */
Error *states_tags_add(Arena *arena, const Json *list, Str arn, StatesTags *tags)
{
    const Json *tag;
    if (!list || !list->count) return NULL;
    NamedStr *items = NEW_ARRAY(arena, NamedStr, STATES_TAGS_MAX + 1);
    if (tags->count) memcpy(items, tags->items, tags->count * sizeof *items);
    tags->items = items;
    JSON_EACH_ITEM(list, tag) {
        put(tags, json_get_str(tag, STR("key")), json_get_str(tag, STR("value")));
        if (tags->count > STATES_TAGS_MAX)
            return error_fault(&states_too_many_tags, "Too many tags: '%.*s' may have %d", STR_ARG(arn),
                               STATES_TAGS_MAX);
    }
    return NULL;
}

Error *states_tags_save(Context *context, uint64_t id, const StatesTags *tags)
{
    char    key[STATES_ID_SIZE];
    Buffer *scratch = &states_of(context)->scratch;
    if (!tags->count) return store_delete(context->store, TABLE_STATES_TAGS, states_id_key(key, id));
    states_tags_encode(scratch, tags->items, tags->count);
    if (scratch->failed) return error_memory();
    return store_put(context->store, TABLE_STATES_TAGS, states_id_key(key, id), buffer_str(scratch));
}

static Error *load(Context *context, uint64_t id, StatesTags *out)
{
    char key[STATES_ID_SIZE];
    Str  row;
    bool found;
    *out = (StatesTags){ 0 };
    TRY(store_get(context->store, context->arena, TABLE_STATES_TAGS, states_id_key(key, id), &row, &found));
    return found ? states_tags_decode(context->arena, row, &out->items, &out->count) : NULL;
}

/* ---- whose tags ---- */

static Error *find_id(Context *context, const StatesArn *arn, uint64_t *out, bool *out_found)
{
    ActivityRecord activity = { 0 };
    MachineRecord  machine = { 0 };
    if (str_equal(arn->type, STR("activity")))
        TRY(states_activity_lookup(context, arn, &activity, out_found));
    else
        TRY(states_machine_find(context, states_key_of(context->arena, arn), &machine, out_found));
    *out = machine.id ? machine.id : activity.id;
    return NULL;
}

/* Versions and aliases have no tags. */
static Error *find_tagged(Context *context, const Json *input, Str *out_arn, uint64_t *out_id, StatesTags *out)
{
    StatesArn arn;
    bool      found = false;
    Str       text = json_get_str(input, STR("resourceArn"));
    TRY(states_arn_parse(text, "stateMachine activity", &arn));
    if (!arn.qualifier.length && !arn.label.length && str_equal(arn.region, context->caller->region))
        TRY(find_id(context, &arn, out_id, &found));
    if (!found) return error_fault(&states_resource_not_found, "Resource not found: '%.*s'", STR_ARG(text));
    *out_arn = text;
    return load(context, *out_id, out);
}

/* ---- operations ---- */

Error *states_tag_resource(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = {
        ARN_RULE("resourceArn"),
        LIST_RULE("tags", 0, INT64_MAX, RULE_REQUIRED, &states_tag_item_rule),
    };
    Str        arn;
    uint64_t   id;
    StatesTags tags;
    (void)out;
    TRY(states_check(input, RULES(rules)));
    TRY(find_tagged(context, input, &arn, &id, &tags));
    TRY(states_tags_add(context->arena, json_get(input, STR("tags")), arn, &tags));
    return states_tags_save(context, id, &tags);
}

static bool is_listed(const Json *list, Str text)
{
    const Json *item;
    JSON_EACH_ITEM(list, item)
        if (str_equal(item->text, text)) return true;
    return false;
}

Error *states_untag_resource(Context *context, const Json *input, Json **out)
{
    static const StatesRule key_rule = TEXT_RULE("", 1, STATES_TAG_KEY_MAX, 0);
    static const StatesRule rules[] = {
        ARN_RULE("resourceArn"),
        LIST_RULE("tagKeys", 0, INT64_MAX, RULE_REQUIRED, &key_rule),
    };
    Str        arn;
    uint64_t   id;
    StatesTags tags, kept = { 0 };
    (void)out;
    TRY(states_check(input, RULES(rules)));
    TRY(find_tagged(context, input, &arn, &id, &tags));
    kept.items = NEW_ARRAY(context->arena, NamedStr, STATES_TAGS_MAX);
    for (size_t i = 0; i < tags.count; i++)
        if (!is_listed(json_get(input, STR("tagKeys")), tags.items[i].name)) kept.items[kept.count++] = tags.items[i];
    return states_tags_save(context, id, &kept);
}

Error *states_list_tags_for_resource(Context *context, const Json *input, Json **out)
{
    static const StatesRule rules[] = { ARN_RULE("resourceArn") };
    Arena                  *arena = context->arena;
    Str                     arn;
    uint64_t                id;
    StatesTags              tags;
    TRY(states_check(input, RULES(rules)));
    TRY(find_tagged(context, input, &arn, &id, &tags));
    Json *list = json_array(arena);
    for (size_t i = 0; i < tags.count; i++) {
        Json *tag = json_object(arena);
        json_add_str(arena, tag, STR("key"), tags.items[i].name);
        json_add_str(arena, tag, STR("value"), tags.items[i].value);
        json_append(arena, list, tag);
    }
    *out = json_object(arena);
    json_add(arena, *out, STR("tags"), list);
    return NULL;
}
