/*
 * postgresql_line.c: the line of those that wait for a key.
 *
 * A place is a row; the order is that of its number.  The holder that gives the
 * key back notifies the first in line, on a channel that has one listener,
 * since a notification wakes all that listen to its channel.  That is a
 * statement of its own, after the release is seen by all: a launch that joins
 * meanwhile is found by it, or finds the key free when it looks.
 *
 * A place ends by the server's clock unless it is renewed.  No notification
 * tells that, or the end of a record that is not renewed: so each waiter looks
 * when the place before its own is to end, and the first when the record is.
 */
#include <limits.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/postgresql.h"

/* The id finds it again if the answer was lost.  Old places are tidied up. */
#define JOIN "with old as (delete from @_line where n in (select n" \
	" from @_line where key = $1 and expires < clock_timestamp()" \
	" for update skip locked)) insert into @_line as q" \
	" (key, id, value, expires) values ($1, $2, $3," \
	" clock_timestamp() + $4::int * interval '1 second')" \
	" on conflict (id) do update set expires = excluded.expires" \
	" where q.expires > clock_timestamp() returning n"

#define PLACE "from @_line where n = $2::bigint" \
	" and expires > clock_timestamp()"

/* The key's record, whether our place is there, and when the one before it
 * ends. */
#define TURN "select pg_is_in_recovery() as standby, key, value, token, " \
	PG_LEFT ", exists (select " PLACE "), (select " PG_LEFT \
	" from @_line where key = $1 and n < $2::bigint" \
	" and expires > clock_timestamp() order by n desc limit 1)" \
	" from (select) one left join @ on key = $1" \
	" and expires > clock_timestamp()"

#define KEEP "with kept as (update @_line set" \
	" expires = clock_timestamp() + $3::int * interval '1 second'" \
	" where n = $2::bigint and expires > clock_timestamp()) " TURN

#define LEAVE "delete from @_line where n = $1::bigint"

#define WAKE "select pg_notify('onlyone_' || id, '') from @_line" \
	" where key = $1 and expires > clock_timestamp() and not exists" \
	" (select from @ h where h.key = $1 and h.expires > clock_timestamp())" \
	" order by n limit 1"

const char *
pg_line_place(const struct engine *e, char digits[24])
{
	return say_num(digits, e->place ? e->place : LLONG_MAX);
}

/* Look; kept: and renew our place.  LOST: it is gone. */
static enum engine_result
place_look(struct engine *e, bool kept, long long deadline,
    struct engine_found *found, struct fault *f)
{
	char place[24], seconds[24];
	const char *params[] = { e->key, say_num(place, e->place),
		say_num(seconds, e->ttl) };
	enum engine_result result;
	PGresult *r;

	result = pg_ask(e, kept ? KEEP : TURN, kept ? 3 : 2, params, deadline,
	    &r, f);
	if (result != ENGINE_OK)
		return result;
	if (!PQgetisnull(r, 0, 1)) {
		text_join(found->key, sizeof(found->key), pg_text(r, 0, 1),
		    NULL);
		text_join(found->value, sizeof(found->value), pg_text(r, 0, 2),
		    NULL);
		found->token = pg_number(r, 0, 3);
		found->left = pg_number(r, 0, 4);
		found->line = false;
		pg_ends(e, found->left);
		result = ENGINE_BUSY;
	}
	if (!PQgetisnull(r, 0, 6)) {
		pg_ends(e, pg_number(r, 0, 6));
		result = ENGINE_BUSY;
	}
	if (*pg_text(r, 0, 5) != 't') {
		e->place = 0;
		result = ENGINE_LOST;
	}
	PQclear(r);
	return result;
}

static enum engine_result
place_take(struct engine *e, int ttl, const char *value, long long deadline,
    struct fault *f)
{
	char seconds[24];
	const char *params[] = { e->key, e->id, value,
		say_num(seconds, ttl) };
	enum engine_result result;
	PGresult *r;

	if (!engine_id(e->id, f))
		return ENGINE_DOWN;
	e->ttl = ttl;
	result = pg_ask(e, JOIN, 4, params, deadline, &r, f);
	if (result != ENGINE_OK)
		return result;
	e->place = PQntuples(r) ? pg_number(r, 0, 0) : 0;
	PQclear(r);
	/* The watch that follows begins with a look. */
	pg_ends(e, ttl * 1000LL);
	return ENGINE_BUSY;
}

enum engine_result
pg_queue(struct engine *e, int ttl, const char *value, long long deadline,
    struct engine_found *found, struct fault *f)
{
	enum engine_result result = ENGINE_LOST;

	if (e->place)
		result = place_look(e, false, deadline, found, f);
	return result == ENGINE_LOST ? place_take(e, ttl, value, deadline, f) :
	    result;
}

enum engine_result
pg_line_renew(struct engine *e, long long deadline, long long *until,
    struct fault *f)
{
	struct engine_found found;
	enum engine_result result = place_look(e, true, deadline, &found, f);

	*until = e->asked + e->ttl * 1000LL;
	return result == ENGINE_BUSY ? ENGINE_OK : result;
}

enum engine_result
pg_line_leave(struct engine *e, long long deadline, struct fault *f)
{
	char place[24];
	const char *params[] = { e->key }, *ours[] = { say_num(place,
	    e->place) };
	enum engine_result result = ENGINE_OK;
	PGresult *r;

	if (e->place)
		result = pg_ask(e, LEAVE, 1, ours, deadline, &r, f);
	if (result == ENGINE_OK && e->place)
		PQclear(r);
	e->place = 0;
	if (result == ENGINE_OK)
		result = pg_ask(e, WAKE, 1, params, deadline, &r, f);
	if (result == ENGINE_OK)
		PQclear(r);
	return result;
}

enum engine_result
pg_waiting(struct engine *e, long long deadline, long long *n,
    struct fault *f)
{
	const char *params[] = { e->key };
	PGresult *r;
	enum engine_result result = pg_ask(e, "select pg_is_in_recovery()"
	    " as standby, count(*) from @_line where key = $1"
	    " and expires > clock_timestamp()", 1, params, deadline, &r, f);

	if (result == ENGINE_OK) {
		*n = pg_number(r, 0, 1);
		PQclear(r);
	}
	return result;
}
