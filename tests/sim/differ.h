/*
 * differ.h: what the parts of the comparison agree on.
 */
#ifndef DIFFER_H
#define DIFFER_H

#include "tests/sim/kernel.h"

/* The calls of one of the two kernels; they return a value or -errno. */
struct calls {
#define CALL(type, name, params, args) long(*name) params;
#include "tests/sim/calls.h"
#undef CALL
	void (*exit)(int status);
};

enum {
	ACTORS = 24, /* processes of a sequence, the dead ones too */
	PID = 100,   /* of the first one; the next has the next */
	ARGS = 6,
	ANSWER = 6000,
	HINTS = 24,  /* descriptors whose kind is known */
	LIMIT = FDS, /* descriptors of an actor */
	MAPS = 4,
	LOCKABLE = 1 /* a file or directory: other locks are of no inode of theirs */
};

/* One actor: what it has beside what its kernel knows. */
struct actor {
	const struct calls *k;
	char *out;  /* the answer, ANSWER bytes */
	size_t len;
	char *hint; /* of each descriptor: of what kind it is; NUL: none */
	char *map[MAPS];
	int handled[SIGNALS];
	void (*handler)(int); /* counts a signal */
	int me;
	bool child; /* this process is the new one */
};

struct step {
	int actor, op;
	long a[ARGS];
};

/* A call, or some.  The letters of args say how an argument is drawn (differ.c),
 * and what is made of it (differ_ops.c). */
struct op {
	const char *name;
	const char *args;
	int weight;
	size_t at;  /* in struct calls */
	mode_t on;  /* only for such a descriptor: S_IFREG, LOCKABLE ...; 0: any */
	char kind;  /* the result is a descriptor of this kind; '?': fstat tells */
	char becomes; /* of this kind is its first argument then */
	void (*say)(struct actor *c, const long *a, long r);
	void (*run)(struct actor *c, const long *a); /* instead of the call */
};
extern const struct op ops[];
extern const int nops;

enum life { UNBORN, LIVES, DEAD };

/* A side: what it says, and how its actors are. */
struct side {
	char answer[ANSWER + 1000];
	enum life life[ACTORS];
	char handled[ACTORS][240];
	unsigned long seen[512]; /* inodes and devices, as they appeared */
	int nseen;
	void (*begin)(void);
	void (*run)(const struct step *s);
	void (*born)(int parent); /* the actor that is next */
	void (*settle)(void);     /* look at all actors, until none changes */
	const struct calls *calls;
};
extern struct side real, sim;
const char *op_path(long i);
void op_run(struct actor *c, const struct step *s);
/* The answer: the whole tree above and below the working directory. */
void tree_tell(struct side *s);

extern int born;          /* actors */
extern uid_t run_uid;
extern char (*hints)[HINTS]; /* of each actor, as the real side has them */

#endif
