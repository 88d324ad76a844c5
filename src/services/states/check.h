/* check.h -- what the model says about the members of an input, checked before the operation looks at them.
 *
 *     static const StatesRule publish_rules[] = { ARN_RULE("stateMachineArn"), TEXT_RULE("description", 0, 256, SENSITIVE) };
 *     TRY(states_check(input, RULES(publish_rules)));
 *
 * All that is wrong is told at once, as the hosted services do: "2 validation errors detected: Value '' at 'name' failed to
 * satisfy constraint: Member must have length greater than or equal to 1; Value ...". Types were checked before. */
#ifndef SERVICES_STATES_CHECK_H
#define SERVICES_STATES_CHECK_H

#include "services/states/states_internal.h"

typedef enum StatesRuleKind { RULE_TEXT, RULE_NUMBER, RULE_WORD, RULE_LIST, RULE_STRUCTURE } StatesRuleKind;

enum { RULE_REQUIRED = 1, RULE_SENSITIVE = 2 /* its value is not shown */ };

typedef struct StatesRule StatesRule;
struct StatesRule {
    Str               name;
    StatesRuleKind    kind;
    unsigned          flags;
    int64_t           min, max;        /* of lengths and numbers */
    const char       *shown;           /* the pattern; of a word the choices: "[STANDARD, EXPRESS]" */
    bool            (*matches)(Str);   /* the pattern */
    const StatesRule *inner;           /* of a structure its members; of a list one for each item */
    size_t            inner_count;
};

#define RULES(rules) (rules), sizeof(rules) / sizeof *(rules)
#define TEXT_RULE(member, least, most, rule_flags) \
    { .name = STR_CONST(member), .kind = RULE_TEXT, .flags = (rule_flags), .min = (least), .max = (most) }
#define NUMBER_RULE(member, least, most) \
    { .name = STR_CONST(member), .kind = RULE_NUMBER, .min = (least), .max = (most) }
#define WORD_RULE(member, choices, rule_flags) \
    { .name = STR_CONST(member), .kind = RULE_WORD, .flags = (rule_flags), .shown = (choices) }
#define STRUCTURE_RULE(member, rules) \
    { .name = STR_CONST(member), .kind = RULE_STRUCTURE, .inner = (rules), .inner_count = sizeof(rules) / sizeof *(rules) }
#define LIST_RULE(member, least, most, rule_flags, item) \
    { .name = STR_CONST(member), .kind = RULE_LIST, .flags = (rule_flags), .min = (least), .max = (most), \
      .inner = (item), .inner_count = 1 }
#define ARN_RULE(member) TEXT_RULE(member, 1, STATES_ARN_MAX, RULE_REQUIRED)
#define PAGE_RULES \
    NUMBER_RULE("maxResults", 0, STATES_PAGE_MAX), TEXT_RULE("nextToken", 1, STATES_TOKEN_MAX, 0)
#define TYPE_RULE WORD_RULE("type", "[STANDARD, EXPRESS]", 0)
#define INCLUDED_RULE WORD_RULE("includedData", "[ALL_DATA, METADATA_ONLY]", 0)

extern const StatesRule states_tag_item_rule;
extern const StatesRule states_logging_rules[2], states_encryption_rules[3];

Error *states_check(const Json *input, const StatesRule *rules, size_t rule_count);

bool states_flag(const Json *input, Str name); /* a boolean member; false where it is not there */

#endif
