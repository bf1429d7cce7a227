/*
 * helper.h: how onlyone-raise is run.
 */
#ifndef HELPER_H
#define HELPER_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/fields.h"
#include "cli/keeper/state.h"

#define STARTUP_ID "DESKTOP_STARTUP_ID"
#define ACTIVATION_TOKEN "XDG_ACTIVATION_TOKEN"

/* For the instance, as the job of k->raise says; whether it shows a window; and
 * for one step of closing its windows.  As fork(2). */
pid_t helper_raise(struct keeper *k);
pid_t helper_shown(struct keeper *k);
pid_t helper_close(struct keeper *k, enum closing_step step);

/* Its exit status out of what wait(2) says: what came of it (outcome.h). */
int helper_outcome(int status);

/* Whether there is a display to ask, by our environment or a request's (NULL:
 * none); a multiplexer whose pane can be selected. */
bool helper_display(const struct fields *body);
bool helper_pane(void);

/* Whether windows of the instance may be found: there is a display, and its
 * process can be seen. */
bool helper_sees(const struct keeper *k);

/* The instance's display; NULL: none.  Whether a request came from another one;
 * not, if that has none. */
const char *helper_place(void);
bool helper_elsewhere(const struct fields *body);

/* A variable of the request's environment; NULL: none, or empty. */
const char *helper_env(const struct fields *body, const char *name);

#endif
