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
#include "cli/base/io.h"
#include "cli/cluster/etcd.h"

enum { ATTEMPTS = 3 };

void
etcd_line_any(const struct engine *e, struct etcd_txn *t)
{
	Etcd__RangeRequest *q = etcd_get(t, e->line);

	q->range_end = etcd_bytes(e->line_end);
	q->limit = 1;
}

void
etcd_line_ours(const struct engine *e, struct etcd_txn *t,
    char place[ETCD_NAME])
{
	long long since = e->place.since;
	Etcd__Compare *all;

	etcd_name(e, 'q', e->lease, place);
	etcd_if(t, e->key, 0);
	all = etcd_if(t, e->line, since ? since - 1 : 0);
	all->range_end = etcd_bytes(e->line_end);
	if (since) {
		all->result = ETCD__COMPARE__COMPARE_RESULT__GREATER;
		etcd_if(t, place, since);
	}
}

void
etcd_line_forget(struct engine *e)
{
	memset(&e->place, 0, sizeof(e->place));
	e->lease = 0;
}

/* Read the place that was created last, before ours if there is ours; and the
 * record. */
static void
before_get(const struct engine *e, struct etcd_txn *t)
{
	Etcd__RangeRequest *q = etcd_get(t, e->line);

	q->range_end = etcd_bytes(e->line_end);
	q->sort_order = ETCD__RANGE_REQUEST__SORT_ORDER__DESCEND;
	q->sort_target = ETCD__RANGE_REQUEST__SORT_TARGET__CREATE;
	q->limit = 1;
	if (e->place.since)
		q->max_create_revision = e->place.since - 1;
	etcd_get(t, e->key);
}

/* What a transaction read by before_get: is it our turn? */
static enum engine_result
line_turn(struct engine *e, const Etcd__TxnResponse *answer,
    struct engine_found *found)
{
	const Etcd__KeyValue *before = etcd_kv(answer, 0, 0);
	const Etcd__KeyValue *record = etcd_kv(answer, 1, 0);

	if (record && !etcd_found(e, record, found))
		found->token = record->create_revision;
	if (!before || etcd_string(&before->key, e->place.before,
	    sizeof(e->place.before)) < 0)
		strcpy(e->place.before, e->key);
	return before || record ? ENGINE_BUSY : ENGINE_OK;
}

/* LOST: our place is gone. */
static enum engine_result
place_look(struct engine *e, long long deadline, struct engine_found *found,
    struct fault *f)
{
	union etcd_answer answer;
	char name[ETCD_NAME];
	enum engine_result r;
	struct etcd_txn t;

	etcd_begin(&t);
	etcd_if(&t, etcd_name(e, 'q', e->lease, name), e->place.since);
	before_get(e, &t);
	r = etcd_send(e, &t, deadline, &answer, f);
	if (r != ENGINE_OK)
		return r;
	r = answer.txn->succeeded ? line_turn(e, answer.txn, found) : ENGINE_LOST;
	etcd_free(&answer);
	return r;
}

/* LOST: the lease has ended meanwhile. */
static enum engine_result
place_take(struct engine *e, int ttl, const char *value, long long deadline,
    struct engine_found *found, struct fault *f)
{
	const Etcd__KeyValue *ours;
	union etcd_answer answer;
	char name[ETCD_NAME];
	long long granted;
	enum engine_result r;
	struct etcd_txn t;

	/* The lease finds it again if the answer was lost. */
	if (!e->place.unsure) {
		r = etcd_grant(e, ttl, deadline, &e->lease, &granted, f);
		if (r != ENGINE_OK)
			return r;
		e->place.ttl = granted * 1000;
		e->place.until = e->asked + e->place.ttl;
	}
	etcd_begin(&t);
	etcd_if(&t, etcd_name(e, 'q', e->lease, name), 0);
	before_get(e, &t);
	etcd_put(&t, name, value, e->lease);
	etcd_else(&t);
	etcd_get(&t, name);
	r = etcd_send(e, &t, deadline, &answer, f);
	e->place.unsure = r == ENGINE_DOWN;
	if (r != ENGINE_OK)
		return r;
	if (answer.txn->succeeded) {
		e->place.since = etcd_revision(answer.txn);
		r = line_turn(e, answer.txn, found);
	} else { /* done, and the answer was lost */
		ours = etcd_kv(answer.txn, 0, 0);
		e->place.since = ours ? ours->create_revision : 0;
		r = place_look(e, deadline, found, f);
	}
	etcd_free(&answer);
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

enum { EVERY_MS = 10000, STEP_MS = 1000 };

/* Append the request to watch one key, from the last answer on; puts: report only
 * what is put. */
static void
request_add(const struct engine *e, const char *name, bool puts,
    struct buf *b)
{
	static Etcd__WatchCreateRequest__FilterType filter =
	    ETCD__WATCH_CREATE_REQUEST__FILTER_TYPE__NODELETE;
	Etcd__WatchCreateRequest create = ETCD__WATCH_CREATE_REQUEST__INIT;
	Etcd__WatchRequest q = ETCD__WATCH_REQUEST__INIT;

	q.create_request = &create;
	create.key = etcd_bytes(name);
	create.start_revision = e->revision + 1;
	create.filters = &filter;
	create.n_filters = puts;
	grpc_add(b, &q.base);
}

/* What the handle watches; returns how many.  A wish that goes has gone with the
 * record. */
static int
requests_make(const struct engine *e, struct buf *b)
{
	char name[ETCD_NAME];

	request_add(e, e->place.since && !e->token ? e->place.before : e->key,
	    false, b);
	if (!e->token)
		return 1;
	request_add(e, etcd_name(e, 'w', e->token, name), true, b);
	return 2;
}

/* Read one message of the stream.  OK: something was put; LOST: something was
 * deleted; BUSY: no event, such as that a watch was created; DOWN: a watch was
 * cancelled. */
static enum engine_result
message_read(struct engine *e, const Etcd__WatchResponse *said, int *created,
    struct fault *f)
{
	enum engine_result r = ENGINE_BUSY;

	if (said->canceled) {
		etcd_fault(&e->member[e->at], f, "it does not let us watch");
		fault_more(f, *said->cancel_reason ? ": " : "",
		    said->cancel_reason, NULL);
		r = ENGINE_DOWN;
	}
	for (size_t i = 0; i < said->n_events; i++) {
		if (said->events[i]->type == ETCD__EVENT__EVENT_TYPE__DELETE)
			r = ENGINE_LOST;
		else if (r == ENGINE_BUSY)
			r = ENGINE_OK;
	}
	*created += said->created;
	return r;
}

/* Of two results of a watch, the one that says more. */
static enum engine_result
heard_more(enum engine_result a, enum engine_result b)
{
	return a == ENGINE_LOST || b == ENGINE_BUSY ? a :
	    b == ENGINE_LOST || a == ENGINE_BUSY ? b : a;
}

/* Read all messages that have arrived; as message_read. */
static enum engine_result
stream_take(struct engine *e, long long deadline, int *created,
    struct fault *f)
{
	struct fault why = { .line = "its answer is not etcd's" };
	bool on = grpc_stream_take(e->grpc, deadline, &why);
	enum engine_result r = ENGINE_BUSY, one;
	struct buf *b = &e->ear.in;
	union etcd_answer said;
	int n;

	while ((n = grpc_take(b, &etcd__watch_response__descriptor,
	    &said.any)) > 0) {
		one = message_read(e, said.watch, created, f);
		etcd_free(&said);
		if (one == ENGINE_DOWN)
			return one;
		r = heard_more(r, one);
	}
	if (on && n == 0)
		return r;
	etcd_fault(&e->member[e->at], f, why.line);
	if (n < 0)
		return ENGINE_DOWN;
	return r == ENGINE_BUSY ? ENGINE_DOWN : r;
}

/* In line `heard` is called after each renewal, too, and says when to look. */
static void
socket_tell(struct engine *e, struct engine_watch *w)
{
	w->fd = grpc_stream_fd(e->grpc);
	w->every = w->fd < 0 ? STEP_MS : e->place.since ? 0 : EVERY_MS;
}

/* Start n watches at one member, and wait until it confirms them.  As
 * message_read. */
static enum engine_result
member_watch(struct engine *e, const struct buf *messages, int n,
    long long deadline, struct fault *f)
{
	struct conn_peer *m = &e->member[e->at];
	enum engine_result r = ENGINE_BUSY, one;
	struct fault why;
	int created = 0;

	if (!conn_resolve(m, "etcd", deadline, f))
		return ENGINE_DOWN;
	buf_shift(&e->ear.in, e->ear.in.len);
	if (!grpc_stream(e->grpc, m, "/etcdserverpb.Watch/Watch", messages,
	    *e->auth ? e->auth : NULL, deadline, &e->ear.in, &why)) {
		etcd_fault(m, f, why.line);
		return ENGINE_DOWN;
	}
	for (;;) {
		one = stream_take(e, deadline, &created, f);
		if (one == ENGINE_DOWN)
			return one;
		r = heard_more(r, one);
		if (created == n)
			return r;
		if (clock_boot() >= deadline) {
			etcd_fault(m, f, "no answer");
			return ENGINE_DOWN;
		}
		io_wait(grpc_stream_fd(e->grpc), POLLIN,
		    clock_boot_left(deadline));
	}
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
		r = member_watch(e, &text, n, i == e->members - 1 ?
		    deadline : clock_boot_half(deadline), f);
		if (r != ENGINE_DOWN)
			break;
		grpc_stream_end(e->grpc);
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
	enum engine_result r = heard_more(stream_take(e, clock_boot() +
	    STEP_MS, &created, f), e->ear.said);

	e->ear.said = ENGINE_BUSY;
	if (r == ENGINE_DOWN)
		grpc_stream_end(e->grpc);
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
