/*
 * differ.h: what the driver of the comparison and its operations agree on.
 */
#ifndef DIFFER_H
#define DIFFER_H

#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <time.h>

#include "tests/sim/sim.h"

/* The calls of one of the two kernels; they return a value or -errno. */
struct calls {
#define CALL(type, name, params, args) long(*name) params;
#include "tests/sim/calls.h"
#undef CALL
	void (*exit)(int status);
};

enum {
	ACTORS = 24, /* processes of a sequence, the dead ones too */
	ARGS = 6,
	ANSWER = 6000,
	MAPS = 4
};

/* One actor: what it has beside what its kernel knows. */
struct actor {
	const struct calls *k;
	char *out; /* the answer, ANSWER bytes */
	size_t len;
	char *map[MAPS];
	int handled[SIGNALS];
	int me;     /* its number; a child's differs */
	bool child; /* this process is the new one */
};

/* What is the same for all actors of a side. */
extern pid_t differ_pids[ACTORS];
extern char differ_tag[16]; /* begins abstract names: nobody else's */

/* The letters of args say how an argument is made up: differ.c. */
struct op {
	const char *name;
	const char *args;
	int weight;
	void (*run)(struct actor *c, const long *a);
};
extern const struct op ops[];
extern const int nops;

const char *op_path(long i);
/* The whole tree above and below the working directory. */
void tree_tell(struct actor *c);
/* The function that counts signals; the side has its own. */
extern void (*differ_handler)(int);

#endif
