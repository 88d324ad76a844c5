/* table_numbers.h -- tables.h as constants. */
#ifndef STORE_TABLE_NUMBERS_H
#define STORE_TABLE_NUMBERS_H

enum {
#define TABLE(name, number, keys) name = number,
#include "store/tables.h"
#undef TABLE
};

#endif
