/*
 * start.c: the claim is ours: publish, start the keeper, become the program.
 *
 * Everything that others look for is there before the program runs, and the
 * keeper before that: whoever comes meanwhile is held, not refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/keeper.h"
#include "cli/launch/become.h"
#include "cli/launch/held.h"
#include "cli/launch/leftover.h"
#include "cli/launch/locked.h"
#include "cli/launch/parent.h"
#include "cli/launch/start.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/say.h"
#include "cli/slot/instance.h"
#include "cli/slot/owner.h"
#include "cli/slot/seal.h"
#include "cli/text.h"
#include "cli/wire/ask.h"
#include "preload/elf.h"
#include "preload/entry.h"

enum { SEAL_MS = 5000 }; /* for whoever seals to go on */

/* Whether we hold the slot when the program has ended. */
bool
start_guards(const struct launch *l)
{
	return l->o->restart || l->o->terms.lifetime == LIFETIME_TREE;
}

static int
guard_fill(struct launch *l)
{
	int pidfd = owner_pidfd(getpid()), r;

	if (pidfd < 0)
		return -1;
	r = owner_record(&l->meeting.claim.info.guard, getpid(), pidfd,
	    l->place.root.lasting);
	close(pidfd);
	return r;
}

/* What is recorded of the instance that process pid is to be, which
 * claim.pidfd is open on. */
static int
record_fill(struct launch *l, pid_t pid, char *cwd)
{
	struct claim *c = &l->meeting.claim;
	struct info *i = &c->info;

	if (owner_record(&i->owner, pid, c->pidfd, l->place.root.lasting) < 0)
		return -1;
	i->keeper = 0;
	i->activations = 0;
	/* A script that holds may be about to listen. */
	i->listeners = l->held.pid && !l->o->terms.on_activate;
	i->index = l->place.slot.index;
	i->since = clock_wall();
	i->used = i->since;
	i->session = getsid(pid);
	i->first = pid;
	i->terms = l->o->terms;
	i->terms.rule = l->rule;
	i->terms.on_activate = handover_line(l);
	if (*l->lock.path)
		i->terms.lock_file = l->lock.path;
	i->cwd = proc_cwd(pid, cwd, PATH_MAX);
	return start_guards(l) ? guard_fill(l) : 0;
}

/* What keeps the shim out is a system that fails, and not the program: with a
 * daemon that is not followed there would be two in the end. */
static int
shim_fault(const char *file, int err, struct fault *f)
{
	return fault_errno(f, EXIT_SYSTEM, err, "cannot tell whether ", file,
	    " can be followed; --lifetime=main does without", NULL);
}

int
start_shim(struct launch *l, char *path, const char **shim, struct fault *f)
{
	enum elf e;
	size_t at;
	int err;

	*shim = NULL;
	if (l->o->terms.lifetime == LIFETIME_MAIN)
		return 0;
	e = elf_check(AT_FDCWD, l->id.file, 0, &err);
	if (e == ELF_FAILED)
		return shim_fault(l->id.file, err, f);
	if (e != ELF_LOADS) {
		say_more("the shim does not load: ", elf_reason(e), "; if the"
		    " program daemonises itself, it is not followed", NULL);
		return 0;
	}
	*shim = beside_find(SHIM_NAME, R_OK, path);
	if (!*shim && errno != ENOENT)
		return shim_fault(l->id.file, errno, f);
	if (!*shim) {
		say_more(SHIM_NAME " is not found; if the program daemonises"
		    " itself, it is not followed", NULL);
	} else if (!entry_plan(NULL, 0, *shim, environ, &at)) {
		say_more(*shim, " is not loaded: LD_PRELOAD cannot name it"
		    " (a space, colon or $), or names ASan's library", NULL);
		*shim = NULL;
	}
	return 0;
}

int
start_record(struct launch *l, pid_t pid, long long since)
{
	struct claim *c = &l->meeting.claim;
	char cwd[PATH_MAX];
	int r;

	c->record.len = 0;
	c->pidfd = owner_pidfd(pid);
	r = c->pidfd < 0 ? -1 : record_fill(l, pid, cwd);
	if (r == 0 && since)
		c->info.since = since;
	if (r == 0)
		r = info_make(&c->record, &l->place.slot, &c->info,
		    l->command.words);
	io_close(&c->pidfd);
	/* Its number may have come to somebody else meanwhile. */
	if (r == 0 && l->held.pid && owner_ended(l->held.pidfd)) {
		errno = ESRCH;
		r = -1;
	}
	return r < 0 ? -1 :
	    info_parse(c->record.at, c->record.len, &c->info);
}

int
start_become(struct launch *l, const char *shim, struct fault *f)
{
	struct buf env, args;
	char **list, **command;
	int file;

	buf_init(&env, NULL, 0);
	buf_init(&args, NULL, 0);
	command = handover_command(l, &args);
	/* The shim maps it, and closes it; without one it is not passed on. */
	file = shim ? l->lock.file : -1;
	if (file >= 0)
		fcntl(file, F_SETFD, 0);
	list = instance_environ(&env, environ, l->place.folder,
	    &l->meeting.claim.info, shim, 0, file);
	if (!list || !command)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, l->id.file, NULL);
	return become(l->id.file, command, list, f);
}

int
start_record_put(struct launch *l, enum frame_type type, pid_t pid,
    long long since, bool image, struct buf *b)
{
	struct claim *c = &l->meeting.claim;
	size_t start;

	if (start_record(l, pid, since) < 0)
		return -1;
	start = ask_begin(b, type, l->place.slot.hash);
	fields_put_num(b, "held", l->held.pid != 0);
	/* Its keeper is there already: our handlers get our environment. */
	for (char **e = environ; type == FRAME_TAKE && *e; e++)
		fields_put(b, "environ", *e);
	fields_put_num(b, "image", image);
	buf_add(b, c->record.at, c->record.len);
	return frame_end(b, start);
}

_Noreturn void
start_become_child(struct launch *l, const char *shim)
{
	struct fault f;

	/* Of the record only what does not tell processes apart is used. */
	if (start_record(l, getpid(), 0) == 0)
		start_become(l, shim, &f);
	else
		fault_errno(&f, EXIT_SYSTEM, errno, "cannot start", NULL);
	say_fault(&f);
	_exit(f.code);
}

bool
start_stays(const struct launch *l)
{
	return l->o->until_exit || l->o->supervise || start_guards(l) ||
	    parent_needed() ||
	    /* Whoever joins wants to know how it ended: we can tell. */
	    (l->o->policy == POLICY_JOIN && !owner_tells_exit());
}

/* After the slot has been published: whoever seals meanwhile finds us there,
 * or we find the seal. */
int
start_seal_ask(struct launch *l, struct fault *f)
{
	char key[INSTANCE_KEY_SHORT], known[512];
	struct text t;

	text_init(&t, known, sizeof(known));
	switch (seal_check(&l->place.root, &l->place.slot, SEAL_MS, &t)) {
	case SEAL_OPEN:
	case SEAL_KNOWN:
		return 0;
	case SEAL_SLOW:
		return fault_set(f, EXIT_NOANSWER, l->place.slot.app, " is"
		    " being sealed by a process that does not go on; see"
		    " onlyonectl doctor", NULL);
	case SEAL_FAILED:
		return fault_errno(f, fault_state(errno), errno,
		    "cannot read the seal of ", l->place.slot.app, NULL);
	default:
		break;
	}
	return fault_set(f, EXIT_DENIED, l->place.slot.app, " is sealed: only"
	    " what lived then may run (", *known ? known : "nothing did",
	    "), and this one has ", instance_key_short(&l->meeting.claim.info, key),
	    "; see onlyonectl unseal", NULL);
}

/* Publish it, and start its keeper.  c->pidfd is closed with the claim. */
static enum started
publish(struct launch *l, pid_t pid, bool image, struct fault *f)
{
	struct claim *c = &l->meeting.claim;
	char cwd[PATH_MAX];

	c->pidfd = pid < 0 ? -1 : owner_pidfd(pid);
	if (c->pidfd < 0 || record_fill(l, pid, cwd) < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, errno == ENOSYS ?
		    "Linux 5.4 or newer is needed" : "cannot start",
		    NULL);
		goto drop;
	}
	if (l->held.pid && owner_ended(l->held.pidfd)) {
		held_ended(l, f);
		goto drop;
	}
	switch (claim_publish(c, image, l->command.words, f)) {
	case CLAIM_MINE:
		break;
	case CLAIM_AGAIN:
		return START_AGAIN;
	default:
		return START_FAILED;
	}
	point("start-published");
	if (start_seal_ask(l, f) < 0)
		goto drop;
	c->file = l->lock.file;
	if (keeper_start(c, KEEPER_NEW) < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot start the keeper",
		    NULL);
		goto drop;
	}
	point("start-kept");
	claim_restore(c);
	return START_ENDED;
drop:
	claim_drop(c);
	return START_FAILED;
}

static enum started
claimed_start(struct launch *l, int *status, struct fault *f)
{
	bool stay = !l->held.pid && start_stays(l);
	struct claim *c = &l->meeting.claim;
	pid_t pid = l->held.pid ? l->held.pid : getpid();
	char path[PATH_MAX];
	const char *shim;
	enum started r;
	int go = -1;

	if (start_shim(l, path, &shim, f) < 0) {
		claim_drop(c);
		return START_FAILED;
	}
	handover_say(l);
	if (stay) {
		pid = parent_fork(&l->born, &go);
		if (pid == 0) {
			claim_restore(c);
			start_become_child(l, shim);
		}
	}
	r = publish(l, pid, shim != NULL, f);
	if (r != START_ENDED) {
		parent_forget(&l->born, &go, pid);
		return r;
	}
	if (l->held.pid) {
		claim_close(c);
		*status = 0;
		return START_ENDED;
	}
	if (!stay) {
		start_become(l, shim, f);
		return START_FAILED;
	}
	parent_go(l, &go);
	claim_close(c);
	*status = parent_stay(l, pid, c->info.since, shim);
	return START_ENDED;
}

enum started
start_run(struct launch *l, int *status, struct fault *f)
{
	struct claim *c = &l->meeting.claim;
	char who[WITNESS_TEXT];
	enum started r;

	if (c->witness < 0)
		say_note("the witness name of ", l->place.slot.app,
		    " is held by somebody else (",
		    witness_text(&c->rival, who), "); starting without it",
		    NULL);
	switch (locked_take(l, f)) {
	case 0:
		break;
	case 1:
		claim_drop(c);
		return START_LOCKED;
	default:
		claim_drop(c);
		return START_FAILED;
	}
	if (l->o->loudness == SAY_VERBOSE) /* it costs */
		leftover_tell(&l->place, false);
	r = claimed_start(l, status, f);
	if (r == START_AGAIN && place_again(&l->place, f) < 0)
		r = START_FAILED;
	return r;
}
