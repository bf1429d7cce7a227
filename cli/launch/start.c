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
#include "cli/launch/launch.h"
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
launch_guards(const struct launch *l)
{
	return l->o->restart || l->o->terms.lifetime == LIFETIME_TREE;
}

static int
guard_fill(struct launch *l)
{
	int pidfd = owner_pidfd(getpid()), r;

	if (pidfd < 0)
		return -1;
	r = owner_record(&l->claim.info.guard, getpid(), pidfd,
	    l->root.lasting);
	close(pidfd);
	return r;
}

/* What is recorded of the instance that process pid is to be, which
 * claim.pidfd is open on. */
static int
record_fill(struct launch *l, pid_t pid, char *cwd)
{
	struct info *i = &l->claim.info;

	if (owner_record(&i->owner, pid, l->claim.pidfd, l->root.lasting) < 0)
		return -1;
	i->keeper = 0;
	i->activations = 0;
	/* A script that holds may be about to listen. */
	i->listeners = l->held && !l->o->terms.on_activate;
	i->index = l->slot.index;
	i->since = clock_wall();
	i->used = i->since;
	i->session = getsid(pid);
	i->first = pid;
	i->terms = l->o->terms;
	i->terms.rule = l->rule;
	i->terms.on_activate = handover_line(l);
	if (*l->lock_path)
		i->terms.lock_file = l->lock_path;
	i->cwd = proc_cwd(pid, cwd, PATH_MAX);
	return launch_guards(l) ? guard_fill(l) : 0;
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
launch_shim(struct launch *l, char *path, const char **shim, struct fault *f)
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
launch_held_ended(const struct launch *l, struct fault *f)
{
	char digits[24];

	return fault_set(f, EXIT_NONE, "process ", say_num(digits, l->held),
	    ", which was to have ", l->slot.app, ", has ended", NULL);
}

int
launch_record(struct launch *l, pid_t pid, long long since)
{
	struct claim *c = &l->claim;
	char cwd[PATH_MAX];
	int r;

	c->record.len = 0;
	c->pidfd = owner_pidfd(pid);
	r = c->pidfd < 0 ? -1 : record_fill(l, pid, cwd);
	if (r == 0 && since)
		c->info.since = since;
	if (r == 0)
		r = info_make(&c->record, &l->slot, &c->info, l->command);
	io_close(&c->pidfd);
	/* Its number may have come to somebody else meanwhile. */
	if (r == 0 && l->held && owner_ended(l->held_fd)) {
		errno = ESRCH;
		r = -1;
	}
	return r < 0 ? -1 :
	    info_parse(c->record.at, c->record.len, &c->info);
}

int
launch_become(struct launch *l, const char *shim, struct fault *f)
{
	struct buf env, args;
	char **list, **command;
	int file;

	buf_init(&env, NULL, 0);
	buf_init(&args, NULL, 0);
	command = handover_command(l, &args);
	/* The shim maps it, and closes it; without one it is not passed on. */
	file = shim ? l->file : -1;
	if (file >= 0)
		fcntl(file, F_SETFD, 0);
	list = instance_environ(&env, environ, l->folder, &l->claim.info,
	    shim, 0, file);
	if (!list || !command)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, l->id.file, NULL);
	return become(l->id.file, command, list, f);
}

int
launch_record_put(struct launch *l, enum frame_type type, pid_t pid,
    long long since, bool image, struct buf *b)
{
	struct claim *c = &l->claim;
	size_t start;

	if (launch_record(l, pid, since) < 0)
		return -1;
	start = ask_begin(b, type, l->slot.hash);
	fields_put_num(b, "held", l->held != 0);
	/* Its keeper is there already: our handlers get our environment. */
	for (char **e = environ; type == FRAME_TAKE && *e; e++)
		fields_put(b, "environ", *e);
	fields_put_num(b, "image", image);
	buf_add(b, c->record.at, c->record.len);
	return frame_end(b, start);
}

_Noreturn void
launch_become_child(struct launch *l, const char *shim)
{
	struct fault f;

	/* Of the record only what does not tell processes apart is used. */
	if (launch_record(l, getpid(), 0) == 0)
		launch_become(l, shim, &f);
	else
		fault_errno(&f, EXIT_SYSTEM, errno, "cannot start", NULL);
	say_fault(&f);
	_exit(f.code);
}

bool
launch_stays(const struct launch *l)
{
	return l->o->until_exit || l->o->supervise || launch_guards(l) ||
	    parent_needed() ||
	    /* Whoever joins wants to know how it ended: we can tell. */
	    (l->o->policy == POLICY_JOIN && !owner_tells_exit());
}

/* After the slot has been published: whoever seals meanwhile finds us there,
 * or we find the seal. */
int
launch_seal_ask(struct launch *l, struct fault *f)
{
	char key[INSTANCE_KEY_SHORT], known[512];
	struct text t;

	text_init(&t, known, sizeof(known));
	switch (seal_check(&l->root, &l->slot, SEAL_MS, &t)) {
	case SEAL_OPEN:
	case SEAL_KNOWN:
		return 0;
	case SEAL_SLOW:
		return fault_set(f, EXIT_NOANSWER, l->slot.app, " is being"
		    " sealed by a process that does not go on; see onlyonectl"
		    " doctor", NULL);
	case SEAL_FAILED:
		return fault_errno(f, fault_state(errno), errno,
		    "cannot read the seal of ", l->slot.app, NULL);
	default:
		break;
	}
	return fault_set(f, EXIT_DENIED, l->slot.app, " is sealed: only what"
	    " lived then may run (", *known ? known : "nothing did", "), and"
	    " this one has ", instance_key_short(&l->claim.info, key),
	    "; see onlyonectl unseal", NULL);
}

enum started
launch_start(struct launch *l, int *status, struct fault *f)
{
	bool stay = !l->held && launch_stays(l);
	struct claim *c = &l->claim;
	char path[PATH_MAX], cwd[PATH_MAX];
	const char *shim;
	pid_t pid = l->held ? l->held : getpid();
	enum claim_result r;
	int go = -1;

	if (launch_shim(l, path, &shim, f) < 0) {
		claim_drop(c);
		return START_FAILED;
	}
	handover_say(l);
	if (stay) {
		pid = parent_fork(l, &go);
		if (pid == 0) {
			claim_restore(c);
			launch_become_child(l, shim);
		}
	}
	c->pidfd = pid < 0 ? -1 : owner_pidfd(pid);
	if (c->pidfd < 0 || record_fill(l, pid, cwd) < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, errno == ENOSYS ?
		    "Linux 5.4 or newer is needed" : "cannot start",
		    NULL);
		claim_drop(c);
		goto fail;
	}
	if (l->held && owner_ended(l->held_fd)) {
		launch_held_ended(l, f);
		claim_drop(c);
		goto fail;
	}
	r = claim_publish(c, shim != NULL, l->command, f);
	if (r != CLAIM_MINE) {
		parent_forget(l, &go, pid);
		return r == CLAIM_AGAIN ? START_AGAIN : START_FAILED;
	}
	point("start-published");
	if (launch_seal_ask(l, f) < 0) {
		claim_drop(c);
		goto fail;
	}
	c->file = l->file;
	if (keeper_start(c, KEEPER_NEW) < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot start the keeper",
		    NULL);
		claim_drop(c);
		goto fail;
	}
	point("start-kept");
	claim_restore(c);
	if (l->held) {
		claim_close(c);
		*status = 0;
		return START_ENDED;
	}
	if (!stay) {
		launch_become(l, shim, f);
		return START_FAILED;
	}
	parent_go(l, &go);
	claim_close(c);
	*status = parent_stay(l, pid, c->info.since, shim);
	return START_ENDED;
fail:
	parent_forget(l, &go, pid);
	return START_FAILED;
}
