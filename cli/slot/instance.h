/*
 * instance.h: the environment of an instance.
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/buf.h"
#include "cli/slot/info.h"

/*
 * env, less our names of an outer instance, plus ONLYONE_SLOT, ONLYONE_APP
 * and ONLYONE_KEY of this one; with shim (a path), that in LD_PRELOAD, and what
 * how says (entry.h); with pid, ONLYONE_PID; with file (not -1), ONLYONE_LOCK
 * for the shim.  The array
 * and its new strings live in out (which begins empty); the rest points into
 * env.  NULL: ENOMEM.
 */
char **instance_environ(struct buf *out, char *const env[],
    const char *folder, const struct info *i, const char *shim,
    unsigned int how, pid_t pid, int file);

/*
 * env for a program that runs as itself in a session that enforces rules: with
 * ONLYONE_PASS for this process, shim (NULL: without it) and file.  As above.
 */
char **instance_pass(struct buf *out, char *const env[], const char *shim,
    unsigned int how, int file);

/* Whether programs are enforced in this environment. */
bool instance_enforces(char *const env[]);

/* The key as one string for ONLYONE_KEY and for people: parts separated by
 * byte 0x1f; above NAME_SHOWN bytes sha256:HEX.  buf has NAME_SHOWN + 1
 * bytes; NULL: no key. */
const char *instance_key(const struct info *i, char *buf);

/* The key for people, as one would type it (text_typed), a blank between the
 * parts of a tuple; "-" for none. */
struct text;
void instance_key_text(const struct info *i, struct text *t);

/* The same in few words for a message: "key X", cut where it is long; "no
 * key". */
enum { INSTANCE_KEY_SHORT = 80 };
const char *instance_key_short(const struct info *i, char *buf);

#endif
