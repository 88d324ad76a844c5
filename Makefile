# Makefile -- how everything is built. `script/` has the commands people type.
#
#   make                  build/tutti, optimised
#   make MODE=asan        build/asan/...: address and undefined-behaviour sanitizers
#   make MODE=tsan        build/tsan/...: thread sanitizer
#   make unit fuzzers bench sim conformance   the other programs of a mode
#   make install PREFIX=/usr DESTDIR=/tmp/x   the server, its man page, completions and systemd unit
#
# Fuzzers are linked with FUZZ_DRIVER; MODE=libfuzzer (with CC=clang) uses clang's own instead.

MODE ?= release
CC   ?= gcc
BUILD := build/$(MODE)

LIBRARIES := sqlite3 libssl libcrypto libpcre2-8 yaml-0.1
WARNINGS  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla -Werror
CFLAGS_COMMON := -std=gnu11 -g -fno-strict-aliasing -fstack-protector-strong -pthread \
                 -Isrc -I. -include src/base/banned.h $(WARNINGS) \
                 $(shell pkg-config --cflags $(LIBRARIES))
CFLAGS_release := -O2 -flto=auto -D_FORTIFY_SOURCE=2 -fno-plt
CFLAGS_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DTUTTI_HOSTILE=1
CFLAGS_libfuzzer := $(CFLAGS_asan) -fsanitize=fuzzer-no-link
CFLAGS_tsan    := -O1 -fsanitize=thread -DTUTTI_HOSTILE=1
LDFLAGS_release := -O2 -flto=auto -Wl,-z,relro,-z,now
LDFLAGS_asan    := -fsanitize=address,undefined
LDFLAGS_libfuzzer := -fsanitize=address,undefined,fuzzer
LDFLAGS_tsan    := -fsanitize=thread
CFLAGS_ALL  := $(CFLAGS_COMMON) $(CFLAGS_$(MODE)) $(CFLAGS)
LDFLAGS_ALL := -pthread $(LDFLAGS_$(MODE)) $(LDFLAGS)
LIBS := $(shell pkg-config --libs $(LIBRARIES)) -lm

sources  := $(shell find src -name '*.c')
library  := $(filter-out src/cli/main.c,$(sources))
units    := $(shell find tests/unit -name '*.c' 2>/dev/null)
support  := $(filter-out tests/support/fuzz_driver.c,$(wildcard tests/support/*.c))
fuzz     := $(wildcard tests/fuzz/*_fuzz.c)
benches  := $(wildcard bench/*.c)

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

ifneq ($(MODE),libfuzzer)
FUZZ_DRIVER ?= $(call objects,tests/support/fuzz_driver.c)
endif

.PHONY: all tutti unit fuzzers sim bench conformance install clean
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
conformance: $(patsubst tests/conformance/%.c,$(BUILD)/conformance/%,$(wildcard tests/conformance/*_conformance.c))

$(BUILD)/libtutti.a: $(call objects,$(library))
	@rm -f $@
	gcc-ar rcs $@ $^

$(BUILD)/tutti: $(call objects,src/cli/main.c) $(BUILD)/libtutti.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/unit: $(call objects,$(units) $(support)) $(BUILD)/tests/unit_table.o $(BUILD)/libtutti.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/sim: $(call objects,$(wildcard tests/sim/*.c)) $(BUILD)/libtutti.a
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(call objects,$(filter-out bench/bench_%.c,$(benches))) $(BUILD)/libtutti.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(FUZZ_DRIVER) $(BUILD)/libtutti.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/conformance/%: $(BUILD)/tests/conformance/%.o $(call objects,$(filter-out %_conformance.c,$(wildcard tests/conformance/*.c))) $(BUILD)/libtutti.a
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

PREFIX ?= /usr/local
install: build/tutti
	install -D -m 755 build/tutti $(DESTDIR)$(PREFIX)/bin/tutti
	install -D -m 644 packaging/tutti.1 $(DESTDIR)$(PREFIX)/share/man/man1/tutti.1
	install -D -m 644 packaging/completions/tutti.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/tutti
	install -D -m 644 packaging/completions/_tutti $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_tutti
	install -D -m 644 packaging/completions/tutti.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/tutti.fish
	@mkdir -p $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@PREFIX@|$(PREFIX)|' packaging/tutti.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/tutti.service

clean:
	rm -rf build

.SECONDARY:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
