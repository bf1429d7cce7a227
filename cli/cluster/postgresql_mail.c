/*
 * postgresql_mail.c: letters to the holder of a key, as rows of a second table.
 */
#include <string.h>

#include "cli/cluster/postgresql.h"
#include "cli/base/say.h"

/* Sending also removes rows that expired more than a minute ago. */
#define PUT "with old as (delete from @_mail" \
	" where expires < clock_timestamp() - interval '1 minute')," \
	" new as (insert into @_mail as m (id, key, text, expires)" \
	" select $1, key, $3, clock_timestamp()" \
	" + $4::int * interval '1 second' from @" \
	" where key = $2 and expires > clock_timestamp()" \
	" on conflict (id) do update set expires = excluded.expires" \
	" returning key)" \
	" select pg_notify('onlyone', 'm' || key) from new"

/* Letters are marked before they are returned: none is taken twice. */
#define TAKE "with t as (update @_mail set taken = true from " PG_LIMIT \
	" where id in (select id from @_mail where key = $1 and not taken" \
	" and expires > clock_timestamp() order by n limit $2::int)" \
	" returning n, id, text) select id, text from t order by n"

/* An insert, since the row of the letter may be gone by now. */
#define REPLY "with a as (insert into @_mail as m" \
	" (id, key, text, taken, answer, expires)" \
	" values ($1, $2, '', true, $3," \
	" clock_timestamp() + interval '10 seconds')" \
	" on conflict (id) do update set answer = excluded.answer," \
	" expires = excluded.expires where m.key = excluded.key" \
	" returning key) select pg_notify('onlyone', 'r' || key) from a"

#define REPLIED "select pg_is_in_recovery() as standby, answer" \
	" from (select) one left join @_mail on id = $1 and key = $2" \
	" and answer is not null and expires > clock_timestamp()"

#define FORGET "delete from @_mail where id = $1"

#define DROP FORGET " and not taken returning id"

enum engine_result
pg_mail_put(struct engine *e, int ttl, const char *text, char id[16],
    long long deadline, struct fault *f)
{
	char seconds[24];
	const char *params[] = { id, e->key, text, say_num(seconds, ttl) };

	return engine_id(id, f) ? pg_hit(e, PUT, 4, params, deadline, f) :
	    ENGINE_DOWN;
}

enum engine_result
pg_mail_drop(struct engine *e, const char *id, long long deadline,
    struct fault *f)
{
	const char *params[] = { id };

	return pg_hit(e, DROP, 1, params, deadline, f);
}

enum engine_result
pg_mail_take(struct engine *e, long long deadline, engine_letter *each,
    void *arg, struct fault *f)
{
	char most[24];
	const char *params[] = { e->key, say_num(most, ENGINE_LETTERS) };
	PGresult *r;
	enum engine_result result = pg_ask(e, TAKE, 2, params, deadline, &r, f);

	if (result != ENGINE_OK)
		return result;
	if (PQntuples(r) == ENGINE_LETTERS)
		result = ENGINE_BUSY;
	for (int i = 0; i < PQntuples(r); i++)
		each(arg, pg_text(r, i, 0), pg_text(r, i, 1));
	PQclear(r);
	return result;
}

enum engine_result
pg_mail_reply(struct engine *e, const char *id, const char *text,
    long long deadline, struct fault *f)
{
	const char *params[] = { id, e->key, text };
	enum engine_result result;
	PGresult *r;

	result = pg_ask(e, REPLY, 3, params, deadline, &r, f);
	if (result == ENGINE_OK)
		PQclear(r);
	return result;
}

enum engine_result
pg_mail_replied(struct engine *e, const char *id, long long deadline,
    engine_letter *each, void *arg, struct fault *f)
{
	const char *params[] = { id, e->key };
	enum engine_result result;
	PGresult *r, *gone;

	result = pg_ask(e, REPLIED, 2, params, deadline, &r, f);
	if (result != ENGINE_OK)
		return result;
	if (PQgetisnull(r, 0, 1))
		result = ENGINE_BUSY;
	else
		each(arg, id, pg_text(r, 0, 1));
	PQclear(r);
	/* If this fails, the row expires by itself. */
	if (result == ENGINE_OK && pg_ask(e, FORGET, 1, params, deadline,
	    &gone, f) == ENGINE_OK)
		PQclear(gone);
	return result;
}
