/*
 * terminal.c: raise the terminal of a program that runs in one.
 *
 * From the program we go up to its parents: the first with a window is its
 * terminal.  If the server of a multiplexer comes first, we continue from each
 * of its clients, with the client's environment: it may be on another display,
 * or inside another multiplexer.  The program's environment is good only up to
 * that server: a terminal that does not set these variables passes on those
 * that it has inherited.
 *
 * In a pane the user may have changed (su): then the server belongs to another
 * user, who can make its clients run anything.  So servers and clients must be
 * wholly ours (ours.h), and from their environment we take only displays and
 * panes.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/fields.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/number.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/core/wire/carried.h"
#include "cli/windows/windows.h"

/*
 * Run other programs.  A multiplexer's client hangs if its server is stopped.
 */

enum { NOT_FOUND = 127 };

static void
tool_become(const void *arg, int out)
{
	char *const *argv = arg;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	signal(SIGPIPE, SIG_DFL);
	if (null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 &&
	    dup2(null, 2) == 2)
		execvp(argv[0], argv);
	_exit(NOT_FOUND);
}

/* Run a program from PATH by the deadline (clock_now); its output as text in
 * out, cut at cap.  Whether it exited with 0. */
static bool
tool_run(char *const argv[], char *out, size_t cap, long long deadline)
{
	int status = -1;

	return proc_run(tool_become, argv, out, cap, deadline, &status) &&
	    status == 0;
}

/*
 * GNU screen: STY is "server.name", where server is a pid; WINDOW is a number.
 *
 * A process may have inherited these variables from another multiplexer than
 * the one that it runs in: they are good only if the process descends from that
 * server, with no terminal in between.
 *
 * Screen does not tell which clients show a session.  The server writes what
 * its clients show, so it has their terminals open.  If screen is set-group-ID,
 * we cannot see that: then we take the client that started the server, if it
 * still runs.
 */

/* The pid of the screen server in our environment; 0: none. */
static pid_t
screen_server(void)
{
	const char *sty = getenv("STY");
	char digits[24];
	struct text t;
	pid_t pid;

	if (!sty)
		return 0;
	t = text_in(digits, sizeof(digits));
	text_mem(&t, sty, strcspn(sty, "."));
	return number_pid(digits, &pid) < 0 ? 0 : pid;
}

static bool
is_attached(pid_t pid, const struct proc *server)
{
	struct proc p;
	char tty[64] = "/dev/", name[64];
	int shows;

	if (pid == server->pid ||
	    strcmp(proc_comm(pid, name, sizeof(name)), "screen") != 0 ||
	    look_proc(pid, &p) < 0 || !p.tty)
		return false;
	proc_tty(p.tty, tty + 5, sizeof(tty) - 5);
	shows = look_opens(server->pid, tty, NULL);
	return shows < 0 ? pid == server->parent : shows;
}

/* Have screen show the window of our environment, by the deadline (clock_now).
 * The clients that show it, in any order: their number, at most cap. */
static size_t
screen_select(pid_t *clients, size_t cap, long long deadline)
{
	char *sty = getenv("STY"), *window = getenv("WINDOW"), said[256];
	struct proc server;
	struct procs all;
	size_t n = 0;
	pid_t pid;

	if (!sty || !window)
		return 0;
	char *argv[] = { "screen", "-S", sty, "-X", "select", window, NULL };
	if (!tool_run(argv, said, sizeof(said), deadline) ||
	    proc_read(screen_server(), &server) < 0 || procs_begin(&all) < 0)
		return 0;
	while (n < cap && procs_next(&all, &pid)) {
		if (is_attached(pid, &server))
			clients[n++] = pid;
	}
	procs_end(&all);
	return n;
}

/*
 * tmux: TMUX is "socket,server,session", where server is a pid; TMUX_PANE is
 * "%3".  They may be inherited from another server, as with screen.
 *
 * A server can make its client run anything, so the socket must be ours; tmux
 * gets the very socket that we have checked, as a descriptor.
 */

/* Copy $TMUX to tmux and split it: the socket's path, which may have commas,
 * and *server.  NULL: not set, or malformed. */
static char *
tmux_socket(char *tmux, size_t cap, pid_t *server)
{
	const char *value = getenv("TMUX");
	char *comma;

	*server = 0;
	if (!value || strlen(value) >= cap)
		return NULL;
	strcpy(tmux, value);
	if ((comma = strrchr(tmux, ',')))
		*comma = '\0';
	if (!comma || !(comma = strrchr(tmux, ',')) ||
	    number_pid(comma + 1, server) < 0)
		return NULL;
	*comma = '\0';
	return tmux;
}

/* The pid of the tmux server in our environment; 0: none. */
static pid_t
tmux_server(void)
{
	char tmux[4096];
	pid_t server;

	return tmux_socket(tmux, sizeof(tmux), &server) ? server : 0;
}

size_t
clients_parse(char *lines, pid_t *clients, size_t cap)
{
	long long when, times[64];
	char *line, *pid, *end;
	size_t n = 0, k;
	pid_t client;

	if (cap > 64)
		cap = 64;
	for (; n < cap && (end = strchr(lines, '\n')); lines = end + 1) {
		line = lines;
		*end = '\0';
		pid = strchr(line, ' ');
		if (!pid)
			continue;
		*pid++ = '\0';
		if (number_parse(line, &when) < 0 ||
		    number_pid(pid, &client) < 0)
			continue;
		for (k = n++; k && times[k - 1] < when; k--) {
			times[k] = times[k - 1];
			clients[k] = clients[k - 1];
		}
		times[k] = when;
		clients[k] = client;
	}
	return n;
}

/* $TMUX_PANE; NULL if it is no "%NUMBER": tmux might read commands in it. */
static char *
tmux_pane(void)
{
	char *pane = getenv("TMUX_PANE");
	long long n;

	return pane && *pane == '%' && number_parse(pane + 1, &n) == 0 ?
	    pane : NULL;
}

/* Open the socket, if it is ours, as a descriptor that tmux inherits.  -1. */
static int
socket_open(const char *path)
{
	struct stat st;
	int fd = open(path, O_PATH);

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISSOCK(st.st_mode) ||
	    st.st_uid != geteuid()))
		io_close(&fd);
	return fd;
}

/* Have tmux show the pane of our environment, by the deadline (clock_now).  The
 * clients that show it, the one used last first: their number, at most cap. */
static size_t
tmux_select(pid_t *clients, size_t cap, long long deadline)
{
	char tmux[4096], lines[8192], name[32], *socket;
	char *pane = tmux_pane();
	pid_t server;
	bool done;
	int fd;

	socket = tmux_socket(tmux, sizeof(tmux), &server);
	if (!socket || !pane || (fd = socket_open(socket)) < 0)
		return 0;
	text_join(name, sizeof(name), "/proc/self/fd/", TEXT_NUM(fd), NULL);
	char *argv[] = { "tmux", "-S", name, "select-window", "-t", pane,
		";", "select-pane", "-t", pane, ";", "list-clients", "-t",
		pane, "-F", "#{client_activity} #{client_pid}", NULL };
	done = tool_run(argv, lines, sizeof(lines), deadline);
	io_close(&fd);
	return done ? clients_parse(lines, clients, cap) : 0;
}

/* Limits: nested multiplexers; levels of parents; clients of a server. */
enum { DEPTH = 4, HEIGHT = 64, CLIENTS = 16 };

static enum outcome parents_raise(struct x11 *x, pid_t pid, int depth,
    long long deadline);

/* Variables that we take besides displays: the first WITHIN name the pane or
 * terminal of a process, the others the folders of the servers' sockets. */
enum { WITHIN = 5, PANE_NAMES = 7 };
static const char *const pane_names[PANE_NAMES] = {
	"TMUX", "TMUX_PANE", "STY", "WINDOW", "WINDOWID",
	"SCREENDIR", "XDG_RUNTIME_DIR",
};

/* Set one of our variables from the environment b. */
static void
variable_set(const struct buf *b, const char *name)
{
	const struct fields all = { b->at, b->len };
	const char *value = fields_get(&all, name);

	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

/* Set our variables for displays and panes from the environment of process pid,
 * if it is ours.  0 or -1. */
static int
environment_take(pid_t pid)
{
	struct buf b = { 0 };
	int r = -1;

	if (ours_process(pid) && look_environ(pid, &b) == 0 && b.len &&
	    buf_add(&b, "", 1) == 0) {
		for (size_t k = 0; k < CARRIED_DISPLAYS; k++)
			variable_set(&b, carried_displays[k]);
		for (size_t k = 0; k < PANE_NAMES; k++)
			variable_set(&b, pane_names[k]);
		r = 0;
	}
	buf_free(&b);
	return r;
}

/* Take a client's environment; if we may not read it, that of its parent, a
 * shell, which is the same. */
static void
environment_of(pid_t client)
{
	struct proc p;

	if (environment_take(client) == 0)
		return;
	if (proc_read(client, &p) == 0 && environment_take(p.parent) == 0)
		return;
	for (size_t k = 0; k < WITHIN; k++)
		unsetenv(pane_names[k]);
}

/* Raise the terminal of a multiplexer's client, in a child of ours that takes
 * the client's environment. */
static enum outcome
client_raise(pid_t client, int depth, long long deadline)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		environment_of(client);
		_exit(parents_raise(x11_open(), client, depth, deadline));
	}
	return child > 0 && proc_await(child, deadline, &status) &&
	    WIFEXITED(status) && WEXITSTATUS(status) < OUTCOMES ?
	    (enum outcome)WEXITSTATUS(status) : OUTCOME_NO_WINDOW;
}

/* Raise the terminal of the first client of a multiplexer that has a window. */
static enum outcome
clients_raise(bool tmux, int depth, long long deadline)
{
	enum outcome o = OUTCOME_NO_WINDOW;
	pid_t clients[CLIENTS];
	size_t n;

	if (depth == DEPTH)
		return o;
	n = tmux ? tmux_select(clients, CLIENTS, deadline) :
	    screen_select(clients, CLIENTS, deadline);
	for (size_t k = 0; k < n && o == OUTCOME_NO_WINDOW; k++)
		o = client_raise(clients[k], depth + 1, deadline);
	return o;
}

/* $WINDOWID; 0: none. */
static unsigned long
window_id(void)
{
	const char *id = getenv("WINDOWID");
	long long n;

	return id && number_parse(id, &n) == 0 && n > 0 ? (unsigned long)n : 0;
}

/* Raise the window of process pid, if it has one. */
static enum outcome
process_raise(struct x11 *x, pid_t pid, long long deadline)
{
	const struct instance i = { .pids = &pid, .npids = 1 };
	enum outcome o = ways_raise_seen(&i, KIN_ITSELF, deadline);

	if (x && (o == OUTCOME_NO_WINDOW || o == OUTCOME_NO_DISPLAY))
		o = x11_raise_process(x, pid, window_id(), deadline);
	return o == OUTCOME_NO_DISPLAY ? OUTCOME_NO_WINDOW : o;
}

static enum outcome
parents_raise(struct x11 *x, pid_t pid, int depth, long long deadline)
{
	pid_t tmux = tmux_server(), screen = screen_server();
	enum outcome o = OUTCOME_NO_WINDOW;
	struct proc p, program;
	bool known = look_proc(pid, &program) == 0;

	for (int k = 0; k < HEIGHT && o == OUTCOME_NO_WINDOW; k++) {
		if (proc_read(pid, &p) < 0 || p.parent <= 1)
			break;
		pid = p.parent;
		if ((pid == tmux || pid == screen) && ours_process(pid))
			return clients_raise(pid == tmux, depth, deadline);
		o = process_raise(x, pid, deadline);
	}
	/* No parent has a window that we found: a shell in between may have
	 * exited, or the server does not know the windows' processes.  If the
	 * terminal has exited, a later process may have its window's number. */
	if (o == OUTCOME_NO_WINDOW && x && window_id() && !(known &&
	    look_proc(x11_pid(x, (xcb_window_t)window_id()), &p) == 0 &&
	    p.start > program.start))
		o = x11_raise_window(x, window_id(), deadline);
	return o;
}

enum outcome
terminal_raise(struct x11 *x, const struct instance *i, long long deadline)
{
	enum outcome o = OUTCOME_NO_WINDOW;
	struct proc p;

	for (size_t k = 0; k < i->npids && o == OUTCOME_NO_WINDOW; k++) {
		if (look_proc(i->pids[k], &p) == 0 && p.tty)
			o = parents_raise(x, p.pid, 0, deadline);
	}
	if (o == OUTCOME_RAISED || o == OUTCOME_HUNG)
		return OUTCOME_TERMINAL;
	return o == OUTCOME_ASKED ? OUTCOME_ASKED : OUTCOME_NO_WINDOW;
}
