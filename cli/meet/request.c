/*
 * request.c: something is asked of an instance's keeper, whoever that is by
 * the time it answers.
 *
 * A keeper that is gone is given to the owner anew and asked again; one that
 * says AGAIN is settling who the owner is.  Nothing is ever started.
 */
#include <errno.h>

#include "cli/io.h"
#include "cli/meet/meet.h"
#include "cli/meet/request.h"
#include "cli/meet/words.h"
#include "cli/wire/sock.h"

/* One try: SOCK_OK and the reply, or why not. */
static enum sock_result
request_try(int fd, const struct buf *request, int ms, struct buf *b,
    struct frame *reply)
{
	b->len = 0;
	if (sock_send(fd, request->at, request->len, NULL, 0) < 0)
		return errno == EAGAIN ? SOCK_SLOW : SOCK_NOBODY;
	return sock_recv(fd, b, reply, ms);
}

int
request_put(struct place *p, const struct buf *request, struct buf *b,
    struct frame *reply, struct fault *f)
{
	enum sock_result answer;
	struct meeting m;
	enum met met;
	int fd, r = -1;

	meeting_begin(&m, p);
	while ((met = meet_instance(&m, 0, &fd, f)) == MET_KEEPER) {
		answer = request_try(fd, request, patience_left(&m.patience),
		    b, reply);
		io_close(&fd);
		if (answer == SOCK_OK && reply->type != FRAME_AGAIN) {
			r = 0;
			break;
		}
		if (answer == SOCK_SLOW) {
			words_silent(p, f);
			break;
		}
		patience_pause(&m.patience);
	}
	meeting_end(&m);
	return met == MET_FREE ? 1 : r;
}
