/*
 * own_record.h: the record of the instance that a launch is about to start.
 */
#ifndef LAUNCH_OWN_RECORD_H
#define LAUNCH_OWN_RECORD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/core/meet/command.h"

struct buf;
struct launch;
struct place;

/* Whether the launch stays as the holding parent when the program has
 * exited. */
bool record_parents(const struct launch *l);

/* Whether --tree is implied: the program is known to leave its children
 * running. */
bool record_leaves(const struct launch *l);

/* The command line of the next instance, which may be an adopted process.
 * Borrowed from l. */
char **record_words(const struct launch *l);

/* The digest of the next instance's command (command_digest), stored in l; cwd
 * is the instance's folder. */
const char *record_digest(struct launch *l, const char *cwd);

/* Fill claim.info with the record of process pid, which claim.pidfd is open on;
 * cwd has PATH_MAX bytes and must stay.  0, or -1 with errno. */
int record_fill(struct launch *l, pid_t pid, char *cwd);

/* Make the whole record in the claim, with its own pidfd. since: start of an
 * existing instance; 0: a new one.  0, or -1 with errno. */
int record_make(struct launch *l, pid_t pid, long long since);

/* How many bytes the record will have; 0: unknown. */
size_t record_room(struct launch *l);

/* Put the record into a request, TAKE.  0 or -1. */
int record_put(struct launch *l, pid_t pid, bool mapping, struct buf *b);

/* The command of this launch, to compare with the one that is running, or has
 * run. */
struct launched record_launched(const struct launch *l);

/* Note what instances of this slot left running; run (not 0): only the instance
 * that started then, and only processes in another session. */
void leftover_tell(const struct place *p, long long run);

/* Note how many processes were left running by the instance started at `run`,
 * which we replaced. */
void leftover_replaced(struct place *p, long long run);

#endif
