/*
 * stamp.h: when a job's last successful run was started, for --every.
 *
 * A stamp is a small file, kept across reboots, for each slot.  A launch that
 * starts the job writes PATH.now; the keeper renames that to PATH if the job
 * exits with 0, else removes it.  So the keeper writes nothing, and if a stamp
 * cannot be written the launch finds out at once, while its messages are read.
 *
 *	start every boot up app key... cwd arg... end
 *
 * start is the wall clock, up the boot clock of boot, in ms.  Nothing depends on
 * it but --every: a stamp that cannot be read counts as none.
 */
#ifndef STAMP_H
#define STAMP_H

#include "cli/base/buf.h"
#include "cli/base/fields.h"
#include "cli/core/slot/slot.h"

#define STAMP_NOW ".now"

enum { STAMP_WHEN = 32 };

/* Read the stamp of this name in an open folder; f points into b.  0; -1:
 * errno, ENOENT if there is none. */
int stamp_read(int folder, const char *name, struct buf *b, struct fields *f);

/* The problem with a stamp, by the errno of stamp_read or stamp_begin. */
const char *stamp_wrong(int err);

/* When a job with this stamp is due, wall clock, ms; 0: now.  The clock may
 * have been set: ignore a start in the future, and within one boot let the boot
 * clock decide, too, that the time has passed.  So a job is never put off for
 * longer than every (ms). */
long long stamp_due(const struct fields *f, long long every);

/* Write NAME.now in the folder, for a job that starts now, with the words
 * of its command and FIELD_DIGEST.  0 or -1. */
int stamp_begin(int folder, const char *name, const struct slot *s,
    long long every, const char *digest, char *const args[]);

/* The job has exited: with 0 PATH.now becomes the stamp, else it is removed
 * (status -1: not known).  0; -1: errno, it could not become the stamp, and
 * the run will not count; 0 also if forget --every has removed it. */
int stamp_end(const char *path, int status);

/* A moment of the wall clock as people write it; buf has STAMP_WHEN bytes. */
const char *stamp_when(long long ms, char *buf);

#endif
