/*
 * postgresql_prepare.c: the two statements that others in line wait for.
 *
 * A session in line has the server parse and plan them while it waits
 * (postgresql_wait.c).
 */
#include "cli/cluster/postgresql.h"

/* Take the key if it is free, and no place in line is before ours; then our place
 * goes.  No row: it was not; nothing is written, and no lock taken, or another
 * client got the row while we waited for it. */
#define TAKE(ms) "with got as (" \
	"insert into @ as o (key, value, token, expires)" \
	" select $1, $2, nextval('@_token')," \
	" clock_timestamp() + $3::int * interval '1 second' from " PG_LIMIT_MS(ms) \
	" where not exists (select from @ where key = $1" \
	" and expires > clock_timestamp())" \
	" and not exists (select from @_line where key = $1" \
	" and owner = current_user and n < $4::bigint" \
	" and expires > clock_timestamp())" \
	" on conflict (key) do update set value = excluded.value," \
	" owner = excluded.owner, expires = excluded.expires, wish = null," \
	" token = nextval('@_token') where o.expires <= clock_timestamp()" \
	" returning token, " PG_OWN("token") " as direct, " \
	PG_SURE " as sure), gone as (delete from @_line" \
	" where n = $4::bigint and exists (select from got))" \
	" select token, direct, sure from got"

/* Succeeds again if it is done already.  Token 0: the answer to TAKE was lost,
 * and the value finds the row. */
#define SECONDS(n) "clock_timestamp() + " n "::int * interval '1 second'"
#define RELEASE(ms) "update @ set done = coalesce($4, done)," \
	" last = case when $4 is null then last else token end," \
	" value = case when $6::int > 0 then $4 else value end," \
	" expires = case when $6::int > 0 then " SECONDS("$6") \
	" else '-infinity' end," \
	" counted = case when $7::int > 0 then $4 else counted end," \
	" counted_until = case when $7::int > 0 then " SECONDS("$7") \
	" else counted_until end from " PG_LIMIT_MS(ms) \
	" where key = $1 and (expires > clock_timestamp()" \
	" or expires = '-infinity') and (token = $2::bigint" \
	" or ($2::bigint = 0 and value = $3)) returning " PG_SURE \
	", " PG_GIVE("token", "$5")

const char pg_take_sql[] = TAKE("~"), pg_release_sql[] = RELEASE("~");

/* The server makes one plan for all values, and keeps it: "explain execute" has it
 * made now.  The setting lasts as long as the session.  How long it may wait for a
 * row (PG_LIMIT) is not known yet: less than we wait for an answer in line. */
const char pg_prepare[] = " set plan_cache_mode = force_generic_plan;"
	" prepare onlyone_take(text, text, int, bigint) as " TAKE("500") ";"
	" explain execute onlyone_take(null, null, null, null);"
	" prepare onlyone_release(text, bigint, text, text, text, int, int) as "
	RELEASE("500") ";"
	" explain execute onlyone_release(null, null, null, null, null, 0, 0);";

const char *
pg_prepared(const struct engine *e, const char *sql)
{
	return !e->prepared ? NULL : sql == pg_take_sql ? "onlyone_take" :
	    sql == pg_release_sql ? "onlyone_release" : NULL;
}
