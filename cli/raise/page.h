/*
 * page.h: the pages that programs have of their windows (window/page.h).
 */
#ifndef RAISE_PAGE_H
#define RAISE_PAGE_H

#include "cli/raise/raise.h"
#include "cli/raise/tree.h"
#include "preload/window/page.h"

/* One that was found; its words are the program's own. */
struct page {
	int fd;
	pid_t pid;
	enum kin kin;
	struct window_page seen; /* as it was, whole; strings have their end */
};

/* Of the pages of processes of the instance which have a window on this
 * compositor (0: any) that of the nearest ones which was used last.  0; -1:
 * there is none. */
int page_find(const struct instance *i, pid_t server, struct page *p);
void page_close(struct page *p);

/* That of process pid, of whichever slot beside the one in this folder, if it
 * has a window on this compositor.  0; -1: there is none. */
int page_beside(const char *folder, pid_t pid, pid_t server, struct page *p);

/* Those of all processes that are as near as least, on whatever compositor,
 * with windows or without: at most cap.  Their number. */
size_t page_list(const struct instance *i, enum kin least, struct page *all,
    size_t cap);

/* Have its process do something with a token, by the deadline (clock_now).
 * false: it did not, and why, in words (NULL: nobody wants to know). */
bool page_ask(struct page *p, enum window_request what, const char *token,
    long long deadline, const char **why);

#endif
