/*
 * lockfile_who.c: who has locked a file.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/io.h"
#include "cli/slot/lockfile_who.h"
#include "cli/text.h"

enum { LOCKS_LIMIT = 4 << 20 };

/* The pid in a line of /proc/locks if that is a lock of this file:
 * "1: FLOCK  ADVISORY  WRITE 42 00:1f:123 0 EOF".  0: it is not. */
static pid_t
line_pid(char *line, const char *file)
{
	char *rest = NULL, *word[6];

	for (int i = 0; i < 6; i++) {
		word[i] = strtok_r(i ? NULL : line, " ", &rest);
		if (!word[i])
			return 0;
	}
	/* Those who wait have an arrow for their second word. */
	return strcmp(word[1], "LEASE") && !strcmp(word[5], file) ?
	    (pid_t)atoi(word[4]) : 0;
}

/* The same in all of it, which is taken apart. */
static pid_t
table_pid(char *table, const char *file)
{
	char *rest = NULL, *line;
	pid_t by = 0, pid;

	/* An open file's of fcntl(2) has no pid: -1. */
	for (line = strtok_r(table, "\n", &rest); line && by <= 0;
	    line = strtok_r(NULL, "\n", &rest)) {
		pid = line_pid(line, file);
		by = pid ? pid : by;
	}
	return by;
}

/* The device and inode as /proc/locks has them. */
static void
file_name(const struct stat *st, char *buf, size_t cap)
{
	unsigned int ids[2] = { major(st->st_dev), minor(st->st_dev) };
	unsigned char byte;
	struct text t;

	text_init(&t, buf, cap);
	for (int i = 0; i < 2; i++) {
		if (ids[i] > 0xff) {
			byte = (unsigned char)(ids[i] >> 8);
			text_hex(&t, &byte, 1);
		}
		byte = (unsigned char)ids[i];
		text_hex(&t, &byte, 1);
		text_add(&t, ":");
	}
	text_num(&t, (long long)st->st_ino);
}

bool
lockfile_locked(const struct stat *st, pid_t *pid)
{
	char file[64];
	struct buf b;
	int fd = open("/proc/locks", O_RDONLY | O_CLOEXEC);
	pid_t by = 0;

	buf_init(&b, NULL, 0);
	if (fd >= 0 && io_slurp(fd, &b, LOCKS_LIMIT) == 0 &&
	    buf_string(&b, "") == 0) {
		file_name(st, file, sizeof(file));
		by = table_pid(b.at, file);
	}
	io_close(&fd);
	buf_free(&b);
	*pid = by > 0 && kill(by, 0) == 0 ? by : 0;
	return by != 0;
}

const char *
lockfile_holder(const char *path, char *buf)
{
	char comm[32], name[48];
	struct text t;
	struct stat st;
	pid_t pid = 0;

	if (stat(path, &st) == 0)
		lockfile_locked(&st, &pid);
	text_init(&t, name, sizeof(name));
	text_add(&t, "/proc/");
	text_num(&t, pid);
	text_add(&t, "/comm");
	text_init(&t, buf, LOCKFILE_HOLDER);
	if (!pid || io_file(AT_FDCWD, name, comm, sizeof(comm)) <= 0) {
		text_add(&t, "another process");
		return buf;
	}
	text_add(&t, "pid ");
	text_num(&t, pid);
	text_add(&t, " (");
	text_show(&t, comm, strcspn(comm, "\n"));
	text_add(&t, ")");
	return buf;
}
