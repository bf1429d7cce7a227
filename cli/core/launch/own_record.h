/*
 * own_record.h: the record of the instance that a launch is about to start.
 */
#ifndef OWN_RECORD_H
#define OWN_RECORD_H

#include <stdbool.h>

#include "cli/core/launch/launch_state.h"
#include "cli/core/meet/activation.h"
#include "cli/core/slot/folder.h"

/* Whether the launch stays as the holding parent when the program has ended. */
bool record_parents(const struct launch *l);

/* Whether --stop-tree holds without being asked for: the program is known to
 * leave behind what it runs. */
bool record_leaves(const struct launch *l);

/* What tells the command of the next instance from others (launched_digest);
 * cwd is its folder.  In l. */
const char *record_digest(struct launch *l, const char *cwd);

/* Fill claim.info with the record of process pid, which claim.pidfd is open on;
 * cwd has PATH_MAX bytes and must stay.  0, or -1 with errno. */
int record_fill(struct launch *l, pid_t pid, char *cwd);

/* Make the whole record in the claim, with a pidfd of its own.  since: start of
 * an instance that goes on; 0: one begins.  0, or -1 with errno. */
int record_make(struct launch *l, pid_t pid, long long since);

/* How many bytes the record will have; 0: unknown. */
size_t record_room(struct launch *l);

/* Put the record into a request, TAKE.  0 or -1. */
int record_put(struct launch *l, pid_t pid, bool mapping, struct buf *b);

/* The command of this launch, which is not run because an instance runs, or has
 * run.  job: it was to be run, not to be shown. */
struct launched record_launched(const struct launch *l, bool job);

/* Note what instances of this slot left running; run (not 0): only what the one
 * that began then did, and only processes in another session. */
void leftover_tell(const struct place *p, long long run);

/* Note how many processes the instance that began at `run`, and that we
 * replaced, left running. */
void leftover_replaced(struct place *p, long long run);

#endif
