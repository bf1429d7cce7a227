/*
 * storm_harm.c: owners and keepers are killed, and files swept away; and what
 * is left of it all.
 *
 * Nothing else is killed than what shows by its environment, or as a keeper by
 * its open files, that it is of this ONLYONE_DIR.
 */
#include <sys/syscall.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/chaos/storm.h"

static ssize_t
slurp(const char *path, char *buf, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n, len = 0;

	if (fd < 0)
		return -1;
	while ((size_t)len < cap - 1 &&
	    (n = read(fd, buf + len, cap - 1 - (size_t)len)) > 0)
		len += n;
	close(fd);
	buf[len] = '\0';
	return len;
}

/* Whether it has a file below our root open. */
static bool
holds_ours(pid_t pid)
{
	char path[320], link[4096];
	struct dirent *e;
	bool ours = false;
	ssize_t n;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	while (d && !ours && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)pid,
		    e->d_name);
		n = readlink(path, link, sizeof(link) - 1);
		if (n > 0) {
			link[n] = '\0';
			ours = !strncmp(link, root, strlen(root));
		}
	}
	if (d)
		closedir(d);
	return ours;
}

enum whose { NOT_OURS, KEEPER, OTHER };

static enum whose
whose(pid_t pid)
{
	char path[64], want[4096];
	static char buf[65536];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	if (slurp(path, buf, sizeof(buf)) <= 0)
		return NOT_OURS;
	if (!strncmp(buf, "onlyone keeper of ", 18))
		return holds_ours(pid) ? KEEPER : NOT_OURS;
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	n = slurp(path, buf, sizeof(buf));
	snprintf(want, sizeof(want), "ONLYONE_DIR=%s", root);
	for (char *e = buf; n > 0 && e < buf + n; e += strlen(e) + 1) {
		if (!strcmp(e, want))
			return OTHER;
	}
	return NOT_OURS;
}

/* The id of a program, its first argument. */
static long
id_of(pid_t pid)
{
	static char buf[65536];
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	n = slurp(path, buf, sizeof(buf));
	return n > 0 && (ssize_t)strlen(buf) + 1 < n ?
	    atol(buf + strlen(buf) + 1) : 0;
}

/* A number of a slot's record: " NAME=0000123 ". */
static pid_t
number_in(const char *slot, const char *file, const char *name)
{
	char path[8192], buf[16384];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s/%s", root, slot, file);
	n = slurp(path, buf, sizeof(buf));
	if (n <= 0)
		return 0;
	if (!*name)
		return atoi(buf);
	for (char *e = buf; e < buf + n; e += strlen(e) + 1) {
		if (!strncmp(e, name, strlen(name)))
			return atoi(e + strlen(name));
	}
	return 0;
}

/* An owner or a keeper, by chance. */
void
kill_one(void)
{
	char slots[64][256];
	bool owner = sweep_ms || below(2);
	struct dirent *e;
	int n = 0, pidfd;
	enum whose w;
	pid_t pid;
	long id;
	DIR *d = opendir(root);

	while (d && n < 64 && (e = readdir(d))) {
		if (*e->d_name != '.')
			strcpy(slots[n++], e->d_name);
	}
	if (d)
		closedir(d);
	if (!n)
		return;
	n = below(n);
	pid = owner ? number_in(slots[n], "pid", "") :
		      number_in(slots[n], "info", "keeper=");
	/* We and our script have that environment too. */
	if (pid <= 1 || pid == getpid() || pid == getppid() ||
	    (pidfd = (int)syscall(SYS_pidfd_open, pid, 0)) < 0)
		return;
	/* First the pidfd, then the look: it is the one that is killed. */
	w = whose(pid);
	id = owner ? id_of(pid) : 0;
	if (w == (owner ? OTHER : KEEPER) &&
	    syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0) {
		++*(owner ? &counts.killed_owners : &counts.killed_keepers);
		if (id > 0 && id <= counts.launched)
			results[id].killed = pid;
	}
	close(pidfd);
}

/* As a cleaner of temporary files, though a rude one. */
static void
sweep_folder(int at, const char *name, bool whole)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
		    (whole || !below(3)))
			unlinkat(fd, e->d_name, 0);
	}
	if (d)
		closedir(d);
	if (whole)
		unlinkat(at, name, AT_REMOVEDIR);
}

void
sweep(void)
{
	bool all = !below(3), whole = all || below(2);
	struct dirent *e;
	DIR *d = opendir(root);

	while (d && (e = readdir(d))) {
		if (*e->d_name == '.' || (!all && below(2)))
			continue;
		sweep_folder(dirfd(d), e->d_name, whole);
		counts.swept++;
	}
	if (d)
		closedir(d);
}

/* How many processes of ours there are, less keepers; *keepers those. */
int
left_count(int *keepers)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int others = 0;

	*keepers = 0;
	while (d && (e = readdir(d))) {
		pid_t pid = atoi(e->d_name);
		enum whose w;

		if (pid <= 1 || pid == getpid() || pid == getppid())
			continue;
		w = whose(pid);
		*keepers += w == KEEPER;
		others += w == OTHER;
	}
	if (d)
		closedir(d);
	return others;
}

int
slots_count(bool say)
{
	DIR *d = opendir(root);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		if (*e->d_name == '.')
			continue;
		n++;
		if (say)
			fprintf(stderr, "stays: %s/%s\n", root, e->d_name);
	}
	if (d)
		closedir(d);
	return n;
}
