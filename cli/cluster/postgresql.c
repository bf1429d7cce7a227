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

/* If another client has the key, or is in line before us, this takes no lock
 * and writes nothing.  A row with our value (it has a nonce) is ours, and
 * keeps its token: the answer to an earlier request was lost.  If another
 * client gets the row while we wait for it, no row is returned, since our
 * statement's snapshot is older: send it again. */
#define ACQUIRE "with got as (" \
	"insert into @ as o (key, value, token, expires)" \
	" select $1::text, $2::text, nextval('@_token')," \
	" clock_timestamp() + $3::int * interval '1 second' from " PG_LIMIT \
	" where not exists (select from @ h where h.key = $1" \
	" and h.expires > clock_timestamp() and h.value <> $2)" \
	" and (not exists (select from @_line q where q.key = $1" \
	" and q.n < $4::bigint and q.expires > clock_timestamp())" \
	" or exists (select from @ h where h.key = $1 and h.value = $2))" \
	" on conflict (key) do update set value = excluded.value," \
	" wish = case when o.value = $2 and o.expires > clock_timestamp()" \
	" then o.wish end," \
	" token = case when o.value = $2 and o.expires > clock_timestamp()" \
	" then o.token else nextval('@_token') end," \
	" expires = clock_timestamp() + $3::int * interval '1 second'" \
	" where o.expires <= clock_timestamp() or o.value = $2" \
	" returning token, " PG_SURE " as sure), gone as (delete from @_line" \
	" where n = $4::bigint and exists (select from got))" \
	" select true, token, '', 0, sure, false from got union all" \
	" (select false, token, value, " PG_LEFT ", '', false from @" \
	" where key = $1 and expires > clock_timestamp()" \
	" and not exists (select from got)) union all" \
	" (select false, n, value, " PG_LEFT ", '', true from @_line" \
	" where key = $1 and n < $4::bigint and expires > clock_timestamp()" \
	" and not exists (select from got) order by n limit 1)"

#define OURS " from " PG_LIMIT " where key = $1 and token = $2::bigint" \
	" and expires > clock_timestamp()"

#define RENEW "update @ set" \
	" expires = clock_timestamp() + $3::int * interval '1 second'" OURS \
	" returning " PG_SURE

/* A statement that notifies the listeners after it has changed the row. */
#define TELLING(statement) "with r as (" statement " returning key)" \
	" select pg_notify('onlyone', key), " PG_SURE " from r"

#define HOLD TELLING("update @ set value = $3," \
	" expires = clock_timestamp() + $4::int * interval '1 second'" OURS)

/* Succeeds again if it is done already.  Token 0: the answer to ACQUIRE was
 * lost, and the value finds the row. */
#define RELEASE TELLING("update @ set expires = '-infinity'," \
	" last = token, done = $4 from " PG_LIMIT \
	" where key = $1 and (expires > clock_timestamp()" \
	" or expires = '-infinity') and (token = $2::bigint" \
	" or ($2::bigint = 0 and value = $3))")

#define WISH TELLING("update @ set wish = $3" OURS)

#define WISHED "select pg_is_in_recovery() as standby, wish" \
	" from (select) one left join @ on key = $1 and token = $2::bigint" \
	" and expires > clock_timestamp()"

#define ENDED "select pg_is_in_recovery() as standby, done" \
	" from (select) one left join @ on key = $1 and last = $2::bigint"

#define LOOK "select pg_is_in_recovery() as standby, key, value, token, " \
	PG_LEFT " from (select) one left join @ on key = $1" \
	" and expires > clock_timestamp()"

#define LIST "select pg_is_in_recovery() as standby, key, value, token" \
	" from (select) one left join @ on starts_with(key, $1)" \
	" and expires > clock_timestamp() order by key collate \"C\""

static enum engine_result
acquire_read(struct engine *e, const PGresult *r, struct engine_grant *grant,
    struct engine_found *found)
{
	if (*pq.getvalue(r, 0, 0) == 't') {
		grant->token = e->token = pg_number(r, 0, 1);
		e->place = 0;
		grant->ttl = e->ttl * 1000LL;
		grant->until = e->asked + grant->ttl;
		return ENGINE_OK;
	}
	text_join(found->key, sizeof(found->key), e->key, NULL);
	found->token = pg_number(r, 0, 1);
	text_join(found->value, sizeof(found->value), pq.getvalue(r, 0, 2),
	    NULL);
	found->line = *pq.getvalue(r, 0, 5) == 't';
	pg_ends(e, pg_number(r, 0, 3));
	return ENGINE_BUSY;
}

static enum engine_result
pg_acquire(struct engine *e, int ttl, const char *value, long long deadline,
    struct engine_grant *grant, struct engine_found *found, struct fault *f)
{
	char seconds[24], place[24];
	const char *params[] = { e->key, value, say_num(seconds, ttl),
		pg_line_place(e, place) };
	enum engine_result result;
	PGresult *r;
	bool empty;

	e->token = 0;
	e->ttl = ttl;
	text_join(e->value, sizeof(e->value), value, NULL);
	do {
		result = pg_ask(e, ACQUIRE, 4, params, deadline, &r, f);
		if (result != ENGINE_OK)
			return result;
		empty = pq.ntuples(r) == 0;
		if (!empty)
			result = acquire_read(e, r, grant, found);
		pq.clear(r);
	} while (empty);
	return result;
}

static enum engine_result
pg_renew(struct engine *e, long long deadline, long long *until,
    struct fault *f)
{
	char token[24], seconds[24];
	const char *params[] = { e->key, say_num(token, e->token),
		say_num(seconds, e->ttl) };
	enum engine_result result;

	if (!e->token && e->place)
		return pg_line_renew(e, deadline, until, f);
	result = pg_hit(e, RENEW, 3, params, deadline, f);
	if (result == ENGINE_OK)
		*until = e->asked + e->ttl * 1000LL;
	return result;
}

static enum engine_result
pg_release(struct engine *e, int hold, const char *value, long long deadline,
    struct fault *f)
{
	char token[24], seconds[24];
	const char *held[] = { e->key, say_num(token, e->token), value,
		say_num(seconds, hold) };
	const char *freed[] = { e->key, token, e->value, value };
	struct fault ignored;
	enum engine_result result;

	if (hold > 0)
		return pg_hit(e, HOLD, 4, held, deadline, f);
	result = pg_hit(e, RELEASE, 4, freed, deadline, f);
	/* If the notification fails, the next one looks when our lease would
	 * have ended. */
	if (result == ENGINE_OK || e->place)
		pg_line_leave(e, deadline, &ignored);
	return result;
}

static enum engine_result
pg_wish(struct engine *e, long long token, const char *text,
    long long deadline, struct fault *f)
{
	char digits[24];
	const char *params[] = { e->key, say_num(digits, token), text };

	return pg_hit(e, WISH, 3, params, deadline, f);
}

/* What a query says of a run of the key.  BUSY: nothing. */
static enum engine_result
run_read(struct engine *e, const char *sql, long long token,
    long long deadline, char value[ENGINE_VALUE], struct fault *f)
{
	char digits[24];
	const char *params[] = { e->key, say_num(digits, token) };
	PGresult *r;
	enum engine_result result = pg_ask(e, sql, 2, params, deadline, &r, f);

	if (result != ENGINE_OK)
		return result;
	text_join(value, ENGINE_VALUE, pq.getvalue(r, 0, 1), NULL);
	pq.clear(r);
	return *value ? ENGINE_OK : ENGINE_BUSY;
}

static enum engine_result
pg_wished(struct engine *e, long long deadline, char text[ENGINE_VALUE],
    struct fault *f)
{
	return run_read(e, WISHED, e->token, deadline, text, f);
}

static enum engine_result
pg_ended(struct engine *e, long long token, long long deadline,
    char value[ENGINE_VALUE], struct fault *f)
{
	return run_read(e, ENDED, token, deadline, value, f);
}

static enum engine_result
pg_look(struct engine *e, long long deadline, struct engine_found *found,
    struct fault *f)
{
	const char *params[] = { e->key };
	PGresult *r;
	enum engine_result result = pg_ask(e, LOOK, 1, params, deadline, &r, f);

	if (result != ENGINE_OK)
		return result;
	if (pq.getisnull(r, 0, 1)) {
		result = ENGINE_LOST;
		pg_ends(e, 0);
	} else {
		pg_found(r, 0, found);
		pg_ends(e, pg_number(r, 0, 4));
	}
	pq.clear(r);
	return result;
}

static enum engine_result
pg_list(struct engine *e, const char *prefix, long long deadline,
    engine_record *each, void *arg, struct fault *f)
{
	const char *params[] = { prefix };
	struct engine_found found;
	PGresult *r;
	enum engine_result result = pg_ask(e, LIST, 1, params, deadline, &r, f);

	if (result != ENGINE_OK)
		return result;
	for (int i = 0; i < pq.ntuples(r) && !pq.getisnull(r, i, 1); i++) {
		pg_found(r, i, &found);
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
	.ended = pg_ended,
	.wish = pg_wish,
	.wished = pg_wished,
	.look = pg_look,
	.list = pg_list,
	.watch = pg_watch,
	.heard = pg_heard,
	.check = pg_check,
	.init = pg_init,
};
