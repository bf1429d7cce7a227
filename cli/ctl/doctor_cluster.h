/*
 * doctor_cluster.h: whether the cluster that is configured can be asked.
 */
#ifndef CTL_DOCTOR_CLUSTER_H
#define CTL_DOCTOR_CLUSTER_H

#include "cli/ctl/report.h"

/* Nobody is asked over the network: onlyonectl cluster check does that. */
void doctor_cluster(struct report *r);

#endif
