/*
 * plan.c: --dry-run: what a launch would do.
 *
 * onlyone says what it would do on this host with COMMAND, which is what it
 * would do with ours.  Then the store's records of that application are listed.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/proc.h"
#include "cli/cluster/drained.h"
#include "cli/cluster/engine.h"
#include "cli/cluster/plan.h"
#include "cli/cluster/tools.h"
#include "cli/core/key/identity.h"
#include "preload/contract.h"

/* In a child. */
static _Noreturn void
onlyone_become(const void *arg, int fd)
{
	char *const *argv = arg;

	if (dup2(fd, 1) >= 0)
		execv(*argv, argv);
	_exit(EXIT_CANTEXEC);
}

/* The application in onlyone's first line, "application: APP (HOW)". */
static char *
app_find(const char *said)
{
	static const char head[] = "application: ";
	size_t n = strcspn(said, "\n");
	const char *how = memrchr(said, '(', n);

	if (strncmp(said, head, strlen(head)) || !how)
		return NULL;
	said += strlen(head);
	return strndup(said, (size_t)(how - 1 - said));
}

int
plan_tell(const struct cluster_options *o, char *const argv[],
    char *const command[], const char *url, struct fault *f)
{
	static char said[1 << 16];
	static struct identity id;
	const struct engine_calls *calls;
	struct engine *e;
	int status = 0, r;
	char *app;

	/* onlyone would find us in its place. */
	if (identity_find(&id, command, NULL, f) < 0)
		return -1;
	signal(SIGCHLD, SIG_DFL);
	if (!proc_run(onlyone_become, argv, said, sizeof(said), LLONG_MAX,
	    &status))
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot execute ",
		    *argv, NULL);
	if (status)
		return proc_status(status);
	/* Whether it is a URL; nothing is asked yet.  From here on our
	 * environment is the engine's. */
	if (!engine_open(&calls, &e, url, "list", f))
		return -1;
	calls->close(e);
	fputs(said, stdout);
	printf("cluster:     %s\n", url); /* its bytes are printable */
	if (drained_is(NULL))
		puts("drained:     " DRAINED "; nothing starts");
	app = o->app ? strdup(o->app) : app_find(said);
	r = app ? tools_run(false, 5, (char *[]){ (char *)"list",
	    (char *)"--store", (char *)url, (char *)"--", app, NULL }, f) : 0;
	free(app);
	return r;
}
