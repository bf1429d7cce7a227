/*
 * main.c: onlyone-cluster: one instance in a cluster of hosts.
 *
 * onlyone starts it beside a program (--hold: the holder, hold.h); onlyonectl
 * starts it to ask something of the store (tools.h).
 */
#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cluster/hold.h"
#include "cli/cluster/tools.h"
#include "cli/base/say.h"
#include "preload/contract.h"

/* Ignore the signals that all processes get at a log-out or when a service
 * stops: the key has to be kept until the program has ended. */
static void
signals_spare(void)
{
	static const int spared[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT,
		SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU,
		SIGXFSZ };
	struct sigaction sa = { .sa_handler = SIG_IGN };
	sigset_t none;

	for (size_t i = 0; i < sizeof(spared) / sizeof(*spared); i++)
		sigaction(spared[i], &sa, NULL);
	sa.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
hold_run(void)
{
	static struct hold h = { .launch = TALK_FD,
		.dog = { 0, -1, -1 }, .watch = { -1, 0, 0 } };

	signals_spare();
	prctl(PR_SET_NAME, "onlyone");
	h.page = talk_page(TALK_PAGE);
	if (!h.page || chdir("/") < 0)
		return EXIT_SYSTEM;
	h.in = (struct buf){ 0 };
	if (hold_take(&h))
		hold_keep(&h);
	if (h.engine)
		h.calls->close(h.engine);
	return 0;
}

/* Fill closed standard streams, so that none of our connections gets their
 * number.  We open them for the wrong direction: output to a closed stream
 * still fails. */
static void
streams_plug(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd ? O_RDONLY : O_WRONLY);
	}
}

int
main(int argc, char *argv[])
{
	struct fault f = { 0 };
	int status;

	say_name("onlyonectl");
	if (argc == 2 && !strcmp(argv[1], CLUSTER_HOLD))
		return hold_run();
	streams_plug();
	if (argc == 2 && !strcmp(argv[1], "--version"))
		status = puts("onlyone-cluster " ONLYONE_VERSION) < 0;
	else
		status = tools_run(argc, argv, &f);
	if (status >= 0 && fflush(stdout))
		status = fault_errno(&f, EXIT_SYSTEM, errno, "cannot write to"
		    " standard output", NULL);
	if (status >= 0)
		return status;
	say_fault(&f);
	return f.code;
}
