/*
 * attendant.c: the child that serves one client: it asks for the streams, and
 * becomes the handler: CMD of --on-activate, or the lines of the program's row.
 *
 * The attendant does everything that may block before it reports that it is
 * ready: it receives the descriptors, enters the folder, puts the streams in
 * place, and closes what it does not need.  So execve(2) has nothing left to
 * close: a process blocked in execve(2) also blocks the processes that look at
 * it.
 */
#include <sys/socket.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/handover/way.h"
#include "cli/core/keeper/asks.h"
#include "cli/core/keeper/attendant.h"
#include "cli/core/keeper/child.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/second.h"
#include "cli/core/keeper/state.h"
#include "cli/core/key/identity.h"
#include "cli/core/slot/instance.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

enum {
	FDS = 4,        /* cwd, standard input, output, error */
	ANSWER = 4096,  /* the longest answer to NEED */
	SAID = PATH_MAX /* an attendant's report, status first */
};

/* Precedes the folder in a report of 0. */
enum { SAID_READY = '-', SAID_WAITS = 'w', SAID_TRIES = 't', SAID_BARE = 'b' };

/* Statuses of a report that are not exit codes: the launch has gone; the
 * program takes no such arguments, and the reason follows. */
enum { SAID_GONE = -1, SAID_UNTAKEN = -2 };

#define NONE_LEFT "the streams of this launch did not arrive; its keeper has" \
	" no descriptors left"

/*
 * In the attendant.
 *
 * word: its end of the socket pair.
 */

/* Send the only report: 0 and the folder of its launch, or an exit code and the
 * reason. */
static void
report_say(int word, int code, const char *text)
{
	char said[SAID];
	size_t n = strnlen(text, SAID - 2) + 1;

	said[0] = (char)code;
	memcpy(said + 1, text, n);
	said[n] = '\0';
	send(word, said, n + 1, MSG_NOSIGNAL);
}

static _Noreturn void
report_fail(int word, int code, const char *why)
{
	report_say(word, code, why);
	_exit(0); /* the report tells what failed */
}

/* Wait until the client answers.  It may take its time if it is working, or
 * waits for a CPU.  When the keeper has exited, stop waiting: the client goes to
 * the next one. */
static void
answer_await(const struct client *cl, int word)
{
	struct pollfd p[2] = { { cl->fd, POLLIN, 0 }, { word, POLLIN, 0 } };

	while (io_poll(p, 2, SEND_MS) == IO_LATE && proc_works(cl->pid))
		;
}

/* Receive at most ANSWER bytes, and at most FDS descriptors into fd, in order
 * (the rest -1: the kernel drops the last ones).  The length, or -1. */
static ssize_t
message_take(int from, char *bytes, int *fd)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(FDS * sizeof(int))];
	struct iovec iov = { bytes, ANSWER };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	ssize_t got;

	for (int i = 0; i < FDS; i++)
		fd[i] = -1;
	got = recvmsg(from, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (got < 0)
		return -1;
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
	bool all = true;
	ssize_t len = message_take(from, bytes, got);

	if (len <= 0)
		report_fail(word, SAID_GONE, "");
	if (frame_parse(bytes, (size_t)len, &f) != FRAME_WHOLE ||
	    f.type != FRAME_STREAMS)
		report_fail(word, EXIT_NOANSWER, "not an answer to what its"
		    " keeper asked");
	open = fields_get(&f.body, "open");
	for (int i = 0; i < 3; i++) {
		char name[2] = { (char)('0' + i), '\0' };

		/* 0 to 2 are open on /dev/null, so all received descriptors are
		 * higher: dup2 overwrites none, and needs no other
		 * descriptor. */
		if (!open || !strstr(open, name))
			close(i);
		else if (dup2(got[n++], i) < 0)
			all = false;
	}
	if (!all || got[0] < 0)
		report_fail(word, EXIT_SYSTEM, NONE_LEFT);
	return got[0];
}

/* An activation's handler.  More than a dozen members: the handler, its
 * arguments, and the reasons. */
struct served {
	const struct terms *terms;
	const char *line;    /* NULL: no handler, perhaps a listener */
	const char *values, *options, *waits;
	struct way way;      /* the instance was started without one */
	struct handed handed;
	bool open;           /* the instance already has its documents open */
	bool tries;          /* the line is that for programs without a row */
	bool unseen;         /* no window of the instance has been seen */
	bool again;          /* and is to get it again (struct caller) */
	bool idle;           /* no window is to be raised */
	const char *refused; /* why it is not run; NULL */
	char words[SAID];
};

/* Find the program of the instance, by its recorded command.  0 or -1. */
static int
program_find(struct identity *id, const struct info *i, struct fault *f)
{
	enum { WORDS = 64 };
	const char *words[WORDS + 1], *word = NULL;
	size_t n = 0;

	while (n < WORDS && (word = fields_next(&i->all, "arg", word)))
		words[n++] = word;
	words[n] = NULL;
	if (!n)
		return fault_set(f, EXIT_NOANSWER, "its command is not"
		    " recorded", NULL);
	/* Only a relative path needs the folder. */
	if (i->cwd && chdir(i->cwd) < 0 && *words[0] != '/' &&
	    strchr(words[0], '/'))
		return fault_errno(f, EXIT_SYSTEM, errno, "its folder ",
		    i->cwd, NULL);
	return identity_find(id, (char *const *)(const void *)words, NULL, f);
}

/* Find the row of an instance that was started without a handler: the row of
 * its program; tries: or the one for programs without a row.  0 or -1. */
static int
late_find(struct served *s, const struct info *i, bool tries, struct fault *f)
{
	struct identity id;

	if (program_find(&id, i, f) < 0)
		return -1;
	tries &= !id.whole && !interp_find(identity_program(&id));
	if (!way_find(&s->way, tries ? WAY_TRY : WAY_AUTO,
	    identity_program(&id)))
		return fault_set(f, EXIT_NOANSWER, s->way.why, NULL);
	s->tries = !s->way.row.row.programs;
	s->line = s->way.line.at;
	s->values = s->way.row.row.values;
	s->options = s->way.row.row.options;
	s->waits = s->way.row.row.waits;
	return 0;
}

static void
served_refuse(struct served *s, const char *a, const char *b, const char *c)
{
	struct text t = text_in(s->words, sizeof(s->words));

	text_all(&t, a, b, c, NULL);
	text_dots(&t);
	s->refused = s->words;
}

/* Choose the arguments that the handler gets. */
static void
served_sort(struct served *s, struct client *cl)
{
	const struct fields *body = &cl->caller.request.body;
	size_t n = fields_count(body, "arg");
	char **args = calloc(n + 1, sizeof(*args));
	struct valued valued = { .patterns = s->values };
	const char *arg = NULL, *list = NULL;
	struct handed *h = &s->handed;
	struct fault f;

	for (size_t i = 0; args && (arg = fields_next(body, "arg", arg)); i++)
		args[i] = (char *)arg;
	while ((list = fields_next(body, "valued", list)))
		valued_add(&valued, list, &f); /* the launch has checked it */
	if (!args || handed_sort(h, &valued, s->options, s->waits, args,
	    fields_num(body, "until", 0) == 1) < 0)
		s->refused = "cannot start the handler";
	else if (h->streams)
		s->refused = "standard input cannot be handed over; use a"
		    " file";
	else if (*h->left && fields_num(body, "must", 0) == 1)
		served_refuse(s, "cannot hand over ", h->left,
		    "; so nothing was handed over (--must-deliver)");
	s->open = n && n <= asks_own(body) && !h->options && !h->waits &&
	    !s->again;
	free(args);
}

/* Find the handler for this client. */
static void
served_find(struct served *s, struct keeper *k, struct client *cl)
{
	const struct terms *t = &k->c->info.terms;
	struct fault f;

	memset(s, 0, sizeof(*s));
	s->terms = t;
	s->line = t->on_activate;
	s->values = t->values;
	s->options = t->options;
	s->waits = t->waits;
	s->again = cl->caller.own_document;
	s->unseen = !k->graphical.seen;
	s->idle = !raise_wanted(k, cl);
	if (!s->line && handler_has(k, cl) &&
	    late_find(s, &k->c->info, asks_second(cl), &f) < 0)
		served_refuse(s, "has no handler: ", f.line, "");
	else
		served_sort(s, cl);
}

/* A program without a row gets documents only.  In the launch's folder: if we
 * do not try, set why. */
static void
try_refused(struct served *s, const struct info *i)
{
	size_t words = s->handed.n;
	const char *odd;

	if (!s->tries || s->refused)
		return;
	second_words(i, s->handed.args, &s->handed.n);
	s->open |= words && !s->handed.n;
	odd = document_not(s->handed.args);
	if (odd && *odd != '-' && *odd != '+')
		served_refuse(s, "there is no file ", odd, "");
	else if (odd)
		served_refuse(s, "its option ", odd, " is not known");
}

/* The handler's environment: the keeper's (the instance's), the accepted part
 * of the caller's, and the variables that name the instance. */
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

/* sh -c LINE onlyone ARG...; facts about the arguments precede LINE as shell
 * variables, which the program does not inherit. */
static char **
arguments_make(const struct served *s)
{
	struct buf line = { 0 };
	char **argv, told[192], digits[24];
	size_t n = s->handed.n;

	/* Not yet the display of the launch. */
	line_set(&line, "ONLYONE_DISPLAY=", getenv("DISPLAY"));
	line_set(&line, "ONLYONE_XAUTHORITY=", getenv("XAUTHORITY"));
	text_join(told, sizeof(told), "ONLYONE_DOCUMENTS=", say_num(digits,
	    (long long)s->handed.documents), "\nONLYONE_OPEN=",
	    s->open ? "1" : "", "\nONLYONE_WAIT=",
	    s->handed.waits ? "1" : "", "\nONLYONE_LATE=",
	    s->terms->on_activate ? "" : "1", "\nONLYONE_AGAIN=",
	    s->again ? "1" : "", "\nONLYONE_UNSEEN=",
	    s->unseen ? "1" : "", "\nONLYONE_IDLE=",
	    s->idle ? "1" : "", "\n", NULL);
	buf_add(&line, told, strlen(told));
	if (buf_string(&line, s->line ? s->line : "") < 0 || line.failed)
		return NULL;
	argv = calloc(n + 5, sizeof(*argv));
	if (!argv)
		return NULL;
	argv[0] = (char *)"sh";
	argv[1] = (char *)"-c";
	argv[2] = line.at;
	argv[3] = (char *)"onlyone";
	memcpy(argv + 4, s->handed.args, n * sizeof(*argv));
	return argv;
}

/* Print to the launch's standard error: arguments that are not handed over,
 * and, if the program itself has to answer, that it is stopped. */
static void
rest_tell(struct keeper *k, struct client *cl, const struct served *s)
{
	const struct info *i = &k->c->info;

	if (fields_num(&cl->caller.request.body, "quiet", 0) == 1)
		return;
	if ((s->values || s->terms->self) && !k->tenure.unseen &&
	    proc_state(i->owner.pid) == 'T')
		say_note(i->app, " (pid ", TEXT_NUM(i->owner.pid), ")"
		    WORDS_STOPPED, NULL);
	if (s->again && fields_num(&cl->caller.request.body, "say", 0) == 1)
		say_note(i->app, " hands over to the running one; several"
		    " documents are there now (pid ", TEXT_NUM(i->owner.pid),
		    ")", NULL);
	if (*s->handed.left)
		say_note(i->app, " (pid ", TEXT_NUM(i->owner.pid), ") is"
		    " running; not handed over: ", s->handed.left, NULL);
}

/* Get the streams, prepare the handler, report, and become it if told to.  The
 * launch learns that as the last thing: if the keeper is killed before, it
 * starts over. */
static _Noreturn void
attendant_run(struct keeper *k, struct client *cl, int word)
{
	static struct served s;
	char folder[PATH_MAX + 1], go, **argv, **env;
	int cwd, kept[2];
	struct fault f;

	reply_need(k, cl);
	answer_await(cl, word);
	cwd = streams_take(cl->fd, word);
	point_reach("streams-taken");
	f.code = 0;
	served_find(&s, k, cl);
	if (fchdir(cwd) < 0)
		fault_errno(&f, EXIT_SYSTEM, errno, "the handler cannot enter"
		    " the folder of this launch", NULL);
	if (!f.code && !s.again)
		try_refused(&s, &k->c->info);
	/* A listener takes anything, as it was typed. */
	if (s.refused && !client_first(k, LISTENING))
		report_fail(word, second_allowed(k, cl) ? SAID_UNTAKEN :
		    EXIT_NOANSWER, s.refused);
	folder[0] = !s.line && !s.refused ? SAID_BARE :
	    s.handed.waits ? SAID_WAITS : s.tries ? SAID_TRIES : SAID_READY;
	proc_fd(cwd, folder + 1, sizeof(folder) - 1);
	argv = s.refused ? NULL : arguments_make(&s);
	env = environment_make(k, cl);
	if ((!argv && !s.refused) || !env)
		report_fail(word, EXIT_SYSTEM, "cannot start the handler");
	kept[0] = word;
	kept[1] = cl->fd;
	io_keep(3, kept, 2);
	report_say(word, 0, folder);
	if (IO_RETRY(recv(word, &go, 1, 0)) != 1)
		_exit(0); /* the keeper exited, or let the launch go */
	if (!reply_delivered(k, cl, NULL))
		_exit(0); /* the launch has gone */
	io_close(&cl->fd);
	if (s.refused && !f.code) /* the listener has gone */
		fault_set(&f, EXIT_NOANSWER, k->c->info.app, ": ", s.refused,
		    NULL);
	rest_tell(k, cl, &s);
	if (!f.code) {
		execve("/bin/sh", argv, env);
		fault_errno(&f, EXIT_CANTEXEC, errno, "cannot run the handler",
		    NULL);
	}
	say_fault(&f);
	_exit(f.code);
}

/*
 * In the keeper.
 */

/* Fork an attendant that keeps only the client's connection and one end of a
 * socket pair.  0 or -1. */
static int
attendant_fork(struct keeper *k, struct client *cl)
{
	int pair[2], kept[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	pid = child_fork(k, 0);
	if (pid == 0) {
		setproctitle("-onlyone attending %d", (int)cl->pid);
		kept[0] = cl->fd;
		kept[1] = pair[1];
		io_keep(3, kept, 2);
		attendant_run(k, cl, pair[1]);
	}
	io_close(&pair[1]);
	if (pid < 0) {
		io_close(&pair[0]);
		return -1;
	}
	cl->attendant = (struct attendant){ .pid = pid, .fd = pair[0],
		.owner = k->c->info.owner.pid };
	return 0;
}

bool
attendant_start(struct keeper *k, struct client *cl)
{
	if (attendant_fork(k, cl) == 0)
		client_stage(cl, ATTENDED);
	else if (errno != EMFILE && errno != ENFILE)
		reply_refuse(k, cl, EXIT_SYSTEM, "cannot start the handler");
	else if (client_first(k, ATTENDED))
		return false;
	else
		reply_refuse(k, cl, EXIT_SYSTEM, NONE_LEFT);
	return true;
}

void
attendant_ready(struct client *cl)
{
	client_stage(cl, ATTENDED);
	cl->attendant.ready = true;
	cl->deadline = 0;
}

bool
attendant_heard(struct keeper *k, struct client *cl)
{
	signed char said[SAID];
	ssize_t n = recv(cl->attendant.fd, said, sizeof(said), MSG_DONTWAIT);

	if (n < 2) {
		reply_last(k, cl, FRAME_AGAIN); /* killed before it began */
	} else if (said[0] == SAID_UNTAKEN) {
		client_lack(cl, (char *)said + 1);
		client_unattend(cl);
		return false;
	} else if (said[0] < 0) {
		client_drop(k, cl);
	} else if (said[0]) {
		reply_refuse(k, cl, said[0], (char *)said + 1);
	} else {
		attendant_ready(cl);
		cl->attendant.bare = said[1] == SAID_BARE;
		cl->caller.handler_stays = said[1] == SAID_WAITS;
		cl->caller.is_trial = said[1] == SAID_TRIES;
		free(cl->caller.cwd);
		cl->caller.cwd = strdup((char *)said + 2);
	}
	return true;
}

void
attendant_late(struct keeper *k, struct client *cl)
{
	/* It waits for a CPU, or for a launch that works; or its report is
	 * here. */
	if (proc_state(cl->attendant.pid) == 'R' || proc_works(cl->pid) ||
	    io_wait(cl->attendant.fd, POLLIN, 0) > 0)
		cl->deadline = clock_now() + ATTEND_MS;
	else
		reply_refuse(k, cl, EXIT_NOANSWER, "its folder, or one of its"
		    " streams, is a file that does not answer (a network file"
		    " system that is away?); no handler was started");
}

pid_t
attendant_go(struct client *cl)
{
	pid_t pid = cl->attendant.pid;

	if (send(cl->attendant.fd, "", 1, MSG_NOSIGNAL) != 1)
		pid = -1;
	else
		cl->attendant.pid = 0;
	client_unattend(cl);
	return pid;
}
