/*
 * etcd_fuzz.c: an etcd that says anything.
 *
 * The first byte says what is asked of it, the second who asks; then come its
 * answers, each ended by a NUL: a sign for the status and the body.  A watch
 * gets them without the status, in the pieces in which they stand.  Where there
 * are no more it is silent.
 *
 * Whatever it says, a call is back by its deadline, what went wrong has words,
 * what is asked is JSON, and what is believed makes sense: a token is one, and
 * a lease ends at a time that there is.
 */
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "cli/cluster/etcd.h"
#include "tests/fuzz/fuzz.h"

static long long moment = 1000000; /* ms: goes on where somebody waits */

static int
moment_get(clockid_t id, struct timespec *ts)
{
	(void)id;
	ts->tv_sec = moment / 1000;
	ts->tv_nsec = moment % 1000 * 1000000;
	return 0;
}

static int
moment_sleep(const struct timespec *ts, struct timespec *rest)
{
	(void)rest;
	moment += ts->tv_sec * 1000 + ts->tv_nsec / 1000000 + 1;
	return 0;
}

#define clock_gettime moment_get
#define nanosleep moment_sleep
#include "cli/base/clock.c"
#undef clock_gettime
#undef nanosleep

enum { CALL_MS = 5000, TTL = 15, LONGEST = 1000000000 };

/* What it has still to say. */
static const char *said, *end;

struct http {
	int unused;
};

static const char *
next(size_t *n)
{
	const char *at = said;

	if (said >= end)
		return NULL;
	*n = strnlen(at, (size_t)(end - at));
	said += *n + 1;
	return at;
}

struct http *
http_open(void)
{
	return calloc(1, sizeof(struct http));
}

void
http_close(struct http *h)
{
	free(h);
}

static void
asked(const struct http_peer *peer, const char *path, const char *body,
    const char *auth)
{
	size_t n = 0, len = strlen(body);
	json_error_t at;
	json_t *j;

	/* Several watches are one after the other. */
	MUST(peer->base && *path == '/' && len);
	MUST(!auth || !auth[strcspn(auth, "\r\n")]);
	for (; n < len; n += (size_t)at.position) {
		j = json_loadb(body + n, len - n, JSON_REJECT_DUPLICATES |
		    JSON_DISABLE_EOF_CHECK, &at);
		MUST(json_is_object(j) && at.position > 0);
		json_decref(j);
	}
}

long
http_post(struct http *h, const struct http_peer *peer, const char *path,
    const char *body, const char *auth, long long deadline, struct buf *b,
    struct fault *f)
{
	static const struct {
		char sign;
		long status;
	} of[] = { { '2', 200 }, { '4', 400 }, { '1', 401 }, { 'n', 404 },
		{ '5', 503 } };
	const char *at;
	size_t n;

	(void)h;
	asked(peer, path, body, auth);
	if (deadline <= moment) {
		fault_set(f, 0, "no time is left", NULL);
		return 0;
	}
	at = next(&n);
	moment += at ? 1 : deadline - moment;
	for (size_t i = 0; at && n && i < sizeof(of) / sizeof(*of); i++) {
		if (of[i].sign != *at)
			continue;
		MUST(buf_add(b, at + 1, n - 1) == 0 &&
		    buf_add(b, "", 1) == 0);
		return of[i].status;
	}
	fault_set(f, 0, at && n ? "Empty reply from server" : "Timeout", NULL);
	return 0;
}

bool
http_stream(struct http *h, const struct http_peer *peer, const char *path,
    const char *body, const char *auth)
{
	(void)h;
	asked(peer, path, body, auth);
	return said < end;
}

int
http_stream_fd(struct http *h)
{
	(void)h;
	return -1;
}

bool
http_stream_take(struct http *h, struct buf *b)
{
	const char *at;
	size_t n;

	(void)h;
	at = next(&n);
	return at && buf_add(b, at, n) == 0;
}

void
http_stream_wait(struct http *h, long long deadline)
{
	(void)h;
	moment += deadline > moment ? 1 : 0;
}

void
http_stream_end(struct http *h)
{
	(void)h;
}

/* What comes of each call, and until when. */
static struct fault fault;
static long long until;
#define SOON (until = moment + CALL_MS)

static enum engine_result
came(enum engine_result r)
{
	MUST(moment <= until + 1);
	MUST(r == ENGINE_OK || r == ENGINE_BUSY || r == ENGINE_LOST ||
	    *fault.line);
	return r;
}

static void
found_check(void *arg, const struct engine_found *found)
{
	(void)arg;
	MUST(memchr(found->key, '\0', sizeof(found->key)) &&
	    memchr(found->value, '\0', sizeof(found->value)));
	for (const char *s = found->key; *s; s++)
		MUST(*s > ' ' && *s < 0x7f);
	MUST(found->token > 0);
}

static void
heard(struct engine *e)
{
	struct engine_watch w = { -1, 0, 0 };

	if (came(engine_etcd.watch(e, SOON, &w, &fault)) != ENGINE_OK)
		return;
	for (int i = 0; i < 8; i++)
		came(engine_etcd.heard(e, &w, &fault));
}

/* A record's life; watched, if it waits in line before, or a wish is looked
 * for. */
static void
held(struct engine *e, bool line, bool wish)
{
	struct engine_found found = { .key = "" };
	char value[ENGINE_VALUE] = "";
	struct engine_grant grant;
	long long ends;

	if (line && came(engine_etcd.queue(e, TTL, "{\"nonce\":\"1\"}", SOON,
	    &found, &fault)) == ENGINE_BUSY)
		heard(e);
	if (came(engine_etcd.acquire(e, TTL, "{\"nonce\":\"1\"}", SOON, &grant,
	    &found, &fault)) == ENGINE_OK) {
		MUST(grant.token > 0 && grant.ttl > 0);
		MUST(grant.until <= moment + 1000LL * LONGEST);
		for (int i = 0; i < 3; i++) {
			if (came(engine_etcd.renew(e, SOON, &ends, &fault)) ==
			    ENGINE_OK)
				MUST(ends <= moment + 1000LL * LONGEST);
		}
		if (wish)
			heard(e);
		came(engine_etcd.wished(e, SOON, value, &fault));
		MUST(memchr(value, '\0', sizeof(value)));
	}
	MUST(memchr(found.value, '\0', sizeof(found.value)));
	came(engine_etcd.release(e, wish ? 0 : 5, "{\"state\":\"done\"}", SOON,
	    &fault));
}

/* Another's run: looked for, joined, and asked to end. */
static void
joined(struct engine *e, bool list)
{
	char value[ENGINE_VALUE] = "";
	struct engine_found found;

	/* From the revision on that an answer has told. */
	if (came(engine_etcd.look(e, SOON, &found, &fault)) == ENGINE_OK)
		found_check(NULL, &found);
	if (list) {
		came(engine_etcd.list(e, "u/ann/", SOON, found_check, NULL,
		    &fault));
		return;
	}
	heard(e);
	came(engine_etcd.wish(e, 7, "{}", SOON, &fault));
	if (came(engine_etcd.ended(e, 7, SOON, value, &fault)) == ENGINE_OK)
		MUST(*value && memchr(value, '\0', sizeof(value)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct engine *e;

	fault = (struct fault){ .line = "" };
	if (size < 2)
		return 0;
	MUST(engine_etcd.open(&e, data[1] & 2 ? "etcd://127.0.0.1:1,127.0.0.1:"
	    "2,[::1]:3/p" : "etcd://127.0.0.1:1", "u/ann/job", &fault) ==
	    ENGINE_OK);
	if (data[1] & 1) {
		e->user = "ann";
		strcpy(e->password, "secret");
	}
	said = (const char *)data + 2;
	end = (const char *)data + size;
	if (data[0] % 3)
		joined(e, data[0] % 3 == 1);
	else
		held(e, data[1] & 4, data[1] & 8);
	engine_etcd.close(e);
	return 0;
}

/* "onlyone/v1/l/u/ann/job", with its value as held() has it. */
#define KV "{\"key\":\"b25seW9uZS92MS9sL3UvYW5uL2pvYg==\"," \
	"\"create_revision\":\"7\",\"value\":\"eyJub25jZSI6IjEifQ==\",\"lease\":\"77\"}"
#define HEAD "\"header\":{\"revision\":\"7\"}"
#define GRANT "2{" HEAD ",\"ID\":\"77\",\"TTL\":\"15\"}\0"
#define YES "2{" HEAD ",\"succeeded\":true}\0"
#define THERE "2{" HEAD ",\"responses\":[{\"response_range\":{\"kvs\":[" KV \
	"]}}]}\0"
#define RANGE "2{" HEAD ",\"kvs\":[" KV "]}\0"
#define ALIVE "2{\"result\":{" HEAD ",\"ID\":\"77\",\"TTL\":\"15\"}}\0"
#define MADE "{\"result\":{" HEAD ",\"created\":true}}\n\0"
#define PUT "{\"result\":{\"events\":[{\"kv\":{}}]}}\n\0"
#define TOKEN "2{" HEAD ",\"token\":\"abc.1\"}\0"

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
#define SEED(s) { s, sizeof(s) - 1 }
	static const struct {
		const char *at;
		size_t n;
	} seeds[] = {
		SEED("\0\10" YES GRANT YES ALIVE RANGE ALIVE RANGE ALIVE RANGE
		    MADE PUT MADE PUT RANGE YES),
		SEED("\0\14" GRANT THERE THERE MADE "{\"result\":{\"events\":"
		    "[{\"type\":\"DELETE\"}]}}\n\0" YES RANGE YES),
		SEED("\0\1" TOKEN YES GRANT "1{\"error\":\"etcdserver: invalid auth"
		    " token\",\"code\":16}\0" TOKEN YES),
		SEED("\1\4" RANGE "2{\"more\":true,\"kvs\":[" KV "," KV "]}\0"
		    RANGE),
		SEED("\2\4" RANGE MADE "{\"result\":{\"canceled\":true}}\n\0"
		    RANGE YES RANGE),
	};

	if (n >= sizeof(seeds) / sizeof(*seeds))
		return -1;
	memcpy(at, seeds[n].at, seeds[n].n);
	*size = seeds[n].n;
	return 0;
}
