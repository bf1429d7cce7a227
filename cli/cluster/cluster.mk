# cluster.mk: onlyone-cluster, the helper that talks to a cluster's store.
#
# It is left out without libcurl, the engine for PostgreSQL without libpq.  Each is
# loaded when its store is asked (library.h): libcurl brings 30 more.  What a run's
# four processes all need is static, where it can be.
LACKS_cluster := $(call lacks,libcurl)
POSTGRESQL := $(if $(call lacks,libpq),,$(and $(LOOKS),yes))
CLUSTER = $(if $(LACKS_cluster),,$(B)/onlyone-cluster)
CLUSTER_OBJ = $(patsubst %.c,$(B)/%.o,$(filter-out $(if $(POSTGRESQL),,\
	cli/cluster/postgresql%),$(sort $(wildcard cli/cluster/*.c))))
CLUSTER_CFLAGS := $(call look,$(PKG) --cflags libcurl \
	$(if $(POSTGRESQL),libpq) 2>/dev/null)
CLUSTER_ALWAYS := $(call libs,$(STATIC:%=--static),jansson libbsd libmd) -lresolv
CLUSTER_LIBS := $(DEPS_LDFLAGS) $(if $(STATIC),-Wl$(,)-Bstatic $(CLUSTER_ALWAYS) \
	-Wl$(,)-Bdynamic,$(CLUSTER_ALWAYS))

PROGRAMS += $(or $(CLUSTER),$(B)/without-cluster)

$(B)/onlyone-cluster: $(CLUSTER_OBJ) $(B)/lib.a
	$(CC) $(CFLAGS) -pie $(BOUND) $(LDFLAGS) -o $@ $^ $(CLUSTER_LIBS)

$(B)/cli/cluster/choose.o: CLI_CFLAGS += $(if $(POSTGRESQL),-DPOSTGRESQL)
$(CLUSTER_OBJ): CLI_CFLAGS += $(CLUSTER_CFLAGS)

-include $(CLUSTER_OBJ:.o=.d)
