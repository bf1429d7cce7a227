/*
 * peer.c: whether the process at the other end is of our own world.
 *
 * Who has the socket has the user's id, but not his rights: it may be a
 * sandbox into which our folder was bound.  Such a one may hand arguments over.
 * It may not bring what we run, open, signal or wait for in its stead, which
 * would be done with our rights and not with its own.
 *
 * Of our world is who has our ids, our namespaces and root, and is no more
 * confined than we are.  The process is held by its folder in /proc, which is
 * its own for ever; that it was the peer's is known if the peer lives after
 * that has been opened.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/compat.h"
#include "cli/io.h"
#include "cli/keeper/state.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/slot/owner.h"
#include "cli/wire/carried.h"
#include "preload/contract.h"

enum { STATUS_LIMIT = 4 << 20 };

/* What /proc/PID/status says of its rights. */
struct rights {
	long id[4]; /* real, effective, saved, of the file system */
	long bound; /* no_new_privs */
	long seccomp;
};

/* "NAME:\tN\tN ..." of a status.  false: there is none. */
static bool
status_get(const char *text, const char *name, long *n, int count)
{
	const char *at = strstr(text, name);
	char *end;

	if (!at)
		return false;
	at += strlen(name);
	for (int i = 0; i < count; i++, at = end) {
		n[i] = strtol(at, &end, 10);
		if (end == at)
			return false;
	}
	return true;
}

static bool
rights_read(int proc, struct rights *r)
{
	int fd = openat(proc, "status", O_RDONLY | O_CLOEXEC);
	struct buf b;
	bool ok;

	/* Each name begins a line: the first line escapes what is in it. */
	buf_init(&b, NULL, 0);
	ok = fd >= 0 && io_slurp(fd, &b, STATUS_LIMIT) == 0 &&
	    buf_string(&b, "") == 0 &&
	    status_get(b.at, "\nUid:", r->id, 4) &&
	    status_get(b.at, "\nNoNewPrivs:", &r->bound, 1);
	/* A kernel without it has no such line. */
	if (ok && !status_get(b.at, "\nSeccomp:", &r->seccomp, 1))
		r->seccomp = 0;
	buf_free(&b);
	io_close(&fd);
	return ok;
}

/* Whether it is the same file for both. */
static bool
same(int self, int proc, const char *what)
{
	struct stat a, b;

	return fstatat(self, what, &a, 0) == 0 &&
	    fstatat(proc, what, &b, 0) == 0 && a.st_dev == b.st_dev &&
	    a.st_ino == b.st_ino;
}

/* Who took privileges, or gave some up, is not wholly its user's. */
static bool
ids_ours(const struct rights *r)
{
	bool ours = true;

	for (int i = 0; i < 4; i++)
		ours &= r->id[i] == (long)geteuid();
	return ours;
}

static bool
world_same(int self, int proc)
{
	static const char *const worlds[] = { "ns/user", "ns/mnt", "ns/pid",
		"ns/net", "root/." };
	struct rights us, it;

	for (size_t i = 0; i < sizeof(worlds) / sizeof(*worlds); i++) {
		if (!same(self, proc, worlds[i]))
			return false;
	}
	return rights_read(self, &us) && rights_read(proc, &it) &&
	    it.bound <= us.bound && it.seccomp <= us.seccomp &&
	    ids_ours(&it);
}

/* Whether the peer itself still has its number. */
static bool
lives(const struct client *cl)
{
	int pidfd = -1;
	socklen_t len = sizeof(pidfd);
	struct proc p;
	bool ended;

	if (!point_old("peerpidfd") && getsockopt(cl->fd, SOL_SOCKET,
	    SO_PEERPIDFD, &pidfd, &len) == 0) {
		ended = owner_ended(pidfd);
		io_close(&pidfd);
		return !ended;
	}
	if (!point_old("peerpidfd") && errno != ENOPROTOOPT)
		return false;
	/* Before Linux 6.5: who has the number by now began later. */
	return proc_read(cl->pid, &p) == 0 && p.state != 'Z' &&
	    (long long)p.start * 1000 / sysconf(_SC_CLK_TCK) <= cl->came;
}

static enum peer
peer_look(const struct client *cl)
{
	enum peer result = PEER_FOREIGN;
	char name[64];
	int self, proc;

	if (!cl->pid)
		return PEER_FOREIGN; /* of no pid namespace below ours */
	if (!proc_ours())
		return PEER_UNKNOWN;
	self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	proc = open(proc_path(cl->pid, "", name, sizeof(name)),
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (self < 0)
		result = PEER_UNKNOWN;
	else if (proc >= 0 && lives(cl) && world_same(self, proc))
		result = PEER_OURS;
	io_close(&self);
	io_close(&proc);
	return result;
}

bool
peer_process(pid_t pid)
{
	struct rights r;
	char name[64];
	int proc = open(proc_path(pid, "", name, sizeof(name)),
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool ours = proc >= 0 && rights_read(proc, &r) && ids_ours(&r);

	io_close(&proc);
	return ours;
}

bool
peer_ours(struct client *cl)
{
	if (cl->peer == PEER_UNASKED)
		cl->peer = peer_look(cl);
	return cl->peer == PEER_OURS;
}

bool
peer_may(struct keeper *k, struct client *cl)
{
	if (peer_ours(cl))
		return true;
	reply_refuse(k, cl, EXIT_NOANSWER, cl->peer == PEER_UNKNOWN ?
	    "without /proc its keeper cannot tell whether this is asked from"
	    " a sandbox; from there one may only hand arguments over" :
	    "asked from a sandbox or container (other namespaces, another"
	    " root, or fewer rights than its keeper has); from there one may"
	    " only hand arguments over");
	return false;
}

bool
peer_env(struct client *cl, const char *entry)
{
	const char *own;
	char name[32];
	size_t n;

	switch (carried_kind(entry)) {
	case CARRIED_PLAIN:
		return true;
	case CARRIED_DISPLAY:
		/* That it is ours already is seen at a lower price. */
		n = strcspn(entry, "=");
		memcpy(name, entry, n);
		name[n] = '\0';
		own = getenv(name);
		return (own && !strcmp(own, entry + n + 1)) || peer_ours(cl);
	default:
		return false;
	}
}
