/*
 * world.h: the simulated world: the launches, what goes wrong, and what must
 * hold.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "tests/sim/sim.h"

enum { LAUNCHES = 8, HARMS = 3, INSTANCES = 16 };

/* It takes an instance out of its place. */
#define FORGETS(policy) ((policy) == FORGET || (policy) == RESET)

/* It looks, and changes nothing. */
#define LOOKS(policy) ((policy) == LIST || (policy) == STATUS || \
	((policy) >= COUNT && (policy) <= IS_SEALED))

/* How a launch deals with an instance that runs; HOLD: a script, which becomes the
 * instance by onlyonectl; from ACTIVATE on a verb of onlyonectl; from POLICIES on
 * one that few runs have (words.c); BARE: the program itself, without onlyone;
 * EXACT: a command line of exact.c. */
enum policy { HAND_OVER, SKIP, BUSY, WAIT, QUEUE, REPLACE, TOGGLE, JOIN, HOLD,
	ACTIVATE, STOP, LIST, STATUS, END, SEAL, LISTEN, UNSEAL, FORGET, RESET,
	POLICIES, SIGNAL = POLICIES, COUNT, GIVE_PID, LOG, DOCTOR, IS_SEALED,
	ADOPT, BARE, EXACT, VERBS_END };

/* What options that few launches have ask for (words.c). */
struct asks {
	long long limit;      /* -w; NEVER: none */
	int busy;             /* -E; 0: none */
	int queue;            /* --queue=N; 0: none */
	bool dry, all, skips; /* --dry-run, --all; --skip of hold */
	bool unheard;         /* it says less, or more: */
	bool explains, quiet, verbose;
	bool background;      /* --background */
	bool ends;            /* --overdue=TIME:stop */
	long long every;      /* --every; 0: none */
	bool stamps;          /* forget --every */
	bool adopts, overdue; /* --adopt; --overdue */
	bool nests, inside;   /* its program will execute it again; has */
	bool enforced;        /* it is the program's own start, which has a rule */
};

/* A launch, and what came of its document.  More than a dozen members: a story. */
struct launch {
	int number;           /* from 1 */
	int origin;           /* of the launch that had its document first */
	enum policy policy;
	const char *key;      /* "": there is no key */
	char document[16];
	struct proc *p;       /* NULL: it has exited */
	struct proc *self;    /* the same, exited or not */
	long long due;        /* when it is launched */
	bool begun;           /* it has made a call */
	bool became;          /* its process is the program now */
	bool killed;          /* by the world */
	long long termed;     /* when it got TERM, without a child; 0 */
	int terms;            /* so often */
	bool stopped;         /* by the world, for a while */
	bool stays;           /* -W: it waits for the end */
	bool leaves;          /* what it leaves in the background is no instance */
	bool tree;            /* all that it leaves is the instance */
	bool delivers;        /* --must-deliver */
	int ran, delivered;   /* how often */
	bool met;             /* an instance lived while it did */
	bool spoke, planned;  /* it has printed something; its plan */
	unsigned added;       /* what it said with -v (oracle_plan.c) */
	unsigned after;       /* bit N: launch N waited before this one began, for
	                       * the same as this one, when there had been */
	int instances;        /* so many; 0: none lived */
	const char *life;     /* of its program (guests.c) */
	struct proc *handler; /* the program itself, which may become the next
	                       * instance */
	struct proc *teller;  /* the listener that got it last */
	int told;             /* when so many instances had been, and 1 */
	const struct proc *handled; /* the handler that has it; NULL */
	pid_t of;             /* the instance which that was started for */
	struct instance *saw; /* that lived when this one began */
	bool resettable;      /* --resettable */
	bool again;           /* the instance that got it ended meanwhile */
	struct proc *loser;   /* a program got it as it ended; NULL */
	long long lost;       /* when */
	bool loose;           /* it may have been forgotten before it ran */
	struct asks asks;
	unsigned reason;      /* statuses that what it said tells (said.h) */
	char *out, *err;      /* all that it printed (oracle_verbs.c); NULL */
	int status;           /* as waitpid tells it */
	long long start;      /* when its program began to run */
	char **words;         /* its command line */
	char **env;           /* its environment */
	bool covered;         /* it said so */
	bool nameless;        /* it said that another process has the lock name */
	struct inode *cwd;    /* it began there */
	int ignored;          /* a signal that it was to ignore; 0 */
	int command;          /* which of its words is the program's name, or -- */
	unsigned long line;   /* its form of command line (keys.c) */
};

enum harm { KILL, STALL, FAIL, SWEEP, TERM, PAUSE, TYPED, HARM_KINDS };

/* What goes wrong, at which call of the run, or of those of this name. */
struct harm_at {
	enum harm kind;
	const char *call;
	unsigned long at;
	bool aimed;           /* at what is about to happen (harm.c) */
	bool done;
};

/* An instance: its process, NULL once that has exited. */
struct instance {
	struct proc *p;
	const struct launch *launch;
	bool resettable;      /* as its record has it */
	long long began;      /* when this process became it */
	long long started;    /* when the first one did */
	const char *run;
	struct proc *daemon;  /* the process that will be the instance */
	struct proc *first;   /* the process it began as, until that is reaped */
	int first_pid;
	int first_status;     /* how that ended, as waitpid tells it */
	long long first_end;  /* and when */
	const struct proc *helper; /* what it leaves behind; NULL: may be a daemon */
	long long forked;     /* when it was forked */
};

enum { RARE = 2 };

/* What all launches of a run have, or none (words.c). */
struct common {
	bool rings;           /* --signal=WINCH, and no handler */
	bool apart;           /* the key is a document (-d) */
	bool shared;          /* the lock file is locked shared */
	bool ruled;           /* --on-activate is in a rule */
	const char *scope;    /* --scope; NULL */
	bool jobs;            /* programs often exit with 0 (--every) */
};

struct world {
	unsigned long seed;
	struct common common;
	int rung, heard;      /* signals of --signal; launches that sent one */
	int rare[RARE];       /* rows of words.c that this run has; -1: none */
	bool deaf;            /* programs may ignore TERM */
	bool kills;           /* KILL may follow on TERM */
	uint64_t signals;     /* bit N: signal N may stop an instance */
	bool keyed;           /* there are instances of two keys */
	bool twins;           /* some launches have the same command line */
	bool extras;          /* launches have other options, too */
	bool again;           /* --on-activate=self */
	bool listens;         /* a listener answers */
	bool display;         /* programs show windows */
	bool tries;           /* there, and no launch names a handler */
	bool rests;           /* programs run for long, and verbs look at them */
	bool shares;          /* all that is launched has --lock-file, the same */
	struct proc *stranger; /* it has that locked, as flock(1) */
	long long taken;      /* since */
	long long handled;    /* how long all handlers have run, or will */
	bool lock_lost;       /* the lock file was replaced, or removed */
	bool unnamed;         /* /proc/locks has no pid for the stranger's lock */
	bool rivals;          /* another process may have it */
	bool forgets;         /* an instance may be freed while it lives */
	int many;             /* so many instances may be of each key (-j) */
	struct launch launch[LAUNCHES + 8];
	int launches;
	int probes;           /* the last ones, which show that nothing is stuck */
	struct harm_at harm[HARMS];
	int harms;
	bool scarce;          /* few descriptors: a keeper is soon full */
	bool filtered;        /* the kernel refuses to list sockets */
	int plague;           /* each keeper is killed when it is asked: so many */
	unsigned long hasty;  /* programs end at one of so many of our calls; 0 */
	unsigned harmed;      /* bit N: a harm of kind N was done */
	const struct proc *swept; /* a cleaner came just before it looked */
	bool stopped;         /* somebody was who is no launch */
	bool stalled;         /* a process was, whether or not it counts as harm */
	bool bare;            /* the record is swept, and the keeper killed */
	long long damaged;    /* when something was swept, or failed, last */
	bool unkept;          /* some process was killed, and no launch was */
	int orphaned;         /* so many handlers killed keepers left */
	bool unfair;          /* one that nothing tells was done: not only a wait
	                       * for a processor */
	struct instance instance[INSTANCES];
	int instances;
	long long last_end;   /* of a process of the program */
	bool ended[256];      /* their exit statuses */
	long long last_news;  /* when a launch or the program did something */
	long long slow_end;   /* what its end takes: a core is written */
	unsigned line;        /* in_line, when a process was killed */
	bool sealed;          /* none may start */
	bool unsealing;       /* no seal may be made meanwhile */
	long long unsealed;   /* since; 0 */
	bool wordy;           /* the environment is long, and so are messages */
	bool handlerless;     /* an instance has no handler, for lack of memory */
};

extern struct world world;

/* world.c: one run; it returns if all that must hold did. */
void world_run(unsigned long seed);

/* lists.c: the value of a variable; the first word that begins so; where this one is.
 * NULL: there is none. */
const char *env_value(char *const *env, const char *name);
const char *word_begins(char *const *words, const char *begin);
char *const *word_find(char *const *words, const char *word);

/* roots.c: make the state roots of this run; what the environment has for them; the
 * n-th one that is there, or NULL; what a path has behind that of one and a slash,
 * "": it is one, NULL: it is in none. */
void roots_make(void);
void roots_step(void);

/* Nothing happens to the roots from now on. */
void roots_end(void); /* what others do there */
void roots_slot(const char *path); /* a program has its slot here */
bool roots_plain(char *text, size_t cap); /* what doctor says; false: not known */
bool roots_split(void); /* the first folder for default roots is closed to us */
bool roots_on_fuse(void); /* they lie on it, as the system does */
void roots_left(void); /* at the end there is no root too many */
char *roots_variable(void);
struct inode *root_at(int n);
const char *root_below(const char *path);
bool root_usual(const char *path); /* it is in the one to use */
/* Each name that is in a state root, as a struct entry. */
#define EACH_IN_ROOTS(e) \
	for (int root_ = 0; root_at(root_); root_++) \
		for (struct entry *e = root_at(root_)->entries; e; e = e->next) \
			if (e->inode)

/* words.c: which rare options and verbs this run has; what a launch does then. */
void words_draw(void);
bool words_bare(void);    /* it has a program that may be adopted */
bool words_release(void); /* scripts release what they hold */
enum policy words_policy(enum policy drawn);
const char *words_key(unsigned long n); /* the n-th; "" */
/* The words of its command line, and what they change for the oracles. */
void launch_words(struct launch *l, char **a);
void verb_words(struct launch *l, char **a);
/* Whether an option of onlyone (verb ""), a verb (name NULL), or an option of one
 * has a row; print all: what is drawn, and what is not, and why. */
bool words_row(const char *verb, const char *name);
void words_list(void);
/* exact.c: draw command lines of which all is known: how many, a second between them;
 * put the words of the next one there, and what it has besides. */
int exact_draw(void);
void exact_words(struct launch *l, char **a, char **env);
const char *exact_path(const char *name); /* of the program with this name */
/* Whether the running process belongs to such a command line, and has a terminal, or a
 * lock file; or belongs to a script, which it runs. */
bool exact_at_terminal(void);
bool exact_locks_file(void);
bool exact_is_script(void);
_Noreturn void exact_run(void);
/* It prints this (false: it is another process that does); it will execute this; it has
 * ended. */
bool exact_says(const char *text, size_t n);
void exact_starts(const struct inode *file, char *const *argv, char *const *env);
void exact_ended(const struct launch *l, int status);
void exact_left(void); /* at the end: what must be gone is */
/* words_check.c: how many of the product's have no row; each is named. */
int words_check(void);

/* keys.c: a run's form of keys.  What a launch has of it: options, command line,
 * environment, working directory (if the key depends on it). */
void keys_draw(void);
char **keys_options(const struct launch *l, char **a);
char **keys_line(struct launch *l, char **a);
void keys_env(const struct launch *l, char **env);
void keys_place(struct launch *l);
/* The parts of the key of this letter; the key as it is shown; that of a launch as
 * ENV_KEY, "" if there is none; as a plan has it; and whether it is so. */
char **keys_parts(char letter, char **a);
size_t keys_shown(char letter, char *text, size_t cap);
void keys_text(const struct launch *l, char *text, size_t cap);
void keys_plan(const struct launch *l, char *text, size_t cap);
bool keys_is(const struct launch *l, const char *key);
/* What the environment of its program, or handler, tells is so. */
void keys_check(const struct launch *l, const char *app, const char *key);
bool keys_have_command(void); /* a child of the launch makes a part */
bool keys_may_fail(void); /* it could not be made, after what went wrong */
size_t words_join(char *const *words, char between, bool quoted, char *text,
    size_t cap);

/* harm.c: draw what goes wrong; do it, before a call; -errno: the call fails. */
void harm_draw(void);
void harm_step(void);
struct proc *keeper_or(struct proc *p); /* one in its loop, or p */
bool of_keeper(const struct proc *p); /* a child of one */
void harm_end(void);      /* nothing goes wrong from now on */
bool world_filters(void); /* the kernel refuses to list sockets */
long world_fault(const char *call);
#define MAKE_NAME " makes-name "
#define SEND_FILES " sends-files "
#define TAKE_FILES " takes-files "
#define DUP " new-number "
#define POLL_MANY " polls-many "
#define MEMORY " malloc "

/* oracle.c: what must hold. */
void oracle_step(void);
/* The running process will execute this. */
void oracle_execs(const struct inode *file, char *const *argv,
    char *const *env);
void oracle_end(void);                       /* of the run */

/* oracle_fds.c: the running process polls, without a limit; exits; executes. */
void world_polls(const struct pollfd *p, nfds_t n, bool forever);
void oracle_fds_exit(const struct proc *p);
void oracle_fds_exec(const struct inode *program);

/* oracle_files.c: an instance ends, and its keeper has had time: its files are there,
 * as new. */
void oracle_intact(const struct instance *in, const struct proc *p);
void oracle_left(void); /* nothing is left of a slot that is dead */

/* oracle_twin.c: whose document a launch has, and its policy then. */
void twin_draw(struct launch *l);
/* oracle_plan.c: the running process prints this. */
void oracle_hears(const char *text, size_t n);

int launches_of(enum policy policy);
unsigned in_line(bool handler);
/* What a program, or handler, is told of its instance. */
void world_env(const char *document, const char *app, const char *key);
/* A program, as guests tell it; run: which of its slot, NULL: not known. */
void world_began(const char *document, const char *run);
/* A script that is the instance lets that go; it has. */
void world_releases(bool done);
bool world_is_bare(const char *document); /* it runs without onlyone */
void world_forked(struct proc *daemon);
void world_says(const char *text, size_t n);
/* oracle_verbs.c: keep it; error: it is for standard error. */
void verb_says(const char *text, size_t n, bool error);
/* The lock file, by a stranger, which may share it. */
void world_locked(bool locked, bool shared);
/* The command line that the program of this document shall execute; NULL. */
char **world_nests(const char *document);
/* A tree consists of it, too; else it is no instance, unless it is young. */
void world_left(struct proc *helper);
/* A handler has it, for the instance of this number; 0: not known. */
void world_delivered(const char *document, pid_t pid);
/* The same, but the program may lose it (display.c). */
void world_given(const char *document, pid_t pid);
/* A loop has it, by this listener; NULL: it answers, and then has. */
void world_told(const char *document, struct proc *listener, bool answered);
/* What a program finds that was launched, or is the handler for instance `of`.
 * NULL: a running one, which has its document now; "": look again; else the
 * life with which it continues. */
const char *world_meets(const char *document, pid_t of);
void world_sends(const char *bytes, size_t n);
void world_signals(const struct proc *to, int sig); /* by kill(2) and its like */
void world_signals_number(pid_t pid);
void world_unlinks(struct inode *dir, const char *name);

/* story.c: a process, in words, which stay for eight calls. */
const char *story_name(const struct proc *p);
/* The running process begins a call, with these arguments; it ends.  Only if the
 * story is told. */
void story_call(const char *call, const long *arg);
void story_result(long r);
void story_gone(void); /* it does not return: execve has succeeded */
extern bool telling_all; /* include the calls of no interest to a reader */
extern bool hashing;     /* add the lines to this, in place of printing them */
extern unsigned long story_hash;

/* phrases.c: a call in words, from its arguments, before it happens.  False: it
 * says nothing to a reader.  And what came of it.  What a descriptor is. */
bool phrase_make(const char *call, const long *arg, char *text, size_t cap);
void phrase_result(const char *call, const long *arg, long r, char *text,
    size_t cap);
void phrase_fd(int fd, char *text, size_t cap);
size_t frame_at(const char *at, size_t n); /* the size of that which begins there; 0 */
const char *frame_name(unsigned type);    /* a frame's; NULL: there is none */
unsigned frame_named(const char *name);   /* its type; UINT_MAX: there is none */

/* main.c: this run, or the simulated kernel (status 2), is wrong; text says why. */
_Noreturn void run_failed(int status, const char *text);

/* guests.c: programs of the simulated world. */
#define LOCK_FILE "/home/u/lock"

/* As the launches name it, through links; NULL. */
extern const char *const lock_names[];
#define OUTPUT_FILE "/home/u/output"
void sleep_ms(long ms);
void guest_program(void);
void guest_shell(void);
void guest_other(void);
void guest_true(void);

/* display.c: whether there is a display; the environment has it.  The running process
 * shows a window for a while, and lives so long. */
void display_draw(void);
void display_env(char **env);
void display_runs(long ms);
/* Whether a program that is given something now loses it: its window is closed, and
 * it is about to exit.  It may show one for that. */
bool display_loses(const struct proc *p);
/* Whether it has shown a window since then; has shown none. */
bool display_shown(const struct proc *p, long long since);
bool display_unshown(const struct proc *p, long long since);
bool display_hangs(const struct proc *p); /* it does not respond */
void display_lost(const struct launch *l); /* it has ended with 0 */
void guest_raise(void); /* onlyone-raise */
void guest_second(void); /* the handler that starts a program a second time */

/* surroundings.c: the number of a launch, as an environment variable; where it begins,
 * and what it ignores; the running process begins, as a handler with these words. */
char *surroundings_number(int number);
void surroundings_draw(struct launch *l);
void surroundings_handler(char *const *words);

/* kernel_sock.c: how often /proc shows an abstract name with this beginning, of one
 * process or (NULL) all. */
int names_held(const struct proc *of, const char *prefix);
/* What a socket is, in words, and the process to name after them; NULL:
 * none. */
#define CONNECTION "the connection to "
const char *sock_words(const struct file *f, const struct proc **to);

#endif
