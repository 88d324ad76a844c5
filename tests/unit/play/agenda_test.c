/* agenda_test.c -- what is due comes in order, and can be taken back. */
#include "loop/chance.h"
#include "play/agenda.h"
#include "tests/support/test.h"

enum { THINGS = 500 };

TEST(test_agenda_goes_by_time_then_by_order)
{
    Agenda agenda;
    Due    things[4] = { { .key = 1, .at = 20 }, { .key = 2, .at = 10 }, { .key = 3, .at = 10 }, { .key = 4, .at = 5 } };
    static const uint64_t wanted[] = { 4, 2, 3, 1 };
    agenda_init(&agenda);
    CHECK(!agenda_first(&agenda) && !agenda_find(&agenda, 1));
    for (int i = 0; i < 4; i++) CHECK_OK(agenda_put(&agenda, &things[i]));
    for (int i = 0; i < 4; i++) {
        CHECK_INT((int64_t)agenda_first(&agenda)->key, (int64_t)wanted[i]);
        agenda_remove(&agenda, agenda_first(&agenda));
    }
    CHECK(!agenda_first(&agenda));
    agenda_done(&agenda);
}

/* Against the slow way: look at all of them. */
static Due *first_of(Due *things)
{
    Due *first = NULL;
    for (int i = 0; i < THINGS; i++) {
        Due *due = &things[i];
        if (!due->place) continue;
        if (!first || due->at < first->at || (due->at == first->at && due->order < first->order)) first = due;
    }
    return first;
}

TEST(test_agenda_as_a_slow_list_would)
{
    static Due things[THINGS];
    Agenda     agenda;
    Chance     chance;
    chance_init_seed(&chance, 7);
    agenda_init(&agenda);
    memset(things, 0, sizeof things);
    for (int step = 0; step < 5000; step++) {
        Due *due = &things[chance_below(&chance, THINGS)];
        if (due->place) {
            CHECK(agenda_find(&agenda, due->key) == due);
            agenda_remove(&agenda, due);
        } else {
            due->key = (uint64_t)(due - things) << 36 | 1;
            due->at = (Instant)chance_below(&chance, 50);
            if (!CHECK_OK(agenda_put(&agenda, due))) break;
        }
        if (!CHECK(agenda_first(&agenda) == first_of(things))) break;
        if (!CHECK(agenda_find(&agenda, (uint64_t)THINGS << 36) == NULL)) break;
    }
    agenda_done(&agenda);
}
