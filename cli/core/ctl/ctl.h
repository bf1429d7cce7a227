/*
 * ctl.h: what the files of onlyonectl share.
 */
#ifndef CTL_H
#define CTL_H

#include <sys/types.h>

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/base/fields.h"
#include "cli/base/option.h"
#include "cli/base/table.h"
#include "cli/base/text.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/meet.h"
#include "cli/core/rule/rule.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/skips.h"
#include "cli/core/slot/slot.h"
#include "cli/core/wire/frame.h"
#include "preload/contract.h"

/* found.c: an instance that has been found. */

/* What lives in a slot. */
enum life {
	LIFE_KEPT,   /* its keeper answers */
	LIFE_NOT_RESPONDING, /* its keeper does not answer in time */
	LIFE_BARE,   /* the owner lives, without a keeper: it can be revived */
	LIFE_HIDDEN, /* no keeper, and an instance that we cannot see may live
	              * there: the next launch will be refused */
	LIFE_UNREAD, /* not known: it is not wanted, its keeper has not answered
	              * yet, or search.unread says why */
	LIFE_NONE    /* no instance lives there */
};

struct found {
	struct slot slot;     /* name and hash set, app as in info */
	const struct root *root; /* the root that it is in, one of ctl's */
	struct buf record, reply;
	char *room;           /* first storage of both; enough for most */
	struct info info;     /* from the files; but info.owner is the
	                       * successor, if one lives without a keeper */
	struct fields state;  /* as the keeper says; empty: no answer */
	enum life life;
	bool elsewhere;       /* its pids are of another pid namespace */
	bool debris;          /* no record, and no instance lives there */
};

struct founds {
	struct found *at;
	size_t n;
};

void found_init(struct found *found); /* room for record and reply */
void found_free(struct found *found);
void founds_free(struct founds *fs);

/* Whether the recorded owner is alive, even if its folder has been moved; *err:
 * why we cannot tell, else 0. */
bool found_lives(const struct found *found, int *err);

/* Which process holds its slot; whether that is an instance.  If no keeper
 * answers, and an owner may live: INSTANCE. */
enum holds found_holds(const struct found *found);
bool found_runs(const struct found *found);

/* Fault: it is not running, and why; code 3, or 69 if DEAF. -1. */
struct ctl;
int found_none(const struct found *found, struct fault *f);

/* When the instance was used last, wall clock, ms. */
long long found_used(const struct found *found);

/* The owner's pid from the keeper, else from the record.  0: unknown here. */
pid_t found_pid(const struct found *found);

/* The pid of the parent that holds the slot for the rest of a tree; 0: none
 * does.  stuck: that parent is stopped, so the slot stays held. */
pid_t found_parent(const struct found *found);
bool found_stuck(const struct found *found);

/* The keeper's pid, even if it is not responding.  0: none, or not known. */
pid_t found_keeper(const struct found *found);

/* Print that we are waiting for this instance to end. */
void target_say(const struct found *found, pid_t pid);

/* Turn the result of sending a signal to pid (r, errno) into 0, also if the
 * process has already exited, or -1 with a fault. */
int target_signalled(const struct found *found, pid_t pid, int r,
    struct fault *f);

/* Call target_failed when one of n instances has failed: *code keeps the code
 * of the first; if n > 1 the fault is printed at once.  targets_end then fails
 * with that code; 0: none has failed. */
void target_failed(struct fault *f, size_t n, int *code);
int targets_end(struct fault *f, size_t n, int code);

/* What a verb of onlyonectl gets. */

enum { WAIT_EVER = -2 };

/* The options as given.  The row of a verb says which it takes (verbs.h).  More
 * than a dozen members: one for each option. */
struct verb_options {
	bool json;
	bool raw;
	bool all;
	int wait_ms; /* -1: not given; WAIT_EVER: without a limit */
	const char *after_wait; /* the word after --wait, if it is a time */
	pid_t pid;   /* --owner, --pid; 0: not given */
	bool self;
	bool skip;
	int busy_code;
	int kill_ms; /* -1: not given */
	bool tree;
	bool force;
	bool every;
	bool system;
	bool link;
	bool desktop;
	bool autostart;
	enum help help;
	bool version;
	int loudness; /* enum say_level */
};

/* How to look for instances (scan.c), and the outcome. */
struct search {
	bool partial;  /* ignore slots that cannot be read */
	struct fault unread; /* why a slot that may be wanted was not read; code
	                      * 0: all were read */
};

/* More than a dozen members: the command line, and what was found for it. */
struct ctl {
	char **operands; /* after the verb; NULL-ended */
	size_t noperands;
	char **rest; /* after "--"; NULL-ended, or NULL */
	char **line; /* enable: all words after it; NULL-ended */
	struct verb_options o;
	unsigned int closed; /* bit i: descriptor i was closed at the start */
	struct root root; /* for new slots; not found yet */
	struct root roots[ROOTS]; /* those of the last scan, open */
	int nroots;
	struct search search;
	struct founds found; /* what the operands mean (find_instance.c) */
	struct found *one;   /* the wanted instance in it, or with VERB_TARGETS
	                      * the first of n */
	size_t n;
	struct frame reply;  /* a keeper's (tell.c), until the next request */
	struct buf room;     /* its storage */
};

/* desktop.c: enable and disable --desktop. */

/* Override the desktop entries that the operands name. 0 or -1. */
int desktop_enable(struct ctl *c, struct fault *f);

/* Remove the overrides of an application.  0; 1: there are none, or the
 * environment names another user's folder and overrides were not asked for
 * explicitly; -1 with a fault. */
int desktop_disable(const char *app, bool alone, struct fault *f);

/* later.c: note what happens to files that are opened while app, the program at
 * path, runs with these options; path NULL: its whole command line is its
 * name. */
void later_tell(const char *app, const char *path, enum shows shows,
    const struct options *o);

/* scan.c: find the instances in the state root. */

/* The instances that APP [KEY...] name. */
struct wanted {
	char name[NAME_SHOWN + 1]; /* of the application */
	char path[PATH_MAX]; /* of the command with that name; "": none */
	char *const *key;    /* nkey parts */
	size_t nkey;
	bool keyed;          /* false: any key matches */
	int best;            /* best match so far (wanted_fits) */
};

/* Find all living instances; dead: also dead ones whose info can be read.  w
 * not NULL: only those that it matches.  0 or -1; a root that does not exist
 * has none.  c->search.unread says whether a slot could not be read. */
int scan(struct ctl *c, bool dead, struct wanted *w, struct founds *fs,
    struct fault *f);

/* Close the roots of the last scan; its results are invalid then. */
void ctl_roots_close(struct ctl *c);

/* How well a record matches; 0: not at all.  The name counts first: the exact
 * application, the command of that name (path), the last component, or the word
 * that was typed, as npm for the application "/usr/bin/npm start".  Then the
 * key: as it is, or its parts as paths of documents, as for -d. */
int wanted_fits(struct wanted *w, const struct info *i);

/* find_instance.c: find the instances that the user names. */

/* Find all instances that the operands [APP [KEY...]] name: c->found, for one
 * run of a verb.  If none has the key, its parts are taken for documents, as
 * for -d.  0, or -1 with a fault: 64 if the name matches several applications;
 * 71 or 73 if a slot that may be wanted cannot be read. */
int find_meant(struct ctl *c, struct fault *f);

/* The same, without slots in which nothing runs (but with DEAF: each verb has a
 * fault for it). */
int find_running(struct ctl *c, struct fault *f);

/* Find the instance that the operands APP [KEY...] name, c->one of c->found:
 * without KEY the instance without a key, else the only one; of several without
 * a key, our user's, else our session's, else our display's.  0: found; 1:
 * none; -1: fault. */
int find_one(struct ctl *c, struct fault *f);

/* The same; if there is no such instance, a fault (find_none).  0 or -1. */
int find_the(struct ctl *c, struct fault *f);

/* The same, but one whose process has exited, and whose keeper does not answer
 * yet, is found, too: for a caller that waits for the keeper. */
int find_late(struct ctl *c, struct fault *f);

/* As find_one, for the application that the first operand names, but with this
 * key (keyed false: any). */
int find_keyed(struct ctl *c, char *const key[], size_t nkey, bool keyed,
    struct fault *f);

/* Find the instances that the operands name: one, or with --all every one;
 * c->one is the first of c->n.  0, or -1; finding none is a fault of 3. */
int targets_find(struct ctl *c, struct fault *f);

/* No instance was found for the operands APP [KEY...]: -1 and a fault of 3,
 * which lists the keys that are running. */
int find_none(struct ctl *c, struct fault *f);

/* Set up what to look for (scan.c); w points to key. 0 or -1. */
int wanted_begin(struct wanted *w, const char *app, char *const key[],
    size_t nkey, bool keyed, struct fault *f);

/* Put into app (NAME_SHOWN + 1 bytes) the name of the application that an
 * operand names: a living instance's, else the path of a command of that name,
 * else the word itself.  0 or -1. */
int find_name(struct ctl *c, const char *operand, char *app, struct fault *f);

/* Put into path (PATH_MAX bytes) the path of the application `name`, which is a
 * path or a command; "" if it is neither.  0, or -1 if the system cannot
 * tell. */
int find_path(const char *name, char *path, struct fault *f);

/* json.c: byte strings in JSON, which can hold only UTF-8. */

/* The string; if it is not UTF-8, escaped as by text_show.  NULL: ENOMEM. */
json_t *json_shown(const char *s);

/* The string; if it is not UTF-8, {"base64": ...}.  NULL: ENOMEM. */
json_t *json_exact(const char *s);

/* The values of a field, each made by one of the two above. NULL: ENOMEM. */
json_t *json_values(const struct fields *f, const char *name,
    json_t *make(const char *));

/* A key: null, a string, or an array for a tuple.  NULL: ENOMEM. */
json_t *json_key(const struct info *i);

/* owner_now.c: which process owns an instance right now. */

/* Results other than a pidfd: */
enum {
	OWNER_OVER = -1,  /* the instance has ended */
	OWNER_FAULT = -2, /* fault is set */
	OWNER_PASSED = -3 /* the recorded owner has exited; the next is not
	                   * known yet */
};

/* The owner recorded now: a pidfd, which the caller closes, and *pid; or one of
 * the above. */
int settle_now(const struct found *found, pid_t *pid,
    struct fault *f);

/* Wait until it is settled which process is the owner: a pidfd and *pid,
 * OWNER_OVER, or OWNER_FAULT, also at the deadline (clock_now).  told: NULL, or
 * call settle_parent when the owner has exited and a parent holds the slot. */
int settle_owner(const struct found *found, long long deadline,
    pid_t *pid, bool *told, struct fault *f);

/* Its pid; as it passes from one process to the next, that is waited for.  0: *pid;
 * 1: it has ended; or -1, also if its pid cannot be seen from here. */
int settle_pid(const struct found *found, pid_t *pid, struct fault *f);

/* Send TERM to the instance's holding parent, once: then *told is set. */
void settle_parent(const struct found *found, bool *told);

/* No keeper listens on the socket: let a claim find out whether an instance is
 * alive; it removes a dead slot.  As meet_claim. */
enum met settle_claim(const struct found *found,
    struct fault *f);

/*
 * report.c: show instances and findings: cells of tables, and the lines of
 * onlyonectl doctor.
 */

enum { REPORT_LINE = 8192 };

struct report {
	int wrong; /* problems reported */
};

enum cell {
	CELL_APP,
	CELL_KEY,
	CELL_PID,
	CELL_STATE,
	CELL_SINCE,
	CELL_COMMAND,
	CELLS
};

/* Print one line, "fine"; or two, a problem and its remedy.  Text is escaped,
 * so it may contain names. */
__attribute__((format(printf, 1, 2)))
void report_good(const char *format, ...);
__attribute__((format(printf, 3, 4)))
void report_wrong(struct report *r, const char *remedy, const char *format,
    ...);

/* Whether other users may replace or write this program or library of ours; if
 * so, report it.  For root, a user's own file is not a problem. */
bool report_exposed(struct report *r, const char *path);

/* The state of an instance in one word, for programs; state_shown: for
 * people. */
const char *cell_state(const struct found *found);
const char *state_shown(const char *state);

/* The launches that an instance has turned away, in words, latest first. */
void skips_find(const struct found *found, struct skips *s);
void skips_text(const struct skips *s, bool all, struct text *t);

/* The text of one cell, in buf (TABLE_CELL bytes) or a constant. */
const char *cell_text(const struct found *found, enum cell cell, char *buf);

/* rules.c: list the rules. */

enum ruled_state {
	RULED_ACTIVE,
	RULED_SHADOWED, /* the system's; a rule of the user replaces it */
	RULED_BAD,      /* it cannot be read as a rule */
	RULED_IGNORED   /* it is not trusted */
};

struct ruled {
	char *name;
	char *file;
	char *asked; /* an override: what enable and disable call it */
	struct buf lines; /* options, each ended by NUL; an empty one ends them */
	char *problem; /* NULL: none */
	enum rule_place place;
	enum ruled_state state;
	bool desktop; /* an override of a desktop entry; place is PLACE_USER */
	bool autostart; /* of an entry that is started at login */
	bool alone;   /* an override whose installed entry is gone */
};

struct ruleds {
	struct ruled *at;
	size_t n;
};

/* All rules and overrides of desktop entries, sorted by name, the user's before
 * the system's.  0 or -1. */
int ruleds_find(struct ruleds *rs, struct fault *f);
void ruleds_free(struct ruleds *rs);

/* Report all rules, links and overrides of desktop entries that are wrong or do
 * not match what is running, and whether enforcement is on (onlyonectl
 * doctor). */
void rules_check(struct ctl *c, struct report *r);

/* session.c: whether and how a session enforces rules. */

/* The entry for LD_PRELOAD, in path, PATH_MAX bytes.  0, or -1 with a fault. */
int session_shim(char *path, struct fault *f);

/* Whether enforcement is on in this session: LD_PRELOAD names the shim.  The
 * entry is put in path, PATH_MAX bytes. */
bool session_on(char *path);

/* Report whether it is on, for this many rules, and which lines make every
 * log-in load files that others than root can change (onlyonectl doctor). */
void session_check(struct report *r, size_t rules);

/*
 * shell_line.c: what a shell run with -c still has to do once the onlyonectl
 * hold among its commands has succeeded.
 */

enum shell_line {
	LINE_ENDS,   /* nothing: the shell exits after the hold */
	LINE_GOES_ON, /* commands: the shell is the job */
	LINE_UNCLEAR  /* only a shell could tell */
};

/* Commands that run only if the hold has failed do not count, nor do instant
 * ones (exit, echo, a second hold). */
enum shell_line shell_line_after(const char *line);

/* stamps.c: the jobs that --every knows, running or not. */

/* onlyonectl list --every, forget --every.  0, or -1 with a fault: 3 if there
 * is no such job. */
int stamps_list(struct ctl *c, struct fault *f);
int stamps_forget(struct ctl *c, struct fault *f);

/*
 * tell.c: requests to the keeper of an instance; a missing keeper is revived.
 */

/* Send a request of this type.  0 and c->reply; 1: the instance has ended; -1:
 * fault. */
int tell(struct ctl *c, const struct found *found, enum frame_type type,
    struct fault *f);

/* 0 if the reply is DONE or ENDED; else -1 with the keeper's reason. */
int tell_reply(struct ctl *c, const struct found *found, struct fault *f);

/* Ask the instance's windows to close.  Whether there were some, if its keeper
 * answers in time.  There are two steps, so that several keepers work at the
 * same time; tell_closes sends the request if it was not sent before. */
struct telling {
	int sock; /* -1: the request has not been sent */
	long long until; /* for the answer, clock_now */
};
void tell_close(const struct found *found, struct telling *t);
bool tell_closes(struct ctl *c, const struct found *found, struct telling *t);

/* Tell the keeper to free the slot; the program keeps running. 0 or -1. */
int tell_forget(struct ctl *c, const struct found *found, struct fault *f);

#endif
