/*
 * ctl_run.c: one run of onlyonectl.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/core/ctl/cluster.h"
#include "cli/core/ctl/command_line.h"
#include "cli/core/ctl/ctl_run.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/others.h"
#include "cli/core/ctl/target.h"
#include "cli/core/ctl/verbs.h"
#include "cli/core/early/gate.h"
#include "cli/base/io.h"
#include "cli/base/say.h"
#include "preload/contract.h"

/* Fail if standard output could not be written; else return status. */
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

static int
verb_run(struct ctl *c, const struct verb *v, struct fault *f)
{
	int r = v->flags & VERB_TARGETS ? targets_find(c, f) :
	    v->flags & VERB_ONE ? find_the(c, f) : 0;

	if (r == 0)
		r = v->run ? v->run(c, f) : ctl_help(c, f);
	founds_free(&c->found);
	buf_free(&c->room);
	return r;
}

int
ctl_run(int argc, char *argv[], struct fault *f)
{
	struct ctl c = { .root = { .fd = -1 } };
	const struct verb *v;
	char **words;
	int flags, r;

	early_gate();
	io_oversize();
	/* Parse a copy: getopt reorders words, but a keeper that we fork writes
	 * its title over argv in the order in which it lies in memory. */
	words = calloc((size_t)argc + 2, sizeof(*words));
	if (!words)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot begin",
		    NULL);
	/* main has filled closed descriptors with close-on-exec ones: an
	 * inherited descriptor never has that flag. */
	for (int i = 0; i <= 2; i++) {
		flags = fcntl(i, F_GETFD);
		if (flags < 0 || flags & FD_CLOEXEC)
			c.closed |= 1U << i;
	}
	r = line_parse(&c, argc, argv, words, &v, f);
	say_level((enum say_level)c.o.loudness);
	if (r == 1) {
		if (c.o.help)
			help_print(c.o.help, v);
		else
			puts("onlyonectl " ONLYONE_VERSION);
		r = output_end(&c, 0, f);
	} else if (r == 0) {
		r = c.o.user || c.o.all_users ? others_run(&c, v, f) :
		    c.o.clustered ? cluster_run(&c, v->name, f) :
		    verb_run(&c, v, f);
		if (r >= 0 && v->flags & VERB_PRINTS)
			r = output_end(&c, r, f);
	}
	free(words);
	return r;
}
