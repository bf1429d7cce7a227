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
#include "cli/base/text.h"
#include "cli/cluster/etcd.h"

enum { ATTEMPTS = 3 };

static enum engine_result
etcd_revoke(struct engine *e, long long id, long long deadline,
    struct fault *f)
{
	Etcd__LeaseRevokeRequest q = ETCD__LEASE_REVOKE_REQUEST__INIT;
	union etcd_answer answer;
	enum engine_result r;

	q.id = id;
	r = etcd_ask(e, ETCD_LEASE_REVOKE, &q.base, deadline, &answer, f);
	etcd_free(&answer);
	return r;
}

/* Read one key.  The answer is as that of etcd_ask. */
static enum engine_result
key_read(struct engine *e, const char *name, long long deadline,
    union etcd_answer *answer, struct fault *f)
{
	struct etcd_txn t;

	etcd_begin(&t);
	etcd_get(&t, name);
	return etcd_send(e, &t, deadline, answer, f);
}

/* Whether the majority still has our record, by the member that answered last. */
static enum engine_result
record_held(struct engine *e, long long deadline, struct fault *f)
{
	const Etcd__KeyValue *kv;
	union etcd_answer answer;
	enum engine_result r;
	struct etcd_txn t;

	etcd_begin(&t);
	etcd_get(&t, e->key);
	r = etcd_ask_again(e, ETCD_TXN, &t.request.base, deadline, &answer, f);
	if (r != ENGINE_OK)
		return r;
	kv = etcd_kv(answer.txn, 0, 0);
	if (!kv || kv->create_revision != e->token)
		r = ENGINE_LOST;
	etcd_free(&answer);
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
	Etcd__LeaseKeepAliveRequest q = ETCD__LEASE_KEEP_ALIVE_REQUEST__INIT;
	union etcd_answer answer;
	long long ttl, asked;
	enum engine_result r;

	q.id = e->lease;
	r = etcd_ask(e, ETCD_LEASE_KEEPALIVE, &q.base, deadline, &answer, f);
	if (r != ENGINE_OK)
		return r;
	asked = e->asked;
	ttl = answer.keepalive->ttl;
	etcd_free(&answer);
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

	if ((!e->token && !e->place.since && !e->place.unsure) || !e->lease)
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
record_there(struct engine *e, const Etcd__KeyValue *kv,
    struct engine_found *found)
{
	if (!kv)
		return ENGINE_LOST;
	if (!etcd_found(e, kv, found)) {
		/* Not a record of onlyone's, but it occupies the key. */
		found->token = kv->create_revision;
		*found->value = '\0';
	}
	if (strcmp(found->value, e->value) || !kv->lease)
		return ENGINE_BUSY;
	e->lease = kv->lease;
	e->token = found->token;
	return ENGINE_OK;
}

/* To learn which host holds the key: its record, a place in line, and ours. */
static void
holder_get(const struct engine *e, struct etcd_txn *t, const char *place)
{
	etcd_get(t, e->key);
	etcd_line_any(e, t);
	etcd_get(t, place);
}

/* The answer to that: as record_there; BUSY also if one in line gets it next,
 * LOST also if our place is gone. */
static enum engine_result
holder_there(struct engine *e, const Etcd__TxnResponse *answer,
    struct engine_found *found)
{
	const Etcd__KeyValue *next = etcd_kv(answer, 1, 0);
	enum engine_result r = record_there(e, etcd_kv(answer, 0, 0), found);

	if (e->place.since && !etcd_kv(answer, 2, 0)) {
		etcd_line_forget(e);
		return r == ENGINE_BUSY ? ENGINE_LOST : r;
	}
	if (r != ENGINE_LOST || !next)
		return r;
	memset(found, 0, sizeof(*found));
	found->line = true;
	found->token = next->create_revision;
	if (etcd_string(&next->value, found->value, sizeof(found->value)) < 0)
		*found->value = '\0';
	return ENGINE_BUSY;
}

/* Read its holder before anything is written.  LOST: it is free. */
static enum engine_result
holder_look(struct engine *e, long long deadline, struct engine_found *found,
    struct fault *f)
{
	union etcd_answer answer;
	char place[ETCD_NAME];
	enum engine_result r;
	struct etcd_txn t;

	etcd_begin(&t);
	holder_get(e, &t, etcd_name(e, 'q', e->lease, place));
	r = etcd_send(e, &t, deadline, &answer, f);
	if (r == ENGINE_OK)
		r = holder_there(e, answer.txn, found);
	etcd_free(&answer);
	return r;
}

static enum engine_result
acquire_once(struct engine *e, int ttl, long long deadline,
    struct engine_grant *grant, struct engine_found *found, struct fault *f)
{
	long long granted, lease = 0;
	bool placed = e->place.since;
	union etcd_answer answer;
	char place[ETCD_NAME];
	struct fault ignored;
	enum engine_result r;
	struct etcd_txn t;

	grant->until = 0;
	grant->ttl = ttl * 1000LL;
	if (placed) {
		grant->ttl = e->place.ttl;
		grant->until = e->place.until;
	} else {
		r = holder_look(e, deadline, found, f);
		if (r == ENGINE_LOST)
			r = etcd_grant(e, ttl, deadline, &lease, &granted, f);
		else if (r == ENGINE_OK) /* etcd_acquire renews it */
			goto ours;
		if (r != ENGINE_OK)
			return r;
		grant->ttl = granted * 1000;
		/* From the time of the attempt that was answered. */
		grant->until = e->asked + grant->ttl;
		/* If we return early, release revokes it. */
		e->lease = lease;
	}
	etcd_begin(&t);
	etcd_line_ours(e, &t, place);
	etcd_put(&t, e->key, e->value, e->lease);
	etcd_else(&t);
	holder_get(e, &t, place);
	r = etcd_send(e, &t, deadline, &answer, f);
	if (r != ENGINE_OK)
		return r;
	if (answer.txn->succeeded) {
		e->token = etcd_revision(answer.txn);
		if (e->token <= 0) {
			e->token = 0;
			etcd_fault(&e->member[e->at], f, "it does not tell its"
			    " revision");
			r = ENGINE_DOWN;
		}
	} else {
		r = holder_there(e, answer.txn, found);
		if (r == ENGINE_OK)
			grant->until = 0;
		if (!placed && r != ENGINE_OK)
			e->lease = 0;
		if (!placed && lease != e->lease)
			etcd_revoke(e, lease, deadline, &ignored);
	}
	etcd_free(&answer);
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
		e->lease = 0;
	}
	etcd_fault(&e->member[e->at], f, "its leases run out before they can"
	    " be used");
	return ENGINE_DOWN;
}

/* The name of what counts. */
static const char *
counts_name(const struct engine *e, char out[ETCD_NAME])
{
	strcpy(out, e->key);
	out[e->prefix] = 'c';
	return out;
}

/* Read the record, and its lease (0: none). */
static enum engine_result
record_read(struct engine *e, long long deadline, struct engine_found *found,
    long long *lease, struct fault *f)
{
	union etcd_answer answer;
	enum engine_result r = key_read(e, e->key, deadline, &answer, f);
	const Etcd__KeyValue *kv;

	*lease = 0;
	if (r != ENGINE_OK)
		return r;
	kv = etcd_kv(answer.txn, 0, 0);
	if (!etcd_found(e, kv, found))
		r = ENGINE_LOST;
	else
		*lease = kv->lease;
	etcd_free(&answer);
	return r;
}

static enum engine_result
etcd_look(struct engine *e, long long deadline, struct engine_found *found,
    struct fault *f)
{
	long long lease;

	return record_read(e, deadline, found, &lease, f);
}

/* In one transaction leave how the run ended, remove the record, our place and the
 * wish; hold: or keep the record, under that lease; counts: note the run, likewise. */
static enum engine_result
record_end(struct engine *e, long long hold, long long counts,
    const char *value, long long deadline, struct fault *f)
{
	char done[ETCD_NAME], place[ETCD_NAME], wish[ETCD_NAME];
	char counted[ETCD_NAME];
	union etcd_answer answer;
	enum engine_result r;
	struct etcd_txn t;

	etcd_begin(&t);
	etcd_if(&t, e->key, e->token);
	etcd_put(&t, etcd_name(e, 'd', e->token, done), value, e->lease);
	if (hold)
		etcd_put(&t, e->key, value, hold);
	else
		etcd_delete(&t, e->key);
	if (counts)
		etcd_put(&t, counts_name(e, counted), value, counts);
	etcd_delete(&t, etcd_name(e, 'q', e->lease, place));
	etcd_delete(&t, etcd_name(e, 'w', e->token, wish));
	etcd_else(&t);
	etcd_get(&t, done);
	r = etcd_send(e, &t, deadline, &answer, f);
	/* It is done if the answer to an earlier attempt was lost. */
	if (r == ENGINE_OK && !answer.txn->succeeded &&
	    !etcd_kv(answer.txn, 0, 0))
		r = ENGINE_LOST;
	etcd_free(&answer);
	return r;
}

/* The run has ended.  A lease that comes to nothing runs out: what has been asked for
 * under it may have been done, though we do not know. */
static enum engine_result
run_end(struct engine *e, int hold, int counts, const char *value,
    long long deadline, struct fault *f)
{
	long long held = 0, counted = 0, granted;
	enum engine_result r = ENGINE_OK;
	struct fault ignored;

	if (hold > 0)
		r = etcd_grant(e, hold, deadline, &held, &granted, f);
	if (r == ENGINE_OK && counts > 0)
		r = etcd_grant(e, counts, deadline, &counted, &granted, f);
	if (r == ENGINE_OK)
		r = record_end(e, held, counted, value, deadline, f);
	if (r == ENGINE_LOST)
		etcd_revoke(e, e->lease, deadline, &ignored);
	return r;
}

static enum engine_result
etcd_release(struct engine *e, int hold, int counts, const char *value,
    long long deadline, struct fault *f)
{
	const bool ran = value && e->token;
	enum engine_result r;

	if (!e->lease)
		return ENGINE_LOST;
	if (!ran)
		r = etcd_revoke(e, e->lease, deadline, f);
	else
		r = run_end(e, hold, counts, value, deadline, f);
	/* A revocation without an answer may be obeyed later: nothing else must
	 * be under that lease then. */
	if (!ran || r == ENGINE_OK || r == ENGINE_LOST) {
		etcd_line_forget(e);
		e->token = 0;
	}
	return r;
}

/* Their leases have no other key (run_end).  They may have none, if they were
 * copied from another store. */
static enum engine_result
etcd_drop(struct engine *e, long long token, long long deadline,
    struct fault *f)
{
	long long lease[2] = { 0, 0 };
	char counts[ETCD_NAME];
	const Etcd__KeyValue *kv;
	union etcd_answer answer;
	struct fault ignored;
	enum engine_result r;
	struct etcd_txn t;

	etcd_begin(&t);
	etcd_get(&t, e->key);
	etcd_get(&t, counts_name(e, counts));
	r = etcd_send(e, &t, deadline, &answer, f);
	if (r != ENGINE_OK)
		return r;
	for (size_t i = 0; i < 2; i++) {
		kv = etcd_kv(answer.txn, i, 0);
		lease[i] = kv ? kv->lease : 0;
	}
	etcd_free(&answer);
	etcd_begin(&t);
	etcd_if(&t, e->key, token);
	etcd_delete(&t, e->key);
	etcd_delete(&t, counts);
	etcd_else(&t);
	etcd_delete(&t, counts);
	r = etcd_try(e, &t, deadline, f);
	if (r == ENGINE_OK && lease[0])
		etcd_revoke(e, lease[0], deadline, &ignored);
	if ((r == ENGINE_OK || r == ENGINE_LOST) && lease[1])
		etcd_revoke(e, lease[1], deadline, &ignored);
	return r;
}

static enum engine_result
etcd_wish(struct engine *e, long long token, const char *text,
    long long deadline, struct fault *f)
{
	struct engine_found found;
	char name[ETCD_NAME];
	enum engine_result r;
	struct etcd_txn t;
	long long lease;

	r = record_read(e, deadline, &found, &lease, f);
	if (r == ENGINE_OK && (found.token != token || !lease))
		r = ENGINE_LOST;
	if (r != ENGINE_OK)
		return r;
	etcd_begin(&t);
	etcd_if(&t, e->key, token);
	etcd_put(&t, etcd_name(e, 'w', token, name), text, lease);
	/* LOST also if the lease has ended since. */
	return etcd_try(e, &t, deadline, f);
}

static enum engine_result
etcd_noted(struct engine *e, enum engine_note what, long long token,
    long long deadline, char text[ENGINE_VALUE], struct fault *f)
{
	const Etcd__KeyValue *kv;
	union etcd_answer answer;
	char name[ETCD_NAME];
	enum engine_result r;

	if (what == NOTE_COUNTS)
		counts_name(e, name);
	else
		etcd_name(e, what == NOTE_WISH ? 'w' : 'd', token, name);
	r = key_read(e, name, deadline, &answer, f);
	if (r != ENGINE_OK)
		return r;
	kv = etcd_kv(answer.txn, 0, 0);
	if (!kv || etcd_string(&kv->value, text, ENGINE_VALUE) <= 0)
		r = ENGINE_BUSY;
	etcd_free(&answer);
	return r;
}

static const char *
etcd_stored(const struct engine *e)
{
	return e->key;
}

/* In one transaction: so a place that has become a record is known by one of the
 * two. */
static enum engine_result
etcd_list(struct engine *e, const char *prefix, bool line,
    long long deadline, engine_record *each, void *arg, struct fault *f)
{
	static const char *const kinds[] = { "l/", "c/", "q/" };
	const size_t n = line ? 3 : 2;
	char from[3][ETCD_NAME], end[3][ETCD_NAME];
	const Etcd__KeyValue *kv;
	struct engine_found found;
	union etcd_answer answer;
	enum engine_result r;
	struct etcd_txn t;

	etcd_begin(&t);
	for (size_t i = 0; i < n; i++) {
		struct text name = text_in(from[i], ETCD_NAME);

		text_mem(&name, e->key, e->prefix);
		text_all(&name, kinds[i], prefix, NULL);
		etcd_end(from[i], end[i]);
		etcd_get(&t, from[i])->range_end = etcd_bytes(end[i]);
	}
	r = etcd_send(e, &t, deadline, &answer, f);
	for (size_t i = 0; r == ENGINE_OK && i < n; i++) {
		for (size_t k = 0; (kv = etcd_kv(answer.txn, i, k)); k++) {
			if (etcd_found(e, kv, &found))
				each(arg, &found);
		}
	}
	etcd_free(&answer);
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
	.noted = etcd_noted,
	.wish = etcd_wish,
	.look = etcd_look,
	.list = etcd_list,
	.watch = etcd_watch,
	.heard = etcd_heard,
	.check = etcd_check,
	.init = etcd_init,
};
