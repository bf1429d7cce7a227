/*
 * running.c: what a launch does if an instance is already running.
 *
 * Activate hands the arguments over (meet/hand.c), --join waits for the
 * instance's end, --skip and -n only ask the keeper or its lock whether it
 * runs.  (Launches that wait for the slot are in wait.c.)  Nothing here starts
 * a program: once an instance was met, a failure must not start a second one.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/launch/handover.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/overdue.h"
#include "cli/core/launch/own_record.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/running.h"
#include "cli/core/launch/unrun.h"
#include "cli/core/launch/wait.h"
#include "cli/core/meet/activation.h"
#include "cli/core/meet/command.h"
#include "cli/core/meet/hand.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/meet.h"
#include "cli/core/meet/messages.h"
#include "cli/core/meet/sentence.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/skips.h"
#include "cli/core/wire/ask.h"
#include "preload/contract.h"

bool
running_same(const struct launch *l, const struct fields *b)
{
	struct launched mine = record_launched(l);

	return policy_of(l->o)->meets != MEETS_HANDS &&
	    command_differs(&mine, b) == DIFFERS_NOT;
}

/* Whether the program's row opens documents in the running one. */
static bool
is_opened(enum asks asks)
{
	return asks == ASKS_ROW || asks == ASKS_AUTO;
}

/* The answer to a launch that only asks. */
struct busy {
	const struct fields *b; /* a reply, or a record */
	struct launched mine;
	enum differs differs;
};

static struct busy
busy_make(const struct launch *l, const struct fields *b)
{
	struct busy it = { .b = b, .mine = record_launched(l) };

	it.differs = command_differs(&it.mine, b);
	return it;
}

/* The sentence for such a launch. who: the instance; state: its state, NULL:
 * running; passed: words_passed. code: 0 for a note. -1. */
static int
busy_fault(struct launch *l, const struct busy *it, const char *who,
    const char *state, const char *passed, int code, struct fault *f)
{
	char running[COMMAND_SHOWN], waits[WORDS_WAITS];
	struct situation s = { .differs = it->differs, .asked = true,
		.named = l->o->app, .command = true,
		.window = is_opened(handover_asks(l)) };
	struct sentence_words w = { .who = who,
		.state = state, .held = words_is_held(it->b),
		.running = running, .since = fields_num(it->b, "since", 0),
		.folder = fields_get(it->b, "cwd"), .words_passed = passed,
		.mine = &it->mine, .option = policy_of(l->o)->name };

	s.confined = it->differs != DIFFERS_NOT && !s.window &&
	    !words_waits(it->b);
	command_running(it->b, running);
	if (!state && words_cluster(&l->place, it->b, waits))
		w.state = waits;
	return sentence_fault(f, code, sentence_choose(&s), &w);
}

/*
 * --join: wait for the instance, and exit with its status.
 *
 * It never starts anything.  If the keeper is killed the living instance gets a
 * new one; if the instance has ended by then, its status is lost, which is an
 * error.
 */

struct join {
	struct launch *l;
	int fd;
	long long since;    /* start of the instance; 0: none joined yet */
	long long deadline; /* clock_now; 0: none */
	long long said;     /* when to print that we are waiting; 0: done */
	char who[WORDS_INSTANCE];
};

static int
status_take(struct join *j, const struct fields *b, int *status,
    struct fault *f)
{
	int ended = (int)fields_num(b, "status", -1);

	if (ended < 0)
		return fault_set(f, EXIT_NOANSWER, j->l->place.slot.app,
		    " has exited, and its status is not known",
		    owner_tells_exit() ? NULL : "; before Linux 6.15 use"
		    " --join or -W on its first launch, too", NULL);
	*status = proc_status(ended);
	return 0;
}

/* --join is for the same command line; with -a another one will do.  Whether to
 * join the instance; fault. */
static bool
is_joined(struct join *j, const struct fields *b, struct fault *f)
{
	struct busy it;

	if (j->l->o->app)
		return true;
	it = busy_make(j->l, b);
	if (it.differs == DIFFERS_NOT)
		return true;
	busy_fault(j->l, &it, j->who, NULL, NULL, unrun_code(j->l), f);
	return false;
}

/* ms until the deadline or the note is due; -1: never. */
static int
wait_left(const struct join *j)
{
	long long due = j->deadline;

	clock_earlier(&due, j->said);
	return clock_limit(due);
}

/* Print, once, which instance we are waiting for. false: timed out. */
static bool
place_say(struct join *j)
{
	if (j->deadline && clock_now() >= j->deadline)
		return false;
	if (j->said)
		say_note("waiting for ", j->who, " to end", NULL);
	j->said = 0;
	return true;
}

/* Wait for the end of the instance.  HAND_DONE; HAND_FAILED; HAND_AGAIN: the
 * keeper is gone. */
static enum hand_result
joined_wait(struct join *j, int *status, struct fault *f)
{
	enum hand_result result = HAND_AGAIN;
	bool accepted = false;
	char storage[4096];
	struct frame reply;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	for (;; buf_shift(&b, reply.size)) {
		switch (accepted ? sock_recv(j->fd, &b, &reply, wait_left(j)) :
		    meet_recv(&j->l->meeting, j->fd, &b, &reply)) {
		case SOCK_OK:
			break;
		case SOCK_SLOW:
			if (accepted && place_say(j)) {
				reply.size = 0;
				continue;
			}
			if (accepted)
				fault_set(f, EXIT_BUSY, j->who, " is still"
				    " running", NULL);
			else if (j->since)
				meet_late(&j->l->meeting, f);
			else
				goto out; /* meet_slot says so */
			result = HAND_FAILED;
			goto out;
		default:
			goto out;
		}
		accepted = true;
		switch (reply.type) {
		case FRAME_ACCEPTED:
			j->since = fields_num(&reply.body, "since", 0);
			words_awaited(&reply.body, j->who);
			if (!is_joined(j, &reply.body, f)) {
				result = HAND_FAILED;
				goto out;
			}
			say_more("waiting for ", j->who, " to end", NULL);
			if (j->l->o->loudness == SAY_VERBOSE)
				j->said = 0;
			break;
		case FRAME_ENDED:
			result = status_take(j, &reply.body, status, f) < 0 ?
			    HAND_FAILED : HAND_DONE;
			goto out;
		case FRAME_REFUSED:
			words_refused(&j->l->place, &reply.body, f);
			result = HAND_FAILED;
			goto out;
		default: /* AGAIN */
			goto out;
		}
	}
out:
	buf_free(&b);
	return result;
}

/* The keeper is gone: meet the next one.  0, with j->fd open, or -1: the
 * instance has ended, too. */
static int
joined_meet(struct join *j, struct fault *f)
{
	struct meeting *m = &j->l->meeting;

	switch (meet_instance(m, &j->fd, f)) {
	case MET_KEEPER:
		return 0;
	case MET_FREE:
		return fault_set(f, EXIT_NOANSWER, m->place->slot.app, " and"
		    " its keeper have exited, and its status is not known",
		    NULL);
	default:
		return -1;
	}
}

/* fd: a connection to the keeper, which this closes. */
static enum hand_result
join_run(struct launch *l, int fd, int *status, struct fault *f)
{
	struct join j = { .l = l, .fd = fd, .said = say_later() };
	long long met_at;
	enum hand_result r;

	if (l->o->limit_ms >= 0)
		j.deadline = clock_now() + l->o->limit_ms;
	clock_earlier(&j.deadline, l->meeting.patience.until);
	for (;;) {
		met_at = clock_now();
		r = ask_send(j.fd, FRAME_JOIN, l->place.slot.hash, j.since) <
		    0 ? HAND_AGAIN : joined_wait(&j, status, f);
		io_close(&j.fd);
		if (r != HAND_AGAIN || !j.since)
			return r; /* nothing was joined yet */
		meet_lost(&l->meeting, met_at);
		if (joined_meet(&j, f) < 0)
			return HAND_FAILED;
	}
}

/* The state of the instance in words. parent: the pid of the parent that holds
 * the slot for the rest of a tree, NULL while the program runs.  The text may
 * be stored in out.  NULL: running. */
static const char *
state_text(const char *parent, bool stopped, char *out)
{
	if (!parent)
		return stopped ? WORDS_STOPPED : NULL;
	strcpy(out, " is held by its parent, pid ");
	return strcat(out, parent);
}

/* MEETS_ASKS: count this launch.  Whether it is the first since another process
 * took over the instance (b: a reply or a record). */
static bool
skip_count(const struct launch *l, const struct fields *b)
{
	long long passed = fields_num(b, "passed", 0);
	struct skips s = { .n = 0 };
	char file[PATH_MAX];

	if (text_join(file, sizeof(file), l->place.folder, "/" FILE_SKIPS,
	    NULL)) {
		if (passed)
			skips_read(AT_FDCWD, file, &s);
		skips_add(AT_FDCWD, file);
	}
	return passed && !(s.known && s.at[s.known - 1] >= passed);
}

/* MEETS_ASKS: count this launch.  Whether to skip silently. late: the instance is
 * overdue. */
static bool
is_silent(const struct launch *l, const struct busy *it, bool late)
{
	bool first = skip_count(l, it->b);

	return policy_skips(l->o) && it->differs == DIFFERS_NOT && !late &&
	    !first;
}

/* MEETS_ASKS: report the instance, after is_silent. who: the instance; state: its
 * state, NULL: running.  HAND_DONE, or HAND_FAILED with a fault. */
static enum hand_result
busy_end(struct launch *l, const struct busy *it, const char *who,
    const char *state, bool late, struct fault *f)
{
	bool same = it->differs == DIFFERS_NOT;
	bool skips = policy_skips(l->o) && same && !late;
	char passed[WORDS_PASSED];

	words_passed(it->b, passed);
	busy_fault(l, it, who, late ? WORDS_OVERDUE : state, passed,
	    skips ? 0 : same ? EXIT_BUSY : unrun_code(l), f);
	if (!skips)
		return HAND_FAILED;
	say_fault(f);
	return HAND_DONE;
}

/* MEETS_ASKS: this process is the instance, and would do nothing, if it were told
 * that it runs. */
static enum hand_result
itself_refuse(const struct launch *l, struct fault *f)
{
	fault_set(f, EXIT_BUSY, l->place.slot.app, WORDS_ITSELF,
	    policy_skips(l->o) ? "skip" : "fail because of", " itself",
	    TEXT_HINT, WORDS_ITSELF_HINT, NULL);
	return HAND_FAILED;
}

/* The recorded owner is this process, whose environment does not say so. */
static bool
is_recorded(const struct info *i)
{
	return i->owner.pid == getpid() && owner_runs(&i->owner);
}

enum hand_result
running_locked(struct launch *l, int *status, struct fault *f)
{
	const struct info *i = &l->meeting.claim.info;
	bool parent_only = l->meeting.parent_only, late;
	char who[WORDS_INSTANCE], digits[24], how[64];
	struct busy it;

	late = l->o->overdue_ms && overdue_is(l, i->since, i);
	l->meeting.seen = true;
	if (!parent_only && is_recorded(i))
		return itself_refuse(l, f);
	if (late && l->o->overdue_stop)
		return overdue_replace(l, i->since, status, f);
	it = busy_make(l, &i->all);
	*status = policy_of(l->o)->same;
	if (is_silent(l, &it, late))
		return HAND_DONE;
	return busy_end(l, &it,
	    parent_only ? i->app : words_recorded(i, who),
	    state_text(parent_only ? say_num(digits, i->parent.pid) : NULL,
	    !parent_only && proc_state(i->owner.pid) == 'T', how), late, f);
}

/* Ask the keeper over fd which process holds the slot; closes fd.  HAND_DONE:
 * it is in *holds, an instance, its parent, or a launch that waits for its lock
 * file; else what to do: AGAIN if the keeper is about to let go, or to start
 * another instance. */
static enum hand_result
state_ask(struct launch *l, int fd, struct buf *b, struct frame *reply,
    enum holds *holds, struct fault *f)
{
	enum sock_result r = ask_put(fd, l->place.slot.hash);

	if (r == SOCK_OK)
		r = meet_recv(&l->meeting, fd, b, reply);
	if (r == SOCK_OK && reply->type != FRAME_STATE)
		r = SOCK_NOBODY;
	io_close(&fd);
	switch (r) {
	case SOCK_OK:
		*holds = holds_told(&reply->body);
		return *holds == HOLDS_ENDING || *holds == HOLDS_NEXT ?
		    HAND_AGAIN : HAND_DONE;
	case SOCK_FAILED:
		fault_errno(f, EXIT_SYSTEM, errno, "cannot ask the keeper of ",
		    l->place.slot.app, NULL);
		return HAND_FAILED;
	default:
		return HAND_AGAIN;
	}
}

/* The instance in this STATE is this process; neither its environment nor its
 * record says so. */
static bool
is_itself(const struct fields *b)
{
	return holds_told(b) == HOLDS_INSTANCE && ask_pid(b, "pid") &&
	    fields_num(b, "pid", 0) == getpid();
}

/* MEETS_ASKS: the instance in this STATE is running, or held by its parent. */
static enum hand_result
state_end(struct launch *l, const struct fields *b, int *status,
    struct fault *f)
{
	char who[WORDS_INSTANCE], how[64];
	long long since = fields_num(b, "since", 0);
	bool late = l->o->overdue_ms && overdue_is(l, since, NULL);
	struct busy it;

	if (is_itself(b))
		return itself_refuse(l, f);
	if (late && l->o->overdue_stop)
		return overdue_replace(l, since, status, f);
	it = busy_make(l, b);
	*status = policy_of(l->o)->same;
	if (is_silent(l, &it, late))
		return HAND_DONE;
	return busy_end(l, &it, words_instance(b, who),
	    state_text(holds_told(b) == HOLDS_PARENT ? ask_pid(b, "parent") :
	    NULL, words_stopped(b), how), late, f);
}

/* Nothing is running: the next launch waits for its lock file.  This one acts
 * as if it had met only that lock. */
static enum hand_result
locked_hand(struct launch *l, const struct fields *b, int *status,
    struct fault *f)
{
	holds_fault(b, l->place.slot.app, f);
	*status = locked_end(l, fields_get(b, "lock-file"), f);
	return *status < 0 ? HAND_FAILED : HAND_DONE;
}

/* MEETS_ASKS: only ask the keeper whether an instance is running. */
static enum hand_result
state_hand(struct launch *l, int fd, int *status, struct fault *f)
{
	enum hand_result result;
	char storage[4096];
	enum holds holds;
	struct frame reply;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	result = state_ask(l, fd, &b, &reply, &holds, f);
	if (result == HAND_DONE)
		result = holds == HOLDS_LOCKED ?
		    locked_hand(l, &reply.body, status, f) :
		    state_end(l, &reply.body, status, f);
	buf_free(&b);
	return result;
}

/* --toggle: find out whether the instance runs this command, and end it, as
 * --replace does.  If it has just ended, end nothing. */
static enum hand_result
toggle_hand(struct launch *l, int fd, int *status, struct fault *f)
{
	enum hand_result result;
	struct buf b = { 0 };
	struct frame reply;
	enum holds holds;
	bool meant;

	result = state_ask(l, fd, &b, &reply, &holds, f);
	meant = result == HAND_DONE && holds != HOLDS_LOCKED;
	if (meant) {
		l->toggles_off = running_same(l, &reply.body);
		l->replaced = fields_num(&reply.body, "since", 0);
	} else if (result == HAND_DONE) {
		result = locked_hand(l, &reply.body, status, f);
	}
	buf_free(&b);
	if (!meant)
		return result;
	result = wait_replace(l, status, f);
	/* The instance to end is gone, and another launch has started since:
	 * leave that alone. */
	if (result == HAND_AGAIN && l->toggles_off) {
		*status = 0;
		result = HAND_DONE;
	}
	return result;
}

enum hand_result
running_hand(struct launch *l, int fd, int *status, struct fault *f)
{
	const struct options *o = l->o;
	struct activation a = {
		.args = l->command.args,
		.closed = l->born.closed,
		.output = l->born.output,
		.no_stdin = o->no_stdin,
		.until_exit = o->until_exit,
		.must_deliver = o->must_deliver,
		.handler = way_word(o->terms.on_activate) == WAY_AUTO ? NULL :
		    o->terms.on_activate,
		.off = o->terms.off,
		.asks = (int)handover_asks(l),
		.valued = o->valued.list,
		.nvalued = o->valued.n,
		.apart = o->per_document,
		.raise = o->terms.raise ? raise_names[o->terms.raise] : NULL,
		.verbose = o->loudness == SAY_VERBOSE,
		.quiet = o->loudness == SAY_QUIET,
	};

	/* An instance lives here: a failure must not start a second one. */
	l->meeting.seen = true;
	/* If the whole command line is the key, these are already in it. */
	while (l->handover.own_instance && *a.args)
		a.args++;
	a.launched = record_launched(l);
	a.opens = is_opened((enum asks)a.asks);

	switch (policy_of(o)->meets) {
	case MEETS_HANDS:
		return hand_activate(&l->meeting, fd, &a, status, f);
	case MEETS_JOINS:
		return join_run(l, fd, status, f);
	case MEETS_TOGGLES:
		return toggle_hand(l, fd, status, f);
	case MEETS_ASKS:
	case MEETS_WAITS:
		break;
	}
	return state_hand(l, fd, status, f);
}

enum hand_result
running_try(struct launch *l, int *status, struct fault *f)
{
	int fd;

	patience_begin(&l->meeting.patience);
	if (l->meeting.asks_lock && meet_locked(&l->meeting))
		return running_locked(l, status, f);
	return ask_connect(l->place.folder, PATIENCE_MS, &fd) == SOCK_OK ?
	    running_hand(l, fd, status, f) : HAND_NOBODY;
}
