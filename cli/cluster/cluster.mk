# cluster.mk: onlyone-cluster, the helper that talks to a cluster's store.
#
# It is left out if its libraries are missing, the engine for PostgreSQL without libpq.
# libpq and OpenSSL are loaded where they are needed (library.h).  What a run's four
# processes all need is static, where it can be: each library that has to be found and
# bound costs each of them.
PROTOC_C ?= protoc-c
LACKS_cluster := $(strip $(call lacks,libnghttp2 libprotobuf-c libssl) \
	$(if $(call look,command -v $(PROTOC_C)),,protobuf-c-compiler))
POSTGRESQL := $(if $(call lacks,libpq),,$(and $(LOOKS),yes))
CLUSTER = $(if $(LACKS_cluster),,$(B)/onlyone-cluster)
CLUSTER_CFLAGS := $(call look,$(PKG) --cflags libnghttp2 libprotobuf-c libssl \
	$(if $(POSTGRESQL),libpq) 2>/dev/null)
CLUSTER_ALWAYS := $(call libs,$(STATIC:%=--static),jansson libnghttp2 libprotobuf-c \
	libbsd libmd)
CLUSTER_LIBS := $(DEPS_LDFLAGS) $(if $(STATIC),-Wl$(,)-Bstatic $(CLUSTER_ALWAYS) \
	-Wl$(,)-Bdynamic,$(CLUSTER_ALWAYS))

# etcd's messages: protoc-c makes the code for them.
MESSAGES = $(B)/cli/cluster/etcd.pb-c
CLUSTER_OBJ = $(patsubst %.c,$(B)/%.o,$(filter-out $(if $(POSTGRESQL),,\
	cli/cluster/postgresql%),$(sort $(wildcard cli/cluster/*.c)))) $(MESSAGES).o

PROGRAMS += $(or $(CLUSTER),$(B)/without-cluster)

$(B)/onlyone-cluster: $(CLUSTER_OBJ) $(B)/lib.a
	$(CC) $(CFLAGS) -pie $(BOUND) $(LDFLAGS) -o $@ $^ $(CLUSTER_LIBS)

$(B)/cli/cluster/choose.o: CLI_CFLAGS += $(if $(POSTGRESQL),-DPOSTGRESQL)
$(CLUSTER_OBJ): CLI_CFLAGS += $(CLUSTER_CFLAGS)
$(filter $(B)/cli/cluster/etcd%,$(CLUSTER_OBJ)): | $(MESSAGES).h

$(MESSAGES).c $(MESSAGES).h &: cli/cluster/etcd.proto
	@mkdir -p $(@D)
	$(PROTOC_C) --c_out=$(B) $<

$(MESSAGES).o: $(MESSAGES).c $(B)/settings
	$(CC) $(CFLAGS) $(STD) -fPIE $(HARDEN) $(CLUSTER_CFLAGS) -c -o $@ $<

-include $(CLUSTER_OBJ:.o=.d)
