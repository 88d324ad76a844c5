/* test.c -- runs every test, or those whose names contain an argument; prints the failures and a
 * closing line. */
#include "tests/support/test.h"

#include <ftw.h>
#include <signal.h>
#include <unistd.h>

static int  failed_checks;
static char directory[64];

static void fail(const char *file, int line)
{
    failed_checks++;
    printf("    %s:%d: ", file, line);
}

bool test_check(bool held, const char *what, const char *file, int line)
{
    if (held) return true;
    fail(file, line);
    printf("not so: %s\n", what);
    return false;
}

bool test_check_int(int64_t actual, int64_t expected, const char *what, const char *file, int line)
{
    if (actual == expected) return true;
    fail(file, line);
    printf("%s is %lld, expected %lld\n", what, (long long)actual, (long long)expected);
    return false;
}

bool test_check_str(Str actual, Str expected, const char *what, const char *file, int line)
{
    if (str_equal(actual, expected)) return true;
    fail(file, line);
    printf("%s is\n      %.*s\n    expected\n      %.*s\n", what, STR_ARG(actual), STR_ARG(expected));
    return false;
}

bool test_check_ok(Error *error, const char *what, const char *file, int line)
{
    if (!error) return true;
    Buffer text;
    buffer_init(&text);
    error_describe(error, &text);
    fail(file, line);
    printf("%s failed: %.*s\n", what, STR_ARG(buffer_str(&text)));
    buffer_done(&text);
    error_free(error);
    return false;
}

bool test_check_error(Error *error, ErrorCode code, const char *what, const char *file, int line)
{
    bool same = error && error->code == code;
    if (!same) {
        fail(file, line);
        printf("%s gave %s, expected %s\n", what, error ? error->message : "no error", error_code_words(code));
    }
    error_free(error);
    return same;
}

static int remove_entry(const char *path, const struct stat *stat, int flag, struct FTW *walk)
{
    (void)stat, (void)flag, (void)walk;
    return remove(path);
}

const char *test_directory(void)
{
    if (!directory[0]) {
        snprintf(directory, sizeof directory, "%s/tutti-test-XXXXXX", "/tmp");
        if (!mkdtemp(directory)) abort();
    }
    return directory;
}

const char *test_source_root(void)
{
    const char *root = getenv("TUTTI_SOURCE");
    return root ? root : ".";
}

static bool run(const TestCase *test)
{
    failed_checks = 0;
    printf("%s\n", test->name);
    fflush(stdout);
    test->run();
    if (directory[0]) nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    directory[0] = 0;
    if (failed_checks) printf("  FAILED %s\n", test->name);
    return failed_checks == 0;
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0;
    signal(SIGPIPE, SIG_IGN);
    for (const TestCase *test = test_cases; test->name; test++) {
        if (argc > 1 && !strstr(test->name, argv[1])) continue;
        if (run(test))
            passed++;
        else
            failed++;
    }
    printf("unit: %d passed, %d failed\n", passed, failed);
    return failed != 0;
}
