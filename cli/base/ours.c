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
#include <unistd.h>

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

	return io_file("/proc/self/status", text, sizeof(text)) > 0 ?
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

/* Which namespace a process is in: from a pidfd since Linux 6.11, before that
 * by a look. */
static int
space_find(pid_t pid, const struct space *s, struct stat *st)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	int ns = pidfd < 0 ? -1 : ioctl(pidfd, s->ask, 0);
	bool told = pidfd >= 0 && (ns >= 0 ||
	    (errno != ENOTTY && errno != EINVAL));
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
same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether the process is in the same namespace as we are. */
static bool
shares(pid_t pid, const struct space *s)
{
	struct stat us, it;

	if (self_stat(s->link, &us) < 0) {
		if (errno != ENOENT)
			return false;
		errno = 0; /* no such namespaces in this kernel */
		return true;
	}
	return space_find(pid, s, &it) == 0 && same(&us, &it);
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

bool
ours_rights(pid_t pid)
{
	struct rights us, it;

	errno = 0;
	return own_rights(&us) == 0 && rights_read(pid, &it) == 0 &&
	    uids_ours(&it) && it.confined <= us.confined &&
	    it.filtered <= us.filtered && it.permitted == us.permitted;
}

bool
ours(pid_t pid)
{
	return ours_rights(pid) && shares(pid, &users);
}

int
ours_unread(int err)
{
	return !err || err == ESRCH || fault_of_path(err) ? 0 : -1;
}

bool
ours_world(pid_t pid)
{
	struct stat us, it;

	errno = 0;
	return shares(pid, &mounts) &&
	    self_stat("root/.", &us) == 0 &&
	    look_stat(pid, "root/.", &it) == 0 && same(&us, &it);
}

bool
ours_sandbox(pid_t pid)
{
	return !shares(pid, &pids) || !shares(pid, &nets) || !ours_world(pid);
}
