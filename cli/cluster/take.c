/*
 * take.c: serve a launch until its program starts: take the key, wait for it,
 * or say which host has it.
 *
 * The launch sends OPEN, then TAKE, WAIT or letters, and at last OWNER
 * (talk.h).  A message out of turn ends the service.  Once the key is taken,
 * the launch may be silent only until TERM would be due.  If it does not get to
 * OWNER, the key is given back.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/cluster/hold.h"
#include "cli/cluster/name.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

enum { SAME_MS = 1000, /* ms to wait if this same slot is giving it back */
	WATCH_MS = 2000, TROUBLE_MS = 500, GIVE_MS = 3000 };

int
hold_hear(struct hold *h, struct frame *f, int ms, int *passed)
{
	int none = -1;

	if (h->launch < 0)
		return -1;
	switch (sock_recv_fd(h->launch, &h->in, f, ms, passed ? passed :
	    &none)) {
	case SOCK_OK:
		io_close(&none);
		return 1;
	case SOCK_SLOW:
		return 0;
	default:
		io_close(&h->launch);
		return -1;
	}
}

void
hold_shift(struct hold *h, const struct frame *f)
{
	buf_shift(&h->in, f->size);
}

void
hold_failed(struct hold *h, enum engine_result r, const struct fault *f)
{
	char digits[24];

	talk_send(h->launch, TALK_FAILED, "result", say_num(digits, r),
	    "line", f->line, "usage", f->code == EXIT_USAGE ? "1" : NULL, NULL,
	    NULL);
}

void
hold_busy(struct hold *h)
{
	char pid[24], since[24], token[24], ended[24], status[24];
	struct record r;

	record_parse(h->other.value, &r);
	talk_send(h->launch, TALK_BUSY, "host", r.host, "user", r.user,
	    "pid", say_num(pid, r.pid), "since", say_num(since, r.since),
	    "token", say_num(token, h->other.token), "engine",
	    h->calls->name, "done", r.done ? "1" : NULL, "ended",
	    say_num(ended, r.ended), "exit", say_num(status, r.exit),
	    "name", r.name, "mail", r.mail ? "1" : NULL, NULL, NULL);
}

int
hold_ms(const struct fields *b, int other)
{
	bool odd = false;

	return (int)fields_range(b, "ms", -1, INT_MAX, other, &odd);
}

/* Read OPEN: options, the key's name in the store, our record.  false: f. */
static bool
wish_take(struct hold *h, const struct fields *b, struct fault *f)
{
	const char *app = fields_get(b, "app"), *key = NULL;
	const char **keys = calloc(fields_count(b, "key") + 1, sizeof(*keys));
	const char *s;
	size_t n = 0;
	bool odd = false;

	if (!keys) {
		fault_errno(f, 0, ENOMEM, "the key", NULL);
		return false;
	}
	while ((key = fields_next(b, "key", key)))
		keys[n++] = key;
	h->wish = (struct wish){
		.ttl = (int)fields_range(b, "ttl", 1, TALK_TTL_MOST, 15, &odd),
		.grace = fields_range(b, "grace", 0, TALK_TTL_MOST * 1000, -1,
		    &odd),
		.hold = (int)fields_range(b, "hold", 0, TALK_HOLD_MOST, 0,
		    &odd),
		.lost = (enum lost)fields_range(b, "lost", LOST_TERM,
		    LOST_WARN, LOST_TERM, &odd),
	};
	if (odd || !app || !fields_get(b, "url")) {
		free(keys);
		fault_set(f, 0, "onlyone and onlyone-cluster are of different"
		    " versions; install both again", NULL);
		return false;
	}
	record_ours(&h->mine);
	name_key(h->key, h->mine.user, app, keys, n);
	record_label(&h->mine, app, keys, n);
	free(keys);
	if ((s = fields_get(b, "name")))
		record_name(&h->mine, s);
	if ((s = fields_get(b, "folder")))
		record_place(&h->mine, s);
	h->mine.pid = (int)fields_num(b, "pid", 0);
	h->mine.mail = fields_get(b, "mail") != NULL;
	return true;
}

static bool
open_serve(struct hold *h, const struct fields *b)
{
	enum engine_result r = ENGINE_SETUP;
	const char *url = fields_get(b, "url");
	struct fault f;

	h->asked = (struct buf){ 0 };
	buf_add(&h->asked, b->at, b->len);
	h->open = (struct fields){ h->asked.len ? h->asked.at : "",
		h->asked.len };
	h->url = fields_get(&h->open, "url");
	if (!h->asked.failed && wish_take(h, &h->open, &f)) {
		h->calls = engine_of(url);
		if (h->calls)
			r = h->calls->open(&h->engine, url, h->key, &f);
		else
			fault_set(&f, 0, ENGINE_NONE, NULL);
	}
	/* SETUP from open means that the URL is wrong. */
	f.code = r == ENGINE_SETUP ? EXIT_USAGE : 0;
	if (!h->engine)
		hold_failed(h, r, &f);
	return h->engine;
}

/* Wait until the key may be free.  OK: try again; BUSY: time is up, or the
 * launch has sent something or ended; else the watch failed. */
static enum engine_result
change_wait(struct hold *h, long long until, struct fault *f)
{
	long long now = clock_boot(), end = now + WATCH_MS, next;
	struct engine_watch w = { -1, 0, 0 };
	struct pollfd p[2];
	enum engine_result r = h->calls->watch(h->engine, TOPIC_KEY,
	    end < until ? end : until, &w, f);

	if (r == ENGINE_DOWN) { /* no watch: pause, then try again */
		w.fd = -1;
		w.every = TROUBLE_MS;
	} else if (r != ENGINE_OK) {
		return r;
	}
	while ((now = clock_boot()) < until) {
		next = w.every && now + w.every < until ? now + w.every :
		    until;
		/* A record that is not renewed ends without an event. */
		if (h->other.left >= 0 && next > now + h->other.left)
			next = now + h->other.left;
		p[0] = (struct pollfd){ h->launch, POLLIN, 0 };
		p[1] = (struct pollfd){ w.fd, w.events, 0 };
		if (io_poll(p, 2, clock_span(next - now)) < 0 && w.every)
			return ENGINE_OK;
		if (p[0].revents)
			return ENGINE_BUSY;
		if (r == ENGINE_DOWN || !p[1].revents)
			return clock_boot() < until ? ENGINE_OK : ENGINE_BUSY;
		if (h->calls->heard(h->engine, &w, f) != ENGINE_BUSY)
			return ENGINE_OK;
	}
	return ENGINE_BUSY;
}

static enum engine_result
take_once(struct hold *h, long long until, struct fault *f)
{
	struct engine_grant grant;
	enum engine_result r;

	point("cluster-acquire");
	r = h->calls->acquire(h->engine, h->wish.ttl, h->value, until, &grant,
	    &h->other, f);
	point("cluster-acquired");
	if (r != ENGINE_OK)
		return r;
	h->lease.calls = h->calls;
	h->lease.engine = h->engine;
	lease_begin(&h->lease, &grant, h->wish.grace);
	h->other.token = grant.token;
	r = lease_use(&h->lease, until + SAME_MS);
	h->taken = r == ENGINE_OK;
	if (!h->taken)
		*f = h->lease.why;
	return r;
}

/* Whether the key is still held for this same slot of this host.  The slot is
 * ours now, so its earlier instance has ended and is about to give the key
 * back. */
static bool
is_same(const struct hold *h)
{
	struct record r;

	record_parse(h->other.value, &r);
	return !h->other.line && !r.done && !strcmp(r.place, h->mine.place) &&
	    !strcmp(r.boot, h->mine.boot) && !strcmp(r.host, h->mine.host);
}

static void
take_serve(struct hold *h, const struct fields *b)
{
	long long now = clock_boot(), ms = hold_ms(b, 5000);
	long long same = now + (ms < SAME_MS ? ms : SAME_MS);
	enum engine_result r;
	char token[24];
	struct fault f;

	h->mine.since = clock_wall();
	if (!record_make(&h->mine, h->value)) {
		fault_errno(&f, 0, ENOMEM, "the record", NULL);
		hold_failed(h, ENGINE_DOWN, &f);
		return;
	}
	while ((r = take_once(h, now + ms, &f)) == ENGINE_BUSY && is_same(h) &&
	    change_wait(h, same, &f) == ENGINE_OK)
		;
	if (r == ENGINE_OK)
		talk_send(h->launch, TALK_TAKEN, "token", say_num(token,
		    h->other.token), "stored", h->calls->stored(h->engine),
		    "engine", h->calls->name, NULL, NULL);
	else if (r == ENGINE_BUSY)
		hold_busy(h);
	else
		hold_failed(h, r, &f);
}

/* When to renew a place in line that was confirmed at this time. */
static long long
place_next(const struct hold *h, long long confirmed)
{
	return confirmed + h->wish.ttl * 1000LL / LEASE_PARTS;
}

/* Keep our place in line, if that is due.  LOST: it is gone. */
static enum engine_result
place_keep(struct hold *h, struct fault *f)
{
	long long now = clock_boot(), until;
	enum engine_result r;

	if (now < h->place)
		return ENGINE_OK;
	point("place-renew");
	r = h->calls->renew(h->engine, now + WATCH_MS, &until, f);
	if (r == ENGINE_OK)
		h->place = place_next(h, now);
	return r;
}

/* When to look although nothing is heard, by clock_boot. */
static long long
watch_end(const struct engine_watch *w)
{
	return w->every ? clock_boot() + w->every : LLONG_MAX;
}

/* In line, wait until it may be our turn.  OK: look; BUSY: time is up, or the
 * launch has sent something or ended; else the watch or our place has failed. */
static enum engine_result
turn_wait(struct hold *h, long long until, struct fault *f)
{
	struct engine_watch w = { -1, 0, 0 };
	long long next, end = clock_boot() + WATCH_MS;
	struct pollfd p[2];
	enum engine_result r;
	bool due;

	if (!h->place)
		h->place = place_next(h, clock_boot());
	clock_earlier(&end, until);
	r = h->calls->watch(h->engine, TOPIC_KEY, end, &w, f);
	end = watch_end(&w);
	while (r == ENGINE_OK && clock_boot() < until) {
		next = end < until ? end : until;
		clock_earlier(&next, h->place);
		p[0] = (struct pollfd){ h->launch, POLLIN, 0 };
		p[1] = (struct pollfd){ w.fd, w.events, 0 };
		io_poll(p, 2, clock_span(next - clock_boot()));
		if (p[0].revents)
			return ENGINE_BUSY;
		/* A renewal may have found that the member that is watched does
		 * not respond any more: heard tells. */
		due = p[1].revents || clock_boot() >= end ||
		    clock_boot() >= h->place;
		r = place_keep(h, f);
		if (r != ENGINE_OK || !due)
			continue;
		if (h->calls->heard(h->engine, &w, f) != ENGINE_BUSY)
			return ENGINE_OK;
		end = watch_end(&w);
	}
	if (r == ENGINE_LOST)
		h->place = 0;
	return r == ENGINE_OK ? ENGINE_BUSY : r;
}

/* Pause after trouble with the store.  Whether to try again: there is time, and
 * the launch has neither sent something nor ended. */
static bool
trouble_pause(const struct hold *h, long long until)
{
	long long next = clock_boot() + TROUBLE_MS;
	struct pollfd p = { h->launch, POLLIN, 0 };

	clock_earlier(&next, until);
	return io_poll(&p, 1, clock_span(next - clock_boot())) == 0 &&
	    clock_boot() < until;
}

static void
wait_serve(struct hold *h, const struct fields *b)
{
	long long ms = hold_ms(b, -1), now = clock_boot();
	long long until = ms < 0 ? LLONG_MAX : now + ms;
	enum engine_result r;
	struct fault f;

	for (;;) {
		r = h->calls->queue(h->engine, h->wish.ttl, h->value,
		    clock_boot() + WATCH_MS, &h->other, &f);
		if (r == ENGINE_BUSY) {
			r = turn_wait(h, until, &f);
			if (r == ENGINE_OK || r == ENGINE_LOST)
				continue;
		}
		if (r != ENGINE_DOWN || !trouble_pause(h, until))
			break;
	}
	if (r == ENGINE_OK)
		talk_send(h->launch, TALK_FREE, NULL, NULL);
	else if (r == ENGINE_BUSY || (r == ENGINE_DOWN && h->other.token))
		hold_busy(h);
	else /* the store has not said yet who has the key */
		hold_failed(h, r, &f);
}

static bool
owner_serve(struct hold *h, const struct fields *b, int pidfd)
{
	const char *folder = fields_get(b, "folder");
	const char *slot = fields_get(b, "slot");
	struct proc p;

	if (!h->taken || pidfd < 0 || !folder || *folder != '/' || !slot ||
	    strlen(folder) >= sizeof(h->folder))
		return false;
	strcpy(h->folder, folder);
	h->sweep = (struct sweep){ .folder = h->folder, .pidfd = pidfd,
		.owner = (pid_t)fields_num(b, "pid", 0),
		.launch = (pid_t)fields_num(b, "launch", 0),
		.fenced = h->wish.lost == LOST_STOP };
	h->sweep.known = (struct buf){ 0 };
	if (look_proc(h->sweep.owner, &p) == 0)
		h->sweep.began = p.start;
	h->mine.pid = h->sweep.owner;
	alive_begin(&h->alive, h->folder, slot, pidfd);
	return true;
}

/* How many ms the launch may take for its next message; -1: no limit, since the
 * key is not taken yet. */
static int
launch_left(const struct hold *h)
{
	return h->taken ? clock_boot_left(lease_term(&h->lease)) : -1;
}

bool
hold_take(struct hold *h)
{
	bool owned = false, on = true;
	struct frame m;
	struct fault f;
	int passed = -1;

	point("cluster-begun");
	while (on && !owned && hold_hear(h, &m, launch_left(h), &passed) > 0) {
		switch ((int)m.type) {
		case TALK_OPEN:
			on = !h->engine && open_serve(h, &m.body);
			break;
		case TALK_TAKE:
			on = h->engine && !h->taken;
			if (on)
				take_serve(h, &m.body);
			break;
		case TALK_WAIT:
			on = h->engine && !h->taken;
			if (on)
				wait_serve(h, &m.body);
			break;
		case TALK_JOIN:
		case TALK_END:
		case TALK_HAND:
			on = h->engine && !h->taken;
			if (on)
				hold_ask(h, (int)m.type == TALK_JOIN ?
				    "join" : (int)m.type == TALK_END ? "stop" :
				    "activate", &m.body);
			break;
		case TALK_OWNER:
			owned = on = owner_serve(h, &m.body, passed);
			break;
		default:
			on = false;
			break;
		}
		hold_shift(h, &m);
	}
	if (!owned)
		io_close(&passed);
	/* The launch has ended, or does not go on: give the key back. */
	if (!owned && h->engine)
		h->calls->release(h->engine, 0, NULL, clock_boot() + GIVE_MS,
		    &f);
	return owned;
}
