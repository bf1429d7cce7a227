/*
 * tenure.c: how an instance starts, moves to another process, and ends, and the
 * slot with it.
 *
 * When the owner has exited, its successor becomes the owner.  While the system
 * does not let us look for one, it may be alive: the keeper keeps the slot and
 * looks again (SEEKING_SUCCESSOR).  Without a successor, the slot goes to the
 * holding parent, if it is alive (PARENT_HOLDS).  Otherwise the instance is
 * over: its clients are answered, and the slot goes to the launches in line
 * (HANDING_OVER) or, if there are none, is released (VACANT).  The keeper keeps
 * the slot's lock until it has removed everything that other processes look
 * for.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/close_windows.h"
#include "cli/core/keeper/closing_check.h"
#include "cli/core/keeper/fate.h"
#include "cli/core/keeper/gather.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/handler.h"
#include "cli/core/keeper/heal.h"
#include "cli/core/keeper/history.h"
#include "cli/core/keeper/listener.h"
#include "cli/core/keeper/queue.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/tenure.h"
#include "cli/core/slot/ended.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/lockfile.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/skips.h"
#include "cli/core/slot/stamp.h"
#include "preload/contract.h"

#define BY_TIME "a guess, by when it was forked: --lifetime decides"

/*
 * A lock file that only the program has open.
 *
 * The lock of an open file ends when the last process closes the file.  A
 * keeper would close it late, or, while stopped, never.  So the keeper does not
 * keep it open; it fetches the file from the program while a launch waits, and
 * when the instance is over.
 */

static bool
lock_fetch(struct claim *c, pid_t pid)
{
	const char *file = c->info.terms.lock_file;
	struct stat st;

	if (file && stat(file, &st) == 0 && ours_process(pid))
		c->file = lockfile_fetch(pid, &st);
	return c->file >= 0;
}

void
tenure_lockfile(struct keeper *k)
{
	struct claim *c = k->c;

	if (!k->lockfile_away || k->state != OWNED)
		return;
	if (c->file < 0 && line_first(k))
		lock_fetch(c, c->info.owner.pid);
	else if (c->file >= 0 && !line_first(k))
		io_close(&c->file);
}

/* The instance is over, or forgotten: fetch the file from a process that has it
 * (the program, or a leftover copy), to unlock it. */
static void
lockfile_back(struct keeper *k)
{
	struct claim *c = k->c;
	pid_t pids[64];
	int n;

	if (!k->lockfile_away || c->file >= 0 || !c->info.terms.lock_file)
		return;
	if (c->mapping >= 0 && !k->past.n &&
	    mapping_test(c->mapping) == MAPPING_FREE)
		return;
	n = mapping_scan(c->mapping, &c->info.all, pids, 64, NULL);
	for (int i = 0; i < n && !lock_fetch(c, pids[i]); i++)
		;
}

void
tenure_title(const struct keeper *k)
{
	setproctitle("-onlyone keeper of %d", (int)k->c->info.owner.pid);
}

void
tenure_tell(struct keeper *k)
{
	raise_end(k);
	closing_end(k);
	window_end(k);
	graphical_end(k);
	listener_back(k);
	reply_ended(k);
}

const unsigned state_next[] = {
	[OWNED] = TO(SEEKING_SUCCESSOR) | TO(VACANT),
	[SEEKING_SUCCESSOR] = TO(SEEKING_SUCCESSOR) | TO(OWNED) |
	    TO(PARENT_HOLDS) | TO(HANDING_OVER) | TO(VACANT),
	[PARENT_HOLDS] = TO(SEEKING_SUCCESSOR) | TO(OWNED) |
	    TO(HANDING_OVER) | TO(VACANT),
	[HANDING_OVER] = TO(OWNED) | TO(VACANT),
	[VACANT] = 0
};

/* Nowhere else does the state change. */
static void
state_set(struct keeper *k, enum keeper_state state)
{
	change_check(state_next[k->state], state);
	k->state = state;
}

/* While we still have the lock, remove everything that other processes look
 * for. */
void
tenure_release(struct keeper *k)
{
	struct claim *c = k->c;

	state_set(k, VACANT);
	/* Forgotten, or next in line but gone: that run will not count. */
	if (c->info.terms.stamp)
		stamp_end(c->info.terms.stamp, -1);
	/* Unlock the lock file first: the launch that finds the slot free needs
	 * it. */
	lockfile_back(k);
	lockfile_release(&c->file);
	claim_outlast(c);
	claim_release(c);
	waste_deaf(k, &c->listen);
	tenure_tell(k);
	reply_again(k);
	claim_close(c);
}

/* The exit status of the ended instance; -1: not known. */
static int
tenure_exit(const struct keeper *k)
{
	return k->tenure.status_known ? proc_status(k->tenure.status) : -1;
}

/* Write the record while we have the slot: a process that finds it free must
 * find the record, too.  How many launches the instance has turned away. */
static long long
tenure_record(struct keeper *k)
{
	char storage[HISTORY_BYTES + SKIPS_BYTES];
	struct skips skips;
	struct buf b;

	if (k->c->info.terms.stamp &&
	    stamp_end(k->c->info.terms.stamp, tenure_exit(k)) < 0)
		history_note(&k->log, k->c->info.owner.pid, "does not count"
		    " for --every, cannot write the stamp", fault_text(errno),
		    -1);
	buf_init(&b, storage, sizeof(storage));
	history_put(&k->log, &b);
	skips_read(k->c->folder, FILE_SKIPS, &skips);
	skips_put(&skips, &b);
	if (k->tenure.unbegun)
		fields_put_num(&b, "unbegun", 1);
	ended_put(k->c->root, &k->c->info, tenure_exit(k), &b);
	buf_free(&b);
	k->status = keeper_status(tenure_exit(k));
	return skips.n;
}

/* The instance has ended: the slot goes to a launch in line (HANDING_OVER), or
 * is released. */
static void
tenure_end(struct keeper *k)
{
	long long skipped;
	char why[LOG_TEXT];

	gather_tell(k);
	if (k->tenure.helper)
		history_note(&k->log, k->tenure.helper, "is left as a helper",
		    BY_TIME, -1);
	skipped = tenure_record(k);
	if (!line_first(k)) {
		tenure_release(k);
		return;
	}
	text_join(why, sizeof(why), "the next in line follows", skipped ?
	    "; skipped: " : NULL, TEXT_NUM(skipped), NULL);
	history_note(&k->log, k->c->info.owner.pid, k->tenure.unbegun ?
	    WORDS_UNBEGUN : "has ended", why, tenure_exit(k));
	tenure_tell(k);
	claim_outlast(k->c);
	state_set(k, HANDING_OVER);
}

/* Open the holding parent, if there is one.  False: we cannot see it now, and
 * it may be alive. */
static bool
parent_open(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	return t->watched || t->parent >= 0 ||
	    owner_open(&k->c->info.parent, &t->parent) != OWNER_UNKNOWN;
}

void
tenure_parent(struct keeper *k)
{
	io_close(&k->tenure.parent);
	k->tenure.watched = false;
	parent_open(k);
}

static bool
has_parent(const struct keeper *k)
{
	return k->tenure.parent >= 0 && !owner_ended(k->tenure.parent);
}

void
tenure_ending(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	if (t->ending)
		return;
	t->ending = true;
	if (k->state == PARENT_HOLDS)
		owner_end(k->tenure.parent, SIGTERM);
}

enum {
	LOOK_MS = 20,   /* between two looks */
	LATER_MS = 500, /* after LOOKS of them */
	TRIAL_MS = 50, TRIAL_LAST_MS = 1000
};

/* A look has failed, or found nothing yet: look again, soon for the first LOOKS
 * times, then at longer intervals.  Whether this look was due. */
static bool
look_later(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	state_set(k, SEEKING_SUCCESSOR);
	/* Later looks count only when due: each client that we cannot accept
	 * causes a round, and so a look. */
	if (t->looks > LOOKS && clock_now() < t->again)
		return false;
	t->looks++;
	t->again = clock_now() + LATER_MS;
	return true;
}

void
tenure_without(struct keeper *k)
{
	const struct info *i = &k->c->info;

	for (int n = 0; n < WITHOUTS; n++) {
		if (i->without[n])
			history_note(&k->log, i->owner.pid, "runs without a"
			    " file of its rule", i->without[n], -1);
	}
}

void
tenure_begin(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	history_note(&k->log, k->c->info.owner.pid, "is the instance now", NULL,
	    -1);
	tenure_without(k);
	state_set(k, OWNED);
	t->unseen = t->ending = false;
	t->helper = 0;
	t->looks = t->hidden = t->locked_ms = 0;
	buf_free(&t->locked);
	t->status_known = t->unbegun = false;
	listener_await(k);
	tenure_title(k);
}

/*
 * The next owner: recorded, and checked while it is uncertain.
 */

/*
 * A successor without its own session may have been a child of the owner
 * between fork and exec: then it soon stops mapping the slot's file.
 */
void
tenure_trial(struct keeper *k)
{
	struct tenure *t = &k->tenure;
	const struct info *i = &k->c->info;

	t->trial = 0;
	if (t->unseen || (k->c->mapping < 0 && !k->past.n) ||
	    i->owner.pid == i->first)
		return;
	t->trial_ms = TRIAL_MS;
	t->trial = clock_now() + TRIAL_MS;
}

/* Whether the check shows that the owner is not a successor. */
static bool
newowner_lost(struct keeper *k)
{
	struct tenure *t = &k->tenure;
	struct claim *c = k->c;
	pid_t pid = c->info.owner.pid;
	bool left = mapping_left(c->mapping, &c->info.all, pid);

	/* Check its session last: it may get one, and then execute a
	 * program. */
	if (successor_apart(pid, &c->info)) {
		t->trial = 0;
		return false;
	}
	if (left)
		return true;
	if (t->trial <= clock_now()) {
		t->trial_ms *= 2;
		t->trial = t->trial_ms > TRIAL_LAST_MS ? 0 :
		    clock_now() + t->trial_ms;
	}
	return false;
}

/* A process that was found. */
struct next {
	struct owner owner;
	int pidfd;
	enum guess guess;
	bool unseen; /* it is invisible, pidfd is a stand-in's (stand_in_start),
	              * and owner.pid is 0 or a guess */
	struct handler *handler; /* that has become the program; NULL: an
	                          * earlier keeper's */
};

/* Make the process that was found the owner, taking over its pidfd. */
static void
newowner_set(struct keeper *k, const struct next *next)
{
	const struct owner *owner = &next->owner;
	struct tenure *t = &k->tenure;
	struct claim *c = k->c;

	if (owner->pid == c->info.owner.pid)
		line_anew(k);
	io_close(&c->pidfd);
	c->pidfd = next->pidfd;
	c->info.owner = *owner;
	c->info.guess = next->guess;
	t->unseen = next->unseen;
	c->info.passed_at = owner->pid == c->info.first ? 0 : clock_wall();
	if (!owner->pid || successor_apart(owner->pid, &c->info))
		c->info.terminal = 0; /* it was of the old session */
	heal_record(k);
	if (owner->pid)
		folder_pid_write(c->lock, owner->pid, false);
	tenure_title(k);
	history_note(&k->log, owner->pid,
	    "is the instance now, in place of the one that exited",
	    next->guess == GUESS_DAEMON ? BY_TIME : next->guess == GUESS_PID ?
	    "a guess, it cannot be read" : NULL, -1);
	state_set(k, OWNED);
	t->looks = t->hidden = 0;
	tenure_trial(k);
	window_anew(k);
}

static struct successor_death
death_of(const struct keeper *k)
{
	const struct tenure *t = &k->tenure;

	return (struct successor_death){ .status_known = t->status_known,
		.status = t->status, .ended = t->ended, .noted = t->noted };
}

/* Whether we were stopped, and so may have noticed the owner's exit late.  We
 * block CONT: once it has continued us it stays pending. */
static bool
was_stopped(void)
{
	sigset_t set;

	return sigpending(&set) < 0 || sigismember(&set, SIGCONT);
}

/*
 * Guess the invisible owner's pid into owner->pid; 0: not known.
 *
 * We guess once, when a visible owner has exited.  If the guessed process exits
 * and the file stays locked, we were wrong, and could be again.
 */
static void
guess_take(const struct keeper *k, struct owner *owner)
{
	const struct info *i = &k->c->info;
	int mappings[1 + MAPPING_PAST], n = old_mappings_all(k, mappings);
	struct successor_death death = death_of(k);
	int pidfd = -1;
	pid_t pid;

	*owner = (struct owner){ 0 };
	if (k->tenure.unseen) {
		if (i->guess == GUESS_PID && owner_runs(&i->owner))
			*owner = i->owner;
		return;
	}
	pid = was_stopped() ? 0 :
	    successor_guess(mappings, n, i, &death, &pidfd);
	if (pid && owner_record(owner, pid, pidfd, k->c->root->lasting) < 0)
		owner->pid = 0;
	io_close(&pidfd);
}

/*
 * If a process that we cannot see (not dumpable) maps the slot's file: fork a
 * stand-in, which waits for the lock on that file.  When the stand-in exits, so
 * has the owner, even if we have guessed which process that is.  If the fork
 * fails, we look again.
 */
static void
stand_in_start(struct keeper *k)
{
	int mappings[1 + MAPPING_PAST], n = old_mappings_all(k, mappings);
	struct next next = { .unseen = true };
	pid_t pid = fork();

	if (pid == 0) {
		/* The stand-in must keep neither the slot's lock nor a
		 * connection open when the keeper is killed. */
		io_keep(0, mappings, (size_t)n);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* We get the write lock when no process maps the file. */
		for (int i = 0; i < n; i++) {
			if (mappings[i] >= 0)
				mapping_wait(mappings[i]);
		}
		_exit(0);
	}
	if (pid < 0)
		return;
	next.pidfd = owner_pidfd(pid);
	if (next.pidfd < 0) {
		kill(pid, SIGKILL);
		return;
	}
	guess_take(k, &next.owner);
	next.guess = next.owner.pid ? GUESS_PID : GUESS_NONE;
	newowner_set(k, &next);
}

static enum successor_result
successor_look(struct keeper *k, struct successor *s)
{
	struct successor_death death = death_of(k);
	int mappings[1 + MAPPING_PAST], n = old_mappings_all(k, mappings);

	return successor_find(mappings, n, &k->c->info, &death, s);
}

/* Whether the owner was killed before it executed its program: until it is
 * reaped, it has its launch's name, which is ours, too. */
static bool
was_launch(const struct keeper *k)
{
	const struct info *i = &k->c->info;
	const char *program = fields_get(&i->all, "arg");
	char own[32], comm[32];

	proc_comm(getpid(), own, sizeof(own));
	return *own && program && strncmp(text_base(program), own,
	    strlen(own)) && !strcmp(proc_comm(i->owner.pid, comm,
	    sizeof(comm)), own) && owner_signal(k->c->pidfd, 0) == 0;
}

/*
 * What becomes of the instance, once its owner has exited: fate_of says what to
 * look at, and then what to do.
 */

/* Record process pid; takes over pidfd. */
static enum look
next_found(const struct keeper *k, struct next *next, pid_t pid, int pidfd)
{
	if (owner_record(&next->owner, pid, pidfd, k->c->root->lasting) < 0) {
		io_close(&pidfd);
		return LOOK_UNREADABLE;
	}
	next->pidfd = pidfd;
	return LOOK_FOUND;
}

/* Fetch the owner's status.  Whether a client waits for it (JOINING), and it is not
 * there yet: the owner's parent reaps it soon, and then the kernel reports it. */
static bool
status_look(struct keeper *k)
{
	struct tenure *t = &k->tenure;
	const struct info *i = &k->c->info;

	/* A tree's status is that of the launched process, not of the processes
	 * it has left. */
	if (i->terms.lifetime == LIFETIME_TREE && i->owner.pid != i->first)
		return false;
	t->status_known = !t->unseen && owner_status(k->c->pidfd,
	    i->owner.pid, &t->status);
	t->unbegun = t->status_known && WIFSIGNALED(t->status) &&
	    was_launch(k);
	return !t->status_known && client_first(k, JOINING) &&
	    t->looks++ < LOOKS;
}

/* LIFETIME_TREE: the oldest process left of the tree. */
static enum look
rest_look(struct keeper *k, struct known *n, struct next *next)
{
	const struct claim *c = k->c;
	int pidfd;
	pid_t pid = holder_rest(c->root, c->slot->name, &c->info, &pidfd);

	if (pid > 0)
		return pidfd < 0 ? LOOK_UNREADABLE :
		    next_found(k, next, pid, pidfd);
	/* A killed parent cannot tell. */
	if (pid < 0)
		n->rest_backed = fate_scarce(n) &&
		    (k->tenure.watched || has_parent(k));
	else if (!n->held)
		k->tenure.looks++;
	return pid < 0 ? LOOK_FAILED : LOOK_NONE;
}

/* A copy of the owner that maps its file.  A stand-in's exit proves nothing, it
 * may have been killed: so look at the mapping then, too. */
static enum look
copy_look(struct keeper *k, struct next *next)
{
	struct claim *c = k->c;
	enum successor_result found;
	struct successor s;
	int pidfd;

	found = successor_look(k, &s);
	k->tenure.hidden = found == SUCCESSOR_HIDDEN ? k->tenure.hidden + 1 : 0;
	k->tenure.helper = s.helper;
	if (found != SUCCESSOR_FOUND)
		return found == SUCCESSOR_NONE ? LOOK_NONE : LOOK_FAILED;
	next->guess = s.guess;
	pidfd = owner_pidfd(s.pid);
	if (pidfd >= 0 && mapping_mapped(c->mapping, &c->info.all, s.pid))
		return next_found(k, next, s.pid, pidfd);
	io_close(&pidfd);
	return LOOK_UNREADABLE; /* it has exited, too */
}

static enum look
handler_look(struct keeper *k, struct known *n, struct next *next)
{
	int pidfd;
	pid_t pid = handler_find_instance(k, &next->handler, &pidfd);

	n->handlers = k->handlers;
	return pid > 0 ? next_found(k, next, pid, pidfd) :
	    pid < 0 ? LOOK_FAILED : LOOK_NONE;
}

static enum look
parent_look(struct keeper *k)
{
	return !parent_open(k) ? LOOK_FAILED :
	    has_parent(k) ? LOOK_FOUND : LOOK_NONE;
}

/* The handler is the next instance.  It has no mapping, like a program without
 * the shim: the old mapping is for copies of the old instance. */
static void
handler_takeover(struct keeper *k, const struct next *next)
{
	struct claim *c = k->c;
	struct handler *h = next->handler;

	if (h)
		h->instance = clock_now();
	if (h && k->serving.handler == h)
		handler_pass(k);
	tenure_tell(k);
	io_close(&c->mapping);
	old_mappings_forget(k);
	unlinkat(c->folder, FILE_MAPPING, 0);
	unlinkat(c->folder, FILE_HAND, 0);
	unlinkat(c->folder, FILE_SKIPS, 0);
	c->info.first = next->owner.pid;
	claim_outlast(c);
	c->info.since = clock_wall();
	newowner_set(k, next);
}

static void
parent_holds(struct keeper *k)
{
	history_note(&k->log, k->c->info.owner.pid, "has ended",
	    "its parent holds the slot", tenure_exit(k));
	state_set(k, PARENT_HOLDS);
	if (k->tenure.ending)
		owner_end(k->tenure.parent, SIGTERM);
}

/* The owner has exited; held: so has its parent, which held the slot since. */
static void
owner_settle(struct keeper *k, bool held)
{
	struct tenure *t = &k->tenure;
	enum lifetime lifetime = k->c->info.terms.lifetime;
	struct known n = { .held = held,
		.tree = held || lifetime == LIFETIME_TREE,
		.copy = !held && lifetime != LIFETIME_TREE &&
		    lifetime != LIFETIME_MAIN,
		.status_due = !held && status_look(k) };
	struct next next = { .pidfd = -1 };

	for (;;) {
		n.looks = t->looks;
		switch (fate_of(&n)) {
		case FATE_LOOK_REST:
			n.rest = rest_look(k, &n, &next);
			continue;
		case FATE_LOOK_COPIED:
			n.copied = copy_look(k, &next);
			continue;
		case FATE_LOOK_HANDLER:
			if (!held)
				left_tell(k);
			n.handler = handler_look(k, &n, &next);
			continue;
		case FATE_LOOK_PARENT:
			n.parent = parent_look(k);
			continue;
		case FATE_PASSED:
			newowner_set(k, &next);
			if (n.tree)
				t->trial = 0;
			return;
		case FATE_TAKEN:
			handler_takeover(k, &next);
			return;
		case FATE_HELD:
			parent_holds(k);
			return;
		case FATE_OVER:
			tenure_end(k);
			return;
		case FATE_SOON:
			return;
		case FATE_LATER:
			look_later(k);
			return;
		case FATE_UNSEEN:
			if (look_later(k) && (t->looks >= LOOKS_SCARCE ||
			    t->hidden >= LOOKS))
				stand_in_start(k);
			return;
		}
	}
}

/* Whether the stand-in is no longer needed: the invisible process can be seen
 * now, or has exited; or the record names a guess that has exited. */
static bool
stand_in_idle(struct keeper *k)
{
	struct tenure *t = &k->tenure;
	enum successor_result found;
	struct successor s;

	if (clock_now() < t->again)
		return false;
	t->again = clock_now() + LOOK_MS;
	if (k->c->info.guess == GUESS_PID &&
	    !owner_runs(&k->c->info.owner))
		return true;
	found = successor_look(k, &s);
	return found == SUCCESSOR_FOUND || found == SUCCESSOR_NONE;
}

void
tenure_check(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	if (k->state == OWNED && owner_ended(k->c->pidfd)) {
		state_set(k, SEEKING_SUCCESSOR);
		/* The earliest time: before any wait for a CPU or a look.  A
		 * process that it forked then may be its successor. */
		t->noted = clock_boot();
		t->ended = t->noted - look_late() - proc_waited(0);
		t->trial = 0;
	} else if (k->state == OWNED && t->trial && newowner_lost(k)) {
		state_set(k, SEEKING_SUCCESSOR); /* look for another copy */
		t->trial = 0;
		t->noted = -1; /* it has not ended */
	} else if (k->state == OWNED && t->unseen && stand_in_idle(k)) {
		owner_signal(k->c->pidfd, SIGKILL);
		state_set(k, SEEKING_SUCCESSOR);
	}
	if (k->state == SEEKING_SUCCESSOR)
		owner_settle(k, false);
	if (k->state == PARENT_HOLDS && !has_parent(k))
		owner_settle(k, true);
}

long long
tenure_due(struct keeper *k)
{
	const struct tenure *t = &k->tenure;

	if (k->state == OWNED)
		return t->trial;
	if (k->state != SEEKING_SUCCESSOR)
		return 0;
	/* At once, if we have not looked for it yet. */
	return t->looks > LOOKS ? t->again : clock_now() +
	    (t->looks ? LOOK_MS : 0);
}
