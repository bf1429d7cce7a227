/*
 * helper.h: run the helper program, onlyone-raise.
 */
#ifndef KEEPER_HELPER_H
#define KEEPER_HELPER_H

#include <sys/types.h>

#include <stdbool.h>

struct fields;
struct info;
struct keeper;

#define STARTUP_ID "DESKTOP_STARTUP_ID"
#define ACTIVATION_TOKEN "XDG_ACTIVATION_TOKEN"

/* Run the helper: as k->raise.next says; to see whether the instance shows a
 * window, or until it does; to ask its windows to close.  The pid, or -1. */
pid_t helper_raise(struct keeper *k);
pid_t helper_shown(struct keeper *k, int wait_ms);
pid_t helper_close(struct keeper *k);

/* Raise another instance, which has the slot of this name and our document.  Nobody
 * hears what came of it. */
void helper_raise_other(struct keeper *k, const char *slot,
    const struct info *i);

/* Notify the user that the owner exited, soon after it got these arguments, if
 * any. */
void helper_tell(struct keeper *k, const char *given);

/* The outcome (outcome.h) in a wait(2) status. */
int helper_outcome(int status);

/* Whether our environment or a request's (may be NULL) names a display; whether
 * ours names a terminal multiplexer with selectable panes. */
bool helper_display(const struct fields *body);
bool helper_pane(void);

/* Whether windows of the instance can be found: our environment names a
 * display, and the owner is visible. */
bool helper_sees(const struct keeper *k);

/* The instance's display; NULL: none.  Whether a request came from another
 * display; false if it names none. */
const char *helper_place(void);
bool helper_elsewhere(const struct fields *body);

/* A variable of the request's environment; NULL: none, or empty. */
const char *helper_env(const struct fields *body, const char *name);

#endif
