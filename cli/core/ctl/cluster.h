/*
 * cluster.h: verbs about a cluster: this process becomes onlyone-cluster, which
 * asks the cluster's store, not this host.
 */
#ifndef CTL_CLUSTER_H
#define CTL_CLUSTER_H

#include "cli/core/ctl/ctl.h"

/* Run a verb with --cluster.  Returns only on a fault: -1. */
int cluster_run(struct ctl *c, const char *verb, struct fault *f);

/* The verb cluster.  As cluster_run. */
int ctl_cluster(struct ctl *c, struct fault *f);

#endif
