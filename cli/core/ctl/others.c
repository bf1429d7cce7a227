/*
 * others.c: root looks at, and steers, instances of other users.
 *
 * The verb is run in a process of each user.  What that process prints is not
 * trusted: it is checked, escaped and shown under the user's name.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/clock.h"
#include "cli/core/ctl/account.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/json.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/verbs.h"
#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/base/json_print.h"
#include "cli/base/number.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/slot/owner.h"
#include "cli/base/table.h"
#include "cli/base/text.h"
#include "preload/contract.h"

/*
 * Parse and show what another user's onlyonectl has printed.
 *
 * The user may have forged all of it: so it is shown escaped, and a pid in it
 * only if that process is the user's.
 */

#define LATE_WHY "gives no whole answer in time"
#define SENSELESS_WHY "the answer makes no sense"

/* The outcome of onlyonectl run as a user, who may have forged all of it. */
struct asuser {
	struct buf out, err; /* what it wrote, each ended by NUL */
	int status;          /* exit status */
	bool cut;            /* it wrote too much: out is the beginning */
	bool late;           /* it did not end in time, or was killed */
};

/* The lists of all users' instances, joined. */
struct told {
	json_t *all;
	size_t weight; /* estimate of its memory, and of the bytes to print */
};

static void asuser_free(struct asuser *a);

/*
 * Root runs a verb as another user.
 *
 * As root we open, connect to and signal nothing of another user.  A process
 * that is wholly the user's does all that, so it can do no more than the user
 * can.  The user may trace it: so it executes onlyonectl again, and inherits no
 * memory, environment, terminal, session or descriptor of root but two pipes
 * and /dev/null.  It is killed when its time is up: the user's files may lie on
 * a file system that never answers.
 */

enum {
	CHUNK = 65536,
	OUT_MOST = 16 << 20, /* bytes of standard output */
	ERR_MOST = 64 << 10, /* of standard error; the rest is dropped */
	DEATH_MS = 1000,     /* to read, after its end, what it wrote */
	EXE = 3              /* the child's descriptor of our own program */
};

static void
signals_default(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL); /* fails for KILL, STOP and libc's own */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Become this user.  This process has one thread: setgroups(2) as a raw call is
 * enough. */
static int
ids_take(const struct account *who)
{
	if (syscall(SYS_setgroups, 0, NULL) < 0 ||
	    setresgid(who->gid, who->gid, who->gid) < 0 ||
	    setresuid(who->uid, who->uid, who->uid) < 0)
		return -1;
	return geteuid() == who->uid && getuid() == who->uid ? 0 : -1;
}

static _Noreturn void
account_exec(const struct account *who, char *const argv[], int exe, int out,
    int err, pid_t parent)
{
	static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char *const env[] = { path, NULL };
	const struct rlimit none = { 0, 0 };
	int null = open("/dev/null", O_RDONLY);
	/* Duplicate to 16 and above: dup2 below must not overwrite one. */
	int from[4] = { fcntl(null, F_DUPFD, 16), fcntl(out, F_DUPFD, 16),
		fcntl(err, F_DUPFD, 16), fcntl(exe, F_DUPFD, 16) };

	for (int i = 0; i < 4; i++) {
		if (from[i] < 0 || dup2(from[i], i) < 0)
			_exit(EXIT_SYSTEM);
	}
	closefrom(EXE + 1);
	fcntl(EXE, F_SETFD, FD_CLOEXEC);
	signals_default();
	umask(077);
	setrlimit(RLIMIT_CORE, &none);
	if (setsid() < 0 || chdir("/") < 0 || ids_take(who) < 0)
		_exit(EXIT_SYSTEM);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == parent)
		syscall(SYS_execveat, EXE, "", argv, env, AT_EMPTY_PATH);
	_exit(EXIT_SYSTEM);
}

/* Read once, and append to b; what would exceed `most` bytes in b is dropped.
 * false: end of file, an error, or ENOMEM. */
static bool
chunk_read(int fd, struct buf *b, size_t most)
{
	static char chunk[CHUNK];
	ssize_t n = IO_RETRY(read(fd, chunk, sizeof(chunk)));
	size_t room = most - b->len;

	if (n > 0 && buf_add(b, chunk, (size_t)n < room ? (size_t)n : room) < 0)
		return false;
	return n > 0 || (n < 0 && errno == EAGAIN);
}

/* Read until the child has ended and all its output is read.  deadline: on
 * clock_now; 0: none.  false: it takes too long, or writes too much. */
static bool
child_read(int pidfd, int out, int err, long long deadline, struct asuser *a)
{
	struct pollfd p[3] = { { out, POLLIN, 0 }, { err, POLLIN, 0 },
		{ pidfd, POLLIN, 0 } };
	struct buf *b[2] = { &a->out, &a->err };
	const size_t most[2] = { OUT_MOST, ERR_MOST };
	int left;

	for (;;) {
		/* The child has ended: do not wait for others that have the
		 * pipes open. */
		left = p[2].revents ? 0 : clock_limit(deadline);
		p[0].revents = p[1].revents = 0;
		io_poll(p, 3, left);
		for (int i = 0; i < 2; i++) {
			if (p[i].revents &&
			    !chunk_read(p[i].fd, b[i], most[i]))
				p[i].fd = -1;
		}
		a->cut = a->out.len == OUT_MOST;
		if (a->cut || a->out.failed || a->err.failed)
			return false;
		if (p[2].revents && !p[0].revents && !p[1].revents)
			return true;
		/* A process that still has the pipes may write without end. */
		if (p[2].revents && (!deadline ||
		    deadline > clock_now() + DEATH_MS))
			deadline = clock_now() + DEATH_MS;
		if (deadline && clock_now() >= deadline)
			return p[2].revents != 0;
	}
}

/* Run onlyonectl with this argv (NULL-ended) as that user, for at most ms (-1:
 * as long as it takes).  0, and *a to be freed; -1: fault of 71. */
static int
asuser_run(const struct account *who, char *const argv[], int ms,
    struct asuser *a, struct fault *f)
{
	int out[2] = { -1, -1 }, err[2] = { -1, -1 }, pidfd = -1, status = 0;
	int exe = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	pid_t parent = getpid(), pid = -1;

	memset(a, 0, sizeof(*a));
	a->out = (struct buf){ 0 };
	a->err = (struct buf){ 0 };
	if (exe >= 0 && pipe2(out, O_CLOEXEC) == 0 &&
	    pipe2(err, O_CLOEXEC) == 0) {
		fcntl(out[0], F_SETFL, O_NONBLOCK);
		fcntl(err[0], F_SETFL, O_NONBLOCK);
		pid = fork();
	}
	if (pid == 0)
		account_exec(who, argv, exe, out[1], err[1], parent);
	if (pid < 0)
		fault_errno(f, EXIT_SYSTEM, errno, "cannot look as ",
		    who->name, NULL);
	io_close(&exe);
	io_close(&out[1]);
	io_close(&err[1]);
	if (pid > 0) {
		/* Our child is not reaped yet: its pid cannot be reused. */
		pidfd = owner_pidfd(pid);
		/* The user may make the child block forever in the kernel,
		 * where even KILL does not end it: then proc_end leaves it. */
		if (pidfd < 0 || !child_read(pidfd, out[0], err[0],
		    ms < 0 ? 0 : clock_now() + ms, a) ?
		    !proc_end(pid, &status) : !proc_ended(pid, &status))
			status = SIGKILL;
		a->status = WIFEXITED(status) ? WEXITSTATUS(status) :
		    EXIT_NOANSWER;
		buf_string(&a->out, "");
		buf_string(&a->err, "");
		a->late = !a->cut && (WIFSIGNALED(status) ||
		    a->out.failed || a->err.failed);
	}
	io_close(&out[0]);
	io_close(&err[0]);
	io_close(&pidfd);
	if (pid > 0)
		return 0;
	asuser_free(a);
	return -1;
}

static void
asuser_free(struct asuser *a)
{
	buf_free(&a->out);
	buf_free(&a->err);
}

enum {
	LINES_MOST = 100, /* of one user's messages */
	NUMBER_MOST = 1 << 24,
	/* Limits of lists: far more than an honest user has. */
	RECORD_MOST = 256 << 10, /* bytes of one instance */
	RECORDS_MOST = 20000,    /* of one user */
	WEIGHT_USER = 32 << 20, WEIGHT_ALL = 96 << 20,
	VALUE = 64               /* weight of a value without its text */
};

/* Show one line that a user's process printed, escaped.  An honest process has
 * escaped it already: so do not escape backslashes again. */
static void
line_show(struct text *t, const char *s, size_t n)
{
	const char *end = s + n, *back;

	for (; (back = memchr(s, '\\', (size_t)(end - s))); s = back + 1) {
		text_show(t, s, (size_t)(back - s));
		text_add(t, "\\");
	}
	text_show(t, s, (size_t)(end - s));
}

/* Show the user's messages, each under the user's name in place of
 * "onlyonectl". */
static void
told_messages(const struct account *who, const struct asuser *a)
{
	static const char ours[] = "onlyonectl: ";
	const char *s = a->err.at, *end = s + strlen(s), *eol;
	struct fault line;
	struct text t;

	for (int i = 0; s < end && i < LINES_MOST; i++, s = eol + 1) {
		eol = strchrnul(s, '\n');
		if (!strncmp(s, ours, sizeof(ours) - 1))
			s += sizeof(ours) - 1;
		t = text_in(line.line, sizeof(line.line));
		line_show(&t, who->name, strlen(who->name));
		text_add(&t, ": ");
		line_show(&t, s, (size_t)(eol - s));
		say_fault(&line);
	}
}

/* A pid in the user's answer; 0 if that process is not the user's. */
static pid_t
told_pid(const struct account *who, long long pid)
{
	char digits[24];

	if (pid <= 0)
		return 0;
	if (pid <= INT_MAX && account_owns(who, (pid_t)pid))
		return (pid_t)pid;
	/* It may have just ended. */
	say_more(who->name, ": process ", say_num(digits, pid),
	    " is not (or no longer) that user's", NULL);
	return 0;
}

/* The user's answer makes no sense: -1 and a fault. */
static int
told_fault(const struct account *who, struct fault *f)
{
	return fault_set(f, EXIT_NOANSWER, who->name, ": " SENSELESS_WHY, NULL);
}

/* The weight of one instance in a list; 0: not an instance, since every
 * instance has the string "app", and no value deeper than an array of
 * strings. */
static size_t
record_weight(json_t *one)
{
	size_t weight = 0, i;
	json_t *value, *part;
	const char *name;
	struct buf text = { 0 };

	if (!json_is_string(json_object_get(one, "app")))
		return 0;
	json_object_foreach(one, name, value) {
		if (json_is_object(value))
			return 0;
		json_array_foreach(value, i, part) {
			if (!json_is_string(part))
				return 0;
		}
		weight += VALUE * (1 + json_array_size(value));
	}
	if (json_put(&text, one, JSON_COMPACT) == 0)
		weight += text.len;
	else
		weight = 0;
	buf_free(&text);
	return weight;
}

/* Replace what we can check ourselves: pids, and the user's name. */
static void
record_own(const struct account *who, json_t *one)
{
	static const char *const pids[] = { "pid", "keeper", "instance" };
	json_t *pid;

	for (size_t k = 0; k < sizeof(pids) / sizeof(*pids); k++) {
		pid = json_object_get(one, pids[k]);
		if (pid)
			json_object_set_new(one, pids[k], json_integer(
			    told_pid(who, json_integer_value(pid))));
	}
	json_object_set_new(one, "user", json_shown(who->name));
}

/* Take the next instance of the list, whose rest is at *s.  NULL: there is
 * none, and *s is at the end of the list, or at nonsense. */
static json_t *
record_next(const char **s, const char *end)
{
	json_error_t error;
	json_t *one;
	size_t left;

	*s += strspn(*s, " \n,");
	if (**s != '{')
		return NULL;
	left = (size_t)(end - *s);
	one = json_loadb(*s, left < RECORD_MOST ? left : RECORD_MOST,
	    JSON_DISABLE_EOF_CHECK, &error);
	if (one)
		*s += error.position;
	return one;
}

static int
list_fault(const struct account *who, size_t n, const char *why,
    struct fault *f)
{
	char digits[24];

	return fault_set(f, EXIT_NOANSWER, who->name, ": ", why, n ?
	    "; the list is cut after " : NULL, say_num(digits, (long long)n),
	    n == 1 ? " instance" : " instances", NULL);
}

/* Add the user's list to all, but only its beginning if nonsense follows or it
 * is too long: then -1, with a fault that says why.  Else 0. */
static int
told_list(const struct account *who, const struct asuser *a, struct told *t,
    struct fault *f)
{
	const char *s = a->out.at, *end = s + strlen(s), *why = NULL;
	size_t n = 0, mine = 0, weight;
	json_t *one;

	s += *s == '[';
	while (!why && (one = record_next(&s, end))) {
		weight = record_weight(one);
		if (!weight) {
			why = SENSELESS_WHY;
		} else if (n == RECORDS_MOST || mine + weight > WEIGHT_USER) {
			why = "has more instances than are listed";
		} else if (t->weight + weight > WEIGHT_ALL) {
			why = "there is no room for more, after the users"
			    " before";
		} else {
			n++;
			mine += weight;
			t->weight += weight;
			record_own(who, one);
			json_array_append(t->all, one);
		}
		json_decref(one);
	}
	if (!why && a->late)
		why = LATE_WHY;
	else if (!why && a->cut)
		why = "says more than is read";
	else if (!why && strcmp(s, "]\n") != 0)
		why = SENSELESS_WHY;
	return why ? list_fault(who, n, why, f) : 0;
}

/* The number that is the user's whole answer; -1: bad number. */
static long long
told_number(const struct asuser *a)
{
	char digits[24] = "";
	size_t n = strcspn(a->out.at, "\n");
	long long value;

	if (n < sizeof(digits) && strlen(a->out.at) <= n + 1)
		memcpy(digits, a->out.at, n);
	return number_parse(digits, &value) == 0 && value >= 0 &&
	    value <= NUMBER_MOST ? value : -1;
}

/* Show the line of verb status; a pid in it that is not a process of the user's
 * is a fault.  0 or -1. */
static int
told_status(const struct account *who, const struct asuser *a,
    struct fault *f)
{
	static const char mark[] = ", pid ";
	const char *s = a->out.at;
	char line[TABLE_CELL * 4];
	struct text t;

	while ((s = strstr(s, mark))) {
		s += sizeof(mark) - 1;
		if (isdigit((unsigned char)*s) && *s != '0' &&
		    !told_pid(who, strtoll(s, NULL, 10)))
			return fault_set(f, EXIT_NOANSWER, who->name, ": says"
			    " that it runs as a process which is not (or no"
			    " longer) that user's", NULL);
	}
	t = text_in(line, sizeof(line));
	line_show(&t, a->out.at, strcspn(a->out.at, "\n"));
	if (t.len)
		puts(line);
	return 0;
}

static const char *const fields[] = { "user", "app", "key", "pid", "state",
	"since", "command" };
static const char *const titles[] = { "USER", "APP", "KEY", "PID", "STATE",
	"SINCE", "COMMAND" };
static const char *const waiting_fields[] = { "user", "app", "key", "pid",
	"for", "since", "place", "command" };
static const char *const waiting_titles[] = { "USER", "APP", "KEY", "PID",
	"FOR", "SINCE", "PLACE", "COMMAND" };
enum { USER_NAMES = 3 };

struct rows {
	const json_t *list;
	const char *const *fields;
};

static void
value_show(struct text *t, const json_t *value)
{
	size_t i;

	if (json_is_string(value)) {
		line_show(t, json_string_value(value),
		    json_string_length(value));
	} else if (json_is_integer(value)) {
		text_num(t, json_integer_value(value));
	} else if (json_is_array(value)) {
		for (i = 0; i < json_array_size(value); i++) {
			const json_t *part = json_array_get(value, i);

			text_add(t, i ? " " : "");
			if (json_is_string(part))
				line_show(t, json_string_value(part),
				    json_string_length(part));
		}
	} else {
		text_add(t, "-");
	}
}

static const char *
row_text(const void *rows, size_t row, int col, char *buf)
{
	const struct rows *r = rows;
	const json_t *value = json_object_get(json_array_get(r->list, row),
	    r->fields[col]);
	double since = json_number_value(value);
	const char *state = "";
	struct text t;

	if (!strcmp(r->fields[col], "since"))
		return say_age(buf, since > 0 && since < 1e12 ?
		    (long long)(since * 1000) : 0) + strlen("for ");
	t = text_in(buf, TABLE_CELL);
	if (!strcmp(r->fields[col], "pid") && !json_integer_value(value))
		text_add(&t, "?");
	else if (!strcmp(r->fields[col], "state") && json_is_string(value))
		state = state_shown(json_string_value(value));
	else
		value_show(&t, value);
	line_show(&t, state, strlen(state));
	return t.at;
}

/* Print the joined list, as a table or as JSON.  0 or -1. */
static int
told_table(const struct ctl *c, json_t *list, struct fault *f)
{
	const struct rows rows = { list, c->o.waiting ? waiting_fields :
		fields };
	const struct table_columns columns = {
		.titles = c->o.waiting ? waiting_titles : titles,
		.n = c->o.waiting ? sizeof(waiting_titles) / sizeof(*titles) :
		    sizeof(titles) / sizeof(*titles),
		.names = USER_NAMES, .rows = &rows, .text = row_text };

	if (c->o.json)
		return json_print(json_incref(list), f);
	if (json_array_size(list))
		table_print(&columns, json_array_size(list));
	return 0;
}

enum {
	LIMIT_MS = 10000,    /* for one user's answer */
	ALL_MS = 60000,      /* list, count: for all users together */
	USERS_MOST = 4096,
	WORDS_MOST = 24,     /* before the operands */
	NUMBERS = 4
};

/* The command line for one user. */
struct words {
	char **at;
	size_t n;
	char number[NUMBERS][32];
	size_t numbers;
};

static void
word_add(struct words *w, const char *word)
{
	w->at[w->n++] = (char *)word;
}

/* Add NAME=SECONDS; ms is in milliseconds. */
static void
word_time(struct words *w, const char *name, int ms)
{
	snprintf(w->number[w->numbers], sizeof(*w->number), "%s=%d.%03d", name,
	    ms / 1000, ms % 1000);
	word_add(w, w->number[w->numbers++]);
}

static int
words_make(const struct ctl *c, const struct verb *v, struct words *w,
    struct fault *f)
{
	memset(w, 0, sizeof(*w));
	if (c->o.every)
		return fault_set(f, EXIT_USAGE, v->name, ": --every is of this"
		    " user alone; use runuser -u NAME onlyonectl", NULL);
	w->at = calloc(WORDS_MOST + c->noperands + 1, sizeof(*w->at));
	if (!w->at)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot begin",
		    NULL);
	word_add(w, "onlyonectl");
	word_add(w, v->name);
	if (!strcmp(v->name, "list"))
		word_add(w, "--json");
	if (c->o.waiting)
		word_add(w, "--waiting");
	if (c->o.all)
		word_add(w, "--all");
	if (c->o.tree)
		word_add(w, "--tree");
	if (c->o.wait_ms >= 0)
		word_time(w, "--wait", c->o.wait_ms);
	else if (c->o.wait_ms == WAIT_EVER)
		word_add(w, "--wait");
	if (c->o.kill_ms >= 0)
		word_time(w, "--kill-after", c->o.kill_ms);
	if (c->o.pid) {
		snprintf(w->number[w->numbers], sizeof(*w->number),
		    "--pid=%d", (int)c->o.pid);
		word_add(w, w->number[w->numbers++]);
	}
	if (c->o.loudness != SAY_NORMAL)
		word_add(w, c->o.loudness == SAY_QUIET ? "-q" : "-v");
	word_add(w, "--");
	for (size_t i = 0; i < c->noperands; i++)
		word_add(w, c->operands[i]);
	return 0;
}

/* The time limit for one user, ms; -1: none (wait without -w, stop --wait). */
static int
verb_limit(const struct ctl *c, const struct verb *v)
{
	long long ms = LIMIT_MS;

	if (!strcmp(v->name, "wait")) {
		if (c->o.wait_ms < 0)
			return -1;
		ms += c->o.wait_ms;
	} else if (!strcmp(v->name, "stop")) {
		if (c->o.wait_ms == WAIT_EVER)
			return -1;
		ms += c->o.wait_ms >= 0 ? c->o.wait_ms : LIMIT_MS;
		ms += c->o.kill_ms >= 0 ? c->o.kill_ms : 0;
	}
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* The answers of all users, taken together. */
struct tally {
	struct told told;
	long long count;
	int status; /* the first but 0 and 3 (EXIT_NONE), else 3 if any, else
	             * 0 */
	bool good;  /* the status of some user was 0 */
};

static void
status_add(struct tally *t, int status)
{
	t->good |= status == 0;
	if (status && (!t->status || t->status == EXIT_NONE))
		t->status = status;
}

/* Take one user's answer into *t.  0, or -1 with a fault. */
static int
answer_take(const struct verb *v, const struct account *who,
    const struct asuser *a, struct tally *t, struct fault *f)
{
	long long n;

	told_messages(who, a);
	if (!strcmp(v->name, "list") && *a->out.at &&
	    told_list(who, a, &t->told, f) < 0)
		return -1;
	if (a->late)
		return fault_set(f, EXIT_NOANSWER, who->name, ": " LATE_WHY,
		    NULL);
	if (!strcmp(v->name, "status") && told_status(who, a, f) < 0)
		return -1;
	if ((!strcmp(v->name, "count") || !strcmp(v->name, "pid")) &&
	    a->status == 0) {
		n = told_number(a);
		if (n < 0)
			return told_fault(who, f);
		if (*v->name == 'c')
			t->count += n;
		else if (told_pid(who, n))
			printf("%lld\n", n);
		else
			return fault_set(f, EXIT_NOANSWER, who->name, ": names"
			    " a process which is not (or no longer) that"
			    " user's", NULL);
	}
	status_add(t, a->status);
	return 0;
}

/* Run the verb for one user; until: on clock_now, 0: no common limit.  0; -1: a
 * fault, which ends the run for all users. */
static int
user_ask(const struct ctl *c, const struct verb *v, const struct words *w,
    const struct account *who, long long until, struct tally *t,
    struct fault *f)
{
	int ms = verb_limit(c, v), r = -1;
	struct asuser a;

	if (until && ms > clock_left(until))
		ms = clock_left(until);
	if (!ms) {
		fault_set(f, EXIT_NOANSWER, who->name, ": not asked: the"
		    " users before took all of the time", NULL);
	} else {
		if (asuser_run(who, w->at, ms, &a, f) < 0)
			return -1;
		r = answer_take(v, who, &a, t, f);
		asuser_free(&a);
	}
	if (r < 0) {
		say_fault(f);
		status_add(t, f->code);
	}
	return 0;
}

/* Find the users that --user or --all-users names: their number, or -1. */
static int
users_find(const struct ctl *c, struct account *who, struct fault *f)
{
	if (geteuid() != 0)
		return fault_set(f, EXIT_DENIED, "only root may speak of other"
		    " users' instances", NULL);
	if (c->o.user && c->o.all_users)
		return fault_set(f, EXIT_USAGE, "either --user or --all-users;"
		    " see onlyonectl --help", NULL);
	if (c->o.raw || c->o.sort >= 0)
		return fault_set(f, EXIT_USAGE, "--raw and --sort are not for"
		    " other users; --json is", NULL);
	if (c->o.all_users)
		return account_list(who, USERS_MOST, f);
	return account_find(c->o.user, who, f) < 0 ? -1 : 1;
}

int
others_run(struct ctl *c, const struct verb *v, struct fault *f)
{
	struct account *who = calloc(USERS_MOST, sizeof(*who));
	struct tally t = { .told.all = json_array() };
	int n = who && t.told.all ? users_find(c, who, f) : fault_errno(f,
	    EXIT_SYSTEM, ENOMEM, "cannot begin", NULL);
	bool list = !strcmp(v->name, "list"), count = !strcmp(v->name, "count");
	long long until = list || count ? clock_now() +
	    point_ms("others-all", ALL_MS) : 0;
	struct words w = { .at = NULL };

	if (n >= 0 && words_make(c, v, &w, f) < 0)
		n = -1;
	for (int i = 0; i < n; i++) {
		if (user_ask(c, v, &w, &who[i], until, &t, f) < 0)
			n = -1;
	}
	if (n >= 0 && list && told_table(c, t.told.all, f) < 0)
		n = -1;
	if (n >= 0 && count)
		printf("%lld\n", t.count);
	if (n == 0 && !list && !count)
		t.status = EXIT_NONE;
	/* If some users have such an instance, status 3 of other users is no
	 * fault. */
	if (t.status == EXIT_NONE && t.good)
		t.status = 0;
	json_decref(t.told.all);
	free(w.at);
	free(who);
	return n < 0 ? -1 : t.status;
}
