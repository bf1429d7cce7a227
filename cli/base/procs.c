/*
 * procs.c: list every process of ours, including those that start meanwhile.
 */
#include <errno.h>
#include <stdlib.h>

#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/number.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"

/* A shell's loop adds a new process in each pass. */
enum { PASSES = 100 };

int
procs_begin(struct procs *s)
{
	look_begin();
	s->dir = opendir("/proc");
	s->known = (struct buf){ 0 };
	s->sorted = 0;
	s->passes = 1;
	s->error = 0;
	if (s->dir)
		return 0;
	look_end();
	return -1;
}

static int
pid_order(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* Whether an earlier pass has seen pid; if not, note it. */
static bool
is_known(struct procs *s, pid_t pid)
{
	if (s->sorted && bsearch(&pid, s->known.at, s->sorted, sizeof(pid),
	    pid_order))
		return true;
	buf_add(&s->known, &pid, sizeof(pid));
	return false;
}

/* Begin another pass, if the last one found a new process. */
static bool
pass_begin(struct procs *s)
{
	size_t n = s->known.len / sizeof(pid_t);

	if (s->known.failed)
		s->error = ENOMEM;
	if (n == s->sorted || s->error || s->passes++ == PASSES)
		return false;
	s->sorted = n;
	qsort(s->known.at, n, sizeof(pid_t), pid_order);
	rewinddir(s->dir);
	return true;
}

const char *
procs_any(struct procs *s, pid_t *pid)
{
	struct dirent *e;

	do {
		while ((e = io_entry(s->dir))) {
			if (number_pid(e->d_name, pid) == 0 &&
			    !is_known(s, *pid))
				return e->d_name;
		}
		if (errno)
			s->error = errno;
	} while (pass_begin(s));
	return NULL;
}

const char *
procs_next(struct procs *s, pid_t *pid)
{
	const char *name;

	while ((name = procs_any(s, pid))) {
		if (look_is(*pid))
			continue;
		if (proc_mine(*pid))
			break;
		if (ours_unread(errno) < 0)
			s->error = errno;
	}
	return name;
}

void
procs_end(struct procs *s)
{
	if (s->dir) {
		closedir(s->dir);
		look_end();
	}
	s->dir = NULL;
	buf_free(&s->known);
}
