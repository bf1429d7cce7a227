/*
 * heir.c: who owns the slot when its owner has ended.
 *
 * Among the processes that map the image, less those whose parent maps it
 * too (workers), the oldest that passes:
 *  1. the owner failed: all are leftovers of a crash;
 *  2. a session of its own, neither the launch's nor the first owner's: heir;
 *  3. it runs a shell, and shells never daemonise themselves: leftover;
 *  4. forked more than a second before the owner ended: leftover (a helper);
 *  5. else: heir (fork, parent exits, late or no setsid).
 * One that is not wholly ours (ours.h) is an heir that is not seen.
 * The session compared is the launch's, through all adoptions: otherwise the
 * second half of a double fork would count as a leftover.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/interp.h"
#include "cli/io.h"
#include "cli/ours.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/slot/heir.h"
#include "cli/slot/image.h"

enum { HOLDERS = 4096, LOOKS = 100, HELPER_MS = 1000 };

/* Whether the file that a process runs is one that the system lists as a shell,
 * whatever its name is. */
static bool
is_listed(pid_t pid)
{
	char name[64], list[4096], *rest, *line;
	struct stat exe, shell;

	if (stat(proc_path(pid, "exe", name, sizeof(name)), &exe) < 0 ||
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
heir_shell(pid_t pid)
{
	char exe[PATH_MAX], *end;

	proc_exe(pid, exe, sizeof(exe));
	end = strstr(exe, " (deleted)");
	if (end)
		*end = '\0';
	return interp_shell(exe) || is_listed(pid);
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
heir_apart(pid_t pid, const struct info *i)
{
	struct proc p;

	return proc_read(pid, &p) == 0 && is_apart(&p, i);
}

static bool
passes(const struct proc *p, const struct info *i, const struct heir_death *d)
{
	long long born = (long long)p->start * 1000 / sysconf(_SC_CLK_TCK);

	if (is_apart(p, i))
		return true;
	if (heir_shell(p->pid))
		return false;
	/* Unknown time of death: the safe side is that it lives on. */
	return d->ended < 0 || d->ended - born <= HELPER_MS;
}

/* Whether somebody holds one of them.  Of one that is not open only a scan can
 * tell. */
static enum image_state
images_test(const int *images, int n, const struct info *i)
{
	enum image_state state, all = IMAGE_FREE;

	if (fields_count(&i->all, INFO_IMAGE) > (size_t)n - 1)
		all = IMAGE_UNKNOWN;
	for (int k = 0; k < n; k++) {
		state = images[k] < 0 ? IMAGE_FREE : image_test(images[k]);
		if (state == IMAGE_HELD)
			return state;
		if (state == IMAGE_UNKNOWN)
			all = state;
	}
	return all;
}

/* Of the processes that hold the image the one that owns the slot, if any. */
static int
best_find(const pid_t *pids, int n, const struct info *i,
    const struct heir_death *d, pid_t *heir)
{
	struct proc p, best = { .pid = 0 };

	for (int k = 0; k < n; k++) {
		if (proc_read(pids[k], &p) < 0) {
			if (errno != ENOENT && errno != ESRCH)
				return -1;
			continue;
		}
		if (holds(pids, n, p.parent) || !passes(&p, i, d))
			continue;
		if (!best.pid || p.start < best.start ||
		    (p.start == best.start && p.pid < best.pid))
			best = p;
	}
	*heir = best.pid;
	return 0;
}

/*
 * That none of those who hold it owns the slot is true only of those who were
 * seen: one of them may have ended since, and its child have begun where we had
 * looked already.  So they are looked for again, until two looks are alike.
 * The number of pids; 0: nobody is seen; -1: errno.
 */
static int
holders_find(const int *images, const struct info *i,
    const struct heir_death *d, pid_t *pids, pid_t *heir)
{
	pid_t before[HOLDERS];
	int n, last = -1;

	*heir = 0;
	for (int look = 0; look < LOOKS; look++) {
		n = image_scan(images[0], &i->all, pids, HOLDERS);
		if (n < 0)
			return errno == ENOENT ? 0 : -1;
		point("heir-looked");
		if (best_find(pids, n, i, d, heir) < 0)
			return -1;
		if (*heir || (n == last &&
		    !memcmp(pids, before, (size_t)n * sizeof(*pids))))
			return n;
		memcpy(before, pids, (size_t)n * sizeof(*pids));
		last = n;
	}
	errno = EAGAIN;
	return -1;
}

enum heir_result
heir_find(const int *images, int nimages, const struct info *i,
    const struct heir_death *d, pid_t *heir)
{
	enum image_state state = images_test(images, nimages, i);
	pid_t pids[HOLDERS];
	int n;

	if (state == IMAGE_FREE)
		return HEIR_NONE;
	if (d->status_known && d->status)
		return HEIR_NONE;
	n = holders_find(images, i, d, pids, heir);
	if (n < 0)
		return HEIR_UNKNOWN;
	if (n == 0)
		return state == IMAGE_HELD ? HEIR_HIDDEN : HEIR_NONE;
	if (!*heir)
		return HEIR_NONE;
	/* One that has changed its user, say: it lives, and no more is
	 * believed of it. */
	if (ours(*heir))
		return HEIR_FOUND;
	return errno ? HEIR_UNKNOWN : HEIR_HIDDEN;
}
