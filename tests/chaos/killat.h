/*
 * killat.h: what the files of killat share: who is traced, and what is wanted
 * of whom.
 */
#ifndef KILLAT_H
#define KILLAT_H

#include <sys/types.h>

#include <stdbool.h>

enum { MANY = 4096, DONE = 0, WRONG = 2, NO_CALL = 3, SLOW = 4 };

enum role { OTHER, LAUNCH, CTL, RAISE, SPAWN, KEEPER, CHILD, TAKE, BESIDE,
	ROLES };

struct tracee {
	pid_t pid;
	bool born;    /* it has stopped for the first time */
	bool known;   /* from whom it comes */
	bool ended;
	enum role role;
	int k;
	long calls;
};

struct want {
	enum { KILL, STOP, LIST } what;
	int index;       /* -1: by role or pid */
	enum role role;
	int k;
	pid_t pid;
	long n;
};

extern struct want want;
extern int all;       /* ticks since the beginning */
extern pid_t command;
extern bool over;     /* COMMAND has ended or is something else */

/* killat_tracee.c.  Those that are traced, and what each is. */
extern const char *const roles[ROLES];
extern struct tracee list[MANY];
extern int known;     /* how many of them */
extern int order[MANY]; /* by INDEX */
extern int indexes;
struct tracee *find(pid_t pid);
struct tracee *add(pid_t pid);
bool is_target(const struct tracee *t);
void role_set(struct tracee *t, enum role role);
/* What a process that has executed something is now. */
enum role role_of(pid_t pid);
/* What one is that another has forked. */
void child_role(const struct tracee *from, struct tracee *t, int event);

/* killat_stop.c.  After a stop; hit: the N-th call has been.  The tracee goes
 * on, or has gone; true: the others can be left. */
bool stop_take(struct tracee *t, int status, bool hit);

#endif
