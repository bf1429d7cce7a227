# tests.mk: the programs that tests need, and what checks less, or more, than
# make check.
TEST_CFLAGS = $(STD) $(WARN)

# Programs, each of parts (tests/unit/tap.h).
UNIT_PLAIN = aside entry fate identity key lines number reader sentence text wire
UNIT_RIGHTS = elf mapping path process state
UNIT_BIN = $(B)/unit/plain_test $(B)/unit/rights_test $(B)/unit/lease_test
UNIT_OBJ = $(patsubst tests/%.c,$(B)/%.o,$(wildcard tests/unit/*.c))

$(B)/unit/plain_test: $(UNIT_PLAIN:%=$(B)/unit/%.o)
$(B)/unit/rights_test: $(UNIT_RIGHTS:%=$(B)/unit/%.o)
$(B)/unit/lease_test: $(B)/cli/cluster/lease.o $(B)/cli/cluster/engine.o
$(B)/unit/%_test: $(B)/unit/%_test.o $(B)/unit/tap.o $(B)/lib.a
	$(CC) $(CFLAGS) $(STATIC) -o $@ $(filter %.o,$^) $(B)/lib.a $(CLI_LIBS)

# Tables of cli/HACKING.md, for manual.bats.
TABLES = $(B)/unit/fate_table $(B)/unit/stage_table
$(TABLES): %: %.o $(B)/lib.a
	$(CC) $(CFLAGS) $(STATIC) -o $@ $^ $(CLI_LIBS)

$(B)/unit/%.o: tests/unit/%.c $(B)/settings
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -MMD -MP -c -o $@ $<

-include $(UNIT_OBJ:.o=.d)

# Programs that tests run: one of each file; some as a static one, or as a library.
GUEST_LIBRARIES = hook wrong
GUESTS = $(filter-out $(GUEST_LIBRARIES) $(if $(RAISE),,window),\
	$(patsubst tests/guests/%.c,%,$(wildcard tests/guests/*.c)))
STATIC_GUESTS = forker guest shimstate state
GUEST_BIN = $(GUESTS:%=$(B)/guests/%) $(STATIC_GUESTS:%=$(B)/guests/%-static) \
	$(patsubst %,$(B)/guests/%.so,$(GUEST_LIBRARIES) $(if $(RAISE),window))

$(B)/guests/%-static: tests/guests/%.c tests/guests/note.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -static -o $@ $<

$(B)/guests/%.so: tests/guests/%.c tests/guests/note.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -fPIC -shared -o $@ $< $(GUEST_LIBS)

WAYLAND_GUESTS = $(addprefix $(B)/guests/,window window.so)
$(WAYLAND_GUESTS): $(PROTOCOL_H) $(PROTOCOL_OBJ)
$(WAYLAND_GUESTS): GUEST_LIBS = $(PROTOCOL_OBJ) -lwayland-client
$(B)/guests/%: tests/guests/%.c tests/guests/note.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -o $@ $< $(GUEST_LIBS)

BENCH_BIN = $(B)/bench/noop $(B)/guests/storm $(B)/bench/empty.so

$(B)/bench/%.so: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -fPIC -shared -o $@ $<

$(B)/bench/noop: tests/bench/noop.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -static -o $@ $<

# All of onlyone-cluster but its main.
$(B)/bench/hosts: $(B)/bench/hosts.o $(filter-out %/main.o,$(CLUSTER_OBJ)) $(B)/lib.a
	$(CC) $(CFLAGS) -pie $(BOUND) $(LDFLAGS) -o $@ $^ $(CLUSTER_LIBS)

$(B)/bench/hosts.o: tests/bench/hosts.c $(B)/settings
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -MMD -MP -c -o $@ $<

-include $(B)/bench/hosts.d

include tests/sim/sim.mk tests/fuzz/fuzz.mk

# What most test files need; the others are built if a file that tests/run is asked for
# names them.
core-programs: $(filter-out $(RAISE) $(CLUSTER),$(PROGRAMS))
sim-programs: $(SIM)

# Programs for the tests of make check, and for all tests: built but not run.
check-programs: all $(UNIT_BIN) $(TABLES) $(GUEST_BIN) $(LOOP_BIN) $(SIM)
test-programs: check-programs points $(if $(CLUSTER),$(B)/bench/hosts)

# Targets of tests/sanitize, in folders of its own.  One fuzzer talks to a real
# keeper.
guest-programs: $(GUEST_BIN)
sanitize-programs: $(UNIT_BIN) $(FUZZ_BIN) $(B)/onlyone
fuzz-programs: $(FUZZ_BIN) $(B)/onlyone

# A build with test points and an older kernel (cli/base/points.h).
points core-points:
	@$(MAKE) --no-print-directory B=$(B)/points CFLAGS='$(CFLAGS) -DTEST_POINTS' \
		$(if $(filter points,$@),all,core-programs)

#: make check-unit only the unit tests
check-unit: $(UNIT_BIN)
	prove -e '' $(UNIT_BIN)

#: make check-asan unit tests, a short fuzzing, and tests of launcher, keeper and
#:                 helper, with AddressSanitizer
# Not those that use strace: the leak checker does not work under it.
ASAN_BATS = activation policies raise redisplay
check-asan:
	tests/sanitize asan $(ASAN_BATS:%=tests/%.bats)

#: make check-ubsan unit tests and shim.bats, with trapping UBSan
check-ubsan:
	tests/sanitize ubsan

#: make check-cluster an hour of random faults in a cluster, with etcd, and one
#:                 with PostgreSQL (MINUTES=N; root or not)
check-cluster: test-programs
	BUILD=$(abspath $(B)) CLUSTER_MINUTES=$(or $(MINUTES),60) \
		bats --formatter tap -f 'one fault' tests/cluster-storm.bats

# Scripts that make lint reads.
SCRIPTS = tests/run tests/packages tests/newcomer tests/lib/run-one tests/demo \
	man/site tests/bench/run $(HANDOVER_SH) cli/package/debian/onlyone.postrm \
	cli/completion/onlyone.bash cli/core/handover/embed cli/core/early/kinds \
	cli/core/early/doors tests/sim/image tests/sim/same \
	tests/sim/coverage tests/sim/search tests/sim/defences

.PHONY: core-programs core-points sim-programs check-programs test-programs \
	guest-programs sanitize-programs fuzz-programs points check-unit check-asan \
	check-ubsan check-cluster
