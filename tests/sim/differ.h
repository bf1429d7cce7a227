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
	FIRST_PID = 300,    /* of the first one, and where Linux begins again after a wrap */
	ACTORS = 16,  /* pids: a process is known by its place, pid - FIRST_PID */
	ARGS = 6,
	ANSWER = 60000,
	HINTS = 24,   /* descriptors whose kind is known */
	LIMIT = FDS,  /* descriptors of an actor */
	SEEN = 4096,
	MAPPED = LIMIT - 2, /* the file of its mapping, by O_PATH */
	STREAM = SOCK_STREAM | SOCK_NONBLOCK,
	SEQPACKET = SOCK_SEQPACKET | SOCK_NONBLOCK,
	LOCKABLE = 1  /* a file or directory: other locks are of no inode of theirs */
};

/* A time limit, as an argument. */
enum limit { NONE, ZERO, SHORT, LONG };
#define BIT(sig) (1L << ((sig) - 1))

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
	bool waits; /* its step: struct step */
	int cloned_fd; /* for a child on the same memory */
};

struct step {
	int actor, op;
	long a[ARGS];
	bool waits;  /* it may sleep, until something wakes it */
	bool passes; /* or until its time limit, which others let pass */
};

/* What an actor has in its memory; simulated ones have it at one address. */
#define OWN __attribute__((section("actor_data")))
extern char __start_actor_data[], __stop_actor_data[];

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
	bool sleeps; /* on a socket or pipe without O_NONBLOCK */
	void (*say)(struct actor *c, const long *a, long r);
	void (*run)(struct actor *c, const long *a); /* instead of the call */
};
extern const struct op ops[];
extern const int nops;

enum life { UNBORN, LIVES, SLEEPS, DEAD };

/* A side: what it says, and how its actors are. */
struct side {
	char answer[2 * ANSWER];
	enum life life[ACTORS];
	void (*begin)(void);
	/* Actor i begins a step. */
	void (*give)(int i, const struct step *s);
	/* It has answered; or it sleeps, or is dead, and there is no answer. */
	enum life (*look)(int i, char *answer);
};
extern struct side real, sim;
bool kernel_is_old(void); /* Linux 6.1, which the simulated kernel can be, too */
int sleeper(const struct side *s); /* the one that sleeps; -1 */
int op_find(const char *name);
void op_run(struct actor *c, const struct step *s);
/* Which signals have been handled.  A look shows the effect on other actors. */
void handled_say(struct actor *c, const struct step *after);
void actor_again(int me); /* one that has executed a program */

/* differ.c: a random number below n; an argument of a letter. */
unsigned long chance(unsigned long n);
long argument(int actor, char letter);
/* A random step that does not sleep; last: who acted, then: op.then.  False: there
 * is no actor. */
bool step_draw(struct step *s, int last, const char *then);

/*
 * differ_ops.c: for differ_wait.c
 */
#define OP(name) void name(struct actor *c, const long *a __attribute__((unused)))
void say(struct actor *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool told(struct actor *c, long r); /* say a result; whether the call succeeded */
/* A new descriptor: of a file, f; a directory, d; a socket, s (that listens, n;
 * connected, c; of a pair, u); a pipe, p; O_PATH, o; pidfd, q; signalfd, g; '?':
 * fstat tells. */
void got(struct actor *c, long fd, char kind);
mode_t type_of(struct actor *c, int fd); /* S_IFMT's; 0 */
/* The number of an inode, 0: of a device, in the order of appearance. */
int token(struct actor *c, dev_t dev, unsigned long ino);
int token_known(struct actor *c, unsigned long ino); /* of no device; -1: a new one */
void link_say(struct actor *c, const char *name); /* where a link of /proc leads */
const char *fd_path(int fd);
long argument_make(char letter, long drawn); /* the value for one that was drawn */
/* The next word or line of /proc/PID/NAME; NULL: it has reported why. */
char *proc_next(struct actor *c, long pid, const char *file, const char *ends);
/* Lines that have no order: a new one; say all of them. */
char *line_new(void);
void lines_say(struct actor *c);

OP(op_alarm);
OP(op_clone);
OP(op_futex_wait);
OP(op_futex_wake);
OP(op_limit);
OP(op_nanosleep);
OP(op_nofile);
OP(op_pidfd_getfd);
OP(op_pidfd_info);
OP(op_pidfd_namespace);
OP(op_ppoll);
OP(op_sockets);
OP(op_statfs);
OP(op_statx);
OP(op_timers);

/* differ_scenes.c: begin one, in which this actor has a part.  False: no other one is
 * there. */
bool scene_begin(int actor);
/* Its next step.  False: it is over. */
bool scene_step(struct step *s);

extern uid_t run_uid;
extern char (*hints)[HINTS]; /* of each actor, as the real side has them */

#endif
