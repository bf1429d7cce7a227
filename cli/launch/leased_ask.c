/*
 * leased_ask.c: the instance is another host's: it is joined, activated, or
 * asked to end, by way of the cluster's store.
 */
#include <errno.h>
#include <limits.h>
#include <stddef.h>

#include "cli/cluster/talk.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/launch/leased_ask.h"
#include "cli/launch/leased_talk.h"
#include "cli/launch/leased_words.h"
#include "cli/say.h"
#include "cli/text.h"
#include "cli/wire/sock.h"
#include "preload/contract.h"

/* A letter, and what came of it: 1: *status, -1: none is known; 0: time is up;
 * -1: fault. */
static int
letter(struct launch *l, enum talk type, int ms, char *const *args,
    int *status, struct fault *f)
{
	char cwd[PATH_MAX];
	struct frame reply;
	struct buf b;
	size_t start;
	int r;

	buf_init(&b, NULL, 0);
	start = frame_begin(&b, (enum frame_type)type);
	fields_put_num(&b, "ms", ms);
	if (type == TALK_END && l->o->terms.kill_ms >= 0)
		fields_put_num(&b, "kill", l->o->terms.kill_ms);
	if (args)
		fields_put(&b, "cwd", io_cwd(cwd, sizeof(cwd)) ? cwd : "/");
	for (; args && *args; args++)
		fields_put(&b, "arg", *args);
	r = frame_end(&b, start);
	if (r == 0)
		r = sock_send(l->lease.fd, b.at, b.len, NULL, 0);
	buf_free(&b);
	if (r < 0)
		return leased_gone(l, f);
	if (leased_reply(l, &reply, -1, f) < 0)
		return -1;
	if ((int)reply.type == TALK_BUSY)
		return 0;
	if ((int)reply.type != TALK_JOINED)
		return leased_failed(l, &reply.body, f);
	*status = (int)fields_num(&reply.body, "status", -1);
	return 1;
}

/* Whether it takes letters; else the fault that says so. */
static int
mail_check(struct launch *l, struct fault *f)
{
	struct fields b = leased_last(l);

	if (fields_get(&b, "mail"))
		return 0;
	leased_words_busy(l, &b, f);
	return fault_more(f, "; another host may ask things of it only if it"
	    " was launched with --cluster-activate", NULL);
}

/* What was said on the other host of what came of a letter: said here; or the
 * fault, if that is one. */
static int
answer_say(const struct launch *l, int status, struct fault *f)
{
	struct fields b = leased_last(l);
	const char *line = fields_get(&b, "line");

	if (!line)
		return status;
	if (fields_get(&b, "untaken") && l->o->must_deliver)
		status = EXIT_NOANSWER;
	fault_set(f, status, l->place.slot.app, " on ",
	    fields_get(&b, "host"), ": ", TEXT_QUOTED, line, NULL);
	if (status)
		return -1;
	say_fault(f);
	return 0;
}

int
leased_join(struct launch *l, struct fault *f)
{
	struct fields b;
	int status, r;

	early_gate();
	b = leased_last(l);
	/* It has ended already, and the key is held back. */
	if (fields_get(&b, "done")) {
		status = (int)fields_num(&b, "exit", -1);
		r = 1;
	} else {
		r = letter(l, TALK_JOIN, l->o->limit_ms, NULL, &status, f);
	}
	b = leased_last(l);
	if (r == 0)
		return leased_words_busy(l, &b, f);
	if (r > 0 && status < 0)
		return fault_set(f, EXIT_NOANSWER, l->place.slot.app, " has"
		    " ended on another host, and its status is not known",
		    NULL);
	return r < 0 ? -1 : status;
}

int
leased_hand(struct launch *l, struct fault *f)
{
	int status, r;

	early_gate();
	if (mail_check(l, f) < 0)
		return -1;
	r = letter(l, TALK_HAND, -1, l->command.args, &status, f);
	if (r > 0 && status < 0)
		return fault_set(f, EXIT_LOST, l->place.slot.app, " has ended"
		    " on another host while it was activated: whether it took"
		    " the arguments is not known", NULL);
	return r > 0 ? answer_say(l, status, f) : -1;
}

int
leased_ask_end(struct launch *l, struct fault *f)
{
	int status = 0, r;

	early_gate();
	if (mail_check(l, f) < 0)
		return -1;
	r = letter(l, TALK_END, l->o->limit_ms, NULL, &status, f);
	if (r > 0 && status > 0 && status != EXIT_NONE) {
		if (answer_say(l, status, f) > 0)
			fault_set(f, status, l->place.slot.app, ": its host"
			    " could not end it", NULL);
		return -1;
	}
	return r < 0 ? -1 : 0;
}
