/*
 * close_event.c: asks the program to close its windows, as by a close button.
 *
 * The windows are marked, and the program's next recvmsg from its compositor
 * gets the close events (recvmsg.c).  If the asker gave a token, we write an
 * activation too: the compositor's answer to that makes the program read.
 * Without a token that is the compositor's next event, whatever it is.  After
 * the deadline no close event follows.
 */
#include "preload/sys.h"
#include "preload/window/window.h"

enum { PAUSE = 1000000 };

/* Take the turn of l as OURS, by until (window_now); false: too late. */
static bool
take_by(struct link *l, uint64_t until)
{
	while (!link_take(l)) {
		if (window_now() >= until)
			return false;
		sys_sleep(PAUSE);
	}
	return true;
}

/* Call `what` with the reader of each link that counts.  Returns the sum of the
 * results. */
static uint32_t
readers_each(struct state *s, uint64_t until,
    uint32_t (*what)(struct state *s, struct reader *r))
{
	struct link *l;
	uint32_t n = 0;

	for (l = s->links; l < s->links + LINKS; l++) {
		if (!link_counts(s, l) || !take_by(l, until))
			continue;
		if (l->live) {
			n += what(s, &l->reader);
			l->reader.objects.changed = false;
			show(s, l);
		}
		link_leave(l);
	}
	return n;
}

/* A dialog closes with its parent: ask dialogs only if there are no others. */
static uint32_t
want(struct state *s, struct reader *r)
{
	return reader_want(r, s->only_children);
}

static uint32_t
calm(struct state *s, struct reader *r)
{
	(void)s;
	reader_calm(r);
	return 0;
}

/* Give no further close events: count the windows that lack one as asked. */
static uint32_t
give_up(struct state *s, struct reader *r)
{
	(void)s;
	while (reader_close(r))
		;
	return 0;
}

static uint32_t
wanted(struct state *s)
{
	struct link *l;
	uint32_t n = 0;

	for (l = s->links; l < s->links + LINKS; l++)
		n += __atomic_load_n(&l->wanted, __ATOMIC_RELAXED);
	return n;
}

static bool
all_children(struct state *s)
{
	struct link *l;
	uint32_t shown = 0, children = 0;

	for (l = s->links; l < s->links + LINKS; l++) {
		if (!link_counts(s, l))
			continue;
		shown += __atomic_load_n(&l->shown, __ATOMIC_RELAXED);
		children += __atomic_load_n(&l->children, __ATOMIC_RELAXED);
	}
	return shown == children;
}

void
closing_calm(struct state *s, uint64_t until)
{
	s->closing = 0;
	readers_each(s, until, calm);
}

enum window_answer
closing(struct state *s, uint32_t request, const char *token, uint64_t until)
{
	struct link *l;
	uint32_t n;

	s->closing = 1;
	s->only_children = all_children(s);
	n = readers_each(s, until, want);
	while (wanted(s) && window_now() < until && page_there(s->page) &&
	    __atomic_load_n(&s->page->request, __ATOMIC_ACQUIRE) == request) {
		l = *token ? link_last(s) : NULL;
		if (l && ask(s, l, token) != ASK_LATER)
			token = "";
		sys_sleep(PAUSE);
	}
	if (n && wanted(s) < n) {
		readers_each(s, window_now() + 100 * PAUSE, give_up);
		return WINDOW_WRITTEN;
	}
	closing_calm(s, window_now() + 100 * PAUSE);
	return n ? WINDOW_REFUSED : WINDOW_GONE;
}
