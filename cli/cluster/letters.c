/*
 * letters.c: serve letters, by which other hosts ask something of an instance.
 *
 * A letter is JSON.  Anybody may send {"verb":"join"}; {"verb":"stop"} and
 * {"verb":"activate","cwd":DIR,"args":[...]} need an instance that was launched
 * with --cluster-activate: we run onlyonectl for them, as a user of this host
 * would.  "ms":N: the sender waits so long for the answer; "kill":N: stop sends
 * KILL after that.  The answer is {"status":N}, an exit status, with
 * "line":TEXT if onlyonectl said something, and "untaken":true if TEXT says
 * that the program has no handler for the arguments.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/part_path.h"
#include "cli/base/clock.h"
#include "cli/cluster/letters.h"
#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

/*
 * The standard error of an onlyonectl that serves a letter.
 */

#define OWN "onlyonectl: "

enum { ROOM = 4096 };

/* Make a file for that.  Its size is fixed: what does not fit is lost, and a
 * process that goes on writing harms nothing.  -1: errno. */
static int
said_open(void)
{
	int fd = memfd_create("said", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && (ftruncate(fd, ROOM) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SEAL) < 0))
		io_close(&fd);
	return fd;
}

/* Get the first line that onlyonectl itself wrote (it begins with OWN; programs
 * that it ran write there, too), without OWN.  Closes *fd (-1: none).  false:
 * no such line. */
static bool
said_take(int *fd, char *line, size_t cap)
{
	char text[ROOM + 1] = "";
	const char *at = text;
	struct text t;

	if (*fd >= 0 && pread(*fd, text, ROOM, 0) < 0)
		*text = '\0';
	io_close(fd);
	text[ROOM] = '\0';
	while (strncmp(at, OWN, strlen(OWN))) {
		at = strchr(at, '\n');
		if (!at)
			return false;
		at++;
	}
	at += strlen(OWN);
	t = text_in(line, cap);
	text_mem(&t, at, strcspn(at, "\n"));
	return true;
}

enum { MOST = 4096, AT_ONCE = 64, ID = 16, CALL_MS = 1000,
	LOOK_MS = 3000 }; /* a letter is kept for 10 s */

/* A sender that waits for an answer. */
struct asker {
	char id[ID];
	pid_t runs;      /* our onlyonectl; 0: none, it is a join */
	int said;        /* its standard error; -1 */
	long long until; /* clock_boot: the sender waits no longer */
};

static struct {
	struct engine *engine; /* a second handle, for this watch */
	struct engine_watch watch;
	long long due;
	struct asker *asker;
	int n, room;
} post = { .watch = { -1, 0, 0 } };

/* The deadline (clock_boot) of a call here.  It is not after TERM is due:
 * letters must not delay what the lease needs. */
static long long
call_end(const struct hold *h)
{
	long long end = clock_boot() + CALL_MS, term = lease_term(&h->lease);

	return end < term ? end : term;
}

/* Set when to look for letters if nothing is heard: as the watch wants it, or
 * as often as the lease is renewed; without a watch, before a letter
 * expires. */
static void
due_set(const struct hold *h)
{
	long long ms = h->lease.ttl / 3;

	if (post.watch.fd >= 0 && post.watch.every)
		ms = post.watch.every;
	else if (post.watch.fd < 0 && ms > LOOK_MS)
		ms = LOOK_MS;
	post.due = clock_boot() + ms;
}

static void
post_watch(struct hold *h)
{
	struct fault f;

	post.watch = (struct engine_watch){ -1, 0, 0 };
	if (h->calls->watch(post.engine, TOPIC_MAIL, call_end(h), &post.watch,
	    &f) != ENGINE_OK)
		post.watch.fd = -1;
	due_set(h);
}

void
letters_begin(struct hold *h)
{
	struct fault f;

	if (h->calls->open(&post.engine, h->url, h->key, &f) != ENGINE_OK)
		post.engine = NULL;
	/* Look before watching: the answer gives the handle the revision from
	 * which to watch and, if there is a password, a token (etcd). */
	post.due = clock_boot();
}

int
letters_fd(const struct hold *h)
{
	(void)h;
	return post.engine ? post.watch.fd : -1;
}

long long
letters_due(const struct hold *h)
{
	(void)h;
	return post.engine ? post.due : 0;
}

/* Answer a letter; line: what onlyonectl said, or NULL. */
static void
answer(struct hold *h, const char *id, int status, const char *line,
    long long deadline)
{
	json_t *j = json_pack("{s:i}", "status", status);
	struct fault f;
	char *text;

	/* json_string is NULL, and sets nothing, if line is not UTF-8. */
	if (line)
		json_object_set_new(j, "line", json_string(line));
	if (line && strstr(line, UNTAKEN))
		json_object_set_new(j, "untaken", json_true());
	text = json_dumps(j, JSON_COMPACT);
	if (text)
		h->calls->mail_reply(post.engine, id, text, deadline, &f);
	json_decref(j);
	free(text);
}

/* Whether the letter is well-formed: only activate has args, all strings. */
static bool
letter_is(const char *verb, const json_t *j)
{
	const json_t *args = json_object_get(j, "args"), *arg;
	const json_t *cwd = json_object_get(j, "cwd");
	size_t i;

	if (cwd && !json_is_string(cwd))
		return false;
	if (!args)
		return true;
	json_array_foreach(args, i, arg) {
		if (!json_is_string(arg))
			return false;
	}
	return json_is_array(args) && !strcmp(verb, "activate");
}

/* Whether application and key can be operands of onlyonectl: none is "--". */
static bool
is_told(const struct fields *wish)
{
	const char *key = NULL;

	while ((key = fields_next(wish, "own", key))) {
		if (!strcmp(key, "--"))
			return false;
	}
	return strcmp(fields_get(wish, "app"), "--");
}

/* A member that is a time in ms; INT_MAX if it is missing or makes no sense. */
static long long
ms_of(const json_t *j, const char *member)
{
	const json_t *n = json_object_get(j, member);
	long long ms = json_integer_value(n);

	return json_is_integer(n) && ms >= 0 && ms < INT_MAX ? ms : INT_MAX;
}

/* An option and its time, in seconds. */
static char *
seconds_make(char *to, size_t cap, const char *option, long long ms)
{
	struct text t = text_in(to, cap);

	text_add(&t, option);
	text_seconds(&t, ms);
	return to;
}

/* The command that a user of this host would type, with "--" before names,
 * which may look like options.  The array is the caller's to free, its strings
 * are not.  NULL: ENOMEM. */
static char **
command_make(const struct hold *h, const char *verb, const json_t *j)
{
	const json_t *args = json_object_get(j, "args"), *arg;
	const struct fields *wish = &h->open;
	char **argv = calloc(fields_count(wish, "own") +
	    json_array_size(args) + 8, sizeof(*argv));
	static char wait[32], kill[48];
	const char *key = NULL;
	size_t n = 0, i;

	if (!argv)
		return NULL;
	argv[n++] = (char *)"onlyonectl";
	if (!strcmp(verb, "stop")) {
		argv[n++] = seconds_make(wait, sizeof(wait), "-w",
		    ms_of(j, "ms"));
		if (json_object_get(j, "kill"))
			argv[n++] = seconds_make(kill, sizeof(kill),
			    "--kill-after=", ms_of(j, "kill"));
	}
	argv[n++] = (char *)"--";
	argv[n++] = (char *)verb;
	argv[n++] = (char *)fields_get(wish, "app");
	while ((key = fields_next(wish, "own", key)))
		argv[n++] = (char *)key;
	if (args)
		argv[n++] = (char *)"--";
	json_array_foreach(args, i, arg)
		argv[n++] = (char *)json_string_value(arg);
	return argv;
}

/* Become onlyonectl; runs in a child. */
static _Noreturn void
command_become(const struct hold *h, const char *verb, const json_t *j,
    int said)
{
	const char *cwd = json_string_value(json_object_get(j, "cwd"));
	char path[PATH_MAX], **argv = command_make(h, verb, j);

	setsid();
	if (said >= 0)
		dup2(said, 2);
	closefrom(3); /* some of libcurl's and ours stay open in exec */
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	if (!argv || (cwd && chdir(cwd) < 0))
		_exit(EXIT_NOANSWER);
	if (part_path("onlyonectl", X_OK, path))
		execv(path, argv);
	execv(BIN_PATH "ctl", argv);
	_exit(EXIT_NOTFOUND);
}

/* Room for one more sender.  NULL: there are too many, or ENOMEM. */
static struct asker *
asker_new(void)
{
	int room = post.room ? 2 * post.room : 16;
	struct asker *more;

	if (post.n == MOST)
		return NULL;
	if (post.n == post.room) {
		more = realloc(post.asker, (size_t)room * sizeof(*more));
		if (!more)
			return NULL;
		post.asker = more;
		post.room = room;
	}
	return &post.asker[post.n];
}

static int
running(void)
{
	int n = 0;

	for (int i = 0; i < post.n; i++)
		n += post.asker[i].runs > 0;
	return n;
}

/* Whether to do what the letter asks: a join always; else only if this instance
 * takes letters and has not ended, and not too many onlyonectl run. */
static bool
may_ask(const struct hold *h, const char *verb, const json_t *j)
{
	return !strcmp(verb, "join") || (h->mine.mail && !h->mine.done &&
	    (!strcmp(verb, "stop") || !strcmp(verb, "activate")) &&
	    letter_is(verb, j) && is_told(&h->open) && running() < AT_ONCE);
}

static void
letter_take(void *arg, const char *id, const char *text)
{
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const char *verb = json_string_value(json_object_get(j, "verb"));
	long long ms = json_integer_value(json_object_get(j, "ms"));
	struct asker *a = asker_new();
	struct hold *h = arg;
	bool join = verb && !strcmp(verb, "join");

	if (!verb || !a || strlen(id) >= ID || !may_ask(h, verb, j)) {
		answer(h, id, EXIT_DENIED, "refused", call_end(h));
		json_decref(j);
		return;
	}
	strcpy(a->id, id);
	a->until = ms > 0 && ms < INT_MAX ? clock_boot() + ms : LLONG_MAX;
	a->said = join ? -1 : said_open();
	a->runs = join ? 0 : fork();
	if (a->runs == 0 && !join)
		command_become(h, verb, j, a->said);
	json_decref(j);
	if (a->runs < 0) {
		io_close(&a->said);
		answer(h, id, EXIT_SYSTEM, "no process can be started there",
		    call_end(h));
	} else {
		post.n++;
	}
}

/* Answer letters whose onlyonectl has ended; forget joins past their time. */
static void
done_tell(struct hold *h)
{
	long long now = clock_boot();
	int status, kept = 0;
	char line[512];

	for (int i = 0; i < post.n; i++) {
		struct asker *a = &post.asker[i];

		if (a->runs > 0 && waitpid(a->runs, &status, WNOHANG) ==
		    a->runs)
			answer(h, a->id, proc_status(status), said_take(
			    &a->said, line, sizeof(line)) ? line : NULL,
			    call_end(h));
		else if (a->runs || a->until > now)
			post.asker[kept++] = *a;
	}
	post.n = kept;
}

void
letters_look(struct hold *h, bool heard)
{
	enum engine_result r = ENGINE_OK, took;
	struct fault f;

	if (!post.engine)
		return;
	done_tell(h);
	if (!heard && clock_boot() < post.due)
		return;
	if (post.watch.fd >= 0)
		r = h->calls->heard(post.engine, &post.watch, &f);
	if (heard && r == ENGINE_BUSY)
		return;
	took = h->calls->mail_take(post.engine, call_end(h), letter_take, h,
	    &f);
	if (took == ENGINE_BUSY)
		post.due = clock_boot();
	else if (took != ENGINE_OK || r == ENGINE_DOWN || post.watch.fd < 0)
		post_watch(h);
	else
		due_set(h);
}

bool
letters_busy(void)
{
	return running();
}

void
letters_answer(struct hold *h, long long deadline)
{
	int exit = h->lost ? EXIT_LOST : h->mine.exit;
	struct fault f;

	if (!post.engine)
		return;
	done_tell(h);
	while (clock_boot() < deadline && h->calls->mail_take(post.engine,
	    deadline, letter_take, h, &f) == ENGINE_BUSY)
		;
	/* The sender that came last is the most likely to be still there. */
	while (post.n && clock_boot() < deadline) {
		const struct asker *a = &post.asker[--post.n];

		if (!a->runs && exit >= 0)
			answer(h, a->id, exit, NULL, deadline);
	}
}

void
letters_end(struct hold *h)
{
	if (post.engine)
		h->calls->close(post.engine);
	post.engine = NULL;
}
