/*
 * window.h: what libonlyone-window.so keeps, and in which file what is done
 * with it.
 *
 *	sendmsg.c   what the program writes, and how we begin
 *	recvmsg.c   what it reads, and the event that closes a window
 *	link.c      connections to compositors, and whose turn each is
 *	reader.c    a connection's requests, out of its bytes
 *	objects.c   what they say
 *	show.c      the page: when it is made, what stands in it (page.h)
 *	waiter.c    the thread that waits on the page for requests
 *	ask.c       the request to the compositor
 *	closing.c   windows that are to be closed
 *	bind.c      the activation protocol for a program that binds none
 *	wayland.c   where libwayland's own functions are
 *
 * MUST NOT, beyond what holds for all of preload/ (shim.c): write to a
 * connection anywhere but between two requests, or have the program read
 * anything of ours but between two events, hold up a program's thread
 * for longer than a write of ours takes, or act in a process that was forked
 * with what its parent knew.  For the last, all state is in memory that a fork
 * wipes (MADV_WIPEONFORK): to the child it is as if nothing had been written
 * yet, and its own connections begin anew.
 */
#ifndef WINDOW_WINDOW_H
#define WINDOW_WINDOW_H

#include <sys/socket.h>

#include <limits.h>

#include "preload/window/reader.h"

enum { LINKS = 6 }; /* connections that are followed at a time */

/* Whose turn a connection is. */
enum turn {
	FREE,
	PROGRAM, /* a thread of it writes, or tells of what it wrote */
	OURS
};

/* How far the activation protocol is bound for a program (bind.c). */
enum bound { BOUND_NOT, BOUND_ASKED, BOUND_DONE };

struct binding {
	uint32_t busy;
	uint32_t bound; /* enum bound */
	void *display, *queue, *registry, *callback, *activation;
};

/* Where the program is in what its compositor tells. */
struct incoming {
	uint32_t busy; /* a thread reads; the rest is its */
	bool lost;     /* nobody knows, for good */
	uint32_t skip; /* bytes of an event that are still to come */
	uint32_t have; /* of the next one's head */
	uint8_t head[REQUEST_HEAD];
};

/* A connection.  More than a dozen members: it is one place, which is taken and
 * left as a whole, and what others read of it at any time stands beside the
 * rest. */
struct link {
	uint32_t turn; /* enum turn; the rest is whose turn it is */
	uint32_t live; /* this place is taken */
	int fd;
	uint32_t server;  /* pid of the compositor; 0: not known */
	uint64_t inode;   /* of the socket: fd may be another one by now */
	uint32_t shown;   /* windows; may be read at any time, as is the rest */
	uint32_t children, asked, wanted; /* of those (reader.h), asked and
					   * wanted together in the former */
	uint32_t came;    /* what the newest window has of that (objects.h) */
	uint64_t came_at; /* since when, ns; 0: it is so since another went */
	uint32_t used_turn;
	uint64_t used;    /* when the last one was used, ns */
	uint32_t activation;
	uint32_t wants;   /* it has a window, and no activation yet */
	struct binding binding;
	struct reader reader;
	struct incoming in;
};

struct state {
	struct window_page *page; /* NULL: not yet */
	uint32_t drawing, again;  /* the page's turn */
	uint32_t tries;           /* at making it */
	uint32_t closing;         /* windows were asked to close */
	bool only_children;       /* dialogs too */
	const uint32_t *leader;   /* 0 there: the first thread has ended */
	struct link links[LINKS];
};

/* Written before main, except for state, which is set once. */
struct ours {
	struct state *state; /* NULL: nothing seen yet */
	bool on;
	int pid;
	long seccomp; /* PR_GET_SECCOMP, as it was at start */
	const uint32_t *leader;
	char slot[PATH_MAX];
	ssize_t (*sendmsg)(int, const struct msghdr *, int);
	ssize_t (*recvmsg)(int, struct msghdr *, int);
};

extern struct ours ours;

/* CLOCK_MONOTONIC, ns. */
uint64_t window_now(void);

/* link.c.  The one on this descriptor, entered for the program, or NULL. */
struct link *link_enter(int fd);
void link_leave(struct link *l);
/* Take it for us if it is free. */
bool link_take(struct link *l);
/* The one on this descriptor, whose in is the caller's until he sets in.busy
 * to 0; or NULL. */
struct link *link_hear(int fd);
/* Whether its windows count: not those of a program that has a compositor in
 * itself, which passes on to another one what it is told. */
bool link_counts(struct state *s, const struct link *l);
/* n bytes of msg have been written; l is NULL where that is no link yet. */
void link_sent(struct link *l, int fd, const struct msghdr *msg, size_t n);
/* Whether this descriptor is the socket that it was. */
bool link_same(const struct link *l, int fd);
/* There is no such connection any more; l is ours, or the program's turn. */
void link_drop(struct link *l);
/* The one with the window that was used last; NULL: none is shown. */
struct link *link_last(struct state *s);

/* show.c.  Something of l, whose turn is ours or the program's, is to be told:
 * now, or by whoever tells something else just now. */
void show(struct state *s, struct link *l);
/* The page of this process goes; that of a process that had its number. */
void show_end(void);

/* waiter.c.  Whether the program has put itself under a filter of system calls
 * since it began: no descriptor is looked at, and nothing asked for. */
bool waiter_filtered(void);
/* Whether there can be a thread here; start it.  If it cannot be
 * started the page goes again. */
bool waiter_may(struct state *s);
void waiter_start(struct state *s);

/* ask.c.  Write the activation; token has its NUL. */
enum asked { ASKED, ASK_LATER, ASK_NEVER };
enum asked ask(struct state *s, struct link *l, const char *token);

/* closing.c.  Ask the program to close its windows; token: as for ask, or "".
 * closing_calm: it has not, and is not to.  until: window_now. */
enum window_answer closing(struct state *s, uint32_t request,
    const char *token, uint64_t until);
void closing_calm(struct state *s, uint64_t until);

/* recvmsg.c. */
void recvmsg_begin(void);

/* wayland.c.  Where a function or datum of the program's libwayland is; NULL.
 * It may lie in a library that no other sees (RTLD_LOCAL). */
void *wayland_find(const char *name);

/* bind.c.  In front of libwayland's own. */
int wl_display_prepare_read(void *display);
int wl_display_prepare_read_queue(void *display, void *queue);

#endif
