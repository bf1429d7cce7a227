/*
 * request.c: something is asked of an instance's keeper, whoever that is by
 * the time it answers.
 *
 * A keeper that is gone is given to the owner anew and asked again; one that
 * says AGAIN is settling who the owner is.  Nothing is ever started.
 */
#include <errno.h>
#include <limits.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/launch/launch.h"
#include "cli/wire/ask.h"
#include "preload/contract.h"

enum { PATIENCE_MS = 5000, REVIVALS = 20, PAUSE_US = 2000 };

/* One try: SOCK_OK and the reply, or why not. */
static enum sock_result
request_try(const char *folder, const struct buf *request, int ms,
    struct buf *b, struct frame *reply)
{
	enum sock_result r;
	int fd;

	b->len = 0;
	r = ask_connect(folder, ms, &fd);
	if (r != SOCK_OK)
		return r;
	if (sock_send(fd, request->at, request->len, NULL, 0) < 0)
		r = errno == EAGAIN ? SOCK_SLOW : SOCK_NOBODY;
	else
		r = sock_recv(fd, b, reply, ms);
	io_close(&fd);
	return r;
}

int
request_put(struct root *r, const struct slot *s, const struct buf *request,
    struct buf *b, struct frame *reply, struct fault *f)
{
	long long end = clock_now() + PATIENCE_MS, left = PATIENCE_MS;
	int revivals = REVIVALS;
	enum sock_result met;
	char folder[PATH_MAX];

	if (root_folder(r, s->name, folder) < 0)
		return fault_errno(f, EXIT_STATE, errno, r->path, NULL);
	for (; left > 0 && revivals; left = end - clock_now()) {
		met = request_try(folder, request, (int)left, b, reply);
		if (met == SOCK_OK && reply->type != FRAME_AGAIN)
			return 0;
		if (met == SOCK_SLOW)
			break;
		if (met == SOCK_OK) {
			clock_sleep(PAUSE_US);
			continue;
		}
		switch (revive(r, s, f)) {
		case REVIVE_FAILED:
			return -1;
		case REVIVE_NOBODY:
			return 1;
		case REVIVED:
			revivals--;
			break;
		case REVIVE_AGAIN:
			break;
		}
	}
	return fault_set(f, EXIT_NOANSWER, s->app, ": its keeper does not"
	    " answer; see onlyonectl doctor", NULL);
}
