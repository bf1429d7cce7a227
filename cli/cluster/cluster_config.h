/*
 * cluster_config.h: where the store is, and what our libraries may see.
 */
#ifndef CLUSTER_CONFIG_H
#define CLUSTER_CONFIG_H

#include "cli/base/fault.h"

#define CLUSTER_NAME "onlyone-cluster"

#define ENV_CLUSTER "ONLYONE_CLUSTER" /* set by the user: the URL */

/* In the program's environment: a number that grows with each holder of the
 * key, and the name of the key in the store. */
#define ENV_TOKEN "ONLYONE_TOKEN"
#define ENV_STORED "ONLYONE_CLUSTER_KEY"

enum { CLUSTER_URL = 2048, CLUSTER_ENV = 8 };

/* The URL: `given`, or if that is NULL ONLYONE_CLUSTER, or the line of
 * /etc/onlyone/cluster, in buf (CLUSTER_URL bytes).  NULL: a fault. */
const char *cluster_config_url(const char *given, char *buf, struct fault *f);

/* The part of our environment that is left to our libraries: they have variables
 * by which others could do harm. */
void cluster_config_environ(char *env[CLUSTER_ENV]);

#endif
