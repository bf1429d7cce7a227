/*
 * alive.c: whether the instance lives on after its first process has ended.
 *
 * Once the first process has ended we connect to the keeper, which says when
 * the instance has ended.  A keeper that is gone or stopped says nothing: then
 * the instance lives while the folder names a living owner or holding parent,
 * or some process maps the slot's file.  It has ended when the folder is gone,
 * or when QUIET looks in a row have found no process.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/cluster/hold.h"
#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/ask.h"

enum { KEEPER_MS = 100, AGAIN_MS = 500, SOON_MS = 20, QUIET = 3,
	FAR_MS = 60000, BIRTH_MS = 2000 };

void
alive_begin(struct alive *a, const char *folder, const char *slot, int pidfd)
{
	size_t n = strlen(slot);

	memset(a, 0, sizeof(*a));
	a->folder = folder;
	if (n >= SLOT_HASH)
		strcpy(a->hash, slot + n - SLOT_HASH);
	a->pidfd = pidfd;
	a->keeper = -1;
}

/* Read what the keeper has sent, if anything.  true: the instance has ended. */
static bool
keeper_hear(struct alive *a)
{
	struct frame reply;
	bool over = false;
	struct buf b = { 0 };

	while (a->keeper >= 0 && !over &&
	    (b.len || io_wait(a->keeper, POLLIN, 0) > 0)) {
		if (sock_recv(a->keeper, &b, &reply, KEEPER_MS) != SOCK_OK) {
			io_close(&a->keeper);
			a->again = 0;
			break;
		}
		over = reply.type == FRAME_ENDED;
		if (reply.type != FRAME_ACCEPTED && !over) {
			io_close(&a->keeper); /* AGAIN, REFUSED: retry */
			a->again = clock_boot() + SOON_MS;
		}
		buf_shift(&b, reply.size);
	}
	buf_free(&b);
	return over;
}

static bool
owner_lives(const struct owner *o)
{
	int pidfd = -1;
	bool lives = o->pid && owner_open(o, &pidfd) == OWNER_ALIVE;

	io_close(&pidfd);
	return lives;
}

/* For when no keeper answers: whether the recorded owner or holding parent
 * lives, or some process maps the slot's file. */
static bool
somebody_lives(int dir, const struct info *i)
{
	int mapping = mapping_open(dir);
	pid_t mapper;
	bool lives = owner_lives(&i->owner) || owner_lives(&i->parent) ||
	    (mapping >= 0 && (mapping_test(mapping) == MAPPING_LOCKED ||
	    mapping_scan(mapping, &i->all, &mapper, 1, NULL) > 0));

	io_close(&mapping);
	return lives;
}

/* Whether the keeper will report the end.  A stopped keeper will not: it may
 * have stopped while it removed the folder, or before it recorded its pid
 * (a->who), for which we wait BIRTH_MS.  A keeper that has ended will not
 * either, even if another stopped process keeps its socket open. */
static bool
keeper_says(const struct alive *a)
{
	char state;

	if (a->keeper < 0)
		return false;
	if (!a->who)
		return clock_boot() < a->asked + BIRTH_MS;
	state = proc_state(a->who);
	if (!state)
		return errno != ENOENT && errno != ESRCH;
	return !strchr("TZX", state);
}

static bool
folder_look(struct alive *a)
{
	int dir = open(a->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	bool lives = false;
	struct info i;
	struct buf b = { 0 };

	if (dir >= 0 && info_read(dir, &b, &i) == 0) {
		if (a->since && i.since != a->since)
			goto out;
		a->who = i.keeper;
		lives = somebody_lives(dir, &i);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
		lives = true; /* we cannot look: assume that it lives */
	}
out:
	buf_free(&b);
	io_close(&dir);
	return lives;
}

static void
keeper_ask(struct alive *a)
{
	if (a->keeper >= 0 || !owner_ended(a->pidfd) ||
	    clock_boot() < a->again)
		return;
	a->asked = clock_boot();
	a->again = a->asked + AGAIN_MS;
	if (ask_connect(a->folder, KEEPER_MS, &a->keeper) == SOCK_OK &&
	    ask_send(a->keeper, FRAME_WATCH, a->hash, a->since) < 0)
		io_close(&a->keeper);
	folder_look(a); /* sets a->who: the keeper may be new */
}

bool
alive_look(struct alive *a)
{
	if (keeper_hear(a))
		return false;
	keeper_ask(a);
	if (!owner_ended(a->pidfd)) {
		if (!a->who)
			folder_look(a); /* learn a->who before the end */
		a->quiet = 0;
		return true;
	}
	if (a->keeper < 0 && access(a->folder, F_OK) < 0 && errno == ENOENT)
		return false;
	a->quiet = keeper_says(a) || folder_look(a) ? 0 : a->quiet + 1;
	return a->quiet < QUIET;
}

long long
alive_due(const struct alive *a)
{
	long long now = clock_boot();

	if (a->keeper >= 0 && !a->quiet)
		return now < a->asked + BIRTH_MS ? a->asked + BIRTH_MS :
		    now + FAR_MS;
	if (owner_ended(a->pidfd))
		return now + SOON_MS;
	return now + FAR_MS;
}

void
alive_end(struct alive *a)
{
	io_close(&a->keeper);
}
