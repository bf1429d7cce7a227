/*
 * messages.h: what a launch says of the instance that it met.
 */
#ifndef MESSAGES_H
#define MESSAGES_H

#include "cli/base/fault.h"
#include "cli/base/fields.h"
#include "cli/core/slot/folder.h"
#include "preload/contract.h"

enum { WORDS_INSTANCE = NAME_SHOWN + 128 };

/* "APP (pid 123 on pts/4)" from a reply, in out, WORDS_INSTANCE bytes;
 * words_awaited, for a launch that waits: "..., stopped)" if it is stopped. */
const char *words_instance(const struct fields *b, char *out);
const char *words_awaited(const struct fields *b, char *out);

/* The same from the record of an instance that lives (owner_runs). */
struct info;
const char *words_recorded(const struct info *i, char *out);

/* Whether the instance is stopped, and the words for " is running" then. */
bool words_stopped(const struct fields *b);

#define WORDS_OVERDUE " is overdue" /* --overdue */

/* The keeper does not respond: which process holds the slot, as far as its
 * files tell.  -1, with a fault of 69 or 73. */
int words_not_responding(struct place *p, struct fault *f);

/* If the instance goes on as another process than the one it began with, which
 * and since when, after a blank; else "".  b: a STATE or a record; out has
 * WORDS_PASSED bytes. */
enum { WORDS_PASSED = 128 };
const char *words_passed(const struct fields *b, char *out);

/* The command line of a process: the bytes in line, ended by a NUL, and as one
 * would type it in t, cut if long.  False: it cannot be read. */
struct text;
bool words_command(pid_t pid, struct buf *line, struct text *t);

/* A keeper of ours has the name lock and sees other files: the fault (69).
 * -1. */
int words_elsewhere(const struct place *p, pid_t keeper, struct fault *f);

/* The fault for a REFUSED reply: -1. */
int words_refused(const struct place *p, const struct fields *b,
    struct fault *f);

/* The fault (75): the windows of an instance were asked to close, and it has
 * not ended in this time.  -1. */
int words_unclosed(const char *who, long long ms, struct fault *f);

/* After ACCEPTED: we wait for a window of the instance; over, after DONE: none
 * has appeared. */
void words_unshown(const struct fields *b, bool over);

/* With -v: whether a window was raised, where a reply tells. */
void words_raised(const struct fields *b, const char *who);

/* Whether a reply tells that no window was raised. */
bool words_unraised(const struct fields *b);

/* Whether a launch notifies its user; quiet: -q. */
enum notify {
	NOTIFY_NOT,  /* no: -q, or there is no display */
	NOTIFY_NOW,  /* there is no terminal, as when started from a menu */
	NOTIFY_AFTER /* only of what comes when the launch has ended */
};
enum notify words_notifies(bool quiet);

/* With NOTIFY_NOW: show this text on the desktop. */
void words_notify(bool quiet, const struct fields *b, const char *text);

/* What a launch that the keeper has accepted waits for: with -v; late: always,
 * and on the desktop. */
void words_waiting(const struct fields *b, bool late, bool quiet);

/* The fault for a slot that a parent holds, for the rest of a tree. */
void words_held(const struct fields *b, const char *app, struct fault *f);

/* A living process of a tree that may not be looked at, so that only the list
 * of the holding parent's children shows it; 0: none. */
pid_t words_rest(const struct fields *b);

/* Say which processes of an ended instance go on, if any does for more than a
 * moment; how: text that says how to end them too. */
struct job;
void words_left(const char *app, const struct job *j, const char *how);

#endif
