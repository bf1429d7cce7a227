/*
 * differ.h: what the parts of the comparison share.
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
	PID = 300,    /* of the first one, and where Linux begins again after a wrap */
	ACTORS = 16,  /* pids: a process is known by its place, pid - PID */
	ARGS = 6,
	ANSWER = 60000,
	HINTS = 24,   /* descriptors whose kind is known */
	LIMIT = FDS,  /* descriptors of an actor */
	SEEN = 4096,
	MAPPED = LIMIT - 2, /* the file of its mapping, by O_PATH */
	LOCKABLE = 1  /* a file or directory: other locks are of no inode of theirs */
};

#define FOLDER "/tmp/s" /* where a sequence begins */
#define ACTOR "/bin/actor"
#define SHARED "shared" /* what the real actors and the driver share is called so */

struct actor {
	const struct calls *k;
	char *out;  /* the answer, ANSWER bytes */
	size_t len;
	char *hint; /* of each descriptor: of what kind it is; NUL: none */
	unsigned long *seen; /* inodes and devices of its side, as they appeared */
	char *map;  /* one: simulated mappings of one file have one address */
	int handled[SIGNALS]; /* how often, since it was reported */
	void (*handler)(int); /* counts a signal */
	int me;
	bool child; /* this process is the new one */
};

struct step {
	int actor, op;
	long a[ARGS];
};

/* A call, or some.  The letters of args say how an argument is drawn (differ.c)
 * and interpreted (differ_ops.c). */
struct op {
	const char *name;
	const char *args;
	int weight;
	size_t at;  /* in struct calls */
	const char *then; /* what comes next, mostly */
	bool far;   /* others may end by it, or get a signal */
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
	char answer[2 * ANSWER];
	enum life life[ACTORS];
	void (*begin)(void);
	/* Actor i does s and answers; or it is dead, and there is no answer. */
	enum life (*ask)(int i, const struct step *s, char *answer);
};
extern struct side real, sim;
void sim_born(int parent, int i); /* i is a new actor */
int op_find(const char *name);
void op_run(struct actor *c, const struct step *s);
/* Which signals have been handled.  A look shows the effect on other actors. */
void handled_say(struct actor *c, const struct step *after);
void actor_again(int me); /* one that has executed a program */

extern uid_t run_uid;
extern char (*hints)[HINTS]; /* of each actor, as the real side has them */

#endif
