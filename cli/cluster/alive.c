/*
 * alive.c: whether the instance lives on, when its first process has ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/cluster/alive.h"
#include "cli/io.h"
#include "cli/proc.h"
#include "cli/slot/image.h"
#include "cli/slot/info.h"
#include "cli/slot/owner.h"
#include "cli/wire/ask.h"

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

/* What the keeper says, if it says something.  true: it is over. */
static bool
keeper_hear(struct alive *a)
{
	struct frame reply;
	bool over = false;
	struct buf b;

	buf_init(&b, NULL, 0);
	while (a->keeper >= 0 && !over &&
	    (b.len || io_wait(a->keeper, POLLIN, 0) > 0)) {
		if (sock_recv(a->keeper, &b, &reply, KEEPER_MS) != SOCK_OK) {
			io_close(&a->keeper);
			a->again = 0;
			break;
		}
		over = reply.type == FRAME_ENDED;
		if (reply.type != FRAME_ACCEPTED && !over) {
			io_close(&a->keeper); /* AGAIN, REFUSED */
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

/* Without a keeper: whoever is recorded, or has the image. */
static bool
somebody_lives(int dir, const struct info *i)
{
	int image = image_open(dir);
	pid_t mapper;
	bool lives = owner_lives(&i->owner) || owner_lives(&i->guard) ||
	    (image >= 0 && (image_test(image) == IMAGE_HELD ||
	    image_scan(image, &i->all, &mapper, 1) > 0));

	io_close(&image);
	return lives;
}

/* Whether the keeper will say it: not one that is stopped, be it before it has
 * recorded itself, or while it removes the folder; nor one that is gone, while
 * somebody else, stopped, has its socket. */
static bool
keeper_says(const struct alive *a)
{
	struct proc p;

	if (a->keeper < 0)
		return false;
	if (!a->who)
		return clock_boot() < a->asked + BIRTH_MS;
	if (proc_read(a->who, &p) < 0)
		return errno != ENOENT && errno != ESRCH;
	return !strchr("TZX", p.state);
}

static bool
folder_look(struct alive *a)
{
	int dir = open(a->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	bool lives = false;
	struct info i;
	struct buf b;

	buf_init(&b, NULL, 0);
	if (dir >= 0 && info_read(dir, &b, &i) == 0) {
		if (a->since && i.since != a->since)
			goto out;
		a->who = i.keeper;
		lives = somebody_lives(dir, &i);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
		lives = true; /* as far as we can see */
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
	folder_look(a); /* another keeper, perhaps */
}

bool
alive_look(struct alive *a)
{
	if (keeper_hear(a))
		return false;
	keeper_ask(a);
	if (!owner_ended(a->pidfd)) {
		if (!a->who)
			folder_look(a); /* as long as it is whole */
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
