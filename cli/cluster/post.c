/*
 * post.c: send a letter to the holder of a key, and get the answer.
 *
 * It takes two handles: one hears of the answer, the other of the end of the
 * holder's record, after which no answer can come.
 */
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/cluster/post.h"
#include "cli/cluster/record_text.h"
#include "cli/base/io.h"
#include "cli/base/text.h"

enum { CALL_MS = 3000, LETTER_S = 10, TAKEN_MS = 8000, TROUBLE_MS = 500,
	LATE_MS = 300 };

/* More than a dozen members: a letter, and what becomes of it. */
struct ask {
	const struct engine_calls *calls;
	struct engine *reply, *key;
	struct engine_watch reply_watch, key_watch;
	char *text;
	char id[16];
	bool there;    /* not taken by the holder yet, as far as we know */
	long long due; /* clock_boot when to check that; 0: it was taken */
	bool again;    /* if the holder does not take it, send it again */
	long long token;
	struct answer *answer;
	int ended;  /* exit status in a record held back; -1 */
};

static void
answer_take(void *arg, const char *id, const char *text)
{
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	struct ask *a = arg;
	const json_t *status = json_object_get(j, "status");
	const char *line = json_string_value(json_object_get(j, "line"));

	(void)id;
	a->answer->status = json_is_integer(status) ?
	    (int)json_integer_value(status) & 255 : -1;
	text_join(a->answer->line, sizeof(a->answer->line), line ? line : "",
	    NULL);
	a->answer->untaken = json_is_true(json_object_get(j, "untaken"));
	json_decref(j);
}

static void
watch(struct ask *a, struct engine *e, enum engine_topic topic,
    struct engine_watch *w)
{
	struct fault f;

	if (a->calls->watch(e, topic, clock_boot() + CALL_MS, w, &f) !=
	    ENGINE_OK)
		*w = (struct engine_watch){ -1, 0, TROUBLE_MS };
}

/* Take the answer.  BUSY: not there yet. */
static enum engine_result
replied(struct ask *a, struct fault *f)
{
	return a->calls->mail_replied(a->reply, a->id, clock_boot() + CALL_MS,
	    answer_take, a, f);
}

/* OK: the answer is there; BUSY: not yet; LOST: it will never come. */
static enum engine_result
look(struct ask *a, struct fault *f)
{
	struct engine_found found;
	enum engine_result r, gone;
	struct record held;

	gone = a->calls->look(a->key, clock_boot() + CALL_MS, &found, f);
	r = replied(a, f);
	if (r != ENGINE_BUSY || (gone != ENGINE_OK && gone != ENGINE_LOST))
		return r;
	if (gone == ENGINE_OK && found.token == a->token) {
		record_parse(found.value, &held);
		if (!held.done)
			return ENGINE_BUSY;
		a->ended = held.exit;
	}
	/* A holder answers the last letters after it has released the key. */
	clock_sleep(1000L * LATE_MS);
	r = replied(a, f);
	return r == ENGINE_BUSY ? ENGINE_LOST : r;
}

static enum engine_result
letter_put(struct ask *a, struct fault *f)
{
	enum engine_result r = a->calls->mail_put(a->reply, LETTER_S, a->text,
	    a->id, clock_boot() + CALL_MS, f);

	a->there = r == ENGINE_OK;
	a->due = clock_boot() + (a->there ? TAKEN_MS : TROUBLE_MS);
	return r;
}

/* Take the letter back before it expires.  If it was still there, the holder
 * does not take letters.  BUSY: keep waiting; DOWN: give up. */
static enum engine_result
letter_look(struct ask *a, struct fault *f)
{
	enum engine_result r = ENGINE_OK;

	if (a->there)
		r = a->calls->mail_drop(a->reply, a->id, clock_boot() +
		    CALL_MS, f);
	a->due = r == ENGINE_LOST ? 0 : clock_boot() + TROUBLE_MS;
	if (r != ENGINE_OK)
		return ENGINE_BUSY;
	a->there = false;
	if (a->again) {
		letter_put(a, f);
		return ENGINE_BUSY;
	}
	fault_set(f, 0, "its host, ", a->answer->host, ", does not take what it"
	    " is sent: onlyone-cluster makes no progress there", NULL);
	return ENGINE_DOWN;
}

/* We stop waiting: take the letter back, so that nothing is done for it. */
static enum engine_result
letter_drop(struct ask *a, struct fault *f)
{
	if (a->due && a->there)
		a->calls->mail_drop(a->reply, a->id, clock_boot() + CALL_MS,
		    f);
	return ENGINE_BUSY;
}

static int
left(const struct ask *a, long long until)
{
	long long now = clock_boot(), ms = until - now;

	if (a->due && ms > a->due - now)
		ms = a->due - now;
	if (a->reply_watch.every && ms > a->reply_watch.every)
		ms = a->reply_watch.every;
	if (a->key_watch.every && ms > a->key_watch.every)
		ms = a->key_watch.every;
	return clock_span(ms);
}

static enum engine_result
answer_wait(struct ask *a, long long until, int fd, struct fault *f)
{
	enum engine_result r;
	struct pollfd p[3];

	watch(a, a->reply, TOPIC_REPLY, &a->reply_watch);
	watch(a, a->key, TOPIC_KEY, &a->key_watch);
	for (;;) {
		r = look(a, f);
		if (r != ENGINE_BUSY && r != ENGINE_DOWN)
			return r;
		p[0] = (struct pollfd){ fd, POLLIN, 0 };
		p[1] = (struct pollfd){ a->reply_watch.fd,
			a->reply_watch.events, 0 };
		p[2] = (struct pollfd){ a->key_watch.fd, a->key_watch.events,
			0 };
		io_poll(p, 3, left(a, until));
		if (p[0].revents || clock_boot() >= until)
			return letter_drop(a, f);
		if (a->due && clock_boot() >= a->due &&
		    letter_look(a, f) == ENGINE_DOWN)
			return ENGINE_DOWN;
		if (a->reply_watch.fd < 0 || (p[1].revents &&
		    a->calls->heard(a->reply, &a->reply_watch, f) ==
		    ENGINE_DOWN))
			watch(a, a->reply, TOPIC_REPLY, &a->reply_watch);
		if (a->key_watch.fd < 0 || (p[2].revents &&
		    a->calls->heard(a->key, &a->key_watch, f) ==
		    ENGINE_DOWN))
			watch(a, a->key, TOPIC_KEY, &a->key_watch);
	}
}

/* The letter says how long we wait: after that the holder can forget us. */
static char *
letter_text(json_t *letter, long long until)
{
	if (until != LLONG_MAX)
		json_object_set_new(letter, "ms", json_integer(until -
		    clock_boot()));
	return json_dumps(letter, JSON_COMPACT);
}

/* Note the holder's token and host.  LOST: the key is free. */
static enum engine_result
holder_look(struct ask *a, struct fault *f)
{
	struct engine_found found;
	struct record r;
	enum engine_result result = a->calls->look(a->key, clock_boot() +
	    CALL_MS, &found, f);

	if (result != ENGINE_OK)
		return result;
	a->token = found.token;
	record_parse(found.value, &r);
	strcpy(a->answer->host, *r.host ? r.host : "?");
	return result;
}

enum engine_result
ask_holder(const struct engine_calls *calls, const char *url,
    const char *key, json_t *letter, long long until, int fd,
    struct answer *answer, struct fault *f)
{
	struct ask a = { .calls = calls, .answer = answer, .ended = -1,
		.text = letter_text(letter, until) };
	const char *verb = json_string_value(json_object_get(letter, "verb"));
	enum engine_result r;

	*answer = (struct answer){ .status = -1 };
	/* A join changes nothing at the holder: it may be sent twice. */
	a.again = verb && !strcmp(verb, "join");
	json_decref(letter);
	r = calls->open(&a.reply, url, key, f);
	if (r == ENGINE_OK)
		r = calls->open(&a.key, url, key, f);
	if (r == ENGINE_OK)
		r = holder_look(&a, f);
	if (r == ENGINE_OK && (!a.text || strlen(a.text) >= ENGINE_MAIL)) {
		fault_set(f, 0, "there are too many arguments for a letter",
		    NULL);
		r = ENGINE_SETUP;
	}
	if (r == ENGINE_OK)
		r = letter_put(&a, f);
	if (r == ENGINE_OK)
		r = answer_wait(&a, until, fd, f);
	free(a.text);
	if (a.reply)
		calls->close(a.reply);
	if (a.key)
		calls->close(a.key);
	if (r == ENGINE_LOST)
		answer->status = a.ended;
	return r;
}
