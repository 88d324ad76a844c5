/* states_versions_test.c -- versions and aliases. */
#include "services/states/states.h"
#include "services/states/states_limits.h"
#include "tests/support/test.h"
#include "tests/unit/services/service_bed.h"

#define ARN  "arn:aws:states:us-east-1:000000000000:stateMachine:"
#define ROLE "arn:aws:iam::000000000000:role/r"

static Json *create(Bed *bed, const char *name, const char *more)
{
    return bed_call(bed, "CreateStateMachine",
                    "{'name': '%s', 'roleArn': '" ROLE
                    "', 'definition': '{\\'StartAt\\': \\'A\\', \\'States\\': {\\'A\\': "
                    "{\\'Type\\': \\'Pass\\', \\'End\\': true}}}'%s}",
                    name, more);
}

/* Makes another revision: the number is its comment. */
static Json *update(Bed *bed, int number, bool publish)
{
    return bed_call(bed, "UpdateStateMachine",
                    "{'stateMachineArn': '" ARN
                    "m', 'publish': %s, 'definition': '{\\'Comment\\': \\'%d\\', \\'StartAt\\': "
                    "\\'A\\', \\'States\\': {\\'A\\': {\\'Type\\': \\'Pass\\', \\'End\\': true}}}'}",
                    publish ? "true" : "false", number);
}

static Json *publish(Bed *bed, const char *more)
{
    return bed_call(bed, "PublishStateMachineVersion", "{'stateMachineArn': '" ARN "m'%s}", more);
}

static Json *list(Bed *bed)
{
    return bed_call(bed, "ListStateMachineVersions", "{'stateMachineArn': '" ARN "m'}");
}

static Json *delete_version(Bed *bed, int number)
{
    return bed_call(bed, "DeleteStateMachineVersion", "{'stateMachineVersionArn': '" ARN "m:%d'}", number);
}

static Json *alias(Bed *bed, const char *operation, const char *name, const char *routes)
{
    return bed_call(bed, operation, "{'name': '%s', 'routingConfiguration': %s}", name, routes);
}

#define ONE(version) "[{'stateMachineVersionArn': '" ARN "m:" version "', 'weight': 100}]"
#define TWO(v, a, w, b) \
    "[{'stateMachineVersionArn': '" ARN "m:" v "', 'weight': " a "}, {'stateMachineVersionArn': '" ARN "m:" w \
    "', 'weight': " b "}]"

TEST(test_states_publish)
{
    Bed  bed;
    char revision[64], more[256];
    bed_open(&bed, &states_service, 1);
    create(&bed, "m", "");
    CHECK_TEXT(publish(&bed, ", 'revisionId': 'INITIAL'"), "stateMachineVersionArn", ARN "m:1");
    bed_advance(&bed, DURATION_MINUTE);
    Json *again = publish(&bed, ", 'description': 'not heard'");
    CHECK_TEXT(again, "stateMachineVersionArn", ARN "m:1");
    CHECK_TEXT(again, "creationDate", "1767225600");
    snprintf(revision, sizeof revision, "%.*s", STR_ARG(bed_text(update(&bed, 1, false), "revisionId")));
    publish(&bed, ", 'revisionId': 'INITIAL'");
    snprintf(more, sizeof more, "version for revision INITIAL. The current State Machine revision is %s.", revision);
    CHECK_REFUSED(&bed, "ConflictException", more);
    snprintf(more, sizeof more, ", 'description': 'second', 'revisionId': '%s'", revision);
    CHECK_TEXT(publish(&bed, more), "stateMachineVersionArn", ARN "m:2");
    for (int life = 0; life < 2; life++) {
        Json *told = bed_call(&bed, "DescribeStateMachine", "{'stateMachineArn': '" ARN "m:2'}");
        CHECK_TEXT(told, "stateMachineArn", ARN "m:2");
        CHECK_TEXT(told, "name", "m");
        CHECK_TEXT(told, "creationDate", "1767225660");
        CHECK_TEXT(told, "description", "second");
        CHECK_TEXT(told, "revisionId", revision);
        told = bed_call(&bed, "DescribeStateMachine", "{'stateMachineArn': '" ARN "m:1'}");
        CHECK_TEXT(told, "description", "(none)");
        CHECK_TEXT(told, "revisionId", "(none)");
        CHECK_TEXT(list(&bed), "stateMachineVersions.0",
                   "{\"stateMachineVersionArn\":\"" ARN "m:2\",\"creationDate\":1767225660}");
        CHECK_TEXT(list(&bed), "stateMachineVersions.1.stateMachineVersionArn", ARN "m:1");
        bed_restart(&bed, true);
    }
    bed_call(&bed, "PublishStateMachineVersion", "{'stateMachineArn': '" ARN "n'}");
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "State Machine Does Not Exist: '" ARN "n'");
    bed_call(&bed, "PublishStateMachineVersion", "{'stateMachineArn': '" ARN "m:1'}");
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "");
    bed_call(&bed, "PublishStateMachineVersion", "{'stateMachineArn': 'invalid_arn'}");
    CHECK_REFUSED(&bed, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: invalid_arn'");
    bed_call(&bed, "ListStateMachineVersions", "{'stateMachineArn': '" ARN "n'}");
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "");
    bed_close(&bed);
}

TEST(test_states_update_and_publish)
{
    Bed bed;
    bed_open(&bed, &states_service, 2);
    create(&bed, "m", ", 'publish': true");
    Json *same =
        bed_call(&bed, "UpdateStateMachine", "{'stateMachineArn': '" ARN "m', 'publish': true, 'roleArn': '" ROLE "'}");
    CHECK_TEXT(same, "stateMachineVersionArn", ARN "m:1");
    CHECK_TEXT(same, "revisionId", "(none)");
    CHECK_TEXT(update(&bed, 1, true), "stateMachineVersionArn", ARN "m:2");
    CHECK_TEXT(update(&bed, 1, true), "stateMachineVersionArn", ARN "m:2");
    CHECK_TEXT(update(&bed, 2, false), "stateMachineVersionArn", "(none)");
    /* numbers are not used again; without its version the revision can be published again */
    CHECK_TEXT(update(&bed, 2, true), "stateMachineVersionArn", ARN "m:3");
    CHECK(delete_version(&bed, 3));
    CHECK_TEXT(publish(&bed, ""), "stateMachineVersionArn", ARN "m:4");
    CHECK_INT(json_get(list(&bed), STR("stateMachineVersions"))->count, 3);
    bed_close(&bed);
}

TEST(test_states_delete_version)
{
    Bed bed;
    bed_open(&bed, &states_service, 3);
    create(&bed, "m", ", 'publish': true");
    update(&bed, 1, true);
    CHECK(alias(&bed, "CreateStateMachineAlias", "A", ONE("1")));
    CHECK(alias(&bed, "CreateStateMachineAlias", "B", TWO("2", "10", "1", "90")));
    delete_version(&bed, 1);
    CHECK_REFUSED(&bed, "ConflictException",
                  "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this "
                  "version: [A, B]");
    delete_version(&bed, 2);
    CHECK_REFUSED(&bed, "ConflictException", "referencing this version: [B]");
    CHECK(bed_call(&bed, "DeleteStateMachineAlias", "{'stateMachineAliasArn': '" ARN "m:B'}"));
    CHECK(delete_version(&bed, 2));
    CHECK(delete_version(&bed, 2));
    CHECK(delete_version(&bed, 7));
    CHECK(bed_call(&bed, "DeleteStateMachineVersion", "{'stateMachineVersionArn': '" ARN "other:1'}"));
    bed_call(&bed, "DeleteStateMachineVersion", "{'stateMachineVersionArn': '" ARN "m'}");
    CHECK_REFUSED(&bed, "ValidationException", "needs the ARN of a version");
    bed_call(&bed, "DeleteStateMachineVersion", "{'stateMachineVersionArn': '" ARN "m:A'}");
    CHECK_REFUSED(&bed, "ValidationException", "needs the ARN of a version");
    bed_restart(&bed, true);
    CHECK_INT(json_get(list(&bed), STR("stateMachineVersions"))->count, 1);
    bed_close(&bed);
}

TEST(test_states_version_limit)
{
    Bed  bed;
    char token[600];
    bed_open(&bed, &states_service, 4);
    create(&bed, "m", "");
    for (int i = 1; i <= STATES_VERSIONS_MAX; i++) {
        CHECK(update(&bed, i, true));
        if (i % 50 == 0) bed_forget(&bed);
    }
    CHECK_TEXT(publish(&bed, ""), "stateMachineVersionArn", ARN "m:1000"); /* is there already */
    CHECK(update(&bed, 0, false));
    publish(&bed, "");
    CHECK_REFUSED(&bed, "ServiceQuotaExceededException", "1000 versions");
    update(&bed, 1, true);
    CHECK_REFUSED(&bed, "ServiceQuotaExceededException", "1000 versions");
    Json *page = bed_call(&bed, "ListStateMachineVersions", "{'stateMachineArn': '" ARN "m', 'maxResults': 999}");
    CHECK_TEXT(page, "stateMachineVersions.0.stateMachineVersionArn", ARN "m:1000");
    snprintf(token, sizeof token, "%.*s", STR_ARG(bed_text(page, "nextToken")));
    page = bed_call(&bed, "ListStateMachineVersions", "{'stateMachineArn': '" ARN "m', 'nextToken': '%s'}", token);
    CHECK_INT(json_get(page, STR("stateMachineVersions"))->count, 1);
    CHECK_TEXT(page, "stateMachineVersions.0.stateMachineVersionArn", ARN "m:1");
    bed_restart(&bed, true);
    CHECK(delete_version(&bed, 500));
    CHECK_TEXT(publish(&bed, ""), "stateMachineVersionArn", ARN "m:1001");
    CHECK(bed_call(&bed, "DeleteStateMachine", "{'stateMachineArn': '" ARN "m'}"));
    CHECK(create(&bed, "m", ""));
    CHECK_TEXT(list(&bed), "stateMachineVersions", "[]");
    bed_close(&bed);
}

TEST(test_states_alias_life)
{
    Bed bed;
    bed_open(&bed, &states_service, 5);
    create(&bed, "m", ", 'publish': true");
    update(&bed, 1, true);
    CHECK_TEXT(alias(&bed, "CreateStateMachineAlias", "PROD", ONE("1")), "stateMachineAliasArn", ARN "m:PROD");
    bed_advance(&bed, DURATION_MINUTE);
    CHECK_TEXT(alias(&bed, "CreateStateMachineAlias", "PROD", ONE("1")), "creationDate", "1767225600");
    alias(&bed, "CreateStateMachineAlias", "PROD", ONE("2"));
    CHECK_REFUSED(&bed, "ConflictException", "An alias named PROD already exists");
    Json *told = bed_call(&bed, "DescribeStateMachineAlias", "{'stateMachineAliasArn': '" ARN "m:PROD'}");
    CHECK_INT(told->count, 5);
    CHECK_TEXT(told, "updateDate", "1767225600");
    CHECK(bed_call(&bed, "UpdateStateMachineAlias", "{'stateMachineAliasArn': '" ARN "m:PROD', 'description': 'd'}"));
    Json *updated =
        bed_call(&bed, "UpdateStateMachineAlias",
                 "{'stateMachineAliasArn': '" ARN "m:PROD', 'routingConfiguration': " TWO("1", "50", "2", "50") "}");
    CHECK_TEXT(updated, "updateDate", "1767225660");
    bed_restart(&bed, true);
    told = bed_call(&bed, "DescribeStateMachineAlias", "{'stateMachineAliasArn': '" ARN "m:PROD'}");
    CHECK_TEXT(told, "stateMachineAliasArn", ARN "m:PROD");
    CHECK_TEXT(told, "name", "PROD");
    CHECK_TEXT(told, "description", "d");
    CHECK_TEXT(told, "creationDate", "1767225600");
    CHECK_TEXT(told, "updateDate", "1767225660");
    CHECK_TEXT(told, "routingConfiguration",
               "[{\"stateMachineVersionArn\":\"" ARN "m:1\",\"weight\":50},{\"stateMachineVersionArn\":\"" ARN
               "m:2\",\"weight\":50}]");
    /* describing the machine by its alias tells of one of them */
    Str described =
        bed_text(bed_call(&bed, "DescribeStateMachine", "{'stateMachineArn': '" ARN "m:PROD'}"), "stateMachineArn");
    CHECK(str_equal(described, STR(ARN "m:1")) || str_equal(described, STR(ARN "m:2")));
    CHECK(bed_call(&bed, "DeleteStateMachineAlias", "{'stateMachineAliasArn': '" ARN "m:PROD'}"));
    CHECK(bed_call(&bed, "DeleteStateMachineAlias", "{'stateMachineAliasArn': '" ARN "m:PROD'}"));
    CHECK(bed_call(&bed, "DeleteStateMachineAlias", "{'stateMachineAliasArn': '" ARN "other:PROD'}"));
    static const char *const gone[] = { "UpdateStateMachineAlias", "DescribeStateMachineAlias" };
    for (size_t i = 0; i < 2; i++) {
        bed_call(&bed, gone[i], "{'stateMachineAliasArn': '" ARN "m:PROD', 'description': 'd'}");
        CHECK_REFUSED(&bed, "ResourceNotFound", "Request references a resource that does not exist.");
    }
    bed_close(&bed);
}

TEST(test_states_alias_refusals)
{
    Bed bed;
    bed_open(&bed, &states_service, 6);
    create(&bed, "m", ", 'publish': true");
    create(&bed, "n", ", 'publish': true");
    update(&bed, 1, true);
    static const char *const names[] = { "123", "INVALID ALIAS", "!INVALID", "ALIAS@" };
    for (size_t i = 0; i < 4; i++) {
        alias(&bed, "CreateStateMachineAlias", names[i], ONE("1"));
        CHECK_REFUSED(&bed, "ValidationException",
                      "at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: "
                      "^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$");
    }
    static const struct {
        const char *routes, *words;
    } bad[] = {
        { "[{'stateMachineVersionArn': '" ARN "m', 'weight': 100}]",
          "Routing configuration must contain state machine version ARNs. Received: [" ARN "m]" },
        { TWO("1", "50", "2", "40"), "Sum of routing configuration weights must equal 100" },
        { TWO("1", "50", "1", "50"), "Routing configuration must contain distinct state machine version ARNs" },
        { "[{'stateMachineVersionArn': '" ARN "m:1', 'weight': 50}, {'stateMachineVersionArn': '" ARN
          "n:1', 'weight': 50}]",
          "Routing configuration must contain versions of one state machine. Received: [" ARN "m:1, " ARN "n:1]" },
        { "[]",
          "Value at 'routingConfiguration' failed to satisfy constraint: Member must have length greater than or" },
        { "[{'weight': 101}]",
          "2 validation errors detected: Value null at 'routingConfiguration.1.member.stateMachineVersionArn' failed "
          "to "
          "satisfy constraint: Member must not be null; Value '101' at 'routingConfiguration.1.member.weight' failed" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        alias(&bed, "CreateStateMachineAlias", "A", bad[i].routes);
        CHECK_REFUSED(&bed, "ValidationException", bad[i].words);
    }
    alias(&bed, "CreateStateMachineAlias", "A", ONE("3"));
    CHECK_REFUSED(&bed, "ResourceNotFound", "Request references a resource that does not exist.");
    alias(&bed, "CreateStateMachineAlias", "A", "[{'stateMachineVersionArn': '" ARN "o:1', 'weight': 100}]");
    CHECK_REFUSED(&bed, "ResourceNotFound", "");
    alias(&bed, "CreateStateMachineAlias", "A", "[{'stateMachineVersionArn': 'x', 'weight': 100}]");
    CHECK_REFUSED(&bed, "InvalidArn", "Invalid ARN prefix: x");
    CHECK(alias(&bed, "CreateStateMachineAlias", "A", ONE("1")));
    bed_call(&bed, "UpdateStateMachineAlias", "{'stateMachineAliasArn': '" ARN "m:A'}");
    CHECK_REFUSED(&bed, "ValidationException", "Either the description or the routing configuration");
    bed_call(&bed, "UpdateStateMachineAlias",
             "{'stateMachineAliasArn': '" ARN "m:A', 'routingConfiguration': [{'stateMachineVersionArn': '" ARN
             "n:1', 'weight': 100}]}");
    CHECK_REFUSED(&bed, "ValidationException", "versions of the alias's state machine");
    bed_call(&bed, "DescribeStateMachineAlias", "{'stateMachineAliasArn': '" ARN "m:1'}");
    CHECK_REFUSED(&bed, "ValidationException", "needs the ARN of an alias");
    bed_call(&bed, "DescribeStateMachineAlias", "{'stateMachineAliasArn': '" ARN "m'}");
    CHECK_REFUSED(&bed, "ValidationException", "needs the ARN of an alias");
    bed_close(&bed);
}

TEST(test_states_list_aliases)
{
    Bed  bed;
    char name[16], token[600];
    bed_open(&bed, &states_service, 7);
    create(&bed, "m", ", 'publish': true");
    update(&bed, 1, true);
    for (int i = 0; i < STATES_ALIASES_MAX; i++) {
        snprintf(name, sizeof name, "a%02d", i);
        CHECK(alias(&bed, "CreateStateMachineAlias", name, i % 10 ? ONE("1") : TWO("1", "1", "2", "99")));
    }
    alias(&bed, "CreateStateMachineAlias", "more", ONE("1"));
    CHECK_REFUSED(&bed, "ServiceQuotaExceededException", "100 aliases");
    CHECK(alias(&bed, "CreateStateMachineAlias", "a01", ONE("1"))); /* is there already */
    Json *page = bed_call(&bed, "ListStateMachineAliases", "{'stateMachineArn': '" ARN "m', 'maxResults': 98}");
    CHECK_TEXT(page, "stateMachineAliases.0",
               "{\"stateMachineAliasArn\":\"" ARN "m:a00\",\"creationDate\":1767225600}");
    snprintf(token, sizeof token, "%.*s", STR_ARG(bed_text(page, "nextToken")));
    page = bed_call(&bed, "ListStateMachineAliases", "{'stateMachineArn': '" ARN "m', 'nextToken': '%s'}", token);
    CHECK_INT(json_get(page, STR("stateMachineAliases"))->count, 2);
    CHECK_TEXT(page, "nextToken", "(none)");
    page = bed_call(&bed, "ListStateMachineAliases", "{'stateMachineArn': '" ARN "m:2'}");
    CHECK_INT(json_get(page, STR("stateMachineAliases"))->count, 10);
    bed_call(&bed, "ListStateMachineAliases", "{'stateMachineArn': '" ARN "m:2', 'nextToken': '%s'}", token);
    CHECK_REFUSED(&bed, "InvalidToken", "");
    bed_call(&bed, "ListStateMachineAliases", "{'stateMachineArn': '" ARN "m:a00'}");
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "");
    bed_call(&bed, "ListStateMachineAliases", "{'stateMachineArn': '" ARN "m:3'}");
    CHECK_REFUSED(&bed, "StateMachineDoesNotExist", "");
    CHECK(bed_call(&bed, "DeleteStateMachineAlias", "{'stateMachineAliasArn': '" ARN "m:a50'}"));
    CHECK(alias(&bed, "CreateStateMachineAlias", "more", ONE("1")));
    bed_close(&bed);
}
