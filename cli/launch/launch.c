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
#include "cli/launch/again.h"
#include "cli/launch/become.h"
#include "cli/launch/launch.h"
#include "cli/launch/restart.h"
#include "cli/points.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/slot/instance.h"
#include "cli/slot/lockfile.h"
#include "cli/slot/owner.h"
#include "cli/text.h"

enum {
	PATIENCE_MS = 5000,
	LAST_MS = 200, /* and once more */
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
	char **list;
	struct buf b;

	if (again_check(l->id.file, f) < 0)
		return -1;
	/* The shim of the session would send us here again. */
	buf_init(&b, NULL, 0);
	list = instance_pass(&b, environ, NULL, -1);
	if (!list)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, l->id.file, NULL);
	return become(l->id.file, l->command, list, f);
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
		    " is no socket; move it away", NULL);
		return true;
	}
	if (faccessat(folder, ".", W_OK, AT_EACCESS) == 0)
		return false;
	fault_errno(f, EXIT_STATE, errno, "cannot write in ", l->folder,
	    NULL);
	return true;
}

/* "APP does not answer": who holds it, as far as the files tell. */
int
launch_silent(struct launch *l, struct fault *f)
{
	char pid[24], keeper[24];
	struct info i = { .keeper = 0 };
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
	else if (known && i.owner.pidns && i.owner.pidns != owner_pidns())
		fault_set(f, EXIT_NOANSWER, l->slot.app, " is held in another"
		    " pid namespace, and its keeper does not answer (is it"
		    " stopped?); see onlyonectl doctor there", NULL);
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

void
tries_begin(struct tries *t)
{
	memset(t, 0, sizeof(*t));
	t->patience = clock_now() + PATIENCE_MS;
	t->pause = PAUSE_FIRST_US;
}

void
tries_renew(struct tries *t)
{
	t->patience = clock_now() + PATIENCE_MS;
	t->last = false;
}

void
tries_pause(struct tries *t)
{
	clock_sleep(t->pause);
	if (t->pause < PAUSE_LAST_US)
		t->pause *= 2;
}

int
tries_left(struct tries *t)
{
	long long now = clock_now();

	/* It may be we who were stopped, or the machine asleep: look again. */
	if (now >= t->patience && !t->last) {
		t->last = true;
		t->patience = now + LAST_MS;
	}
	return now < t->patience ? (int)(t->patience - now) : 0;
}

/* A slot that is free, but not for us alone. */
static enum claimed
vacant_start(struct launch *l, struct fault *f)
{
	struct claim *c = &l->claim;

	switch (claim_vacant(c, f)) {
	case CLAIM_MINE:
		break;
	case CLAIM_AGAIN:
		return CLAIMED_NOT;
	default:
		return CLAIMED_FAILED;
	}
	if (keeper_start(c, KEEPER_VACANT) < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot start a keeper",
		    NULL);
		claim_drop(c);
		return CLAIMED_FAILED;
	}
	claim_restore(c);
	claim_close(c);
	return CLAIMED_REVIVED;
}

enum claimed
launch_claim(struct launch *l, struct tries *t, bool queued, pid_t self,
    int *status, struct fault *f)
{
	enum claim_result r;
	char who[WITNESS_TEXT];
	bool ours;

	if (root_open(&l->root, f) < 0)
		return CLAIMED_FAILED;
	r = claim_take(&l->claim, &l->root, &l->slot, f);
	if (r != CLAIM_MINE)
		lockfile_release(&l->file); /* it was waited for in vain */
	switch (r) {
	case CLAIM_MINE:
		if (l->claim.witness < 0)
			say_note("the witness name of ", l->slot.app, " is"
			    " held by somebody else (",
			    witness_text(&l->claim.rival, who),
			    "); starting without it", NULL);
		if (queued)
			return vacant_start(l, f);
		switch (locked_take(l, f)) {
		case 0:
			break;
		case 1:
			claim_drop(&l->claim);
			return CLAIMED_LOCKED;
		default:
			claim_drop(&l->claim);
			return CLAIMED_FAILED;
		}
		if (l->o->loudness == SAY_VERBOSE) /* it costs */
			leftover_tell(l, false);
		switch (launch_start(l, status, f)) {
		case START_AGAIN:
			return CLAIMED_NOT;
		case START_ENDED:
			return CLAIMED_ENDED;
		default:
			return CLAIMED_FAILED;
		}
	case CLAIM_ORPHAN:
		l->met = true;
		if (++t->revivals > REVIVALS) {
			claim_leave(&l->claim);
			fault_set(f, EXIT_NOANSWER, l->slot.app,
			    ": its keepers end again and again", NULL);
			return CLAIMED_FAILED;
		}
		say_more("the keeper of ", l->slot.app,
		    " was gone; it has a new one", NULL);
		/* Promoted, and the keeper killed before it could say so. */
		ours = self && l->claim.info.owner.pid == self;
		if (ours)
			folder_pid_write(l->claim.lock, self);
		if (keeper_revive(&l->claim, f) < 0)
			return CLAIMED_FAILED;
		return ours ? CLAIMED_OURS : CLAIMED_REVIVED;
	case CLAIM_STRANGER:
	case CLAIM_BUSY:
		return CLAIMED_BUSY;
	case CLAIM_AGAIN:
		return CLAIMED_NOT;
	default:
		return CLAIMED_FAILED;
	}
}

/* Our files may be swept away, and the root be another after that. */
static int
root_again(struct launch *l, struct fault *f)
{
	if (!l->root.given && root_find(&l->root, f) < 0)
		return -1;
	if (root_folder(&l->root, l->slot.name, l->folder) < 0)
		return fault_errno(f, EXIT_STATE, errno, l->root.path, NULL);
	return 0;
}

static bool
waits(enum policy p)
{
	return p == POLICY_WAIT || p == POLICY_QUEUE || p == POLICY_REPLACE;
}

int
launch_slotted(struct launch *l, struct fault *f)
{
	struct tries t;
	int status = -1, left;

	if (waits(l->o->policy))
		return wait_run(l, l->slot.index, 1, f);
	tries_begin(&t);
	for (;;) {
		left = tries_left(&t);
		if (!left)
			return launch_silent(l, f);
		switch (hand_over(l, left, &status, f)) {
		case HAND_DONE:
			return status;
		case HAND_FAILED:
			return -1;
		case HAND_SLOW:
			continue;
		case HAND_BACK:
			tries_renew(&t);
			continue;
		case HAND_AGAIN:
			tries_pause(&t);
			continue;
		case HAND_NOBODY:
			break;
		}
		switch (launch_claim(l, &t, false, 0, &status, f)) {
		case CLAIMED_FAILED:
			return -1;
		case CLAIMED_ENDED:
			return status;
		case CLAIMED_LOCKED:
			return locked_end(l, f);
		case CLAIMED_BUSY:
			tries_pause(&t);
			break;
		default:
			break;
		}
		if (root_again(l, f) < 0)
			return -1;
	}
}

static bool
same_key(const struct launch *l, const struct info *i)
{
	const char *part = NULL;
	size_t n = 0;

	while ((part = info_key(i, part))) {
		if (n >= l->slot.nkey || strcmp(part, l->slot.key[n]))
			return false;
		n++;
	}
	return n == l->slot.nkey;
}

/* Whether the slot that the environment names can be that folder of our root.
 * Another user's has the same name, if sudo or su has let the variable pass. */
static bool
slot_fits(const char *slot, int folder)
{
	struct stat named, ours;

	if (stat(slot, &named) < 0)
		return errno == ENOENT; /* moved, or under another path here */
	return fstat(folder, &ours) == 0 && named.st_dev == ours.st_dev &&
	    named.st_ino == ours.st_ino;
}

int
launch_around(struct launch *l, struct buf *b, struct info *i)
{
	const char *slot = getenv(ENV_SLOT), *name;
	struct fault f;
	int folder;

	name = slot ? strrchr(slot, '/') : NULL;
	if (!name || root_open(&l->root, &f) < 0)
		return -1;
	folder = folder_peek(&l->root, name + 1);
	if (folder >= 0 &&
	    (!slot_fits(slot, folder) || info_read(folder, b, i) < 0))
		io_close(&folder);
	return folder;
}

/*
 * Whether we are the instance already: it was launched by us, and is a script
 * whose first line launches it again.  The record is then in claim.
 */
static bool
is_inside(struct launch *l)
{
	struct claim *c = &l->claim;
	int folder = launch_around(l, &c->record, &c->info), pidfd = -1;
	bool inside = false;

	if (folder >= 0 && c->info.owner.pid == getpid() &&
	    owner_open(&c->info.owner, &pidfd) == OWNER_ALIVE)
		inside = !strcmp(c->info.app, l->slot.app) &&
		    !strcmp(c->info.scope, l->slot.scope) &&
		    same_key(l, &c->info) && root_folder(&l->root,
		    strrchr(getenv(ENV_SLOT), '/') + 1, l->folder) == 0;
	io_close(&pidfd);
	io_close(&folder);
	if (!inside)
		c->record.len = 0;
	return inside;
}

static int
run_inside(struct launch *l, struct fault *f)
{
	char path[PATH_MAX], image[PATH_MAX];
	const char *shim;
	struct text t;

	if (again_check(l->id.file, f) < 0) {
		restart_forbid(l); /* or its parent would begin it again */
		return -1;
	}
	say_more("this process is the instance of ", l->slot.app, " already",
	    NULL);
	if (launch_shim(l, path, &shim, f) < 0)
		return -1;
	/* With nothing to map (onlyonectl hold) it would wait for that. */
	text_init(&t, image, sizeof(image));
	text_add(&t, l->folder);
	text_add(&t, "/" FILE_IMAGE);
	if (faccessat(AT_FDCWD, image, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT)
		shim = NULL;
	return launch_become(l, shim, f);
}

static int
identity_make(struct launch *l, struct fault *f)
{
	const struct options *o = l->o;
	char *first;
	int status;

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
	first = *l->command;
	if (l->program)
		*l->command = (char *)l->program;
	status = identity_find(&l->id, l->command, o->app, f);
	*l->command = first; /* the program is called as it was */
	return status;
}

int
launch_index(struct launch *l, int index, struct fault *f)
{
	l->slot.index = index;
	slot_name(&l->slot);
	if (root_folder(&l->root, l->slot.name, l->folder) < 0)
		return fault_errno(f, EXIT_STATE, errno, l->root.path, NULL);
	return 0;
}

int
launch_slot(struct launch *l, struct fault *f)
{
	char *line[2] = { (char *)l->o->shell_line, NULL };

	if (key_make(&l->key, l->steps, l->nsteps, l->o->strict_key,
	    *line ? line : l->command, f) < 0)
		return -1;
	l->slot.scope = slot_scope(l->o->scope, l->scope, sizeof(l->scope));
	l->slot.app = l->id.app;
	l->slot.key = l->key.parts;
	l->slot.nkey = l->key.n;
	if (root_find(&l->root, f) < 0)
		return -1;
	return launch_index(l, 0, f);
}

static int
slot_run(struct launch *l, struct fault *f)
{
	if (launch_slot(l, f) < 0 || locked_path(l, f) < 0)
		return -1;
	if (is_inside(l))
		return run_inside(l, f);
	again_forget();
	if (l->o->dry_run)
		return plan_show(l, 1, f);
	if (l->o->explain && !l->explained && plan_show(l, 2, f) < 0)
		return -1;
	return l->o->max > 1 ? counted_run(l, f) : launch_slotted(l, f);
}

int
launch_one(struct launch *l, struct fault *f)
{
	int status = slot_run(l, f);

	/* Never where an instance was met: that would be a second one. */
	if (status < 0 && l->o->on_error_run && !l->o->dry_run && !l->met &&
	    (f->code == EXIT_STATE || f->code == EXIT_SYSTEM)) {
		say_fault(f);
		say_note("running it all the same, unguarded", NULL);
		status = run_unguarded(l, f);
	}
	return status;
}

int
launch_begin(struct launch *l, struct fault *f)
{
	buf_init(&l->claim.record, l->record, sizeof(l->record));
	l->file = -1;
	return identity_make(l, f);
}

int
launch_begun(struct launch *l, struct fault *f)
{
	const char *off = getenv(ENV_DISABLE);

	if (off && !strcmp(off, "1") && !l->o->dry_run)
		return run_unguarded(l, f);
	if (l->id.whole && !l->o->app)
		say_more("the application is the whole command line; --app"
		    " names it", NULL);
	l->nsteps = l->o->nkey;
	memcpy(l->steps, l->o->key, l->nsteps * sizeof(*l->steps));
	return l->o->per_document ? documents_run(l, f) : launch_one(l, f);
}

int
launch_run(struct launch *l, struct fault *f)
{
	return launch_begin(l, f) < 0 ? -1 : launch_begun(l, f);
}
