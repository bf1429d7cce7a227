# settings.mk: what was found, and how we compile, as files: what depends on that is
# built again if it changes.  Read last.
SETTINGS := $(filter-out -I$(B) -ffile-prefix-map=%,$(MACROS) $(CLI_CFLAGS) \
	$(CLI_LDFLAGS) $(CLI_LIBS) $(SHIM_CFLAGS) $(SHIM_LDFLAGS) $(RAISE_LIBS) $(CLUSTER_CFLAGS) \
	$(CLUSTER_LIBS) $(PROGRAMS:$(B)/%=%))

# Only what includes this one: PREFIX may be another at installation.
define PATHS :=
/* Where onlyone is installed (cli/settings.mk). */
#define BIN_PATH "$(BINDIR)/onlyone"
#define LIB_PATH "$(LIBDIR)"
#define SYSCONFDIR "$(SYSCONFDIR)"
endef

$(B)/settings: export NOTE = $(SETTINGS)
$(B)/settings: | $(B)/preload/paths.h
$(B)/preload/paths.h: export NOTE = $(PATHS)
$(B)/settings $(B)/preload/paths.h:
	@mkdir -p $(@D)
	@printf '%s\n' "$$NOTE" >$@

# $(call stale,FILE,TEXT): the file, if it does not have these words.  GNU make 4.3
# does not always leave out the newline at a file's end, as its manual says it does.
same = $(and $(findstring <$1>,<$2>),$(findstring <$2>,<$1>))
stale = $(if $(call same,$(strip $(file <$1)),$(strip $2)),,$1)
$(call stale,$(B)/settings,$(SETTINGS)) $(call stale,$(B)/preload/paths.h,$(PATHS)): \
	always
.PHONY: always
