/* fuzz.h -- the entry of a fuzz target, as libFuzzer and the driver of tests/fuzz know it. */
#ifndef SUPPORT_FUZZ_H
#define SUPPORT_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
