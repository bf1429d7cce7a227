/*
 * cluster.h: what is asked of the cluster's store and not of this host: done by
 * onlyone-cluster, which this process becomes.
 */
#ifndef CTL_CLUSTER_H
#define CTL_CLUSTER_H

#include "cli/ctl/ctl.h"

/* A verb with --cluster; it returns only with a fault.  -1. */
int cluster_run(struct ctl *c, const char *verb, struct fault *f);

/* The verb cluster. */
int ctl_cluster(struct ctl *c, struct fault *f);

#endif
