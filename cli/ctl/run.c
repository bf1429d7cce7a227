/*
 * run.c: one run of onlyonectl.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/ctl/cluster.h"
#include "cli/ctl/help.h"
#include "cli/ctl/line.h"
#include "cli/ctl/others.h"
#include "cli/ctl/run.h"
#include "cli/ctl/verbs.h"
#include "cli/early/gate.h"
#include "cli/say.h"
#include "preload/contract.h"

/* What was printed must have arrived. */
static int
output_end(const struct ctl *c, int status, struct fault *f)
{
	int err = EIO;

	if (fflush(stdout))
		err = errno;
	else if (c->closed & 2)
		err = EBADF;
	else if (!ferror(stdout))
		return status;
	return fault_errno(f, EXIT_SYSTEM, err, "cannot write to standard"
	    " output", NULL);
}

int
ctl_run(int argc, char *argv[], struct fault *f)
{
	struct ctl c = { .root = { .fd = -1 } };
	const struct verb *v;
	char **words;
	int flags, r;

	early_gate();
	/* getopt moves words about, and a keeper's title goes over argv as it
	 * lies in memory. */
	words = calloc((size_t)argc + 2, sizeof(*words));
	if (!words)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot begin",
		    NULL);
	/* main has plugged what was closed, with what exec closes: nobody
	 * else can have passed us that. */
	for (int i = 0; i <= 2; i++) {
		flags = fcntl(i, F_GETFD);
		if (flags < 0 || flags & FD_CLOEXEC)
			c.closed |= 1U << i;
	}
	r = line_parse(&c, argc, argv, words, &v, f);
	say_level((enum say_level)c.o.loudness);
	if (r == 1) {
		if (c.o.help)
			help_print(c.o.help);
		else
			puts("onlyonectl " ONLYONE_VERSION);
		r = output_end(&c, 0, f);
	} else if (r == 0) {
		r = c.o.user || c.o.all_users ? others_run(&c, v, f) :
		    c.o.clustered ? cluster_run(&c, v->name, f) :
		    v->run ? v->run(&c, f) : ctl_help(&c, f);
		if (r >= 0 && v->flags & VERB_PRINTS)
			r = output_end(&c, r, f);
	}
	free(words);
	return r;
}
