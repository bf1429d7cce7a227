/*
 * watch.c: waiting for the end of an instance that somebody else keeps.
 *
 * The end of the connection is the keeper's end, not the instance's: then the
 * keeper is revived, and asked again.  Whoever waits here never starts the
 * command: a slot found free means that the instance is over.  What is asked,
 * and what comes meanwhile, is the caller's (onlyonectl listen).
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
keeper_revive(struct claim *c, struct fault *f)
{
	int r = 0;

	if (claim_adopt(c, f) != CLAIM_ORPHAN)
		return -1;
	if (keeper_start(c, KEEPER_REVIVED) < 0)
		r = fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot start a keeper", NULL);
	claim_close(c);
	claim_restore(c);
	return r;
}

enum revived
revive(struct root *r, const struct slot *s, struct fault *f)
{
	enum revived result = REVIVE_AGAIN;
	struct claim c;

	buf_init(&c.record, NULL, 0);
	if (root_open(r, f) < 0)
		return REVIVE_FAILED;
	switch (claim_take(&c, r, s, f)) {
	case CLAIM_MINE:
		claim_drop(&c);
		result = REVIVE_NOBODY;
		break;
	case CLAIM_ORPHAN:
		result = keeper_revive(&c, f) < 0 ? REVIVE_FAILED : REVIVED;
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

/* Wait for ENDED on fd. */
static enum watched
ended_wait(const struct watch *w, int fd, struct fault *f)
{
	char storage[512];
	struct pollfd p[2] = { { fd, POLLIN, 0 }, { w->alarm, POLLIN, 0 } };
	enum watched result = WATCHED_LOST;
	struct frame reply;
	struct buf b;

	(void)f;
	buf_init(&b, storage, sizeof(storage));
	for (;;) {
		if (!b.len) {
			IO_RETRY(poll(p, 2, -1));
			if (p[1].revents) {
				result = WATCHED_ALARM;
				break;
			}
			if (!p[0].revents)
				continue;
		}
		if (sock_recv(fd, &b, &reply, ANSWER_MS) != SOCK_OK)
			break;
		if (reply.type == FRAME_ENDED) {
			result = WATCHED_ENDED;
			break;
		}
		buf_shift(&b, reply.size);
	}
	buf_free(&b);
	return result;
}

static int
watch_ask(const struct watch *w, int fd, const struct slot *s)
{
	return ask_send(fd, FRAME_WATCH, s->hash, w->since);
}

int
watch_run(const struct watch *w, int *fd, struct fault *f)
{
	struct slot now = *w->slot, *s = &now;
	long long patience = clock_now() + ANSWER_MS;
	enum watched result;
	char folder[PATH_MAX];
	int left = REVIVALS;

	for (;;) {
		if (root_folder(w->root, s->name, folder) < 0)
			return fault_errno(f, EXIT_STATE, errno,
			    w->root->path, NULL);
		if (*fd < 0) {
			switch (ask_connect(folder, ANSWER_MS, fd)) {
			case SOCK_OK:
				if (w->ask(w, *fd, s) < 0)
					io_close(fd);
				break;
			case SOCK_SLOW:
				return fault_set(f, EXIT_NOANSWER, s->app,
				    ": its keeper does not answer", NULL);
			default:
				break;
			}
		}
		result = *fd < 0 ? WATCHED_LOST : w->talk(w, *fd, f);
		if (result != WATCHED_LOST)
			return result;
		if (*fd >= 0) /* it has answered until now */
			patience = clock_now() + ANSWER_MS;
		io_close(fd);
		switch (revive(w->root, s, f)) {
		case REVIVE_NOBODY:
			switch (moved_find(w->root, s, w->since)) {
			case 0:
				return WATCHED_ENDED;
			case -1:
				return fault_errno(f, fault_state(errno),
				    errno, "cannot read ", w->root->path,
				    NULL);
			default:
				break;
			}
			break;
		case REVIVE_FAILED:
			return WATCHED_FAULT;
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

int
watch_instance(struct root *r, const struct slot *slot, long long since,
    int *fd, int alarm, struct fault *f)
{
	struct watch w = { r, slot, since, alarm, watch_ask, ended_wait,
		NULL };

	return watch_run(&w, fd, f);
}
