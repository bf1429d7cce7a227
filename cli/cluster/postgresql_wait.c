/*
 * postgresql_wait.c: wait for a key: the line of those that want it, and hear
 * of changes.
 *
 * A place in line is a row; the order is that of its number.  It ends by the
 * server's clock unless it is renewed, like the record.
 *
 * A process that has a place, or the record, also has an advisory lock on its
 * number, at most while the session lasts (PG_OWN), and gives up both at once
 * (PG_GIVE).  One that waits asks for the lock of the place before its own, so that
 * the server wakes only that one: NOTIFY would wake all sessions that listen to
 * anything.  The lock says only when to look: the rows decide.  A session may
 * end without its place, or outlive it; so a waiting process also looks when the
 * row before its own ends by the clock, and if that is still there without its
 * lock, from time to time.
 *
 * The server ends the wait for a lock in time for our next renewal: the
 * connection is the same.  Before the first wait it parses and plans the
 * statements that we send when the key is free and when we give it back: those
 * behind us wait for each of them.
 *
 * A holder listens to a channel of its own, for wishes.
 *
 * With a pooler (pgbouncer) that lends a session for one transaction, locks and
 * LISTEN would be those of another client.  There we look from time to time.  A
 * pooler makes up the pid of the server's process: so we recognize it.  Those that
 * have many before them look less often: a line of thousands would leave the
 * server no time for the first of them.
 */
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/postgresql.h"

/* What a statement that concerns our place answers: the record, our place, the
 * one before it, and with a pooler how many are before it, at most 30.  ours:
 * "n, direct" of our place, if that is there. */
#define LINE(ours) "ours as (" ours ") select pg_is_in_recovery() as standby," \
	" h.key, h.value, h.token, " PG_LEFT("h.") ", o.n, o.direct, b.n, " \
	PG_LEFT("b.") ", few.n from (select) one left join ours o on true" \
	" left join @ h on h.key = $1 and h.expires > clock_timestamp()" \
	" left join lateral (select n, expires from @_line where key = $1" \
	" and owner = current_user and n < o.n" \
	" and expires > clock_timestamp() order by n desc limit 1) b on true" \
	" left join lateral (select count(*) as n from (select from @_line" \
	" where not o.direct and key = $1 and owner = current_user" \
	" and n < o.n and expires > clock_timestamp() limit 30) f) few on true"
#define PLACED "n, " PG_OWN("n") " as direct"

/* The id finds it again if the answer was lost.  Old places are tidied up. */
#define JOIN "with old as (delete from @_line where n in (select n" \
	" from @_line where key = $1 and expires < clock_timestamp()" \
	" for update skip locked)), " LINE("insert into @_line as q" \
	" (key, id, value, expires) select $1, $2, $3," \
	" clock_timestamp() + $4::int * interval '1 second' from " PG_LIMIT \
	" on conflict (id) do update set expires = excluded.expires" \
	" where q.expires > clock_timestamp() returning " PLACED)

#define KEEP "with " LINE("update @_line set" \
	" expires = clock_timestamp() + $3::int * interval '1 second'" \
	" from " PG_LIMIT " where n = $2::bigint" \
	" and expires > clock_timestamp() returning " PLACED)

#define TURN "with " LINE("select " PLACED " from @_line" \
	" where n = $2::bigint and expires > clock_timestamp()")

#define LEAVE "delete from @_line using " PG_LIMIT \
	" where n = $1::bigint or id = $2 returning " PG_GIVE("n", "n")

/* It does not notice that its client is gone, and has our lock. */
#define LEFT_END "select pg_terminate_backend(pid) from pg_stat_activity" \
	" where pid = $1::int and usename = session_user" \
	" and wait_event_type = 'Lock'"

/* Wait for the lock of this number.  The statement must not read a table: it would
 * keep that locked, and hold up whatever changes it. */
#define WAIT(number, ms) "select case when " PG_SAME " then @_wait(" \
	PG_LOCK("n") ", '", TEXT_NUM(ms), "') end, n from (select ", number, \
	" as n offset 0) this"

/* The first time in line, in a transaction before: prepare statements, and look again
 * what is before us.  A place that was taken at the same moment as ours may not have
 * been there for JOIN. */
#define FIRST(place, before) "begin; set local lock_timeout = 200;", pg_prepare, \
	" select set_config('onlyone.before', coalesce((select n from @_line" \
	" where key = (select key from @_line where n = ", TEXT_NUM(place), \
	") and owner = current_user and n < ", TEXT_NUM(place), \
	" and expires > clock_timestamp() order by n desc limit 1), ", \
	TEXT_NUM(before), ")::text, false); commit; "

const char *
pg_line_place(const struct engine *e, char digits[24])
{
	return say_num(digits, e->place ? e->place : LLONG_MAX);
}

enum {
	LOOKS = 500,  /* ms between two looks, if nothing wakes us */
	LOOKS_MOST = 2000, /* the same after some of them */
	HOLDS_PARTS = 12, /* of the ttl, between two looks of a holder */
	HOLDS_MOST = 5000, /* ms: these are at most so far apart */
	SLACK = 20,   /* ms to wait after the end of a row */
	EARLY = 50,   /* ms from the end of a wait to our next renewal */
	LATE = 1000,  /* ms that the server may be late with that */
	PREPARES = 120000, /* version of a server that knows plan_cache_mode */
	LONGEST = 30000, /* ms: the server cannot tidy up while we wait */
	MOST = 3600000
};

void
pg_before(struct engine *e, long long number, long long left)
{
	e->before = number;
	e->ends = clock_boot() + (left < MOST ? left : MOST) + SLACK;
}

/* Ask about our place.  OK: it is our turn; LOST: it is gone. */
static enum engine_result
place_ask(struct engine *e, const char *sql, int n, const char *const *params,
    long long deadline, struct engine_found *found, struct fault *f)
{
	enum engine_result result;
	PGresult *r;

	result = pg_ask(e, sql, n, params, deadline, &r, f);
	if (result != ENGINE_OK)
		return result;
	e->place = pg_number(r, 0, 5);
	pg_before(e, 0, 0);
	if (!pq.getisnull(r, 0, 1)) {
		pg_found(r, 0, found);
		pg_before(e, found->token, pg_number(r, 0, 4));
	}
	if (!pq.getisnull(r, 0, 7))
		pg_before(e, pg_number(r, 0, 7), pg_number(r, 0, 8));
	e->ahead = (int)pg_number(r, 0, 9);
	pq.clear(r);
	return !e->place ? ENGINE_LOST : e->before ? ENGINE_BUSY : ENGINE_OK;
}

/* Look; kept: and renew our place. */
static enum engine_result
place_look(struct engine *e, bool kept, long long deadline,
    struct engine_found *found, struct fault *f)
{
	char place[24], seconds[24];
	const char *params[] = { e->key, say_num(place, e->place),
		say_num(seconds, e->ttl) };
	enum engine_result result;

	result = place_ask(e, kept ? KEEP : TURN, kept ? 3 : 2, params,
	    deadline, found, f);
	if (kept && result != ENGINE_DOWN)
		e->kept = e->asked;
	return result;
}

static enum engine_result
place_take(struct engine *e, int ttl, const char *value, long long deadline,
    struct engine_found *found, struct fault *f)
{
	char seconds[24];
	const char *params[] = { e->key, e->id, value, say_num(seconds, ttl) };
	enum engine_result result;

	if (!*e->id)
		engine_random(e->id, sizeof(e->id));
	e->ttl = ttl;
	result = place_ask(e, JOIN, 4, params, deadline, found, f);
	if (result == ENGINE_DOWN)
		return result;
	*e->id = '\0';
	e->kept = e->asked;
	pg_left_end(e, deadline);
	return result != ENGINE_DENIED ? result :
	    pg_other_role(e, 0, result, deadline, f);
}

enum engine_result
pg_queue(struct engine *e, int ttl, const char *value, long long deadline,
    struct engine_found *found, struct fault *f)
{
	enum { ATTEMPTS = 3 };
	enum engine_result result = ENGINE_LOST;

	if (e->turn) {
		e->turn = false;
		return ENGINE_OK;
	}
	for (int i = 0; i < ATTEMPTS && result == ENGINE_LOST; i++)
		result = e->place ? place_look(e, false, deadline, found, f) :
		    place_take(e, ttl, value, deadline, found, f);
	if (result != ENGINE_LOST)
		return result;
	pg_fault(e, f, "", "its places in line run out before they can be"
	    " used");
	return ENGINE_DOWN;
}

enum engine_result
pg_line_renew(struct engine *e, long long deadline, long long *until,
    struct fault *f)
{
	struct engine_found found;
	enum engine_result result = place_look(e, true, deadline, &found, f);

	*until = e->asked + e->ttl * 1000LL;
	e->ear.pending |= result == ENGINE_OK;
	return result == ENGINE_BUSY ? ENGINE_OK : result;
}

void
pg_line_leave(struct engine *e, long long deadline)
{
	char place[24];
	const char *params[] = { say_num(place, e->place), e->id };
	struct fault ignored;

	e->place = 0;
	e->turn = false;
	pg_ask(e, LEAVE, 2, params, deadline, NULL, &ignored);
	*e->id = '\0';
}

void
pg_left_end(struct engine *e, long long deadline)
{
	char digits[24];
	const char *params[] = { say_num(digits, e->left.pid) };
	struct fault ignored;

	if (e->left.pid && clock_boot() < e->left.due)
		pg_ask(e, LEFT_END, 1, params, deadline, NULL, &ignored);
	e->left.pid = 0;
}

/*
 * The watch.
 */

/* As a holder. */
static enum engine_result
listen_begin(struct engine *e, long long deadline, struct fault *f)
{
	enum engine_result result = ENGINE_OK;
	char sql[64];

	/* Something may have changed before we listened. */
	e->ear.pending = true;
	if (e->pooled == PG_DIRECT) {
		text_join(sql, sizeof(sql), "listen onlyone_",
		    TEXT_NUM(e->token), NULL);
		result = pg_ask(e, sql, 0, NULL, deadline, NULL, f);
		if (result != ENGINE_OK)
			return result;
	}
	/* Unknown: pg_ask has connected again.  The next watch will tell. */
	e->ear.how = e->pooled == PG_DIRECT ? EAR_LISTENS : EAR_LOOKS;
	e->ear.pause = (int)engine_part(e->ttl * 1000LL, HOLDS_PARTS, LOOKS,
	    HOLDS_MOST);
	return ENGINE_OK;
}

/* Have the server wait for the lock, for as long as we need nothing else. */
static enum engine_result
wait_send(struct engine *e, long long deadline, struct fault *f)
{
	long long now = clock_boot(), until = now + LONGEST;
	long long renewal = e->kept + e->ttl * 1000LL / LEASE_PARTS - EARLY;
	enum engine_result result;
	char sql[PG_SQL], number[24];

	clock_earlier(&until, e->ends);
	e->ear.renews = e->place && renewal < until;
	if (e->ear.renews)
		until = renewal;
	e->ear.number = e->before;
	e->ear.how = EAR_IDLE;
	if (until - now < EARLY)
		return ENGINE_OK;
	e->ear.prepares = e->place && e->pooled == PG_DIRECT && !e->prepared &&
	    !e->plain && pq.serverVersion(e->conn) >= PREPARES;
	if (e->ear.prepares)
		text_join(sql, sizeof(sql), FIRST(e->place, e->before),
		    WAIT("current_setting('onlyone.before')", until - now),
		    NULL);
	else
		text_join(sql, sizeof(sql), WAIT(say_num(number, e->before),
		    until - now), NULL);
	result = pg_send(e, sql, until, deadline, f);
	if (result == ENGINE_OK)
		e->ear.how = EAR_WAITS;
	return result;
}

static enum engine_result
wait_begin(struct engine *e, long long deadline, struct fault *f)
{
	int pause = e->ear.pause * 2;

	if (e->ear.how == EAR_WAITS && e->ear.number == e->before)
		return ENGINE_OK;
	e->ear.pending = false;
	if (e->early)
		pq.clear(pg_answer(e, 0));
	if (e->before && e->before != e->ear.number)
		pause = e->ear.pause = 0;
	if (e->pooled != PG_POOLED && e->before && e->conn && !e->due &&
	    e->before != e->ear.granted)
		return wait_send(e, deadline, f);
	/* It is there without its lock.  Try that again after this look. */
	e->ear.granted = 0;
	e->ear.number = e->before;
	e->ear.how = EAR_LOOKS;
	if (e->pooled == PG_POOLED)
		e->ear.pause = (int)engine_spread(LOOKS + e->ahead * LOOKS / 2);
	else
		e->ear.pause = pause < LOOKS ? LOOKS : pause < LOOKS_MOST ?
		    pause : LOOKS_MOST;
	return ENGINE_OK;
}

/* The server's answer to a wait is there.  OK: look. */
static enum engine_result
wait_take(struct engine *e, struct fault *f)
{
	PGresult *r = pg_answer(e, clock_boot() + EARLY);
	const char *state = pq.resultErrorField(r, PG_DIAG_SQLSTATE);
	enum engine_result result = e->ear.renews ? ENGINE_BUSY : ENGINE_OK;

	e->ear.how = EAR_IDLE;
	/* Not idle: the connection has failed, or pg_prepare before its end. */
	if (!r || pq.transactionStatus(e->conn) != PQTRANS_IDLE) {
		pg_fault(e, f, state ? state : "", "the wait has failed");
		pg_disconnect(e);
		result = ENGINE_DOWN;
	} else if (state && !strcmp(state, "57014")) {
		/* The role has a time limit for statements. */
	} else if (state || pq.getisnull(r, 0, 0)) {
		e->pooled = PG_POOLED;
		e->ear.how = EAR_LOOKS;
		e->ear.pause = LOOKS;
		result = ENGINE_BUSY;
	} else if (*pq.getvalue(r, 0, 0) == 't') {
		e->ear.granted = e->ear.number = pg_number(r, 0, 1);
		e->turn = e->place;
		result = ENGINE_OK;
	}
	pq.clear(r);
	return result;
}

/* clock_boot: when to look, or to do something about the watch; 0: never. */
static long long
look_next(const struct engine *e)
{
	long long next = e->ear.looked + e->ear.pause;

	switch (e->ear.how) {
	case EAR_LISTENS:
		return 0;
	case EAR_WAITS:
		return e->due + LATE;
	case EAR_LOOKS:
		if (!e->token && e->ends > e->ear.looked)
			clock_earlier(&next, e->ends);
		return next;
	default:
		return e->ends;
	}
}

static void
watch_tell(const struct engine *e, struct engine_watch *w)
{
	long long next = look_next(e);
	int left = clock_boot_left(next);

	w->fd = e->conn ? pq.socket(e->conn) : -1;
	w->every = e->ear.pending || e->early ? 1 : !next ? 0 : left < 1 ? 1 :
	    left > MOST ? MOST : left;
}

enum engine_result
pg_watch(struct engine *e, long long deadline, struct engine_watch *w,
    struct fault *f)
{
	enum engine_result result = e->token ? listen_begin(e, deadline, f) :
	    wait_begin(e, deadline, f);

	if (result != ENGINE_OK)
		return result;
	e->ear.looked = clock_boot();
	watch_tell(e, w);
	return ENGINE_OK;
}

enum engine_result
pg_heard(struct engine *e, struct engine_watch *w, struct fault *f)
{
	enum engine_result result = ENGINE_BUSY;

	if (e->conn && pq.consumeInput(e->conn))
		pg_ear_take(e);
	else if (e->conn)
		pg_disconnect(e);
	if (e->ear.how == EAR_WAITS && pg_answered(e))
		result = wait_take(e, f);
	if (e->ear.how == EAR_WAITS && clock_boot() >= look_next(e)) {
		e->plain |= e->ear.prepares;
		pg_disconnect(e);
	}
	/* By now there is no pooler: listen. */
	if (e->token && e->ear.how == EAR_LOOKS && e->pooled == PG_DIRECT)
		e->ear.how = EAR_NONE;
	/* Our place was renewed meanwhile, say. */
	if (e->ear.how == EAR_IDLE && result == ENGINE_BUSY && e->conn &&
	    !e->ear.pending && clock_boot() < e->ends)
		result = wait_send(e, clock_boot() + LATE, f) == ENGINE_OK ?
		    ENGINE_BUSY : ENGINE_DOWN;
	if (result == ENGINE_DOWN)
		return result;
	if (e->ear.how == EAR_NONE) {
		pg_fault(e, f, "", "the connection has ended");
		return ENGINE_DOWN;
	}
	if (e->ear.pending || (look_next(e) && clock_boot() >= look_next(e)))
		result = ENGINE_OK;
	if (result == ENGINE_OK) {
		e->ear.pending = false;
		e->ear.looked = clock_boot();
	}
	watch_tell(e, w);
	return result;
}
