/*
 * wait.c: a launch that waits for the slot: --wait, --queue, --replace.
 *
 * It stays connected to the keeper of each slot that it waits for.  Its time of
 * arrival (the ticket) decides its place in line.  If the keeper is killed, the
 * launch connects to the next one, or gives a living owner a new keeper.  If
 * the owner has exited too, it starts a keeper without an owner, which collects
 * all waiting launches, so that they keep their order.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sha2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/points.h"
#include "cli/base/say.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/offer.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/own_record.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/start.h"
#include "cli/core/launch/wait.h"
#include "cli/core/meet/command.h"
#include "cli/core/meet/hand.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/meet.h"
#include "cli/core/meet/messages.h"
#include "cli/core/wire/ask.h"
#include "cli/core/wire/frame.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

/* A place in one keeper's line. */
struct line {
	int fd; /* -1: none */
	int index;
	bool slow; /* its keeper has not even taken the connection */
	bool accepted;
	bool closing; /* the replaced instance's windows were asked to close */
	bool offered; /* its keeper has our offer, or may have it */
	long long later; /* until then (clock_now) do not ask its keeper; 0 */
	struct buf in; /* bytes received and not handled yet */
	long long ahead;
	long long since; /* start of the instance that we wait for; 0 */
	pid_t pid; /* and its pid here; 0: none here */
	char who[WORDS_INSTANCE];
};

/* The places of a launch, one for each index. */
struct lines {
	struct line *at;
	int n;
};

/* Whether a launch with these options ends the running instance. */
static bool
ends_instance(const struct options *o)
{
	return policy_of(o)->flags & POLICY_ENDS;
}

/*
 * Messages of a launch that waits in line.
 */

enum { HOLDS_MS = 200 }; /* for a keeper to say what holds its slot */

/* Ask the keeper of this line which process holds the slot. False: no
 * answer. */
static bool
line_holds(struct launch *l, const struct line *line, struct buf *b,
    struct fields *state, enum holds *holds)
{
	struct frame reply;
	struct fault f;

	if (place_index(&l->place, line->index, &f) < 0 ||
	    ask_state(l->place.folder, l->place.slot.hash, HOLDS_MS, b,
	    &reply) != SOCK_OK)
		return false;
	*state = reply.body;
	*holds = holds_told(state);
	return true;
}

/* Print what we are waiting for, and our place in the queue. */
static void
line_words_place(const struct lines *lines, struct launch *l)
{
	const struct line *line = NULL;
	struct buf b = { 0 };
	struct fields state;
	enum holds holds;
	struct fault f;

	for (int i = 0; i < lines->n && !line; i++) {
		if (lines->at[i].accepted)
			line = &lines->at[i];
	}
	if (line && line_holds(l, line, &b, &state, &holds) &&
	    holds == HOLDS_LOCKED) {
		holds_fault(&state, l->place.slot.app, &f);
		say_note("waiting: ", f.line, NULL);
	} else if (line) {
		say_note("waiting for ", line->who, ", at place ",
		    TEXT_NUM(line->ahead + 1), " of the queue", NULL);
	}
	buf_free(&b);
}

/* Timed out: set the fault from what holds the slot of this line.  Whether that
 * is known. */
static bool
line_words_held(struct launch *l, const struct line *line, struct fault *f)
{
	const struct info *i = &l->meeting.claim.info;
	char who[WORDS_INSTANCE], waits[WORDS_WAITS];
	struct buf b = { 0 };
	struct fields state;
	enum holds holds;
	bool stopped = false, replaces = ends_instance(l->o), known = true;

	*who = *waits = '\0';
	if (line_holds(l, line, &b, &state, &holds)) {
		if (holds_runs(holds)) {
			words_awaited(&state, who);
			words_cluster(&l->place, &state, waits);
			stopped = words_stopped(&state);
		} else if (holds == HOLDS_LOCKED ||
		    locked_seen(l, f) != LOCKFILE_LOCKED) {
			holds_fault(&state, l->place.slot.app, f);
		}
	} else if (l->meeting.elsewhere) {
		text_join(who, sizeof(who), l->place.slot.app, NULL);
	} else if (meet_locked(&l->meeting)) {
		words_recorded(i, who);
	} else {
		known = locked_seen(l, f) == LOCKFILE_LOCKED;
	}
	if (*who)
		fault_set(f, EXIT_BUSY, who, replaces && stopped ?
		    " has not exited" : *waits ? " still" : " is still running",
		    waits, !replaces ? NULL :
		    l->o->terms.kill_ms < 0 ? "; --kill-after=SEC kills it" :
		    l->o->limit_ms <= l->o->terms.kill_ms ?
		    "; -w must be longer than --kill-after" : NULL, NULL);
	buf_free(&b);
	return known;
}

/* Timed out: set the fault. -1. */
static int
line_words_busy(const struct lines *lines, struct launch *l,
    struct fault *f)
{
	for (int i = 0; i < lines->n && ends_instance(l->o); i++) {
		if (lines->at[i].closing && l->o->terms.kill_ms < 0)
			return words_unclosed(lines->at[i].who,
			    lines->at[i].pid, l->o->limit_ms, f);
	}
	for (int i = 0; i < lines->n; i++) {
		if (line_words_held(l, &lines->at[i], f))
			return -1;
	}
	if (lines->at->fd < 0 && !lines->at->slow)
		return fault_set(f, EXIT_BUSY, l->place.slot.app, " is not"
		    " running, but another launch is starting it", NULL);
	words_not_responding(&l->place, f);
	f->code = EXIT_BUSY; /* our time, not the keeper's, has run out */
	return -1;
}

enum { LINE_SHOWN = 80 };

/* The queue is full: name the launches in it. */
static int
line_words_full(const struct place *p, const struct fields *b, struct fault *f)
{
	long long n = fields_num(b, "queued", 0), shown = 0;
	char who[QUEUED_SHOWN * (LINE_SHOWN + 32)], command[LINE_SHOWN];
	char here[PATH_MAX], there[PATH_MAX];
	struct text t = text_in(who, sizeof(who)), c;
	const char *why = fields_get(b, "why");
	bool ours = ask_pid(b, "waiter");
	const char *pid = NULL;
	struct buf line;

	while (ours && (pid = fields_next(b, "waiter", pid))) {
		text_all(&t, shown++ ? ", pid " : ": pid ", pid, NULL);
		line = (struct buf){ 0 };
		c = text_in(command, sizeof(command));
		look_cwd(atoi(pid), there, sizeof(there));
		/* The same command in another folder is another job. */
		if (words_command(atoi(pid), &line, &c)) {
			text_all(&t, " (", command, *there && getcwd(here,
			    sizeof(here)) && strcmp(here, there) ? ", in " :
			    NULL, there, NULL);
			text_add(&t, ")");
		}
		buf_free(&line);
	}
	if (shown && n > shown)
		text_all(&t, " and ", TEXT_NUM(n - shown), " more", NULL);
	return fault_set(f, EXIT_BUSY, p->slot.app, ": ", why ? why : "busy",
	    TEXT_QUOTED, who, "; --queue=", TEXT_NUM(n + 1),
	    " lets one more wait", NULL);
}

/*
 * Getting in line.
 */

/* What a launch tells each keeper whose line it gets in. */
struct errand {
	const struct launch *l;
	size_t room;      /* bytes of its record; 0: unknown */
	long long ticket; /* time of arrival, ns: decides its place in line */
	char cover[SLOT_HASH + 1]; /* the same in identical launches */
	bool queued; /* a keeper has accepted us in its line */
};

static long long
ticket_draw(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Two queued launches are identical if these are equal.  If their folder cannot
 * be read, the ticket makes each of them unique. */
static void
cover_make(const struct launch *l, long long ticket, char *hash)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	if (!command_hash(l->command.words, hex))
		SHA256Data((const uint8_t *)&ticket, sizeof(ticket), hex);
	text_join(hash, SLOT_HASH + 1, hex, NULL);
}

static void
errand_draw(struct errand *e, const struct launch *l)
{
	e->l = l;
	e->ticket = ticket_draw();
	cover_make(l, e->ticket, e->cover);
}

/* How long windows may take to close, ms: half of the limit, or less if
 * --kill-after needs more of it. */
static int
polite_ms(const struct options *o)
{
	int half = o->limit_ms / 2, left;

	if (o->limit_ms < 0)
		return POLITE_MS;
	left = o->terms.kill_ms < 0 ? half :
	    o->limit_ms - DEATH_MS - o->terms.kill_ms;
	return left < half ? (left > 0 ? left : 0) : half;
}

/* Get in line: send WAIT over fd. taker: the process that an earlier TAKE named
 * as the instance; 0: none.  0 or -1. */
static int
line_ask(const struct errand *e, pid_t taker, int fd)
{
	const struct options *o = e->l->o;
	/* Of several keepers only the first decides whether the queue is full:
	 * two launches at once could each be first in one line. */
	bool queues = policy_of(o)->flags & POLICY_COUNTED &&
	    !e->l->place.slot.index;
	char storage[1024];
	struct buf b;
	size_t start;

	buf_init(&b, storage, sizeof(storage));
	start = ask_begin(&b, FRAME_WAIT, e->l->place.slot.hash);
	fields_put_num(&b, "ticket", e->ticket);
	fields_put(&b, "mode", ends_instance(o) ? "replace" :
	    queues ? "queue" : "wait");
	fields_put(&b, "cover", e->cover);
	if (queues && e->queued) /* keep our place: there may be later ones */
		fields_put_num(&b, "max", INT_MAX);
	else if (queues && o->pending) /* default: 1 */
		fields_put_num(&b, "max", o->pending);
	if (taker)
		fields_put_num(&b, "pid", taker);
	fields_put_num(&b, "room", (long long)e->room);
	if (o->terms.stop_signal)
		fields_put_num(&b, "stop-signal", o->terms.stop_signal);
	if (o->terms.kill_ms >= 0)
		fields_put_num(&b, "kill-after", o->terms.kill_ms);
	if (o->terms.ends == ENDS_TREE)
		fields_put_num(&b, "tree", 1);
	if (ends_instance(o))
		fields_put_num(&b, "polite", polite_ms(o));
	if (e->l->replaced)
		fields_put_num(&b, "since", e->l->replaced);
	sock_files(fd, true); /* GO carries the lock file */
	return sock_frame(fd, &b, start);
}

/* Take the reply ACCEPTED, whose fields are b.  Whether more launches are ahead
 * of us now than when we were accepted before. */
static bool
line_accepted(struct line *line, const struct fields *b)
{
	long long ahead = fields_num(b, "ahead", 0);
	long long since = fields_num(b, "since", 0);
	bool overtaken = line->accepted && ahead > line->ahead;

	words_awaited(b, line->who);
	line->pid = ask_pid(b, "pid") ? (pid_t)fields_num(b, "pid", 0) : 0;
	line->ahead = ahead;
	line->since = since;
	line->closing = fields_num(b, "closing", 0) == 1;
	line->accepted = true;
	return overtaken;
}

/* Leave all lines. */
static void
lines_close(struct lines *lines)
{
	for (int i = 0; i < lines->n; i++) {
		io_close(&lines->at[i].fd);
		buf_free(&lines->at[i].in);
	}
}

enum { ANSWER_MS = 5000 }; /* for a keeper to finish a message */

struct waiting {
	struct launch *l;
	struct errand errand;
	struct offer offer;
	int offers; /* lines that have it */
	long long alone; /* until then (clock_now) listen only to those; 0 */
	struct lines lines; /* one for each index */
	bool locked; /* the lock file is another's: wait for it in line */
	struct pollfd *polled; /* one for each line, and one for
	                        * adopted.pidfd */
	long long began;    /* clock_now */
	long long deadline; /* clock_now; 0: none */
	long long said;     /* when to note what we wait for; 0: done */
	int status;  /* with STEP_ENDED: the exit status */
};

/* ACCEPTED, whose fields are b, has the first launch's --kill-after: wait for
 * that, unless our own options decide. */
static void
deadline_extend(struct waiting *w, const struct fields *b)
{
	const struct options *o = w->l->o;
	bool odd = false;
	long long until = w->began + replace_ms((int)fields_range(b,
	    "kill-after", 0, INT_MAX, -1, &odd));

	if (ends_instance(o) && !o->limited && o->terms.kill_ms < 0 &&
	    w->deadline < until)
		w->deadline = until;
}

/* Result of a step. */
enum step {
	STEP_FAILED = -1, /* fault */
	STEP_ON,          /* keep waiting */
	STEP_ENDED        /* the launch is over */
};

/* We got the slot, as the instance that started at `since`: leave the lines and
 * start. */
static enum step
slot_take(struct waiting *w, const struct line *line, long long since,
    struct fault *f)
{
	long long old = line->since;
	char age[64];

	lines_close(&w->lines);
	if (w->l->o->overdue_ms && old == w->l->replaced)
		say_note(line->who, WORDS_OVERDUE ", ", say_age(age, old),
		    ": stopping it, to run it again", NULL);
	return offer_go(&w->offer, since, old, &w->status, f) < 0 ?
	    STEP_FAILED : STEP_ENDED;
}

static void
line_lose(struct waiting *w, struct line *line)
{
	io_close(&line->fd);
	/* Do not count the time in this line against the next keeper: it gets
	 * the full time limit. */
	if (line->accepted)
		patience_begin(&w->l->meeting.patience);
	line->accepted = line->closing = false;
	line->in.len = 0;
	if (line->offered) {
		line->offered = false;
		w->alone = 0;
		if (--w->offers == 0)
			offer_drop(&w->offer);
	}
}

/* Two answers to two offers would give this launch two places.  So after an
 * answer, make the other keepers wait a moment, shorter than an offer lasts: a
 * stopped one must not keep us from the other places. */
enum { ALONE_MS = 500 };

static bool
line_waits(const struct waiting *w, const struct line *line)
{
	return w->alone && !line->offered;
}

/* Handle OFFER. */
static enum step
offered_take(struct waiting *w, struct line *line, struct fault *f)
{
	enum offered r;

	/* The instance has ended: --toggle starts nothing. */
	if (w->l->toggles_off)
		return STEP_ENDED;
	w->offers += !line->offered;
	line->offered = true;
	w->alone = clock_now() + ALONE_MS;
	r = offer_take(&w->offer, line->fd, f);
	if (r == OFFER_FAILED)
		return STEP_FAILED;
	if (r == OFFER_NOT_DUE) {
		w->status = policy_of(w->l->o)->same;
		return STEP_ENDED;
	}
	if (r != OFFER_TAKEN)
		line_lose(w, line);
	return STEP_ON;
}

enum { FULL_MS = 250 }; /* until we ask a full keeper again */

/* AGAIN: start over, in another root if the keeper's is full. */
static enum step
again_take(struct waiting *w, struct line *line, const struct fields *b,
    struct fault *f)
{
	struct place *place = &w->l->place;
	const char *full = fields_get(b, "full");

	/* Its keeper has no place for us.  That may last as long as others wait:
	 * be no burden to it. */
	if (fields_num(b, "crowded", 0) == 1) {
		line->later = clock_now() + FULL_MS;
		patience_renew(&w->l->meeting.patience);
	}
	line_lose(w, line);
	if (!full || strcmp(full, place->root.path) ||
	    root_pass(&place->root, ENOSPC) < 0)
		return STEP_ON;
	root_close(&place->root);
	return place_again(place, f) < 0 ? STEP_FAILED : STEP_ON;
}

/* Handle one message of a keeper. */
static enum step
reply_take(struct waiting *w, struct line *line, struct fault *f)
{
	struct place *place = &w->l->place;
	enum step step = STEP_ON;
	struct frame reply;

	/* GO carries the lock file. */
	switch (sock_recv_fd(line->fd, &line->in, &reply, ANSWER_MS,
	    &w->l->lock.file)) {
	case SOCK_OK:
		break;
	case SOCK_SLOW:
		if (!line->accepted) {
			words_not_responding(place, f);
			return STEP_FAILED;
		}
		/* fall through */
	default:
		/* The keeper is gone.  Or it has no memory, or its user too many
		 * descriptors in flight, which may last: do not ask it at
		 * once. */
		if (!line->accepted)
			patience_pause(&w->l->meeting.patience);
		line_lose(w, line);
		return STEP_ON;
	}
	w->l->meeting.seen = true;
	switch (reply.type) {
	case FRAME_ACCEPTED:
		if (line_accepted(line, &reply.body) && !w->said)
			w->said = say_later();
		/* ctl/hold.c: a launch has adopted the process meanwhile, and it
		 * would wait for its own exit. */
		if (line->pid && line->pid == w->l->adopted.pid &&
		    !w->l->adopted.words) {
			w->status = 0;
			step = STEP_ENDED;
		}
		deadline_extend(w, &reply.body);
		w->errand.queued = true;
		break;
	case FRAME_OFFER:
		if (place_index(place, line->index, f) < 0)
			step = STEP_FAILED;
		else
			step = offered_take(w, line, f);
		break;
	case FRAME_GO:
		step = place_index(place, line->index, f) < 0 ? STEP_FAILED :
		    slot_take(w, line, fields_num(&reply.body, "since", 0), f);
		break;
	case FRAME_DONE: /* an identical launch is queued */
		say_note(place->slot.app, ": an identical launch is queued"
		    " already, pid ", TEXT_NUM(fields_num(&reply.body,
		    "covered", 0)), NULL);
		w->status = 0;
		step = STEP_ENDED;
		break;
	case FRAME_REFUSED:
		if (fields_get(&reply.body, "queued"))
			line_words_full(place, &reply.body, f);
		else
			words_refused(place, &reply.body, f);
		step = STEP_FAILED;
		break;
	default: /* AGAIN */
		step = again_take(w, line, &reply.body, f);
		break;
	}
	if (line->in.len)
		buf_shift(&line->in, reply.size);
	return step;
}

/* The slot is free and we have the claim: start.  If a keeper had us in its
 * line, others may be waiting too: start a keeper that collects them. */
static enum step
free_take(struct waiting *w, struct fault *f)
{
	struct launch *l = w->l;

	if (l->toggles_off) {
		meet_drop(&l->meeting);
		return STEP_ENDED;
	}
	if (w->errand.queued || w->locked)
		return meet_vacant(&l->meeting, f) < 0 ? STEP_FAILED : STEP_ON;
	/* As the parent of its program it is in no line. */
	for (int i = 0; i < w->lines.n; i++)
		line_lose(w, &w->lines.at[i]);
	switch (start_run(l, &w->status, f)) {
	case START_ENDED:
		return STEP_ENDED;
	case START_AGAIN:
		return STEP_ON;
	case START_LOCKED:
		/* The line has a limit: wait in it. */
		w->locked = policy_of(l->o)->flags & POLICY_COUNTED;
		if (w->locked)
			return STEP_ON;
		if (locked_wait(l, w->deadline, f) < 0)
			return STEP_FAILED;
		/* We waited for the lock file: do not count that against the
		 * keeper's time limit. */
		patience_begin(&l->meeting.patience);
		return STEP_ON;
	default:
		return STEP_FAILED;
	}
}

/* The instance's keeper sees other files: there is no line to get in, and we
 * cannot ask it to exit.  Wait until the keeper exits, and check now and then
 * whether it still has this slot. */
static enum step
elsewhere_await(struct waiting *w, struct line *line, const struct fault *f)
{
	enum { LOOK_MS = 1000, OTHERS_MS = 50 };
	struct launch *l = w->l;
	struct fault why = *f;
	long long due = clock_now() +
	    (w->lines.n > 1 || l->adopted.pid ? OTHERS_MS : LOOK_MS);

	if (ends_instance(l->o))
		return STEP_FAILED;
	if (!*line->who) {
		fault_bare(&why);
		say_more("waiting: ", why.line, NULL);
	}
	text_join(line->who, sizeof(line->who), l->place.slot.app, NULL);
	if (w->said && clock_now() >= w->said) {
		w->said = 0;
		say_note("waiting for ", line->who, ", which sees other files,"
		    " to exit", NULL);
	}
	clock_earlier(&due, w->deadline);
	clock_earlier(&due, w->said);
	io_wait(l->meeting.claim.name_holder.pidfd, POLLIN, clock_left(due));
	/* We need not wait for its answer. */
	patience_begin(&l->meeting.patience);
	return STEP_ON;
}

/* Get in line at this index, or take the slot if it is free. */
static enum step
line_join(struct waiting *w, struct line *line, struct fault *f)
{
	struct launch *l = w->l;
	struct patience *patience = &l->meeting.patience;
	enum met met;

	line->later = 0;
	if (place_index(&l->place, line->index, f) < 0)
		return STEP_FAILED;
	met = meet_once(&l->meeting, patience_left(patience), &line->fd, f);
	line->slow = met == MET_SLOW;
	if (met != MET_FREE && met != MET_SLOW)
		lockfile_release(&l->lock.file); /* we do not start now */
	switch (met) {
	case MET_KEEPER:
		if (line_ask(&w->errand, l->meeting.offered, line->fd) < 0)
			io_close(&line->fd);
		return STEP_ON;
	case MET_FREE:
		return free_take(w, f);
	case MET_BUSY:
		patience_pause(patience);
		return STEP_ON;
	case MET_ELSEWHERE:
		return elsewhere_await(w, line, f);
	case MET_FAILED:
		return STEP_FAILED;
	default:
		return STEP_ON; /* until the time limit */
	}
}

/* ms until we must act even without a message; -1: never. */
static int
lines_limit(const struct waiting *w)
{
	long long due = w->deadline;
	long long patience = patience_end(&w->l->meeting.patience);

	clock_earlier(&due, w->said);
	clock_earlier(&due, w->alone);
	for (int i = 0; i < w->lines.n; i++) {
		const struct line *line = &w->lines.at[i];

		if (line->fd < 0 && !line->later)
			return 0; /* there may be a keeper by now */
		/* A keeper must accept us within the time limit. */
		if (!line->accepted)
			clock_earlier(&due, line->later ? line->later : patience);
	}
	return clock_limit(due);
}

/* Sleep until a keeper sends a message, and handle it. */
static enum step
lines_take(struct waiting *w, struct fault *f)
{
	struct lines *lines = &w->lines;
	struct pollfd *p = w->polled, *adopted = p + lines->n;
	enum step step = STEP_ON;

	if (w->alone && clock_now() >= w->alone)
		w->alone = 0;
	for (int i = 0; i < lines->n; i++)
		p[i] = (struct pollfd){ line_waits(w, &lines->at[i]) ? -1 :
			lines->at[i].fd, POLLIN, 0 };
	*adopted = (struct pollfd){ w->l->adopted.pid ?
		w->l->adopted.pidfd : -1, POLLIN, 0 };
	if (io_poll(p, (size_t)lines->n + 1, lines_limit(w)) < 0)
		return STEP_ON;
	if (adopted->revents) {
		start_adopted_ended(w->l, f);
		return STEP_FAILED;
	}
	for (int i = 0; i < lines->n && step == STEP_ON; i++) {
		/* One read may bring several messages. */
		if (p[i].revents && !line_waits(w, &lines->at[i]))
			do
				step = reply_take(w, &lines->at[i], f);
			while (step == STEP_ON && lines->at[i].in.len);
	}
	if (step == STEP_ON && w->said && clock_now() >= w->said) {
		w->said = 0;
		line_words_place(lines, w->l);
	}
	return step;
}

static bool
is_late(const struct waiting *w)
{
	return w->deadline && clock_now() >= w->deadline;
}

/* Fail if we timed out, or if no keeper has accepted us in time. */
static enum step
limits_look(struct waiting *w, struct fault *f)
{
	struct launch *l = w->l;
	enum patience_result look;
	bool silent = true;

	if (is_late(w)) {
		line_words_busy(&w->lines, l, f);
		return STEP_FAILED;
	}
	if (patience_left(&l->meeting.patience))
		return STEP_ON;
	for (int i = 0; i < w->lines.n; i++)
		silent &= !w->lines.at[i].accepted;
	if (!silent) {
		patience_begin(&l->meeting.patience);
		return STEP_ON;
	}
	look = patience_look(&l->meeting.patience, &l->place);
	/* If our own limit has passed, too, we were stopped just now: look once
	 * more. */
	if (look == PATIENCE_ENDS && !is_late(w)) {
		words_not_responding(&l->place, f);
		return STEP_FAILED;
	}
	for (int i = 0; look == PATIENCE_MOVES && i < w->lines.n; i++)
		line_lose(w, &w->lines.at[i]);
	return STEP_ON;
}

/* Returns as wait_run. */
static int
lines_run(struct waiting *w, struct fault *f)
{
	struct lines *lines = &w->lines;
	enum step step = STEP_ON;

	if (offer_begin(&w->offer, w->l, f) < 0)
		return -1;
	patience_begin(&w->l->meeting.patience);
	while (step == STEP_ON) {
		for (int i = 0; i < lines->n && step == STEP_ON; i++) {
			struct line *line = &lines->at[i];

			if (line->fd < 0 && clock_now() >= line->later)
				step = line_join(w, line, f);
		}
		if (step == STEP_ON)
			step = lines_take(w, f);
		if (step == STEP_ON)
			step = limits_look(w, f);
	}
	return step == STEP_ENDED ? w->status : -1;
}

int
wait_run(struct launch *l, int first, int n, struct fault *f)
{
	struct waiting w = { .l = l, .lines.n = n };
	struct buf room = { 0 };
	int r;

	if (buf_room(&room, (size_t)n * sizeof(*w.lines.at) +
	    (size_t)(n + 1) * sizeof(*w.polled)) < 0)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot wait",
		    NULL);
	w.lines.at = (struct line *)(void *)room.at;
	w.polled = (struct pollfd *)(void *)(w.lines.at + n);
	for (int i = 0; i < n; i++)
		w.lines.at[i] = (struct line){ .fd = -1, .index = first + i };
	errand_draw(&w.errand, l);
	w.errand.room = record_room(l);
	w.began = clock_now();
	if (l->o->limit_ms >= 0)
		w.deadline = w.began + l->o->limit_ms;
	l->meeting.patience.until = w.deadline;
	w.said = say_later();
	r = lines_run(&w, f);
	l->meeting.patience.until = 0;
	lines_close(&w.lines);
	if (r < 0)
		offer_drop(&w.offer);
	buf_free(&room);
	return r;
}

enum hand_result
wait_replace(struct launch *l, int *status, struct fault *f)
{
	point_reach("replace");
	*status = wait_run(l, l->place.slot.index, 1, f);
	patience_begin(&l->meeting.patience); /* the wait in line was fine */
	return *status >= 0 ? HAND_DONE :
	    f->code == EXIT_NONE ? HAND_AGAIN : HAND_FAILED;
}
