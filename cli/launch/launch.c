/*
 * launch.c: one run of onlyone, from the options to exec or to the answer.
 *
 * Connect first: a second launch needs no lock, and is served at once.  Where
 * nobody lives, claim; where somebody claims at the same moment, pause and
 * begin again, until the patience is spent.  That it is busy is believed only
 * when a live keeper says so.
 *
 * From here to exec: no stdio, no malloc, no locale.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/keeper.h"
#include "cli/launch/become.h"
#include "cli/slot/instance.h"
#include "cli/launch/launch.h"
#include "cli/points.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/text.h"
#include "preload/elf.h"
#include "preload/entry.h"

enum {
	PATIENCE_MS = 5000,
	STRANGER_MS = 1000, /* before a witness of a stranger is passed over */
	PAUSE_FIRST_US = 100,
	PAUSE_LAST_US = 25000,
	REVIVALS = 20
};

unsigned int
plug_closed(void)
{
	struct pollfd p[3] = { { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 0 } };
	unsigned int closed = 0;

	if (poll(p, 3, 0) <= 0)
		return 0;
	for (int i = 0; i <= 2; i++) {
		if (p[i].revents & POLLNVAL &&
		    open("/dev/null", O_RDWR | O_CLOEXEC) == i)
			closed |= 1U << i;
	}
	return closed;
}

/* The program itself, with nothing of ours. */
static int
run_unguarded(struct launch *l, struct fault *f)
{
	return become(l->id.file, l->command, environ, f);
}

/* The record of the instance that process pid is to be. */
static int
record_fill(struct launch *l, pid_t pid, char *cwd)
{
	struct info *i = &l->claim.info;

	if (owner_record(&i->owner, pid, l->claim.pidfd, l->root.lasting) < 0)
		return -1;
	i->keeper = 0;
	i->activations = 0;
	i->index = l->slot.index;
	i->since = clock_wall();
	i->session = getsid(0);
	i->first = pid;
	i->terms = l->o->terms;
	i->cwd = getcwd(cwd, PATH_MAX) ? cwd : "";
	return 0;
}

static const char *
shim_choose(struct launch *l, char *path)
{
	const char *shim;
	enum elf e;
	size_t at;

	if (l->o->terms.lifetime == LIFETIME_MAIN)
		return NULL;
	e = elf_check(AT_FDCWD, l->id.file, 0);
	if (e != ELF_LOADS) {
		say_more("the shim does not load: ", elf_reason(e), "; if the"
		    " program daemonises itself, it is not followed", NULL);
		return NULL;
	}
	shim = become_shim(path);
	if (shim && !entry_plan(NULL, 0, shim, environ, &at)) {
		say_more(shim, " is not loaded: LD_PRELOAD cannot name it"
		    " (a space, colon or $), or names ASan's library", NULL);
		return NULL;
	}
	if (!shim)
		say_more(SHIM_NAME " is not found; if the program daemonises"
		    " itself, it is not followed", NULL);
	return shim;
}

/* In the process that is to be the program.  Returns in failure only. */
static int
program_exec(struct launch *l, const char *shim, struct fault *f)
{
	struct buf env;
	char **list;

	buf_init(&env, NULL, 0);
	list = instance_environ(&env, environ, l->folder, &l->claim.info,
	    shim, 0);
	if (!list)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, l->id.file, NULL);
	return become(l->id.file, l->command, list, f);
}

enum start {
	START_FAILED,
	START_AGAIN, /* swept away meanwhile */
	START_ENDED  /* the parent's end: *status */
};

/* The claim is ours: publish, start the keeper, become the program. */
static enum start
start(struct launch *l, int *status, struct fault *f)
{
	bool stay = l->o->until_exit || parent_needed();
	struct claim *c = &l->claim;
	char path[PATH_MAX], cwd[PATH_MAX];
	const char *shim = shim_choose(l, path);
	enum claim_result r;
	pid_t pid = getpid();
	int go = -1;

	if (stay) {
		pid = parent_fork(l, &go);
		if (pid == 0) {
			claim_restore(c);
			/* Only what does not tell processes apart. */
			c->pidfd = owner_pidfd(getpid());
			if (record_fill(l, getpid(), cwd) == 0 &&
			    info_make(&c->record, &l->slot, &c->info,
			    l->command) == 0 &&
			    info_parse(c->record.at, c->record.len,
			    &c->info) == 0)
				program_exec(l, shim, f);
			else
				fault_errno(f, EXIT_SYSTEM, errno,
				    "cannot start", NULL);
			say_fault(f);
			_exit(f->code);
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
	r = claim_publish(c, shim != NULL, l->command, f);
	if (r != CLAIM_MINE) {
		parent_forget(l, &go);
		return r == CLAIM_AGAIN ? START_AGAIN : START_FAILED;
	}
	if (keeper_start(c, false, l->argc, l->argv) < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot start the keeper",
		    NULL);
		claim_drop(c);
		goto fail;
	}
	point("start-kept");
	claim_restore(c);
	if (!stay) {
		program_exec(l, shim, f);
		return START_FAILED;
	}
	parent_go(&go);
	claim_close(c);
	*status = parent_stay(l, pid, c->info.since);
	return START_ENDED;
fail:
	parent_forget(l, &go);
	return START_FAILED;
}

/* Why its keeper cannot make the socket, if that is to be seen.  true: fault
 * is set. */
static bool
socket_fault(struct launch *l, int folder, struct fault *f)
{
	struct stat st;

	if (fstatat(folder, FILE_SOCK, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISSOCK(st.st_mode)) {
		fault_set(f, EXIT_STATE, l->folder, "/" FILE_SOCK
		    " is no socket; remove it", NULL);
		return true;
	}
	if (faccessat(folder, ".", W_OK, AT_EACCESS) == 0)
		return false;
	fault_errno(f, EXIT_STATE, errno, "cannot write in ", l->folder,
	    NULL);
	return true;
}

/* "APP does not answer": who holds it, as far as the files tell. */
static int
silence_fault(struct launch *l, struct fault *f)
{
	char pid[24], keeper[24];
	struct info i;
	struct buf b;
	int folder = -1;
	bool known = false;

	buf_init(&b, NULL, 0);
	if (root_open(&l->root, f) == 0)
		folder = folder_peek(&l->root, l->slot.name);
	if (folder >= 0)
		known = info_read(folder, &b, &i) == 0;
	if (folder >= 0 && socket_fault(l, folder, f))
		;
	else if (known)
		fault_set(f, EXIT_NOANSWER, l->slot.app, " is held by pid ",
		    say_num(pid, i.owner.pid), ", and its keeper, pid ",
		    say_num(keeper, i.keeper), ", does not answer (is it"
		    " stopped?); see onlyonectl doctor", NULL);
	else
		fault_set(f, EXIT_NOANSWER, l->slot.app, " is held by a"
		    " process that does not answer; see onlyonectl doctor, ",
		    l->folder, NULL);
	io_close(&folder);
	buf_free(&b);
	return -1;
}

struct tries {
	long long patience; /* end of it, clock_now */
	long long stranger; /* when one was met first, 0: none */
	int revivals;
	long pause;
	bool blind; /* do without the witness */
};

static void
pause_longer(struct tries *t)
{
	clock_sleep(t->pause);
	if (t->pause < PAUSE_LAST_US)
		t->pause *= 2;
}

/* Nobody answers: claim.  0: go on trying; 1: *status; -1: fault. */
static int
claim_try(struct launch *l, struct tries *t, int *status, struct fault *f)
{
	if (root_open(&l->root, f) < 0)
		return -1;
	switch (claim_take(&l->claim, &l->root, &l->slot, t->blind, f)) {
	case CLAIM_MINE:
		if (l->claim.witness < 0)
			say_note("the witness name of ", l->slot.app, " is"
			    " held by somebody else (another user, or another"
			    " mount namespace); starting without it", NULL);
		if (l->o->loudness == SAY_VERBOSE) /* it costs */
			leftover_tell(l, false);
		switch (start(l, status, f)) {
		case START_AGAIN:
			return 0;
		case START_ENDED:
			return 1;
		default:
			return -1;
		}
	case CLAIM_ORPHAN:
		l->met = true;
		if (++t->revivals > REVIVALS) {
			claim_leave(&l->claim);
			return fault_set(f, EXIT_NOANSWER, l->slot.app,
			    ": its keepers end again and again", NULL);
		}
		say_more("the keeper of ", l->slot.app,
		    " was gone; it has a new one", NULL);
		return keeper_revive(&l->claim, l->argc, l->argv, f);
	case CLAIM_STRANGER:
		if (!t->stranger)
			t->stranger = clock_now();
		t->blind = clock_now() - t->stranger >= STRANGER_MS;
		pause_longer(t);
		return 0;
	case CLAIM_BUSY:
		t->stranger = 0;
		pause_longer(t);
		return 0;
	case CLAIM_AGAIN:
		return 0;
	default:
		return -1;
	}
}

static int
launch_loop(struct launch *l, struct fault *f)
{
	struct tries t = { .patience = clock_now() + PATIENCE_MS,
		.pause = PAUSE_FIRST_US };
	int status = -1, r;
	long long left;

	for (;;) {
		left = t.patience - clock_now();
		if (left <= 0)
			return silence_fault(l, f);
		switch (hand_over(l, (int)left, &status, f)) {
		case HAND_DONE:
			return status;
		case HAND_FAILED:
			return -1;
		case HAND_SLOW:
			return silence_fault(l, f);
		case HAND_AGAIN:
			pause_longer(&t);
			continue;
		case HAND_NOBODY:
			break;
		}
		r = claim_try(l, &t, &status, f);
		if (r)
			return r < 0 ? -1 : status;
		/* Where our files were swept the root may be another. */
		if (!l->root.given && root_find(&l->root, f) < 0)
			return -1;
		root_folder(&l->root, l->slot.name, l->folder);
	}
}

static int
identity_make(struct launch *l, struct fault *f)
{
	const struct options *o = l->o;

	if (o->shell_line) {
		l->shell[0] = (char *)"sh";
		l->shell[1] = (char *)"-c";
		l->shell[2] = (char *)o->shell_line;
		l->command = l->shell;
		l->args = l->shell + 3;
		return identity_shell(&l->id, o->shell_line, o->app, f);
	}
	l->command = o->command;
	l->args = o->command + 1;
	return identity_find(&l->id, l->command, o->app, f);
}

int
launch_run(struct launch *l, struct fault *f)
{
	const char *off = getenv(ENV_DISABLE);

	buf_init(&l->claim.record, l->record, sizeof(l->record));
	if (identity_make(l, f) < 0)
		return -1;
	if (off && !strcmp(off, "1") && !l->o->dry_run)
		return run_unguarded(l, f);
	if (l->id.whole && !l->o->app)
		say_more("the application is the whole command line; --app"
		    " names it", NULL);
	l->slot.scope = slot_scope(l->o->scope, l->scope, sizeof(l->scope));
	l->slot.app = l->id.app;
	slot_name(&l->slot);
	if (root_find(&l->root, f) < 0)
		return -1;
	if (root_folder(&l->root, l->slot.name, l->folder) < 0)
		return fault_errno(f, EXIT_STATE, errno, l->root.path, NULL);
	if (l->o->dry_run)
		return plan_show(l, 1, f);
	if (l->o->explain && plan_show(l, 2, f) < 0)
		return -1;
	return launch_loop(l, f);
}
