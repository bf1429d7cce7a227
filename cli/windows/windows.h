/*
 * windows.h: what the files of onlyone-raise offer to each other.
 */
#ifndef WINDOWS_H
#define WINDOWS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

#include "cli/base/buf.h"
#include "cli/base/text.h"
#include "cli/windows/outcome.h"
#include "cli/windows/reply.h"
#include "preload/window/page.h"

/*
 * What the parts of onlyone-raise share.
 *
 * onlyone-raise re-displays an instance.  It is a program of its own, since it
 * needs libraries, talks to servers that may hang, and may not be installed:
 * launch and keeper only execute it.  Everything in it must be done by a
 * deadline; later an alarm kills it, whatever it waits for.
 */

struct instance {
	const pid_t *pids; /* its processes are these and their descendants */
	size_t npids;
	const char *mark;  /* ONLYONE_SLOT, the slot's folder; NULL: unknown */
	long long run;     /* ONLYONE_RUN; 0: any */
	bool group;        /* only descendants in the process group of one of
	                    * pids: not other programs that it started */
	const char *class; /* WM_CLASS (class or instance) or Wayland app_id
	                    * that the user gave; NULL: none */
	const char *document; /* of its windows the one that shows this is
	                       * wanted: a path or URI; NULL: any */
};

/*
 * bus.c: the session bus, through libsystemd, loaded when there is a bus:
 * onlyone-raise works without it.
 */

/* Activate org.freedesktop.Application of the instance, or have it open files
 * (names relative to our directory, or URIs), with a token (NULL: none).
 * RAISED: it accepted the call; NO_WINDOW: it is not on the bus; NO_DISPLAY: no
 * bus; ASKED: it did not answer, or refused. */
enum outcome bus_activate(const struct instance *i, char *const files[],
    const char *token, long long deadline);

/* Whether a process of the instance owns a name on the bus, to call it by. */
bool bus_has(const struct instance *i, long long deadline);

/* Show a desktop notification.  RAISED or NO_DISPLAY. */
enum outcome bus_notify(const char *title, const char *text,
    long long deadline);

/* The name and object path of the bus itself. */
#define SDBUS "org.freedesktop.DBus"
#define SDBUS_PATH "/org/freedesktop/DBus"

/* Every function of libsystemd that we call, without the prefix "sd_bus_". */
#define SDBUS_CALLS(X) \
	X(open_user) X(close) X(unref) X(process) X(wait) X(is_ready) \
	X(call) X(error_free) X(error_has_name) X(message_unref) \
	X(message_new_method_call) X(message_set_auto_start) \
	X(message_append) X(message_open_container) \
	X(message_close_container) X(message_read) \
	X(message_enter_container) X(get_unique_name) \
	X(message_get_sender) X(message_is_method_call) \
	X(reply_method_return)

#define SDBUS_MEMBER(name) __typeof__(sd_bus_##name) *name;

struct sdbus {
	SDBUS_CALLS(SDBUS_MEMBER) /* first, as library_load wants them */
	sd_bus *bus;
	long long deadline; /* of all calls over it (clock_now) */
};

/* Connect to the session bus.  0; -1: errno; ETIMEDOUT: it does not answer by the
 * deadline; ENOSYS: libsystemd is missing; ENOENT: there is no bus. */
int sdbus_open(struct sdbus *s, long long deadline);
void sdbus_close(struct sdbus *s);

/* Make a method call without arguments; the bus starts a service for it only if
 * start.  NULL: no memory, or an invalid name, path or member. */
sd_bus_message *sdbus_message(struct sdbus *s, const char *name,
    const char *path, const char *interface, const char *member, bool start);

/* Send call m (may be NULL), and unref it.  The answer, for message_unref, or
 * NULL; if the other side sent an error, that is in error, for error_free. */
sd_bus_message *sdbus_call(struct sdbus *s, sd_bus_message *m,
    sd_bus_error *error);

/* Call a method with up to two strings (NULL: none).  The answer, as above. */
sd_bus_message *sdbus_ask(struct sdbus *s, const char *name,
    const char *path, const char *interface, const char *member,
    const char *one, const char *two);

/* Wait for the next message; *m, for message_unref, may be NULL: call again.
 * 0; -1: time is up, or the bus is gone. */
int sdbus_next(struct sdbus *s, sd_bus_message **m);

/* The process that owns a name (0: none does, or no answer), and its unique
 * name, for free(3); NULL: none. */
pid_t sdbus_owner(struct sdbus *s, const char *name, char **unique);

/* Begin to list all names, for sdbus_name.  The list, for message_unref; NULL: no
 * answer. */
sd_bus_message *sdbus_names(struct sdbus *s);

/* The next well-known name of the list, valid as long as that, and the process
 * that owns it; 0: it is gone, -1: not known.  1; 0: there is no more; -1: the
 * bus does not answer. */
int sdbus_name(struct sdbus *s, sd_bus_message *list, const char **name,
    pid_t *pid);

/* Whether the bus knows our own process by our pid: if not, its pids mean other
 * processes. */
bool sdbus_knows(struct sdbus *s);

/* closing.c: ask the windows of an instance to close, on any display. */

/* Ask its windows, for so long, ms.  RAISED: there were some to ask; else
 * NO_WINDOW. */
enum outcome closing_ask(const struct instance *i, int limit_ms);

/* Append the titles of its windows, the topmost first, with commas between: of
 * those on an X server, and of those on Wayland in which our library is. */
void closing_titles(const struct instance *i, struct text *t);

/* title.c: whether a title (NULL: none) names a document (a path or URI; NULL:
 * none): the highest value tells most. */
enum title { TITLE_OTHER, TITLE_STEM, TITLE_NAME, TITLES };
enum title title_names(const char *title, const char *document);

/* compositor.c: a connection to the Wayland compositor, by a deadline. */

struct wl_compositor;
struct wl_display;
struct wl_registry;
struct ticket;
struct wl_seat;
struct wl_shm;
struct xdg_activation_v1;
struct xdg_wm_base;

enum { COMPOSITOR_SEATS = 8 };

/* More than a dozen members: one for each global of the compositor. */
struct compositor {
	struct wl_display *display;
	struct wl_registry *registry;
	pid_t pid;       /* of the compositor, by SO_PEERCRED; 0: unknown */
	char name[64];   /* of its program, to be shown; "" */

	/* Its globals; NULL: it lacks that. */
	struct wl_compositor *surfaces;
	struct wl_shm *shm;
	struct xdg_wm_base *shell;
	struct xdg_activation_v1 *activation;
	uint32_t foreign; /* name of the foreign-toplevel global; 0: none */
	struct wl_seat *seat[COMPOSITOR_SEATS]; /* the first ones */
	bool keyboard[COMPOSITOR_SEATS];        /* whether the seat has one */
	int seats;
};

/* Connect to $WAYLAND_DISPLAY, and bind its globals.  NULL: no compositor, or
 * it does not answer by the deadline (clock_now). */
struct compositor *compositor_open(long long deadline);
void compositor_close(struct compositor *c); /* may be NULL */

/* Dispatch events until *done, at most until a moment (clock_now).  false: time
 * is up, or the connection is lost. */
bool compositor_await(struct compositor *c, const bool *done,
    long long until);

/* Wait until the compositor has served all our requests.  false: as above. */
bool compositor_sync(struct compositor *c, long long until);

/* Whether a process of the instance is connected to the compositor at
 * $WAYLAND_DISPLAY, and so may have windows there. */
bool wayland_has(const struct instance *i, long long deadline);

/*
 * A ticket: an activation token that a compositor believes.
 *
 * A compositor gives a token to any client, but believes only that of the client
 * with the keyboard.  So we open a window of one transparent pixel for a moment.
 */

/* Whether any seat has a keyboard. */
bool ticket_may(const struct compositor *c);

/* Open such a window and get a token, by a moment (clock_now).  NULL: the
 * window did not get the keyboard, or we got no token.  launcher: the token
 * that the launcher gave (may be NULL), to help our window to the keyboard. */
struct ticket *ticket_take(struct compositor *c, const char *launcher,
    long long until);

/* The token; it is good until ticket_drop. */
const char *ticket_token(const struct ticket *t);

/* Whether the keyboard leaves our window by a moment (clock_now): the window
 * that was activated with the token has it then. */
bool ticket_used(struct ticket *t, long long until);

/* Close our window, and free the ticket; it may be NULL. */
void ticket_drop(struct ticket *t);

/*
 * tree.c: which processes belong to an instance, and how near they are to it.
 */

/* How near a process is to the instance.  A program that a file manager started
 * descends from it, but the file manager's own windows are nearer. */
enum kin { KIN_NONE, KIN_MARKED, KIN_DESCENDS, KIN_ITSELF };

/* How near pid is; KIN_NONE also if it is farther than least. */
enum kin tree_kin(const struct instance *i, pid_t pid, enum kin least);

/* All processes at least as near as least, the nearest first: at most cap pids.
 * Their number. */
size_t tree_list(const struct instance *i, enum kin least, pid_t *pids,
    size_t cap);

/*
 * x11.c: a connection to an X server.
 *
 * No call of xcb takes a time limit: if the server hangs, the alarm of main.c
 * ends the process.  For an event that may never come we wait with limits of
 * our own.
 */

/* The names that we use, and as the server knows them. */
#define X11_ATOMS(X) \
	X(NET_ACTIVE_WINDOW, "_NET_ACTIVE_WINDOW") \
	X(NET_CLIENT_LIST, "_NET_CLIENT_LIST") \
	X(NET_CLIENT_LIST_STACKING, "_NET_CLIENT_LIST_STACKING") \
	X(NET_CURRENT_DESKTOP, "_NET_CURRENT_DESKTOP") \
	X(NET_STARTUP_INFO, "_NET_STARTUP_INFO") \
	X(NET_STARTUP_INFO_BEGIN, "_NET_STARTUP_INFO_BEGIN") \
	X(NET_SUPPORTING_WM_CHECK, "_NET_SUPPORTING_WM_CHECK") \
	X(NET_WM_DESKTOP, "_NET_WM_DESKTOP") \
	X(NET_WM_PID, "_NET_WM_PID") \
	X(NET_WM_NAME, "_NET_WM_NAME") \
	X(NET_WM_PING, "_NET_WM_PING") \
	X(NET_WM_STATE, "_NET_WM_STATE") \
	X(NET_WM_STATE_DEMANDS_ATTENTION, "_NET_WM_STATE_DEMANDS_ATTENTION") \
	X(NET_WM_STATE_SHADED, "_NET_WM_STATE_SHADED") \
	X(NET_WM_WINDOW_TYPE, "_NET_WM_WINDOW_TYPE") \
	X(NET_WM_WINDOW_TYPE_DESKTOP, "_NET_WM_WINDOW_TYPE_DESKTOP") \
	X(NET_WM_WINDOW_TYPE_DIALOG, "_NET_WM_WINDOW_TYPE_DIALOG") \
	X(NET_WM_WINDOW_TYPE_DOCK, "_NET_WM_WINDOW_TYPE_DOCK") \
	X(ONLYONE_TIME, "_ONLYONE_TIME") \
	X(WM_DELETE_WINDOW, "WM_DELETE_WINDOW") \
	X(WM_PROTOCOLS, "WM_PROTOCOLS") \
	X(WM_STATE, "WM_STATE")

#define X11_MEMBER(atom, name) atom,
#define X11_NAME(atom, name) name,

enum atom { X11_ATOMS(X11_MEMBER) ATOMS };

struct x11 {
	xcb_connection_t *c;
	xcb_window_t root, own; /* own: never mapped */
	xcb_atom_t atoms[ATOMS];
	bool managed;         /* at the last x11_list a manager spoke EWMH */
	bool changed;         /* since then there may be a new window */
	bool lies;            /* it has promised more than it sent (reply.h) */
	xcb_timestamp_t time; /* the newest that the server told us */
	xcb_timestamp_t ping; /* sent to pinged; 0: its pong has come */
	xcb_window_t pinged;
};

/* Connect to $DISPLAY.  NULL: no server answers there, or it does not let us
 * in. */
struct x11 *x11_open(void);
void x11_close(struct x11 *x); /* may be NULL */

/* Note what a reply was. true: the connection is lost, or the server lies, so
 * what was found is no answer. */
void x11_note(struct x11 *x, enum reply r);
bool x11_gone(const struct x11 *x);

/* Wait for a change that may be a new window, at most until a moment
 * (clock_now).  false: time is up, or the server is gone. */
bool x11_wait(struct x11 *x, long long until);

/* Wait for an event until a moment (clock_now), and note it.  false: none. */
bool x11_event(struct x11 *x, long long until);

/* The server's current time.  It has served all earlier requests then. */
xcb_timestamp_t x11_time(struct x11 *x);

/* Send a message about window w: to the root, for the window manager; to w
 * itself, one of WM_PROTOCOLS. */
void x11_tell_root(struct x11 *x, xcb_window_t w, enum atom type,
    const uint32_t data[5]);
void x11_tell(struct x11 *x, xcb_window_t w, enum atom protocol,
    xcb_timestamp_t time);

/* Ask for a property, of any type; take its values of this format (bits: 8, 32)
 * into b, whose contents they replace.  Their number; 0: none. */
xcb_get_property_cookie_t property_ask(struct x11 *x, xcb_window_t w,
    xcb_atom_t property);
size_t property_copy(struct x11 *x, xcb_get_property_cookie_t asked,
    uint8_t format, struct buf *b);

/* The property's first value; without a value, none. */
uint32_t property_value(struct x11 *x, xcb_get_property_cookie_t asked,
    uint32_t none);

/* Whether one of the property's values, atoms or windows, is value. */
bool property_has(struct x11 *x, xcb_get_property_cookie_t asked,
    uint32_t value);

/* Complete the startup notification with this id: the busy cursor ends. */
void x11_startup_complete(struct x11 *x, const char *id);

/* find_windows.c: find the windows of an instance on an X server. */

/* Find the windows whose processes are nearest to the instance, none farther
 * than least (KIN_NONE: also by WM_CLASS), the topmost last; no panels, and not
 * the desktop; whatever document they show.  Their number. */
size_t x11_find(struct x11 *x, const struct instance *i, enum kin least,
    struct buf *found);

/* The process that the server knows a window by; 0: unknown. */
pid_t x11_pid(struct x11 *x, xcb_window_t window);

/* All windows, xcb_window_t, the topmost last.  Their number. */
size_t x11_list(struct x11 *x, struct buf *all);

/* The title of a window, in b, whose contents it replaces, with its NUL; "":
 * none. */
const char *x11_title(struct x11 *x, xcb_window_t w, struct buf *b);

/*
 * focus.c: choose a window of the instance, and bring an X11 one to the front.
 */

struct pick {
	const struct instance *i;
	enum kin least;
	int near; /* of the nearest windows up to now; 0: none */
};

enum picked {
	PICK_NOT,   /* not of the instance, or an earlier one is nearer */
	PICK_EQUAL, /* as near as the nearest before */
	PICK_NEARER /* nearer than all before: these no longer count */
};

/* Raise the window of the instance that shows its document, else the one that was
 * used last, by the deadline; none farther than least (KIN_NONE: also by WM_CLASS).
 * RAISED, NO_WINDOW, ASKED, NO_DISPLAY (the server is gone) or HUNG. */
enum outcome x11_raise(struct x11 *x, const struct instance *i,
    enum kin least, long long deadline);

/* x11_raise_window: the same for a terminal's window with this id (WINDOWID).
 * x11_raise_process: for a window of process pid itself, the one with this id
 * if pid has it. */
enum outcome x11_raise_window(struct x11 *x, unsigned long window,
    long long deadline);
enum outcome x11_raise_process(struct x11 *x, pid_t pid, unsigned long window,
    long long deadline);

/* Whether w is among windows; the active window; raise w, as x11_raise does. */
bool x11_contains(const struct buf *windows, xcb_window_t w);
xcb_window_t x11_active(struct x11 *x);
enum outcome x11_raise_one(struct x11 *x, xcb_window_t w, long long deadline);

/* Begin to choose: processes farther than least do not count; a name does. */
void pick_begin(struct pick *p, const struct instance *i, enum kin least);

/* Consider a window of process pid (0: unknown); named: it has the name that
 * the user gave, i->class; title: whether it shows i->document. */
enum picked pick_offer(struct pick *p, pid_t pid, bool named,
    enum title title);

/* Whether the window's program answers a ping; true if it supports none. */
bool x11_answers(struct x11 *x, xcb_window_t w, long long deadline);

/* sway.c: what the files that use sway's IPC share. */

enum { VIEWS = 64 };

/* What one look finds; the caller calls pick_begin on pick before. */
struct sway_look {
	struct pick pick;
	long long view[VIEWS]; /* the nearest, the one used last first */
	long long focused; /* the one that has the focus; 0: none has */
	size_t n;
};

/* Connect to $SWAYSOCK.  -1: nothing listens there. */
int sway_open(long long deadline);

/* Run a command on one view.  false: no answer, or refused. */
bool sway_tell(int fd, long long view, const char *verb, long long deadline);

/* Look at all views.  false: the compositor does not answer. */
bool sway_look(struct sway_look *l, int fd, long long deadline);

/* Raise, through $SWAYSOCK, a window of the processes nearest to the instance,
 * none farther than least: the one that shows its document, else the one used
 * last; else a window by name.  NO_DISPLAY: no compositor answers there; else
 * RAISED, NO_WINDOW or ASKED. */
enum outcome sway_raise(const struct instance *i, enum kin least,
    long long deadline);

/* ways.c: the ways to raise a window. */

/* One attempt to raise a window: what each way is given. */
struct attempt {
	const struct instance *instance;
	enum kin least;          /* processes farther than this do not count */
	struct x11 *x;           /* NULL: no X server */
	struct compositor *c;    /* NULL: no Wayland compositor */
	const char *token;       /* of the launcher; NULL: none */
	bool closes;             /* KWin: ask all nearest windows to close, and
				  * raise none; RAISED: there are some */
	long long deadline;      /* of the way that is tried */
	const char *why;         /* why that way failed, for the user; NULL */
	bool mute;               /* there is a compositor, but no way tells
				  * which process has which window */
};

/* The outcome of a way: RAISED, HUNG; ASKED: the window did not come up;
 * NO_WINDOW: the way works here, but found none; FORBIDDEN: the compositor lets
 * no client do it; UNABLE: it would let the program; NO_DISPLAY: the way does
 * not work here. */

/* Try the ways in order, by the deadline; the caller has set instance, least, x
 * and token of a.  how, for the user: the way that succeeded, or each that was
 * tried, and why it failed. */
enum outcome ways_raise(struct attempt *a, long long deadline,
    struct text *how);

/* If ways_raise found no window: ask the program by its name on the bus; it may
 * do more than raise.  The result is added to how. */
enum outcome ways_activate(struct attempt *a, long long deadline,
    struct text *how);

/* Raise a window of the instance, none farther than least, by the ways that see
 * processes: RAISED, ASKED, NO_WINDOW, NO_DISPLAY. */
enum outcome ways_raise_seen(const struct instance *i, enum kin least,
    long long deadline);

/* By wlr-foreign-toplevel-management, which knows windows by name and title. */
enum outcome foreign_raise(struct attempt *a);

/* By a script in KWin, which knows windows by process. */
enum outcome kwin_raise(struct attempt *a);

/* Choose from the windows that the script has listed (JSON) the one to raise,
 * or those to close: into ids, of KWIN_IDS bytes.  false: bad list. */
enum { KWIN_IDS = 4096 };
bool kwin_choose(const struct attempt *a, const char *said, char *ids);

/* For a program without a window of its own: select its pane in a multiplexer
 * and raise the terminal that it runs in.  Our environment must be the
 * program's.  x may be NULL.  TERMINAL, ASKED, else NO_WINDOW, also if the pane
 * was selected but no client of the multiplexer shows it. */
enum outcome terminal_raise(struct x11 *x, const struct instance *i,
    long long deadline);

/* Parse tmux's list of its clients, lines "ACTIVITY PID"; a truncated one does
 * not count.  pids, latest activity first: their number, at most cap. */
size_t clients_parse(char *lines, pid_t *clients, size_t cap);

/* alarm.c: end this process if a server hangs. */

#define ALARM_SAYS "no display"

/* Prepare for alarm_set; says: print ALARM_SAYS when it strikes. */
void alarm_begin(bool says);

/* Exit as if without a display when ms and a second or two have passed.  Each
 * call restarts the count. */
void alarm_set(long long ms);

/* Connect to the X server in limit_ms; then alarm_set(all_ms).  NULL: none. */
struct x11 *alarm_x11(long long limit_ms, long long all_ms);

/* shown.c: whether an instance shows a window, on any display. */

enum shown_way {
	SHOWN_ANSWERS, /* ask the program whether it responds */
	SHOWN_ANY      /* that there is a window is enough */
};

/* Look until there is a window, or wait_ms have passed; limit_ms: for one look.
 * RAISED: it shows a window, or has a minimised one; HUNG: it has one, but does
 * not answer; NO_WINDOW: it has none; NO_DISPLAY or FORBIDDEN: unknown. */
enum outcome shown_await(const struct instance *i, enum shown_way way,
    int wait_ms, int limit_ms);

/* Wait for a change on x (may be NULL), at most until a moment; on a compositor
 * for a short time. */
void shown_pause(struct x11 *x, long long until);

/* sockets.c: the Unix sockets of this network namespace. */

struct unix_socket {
	uint32_t inode, peer; /* peer: of the other end; 0: none, not told */
	const char *name;     /* of an abstract one '@', and the name; "" */
};

typedef void socket_take(void *into, const struct unix_socket *s);

enum { SOCKET_CONNECTED = 1, SOCKET_LISTENS = 10 }; /* as of TCP */

/* Call take for each socket in this state, as sock_diag(7) tells, by the
 * deadline. false: the list is incomplete. */
bool sockets_list(int state, socket_take *take, void *into,
    long long deadline);

/* The same for those that listen, without peers, and by /proc/net/unix if need
 * be: then take may be called twice for one. */
bool sockets_listening(socket_take *take, void *into, long long deadline);

/* evidence.c: whether a second start of the program would hand over. */

/* Look for evidence of that, by the deadline (clock_now).  THERE: what it is, as
 * a phrase, is added to what. */
enum evidence evidence_look(const struct instance *i, struct text *what,
    long long deadline);

/* The processes whose names and sockets count: the instance itself, and, if that
 * is only a launcher, the program below it.  At most cap pids; their number.
 * *unread (may be NULL): one could not be looked at now. */
size_t evidence_owners(const struct instance *i, pid_t *pids, size_t cap,
    bool *unread);

/* second.c: start the program of an instance a second time. */

struct second_wish {
	const struct instance *instance;
	const char *program;
	bool known;   /* it has handed over before: no other evidence is needed */
	bool visible; /* nothing is started if it has no window */
	bool idle;    /* its window is not raised */
};

/* Start it with these documents (ends with NULL), if that hands over.  The exit
 * status of onlyone-raise: of enum second, EXIT_NOANSWER; or that of program, if
 * it has become the instance. */
int second_start(const struct second_wish *w, char *documents[]);

/*
 * window_page.c: the pages in which programs describe their windows (page.h).
 */

/* A page that was found; the program wrote it, so do not trust it. */
struct page {
	int fd; /* to be closed */
	pid_t pid;
	enum kin kin;
	struct window_page seen; /* a consistent copy; strings have a NUL */
};

enum { PAGES = 32 }; /* processes with windows, of one instance */

/* Find the page of the process nearest to the instance that has a window on
 * this compositor (pid; 0: any); of equally near ones the one whose last window
 * shows its document, else the window used last.  0; -1: none. */
int page_find(const struct instance *i, pid_t server, struct page *p);

/* Open the pages of all processes as near as least, on any compositor, with
 * windows or without: at most cap.  Their number. */
size_t page_list(const struct instance *i, enum kin least, struct page *all,
    size_t cap);

enum page_did {
	PAGE_UNASKED, /* the page cannot be used: nothing was asked */
	PAGE_ASKED,   /* it did not answer, or could not */
	PAGE_DID
};

/* Have the page's process do something with a token, by the deadline
 * (clock_now).  If it did not, *why is the reason (why may be NULL). */
enum page_did page_ask(struct page *p, enum window_request what, const char *token,
    long long deadline, const char **why);

/* Whether the program has answered a ping since the page was read, up to a
 * moment (clock_now).  mutter pings the program whose window it activates. */
bool page_answers(const struct page *p, long long until);

#endif
