/*
 * ids.c: the uid that stands for unknown users, and the password file.
 *
 * A user namespace shows users that it does not map as the overflow id (65534;
 * a sysctl could change it, but none does).  Two processes with it may be of
 * two users.  It is a real user only where every id is mapped, as in the first
 * namespace: elsewhere unmapped users show as it, even if it is mapped too.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/ids.h"
#include "cli/base/io.h"
#include "cli/base/points.h"

enum { OVERFLOW = 65534 };

uid_t
ids_own(void)
{
	static bool known;
	static uid_t own;

	if (!known)
		own = geteuid();
	known = true;
	return own;
}

bool
ids_nobody(uid_t uid)
{
	char map[128], *rest = map, *word = NULL;

	if (uid != OVERFLOW)
		return false;
	/* "INSIDE OUTSIDE COUNT": if all ids are mapped, there is one line. */
	if (io_file("/proc/self/uid_map", map, sizeof(map)) <= 0)
		return true;
	for (int i = 0; i < 3; i++)
		word = strtok_r(i ? NULL : map, " \n", &rest);
	return !word || strcmp(word, "4294967295") != 0;
}

/* Whether an entry names a user: fgetpwent(3) also returns those of name
 * services (+, -). */
static bool
is_user(const struct passwd *p)
{
	return *p->pw_name && *p->pw_name != '+' && *p->pw_name != '-';
}

const struct passwd *
ids_passwd(void)
{
	FILE *file = fopen(point_path("ONLYONE_TEST_PASSWD", "/etc/passwd"),
	    "re");
	const struct passwd *p;
	int err;

	if (!file)
		return NULL;
	do
		p = fgetpwent(file);
	while (p && !(is_user(p) && p->pw_uid == geteuid()));
	err = ferror(file) ? errno : ENOENT;
	fclose(file);
	errno = err;
	return p;
}
