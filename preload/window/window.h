/*
 * window.h: the state of libonlyone-window.so, and the functions of its files.
 *
 *	sendmsg.c        what the program writes; the constructor
 *	recvmsg.c        what the program reads; where a close event goes in
 *	connection.c     connections to compositors, and their turns
 *	reader.c         splits a connection's bytes into requests: what they mean
 *	show.c           makes and writes the page (page.h)
 *	waiter.c         the thread that waits on the page for requests: it writes
 *	                 activations to the compositor, and asks the program to
 *	                 close its windows
 *
 * MUST NOT, beyond what holds for all of preload/ (shim.c): write to a
 * connection except between two requests; let the program read an event of ours
 * except between two events; delay a thread of the program for longer than one
 * write of ours takes; use in a forked child what its parent knew.  For the
 * last, all state is in memory that fork wipes (MADV_WIPEONFORK): in the child
 * no connection is known until it opens its own.
 */
#ifndef WINDOW_WINDOW_H
#define WINDOW_WINDOW_H

#include <sys/socket.h>

#include <limits.h>

#include "preload/window/reader.h"

enum { LINKS = 6 }; /* connections that are followed at a time */

/* Which thread may write to a connection and change its struct link. */
enum turn {
	FREE,
	PROGRAM, /* a thread of the program, in our sendmsg */
	OURS /* our thread, or for a moment a thread of the program */
};

/* How far the program has read its compositor's events. */
struct incoming {
	uint32_t busy; /* a thread is in recvmsg; the rest belongs to it */
	bool lost;     /* event boundaries are unknown from now on */
	uint32_t skip; /* bytes of an event that are still to be read */
	uint32_t have; /* bytes in head, of the next event */
	uint8_t head[REQUEST_HEAD];
};

/* A connection to a compositor.  More than a dozen members: a place is taken
 * and freed as a whole.  The thread that has the turn may change it; from
 * shown to pongs other threads may read it at any time. */
struct link {
	uint32_t turn; /* enum turn */
	uint32_t live; /* this place is taken */
	int fd;
	uint32_t server;  /* pid of the compositor; 0: unknown */
	uint64_t inode;   /* of the socket: fd may be another file by now */
	uint32_t shown;   /* number of windows shown */
	uint32_t children, wanted; /* of those (struct tally) */
	uint32_t came;    /* struct window's came of the newest window */
	uint64_t came_at; /* when it was shown, ns; 0: it is the newest only
			   * because a newer one went */
	uint32_t used_turn; /* turn of the window used last */
	uint64_t used;    /* when that was used, CLOCK_MONOTONIC, ns */
	uint32_t activation; /* the xdg_activation_v1; 0: not bound */
	uint32_t pongs;
	struct reader reader;
	struct incoming in;
};

struct state {
	struct window_page *page; /* NULL: not made yet */
	uint32_t drawing, again;  /* a thread writes the page; it must again */
	uint32_t tries;           /* attempts to make it */
	bool only_children;       /* no other windows: close dialogs too */
	const uint32_t *leader;   /* 0 there: the first thread has exited */
	struct link links[LINKS];
};

/* Written before main, except for state, which is set once. */
struct ours {
	struct state *state; /* NULL: no connection seen yet */
	bool on;  /* this process is in a slot */
	int pid;  /* of the process that ran the constructor */
	long seccomp; /* PR_GET_SECCOMP at the program's start */
	const uint32_t *leader; /* as in struct state, of that process */
	char slot[PATH_MAX];
	ssize_t (*sendmsg)(int, const struct msghdr *, int);
	ssize_t (*recvmsg)(int, struct msghdr *, int);
};

extern struct ours ours;

/* CLOCK_MONOTONIC, ns. */
uint64_t window_now(void);

/* connection.c.  Take the turn of the link on fd as PROGRAM; NULL: no link, or
 * another thread of the program has its turn. */
struct link *link_enter(int fd);
void link_leave(struct link *l);
/* Take the turn as OURS, without waiting; false: it is taken. */
bool link_take(struct link *l);
/* The link on fd, or NULL.  Its member in belongs to the caller until the
 * caller sets in.busy to 0. */
struct link *link_hear(int fd);
/* Whether the windows of l count.  If a link leads to a compositor inside this
 * process, which forwards to the real one, only such links count. */
bool link_counts(struct state *s, const struct link *l);
/* n bytes of msg have been written to fd; l is its link, or NULL. */
void link_sent(struct link *l, int fd, const struct msghdr *msg, size_t n);
/* Whether fd is still the socket of l, by inode. */
bool link_same(const struct link *l, int fd);
/* The connection was closed: free the place.  The caller has the turn. */
void link_drop(struct link *l);
/* The link with the window that was used last; NULL: no window is shown. */
struct link *link_last(struct state *s);

/* show.c.  Whether the page can be read and written: any process of the user
 * may truncate the file, and an access beyond its end raises SIGBUS. */
bool page_there(const struct window_page *p);
/* Write the changes in l to the page; if another thread is writing it, that
 * thread does it.  The caller has the turn of l. */
void show_state(struct state *s, struct link *l);
/* Remove the page of this pid. */
void show_end(void);

/* waiter.c.  Whether the program has set a seccomp filter since its start: then
 * we look at no descriptor, and serve no request. */
bool waiter_filtered(void);
/* Whether the thread can run here; start it.  If starting fails the page is
 * removed. */
bool waiter_may(struct state *s);
void waiter_start(struct state *s);

/* recvmsg.c.  The constructor's part: find the next recvmsg. */
void recvmsg_begin(void);

#endif
