/*
 * postgresql_init.c: create the tables, and grant rights on them.
 *
 * The role gets no DELETE on the first table: only its owner may remove rows.
 */
#include <string.h>

#include "cli/cluster/postgresql.h"
#include "cli/base/text.h"

static const char *const statements[] = {
	"create sequence if not exists @_token",
	"create table if not exists @ (key text primary key,"
	    " value text not null, token bigint not null,"
	    " expires timestamptz not null) with (fillfactor = 50)",
	"create table if not exists @_mail (n bigserial, id text primary key,"
	    " key text not null, text text not null,"
	    " taken boolean not null default false, answer text,"
	    " expires timestamptz not null)",
	"create index if not exists #_mail_key on @_mail (key)",
	"comment on table @ is '" PG_TABLES "'",
	"do $$ begin create role onlyone nologin;"
	    " exception when duplicate_object then null; end $$",
	"grant select, insert, update on @ to onlyone",
	"grant select, insert, update, delete on @_mail to onlyone",
	"grant usage on sequence @_token, @_mail_n_seq to onlyone",
};

/* Replace '#' by the table's name without its schema, as an index wants it;
 * all: '@' by the whole name, too. */
static void
bare_set(const struct engine *e, const char *sql, char out[PG_SQL], bool all)
{
	struct text t = text_in(out, PG_SQL);

	for (; *sql; sql++) {
		if (*sql == '#')
			text_add(&t, strchr(e->table, '.') + 1);
		else if (*sql == '@' && all)
			text_add(&t, e->table);
		else
			text_mem(&t, sql, 1);
	}
}

enum engine_result
pg_init(struct engine *e, bool make, long long deadline, engine_line *line,
    void *arg, struct fault *f)
{
	enum engine_result result;
	char sql[PG_SQL];
	struct text t;
	PGresult *r;

	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++) {
		if (make) {
			bare_set(e, statements[i], sql, false);
			result = pg_ask(e, sql, 0, NULL, deadline, &r, f);
			if (result != ENGINE_OK)
				return result;
			PQclear(r);
		}
		bare_set(e, statements[i], sql, true);
		t = text_in(sql + strlen(sql), sizeof(sql) - strlen(sql));
		text_add(&t, ";");
		line(arg, true, sql);
	}
	line(arg, true, "-- and for each user of the database that may launch:"
	    " grant onlyone to NAME;");
	return ENGINE_OK;
}
