/*
 * parent.c: a launch that has to stay beside its program.
 *
 * Wherever it can, a launch becomes its program, so that no process stands
 * between the program and its caller.  It stays for -W (until the instance
 * ends, successors included), --supervise, --restart and --lifetime=tree, and
 * where the keeper would become the application's child (pid 1 of a container,
 * a subreaper).  Then it forwards every signal that was meant for the program,
 * stops when the program stops, reaps its children, and ends as the program
 * ended.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/launch/children.h"
#include "cli/core/launch/leased.h"
#include "cli/core/launch/own_record.h"
#include "cli/core/launch/parent.h"
#include "cli/core/launch/program.h"
#include "cli/core/meet/meet.h"
#include "cli/core/meet/messages.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/base/say.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/ask.h"
#include "preload/contract.h"

/*
 * --restart: the program is started again in the same slot.
 *
 * We are the holding parent: the keeper keeps the slot for us while no program
 * runs, and records each new program before it executes.  The pauses double
 * from 0.1 s to 60 s; a good run resets them, and after many short runs in a
 * row we give up.  A program that cannot be started now (disk full, keeper not
 * responding) counts as a short run.
 */

enum {
	PAUSE_FIRST_MS = 100,
	PAUSE_LAST_MS = 60000,
	GOOD_MS = 10000, /* a run of that length is a good one */
	SHORT_RUNS = 30  /* in a row: then give up */
};

int
restart_pause(struct restarts *r, long long ran)
{
	if (ran >= GOOD_MS)
		r->shorts = r->pause = 0;
	else if (++r->shorts >= SHORT_RUNS)
		return -1;
	r->pause = !r->pause ? PAUSE_FIRST_MS : 2 * r->pause < PAUSE_LAST_MS ?
	    2 * r->pause : PAUSE_LAST_MS;
	return r->pause;
}

/* Whether a signal was meant to end us, not the program alone. */
static bool
ended_by_signal(const struct launch *l, const struct children *c)
{
	int stop = l->o->terms.stop_signal;

	return sigismember(&c->seen, SIGTERM) ||
	    sigismember(&c->seen, SIGINT) ||
	    sigismember(&c->seen, SIGQUIT) || c->hung_up ||
	    (stop && sigismember(&c->seen, stop));
}

static bool
wanted(const struct launch *l, int status)
{
	switch (l->o->restart) {
	case RESTART_ALWAYS:
		return true;
	case RESTART_FAILURE:
		return status != 0;
	default:
		return status == 0;
	}
}

/* Sleep ms.  false: a signal ends us. */
static bool
pause_take(const struct launch *l, struct children *c, int ms)
{
	long long end = clock_now() + ms;
	int left;

	while ((left = clock_left(end)) && !ended_by_signal(l, c)) {
		if (io_wait(c->signals, POLLIN, left) > 0)
			children_take(c, NULL, NULL);
	}
	return !ended_by_signal(l, c);
}

/* Let the keeper record the new program.  0, or -1 with a fault. */
static int
renew(struct launch *l, pid_t pid, long long since, bool mapping,
    struct fault *f)
{
	struct buf request = { 0 }, b = { 0 };
	struct frame reply = { .size = 0 };
	int r;

	if (record_put(l, FRAME_RENEW, pid, since, mapping, &request) < 0)
		r = fault_errno(f, EXIT_SYSTEM, errno, "cannot start", NULL);
	else
		r = request_put(&l->place, &request, &b,
		    &reply, f);
	if (r == 0 && reply.type == FRAME_REFUSED)
		r = words_refused(&l->place, &reply.body, f);
	else if (r > 0)
		r = fault_set(f, EXIT_NONE, l->place.slot.app, " is not the"
		    " instance any more (onlyonectl forget?)", NULL);
	buf_free(&request);
	buf_free(&b);
	return r;
}

void
restart_forbid(struct launch *l)
{
	struct buf request = { 0 }, b = { 0 };
	struct frame reply;
	struct fault f;
	size_t start = ask_begin(&request, FRAME_ENDING, l->place.slot.hash);

	if (frame_end(&request, start) == 0 && request_put(&l->place,
	    &request, &b, &reply, &f) < 0)
		say_fault(&f);
	buf_free(&request);
	buf_free(&b);
}

/* Start the program again.  0, or -1 with a fault. */
static int
child_again(struct launch *l, struct children *c, long long since,
    const char *shim, struct fault *f)
{
	int go;
	pid_t pid = fork_begin(&l->born, &go);

	if (pid == 0) {
		leased_environ(l);
		program_become_child(l, shim);
	}
	if (pid < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot start ",
		    l->id.file, NULL);
	if (renew(l, pid, since, shim != NULL, f) < 0) {
		io_close(&go); /* the child exits */
		IO_RETRY(waitpid(pid, NULL, 0));
		return -1;
	}
	c->at[0].pid = pid;
	if (l->lease.owner)
		l->lease.owner = pid;
	fork_go(l, &go);
	return 0;
}

/* Report why the program could not be started, unless by EXIT_BUSY: so the
 * keeper refuses if the instance is to end.  Whether a later try may
 * succeed. */
static bool
failure_say(struct fault *f)
{
	bool later = f->code == EXIT_STATE || f->code == EXIT_SYSTEM ||
	    f->code == EXIT_NOANSWER;

	if (f->code == EXIT_BUSY)
		return false;
	fault_more(f, later ? "; it is started again later" :
	    "; it is not started again", NULL);
	say_fault(f);
	return later;
}

/* The only child has ended: start it again after a pause, if wanted.  false: it
 * is not started again. */
static bool
restart_child(struct launch *l, struct children *c, long long since,
    const char *shim, struct restarts *r)
{
	long long ran = clock_now() - r->began;
	struct fault f = { .code = 0 };
	int ms;

	if (ended_by_signal(l, c) || !wanted(l, c->at[0].status))
		return false;
	for (;;) {
		ms = restart_pause(r, ran);
		if (ms < 0)
			break;
		if (!pause_take(l, c, point_ms("restart-pause", ms)))
			return false;
		children_bury(c);
		if (child_again(l, c, since, shim, &f) == 0) {
			r->began = clock_now();
			return true;
		}
		if (!failure_say(&f))
			return false;
		ran = 0;
	}
	say_note(l->place.slot.app, " has ended at once",
	    f.code ? ", or could not be started, " : " ",
	    TEXT_NUM(SHORT_RUNS), " times in a row; it is not started"
	    " again", NULL);
	if (f.code)
		c->at[0].status = W_EXITCODE(f.code, 0);
	return false;
}

enum {
	BRIEF_MS = 1000, /* if it ran so briefly, it only starts others */
	LOOK_MS = 200,
	LOOKS = 150,     /* failed ones in a row: half a minute */
	ASK_S = 5, ANSWER_MS = 1000
};

bool
parent_needed(void)
{
	int reaper = 0;

	return getpid() == 1 ||
	    (prctl(PR_GET_CHILD_SUBREAPER, &reaper) == 0 && reaper);
}

/* The child has ended: signals go to its successor, the recorded owner. */
struct succession {
	struct launch *l;
	long long since; /* the start of the instance */
	sigset_t early;  /* they came before it was recorded */
};

static bool
owner_takes(const struct succession *h, int sig)
{
	struct launch *l = h->l;
	struct info info;
	struct buf record = { 0 };
	int folder, pidfd;
	bool lives;

	if (l->place.root.fd < 0)
		return false;
	folder = folder_peek(&l->place.root, l->place.slot.name);
	lives = folder >= 0 && info_read(folder, &record, &info) == 0 &&
	    info.since == h->since &&
	    owner_open(&info.owner, &pidfd) == OWNER_ALIVE;
	if (lives) {
		owner_signal(pidfd, sig);
		io_close(&pidfd);
	}
	io_close(&folder);
	buf_free(&record);
	return lives;
}

static void
successor_signal(void *arg, int sig)
{
	struct succession *h = arg;

	if (!owner_takes(h, sig))
		sigaddset(&h->early, sig);
}

/* End as the child did, so that our parent sees the same status. */
static int
status_mimic(int status)
{
	struct rlimit none = { 0, 0 };
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t one;

	if (WIFEXITED(status))
		return proc_status(status);
	setrlimit(RLIMIT_CORE, &none); /* the child has dumped core already */
	sigaction(WTERMSIG(status), &sa, NULL);
	sigemptyset(&one);
	sigaddset(&one, WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	kill(getpid(), WTERMSIG(status));
	return proc_status(status); /* pid 1 survives the signal */
}

/* The child has ended: send a signal to the rest of the tree, or only look.  Its
 * processes are our children now, with or without the environment mark.  Whether
 * one of them takes it, or has just ended. */
static bool
tree_send(struct launch *l, int sig, bool look)
{
	pid_t pid, keeper = 0;
	bool taken = false;
	struct procs all;
	struct info i;
	struct buf b = { 0 };
	struct proc p;
	int folder;

	/* If we are pid 1 the keeper is our child, too. */
	folder = folder_peek(&l->place.root, l->place.slot.name);
	if (folder >= 0 && info_read(folder, &b, &i) == 0)
		keeper = i.keeper;
	io_close(&folder);
	buf_free(&b);
	if (procs_begin(&all) < 0)
		return true; /* not known */
	while (procs_any(&all, &pid)) {
		/* We have not reaped this child: its pid cannot have been
		 * reused. */
		if (pid != keeper && proc_read(pid, &p) == 0 &&
		    p.parent == getpid())
			taken |= kill(pid, look ? 0 : sig) == 0 &&
			    !proc_ignores(pid, sig);
	}
	procs_end(&all);
	return taken;
}

static void
tree_signal(void *arg, int sig)
{
	tree_send(arg, sig, false);
}

/* Whether the tree has ended: no child is left.  If we are pid 1 the keeper is
 * our child too: then look for environment marks, and give up when they could
 * not be read LOOKS times in a row. */
static bool
tree_over(struct launch *l, long long since, int *failed)
{
	pid_t pid;

	while ((pid = (pid_t)IO_RETRY(waitpid(-1, NULL, WNOHANG))) > 0)
		;
	if (pid < 0)
		return true;
	if (getpid() != 1)
		return false;
	pid = env_mark_oldest(l->place.folder, since, getpid());
	*failed = pid < 0 ? *failed + 1 : 0;
	return !pid || *failed >= LOOKS;
}

/* A signal by which we are to end, and which none of those that are left takes;
 * NULL: none.  TERM also goes to processes whose parents have just ended: they
 * are new children of ours.  A second INT may mean another thing than one. */
static const char *
tree_ignores(struct launch *l, const struct children *c)
{
	static const struct {
		int sig;
		const char *name;
	} ends[] = { { SIGTERM, "TERM" }, { SIGINT, "INT" },
		{ SIGQUIT, "QUIT" } };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (sigismember(&c->seen, ends[i].sig) &&
		    !tree_send(l, ends[i].sig, i > 0))
			return ends[i].name;
	}
	return NULL;
}

/* Wait until the last process of the tree has ended: NULL; or tree_ignores. */
static const char *
tree_wait(struct launch *l, long long since, struct children *c)
{
	const char *ignored;
	int failed = 0;

	sigemptyset(&c->seen); /* signals so far were for the program */
	for (;;) {
		children_take(c, tree_signal, l);
		if (tree_over(l, since, &failed))
			return NULL;
		if ((ignored = tree_ignores(l, c)))
			return ignored;
		io_wait(c->signals, POLLIN, getpid() == 1 ? LOOK_MS : -1);
	}
}

/* Try again what came too early.  If it is still too early SIGALRM wakes us. */
static void
signals_again(struct succession *h)
{
	struct itimerval later = { .it_value.tv_usec = LOOK_MS * 1000 };
	sigset_t early = h->early;

	sigemptyset(&h->early);
	for (int sig = 1; sig < NSIG; sig++) {
		if (sigismember(&early, sig) == 1)
			successor_signal(h, sig);
	}
	if (!sigisemptyset(&h->early))
		setitimer(ITIMER_REAL, &later, NULL);
}

/* The tree has ended, and we wait for the keeper to say so.  Every ASK_S
 * seconds SIGALRM makes us ask whether it still answers: a keeper that cannot
 * (no descriptors, say) must not detain us; it sees our end by itself. */
static void
asking_begin(struct children *c)
{
	struct itimerval later = { .it_value.tv_sec = ASK_S };

	sigdelset(&c->seen, SIGALRM);
	setitimer(ITIMER_REAL, &later, NULL);
}

static bool
keeper_answers(const struct launch *l)
{
	struct frame reply;
	struct buf b = { 0 };
	enum sock_result r = ask_state(l->place.folder, l->place.slot.hash,
	    ANSWER_MS, &b, &reply);

	buf_free(&b);
	return r != SOCK_SLOW;
}

int
parent_stay(struct launch *l, pid_t pid, long long since, const char *shim)
{
	bool tree = l->o->terms.lifetime == LIFETIME_TREE;
	struct child child = { .pid = pid };
	struct children c = { .at = &child, .n = 1 };
	struct succession late = { .l = l, .since = since };
	struct restarts again;
	const char *ignored;
	struct fault f;
	long long began;
	int fd = -1, r;

	began = clock_now();
	again = (struct restarts){ .began = began };
	/* Before Linux 6.15 the keeper reads the exit status from the zombie:
	 * do not reap it yet, unless we must reap all children. */
	c.keep = !tree && !owner_tells_exit() &&
	    (l->lease.only || !parent_needed());
	if (leased_fd(l) >= 0) {
		c.also = &l->lease.fd;
		c.heard = leased_heard;
		c.stays = leased_lost;
		c.arg = l;
	}
	if (children_listen(&c) < 0) {
		while (IO_RETRY(waitpid(pid, &child.status, 0)) < 0)
			;
		return status_mimic(child.status);
	}
	leased_watch(l);
	do
		children_wait(&c);
	while (l->o->restart && !leased_lost(l) &&
	    restart_child(l, &c, since, shim, &again));
	leased_status(l, child.status);
	if (l->lease.only && leased_goes_on(l))
		return status_mimic(child.status);
	if (tree && (ignored = tree_wait(l, since, &c))) {
		say_note("what ", l->place.slot.app, " has started ignores ",
		    ignored, ", and goes on", NULL);
		return status_mimic(child.status);
	}
	if (tree) {
		sigdelset(&c.seen, SIGTERM); /* it was for the tree */
		asking_begin(&c);
	}
	/* By waiting for the instance's end we tell the keeper that we hold the
	 * slot no more. */
	while ((r = watch_instance(&l->place, since, &fd, c.signals,
	    &f)) == WATCHED_ALARM) {
		root_open(&l->place.root, &f);
		children_take(&c, successor_signal, &late);
		if (!tree)
			signals_again(&late);
		/* What goes on is no child of ours: it does without us. */
		if (tree && sigismember(&c.seen, SIGTERM))
			break;
		if (tree && sigismember(&c.seen, SIGALRM)) {
			if (!keeper_answers(l))
				break;
			asking_begin(&c);
		}
	}
	if (r < 0)
		say_fault(&f);
	else if (clock_now() - began < BRIEF_MS &&
	    l->lease.state < LEASE_STOPPED)
		leftover_tell(&l->place, since);
	io_close(&fd);
	if (leased_over(l, 0))
		return EXIT_LOST;
	return status_mimic(child.status);
}
