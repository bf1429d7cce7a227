/*
 * ours.c: which processes are wholly their user's, and so ours.
 *
 * A process is asked by its folder in /proc, opened once: that is its own for
 * ever, whoever has its number later.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/ours.h"
#include "cli/proc.h"

int
rights_parse(const char *text, struct rights *r)
{
	unsigned long long uid[4], confined, seccomp = 0;

	if (!proc_numbers(text, "Uid:", 10, uid, 4) ||
	    !proc_numbers(text, "NoNewPrivs:", 10, &confined, 1) ||
	    !proc_numbers(text, "CapPrm:", 16, &r->permitted, 1))
		return -1;
	/* A kernel without it has no such line. */
	proc_numbers(text, "Seccomp:", 10, &seccomp, 1);
	for (int i = 0; i < 4; i++)
		r->uid[i] = (uid_t)uid[i];
	r->confined = confined;
	r->filtered = seccomp;
	return 0;
}

static int
rights_read(int proc, struct rights *r)
{
	char text[PROC_STATUS];

	return io_file(proc, "status", text, sizeof(text)) <= 0 ? -1 :
	    rights_parse(text, r);
}

/* Whether a file in its folder is the same one for us. */
static bool
same(int self, int proc, const char *file)
{
	struct stat us, it;

	if (fstatat(self, file, &us, 0) < 0) {
		if (errno != ENOENT)
			return false;
		errno = 0; /* no such namespaces in this kernel */
		return true;
	}
	return fstatat(proc, file, &it, 0) == 0 && us.st_dev == it.st_dev &&
	    us.st_ino == it.st_ino;
}

static int
self_open(void)
{
	return open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int
ours_open(pid_t pid)
{
	char name[64];

	return open(proc_path(pid, "", name, sizeof(name)),
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
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
	int proc = (errno = 0, ours_open(pid));
	struct rights r;
	bool uids = proc >= 0 && rights_read(proc, &r) == 0 && uids_ours(&r);

	io_close(&proc);
	return uids;
}

bool
ours_at(int proc)
{
	int self = self_open();
	struct rights us, it;
	bool ok = self >= 0 && rights_read(self, &us) == 0 &&
	    rights_read(proc, &it) == 0 && uids_ours(&it) &&
	    it.confined <= us.confined && it.filtered <= us.filtered &&
	    it.permitted == us.permitted && same(self, proc, "ns/user");

	io_close(&self);
	return ok;
}

bool
ours_world(int proc)
{
	int self = self_open();
	bool ok = self >= 0 && same(self, proc, "ns/mnt") &&
	    same(self, proc, "root/.");

	io_close(&self);
	return ok;
}

bool
ours_sandbox(int proc)
{
	int self = self_open();
	bool apart = self < 0 || !same(self, proc, "ns/pid") ||
	    !same(self, proc, "ns/net");

	io_close(&self);
	return apart || !ours_world(proc);
}

bool
ours(pid_t pid)
{
	int proc = (errno = 0, ours_open(pid));
	bool ok = proc >= 0 && ours_at(proc);

	io_close(&proc);
	return ok;
}

bool
ours_maybe(pid_t pid)
{
	struct stat st;
	char name[64];

	errno = 0;
	return stat(proc_path(pid, "", name, sizeof(name)), &st) == 0 &&
	    st.st_uid == geteuid();
}
