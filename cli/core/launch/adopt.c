/*
 * adopt.c: find a running program that was started without onlyone.
 *
 * The kernel tells which file a process runs, and ours.h whether it is wholly
 * our user's.  If a process and its parent both run the file, the parent is
 * taken; of several the oldest.  An environment can be forged: the display and
 * the environment mark in it can only rule a process out.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/fields.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/base/say.h"
#include "cli/core/launch/adopt.h"
#include "cli/core/launch/handover.h"
#include "cli/core/launch/parts.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/carried.h"
#include "preload/contract.h"

enum { MOST = 256, LINE = 4096, WORDS = 64 };

/* A process that runs the file. */
struct match {
	struct proc p;
	bool below; /* its parent runs the file, too */
};

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Read the command line of a process into storage; words point to its words
 * there.  Returns their number; -1: errno. */
static int
line_read(pid_t pid, char *storage, size_t cap, char **words, int most)
{
	ssize_t len = -1;
	int n = 0;

	look_begin();
	if (look_open(pid, "cmdline") == 0)
		len = look_read(storage, cap - 1);
	look_end();
	storage[len > 0 ? len : 0] = '\0';
	for (ssize_t at = 0; at < len && n + 1 < most;
	    at += (ssize_t)strlen(storage + at) + 1)
		words[n++] = storage + at;
	words[n] = NULL;
	return len < 0 ? -1 : n;
}

/* A program that runs, or may: its file, and the name that its process has. */
struct wanted {
	struct stat file;
	const char *name;
};

/* Whether process pid, which could not be looked at, may be the program.  0;
 * -1: errno.  One that stands still in execve(2), of any program, is told by its
 * name. */
static int
is_unread(pid_t pid, const struct wanted *w)
{
	char comm[16]; /* Linux cuts it so */
	int err = errno;

	if (err == ETIMEDOUT && strncmp(proc_comm(pid, comm, sizeof(comm)),
	    w->name, sizeof(comm) - 1) != 0)
		return 0;
	errno = err;
	return ours_unread(err);
}

/* Whether a process runs the file: as its program, or as its script.  1, 0;
 * -1: errno, not known. */
static int
process_runs(pid_t pid, const struct wanted *w)
{
	char exe[PATH_MAX], line[LINE], *words[4];
	const struct interp *in;
	const char *script;
	struct stat st;

	if (look_stat(pid, "exe", &st) < 0)
		return is_unread(pid, w);
	if (same_file(&st, &w->file))
		return 1;
	if (look_link(pid, "exe", exe, sizeof(exe)) < 0)
		return is_unread(pid, w);
	if (!(in = interp_find(exe)))
		return 0;
	if (line_read(pid, line, sizeof(line), words, 4) < 0)
		return is_unread(pid, w);
	script = interp_file(in, words);
	return script && *script == '/' && stat(script, &st) == 0 &&
	    same_file(&st, &w->file);
}

/* *err: errno, not all could be read; else 0. */
static size_t
matches_find(const struct wanted *w, struct match *m, int *err)
{
	struct procs s;
	size_t n = 0;
	pid_t pid;
	int is;

	*err = 0;
	if (procs_begin(&s) < 0) {
		*err = ours_unread(errno) < 0 ? errno : 0;
		return 0;
	}
	while (n < MOST && procs_next(&s, &pid)) {
		m[n].below = false;
		is = pid == getpid() ? 0 : process_runs(pid, w);
		if (is == 1 && look_proc(pid, &m[n].p) < 0)
			is = is_unread(pid, w);
		if (is < 0)
			*err = errno;
		else if (is == 1 && m[n].p.state != 'Z')
			n++;
	}
	if (s.error)
		*err = s.error;
	procs_end(&s);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++)
			m[i].below |= m[i].p.parent == m[k].p.pid;
	}
	return n;
}

/* The value of a variable in an environment of look_environ; NULL: none. */
static const char *
env_value(const struct buf *env, const char *name)
{
	const struct fields all = { env->at, env->len };
	const char *value = fields_get(&all, name);

	return value && *value ? value : NULL;
}

/* Whether the process is on our display, or neither of us has one. */
static bool
same_display(const struct buf *env)
{
	bool any = false;

	for (size_t i = 0; i < 2; i++) {
		const char *its = env_value(env, carried_displays[i]);
		const char *own = getenv(carried_displays[i]);

		own = own && *own ? own : NULL;
		if (own && its && carried_display_same(own, its))
			return true;
		any |= own || its;
	}
	return !any;
}

/* Whether the process may become an instance of this user: it is not part of an
 * instance, and not our ancestor.  -1: errno, not known. */
static int
is_free(pid_t pid)
{
	struct buf env = { 0 };
	int is;

	if (!ours_process(pid) || ours_sandbox(pid) ||
	    proc_descends(getpid(), pid) || ours_unread(errno) < 0)
		return ours_unread(errno);
	is = look_environ(pid, &env) < 0 ? ours_unread(errno) :
	    buf_add(&env, "", 1) == 0 && !env_value(&env, ENV_SLOT) &&
	    same_display(&env);
	buf_free(&env);
	return is;
}

static bool
is_wanted(const struct launch *l)
{
	return !l->adopted.pid && !l->o->shell_line && !l->id.whole &&
	    !l->key.made.n && l->o->max == 1 && (l->o->adopt ||
	    (l->o->terms.on_activate && (getenv("DISPLAY") ||
	    getenv("WAYLAND_DISPLAY"))));
}

/* The oldest process that runs the file and may become the instance; 0:
 * none; -1: errno, not known. */
static pid_t
running_take(const struct wanted *w, int *pidfd)
{
	struct match m[MOST], *first;
	int err, is;
	size_t n;

	for (n = matches_find(w, m, &err);;) {
		first = NULL;
		for (size_t i = 0; i < n; i++) {
			if (!m[i].below && (!first ||
			    m[i].p.start < first->p.start))
				first = &m[i];
		}
		if (!first) {
			errno = err;
			return err ? -1 : 0;
		}
		*pidfd = owner_pidfd(first->p.pid);
		is = *pidfd < 0 ? ours_unread(errno) :
		    process_runs(first->p.pid, w);
		if (is == 1)
			is = is_free(first->p.pid);
		if (is < 0)
			err = errno;
		if (is == 1 && owner_lives(*pidfd))
			return first->p.pid;
		io_close(pidfd);
		first->below = true; /* try the next one */
	}
}

pid_t
adopt_find(const struct launch *l, int *pidfd)
{
	const char *program = identity_program(&l->id);
	struct wanted w = { .name = basename(program) };

	*pidfd = -1;
	if (!is_wanted(l) || interp_find(program))
		return 0;
	return stat(program, &w.file) < 0 ? ours_unread(errno) :
	    running_take(&w, pidfd);
}

/* An adopted process lacks the arguments that the row inserts: so it has no
 * handler. */
static void
handler_drop(struct way *w)
{
	if (!w->found || !w->row.row.inserts)
		return;
	w->found = false;
	strcpy(w->why, "it was started outside onlyone, and takes no"
	    " documents");
}

int
adopt_begin(struct launch *l, struct fault *f)
{
	static char line[LINE], *words[WORDS];
	const char *name = basename(identity_program(&l->id));
	int pidfd;
	pid_t pid = adopt_find(l, &pidfd);

	if (pid < 0 && l->o->adopt)
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot find out"
		    " whether ", name, " is already running", NULL);
	if (pid <= 0)
		return 0;
	if (!l->o->adopt) {
		say_note(name, " is already running outside onlyone (pid ",
		    TEXT_NUM(pid), ")", TEXT_HINT, "use --adopt to take it over",
		    NULL);
		io_close(&pidfd);
		return 0;
	}
	handover_seek(l);
	handler_drop(&l->way);
	l->adopted.pid = pid;
	l->adopted.pidfd = pidfd;
	line_read(pid, line, sizeof(line), words, WORDS);
	l->adopted.words = words; /* none: its command is not known */
	say_more(name, " was already running, pid ", TEXT_NUM(pid),
	    ": it is the instance now", NULL);
	return 1;
}

void
adopt_end(struct launch *l)
{
	io_close(&l->adopted.pidfd);
	l->adopted = (struct adopted){ .pidfd = -1 };
}
