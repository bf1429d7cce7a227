/*
 * leased.c: --scope=cluster: the slot is free, but is the cluster's key?
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/cluster/engine.h"
#include "cli/cluster/talk.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/launch/leased.h"
#include "cli/launch/leased_ask.h"
#include "cli/launch/leased_talk.h"
#include "cli/launch/leased_words.h"
#include "cli/say.h"
#include "cli/slot/owner.h"
#include "cli/wire/sock.h"
#include "preload/contract.h"

enum { ANSWER_MS = 5000 }; /* beyond what the store was given */

/* It has not answered within ms: whether it has had all the time that a launch
 * gives it, be it in parts. */
static bool
is_silent(struct launch *l, int ms)
{
	long long now = clock_now();

	if (!l->lease.silent)
		l->lease.silent = now - ms;
	return now - l->lease.silent >= LEASED_MS;
}

static BEHIND_GATE enum leased
key_take(struct launch *l, int ms, struct fault *f)
{
	const char *s;
	struct frame reply;
	char digits[24];
	bool down;

	early_gate();
	if (l->lease.token)
		return LEASED_OURS; /* it is still */
	if (l->lease.fd < 0 && leased_begin(l, f) < 0)
		return LEASED_FAILED;
	if (!talk_send(l->lease.fd, TALK_TAKE, "ms", say_num(digits, ms), NULL,
	    NULL) && errno != EPIPE)
		return leased_gone(l, f);
	if (leased_reply(l, &reply, ms + ANSWER_MS, f) < 0)
		return LEASED_FAILED;
	if ((int)reply.type != TALK_FAILED)
		l->lease.silent = 0;
	switch ((int)reply.type) {
	case TALK_TAKEN:
		s = fields_get(&reply.body, "stored");
		l->lease.token = fields_num(&reply.body, "token", 0);
		if (!s || strlen(s) >= sizeof(l->lease.stored))
			return leased_gone(l, f);
		strcpy(l->lease.stored, s);
		return LEASED_OURS;
	case TALK_BUSY:
		return LEASED_BUSY;
	case TALK_FAILED:
		down = fields_num(&reply.body, "result", -1) == ENGINE_DOWN;
		leased_failed(l, &reply.body, f);
		if (down && !is_silent(l, ms))
			return LEASED_LATER;
		if (!down || !l->o->cluster.local)
			return LEASED_FAILED;
		say_note(f->line, "; running it as the one of this host alone",
		    NULL);
		return LEASED_OURS;
	default:
		return leased_gone(l, f);
	}
}

enum leased
leased_take(struct launch *l, int ms, struct fault *f)
{
	return l->o->cluster.on ? key_take(l, ms, f) : LEASED_OURS;
}

bool
leased_is(const struct launch *l)
{
	return l->o->cluster.on && l->lease.fd >= 0;
}

void
leased_drop(struct launch *l)
{
	if (leased_is(l))
		io_close(&l->lease.fd);
	l->lease.in.len = l->lease.taken = 0;
	l->lease.token = 0;
	l->lease.owner = 0;
}

int
leased_end(struct launch *l, struct fault *f)
{
	struct fields b;

	early_gate();
	if (l->o->policy == POLICY_SKIP)
		return 0;
	b = leased_last(l);
	if (l->o->policy == POLICY_JOIN)
		return leased_join(l, f);
	if (l->o->policy == POLICY_ACTIVATE && fields_get(&b, "mail") &&
	    !fields_get(&b, "done"))
		return leased_hand(l, f);
	return leased_words_busy(l, &b, f);
}

int
leased_wait(struct launch *l, long long deadline, struct fault *f)
{
	long long soon, until;
	struct fields b;
	char who[LEASED_WHO], digits[24];
	struct frame reply;

	early_gate();
	soon = say_later();
	b = leased_last(l);
	leased_words_who(&b, who);
	if (l->o->policy == POLICY_REPLACE && !fields_get(&b, "done") &&
	    leased_ask_end(l, f) < 0)
		return -1;
	for (;;) {
		until = soon && (!deadline || soon < deadline) ? soon :
		    deadline;
		if (!talk_send(l->lease.fd, TALK_WAIT, "ms", say_num(digits,
		    until ? clock_left(until) : -1), NULL, NULL) ||
		    leased_reply(l, &reply, -1, f) < 0)
			return leased_gone(l, f);
		if ((int)reply.type == TALK_FREE)
			return 0;
		if ((int)reply.type != TALK_BUSY)
			return leased_failed(l, &reply.body, f);
		if (deadline && clock_now() >= deadline)
			return leased_words_busy(l, &reply.body, f);
		if (soon)
			say_note("waiting for ", l->place.slot.app, ", held by"
			    " ", who, NULL);
		soon = 0;
	}
}

static BEHIND_GATE void
environ_set(const struct launch *l)
{
	char digits[24];

	early_gate();
	if (!l->lease.token) {
		unsetenv(ENV_TOKEN);
		unsetenv(ENV_STORED);
		return;
	}
	setenv(ENV_TOKEN, say_num(digits, l->lease.token), 1);
	setenv(ENV_STORED, l->lease.stored, 1);
}

void
leased_environ(const struct launch *l)
{
	if (l->o->cluster.on)
		environ_set(l);
}

static BEHIND_GATE int
owner_tell(struct launch *l, pid_t pid, bool only, struct fault *f)
{
	int pidfd, r = -1;
	struct frame reply;
	struct buf b;
	size_t start;

	early_gate();
	pidfd = owner_pidfd(pid);
	buf_init(&b, NULL, 0);
	start = frame_begin(&b, (enum frame_type)TALK_OWNER);
	fields_put_num(&b, "pid", pid);
	fields_put_num(&b, "launch", getpid());
	fields_put(&b, "folder", l->place.folder);
	fields_put(&b, "slot", l->place.slot.name);
	if (pidfd >= 0 && frame_end(&b, start) == 0)
		r = sock_send(l->lease.fd, b.at, b.len, &pidfd, 1);
	buf_free(&b);
	io_close(&pidfd);
	l->lease.owner = pid;
	l->lease.only = only;
	if (r < 0 || leased_reply(l, &reply, ANSWER_MS, f) < 0)
		return leased_gone(l, f);
	if ((int)reply.type != TALK_READY)
		return leased_failed(l, &reply.body, f);
	return 0;
}

int
leased_owner(struct launch *l, pid_t pid, bool only, struct fault *f)
{
	return leased_is(l) ? owner_tell(l, pid, only, f) : 0;
}

void
leased_since(struct launch *l)
{
	char digits[24];

	if (leased_is(l))
		talk_send(l->lease.fd, TALK_SINCE, "since", say_num(digits,
		    l->meeting.claim.info.since), NULL, NULL);
}
