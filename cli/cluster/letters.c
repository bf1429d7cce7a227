/*
 * letters.c: what other hosts ask of an instance, by way of the store.
 *
 * A letter is JSON: {"verb":"join"}, which anybody may ask; and, if the
 * instance was launched with --cluster-activate, {"verb":"stop"} and
 * {"verb":"activate","cwd":DIR,"args":[...]}, which onlyonectl does here as it
 * would for a user of this host.  The answer is {"status":N}, an exit status.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/clock.h"
#include "cli/cluster/letters.h"
#include "cli/io.h"
#include "cli/proc.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { MOST = 64, ID = 16, CALL_MS = 1000, ARGS = 1024 };

/* Somebody who waits for an answer. */
struct asker {
	char id[ID];
	pid_t runs; /* what is done for him; 0: he waits for the end */
};

static struct {
	struct engine *engine; /* a handle of its own, for its watch */
	struct engine_watch watch;
	long long due;
	struct asker asker[MOST];
	int n;
} post = { .watch = { -1, 0, 0 } };

/* By when a call must be back: nothing that can wait may delay what is due to
 * the lease. */
static long long
call_end(const struct hold *h)
{
	long long end = clock_boot() + CALL_MS, term = lease_term(&h->lease);

	return end < term ? end : term;
}

static void
post_watch(struct hold *h)
{
	struct fault f;

	post.watch = (struct engine_watch){ -1, 0, 0 };
	if (h->calls->watch(post.engine, TOPIC_MAIL, call_end(h), &post.watch,
	    &f) != ENGINE_OK)
		post.watch.fd = -1;
	/* Without a place to listen at: with each renewal. */
	post.due = clock_boot() + (post.watch.fd >= 0 && post.watch.every ?
	    post.watch.every : h->lease.ttl / 3);
}

void
letters_begin(struct hold *h)
{
	struct fault f;

	if (h->calls->open(&post.engine, h->url, h->key, &f) != ENGINE_OK)
		post.engine = NULL;
	else
		post_watch(h);
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

static void
answer(struct hold *h, const char *id, int status, long long deadline)
{
	char text[64];
	struct text t;
	struct fault f;

	text_init(&t, text, sizeof(text));
	text_add(&t, "{\"status\":");
	text_num(&t, status);
	text_add(&t, "}");
	h->calls->mail_reply(post.engine, id, text, deadline, &f);
}

/* In a child: what a user of this host would type. */
static _Noreturn void
command_become(const struct hold *h, const char *verb, const json_t *j)
{
	const json_t *args = json_object_get(j, "args");
	const char *cwd = json_string_value(json_object_get(j, "cwd"));
	char path[PATH_MAX], *argv[ARGS + 8];
	const struct fields *wish = &h->open;
	const char *key = NULL;
	size_t n = 0;

	setsid();
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	if (cwd && chdir(cwd) < 0)
		_exit(EXIT_NOANSWER);
	argv[n++] = (char *)"onlyonectl";
	argv[n++] = (char *)verb;
	argv[n++] = (char *)fields_get(wish, "app");
	while (n < ARGS / 2 && (key = fields_next(wish, "key", key)))
		argv[n++] = (char *)key;
	if (args)
		argv[n++] = (char *)"--";
	for (size_t i = 0; n < ARGS && i < json_array_size(args); i++)
		argv[n++] = (char *)json_string_value(json_array_get(args, i));
	argv[n] = NULL;
	if (beside_find("onlyonectl", X_OK, path))
		execv(path, argv);
	execv(BIN_PATH "ctl", argv);
	_exit(EXIT_NOTFOUND);
}

static void
letter_take(void *arg, const char *id, const char *text)
{
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const char *verb = json_string_value(json_object_get(j, "verb"));
	struct hold *h = arg;
	struct asker *a = &post.asker[post.n];
	bool join = verb && !strcmp(verb, "join");

	if (!verb || post.n == MOST || strlen(id) >= ID || (!join &&
	    (!h->mine.mail || h->mine.done || (strcmp(verb, "stop") &&
	    strcmp(verb, "activate"))))) {
		answer(h, id, EXIT_DENIED, call_end(h));
		json_decref(j);
		return;
	}
	strcpy(a->id, id);
	a->runs = join ? 0 : fork();
	if (a->runs == 0 && !join)
		command_become(h, verb, j);
	json_decref(j);
	if (a->runs < 0)
		answer(h, id, EXIT_SYSTEM, call_end(h));
	else
		post.n++;
}

/* Those for whom something was done, which has ended. */
static void
done_tell(struct hold *h)
{
	int status, kept = 0;

	for (int i = 0; i < post.n; i++) {
		struct asker *a = &post.asker[i];

		if (a->runs > 0 && waitpid(a->runs, &status, WNOHANG) ==
		    a->runs)
			answer(h, a->id, proc_status(status), call_end(h));
		else
			post.asker[kept++] = *a;
	}
	post.n = kept;
}

void
letters_look(struct hold *h, bool heard)
{
	enum engine_result r = ENGINE_OK;
	struct fault f;

	if (!post.engine)
		return;
	done_tell(h);
	if (!heard && clock_boot() < post.due)
		return;
	if (heard)
		r = h->calls->heard(post.engine, &post.watch, &f);
	if (r == ENGINE_BUSY)
		return;
	if (h->calls->mail_take(post.engine, call_end(h), letter_take, h, &f)
	    != ENGINE_OK || r == ENGINE_DOWN || post.watch.fd < 0)
		post_watch(h);
	else
		post.due = clock_boot() + (post.watch.every ?
		    post.watch.every : h->lease.ttl / 3);
}

bool
letters_busy(void)
{
	for (int i = 0; i < post.n; i++) {
		if (post.asker[i].runs > 0)
			return true;
	}
	return false;
}

void
letters_answer(struct hold *h, long long deadline)
{
	int exit = h->lost ? EXIT_LOST : h->mine.exit;
	struct fault f;

	if (!post.engine)
		return;
	done_tell(h);
	h->calls->mail_take(post.engine, deadline, letter_take, h, &f);
	for (int i = 0; i < post.n; i++) {
		if (!post.asker[i].runs && exit >= 0)
			answer(h, post.asker[i].id, exit, deadline);
	}
	post.n = 0;
}

void
letters_end(struct hold *h)
{
	if (post.engine)
		h->calls->close(post.engine);
	post.engine = NULL;
}
