# Makefile -- how everything is built. `script/` has the commands people type.
#
#   make                  build/tutti, optimised
#   make MODE=asan        build/asan/...: address and undefined-behaviour sanitizers
#   make MODE=tsan        build/tsan/...: thread sanitizer
#   make unit fuzzers bench sim   the other programs of a mode

MODE ?= release
CC   ?= gcc
BUILD := build/$(MODE)

LIBRARIES := sqlite3 libssl libcrypto
WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla -Werror
CFLAGS_COMMON := -std=gnu11 -g -fno-strict-aliasing -fstack-protector-strong -pthread \
                 -Isrc -I. -include src/base/banned.h $(WARNINGS) \
                 $(shell pkg-config --cflags $(LIBRARIES))
CFLAGS_release := -O2 -D_FORTIFY_SOURCE=2 -fno-plt
CFLAGS_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DTUTTI_HOSTILE=1
CFLAGS_tsan    := -O1 -fsanitize=thread -DTUTTI_HOSTILE=1
LDFLAGS_release := -Wl,-z,relro,-z,now
LDFLAGS_asan    := -fsanitize=address,undefined
LDFLAGS_tsan    := -fsanitize=thread
CFLAGS_ALL  := $(CFLAGS_COMMON) $(CFLAGS_$(MODE)) $(CFLAGS)
LDFLAGS_ALL := -pthread $(LDFLAGS_$(MODE)) $(LDFLAGS)
LIBS := $(shell pkg-config --libs $(LIBRARIES)) -lm

sources  := $(shell find src -name '*.c')
library  := $(filter-out src/cli/main.c,$(sources))
units    := $(shell find tests/unit -name '*.c' 2>/dev/null)
support  := $(wildcard tests/support/*.c)
fuzz     := $(wildcard tests/fuzz/*_fuzz.c)
benches  := $(wildcard bench/*.c)

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

.PHONY: all tutti unit fuzzers sim bench clean
all: tutti
ifeq ($(MODE),release)
tutti: build/tutti
build/tutti: $(BUILD)/tutti
	strip -o $@ $<
else
tutti: $(BUILD)/tutti
endif
unit: $(BUILD)/unit
sim: $(BUILD)/sim
bench: $(patsubst bench/%.c,$(BUILD)/bench/%,$(filter bench/bench_%.c,$(benches)))
fuzzers: $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(fuzz))

$(BUILD)/libtutti.a: $(call objects,$(library))
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/tutti: $(call objects,src/cli/main.c) $(BUILD)/libtutti.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/unit: $(call objects,$(units) $(support)) $(BUILD)/tests/unit_table.o $(BUILD)/libtutti.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/sim: $(call objects,tests/sim/sim.c $(support)) $(BUILD)/libtutti.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(call objects,$(filter-out bench/bench_%.c,$(benches))) $(BUILD)/libtutti.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(FUZZ_DRIVER) $(BUILD)/libtutti.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

# Tests are functions named test_*, found by name.
$(BUILD)/tests/unit_table.c: $(units) script/lib/unit_table
	@mkdir -p $(@D)
	script/lib/unit_table $(units) > $@

$(BUILD)/tests/unit_table.o: $(BUILD)/tests/unit_table.c
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

clean:
	rm -rf build

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
