/*
 * holder.c: which process holds a slot that has no keeper.
 *
 * The first of these that is alive holds the slot: the recorded owner; a
 * process that maps the slot's file; with --lifetime=tree the rest of the tree;
 * the program that a handler has started (next); the holding parent.  A failed
 * look or read does not mean `no`: it has its own result.  A malformed record
 * counts as missing.
 */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/base/text.h"
#include "cli/core/slot/copies.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/mapping.h"
#include "preload/contract.h"

/*
 * Which process owns the slot when its owner has exited.
 *
 * Among the processes that map the slot's file, less those whose parent maps
 * it too (workers), the oldest that passes:
 *  1. the owner failed: all are leftovers of a crash;
 *  2. --lifetime=daemon says so, or its program's copies are known
 *     (copies.c): do as they say;
 *  3. it runs a shell in the session of the launch or of the first owner, and
 *     shells never become daemons: leftover;
 *  4. forked early: leftover (a helper).  In that session, early is a second
 *     before the owner exited; in another one a second and a half, if that is
 *     more than half of the owner's life: on a slow machine a daemon's parent
 *     was slow before that, too;
 *  5. else: successor (fork, parent exits, early, late or no setsid).
 * What only rule 4 decides is a guess (enum passes).
 * If a successor is not wholly ours (ours.h), the result is HIDDEN.  We always
 * compare with the launch's session, through all adoptions: otherwise the
 * second half of a double fork would count as a leftover.
 */

enum { HOLDERS = 4096, SCANS = 100, HELPER_MS = 1000, APART_MS = 1500 };

/* Whether the file that process pid runs is listed in /etc/shells, under any
 * name. */
static bool
is_listed(pid_t pid)
{
	char list[4096], *rest, *line;
	struct stat exe, shell;

	if (look_stat(pid, "exe", &exe) < 0 ||
	    io_file(point_path("ONLYONE_TEST_SHELLS", "/etc/shells"), list,
	    sizeof(list)) < 0)
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
	char exe[PATH_MAX];
	bool shell;

	look_begin();
	look_exe(pid, exe, sizeof(exe));
	shell = interp_shell(proc_undeleted(exe)) || is_listed(pid);
	look_end();
	return shell;
}

static bool
is_among(const pid_t *pids, int n, pid_t pid)
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

/* In this order. */
enum passes {
	PASSES_NOT,
	PASSES_OLD,   /* not: a guess, by its time */
	PASSES_YOUNG, /* a guess, by its time */
	PASSES_KNOWN
};

static enum passes
passes_by_time(
    const struct proc *p, const struct info *i, const struct successor_death *d)
{
	/* Time spent waiting for a CPU does not make it old. */
	long long born = proc_began(p) + proc_waited(p->pid);
	long long ago = d->ended - born, life = clock_wall() - i->since;

	/* We do not know when the owner exited: take p for the successor. */
	return d->ended < 0 || (is_apart(p, i) ?
	    ago <= APART_MS || 2 * ago <= life : ago <= HELPER_MS) ?
	    PASSES_YOUNG : PASSES_OLD;
}

static enum passes
passes_on(
    const struct proc *p, const struct info *i, const struct successor_death *d)
{
	bool apart = is_apart(p, i);

	if (i->terms.lifetime == LIFETIME_DAEMON)
		return PASSES_KNOWN;
	switch (copies_known(p->pid, i)) {
	case COPIES_DAEMON:
		if (apart)
			return PASSES_KNOWN;
		break;
	case COPIES_HELPER:
		return PASSES_NOT;
	case COPIES_UNKNOWN:
		break;
	}
	return !apart && successor_shell(p->pid) ? PASSES_NOT :
	    passes_by_time(p, i, d);
}

/* Whether a process holds the lock on one of the mapped files.  For a file that
 * we have not open, only a scan can tell. */
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
 * that is wholly ours.  One that is not counts only if there is none of ours:
 * then we only believe that it is alive.  SUCCESSOR_NONE: all are leftovers. */
static enum successor_result
best_find(const pid_t *pids, int n, const struct info *i,
    const struct successor_death *d, struct successor *s)
{
	struct proc p, best = { .pid = 0 };
	enum successor_result other = SUCCESSOR_NONE;
	enum passes how;

	*s = (struct successor){ .pid = 0 };

	for (int k = 0; k < n; k++) {
		if (look_proc(pids[k], &p) < 0) {
			if (errno != ENOENT && errno != ESRCH)
				return SUCCESSOR_UNKNOWN;
			continue;
		}
		if (is_among(pids, n, p.parent))
			continue;
		how = passes_on(&p, i, d);
		if (how == PASSES_OLD)
			s->helper = p.pid;
		if (how < PASSES_YOUNG)
			continue;
		if (ours_process(p.pid)) {
			if (!best.pid || p.start < best.start ||
			    (p.start == best.start && p.pid < best.pid)) {
				best = p;
				s->guess = how == PASSES_YOUNG ?
				    GUESS_DAEMON : GUESS_NONE;
			}
		} else if (errno != ENOENT && errno != ESRCH) { /* it lives */
			other = errno ? SUCCESSOR_UNKNOWN : SUCCESSOR_HIDDEN;
		}
	}
	s->pid = best.pid;
	return best.pid ? SUCCESSOR_FOUND : other;
}

/*
 * Which process that maps the file owns the slot.  NONE covers only those that
 * we saw: one may have exited since, after starting a child that our scan had
 * already passed.  So scan again, until two scans agree.  If we see no process
 * that maps it, there may still be one: one that we cannot read, or, if the
 * file is locked, another user's, which we do not check.
 */
static enum successor_result
holders_find(const int *mappings, bool locked, const struct info *i,
    const struct successor_death *d, struct successor *s)
{
	pid_t pids[HOLDERS], before[HOLDERS], lack;
	enum successor_result found;
	int n, last = -1;

	for (int again = 0; again < SCANS; again++) {
		n = mapping_scan(mappings[0], &i->all, pids, HOLDERS, &lack);
		if (n < 0 && errno != ENOENT)
			return SUCCESSOR_UNKNOWN;
		if (n <= 0 && locked)
			return SUCCESSOR_HIDDEN;
		if (n <= 0) {
			errno = ETIMEDOUT;
			return lack ? SUCCESSOR_UNKNOWN : SUCCESSOR_NONE;
		}
		found = best_find(pids, n, i, d, s);
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
    const struct successor_death *d, struct successor *s)
{
	enum mapping_state state = mappings_test(mappings, nmappings, i);
	enum successor_result found;

	*s = (struct successor){ .pid = 0 };
	if (state == MAPPING_FREE)
		return SUCCESSOR_NONE;
	if (d->status_known && d->status)
		return SUCCESSOR_NONE;
	look_begin();
	found = holders_find(mappings, state == MAPPING_LOCKED, i, d, s);
	look_end();
	return found;
}

/*
 * A successor that we cannot read.
 *
 * The kernel shows neither its memory nor its files to its own user, but that
 * user may signal it.  So we identify it by what the kernel does show
 * (guess_fits).  A stranger must never get a signal: if anything is uncertain,
 * do not guess.
 */

enum { GUESSES = 64 };

/* The command line of the instance, as the kernel would show it.  False: the
 * record has only its beginning. */
static bool
line_make(const struct info *i, struct buf *line)
{
	const char *arg = NULL, *last = "...";

	while ((arg = fields_next(&i->all, "arg", arg)))
		buf_add(line, last = arg, strlen(arg) + 1);
	return strcmp(last, "...") && !line->failed;
}

/* What a failed look at a process means. 0: it has exited; -1: not known. */
static int
guess_unread(void)
{
	return errno == ENOENT || errno == ESRCH ? 0 : -1;
}

/* Whether process pid has this command line.  -1: not known. */
static int
line_fits(pid_t pid, const struct buf *line)
{
	struct buf its = { 0 };
	int fits = look_file(pid, "cmdline", &its, line->len);

	if (fits < 0)
		fits = errno == EFBIG ? 0 : guess_unread();
	else
		fits = its.len == line->len &&
		    !memcmp(its.at, line->at, its.len);
	buf_free(&its);
	return fits;
}

/* Whether process *p, whose pid is set, may be the hidden one; sets the rest of
 * *p.  -1: not known. */
static int
guess_fits(struct proc *p, const struct info *i,
    const struct successor_death *d, const struct buf *line)
{
	uint64_t owner = i->owner.pidfs ? i->owner.pidfs : i->owner.start, tag;
	char status[PROC_STATUS];

	/* If it were readable, we would have seen its mapping. */
	if (look_open(p->pid, "maps") == 0)
		return 0;
	if (errno != EACCES)
		return guess_unread();
	if (look_proc(p->pid, p) < 0 || proc_text(p->pid, status) < 0)
		return guess_unread();
	/* A zombie maps nothing. */
	if (p->state == 'Z' || p->state == 'X')
		return 0;
	/* execve(2) drops the mapping, only fork(2) copies it. */
	if (!p->forked)
		return 0;
	/* The owner was in our pid namespace: so are its forks, unless it makes
	 * another one.  (The other namespaces are hidden.) */
	if (proc_inner(status))
		return 0;
	/* The owner forked it before it exited.  (The time is rounded down to a
	 * clock tick.) */
	if (proc_began(p) > d->noted)
		return 0;
	/* Set-user-ID programs and sandboxes are not dumpable either. */
	if (!ours_rights(p->pid))
		return errno ? guess_unread() : 0;
	/* A fork has its parent's command line, until it writes another one. */
	switch (line_fits(p->pid, line)) {
	case 0:
		return 0;
	case -1:
		return -1;
	}
	/* The owner's forks are younger: these numbers only grow. */
	tag = owner_tag(p->pid);
	if (!tag)
		return guess_unread();
	return tag >= owner && passes_on(p, i, d) >= PASSES_YOUNG;
}

/* The only process that may be it, without those whose parent may be it too
 * (workers).  0: none, or not sure. */
static pid_t
guess_find(const struct info *i, const struct successor_death *d,
    const struct buf *line)
{
	pid_t pids[GUESSES], parents[GUESSES], found = 0;
	struct procs all;
	struct proc p;
	int fits = 0, n = 0, roots = 0;

	if (procs_begin(&all) < 0)
		return 0;
	while (n < GUESSES && fits >= 0 && procs_next(&all, &p.pid)) {
		fits = guess_fits(&p, i, d, line);
		if (fits == 1) {
			parents[n] = p.parent;
			pids[n++] = p.pid;
		}
	}
	for (int k = 0; k < n; k++) {
		if (!is_among(pids, n, parents[k])) {
			found = pids[k];
			roots++;
		}
	}
	if (fits < 0 || all.error || n == GUESSES || roots != 1)
		found = 0;
	procs_end(&all);
	return found;
}

/* Whether no readable process maps the file, and it is locked. */
static bool
is_hidden(const int *mappings, int n, const struct info *i)
{
	pid_t one, lack;

	return mapping_scan(mappings[0], &i->all, &one, 1, &lack) == 0 &&
	    !lack && mappings_test(mappings, n, i) == MAPPING_LOCKED;
}

pid_t
successor_guess(const int *mappings, int n, const struct info *i,
    const struct successor_death *d, int *pidfd)
{
	struct proc p = { .pid = 0 };
	struct buf line = { 0 };

	*pidfd = -1;
	look_begin();
	if (d->noted >= 0 && i->owner.pid && line_make(i, &line) &&
	    (p.pid = guess_find(i, d, &line)) && is_hidden(mappings, n, i))
		*pidfd = owner_pidfd(p.pid);
	/* Only this look is sure to be at the process that pidfd is open on. */
	if (*pidfd >= 0 && (guess_fits(&p, i, d, &line) != 1 ||
	    !owner_lives(*pidfd)))
		io_close(pidfd);
	look_end();
	buf_free(&line);
	return *pidfd < 0 ? 0 : p.pid;
}

enum owner_state
holder_owner(int folder, const struct info *i, int *pidfd)
{
	enum owner_state state = owner_open(&i->owner, pidfd);
	int mapping;

	if (state != OWNER_ALIVE || i->guess != GUESS_PID)
		return state;
	mapping = mapping_open(folder);
	switch (mapping < 0 ? MAPPING_UNKNOWN : mappings_test(&mapping, 1, i)) {
	case MAPPING_LOCKED:
		break;
	case MAPPING_FREE:
		state = OWNER_DEAD;
		break;
	default:
		state = OWNER_UNKNOWN;
	}
	io_close(&mapping);
	if (state != OWNER_ALIVE)
		io_close(pidfd);
	errno = ENODATA;
	return state;
}

enum {
	LOOKS = 10, /* while a process that we cannot see maps the file */
	RESTS = 3,  /* for the rest of the tree */
	LOOK_US = 20000
};

/* Close what h has open. */
static void
holder_close(struct holder *h)
{
	io_close(&h->pidfd);
	io_close(&h->mapping);
}

/* No answer: an unreadable file may record an instance. */
static enum holder_result
holder_unread(struct holder *h, const char *file)
{
	h->unread = file;
	return HOLDER_UNREAD;
}

/* Record process pid, which h->pidfd is open on, as the owner.  still: with the
 * pidfd open, a check has shown that it is the right process: its pid may have
 * been reused before. */
static enum holder_result
owner_found(const struct root *r, pid_t pid, bool still, struct info *i,
    struct holder *h)
{
	if (h->pidfd < 0 || !still ||
	    owner_record(&i->owner, pid, h->pidfd, r->lasting) < 0)
		return HOLDER_PASSED;
	i->guess = GUESS_NONE;
	return HOLDER_OWNER;
}

/* The owner has exited: does a process that maps the slot's file own it now? */
static enum holder_result
mapping_ask(const struct root *r, int folder, struct info *i, struct holder *h)
{
	struct successor_death death = { .ended = -1, .noted = -1 };
	enum successor_result found;
	struct successor s;

	h->mapping = mapping_open(folder);
	if (h->mapping < 0 && errno != ENOENT)
		return holder_unread(h, FILE_MAPPING);
	found = successor_find(&h->mapping, 1, i, &death, &s);
	/* A process may have exited between the test of the lock and the scan:
	 * look again. */
	for (int look = 0; found == SUCCESSOR_HIDDEN && look < LOOKS; look++) {
		clock_sleep(LOOK_US);
		found = successor_find(&h->mapping, 1, i, &death, &s);
	}
	if (found == SUCCESSOR_HIDDEN)
		return HOLDER_HIDDEN;
	if (found == SUCCESSOR_NONE)
		return HOLDER_NONE;
	if (found == SUCCESSOR_UNKNOWN)
		return HOLDER_UNKNOWN;
	h->pidfd = owner_pidfd(s.pid);
	if (owner_found(r, s.pid, mapping_mapped(h->mapping, &i->all, s.pid),
	    i, h) == HOLDER_PASSED)
		return HOLDER_PASSED;
	if (h->recorded) {
		i->guess = s.guess;
	} else {
		/* It may be the first owner itself. */
		i->first = s.pid;
		i->since = env_mark_run(s.pid);
		if (i->since <= 0)
			i->since = clock_wall();
	}
	return HOLDER_OWNER;
}

/* There is no record, and no process maps the slot's file, as if it is static
 * or has just begun: the process of the pidfile, if it has the mark of the
 * slot. */
static enum holder_result
pidfile_ask(const struct root *r, const struct slot *s, int dir, struct info *i,
    struct holder *h)
{
	char folder[PATH_MAX];
	pid_t pid = folder_pid(dir);
	int has = 0;

	if (!pid || root_folder(r, s->name, folder) < 0)
		return HOLDER_NONE;
	h->suspect = pid;
	h->pidfd = owner_pidfd(pid);
	if (h->pidfd < 0 && !owner_gone())
		return HOLDER_UNKNOWN;
	/* A process within execve shows no environment: look again. */
	for (int look = 0; h->pidfd >= 0 && look < RESTS; look++) {
		if (look)
			clock_sleep(LOOK_US);
		has = env_mark_look(folder, 0, pid);
		if (has == 1) {
			i->first = pid;
			i->since = env_mark_run(pid);
			return owner_found(r, pid, i->since > 0, i, h);
		}
	}
	return has < 0 && !owner_gone() ? HOLDER_UNKNOWN : HOLDER_NONE;
}

pid_t
holder_rest(const struct root *r, const char *name, const struct info *info,
    int *pidfd)
{
	char folder[PATH_MAX];
	pid_t pid;

	*pidfd = -1;
	if (root_folder(r, name, folder) < 0)
		return 0;
	pid = env_mark_oldest(folder, info->since, info->parent.pid);
	if (pid <= 0)
		return pid;
	*pidfd = owner_pidfd(pid);
	if (*pidfd < 0 && !owner_gone())
		return -1;
	/* The pid may have been reused before we opened it. */
	if (*pidfd >= 0 && !env_mark_has(folder, info->since, pid))
		io_close(pidfd);
	return pid;
}

/* A handler started pid, and the keeper was killed: it is the next instance. */
static enum holder_result
next_found(const struct root *r, pid_t pid, struct info *i, struct holder *h)
{
	enum holder_result found = owner_found(r, pid, ours_process(pid), i, h);

	if (found == HOLDER_OWNER) {
		info_next_remove(i, pid);
		i->first = pid;
		i->since = clock_wall();
	}
	return found;
}

/*
 * The owner has exited, and no copy of it lives on.  The slot may still be held
 * by the rest of its tree, by the program that a handler has started, or by the
 * parent, which waits for the tree.
 */
static enum holder_result
rest_ask(const struct root *r, const struct slot *s, struct info *i,
    struct holder *h)
{
	pid_t pid = 0;
	int parent;

	/* A process within execve shows no environment: look again. */
	for (int look = 0; i->terms.lifetime == LIFETIME_TREE && !pid &&
	    look < RESTS; look++) {
		if (look)
			clock_sleep(LOOK_US);
		pid = holder_rest(r, s->name, i, &h->pidfd);
	}
	if (pid < 0)
		return HOLDER_UNKNOWN;
	if (pid)
		return owner_found(r, pid, true, i, h);
	for (int k = 0; k < NEXTS; k++) {
		enum owner_state state = owner_open(&i->next[k], &h->pidfd);

		h->suspect = i->next[k].pid;
		if (state == OWNER_ALIVE)
			return next_found(r, h->suspect, i, h);
		if (state == OWNER_UNKNOWN)
			return HOLDER_UNKNOWN;
	}
	h->suspect = i->parent.pid;
	switch (owner_open(&i->parent, &parent)) {
	case OWNER_ALIVE:
		io_close(&parent); /* the keeper opens its own pidfd */
		return HOLDER_PARENT;
	case OWNER_UNKNOWN:
		return HOLDER_UNKNOWN;
	default:
		return HOLDER_NONE;
	}
}

/* Find the holder from the files; leaves h's descriptors open. */
static enum holder_result
folder_ask(const struct root *r, const struct slot *s, int folder,
    struct buf *record, struct info *i, struct holder *h)
{
	enum holder_result found;
	enum owner_state owner;

	h->recorded = info_read(folder, record, i) == 0;
	if (!h->recorded) {
		if (errno != ENOENT && errno != EBADMSG)
			return holder_unread(h, FILE_INFO);
		found = mapping_ask(r, folder, i, h);
		return found != HOLDER_NONE ? found :
		    pidfile_ask(r, s, folder, i, h);
	}
	h->suspect = i->owner.pid;
	owner = holder_owner(folder, i, &h->pidfd);
	if (owner == OWNER_ELSEWHERE) {
		enum init_state init = folder_init(folder, i->init);

		h->lives = init == INIT_LIVES ||
		    (i->owner.pidns && owner_sees_all());
		if (init == INIT_ENDED)
			owner = OWNER_DEAD;
	}
	switch (owner) {
	case OWNER_ALIVE:
		h->mapping = mapping_open(folder);
		if (h->mapping < 0 && errno != ENOENT)
			return holder_unread(h, FILE_MAPPING);
		return HOLDER_OWNER;
	case OWNER_DEAD:
		found = mapping_ask(r, folder, i, h);
		if (found != HOLDER_NONE)
			return found;
		io_close(&h->mapping);
		return rest_ask(r, s, i, h);
	case OWNER_ELSEWHERE:
		return HOLDER_ELSEWHERE;
	default:
		return HOLDER_UNKNOWN;
	}
}

enum holder_result
holder_find(const struct root *r, const struct slot *s, int folder,
    struct buf *record, struct info *info, struct holder *h)
{
	enum holder_result found;

	memset(info, 0, sizeof(*info));
	memset(h, 0, sizeof(*h));
	h->mapping = h->pidfd = -1;
	found = folder_ask(r, s, folder, record, info, h);
	if (found != HOLDER_OWNER && found != HOLDER_PARENT)
		holder_close(h);
	return found;
}

bool
holder_record(const struct root *r, const char *name, struct buf *record,
    struct info *info)
{
	int folder = folder_peek(r, name);
	bool read = folder >= 0 && info_read(folder, record, info) == 0;

	io_close(&folder);
	return read;
}

enum holder_result
holder_peek(const struct root *r, const struct slot *s, struct buf *record,
    struct info *info, struct holder *h)
{
	int folder = folder_peek(r, s->name);
	enum holder_result found;

	if (folder < 0)
		return HOLDER_CLOSED;
	found = holder_find(r, s, folder, record, info, h);
	holder_close(h);
	io_close(&folder);
	return found;
}

void
holder_successor(const struct root *r, const struct slot *s, struct owner *o)
{
	struct buf record = { 0 };
	struct info i;
	struct holder h;

	if (!owner_runs(o) &&
	    holder_peek(r, s, &record, &i, &h) == HOLDER_OWNER)
		*o = i.owner;
	buf_free(&record);
}

bool
holder_locked(int folder, struct buf *record, struct info *info, bool *parent)
{
	if (folder_taken(folder) != 1 || info_read(folder, record, info) < 0)
		return false;
	*parent = !owner_runs(&info->owner);
	return !*parent || owner_runs(&info->parent);
}

/* The way out if only the user can tell. */
static void
fault_forget(struct fault *f, const struct root *r, const struct slot *s)
{
	fault_more(f, "; if it has ended, onlyonectl forget --force drops ",
	    r->path, "/", s->name, NULL);
}

void
holder_fault(enum holder_result found, const struct root *r,
    const struct slot *s, const struct holder *h, struct fault *f)
{
	int err = errno, code = fault_state(err);

	switch (found) {
	case HOLDER_HIDDEN:
		fault_set(f, EXIT_NOANSWER, s->app, " is held by a process"
		    " that cannot be seen from here (another pid namespace?);"
		    " see onlyonectl doctor", NULL);
		break;
	case HOLDER_ELSEWHERE:
		fault_set(f, EXIT_NOANSWER, s->app, " runs in another pid"
		    " namespace, as pid ", TEXT_NUM(h->suspect), NULL);
		if (!h->lives)
			fault_forget(f, r, s);
		break;
	case HOLDER_UNKNOWN:
		if (err == ETIMEDOUT) {
			fault_set(f, EXIT_NOANSWER, s->app, ": cannot tell"
			    " whether it runs: pid ", TEXT_NUM(look_last()),
			    ", which may belong to it, cannot be"
			    " looked at; see onlyonectl doctor", NULL);
			break;
		}
		fault_errno(f, code == EXIT_SYSTEM ? code : EXIT_NOANSWER, err,
		    s->app, ": cannot tell whether pid ", TEXT_NUM(h->suspect),
		    " is alive", NULL);
		fault_forget(f, r, s);
		break;
	default: /* an unreadable file is no reason to start */
		fault_errno(f, code, err, "cannot read ", r->path, "/",
		    s->name, "/", h->unread, NULL);
	}
}
