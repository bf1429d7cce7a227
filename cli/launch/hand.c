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

#include "cli/beside.h"
#include "cli/clock.h"
#include "cli/io.h"
#include "cli/launch/launch.h"
#include "cli/raise/outcome.h"
#include "cli/say.h"
#include "cli/text.h"
#include "cli/wire/ask.h"
#include "cli/wire/carried.h"
#include "preload/contract.h"

enum { REQUEST = 4096, LOOK_MS = 5000, FAILURES = 20, PAUSE_US = 5000 };

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

/*
 * Our turn does not come: does the keeper still answer others?  One that is
 * stopped keeps the connection, and us for ever.  And is there an instance to
 * wait for?  Where twice in a row there is none, only a parent that keeps the
 * slot, that is no reason to go on.  *held: what we met last time.
 */
static enum hand_result
turn_await(const struct launch *l, bool *held, struct fault *f)
{
	enum hand_result result = HAND_DONE; /* wait on */
	const char *state, *guard;
	char storage[4096];
	struct frame reply;
	struct buf b;
	bool was = *held;

	buf_init(&b, storage, sizeof(storage));
	*held = false;
	switch (ask_state(l->folder, l->slot.hash, LOOK_MS, &b, &reply)) {
	case SOCK_SLOW:
		result = HAND_SLOW;
		break;
	case SOCK_OK:
		state = fields_get(&reply.body, "state");
		guard = fields_get(&reply.body, "guard");
		*held = state && !strcmp(state, "held");
		if (!*held || !was)
			break;
		fault_set(f, EXIT_NOANSWER, l->slot.app, " does not run: its"
		    " parent, pid ", guard ? guard : "?", ", keeps its place,"
		    " and begins nothing; see onlyonectl doctor", NULL);
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
request_push(const struct launch *l, int fd, const struct buf *b, bool *kept)
{
	bool held = false;
	size_t at = 0;
	struct fault f;
	ssize_t n;

	while (at < b->len) {
		n = IO_RETRY(send(fd, b->at + at, b->len - at, MSG_NOSIGNAL));
		if (n >= 0) {
			at += (size_t)n;
		} else if (errno != EAGAIN) {
			return -1;
		} else if (turn_await(l, &held, &f) != HAND_DONE) {
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
request_send(struct launch *l, int fd, bool *large, bool *kept)
{
	char storage[REQUEST];
	struct buf b;
	size_t start;
	int r;

	buf_init(&b, storage, sizeof(storage));
	start = ask_begin(&b, FRAME_ACTIVATE, l->slot.hash);
	if (l->o->until_exit)
		fields_put(&b, "until", "1");
	if (l->o->terms.raise == RAISE_NEVER)
		fields_put(&b, "raise", "never");
	if (l->o->loudness == SAY_VERBOSE)
		fields_put(&b, "say", "1");
	if (l->o->loudness != SAY_QUIET && from_menu())
		fields_put(&b, "notify", "1");
	for (char **a = l->args; *a; a++)
		fields_put(&b, "arg", *a);
	environment_put(&b);
	r = frame_end(&b, start);
	*large = b.len > REQUEST;
	if (r == 0)
		r = request_push(l, fd, &b, kept);
	buf_free(&b);
	return r;
}

/* Answer NEED: the directory and the streams that were open. */
static int
streams_send(struct launch *l, int fd)
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
	if (l->o->no_stdin)
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	text_init(&t, names, sizeof(names));
	for (int i = 0; i <= 2; i++) {
		if (i == 0 && null >= 0)
			fds[n++] = null;
		else if (l->closed & 1U << i)
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

const char *
hand_instance_text(const struct fields *b, char *out, size_t cap)
{
	const char *app = fields_get(b, "app"), *tty = fields_get(b, "tty");
	const char *pid = ask_pid(b, "pid"), *known = fields_get(b, "pid");
	struct text t;

	text_init(&t, out, cap);
	text_add(&t, app ? app : "it");
	if (!pid && known && strcmp(known, "0"))
		text_add(&t, " (in another pid namespace)");
	if (pid) {
		text_add(&t, " (pid ");
		text_add(&t, pid);
		if (tty && *tty) {
			text_add(&t, " on ");
			text_add(&t, tty);
		}
		text_add(&t, ")");
	}
	return out;
}

/* What came of re-displaying it, if we asked to know. */
static void
raised_say(const struct fields *b, const char *who)
{
	static const char *const words[OUTCOMES] = {
		[OUTCOME_RAISED] = ": raised",
		[OUTCOME_NO_WINDOW] = ": raised=no: it has no window",
		[OUTCOME_ASKED] = ": raised=no: its window was asked for, and"
		    " did not come to the front",
		[OUTCOME_NO_DISPLAY] = ": raised=no: no display answers",
		[OUTCOME_HUNG] = ": raised, but the program does not answer"
		    " its display",
		[OUTCOME_FORBIDDEN] = ": raised=no: this compositor lets no"
		    " program raise another's window",
		[OUTCOME_TERMINAL] = ": raised the terminal that it runs in",
	};
	long long outcome = fields_num(b, "raised", -1);

	if (outcome >= 0 && outcome < OUTCOMES)
		say_more(who, words[outcome], NULL);
	else if (outcome == OUTCOME_LATER)
		say_more(who, ": raised=later: when its window is there", NULL);
	else if (outcome == OUTCOME_ABSENT)
		say_more(who, ": raised=no: " RAISE_NAME " is not installed",
		    NULL);
	else if (outcome >= 0)
		say_more(who, ": raised=no", NULL);
}

/* DONE: the exit status, or -1 with a fault. */
static int
done_take(struct launch *l, const struct fields *b, struct fault *f)
{
	bool taken = fields_num(b, "taken", 0);
	char who[NAME_SHOWN + 128];

	if (taken && l->o->loudness < SAY_VERBOSE) /* the text costs */
		return (int)fields_num(b, "status", EXIT_LOST);
	hand_instance_text(b, who, sizeof(who));
	if (!taken && *l->args && l->o->must_deliver)
		return fault_set(f, EXIT_NOANSWER, who, " is running; nobody"
		    " took the arguments (its first launch sets no"
		    " --on-activate)", NULL);
	if (taken)
		say_more("handed over to ", who, NULL);
	else if (*l->args)
		say_note(who, " is running; nobody took the arguments (its"
		    " first launch sets no --on-activate)", NULL);
	else
		say_more(who, " is running already", NULL);
	raised_say(b, who);
	return taken ? (int)fields_num(b, "status", EXIT_LOST) : 0;
}

int
hand_refused(const struct launch *l, const struct fields *b, struct fault *f)
{
	int code = (int)fields_num(b, "status", EXIT_NOANSWER);
	const char *why = fields_get(b, "why"), *pid = ask_pid(b, "pid");

	return fault_set(f, code == EXIT_BUSY ? l->o->busy_code : code,
	    l->slot.app, ": ", why ? why : "refused", pid ? pid :
	    fields_get(b, "pid") ? "unknown here" : NULL, NULL);
}

static void
waiting_say(const struct fields *b)
{
	const char *pid = ask_pid(b, "handler");
	char who[NAME_SHOWN + 128];

	hand_instance_text(b, who, sizeof(who));
	if (fields_num(b, "handler", 0))
		say_more("waiting for the handler of an earlier launch",
		    pid ? ", pid " : "", pid ? pid : "", ", of ", who, NULL);
	else
		say_more("waiting for ", who, NULL);
}

/* Whether a listener has it, and may give it back. */
static bool
listener_has(const struct fields *b)
{
	const char *pid = ask_pid(b, "listener");
	char who[NAME_SHOWN + 128];

	if (!fields_get(b, "listener"))
		return false;
	say_more("waiting for what the listener", pid ? ", pid " : "",
	    pid ? pid : "", pid ? "," : "", " of ",
	    hand_instance_text(b, who, sizeof(who)), " makes of it", NULL);
	return true;
}

/*
 * The conversation after the request.  Sets *status and, when the instance is
 * to be watched, leaves fd open with *since set.
 */
static enum hand_result
replies_take(struct launch *l, int fd, int ms, bool large, int *status,
    long long *since, struct fault *f)
{
	bool lost = false, delivered = false, accepted = false, held = false;
	bool sent = false;
	int failures = 0;
	char storage[4096];
	enum hand_result result = HAND_AGAIN, slow;
	struct frame reply;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	for (;; buf_shift(&b, reply.size)) {
		switch (sock_recv(fd, &b, &reply, delivered ? -1 :
		    accepted ? LOOK_MS : ms)) {
		case SOCK_OK:
			break;
		case SOCK_SLOW:
			reply.size = 0;
			slow = accepted || large ? turn_await(l, &held, f) :
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
			    errno, l->slot.app, ": cannot hear what its keeper"
			    " says", NULL);
			result = HAND_FAILED;
			goto out;
		default:
			if (lost) {
				fault_set(f, EXIT_LOST, l->slot.app, ": the"
				    " keeper ended while the handler ran; its"
				    " end is unknown", NULL);
				result = HAND_FAILED;
			}
			goto out;
		}
		accepted = true;
		l->met = true;
		switch (reply.type) {
		case FRAME_ACCEPTED:
			result = HAND_BACK;
			waiting_say(&reply.body);
			break;
		case FRAME_NEED:
			if (streams_send(l, fd) < 0)
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
			*status = done_take(l, &reply.body, f);
			*since = fields_num(&reply.body, "since", 0);
			result = *status < 0 ? HAND_FAILED : HAND_DONE;
			goto out;
		case FRAME_REFUSED:
			hand_refused(l, &reply.body, f);
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
hand_unmet(enum sock_result r, struct fault *f)
{
	switch (r) {
	case SOCK_SLOW:
		return HAND_SLOW;
	case SOCK_NOBODY:
		return HAND_NOBODY;
	default:
		fault_errno(f, EXIT_SYSTEM, errno, "cannot connect", NULL);
		return HAND_FAILED;
	}
}

static enum hand_result
activate(struct launch *l, int ms, int *status, struct fault *f)
{
	enum sock_result met;
	enum hand_result result;
	long long since = 0;
	bool large, kept = false;
	int fd;

	met = ask_connect(l->folder, ms, &fd);
	if (met != SOCK_OK)
		return hand_unmet(met, f);
	if (request_send(l, fd, &large, &kept) < 0) {
		result = errno == EAGAIN ? HAND_SLOW : kept ? HAND_BACK :
		    HAND_AGAIN;
		if (errno == E2BIG || errno == ENOMEM) {
			fault_errno(f, EXIT_SYSTEM, errno,
			    "cannot hand over the arguments", NULL);
			result = HAND_FAILED;
		}
	} else {
		result = replies_take(l, fd, ms, large, status, &since, f);
	}
	if (result == HAND_DONE && l->o->until_exit &&
	    watch_instance(&l->root, &l->slot, since, &fd, -1, f) < 0)
		result = HAND_FAILED;
	io_close(&fd);
	return result;
}

/* --if-running=fail: busy, naming the holder. */
static void
holder_fault(const struct launch *l, const struct fields *b, struct fault *f)
{
	const char *command = fields_get(b, "command");
	const char *cwd = fields_get(b, "cwd");
	char who[NAME_SHOWN + 128], when[64];

	fault_set(f, l->o->busy_code, hand_instance_text(b, who, sizeof(who)),
	    " is running already: ", command && *command ? command : "?",
	    ", ", say_age(when, fields_num(b, "since", 0)), ", in ",
	    cwd && *cwd ? cwd : "?", NULL);
}

enum hand_result
hand_over(struct launch *l, int ms, int *status, struct fault *f)
{
	enum hand_result result = HAND_DONE;
	enum sock_result met;
	char storage[4096];
	struct frame reply;
	const char *state;
	struct buf b;

	if (l->o->policy == POLICY_ACTIVATE)
		return activate(l, ms, status, f);
	if (l->o->policy == POLICY_JOIN)
		return join_instance(l, ms, status, f);
	buf_init(&b, storage, sizeof(storage));
	met = ask_state(l->folder, l->slot.hash, ms, &b, &reply);
	if (met != SOCK_OK) {
		buf_free(&b);
		return hand_unmet(met, f);
	}
	l->met = true;
	state = fields_get(&reply.body, "state");
	*status = 0;
	if (!state || (strcmp(state, "running") &&
	    strcmp(state, "held"))) {
		result = HAND_AGAIN; /* ending: soon it is known */
	} else if (l->o->policy == POLICY_FAIL) {
		holder_fault(l, &reply.body, f);
		result = HAND_FAILED;
	}
	buf_free(&b);
	return result;
}
