/*
 * watch.c: waiting for the end of an instance that somebody else keeps.
 *
 * The end of the connection is the keeper's end, not the instance's: then the
 * keeper is revived, and asked again.  Whoever waits here never starts the
 * command: a slot found free means that the instance is over.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/keeper.h"
#include "cli/launch/launch.h"
#include "cli/slot/moved.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { ANSWER_MS = 5000, PAUSE_US = 5000, REVIVALS = 20 };

int
keeper_revive(struct claim *c, int argc, char *argv[], struct fault *f)
{
	int r = 0;

	if (claim_adopt(c, f) != CLAIM_ORPHAN)
		return -1;
	if (keeper_start(c, KEEPER_REVIVED, argc, argv) < 0)
		r = fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot start a keeper", NULL);
	claim_close(c);
	claim_restore(c);
	return r;
}

enum revived
revive(struct root *r, const struct slot *s, int argc, char *argv[],
    struct fault *f)
{
	enum revived result = REVIVE_AGAIN;
	struct claim c;

	buf_init(&c.record, NULL, 0);
	if (root_open(r, f) < 0)
		return REVIVE_FAILED;
	switch (claim_take(&c, r, s, false, f)) {
	case CLAIM_MINE:
		claim_drop(&c);
		result = REVIVE_NOBODY;
		break;
	case CLAIM_ORPHAN:
		result = keeper_revive(&c, argc, argv, f) < 0 ?
		    REVIVE_FAILED : REVIVED;
		break;
	case CLAIM_FAILED:
		result = REVIVE_FAILED;
		break;
	default:
		clock_sleep(PAUSE_US);
		break;
	}
	buf_free(&c.record);
	root_close(r);
	return result;
}

/* Wait for ENDED on fd.  0 ended, 1 alarm, -1: the keeper is gone. */
static int
ended_wait(int fd, int alarm)
{
	char storage[512];
	struct pollfd p[2] = { { fd, POLLIN, 0 }, { alarm, POLLIN, 0 } };
	struct frame f;
	struct buf b;
	int result = -1;

	buf_init(&b, storage, sizeof(storage));
	for (;;) {
		IO_RETRY(poll(p, 2, -1));
		if (p[1].revents) {
			result = 1;
			break;
		}
		if (!p[0].revents)
			continue;
		if (sock_recv(fd, &b, &f, ANSWER_MS) != SOCK_OK)
			break;
		if (f.type == FRAME_ENDED) {
			result = 0;
			break;
		}
		buf_shift(&b, f.size);
	}
	buf_free(&b);
	return result;
}

int
watch_instance(struct root *r, const struct slot *slot, long long since,
    int *fd, int alarm, int argc, char *argv[], struct fault *f)
{
	struct slot now = *slot, *s = &now;
	char folder[PATH_MAX];
	long long patience = clock_now() + ANSWER_MS;
	int left = REVIVALS, result;

	if (root_folder(r, s->name, folder) < 0)
		return fault_errno(f, EXIT_STATE, errno, r->path, NULL);
	for (;;) {
		if (*fd < 0) {
			switch (ask_connect(folder, ANSWER_MS, fd)) {
			case SOCK_OK:
				if (ask_send(*fd, FRAME_WATCH, s->hash,
				    since) < 0)
					io_close(fd);
				break;
			case SOCK_SLOW:
				return fault_set(f, EXIT_NOANSWER, s->app,
				    ": its keeper does not answer", NULL);
			default:
				break;
			}
		}
		result = *fd < 0 ? -1 : ended_wait(*fd, alarm);
		if (result == 1)
			return 1;
		if (*fd >= 0) /* it has answered until now */
			patience = clock_now() + ANSWER_MS;
		io_close(fd);
		if (result == 0)
			return 0;
		switch (revive(r, s, argc, argv, f)) {
		case REVIVE_NOBODY:
			if (!moved_find(r, s, since))
				return 0;
			if (root_folder(r, s->name, folder) < 0)
				return fault_errno(f, EXIT_STATE, errno,
				    r->path, NULL);
			break;
		case REVIVE_FAILED:
			return -1;
		case REVIVED:
			left--;
			patience = clock_now() + ANSWER_MS;
			break;
		case REVIVE_AGAIN:
			break;
		}
		if (!left || clock_now() > patience)
			return fault_set(f, EXIT_NOANSWER, s->app, left ?
			    ": nobody answers for it" :
			    ": its keepers end again and again", NULL);
	}
}
