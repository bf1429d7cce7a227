/*
 * show.c: make and write the page, through which onlyone-raise sees the
 * program's windows and raises them (page.h).
 *
 * When the first window is shown the file is written as a whole and renamed
 * into place.  It is written before it is mapped: if the file system is full,
 * the write fails, instead of a SIGBUS later.  A thread that finds another one
 * writing the page sets state.again and returns: no thread waits.
 */
#include <linux/futex.h>

#include "preload/bytes.h"
#include "preload/sys.h"
#include "preload/vetted.h"
#include "preload/window/window.h"

enum { TRIES = 8, TILED_NS = 300 * 1000 * 1000 };

/* The name of this process's page; to has room for 48. */
static void
page_name(char *to, const char *tail)
{
	size_t len;

	to = bytes_copy(to, WINDOW_PAGE, sizeof(WINDOW_PAGE) - 1);
	len = bytes_number(to, (unsigned int)sys_pid()) - 1; /* newline */
	bytes_copy(to + len, tail, bytes_len(tail) + 1);
}

static void
unlink_in(int dir, const char *name)
{
	SYS3(SYS_unlinkat, dir, name, 0);
}

/* Create the page's file with this content and map it; NULL: error. */
static struct window_page *
page_put(int dir, const struct window_page *page)
{
	enum { HOW = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC };
	char made[48], name[48];
	struct iovec part = {(void *)page, sizeof(*page)};
	struct window_page *at = NULL;
	long fd;

	page_name(made, ".new");
	page_name(name, "");
	unlink_in(dir, made); /* left by a process that was killed here */
	fd = SYS5(SYS_openat, dir, made, HOW, 0600, 0);
	if (fd < 0)
		return NULL;
	/* The umask may have cleared bits of the mode. */
	if (SYS3(SYS_fchmod, fd, 0600, 0) == 0 &&
	    SYS3(SYS_writev, fd, &part, 1) == (long)sizeof(*page))
		at = sys_map(
		    sizeof(*at), PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd);
	sys_close((int)fd);
	if (at && (SYS3(SYS_madvise, at, sizeof(*at), MADV_DONTFORK) != 0 ||
	    SYS5(SYS_renameat2, dir, made, dir, name, 0) != 0)) {
		sys_unmap(at, sizeof(*at));
		at = NULL;
	}
	if (!at)
		unlink_in(dir, made);
	return at;
}

bool
page_there(const struct window_page *p)
{
	struct sys_time none = {0, 0};

	/* FUTEX_WAIT reads size, which is never 0, and so does not wait; it
	 * fails with EFAULT if the file is too short.  The file may still be
	 * truncated right after this: that race cannot be closed. */
	return SYS5(SYS_FUTEX, &p->size, FUTEX_WAIT, 0, &none, NULL) !=
	    -EFAULT;
}

static struct window_page *
page_make(const struct window_page *page)
{
	int dir = vetted_slot(ours.slot);
	struct window_page *at = NULL;

	if (dir < 0)
		return NULL;
	at = page_put(dir, page);
	sys_close(dir);
	return at;
}

void
show_end(void)
{
	int dir = vetted_slot(ours.slot);
	char name[48];

	if (dir < 0)
		return;
	page_name(name, "");
	unlink_in(dir, name);
	sys_close(dir);
}

static void
text_put(char *to, const char *from)
{
	bytes_copy(to, from, bytes_len(from) + 1);
}

/* Write the current state to p.  The caller has the turn of mine; take the turn
 * of another link if it is free. */
static void
page_fill(struct window_page *p, struct state *s, struct link *mine)
{
	struct link *last = link_last(s), *l;
	const struct window *w = NULL;
	uint32_t shown;

	p->windows = p->pongs = 0;
	for (l = s->links; l < s->links + LINKS; l++) {
		if (!link_counts(s, l))
			continue;
		p->windows += __atomic_load_n(&l->shown, __ATOMIC_RELAXED);
		p->pongs += __atomic_load_n(&l->pongs, __ATOMIC_RELAXED);
	}
	if (last && (last == mine || link_take(last))) {
		w = reader_window(&last->reader, &shown);
		text_put(p->app_id, w ? w->app_id : "");
		text_put(p->title, w ? w->title : "");
		if (last != mine)
			link_leave(last);
	}
	if (!w)
		p->app_id[0] = p->title[0] = '\0';
	p->used = last ? last->used : 0;
	p->server = last ? last->server : 0;
	p->activation = last && last->activation;
}

static void
page_begin(struct state *s, struct link *mine)
{
	struct window_page page, *at;
	char *p = (char *)&page;

	for (size_t n = 0; n < sizeof(page); n++) {
		BYTES_LOOP();
		p[n] = 0;
	}
	page.magic = WINDOW_MAGIC;
	page.size = sizeof(page);
	page.pid = (uint32_t)sys_pid();
	page_fill(&page, s, mine);
	/* Without the thread requests would not be served: make no page. */
	if (!page.windows || s->tries == TRIES || !waiter_may(s))
		return;
	s->tries++;
	at = page_make(&page);
	if (!at)
		return;
	__atomic_store_n(&s->page, at, __ATOMIC_RELEASE);
	waiter_start(s);
}

static void
page_draw(struct state *s, struct link *mine)
{
	struct window_page *p = s->page;
	uint32_t n;

	if (!p) {
		page_begin(s, mine);
		return;
	}
	if (!page_there(p))
		return;
	n = p->change | 1;
	__atomic_store_n(&p->change, n, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	page_fill(p, s, mine);
	__atomic_store_n(&p->change, n + 1, __ATOMIC_RELEASE);
}

/* The window of l that was used last.  A tiling compositor resizes the other
 * windows when a new one is shown: for TILED_NS after that their ack_configure
 * does not mean that they are used. */
static const struct window *
used_last(struct link *l, uint32_t *shown)
{
	struct window *newest = objects_newest(&l->reader.objects);
	uint32_t came = newest ? newest->came : 0;

	if (came != l->came)
		l->came_at = came > l->came ? window_now() : 0;
	else if (l->came_at && window_now() - l->came_at < TILED_NS)
		objects_use(&l->reader.objects, newest);
	l->came = came;
	return reader_window(&l->reader, shown);
}

/* Store the reader's state into the members of l that other threads read. */
static void
sum_up(struct link *l)
{
	uint32_t shown;
	const struct window *w = used_last(l, &shown);
	struct tally t;

	if (w && w->turn != l->used_turn) {
		l->used_turn = w->turn;
		l->used = window_now();
	}
	l->activation = l->reader.objects.activation;
	reader_tally(&l->reader, &t);
	__atomic_store_n(&l->children, t.children, __ATOMIC_RELAXED);
	__atomic_store_n(&l->wanted, t.wanted, __ATOMIC_RELAXED);
	__atomic_store_n(&l->pongs, l->reader.objects.pongs, __ATOMIC_RELAXED);
	__atomic_store_n(&l->shown, shown, __ATOMIC_RELAXED);
}

void
show_state(struct state *s, struct link *l)
{
	uint32_t none;

	sum_up(l);
	__atomic_store_n(&s->again, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&s->again, __ATOMIC_SEQ_CST)) {
		none = 0;
		if (!__atomic_compare_exchange_n(&s->drawing, &none, 1, false,
			__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return;
		__atomic_store_n(&s->again, 0, __ATOMIC_SEQ_CST);
		page_draw(s, l);
		__atomic_store_n(&s->drawing, 0, __ATOMIC_SEQ_CST);
	}
}
