/*
 * leased_parent.c: the launch beside its program, whose key of the cluster
 * somebody else keeps.
 *
 * It says what is heard, and ends with 76 where the key was lost.  Where both
 * of the others have been killed, nobody else is left who could end the program
 * in time.
 */
#include <stddef.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/cluster/talk.h"
#include "cli/io.h"
#include "cli/launch/leased.h"
#include "cli/say.h"
#include "cli/slot/owner.h"
#include "cli/slot/sweep.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { OVER_MS = 6000, LOST_MS = 2000, SWEEP_MS = 5000, ASK_MS = 500,
	SETTLE_US = 10000 };

int
leased_fd(const struct launch *l)
{
	return l->lease.owner ? l->lease.fd : -1;
}

/* Nobody keeps the key any more, and nobody else ends the program, whatever was
 * begun already. */
static void
alone_end(struct launch *l)
{
	struct sweep s = { .folder = l->place.folder, .pidfd = -1,
		.owner = l->lease.ended ? 0 : l->lease.owner,
		.launch = getpid(), .since = l->meeting.claim.info.since };
	bool warn = l->o->cluster.lost == LOST_WARN;

	io_close(&l->lease.fd);
	if (!l->lease.lost && !l->lease.warned)
		say_note(l->place.slot.app, ": onlyone-cluster has been"
		    " killed", warn ? "; it runs on, and another host may run"
		    " it too" : "; the program is ended", NULL);
	l->lease.warned = true;
	if (warn)
		return;
	l->lease.lost = true;
	/* As long as we have not reaped it the number is its own. */
	if (s.owner)
		s.pidfd = owner_pidfd(s.owner);
	buf_init(&s.known, NULL, 0);
	sweep_kill(&s, clock_boot() + SWEEP_MS);
	io_close(&s.pidfd);
	buf_free(&s.known);
}

static void
word_take(struct launch *l, const struct frame *m)
{
	const char *line = fields_get(&m->body, "line");
	bool warn = l->o->cluster.lost == LOST_WARN;

	switch ((int)m->type) {
	case TALK_LOST:
		if (!l->lease.lost && !l->lease.warned)
			say_note(l->place.slot.app, ": ", line ? line : "its"
			    " key is lost", warn ? "; it runs on, and another"
			    " host may run it too" : l->o->cluster.lost ==
			    LOST_STOP ? "; the program is stopped" :
			    "; the program is ended", NULL);
		l->lease.warned = true;
		l->lease.lost = !warn;
		break;
	case TALK_NOTE:
		if (l->lease.lost && l->o->cluster.lost == LOST_STOP) {
			l->lease.lost = l->lease.warned = false;
			say_note(l->place.slot.app, ": ", line, NULL);
		} else {
			say_more(l->place.slot.app, ": ", line, NULL);
		}
		break;
	case TALK_RELEASED:
		l->lease.released = true;
		if (line)
			say_more(l->place.slot.app, ": the key was not given"
			    " back: ", line, "; it ends by itself", NULL);
		break;
	default:
		break;
	}
}

/* One word, waiting ms for it.  false: none came. */
static bool
word_hear(struct launch *l, int ms)
{
	struct frame m;

	buf_shift(&l->lease.in, l->lease.taken);
	l->lease.taken = 0;
	switch (sock_recv(l->lease.fd, &l->lease.in, &m, ms)) {
	case SOCK_OK:
		l->lease.taken = m.size;
		word_take(l, &m);
		return true;
	case SOCK_SLOW:
		return false;
	default:
		if (l->lease.released)
			io_close(&l->lease.fd);
		else
			alone_end(l);
		return false;
	}
}

void
leased_heard(void *arg)
{
	struct launch *l = arg;

	while (l->lease.fd >= 0 && word_hear(l, 0))
		;
}

bool
leased_lost(struct launch *l)
{
	leased_heard(l);
	return l->lease.lost;
}

void
leased_status(struct launch *l, int status)
{
	char digits[24];

	l->lease.ended = true;
	if (leased_fd(l) >= 0)
		talk_send(l->lease.fd, TALK_STATUS, "status", say_num(digits,
		    status), NULL, NULL);
}

bool
leased_goes_on(struct launch *l)
{
	const char *state = NULL;
	struct frame reply;
	struct buf b;

	if (leased_fd(l) < 0)
		return false;
	buf_init(&b, NULL, 0);
	/* Who comes after the program is settled at once, or nobody does. */
	while (ask_state(l->place.folder, l->place.slot.hash, ASK_MS, &b,
	    &reply) == SOCK_OK && (state = fields_get(&reply.body, "state")) &&
	    !strcmp(state, "settling")) {
		clock_sleep(SETTLE_US);
		b.len = 0;
		state = NULL;
	}
	buf_free(&b);
	return state;
}

int
leased_over(struct launch *l, int status)
{
	/* What is lost need not be given back, but what is left is ended. */
	long long until = clock_now() + (l->lease.lost ? LOST_MS : OVER_MS);
	int left;

	if (leased_fd(l) < 0)
		return l->lease.lost ? EXIT_LOST : status;
	while (l->lease.fd >= 0 && !l->lease.released &&
	    (left = clock_left(until)) > 0)
		word_hear(l, left);
	io_close(&l->lease.fd);
	return l->lease.lost ? EXIT_LOST : status;
}
