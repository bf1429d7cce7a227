/*
 * window_page.h: the pages in which programs describe their windows (page.h).
 */
#ifndef RAISE_PAGE_H
#define RAISE_PAGE_H

#include "cli/windows/windows.h"
#include "cli/windows/tree.h"
#include "preload/window/page.h"

/* A page that was found; the program wrote it, so do not trust it. */
struct page {
	int fd;
	pid_t pid;
	enum kin kin;
	struct window_page seen; /* a consistent copy; strings have a NUL */
};

enum { PAGES = 32 }; /* processes with windows, of one instance */

/* Find the page of the process nearest to the instance that has a window on
 * this compositor (pid; 0: any); of equally near ones the window used last.  0;
 * -1: none. */
int page_find(const struct instance *i, pid_t server, struct page *p);
void page_close(struct page *p);

/* Open the pages of all processes as near as least, on any compositor, with
 * windows or without: at most cap.  Their number. */
size_t page_list(const struct instance *i, enum kin least, struct page *all,
    size_t cap);

/* Have the page's process do something with a token, by the deadline
 * (clock_now).  false: it did not; *why tells the reason (why may be NULL). */
bool page_ask(struct page *p, enum window_request what, const char *token,
    long long deadline, const char **why);

/* Whether the program has answered a ping since the page was read, up to a
 * moment (clock_now).  mutter pings the program whose window it activates. */
bool page_answers(const struct page *p, long long until);

#endif
