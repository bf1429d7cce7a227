# fuzz.mk: fuzzers.
#
# NAME_fuzz is by clang, for libFuzzer; NAME_loop by any compiler, with a loop of our
# own.  Each links what it needs from an archive of all our programs' objects: there is
# no list to maintain.
FUZZ = keeper parse $(if $(RAISE),reply)
FUZZ_SRC = $(filter-out %/main.c cli/core/early/%,$(CLI_SRC) $(SHARED_SRC) \
	$(if $(RAISE),$(RAISE_OBJ:$(B)/%.o=%.c) $(PROTOCOL_OBJ:.o=.c))) \
	preload/window/reader.c $(B)/handover.c
FUZZ_OBJ = $(FUZZ_SRC:%.c=$(B)/fuzz/obj/%.o)
FUZZ_CFLAGS = -O1 -g $(STD) $(WARN) -Wno-unused-parameter \
	-fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
FUZZ_LIBS = $(CLI_LIBS) $(if $(RAISE),$(RAISE_LIBS))
FUZZ_BIN = $(FUZZ:%=$(B)/fuzz/%_fuzz)
LOOP_BIN = $(FUZZ:%=$(B)/fuzz/%_loop)

$(B)/fuzz/obj/%.o: %.c $(B)/settings | $(if $(RAISE),$(PROTOCOL_H))
	@mkdir -p $(@D)
	clang $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(B)/fuzz/lib.a: $(FUZZ_OBJ)
	rm -f $@
	ar rcs $@ $^

$(FUZZ_BIN): $(B)/fuzz/%: $(B)/fuzz/obj/tests/fuzz/%.o \
		$(B)/fuzz/obj/tests/fuzz/seeds.o $(B)/fuzz/lib.a
	clang $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(FUZZ_LIBS)

$(B)/fuzz/%.o: tests/fuzz/%.c $(B)/settings | $(if $(RAISE),$(PROTOCOL_H))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/windows.a: $(RAISE_OBJ) $(PROTOCOL_OBJ) $(B)/shim/preload/window/reader.o
	rm -f $@
	ar rcs $@ $(filter-out %/main.o,$^)

$(LOOP_BIN): $(B)/fuzz/%_loop: $(B)/fuzz/%_fuzz.o $(B)/fuzz/loop.o $(B)/fuzz/seeds.o \
		$(if $(RAISE),$(B)/windows.a) $(B)/lib.a
	$(CC) $(CFLAGS) -o $@ $^ $(FUZZ_LIBS)

-include $(FUZZ_OBJ:.o=.d) $(patsubst %,$(B)/fuzz/obj/tests/fuzz/%.d,seeds \
	$(FUZZ:%=%_fuzz)) $(patsubst %,$(B)/fuzz/%.d,seeds loop $(FUZZ:%=%_fuzz))

#: make fuzz       each fuzzer for FUZZ_SECONDS (60), with libFuzzer
fuzz:
	tests/sanitize fuzz $(FUZZ_SECONDS)

.PHONY: fuzz
