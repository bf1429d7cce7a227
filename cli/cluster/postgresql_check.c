/*
 * postgresql_check.c: check all that can go wrong with servers and tables; and
 * create the tables.
 *
 * Each server is asked alone; then the tables are checked.  Wrong is, above all,
 * what could let two instances run: fsync off, several servers without a
 * synchronous standby, clocks that differ between servers.
 */
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/text.h"
#include "cli/cluster/postgresql.h"

enum { APART = 1000 }; /* ms by which servers' clocks may differ */

struct check {
	struct engine *e;
	long long deadline;
	engine_line *line;
	void *arg;
	long long offset[URL_HOSTS]; /* ms ahead of our clock */
	int offsets;
	bool writer;         /* a server that is no standby has answered */
};

#define TELL(level, ...) engine_say(c->line, c->arg, level, __VA_ARGS__, NULL)

/* Columns of PROBE. */
enum { VERSION, READS, CLOCK, FSYNC, STANDBYS, LIMIT };
#define PROBE "select current_setting('server_version')," \
	" pg_is_in_recovery(), (extract(epoch from clock_timestamp()) * 1000)" \
	"::bigint, current_setting('fsync')," \
	" current_setting('synchronous_standby_names')," \
	" current_setting('max_connections')"

static void
safety_tell(struct check *c, const PGresult *r)
{
	if (!strcmp(pq.getvalue(r, 0, FSYNC), "off"))
		TELL(LEVEL_WRONG, "fsync is off there: after a crash it may"
		    " forget who had a key, and two may run");
	if (c->e->servers > 1 && !*pq.getvalue(r, 0, STANDBYS))
		TELL(LEVEL_WRONG, "synchronous_standby_names is empty: after a"
		    " failover the standby may not know who has a key, and two"
		    " may run");
}

static void
server_tell(struct check *c, const PGresult *r)
{
	const struct conn_peer *s = &c->e->server[c->e->at];
	bool reads = *pq.getvalue(r, 0, READS) == 't';
	char at[URL_SERVER];

	TELL(LEVEL_OK, "PostgreSQL ", pq.getvalue(r, 0, VERSION),
	    reads ? ", a standby" : NULL);
	TELL(LEVEL_OK, url_server(s->host, s->port, at),
	    pq.sslInUse(c->e->conn) ? " uses TLS" : " uses plain text");
	c->offset[c->offsets++] = pg_number(r, 0, CLOCK) - clock_wall();
	if (reads)
		return;
	c->writer = true;
	safety_tell(c, r);
	TELL(LEVEL_OK, "connections there, at most: ",
	    pq.getvalue(r, 0, LIMIT), " (each instance and each waiting launch"
	    " has one)");
}

/* Ask server i alone: make it the only one for a while. */
static void
server_check(struct check *c, int i)
{
	struct engine *e = c->e;
	int all = e->servers;
	struct fault f;
	PGresult *r;

	pg_disconnect(e);
	e->at = 0;
	e->servers = 1;
	if (i)
		e->server[0] = e->server[i];
	if (pg_ask(e, PROBE, 0, NULL, clock_boot() + (c->deadline -
	    clock_boot()) / (all + 1), &r, &f) == ENGINE_OK) {
		e->servers = all;
		server_tell(c, r);
		pq.clear(r);
	} else {
		TELL(LEVEL_WRONG, f.line);
	}
	e->servers = all;
	pg_disconnect(e);
}

/* Leases must not end early because a failover leads to another clock. */
static void
clocks_check(struct check *c)
{
	long long least = c->offset[0], most = c->offset[0];

	for (int i = 1; i < c->offsets; i++) {
		if (c->offset[i] < least)
			least = c->offset[i];
		if (c->offset[i] > most)
			most = c->offset[i];
	}
	if (c->offsets > 1)
		TELL(engine_level(most - least <= APART), "the servers' clocks"
		    " differ by ", TEXT_NUM(most - least), " ms");
}

/* Report the version that the tables claim to have. */
static void
tables_check(struct check *c)
{
	const char *version;
	struct fault f;
	PGresult *r;

	if (pg_ask(c->e, "select obj_description('@'::regclass, 'pg_class')",
	    0, NULL, c->deadline, &r, &f) != ENGINE_OK) {
		TELL(LEVEL_WRONG, f.line);
		return;
	}
	version = pq.getvalue(r, 0, 0);
	TELL(engine_level(!strcmp(version, PG_TABLES)), c->e->table, " says: ",
	    *version ? version : "nothing; is it ours?");
	pq.clear(r);
	if (pg_ask(c->e, "select @_wait(" PG_LOCK("'check'") ", '1')", 0, NULL,
	    c->deadline, NULL, &f) != ENGINE_OK)
		TELL(LEVEL_WRONG, f.line);
}

bool
pg_check(struct engine *e, long long deadline, engine_line *line, void *arg)
{
	struct check c = { .e = e, .deadline = deadline, .line = line,
		.arg = arg };
	struct conn_peer first = e->server[0];

	for (int i = 0; i < e->servers; i++) {
		server_check(&c, i);
		e->server[0] = first;
	}
	clocks_check(&c);
	if (!c.writer) {
		engine_say(line, arg, LEVEL_WRONG, "no server can be written"
		    " to", NULL);
		return false;
	}
	tables_check(&c);
	/* All checks of a role share one key, so that they leave one row only. */
	text_join(e->key, sizeof(e->key), "check/", e->conn ?
	    pq.user(e->conn) : "onlyone", NULL);
	return true;
}

/*
 * Create the tables, and grant rights on them.
 *
 * Each user of the database has a role, which is a member of the role onlyone.
 * A key is of the role that has used it first, a place in line of the one that
 * has taken it; others may read them.  Only the tables' owner may give a key to
 * another role, remove one, or choose the number of a place.
 */

/* In one transaction: without a policy nobody may do what it allows. */
#define POLICY(name, table, rest) \
	"begin; drop policy if exists " name " on " table \
	"; create policy " name " on " table " for " rest "; commit"
#define MINE "(owner = current_user)"

/* First what the owner of a database may not do: if that fails, nothing is
 * half made. */
static const char *const statements[] = {
	"do $$ begin if not exists (select from pg_roles where rolname ="
	    " 'onlyone') then create role onlyone nologin; end if;"
	    " exception when duplicate_object then null; end $$",
	"do $$ begin if obj_description(to_regclass('@'), 'pg_class')"
	    " <> '" PG_TABLES "' then raise exception using"
	    " errcode = '42P07', message = 'there are tables of another"
	    " version: first drop table @, @_line; drop sequence @_token'; end"
	    " if;"
	    " end $$",
	"create sequence if not exists @_token",
	"create table if not exists @ (key text primary key,"
	    " value text not null, token bigint not null,"
	    " expires timestamptz not null, wish text, last bigint,"
	    " done text, counted text, counted_until timestamptz,"
	    " owner name not null default current_user)"
	    " with (fillfactor = 50)",
	"create table if not exists @_line (n bigint primary key"
	    " default nextval('@_token'), id text not null unique,"
	    " key text not null, value text not null,"
	    " expires timestamptz not null,"
	    " owner name not null default current_user)"
	    " with (fillfactor = 50)",
	"create index if not exists #_line_key on @_line (key, n)",
	POLICY("see", "@", "select using (true)"),
	POLICY("take", "@", "insert with check " MINE),
	POLICY("keep", "@", "update using " MINE),
	POLICY("see", "@_line", "select using (true)"),
	POLICY("take", "@_line", "insert with check (" MINE " and not exists"
	    " (select from @ k where k.key = #_line.key"
	    " and k.owner <> current_user))"),
	POLICY("keep", "@_line", "update using " MINE),
	POLICY("leave", "@_line", "delete using " MINE),
	/* Until ms have passed, wait for the lock of another session, and give
	 * it back.  An error that is caught here is in no log.  When the lock
	 * is there, nothing is left to be planned. */
	"create or replace function @_wait(lock bigint, ms text)"
	    " returns boolean language plpgsql as $$"
	    " declare got boolean := true; begin begin"
	    " perform set_config('lock_timeout', ms, true);"
	    " perform pg_advisory_xact_lock_shared(lock);"
	    " exception when lock_not_available then got := false; end;"
	    " return got; end $$",
	"alter table @ enable row level security",
	"alter table @_line enable row level security",
	"grant select, insert, update on @ to onlyone",
	"grant select, insert (id, key, value, expires), update (expires),"
	    " delete on @_line to onlyone",
	"grant usage on sequence @_token to onlyone",
	"grant execute on function @_wait to onlyone",
	"comment on table @ is '" PG_TABLES "'",
};

enum engine_result
pg_init(struct engine *e, bool make, long long deadline, engine_line *line,
    void *arg, struct fault *f)
{
	enum engine_result result;
	char sql[PG_SQL];
	size_t n;

	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++) {
		if (make) {
			result = pg_ask(e, statements[i], 0, NULL, deadline,
			    NULL, f);
			if (result == ENGINE_DENIED && i == 0)
				fault_more(f, "; this needs an administrator:"
				    " create role onlyone nologin", NULL);
			if (result != ENGINE_OK)
				return result;
		}
		pg_sql(e, statements[i], deadline, sql);
		n = strlen(sql);
		text_join(sql + n, sizeof(sql) - n, ";", NULL);
		line(arg, LEVEL_OK, sql);
	}
	line(arg, LEVEL_OK, "-- and for each user of the database that may launch:"
	    " grant onlyone to NAME;");
	return ENGINE_OK;
}
