/*
 * main.c: onlyone-cluster: one instance of a command in a cluster of hosts.
 *
 *	onlyone-cluster [OPTION...] COMMAND...
 *
 * executes
 *
 *	onlyone OPTION... -- onlyone-cluster --take OPTION... -- COMMAND...
 *
 * so the slot on this host comes first, and a second launch here never asks the
 * store.  The slot's program, --take, takes the key in the store and starts
 * COMMAND (hold.h).  The verbs talk only to the store (tools.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/part_path.h"
#include "cli/base/say.h"
#include "cli/cluster/hold.h"
#include "cli/cluster/plan.h"
#include "cli/cluster/tools.h"
#include "preload/contract.h"

/* Fill closed standard streams, so that none of our connections gets their
 * number.  We open them for the wrong direction: output to a closed stream
 * still fails.  COMMAND gets them closed again. */
static void
streams_plug(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", (fd ? O_RDONLY : O_WRONLY) |
			    O_CLOEXEC);
	}
}

/* --take: the program of the slot.  The exit status, or -1. */
static int
take_run(const struct cluster_options *o, char *const command[],
    struct fault *f)
{
	static struct hold h = { .o = NULL, .dog = { 0, -1, -1, 0 },
		.watch = { -1, 0 }, .talk = -1,
		.sweep.cgroup = CGROUP_NONE };

	h.o = o;
	h.command = command;
	h.app = getenv(ENV_APP);
	h.mark = getenv(ENV_SLOT);
	h.run = getenv(ENV_RUN);
	if (!h.app && getenv(ENV_DISABLE))
		return fault_set(f, EXIT_USAGE, "with " ENV_DISABLE " the"
		    " instance on this host cannot be taken: unset it", NULL);
	if (!h.app || !h.mark || !h.run)
		return fault_set(f, EXIT_USAGE, CLUSTER_TAKE " is run by "
		    CLUSTER_NAME " through onlyone; see " CLUSTER_NAME "(1)",
		    NULL);
	record_line(h.line, command);
	h.slot = strdup(h.mark);
	if (!h.slot)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, CLUSTER_NAME, NULL);
	return launch_run(&h, f);
}

/* Become onlyone, with --take as its program. */
static int
front_run(const struct cluster_options *o, char *const command[],
    struct fault *f)
{
	char path[PATH_MAX], self[PATH_MAX];
	size_t n = 0, count = 0;
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *url = cluster_config_url(o->store, f);
	char **argv;

	/* Say now, and not when the slot is taken, that it cannot be. */
	if (!url)
		return -1;
	if (len < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, "/proc/self/exe",
		    NULL);
	if (!part_path("onlyone", X_OK, path))
		return fault_errno(f, EXIT_CANTEXEC, errno,
		    "cannot find onlyone", NULL);
	self[len] = '\0';
	while (command[count])
		count++;
	argv = calloc(o->nslot + o->ntake + count + 6, sizeof(*argv));
	if (!argv)
		return fault_errno(f, EXIT_SYSTEM, errno, CLUSTER_NAME, NULL);
	argv[n++] = path;
	memcpy(argv + n, o->slot, o->nslot * sizeof(*argv));
	n += o->nslot;
	argv[n++] = (char *)"--";
	argv[n++] = self;
	argv[n++] = (char *)CLUSTER_TAKE;
	memcpy(argv + n, o->take, o->ntake * sizeof(*argv));
	n += o->ntake;
	argv[n++] = (char *)"--";
	memcpy(argv + n, command, count * sizeof(*argv));
	if (o->dry_run)
		return plan_tell(o, argv, command, url, f);
	execv(path, argv);
	return fault_errno(f, EXIT_CANTEXEC, errno, "cannot execute ", path,
	    NULL);
}

static int
cluster_run(int argc, char *argv[], struct fault *f)
{
	static struct cluster_options o;
	bool take = argc > 1 && !strcmp(argv[1], CLUSTER_TAKE);
	int at = options_parse(&o, argc - take, argv + take, false, f);

	if (at < 0)
		return -1;
	say_level(o.loudness);
	at += take;
	if (options_told(&o))
		return 0;
	if (at >= argc)
		return fault_set(f, EXIT_USAGE, "no command is given: "
		    CLUSTER_NAME " [OPTIONS] COMMAND [ARG...]; see "
		    CLUSTER_NAME " --help", NULL);
	if (take)
		return take_run(&o, argv + at, f);
	if (strcmp(argv[at - 1], "--") && tools_verb(argv[at]))
		return tools_run(at > 1, argc - at, argv + at, f);
	return front_run(&o, argv + at, f);
}

int
main(int argc, char *argv[])
{
	struct fault f = { 0 };
	int status;

	streams_plug();
	status = cluster_run(argc, argv, &f);
	/* What a verb has printed comes before its fault. */
	if (fflush(stdout) && status >= 0)
		status = fault_errno(&f, EXIT_SYSTEM, errno, "cannot write to"
		    " standard output", NULL);
	if (status >= 0)
		return status;
	say_fault(&f);
	return f.code;
}
