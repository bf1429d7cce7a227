/*
 * start.c: with the claim held: publish, start the keeper, become the program.
 *
 * Everything that other launches look for is published before the program runs,
 * and the keeper runs even before that: so a launch that comes in between
 * waits, and is not refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/say.h"
#include "cli/core/keeper/keeper.h"
#include "cli/core/launch/adopt.h"
#include "cli/core/launch/children.h"
#include "cli/core/launch/every.h"
#include "cli/core/launch/handover.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/own_record.h"
#include "cli/core/launch/parent.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/program.h"
#include "cli/core/launch/server_window.h"
#include "cli/core/launch/start.h"
#include "cli/core/meet/holds.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/seal.h"

int
start_adopted_ended(const struct launch *l, struct fault *f)
{
	return fault_set(f, EXIT_NONE, "process ", TEXT_NUM(l->adopted.pid),
	    ", which was to be the instance of ", l->place.slot.app, ", has"
	    " ended", NULL);
}

/* Whether we, process pid, are the command of a sandbox.  Its first process may
 * kill all others when the command exits, or report the status of the last one
 * (keeper_status). bwrap(1) starts its command as process 2; firejail(1) sets
 * this variable. */
static bool
in_sandbox(pid_t pid)
{
	const char *container = getenv("container");

	return pid == 2 || (container && !strcmp(container, "firejail"));
}

bool
start_stays(const struct launch *l)
{
	pid_t pid = getpid();

	return l->o->until_exit || record_parents(l) || parent_needed(pid) ||
	    /* The keeper, which knows the status, exits before us. */
	    in_sandbox(pid) ||
	    /* --join and --every need the exit status, which only a parent can
	     * get before Linux 6.15. */
	    ((policy_of(l->o)->meets == MEETS_JOINS || l->o->every_ms) &&
	    !owner_tells_exit());
}

int
start_seal_unread(const struct launch *l, struct fault *f)
{
	return fault_errno(f, fault_state(errno), errno, "cannot read the seal"
	    " of ", l->place.slot.app, NULL);
}

int
start_seal_ask(struct launch *l, struct fault *f)
{
	char key[INSTANCE_KEY_SHORT], known[256];
	struct text t = text_in(known, sizeof(known));

	switch (seal_check(&l->place.root, &l->place.slot, &t)) {
	case SEAL_OPEN:
	case SEAL_KNOWN:
		return 0;
	case SEAL_FAILED:
		return start_seal_unread(l, f);
	default:
		break;
	}
	text_dots(&t);
	return fault_set(f, EXIT_DENIED, l->place.slot.app, " is sealed: this"
	    " launch has ", TEXT_QUOTED,
	    instance_key_short(&l->meeting.claim.info, key), ", and only these"
	    " may run: ", TEXT_QUOTED, *known ? known : "none", "; see"
	    " onlyonectl unseal", NULL);
}

/* Publish the slot with owner pid, and start its keeper.  The claim closes
 * c->pidfd. */
static enum started
slot_publish(struct launch *l, pid_t pid, bool mapping, struct fault *f)
{
	struct claim *c = &l->meeting.claim;
	char cwd[PATH_MAX];
	int err;

	c->pidfd = pid < 0 ? -1 : owner_pidfd(pid);
	err = c->pidfd < 0 || record_fill(l, pid, cwd) < 0 ? errno : 0;
	/* Its pid may be free, or reused, by now; or it is just ending. */
	if (l->adopted.pid && (err == ESRCH ||
	    owner_ended(l->adopted.pidfd))) {
		start_adopted_ended(l, f);
		goto drop;
	}
	if (err) {
		fault_errno(f, EXIT_SYSTEM, err, c->pidfd < 0 &&
		    (err == ENOSYS || err == EPERM) ? "pidfd_open(2) is"
		    " refused: Linux 5.4 or newer is needed, and no filter of"
		    " that call" : "cannot start", NULL);
		goto drop;
	}
	switch (claim_publish(c, mapping, record_words(l), f)) {
	case CLAIM_MINE:
		break;
	case CLAIM_AGAIN:
		return START_AGAIN;
	default:
		return START_FAILED;
	}
	if (start_seal_ask(l, f) < 0)
		goto drop;
	c->file = l->lock.packed ? -1 : l->lock.file;
	c->parcel = l->lock.packed ? l->lock.file : -1;
	if (keeper_start(c, KEEPER_NEW) < 0) {
		keeper_fault(f);
		goto drop;
	}
	claim_restore(c);
	return START_ENDED;
drop:
	claim_drop(c);
	return START_FAILED;
}

static enum started
claimed_start(struct launch *l, int *status, struct fault *f)
{
	bool stay = !l->adopted.pid && start_stays(l);
	struct claim *c = &l->meeting.claim;
	pid_t pid = l->adopted.pid ? l->adopted.pid : getpid();
	char path[PATH_MAX];
	const char *shim;
	enum started r;
	int go = -1;

	if (program_shim(l, path, &shim, f) < 0) {
		claim_drop(c);
		return START_FAILED;
	}
	handover_say(l);
	if (shim && !stay)
		locked_pack(l);
	if (stay) {
		/* Do this before the keeper can be killed: only the keeper
		 * shows to other pid namespaces that the instance is alive. */
		if (pid == 1)
			l->init = folder_init_hold(c->folder);
		pid = fork_begin(&l->born, &go);
		if (pid == 0) {
			claim_restore(c);
			program_become_child(l, shim);
		}
	}
	r = slot_publish(l, pid, shim && !l->adopted.pid, f);
	if (r != START_ENDED) {
		fork_forget(&l->born, &go, pid);
		return r;
	}
	if (l->adopted.pid) {
		claim_close(c);
		*status = 0;
		return START_ENDED;
	}
	if (!stay) {
		program_become(l, shim, f);
		return START_FAILED;
	}
	fork_go(l, &go);
	claim_close(c);
	*status = parent_stay(l, pid, c->info.since);
	return START_ENDED;
}

/* Warn about surprises with this command.  If it runs another one, all its
 * words name the application: a user at a terminal may take two different lines
 * for one job.  (-v has said it.) */
static void
command_tell(const struct launch *l)
{
	if (l->id.whole && !l->id.tool && !l->o->app && !l->o->shell_line &&
	    l->o->loudness == SAY_NORMAL && isatty(2))
		say_note(IDENTITY_WHOLE, NULL);
	if (record_leaves(l))
		say_more(basename(identity_program(&l->id)), " would leave"
		    " behind what it runs: --tree is on", NULL);
	if (!l->id.whole && l->o->loudness >= SAY_NORMAL)
		server_window_once(identity_program(&l->id),
		    l->command.words + 1, &l->place.root, l->place.slot.app);
}

enum started
start_run(struct launch *l, int *status, struct fault *f)
{
	struct claim *c = &l->meeting.claim;
	char who[NAME_LOCK_TEXT];
	enum started r;
	int adopted, due;

	if (c->name_lock < 0)
		say_note("another process (",
		    name_lock_text(&c->name_holder, who), ") has the lock"
		    " name of ", l->place.slot.app, "; starting anyway, but a"
		    " second one could start if its files are removed", NULL);
	switch (locked_take(l, f)) {
	case 0:
		break;
	case 1:
		claim_drop(c);
		holds_locked(l->place.slot.app, l->lock.path, f);
		return START_LOCKED;
	default:
		claim_drop(c);
		return START_FAILED;
	}
	if (l->o->every_ms) {
		due = every_due(l, f);
		if (due <= 0) {
			claim_drop(c);
			*status = policy_of(l->o)->same;
			return due < 0 ? START_FAILED : START_ENDED;
		}
		every_begin(l);
	}
	command_tell(l);
	if (l->o->loudness == SAY_VERBOSE) /* it reads all of /proc */
		leftover_tell(&l->place, 0);
	adopted = adopt_begin(l, f);
	if (adopted < 0) {
		claim_drop(c);
		return START_FAILED;
	}
	r = claimed_start(l, status, f);
	if (adopted) {
		adopt_end(l);
		/* Start over: the adopted instance takes our arguments now, or
		 * it has exited. */
		if (r == START_ENDED ||
		    (r == START_FAILED && f->code == EXIT_NONE))
			r = START_AGAIN;
	}
	/* The process that has the slot now may need the file. */
	if (r == START_AGAIN) {
		lockfile_release(&l->lock.file);
		l->lock.packed = false;
	}
	return r;
}
