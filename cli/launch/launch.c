/*
 * launch.c: one command line, one slot: hand over, or start.
 *
 * From here to exec: no stdio, no malloc, no locale.
 */
#include <string.h>

#include "cli/clock.h"
#include "cli/launch/again.h"
#include "cli/launch/apart.h"
#include "cli/launch/counted.h"
#include "cli/launch/inside.h"
#include "cli/launch/launch.h"
#include "cli/launch/leased.h"
#include "cli/launch/locked.h"
#include "cli/launch/plan.h"
#include "cli/launch/running.h"
#include "cli/launch/start.h"
#include "cli/launch/unguarded.h"
#include "cli/launch/wait.h"
#include "cli/say.h"
#include "cli/text.h"
#include "preload/contract.h"

/* The command, and under which name it excludes others. */
static int
command_take(struct launch *l, struct fault *f)
{
	const struct options *o = l->o;
	struct command *c = &l->command;
	char *first;
	int status;

	if (o->shell_line) {
		c->shell[0] = (char *)"sh";
		c->shell[1] = (char *)"-c";
		c->shell[2] = (char *)o->shell_line;
		c->words = c->shell;
		c->args = c->shell + 3;
		return identity_shell(&l->id, o->shell_line, o->app, f);
	}
	c->words = o->command;
	c->args = o->command + 1;
	first = *c->words;
	if (c->program)
		*c->words = (char *)c->program;
	status = identity_find(&l->id, c->words, o->app, f);
	*c->words = first; /* the program is called as it was */
	return status;
}

int
launch_begin(struct launch *l, struct fault *f)
{
	meeting_begin(&l->meeting, &l->place);
	if (l->o->cluster.on)
		l->meeting.busy_end = clock_now() + LEASED_LINE_MS;
	l->place.root.fd = -1;
	l->lock.file = -1;
	l->lease.fd = -1;
	return command_take(l, f);
}

/*
 * A key that cannot be made is none, by contract: scripts rely on it that
 * `-k {1}` without an argument is the singleton.  But who wrote it may have
 * meant another argument, so that is said.  Not of {@}, which is nothing where
 * there are no arguments; and not to whoever starts a program that has a rule:
 * a command that fails is told, as ever.
 */
void
launch_key_tell(struct launch *l)
{
	const struct key *key = &l->key.made;

	/* The plan says it. */
	if (!key->failed || l->key.told || l->o->dry_run || l->o->explain)
		return;
	if (key->failed->kind != KEY_COMMAND &&
	    (l->rule || !strcmp(key->failed->text, "{@}")))
		say_more("cannot make the key: ", TEXT_QUOTED, key->why,
		    "; going on without a key", NULL);
	else
		say_note("cannot make the key: ", TEXT_QUOTED, key->why,
		    "; --strict-key makes that an error; going on without a"
		    " key", NULL);
	l->key.told = true;
}

int
launch_place(struct launch *l, struct fault *f)
{
	char *line[2] = { (char *)l->o->shell_line, NULL };
	struct key *key = &l->key.made;

	apart_steps(l);
	if (key_make(key, l->key.steps, l->key.nsteps, &l->o->valued,
	    l->o->strict_key, *line ? line : l->command.words, f) < 0)
		return -1;
	return place_make(&l->place, l->o->scope, l->id.app, key->parts,
	    key->n, f);
}

static int
one_run(struct launch *l, struct fault *f)
{
	if (launch_place(l, f) < 0 || locked_path(l, f) < 0)
		return -1;
	if (inside_is(l))
		return inside_run(l, f);
	launch_key_tell(l);
	again_forget();
	if (l->o->dry_run)
		return plan_show(l, 1, f);
	if (l->o->explain && !l->explained && plan_show(l, 2, f) < 0)
		return -1;
	return l->o->max > 1 ? counted_run(l, f) : launch_placed(l, f);
}

void
launch_busy(const struct launch *l, struct fault *f)
{
	if (f->code == EXIT_BUSY)
		f->code = l->o->busy_code;
}

int
launch_one(struct launch *l, struct fault *f)
{
	int status = one_run(l, f);

	if (status < 0)
		launch_busy(l, f);
	/* Never where an instance was met: that would be a second one. */
	if (status < 0 && l->o->on_error_run && !l->o->dry_run &&
	    !l->meeting.seen &&
	    (f->code == EXIT_STATE || f->code == EXIT_SYSTEM)) {
		say_fault(f);
		say_note("running it all the same, unguarded", NULL);
		status = unguarded_run(l, f);
	}
	return status;
}

static bool
waits(enum policy p)
{
	return p == POLICY_WAIT || p == POLICY_QUEUE || p == POLICY_REPLACE;
}

int
launch_placed(struct launch *l, struct fault *f)
{
	enum hand_result r;
	int status = -1, fd;

	if (waits(l->o->policy))
		return wait_run(l, l->place.slot.index, 1, f);
	patience_begin(&l->meeting.patience);
	for (;;) {
		switch (meet(&l->meeting, &fd, f)) {
		case MET_KEEPER:
			r = running_hand(l, fd, &status, f);
			if (r == HAND_DONE)
				return status;
			if (r == HAND_FAILED)
				return -1;
			hand_again(&l->meeting, r);
			break;
		case MET_FREE:
			switch (start_run(l, &status, f)) {
			case START_ENDED:
				return status;
			case START_LOCKED:
				return locked_end(l, f);
			case START_ELSEWHERE:
				return leased_end(l, f);
			case START_AGAIN:
				break;
			default:
				return -1;
			}
			break;
		default:
			return -1;
		}
	}
}
