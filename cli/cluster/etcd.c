/*
 * etcd.c: acquire, renew, release and read a record in etcd.
 *
 * A record is a key under a lease, created only if it does not exist; its
 * create_revision is the token.  A leader that is cut off from the other
 * members still renews leases, which these may have let end already.  So a
 * renewal counts only if the same member then finds our record in a read
 * through the majority.
 *
 * A holder that waited for the key has it under the lease of its place in line,
 * and keeps that place, too: both end at once (etcd_wait.c).  A wish is under
 * the holder's lease as well.  The note on a run that has ended takes that
 * lease over, which is no longer renewed.
 */
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/etcd.h"

enum { ATTEMPTS = 3 };

static enum engine_result
etcd_revoke(struct engine *e, const char *id, long long deadline,
    struct fault *f)
{
	enum engine_result r;
	json_t *answer;

	r = etcd_ask(e, "/v3/lease/revoke", json_pack("{s:s}", "ID", id),
	    deadline, &answer, f);
	json_decref(answer);
	return r;
}

/* One transaction that changes something if compare holds; both are freed.
 * ENGINE_LOST: it did not hold. */
static enum engine_result
etcd_try(struct engine *e, json_t *compare, json_t *success,
    long long deadline, struct fault *f)
{
	json_t *answer;
	bool yes;
	enum engine_result r = etcd_txn(e, json_pack("[o]", compare),
	    json_pack("[o]", success), json_array(), deadline, &yes, &answer,
	    f);

	json_decref(answer);
	return r == ENGINE_OK && !yes ? ENGINE_LOST : r;
}

/* Whether the majority still has our record, by the member that answered last. */
static enum engine_result
record_held(struct engine *e, long long deadline, struct fault *f)
{
	json_t *answer;
	enum engine_result r = etcd_ask_again(e, "/v3/kv/range",
	    json_pack("{s:o}", "key", etcd_text(e->key)), deadline, &answer, f);

	if (r == ENGINE_OK && etcd_number(etcd_kv(answer, 0),
	    "create_revision") != e->token)
		r = ENGINE_LOST;
	json_decref(answer);
	return r;
}

/* A place in line was renewed at that time, for ttl seconds; 0: it is gone. */
static enum engine_result
place_kept(struct engine *e, long long asked, long long ttl, long long *until)
{
	if (ttl <= 0 || ttl > ETCD_TTL_MOST) {
		etcd_line_forget(e);
		return ENGINE_LOST;
	}
	*until = e->place.until = asked + ttl * 1000;
	return ENGINE_OK;
}

static enum engine_result
renew_once(struct engine *e, long long deadline, long long *until,
    struct fault *f)
{
	long long ttl, asked;
	enum engine_result r;
	json_t *answer;

	r = etcd_ask(e, "/v3/lease/keepalive", json_pack("{s:s}", "ID",
	    e->lease), deadline, &answer, f);
	if (r != ENGINE_OK)
		return r;
	asked = e->asked;
	ttl = etcd_number(json_object_get(answer, "result"), "TTL");
	json_decref(answer);
	if (!e->token)
		return place_kept(e, asked, ttl, until);
	/* A member that has just started may not know the leases yet: whether
	 * it still has the key decides. */
	r = record_held(e, deadline, f);
	if (r == ENGINE_OK && (ttl <= 0 || ttl > ETCD_TTL_MOST)) {
		etcd_fault(&e->member[e->at], f, "it has the record, but not"
		    " its lease");
		return ENGINE_DOWN;
	}
	if (r == ENGINE_OK)
		*until = asked + ttl * 1000;
	return r;
}

static enum engine_result
etcd_renew(struct engine *e, long long deadline, long long *until,
    struct fault *f)
{
	enum engine_result r;

	if ((!e->token && !e->place.since && !e->place.unsure) || !*e->lease)
		return ENGINE_LOST;
	/* The member that renewed may be cut off: try the next one. */
	do {
		r = renew_once(e, deadline, until, f);
		if (r == ENGINE_DOWN)
			e->at = (e->at + 1) % e->members;
	} while (r == ENGINE_DOWN && e->members > 1 &&
	    clock_boot() < deadline);
	return r;
}

/* The key is taken: by which record?  BUSY: another's; OK: ours, and the answer
 * to our request was lost; LOST: it has gone meanwhile. */
static enum engine_result
record_there(struct engine *e, const json_t *kv, struct engine_found *found)
{
	const char *lease = json_string_value(json_object_get(kv, "lease"));

	if (!kv)
		return ENGINE_LOST;
	if (!etcd_found(e, kv, found)) {
		/* Not a record of onlyone's, but it occupies the key. */
		found->token = etcd_number(kv, "create_revision");
		*found->value = '\0';
	}
	if (strcmp(found->value, e->value) || !lease ||
	    strlen(lease) >= ETCD_ID)
		return ENGINE_BUSY;
	strcpy(e->lease, lease);
	e->token = found->token;
	return ENGINE_OK;
}

/* To learn which host holds the key: its record, a place in line, and ours. */
static json_t *
holder_get(const struct engine *e)
{
	char name[ETCD_NAME];

	return json_pack("[o, o, o]", etcd_get(e->key), etcd_line_any(e),
	    etcd_get(etcd_name(e, 'q', e->lease, name)));
}

/* The answer to that: as record_there; BUSY also if one in line gets it next,
 * LOST also if our place is gone. */
static enum engine_result
holder_there(struct engine *e, const json_t *answer,
    struct engine_found *found)
{
	const json_t *next = etcd_kv(etcd_ranged(answer, 1), 0);
	enum engine_result r = record_there(e, etcd_kv(etcd_ranged(answer, 0),
	    0), found);

	if (e->place.since && !etcd_kv(etcd_ranged(answer, 2), 0)) {
		etcd_line_forget(e);
		return r == ENGINE_BUSY ? ENGINE_LOST : r;
	}
	if (r != ENGINE_LOST || !next)
		return r;
	memset(found, 0, sizeof(*found));
	found->line = true;
	found->token = etcd_number(next, "create_revision");
	if (etcd_string(next, "value", found->value, sizeof(found->value)) < 0)
		*found->value = '\0';
	return ENGINE_BUSY;
}

/* Read its holder before anything is written.  LOST: it is free. */
static enum engine_result
holder_look(struct engine *e, long long deadline, struct engine_found *found,
    struct fault *f)
{
	enum engine_result r;
	json_t *answer;
	bool yes;

	r = etcd_txn(e, json_array(), holder_get(e), json_array(), deadline,
	    &yes, &answer, f);
	if (r == ENGINE_OK)
		r = holder_there(e, answer, found);
	json_decref(answer);
	return r;
}

static enum engine_result
acquire_once(struct engine *e, int ttl, long long deadline,
    struct engine_grant *grant, struct engine_found *found, struct fault *f)
{
	bool placed = e->place.since, yes;
	struct fault ignored;
	char lease[ETCD_ID];
	long long granted;
	enum engine_result r;
	json_t *answer;

	grant->until = 0;
	grant->ttl = ttl * 1000LL;
	if (placed) {
		grant->ttl = e->place.ttl;
		grant->until = e->place.until;
	} else {
		r = holder_look(e, deadline, found, f);
		if (r == ENGINE_LOST)
			r = etcd_grant(e, ttl, deadline, lease, &granted, f);
		else if (r == ENGINE_OK) /* etcd_acquire renews it */
			goto ours;
		if (r != ENGINE_OK)
			return r;
		grant->ttl = granted * 1000;
		/* From the time of the attempt that was answered. */
		grant->until = e->asked + grant->ttl;
		/* If we return early, release revokes it. */
		strcpy(e->lease, lease);
	}
	r = etcd_txn(e, etcd_line_ours(e), json_pack("[o]", etcd_put(e->key,
	    e->value, e->lease)), holder_get(e), deadline, &yes, &answer, f);
	if (r != ENGINE_OK)
		return r;
	if (yes) {
		e->token = etcd_number(json_object_get(answer, "header"),
		    "revision");
		if (e->token <= 0) {
			e->token = 0;
			etcd_fault(&e->member[e->at], f, "it does not tell its"
			    " revision");
			r = ENGINE_DOWN;
		}
	} else {
		r = holder_there(e, answer, found);
		if (r == ENGINE_OK)
			grant->until = 0;
		if (!placed && r != ENGINE_OK)
			*e->lease = '\0';
		if (!placed && strcmp(lease, e->lease))
			etcd_revoke(e, lease, deadline, &ignored);
	}
	json_decref(answer);
ours:
	grant->token = e->token;
	return r;
}

static enum engine_result
etcd_acquire(struct engine *e, int ttl, const char *value, long long deadline,
    struct engine_grant *grant, struct engine_found *found, struct fault *f)
{
	enum engine_result r = ENGINE_DOWN;

	text_join(e->value, sizeof(e->value), value, NULL);
	e->ttl = ttl;
	e->token = 0;
	e->place.turn = false;
	for (int i = 0; i < ATTEMPTS; i++) {
		r = acquire_once(e, ttl, deadline, grant, found, f);
		if (r == ENGINE_OK && !grant->until)
			r = etcd_renew(e, deadline, &grant->until, f);
		/* LOST: our lease or the other record ended meanwhile. */
		if (r != ENGINE_LOST)
			return r;
		e->token = 0;
		*e->lease = '\0';
	}
	fault_set(f, 0, "etcd at ", e->member[e->at].host, ": its leases run"
	    " out before they can be used", NULL);
	return ENGINE_DOWN;
}

/* Keep the record for hold seconds under a new lease; the old lease then has no
 * key. */
static enum engine_result
record_keep(struct engine *e, int hold, const char *value, long long deadline,
    struct fault *f)
{
	char lease[ETCD_ID], old[ETCD_ID];
	enum engine_result r;
	long long granted;

	strcpy(old, e->lease);
	r = etcd_grant(e, hold, deadline, lease, &granted, f);
	if (r != ENGINE_OK)
		return r;
	r = etcd_try(e, etcd_if(e->key, "EQUAL", e->token),
	    etcd_put(e->key, value, lease), deadline, f);
	if (r == ENGINE_OK || r == ENGINE_LOST)
		etcd_revoke(e, r == ENGINE_OK ? old : lease, deadline, f);
	return r;
}

/* Read the record, and its lease ("": none). */
static enum engine_result
record_read(struct engine *e, long long deadline, struct engine_found *found,
    char lease[ETCD_ID], struct fault *f)
{
	enum engine_result r;
	const char *id;
	json_t *answer;

	r = etcd_ask(e, "/v3/kv/range", json_pack("{s:o}", "key",
	    etcd_text(e->key)), deadline, &answer, f);
	if (r == ENGINE_OK && !etcd_found(e, etcd_kv(answer, 0), found))
		r = ENGINE_LOST;
	id = json_string_value(json_object_get(etcd_kv(answer, 0), "lease"));
	*lease = '\0';
	if (id && strlen(id) < ETCD_ID)
		strcpy(lease, id);
	json_decref(answer);
	return r;
}

static enum engine_result
etcd_look(struct engine *e, long long deadline, struct engine_found *found,
    struct fault *f)
{
	char lease[ETCD_ID];

	return record_read(e, deadline, found, lease, f);
}

/* The name of what belongs to the run with this token. */
static const char *
run_name(const struct engine *e, char kind, long long token,
    char out[ETCD_NAME])
{
	char digits[24];

	return etcd_name(e, kind, say_num(digits, token), out);
}

/* In one transaction remove the record, our place and the wish, and leave how
 * the run ended. */
static enum engine_result
record_end(struct engine *e, const char *value, long long deadline,
    struct fault *f)
{
	char done[ETCD_NAME], place[ETCD_NAME], wish[ETCD_NAME];
	struct fault ignored;
	enum engine_result r;
	json_t *answer;
	bool yes;

	run_name(e, 'd', e->token, done);
	r = etcd_txn(e, json_pack("[o]", etcd_if(e->key, "EQUAL", e->token)),
	    json_pack("[o, o, o, o]", etcd_put(done, value, e->lease),
	    etcd_delete(e->key), etcd_delete(etcd_name(e, 'q', e->lease,
	    place)), etcd_delete(run_name(e, 'w', e->token, wish))),
	    json_pack("[o]", etcd_get(done)), deadline, &yes, &answer, f);
	/* It is done if the answer to an earlier attempt was lost. */
	if (r == ENGINE_OK && !yes && !etcd_kv(etcd_ranged(answer, 0), 0)) {
		etcd_revoke(e, e->lease, deadline, &ignored);
		r = ENGINE_LOST;
	}
	json_decref(answer);
	return r;
}

static enum engine_result
etcd_release(struct engine *e, int hold, const char *value,
    long long deadline, struct fault *f)
{
	const bool ran = value && e->token;
	enum engine_result r;

	if (!*e->lease)
		return ENGINE_LOST;
	if (!ran)
		r = etcd_revoke(e, e->lease, deadline, f);
	else if (hold > 0)
		r = record_keep(e, hold, value, deadline, f);
	else
		r = record_end(e, value, deadline, f);
	/* A revocation without an answer may be obeyed later: nothing else must
	 * be under that lease then. */
	if (!ran || r == ENGINE_OK || r == ENGINE_LOST) {
		etcd_line_forget(e);
		e->token = 0;
	}
	return r;
}

/* Its lease has no other key (record_keep).  It may have none, if it was copied
 * from another store. */
static enum engine_result
etcd_drop(struct engine *e, const struct engine_found *kept,
    long long deadline, struct fault *f)
{
	struct engine_found found;
	struct fault ignored;
	char lease[ETCD_ID];
	enum engine_result r = record_read(e, deadline, &found, lease, f);
	json_t *compare, *answer;
	bool yes;

	if (r != ENGINE_OK || found.token != kept->token)
		return r == ENGINE_OK ? ENGINE_LOST : r;
	compare = json_pack("[o, {s:o, s:s, s:s, s:o}]", etcd_if(e->key,
	    "EQUAL", kept->token), "key", etcd_text(e->key), "target", "VALUE",
	    "result", "EQUAL", "value", etcd_text(kept->value));
	r = etcd_txn(e, compare, json_pack("[o]", etcd_delete(e->key)),
	    json_array(), deadline, &yes, &answer, f);
	json_decref(answer);
	if (r == ENGINE_OK && yes && *lease)
		etcd_revoke(e, lease, deadline, &ignored);
	return r == ENGINE_OK && !yes ? ENGINE_LOST : r;
}

static enum engine_result
etcd_wish(struct engine *e, long long token, const char *text,
    long long deadline, struct fault *f)
{
	char name[ETCD_NAME], lease[ETCD_ID];
	struct engine_found found;
	enum engine_result r;

	r = record_read(e, deadline, &found, lease, f);
	if (r == ENGINE_OK && (found.token != token || !*lease))
		r = ENGINE_LOST;
	/* LOST also if the lease has ended since. */
	return r != ENGINE_OK ? r : etcd_try(e, etcd_if(e->key, "EQUAL",
	    token), etcd_put(run_name(e, 'w', token, name), text, lease),
	    deadline, f);
}

/* Read what belongs to the run with this token.  BUSY: it is not there. */
static enum engine_result
run_read(struct engine *e, char kind, long long token, long long deadline,
    char value[ENGINE_VALUE], struct fault *f)
{
	char name[ETCD_NAME];
	enum engine_result r;
	json_t *answer;

	r = etcd_ask(e, "/v3/kv/range", json_pack("{s:o}", "key",
	    etcd_text(run_name(e, kind, token, name))), deadline, &answer, f);
	if (r == ENGINE_OK && etcd_string(etcd_kv(answer, 0), "value", value,
	    ENGINE_VALUE) <= 0)
		r = ENGINE_BUSY;
	json_decref(answer);
	return r;
}

static enum engine_result
etcd_wished(struct engine *e, long long deadline, char text[ENGINE_VALUE],
    struct fault *f)
{
	return run_read(e, 'w', e->token, deadline, text, f);
}

static enum engine_result
etcd_ended(struct engine *e, long long token, long long deadline,
    char value[ENGINE_VALUE], struct fault *f)
{
	return run_read(e, 'd', token, deadline, value, f);
}

static const char *
etcd_stored(const struct engine *e)
{
	return e->key;
}

enum { PAGE = 500 };

/* Report a page of records; from: the first key, then the next page's. */
static enum engine_result
page_take(struct engine *e, char *from, const char *end, long long deadline,
    engine_record *each, void *arg, bool *more, struct fault *f)
{
	struct engine_found found;
	enum engine_result r;
	json_t *answer;
	const json_t *kv;
	char name[ETCD_NAME];
	long n;

	r = etcd_ask(e, "/v3/kv/range", json_pack("{s:o, s:o, s:i}", "key",
	    etcd_text(from), "range_end", etcd_end(end), "limit", PAGE),
	    deadline, &answer, f);
	if (r != ENGINE_OK)
		return r;
	*more = json_is_true(json_object_get(answer, "more"));
	for (size_t i = 0; (kv = etcd_kv(answer, i)); i++) {
		if (etcd_found(e, kv, &found))
			each(arg, &found);
		n = etcd_string(kv, "key", name, sizeof(name) - 1);
		if (n > 0) {
			memcpy(from, name, (size_t)n);
			strcpy(from + n, " "); /* sorts before any in a key */
		}
	}
	json_decref(answer);
	return ENGINE_OK;
}

static enum engine_result
etcd_list(struct engine *e, const char *prefix, bool line,
    long long deadline, engine_record *each, void *arg, struct fault *f)
{
	char from[ETCD_NAME], end[ETCD_NAME];
	enum engine_result r = ENGINE_OK;
	bool more = false;
	struct text t;

	/* Records last: a place that has become one meanwhile is then known by
	 * it. */
	for (const char *kind = line ? "ql" : "l"; *kind && r == ENGINE_OK;
	    kind++) {
		t = text_in(from, sizeof(from));
		text_mem(&t, e->key, e->prefix);
		text_mem(&t, kind, 1);
		text_all(&t, "/", prefix, NULL);
		strcpy(end, from);
		do
			r = page_take(e, from, end, deadline, each, arg, &more,
			    f);
		while (r == ENGINE_OK && more);
	}
	return r;
}

static const char *const schemes[] = { "etcd", "etcds", NULL };

const struct engine_calls engine_etcd = {
	.name = "etcd",
	.schemes = schemes,
	.open = etcd_open,
	.close = etcd_close,
	.stored = etcd_stored,
	.acquire = etcd_acquire,
	.queue = etcd_queue,
	.renew = etcd_renew,
	.release = etcd_release,
	.drop = etcd_drop,
	.ended = etcd_ended,
	.wish = etcd_wish,
	.wished = etcd_wished,
	.look = etcd_look,
	.list = etcd_list,
	.watch = etcd_watch,
	.heard = etcd_heard,
	.check = etcd_check,
	.init = etcd_init,
};
