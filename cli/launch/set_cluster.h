/*
 * set_cluster.h: the options that say how many hosts an instance is one of,
 * each as its row has it (option.h): into is the struct options.
 */
#ifndef SET_CLUSTER_H
#define SET_CLUSTER_H

#include "cli/fault.h"

extern const char *const set_scopes[], *const set_losts[], *const set_downs[];

int set_scope(void *into, const char *value, struct fault *f);
int set_cluster(void *into, const char *value, struct fault *f);
int set_ttl(void *into, const char *value, struct fault *f);
int set_grace(void *into, const char *value, struct fault *f);
int set_hold(void *into, const char *value, struct fault *f);
int set_on_lost(void *into, const char *value, struct fault *f);
int set_cluster_activate(void *into, const char *value, struct fault *f);
int set_on_down(void *into, const char *value, struct fault *f);

/* Whether they go together, and with the others.  0, or -1 with a fault. */
struct options;
int set_cluster_check(const struct options *o, struct fault *f);

#endif
