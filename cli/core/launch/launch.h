/*
 * launch.h: what the files of a launch share with each other and with
 * onlyonectl.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <sys/types.h>

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/fault.h"
#include "cli/base/text.h"
#include "cli/core/handover/way.h"
#include "cli/core/key/identity.h"
#include "cli/core/key/key.h"
#include "cli/core/launch/options.h"
#include "cli/core/meet/meet.h"
#include "cli/core/slot/folder.h"
#include "preload/elf.h"

/*
 * What one run of onlyone knows.
 *
 * It consists of parts; each is filled in by one file.
 */

/* The command: launch_begin sets it as given, run.c for one document. */
struct command {
	char **words;        /* what to exec */
	const char *program; /* its file; NULL: words[0] names it */
	char **args;         /* to hand over: the words after COMMAND */
	const char *document; /* the document in words; NULL: none */
	char *shell[4];      /* sh -c STRING */
};

/* The steps that make the key, from options and a document (run_begun), and the
 * key made (launch_place). */
struct keying {
	struct key_step steps[KEY_STEPS];
	size_t nsteps;
	struct valued valued; /* those of --value-options and the row */
	struct key made;
	bool told; /* a note has said that this failed */
};

/* --lock-file: locked.c. */
struct lock {
	int file;            /* open and locked; -1: not */
	bool packed;         /* file is the parcel that contains it */
	const char *path;    /* canonical; NULL: none */
	int carried;         /* if this process is already the instance:
	                      * ENV_LOCK for its next program; -1: none */
};

/* State from the caller, restored for the program: children.c. */
struct born {
	unsigned int closed;   /* bit i: descriptor i was closed */
	sigset_t mask;         /* to restore after signals_block */
	struct sigaction chld; /* likewise, of SIGCHLD */
	int told; /* --background: where background_tell writes; 0: none */
	bool apart; /* it has left the group of its caller */
	bool unstarted; /* we could not tell the child to become the program */
	long long since; /* in the child: the instance's start, */
	int index;       /* and its place */
	int output; /* --output, open; 0: none */
};

/* A running process that is to own the slot: adopt.c, ctl/hold.c. */
struct adopted {
	pid_t pid; /* 0: none, the program is to own it */
	int pidfd;
	char **words; /* its command line, empty if it cannot be read; NULL:
	               * the launch's, which has no command of its own
	               * (ctl/hold.c) */
	bool holds; /* a name, for onlyonectl hold; with --self it runs it */
};

/* How documents are handed over to the program: handover.c. */
struct handover {
	bool sought, said;
	bool named; /* a word was given, or there is a row */
	bool own;   /* an option makes this command line an instance */
	bool looked, listed; /* whether a row may name the program */
	bool aside; /* an option makes it run as it is, no instance */
};

/* More than a dozen members: the whole launch, in parts.  Small members come
 * first, then large buffers that are used from their start: untouched pages
 * cost nothing. */
struct launch {
	const struct options *o;
	const char *rule; /* the rule that enforced it; NULL: none */
	const struct defaults *defaults; /* defaults.c; NULL: no rule's */
	unsigned int settings; /* settings_have: which folders exist; 0: not
	                        * checked yet */
	bool explained; /* the plan has been shown */
	bool off;       /* the user has switched us off (ENV_DISABLE) */
	bool inside;    /* this process is the instance that it asks for */
	bool told;      /* the user knows that the program is not followed */
	bool toggles_off; /* --toggle, and this command is running: end it, and
	                   * start nothing */
	long long init; /* folder_init_hold, if it stays, as the first process
	                 * of its pid namespace; else 0 */
	const char *stamp; /* --every: its stamp's path; NULL: none */
	bool stamp_told;   /* the user knows about its problem */
	long long replaced; /* the start (info.since) of the only instance that
	                     * may be ended; 0: any may */
	struct command command;
	struct born born;
	struct adopted adopted;
	struct handover handover;
	struct keying key;
	struct lock lock;
	struct meeting meeting;
	struct place place;
	struct identity id;
	struct way way; /* of handover */
	struct row_found row; /* the program's, if way has another */
	char digest[DIGEST_HEX + 1]; /* record_digest */
	char without[WITHOUTS][WITHOUT_TEXT]; /* launch_without; "": none */
	char lock_path[PATH_MAX]; /* storage of lock.path */
	char stamp_path[PATH_MAX]; /* storage of stamp */
};

/* launch.c: one command line, one slot: hand over, or start. */

/* Find the program: fill in id and command.  Only l->o and l->born are set, the
 * rest is zero.  0 or -1. */
int launch_begin(struct launch *l, struct fault *f);

/* Launch it, with key.steps set.  An exit status, or -1 with a fault; does not
 * return if the launch becomes the program. */
int launch_one(struct launch *l, struct fault *f);

/* Before a fault is shown: EXIT_BUSY becomes the code of -E. */
void launch_busy(const struct launch *l, struct fault *f);

/* Make the launch's key and place.  0 or -1. */
int launch_place(struct launch *l, struct fault *f);

/* Note, once, that the key could not be made. */
void launch_key_tell(struct launch *l);

/* With the place known: hand over, or start. Returns as launch_one. */
int launch_placed(struct launch *l, struct fault *f);

/* Become the program, unprotected.  Returns only on failure: -1. */
int unprotected_run(struct launch *l, struct fault *f);

/* adopt.c: find a running program that was started without onlyone. */

/* Find a process that runs l's program, belongs to our user and display, and is
 * not part of an instance; *pidfd is open on it.  0: there is none, or we do
 * not look: we do so only with --adopt, or with a handler and a display, and
 * never with a key; -1: errno, not known. */
pid_t adopt_find(const struct launch *l, int *pidfd);

/* With the claim held.  With --adopt such a process gets the slot: 1, and
 * l->adopted is set; -1: a fault.  Otherwise a note only names it: 0. */
int adopt_begin(struct launch *l, struct fault *f);
void adopt_end(struct launch *l);

/*
 * children.c: a child that waits until it may become the program, and the
 * programs that a launch stays with as their parent.
 *
 * The launch forwards the program's signals to all children, stops when the
 * terminal stops one of them, and reaps them.  Until then their pids cannot be
 * reused.
 */

struct child {
	pid_t pid;  /* 0: it has exited */
	int status; /* its wait status, once it exited */
	pid_t zombie; /* its pid, until it is reaped */
};

struct children {
	struct child *at;
	size_t n;
	int signals; /* signalfd(2) of all signals, which are blocked */
	bool keep;   /* do not reap them: leave zombies */
	sigset_t seen; /* the signals that came */
	sigset_t missed; /* those that were sent to an exiting child */
	sigset_t late; /* those after which a child was exiting: it may have
	                * taken them */
};

/* Block all signals, and set SIGCHLD to its default; restore both as the caller
 * had them. */
void signals_block(struct born *b);
void signals_restore(const struct born *b);

/* Listen to signals.  0 or -1 (no descriptor). */
int children_listen(struct children *c);

/* Handle all pending signals.  Those that find no living child go to late,
 * unless that is NULL. */
void children_take(struct children *c, void (*late)(void *, int), void *arg);

/* Wait until no child lives. */
void children_wait(struct children *c);

/* Fork a child, which waits.  Returns its pid, or -1. fork_go lets the child
 * run: there fork_begin returns 0, with the caller's signal mask, and with
 * b->since and b->index from the parent's record of the instance. fork_forget
 * ends a child that need not run, and unblocks the signals that fork_begin
 * blocks in the parent. */
pid_t fork_begin(struct born *b, int *go);
void fork_go(struct launch *l, int *go);
void fork_forget(struct born *b, int *go, pid_t child);

/* --background: fork.  Returns 0 in the child, which continues the launch; else
 * *status is set: 0 once the program has been started, or the child's exit
 * status; or -1 (fault). */
int background_begin(struct born *b, int *status, struct fault *f);

/* In the child, for the process that waits in background_begin: code 0 before
 * the program is executed, the exit code if that fails. background_leave: this
 * process stays, without an exec: it gets the program's streams.  Without
 * --background they do nothing. */
void background_tell(struct born *b, int code);
void background_leave(struct born *b);

/* Open /dev/null, close-on-exec, in place of closed descriptors 0 to 2: our
 * files must not get these numbers.  Bit i: descriptor i was closed. */
unsigned int born_closed(void);

/* defaults.c: the options of a rule are the defaults of `onlyone APP`. */

/* The rule whose options come before the typed ones. */
struct defaults {
	const char *file;
	struct buf lines; /* the rule's lines that count, each ended by NUL */
};

/* Whether the user, or the system, has this file of settings: user is its
 * folder below the home, below that below /etc.  Two system calls, once, if
 * neither has settings. */
bool settings_have(struct launch *l, const char *user, const char *below,
    const char *name);

/* After launch_begin: if the command has a rule, make l->o from the rule's
 * options and the typed ones.  1: they have changed, so begin again; 0: there
 * is no rule for it; -1: a fault of 64. */
int defaults_take(struct launch *l, struct fault *f);

/*
 * enforcement.c: a program with a rule was started directly.
 *
 * Before its main the shim has executed onlyone instead (preload/shim.c).
 */

/*
 * Launch the program in file, with its arguments, by its rule; or run it as it
 * is: if no valid rule matches, if it is a part of a live instance, or if our
 * state cannot be used.  Only born is set in l.  Returns as run_launch.
 */
int enforcement_run(struct launch *l, char *file, char **args, struct fault *f);

/* Where the program's own arguments begin in argv. file is the path passed to
 * execve: a script's interpreter has words before it. */
char **enforcement_args(const char *file, char **argv);

/*
 * every.c: --every=TIME: do not start a job again within TIME of its last
 * successful start.
 */

/* Open the folder of stamps and store its path (PATH_MAX bytes); make: create
 * missing folders. -1: a fault, EXIT_NONE if there is none. */
int every_folder(char *path, bool make, struct fault *f);

/* Before looking at the slot.  1: the job is due, or we cannot tell; 0: it is
 * not, and there is nothing to do; -1: the same with -n, a fault of 75. */
int every_ask(struct launch *l, struct fault *f);

/* The same with the slot ours, or offered to us: others may have run the job
 * meanwhile.  A note reports problems with the stamp. */
int every_due(struct launch *l, struct fault *f);

/* The job starts now: write its stamp (stamp.h).  A note reports problems. */
void every_begin(struct launch *l);

/* For --dry-run: if the job is not due, add " is not due until ..." to t.
 * Whether it is not. */
bool every_tell(struct launch *l, struct text *t);

/*
 * handover.c: how documents of later launches reach the program: by the
 * program's row (handover/row.h), the default, or by the words auto, self and
 * dbus of --on-activate.
 *
 * Just before a launch starts its program it turns the row into lines for sh,
 * and records these as if the user had written them as a handler.
 */

/* Find, once, the way that the launch's options ask for; without such an
 * option, that of the program's row, if there is one. */
void handover_seek(struct launch *l);

/* The program's row's patterns of options whose value is the next word,
 * whatever its handler is; NULL: none. */
const char *handover_values(struct launch *l);

/* What this launch asks of the instance that it meets. */
enum asks handover_asks(struct launch *l);

/* Whether an option makes this command line run as it is, since it is not a
 * session of its program; sets handover.aside. */
bool handover_aside(struct launch *l);

/* Without a given key: add the steps of a key that the program's row makes from
 * these arguments. */
void handover_key(struct launch *l);

/* Put the handler into the terms to record.  Only after handover_seek or
 * handover_say. */
void handover_terms(const struct launch *l, struct terms *t);

/* The program is about to be started: handover_seek, and print the outcome,
 * once. */
void handover_say(struct launch *l);

/* The handler in a few words, for --explain; nothing if there is none. */
void handover_text(struct launch *l, struct text *t);

/* Whether a program without a row may be started once more to hand over. */
bool handover_tries(const struct launch *l);

/* The command to execute: as given, or with the arguments that the row inserts,
 * whose text is in b.  NULL: ENOMEM. */
char **handover_command(const struct launch *l, struct buf *b);

/* locked.c: --lock-file: lock a file in addition to the slot. */

/* Set l->lock.path, the absolute path of the lock file.  0 or -1. */
int locked_path(struct launch *l, struct fault *f);

/* With the claim held: lock the file, if there is one.  0; 1: another process
 * has it locked; -1: fault.  A rule goes without a file that cannot be used. */
int locked_take(struct launch *l, struct fault *f);

/* Another process has this file locked, as f says (holds.h): the result of a
 * launch that does not wait.  0 (skip), or -1 with f. */
int locked_end(const struct launch *l, const char *file, struct fault *f);

/* Whether another process has the file locked, without trying to lock it.  If
 * it is LOCKED the fault says so (holds.h). */
enum lockfile_seen locked_seen(const struct launch *l, struct fault *f);

/* Pack the lock file into a parcel (preload/parcel.h) for the program: a
 * plain descriptor would be inherited, and shared, by the keeper. */
void locked_pack(struct launch *l);

/* This process was already an instance when it executed us: close its parcel at
 * exec, unless locked_pass follows, so that only its next program gets it.
 * Returns the value for ENV_LOCK; -1: there is no parcel.  shared: copies of
 * the program may have the lock file too. */
int locked_carry(bool shared);

/* Keep the parcel of this value of locked_carry (-1: none) open at exec. */
void locked_pass(int carried);

/* Wait for the lock until deadline (clock_now; 0: forever).  0 or -1. */
int locked_wait(struct launch *l, long long deadline, struct fault *f);

/* max_instances.c: --max: several instances of one key. */

/* Returns as launch_placed. */
int max_run(struct launch *l, struct fault *f);

/* Hand over as running_try does if all N are running; else HAND_NOBODY. */
enum hand_result max_try(struct launch *l, int *status, struct fault *f);

/* nested.c: a launch from inside an instance. */

/* Find the instance that ONLYONE_SLOT names.  Returns its open folder, with its
 * record in *i, which points into b; -1: none; -2: errno, not known.  The root must
 * have been found, and is open afterwards. */
int inside_find(struct place *p, struct buf *b, struct info *i);

/* Whether we already are the instance: a script that onlyone launched and whose
 * first line launches it again.  The record is then in the claim.  -1: a fault. */
int inside_is(struct launch *l, struct fault *f);

/* If inside_is, become the program.  Returns only on failure: -1. */
int inside_run(struct launch *l, struct fault *f);

/* This launch executes its command without its own claim; inside: because this
 * process already is the instance.  0, or -1 with a fault of 64: it has done so
 * too often within a minute. */
int loop_check(const struct launch *l, bool inside, struct fault *f);

/* Reset the counter: from here on a new slot is claimed. */
void loop_forget(void);

/* not_run.c: the outcome if the command is not run, since something else is running,
 * or has run. */

/* The exit status if this launch's command is not run because another one is
 * running, or has run (--every). */
int unrun_code(const struct launch *l);

/* --skip, and the holder of the slot (f, and more, quoted) is not known to be
 * the very same job: say so.  0, or -1: --must-deliver. */
int unrun_skipped(const struct launch *l, const char *more, struct fault *f);

/* Adjust a fault to this launch: it is a minor one if another launch is next in
 * line.  Returns -1. */
int unrun_failed(const struct launch *l, struct fault *f);

/* MET_ELSEWHERE, whose fault is set: skip and fail act as if it had
 * answered. */
int unrun_elsewhere(struct launch *l, struct fault *f);

/* offer.c: a waiting launch gets the slot. */

struct offer {
	struct launch *l;
	const char *shim; /* path; NULL: no shim */
	char path[PATH_MAX]; /* storage of shim */
	int go;          /* pipe that our child waits on; -1: no child */
};

enum offered {
	OFFER_FAILED = -1, /* fault */
	OFFER_TAKEN,
	OFFER_LOST,        /* the offer has lapsed: get in line again */
	OFFER_NOT_DUE      /* others have run the job meanwhile (every.c) */
};

/* Initialise, and find the shim.  0 or -1. */
int offer_begin(struct offer *o, struct launch *l, struct fault *f);

/* The keeper has offered the slot over fd: send TAKE with the record. */
enum offered offer_take(struct offer *o, int fd, struct fault *f);

/* We are the instance that started at `since`: become the program, or let the
 * child become it and stay as its parent, with its *status. old: start of the
 * instance before it, if known.  0 or -1. */
int offer_go(struct offer *o, long long since, long long old, int *status,
    struct fault *f);

/* The offer has lapsed.  While a child waits for GO all our signals are
 * blocked: end the child, and fork another one at the next offer. */
void offer_drop(struct offer *o);

/*
 * overdue.c: --overdue=TIME: an instance that has run for longer than TIME is
 * not silently skipped, or, with :stop, is ended and run again.
 */

/* Whether the instance started then (wall clock, ms) has run for longer than
 * the given --overdue; i: its record, NULL: not known.  Always false for a
 * launch that has tried to replace one. */
bool overdue_is(const struct launch *l, long long since, const struct info *i);

/* End that instance, as --replace does, and run in its place.  HAND_AGAIN:
 * another launch was first; apply the policy to its instance. */
enum hand_result overdue_replace(struct launch *l, long long since,
    int *status, struct fault *f);

/* own_record.c: the record of the instance that a launch is about to start. */

/* Whether the launch stays as the holding parent when the program has
 * exited. */
bool record_parents(const struct launch *l);

/* Whether --tree is implied: the program is known to leave its children
 * running. */
bool record_leaves(const struct launch *l);

/* The command line of the next instance, which may be an adopted process.
 * Borrowed from l. */
char **record_words(const struct launch *l);

/* The digest of the next instance's command (command_digest), stored in l; cwd
 * is the instance's folder. */
const char *record_digest(struct launch *l, const char *cwd);

/* Fill claim.info with the record of process pid, which claim.pidfd is open on;
 * cwd has PATH_MAX bytes and must stay.  0, or -1 with errno. */
int record_fill(struct launch *l, pid_t pid, char *cwd);

/* Make the whole record in the claim, with its own pidfd. since: start of an
 * existing instance; 0: a new one.  0, or -1 with errno. */
int record_make(struct launch *l, pid_t pid, long long since);

/* How many bytes the record will have; 0: unknown. */
size_t record_room(struct launch *l);

/* Put the record into a request, TAKE.  0 or -1. */
int record_put(struct launch *l, pid_t pid, bool mapping, struct buf *b);

/* The command of this launch, to compare with the one that is running, or has
 * run. */
struct launched record_launched(const struct launch *l);

/* Note what instances of this slot left running; run (not 0): only the instance
 * that started then, and only processes in another session. */
void leftover_tell(const struct place *p, long long run);

/* Note how many processes were left running by the instance started at `run`,
 * which we replaced. */
void leftover_replaced(struct place *p, long long run);

/* parent.c: a launch that has to stay as its program's parent. */

/* Whether the launch, this process, has to stay (pid 1, subreaper), since the keeper
 * must not become the application's child. */
bool parent_needed(pid_t pid);

/* Stay until child and instance have ended; returns the exit status.  since:
 * start of the instance. */
int parent_stay(struct launch *l, pid_t child, long long since);

/* plan.c: say what a launch would do: --dry-run and --explain. */

/* Write the plan to fd.  0 or -1. */
int plan_show(struct launch *l, int fd, struct fault *f);

/* program.c: the launch becomes its program. */

/* Choose the shim for the program: its path in *shim, stored in path (PATH_MAX
 * bytes); NULL: no shim.  0, or -1 with a fault. */
int program_shim(struct launch *l, char *path, const char **shim,
    struct fault *f);

/* The shim that a program of this kind loads, in path (PATH_MAX bytes); NULL:
 * there is none (ENOENT), or errno. */
const char *program_find(enum elf e, char *path);

/* ENTRY_WINDOW if the window library next to this shim is needed too, else
 * 0. */
unsigned int program_window(const struct launch *l, const char *shim);

/* Become the program; returns only on failure, -1 with a fault.
 * program_become_child is for a child, which has no record yet. */
int program_become(struct launch *l, const char *shim, struct fault *f);
_Noreturn void program_become_child(struct launch *l, const char *shim);

/*
 * Execute file with argv and env, a file without a header as a script of
 * /bin/sh, as execvp(3) does.  Returns only on failure: -1, fault 126 (127 if
 * file is gone).
 */
int become(const char *file, char *const argv[], char *const env[],
    struct fault *f);

/* The same with the program's streams, and a report to the process that waits
 * for --background. */
int program_exec(struct launch *l, const char *file, char *const argv[],
    char *const env[], struct fault *f);

/* run.c: one run of onlyone, from the options to the exec or the answer. */

/* Run onlyone: l->o and l->born are set, the rest is zero. As launch_one. */
int run_launch(struct launch *l, struct fault *f);

/* The same after launch_begin. */
int run_begun(struct launch *l, struct fault *f);

/* running.c: what a launch does if an instance is already running. */

/* Whether the instance in this reply or record runs the very same command line
 * as this launch: then do not print it. */
bool running_same(const struct launch *l, const struct fields *b);

/* The lock says that an instance is running: skip or fail. */
enum hand_result running_locked(struct launch *l, int *status,
    struct fault *f);

/* Apply the policy over fd, a connection to the keeper, which this closes.
 * Never HAND_NOBODY. */
enum hand_result running_hand(struct launch *l, int fd, int *status,
    struct fault *f);

/* The same if an instance is running; else HAND_NOBODY: nothing is claimed. */
enum hand_result running_try(struct launch *l, int *status, struct fault *f);

/*
 * start.c: with the claim held: publish, start the keeper, become the program.
 */

enum started {
	START_FAILED = -1, /* fault */
	START_AGAIN,       /* start over: slot removed, or process adopted */
	START_LOCKED,      /* another process has the lock file: fault */
	START_ENDED        /* *status is set: we stayed as the parent, or the
	                    * owner was already running */
};

/* Start with the claim held, and use it up.  Does not return if the launch
 * becomes its program. */
enum started start_run(struct launch *l, int *status, struct fault *f);

/* Whether the launch stays as the parent of its program. */
bool start_stays(const struct launch *l);

/* Fault: the process that was to own the slot has exited. -1. */
int start_adopted_ended(const struct launch *l, struct fault *f);

/* Whether a seal allows the recorded instance to start: 0, or -1 with a fault.
 * Call it after publishing the record: then either a process that seals now
 * finds it, or we find the seal.  The root is open. */
int start_seal_ask(struct launch *l, struct fault *f);

/* The fault of a seal that cannot be read (errno).  -1. */
int start_seal_unread(const struct launch *l, struct fault *f);

/*
 * streams.c: the standard streams of the program, where they are not those of
 * the launch: --output, --background.
 */

/* Open the file of --output, which was given.  0 or -1.  A rule goes without
 * one that cannot be opened. */
int streams_open(struct launch *l, struct fault *f);

/* Give this process the streams of the program.  kept[3]: close-on-exec copies,
 * which streams_back restores if the exec fails; NULL: this process does not
 * exec.  0, or -1 with a fault. */
int streams_give(const struct born *b, int *kept, struct fault *f);
void streams_back(int *kept);

/* wait.c: a launch that waits for the slot: --wait, --queue, --replace. */

/* Get in line for n slots from index first on.  Returns as launch_placed. */
int wait_run(struct launch *l, int first, int n, struct fault *f);

/* The same for the slot of l->place, to end the instance l->replaced.
 * HAND_AGAIN: another launch was first; choose again. */
enum hand_result wait_replace(struct launch *l, int *status, struct fault *f);

/* without.c: a rule whose file cannot be used. */

/* A named file cannot be used, for the reason in f.  Under a rule, do without
 * it and note that in the instance's log: true.  One instance without the file
 * is better than two: if the rule failed, it would not be enforced. */
bool launch_without(struct launch *l, enum without which,
    const struct fault *f);

#endif
