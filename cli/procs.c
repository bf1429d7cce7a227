/*
 * procs.c: every process, those included that are born while we look.
 */
#include <errno.h>
#include <stdlib.h>

#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/number.h"
#include "cli/procs.h"

/* Where somebody forks without end there is always a new one. */
enum { PASSES = 100 };

int
procs_begin(struct procs *s)
{
	early_gate();
	s->dir = opendir("/proc");
	buf_init(&s->known, NULL, 0);
	s->sorted = 0;
	s->passes = 1;
	s->error = 0;
	return s->dir ? 0 : -1;
}

static int
pid_order(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* Whether an earlier pass has seen it; from now on it has. */
static bool
is_known(struct procs *s, pid_t pid)
{
	if (s->sorted && bsearch(&pid, s->known.at, s->sorted, sizeof(pid),
	    pid_order))
		return true;
	buf_add(&s->known, &pid, sizeof(pid));
	return false;
}

/* Another pass, if the last one had anybody new. */
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
procs_next(struct procs *s, pid_t *pid)
{
	struct dirent *e;

	early_gate();
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

void
procs_end(struct procs *s)
{
	if (s->dir)
		closedir(s->dir);
	s->dir = NULL;
	buf_free(&s->known);
}
