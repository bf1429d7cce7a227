/*
 * etcd_watch.c: hear of changes in etcd as they come.
 *
 * A watch starts at the revision after the last answer, so that it also reports
 * what happened between that answer and the watch.  One that starts further
 * back is slow: etcd serves it only every 0.1 s until it has caught up.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/cluster/etcd.h"
#include "cli/base/say.h"

enum { LINE_MOST = 1 << 20, EVERY_MS = 10000, STEP_MS = 1000 };

static json_t *
request_make(const struct engine *e, enum engine_topic topic)
{
	const char *filter = topic == TOPIC_KEY ? "NOPUT" : "NODELETE";
	char name[ETCD_NAME], digits[24];
	json_t *key, *end = NULL, *j;

	if (topic == TOPIC_KEY) {
		key = etcd_text(e->place.since && !e->token ?
		    e->place.before : e->key);
	} else {
		etcd_name(e, topic == TOPIC_MAIL ? 'm' : 'r', "", name);
		key = etcd_text(name);
		end = etcd_end(name);
	}
	j = json_pack("{s:{s:o, s:s, s:[s]}}", "create_request", "key", key,
	    "start_revision", say_num(digits, e->revision + 1), "filters",
	    filter);
	if (end)
		json_object_set_new(json_object_get(j, "create_request"),
		    "range_end", end);
	return j;
}

/* Read one line of the stream, a JSON object.  OK: an event; BUSY: something
 * else, such as that the watch was created; DOWN: the watch failed or was
 * cancelled. */
static enum engine_result
line_take(struct engine *e, const char *line, size_t n, bool *created,
    struct fault *f)
{
	json_t *j = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *result = json_object_get(j, "result");
	enum engine_result r = ENGINE_BUSY;

	if (!result || json_is_true(json_object_get(result, "canceled"))) {
		etcd_fault(&e->member[e->at], f, "it does not let us watch");
		r = ENGINE_DOWN;
	} else if (json_array_size(json_object_get(result, "events"))) {
		r = ENGINE_OK;
	}
	*created |= json_is_true(json_object_get(result, "created"));
	json_decref(j);
	return r;
}

/* Read all lines that have arrived. */
static enum engine_result
stream_take(struct engine *e, bool *created, struct fault *f)
{
	bool on = http_stream_take(e->http, &e->heard);
	enum engine_result r = ENGINE_BUSY, line;
	const char *end;

	while (e->heard.len && (end = memchr(e->heard.at, '\n',
	    e->heard.len))) {
		line = line_take(e, e->heard.at, (size_t)(end - e->heard.at),
		    created, f);
		buf_shift(&e->heard, (size_t)(end + 1 - e->heard.at));
		if (line == ENGINE_DOWN)
			return line;
		if (line == ENGINE_OK)
			r = line;
	}
	if (!on || e->heard.len > LINE_MOST) {
		etcd_fault(&e->member[e->at], f, "the watch has ended");
		return r == ENGINE_OK ? r : ENGINE_DOWN;
	}
	return r;
}

/* In line nothing is looked for in between: that the member responds is known
 * by the renewals. */
static void
socket_tell(struct engine *e, struct engine_watch *w)
{
	w->fd = http_stream_fd(e->http);
	w->events = POLLIN;
	w->every = w->fd < 0 ? STEP_MS : e->place.since ? 0 : EVERY_MS;
}

/* Start a watch at one member, and wait until it confirms that. */
static enum engine_result
member_watch(struct engine *e, const char *text, long long deadline,
    struct fault *f)
{
	struct etcd_member *m = &e->member[e->at];
	enum engine_result r = ENGINE_BUSY;
	bool created = false;

	if (!etcd_resolve(e, m, deadline, f))
		return ENGINE_DOWN;
	buf_shift(&e->heard, e->heard.len);
	if (!http_stream(e->http, &m->peer, "/v3/watch", text,
	    *e->auth ? e->auth : NULL)) {
		etcd_fault(m, f, "it cannot be watched");
		return ENGINE_DOWN;
	}
	while (r == ENGINE_BUSY && !created) {
		if (clock_boot() >= deadline) {
			etcd_fault(m, f, "no answer");
			return ENGINE_DOWN;
		}
		http_stream_wait(e->http, deadline);
		r = stream_take(e, &created, f);
	}
	return r;
}

enum engine_result
etcd_watch(struct engine *e, enum engine_topic topic, long long deadline,
    struct engine_watch *w, struct fault *f)
{
	json_t *body = request_make(e, topic);
	char *text = json_dumps(body, JSON_COMPACT);
	enum engine_result r = ENGINE_DOWN;

	json_decref(body);
	e->topic = topic;
	fault_set(f, 0, "etcd: no answer in time", NULL);
	for (int i = 0; text && i < e->members && clock_boot_left(deadline);
	    i++) {
		r = member_watch(e, text, i == e->members - 1 ? deadline :
		    clock_boot_half(deadline), f);
		if (r != ENGINE_DOWN)
			break;
		http_stream_end(e->http);
		e->at = (e->at + 1) % e->members;
	}
	free(text);
	e->watched = e->at;
	socket_tell(e, w);
	if (r == ENGINE_OK)
		w->every = 1; /* call heard at once: an event has come */
	return r == ENGINE_DOWN ? r : ENGINE_OK;
}

enum engine_result
etcd_heard(struct engine *e, struct engine_watch *w, struct fault *f)
{
	bool created = false;
	enum engine_result r = stream_take(e, &created, f);
	bool early = w->every == 1;

	socket_tell(e, w);
	if (early && r == ENGINE_BUSY)
		r = ENGINE_OK;
	if (e->topic != TOPIC_KEY || (!e->token && !e->place.since))
		return r;
	/* Our own record, or the place before ours: only its end is reported.
	 * A member that does not respond any more reports nothing. */
	if (r == ENGINE_BUSY && e->watched != e->at) {
		etcd_fault(&e->member[e->watched], f, "no answer");
		return ENGINE_DOWN;
	}
	if (r == ENGINE_OK && !e->token)
		e->place.turn = true;
	return r == ENGINE_OK && e->token ? ENGINE_LOST : r;
}
