/*
 * messages.h: what a launch says about the instance that it met.
 */
#ifndef MEET_MESSAGES_H
#define MEET_MESSAGES_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/text.h"
#include "cli/core/slot/waits.h"
#include "preload/contract.h"

struct buf;
struct fault;
struct fields;
struct info;
struct job;
struct place;

enum { WORDS_INSTANCE = NAME_SHOWN + 128 };

/* "APP (pid 123 on pts/4)" from a reply, in out, WORDS_INSTANCE bytes;
 * words_awaited, for a launch that waits: "..., stopped)" if it is stopped. */
const char *words_instance(const struct fields *b, char *out);
const char *words_awaited(const struct fields *b, char *out);

/* The same from the record of a living instance (owner_runs). */
const char *words_recorded(const struct info *i, char *out);

/* Whether the instance is stopped, and the words for " is running" then. */
bool words_stopped(const struct fields *b);

/* A shell or script holds the slot; false: it is a program. b: a reply or a
 * record. */
bool words_is_held(const struct fields *b);

/* Whether the instance waits for another host (waits.h), and " waits (WHY)" in
 * out, WORDS_WAITS bytes.  b: a reply. */
enum { WORDS_WAITS = WAITS_TEXT + 16 };
bool words_cluster(const struct place *p, const struct fields *b, char *out);

#define WORDS_OVERDUE " is overdue" /* --overdue */
#define WORDS_NOT_RUN "; this command was not run", TEXT_HINT, \
	"use --wait to run it afterwards"

/* Whether the keeper would let this launch wait (request.c).  b, a reply or a
 * record, tells which keeper it is. */
bool words_waits(const struct fields *b);
#define WORDS_NO_RECORD \
	"its record was removed; launch it again to have a new one"

/* The keeper does not respond: name the process that holds the slot, by its
 * files, if it is alive. -1, with a fault of 69 or 73; 75: it does respond, and
 * hands the slot to another launch. */
int words_not_responding(struct place *p, struct fault *f);

enum keeper_answer {
	KEEPER_SILENT,
	KEEPER_CROWDED, /* it answers, and has no place for a launch */
	KEEPER_FOREIGN, /* it is of a version with another protocol */
	KEEPER_PASSING  /* the next launch in line does not start yet, since it
	                 * waits for processes of the last instance */
};

/* Ask the keeper of p once more, and wait for a moment. */
enum keeper_answer keeper_says(const struct place *p);

/* If another process has taken over the instance: which, and since when, after
 * a blank; else "".  b: a STATE or a record; out has WORDS_PASSED bytes. */
enum { WORDS_PASSED = 128 };
const char *words_passed(const struct fields *b, char *out);

/* The command line of a process: the bytes in line, ended by a NUL, and as one
 * would type it in t, cut if long.  False: it cannot be read. */
bool words_command(pid_t pid, struct buf *line, struct text *t);

/* A keeper of ours has the name lock and sees other files: the fault (69).
 * -1. */
int words_elsewhere(const struct place *p, pid_t keeper, struct fault *f);

/* The fault for a REFUSED reply: -1. */
int words_refused(const struct place *p, const struct fields *b,
    struct fault *f);

/* The fault (75): the windows of an instance, process pid (0: not known), were
 * asked to close, but it has not exited in this time; with the open windows.
 * -1. */
int words_unclosed(const char *who, pid_t pid, long long ms, struct fault *f);

/* After ACCEPTED: we wait for a window of the instance; over, after DONE: none
 * has appeared. */
void words_unshown(const struct fields *b, bool over);

/* It took what it was given, and was then forgotten. */
void words_unwatched(const struct fields *b, bool quiet);

/* With -v: say whether a window was raised, if the reply tells. */
void words_raised(const struct fields *b, const char *who);

/* Whether a reply says that no window was raised. */
bool words_unraised(const struct fields *b);

/* Whether a launch notifies its user; quiet: -q. */
enum notify {
	NOTIFY_NOT,  /* no: -q, or there is no display */
	NOTIFY_NOW,  /* there is no terminal, as when started from a menu */
	NOTIFY_AFTER /* only about events after the launch has exited */
};
enum notify words_notifies(bool quiet);

/* With NOTIFY_NOW: show this text on the desktop. */
void words_notify(bool quiet, const struct fields *b, const char *text);

/* Print what an accepted launch is waiting for: with -v; late: always, and on
 * the desktop. */
void words_waiting(const struct fields *b, bool late, bool quiet);

/* The fault for a slot that a parent holds, for the rest of a tree. */
void words_held(const struct fields *b, const char *app, struct fault *f);

/* A living process of a tree that we cannot read, so that only the holding
 * parent's list of children shows it; 0: none. */
pid_t words_rest(const struct fields *b);

/* Name the processes of an ended instance that keep running for more than a
 * moment, if any; how: text that says how to end them too. */
void words_left(const char *app, const struct job *j, const char *how);

#endif
