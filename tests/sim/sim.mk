# sim.mk: the shipped objects on a simulated kernel.
#
# Those of the shim's sources have inline system calls; -U__LP64__ turns these into
# syscall(2).  switch.S is for x86-64, and the image is static.
SIM = $(and $(X86_64),$(STATIC),$(B)/sim/sim $(B)/sim/differ)
SIM_RAW = $(SHARED_SRC) preload/own_mapping.c preload/vetted.c preload/lock.c
SIM_USER = $(B)/sim/image/user.o $(B)/sim/image/user_heap.o
SIM_LIBC = $(addprefix $(B)/sim/image/,getopt.o getopt1.o flopen.o)
SIM_IMAGE = $(filter-out $(SHARED_SRC:%.c=$(B)/%.o) \
	$(EARLY_SRC:%.c=$(B)/%.o),$(CLI_OBJ)) \
	$(SIM_RAW:%.c=$(B)/sim/image/%.o) $(SIM_USER) $(SIM_LIBC)
SIM_SRC = $(filter-out tests/sim/user% tests/sim/differ%,$(wildcard tests/sim/*.c))
SIM_OBJ = $(SIM_SRC:tests/sim/%.c=$(B)/sim/%.o) $(B)/sim/switch.o
# The simulated kernel alone, beside the real one.
DIFFER_OBJ = $(filter $(B)/sim/kernel_%.o,$(SIM_OBJ)) \
	$(patsubst tests/sim/%.c,$(B)/sim/%.o,$(wildcard tests/sim/differ*.c)) \
	$(B)/sim/switch.o

$(B)/sim/image/preload/%.o: preload/%.c $(B)/settings
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CLI_CFLAGS) -U__LP64__ -MMD -MP -c -o $@ $<

$(SIM_USER): $(B)/sim/image/%.o: tests/sim/%.c $(B)/settings
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CLI_CFLAGS) -MMD -MP -c -o $@ $<

# The state of libc and libbsd for getopt_long is the image's; flopenat is libbsd's.
$(SIM_LIBC): $(B)/settings
	@mkdir -p $(@D)
	ar p $(firstword $(if $(filter flopen.o,$(@F)),$(wildcard \
		$(DEPS_LIB:%=%/libbsd.a)) $(shell $(CC) -print-file-name=libbsd.a)) \
		$(shell $(CC) -print-file-name=libc.a)) $(@F) >$@

$(B)/sim/image.o: $(SIM_IMAGE) $(addprefix tests/sim/,image image.ld symbols) $(SYMBOLS)
	tests/sim/image '$(NM)' '$(LD)' $@ $(SIM_IMAGE)

$(B)/sim/%.o: tests/sim/%.c $(B)/settings
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(TEST_CFLAGS) -fno-pie -MMD -MP -c -o $@ $<

$(B)/sim/switch.o: tests/sim/switch.S
	@mkdir -p $(@D)
	$(CC) -c -o $@ $<

$(B)/sim/sim: $(SIM_OBJ) $(B)/sim/image.o
	$(CC) $(CFLAGS) -static -no-pie -o $@.new $^ $(CLI_LIBS)
	$@.new -l >/dev/null
	mv -f $@.new $@

$(B)/sim/differ: $(DIFFER_OBJ)
	$(CC) $(CFLAGS) -static -no-pie -o $@ $^ $(CLI_LIBS)

-include $(SIM_OBJ:.o=.d) $(DIFFER_OBJ:.o=.d) $(SIM_RAW:%.c=$(B)/sim/image/%.d) \
	$(SIM_USER:.o=.d)

#: make sim        the core on a simulated kernel: SEEDS=20000 orders of events;
#:                 SEED=N tells the story of one (x86-64)
sim: $(firstword $(SIM))
	$(if $(SIM),,@echo 'make sim: only for x86-64, and static programs (STATIC)'; \
		exit 1)
	@$(B)/sim/sim $(if $(SEED),-v '$(SEED)',-j $$(nproc) 1 \
		'$(or $(SEEDS),20000)')

#: make search     in the background: seeds that nobody has run, until one is wrong,
#:                 or COUNT are done; goes on where it was stopped
search: $(firstword $(SIM))
	@$(if $(SIM),tests/sim/search $(COUNT),$(MAKE) sim)

#: make differ     SEQUENCES=300 random sequences of calls, on the simulated kernel
#:                 and on the real one; SEED=N tells one (root)
differ: $(lastword $(SIM))
	$(if $(SIM),,@echo 'make differ: only for x86-64' && exit 1)
	@$(B)/sim/differ $(if $(SEED),-v '$(SEED)',1 '$(or $(SEQUENCES),300)')

.PHONY: sim search differ
