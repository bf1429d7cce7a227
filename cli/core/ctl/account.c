/*
 * account.c: users of this machine, and which processes are theirs.
 *
 * Users are read from the password file: we are a static program, without name
 * services.  No file of a user's is opened: a state root is known by its name
 * alone, and may lie on a file system that never answers.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/core/ctl/account.h"
#include "cli/base/ids.h"
#include "cli/base/number.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/base/say.h"
#include "cli/core/slot/root.h"
#include "preload/contract.h"

static const gid_t NOGROUP = 65534;

/* Parse a uid in decimal.  -1: bad number, or the number that means
 * "unchanged" to setresuid(2). */
static int
id_parse(const char *s, uid_t *id)
{
	long long n;

	if (number_parse(s, &n) < 0 || n < 0 || n >= 0xFFFFFFFFLL)
		return -1;
	*id = (uid_t)n;
	return 0;
}

/* Find a user by name, or if that is NULL by uid.  1; 0: there is none; -1:
 * errno. */
static int
passwd_find(const char *name, uid_t uid, struct account *a)
{
	const struct passwd *p = ids_passwd(name, uid);

	if (!p || strlen(p->pw_name) >= ACCOUNT_NAME)
		return p || errno == ENOENT ? 0 : -1;
	a->uid = p->pw_uid;
	a->gid = p->pw_gid;
	strcpy(a->name, p->pw_name);
	return 1;
}

/* Read /proc/PID/status (proc(5)).  Whether all uids of the process are this
 * one. */
static bool
status_of(uid_t uid, pid_t pid, char text[PROC_STATUS])
{
	struct rights r;

	if (proc_text(pid, text) < 0 || rights_parse(text, &r) < 0)
		return false;
	for (int i = 0; i < 4; i++) {
		if (r.uid[i] != uid)
			return false;
	}
	return true;
}

/*
 * The group of a user's oldest process, or NOGROUP, which is no user's.  The
 * kernel lets a process look into others of its own group only: without that
 * group we could not see the user's instances.  A process that has its group
 * from a set-group-ID file does not count.
 */
static gid_t
group_of_processes(uid_t uid)
{
	char text[PROC_STATUS];
	unsigned long long gid[4];
	gid_t found = NOGROUP;
	struct procs all;
	struct stat st;
	const char *name;
	pid_t pid;

	if (procs_begin(&all) < 0)
		return NOGROUP;
	while (found == NOGROUP && (name = procs_any(&all, &pid))) {
		if (fstatat(dirfd(all.dir), name, &st, 0) == 0 &&
		    st.st_uid == uid && status_of(uid, pid, text) &&
		    proc_numbers(text, "Gid:", 10, gid, 4) &&
		    gid[0] == gid[1] && gid[0] == gid[2] && gid[0] == gid[3])
			found = (gid_t)gid[0];
	}
	procs_end(&all);
	return found;
}

/* The user with this uid, whom the password file may lack.  1; -1: that file
 * cannot be read. */
static int
uid_find(uid_t uid, struct account *a)
{
	int found = passwd_find(NULL, uid, a), err = errno;

	if (found != 1) {
		a->uid = uid;
		a->gid = group_of_processes(uid);
		say_num(a->name, uid);
	}
	errno = err; /* why the file cannot be read */
	return found < 0 ? -1 : 1;
}

int
account_find(const char *user, struct account *a, struct fault *f)
{
	int found = passwd_find(user, 0, a);

	if (found == 0 && id_parse(user, &a->uid) == 0)
		found = uid_find(a->uid, a);
	if (found < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot read the"
		    " password file", NULL);
	return found ? 0 : fault_set(f, EXIT_USAGE, "there is no user '", user,
	    "'", NULL);
}

static bool
uid_among(const struct buf *uids, uid_t uid)
{
	for (size_t i = 0; i < uids->len / sizeof(uid); i++) {
		if (((const uid_t *)(const void *)uids->at)[i] == uid)
			return true;
	}
	return false;
}

/* Collect the owners of all processes.  0; -1: errno. */
static int
uids_find(struct buf *uids)
{
	struct procs all;
	const char *name;
	struct stat st;
	pid_t pid;
	int err;

	if (procs_begin(&all) < 0)
		return -1;
	while ((name = procs_any(&all, &pid))) {
		if (fstatat(dirfd(all.dir), name, &st, 0) == 0 &&
		    !uid_among(uids, st.st_uid))
			buf_add(uids, &st.st_uid, sizeof(st.st_uid));
	}
	err = all.error;
	procs_end(&all);
	if (uids->failed)
		err = ENOMEM;
	else if (!err && !uid_among(uids, geteuid()))
		err = ENOENT; /* our own process is missing: no /proc */
	errno = err;
	return err ? -1 : 0;
}

static int
by_uid(const void *a, const void *b)
{
	const struct account *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

int
account_list(struct account *at, size_t cap, struct fault *f)
{
	struct buf uids = { 0 }, seen = { 0 };
	size_t n = 0;
	uid_t uid;
	int r = 0;

	if (uids_find(&uids) < 0)
		r = fault_errno(f, EXIT_SYSTEM, errno, "cannot see whose"
		    " processes there are in /proc", NULL);
	for (int i = 0; r == 0 && base_dir(i); i++) {
		DIR *d = opendir(base_dir(i));
		struct dirent *e;

		while (d && n < cap && (e = readdir(d))) {
			if (!base_names(i, e->d_name, &uid) ||
			    !uid_among(&uids, uid) || uid_among(&seen, uid) ||
			    buf_add(&seen, &uid, sizeof(uid)) < 0)
				continue;
			uid_find(uid, &at[n++]);
		}
		if (d)
			closedir(d);
	}
	if (n)
		qsort(at, n, sizeof(*at), by_uid);
	buf_free(&uids);
	buf_free(&seen);
	return r < 0 ? -1 : (int)n;
}

bool
account_owns(const struct account *a, pid_t pid)
{
	char text[PROC_STATUS];

	return status_of(a->uid, pid, text);
}
