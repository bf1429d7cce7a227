/*
 * letters.c: what other hosts ask of an instance, by way of the store.
 *
 * A letter is JSON: {"verb":"join"}, which anybody may ask; and, if the
 * instance was launched with --cluster-activate, {"verb":"stop"} and
 * {"verb":"activate","cwd":DIR,"args":[...]}, which onlyonectl does here as it
 * would for a user of this host.  With "ms":N the answer is waited for so long;
 * with "kill":N what is to stop gets KILL after that.  The answer is
 * {"status":N}, an exit status; with "line":TEXT, what onlyonectl said, and
 * "untaken":true, if that is that nobody took the arguments.
 */
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/clock.h"
#include "cli/cluster/letters.h"
#include "cli/cluster/said.h"
#include "cli/io.h"
#include "cli/proc.h"
#include "cli/text.h"
#include "cli/wire/untaken.h"
#include "preload/contract.h"

enum { MOST = 4096, AT_ONCE = 64, ID = 16, CALL_MS = 1000,
	LOOK_MS = 3000 }; /* letters wait for ten seconds */

/* Somebody who waits for an answer. */
struct asker {
	char id[ID];
	pid_t runs;      /* what is done for him; 0: he waits for the end */
	int said;        /* and what that says; -1 */
	long long until; /* no longer than that: clock_boot */
};

static struct {
	struct engine *engine; /* a handle of its own, for its watch */
	struct engine_watch watch;
	long long due;
	struct asker *asker;
	int n, room;
} post = { .watch = { -1, 0, 0 } };

/* By when a call must be back: nothing that can wait may delay what is due to
 * the lease. */
static long long
call_end(const struct hold *h)
{
	long long end = clock_boot() + CALL_MS, term = lease_term(&h->lease);

	return end < term ? end : term;
}

/* Without a place to listen at: with each renewal, and before a letter that is
 * waiting there is gone. */
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
	/* A look comes first: by that the handle knows since when to listen,
	 * and, where a password is wanted, as whom. */
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

/* line: NULL, if there is nothing to be said. */
static void
answer(struct hold *h, const char *id, int status, const char *line,
    long long deadline)
{
	json_t *j = json_pack("{s:i}", "status", status);
	struct fault f;
	char *text;

	/* What is no UTF-8 is left out. */
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

/* Whether it is one: only what activates has arguments, and they are text. */
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

/* Whether onlyonectl can be told which instance is meant. */
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

/* A member that is a time; as long as can be, if there is none that makes
 * sense. */
static long long
ms_of(const json_t *j, const char *member)
{
	const json_t *n = json_object_get(j, member);
	long long ms = json_integer_value(n);

	return json_is_integer(n) && ms >= 0 && ms < INT_MAX ? ms : INT_MAX;
}

/* An option with it, in seconds. */
static char *
seconds_make(char *to, size_t cap, const char *option, long long ms)
{
	struct text t;

	text_init(&t, to, cap);
	text_add(&t, option);
	text_seconds(&t, ms);
	return to;
}

/* What a user of this host would type, where names may look like options; the
 * caller's to free, but not what is in it.  NULL: ENOMEM. */
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

/* In a child. */
static _Noreturn void
command_become(const struct hold *h, const char *verb, const json_t *j,
    int said)
{
	const char *cwd = json_string_value(json_object_get(j, "cwd"));
	char path[PATH_MAX], **argv = command_make(h, verb, j);

	setsid();
	if (said >= 0)
		dup2(said, 2);
	closefrom(3); /* not all of libcurl's, nor our own, end by execve */
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	if (!argv || (cwd && chdir(cwd) < 0))
		_exit(EXIT_NOANSWER);
	if (beside_find("onlyonectl", X_OK, path))
		execv(path, argv);
	execv(BIN_PATH "ctl", argv);
	_exit(EXIT_NOTFOUND);
}

/* Room for one more.  NULL: there are too many. */
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

/* Whether that may be asked of us: a join by anybody. */
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

/* Those for whom something was done, which has ended; and those who wait no
 * longer are forgotten. */
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
	/* Who came last is the likeliest to be there still. */
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
