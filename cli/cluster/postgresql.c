/*
 * postgresql.c: the engine `postgresql`: leases in a table (postgresql.h).
 *
 * All times are the server's, by clock_timestamp().  We send durations only, so
 * that this machine's clock does not matter.
 */
#include <string.h>

#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/postgresql.h"

/* The record of the key, or, if it is free, the first place before ours. */
#define HOLDER "select pg_is_in_recovery() as standby, $1::text, value, n, " \
	PG_LEFT("") ", line from (select) one" \
	" left join (select value, token as n, expires, false as line from @" \
	" where key = $1 and expires > clock_timestamp() union all" \
	" (select value, n, expires, true from @_line where key = $1" \
	" and owner = current_user and n < $2::bigint" \
	" and expires > clock_timestamp()" \
	" order by n limit 1)) has on true order by line limit 1"

#define OURS " from " PG_LIMIT " where key = $1 and token = $2::bigint" \
	" and expires > clock_timestamp()"

/* Only while the value is that of a run: a renewal that comes late must not
 * change for how long the record is held back. */
#define RENEW "update @ set" \
	" expires = clock_timestamp() + $3::int * interval '1 second'" OURS \
	" and value = $4 returning " PG_SURE ", " PG_OWN("token") " as direct"

#define DROP "update @ set counted = null, expires = case when" \
	" token = $2::bigint then '-infinity' else expires end from " PG_LIMIT \
	" where key = $1 returning " PG_SURE

/* The holder listens to a channel of its own. */
#define WISH "with r as (update @ set wish = $3" OURS " returning token)" \
	" select pg_notify('onlyone_' || token, ''), " PG_SURE " from r"

#define WISHED "select pg_is_in_recovery() as standby, wish" \
	" from (select) one left join @ on key = $1 and token = $2::bigint" \
	" and expires > clock_timestamp()"

#define ENDED "select pg_is_in_recovery() as standby, done" \
	" from (select) one left join @ on key = $1 and last = $2::bigint"

#define COUNTED "select pg_is_in_recovery() as standby, counted" \
	" from (select) one left join @ on key = $1" \
	" and counted_until > clock_timestamp()"

#define LOOK "select pg_is_in_recovery() as standby, key, value, token, " \
	PG_LEFT("") " from (select) one left join @ on key = $1" \
	" and expires > clock_timestamp()"

#define LIST "select pg_is_in_recovery() as standby, key, value, token, line," \
	" counts from (select) one left join (select key, value, token," \
	" false as line, false as counts, expires from @" \
	" union all select key, counted, 0, false, true, counted_until from @" \
	" where counted is not null" \
	" union all select key, value, n, true, false, expires from @_line" \
	" where $2::boolean and owner = current_user) has" \
	" on starts_with(key, $1) and expires > clock_timestamp()"

static enum engine_result
pg_renew(struct engine *e, long long deadline, long long *until,
    struct fault *f)
{
	char token[24], seconds[24];
	const char *params[] = { e->key, say_num(token, e->token),
		say_num(seconds, e->ttl), e->value };
	enum engine_result result;

	if (!e->token && e->place)
		return pg_line_renew(e, deadline, until, f);
	result = pg_hit(e, RENEW, 4, params, deadline, f);
	if (result == ENGINE_OK)
		*until = e->asked + e->ttl * 1000LL;
	return result;
}

/* TAKE returned no row.  OK: the record is ours, and the answer to an earlier
 * request was lost; LOST: there is none. */
static enum engine_result
holder_look(struct engine *e, long long deadline, struct engine_found *found,
    struct fault *f)
{
	char place[24];
	const char *params[] = { e->key, pg_line_place(e, place) };
	enum engine_result result;
	PGresult *r;

	result = pg_ask(e, HOLDER, 2, params, deadline, &r, f);
	if (result != ENGINE_OK)
		return result;
	if (pq.getisnull(r, 0, 2)) {
		pq.clear(r);
		return ENGINE_LOST;
	}
	pg_found(r, 0, found);
	found->line = *pq.getvalue(r, 0, 5) == 't';
	pg_before(e, found->token, pg_number(r, 0, 4));
	pq.clear(r);
	return found->line || strcmp(found->value, e->value) ? ENGINE_BUSY :
	    ENGINE_OK;
}

static enum engine_result
pg_noted(struct engine *e, enum engine_note what, long long token,
    long long deadline, char text[ENGINE_VALUE], struct fault *f)
{
	static const char *const sql[] = { [NOTE_WISH] = WISHED,
		[NOTE_ENDED] = ENDED, [NOTE_COUNTS] = COUNTED };
	char digits[24];
	const char *params[] = { e->key, say_num(digits, token) };
	PGresult *r;
	enum engine_result result = pg_ask(e, sql[what], what == NOTE_COUNTS ?
	    1 : 2, params, deadline, &r, f);

	if (result != ENGINE_OK)
		return result;
	text_join(text, ENGINE_VALUE, pq.getvalue(r, 0, 1), NULL);
	pq.clear(r);
	return *text ? ENGINE_OK : ENGINE_BUSY;
}

static enum engine_result
key_take(struct engine *e, long long deadline, long long *token,
    struct fault *f)
{
	char seconds[24], place[24];
	const char *params[] = { e->key, e->value, say_num(seconds, e->ttl),
		pg_line_place(e, place) };
	enum engine_result result;
	PGresult *r;

	result = pg_ask(e, pg_take_sql, 4, params, deadline, &r, f);
	if (result == ENGINE_DENIED)
		return pg_other_role(e, 0, result, deadline, f);
	if (result != ENGINE_OK)
		return result;
	*token = pq.ntuples(r) ? pg_number(r, 0, 0) : 0;
	pq.clear(r);
	return *token ? ENGINE_OK : ENGINE_BUSY;
}

static enum engine_result
pg_acquire(struct engine *e, int ttl, const char *value, long long deadline,
    struct engine_grant *grant, struct engine_found *found, struct fault *f)
{
	enum engine_result result;

	e->turn = false;
	e->ttl = ttl;
	text_join(e->value, sizeof(e->value), value, NULL);
	do {
		e->token = 0;
		result = key_take(e, deadline, &grant->token, f);
		grant->until = e->asked + ttl * 1000LL;
		if (result != ENGINE_BUSY)
			break;
		result = holder_look(e, deadline, found, f);
		if (result == ENGINE_OK) {
			e->token = grant->token = found->token;
			result = pg_renew(e, deadline, &grant->until, f);
		}
	} while (result == ENGINE_LOST);
	if (result != ENGINE_OK)
		return result;
	e->token = grant->token;
	e->had = e->place;
	e->place = 0;
	grant->ttl = ttl * 1000LL;
	return ENGINE_OK;
}

static enum engine_result
pg_release(struct engine *e, int hold, int counts, const char *value,
    long long deadline, struct fault *f)
{
	char token[24], place[24], kept[24], counted[24];
	const char *params[] = { e->key, say_num(token, e->token), e->value,
		value, say_num(place, e->had ? e->had : e->token),
		say_num(kept, hold), say_num(counted, counts) };
	enum engine_result result;

	/* Nothing was sent that a server could have done without an answer. */
	if (!e->asked)
		return ENGINE_LOST;
	result = pg_hit(e, pg_release_sql, 7, params, deadline, f);
	if (e->place || *e->id)
		pg_line_leave(e, deadline);
	pg_left_end(e, deadline);
	e->had = 0;
	/* All our locks end with the connection.  A launch that waits for one,
	 * and does not hear of that, looks when our lease would have ended. */
	if (result != ENGINE_OK)
		pg_disconnect(e);
	return result;
}

static enum engine_result
pg_drop(struct engine *e, long long token, long long deadline,
    struct fault *f)
{
	char digits[24];
	const char *params[] = { e->key, say_num(digits, token) };
	enum engine_result result = pg_hit(e, DROP, 2, params, deadline, f);

	return result != ENGINE_LOST ? result :
	    pg_other_role(e, token, result, deadline, f);
}

static enum engine_result
pg_wish(struct engine *e, long long token, const char *text,
    long long deadline, struct fault *f)
{
	char digits[24];
	const char *params[] = { e->key, say_num(digits, token), text };
	enum engine_result result = pg_hit(e, WISH, 3, params, deadline, f);

	return result != ENGINE_LOST ? result :
	    pg_other_role(e, token, result, deadline, f);
}

static enum engine_result
pg_look(struct engine *e, long long deadline, struct engine_found *found,
    struct fault *f)
{
	const char *params[] = { e->key };
	PGresult *r;
	enum engine_result result = pg_ask(e, LOOK, 1, params, deadline, &r, f);

	pg_left_end(e, deadline);
	if (result != ENGINE_OK)
		return result;
	if (pq.getisnull(r, 0, 1)) {
		result = ENGINE_LOST;
		pg_before(e, 0, 0);
	} else {
		pg_found(r, 0, found);
		pg_before(e, found->token, pg_number(r, 0, 4));
	}
	pq.clear(r);
	return result;
}

static enum engine_result
pg_list(struct engine *e, const char *prefix, bool line, long long deadline,
    engine_record *each, void *arg, struct fault *f)
{
	const char *params[] = { prefix, line ? "t" : "f" };
	struct engine_found found;
	PGresult *r;
	enum engine_result result = pg_ask(e, LIST, 2, params, deadline, &r, f);

	if (result != ENGINE_OK)
		return result;
	for (int i = 0; i < pq.ntuples(r) && !pq.getisnull(r, i, 1); i++) {
		pg_found(r, i, &found);
		found.line = *pq.getvalue(r, i, 4) == 't';
		found.counts = *pq.getvalue(r, i, 5) == 't';
		each(arg, &found);
	}
	pq.clear(r);
	return ENGINE_OK;
}

static const char *
pg_stored(const struct engine *e)
{
	return e->key;
}

static const char *const schemes[] = { "postgresql", "postgres", NULL };

const struct engine_calls engine_postgresql = {
	.name = "PostgreSQL",
	.schemes = schemes,
	.open = pg_open,
	.close = pg_close,
	.stored = pg_stored,
	.acquire = pg_acquire,
	.queue = pg_queue,
	.renew = pg_renew,
	.release = pg_release,
	.drop = pg_drop,
	.noted = pg_noted,
	.wish = pg_wish,
	.look = pg_look,
	.list = pg_list,
	.watch = pg_watch,
	.heard = pg_heard,
	.check = pg_check,
	.init = pg_init,
};
