/*
 * successor.c: which process owns the slot when its owner has ended.
 *
 * Among the processes that map the slot's file, less those whose parent maps
 * it too (workers), the oldest that passes:
 *  1. the owner failed: all are leftovers of a crash;
 *  2. its session is neither the launch's nor the first owner's: successor;
 *  3. it runs a shell, and shells never daemonise themselves: leftover;
 *  4. forked more than a second before the owner ended: leftover (a helper);
 *  5. else: successor (fork, parent exits, late or no setsid).
 * If a successor is not wholly ours (ours.h), the result is HIDDEN.
 * The session compared is the launch's, through all adoptions: otherwise the
 * second half of a double fork would count as a leftover.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/core/slot/successor.h"
#include "cli/core/slot/mapping.h"

enum { HOLDERS = 4096, LOOKS = 100, HELPER_MS = 1000 };

/* Whether the file that process pid runs is listed in /etc/shells, under any
 * name. */
static bool
is_listed(pid_t pid)
{
	char list[4096], *rest, *line;
	struct stat exe, shell;

	if (look_stat(pid, "exe", &exe) < 0 ||
	    io_file(AT_FDCWD, point_path("ONLYONE_TEST_SHELLS", "/etc/shells"),
	    list, sizeof(list)) < 0)
		return false;
	for (line = strtok_r(list, "\n", &rest); line;
	    line = strtok_r(NULL, "\n", &rest)) {
		if (*line == '/' && stat(line, &shell) == 0 &&
		    shell.st_dev == exe.st_dev && shell.st_ino == exe.st_ino)
			return true;
	}
	return false;
}

bool
successor_shell(pid_t pid)
{
	char exe[PATH_MAX], *end;
	bool shell;

	look_begin();
	look_exe(pid, exe, sizeof(exe));
	end = strstr(exe, " (deleted)");
	if (end)
		*end = '\0';
	shell = interp_shell(exe) || is_listed(pid);
	look_end();
	return shell;
}

static bool
holds(const pid_t *pids, int n, pid_t pid)
{
	while (n--) {
		if (pids[n] == pid)
			return true;
	}
	return false;
}

static bool
is_apart(const struct proc *p, const struct info *i)
{
	return p->session != i->session && p->session != i->first;
}

bool
successor_apart(pid_t pid, const struct info *i)
{
	struct proc p;

	return proc_read(pid, &p) == 0 && is_apart(&p, i);
}

static bool
passes(
    const struct proc *p, const struct info *i, const struct successor_death *d)
{
	long long born = (long long)p->start * 1000 / sysconf(_SC_CLK_TCK);

	if (is_apart(p, i))
		return true;
	if (successor_shell(p->pid))
		return false;
	/* Unknown when the owner ended: take p for the successor. */
	return d->ended < 0 || d->ended - born <= HELPER_MS;
}

/* Whether a process holds the lock on one of the mapped files.  For a file that
 * is not open only a scan can tell. */
static enum mapping_state
mappings_test(const int *mappings, int n, const struct info *i)
{
	enum mapping_state state, all = MAPPING_FREE;

	if (fields_count(&i->all, INFO_MAPPING) > (size_t)n - 1)
		all = MAPPING_UNKNOWN;
	for (int k = 0; k < n; k++) {
		state =
		    mappings[k] < 0 ? MAPPING_FREE : mapping_test(mappings[k]);
		if (state == MAPPING_LOCKED)
			return state;
		if (state == MAPPING_UNKNOWN)
			all = state;
	}
	return all;
}

/* Of the processes that map the file, the one that owns the slot: the oldest
 * that is wholly ours.  A process that is not counts only if there is none of
 * ours: we believe that it lives, and no more.  SUCCESSOR_NONE: all are
 * leftovers. */
static enum successor_result
best_find(const pid_t *pids, int n, const struct info *i,
    const struct successor_death *d, pid_t *successor)
{
	struct proc p, best = { .pid = 0 };
	enum successor_result other = SUCCESSOR_NONE;

	for (int k = 0; k < n; k++) {
		if (look_proc(pids[k], &p) < 0) {
			if (errno != ENOENT && errno != ESRCH &&
			    errno != ETIMEDOUT)
				return SUCCESSOR_UNKNOWN;
			continue;
		}
		if (holds(pids, n, p.parent) || !passes(&p, i, d))
			continue;
		if (!ours(p.pid))
			other = errno ? SUCCESSOR_UNKNOWN : SUCCESSOR_HIDDEN;
		else if (!best.pid || p.start < best.start ||
		    (p.start == best.start && p.pid < best.pid))
			best = p;
	}
	*successor = best.pid;
	return best.pid ? SUCCESSOR_FOUND : other;
}

/*
 * Which process that maps the file owns the slot.  NONE holds only for those
 * that we saw: one of them may have ended since, after it had started a child
 * where we had looked already.  So look again, until two looks are alike.  If
 * we see no process that maps it, there may still be one: one that cannot be
 * looked at, or, if the file is locked, another user's, which we do not look
 * at.
 */
static enum successor_result
holders_find(const int *mappings, bool locked, const struct info *i,
    const struct successor_death *d, pid_t *successor)
{
	pid_t pids[HOLDERS], before[HOLDERS], lack;
	enum successor_result found;
	int n, last = -1;

	*successor = 0;
	for (int again = 0; again < LOOKS; again++) {
		n = mapping_scan(mappings[0], &i->all, pids, HOLDERS, &lack);
		if (n < 0 && errno != ENOENT)
			return SUCCESSOR_UNKNOWN;
		point("successor-looked");
		if (n <= 0 && locked)
			return SUCCESSOR_HIDDEN;
		if (n <= 0) {
			errno = ETIMEDOUT;
			return lack ? SUCCESSOR_UNKNOWN : SUCCESSOR_NONE;
		}
		found = best_find(pids, n, i, d, successor);
		if (found != SUCCESSOR_NONE || (n == last &&
		    !memcmp(pids, before, (size_t)n * sizeof(*pids))))
			return found;
		memcpy(before, pids, (size_t)n * sizeof(*pids));
		last = n;
	}
	errno = EAGAIN;
	return SUCCESSOR_UNKNOWN;
}

enum successor_result
successor_find(const int *mappings, int nmappings, const struct info *i,
    const struct successor_death *d, pid_t *successor)
{
	enum mapping_state state = mappings_test(mappings, nmappings, i);
	enum successor_result found;

	if (state == MAPPING_FREE)
		return SUCCESSOR_NONE;
	if (d->status_known && d->status)
		return SUCCESSOR_NONE;
	look_begin();
	found =
	    holders_find(mappings, state == MAPPING_LOCKED, i, d, successor);
	look_end();
	return found;
}
