/*
 * launch.c: one command line, one slot: hand over, or start.
 *
 * Find the program, make the key and the place, and look into the slot.  If an
 * instance is running, do what the options say (running.c), or get in line
 * (wait.c).  If the slot is free, claim it and start the program (start.c).
 *
 * From here to exec: no stdio, no malloc, no locale.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/say.h"
#include "cli/core/launch/every.h"
#include "cli/core/launch/handover.h"
#include "cli/core/launch/launch.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/max_instances.h"
#include "cli/core/launch/nested.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/plan.h"
#include "cli/core/launch/program.h"
#include "cli/core/launch/running.h"
#include "cli/core/launch/start.h"
#include "cli/core/launch/unrun.h"
#include "cli/core/launch/wait.h"
#include "cli/core/meet/hand.h"
#include "cli/core/meet/meet.h"
#include "cli/core/slot/instance.h"
#include "preload/contract.h"

/*
 * Running the program without slot, keeper and shim.
 */

int
unprotected_run(struct launch *l, struct fault *f)
{
	char **list;
	struct buf b = { 0 };

	if (loop_check(l, false, f) < 0)
		return -1;
	if (getenv(ENV_SLOT))
		locked_carry(false); /* let exec close the lock file: no shim
		                      * will keep it */
	/* Without ONLYONE_PASS the session's shim would execute us again. */
	list = instance_pass(&b, environ, NULL, 0, -1);
	if (!list)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, l->id.file, NULL);
	return program_exec(l, l->id.file, l->command.words, list, f);
}

/* Find the program, and the application's name.  0 or -1. */
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
	*c->words = first; /* the program gets argv[0] as given */
	if (status < 0)
		return -1;
	c->args = c->words + l->id.front + 1;
	if ((o->nkey || o->per_document) && identity_keyed(&l->id) < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, l->id.file, NULL);
	return 0;
}

int
launch_begin(struct launch *l, struct fault *f)
{
	const char *off = getenv(ENV_DISABLE);

	l->off = off && !strcmp(off, "1");
	meeting_begin(&l->meeting, &l->place);
	l->meeting.asks_lock = policy_of(l->o)->meets == MEETS_ASKS;
	l->place.root.fd = -1;
	l->lock.file = l->lock.carried = -1;
	return command_take(l, f);
}

/*
 * By contract a key that cannot be made is no key: scripts rely on `-k {1}`
 * being the singleton if there is no argument.  But the user may have meant
 * another argument, so print a note.  For {@}, which is empty without
 * arguments, and for a rule's key, which this user may not know, only -v does;
 * a failed command (--key-cmd) is always noted.
 */
void
launch_key_tell(struct launch *l)
{
	const struct key *key = &l->key.made;

	/* --dry-run and --explain show it. */
	if (!key->failed || l->key.fault_said || l->o->dry_run || l->o->explain)
		return;
	if (key->failed->kind != KEY_COMMAND &&
	    (l->rule || !strcmp(key->failed->text, "{@}")))
		say_more("cannot make the key: ", TEXT_QUOTED, key->why,
		    "; continuing without a key", NULL);
	else
		say_note("cannot make the key: ", TEXT_QUOTED, key->why,
		    "; --strict-key makes that an error; continuing without a"
		    " key", NULL);
	l->key.fault_said = true;
}

int
launch_place(struct launch *l, struct fault *f)
{
	char *line[2] = { (char *)l->o->shell_line, NULL };
	struct key *key = &l->key.made;

	handover_key(l);
	if (key_make(key, l->key.steps, l->key.nsteps, &l->key.valued,
	    l->o->strict_key, *line ? line :
	    l->command.words + l->id.front, f) < 0)
		return -1;
	/* Without its key no instance has this document open. */
	if (key->failed)
		l->command.document = NULL;
	return place_make(&l->place, l->o->scope, l->id.app, key->parts,
	    key->n, f);
}

static int
one_run(struct launch *l, struct fault *f)
{
	int due, inside;

	if (launch_place(l, f) < 0 || locked_path(l, f) < 0)
		return -1;
	inside = inside_is(l, f);
	if (inside < 0)
		return -1;
	l->inside = inside;
	if (!inside) {
		launch_key_tell(l);
		loop_forget();
	}
	if (l->o->dry_run)
		return plan_show(l, 1, f);
	if (l->o->explain && !l->explained && plan_show(l, 2, f) < 0)
		return -1;
	if (inside)
		return inside_run(l, f);
	if (l->o->every_ms && (due = every_ask(l, f)) <= 0)
		return due < 0 ? -1 : policy_of(l->o)->same;
	return l->o->max > 1 ? max_run(l, f) : launch_placed(l, f);
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
	/* If an instance was met, --on-error=run does not count: it would start
	 * a second one. */
	if (status < 0 && l->o->on_error_run && !l->o->dry_run &&
	    !l->meeting.seen && (f->code == EXIT_STATE ||
	    f->code == EXIT_SYSTEM || l->meeting.elsewhere)) {
		fault_bare(f);
		say_fault(f);
		say_note("started anyway (--on-error=run): nothing prevents a"
		    " second instance", NULL);
		status = unprotected_run(l, f);
	}
	return status;
}

int
launch_placed(struct launch *l, struct fault *f)
{
	enum hand_result r;
	int status = -1, fd;
	enum met met;

	if (policy_of(l->o)->meets == MEETS_WAITS)
		return wait_run(l, l->place.slot.index, 1, f);
	patience_begin(&l->meeting.patience);
	if (policy_of(l->o)->meets == MEETS_JOINS && l->o->limit_ms >= 0)
		patience_limit(&l->meeting.patience,
		    clock_now() + l->o->limit_ms);
	for (;;) {
		met = meet_slot(&l->meeting, &fd, f);
		switch (met) {
		case MET_KEEPER:
		case MET_LOCKED:
			r = met == MET_LOCKED ? running_locked(l, &status, f) :
			    running_hand(l, fd, &status, f);
			if (r == HAND_DONE)
				return status;
			if (r == HAND_FAILED)
				return -1;
			hand_again(&l->meeting, r);
			break;
		case MET_ELSEWHERE:
			return unrun_elsewhere(l, f);
		case MET_FREE:
			switch (start_run(l, &status, f)) {
			case START_ENDED:
				return status;
			case START_LOCKED:
				return locked_end(l, l->lock.path, f);
			case START_AGAIN:
				break;
			default:
				return -1;
			}
			break;
		default:
			return unrun_failed(l, f);
		}
	}
}
