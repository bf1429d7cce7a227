/*
 * keeper.c: how the small background process beside an instance begins.
 *
 * It holds the slot (lock and witness), answers the socket, and ends within a
 * second of its owner.  It has a session of its own, no descriptor but its
 * own, cwd /, and a title that does not name the application, which would
 * mislead pgrep -f.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <bsd/unistd.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/keeper/born.h"
#include "cli/keeper/heal.h"
#include "cli/keeper/keeper.h"
#include "cli/keeper/line.h"
#include "cli/keeper/listener.h"
#include "cli/keeper/loop.h"
#include "cli/keeper/newowner.h"
#include "cli/keeper/past.h"
#include "cli/keeper/settle.h"
#include "cli/keeper/spawn.h"
#include "cli/keeper/state.h"
#include "cli/keeper/tenure.h"
#include "cli/points.h"
#include "cli/slot/image.h"
#include "cli/slot/info_make.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum { BRIEF_MS = 10 };

/* What a keeper begins with, also where libc is started in between. */
static struct birth {
	struct claim *c;
	enum keeper_kind kind;
	enum { NONE, BORN, APART } stage; /* at which libc has been started */
} birth;

/* main's, for the title. */
static int title_argc;
static char **title_argv;

/* A log-out or a stopped service signals everybody: not us, while we keep. */
static const int spared[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE,
	SIGUSR1, SIGUSR2, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ };

static void
urgent(int sig)
{
	(void)sig; /* it has ended poll: that is all it is for */
}

static void
signals_set(sigset_t *ignored)
{
	struct sigaction sa = { .sa_handler = SIG_IGN }, old;
	sigset_t none;

	sigemptyset(ignored);
	for (size_t i = 0; i < sizeof(spared) / sizeof(*spared); i++) {
		sigaction(spared[i], &sa, &old);
		if (old.sa_handler == SIG_IGN)
			sigaddset(ignored, spared[i]);
	}
	sa.sa_handler = urgent;
	sigaction(SIGURG, &sa, NULL);
	sa.sa_flags = SA_NOCLDSTOP; /* a handler's end, not its pauses */
	sigaction(SIGCHLD, &sa, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static int
range_ask(unsigned int from, unsigned int to)
{
	return point_old("close_range") ? -1 :
	    (int)syscall(SYS_close_range, from, to, 0);
}

/* Before Linux 5.9: closefrom(3) lists a folder. */
static BEHIND_GATE void
rest_close(unsigned int from)
{
	early_gate();
	closefrom((int)from);
}

static void
range_close(unsigned int from, unsigned int to)
{
	struct rlimit rl;

	if (from > to || range_ask(from, to) == 0)
		return;
	if (to == ~0U) {
		rest_close(from);
		return;
	}
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && to > rl.rlim_cur)
		to = (unsigned int)rl.rlim_cur;
	for (; from <= to; from++)
		close((int)from);
}

/* Close all but our own; 0 to 2 become /dev/null, so that no stream that we
 * receive is one of them.  -1: we would be without these, or without the lock:
 * better no keeper than one that keeps nothing. */
static int
fds_set(struct claim *c)
{
	int *own[] = { &c->folder, &c->lock, &c->witness, &c->listen,
		&c->image, &c->pidfd, &c->file, &c->root->fd };
	const size_t n = sizeof(own) / sizeof(*own);
	unsigned int from = 0;
	int null;

	/* Ours may be 0 to 2 where the launch had those closed. */
	for (size_t i = 0; i < n; i++) {
		int fd = *own[i];

		if (fd >= 0 && fd <= 2) {
			*own[i] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
			if (*own[i] < 0)
				return -1;
		}
	}
	for (;;) {
		unsigned int next = ~0U;

		for (size_t i = 0; i < n; i++) {
			unsigned int fd = (unsigned int)*own[i];

			if (*own[i] >= 0 && fd >= from && fd < next)
				next = fd;
		}
		if (next == ~0U)
			break;
		if (next > from)
			range_close(from, next - 1);
		from = next + 1;
	}
	range_close(from, ~0U);
	null = open("/dev/null", O_RDWR);
	if (null < 0)
		null = dup(c->root->fd); /* as good as closed */
	while (null >= 0 && null < 2)
		null = dup(null);
	return c->lock < 0 || null < 0 ? -1 : 0;
}

/* A revived keeper has the limits of its reviver: one that may write no file
 * could not put any back. */
static void
limits_raise(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_FSIZE, &rl) == 0 && rl.rlim_cur != rl.rlim_max) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_FSIZE, &rl);
	}
}

static size_t
clients_limit(void)
{
	struct rlimit rl;
	const size_t reserve = 15; /* our own and one client's streams */

	if (getrlimit(RLIMIT_NOFILE, &rl) < 0)
		return 64;
	return rl.rlim_cur > reserve + 2 ? rl.rlim_cur - reserve : 2;
}

/*
 * The first moments, before libc is started: that would compete with the
 * program's own start, and many programs are over before it is.  Then, if
 * nobody has come and no copy of the program is left, so is the slot.  All
 * signals are blocked until then.
 */
static void
brief_run(struct claim *c)
{
	struct pollfd p[2] = { { c->pidfd, POLLIN, 0 },
		{ c->listen, POLLIN, 0 } };

	if (poll(p, 2, BRIEF_MS) <= 0 || !p[0].revents || p[1].revents ||
	    (c->image >= 0 && image_test(c->image) != IMAGE_FREE))
		return;
	point("release-begin");
	claim_release(c);
	_exit(0);
}

static BEHIND_GATE void
keeper_go(void)
{
	struct claim *c = birth.c;
	struct keeper k = { .c = c, .state = OWNED,
		.tenure.guard = -1 };

	early_gate();
	signals_set(&k.born.ignored);
	tenure_guard(&k);
	k.lent = c->parcel >= 0 || birth.kind == KEEPER_REVIVED;
	k.revived = birth.kind == KEEPER_REVIVED;
	if (k.revived)
		past_begin(&k);
	if (c->pidfd < 0 && k.tenure.guard < 0 && birth.kind != KEEPER_VACANT)
		_exit(EXIT_SYSTEM);
	prctl(PR_SET_NAME, "onlyone");
	setproctitle_init(title_argc, title_argv, environ);
	tenure_title(&k);
	born_clean();
	if (birth.kind != KEEPER_NEW)
		limits_raise();
	k.clients.most = clients_limit();
	c->info.keeper = getpid();
	point("keeper-set");
	info_keeper(c->folder, c->info.keeper);
	/* Those who were in line come one after the other. */
	if (birth.kind != KEEPER_NEW)
		line_collect(&k);
	if (birth.kind == KEEPER_VACANT) {
		k.state = PASSING;
	} else if (c->pidfd < 0) {
		k.state = HELD; /* between two runs */
	} else {
		k.tenure.late = owner_ended(c->pidfd);
		newowner_trial(&k);
	}
	log_note(&k.log, c->info.owner.pid, birth.kind == KEEPER_NEW ?
	    "started" : birth.kind == KEEPER_REVIVED ? "runs, and has a new"
	    " keeper" : "has ended; who waits is next", NULL, -1);
	listener_await(&k);
	heal_watch(&k);
	loop_run(&k);
}

static void
keeper_run(void *arg)
{
	struct claim *c = birth.c;
	bool early = early_on;

	(void)arg;
	early_commit(); /* it is no launch any more */
	if (early && range_ask(~0U, ~0U) < 0) {
		birth.stage = BORN;
		early_start_libc();
	}
	point("keeper-born");
	setsid();
	if (fds_set(c) < 0 || chdir("/") < 0)
		_exit(EXIT_SYSTEM);
	if (early) {
		brief_run(c);
		birth.stage = APART;
		early_start_libc();
	}
	keeper_go();
}

bool
keeper_begun(void)
{
	switch (birth.stage) {
	case BORN:
		keeper_run(NULL);
		return true;
	case APART:
		keeper_go();
		return true;
	default:
		return false;
	}
}

void
keeper_argv(int argc, char *argv[])
{
	title_argc = argc;
	title_argv = argv;
}

int
keeper_start(struct claim *c, enum keeper_kind kind)
{
	birth.c = c;
	birth.kind = kind;
	return spawn_orphan(keeper_run, NULL, c->parcel);
}
