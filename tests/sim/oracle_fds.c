/*
 * oracle_fds.c: which descriptors a process may have.
 *
 * A keeper in its loop has those of its slot once each, and connections, which it
 * polls.  What a launch or verb has opened is closed when it exits, except for a few
 * things that last as long as it does; and a program inherits its streams, and the
 * lock file.
 */
#include "tests/sim/kernel_sock.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

enum {
	STREAMS = 3,
	PIDFDS = 2 /* the instance's, and its parent's, or the first process's; that of
	            * a handler besides, whose keeper was killed */
};

static _Noreturn void
is_wrong(const char *does, int fd)
{
	char text[NAME];

	phrase_fd(fd, text, sizeof(text));
	wrong("%s %s (descriptor %d)", does, text, fd);
}

static bool
is_polled(int fd, const struct pollfd *p, nfds_t n)
{
	while (n && p[n - 1].fd != fd)
		n--;
	return n;
}

/* Whether two open files are of the same thing; no two sockets are. */
static bool
is_same(const struct file *a, const struct file *b)
{
	return a->kind == b->kind && a->inode == b->inode &&
	    (a->kind != &pidfd_kind || a->data == b->data);
}

static bool
is_file(const struct file *f)
{
	return f->kind != &sock_kind && f->kind != &pidfd_kind &&
	    f->inode && f->inode->fs == FS_TMP;
}

static bool
is_named(const struct file *f, const char *name)
{
	return is_file(f) && !strcmp(f->inode->entry->name, name);
}

/* What a keeper has so far. */
struct seen {
	int bound[2]; /* its name, and the socket that listens */
	int pidfds;
	int clients;
	int children; /* their sockets, of clients that are served */
	int child;    /* the last one */
};

/* A socket that was shut down waits to be closed, for a short time. */
static void
socket_see(struct seen *seen, int fd, bool polled, bool forever)
{
	const struct sock *s = now->fds->file[fd]->data;
	bool shut = s->shut == SHUT_ALL;

	if (s->state != CONNECTED) {
		if (!s->bound || (!shut && seen->bound[s->state == LISTENS]++))
			is_wrong("has another one of", fd);
		return;
	}
	if (s->peer_proc != now) {
		seen->clients++;
		if (!polled && (!shut || forever))
			is_wrong("sleeps, and does not look at", fd);
	} else if (!polled) {
		seen->children++;
		seen->child = fd;
	}
}

void
world_polls(const struct pollfd *p, nfds_t n, bool forever)
{
	struct file *const *file = now->fds->file, *f;
	struct seen seen = { 0 };

	if (now->exe->number != ONLYONE_FILE || strcmp(now->call, "ppoll") != 0)
		return;
	for (int fd = STREAMS; fd < FDS; fd++) {
		f = file[fd];
		if (!f)
			continue;
		if (f->kind == &sock_kind)
			socket_see(&seen, fd, is_polled(fd, p, n), forever);
		else if (f->kind == &pidfd_kind ? ++seen.pidfds > PIDFDS +
		    (world.harmed & 1U << KILL || world.plague) :
		    !is_file(f))
			is_wrong("sleeps with", fd);
		for (int i = STREAMS; i < fd; i++) {
			if (file[i] && is_same(f, file[i]))
				is_wrong("has twice", fd);
		}
	}
	if (seen.children > seen.clients)
		is_wrong("sleeps, and does not look at", seen.child);
}

/* The lock file, or the socket in which it lies (lockfile.c). */
static bool
has_lock(const struct file *f)
{
	const struct sock *s = f->kind == &sock_kind ? f->data : NULL;

	return (world.shares || exact_locks_file()) &&
	    (s ? s->type == SOCK_DGRAM : is_named(f, "lock"));
}

void
oracle_fds_exit(const struct proc *p)
{
	const struct file *f;
	/* The state root, and those of its search. */
	int folders = root_at(1) ? 3 : 2;

	if (p->exe->number != ONLYONE_FILE || !WIFEXITED(p->status) ||
	    p->fresh /* a child, or keeper */ || world.harmed & 1U << FAIL)
		return;
	for (int fd = STREAMS; fd < FDS; fd++) {
		f = p->fds->file[fd];
		if (f && !strstr(f->kind->name, "signalfd") && !has_lock(f) &&
		    !is_named(f, "output") && f->inode->fs != FS_PIPE &&
		    !(is_file(f) &&
		    S_ISDIR(f->inode->mode) && folders-- > 0))
			is_wrong("exits, and still has", fd);
	}
}

/* What a process of ours still has when it executes another program closes then: it
 * is no more than of one slot, and nothing twice. */
static void
still_check(void)
{
	enum { SOCKETS = 2, FOLDERS = 2, FILES = 2 };
	int sockets = 0, pidfds = 0, folders = 0, files = 0;
	const struct file *f;

	for (int fd = STREAMS; fd < FDS; fd++) {
		f = now->fds->cloexec[fd] ? now->fds->file[fd] : NULL;
		if (!f || is_named(f, "output") || is_named(f, "null") ||
		    (now->fds->file[1] && f->inode == now->fds->file[1]->inode) ||
		    (is_file(f) && !f->inode->nlink))
			continue; /* where the output goes; of an earlier slot */
		if (f->kind == &sock_kind ? ++sockets > SOCKETS :
		    f->kind == &pidfd_kind ? ++pidfds > 1 : is_file(f) &&
		    (S_ISDIR(f->inode->mode) ? ++folders > FOLDERS :
		    ++files > FILES))
			is_wrong("executes a program, and still has", fd);
		for (int i = STREAMS; i < fd; i++) {
			if (now->fds->cloexec[i] && now->fds->file[i] &&
			    is_file(f) && is_same(f, now->fds->file[i]))
				is_wrong("executes a program, and has twice", fd);
		}
	}
}

void
oracle_fds_exec(const struct inode *program)
{
	const struct file *f;

	if (now->exe->number != ONLYONE_FILE)
		return;
	still_check();
	for (int fd = STREAMS; fd < FDS; fd++) {
		f = now->fds->cloexec[fd] ? NULL : now->fds->file[fd];
		if (f && !((program->number == PROGRAM_FILE ||
		    program->number == TRUE_FILE) && has_lock(f)))
			is_wrong("executes a program, which gets", fd);
	}
}
