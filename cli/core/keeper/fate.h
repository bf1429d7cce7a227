/*
 * fate.h: what becomes of an instance whose owner has exited.
 */
#ifndef KEEPER_FATE_H
#define KEEPER_FATE_H

#include <stdbool.h>

enum {
	LOOKS = 10,       /* so many come soon after each other */
	LOOKS_SCARCE = 60 /* half a minute for memory or descriptors */
};

/* What a look has found. */
enum look {
	LOOK_DUE,      /* nothing: it has not been made */
	LOOK_NONE,     /* there is no such process */
	LOOK_FOUND,    /* it can be the owner */
	LOOK_UNREADABLE, /* there is one, of which too little can be read now */
	LOOK_FAILED    /* the system does not let us look */
};

/* What is known of it. */
struct known {
	bool tree;   /* the next owner is what is left of its tree */
	bool copy;   /* the next owner is a copy of it, such as a daemon */
	bool held;   /* its parent held the slot, and has exited, too */
	bool status_due; /* a client waits for its status, which its own parent
	                  * is about to fetch */
	int looks;   /* how many looks have failed, or found nothing yet */
	enum look rest;    /* of its tree */
	enum look copied;  /* a copy of it */
	enum look handler; /* a handler that has become the program */
	enum look parent;  /* its holding parent */
	bool rest_backed; /* a look at the rest that fails matters little: the
	                   * parent stays as long as there is some */
	bool handlers;    /* handlers run: their ends will be seen */
};

enum fate {
	/* Not known: make this look first. */
	FATE_LOOK_REST,
	FATE_LOOK_COPIED,
	FATE_LOOK_HANDLER,
	FATE_LOOK_PARENT,

	FATE_PASSED,   /* what was found is the owner */
	FATE_TAKEN,    /* the handler is the next instance */
	FATE_HELD,     /* the parent holds the slot */
	FATE_OVER,     /* the instance has ended */
	FATE_SOON,     /* not known: look again in a moment */
	FATE_LATER,    /* not known: look again, less and less often */
	FATE_UNSEEN    /* the same; but a process that nobody can see may live */
};

/* Pure: the same answer to the same knowledge. */
enum fate fate_of(const struct known *n);

/* Whether looks have failed for so long that we give up. */
bool fate_scarce(const struct known *n);

#endif
