/*
 * stop.c: onlyonectl stop and restart: the instances that are meant, one or
 * all.
 *
 * All are asked first, then waited for together: it takes as long as the one
 * that takes longest.
 */
#include <sys/resource.h>

#include <errno.h>
#include <stdlib.h>

#include "cli/ctl/find.h"
#include "cli/ctl/settle.h"
#include "cli/ctl/stop.h"
#include "cli/ctl/stop_one.h"
#include "cli/ctl/target.h"
#include "cli/io.h"
#include "cli/launch/rerun.h"
#include "cli/slot/marks.h"
#include "cli/slot/moved.h"
#include "preload/contract.h"

enum { CLOSES = 512 }; /* windows asked to close at once */

/* How many windows may be asked at once: a display that does not answer takes
 * seconds, and each takes a descriptor. */
static size_t
close_most(void)
{
	struct rlimit limit;
	rlim_t n;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1;
	n = limit.rlim_cur / 4;
	return n < 8 ? 1 : n > CLOSES ? CLOSES : (size_t)n;
}

static void
stop_failed(struct stop *s, size_t n, int *code, struct fault *f)
{
	s->failed = true;
	target_failed(f, n, code);
}

/* All are asked. */
static void
all_begin(struct ctl *c, const struct found *one, struct stop *s, size_t n,
    int *code, struct fault *f)
{
	size_t asked = 0, most = close_most();
	int pidfd;
	pid_t pid;

	for (size_t i = 0; i < n; i++) {
		for (; asked < n && asked < i + most; asked++)
			stop_close(c, &one[asked], &s[asked]);
		if (stop_begin(c, &one[i], &s[i], n == 1, f) < 0) {
			stop_failed(&s[i], n, code, f);
			continue;
		}
		if (n == 1)
			break;
		pidfd = settle_now(c, &one[i], &pid, f);
		if (pidfd == OWNER_FAULT || (pidfd >= 0 &&
		    stop_ask(c, &one[i], &s[i], pidfd, pid, f) < 0))
			stop_failed(&s[i], n, code, f);
		if (pidfd >= 0)
			io_close(&pidfd);
	}
}

/* What they have started is looked for once, for all of them; but those of
 * which more than the program is to end look for themselves, once that has had
 * its signal.  Whether there is something to free. */
static bool
all_look(struct ctl *c, struct stop *s, size_t n, struct marks *seen)
{
	bool took = n > 1 && marks_take(seen, c->root.path) == 0;

	for (size_t i = 0; i < n; i++)
		s[i].job.seen = took ? seen : NULL;
	return took;
}

/* Those that are over: if any instance has had another key, that may be one of
 * them. */
static void
all_moved(struct ctl *c, const struct found *one, struct stop *s, size_t n,
    int *code, struct fault *f)
{
	if (!c->search.together || moved_any(&c->root) == 0)
		return;
	for (size_t i = 0; i < n; i++) {
		if (!s[i].failed && settle_moved(c, &one[i], f))
			stop_failed(&s[i], n, code, f);
	}
}

static int
stop_all(struct ctl *c, const struct found *one, size_t n, struct fault *f)
{
	struct stop *s = calloc(n, sizeof(*s));
	struct marks seen;
	bool look;
	int code = 0;

	if (!s)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot stop",
		    NULL);
	c->search.together = n > 1;
	look = all_look(c, s, n, &seen);
	all_begin(c, one, s, n, &code, f);
	if (look)
		marks_free(&seen);
	for (size_t i = 0; i < n; i++) {
		s[i].job.seen = NULL;
		if (!s[i].failed && (stop_wait(c, &one[i], &s[i], f) < 0 ||
		    (s[i].job.ends != ENDS_MAIN &&
		    stop_end(c, &one[i], &s[i], f) < 0)))
			stop_failed(&s[i], n, &code, f);
	}
	all_moved(c, one, s, n, &code, f);
	/* Now that they have ended: what is left of them. */
	look = all_look(c, s, n, &seen);
	for (size_t i = 0; i < n; i++) {
		if (!s[i].failed && s[i].job.ends == ENDS_MAIN &&
		    stop_end(c, &one[i], &s[i], f) < 0)
			stop_failed(&s[i], n, &code, f);
		job_free(&s[i].job);
	}
	if (look)
		marks_free(&seen);
	free(s);
	return targets_end(f, n, code);
}

int
ctl_stop(struct ctl *c, struct fault *f)
{
	struct founds fs = { 0 };
	struct found *one;
	size_t n;
	int r = targets_find(c, &fs, &one, &n, f);

	if (r == 0)
		r = stop_all(c, one, n, f);
	founds_free(&fs);
	return r;
}

int
ctl_restart(struct ctl *c, struct fault *f)
{
	struct founds fs = { 0 };
	struct found *one;
	int r = find_the(c, &fs, &one, f);

	if (r == 0)
		r = rerun(&c->root, &one->info, c->o.wait_ms, c->closed, f);
	founds_free(&fs);
	return r;
}
