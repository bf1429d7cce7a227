/*
 * etcd_line.c: the line of those that wait for a key.
 *
 * A place is a key under a lease of its own; the order is that of creation.
 * Each handle watches only the place before its own, so that a release wakes
 * one.  The holder keeps its place while it has the record: both have the same
 * lease, and one revocation ends them.  The first in line waits for the record
 * itself if its holder was never in line.
 */
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

	r = etcd_grant(e, ttl, deadline, e->lease, &granted, f);
	if (r != ENGINE_OK)
		return r;
	e->place.ttl = granted * 1000;
	e->place.until = e->asked + e->place.ttl;
	etcd_name(e, 'q', e->lease, name);
	r = etcd_txn(e, json_pack("[o]", etcd_if(name, "EQUAL", 0)),
	    json_pack("[o, o, o]", before_get(e), etcd_get(e->key),
	    etcd_put(name, value, e->lease)), json_pack("[o]", etcd_get(name)),
	    deadline, &yes, &answer, f);
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

enum engine_result
etcd_waiting(struct engine *e, long long deadline, long long *n,
    struct fault *f)
{
	enum engine_result r;
	json_t *answer;

	r = etcd_ask(e, "/v3/kv/range", all_set(e, json_pack("{s:b}",
	    "count_only", 1)), deadline, &answer, f);
	/* The holder keeps its own place. */
	if (r == ENGINE_OK)
		*n = etcd_number(answer, "count") -
		    (e->place.since && e->token);
	json_decref(answer);
	return r;
}
