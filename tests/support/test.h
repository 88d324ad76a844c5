/* test.h -- a test is a function; a check says what it saw. */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include "base/error.h"

#define TEST(name) \
    void name(void); \
    void name(void)

#define CHECK(condition) test_check((condition), #condition, __FILE__, __LINE__)
#define CHECK_INT(actual, expected) test_check_int((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_STR(actual, expected) test_check_str((actual), (expected), #actual, __FILE__, __LINE__)
#define CHECK_OK(call) test_check_ok((call), #call, __FILE__, __LINE__) /* frees the error; true when there was none */
#define CHECK_ERROR(call, code) test_check_error((call), (code), #call, __FILE__, __LINE__) /* frees the error */

bool test_check(bool held, const char *what, const char *file, int line);
bool test_check_int(int64_t actual, int64_t expected, const char *what, const char *file, int line);
bool test_check_str(Str actual, Str expected, const char *what, const char *file, int line);
bool test_check_ok(Error *error, const char *what, const char *file, int line);
bool test_check_error(Error *error, ErrorCode code, const char *what, const char *file, int line);

const char *test_directory(void); /* an empty directory for this test; removed after it */
const char *test_source_root(void); /* where the project's files are */

typedef struct TestCase {
    const char *name;
    void (*run)(void);
} TestCase;

extern const TestCase test_cases[]; /* generated; ends with a NULL name */

#endif
