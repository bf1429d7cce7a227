/*
 * grpc.c: gRPC over HTTP/2, which libnghttp2 speaks.
 *
 * A call is a request whose body, and whose answer, are messages of Protocol
 * Buffers, each after five bytes: whether it is compressed (never, as we name no
 * way of that), and its length.  How it ended is in the fields that come last.
 *
 * libcurl can do this, too, but needs 30 more libraries, which cost a run as much
 * again as all else; and before version 8.0 it cannot use a connection without TLS
 * twice (curl's issue 10634).
 */
#include <errno.h>
#include <limits.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/grpc.h"
#include "cli/cluster/url.h"

enum { HEAD = 5 /* bytes before a message */, ANSWER_MOST = 64 << 20,
	FIRST = 12 };

/* A connection, and one call on it.  More than a dozen members: both are set up
 * and end together. */
struct channel {
	const struct conn_peer *peer;
	struct conn *conn; /* NULL: none */
	nghttp2_session *session;
	char authority[URL_SERVER]; /* host:port */
	bool broken;       /* nothing more can be said or heard */
	char first[FIRST + 1]; /* the first bytes of the server's */
	size_t heard;      /* how many of these have come */
	int32_t id;        /* of the call */
	const struct buf *messages; /* to be sent; NULL: they were */
	size_t sent;       /* so many bytes of them */
	struct buf *into;  /* its answer */
	long long http;    /* its status of HTTP; 0: none yet */
	int status;        /* or GRPC_STRANGE */
	char message[512]; /* the server's, with the status */
	bool full;         /* its answer is too long */
	bool ended;
	uint32_t error;    /* of HTTP/2, with which it ended */
};

struct grpc {
	struct channel call, stream;
	nghttp2_session_callbacks *callbacks;
};

void
grpc_add(struct buf *b, const ProtobufCMessage *m)
{
	size_t n = protobuf_c_message_get_packed_size(m);
	const unsigned char head[HEAD] = { 0, (unsigned char)(n >> 24),
		(unsigned char)(n >> 16), (unsigned char)(n >> 8),
		(unsigned char)n };

	if (buf_add(b, head, sizeof(head)) < 0 || buf_room(b, n) < 0)
		return;
	protobuf_c_message_pack(m, (uint8_t *)b->at + b->len);
	b->len += n;
}

int
grpc_take(struct buf *b, const ProtobufCMessageDescriptor *type,
    ProtobufCMessage **m)
{
	const uint8_t *at = (const uint8_t *)b->at;
	size_t n;

	*m = NULL;
	if (b->len < HEAD)
		return 0;
	n = (size_t)at[1] << 24 | (size_t)at[2] << 16 | (size_t)at[3] << 8 |
	    at[4];
	if (at[0] || n > ANSWER_MOST)
		return -1;
	if (b->len < HEAD + n)
		return 0;
	*m = protobuf_c_message_unpack(type, NULL, n, at + HEAD);
	buf_shift(b, HEAD + n);
	return *m ? 1 : -1;
}

/* Callbacks of libnghttp2: arg is the channel. */

static int
field_heard(nghttp2_session *session, const nghttp2_frame *frame,
    const uint8_t *name, size_t name_len, const uint8_t *value, size_t len,
    uint8_t flags, void *arg)
{
	const bool last = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
	/* Both end in a NUL. */
	const char *key = (const char *)name, *text = (const char *)value;
	struct channel *c = arg;
	struct text t;
	long long n;

	(void)session, (void)flags, (void)name_len;
	if (frame->hd.stream_id != c->id)
		return 0;
	if (!strcmp(key, ":status")) {
		number_parse(text, &c->http);
	} else if (last && !strcmp(key, "grpc-status")) {
		c->status = number_parse(text, &n) == 0 && n >= 0 &&
		    n <= INT_MAX ? (int)n : GRPC_STRANGE;
	} else if (last && !strcmp(key, "grpc-message")) {
		t = text_in(c->message, sizeof(c->message));
		text_mem(&t, value, len);
	}
	return 0;
}

static int
body_heard(nghttp2_session *session, uint8_t flags, int32_t id,
    const uint8_t *at, size_t n, void *arg)
{
	struct channel *c = arg;

	(void)session, (void)flags;
	if (id == c->id)
		c->full = c->into->len + n > HEAD + ANSWER_MOST ||
		    buf_add(c->into, at, n) < 0;
	return c->full ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int
end_heard(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
	struct channel *c = arg;

	(void)session;
	if (id == c->id) {
		c->ended = true;
		c->error = error;
	}
	return 0;
}

static ssize_t
body_say(nghttp2_session *session, int32_t id, uint8_t *to, size_t cap,
    uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct channel *c = source->ptr;
	size_t n = c->messages->len - c->sent;

	(void)session, (void)id, (void)arg;
	n = n < cap ? n : cap;
	memcpy(to, c->messages->at + c->sent, n);
	c->sent += n;
	if (c->sent == c->messages->len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

struct grpc *
grpc_open(void)
{
	struct grpc *g = calloc(1, sizeof(*g));

	errno = ENOMEM;
	if (!g || nghttp2_session_callbacks_new(&g->callbacks)) {
		free(g);
		return NULL;
	}
	nghttp2_session_callbacks_set_on_header_callback(g->callbacks,
	    field_heard);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
	    g->callbacks, body_heard);
	nghttp2_session_callbacks_set_on_stream_close_callback(g->callbacks,
	    end_heard);
	return g;
}

static void
channel_close(struct channel *c)
{
	nghttp2_session_del(c->session);
	conn_close(c->conn);
	memset(c, 0, sizeof(*c));
}

void
grpc_close(struct grpc *g)
{
	if (!g)
		return;
	channel_close(&g->call);
	channel_close(&g->stream);
	nghttp2_session_callbacks_del(g->callbacks);
	free(g);
}

static bool
channel_open(struct grpc *g, struct channel *c, const struct conn_peer *peer,
    long long deadline, struct fault *f)
{
	const nghttp2_settings_entry ours = { NGHTTP2_SETTINGS_ENABLE_PUSH,
		0 };

	c->peer = peer;
	url_server(peer->host, peer->port, c->authority);
	c->conn = conn_open(peer, deadline, f);
	if (c->conn && (nghttp2_session_client_new(&c->session, g->callbacks,
	    c) || nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, &ours,
	    1))) {
		fault_errno(f, 0, ENOMEM, "HTTP/2", NULL);
		conn_close(c->conn);
		c->conn = NULL;
	}
	return c->conn;
}

/* Send what can be sent. */
static bool
channel_send(struct channel *c, long long deadline, struct fault *f)
{
	char storage[4096];
	struct buf out;
	const uint8_t *at;
	bool ok = false;
	ssize_t n;

	buf_init(&out, storage, sizeof(storage));
	while ((n = nghttp2_session_mem_send(c->session, &at)) > 0)
		buf_add(&out, at, (size_t)n);
	if (n < 0 || out.failed)
		fault_set(f, 0, "HTTP/2: ", n < 0 ? nghttp2_strerror((int)n) :
		    fault_text(ENOMEM), NULL);
	else
		ok = conn_write(c->conn, out.at, out.len, deadline, f);
	buf_free(&out);
	return ok;
}

/* Keep the server's first bytes.  What it may be if they are not of HTTP/2; NULL:
 * they may be. */
static const char *
channel_odd(struct channel *c, const uint8_t *at, size_t n)
{
	static const char alert[] = "\x15\x03"; /* of TLS */
	const char *status = c->first + FIRST - 3;

	if (c->heard == FIRST)
		return NULL;
	n = n < FIRST - c->heard ? n : FIRST - c->heard;
	memcpy(c->first + c->heard, at, n);
	c->heard += n;
	if (!strncmp(c->first, alert, 2))
		return "it expects TLS";
	if (c->heard < FIRST || strncmp(c->first, "HTTP/", 5))
		return NULL;
	/* "HTTP/1.1 503": of a proxy whose server is down.  505: the proxy does
	 * not speak HTTP/2. */
	return *status == '5' && strcmp(status, "505") ?
	    "an error of a server before it" : "it speaks HTTP/1";
}

/* Read all that has come. */
static bool
channel_read(struct channel *c, long long deadline, struct fault *f)
{
	enum { READS = 64 /* what is there is read, also if it is late */ };
	const char *odd = NULL;
	uint8_t bytes[16384];
	ssize_t n, taken = 0;

	for (int i = 0; (n = conn_read(c->conn, bytes, sizeof(bytes), f)) > 0;
	    i++) {
		odd = channel_odd(c, bytes, (size_t)n);
		if (!odd)
			taken = nghttp2_session_mem_recv(c->session, bytes,
			    (size_t)n);
		if (c->full)
			odd = "its answer is too long";
		else if (taken < 0)
			odd = nghttp2_strerror((int)taken);
		else if (i >= READS && (c->ended || clock_boot() >= deadline))
			odd = "it sends without end";
		if (odd) {
			fault_set(f, 0, odd, NULL);
			return false;
		}
	}
	if (n < 0 && !c->heard && !c->peer->tls)
		fault_more(f, " without a word", NULL);
	return n == 0;
}

/* Read all that has come, and send what that asks for, without waiting.  The
 * deadline is for a server that does not stop sending. */
static bool
channel_turn(struct channel *c, long long deadline, struct fault *f)
{
	if (c->broken)
		fault_set(f, 0, "its connection is broken", NULL);
	c->broken = c->broken || !channel_read(c, deadline, f) ||
	    !channel_send(c, deadline, f);
	/* After an error libnghttp2 reads nothing more. */
	if (!c->broken && !c->ended && !nghttp2_session_want_read(c->session)) {
		fault_set(f, 0, "it makes an error in HTTP/2", NULL);
		c->broken = true;
	}
	return !c->broken;
}

/* Begin a call: send it. */
static bool
channel_ask(struct channel *c, const char *method,
    const struct buf *messages, const char *token, long long deadline,
    struct buf *into, struct fault *f)
{
	const nghttp2_data_provider body = { { .ptr = c }, body_say };
	const char *const fields[][2] = {
		{ ":method", "POST" },
		{ ":scheme", c->peer->tls ? "https" : "http" },
		{ ":path", method },
		{ ":authority", c->authority },
		{ "content-type", "application/grpc" },
		{ "te", "trailers" },
		{ "token", token }, /* the last: not every call has one */
	};
	enum { FIELDS = sizeof(fields) / sizeof(*fields) };
	nghttp2_nv list[FIELDS];
	size_t n = token ? FIELDS : FIELDS - 1;

	for (size_t i = 0; i < n; i++) {
		list[i] = (nghttp2_nv){ (uint8_t *)fields[i][0],
			(uint8_t *)fields[i][1], strlen(fields[i][0]),
			strlen(fields[i][1]), NGHTTP2_NV_FLAG_NONE };
	}
	c->messages = messages;
	c->sent = 0;
	c->into = into;
	c->http = 0;
	c->status = GRPC_STRANGE;
	*c->message = '\0';
	c->ended = false;
	c->id = messages->failed ? NGHTTP2_ERR_NOMEM :
	    nghttp2_submit_request(c->session, NULL, list, n, &body, NULL);
	if (c->id < 0) {
		fault_set(f, 0, "HTTP/2: ", nghttp2_strerror(c->id), NULL);
		return false;
	}
	return channel_send(c, deadline, f);
}

static void
channel_wait(const struct channel *c, long long deadline)
{
	if (c->conn && !c->ended)
		io_poll(&(struct pollfd){ conn_fd(c->conn), POLLIN, 0 }, 1,
		    clock_boot_left(deadline));
}

/* Whether the connection to that server is there, for one more call. */
static bool
channel_good(struct channel *c, const struct conn_peer *peer,
    long long deadline)
{
	struct fault ignored;

	return c->conn && c->peer == peer &&
	    channel_turn(c, deadline, &ignored) &&
	    nghttp2_session_want_read(c->session) &&
	    nghttp2_session_check_request_allowed(c->session);
}

/* The call's end by the deadline.  false: f; REFUSED_STREAM: it was not begun. */
static bool
channel_hear(struct channel *c, long long deadline, struct fault *f)
{
	while (channel_turn(c, deadline, f) && !c->ended) {
		if (!clock_boot_left(deadline)) {
			fault_set(f, 0, "no answer in time", NULL);
			return false;
		}
		channel_wait(c, deadline);
	}
	if (c->ended && c->error == NGHTTP2_REFUSED_STREAM) {
		fault_set(f, 0, "it refuses the request", NULL);
		return false;
	}
	return c->ended;
}

/* What an answer means that has no status of gRPC: what a proxy or another server
 * says (doc/http-grpc-status-mapping.md of gRPC). */
static int
http_status(const struct channel *c, struct fault *f)
{
	char digits[24];

	if (c->http == 200 || !c->http) {
		fault_set(f, 0, c->error ? "it ends the request" :
		    "an answer that is not gRPC's", NULL);
		return c->error ? GRPC_SILENT : GRPC_STRANGE;
	}
	fault_set(f, 0, "HTTP status ", say_num(digits, c->http), NULL);
	return c->http == 401 ? GRPC_UNAUTHENTICATED :
	    c->http == 403 ? GRPC_PERMISSION_DENIED :
	    c->http == 404 ? GRPC_UNIMPLEMENTED : GRPC_UNAVAILABLE;
}

/* How the call has ended. */
static int
call_status(const struct channel *c, struct fault *f)
{
	if (c->http != 200 || c->status == GRPC_STRANGE)
		return http_status(c, f);
	fault_set(f, 0, *c->message ? c->message : c->status == GRPC_OK ?
	    "its answer has ended" : "an error without a message", NULL);
	return c->status;
}

int
grpc_call(struct grpc *g, const struct conn_peer *peer, const char *method,
    const struct buf *messages, const char *token, long long deadline,
    struct buf *b, struct fault *f)
{
	struct channel *c = &g->call;
	bool used = channel_good(c, peer, deadline);

	for (;; used = false) {
		if (!used) {
			channel_close(c);
			if (!channel_open(g, c, peer, deadline, f))
				return GRPC_SILENT;
		}
		if (channel_ask(c, method, messages, token, deadline, b, f) &&
		    channel_hear(c, deadline, f))
			break;
		if (!used || b->len || !clock_boot_left(deadline)) {
			channel_close(c);
			return GRPC_SILENT;
		}
		/* The server has closed an old connection: try a new one. */
	}
	return call_status(c, f);
}

bool
grpc_stream(struct grpc *g, const struct conn_peer *peer, const char *method,
    const struct buf *messages, const char *token, long long deadline,
    struct buf *b, struct fault *f)
{
	struct channel *c = &g->stream;

	channel_close(c);
	if (!channel_open(g, c, peer, deadline, f) || !channel_ask(c, method,
	    messages, token, deadline, b, f))
		return false;
	if (c->sent < messages->len)
		fault_set(f, 0, "it does not take the request", NULL);
	c->messages = NULL;
	return c->sent == messages->len;
}

int
grpc_stream_fd(const struct grpc *g)
{
	return g->stream.conn ? conn_fd(g->stream.conn) : -1;
}

bool
grpc_stream_take(struct grpc *g, long long deadline, struct fault *f)
{
	struct channel *c = &g->stream;

	if (c->conn && channel_turn(c, deadline, f) && !c->ended)
		return true;
	if (!c->conn)
		fault_set(f, 0, "there is no stream", NULL);
	else if (c->ended)
		call_status(c, f);
	return false;
}

void
grpc_stream_end(struct grpc *g)
{
	channel_close(&g->stream);
}
