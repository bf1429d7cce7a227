/*
 * conn.c: a connection to a server, by its addresses, with a deadline.
 *
 * OpenSSL is loaded if TLS is asked for.  It reads and writes memory, and the
 * socket is ours alone: so no write raises SIGPIPE, and no call waits.
 */
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/library.h"
#include "cli/base/text.h"
#include "cli/cluster/conn.h"
#include "cli/cluster/url.h"

enum { NEXT_MS = 250 /* after this, the next address is tried as well */ };

#define NO_HTTP2 "it does not speak HTTP/2"

/* Every function of libssl and libcrypto that we call. */
#define SSL_CALLS(X) \
	X(BIO_new) X(BIO_s_mem) X(BIO_read) X(BIO_write) \
	X(ERR_clear_error) X(ERR_get_error) X(ERR_reason_error_string) \
	X(SSL_CTX_check_private_key) X(SSL_CTX_ctrl) X(SSL_CTX_free) \
	X(SSL_CTX_load_verify_locations) X(SSL_CTX_new) \
	X(SSL_CTX_set_default_passwd_cb) X(SSL_CTX_set_default_verify_paths) \
	X(SSL_CTX_set_options) X(SSL_CTX_set_verify) \
	X(SSL_CTX_use_PrivateKey_file) X(SSL_CTX_use_certificate_chain_file) \
	X(SSL_ctrl) X(SSL_do_handshake) \
	X(SSL_free) X(SSL_get0_alpn_selected) X(SSL_get0_param) \
	X(SSL_get_error) X(SSL_get_verify_result) X(SSL_new) X(SSL_read) \
	X(SSL_set_alpn_protos) X(SSL_set_bio) X(SSL_set_connect_state) \
	X(SSL_write) X(TLS_client_method) X(X509_VERIFY_PARAM_set1_host) \
	X(X509_VERIFY_PARAM_set1_ip_asc) X(X509_VERIFY_PARAM_set_flags) \
	X(X509_VERIFY_PARAM_set_hostflags) \
	X(X509_verify_cert_error_string)

#define SSL_MEMBER(name) __typeof__(name) *name;
#define SSL_NAME(name) #name,

static struct {
	SSL_CALLS(SSL_MEMBER)
} ssl;

struct conn {
	int fd;
	SSL *tls;      /* NULL: none */
	BIO *in, *out; /* its bytes from and to the socket; tls frees them */
};

/* A name may mean another machine once no address has worked. */
bool
conn_resolve(struct conn_peer *peer, const char *what, long long deadline,
    struct fault *f)
{
	char fresh[RESOLVE_MOST][RESOLVE_TEXT];
	const char *why;
	int n;

	if (peer->addresses && !peer->stale)
		return true;
	n = resolve_host(peer->host, peer->addresses ?
	    clock_boot_half(deadline) : deadline, fresh, &why);
	if (n) {
		memcpy(peer->address, fresh, sizeof(fresh));
		peer->addresses = n;
		peer->stale = false;
	}
	if (!peer->addresses)
		fault_set(f, 0, what, " at ", peer->host, ": ", why, NULL);
	return peer->addresses;
}

/* Begin to connect to that address.  -1: errno. */
static int
socket_begin(const char *address, const char *port)
{
	static const int keep_idle = 10, keep_every = 5, on = 1; /* s */
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV }, *a;
	int fd;

	errno = EINVAL;
	if (getaddrinfo(address, port, &hints, &a))
		return -1;
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		/* Notice a server that vanishes without closing. */
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &keep_idle,
		    sizeof(keep_idle));
		setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &keep_every,
		    sizeof(keep_every));
		if (connect(fd, a->ai_addr, a->ai_addrlen) < 0 &&
		    errno != EINPROGRESS && errno != EINTR) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(a);
	return fd;
}

/* The outcome of connecting: 0, or errno. */
static int
socket_outcome(int fd)
{
	int outcome = 0;
	socklen_t n = sizeof(outcome);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &outcome, &n) < 0)
		return errno;
	return outcome;
}

/* Connect to the first of its addresses that answers: another one is tried as soon
 * as one fails, or has been silent for a while.  -1: f. */
static int
socket_open(const struct conn_peer *peer, long long deadline, struct fault *f)
{
	struct pollfd at[RESOLVE_MOST];
	int tried = 0, open = 0, err = ETIMEDOUT, fd = -1, now;
	long long next = 0;

	while (fd < 0 && (open || tried < peer->addresses) &&
	    clock_boot_left(deadline)) {
		if (tried < peer->addresses && (!open ||
		    clock_boot() >= next)) {
			at[open] = (struct pollfd){ socket_begin(
			    peer->address[tried++], peer->port), POLLOUT, 0 };
			next = clock_boot() + NEXT_MS;
			if (at[open].fd >= 0) {
				open++;
			} else {
				err = errno;
				next = 0;
			}
		}
		if (!open)
			continue;
		io_poll(at, (nfds_t)open, clock_boot_left(tried <
		    peer->addresses && next < deadline ? next : deadline));
		for (int i = open - 1; i >= 0; i--) {
			if (!at[i].revents)
				continue;
			now = socket_outcome(at[i].fd);
			if (!now && fd < 0) {
				fd = at[i].fd;
			} else {
				close(at[i].fd);
				err = now;
				next = 0;
			}
			at[i] = at[--open];
		}
	}
	while (open)
		close(at[--open].fd);
	if (fd < 0)
		fault_errno(f, 0, err, "it cannot be reached", NULL);
	return fd;
}

/* Why TLS has failed, as OpenSSL says. */
static const char *
tls_reason(const struct conn *c)
{
	unsigned long e = ssl.ERR_get_error();
	const char *reason = e ? ssl.ERR_reason_error_string(e) : NULL;
	long verified = c ? ssl.SSL_get_verify_result(c->tls) : X509_V_OK;

	if (verified != X509_V_OK)
		return ssl.X509_verify_cert_error_string(verified);
	return reason ? reason : "TLS failed";
}

/* No passphrase is asked for. */
static int
passphrase_none(char *to, int cap, int writing, void *arg)
{
	(void)to, (void)cap, (void)writing, (void)arg;
	return -1;
}

static bool
file_fault(struct fault *f, const char *what, const char *file)
{
	const char *why = access(file, R_OK) < 0 ? fault_text(errno) :
	    tls_reason(NULL);

	fault_set(f, 0, what, file, ": ", why, NULL);
	return false;
}

/* Whom we trust, and who we are. */
static bool
context_set(SSL_CTX *context, const struct conn_peer *peer, struct fault *f)
{
	const char *key = peer->key ? peer->key : peer->cert;

	ssl.SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION,
	    TLS1_2_VERSION, NULL);
	ssl.SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
	ssl.SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	ssl.SSL_CTX_set_default_passwd_cb(context, passphrase_none);
	if (!peer->ca)
		ssl.SSL_CTX_set_default_verify_paths(context);
	else if (ssl.SSL_CTX_load_verify_locations(context, peer->ca,
	    NULL) != 1)
		return file_fault(f, "cannot read the certificates in ",
		    peer->ca);
	if (peer->cert && ssl.SSL_CTX_use_certificate_chain_file(context,
	    peer->cert) != 1)
		return file_fault(f, "cannot read the certificate in ",
		    peer->cert);
	if (peer->cert && (ssl.SSL_CTX_use_PrivateKey_file(context, key,
	    SSL_FILETYPE_PEM) != 1 ||
	    ssl.SSL_CTX_check_private_key(context) != 1))
		return file_fault(f, "cannot set private key from ", key);
	return true;
}

/* Write all n bytes to the socket. */
static bool
socket_write(int fd, const char *p, size_t n, long long deadline,
    struct fault *f)
{
	ssize_t done;

	while (n) {
		done = IO_RETRY(send(fd, p, n, MSG_NOSIGNAL));
		if (done >= 0) {
			p += done;
			n -= (size_t)done;
		} else if (errno != EAGAIN) {
			fault_errno(f, 0, errno, "it cannot be written to",
			    NULL);
			return false;
		} else if (!clock_boot_left(deadline)) {
			fault_set(f, 0, "no answer in time", NULL);
			return false;
		} else {
			io_poll(&(struct pollfd){ fd, POLLOUT, 0 }, 1,
			    clock_boot_left(deadline));
		}
	}
	return true;
}

/* As conn_read. */
static ssize_t
socket_read(int fd, void *p, size_t n, struct fault *f)
{
	ssize_t done = IO_RETRY(recv(fd, p, n, 0));

	if (done > 0 || (done < 0 && errno == EAGAIN))
		return done > 0 ? done : 0;
	if (done == 0)
		fault_set(f, 0, "it closes the connection", NULL);
	else
		fault_errno(f, 0, errno, "it cannot be read from", NULL);
	return -1;
}

/* Write to the socket what TLS has to say. */
static bool
tls_flush(struct conn *c, long long deadline, struct fault *f)
{
	char bytes[4096];
	int n;

	while ((n = ssl.BIO_read(c->out, bytes, sizeof(bytes))) > 0) {
		if (!socket_write(c->fd, bytes, (size_t)n, deadline, f))
			return false;
	}
	return true;
}

/* Read from the socket what there is for TLS; as conn_read. */
static ssize_t
tls_fill(struct conn *c, struct fault *f)
{
	char bytes[16384];
	ssize_t n = socket_read(c->fd, bytes, sizeof(bytes), f);

	if (n > 0)
		ssl.BIO_write(c->in, bytes, (int)n);
	return n;
}

static bool
tls_greet(struct conn *c, long long deadline, struct fault *f)
{
	const unsigned char *chosen;
	const char *reason;
	unsigned int len;
	int r;

	for (;;) {
		ssl.ERR_clear_error();
		r = ssl.SSL_do_handshake(c->tls);
		if (r != 1 && ssl.SSL_get_error(c->tls, r) !=
		    SSL_ERROR_WANT_READ) {
			reason = tls_reason(c);
			if (strstr(reason, "no application protocol"))
				fault_set(f, 0, NO_HTTP2, NULL);
			else
				fault_set(f, 0, ssl.SSL_get_verify_result(
				    c->tls) != X509_V_OK ?
				    "certificate verify failed: " : "TLS: ",
				    reason, NULL);
			tls_flush(c, deadline, &(struct fault){ 0 });
			return false;
		}
		if (!tls_flush(c, deadline, f))
			return false;
		if (r == 1)
			break;
		if (!clock_boot_left(deadline)) {
			fault_set(f, 0, "no answer in time", NULL);
			return false;
		}
		io_poll(&(struct pollfd){ c->fd, POLLIN, 0 }, 1,
		    clock_boot_left(deadline));
		if (tls_fill(c, f) < 0) {
			fault_more(f, " although TLS has not begun", NULL);
			return false;
		}
	}
	ssl.SSL_get0_alpn_selected(c->tls, &chosen, &len);
	if (len != 2 || memcmp(chosen, "h2", 2)) {
		fault_set(f, 0, NO_HTTP2, NULL);
		return false;
	}
	return true;
}

/* The server has to be the host that the URL names.  A CA that is named is trusted,
 * also if it is not the root. */
static bool
host_expect(SSL *tls, const char *host)
{
	X509_VERIFY_PARAM *p = ssl.SSL_get0_param(tls);
	char name[256];
	struct text t = text_in(name, sizeof(name));
	size_t len = strlen(host);

	ssl.X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
	ssl.X509_VERIFY_PARAM_set_hostflags(p,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (url_numeric(host))
		return ssl.X509_VERIFY_PARAM_set1_ip_asc(p, host) == 1;
	/* Certificates have names without the final dot. */
	text_mem(&t, host, len && host[len - 1] == '.' ? len - 1 : len);
	return !t.cut && ssl.X509_VERIFY_PARAM_set1_host(p, name, 0) == 1 &&
	    ssl.SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME,
	    TLSEXT_NAMETYPE_host_name, name) == 1;
}

bool
conn_load(struct fault *f)
{
	static const char *const names[] = { SSL_CALLS(SSL_NAME) NULL };

	/* It loads libcrypto, and has its functions, too. */
	if (ssl.X509_verify_cert_error_string || library_load("libssl.so.3",
	    names, &ssl))
		return true;
	fault_set(f, 0, "TLS is spoken through OpenSSL 3, which cannot be"
	    " loaded: ", library_reason(), NULL);
	return false;
}

static bool
tls_open(struct conn *c, const struct conn_peer *peer, long long deadline,
    struct fault *f)
{
	static const unsigned char h2[] = { 2, 'h', '2' };
	SSL_CTX *context = NULL;
	bool ok = false;

	if (!conn_load(f))
		return false;
	ssl.ERR_clear_error();
	context = ssl.SSL_CTX_new(ssl.TLS_client_method());
	if (context && !context_set(context, peer, f))
		goto out;
	if (context)
		c->tls = ssl.SSL_new(context);
	if (c->tls) {
		c->in = ssl.BIO_new(ssl.BIO_s_mem());
		c->out = ssl.BIO_new(ssl.BIO_s_mem());
		ssl.SSL_set_bio(c->tls, c->in, c->out);
	}
	if (!c->tls || !c->in || !c->out || ssl.SSL_set_alpn_protos(c->tls,
	    h2, sizeof(h2)) || !host_expect(c->tls, peer->host)) {
		fault_errno(f, 0, ENOMEM, "TLS", NULL);
		goto out;
	}
	ssl.SSL_set_connect_state(c->tls);
	ok = tls_greet(c, deadline, f);
out:
	ssl.SSL_CTX_free(context);
	return ok;
}

struct conn *
conn_open(const struct conn_peer *peer, long long deadline, struct fault *f)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		fault_errno(f, 0, ENOMEM, "a connection", NULL);
		return NULL;
	}
	c->fd = socket_open(peer, deadline, f);
	if (c->fd < 0 || (peer->tls && !tls_open(c, peer, deadline, f))) {
		conn_close(c);
		return NULL;
	}
	return c;
}

void
conn_close(struct conn *c)
{
	if (!c)
		return;
	if (c->tls)
		ssl.SSL_free(c->tls);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

bool
conn_write(struct conn *c, const void *p, size_t n, long long deadline,
    struct fault *f)
{
	if (!c->tls)
		return socket_write(c->fd, p, n, deadline, f);
	ssl.ERR_clear_error();
	if (n && ssl.SSL_write(c->tls, p, (int)n) <= 0) {
		fault_set(f, 0, "TLS: ", tls_reason(c), NULL);
		return false;
	}
	return tls_flush(c, deadline, f);
}

ssize_t
conn_read(struct conn *c, void *p, size_t n, struct fault *f)
{
	ssize_t filled = 1;
	int r;

	if (!c->tls)
		return socket_read(c->fd, p, n, f);
	/* Once more after it has been given bytes; what that leaves in the
	 * socket is for the next time. */
	for (int i = 0; i < 2 && filled > 0; i++) {
		ssl.ERR_clear_error();
		r = ssl.SSL_read(c->tls, p, (int)n);
		if (r > 0)
			return r;
		if (ssl.SSL_get_error(c->tls, r) == SSL_ERROR_ZERO_RETURN) {
			fault_set(f, 0, "it closes the connection", NULL);
			return -1;
		}
		if (ssl.SSL_get_error(c->tls, r) != SSL_ERROR_WANT_READ) {
			fault_set(f, 0, "TLS: ", tls_reason(c), NULL);
			return -1;
		}
		filled = i ? 0 : tls_fill(c, f);
	}
	return filled;
}

int
conn_fd(const struct conn *c)
{
	return c->fd;
}
