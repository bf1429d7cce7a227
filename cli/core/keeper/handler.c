/*
 * handler.c: what receives an activation: --on-activate=CMD; it may go on as
 * the next instance.
 *
 * One handler at a time; only a handler that starts the program itself again
 * may stay, and delays the next one for just a moment.  A handler runs in the
 * caller's directory, on the caller's streams, with the instance's environment,
 * in a process group of its own.  When its caller goes away, the group gets
 * SIGHUP; if the handler ignores that, we stop waiting for it after some
 * seconds.  SIGCHLD tells us of its end: that takes no descriptor, so a lack of
 * them cannot hide it.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/base/say.h"
#include "cli/core/keeper/child.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/close_windows.h"
#include "cli/core/keeper/handler.h"
#include "cli/core/keeper/heal.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

/*
 * The child that takes descriptors out of a client's socket.
 *
 * The child does all that may block before it reports that it is ready: it
 * receives the descriptors, enters the folder, puts the streams in their
 * places, and closes what it does not need.  So execve(2) has nothing left to
 * close: a process that blocks inside execve(2) also blocks the processes that
 * look at it.
 */

enum {
	FDS = 4,        /* cwd, standard input, output, error */
	ANSWER = 4096,  /* the longest answer to NEED */
	MANY = 253,     /* descriptors with one message (SCM_MAX_FD) */
	SAID = PATH_MAX /* what a child reports, with its status in front */
};

#define NONE_LEFT "the streams of this launch did not arrive; its keeper has" \
	" no descriptors left"

/* Send the child's only report: 0 and the folder of its launch, or an exit code
 * and the reason; -1: the launch has gone. */
static void
child_say(int word, int code, const char *text)
{
	char said[SAID];
	size_t n = strnlen(text, SAID - 2) + 1;

	said[0] = (char)code;
	memcpy(said + 1, text, n);
	said[n] = '\0';
	send(word, said, n + 1, MSG_NOSIGNAL);
}

static _Noreturn void
child_fail(int word, int code, const char *why)
{
	child_say(word, code, why);
	_exit(EXIT_SYSTEM);
}

/* Receive at most n bytes, and at most fds descriptors into fd, in order (then
 * -1).  The length, or -1; *all: no descriptor was cut off. */
static ssize_t
message_take(int from, char *bytes, size_t n, int *fd, size_t fds, bool *all)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(MANY * sizeof(int))];
	struct iovec iov = { bytes, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(fds * sizeof(int)) };
	struct cmsghdr *c;
	ssize_t got;

	for (size_t i = 0; i < fds; i++)
		fd[i] = -1;
	got = recvmsg(from, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (got < 0)
		return -1;
	*all = !(msg.msg_flags & MSG_CTRUNC);
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	return got;
}

/*
 * Receive the streams of a launch, in one message: all of them or none.  In
 * this order: cwd, which is returned, then those of 0 to 2 that `open` names;
 * the others of 0 to 2 are closed.
 */
static int
streams_take(int from, int word)
{
	char bytes[ANSWER];
	const char *open;
	int got[FDS], n = 1;
	struct frame f;
	bool all;
	ssize_t len = message_take(from, bytes, sizeof(bytes), got, FDS, &all);

	if (len <= 0)
		child_fail(word, -1, "");
	if (frame_parse(bytes, (size_t)len, &f) != FRAME_WHOLE ||
	    f.type != FRAME_STREAMS)
		child_fail(word, EXIT_NOANSWER, "not an answer to what its"
		    " keeper asked");
	open = fields_get(&f.body, "open");
	for (int i = 0; i < 3; i++) {
		char name[2] = { (char)('0' + i), '\0' };

		/* 0 to 2 are open on /dev/null, so all that was received has
		 * higher numbers: dup2 overwrites none of it, and needs no
		 * other descriptor. */
		if (!open || !strstr(open, name))
			close(i);
		else if (n == FDS || dup2(got[n++], i) < 0)
			all = false;
	}
	if (!all || got[0] < 0)
		child_fail(word, EXIT_SYSTEM, NONE_LEFT);
	return got[0];
}

/* The handler's environment: the keeper's (the instance's), what we accept of
 * the caller's, and the variables that name the instance. */
static char **
environment_make(struct keeper *k, struct client *cl)
{
	const char *e = NULL;
	char folder[PATH_MAX];
	struct buf out = { 0 };
	char *copy;

	while ((e = fields_next(&cl->caller.request.body, "env", e))) {
		if (client_env(cl, e) && (copy = strdup(e)))
			putenv(copy);
	}
	if (root_folder(k->c->root, k->c->slot->name, folder) < 0)
		return NULL;
	return instance_environ(&out, environ, folder, &k->c->info, NULL, 0,
	    k->c->info.owner.pid, -1);
}

static char **
arguments_make(struct keeper *k, struct client *cl)
{
	const struct fields *body = &cl->caller.request.body;
	char **argv = calloc(fields_count(body, "arg") + 5, sizeof(*argv));
	const char *arg = NULL;

	if (!argv)
		return NULL;
	argv[0] = (char *)"sh";
	argv[1] = (char *)"-c";
	argv[2] = (char *)k->c->info.terms.on_activate;
	argv[3] = (char *)"onlyone";
	for (size_t i = 4; (arg = fields_next(body, "arg", arg)); i++)
		argv[i] = (char *)arg;
	return argv;
}

/* The child that takes the streams and becomes the handler. */
static _Noreturn void
streams_run(struct keeper *k, struct client *cl, int word)
{
	char folder[PATH_MAX], go, **argv, **env;
	int cwd = streams_take(cl->fd, word);
	struct fault f;

	point("streams-taken");
	f.code = 0;
	if (fchdir(cwd) < 0)
		fault_errno(&f, EXIT_SYSTEM, errno, "the handler cannot enter"
		    " the folder of this launch", NULL);
	proc_fd(cwd, folder, sizeof(folder));
	argv = arguments_make(k, cl);
	env = environment_make(k, cl);
	if (!argv || !env)
		child_fail(word, EXIT_SYSTEM, "cannot start the handler");
	fds_keep(3, &word, 1);
	child_say(word, 0, folder);
	if (IO_RETRY(recv(word, &go, 1, 0)) != 1)
		_exit(0);
	if (!f.code) {
		execve("/bin/sh", argv, env);
		fault_errno(&f, EXIT_CANTEXEC, errno, "cannot run the handler",
		    NULL);
	}
	say_fault(&f);
	_exit(f.code);
}

/* The child that takes unrequested descriptors: its end closes them. */
static _Noreturn void
sift_run(struct client *cl, int word, size_t n)
{
	char bytes[ANSWER];
	int fd[MANY];
	ssize_t got;
	bool all;

	while (n) {
		got = message_take(cl->fd, bytes,
		    n < sizeof(bytes) ? n : sizeof(bytes), fd, MANY, &all);
		if (got <= 0)
			_exit(EXIT_SYSTEM);
		n -= (size_t)got;
	}
	child_say(word, 0, "");
	_exit(0);
}

/* Fork a child that keeps only the client's connection and one end of a socket
 * pair. sift: bytes to take and discard; 0: take the streams. 0 or -1. */
static int
taker_fork(struct keeper *k, struct client *cl, size_t sift)
{
	int pair[2], kept[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	pid = child_fork(k);
	if (pid == 0) {
		setproctitle("-onlyone taking streams of %d", (int)cl->pid);
		kept[0] = cl->fd;
		kept[1] = pair[1];
		fds_keep(3, kept, 2);
		if (sift)
			sift_run(cl, pair[1], sift);
		streams_run(k, cl, pair[1]);
	}
	io_close(&pair[1]);
	if (pid < 0) {
		io_close(&pair[0]);
		return -1;
	}
	cl->taker = (struct taker){ pid, pair[0], k->c->info.owner.pid };
	return 0;
}

bool
taker_streams(struct keeper *k, struct client *cl)
{
	if (taker_fork(k, cl, 0) == 0)
		client_stage(k, cl, TAKING);
	else if (errno != EMFILE && errno != ENFILE)
		reply_refuse(k, cl, EXIT_SYSTEM, "cannot start the handler");
	else if (client_first(k, TAKING) || client_first(k, READY))
		return false;
	else
		reply_refuse(k, cl, EXIT_SYSTEM, NONE_LEFT);
	return true;
}

void
taker_sift(struct keeper *k, struct client *cl, size_t n)
{
	if (taker_fork(k, cl, n) < 0)
		client_drop(k, cl);
	else
		client_stage(k, cl, SIFTED);
}

bool
taker_heard(struct keeper *k, struct client *cl)
{
	signed char said[SAID];
	ssize_t n = recv(cl->taker.fd, said, sizeof(said), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 2 || cl->stage == READY) {
		reply_last(k, cl, FRAME_AGAIN); /* killed before it began */
	} else if (cl->stage == SIFTED) {
		client_stage(k, cl, READING);
		return true;
	} else if (said[0] < 0) {
		client_drop(k, cl);
	} else if (said[0]) {
		reply_refuse(k, cl, said[0], (char *)said + 1);
	} else {
		client_stage(k, cl, READY);
		cl->caller.cwd = strdup((char *)said + 1);
	}
	return false;
}

void
taker_late(struct keeper *k, struct client *cl)
{
	reply_refuse(k, cl, EXIT_NOANSWER, "its folder, or one of its streams,"
	    " is a file that does not answer (a network file system that is"
	    " away?); no handler was started");
}

/* Tell the child to become the handler.  Its pid, which is the caller's then;
 * -1: it has ended. */
static pid_t
taker_go(struct client *cl)
{
	pid_t pid = cl->taker.pid;

	if (send(cl->taker.fd, "", 1, MSG_NOSIGNAL) != 1)
		pid = -1;
	else
		cl->taker.pid = 0;
	client_untake(cl);
	return pid;
}

/*
 * A handler that goes on as the instance.
 *
 * A user closes a program and opens a document at once: a handler starts the
 * program again to hand the document over, but the old one ends meanwhile. The
 * new process finds no instance, and stays.  It is the next instance, with a
 * pid of its own; otherwise it would run without a slot.  Which process is it?
 * If our handler executes the program itself (terms.self): the handler.  With a
 * handler of the user's: the process that runs the instance's file.
 */

/* Whether process pid runs the instance's file: 1, 0; -1: it cannot be looked
 * at. */
static int
runs_file(const struct handler *h, pid_t pid)
{
	struct stat st;

	if (look_stat(pid, "exe", &st) < 0)
		return errno == ETIMEDOUT ? -1 : 0;
	return st.st_dev == h->dev && st.st_ino == h->ino;
}

/* Whether process pid is the program, started by this handler: 1, 0, -1. */
static int
is_program(const struct keeper *k, const struct handler *h, pid_t pid)
{
	if (k->c->info.terms.self)
		return pid == h->pid;
	return h->ino && proc_descends(pid, h->pid) ? runs_file(h, pid) : 0;
}

/* The first process below a handler that is the program, in the order of /proc;
 * 0: none, -1: not all could be looked at. */
static pid_t
program_find(const struct keeper *k, const struct handler *h)
{
	pid_t pid, found = 0;
	bool lack = false;
	struct procs s;
	int is;

	if (is_program(k, h, h->pid) == 1)
		return h->pid;
	if (!h->ino)
		return 0;
	if (procs_begin(&s) < 0)
		return errno == ENOENT ? 0 : -1;
	while (!found && procs_next(&s, &pid)) {
		is = is_program(k, h, pid);
		if (is == 1)
			found = pid;
		lack |= is < 0;
	}
	if (!found && (s.error || lack))
		found = -1;
	procs_end(&s);
	return found;
}

/* The handler of an earlier keeper, if the record names one that lives. */
static pid_t
recorded_find(struct keeper *k, struct handler **who, int *pidfd)
{
	const struct owner *next = &k->c->info.next;

	*who = NULL;
	switch (owner_open(next, pidfd)) {
	case OWNER_ALIVE:
		if (ours(next->pid))
			return next->pid;
		io_close(pidfd);
		return 0;
	case OWNER_UNKNOWN:
		return -1;
	default:
		return 0;
	}
}

pid_t
handler_find_instance(struct keeper *k, struct handler **who, int *pidfd)
{
	pid_t pid;

	*pidfd = -1;
	for (struct handler *h = k->handlers; h; h = h->next) {
		pid = h->give_up || h->instance ? 0 : program_find(k, h);
		if (pid < 0)
			return pid;
		*pidfd = pid ? owner_pidfd(pid) : -1;
		if (*pidfd >= 0 && !owner_ended(*pidfd) &&
		    is_program(k, h, pid) == 1 && ours(pid)) {
			point("successor");
			*who = h;
			return pid;
		}
		io_close(pidfd);
	}
	return recorded_find(k, who, pidfd);
}

/* Record, for the next keeper, the oldest handler that may become the instance.
 * pid: a process that is about to be a handler; 0: none is. */
static void
takeover_note(struct keeper *k, pid_t pid)
{
	struct owner next, *known = &k->c->info.next;
	const struct handler *h = k->handlers;
	enum owner_state state;
	int pidfd;

	while (h && (h->give_up || h->instance))
		h = h->next;
	pid = h ? h->pid : pid;
	if (!k->c->info.terms.self || !pid || pid == known->pid)
		return;
	/* Keep the recorded handler if it lives, or may: it is older. */
	state = owner_open(known, &pidfd);
	io_close(&pidfd);
	if (state == OWNER_ALIVE || state == OWNER_UNKNOWN)
		return;
	pidfd = owner_pidfd(pid);
	if (pidfd >= 0 && owner_record(&next, pid, pidfd,
	    k->c->root->lasting) == 0) {
		*known = next;
		heal_record(k);
	}
	io_close(&pidfd);
}

/* Process pid is not to become the instance: its launch has gone. */
static void
takeover_forget(struct keeper *k, pid_t pid)
{
	struct owner *known = &k->c->info.next;

	if (pid != known->pid)
		return;
	memset(known, 0, sizeof(*known));
	heal_record(k);
}

void
handler_became(struct keeper *k, struct handler *h)
{
	memset(&k->c->info.next, 0, sizeof(k->c->info.next));
	if (h)
		h->instance = clock_now();
}

enum { GIVE_UP_MS = 5000, PASS_MS = 1000 };

/* Note which file the instance runs: a handler that runs it too may become the
 * instance.  Skip an interpreter: many programs run the same one. */
static void
file_note(const struct keeper *k, struct handler *h)
{
	char exe[PATH_MAX];
	struct stat st;

	look_begin();
	look_exe(k->c->info.owner.pid, exe, sizeof(exe));
	if (!interp_find(exe) &&
	    look_stat(k->c->info.owner.pid, "exe", &st) == 0) {
		h->dev = st.st_dev;
		h->ino = st.st_ino;
	}
	look_end();
}

int
handler_start(struct keeper *k, struct client *cl)
{
	struct handler *h = calloc(1, sizeof(*h)), **at = &k->handlers;
	pid_t pid;

	/* Before the handler begins: the keeper may be killed right after. */
	takeover_note(k, cl->taker.pid);
	pid = h ? taker_go(cl) : -1;
	if (pid < 0) {
		free(h);
		return -1;
	}
	point("handler-started");
	history_note(&k->log, pid, "its handler begins", NULL, -1);
	h->pid = pid;
	h->caller = cl;
	h->began = clock_now();
	file_note(k, h);
	while (*at)
		at = &(*at)->next;
	*at = h;
	k->serving.handler = h;
	k->serving.began = h->began;
	k->serving.pass = k->c->info.terms.self ? h->began + PASS_MS : 0;
	client_stage(k, cl, SERVED);
	return 0;
}

bool
handler_busy(const struct keeper *k)
{
	return k->serving.handler || k->serving.listener;
}

void
handler_pass(struct keeper *k)
{
	k->serving.handler = NULL;
	k->serving.pass = 0;
}

/* Forget a handler that has ended, or that we do not wait for any more. */
static void
handler_remove(struct keeper *k, struct handler *h)
{
	struct handler **at = &k->handlers;

	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	if (k->serving.handler == h)
		handler_pass(k);
	free(h);
}

void
handler_expire(struct keeper *k)
{
	struct handler *h = k->handlers, *next;
	long long now = clock_now();

	if (k->serving.pass && k->serving.pass <= now)
		handler_pass(k);
	for (; h; h = next) {
		next = h->next;
		if (h->give_up && h->give_up <= now)
			handler_remove(k, h);
	}
}

long long
handler_due(const struct keeper *k)
{
	long long due = k->serving.pass;

	for (const struct handler *h = k->handlers; h; h = h->next)
		clock_earlier(&due, h->give_up);
	return due;
}

/* Whether the launch can start over without loss: no handler took the
 * arguments, and the instance that was to have them is over. */
static bool
untaken(const struct keeper *k, const struct client *cl, int status)
{
	return status == EXIT_NOANSWER &&
	    (k->state != OWNED || cl->caller.since != k->c->info.since);
}

/* Whether a process that a handler started ran the program's file only to send
 * the instance something, as with --remote.  The instance had ended, so we took
 * this process for the next one; but it never had a window. */
static bool
is_brief(const struct handler *h, int status)
{
	return !status && h->caller->caller.shows && !h->seen &&
	    clock_now() - h->instance < WINDOW_MS;
}

void
handler_reap(struct keeper *k)
{
	struct client *caller;
	struct handler *h;
	bool had_window;
	int status;
	pid_t pid;

	while ((pid = (pid_t)IO_RETRY(waitpid(-1, &status, WNOHANG))) > 0) {
		if (raise_reap(k, pid, status) ||
		    closing_reap(k, pid, status) || window_reap(k, pid, status))
			continue;
		for (h = k->handlers; h && h->pid != pid;)
			h = h->next;
		if (!h)
			continue; /* we do not wait for it any more */
		caller = h->caller;
		status = proc_status(status);
		had_window = caller && h->instance && !is_brief(h, status);
		handler_remove(k, h);
		takeover_note(k, 0);
		history_note(&k->log, pid, "its handler has ended", NULL,
		    status);
		if (caller && untaken(k, caller, status))
			reply_last(k, caller, FRAME_AGAIN);
		else if (had_window)
			raise_answer(k, caller, status, true);
		else if (caller)
			window_answer(k, caller, status, true);
	}
}

void
handler_orphan(struct keeper *k, const struct client *cl)
{
	struct handler *h = k->handlers;

	if (k->serving.caller == cl) { /* its listener's answer is not needed */
		k->serving.caller = NULL;
		k->serving.listener = NULL;
		return;
	}
	while (h && h->caller != cl)
		h = h->next;
	if (!h)
		return; /* it has been answered */
	h->caller = NULL;
	if (h->instance)
		return;
	h->give_up = clock_now() + GIVE_UP_MS;
	takeover_forget(k, h->pid);
	kill(-h->pid, SIGHUP);
}
