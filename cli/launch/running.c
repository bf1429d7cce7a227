/*
 * running.c: what a launch does where an instance runs: its policy.
 */
#include <errno.h>
#include <string.h>

#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/launch/join.h"
#include "cli/launch/running.h"
#include "cli/meet/words.h"
#include "cli/say.h"
#include "cli/text.h"
#include "cli/wire/ask.h"

/* --if-running=fail: busy, naming the holder. */
static int
answer_fault(const struct fields *b, struct fault *f)
{
	const char *command = fields_get(b, "command");
	const char *cwd = fields_get(b, "cwd");
	char who[WORDS_INSTANCE], when[64];

	return fault_set(f, EXIT_BUSY, words_instance(b, who),
	    words_stopped(b) ? WORDS_STOPPED ": " : " is running already: ",
	    TEXT_QUOTED, command && *command ? command : "?", ", ",
	    say_age(when, fields_num(b, "since", 0)), ", in ",
	    cwd && *cwd ? cwd : "?", NULL);
}

/* That it runs is all there is to know (skip, fail). */
static enum hand_result
state_hand(struct launch *l, int fd, int *status, struct fault *f)
{
	enum hand_result result = HAND_AGAIN; /* ending: soon it is known */
	struct place *p = &l->place;
	char storage[4096];
	struct frame reply;
	const char *state;
	struct buf b;

	*status = 0;
	buf_init(&b, storage, sizeof(storage));
	switch (ask_query(fd, p->slot.hash,
	    patience_left(&l->meeting.patience), &b, &reply)) {
	case SOCK_OK:
		state = fields_get(&reply.body, "state");
		if (!state || (strcmp(state, "running") &&
		    strcmp(state, "held")))
			break;
		early_commit(); /* that is all, and it is said from here */
		result = HAND_DONE;
		if (l->o->policy == POLICY_FAIL &&
		    answer_fault(&reply.body, f) < 0)
			result = HAND_FAILED;
		break;
	case SOCK_SLOW:
		result = HAND_SLOW;
		break;
	case SOCK_FAILED:
		fault_errno(f, EXIT_SYSTEM, errno, "cannot ask the keeper of ",
		    p->slot.app, NULL);
		result = HAND_FAILED;
		break;
	default:
		break;
	}
	io_close(&fd);
	buf_free(&b);
	return result;
}

enum hand_result
running_hand(struct launch *l, int fd, int *status, struct fault *f)
{
	const struct options *o = l->o;
	struct activation a = {
		.args = l->command.args,
		.closed = l->born.closed,
		.no_stdin = o->no_stdin,
		.until_exit = o->until_exit,
		.must_deliver = o->must_deliver,
		.raise = o->terms.raise ? raise_names[o->terms.raise] : NULL,
		.verbose = o->loudness == SAY_VERBOSE,
		.quiet = o->loudness == SAY_QUIET,
	};
	const struct identity *id = &l->id;

	/* Whatever fails from here on: somebody lives there. */
	l->meeting.seen = true;
	/* Of equal applications that are command lines these are equal. */
	if (o->app || !id->whole)
		a.launched = (struct launched){ .words = l->command.words,
			.file = id->file, .document = l->command.document,
			.named = o->app, .line = o->shell_line };

	switch (o->policy) {
	case POLICY_ACTIVATE:
		return hand_activate(&l->meeting, fd, &a, status, f);
	case POLICY_JOIN:
		return join_run(l, fd, status, f);
	default:
		return state_hand(l, fd, status, f);
	}
}

enum hand_result
running_try(struct launch *l, int *status, struct fault *f)
{
	int fd;

	patience_begin(&l->meeting.patience);
	switch (meet_keeper(&l->place, PATIENCE_MS, &fd, f)) {
	case MET_KEEPER:
		return running_hand(l, fd, status, f);
	case MET_SLOW:
		return HAND_SLOW;
	case MET_NOBODY:
		return HAND_NOBODY;
	default:
		return HAND_FAILED;
	}
}
