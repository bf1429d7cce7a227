/*
 * clustered.h: where the cluster is, and how its helper is run.
 */
#ifndef CLUSTERED_H
#define CLUSTERED_H

#include "cli/fault.h"

enum { CLUSTERED_URL = 2048, CLUSTERED_ENV = 8 };

/* The URL: that (NULL: none is given), or ONLYONE_CLUSTER, or the line of
 * /etc/onlyone/cluster, in buf (CLUSTERED_URL bytes).  NULL: a fault. */
const char *clustered_url(const char *given, char *buf, struct fault *f);

/* Where that comes from if nothing is given: the name of the variable, or of
 * the file if there is one; NULL: no cluster is configured. */
const char *clustered_where(void);

/* Of our environment what onlyone-cluster may have: not every variable of a
 * library's means us well. */
void clustered_environ(char *env[CLUSTERED_ENV]);

#endif
