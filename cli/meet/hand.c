/*
 * hand.c: the second launch: hand over, say what came of it, end.
 *
 * Up to DELIVERED nothing has run, and the end of the connection means: try
 * again.  After it the activation is with a handler, and must not be given
 * to another: lost (76) if the end stays unknown.  Only a listener gives back
 * what it has not answered.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/meet/elsewhere.h"
#include "cli/meet/hand.h"
#include "cli/meet/watch.h"
#include "cli/meet/words.h"
#include "cli/say.h"
#include "cli/text.h"
#include "cli/wire/ask.h"
#include "cli/wire/carried.h"
#include "cli/wire/untaken.h"
#include "preload/contract.h"

#define UNTAKEN "; nobody took the arguments"
#define REMEDY " (its first launch sets no --on-activate: auto may do, or -d)"

enum { LOST = 768, REQUEST = 4096, LOOK_MS = 5000, LATE_MS = 2000, FAILURES = 20,
	PAUSE_US = 5000 };

static void
environment_put(struct buf *b)
{
	for (char **e = environ; *e; e++) {
		if (carried_kind(*e) != CARRIED_NOT)
			fields_put(b, "env", *e);
	}
}

/* Whether only the desktop can tell the user what came of it: this was started
 * from a menu. */
static bool
from_menu(void)
{
	struct termios t;

	return (getenv("DISPLAY") || getenv("WAYLAND_DISPLAY")) &&
	    tcgetattr(2, &t) < 0;
}

/* What we know of the turn that we wait for. */
struct turn {
	bool held; /* at the last look there was no instance, only its parent */
	bool told; /* who has the turn */
};

/*
 * Our turn does not come: does the keeper still answer others?  One that is
 * stopped keeps the connection, and us for ever.  And is there an instance to
 * wait for?  Where twice in a row there is none, only a parent that keeps the
 * slot, that is no reason to go on.  Whose handler it is that we wait for is
 * said once.
 */
static __attribute__((noinline)) enum hand_result
turn_await(const struct place *p, struct turn *t, struct fault *f)
{
	enum hand_result result = HAND_DONE; /* wait on */
	const char *state;
	char storage[4096];
	struct frame reply;
	struct buf b;
	bool was = t->held;

	buf_init(&b, storage, sizeof(storage));
	t->held = false;
	switch (ask_state(p->folder, p->slot.hash, LOOK_MS, &b, &reply)) {
	case SOCK_SLOW:
		result = HAND_SLOW;
		break;
	case SOCK_OK:
		state = fields_get(&reply.body, "state");
		t->held = state && !strcmp(state, "held");
		if (!t->told && fields_num(&reply.body, "handler", 0) &&
		    fields_num(&reply.body, "handling", 0) >= LATE_MS) {
			words_waiting(&reply.body, true);
			t->told = true;
		}
		if (!t->held || !was)
			break;
		words_held(&reply.body, p->slot.app, f);
		result = HAND_FAILED;
		break;
	default:
		break;
	}
	buf_free(&b);
	return result;
}

/* Where many send much, it takes a keeper that has no room as long as it has
 * others to serve: *kept. */
static int
request_push(const struct place *p, int fd, const struct buf *b, bool *kept)
{
	struct turn turn = { .told = true };
	size_t at = 0;
	struct fault f;
	ssize_t n;

	while (at < b->len) {
		n = IO_RETRY(send(fd, b->at + at, b->len - at, MSG_NOSIGNAL));
		if (n >= 0) {
			at += (size_t)n;
		} else if (errno != EAGAIN) {
			return -1;
		} else if (turn_await(p, &turn, &f) != HAND_DONE) {
			errno = EAGAIN;
			return -1;
		} else {
			*kept = true;
		}
	}
	return 0;
}

/* *large: the keeper may let it wait.  *kept: it does. */
static int
request_send(const struct place *p, const struct activation *a, int fd,
    bool *large, bool *kept)
{
	char storage[REQUEST];
	struct buf b;
	size_t start;
	int r;

	buf_init(&b, storage, sizeof(storage));
	start = ask_begin(&b, FRAME_ACTIVATE, p->slot.hash);
	if (a->until_exit)
		fields_put(&b, "until", "1");
	if (a->raise)
		fields_put(&b, "raise", a->raise);
	if (a->verbose)
		fields_put(&b, "say", "1");
	if (!a->quiet && from_menu())
		fields_put(&b, "notify", "1");
	for (char **arg = a->args; *arg; arg++)
		fields_put(&b, "arg", *arg);
	environment_put(&b);
	r = frame_end(&b, start);
	*large = b.len > REQUEST;
	if (r == 0)
		r = request_push(p, fd, &b, kept);
	buf_free(&b);
	return r;
}

/* Answer NEED: the directory and the streams that were open. */
static int
streams_send(const struct activation *a, int fd)
{
	char storage[64], names[4] = "";
	int fds[4], n = 0, null = -1, r;
	struct text t;
	struct buf b;
	size_t start;

	fds[n++] = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fds[0] < 0 && (errno == EMFILE || errno == ENFILE))
		return -1; /* not a handler in the wrong place */
	if (fds[0] < 0)
		fds[0] = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (a->no_stdin)
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	text_init(&t, names, sizeof(names));
	for (int i = 0; i <= 2; i++) {
		if (i == 0 && null >= 0)
			fds[n++] = null;
		else if (a->closed & 1U << i)
			continue;
		else
			fds[n++] = i;
		text_num(&t, i);
	}
	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, FRAME_STREAMS);
	fields_put(&b, "open", names);
	r = frame_end(&b, start);
	if (r == 0)
		r = sock_send(fd, b.at, b.len, fds, (size_t)n);
	io_close(&fds[0]);
	io_close(&null);
	return r;
}

/*
 * Nobody took it.  Arguments are lost then, and where another command runs so
 * is this one: of both it is said.  A shell line that was not run has failed:
 * it has no window that could come to the front instead.
 */
static int
untaken_take(const struct activation *a, const struct fields *b,
    struct fault *f)
{
	bool line = a->launched.line, args = *a->args, other;
	char who[WORDS_INSTANCE], what[OTHER_SHOWN], lost[LOST];
	struct untaken u = { .n = 0 };
	struct text t;
	int code;

	other = !fields_num(b, "signal", 0) &&
	    other_runs(&a->launched, b, what);
	line = line && other;
	code = a->must_deliver && (args || line) ? EXIT_NOANSWER :
	    line ? EXIT_BUSY : 0;
	words_instance(b, who);
	for (char **arg = a->args; *arg; arg++)
		untaken_add(&u, *arg);
	text_init(&t, lost, sizeof(lost));
	untaken_text(&u, &t);
	text_add(&t, args ? REMEDY : "");
	if (args || other)
		fault_set(f, code, who, words_stopped(b) ?
		    (args ? WORDS_STOPPED UNTAKEN : WORDS_STOPPED) :
		    args ? " is running" UNTAKEN : " is running",
		    TEXT_QUOTED, lost,
		    !other ? NULL :
		    line ? "; this shell line was not run, since " :
		    "; this command was not run, since ", what, " runs; to run"
		    " it afterwards use --wait or --queue, to do without it"
		    " --skip or -n", NULL);
	else if (words_stopped(b))
		say_note(who, WORDS_STOPPED, NULL);
	else
		say_more(who, " is running already", NULL);
	if (code)
		return -1;
	if (args || other)
		say_fault(f);
	words_raised(b, who);
	return 0;
}

/* DONE: the exit status, or -1 with a fault. */
static int
done_take(const struct place *p, const struct activation *a,
    const struct fields *b, struct fault *f)
{
	char who[WORDS_INSTANCE];

	if (fields_get(b, "elsewhere"))
		elsewhere_tell(p, b, !a->quiet && from_menu());
	if (!fields_num(b, "taken", 0))
		return untaken_take(a, b, f);
	if (a->verbose) { /* the text costs */
		words_instance(b, who);
		say_more("handed over to ", who, NULL);
		words_raised(b, who);
	}
	return (int)fields_num(b, "status", EXIT_LOST);
}

/* Whether a listener has it, and may give it back. */
static bool
listener_has(const struct fields *b)
{
	const char *pid = ask_pid(b, "listener");
	char who[WORDS_INSTANCE];

	if (!fields_get(b, "listener"))
		return false;
	say_more("waiting for the listener", pid ? ", pid " : "",
	    pid ? pid : "", pid ? "," : "", " of ",
	    words_instance(b, who), " to answer", NULL);
	return true;
}

/*
 * The conversation after the request.  Sets *status and, when the instance is
 * to be watched, leaves fd open with *since set.
 */
static enum hand_result
replies_take(struct meeting *m, int fd, const struct activation *a,
    bool large, int *status, long long *since, struct fault *f)
{
	bool lost = false, delivered = false, accepted = false;
	struct turn turn = { .told = a->verbose };
	bool sent = false;
	int failures = 0;
	char storage[4096];
	enum hand_result result = HAND_AGAIN, slow;
	const struct place *p = m->place;
	int ms = patience_left(&m->patience);
	struct frame reply;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	for (;; buf_shift(&b, reply.size)) {
		switch (sock_recv(fd, &b, &reply, delivered ? -1 :
		    !accepted ? ms : turn.told ? LOOK_MS : LATE_MS)) {
		case SOCK_OK:
			break;
		case SOCK_SLOW:
			reply.size = 0;
			slow = accepted || large ? turn_await(p, &turn, f) :
			    HAND_SLOW;
			if (slow == HAND_DONE) {
				result = HAND_BACK;
				continue;
			}
			result = slow;
			goto out;
		case SOCK_FAILED:
			/* It is the system, and not the keeper, that does not
			 * let us hear: what it does may be done already. */
			reply.size = 0;
			if (failures++ < FAILURES) {
				clock_sleep(PAUSE_US);
				continue;
			}
			fault_errno(f, sent || lost ? EXIT_LOST : EXIT_SYSTEM,
			    errno, p->slot.app, ": cannot hear what its keeper"
			    " says", NULL);
			result = HAND_FAILED;
			goto out;
		default:
			if (lost) {
				fault_set(f, EXIT_LOST, p->slot.app, ": the"
				    " keeper ended while the handler ran; how"
				    " the handler ended is unknown", NULL);
				result = HAND_FAILED;
			}
			goto out;
		}
		accepted = true;
		m->seen = true;
		switch (reply.type) {
		case FRAME_ACCEPTED:
			result = HAND_BACK;
			words_waiting(&reply.body, false);
			break;
		case FRAME_NEED:
			if (streams_send(a, fd) < 0)
				goto out;
			sent = true;
			break;
		case FRAME_DELIVERED:
			delivered = true;
			result = HAND_BACK;
			/* One that a listener has is given to the next one,
			 * whoever has to do that. */
			lost = !listener_has(&reply.body);
			break;
		case FRAME_DONE:
			*status = done_take(p, a, &reply.body, f);
			*since = fields_num(&reply.body, "since", 0);
			result = *status < 0 ? HAND_FAILED : HAND_DONE;
			goto out;
		case FRAME_REFUSED:
			words_refused(p, &reply.body, f);
			result = HAND_FAILED;
			goto out;
		case FRAME_AGAIN:
			goto out;
		default:
			break; /* of a later version: not for us */
		}
	}
out:
	buf_free(&b);
	return result;
}

enum hand_result
hand_activate(struct meeting *m, int fd, const struct activation *a,
    int *status, struct fault *f)
{
	enum hand_result result;
	long long since = 0;
	bool large, kept = false;

	if (a->until_exit)
		early_gate();
	early_commit();
	if (request_send(m->place, a, fd, &large, &kept) < 0) {
		result = errno == EAGAIN ? HAND_SLOW : kept ? HAND_BACK :
		    HAND_AGAIN;
		if (errno == E2BIG || errno == ENOMEM) {
			fault_errno(f, EXIT_SYSTEM, errno,
			    "cannot hand over the arguments", NULL);
			result = HAND_FAILED;
		}
	} else {
		result = replies_take(m, fd, a, large, status, &since, f);
	}
	if (result == HAND_DONE && a->until_exit &&
	    watch_instance(m->place, since, &fd, -1, f) == WATCHED_FAULT)
		result = HAND_FAILED;
	io_close(&fd);
	if (result != HAND_DONE && result != HAND_FAILED)
		early_again();
	return result;
}

void
hand_again(struct meeting *m, enum hand_result r)
{
	if (r == HAND_BACK)
		patience_renew(&m->patience);
	else if (r != HAND_SLOW)
		patience_pause(&m->patience);
}
