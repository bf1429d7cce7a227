/*
 * raise.h: onlyone-raise, which re-displays an instance: its parts.
 *
 * A program of its own, since it needs libraries, speaks to servers that may
 * hang, and may be missing: launcher and keeper only run it.  Everything in it
 * has to be done by one deadline; an alarm ends it a little later, whatever it
 * waits for.
 */
#ifndef RAISE_H
#define RAISE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/raise/outcome.h"

/* Which of its windows, and where: the one used last, in front; or, if one is
 * there already, the one used longest ago (cycle), or that one minimised
 * (toggle); on the desktop that is shown (here).  X11 and sway know these. */
enum how { HOW_FRONT, HOW_CYCLE, HOW_TOGGLE, HOW_HERE };

struct instance {
	const pid_t *pids; /* its processes descend from one of these */
	size_t npids;
	const char *mark;  /* ONLYONE_SLOT of its environment; NULL: unknown */
	bool group;        /* of those that descend only those of its process
	                    * group: what it runs, and not what it started */
	enum how how;
	const char *class; /* WM_CLASS, class or instance, or Wayland app_id,
	                    * if the user names it; NULL */
};

/* tree.c: which processes are an instance's. */

/* How near a process is to the instance: what a file manager has started
 * descends from it, and is not it, where it has a window itself. */
enum kin { KIN_NONE, KIN_MARKED, KIN_DESCENDS, KIN_ITSELF };

/* As near as least at the most: what is farther is not looked for. */
enum kin tree_kin(const struct instance *i, pid_t pid, enum kin least);

/* All that are at least that near, the nearest first: at most cap pids.  Their
 * number. */
size_t tree_list(const struct instance *i, enum kin least, pid_t *pids,
    size_t cap);

/* x11.c, find.c, focus.c, ping.c: windows of an X server. */
struct x11;

/* Connect to $DISPLAY, by the deadline (clock_now).  NULL: there is none, or
 * it does not let us in. */
struct x11 *x11_open(long long deadline);
void x11_close(struct x11 *x);

/* Wait until something has changed that may be a new window, until the moment
 * until (clock_now).  false: time is up, or the server is gone. */
bool x11_wait(struct x11 *x, long long until);

/* Re-display the window of the instance that was used last, by the deadline;
 * none that is farther than least (KIN_NONE: also by its class).  RAISED,
 * NO_WINDOW, ASKED, NO_DISPLAY (the server is gone) or HUNG. */
enum outcome x11_raise(struct x11 *x, const struct instance *i,
    enum kin least, long long deadline);

/* The same with the window of this id, which is a terminal's (WINDOWID), or
 * with one of process pid itself: with that, if it is among them. */
enum outcome x11_raise_window(struct x11 *x, unsigned long window,
    long long deadline);
enum outcome x11_raise_process(struct x11 *x, pid_t pid, unsigned long window,
    long long deadline);

/* close.c: ask all windows of the instance to close (WM_DELETE_WINDOW), as the
 * user's click does; where it has a question open, none is, and what counts is
 * the answer to that.  How many there are to ask. */
int x11_ask_close(struct x11 *x, const struct instance *i);

/* After that: add to s what is seen (closing.h); false: the server is gone.
 * Whether the program answers; that they stay, and nothing was asked. */
struct sight;
bool x11_sight(struct x11 *x, const struct instance *i, struct sight *s);
bool x11_is_awake(struct x11 *x, const struct instance *i);
void x11_calm(struct x11 *x, const struct instance *i);

/* startup.c: startup notification of this id is complete: no busy cursor. */
void x11_startup_complete(struct x11 *x, const char *id);

/* sway.c: the IPC of sway, at $SWAYSOCK or $I3SOCK.  The window that was used
 * last of the processes nearest to the instance, none farther than least
 * (KIN_MARKED: also by its name).  NO_DISPLAY: there is none
 * that answers; else RAISED, NO_WINDOW (i3 has no processes) or ASKED. */
enum outcome sway_raise(const struct instance *i, enum kin least,
    long long deadline);

/* Ask its windows to close, as x11_ask_close does.  How many were asked. */
int sway_ask_close(const struct instance *i, long long deadline);

/* After that, as closing_await (closing.h).  sway_close.c. */
enum outcome sway_await(const struct instance *i, bool answer);

/* Whether there is a sway, which knows all windows of its display. */
bool sway_answers(long long deadline);

/* client.c: whether a process of the instance is connected to the compositor at
 * $WAYLAND_DISPLAY, and so may have windows there. */
bool wayland_has(const struct instance *i, long long deadline);

/* terminal.c: for a program without a window of its own: select its pane in a
 * multiplexer and raise the terminal that it runs in, by what its environment,
 * which is ours, says of that.  x may be NULL.  TERMINAL, ASKED, else
 * NO_WINDOW, also if its pane has been selected and nobody looks at it. */
enum outcome terminal_raise(struct x11 *x, const struct instance *i,
    long long deadline);

/* bus.c: the session bus, through libsystemd if that is installed. */

/* Activate org.freedesktop.Application of the instance, or have it open files
 * (a name, or a URI; relative to our directory), with a token (NULL: none).
 * RAISED: it took that; NO_WINDOW: it is not on the bus; NO_DISPLAY: no bus;
 * ASKED: it did not answer, or refused. */
enum outcome bus_activate(const struct instance *i, char *const files[],
    const char *token, long long deadline);

/* Whether a process of the instance has a name there that it might be asked
 * by. */
bool bus_has(const struct instance *i, long long deadline);

/* Show a desktop notification.  0 or -1. */
int bus_notify(const char *title, const char *text, long long deadline);

#endif
