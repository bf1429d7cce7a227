/*
 * helper.h: run the helper program, onlyone-raise.
 */
#ifndef HELPER_H
#define HELPER_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/fields.h"
#include "cli/core/keeper/state.h"

#define STARTUP_ID "DESKTOP_STARTUP_ID"
#define ACTIVATION_TOKEN "XDG_ACTIVATION_TOKEN"

/* Run the helper: as k->raise.next says; to see whether the instance shows a
 * window, or until it does; to ask its windows to close.  The pid, or -1. */
pid_t helper_raise(struct keeper *k);
pid_t helper_shown(struct keeper *k, int wait_ms);
pid_t helper_close(struct keeper *k);

/* Notify of the owner's end, soon after it was given these arguments, if any. */
void helper_tell(struct keeper *k, const char *given);

/* The outcome (outcome.h) in a wait(2) status. */
int helper_outcome(int status);

/* Whether our environment or a request's (may be NULL) names a display; whether
 * ours names a terminal multiplexer, whose pane can be selected. */
bool helper_display(const struct fields *body);
bool helper_pane(void);

/* Whether windows of the instance can be found: our environment names a
 * display, and the owner can be seen. */
bool helper_sees(const struct keeper *k);

/* The instance's display; NULL: none.  Whether a request came from another
 * display; false if it names none. */
const char *helper_place(void);
bool helper_elsewhere(const struct fields *body);

/* A variable of the request's environment; NULL: none, or empty. */
const char *helper_env(const struct fields *body, const char *name);

#endif
