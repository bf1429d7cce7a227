/*
 * locked.c: --lock-file: lock a file in addition to the slot.
 *
 * We lock the file while we hold the claim.  So if another process has it
 * locked, that is not a launch of this slot: there is no instance to hand over
 * to, and the launch can only wait for the file, or give up.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cli/base/say.h"
#include "cli/core/key/path.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/unrun.h"
#include "cli/core/launch/without.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/lockfile.h"

enum lockfile_seen
locked_seen(const struct launch *l, struct fault *f)
{
	enum lockfile_seen seen = LOCKFILE_FREE;
	struct stat st;
	pid_t pid;

	if (l->lock.path && stat(l->lock.path, &st) == 0)
		seen = lockfile_locked(&st, l->o->terms.lock_shared, &pid);
	else if (l->lock.path && errno != ENOENT)
		seen = LOCKFILE_UNSEEN;
	if (seen == LOCKFILE_LOCKED)
		holds_locked(l->place.slot.app, l->lock.path, f);
	return seen;
}

/* The file cannot be locked.  A rule goes without it: 0. -1: a typed launch is
 * refused. */
static int
lockfile_lost(struct launch *l, const struct fault *f)
{
	if (!without_file(l, WITHOUT_LOCK, f))
		return -1;
	l->lock.path = NULL;
	return 0;
}

/* Not canonical: opening it decides whether to follow links in it. */
int
locked_path(struct launch *l, struct fault *f)
{
	const char *given = l->o->terms.lock_file;
	char *path = l->lock_path;
	bool shared;
	size_t len, at;

	if (!given || l->lock.path || *l->without[WITHOUT_LOCK])
		return 0;
	len = lockfile_split(given, &shared);
	*path = '\0';
	if (*given == '/' || path_cwd(path) == PATH_MADE) {
		at = strlen(path);
		if (at > 1)
			path[at++] = '/';
		if (at + len < sizeof(l->lock_path)) {
			*(char *)mempcpy(path + at, given, len) = '\0';
			l->lock.path = path;
			return 0;
		}
		errno = ENAMETOOLONG;
	}
	fault_errno(f, fault_state(errno), errno, "cannot open the lock file ",
	    given, NULL);
	return lockfile_lost(l, f);
}

int
locked_take(struct launch *l, struct fault *f)
{
	if (!l->lock.path || l->lock.file >= 0)
		return 0;
	switch (claim_lockfile(&l->meeting.claim, l->lock.path,
	    l->o->terms.lock_shared, f)) {
	case LOCKFILE_OURS:
		l->lock.file = l->meeting.claim.file;
		return 0;
	case LOCKFILE_BUSY:
		return 1;
	default:
		return lockfile_lost(l, f);
	}
}

enum { SHOWN = 80 };

/* Whether a process runs this launch's command: its command line ends with our
 * words, perhaps after a tool or an interpreter. shown: its command line; "":
 * not known. */
static bool
holder_runs(const struct launch *l, pid_t pid, struct text *shown)
{
	char *const *words = l->command.words;
	struct buf b = { 0 };
	size_t n = 0, at, from;
	bool same = false;

	while (words[n])
		n++;
	if (words_command(pid, &b, shown)) {
		for (at = b.len - 1; n && at; n--, at = from) {
			from = at - 1;
			while (from && b.at[from - 1])
				from--;
			if (strcmp(b.at + from, words[n - 1]) && (n > 1 ||
			    strcmp(text_base(b.at + from), text_base(*words))))
				break;
		}
		same = !n;
	}
	buf_free(&b);
	return same;
}

int
locked_end(const struct launch *l, const char *file, struct fault *f)
{
	char command[SHOWN], more[SHOWN + 2];
	struct text t = text_in(command, sizeof(command));
	struct stat st;
	pid_t pid = 0;

	if (!policy_skips(l->o))
		return -1;
	if (stat(file, &st) == 0)
		lockfile_locked(&st, false, &pid);
	if (holder_runs(l, pid, &t))
		return policy_of(l->o)->same;
	/* Another launch's command is running in place of this one. */
	text_join(more, sizeof(more), *command ? ": " : "", command, NULL);
	return unrun_skipped(l, more, f);
}

void
locked_pack(struct launch *l)
{
	if (l->lock.file >= 0 && !l->lock.packed)
		l->lock.packed = lockfile_pack(&l->lock.file) == 0;
}

int
locked_carry(bool shared)
{
	int n = lockfile_own();

	if (n < 0)
		return -1;
	fcntl(n, F_SETFD, FD_CLOEXEC);
	return 2 * n + !shared;
}

void
locked_pass(int carried)
{
	if (carried >= 0)
		fcntl(carried / 2, F_SETFD, 0);
}

int
locked_wait(struct launch *l, long long deadline, struct fault *f)
{
	bool shared = l->o->terms.lock_shared;
	long long soon = say_later();
	char who[LOCKFILE_HOLDER];
	enum lockfile r;

	if (!soon || (deadline && soon > deadline))
		soon = deadline;
	r = lockfile_take(l->lock.path, shared, soon ? soon : -1,
	    &l->lock.file, f);
	if (r == LOCKFILE_BUSY && soon != deadline) {
		say_note("waiting for the lock file ", l->lock.path,
		    ", locked by ", lockfile_holder(l->lock.path, who), NULL);
		r = lockfile_take(l->lock.path, shared,
		    deadline ? deadline : -1, &l->lock.file, f);
	}
	return r == LOCKFILE_OURS ? 0 : r == LOCKFILE_BUSY ?
	    holds_locked(l->place.slot.app, l->lock.path, f) :
	    lockfile_lost(l, f);
}
