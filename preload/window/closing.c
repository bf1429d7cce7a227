/*
 * closing.c: the program's windows are to be closed, as by their buttons.
 *
 * They are marked, and the thread of the program that reads of its compositor
 * next is given the events (recvmsg.c).  That it reads, the activation sees to,
 * which comes with the request; without one it is whatever happens next.  What
 * has not come to pass by the deadline does not come later.
 */
#include "preload/sys.h"
#include "preload/window/window.h"

enum { PAUSE = 1000000 };

/* Take it for us: by the deadline. */
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

/* Do it with the reader of each link that counts.  What it says, added up. */
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

/* Dialogs go with what they belong to, unless nothing else is there. */
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

/* What is still wanted is left as it is. */
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
	while (wanted(s) && window_now() < until &&
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
