/*
 * postgresql_watch.c: hear of changes by LISTEN, or by looking.
 *
 * Each change is notified on the channel "onlyone": one character for its kind
 * (k: a key is free, m: a letter, r: an answer), then the key.  A place in line
 * has a channel of its own (postgresql_line.c).  That a record expires is not
 * notified: so a caller that waits for a key looks when its record ends.  A
 * notification that arrives with the answer to another request rings a bell
 * (eventfd), so that there is one descriptor to poll, even across connections.
 *
 * With a pooler (pgbouncer) that lends a session for one transaction, LISTEN
 * has no use: other clients would hear instead of us.  There we look from time
 * to time.  A pooler makes up the pid of the server's process: so we recognize
 * it.
 */
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/text.h"
#include "cli/cluster/postgresql.h"

enum {
	LOOKS = 500, /* ms between two looks without LISTEN */
	SLACK = 20,  /* ms to wait after the end of a record */
	MOST = 3600000
};

static void
bell_ring(struct engine *e)
{
	e->ear.pending = true;
	if (e->ear.bell >= 0)
		eventfd_write(e->ear.bell, 1);
}

void
pg_ear_begin(struct engine *e)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP };

	e->ear.direct = false;
	if (e->ear.fd >= 0)
		epoll_ctl(e->ear.fd, EPOLL_CTL_ADD, PQsocket(e->conn), &event);
}

/* Notifications are lost until the next watch: pg_heard has to report that. */
void
pg_ear_end(struct engine *e)
{
	if (e->ear.fd >= 0)
		epoll_ctl(e->ear.fd, EPOLL_CTL_DEL, PQsocket(e->conn), NULL);
	if (e->ear.on)
		bell_ring(e);
	e->ear.on = false;
}

static bool
concerns(const struct engine *e, const PGnotify *n)
{
	static const char letters[] = {
		[TOPIC_KEY] = 'k', [TOPIC_MAIL] = 'm', [TOPIC_REPLY] = 'r'
	};

	return !strcmp(n->relname, e->ear.channel) &&
	    (strcmp(n->relname, "onlyone") || (*n->extra ==
	    letters[e->ear.topic] && !strcmp(n->extra + 1, e->key)));
}

void
pg_ear_take(struct engine *e)
{
	PGnotify *n;

	while ((n = PQnotifies(e->conn))) {
		if (e->ear.on && concerns(e, n))
			bell_ring(e);
		PQfreemem(n);
	}
}

void
pg_ends(struct engine *e, long long left)
{
	e->ends = clock_boot() + (left < MOST ? left : MOST) + SLACK;
}

static bool
ear_open(struct engine *e, struct fault *f)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (e->ear.fd >= 0)
		return true;
	e->ear.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	e->ear.fd = epoll_create1(EPOLL_CLOEXEC);
	if (e->ear.bell >= 0 && e->ear.fd >= 0 &&
	    epoll_ctl(e->ear.fd, EPOLL_CTL_ADD, e->ear.bell, &event) == 0) {
		if (e->conn)
			pg_ear_begin(e);
		return true;
	}
	fault_errno(f, 0, errno, "PostgreSQL", NULL);
	return false;
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
		e->ear.direct = pg_number(r, 0, 1) == PQbackendPID(conn);
		PQclear(r);
		if (!e->ear.direct)
			return ENGINE_OK;
		text_join(sql, sizeof(sql), "listen ", e->ear.channel, NULL);
		result = pg_ask(e, sql, 0, NULL, deadline, &r, f);
		if (result != ENGINE_OK)
			return result;
		PQclear(r);
	} while (!e->ear.direct); /* pg_ask has reconnected in between */
	return ENGINE_OK;
}

/* clock_boot: when to look without a notification; 0: never. */
static long long
look_next(const struct engine *e)
{
	long long next = e->ear.looked + LOOKS;

	if (e->ear.direct && e->ear.topic != TOPIC_KEY)
		return 0;
	if (e->ear.topic == TOPIC_KEY && e->ends > e->ear.looked &&
	    (e->ear.direct || e->ends < next))
		return e->ends;
	return next;
}

static void
every_set(const struct engine *e, struct engine_watch *w)
{
	long long next = look_next(e);
	int left = clock_boot_left(next);

	w->every = !next ? 0 : left < 1 ? 1 : left > MOST ? MOST : left;
}

enum engine_result
pg_watch(struct engine *e, enum engine_topic topic, long long deadline,
    struct engine_watch *w, struct fault *f)
{
	bool turn = topic == TOPIC_KEY && e->place, again;
	enum engine_result result;
	char channel[sizeof(e->ear.channel)];

	text_join(channel, sizeof(channel), "onlyone", turn ? "_" : "",
	    turn ? e->id : "", NULL);
	again = e->ear.on && e->ear.topic == topic && e->conn &&
	    !strcmp(e->ear.channel, channel);

	if (!ear_open(e, f))
		return ENGINE_DOWN;
	e->ear.topic = topic;
	if (!again) {
		e->ear.on = false;
		strcpy(e->ear.channel, channel);
		result = listen_begin(e, deadline, f);
		if (result != ENGINE_OK)
			return result;
		e->ear.on = true;
		/* Something may have changed before we listened. */
		bell_ring(e);
	}
	w->fd = e->ear.fd;
	w->events = POLLIN;
	e->ear.looked = clock_boot();
	every_set(e, w);
	return ENGINE_OK;
}

enum engine_result
pg_heard(struct engine *e, struct engine_watch *w, struct fault *f)
{
	enum engine_result result = ENGINE_BUSY;
	eventfd_t rings;
	long long next;

	eventfd_read(e->ear.bell, &rings);
	if (e->conn && PQconsumeInput(e->conn))
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
	every_set(e, w);
	return result;
}
