/*
 * postgresql_wait.c: wait for a key: the line of those that want it, and hear
 * of changes by LISTEN and NOTIFY.
 *
 * A place in line is a row; the order is that of its number.  The holder that
 * gives the key back notifies the first in line, on a channel that has one
 * listener, since a notification wakes all that listen to its channel.  That is
 * a statement of its own, after the release is seen by all: a launch that joins
 * meanwhile is found by it, or finds the key free when it looks.
 *
 * A place ends by the server's clock unless it is renewed.  No notification
 * reports that, or the end of a record that is not renewed: so each waiter
 * looks when the place before its own is to end, and the first when the record
 * is.
 *
 * Those without a place, and the holder, listen to one channel, "onlyone",
 * where the message is the key.  A notification may arrive with the answer to
 * another request: heard is called after each.
 *
 * With a pooler (pgbouncer) that lends a session for one transaction, LISTEN is
 * useless: other clients would hear instead of us.  There we look from time to
 * time.  A pooler makes up the pid of the server's process: so we recognize it.
 */
#include <sys/random.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
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
	if (!pq.getisnull(r, 0, 1)) {
		pg_found(r, 0, found);
		pg_ends(e, pg_number(r, 0, 4));
		result = ENGINE_BUSY;
	}
	if (!pq.getisnull(r, 0, 6)) {
		pg_ends(e, pg_number(r, 0, 6));
		result = ENGINE_BUSY;
	}
	if (*pq.getvalue(r, 0, 5) != 't') {
		e->place = 0;
		result = ENGINE_LOST;
	}
	pq.clear(r);
	return result;
}

bool
pg_id(char id[16], struct fault *f)
{
	unsigned char bytes[7];
	struct text t;

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
		fault_errno(f, 0, errno, "the system has no random numbers",
		    NULL);
		return false;
	}
	t = text_in(id, 16);
	text_hex(&t, bytes, sizeof(bytes));
	return true;
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

	if (!pg_id(e->id, f))
		return ENGINE_DOWN;
	e->ttl = ttl;
	result = pg_ask(e, JOIN, 4, params, deadline, &r, f);
	if (result != ENGINE_OK)
		return result;
	e->place = pq.ntuples(r) ? pg_number(r, 0, 0) : 0;
	pq.clear(r);
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
		pq.clear(r);
	e->place = 0;
	if (result == ENGINE_OK)
		result = pg_ask(e, WAKE, 1, params, deadline, &r, f);
	if (result == ENGINE_OK)
		pq.clear(r);
	return result;
}

enum {
	LOOKS = 500, /* ms between two looks without LISTEN */
	SLACK = 20,  /* ms to wait after the end of a record */
	MOST = 3600000
};

void
pg_ends(struct engine *e, long long left)
{
	e->ends = clock_boot() + (left < MOST ? left : MOST) + SLACK;
}

/* Find out whether there is a pooler; if not, LISTEN on this connection. */
static enum engine_result
listen_begin(struct engine *e, long long deadline, struct fault *f)
{
	enum engine_result result;
	char sql[64];
	PGresult *r;
	PGconn *conn;

	do {
		result = pg_ask(e, "select pg_is_in_recovery() as standby,"
		    " pg_backend_pid()", 0, NULL, deadline, &r, f);
		if (result != ENGINE_OK)
			return result;
		conn = e->conn;
		e->ear.direct = pg_number(r, 0, 1) == pq.backendPID(conn);
		pq.clear(r);
		if (!e->ear.direct)
			return ENGINE_OK;
		text_join(sql, sizeof(sql), "listen ", e->ear.channel, NULL);
		result = pg_ask(e, sql, 0, NULL, deadline, &r, f);
		if (result != ENGINE_OK)
			return result;
		pq.clear(r);
	} while (!e->ear.direct); /* pg_ask has reconnected in between */
	return ENGINE_OK;
}

/* clock_boot: when to look without a notification; 0: never. */
static long long
look_next(const struct engine *e)
{
	long long next = e->ear.looked + LOOKS;

	if (e->token)
		return e->ear.direct ? 0 : next;
	return e->ends > e->ear.looked && (e->ear.direct || e->ends < next) ?
	    e->ends : next;
}

static void
watch_tell(const struct engine *e, struct engine_watch *w)
{
	long long next = look_next(e);
	int left = clock_boot_left(next);

	w->fd = pq.socket(e->conn);
	w->events = POLLIN;
	w->every = e->ear.pending ? 1 : !next ? 0 : left < 1 ? 1 :
	    left > MOST ? MOST : left;
}

enum engine_result
pg_watch(struct engine *e, long long deadline, struct engine_watch *w,
    struct fault *f)
{
	bool turn = e->place && !e->token;
	enum engine_result result;
	char channel[sizeof(e->ear.channel)];

	text_join(channel, sizeof(channel), "onlyone", turn ? "_" : "",
	    turn ? e->id : "", NULL);
	if (!e->ear.on || !e->conn || strcmp(e->ear.channel, channel)) {
		e->ear.on = false;
		strcpy(e->ear.channel, channel);
		result = listen_begin(e, deadline, f);
		if (result != ENGINE_OK)
			return result;
		e->ear.on = true;
		/* Something may have changed before we listened. */
		e->ear.pending = true;
	}
	e->ear.looked = clock_boot();
	watch_tell(e, w);
	return ENGINE_OK;
}

enum engine_result
pg_heard(struct engine *e, struct engine_watch *w, struct fault *f)
{
	enum engine_result result = ENGINE_BUSY;
	long long next;

	if (e->conn && pq.consumeInput(e->conn))
		pg_ear_take(e);
	else if (e->conn)
		pg_disconnect(e);
	if (!e->ear.on) {
		pg_fault(e, f, "", "the connection has ended");
		return ENGINE_DOWN;
	}
	next = look_next(e);
	if (e->ear.pending || (next && clock_boot() >= next)) {
		e->ear.pending = false;
		e->ear.looked = clock_boot();
		result = ENGINE_OK;
	}
	watch_tell(e, w);
	return result;
}
