/*
 * world.h: what happens in the simulated world: who launches what, what goes
 * wrong, and what must hold.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "tests/sim/sim.h"

enum { LAUNCHES = 8, HARMS = 3, INSTANCES = 16 };

/* How a launch deals with an instance that runs. */
enum policy { HAND_OVER, SKIP, BUSY, WAIT, QUEUE, REPLACE, JOIN, STOP, LIST,
	SEAL, LISTEN, POLICIES };

/* A launch, and what came of its document.  More than a dozen members: a story. */
struct launch {
	int number;           /* from 1 */
	enum policy policy;
	char document[16];
	struct proc *p;       /* NULL: it has ended */
	long long due;        /* when it is launched */
	bool begun;           /* it has made a call */
	bool became;          /* its process is the program now */
	bool killed;          /* by the world */
	int ran, delivered;   /* how often */
	bool met;             /* an instance lived while it did */
	unsigned after;       /* bit N: launch N waited before this one began, for
	                       * the same as this one, when there had been */
	int instances;        /* so many; 0: none lived */
	int status;           /* as waitpid tells it */
};

enum harm { KILL, STALL, FAIL, SWEEP, HARM_KINDS };

/* What goes wrong, at which call of the run. */
struct harm_at {
	enum harm kind;
	unsigned long at;
	bool done;
};

/* An instance: the process that is it, NULL once it has ended. */
struct instance {
	struct proc *p;
	char document[16];
	long long began;      /* when this process became it */
	struct proc *daemon;  /* a copy that is to go on as the instance */
	long long forked;     /* when it was forked */
};

struct world {
	unsigned long seed;
	struct launch launch[LAUNCHES];
	int launches;
	bool probed;          /* the last one, which shows that nothing is stuck */
	struct harm_at harm[HARMS];
	int harms;
	unsigned harmed;      /* bit N: a harm of kind N was done */
	bool stalled;         /* a process was, whether or not it counts as harm */
	bool unfair;          /* one that nothing tells was done: not only a wait
	                       * for a processor */
	struct instance instance[INSTANCES];
	int instances;
	long long last_end;   /* of a process of the program */
	long long slow_end;   /* what its end takes: a core is written */
	bool cleans;          /* it is a cleaner that removes files now */
	unsigned line;        /* in_line, when a process was killed */
	bool sealed;          /* none may begin */
};

extern struct world world;

/* world.c: one run; it returns if all that must hold did. */
void world_run(unsigned long seed);

/* harm.c: draw what goes wrong; do it, before a call; -errno: the call fails. */
void harm_draw(void);
void harm_step(void);
void harm_end(void);      /* nothing goes wrong from now on */
long world_fault(const char *call);

/* oracle.c: what must hold. */
void oracle_step(void);
void oracle_execs(const struct inode *file); /* the running process will */
void oracle_end(void);                       /* of the run */
int launches_of(enum policy policy);
unsigned in_line(bool handler);
void world_began(const char *document);      /* a program, as guests tell it */
void world_forked(struct proc *daemon);
/* A handler has it, for the instance of this number; 0: not known. */
void world_delivered(const char *document, pid_t pid);
void world_signals(const struct proc *to);   /* by kill(2) and its like */
void world_unlinks(const struct inode *dir, const char *name);

/* story.c: whose call it is, in words; a line for each call. */
const char *story_name(const struct proc *p);
void tell_call(const char *call, long r);

/* guests.c: programs of the simulated world. */
void guest_program(void);
void guest_shell(void);
void guest_other(void);

/* kernel_sock.c: how many abstract names with this beginning are bound. */
int names_bound(const char *prefix);

#endif
