/*
 * find_instance.h: find the instances that the user names.
 */
#ifndef CTL_FIND_INSTANCE_H
#define CTL_FIND_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>

struct ctl;
struct fault;
struct wanted;

/* Find all instances that the operands [APP [KEY...]] name: c->found, for one
 * run of a verb.  If none has the key, its parts are taken for documents, as
 * for -d.  0, or -1 with a fault: 64 if the name matches several applications;
 * 71 or 73 if a slot that may be wanted cannot be read. */
int find_meant(struct ctl *c, struct fault *f);

/* The same, without slots in which nothing runs (but with DEAF: each verb has a
 * fault for it). */
int find_running(struct ctl *c, struct fault *f);

/* Find the instance that the operands APP [KEY...] name, c->one of c->found:
 * without KEY the instance without a key, else the only one; of several without
 * a key, our user's, else our session's, else our display's.  0: found; 1:
 * none; -1: fault. */
int find_one(struct ctl *c, struct fault *f);

/* The same; if there is no such instance, a fault (find_none).  0 or -1. */
int find_the(struct ctl *c, struct fault *f);

/* The same, but one whose process has exited, and whose keeper does not answer
 * yet, is found, too: for a caller that waits for the keeper. */
int find_late(struct ctl *c, struct fault *f);

/* As find_one, for the application that the first operand names, but with this
 * key (keyed false: any). */
int find_keyed(struct ctl *c, char *const key[], size_t nkey, bool keyed,
    struct fault *f);

/* Find the instances that the operands name: one, or with --all every one;
 * c->one is the first of c->n.  0, or -1; finding none is a fault of 3. */
int targets_find(struct ctl *c, struct fault *f);

/* No instance was found for the operands APP [KEY...]: -1 and a fault of 3,
 * which lists the keys that are running. */
int find_none(struct ctl *c, struct fault *f);

/* Set up what to look for (scan.c); w points to key. 0 or -1. */
int wanted_begin(struct wanted *w, const char *app, char *const key[],
    size_t nkey, bool keyed, struct fault *f);

/* Put into app (NAME_SHOWN + 1 bytes) the name of the application that an
 * operand names: a living instance's, else the path of a command of that name,
 * else the word itself.  0 or -1. */
int find_name(struct ctl *c, const char *operand, char *app, struct fault *f);

/* Put into path (PATH_MAX bytes) the path of the application `name`, which is a
 * path or a command; "" if it is neither.  0, or -1 if the system cannot
 * tell. */
int find_path(const char *name, char *path, struct fault *f);

#endif
