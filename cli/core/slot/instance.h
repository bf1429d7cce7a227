/*
 * instance.h: the environment of an instance.
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/buf.h"
#include "cli/core/slot/info.h"

/*
 * env without the variables of an outer instance, with ONLYONE_SLOT,
 * ONLYONE_RUN, ONLYONE_APP and ONLYONE_KEY of this one; shim (a path; NULL) in
 * LD_PRELOAD, as how says (entry.h); pid (not 0) in ONLYONE_PID; lock (not -1)
 * in ONLYONE_LOCK, for the shim.  The array and its new strings live in out
 * (which begins empty); the rest points into env.  NULL: ENOMEM.
 */
char **instance_environ(struct buf *out, char *const env[],
    const char *folder, const struct info *i, const char *shim,
    unsigned int how, pid_t pid, int lock);

/*
 * env for a program in a session that enforces rules, to keep the shim from
 * applying its rule again: with ONLYONE_PASS for this process, shim (NULL:
 * without it) and lock.  As above.
 */
char **instance_pass(struct buf *out, char *const env[], const char *shim,
    unsigned int how, int lock);

/* Whether this environment belongs to a session that enforces rules. */
bool instance_enforces(char *const env[]);

/* The key as one string for ONLYONE_KEY and for people: parts separated by
 * byte 0x1f; above NAME_SHOWN bytes sha256:HEX.  buf has NAME_SHOWN + 1
 * bytes; NULL: no key. */
const char *instance_key(const struct info *i, char *buf);

/* Whether both have the same key; one may have only its digest. */
bool instance_same_key(const struct info *a, const struct info *b);

/* The key for people, as one would type it (text_typed), a blank between the
 * parts of a tuple; "-" for none. */
struct text;
void instance_key_text(const struct info *i, struct text *t);

/* The same in few words for a message: "key X", cut if long; "no key". */
enum { INSTANCE_KEY_SHORT = 80 };
const char *instance_key_short(const struct info *i, char *buf);

#endif
