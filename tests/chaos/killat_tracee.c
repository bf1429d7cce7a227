/*
 * killat_tracee.c: those that are traced, and what each is.
 */
#include <sys/ptrace.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/chaos/killat.h"

const char *const roles[ROLES] = { "-", "launch", "ctl", "raise", "spawn",
	"keeper", "child", "take", "beside" };

struct tracee list[MANY];
int known, order[MANY], indexes;

static int of_role[ROLES];

struct tracee *
find(pid_t pid)
{
	for (int i = 0; i < known; i++) {
		if (list[i].pid == pid && !list[i].ended)
			return &list[i];
	}
	return NULL;
}

struct tracee *
add(pid_t pid)
{
	struct tracee *t = find(pid);

	if (t)
		return t;
	if (known == MANY)
		exit(WRONG);
	t = &list[known++];
	t->pid = pid;
	return t;
}

void
role_set(struct tracee *t, enum role role)
{
	t->role = role;
	t->k = ++of_role[role];
	t->calls = 0;
}

enum role
role_of(pid_t pid)
{
	char path[64], word[64] = "";
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, word, sizeof(word) - 1);
	close(fd);
	if (n > 0 && !strncmp(word, "onlyone keeper of ", 18))
		return KEEPER;
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, word, sizeof(word) - 1);
	close(fd);
	word[n > 0 ? n - 1 : 0] = '\0';
	return !strcmp(word, "onlyone") ? LAUNCH :
	    !strcmp(word, "onlyonectl") ? CTL :
	    !strcmp(word, "onlyone-raise") ? RAISE :
	    !strcmp(word, "onlyone-cluster") ? TAKE : OTHER;
}

void
child_role(const struct tracee *from, struct tracee *t, int event)
{
	t->known = true;
	order[indexes++] = (int)(t - list);
	if (from->role == OTHER)
		return;
	role_set(t, event == PTRACE_EVENT_VFORK ? SPAWN :
	    from->role == SPAWN ? KEEPER :
	    from->role == TAKE || from->role == BESIDE ? BESIDE : CHILD);
}

bool
is_target(const struct tracee *t)
{
	if (want.pid)
		return t->pid == want.pid;
	if (want.index >= 0)
		return want.index < indexes && order[want.index] == t - list;
	return t->role == want.role && t->k == want.k && want.role != OTHER;
}
