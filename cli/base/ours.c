/*
 * ours.c: which processes belong wholly to our user.
 *
 * None of this blocks on the process, except for its root folder, which comes
 * last, and before Linux 6.11 its namespaces: a process in another namespace is
 * known before its root folder is read.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/compat.h"
#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"

int
rights_parse(const char *text, struct rights *r)
{
	unsigned long long uid[4], confined, seccomp = 0;

	if (!proc_numbers(text, "Uid:", 10, uid, 4) ||
	    !proc_numbers(text, "NoNewPrivs:", 10, &confined, 1) ||
	    !proc_numbers(text, "CapPrm:", 16, &r->permitted, 1))
		return -1;
	/* A kernel without seccomp has no such line. */
	proc_numbers(text, "Seccomp:", 10, &seccomp, 1);
	r->filters = r->bounding = 0;
	proc_numbers(text, "Seccomp_filters:", 10, &r->filters, 1);
	proc_numbers(text, "CapBnd:", 16, &r->bounding, 1);
	for (int i = 0; i < 4; i++)
		r->uid[i] = (uid_t)uid[i];
	r->confined = confined;
	r->filtered = seccomp;
	return 0;
}

static int
rights_read(pid_t pid, struct rights *r)
{
	char text[PROC_STATUS];

	return proc_text(pid, text) < 0 ? -1 : rights_parse(text, r);
}

/* Our own rights, also if /proc is of another pid namespace. */
static int
own_rights(struct rights *r)
{
	char text[PROC_STATUS];

	return io_status("/proc/self/status", text, sizeof(text)) > 0 ?
	    rights_parse(text, r) : -1;
}

/* A kind of namespace: its link in /proc/PID, and the ioctl of a pidfd. */
struct space {
	const char *link;
	unsigned long ask;
};

static const struct space users = { "ns/user", PIDFD_GET_USER_NAMESPACE };
static const struct space mounts = { "ns/mnt", PIDFD_GET_MNT_NAMESPACE };
static const struct space pids = { "ns/pid", PIDFD_GET_PID_NAMESPACE };
static const struct space nets = { "ns/net", PIDFD_GET_NET_NAMESPACE };

/* Whether an ioctl failed because the kernel does not have it, or a seccomp
 * filter refuses it: then a look tells. */
static bool
is_refused(int err)
{
	return err == ENOTTY || err == EINVAL || err == ENOSYS || err == EPERM;
}

/* Which namespace a process is in: from a pidfd since Linux 6.11, before that
 * by a look. */
static int
space_find(pid_t pid, const struct space *s, struct stat *st)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int ns = pidfd < 0 ? -1 : ioctl(pidfd, s->ask, 0);
	bool told = pidfd >= 0 && (ns >= 0 || !is_refused(errno));
	int r = ns < 0 ? -1 : fstat(ns, st);

	io_close(&ns);
	io_close(&pidfd);
	return told ? r : look_stat(pid, s->link, st);
}

static int
self_stat(const char *link, struct stat *st)
{
	char name[64];

	text_join(name, sizeof(name), "/proc/self/", link, NULL);
	return stat(name, st);
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether the process is in the same namespace as we are. */
static bool
shares_space(pid_t pid, const struct space *s)
{
	struct stat us, it;

	if (self_stat(s->link, &us) < 0) {
		if (errno != ENOENT)
			return false;
		errno = 0; /* no such namespaces in this kernel */
		return true;
	}
	return space_find(pid, s, &it) == 0 && same_file(&us, &it);
}

static bool
uids_ours(const struct rights *r)
{
	for (int i = 0; i < 4; i++) {
		if (r->uid[i] != geteuid())
			return false;
	}
	return true;
}

bool
ours_uids(pid_t pid)
{
	struct rights r;

	errno = 0;
	return rights_read(pid, &r) == 0 && uids_ours(&r);
}

/* Whether the one is of our user, and no more confined than the other. */
static bool
is_free(const struct rights *one, const struct rights *other)
{
	return uids_ours(one) && one->confined <= other->confined &&
	    one->filtered <= other->filtered;
}

/* Whether what the one executes may do less than what the other does: a
 * set-user-ID program has no capability that is not in the bounding set. */
static bool
is_bounded(const struct rights *one, const struct rights *other)
{
	return other->bounding & ~one->bounding ||
	    one->filters > other->filters;
}

bool
ours_rights(pid_t pid)
{
	struct rights us, it;

	errno = 0;
	return own_rights(&us) == 0 && rights_read(pid, &it) == 0 &&
	    is_free(&it, &us) && it.permitted == us.permitted;
}

bool
ours_process(pid_t pid)
{
	return ours_rights(pid) && shares_space(pid, &users);
}

int
ours_unread(int err)
{
	return !err || err == ESRCH || fault_of_path(err) ? 0 : -1;
}

static bool
same_root(pid_t pid)
{
	struct stat us, it;

	return self_stat("root/.", &us) == 0 &&
	    look_stat(pid, "root/.", &it) == 0 && same_file(&us, &it);
}

bool
ours_world(pid_t pid)
{
	errno = 0;
	return shares_space(pid, &mounts) && same_root(pid);
}

bool
ours_pids(pid_t pid)
{
	char status[PROC_STATUS];

	/* Whoever has more rights than we shows this, but not its namespaces. */
	return proc_text(pid, status) > 0 && proc_inner(status) == 0;
}

/* Whether the process has another pid or network namespace, or world. */
static bool
is_elsewhere(pid_t pid)
{
	return !shares_space(pid, &pids) || !shares_space(pid, &nets) ||
	    !ours_world(pid);
}

bool
ours_sandbox(pid_t pid)
{
	struct rights us, it;

	errno = 0;
	return own_rights(&us) < 0 || rights_read(pid, &it) < 0 ||
	    is_bounded(&it, &us) || is_elsewhere(pid);
}

/*
 * A process outside: it sees all that process 1 sees, and we are in namespaces
 * of our own below that.
 *
 * The kernel does not say from which mount or network namespace another one was
 * made, nor does it show a process in an outer user namespace to us.  It does
 * show of any process what is mounted for it (a mount has one number, and is in
 * one namespace), its network by the inode of a file, and which ids its user
 * namespace has: we could not have made one that has all.  Process 1 had its
 * world before any other process in our pid namespace.
 */

enum { MOUNTS_LIMIT = 4 << 20, TRIES = 3 };

/* Append a file of /proc/PID that never blocks on the process.  0 or -1. */
static int
proc_slurp(pid_t pid, const char *file, struct buf *b, size_t limit)
{
	char path[64];
	int fd = open(proc_path(pid, file, path, sizeof(path)),
	    O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -1 : io_slurp(fd, b, limit);

	io_close(&fd);
	return r;
}

/* Whether the process has the mounts, and the root, of process 1.  If its root
 * is not a mount, it lacks that line. */
static bool
mounts_first(pid_t pid)
{
	struct buf first = { 0 }, its = { 0 };
	bool r = false;

	/* Something may be mounted between the two reads. */
	for (int i = 0; !r && i < TRIES; i++) {
		first.len = its.len = 0;
		r = proc_slurp(1, "mountinfo", &first, MOUNTS_LIMIT) == 0 &&
		    first.len &&
		    proc_slurp(pid, "mountinfo", &its, first.len) == 0 &&
		    its.len == first.len &&
		    !memcmp(its.at, first.at, its.len);
	}
	buf_free(&first);
	buf_free(&its);
	return r;
}

/* Whether it is in the network namespace of process 1: each has files of its own
 * in /proc/PID/net. */
static bool
net_first(pid_t pid)
{
	struct stat first, it;
	char path[64];

	return stat(proc_path(1, "net/unix", path, sizeof(path)), &first) == 0 &&
	    stat(proc_path(pid, "net/unix", path, sizeof(path)), &it) == 0 &&
	    same_file(&first, &it);
}

/* Whether a user namespace, by this name of a map, has all ids: it is the first
 * one, or one that root has made. */
static bool
has_all_ids(const char *name)
{
	char map[256], *at;
	unsigned long long first, n;

	if (io_file(name, map, sizeof(map)) <= 0)
		return false;
	first = strtoull(map, &at, 10);
	strtoull(at, &at, 10); /* as what we see them */
	n = strtoull(at, NULL, 10);
	return first == 0 && n == (uid_t)-1;
}

/* Whether our user has made our user namespace: outside he may do all in it. */
static bool
users_made(void)
{
	int fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
	uid_t uid;
	bool r = fd >= 0 && ioctl(fd, NS_GET_OWNER_UID, &uid) == 0 &&
	    uid == geteuid();

	io_close(&fd);
	return r;
}

/* The asker is process pid, the keeper is us. */
struct asker {
	bool asks; /* we ask; else pid does */
	pid_t pid;
	struct rights us, it;
};

/* Whether the keeper has no right that the asker lacks.  If the asker is in
 * another user namespace, it is outside of the keeper's, which lacks ids, as do
 * all below it. */
static bool
rights_reach(const struct asker *a)
{
	const struct rights *asker = a->asks ? &a->us : &a->it;
	const struct rights *keeper = a->asks ? &a->it : &a->us;
	bool all = (asker->permitted & keeper->permitted) == keeper->permitted;
	const char *own = "/proc/self/uid_map", *its;
	char name[64];

	if (!is_free(asker, keeper))
		return false;
	if (shares_space(a->pid, &users))
		return all && !is_bounded(asker, keeper) &&
		    (shares_space(a->pid, &mounts) || same_root(a->pid));
	its = proc_path(a->pid, "uid_map", name, sizeof(name));
	return has_all_ids(a->asks ? own : its) &&
	    !has_all_ids(a->asks ? its : own) &&
	    (all || a->asks || users_made());
}

/* Whether the asker is outside of the keeper. */
static bool
is_outside(struct asker *a)
{
	pid_t asker = a->asks ? getpid() : a->pid;

	return ours_pids(asker) && own_rights(&a->us) == 0 &&
	    rights_read(a->pid, &a->it) == 0 && rights_reach(a) &&
	    net_first(asker) && mounts_first(asker);
}

bool
ours_outside(pid_t pid)
{
	return is_outside(&(struct asker){ .pid = pid });
}

bool
ours_serves(pid_t keeper)
{
	struct asker a = { .asks = true, .pid = keeper };

	return (ours_process(keeper) && rights_read(keeper, &a.it) == 0 &&
	    own_rights(&a.us) == 0 && is_free(&a.us, &a.it) &&
	    !is_bounded(&a.us, &a.it) && !is_elsewhere(keeper)) ||
	    is_outside(&a);
}

const char *
ours_differs(pid_t pid)
{
	static const struct {
		const struct space *space;
		const char *words;
	} spaces[] = {
		/* With more than we have it cannot be looked into. */
		{ &users, "it has another user namespace, or fewer"
		    " capabilities" },
		{ &pids, OURS_PIDNS },
		{ &nets, "it has another network namespace (a container, or a"
		    " service with PrivateNetwork=)" },
		{ &mounts, "it has another mount namespace (a container, or a"
		    " service with PrivateTmp=)" },
	};
	struct rights us, it;

	if (own_rights(&us) < 0 || rights_read(pid, &it) < 0)
		return "its keeper cannot look at this process";
	if (!uids_ours(&it))
		return "this process has another real or saved user";
	if (it.confined > us.confined)
		return "this process has no_new_privs set";
	if (it.filtered > us.filtered)
		return "this process is under a seccomp filter";
	for (size_t i = 0; i < sizeof(spaces) / sizeof(*spaces); i++) {
		if (!shares_space(pid, spaces[i].space))
			return spaces[i].words;
	}
	if (is_bounded(&it, &us))
		return "this process has a smaller bounding set of capabilities,"
		    " or more seccomp filters";
	return it.permitted != us.permitted ?
	    "it has other capabilities" : "it has another root folder";
}
