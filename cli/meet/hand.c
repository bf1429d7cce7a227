/*
 * hand.c: the second launch: hand over, say what came of it, end.
 *
 * Up to DELIVERED nothing has run, and the end of the connection means: try
 * again.  After it the activation is with a handler, and must not be given
 * to another: lost (76) if the end stays unknown.  Only a listener gives back
 * what it has not answered.
 */
#include <errno.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/meet/await.h"
#include "cli/meet/done.h"
#include "cli/meet/hand.h"
#include "cli/meet/watch.h"
#include "cli/meet/words.h"
#include "cli/say.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { FAILURES = 20, PAUSE_US = 5000 };

/* Where the activation is. */
enum stage {
	UNHEARD,  /* nobody has answered */
	ACCEPTED, /* the keeper has it */
	LENT,     /* a listener, which may give it back */
	HANDED    /* a handler, which must remain the only one */
};

/* The conversation after the request. */
struct talk {
	struct meeting *m;
	int fd;
	const struct activation *a;
	int patience;   /* for the first word, ms */
	struct sent sent;
	struct await turn;
	enum stage stage;
	bool streamed;  /* the keeper has what it needs to run one */
	int failures;   /* to hear */
	enum hand_result end; /* what it means that it ends here */
	int status;     /* with HAND_DONE */
	long long since;
};

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

/* How long the next word may take, before we look what is the matter. */
static int
talk_ms(const struct talk *t)
{
	if (t->stage >= LENT)
		return -1;
	if (t->stage == UNHEARD)
		return t->patience;
	return await_ms(&t->turn);
}

/* There was no word in time.  Whether to go on. */
static bool
slow_take(struct talk *t, struct fault *f)
{
	t->end = HAND_SLOW;
	if (t->stage == UNHEARD && !t->sent.large)
		return false;
	switch (await_look(&t->turn, t->m->place, f)) {
	case AWAIT_ON:
		t->end = HAND_BACK;
		return true;
	case AWAIT_FAILED:
		t->end = HAND_FAILED;
		return false;
	default:
		return false;
	}
}

/* It is the system that does not let us hear: what the keeper does may be done
 * already.  Whether to go on. */
static bool
deaf_take(struct talk *t, struct fault *f)
{
	if (t->failures++ < FAILURES) {
		clock_sleep(PAUSE_US);
		return true;
	}
	fault_errno(f, t->streamed || t->stage == HANDED ? EXIT_LOST :
	    EXIT_SYSTEM, errno, t->m->place->slot.app,
	    ": cannot hear what its keeper says", NULL);
	t->end = HAND_FAILED;
	return false;
}

/* The keeper is gone. */
static void
gone_take(struct talk *t, struct fault *f)
{
	if (t->stage != HANDED)
		return;
	fault_set(f, EXIT_LOST, t->m->place->slot.app, ": the keeper ended"
	    " while the handler ran; how the handler ended is unknown", NULL);
	t->end = HAND_FAILED;
}

/* A word of the keeper's.  Whether to go on. */
static bool
reply_heed(struct talk *t, const struct frame *reply, struct fault *f)
{
	const struct fields *b = &reply->body;

	if (t->stage == UNHEARD)
		t->stage = ACCEPTED;
	switch (reply->type) {
	case FRAME_ACCEPTED:
		t->end = HAND_BACK;
		words_waiting(b, false);
		return true;
	case FRAME_NEED:
		t->streamed = activation_streams(t->a, t->fd) == 0;
		return t->streamed;
	case FRAME_DELIVERED:
		t->end = HAND_BACK;
		/* One that a listener has is given to the next one, whoever
		 * has to do that. */
		t->stage = listener_has(b) ? LENT : HANDED;
		return true;
	case FRAME_DONE:
		t->status = done_take(t->a, t->m->place, b, f);
		t->since = fields_num(b, "since", 0);
		t->end = t->status < 0 ? HAND_FAILED : HAND_DONE;
		return false;
	case FRAME_REFUSED:
		words_refused(t->m->place, b, f);
		t->end = HAND_FAILED;
		return false;
	case FRAME_AGAIN:
		return false;
	default:
		return true; /* of a later version: not for us */
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
	t->patience = patience_left(&t->m->patience);
	buf_init(&b, storage, sizeof(storage));
	while (on) {
		switch (sock_recv(t->fd, &b, &reply, talk_ms(t))) {
		case SOCK_OK:
			on = reply_heed(t, &reply, f);
			buf_shift(&b, reply.size);
			break;
		case SOCK_SLOW:
			on = slow_take(t, f);
			break;
		case SOCK_FAILED:
			on = deaf_take(t, f);
			break;
		default:
			gone_take(t, f);
			on = false;
			break;
		}
	}
	buf_free(&b);
	return t->end;
}

/* Why the request could not be sent, by errno. */
static enum hand_result
unsent_take(const struct talk *t, struct fault *f)
{
	switch (errno) {
	case EAGAIN:
		return HAND_SLOW;
	case E2BIG:
	case ENOMEM:
		fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot hand over the arguments", NULL);
		return HAND_FAILED;
	default:
		return t->sent.kept ? HAND_BACK : HAND_AGAIN;
	}
}

enum hand_result
hand_activate(struct meeting *m, int fd, const struct activation *a,
    int *status, struct fault *f)
{
	struct talk t = { .m = m, .fd = fd, .a = a,
		.turn.told = a->verbose };
	enum hand_result result;

	if (a->until_exit)
		early_gate();
	early_commit();
	if (activation_send(a, m->place, fd, &t.sent) < 0)
		result = unsent_take(&t, f);
	else
		result = replies_take(&t, f);
	*status = t.status;
	if (result == HAND_DONE && a->until_exit &&
	    watch_instance(m->place, t.since, &fd, -1, f) == WATCHED_FAULT)
		result = HAND_FAILED;
	io_close(&fd);
	return result;
}

void
hand_again(struct meeting *m, enum hand_result r)
{
	if (r == HAND_BACK)
		patience_renew(&m->patience);
	else if (r != HAND_SLOW)
		patience_pause(&m->patience);
	early_again();
}
