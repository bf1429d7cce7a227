/*
 * hand.c: the second launch: hand over, report the outcome, exit.
 *
 * Up to DELIVERED nothing has run: if the connection ends, try again.  From
 * DELIVERED on a handler has the activation, and no other may get it: if the
 * handler's result stays unknown, the activation is lost (76).  A listener
 * gives back an activation that it has not answered; a keeper that says AGAIN
 * knows that no handler has taken it.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/meet/activation.h"
#include "cli/core/meet/command.h"
#include "cli/core/meet/hand.h"
#include "cli/core/meet/meet.h"
#include "cli/core/meet/messages.h"
#include "cli/core/meet/sentence.h"
#include "cli/core/slot/folder.h"
#include "cli/core/wire/ask.h"
#include "cli/windows/outcome.h"

/* The keeper has raised a window on another display than ours: it uses only the
 * display of the first launch, so that no later launch can redirect it. */
static void
elsewhere_tell(const struct activation *a, const struct fields *b,
    const char *where)
{
	char who[WORDS_INSTANCE], said[WORDS_INSTANCE + 256];

	text_join(said, sizeof(said), words_instance(b, who), " shows its"
	    " window on display ", where, TEXT_HINT, "use --scope=display"
	    " for an instance on each display", NULL);
	say_note(TEXT_MESSAGE, said, NULL);
	words_notify(a->quiet, b, said);
}

enum { LOST = 256 };

/* Whether an outcome says that the program has a window of its own. */
static bool
has_window(long long raised)
{
	return raised == OUTCOME_RAISED || raised == OUTCOME_ASKED ||
	    raised == OUTCOME_HUNG || raised == OUTCOME_FORBIDDEN ||
	    raised == OUTCOME_UNABLE;
}

/*
 * No handler took the activation.  If the very same command line is running,
 * nothing is lost, so stay quiet; also if a launch without arguments only
 * wanted the window, and it was raised.  Else say what was not run, or not
 * opened.  A shell line has no window to raise: if it was not run, that is a
 * failure.
 */
static int
untaken_tell(const struct activation *a, const struct fields *b,
    struct fault *f)
{
	const struct launched *l = &a->launched;
	long long raised = fields_num(b, "raised", -1);
	char who[WORDS_INSTANCE], running[COMMAND_SHOWN], lost[LOST];
	bool stops = words_stopped(b), same, other;
	struct text t = text_in(lost, sizeof(lost));
	struct untaken u = { .n = 0 };
	struct situation s = {
		.differs = command_differs(l, b),
		.named = !l->app,
		.window = a->opens || has_window(raised) ||
		    fields_num(b, "window", 0) == 1,
		.command = l->words,
		.signal = fields_num(b, "signal", 0),
		.late = a->handler,
		.off = a->off,
		.lack = fields_get(b, "lack"),
		.unrecorded = fields_num(b, "unrecorded", 0) == 1 && !a->off,
	};
	struct sentence_words w = { .who = words_instance(b, who),
		.state = stops ? WORDS_STOPPED : NULL,
		.held = words_is_held(b),
		.running = running,
		.since = fields_num(b, "since", 0),
		.folder = fields_get(b, "cwd"), .mine = l,
		.lack = fields_get(b, "lack") };
	int code;

	same = s.differs == DIFFERS_NOT;
	untaken_find(l, a->args, &u);
	if (same && l->words)
		u.n = 0; /* the instance has these arguments */
	else if (!u.n && !l->document && s.differs != DIFFERS_FOLDER &&
	    (s.signal || raised == OUTCOME_RAISED || raised == OUTCOME_TERMINAL))
		s.differs = DIFFERS_NOT;
	if (same && !u.n && !stops && !a->verbose)
		return 0;
	s.arguments = u.n;
	untaken_text(&u, &t); /* ": FILE and 2 more" */
	w.lost = u.n ? lost + 2 : NULL;
	command_running(b, running);
	other = s.differs != DIFFERS_NOT &&
	    (s.differs != DIFFERS_UNKNOWN || l->line);
	code = (a->must_deliver && (u.n || other)) ||
	    (s.unrecorded && u.n) ? EXIT_NOANSWER :
	    l->line && other ? EXIT_BUSY : 0;
	s.confined = other && !s.window && !words_waits(b);
	sentence_fault(f, code, sentence_choose(&s), &w);
	if (u.n || other || (!same && words_unraised(b)))
		words_notify(a->quiet, b, f->line);
	if (code)
		return -1;
	if (u.n || other)
		say_fault(f);
	else if (stops)
		say_note(TEXT_MESSAGE, f->line, NULL);
	else
		say_more(TEXT_MESSAGE, f->line, NULL);
	words_raised(b, who);
	return 0;
}

/* A shell's <(COMMAND) is /dev/fd/N, a pipe that only this launch has: the
 * arguments go over as they are, so explain why the handler could not open it.
 * The standard streams, 0 to 2, are handed over. */
static void
pipe_tell(const struct activation *a)
{
	const char *at;

	for (char **arg = a->args; *arg; arg++) {
		at = strstr(*arg, "/dev/fd/");
		if (at && (at[8] > '2' || (at[8] && at[9]))) {
			say_note(*arg, " is a pipe that only this launch"
			    " has: no handler can open it", TEXT_HINT,
			    "use a file, or standard input", NULL);
			return;
		}
	}
}

/* Act on DONE: the exit status, or -1 with a fault. */
static int
done_take(const struct activation *a, const struct fields *b,
    struct fault *f)
{
	const char *where = fields_get(b, "elsewhere");
	char who[WORDS_INSTANCE];

	if (where)
		elsewhere_tell(a, b, where);
	if (fields_num(b, "unshown", 0))
		words_unshown(b, true);
	if (fields_num(b, "unwatched", 0))
		words_unwatched(b, a->quiet);
	if (!fields_num(b, "taken", 0))
		return untaken_tell(a, b, f);
	pipe_tell(a);
	if (a->verbose) { /* else do not make the text */
		words_instance(b, who);
		say_more("handed over to ", who, NULL);
		words_raised(b, who);
	}
	return (int)fields_num(b, "status", EXIT_LOST);
}

/*
 * A program's output to the terminal while it hands documents over.
 *
 * A program that is run again to hand documents over loads its toolkit, which
 * prints warnings about themes and settings to the terminal of this launch.  So
 * its standard error is a memfd, which the launch shows only if the program
 * fails.  The file cannot grow, so a program that keeps running fills no
 * memory.
 */

enum { MOST = 1 << 16 };

/* The memfd that replaces standard error; -1: do not replace it, since it is
 * closed, a file or no terminal, or -v asks for everything. */
static int
chatter_open(const struct activation *a)
{
	int fd = a->verbose || a->output || a->closed & 1U << 2 || !isatty(2) ?
	    -1 : memfd_create("onlyone", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	io_oversize();
	if (fd >= 0 && (ftruncate(fd, MOST) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) < 0))
		io_close(&fd);
	return fd;
}

/* Copy the memfd to standard error. */
static void
chatter_show(int fd)
{
	char bytes[4096];
	size_t len = sizeof(bytes);
	ssize_t n;

	for (off_t at = 0; len == sizeof(bytes); at += n) {
		n = pread(fd, bytes, sizeof(bytes), at);
		len = n > 0 ? strnlen(bytes, (size_t)n) : 0;
		say_bytes(bytes, len);
	}
}

/* Where the activation is. */
enum stage {
	UNHEARD,  /* the keeper has not answered */
	ACCEPTED, /* the keeper has it */
	LENT,     /* a listener has it, and may give it back */
	HANDED    /* a handler has it: no other may get it */
};

/* The conversation after the request.  More than a dozen members: what a reply
 * means depends on all before it. */
struct talk {
	struct meeting *m;
	int fd;
	const struct activation *a;
	bool kept;      /* the keeper was late in reading the request */
	struct await turn;
	enum stage stage;
	bool streamed;  /* the keeper has everything for a handler */
	int chatter;    /* chatter_open: standard error of the handler; -1 */
	enum hand_result end; /* the result, if the talk ends now */
	int status;     /* with HAND_DONE */
	bool waited;    /* the handler waited until its document was closed */
	long long since;
};

/* Whether a listener has the activation, and may give it back. */
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

/* Wait for a reply, until slow_take has to look. */
static enum sock_result
reply_await(struct talk *t, struct buf *b, struct frame *reply)
{
	return t->stage == UNHEARD ? meet_recv(t->m, t->fd, b, reply) :
	    sock_recv(t->fd, b, reply, t->stage >= LENT ? -1 :
	    await_ms(&t->turn));
}

/* No reply came in time. Whether to keep waiting. */
static bool
slow_take(struct talk *t, struct fault *f)
{
	t->end = HAND_AGAIN;
	if (t->stage == UNHEARD)
		return false;
	switch (await_look(&t->turn, t->m->place, f)) {
	case AWAIT_ON:
		t->end = HAND_BACK;
		return true;
	case AWAIT_FAILED:
		t->end = HAND_FAILED;
		return false;
	default:
		/* We give up, unless an answer has come while we looked: from
		 * now on the keeper cannot send DELIVERED, and so does not
		 * deliver. */
		sock_deafen(t->fd);
		return true;
	}
}

/* sock_recv failed on our side: the keeper may have run the handler already. */
static void
deaf_take(struct talk *t, struct fault *f)
{
	fault_errno(f, t->streamed || t->stage == HANDED ? EXIT_LOST :
	    EXIT_SYSTEM, errno, t->m->place->slot.app,
	    ": cannot read the answer of its keeper", NULL);
	t->end = HAND_FAILED;
}

/* The keeper is gone. */
static void
gone_take(struct talk *t, struct fault *f)
{
	if (t->stage != HANDED)
		return;
	fault_set(f, EXIT_LOST, t->m->place->slot.app, ": the keeper exited"
	    " while the handler was running; the handler's status is"
	    " unknown", NULL);
	t->end = HAND_FAILED;
}

/* Whether what was to become the handler has been killed before it was one:
 * nothing has run.  (A listener's status may come without DELIVERED, too: it got
 * the activation from an earlier keeper.) */
static bool
is_unbegun(const struct talk *t, const struct fields *b)
{
	return t->stage < LENT && fields_num(b, "taken", 0) &&
	    fields_num(b, "status", 0) == 128 + SIGKILL;
}

/* Act on a reply of the keeper. Whether to continue. */
static bool
reply_heed(struct talk *t, const struct frame *reply, struct fault *f)
{
	const struct fields *b = &reply->body;

	if (t->stage == UNHEARD)
		t->stage = ACCEPTED;
	switch (reply->type) {
	case FRAME_ACCEPTED:
		t->end = HAND_BACK;
		if (fields_num(b, "unshown", 0))
			words_unshown(b, false);
		else
			words_waiting(b, false, false);
		return true;
	case FRAME_NEED:
		if (fields_num(b, "self", 0) == 1 && t->chatter < 0)
			t->chatter = chatter_open(t->a);
		t->streamed = activation_streams(t->a, t->fd, t->chatter) == 0;
		if (t->streamed)
			return true;
		if (fault_state(errno) == EXIT_SYSTEM) {
			fault_errno(f, EXIT_SYSTEM, errno, "cannot hand over"
			    " to ", t->m->place->slot.app, NULL);
			t->end = HAND_FAILED;
		}
		/* It may have sent a last reply meanwhile (a listener's answer,
		 * say): read that, and nothing later. */
		shutdown(t->fd, SHUT_RD);
		return true;
	case FRAME_DELIVERED:
		t->end = HAND_BACK;
		/* If a listener does not answer, its activation goes to another
		 * one, through this keeper or the next. */
		t->stage = listener_has(b) ? LENT : HANDED;
		return true;
	case FRAME_DONE:
		if (is_unbegun(t, b))
			return false;
		t->status = done_take(t->a, b, f);
		t->since = fields_num(b, "since", 0);
		t->waited = fields_num(b, "waited", 0) == 1;
		t->end = t->status < 0 ? HAND_FAILED : HAND_DONE;
		return false;
	case FRAME_REFUSED:
		words_refused(t->m->place, b, f);
		t->end = HAND_FAILED;
		return false;
	case FRAME_AGAIN:
		return false;
	default:
		return true; /* from a later version: ignore it */
	}
}

static enum hand_result
replies_take(struct talk *t, struct fault *f)
{
	char storage[4096];
	struct frame reply;
	bool on = true;
	struct buf b;

	t->end = HAND_AGAIN;
	buf_init(&b, storage, sizeof(storage));
	while (on) {
		switch (reply_await(t, &b, &reply)) {
		case SOCK_OK:
			on = reply_heed(t, &reply, f);
			buf_shift(&b, reply.size);
			break;
		case SOCK_SLOW:
			on = slow_take(t, f);
			break;
		case SOCK_FAILED:
			deaf_take(t, f);
			on = false;
			break;
		default:
			gone_take(t, f);
			on = false;
			break;
		}
	}
	buf_free(&b);
	if (t->chatter >= 0 && (t->end == HAND_FAILED ||
	    (t->end == HAND_DONE && t->status)))
		chatter_show(t->chatter);
	io_close(&t->chatter);
	return t->end;
}

/* Why the request could not be sent, by errno. */
static enum hand_result
unsent_take(const struct talk *t, struct fault *f)
{
	switch (errno) {
	case EAGAIN:
		return HAND_AGAIN;
	case E2BIG:
	case ENOMEM:
		fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot hand over the arguments", NULL);
		return HAND_FAILED;
	default:
		return t->kept ? HAND_BACK : HAND_AGAIN;
	}
}

enum hand_result
hand_activate(struct meeting *m, int fd, const struct activation *a,
    int *status, struct fault *f)
{
	struct talk t = { .m = m, .fd = fd, .a = a,
		.turn = { .wait_said = a->verbose, .quiet = a->quiet },
		.chatter = -1 };
	enum hand_result result;

	if (activation_send(a, m, fd, &t.kept) < 0)
		result = unsent_take(&t, f);
	else
		result = replies_take(&t, f);
	*status = t.status;
	if (result == HAND_DONE && a->until_exit && !t.waited &&
	    watch_instance(m->place, t.since, &fd, -1, 0, f) == WATCHED_FAULT)
		result = HAND_FAILED;
	io_close(&fd);
	return result;
}

void
hand_again(struct meeting *m, enum hand_result r)
{
	if (r == HAND_BACK)
		patience_renew(&m->patience);
	else
		patience_pause(&m->patience);
}
