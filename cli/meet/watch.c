/*
 * watch.c: waiting for the end of an instance that somebody else keeps.
 *
 * The end of the connection is the keeper's end, not the instance's: then the
 * keeper is revived, and asked again.  Whoever waits here never starts the
 * command: a slot found free means that the instance is over.  What is asked,
 * and what comes meanwhile, is the caller's (onlyonectl listen).
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/meet/watch.h"
#include "cli/meet/words.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { ANSWER_MS = 5000 }; /* for the rest of a message */

/* Wait for ENDED on fd. */
static enum watched
ended_wait(const struct watch *w, int fd, struct fault *f)
{
	char storage[512];
	struct pollfd p[2] = { { fd, POLLIN, 0 }, { w->alarm, POLLIN, 0 } };
	enum watched result = WATCHED_LOST;
	struct frame reply;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	for (;;) {
		if (!b.len) {
			io_poll(p, 2, -1);
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
		if (reply.type == FRAME_REFUSED && fields_num(&reply.body,
		    "status", 0) == EXIT_BUSY) { /* cancelled */
			words_refused(w->place, &reply.body, f);
			result = WATCHED_FAULT;
			break;
		}
		buf_shift(&b, reply.size);
	}
	buf_free(&b);
	return result;
}

static int
watch_ask(const struct watch *w, int fd)
{
	return ask_send(fd, FRAME_WATCH, w->place->slot.hash, w->since);
}

/* Whoever lives there is met and asked.  KEEPER, FREE or FAILED. */
static enum met
watch_meet(const struct watch *w, struct meeting *m, int *fd, struct fault *f)
{
	enum met met;

	while ((met = meet_instance(m, w->since, fd, f)) == MET_KEEPER &&
	    w->ask(w, *fd) < 0) {
		io_close(fd);
		patience_pause(&m->patience);
	}
	return met;
}

enum watched
watch_run(const struct watch *w, int *fd, struct fault *f)
{
	enum watched result = WATCHED_LOST;
	struct meeting m;
	long long met_at;

	early_gate();
	meeting_begin(&m, w->place);
	while (result == WATCHED_LOST) {
		switch (*fd < 0 ? watch_meet(w, &m, fd, f) : MET_KEEPER) {
		case MET_KEEPER:
			break;
		case MET_FREE:
			result = WATCHED_ENDED;
			continue;
		default:
			result = WATCHED_FAULT;
			continue;
		}
		met_at = clock_now();
		result = w->talk(w, *fd, f);
		if (result != WATCHED_LOST)
			break;
		io_close(fd);
		meet_lost(&m, met_at);
	}
	meeting_end(&m);
	return result;
}

enum watched
watch_instance(struct place *p, long long since, int *fd, int alarm,
    struct fault *f)
{
	struct watch w = { p, since, alarm, watch_ask, ended_wait, NULL };

	return watch_run(&w, fd, f);
}
