/*
 * find_instance.h: which instances the user means.
 */
#ifndef CTL_FIND_INSTANCE_H
#define CTL_FIND_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/scan.h"
#include "cli/base/fault.h"

/* Find all instances that the operands [APP [KEY...]] mean: c->found, for one
 * run of a verb.  If none has the key, its parts are taken for documents, as -d
 * takes them.  0, or -1 with a fault: 64 if the name fits several applications;
 * 71 or 73 if a slot that may be meant cannot be read. */
int find_meant(struct ctl *c, struct fault *f);

/* Find the instance that the operands APP [KEY...] mean, c->one of c->found:
 * without KEY the instance without a key, else the only one; of several without
 * a key, that of our user, else session, else display.  0: found; 1: none; -1:
 * fault. */
int find_one(struct ctl *c, struct fault *f);

/* The same; if there is no such instance, a fault (find_none).  0 or -1. */
int find_the(struct ctl *c, struct fault *f);

/* As find_one, for the application that the first operand means, but with this
 * key (keyed false: any), in fs. */
int find_keyed(struct ctl *c, char *const key[], size_t nkey, bool keyed,
    struct founds *fs, struct found **one, struct fault *f);

/* Find the instances that the operands mean: one, or with --all every one;
 * c->one is the first of c->n.  0, or -1; none is a fault of 3. */
int targets_find(struct ctl *c, struct fault *f);

/* No instance was found for the operands APP [KEY...]: -1 and a fault of 3,
 * which names the keys that run. */
int find_none(struct ctl *c, struct fault *f);

/* Set up what the operands mean (scan.h); w points to key.  0 or -1. */
int wanted_begin(struct wanted *w, const char *app, char *const key[],
    size_t nkey, bool keyed, struct fault *f);

/* Put into app (NAME_SHOWN + 1 bytes) the name of the application that an
 * operand means: that of a living instance, else the path of a command of that
 * name, else the name itself.  0 or -1. */
int find_name(struct ctl *c, const char *operand, char *app, struct fault *f);

/* Put into path (PATH_MAX bytes) the path of the application that name is, as a
 * path or as a command; "" if it is neither.  0, or -1 if the system cannot
 * tell. */
int find_path(const char *name, char *path, struct fault *f);

#endif
