/*
 * http.c: one POST at a time, by a deadline, and one answer that streams.
 *
 * libcurl does not keep its time limit while it resolves a name.  So it never
 * resolves one: we give it the addresses (CURLOPT_RESOLVE).
 */
#include <sys/select.h>

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/library.h"
#include "cli/base/text.h"
#include "cli/cluster/etcd.h"

enum { ANSWER_MOST = 64 << 20, PATH_ROOM = 512 };

/* Every function of libcurl that we call, without the prefix "curl_". */
#define CURL_CALLS(X) \
	X(global_init) X(easy_init) X(easy_cleanup) X(easy_reset) \
	X(easy_setopt) X(easy_getinfo) X(easy_perform) X(easy_strerror) \
	X(multi_init) X(multi_cleanup) X(multi_add_handle) \
	X(multi_remove_handle) X(multi_perform) X(multi_poll) X(multi_fdset) \
	X(slist_append) X(slist_free_all)

#define CURL_MEMBER(name) __typeof__(curl_##name) *name;
#define CURL_NAME(name) "curl_" #name,

static struct {
	CURL_CALLS(CURL_MEMBER)
} curl;

struct request {
	CURL *curl;
	struct curl_slist *headers, *resolve;
};

struct http {
	struct request post, stream;
	CURLM *many; /* for the stream */
};

struct http *
http_open(void)
{
	static const char *const names[] = { CURL_CALLS(CURL_NAME) NULL };
	struct http *h;

	/* The second is Debian's, with another library for TLS. */
	if (!library_load("libcurl.so.4", names, &curl) &&
	    !library_load("libcurl-gnutls.so.4", names, &curl))
		return NULL;
	h = calloc(1, sizeof(*h));
	errno = ENOMEM;
	if (h && curl.global_init(CURL_GLOBAL_DEFAULT) == 0)
		h->post.curl = curl.easy_init();
	if (h && !h->post.curl) {
		free(h);
		h = NULL;
	}
	return h;
}

static void
request_end(struct request *q)
{
	if (q->curl)
		curl.easy_cleanup(q->curl);
	curl.slist_free_all(q->headers);
	curl.slist_free_all(q->resolve);
	memset(q, 0, sizeof(*q));
}

void
http_close(struct http *h)
{
	if (!h)
		return;
	http_stream_end(h);
	if (h->many)
		curl.multi_cleanup(h->many);
	request_end(&h->post);
	free(h);
}

static size_t
body_take(char *at, size_t one, size_t n, void *arg)
{
	struct buf *b = arg;

	if (b->len + n > ANSWER_MOST || buf_add(b, at, one * n) < 0)
		return 0; /* aborts the transfer */
	return one * n;
}

static struct curl_slist *
headers_make(const char *auth)
{
	struct curl_slist *list, *more;
	char line[8192];

	/* Send the body at once, without waiting for "100 Continue". */
	list = curl.slist_append(NULL, "Expect:");
	more = curl.slist_append(list, "Content-Type: application/json");
	if (auth) {
		more = text_join(line, sizeof(line), "Authorization: ", auth,
		    NULL) ? curl.slist_append(list, line) : NULL;
	}
	if (!more) {
		curl.slist_free_all(list);
		return NULL;
	}
	return list;
}

/* Set all options of a request but its time limit; the answer goes into b.  The
 * peer's addresses stay in the handle, and libcurl never resolves its name. */
static bool
request_set(struct request *q, const struct http_peer *peer, const char *path,
    const char *body, const char *auth, struct buf *b)
{
	char url[PATH_ROOM];
	bool ok = text_join(url, sizeof(url), peer->base, path, NULL);

	curl.easy_reset(q->curl); /* keeps the open connections */
	curl.slist_free_all(q->headers);
	curl.slist_free_all(q->resolve);
	q->headers = headers_make(auth);
	q->resolve = *peer->resolve ? curl.slist_append(NULL, peer->resolve) :
	    NULL;
	ok &= q->headers && (!*peer->resolve || q->resolve);
#define SET(option, value) \
	ok &= curl.easy_setopt(q->curl, option, value) == CURLE_OK
	SET(CURLOPT_URL, url);
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_RESOLVE, q->resolve);
	SET(CURLOPT_HTTPHEADER, q->headers);
	SET(CURLOPT_TCP_NODELAY, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_WRITEFUNCTION, body_take);
	SET(CURLOPT_WRITEDATA, b);
	SET(CURLOPT_COPYPOSTFIELDS, body);
	/* Files may be replaced: use them as they are for each connection.
	 * (libcurl before 7.87 has no such cache.) */
	curl.easy_setopt(q->curl, CURLOPT_CA_CACHE_TIMEOUT, 0L);
	SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
	if (peer->ca) {
		SET(CURLOPT_CAINFO, peer->ca);
		SET(CURLOPT_CAPATH, NULL); /* not the system's, too */
	}
	if (peer->cert)
		SET(CURLOPT_SSLCERT, peer->cert);
	if (peer->key)
		SET(CURLOPT_SSLKEY, peer->key);
	return ok;
}

long
http_post(struct http *h, const struct http_peer *peer, const char *path,
    const char *body, const char *auth, long long deadline, struct buf *b,
    struct fault *f)
{
	char why[CURL_ERROR_SIZE] = "";
	long left = clock_boot_left(deadline), status = 0;
	CURLcode r;

	if (!left) {
		fault_set(f, 0, "no answer in time", NULL);
		return 0;
	}
	if (!request_set(&h->post, peer, path, body, auth, b)) {
		fault_errno(f, 0, ENOMEM, "the request", NULL);
		return 0;
	}
	curl.easy_setopt(h->post.curl, CURLOPT_TIMEOUT_MS, left);
	curl.easy_setopt(h->post.curl, CURLOPT_CONNECTTIMEOUT_MS, left);
	curl.easy_setopt(h->post.curl, CURLOPT_ERRORBUFFER, why);
	r = curl.easy_perform(h->post.curl);
	curl.easy_setopt(h->post.curl, CURLOPT_ERRORBUFFER, NULL);
	if (r != CURLE_OK) {
		fault_set(f, 0, *why ? why : curl.easy_strerror(r), NULL);
		return 0;
	}
	if (buf_add(b, "", 1) < 0) {
		fault_errno(f, 0, ENOMEM, "the answer", NULL);
		return 0;
	}
	curl.easy_getinfo(h->post.curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

bool
http_stream(struct http *h, const struct http_peer *peer, const char *path,
    const char *body, const char *auth, struct buf *b)
{
	int running;

	http_stream_end(h);
	if (!h->many)
		h->many = curl.multi_init();
	h->stream.curl = curl.easy_init();
	if (!h->many || !h->stream.curl || !request_set(&h->stream, peer, path,
	    body, auth, b))
		return false;
	/* Notice a server that vanishes without closing the connection. */
	curl.easy_setopt(h->stream.curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl.easy_setopt(h->stream.curl, CURLOPT_TCP_KEEPIDLE, 10L);
	curl.easy_setopt(h->stream.curl, CURLOPT_TCP_KEEPINTVL, 5L);
	if (curl.multi_add_handle(h->many, h->stream.curl) != CURLM_OK)
		return false;
	curl.multi_perform(h->many, &running);
	return running > 0;
}

int
http_stream_fd(struct http *h)
{
	fd_set in, out, other;
	int most = -1;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&other);
	if (!h->stream.curl || curl.multi_fdset(h->many, &in, &out, &other,
	    &most) != CURLM_OK)
		return -1;
	while (most >= 0 && !FD_ISSET(most, &in))
		most--;
	return most;
}

bool
http_stream_take(struct http *h)
{
	int running = 0;

	if (!h->stream.curl)
		return false;
	curl.multi_perform(h->many, &running);
	return running > 0;
}

void
http_stream_wait(struct http *h, long long deadline)
{
	if (h->many)
		curl.multi_poll(h->many, NULL, 0, clock_boot_left(deadline),
		    NULL);
}

void
http_stream_end(struct http *h)
{
	if (h->stream.curl && h->many)
		curl.multi_remove_handle(h->many, h->stream.curl);
	request_end(&h->stream);
}
