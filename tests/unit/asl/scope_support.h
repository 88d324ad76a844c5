/* scope_support.h -- a scope made of texts, and what templates, calls and rules come to in it, as text. */
#ifndef ASL_TEST_SCOPE_SUPPORT_H
#define ASL_TEST_SCOPE_SUPPORT_H

#include "tests/support/test.h"

#include "asl/scope.h"

/* The context object is {"Execution":{"Name":"run","Input":{"n":1}},"Task":{"Token":"t"}}, the variables are
 * {"count":3,"größe":[1,2]} and around them {"count":0,"outer":{"a":"b"}}. The seed begins anew. */
typedef struct TestScope {
    Arena        arena;
    AslScope     scope;
    AslVariables inner, outer;
    uint64_t     seed;
} TestScope;

void  test_scope_init(TestScope *test, const char *input);
void  test_scope_done(TestScope *test);
Json *test_json(Arena *arena, const char *text);

typedef struct TestCase3 {
    const char *source, *input;
    const char *wanted; /* JSON; or "failed: " and the cause; or "refused: " and why it does not compile */
} TestCase3;

typedef Str TestAnswer(TestScope *test, const char *source);

Str test_answer_template(TestScope *test, const char *source); /* JSON of a template */
Str test_answer_call(TestScope *test, const char *source);     /* a path or a call, of the field "v.$" */
Str test_answer_rule(TestScope *test, const char *source);     /* JSON of a choice rule */

void test_cases3(TestAnswer *answer, const TestCase3 *cases, size_t count, const char *file, int line);

#define CHECK_CASES(answer, cases) test_cases3((answer), (cases), sizeof(cases) / sizeof *(cases), __FILE__, __LINE__)

#endif
