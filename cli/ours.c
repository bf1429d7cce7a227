/*
 * ours.c: which processes are wholly their user's, and so ours.
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

enum { STATUS = 8192 };

/* The numbers of the line that begins with name: as many as wanted. */
static bool
line_numbers(const char *text, const char *name, int base,
    unsigned long long *n, int wanted)
{
	size_t len = strlen(name);
	const char *s = text;
	char *end;

	/* The program's name stands in the first line, newlines escaped. */
	while (s && strncmp(s, name, len))
		s = (s = strchr(s, '\n')) ? s + 1 : NULL;
	if (!s)
		return false;
	for (s += len; wanted--; s = end) {
		if (*s++ != '\t')
			return false;
		*n++ = strtoull(s, &end, base);
		if (end == s)
			return false;
	}
	return true;
}

int
rights_parse(const char *text, struct rights *r)
{
	unsigned long long uid[4], confined, permitted;

	if (!line_numbers(text, "Uid:", 10, uid, 4) ||
	    !line_numbers(text, "NoNewPrivs:", 10, &confined, 1) ||
	    !line_numbers(text, "CapPrm:", 16, &permitted, 1))
		return -1;
	for (int i = 0; i < 4; i++)
		r->uid[i] = (uid_t)uid[i];
	r->confined = confined;
	r->permitted = permitted;
	return 0;
}

static int
rights_read(const char *name, struct rights *r)
{
	char text[STATUS];

	return io_file(AT_FDCWD, name, text, sizeof(text)) <= 0 ? -1 :
	    rights_parse(text, r);
}

/* Whether a file in its folder of /proc is the same one for us. */
static bool
same_for_us(pid_t pid, const char *file, const char *self)
{
	struct stat us, it;
	char name[64];

	if (stat(self, &us) < 0) /* a kernel without such namespaces */
		return errno == ENOENT;
	return stat(proc_path(pid, file, name, sizeof(name)), &it) == 0 &&
	    us.st_dev == it.st_dev && us.st_ino == it.st_ino;
}

bool
ours_maybe(pid_t pid)
{
	struct stat st;
	char name[64];

	return stat(proc_path(pid, "", name, sizeof(name)), &st) == 0 &&
	    st.st_uid == geteuid();
}

static bool
uids_ours(pid_t pid, struct rights *it)
{
	char name[64];

	proc_path(pid, "status", name, sizeof(name));
	if (rights_read(name, it) < 0)
		return false;
	for (int i = 0; i < 4; i++) {
		if (it->uid[i] != geteuid())
			return false;
	}
	return true;
}

bool
ours_uids(pid_t pid)
{
	struct rights it;

	return uids_ours(pid, &it);
}

bool
ours(pid_t pid)
{
	struct rights us, it;

	if (!uids_ours(pid, &it) ||
	    rights_read("/proc/self/status", &us) < 0)
		return false;
	return it.confined == us.confined && it.permitted == us.permitted &&
	    same_for_us(pid, "ns/user", "/proc/self/ns/user");
}

bool
ours_world(pid_t pid)
{
	return same_for_us(pid, "ns/mnt", "/proc/self/ns/mnt") &&
	    same_for_us(pid, "root/.", "/proc/self/root/.");
}
