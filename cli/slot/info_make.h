/*
 * info_make.h: a record of a slot folder, put together, and what changes in it.
 */
#ifndef INFO_MAKE_H
#define INFO_MAKE_H

#include <sys/types.h>

#include "cli/buf.h"
#include "cli/slot/info.h"
#include "cli/slot/slot.h"

/* Put the fields together; args is the command line, cut when long.
 * -1: ENOMEM. */
int info_make(struct buf *b, const struct slot *s, const struct info *i,
    char *const args[]);

/* Words as a digest, in hex. */
enum { DIGEST_HEX = 64 };
void info_digest(char *const args[], char out[DIGEST_HEX + 1]);

/* The same record with another owner, keeper and count. */
int info_remake(struct buf *b, const struct info *i);

/* The same, and images that this owner's were before it, swept away. */
int info_swept(struct buf *b, const struct info *i, const char *const image[],
    size_t n);

/* The same record with the key of s. */
int info_rekey(struct buf *b, const struct slot *s, const struct info *i);

/* The same while it moves to the key of s, from the folder old: which of both
 * keys holds is told by the name of the folder (info_named). */
int info_moving(struct buf *b, const struct slot *s, const char *old,
    const struct info *i);

/* Update fixed-width fields in place. */
int info_count(int folder, long long activations, long long used);

int info_keeper(int folder, pid_t keeper);

int info_listeners(int folder, int listeners);

#endif
