/*
 * keeper.c: the keeper, the small background process beside an instance: its
 * start, its loop, and how each event affects a connection.
 *
 * A keeper holds the slot (lock and name lock), answers on the socket, and
 * exits when the instance is over and no handler runs.  It has its own session,
 * only its own descriptors, cwd /, and a title without the application's name:
 * by that, pgrep -f would find the keeper.
 */
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/core/keeper/attendant.h"
#include "cli/core/keeper/child.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/handler.h"
#include "cli/core/keeper/heal.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/history.h"
#include "cli/core/keeper/keeper.h"
#include "cli/core/keeper/listener.h"
#include "cli/core/keeper/promote.h"
#include "cli/core/keeper/queue.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/request.h"
#include "cli/core/keeper/spawn.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/tenure.h"
#include "cli/core/keeper/turn.h"
#include "cli/core/slot/ended.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

/*
 * Read a request, until it is complete.
 *
 * Nothing here waits: a client that does not send delays only itself, and loses
 * its connection after some seconds.
 *
 * When large requests, complete or not, fill HELD_MOST, the others wait in
 * their sockets.  The oldest incomplete one is still read: so of many
 * incomplete requests, one after the other can finish.
 */

enum {
	CHUNK = 65536,
	SMALL = 32768,       /* a request that does not wait for room */
	HELD_MOST = 64 << 20 /* bytes of large requests together */
};

/* Whether the client is sending a large request.  A launch that has the offer
 * does not count: all others wait for it. */
static bool
is_large(const struct client *cl)
{
	return cl->stage == READING &&
	    frame_size(cl->in.buf.at, cl->in.buf.len) > SMALL;
}

/* Count the bytes held, and find the oldest client that sends a large
 * request. */
static void
held_count(struct keeper *k)
{
	struct clients *all = &k->clients;
	struct client *cl = NULL;

	all->held = 0;
	all->oldest = NULL;
	while ((cl = client_next(k, cl))) {
		all->held += cl->in.buf.len > SMALL ? cl->in.buf.len : 0;
		if (!all->oldest && is_large(cl))
			all->oldest = cl;
	}
}

static bool
waits_for_room(const struct keeper *k, const struct client *cl)
{
	return is_large(cl) && k->clients.held >= HELD_MOST +
	    (cl == k->clients.oldest ? (size_t)FRAME_LIMIT : 0);
}

/* Read some bytes of the request, and serve it if it is complete then. */
static void
intake_read(struct keeper *k, struct client *cl)
{
	struct buf *b = &cl->in.buf;
	size_t size = frame_size(b->at, b->len);
	size_t left = (size > SMALL ? size : SMALL) - b->len;
	bool beside;
	ssize_t n;

	if (waits_for_room(k, cl))
		return;
	if (left > CHUNK)
		left = CHUNK;
	if (!b->len)
		left = INTAKE_FIRST;
	n = buf_room(b, left) < 0 ? 0 :
	    sock_words(cl->fd, b->at + b->len, left, &beside);
	/* Our clients never send descriptors before we ask. */
	if (n <= 0 || beside) {
		client_drop(k, cl);
		return;
	}
	b->len += (size_t)n;
	if (size > SMALL)
		k->clients.held += (size_t)n;
	request_take(k, cl);
}

enum { REST_MS = 100 }; /* after descriptors have run out */

/* The poll(2) events to wait for on a connection; serve those that came. */
static short
event_wanted(const struct keeper *k, const struct client *cl)
{
	/* poll(2) reports a hang-up even with no events wanted. */
	switch (stages[cl->stage].sends) {
	case REQUEST:
		return waits_for_room(k, cl) ? 0 : POLLIN | POLLPRI;
	case STREAMS:
		return 0;
	default:
		return POLLIN;
	}
}

static void
event_take(struct keeper *k, struct client *cl, int events)
{
	if (!events)
		return;
	switch (stages[cl->stage].sends) {
	case REQUEST:
		/* Else it has hung up while it waited for room, or sent
		 * out-of-band data, as no client of ours does: reading past
		 * that would close the descriptors beside it, in the keeper. */
		if (events & POLLIN && !(events & POLLPRI))
			intake_read(k, cl);
		else
			client_drop(k, cl);
		break;
	default:
		client_drop(k, cl);
		break;
	}
}

/* Serve the poll(2) events of a client's attendant. */
static void
event_heard(struct keeper *k, struct client *cl, int events)
{
	if (events && cl->attendant.fd >= 0 && !attendant_heard(k, cl))
		turn_signal(k, cl);
}

/* Serve the clients that have timed out. */
static void
clients_expire(struct keeper *k)
{
	struct client *cl = NULL;
	long long now = clock_now();

	while ((cl = client_next(k, cl))) {
		if (!cl->deadline || cl->deadline > now)
			continue;
		else if (stages[cl->stage].late == TELL)
			raise_late(k, cl);
		else if (stages[cl->stage].late == FAIL)
			attendant_late(k, cl);
		/* A client whose bytes are here waits for us: give it more
		 * time. */
		else if (cl->stage == READING &&
		    io_wait(cl->fd, POLLIN, 0) > 0)
			cl->deadline = now + SEND_MS;
		/* The same for a launch that is working, or waits for a CPU;
		 * but not if others wait for its room. */
		else if (proc_works(cl->pid) &&
		    !(is_large(cl) && k->clients.held >= HELD_MOST))
			cl->deadline = now + stages[cl->stage].ms;
		else
			client_drop(k, cl);
	}
}

static void
client_gone(struct keeper *k, struct client *cl)
{
	switch (stages[cl->stage].leaves) {
	case HANGUP:
		handler_orphan(k, cl);
		break;
	case RECORD:
		listener_gone(k, cl);
		break;
	default:
		break;
	}
}

/* Accept connections, and make clients of them. */
static void
event_accept(struct keeper *k)
{
	struct pollfd p[3] = { { -1, POLLIN, 0 }, { -1, POLLIN, 0 },
		{ -1, POLLIN | POLLPRI, 0 } };
	struct client *cl;
	pid_t pid;
	int fd;

	while (!client_full(k) && k->state != VACANT) {
		fd = accept4(k->c->listen, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			/* Out of descriptors: accept none for a while. */
			if (errno != EAGAIN)
				k->clients.rest = clock_now() + REST_MS;
			return;
		}
		if (!sock_ours(fd, &pid) ||
		    !(cl = client_new(k, fd, pid))) {
			waste_shut(k, &fd);
			continue;
		}
		/* Most requests arrive together with the connection. */
		p[0].fd = k->state == OWNED ? k->c->pidfd : -1;
		p[1].fd = k->c->listen;
		p[2].fd = fd;
		io_poll(p, 3, 0);
		event_take(k, cl, p[2].revents);
		/* If the owner has exited, handle that before the next client,
		 * which must learn it. */
		if (p[0].revents || !p[1].revents)
			return;
	}
}

/*
 * The one loop of a keeper: wait for an event, or until a step is due; then take
 * all steps, in their order.
 *
 * It sleeps without a time limit while nothing is due: no wake-ups while idle.
 */

enum { OWN = 3 };

static void
polls_add(struct polls *p, struct client *cl, int fd, short events)
{
	p->client[p->n] = cl;
	p->at[p->n++] = (struct pollfd){ fd, events, 0 };
}

static void
polls_room(struct polls *p, size_t n)
{
	if (n <= p->cap)
		return;
	n += n / 2;
	p->at = realloc(p->at, n * sizeof(*p->at));
	p->client = realloc(p->client, n * sizeof(*p->client));
	if (!p->at || !p->client)
		_exit(EXIT_SYSTEM); /* the next launch starts a new keeper */
	p->cap = n;
}

/* Fill in what to poll. */
static void
polls_fill(struct keeper *k)
{
	struct polls *p = &k->polls;
	struct clients *all = &k->clients;
	struct client *cl = NULL;

	if (all->rest && all->rest <= clock_now())
		all->rest = 0;
	polls_room(p, OWN + 2 * all->n);
	p->at[0] = (struct pollfd){ k->state == OWNED ? k->c->pidfd :
		k->state == PARENT_HOLDS ? k->tenure.parent : -1, POLLIN, 0 };
	p->at[1] = (struct pollfd){ client_full(k) || all->rest ? -1 :
		k->c->listen, POLLIN, 0 };
	p->at[2] = (struct pollfd){ k->serving.former, POLLIN, 0 };
	p->n = OWN;
	held_count(k);
	while ((cl = client_next(k, cl)))
		polls_add(p, cl, cl->fd, event_wanted(k, cl));
	p->attendants = p->n;
	while ((cl = client_next(k, cl))) {
		if (cl->stage != SERVED && cl->attendant.fd >= 0)
			polls_add(p, cl, cl->attendant.fd, POLLIN);
	}
}

/* Looking for the rest of a tree is slow: only if the parent has exited. */
static void
owner_check(struct keeper *k)
{
	if (k->state != PARENT_HOLDS || k->polls.at[0].revents)
		tenure_check(k);
}

static void
events_take(struct keeper *k)
{
	const struct polls *p = &k->polls;

	for (size_t i = OWN; i < p->attendants; i++)
		event_take(k, p->client[i], p->at[i].revents);
	for (size_t i = p->attendants; i < p->n; i++)
		event_heard(k, p->client[i], p->at[i].revents);
	if (p->at[1].revents)
		event_accept(k);
}

static long long
accept_due(struct keeper *k)
{
	return k->clients.rest;
}

static long long
clients_due(struct keeper *k)
{
	struct client *cl = NULL;
	long long due = 0;

	while ((cl = client_next(k, cl)))
		clock_earlier(&due, cl->deadline);
	return due;
}

/* Nowhere else are clients freed. */
static void
clients_sweep(struct keeper *k)
{
	client_sweep(k, client_gone);
}

/* Cleaners of temporary files skip a folder with this lock.  A cleaner may have
 * its own lock on it right now: do not wait for that. */
static void
folder_mark(struct keeper *k)
{
	if (!k->heal.marked && k->state != VACANT)
		k->heal.marked = flock(k->c->folder, LOCK_SH | LOCK_NB) == 0;
}

/* The steps of a round.  Check first whether the owner has exited: new requests
 * must not go to a dead owner.  SIGCHLD does not interrupt ppoll while descriptors
 * are ready, so children are reaped in each round. */
static const struct step {
	void (*run)(struct keeper *k); /* does nothing before it is due */
	/* When it is due, on clock_now; 0, or no function: after an event. */
	long long (*due)(struct keeper *k);
	bool again; /* when a client goes, another one may get its turn */
} steps[] = {
	{ owner_check, tenure_due, false },
	{ heal_files, heal_due, false },
	{ handler_reap, NULL, false },
	{ events_take, accept_due, false },
	{ clients_expire, clients_due, false },
	{ handler_expire, handler_due, false },
	{ line_tell, NULL, false },
	{ clients_sweep, NULL, true },
	{ tenure_lockfile, NULL, true },
	{ listener_expire, listener_due, true },
	{ turn_serve, turn_due, true },
	{ promote_press, promote_due, true },
	{ promote_offer, promote_offer_due, true },
	{ graphical_round, graphical_due, false },
	{ waste_round, waste_due, false },
	{ folder_mark, NULL, false },
};

enum { STEPS = sizeof(steps) / sizeof(*steps) };

/* When the next step is due, on clock_now; 0: none is. */
static long long
steps_due(struct keeper *k)
{
	long long due = 0;

	for (int i = 0; i < STEPS; i++) {
		if (steps[i].due)
			clock_earlier(&due, steps[i].due(k));
	}
	return due;
}

static void
steps_run(struct keeper *k)
{
	for (int i = 0, end; i < STEPS; i = end) {
		end = i + 1;
		while (end < STEPS && steps[i].again && steps[end].again)
			end++;
		do
			for (int n = i; n < end; n++)
				steps[n].run(k);
		while (steps[i].again && k->clients.gone);
	}
}

/* Run until the slot is vacant and no handler runs; then exit. */
static _Noreturn void
loop_run(struct keeper *k)
{
	sigset_t told, none;

	/* Unblock SIGURG and SIGCHLD only in ppoll: none is lost before it.  SIGUSR1
	 * is for helpers, also while one is a copy of us (helper.c). */
	sigemptyset(&none);
	sigemptyset(&told);
	sigaddset(&told, SIGURG);
	sigaddset(&told, SIGCHLD);
	sigaddset(&told, SIGUSR1);
	sigprocmask(SIG_BLOCK, &told, NULL);
	sigaddset(&none, SIGCONT);
	while (k->state != VACANT || k->handlers) {
		polls_fill(k);
		/* A round without events does no harm.  Perhaps SIGURG: our
		 * files may be gone (heal.c). */
		if (io_poll_signals(k->polls.at, k->polls.n,
		    clock_limit(steps_due(k)), &none) == IO_FAILED)
			k->heal.wanted |= errno == EINTR;
		steps_run(k);
	}
	waste_last(k);
	_exit(k->status);
}

enum { BRIEF_MS = 10 };

struct birth {
	struct claim *c;
	enum keeper_kind kind;
	struct rlimit files;
};

/* main's arguments, for the title. */
static int title_argc;
static char **title_argv;

/* Logging out or stopping a service signals all its processes: the keeper
 * ignores that, and exits with the instance. */
static const int spared[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE,
	SIGUSR1, SIGUSR2, SIGALRM, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ };

static void
urgent_note(int sig)
{
	(void)sig; /* it only has to interrupt ppoll */
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
	sa.sa_handler = urgent_note;
	sigaction(SIGURG, &sa, NULL);
	sigaction(SIGCHLD, &sa, NULL);
	/* It continues us all the same, and stays pending: was_stopped. */
	sigemptyset(&none);
	sigaddset(&none, SIGCONT);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Close all descriptors but our own and open 0 to 2 on /dev/null, so that no
 * stream that we receive gets such a number.  0 or -1. */
static int
fds_set(struct claim *c)
{
	int *own[] = { &c->folder, &c->lock, &c->name_lock, &c->listen,
		&c->mapping, &c->pidfd, &c->file, &c->root->fd };
	const size_t n = sizeof(own) / sizeof(*own);
	int kept[sizeof(own) / sizeof(*own)], null;

	/* Our own may be 0 to 2 if the launch had those closed. */
	for (size_t i = 0; i < n; i++) {
		int fd = *own[i];

		if (fd >= 0 && fd <= 2) {
			*own[i] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
			if (*own[i] < 0)
				return -1;
		}
	}
	for (size_t i = 0; i < n; i++)
		kept[i] = *own[i];
	io_keep(0, kept, n);
	null = open("/dev/null", O_RDWR);
	if (null < 0)
		null = dup(c->root->fd); /* O_PATH: neither read nor written */
	while (null >= 0 && null < 2)
		null = dup(null);
	return null < 0 ? -1 : 0;
}

/* The most descriptors that we ever have open.  FDS_OWN: 0 to 2, root, folder,
 * lock, name lock, socket, mapping, owner, lock file, holding parent and the
 * handler of an earlier keeper.  FDS_LOOK: a look at all processes, or a socket
 * pair with a child.  And the clients: at least a listener, and a launch that
 * it serves. */
enum { FDS_OWN = 13, FDS_LOOK = 3,
	FDS_LEAST = FDS_OWN + FDS_LOOK + 2 + CLIENTS_SPARE };

/* Have as many descriptors as we may: each client takes one.  What we execute
 * gets the launch's limit back (child_fork). */
static size_t
clients_limit(const struct rlimit *born)
{
	struct rlimit rl = { born->rlim_max, born->rlim_max };

	if (setrlimit(RLIMIT_NOFILE, &rl) < 0)
		rl = *born;
	return rl.rlim_cur - FDS_OWN - FDS_LOOK;
}

/*
 * The first BRIEF_MS of an instance: what a keeper does to get ready would
 * compete with the program's own start, and many programs end before that is
 * done.  If the program exits in this time, no client has connected and no copy
 * of the program is left, release the slot and exit.  (If it was killed, it may
 * not have been the program yet: tenure.c finds out.)  All signals are blocked
 * meanwhile.  If the end has to be reported (to a parent, a stamp, or the
 * instance that got a document), the keeper has the lock file, there is more to
 * log, or poll(2) fails, get ready at once.
 */
static void
brief_run(struct claim *c)
{
	struct pollfd p[2] = { { c->pidfd, POLLIN, 0 },
		{ c->listen, POLLIN, 0 } };
	int status;

	if (c->info.parent.pid || c->info.terms.stamp || c->file >= 0 ||
	    c->info.without[WITHOUT_OUTPUT] || c->info.without[WITHOUT_LOCK] ||
	    (info_key(&c->info, NULL) && helper_display(NULL)) ||
	    poll(p, 2, BRIEF_MS) <= 0 || !p[0].revents || p[1].revents ||
	    (c->mapping >= 0 && mapping_test(c->mapping) != MAPPING_FREE))
		return;
	if (!owner_status(c->pidfd, c->info.owner.pid, &status))
		status = -1;
	else if (WIFSIGNALED(status))
		return;
	else
		status = proc_status(status);
	ended_put(c->root, &c->info, status, NULL);
	claim_outlast(c);
	claim_release(c);
	_exit(keeper_status(status));
}

static void
keeper_go(const struct birth *b)
{
	struct claim *c = b->c;
	enum keeper_kind kind = b->kind;
	struct keeper k = { .c = c, .state = OWNED,
		.tenure.parent = -1, .tenure.noted = -1,
		.born.files = b->files };

	signals_set(&k.born.ignored);
	/* If a guessed owner exits, the instance need not have ended: a
	 * stand-in tells that. */
	k.tenure.unseen = c->info.guess == GUESS_PID;
	tenure_parent(&k);
	handler_await(&k);
	k.lockfile_away = c->parcel >= 0 || kind == KEEPER_REVIVED;
	k.revived = kind == KEEPER_REVIVED;
	if (k.revived)
		old_mappings_begin(&k);
	prctl(PR_SET_NAME, "onlyone");
	setproctitle_init(title_argc, title_argv, environ);
	tenure_title(&k);
	handler_env_clean();
	k.clients.most = clients_limit(&b->files);
	c->info.keeper = getpid();
	info_keeper(c->folder, c->info.keeper);
	/* Launches that were in line connect again, one by one. */
	if (kind != KEEPER_NEW)
		line_collect(&k);
	if (kind == KEEPER_VACANT) {
		k.state = HANDING_OVER;
	} else if (c->pidfd < 0 || owner_ended(c->pidfd) || k.tenure.unseen) {
		/* It may have exited long before: the reviving launch has found
		 * only its parent, or has waited for a CPU. */
		k.state = SEEKING_SUCCESSOR;
		k.tenure.ended = -1;
		if (kind == KEEPER_NEW)
			k.tenure.noted = clock_boot();
	} else {
		/* An earlier keeper may have been killed during the trial. */
		tenure_trial(&k);
	}
	history_note(&k.log, c->info.owner.pid, kind == KEEPER_NEW ?
	    "launched" : kind == KEEPER_REVIVED ? "is running, with a new"
	    " keeper" : "nothing is running: a launch waits", NULL, -1);
	if (kind == KEEPER_NEW)
		tenure_without(&k);
	listener_await(&k);
	heal_watch(&k);
	loop_run(&k);
}

static void
keeper_run(void *arg)
{
	const struct birth *b = arg;

	setsid();
	if (fds_set(b->c) < 0 || chdir("/") < 0)
		_exit(EXIT_SYSTEM);
	if (b->kind == KEEPER_NEW)
		brief_run(b->c);
	keeper_go(b);
}

void
keeper_argv(int argc, char *argv[])
{
	title_argc = argc;
	title_argv = argv;
}

int
keeper_fault(struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, errno, "cannot start a keeper",
	    errno == EMFILE ? " (it needs ulimit -n " : NULL,
	    TEXT_NUM(FDS_LEAST), ")", NULL);
}

int
keeper_start(struct claim *c, enum keeper_kind kind)
{
	struct birth birth = { .c = c, .kind = kind };
	char *mark = getenv(ENV_SLOT), first = mark ? *mark : '\0';
	int r;

	/* Without descriptors to read /proc, a keeper could not find out that
	 * the instance has ended. */
	if (getrlimit(RLIMIT_NOFILE, &birth.files) == 0 &&
	    birth.files.rlim_cur < FDS_LEAST) {
		errno = EMFILE;
		return -1;
	}
	/* If its launch is part of another instance, the keeper is not. */
	if (mark)
		*mark = '\0';
	r = spawn_orphan(keeper_run, &birth, c->parcel);
	if (mark)
		*mark = first;
	return r;
}
