/*
 * engine.c: an engine of onlyone-cluster, asked by hand.
 *
 * usage: engine URL KEY COMMAND...     KEY: "-" for none
 *
 * Each command is one argument, and a call of engine.h: "acquire TTL VALUE",
 * "queue TTL VALUE", "renew", "release [HOLD [VALUE]]", "ended TOKEN", "wish
 * TOKEN TEXT", "wished", "look", "list PREFIX", "watch", "heard MS" (it waits
 * so long for something to hear), "check TTL", "init [make]".  A TOKEN "." is
 * the last that was printed.  Or: "within MS", the deadline of what follows
 * (5000 at first); "until FILE", waits for the file; "win TTL VALUE", acquire,
 * and wait in line while it is BUSY; "wanted", wait for a wish; "join", wait
 * for the end of the run that has the key, and ask how it ended; "run COMMAND",
 * by a shell, where the last result was OK.
 *
 * A line for each: the result, then what it brings.  The status is that of the
 * last call, as an enum engine_result.
 */
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/cluster/engine.h"

static const char *const results[] = {
	"OK", "BUSY", "LOST", "DOWN", "DENIED", "SETUP"
};

static const struct engine_calls *calls;
static struct engine *e;
static struct engine_watch ear = { .fd = -1 };
static long long last_token;
static int within = 5000;
static char **given; /* our environment: engine_of takes it away */

static void
on_record(void *arg, const struct engine_found *found)
{
	(void)arg;
	last_token = found->token;
	printf("record %s %s %lld\n", found->key, found->value, found->token);
	fflush(stdout);
}

static void
on_line(void *arg, bool ok, const char *text)
{
	(void)arg;
	printf("%s: %s\n", ok ? "ok" : "bad", text);
}

/* Up to MS for something to hear. */
static enum engine_result
hear(int ms, struct fault *f)
{
	enum engine_result result;
	long long end = clock_boot() + ms, left;

	while ((result = calls->heard(e, &ear, f)) == ENGINE_BUSY &&
	    (left = end - clock_boot()) > 0) {
		struct pollfd p = { .fd = ear.fd, .events = ear.events };

		if (ear.every && ear.every < left)
			left = ear.every;
		poll(&p, 1, (int)left);
	}
	return result;
}

static enum engine_result
acquire(int ttl, const char *value, long long deadline, struct fault *f)
{
	long long begun = clock_boot();
	struct engine_grant grant;
	struct engine_found found;
	enum engine_result result = calls->acquire(e, ttl, value, deadline,
	    &grant, &found, f);

	if (result == ENGINE_OK)
		last_token = grant.token;
	if (result == ENGINE_OK)
		printf("token %lld ttl %lld until %lld ", grant.token,
		    grant.ttl, grant.until - begun);
	if (result == ENGINE_BUSY)
		on_record(NULL, &found);
	return result;
}

static enum engine_result
queue(int ttl, const char *value, long long deadline, struct fault *f)
{
	struct engine_found found = { .token = 0 };
	enum engine_result result = calls->queue(e, ttl, value, deadline,
	    &found, f);

	if (result == ENGINE_BUSY && found.token)
		on_record(NULL, &found);
	return result;
}

/* Whoever waits comes to have it, in order of arrival. */
static enum engine_result
win(int ttl, const char *value, long long deadline, struct fault *f)
{
	enum engine_result result;

	while ((result = acquire(ttl, value, deadline, f)) == ENGINE_BUSY) {
		while ((result = queue(ttl, value, deadline, f)) ==
		    ENGINE_BUSY) {
			result = calls->watch(e, deadline, &ear, f);
			if (result == ENGINE_OK)
				result = hear(60000, f);
			if (result != ENGINE_OK && result != ENGINE_DOWN)
				return result;
		}
		if (result != ENGINE_OK)
			break;
	}
	return result;
}

/* Wait for a wish; the first look may find none. */
static enum engine_result
wanted(char value[ENGINE_VALUE], long long deadline, struct fault *f)
{
	enum engine_result result = calls->watch(e, deadline, &ear, f);

	while (result == ENGINE_OK) {
		result = hear(60000, f);
		if (result == ENGINE_OK)
			result = calls->wished(e, deadline, value, f);
		if (result != ENGINE_BUSY)
			break;
		result = ENGINE_OK;
	}
	return result;
}

/* The run's last value: of the record, if that is held back. */
static enum engine_result
join(char value[ENGINE_VALUE], long long deadline, struct fault *f)
{
	struct engine_found run, now;
	enum engine_result result = calls->look(e, deadline, &run, f);

	if (result == ENGINE_OK)
		on_record(NULL, &run);
	while (result == ENGINE_OK) {
		result = calls->watch(e, deadline, &ear, f);
		if (result == ENGINE_OK)
			result = hear(60000, f);
		if (result != ENGINE_OK)
			break;
		result = calls->look(e, deadline, &now, f);
		if (result == ENGINE_LOST || (result == ENGINE_OK &&
		    now.token != run.token))
			return calls->ended(e, run.token, deadline, value, f);
		strcpy(value, now.value);
		if (result == ENGINE_OK && strcmp(now.value, run.value))
			break;
	}
	return result;
}

/* word: the call, a, b: what stands behind it. */
static enum engine_result
call(const char *word, char *a, char *b, struct fault *f)
{
	long long deadline = clock_boot() + within, until = 0;
	enum engine_result result = ENGINE_SETUP;
	long long of = a && strcmp(a, ".") ? atoll(a) : last_token;
	char value[ENGINE_VALUE] = "";
	struct engine_found found;

	if (!strcmp(word, "win"))
		result = win(atoi(a), b, deadline, f);
	else if (!strcmp(word, "acquire"))
		result = acquire(atoi(a), b, deadline, f);
	else if (!strcmp(word, "queue"))
		result = queue(atoi(a), b, deadline, f);
	else if (!strcmp(word, "renew")) {
		long long begun = clock_boot();

		result = calls->renew(e, deadline, &until, f);
		if (result == ENGINE_OK)
			printf("until %lld ", until - begun);
	} else if (!strcmp(word, "release"))
		result = calls->release(e, a ? atoi(a) : 0, b, deadline, f);
	else if (!strcmp(word, "wish"))
		result = calls->wish(e, of, b, deadline, f);
	else if (!strcmp(word, "wished"))
		result = calls->wished(e, deadline, value, f);
	else if (!strcmp(word, "ended"))
		result = calls->ended(e, of, deadline, value, f);
	else if (!strcmp(word, "wanted"))
		result = wanted(value, deadline, f);
	else if (!strcmp(word, "join"))
		result = join(value, deadline, f);
	else if (!strcmp(word, "look")) {
		result = calls->look(e, deadline, &found, f);
		if (result == ENGINE_OK)
			on_record(NULL, &found);
	} else if (!strcmp(word, "list"))
		result = calls->list(e, a ? a : "", deadline, on_record, NULL,
		    f);
	else if (!strcmp(word, "watch"))
		result = calls->watch(e, deadline, &ear, f);
	else if (!strcmp(word, "heard"))
		result = hear(atoi(a), f);
	else if (!strcmp(word, "check"))
		result = calls->check(e, atoi(a), deadline, on_line, NULL, f);
	else if (!strcmp(word, "init"))
		result = calls->init(e, a != NULL, deadline, on_line, NULL, f);
	else {
		fprintf(stderr, "engine: what is %s?\n", word);
		exit(64);
	}
	if (result == ENGINE_OK && *value)
		printf("value %s\n", value);
	return result;
}

static enum engine_result
obey(const char *command, enum engine_result last)
{
	long long begun = clock_boot();
	char line[2048], *word, *a, *b;
	struct fault f = { .line = "(no fault)" };
	enum engine_result result;

	if (!strncmp(command, "run ", 4)) {
		environ = given;
		if (last == ENGINE_OK && system(command + 4) != 0)
			exit(65);
		return last;
	}
	snprintf(line, sizeof(line), "%s", command);
	b = line;
	word = strsep(&b, " ");
	a = strsep(&b, " ");
	if (!strcmp(word, "within")) {
		within = atoi(a);
		return ENGINE_OK;
	}
	if (!strcmp(word, "until")) {
		while (access(a, F_OK) < 0)
			poll(NULL, 0, 10);
		return ENGINE_OK;
	}
	result = call(word, a, b, &f);
	printf("%s%s%s %lld ms\n", results[result],
	    result > ENGINE_LOST ? " " : "", result > ENGINE_LOST ? f.line :
	    "", clock_boot() - begun);
	fflush(stdout);
	return result;
}

int
main(int argc, char *argv[])
{
	enum engine_result result = ENGINE_SETUP;
	struct fault f;

	if (argc < 4) {
		fprintf(stderr, "usage: engine URL KEY COMMAND...\n");
		return 64;
	}
	alarm(300);
	given = environ;
	calls = engine_of(argv[1]);
	if (!calls)
		return 64;
	result = calls->open(&e, argv[1], strcmp(argv[2], "-") ? argv[2] :
	    NULL, &f);
	if (result != ENGINE_OK) {
		printf("%s %s\n", results[result], f.line);
		return result;
	}
	for (int i = 3; i < argc; i++)
		result = obey(argv[i], result);
	calls->close(e);
	return result;
}
