/*
 * account.c: users of this machine, and which processes are theirs.
 *
 * No name service: we are static.  Nothing of theirs is opened here: a state
 * root is known by its name alone, and may be a file system that never answers.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/buf.h"
#include "cli/ctl/account.h"
#include "cli/io.h"
#include "cli/number.h"
#include "cli/ours.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/say.h"
#include "cli/slot/base.h"
#include "preload/contract.h"

enum { PASSWD_MOST = 16 << 20, NOGROUP = 65534 };

/* A uid or gid in decimal; -1: it is none, or says "none" in setresuid(2). */
static int
id_parse(const char *s, uid_t *id)
{
	long long n;

	if (number_parse(s, &n) < 0 || n < 0 || n >= 0xFFFFFFFFLL)
		return -1;
	*id = (uid_t)n;
	return 0;
}

/* name:password:uid:gid:... of one line, which is taken apart. */
static bool
passwd_take(char *line, struct account *a)
{
	char *part[4];

	for (int i = 0; i < 4; i++)
		part[i] = strsep(&line, ":");
	return part[3] && line && *part[0] && strlen(part[0]) < ACCOUNT_NAME &&
	    id_parse(part[2], &a->uid) == 0 &&
	    id_parse(part[3], &a->gid) == 0 && strcpy(a->name, part[0]);
}

/* The first line with this name (else NULL) or uid.  1, 0, -1. */
static int
passwd_find(const char *name, uid_t uid, struct account *a)
{
	int found = 0, fd = open(point_path("ONLYONE_TEST_PASSWD",
	    "/etc/passwd"), O_RDONLY | O_CLOEXEC);
	struct account one;
	char *line, *rest;
	struct buf b;

	buf_init(&b, NULL, 0);
	if (fd < 0 || io_slurp(fd, &b, PASSWD_MOST) < 0 ||
	    buf_string(&b, "") < 0) {
		found = fd < 0 && errno == ENOENT ? 0 : -1;
	} else {
		for (rest = b.at; !found && (line = strsep(&rest, "\n"));) {
			found = passwd_take(line, &one) && (name ?
			    !strcmp(one.name, name) : one.uid == uid);
		}
	}
	if (found == 1)
		*a = one;
	io_close(&fd);
	buf_free(&b);
	return found;
}

int
account_find(const char *user, struct account *a, struct fault *f)
{
	int found = passwd_find(user, 0, a);

	if (found == 0 && id_parse(user, &a->uid) == 0) {
		found = passwd_find(NULL, a->uid, a);
		if (found == 0) {
			a->gid = NOGROUP; /* not somebody's by chance */
			say_num(a->name, a->uid);
			found = 1;
		}
	}
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

/* Whose processes there are. */
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
	while ((name = procs_next(&all, &pid))) {
		if (fstatat(dirfd(all.dir), name, &st, 0) == 0 &&
		    !uid_among(uids, st.st_uid))
			buf_add(uids, &st.st_uid, sizeof(st.st_uid));
	}
	err = all.error;
	procs_end(&all);
	errno = err ? err : ENOMEM;
	return err || uids->failed ? -1 : 0;
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
	struct buf uids, seen;
	size_t n = 0;
	uid_t uid;
	int r = 0;

	buf_init(&uids, NULL, 0);
	buf_init(&seen, NULL, 0);
	if (uids_find(&uids) < 0)
		r = fault_errno(f, EXIT_SYSTEM, errno, "cannot see whose"
		    " processes there are", NULL);
	for (int i = 0; r == 0 && base_dir(i); i++) {
		DIR *d = opendir(base_dir(i));
		struct dirent *e;

		while (d && n < cap && (e = readdir(d))) {
			if (!base_names(i, e->d_name, &uid) ||
			    !uid_among(&uids, uid) || uid_among(&seen, uid) ||
			    buf_add(&seen, &uid, sizeof(uid)) < 0)
				continue;
			if (passwd_find(NULL, uid, &at[n]) != 1) {
				at[n].uid = uid;
				at[n].gid = NOGROUP;
				say_num(at[n].name, uid);
			}
			n++;
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
	char name[64], text[PROC_STATUS];
	struct rights r;

	if (io_file(AT_FDCWD, proc_path(pid, "status", name, sizeof(name)),
	    text, sizeof(text)) <= 0 || rights_parse(text, &r) < 0)
		return false;
	for (int i = 0; i < 4; i++) {
		if (r.uid[i] != a->uid)
			return false;
	}
	return true;
}
