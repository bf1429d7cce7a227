/*
 * meet.c: connect to the instance of a slot, or claim the slot if it is free.
 *
 * meet_once tries once: first a keeper that answers, then a claim (meet.h);
 * meet_slot repeats that as long as its patience lasts. request_put asks a keeper,
 * watch_run waits for an instance's end, await_look checks whether there is
 * still something to wait for: none of these starts a command.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/keeper/keeper.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/meet.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/ask.h"

/*
 * A request to the keeper of an instance.
 *
 * If the keeper is gone, the owner gets a new one: ask that one.  A keeper that
 * answers AGAIN is looking for a successor: ask it again too.  No command is
 * ever started here.
 */

/* Try once: SOCK_OK and the reply, or why there is none. */
static enum sock_result
request_try(struct meeting *m, int fd, const struct buf *request,
    struct buf *b, struct frame *reply)
{
	b->len = 0;
	if (sock_send(fd, request->at, request->len, NULL, 0) < 0)
		return errno == EAGAIN ? SOCK_SLOW : SOCK_NOBODY;
	return meet_recv(m, fd, b, reply);
}

int
request_put(struct place *p, const struct buf *request, struct buf *b,
    struct frame *reply, struct fault *f)
{
	enum sock_result answer;
	struct meeting m;
	enum met met;
	int fd, r = -1;

	meeting_begin(&m, p);
	while ((met = meet_instance(&m, &fd, f)) == MET_KEEPER) {
		answer = request_try(&m, fd, request, b, reply);
		io_close(&fd);
		if (answer == SOCK_OK && reply->type != FRAME_AGAIN) {
			r = 0;
			break;
		}
		if (answer == SOCK_SLOW) {
			words_not_responding(p, f);
			break;
		}
		patience_pause(&m.patience);
	}
	meeting_end(&m);
	return met == MET_FREE ? 1 : r;
}

/*
 * Wait until the keeper reports the instance's end.
 *
 * If the connection closes, the keeper has exited, not the instance: revive the
 * keeper, and ask again.  A process that waits here never starts the command:
 * if it finds the slot free, the instance is over.  The caller decides what to
 * ask, and handles messages that arrive meanwhile (onlyonectl listen).
 */

enum { ANSWER_MS = 5000 }; /* for the rest of a message */

/* Wait for ENDED on fd. */
static enum watched
ended_wait(const struct watch *w, int fd, struct fault *f)
{
	char storage[512];
	struct pollfd p[2] = { { fd, POLLIN, 0 }, { w->alarm, POLLIN, 0 } };
	enum watched result = WATCHED_LOST;
	struct frame reply;
	struct buf b;

	(void)f;
	buf_init(&b, storage, sizeof(storage));
	for (;;) {
		if (!b.len) {
			io_poll(p, 2, -1);
			if (p[1].revents) {
				result = WATCHED_ALARM;
				break;
			}
		}
		if (sock_recv(fd, &b, &reply, ANSWER_MS) != SOCK_OK)
			break;
		if (reply.type == FRAME_ENDED) {
			result = WATCHED_ENDED;
			break;
		}
		buf_shift(&b, reply.size);
	}
	buf_free(&b);
	return result;
}

static int
watch_ask(const struct watch *w, int fd)
{
	return ask_send(fd, FRAME_WATCH, w->place->slot.hash, w->since);
}

enum watched
watch_run(const struct watch *w, int *fd, struct fault *f)
{
	enum watched result = WATCHED_LOST;
	struct meeting m;
	long long met_at;
	bool asked;

	meeting_begin(&m, w->place);
	if (w->until)
		patience_limit(&m.patience, w->until);
	while (result == WATCHED_LOST) {
		asked = *fd >= 0;
		switch (asked ? MET_KEEPER : meet_instance(&m, fd, f)) {
		case MET_KEEPER:
			break;
		case MET_FREE:
			result = WATCHED_ENDED;
			continue;
		default:
			result = WATCHED_FAULT;
			continue;
		}
		met_at = clock_now();
		if (!asked && w->ask(w, *fd) < 0) {
			io_close(fd);
			patience_pause(&m.patience);
			continue;
		}
		result = w->talk(w, *fd, f);
		if (result != WATCHED_LOST)
			break;
		io_close(fd);
		meet_lost(&m, met_at);
	}
	meeting_end(&m);
	return result;
}

enum watched
watch_instance(struct place *p, long long since, int *fd, int alarm,
    long long until, struct fault *f)
{
	struct watch w = { p, since, alarm, watch_ask, ended_wait, NULL, until };

	return watch_run(&w, fd, f);
}

/*
 * How long, and how often, to retry.
 */

enum {
	SECOND_MS = 1000, /* between two looks */
	ANSWER_LEAST_MS = 1000, /* even with -w 0 */
	SILENT_MOST = PATIENCE_MS / SECOND_MS,
	PAUSE_FIRST_US = 100,
	PAUSE_LAST_US = 25000, /* keeper/queue.c relies on it */
	REVIVALS = 20
};

void
patience_begin(struct patience *p)
{
	*p = (struct patience){ .pause = PAUSE_FIRST_US, .keeper = -1,
		.until = p->until, .said = p->said };
}

void
patience_limit(struct patience *p, long long until)
{
	p->until = clock_now() + ANSWER_LEAST_MS;
	if (p->until < until)
		p->until = until;
}

long long
patience_end(struct patience *p)
{
	if (!p->look)
		p->look = clock_now() + SECOND_MS;
	return p->until && p->until < p->look ? p->until : p->look;
}

/* The time of -w has passed. */
static bool
is_over(const struct patience *p)
{
	return p->until && clock_now() >= p->until;
}

void
patience_renew(struct patience *p)
{
	p->look = clock_now() + SECOND_MS;
	p->silent = 0;
	p->keeper = -1;
}

void
patience_pause(struct patience *p)
{
	clock_sleep(p->pause);
	if (p->pause < PAUSE_LAST_US)
		p->pause *= 2;
}

int
patience_left(struct patience *p)
{
	return clock_span(patience_end(p) - clock_now());
}

/* Whether this process will answer.  One that lives, and is not stopped, does so
 * as soon as it gets to it; but not one that sleeps without a socket: it cannot
 * make one, since the disk is full, or something else is in its place. */
static bool
will_answer(pid_t pid, bool socket)
{
	char state = pid ? proc_state(pid) : '\0';

	return state && !strchr(socket ? "TtZX" : "TtZXS", state);
}

/* Whether the process that has the slot will answer.  *pid: the recorded keeper,
 * or a launch that has claimed the slot, or a keeper that has not recorded itself
 * yet: these have the name lock.  0: not known, or not in our pid namespace. */
static bool
keeper_look(const struct place *place, pid_t *pid)
{
	struct root root = place->root;
	struct info i = { .keeper = 0 };
	struct name_lock_holder h = { .pidfd = -1 };
	struct buf b = { 0 };
	struct stat st;
	struct fault f;
	bool socket;
	int folder;

	*pid = 0;
	root.fd = -1;
	if (root_open(&root, &f) < 0)
		return false;
	folder = folder_peek(&root, place->slot.name);
	socket = folder >= 0 && fstatat(folder, FILE_SOCK, &st,
	    AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(st.st_mode);
	if (holder_record(&root, place->slot.name, &b, &i) &&
	    i.owner.pidns == owner_pidns())
		*pid = i.keeper;
	if (!*pid && name_lock_find(&root, &place->slot, -1, &h) ==
	    NAME_LOCK_OURS)
		*pid = h.pid;
	io_close(&h.pidfd);
	io_close(&folder);
	root_close(&root);
	buf_free(&b);
	return will_answer(*pid, socket);
}

bool
keeper_lives(const struct place *p)
{
	pid_t pid;

	return keeper_look(p, &pid);
}

/* A look that finds nobody is not the last one: another keeper may just be
 * starting, or this process was stopped itself. */
enum patience_result
patience_look(struct patience *p, const struct place *place)
{
	bool moves;
	pid_t pid;

	if (patience_left(p))
		return PATIENCE_LASTS;
	if (is_over(p))
		return PATIENCE_ENDS;
	p->silent = keeper_look(place, &pid) ? 0 : p->silent + 1;
	if (p->silent >= SILENT_MOST)
		return PATIENCE_ENDS;
	/* It lets us go each time: does it not understand us? */
	if (p->connects > 1 && keeper_says(place) == KEEPER_FOREIGN)
		return PATIENCE_ENDS;
	p->connects = 0;
	p->look = clock_now() + SECOND_MS;
	moves = pid != p->keeper;
	p->keeper = pid;
	if (!p->silent && !p->said && isatty(2))
		say_note("waiting for ", place->slot.app, ": pid ",
		    TEXT_NUM(pid), ", which keeps it, is busy", NULL);
	p->said |= !p->silent;
	return moves ? PATIENCE_MOVES : PATIENCE_LASTS;
}

enum sock_result
meet_recv(struct meeting *m, int fd, struct buf *b, struct frame *f)
{
	enum patience_result look = PATIENCE_LASTS;
	enum sock_result r;

	while ((r = sock_recv(fd, b, f, patience_left(&m->patience))) ==
	    SOCK_SLOW && look == PATIENCE_LASTS) {
		look = patience_look(&m->patience, m->place);
		if (look != PATIENCE_LASTS) {
			point_reach("leaves");
			sock_deafen(fd);
		}
	}
	if (look == PATIENCE_LASTS || r == SOCK_OK || r == SOCK_FAILED)
		return r;
	return look == PATIENCE_ENDS ? SOCK_SLOW : SOCK_NOBODY;
}

/*
 * A launch whose turn does not come: is there still something to wait for?
 */

enum {
	LOOK_MS = 5000, /* between looks */
	LATE_MS = 2000  /* report a handler that takes longer */
};

int
await_ms(const struct await *t)
{
	return t->wait_said ? LOOK_MS : LATE_MS;
}

/*
 * Does the keeper still answer new connections?  If it is stopped, waiting on
 * our own connection never ends.  And is there an instance to wait for?  If two
 * looks in a row find only a holding parent, stop waiting.  Tell the user once
 * whose handler we are waiting for.
 */
enum awaited
await_look(struct await *t, const struct place *p, struct fault *f)
{
	enum awaited result = AWAIT_ON;
	char storage[4096];
	struct frame reply;
	struct buf b;
	bool was = t->held;

	buf_init(&b, storage, sizeof(storage));
	t->held = false;
	switch (ask_state(p->folder, p->slot.hash, SECOND_MS, &b, &reply)) {
	case SOCK_SLOW:
		result = keeper_lives(p) ? AWAIT_ON : AWAIT_SLOW;
		break;
	case SOCK_OK:
		t->held = holds_told(&reply.body) == HOLDS_PARENT;
		if (!t->wait_said && fields_num(&reply.body, "handler", 0) &&
		    fields_num(&reply.body, "handling", 0) >= LATE_MS) {
			words_waiting(&reply.body, true, t->quiet);
			t->wait_said = true;
		}
		if (!t->held || !was)
			break;
		words_held(&reply.body, p->slot.app, f);
		result = AWAIT_FAILED;
		break;
	default:
		break;
	}
	buf_free(&b);
	return result;
}

/* A keeper that lasts this long works: reset the count, or a launch that waits
 * for days could not survive more than REVIVALS of them. */
enum { SERVED_MS = 1000 };

void
meeting_begin(struct meeting *m, struct place *p)
{
	m->place = p;
	m->offered = 0;
	m->seen = m->asks_lock = m->parent_only = m->elsewhere = false;
	m->claim.name_holder.pidfd = -1;
	m->patience = (struct patience){ .pause = 0 };
	buf_init(&m->claim.record, m->record, sizeof(m->record));
	patience_begin(&m->patience);
}

void
meeting_end(struct meeting *m)
{
	io_close(&m->claim.name_holder.pidfd);
	buf_free(&m->claim.record);
	root_close(&m->place->root);
}

/* The owner lives without a keeper: start a new keeper. */
static enum met
orphan_revive(struct meeting *m, struct fault *f)
{
	struct claim *c = &m->claim;
	int r;

	m->seen = true;
	if (++m->patience.revivals > REVIVALS) {
		claim_leave(c);
		return fault_set(f, EXIT_NOANSWER, m->place->slot.app,
		    ": its keepers keep exiting; see onlyonectl"
		    " doctor", NULL);
	}
	if (!c->recorded && !m->place->slot.scope) {
		/* A verb: only a launch knows the application and the key. */
		claim_leave(c);
		return fault_set(f, EXIT_NOANSWER, m->place->slot.name,
		    ": " WORDS_NO_RECORD, NULL);
	}
	say_more("the keeper of ", m->place->slot.app,
	    " was gone; it has a new one", NULL);
	if (claim_adopt(c, f) != CLAIM_ORPHAN)
		return MET_FAILED;
	r = keeper_start(c, KEEPER_REVIVED);
	if (r < 0)
		keeper_fault(f);
	claim_close(c);
	claim_restore(c);
	return r < 0 ? MET_FAILED : MET_AGAIN;
}

/* The claim is ours, in this root.  But another launch may have found this root
 * full, and started in another one: that launch wins.  Both have their folders
 * by now, so at least the later one sees the other's. */
static enum met
claim_alone(struct meeting *m, struct fault *f)
{
	struct place other = *m->place;
	int r;

	other.root.fd = -1;
	r = place_seek(&other, f);
	if (r == 0)
		return MET_FREE;
	meet_drop(m);
	*m->place = other;
	return r < 0 ? MET_FAILED : MET_AGAIN;
}

/* Nothing can be created in the root, see errno.  Another one will do, unless
 * an instance lives in this one: then keep the claim's fault. */
static enum met
claim_passes(struct meeting *m)
{
	struct place *p = m->place;
	struct claim *c = &m->claim;
	int err = errno;
	struct holder h;

	switch (holder_peek(&p->root, &p->slot, &c->record, &c->info, &h)) {
	case HOLDER_NONE:
	case HOLDER_PASSED:
	case HOLDER_CLOSED:
		return root_pass(&p->root, err) < 0 ? MET_FAILED : MET_AGAIN;
	default:
		return MET_FAILED;
	}
}

/* Nothing answers: try to claim.  With MET_FREE, m->claim is ours. */
static enum met
claim_meet(struct meeting *m, struct fault *f)
{
	struct place *p = m->place;
	enum met met;

	io_close(&m->claim.name_holder.pidfd);
	m->elsewhere = false;
	if (place_enter(p, f) < 0)
		return MET_FAILED;
	switch (claim_take(&m->claim, &p->root, &p->slot, f)) {
	case CLAIM_MINE:
		m->seen = false; /* the instance seen before is gone */
		return claim_alone(m, f);
	case CLAIM_ORPHAN:
		met = orphan_revive(m, f);
		break;
	case CLAIM_STRANGER:
	case CLAIM_BUSY:
		met = MET_BUSY;
		break;
	case CLAIM_AGAIN:
		met = MET_AGAIN;
		break;
	case CLAIM_ELSEWHERE:
		m->elsewhere = true;
		words_elsewhere(p, m->claim.name_holder.pid, f);
		met = MET_ELSEWHERE;
		break;
	case CLAIM_FULL:
		met = claim_passes(m);
		break;
	default:
		met = MET_FAILED;
		break;
	}
	root_close(&p->root);
	if ((met == MET_BUSY || met == MET_AGAIN) && place_again(p, f) < 0)
		met = MET_FAILED;
	return met;
}

void
meet_drop(struct meeting *m)
{
	claim_drop(&m->claim);
	root_close(&m->place->root);
}

enum met
meet_claim(struct meeting *m, struct fault *f)
{
	enum met met = claim_meet(m, f);

	if (met == MET_FREE)
		meet_drop(m);
	return met;
}

int
meet_vacant(struct meeting *m, struct fault *f)
{
	struct claim *c = &m->claim;

	switch (claim_vacant(c, f)) {
	case CLAIM_MINE:
		break;
	case CLAIM_AGAIN:
		root_close(&m->place->root);
		return place_again(m->place, f);
	default:
		return -1;
	}
	if (keeper_start(c, KEEPER_VACANT) < 0) {
		keeper_fault(f);
		claim_drop(c);
		return -1;
	}
	claim_restore(c);
	claim_close(c);
	root_close(&m->place->root);
	return 0;
}

bool
meet_locked(struct meeting *m)
{
	int folder = folder_peek(&m->place->root, m->place->folder);
	struct claim *c = &m->claim;
	bool lives = folder >= 0 && holder_locked(folder, &c->record, &c->info,
	    &m->parent_only);

	io_close(&folder);
	return lives;
}

/* Connect to the keeper; if nothing answers, claim. */
static enum met
meet_open(struct meeting *m, int ms, int *fd, struct fault *f)
{
	switch (ask_connect(m->place->folder, ms, fd)) {
	case SOCK_OK:
		m->patience.connects++;
		return MET_KEEPER;
	case SOCK_SLOW:
		return MET_SLOW;
	case SOCK_NOBODY:
		return claim_meet(m, f);
	default:
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot connect",
		    NULL);
	}
}

enum met
meet_once(struct meeting *m, int ms, int *fd, struct fault *f)
{
	return m->asks_lock && meet_locked(m) ? MET_LOCKED :
	    meet_open(m, ms, fd, f);
}

int
meet_late(struct meeting *m, struct fault *f)
{
	words_not_responding(m->place, f);
	if (is_over(&m->patience))
		f->code = EXIT_BUSY; /* our time, not the keeper's, has run out */
	return -1;
}

enum met
meet_slot(struct meeting *m, int *fd, struct fault *f)
{
	enum met met;
	int left;

	/* Check the lock first: a launch that asks no more needs no clock. */
	while (!(m->asks_lock && meet_locked(m))) {
		left = patience_left(&m->patience);
		if (!left && !patience_look(&m->patience, m->place))
			return meet_late(m, f);
		met = meet_open(m, left, fd, f);
		if (met == MET_BUSY)
			patience_pause(&m->patience);
		else if (met != MET_SLOW && met != MET_AGAIN)
			return met;
	}
	return MET_LOCKED;
}

void
meet_lost(struct meeting *m, long long met_at)
{
	/* A keeper that looks for a successor says AGAIN at once. */
	patience_pause(&m->patience);
	if (clock_now() - met_at >= SERVED_MS)
		patience_begin(&m->patience);
}

enum met
meet_instance(struct meeting *m, int *fd, struct fault *f)
{
	enum met met = meet_slot(m, fd, f);

	if (met == MET_FREE)
		meet_drop(m);
	return met;
}
