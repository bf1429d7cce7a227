/*
 * etcd_wait.c: wait for a key: the line of those that want it, and changes as
 * they come.
 *
 * A place in line is a key under a lease of its own; the order is that of
 * creation.  Each handle watches only the place before its own, so that a
 * release wakes one.  The holder keeps its place while it has the record: both
 * have the same lease, and one revocation ends them.  The first in line waits
 * for the record itself if its holder was never in line.
 *
 * A watch starts at the revision after the last answer, so that it also reports
 * what happened between that answer and the watch.  One that starts further
 * back is slow: etcd serves it only every 0.1 s until it has caught up.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/say.h"
#include "cli/cluster/etcd.h"

enum { ATTEMPTS = 3 };

/* A range, or a comparison, that concerns all places. */
static json_t *
all_set(const struct engine *e, json_t *j)
{
	char name[ETCD_NAME];

	etcd_name(e, 'q', "", name);
	json_object_set_new(j, "key", etcd_text(name));
	json_object_set_new(j, "range_end", etcd_end(name));
	return j;
}

json_t *
etcd_line_any(const struct engine *e)
{
	return json_pack("{s:o}", "request_range", all_set(e,
	    json_pack("{s:i}", "limit", 1)));
}

json_t *
etcd_line_ours(const struct engine *e)
{
	long long since = e->place.since;
	char name[ETCD_NAME], digits[24];
	json_t *all = all_set(e, json_pack("{s:s, s:s, s:s}", "target",
	    "CREATE", "result", since ? "GREATER" : "EQUAL",
	    "create_revision", say_num(digits, since ? since - 1 : 0)));
	json_t *a = json_pack("[o, o]", etcd_if(e->key, "EQUAL", 0), all);

	if (since)
		json_array_append_new(a, etcd_if(etcd_name(e, 'q', e->lease,
		    name), "EQUAL", since));
	return a;
}

void
etcd_line_forget(struct engine *e)
{
	memset(&e->place, 0, sizeof(e->place));
	*e->lease = '\0';
}

/* The place that was created last, before ours if there is ours. */
static json_t *
before_get(const struct engine *e)
{
	json_t *j = all_set(e, json_pack("{s:s, s:s, s:i}", "sort_order",
	    "DESCEND", "sort_target", "CREATE", "limit", 1));
	char digits[24];

	if (e->place.since)
		json_object_set_new(j, "max_create_revision", json_string(
		    say_num(digits, e->place.since - 1)));
	return json_pack("{s:o}", "request_range", j);
}

/* What a transaction read by before_get, then of the record: is it our turn? */
static enum engine_result
line_turn(struct engine *e, const json_t *answer, struct engine_found *found)
{
	const json_t *before = etcd_kv(etcd_ranged(answer, 0), 0);
	const json_t *record = etcd_kv(etcd_ranged(answer, 1), 0);

	if (record && !etcd_found(e, record, found))
		found->token = etcd_number(record, "create_revision");
	if (!before || etcd_string(before, "key", e->place.before,
	    sizeof(e->place.before)) < 0)
		strcpy(e->place.before, e->key);
	return before || record ? ENGINE_BUSY : ENGINE_OK;
}

/* LOST: our place is gone. */
static enum engine_result
place_look(struct engine *e, long long deadline, struct engine_found *found,
    struct fault *f)
{
	char name[ETCD_NAME];
	enum engine_result r;
	json_t *answer;
	bool yes;

	r = etcd_txn(e, json_pack("[o]", etcd_if(etcd_name(e, 'q', e->lease,
	    name), "EQUAL", e->place.since)), json_pack("[o, o]",
	    before_get(e), etcd_get(e->key)), json_array(), deadline, &yes,
	    &answer, f);
	if (r == ENGINE_OK)
		r = yes ? line_turn(e, answer, found) : ENGINE_LOST;
	json_decref(answer);
	return r;
}

/* LOST: the lease has ended meanwhile. */
static enum engine_result
place_take(struct engine *e, int ttl, const char *value, long long deadline,
    struct engine_found *found, struct fault *f)
{
	char name[ETCD_NAME];
	long long granted;
	enum engine_result r;
	json_t *answer;
	bool yes;

	/* The lease finds it again if the answer was lost. */
	if (!e->place.unsure) {
		r = etcd_grant(e, ttl, deadline, e->lease, &granted, f);
		if (r != ENGINE_OK)
			return r;
		e->place.ttl = granted * 1000;
		e->place.until = e->asked + e->place.ttl;
	}
	etcd_name(e, 'q', e->lease, name);
	r = etcd_txn(e, json_pack("[o]", etcd_if(name, "EQUAL", 0)),
	    json_pack("[o, o, o]", before_get(e), etcd_get(e->key),
	    etcd_put(name, value, e->lease)), json_pack("[o]", etcd_get(name)),
	    deadline, &yes, &answer, f);
	e->place.unsure = r == ENGINE_DOWN;
	if (r == ENGINE_OK && yes) {
		e->place.since = etcd_number(json_object_get(answer,
		    "header"), "revision");
		r = line_turn(e, answer, found);
	} else if (r == ENGINE_OK) { /* done, and the answer was lost */
		e->place.since = etcd_number(etcd_kv(etcd_ranged(answer, 0),
		    0), "create_revision");
		r = place_look(e, deadline, found, f);
	}
	json_decref(answer);
	return r;
}

enum engine_result
etcd_queue(struct engine *e, int ttl, const char *value, long long deadline,
    struct engine_found *found, struct fault *f)
{
	enum engine_result r;

	e->ttl = ttl;
	if (e->place.turn)
		return ENGINE_OK;
	for (int i = 0; i < ATTEMPTS; i++) {
		r = e->place.since ? place_look(e, deadline, found, f) :
		    place_take(e, ttl, value, deadline, found, f);
		if (r != ENGINE_LOST)
			return r;
		etcd_line_forget(e);
	}
	etcd_fault(&e->member[e->at], f, "its leases run out before they can"
	    " be used");
	return ENGINE_DOWN;
}

enum { LINE_MOST = 1 << 20, EVERY_MS = 10000, STEP_MS = 1000 };

/* Append the request to watch one key, from the last answer on. */
static void
request_add(const struct engine *e, const char *name, const char *filter,
    struct buf *b)
{
	char digits[24], *text;
	json_t *j = json_pack("{s:{s:o, s:s, s:[s*]}}", "create_request",
	    "key", etcd_text(name), "start_revision", say_num(digits,
	    e->revision + 1), "filters", filter);

	text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	if (!text || buf_add(b, text, strlen(text)) < 0)
		b->failed = true;
	free(text);
}

/* What the handle watches, as one JSON after the other, and a NUL; returns how
 * many.  A wish that goes has gone with the record. */
static int
requests_make(const struct engine *e, struct buf *b)
{
	char name[ETCD_NAME], digits[24];
	int n = 1;

	request_add(e, e->place.since && !e->token ? e->place.before : e->key,
	    NULL, b);
	if (e->token) {
		request_add(e, etcd_name(e, 'w', say_num(digits, e->token),
		    name), "NODELETE", b);
		n++;
	}
	buf_add(b, "", 1);
	return n;
}

/* Read one line of the stream, a JSON object.  OK: something was put; LOST:
 * something was deleted; BUSY: no event, such as that a watch was created;
 * DOWN: a watch failed or was cancelled. */
static enum engine_result
line_take(struct engine *e, const char *line, size_t n, int *created,
    struct fault *f)
{
	json_t *j = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *result = json_object_get(j, "result"), *event;
	enum engine_result r = ENGINE_BUSY;
	const char *type;
	size_t i;

	if (!result || json_is_true(json_object_get(result, "canceled"))) {
		etcd_fault(&e->member[e->at], f, "it does not let us watch");
		r = ENGINE_DOWN;
	}
	json_array_foreach(json_object_get(result, "events"), i, event) {
		type = json_string_value(json_object_get(event, "type"));
		if (type && !strcmp(type, "DELETE"))
			r = ENGINE_LOST;
		else if (r == ENGINE_BUSY)
			r = ENGINE_OK;
	}
	*created += json_is_true(json_object_get(result, "created"));
	json_decref(j);
	return r;
}

/* Of two results of a watch, the one that says more. */
static enum engine_result
heard_more(enum engine_result a, enum engine_result b)
{
	return a == ENGINE_LOST || b == ENGINE_BUSY ? a :
	    b == ENGINE_LOST || a == ENGINE_BUSY ? b : a;
}

/* Read all lines that have arrived; as line_take. */
static enum engine_result
stream_take(struct engine *e, int *created, struct fault *f)
{
	bool on = http_stream_take(e->http);
	enum engine_result r = ENGINE_BUSY, line;
	struct buf *b = &e->ear.in;
	const char *end;

	while (b->len && (end = memchr(b->at, '\n', b->len))) {
		line = line_take(e, b->at, (size_t)(end - b->at), created, f);
		buf_shift(b, (size_t)(end + 1 - b->at));
		if (line == ENGINE_DOWN)
			return line;
		r = heard_more(r, line);
	}
	if (on && b->len <= LINE_MOST)
		return r;
	etcd_fault(&e->member[e->at], f, "the watch has ended");
	return r == ENGINE_BUSY ? ENGINE_DOWN : r;
}

/* In line `heard` is called after each renewal, too, and says when to look. */
static void
socket_tell(struct engine *e, struct engine_watch *w)
{
	w->fd = http_stream_fd(e->http);
	w->every = w->fd < 0 ? STEP_MS : e->place.since ? 0 : EVERY_MS;
}

/* Start n watches at one member, and wait until it confirms them.  As
 * line_take. */
static enum engine_result
member_watch(struct engine *e, const char *text, int n, long long deadline,
    struct fault *f)
{
	struct etcd_member *m = &e->member[e->at];
	enum engine_result r = ENGINE_BUSY, one;
	int created = 0;

	if (!etcd_resolve(m, deadline, f))
		return ENGINE_DOWN;
	buf_shift(&e->ear.in, e->ear.in.len);
	if (!http_stream(e->http, &m->peer, "/v3/watch", text,
	    *e->auth ? e->auth : NULL, &e->ear.in)) {
		etcd_fault(m, f, "it cannot be watched");
		return ENGINE_DOWN;
	}
	while (created < n) {
		if (clock_boot() >= deadline) {
			etcd_fault(m, f, "no answer");
			return ENGINE_DOWN;
		}
		http_stream_wait(e->http, deadline);
		one = stream_take(e, &created, f);
		if (one == ENGINE_DOWN)
			return one;
		r = heard_more(r, one);
	}
	return r;
}

enum engine_result
etcd_watch(struct engine *e, long long deadline, struct engine_watch *w,
    struct fault *f)
{
	enum engine_result r = ENGINE_DOWN;
	struct buf text = { 0 };
	int n = requests_make(e, &text);

	fault_set(f, 0, "etcd: no answer in time", NULL);
	for (int i = 0; !text.failed && i < e->members &&
	    clock_boot_left(deadline); i++) {
		r = member_watch(e, text.at, n, i == e->members - 1 ?
		    deadline : clock_boot_half(deadline), f);
		if (r != ENGINE_DOWN)
			break;
		http_stream_end(e->http);
		e->at = (e->at + 1) % e->members;
	}
	buf_free(&text);
	if (r == ENGINE_DOWN)
		return r;
	/* A wish may be older than the last answer. */
	e->ear.said = e->token ? heard_more(r, ENGINE_OK) : r;
	e->ear.looked = clock_boot();
	e->ear.at = e->at;
	socket_tell(e, w);
	if (e->ear.said != ENGINE_BUSY)
		w->every = 1; /* call heard at once */
	return ENGINE_OK;
}

/* After how long (ms) the caller looks although nothing was reported.  A member
 * that no longer responds reports nothing; a handle that renews learns that by
 * its renewals.  But also one that responds may miss an event (etcd's issues
 * 17529, 18089), or a proxy's connection to it has gone: no launch must wait on
 * for what has happened. */
static long long
look_ms(const struct engine *e)
{
	enum { TTLS = 4 };

	return e->token || e->place.since ? e->ttl * 1000LL * TTLS : EVERY_MS;
}

enum engine_result
etcd_heard(struct engine *e, struct engine_watch *w, struct fault *f)
{
	int created = 0;
	enum engine_result r = heard_more(stream_take(e, &created, f),
	    e->ear.said);

	e->ear.said = ENGINE_BUSY;
	socket_tell(e, w);
	if (r == ENGINE_BUSY && clock_boot() - e->ear.looked >= look_ms(e)) {
		e->ear.looked = clock_boot();
		r = ENGINE_OK;
	}
	if (r == ENGINE_BUSY && e->ear.at != e->at &&
	    (e->token || e->place.since)) {
		etcd_fault(&e->member[e->ear.at], f, "no answer");
		return ENGINE_DOWN;
	}
	if (r != ENGINE_LOST || e->token)
		return r;
	e->place.turn = e->place.since;
	return ENGINE_OK;
}
