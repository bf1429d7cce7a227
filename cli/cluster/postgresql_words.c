/*
 * postgresql_words.c: PostgreSQL's errors: what each means to an engine, and
 * what a user can do.
 */
#include <string.h>

#include "cli/cluster/postgresql.h"
#include "cli/base/text.h"

#define INIT ": an administrator has to run: onlyonectl cluster init"

/* By SQLSTATE (PostgreSQL's manual, appendix A) or its prefix; first match. */
static const struct {
	const char *state;
	enum engine_result result;
	const char *advice;
} meanings[] = {
	{ "", ENGINE_DOWN, "" },
	{ "25006", ENGINE_DOWN, ": it is a standby, or read-only for this"
	    " user; the URL has to name a server that can be written to" },
	{ "28", ENGINE_DENIED, "" },
	{ "42501", ENGINE_DENIED, ": its owner has to run: grant onlyone to the"
	    " user (onlyonectl cluster init tells more)" },
	{ "42P01", ENGINE_SETUP, INIT },
	{ "3F000", ENGINE_SETUP, INIT },
	{ "3D000", ENGINE_SETUP, "" },
	{ "42703", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42804", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42P10", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42883", ENGINE_SETUP, ": PostgreSQL 11 or newer is needed" },
	{ "42601", ENGINE_SETUP, ": PostgreSQL 11 or newer is needed" },
	{ "0A", ENGINE_SETUP, "" },
	{ "22", ENGINE_SETUP, "" },
	{ "23", ENGINE_SETUP, "" },
	{ "42", ENGINE_SETUP, "" },
	{ "53300", ENGINE_DOWN, ": each instance and each that waits has a"
	    " connection; pgbouncer in transaction mode may stand between" },
};

enum engine_result
pg_fault(const struct engine *e, struct fault *f, const char *state,
    const char *words)
{
	const struct pg_server *s = &e->server[e->at];
	size_t n = 0;

	for (size_t i = 1; i < sizeof(meanings) / sizeof(*meanings) && !n; i++)
	{
		if (!strncmp(state, meanings[i].state,
		    strlen(meanings[i].state)))
			n = i;
	}
	fault_set(f, 0, "PostgreSQL at ", s->host, ":", s->port, ": ", words,
	    meanings[n].advice, NULL);
	return meanings[n].result;
}

/* In "... FATAL:  28P01: words": returns the words; state: 28P01, or "". */
static const char *
state_find(const char *said, char state[6])
{
	const char *at = said;

	while ((at = strstr(at, ":  "))) {
		at += 3;
		if (strspn(at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 &&
		    at[5] == ':' && at[6] == ' ') {
			memcpy(state, at, 5);
			state[5] = '\0';
			return at + 7;
		}
	}
	*state = '\0';
	at = strstr(said, " failed: ");
	return at ? at + strlen(" failed: ") : said;
}

enum engine_result
pg_conn_fault(const struct engine *e, struct fault *f)
{
	char state[6], line[512];
	const char *words = state_find(PQerrorMessage(e->conn), state);
	struct text t;

	enum engine_result result;

	t = text_in(line, sizeof(line));
	text_mem(&t, words, strcspn(words, "\n"));
	if (PQconnectionNeedsPassword(e->conn)) {
		strcpy(state, "28P01");
		text_add(&t, ": the URL needs passfile=FILE");
	}
	result = pg_fault(e, f, state, line);
	/* Errors that libpq finds itself have no SQLSTATE. */
	if (!*state)
		result = strstr(line, "does not support SSL") ? ENGINE_SETUP :
		    engine_tls(line, f);
	return result;
}
