/*
 * etcd_ask.c: the members of an etcd cluster, as a URL names them, and one
 * request to them, by a deadline.
 *
 *	etcd[s]://HOST[:PORT][,...][/PREFIX][?NAME=VALUE[&...]]
 *
 * PREFIX is "onlyone" if not given.  A URL that is not safe is refused before
 * anything is sent: for example plain text to another host without `insecure`.
 *
 * The members are asked in turn, first the one that answered last; one that
 * does not respond costs half of the time that is left.  After a round without
 * success all are asked again until the deadline: an election takes a second.
 */
#include <netinet/in.h>

#include <errno.h>
#include <limits.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/number.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/etcd.h"

#define PORT "2379"

static const char *const known[] = { "insecure", "user", "passfile", "ca",
	"cert", "key", NULL };

static void
member_set(struct engine *e, const char *host, const char *port, bool tls)
{
	struct etcd_member *m = &e->member[e->members++];
	bool six = strchr(host, ':');

	m->host = host;
	m->port = port ? port : PORT;
	text_join(m->peer.base, sizeof(m->peer.base),
	    tls ? "https://" : "http://",
	    six ? "[" : "", host, six ? "]:" : ":", m->port, NULL);
	if (tls) {
		m->peer.ca = url_word(&e->url, "ca");
		m->peer.cert = url_word(&e->url, "cert");
		m->peer.key = url_word(&e->url, "key");
	}
}

/* Check that the URL's words make sense, and are safe.  asks: the store is to be
 * asked. */
static bool
words_check(struct engine *e, bool tls, bool asks, struct fault *f)
{
	const struct url *u = &e->url;
	const char *secret = url_word(u, "passfile");

	e->user = url_word(u, "user");
	if (asks && !e->user != !secret) {
		fault_set(f, 0, "the cluster's URL needs both user= and"
		    " passfile=, or neither", NULL);
		return false;
	}
	if (!tls && (url_word(u, "ca") || url_word(u, "cert") ||
	    url_word(u, "key"))) {
		fault_set(f, 0, "certificates are for etcds://, and the"
		    " cluster's URL begins with etcd://", NULL);
		return false;
	}
	for (int i = 0; i < u->hosts && !tls && !url_word(u, "insecure"); i++) {
		if (!url_loopback(u->host[i].name)) {
			fault_set(f, 0, "etcd://", u->host[i].name, " would"
			    " send plain text over the network: write etcds://,"
			    " or add ?insecure", NULL);
			return false;
		}
	}
	return true;
}

static bool
name_set(struct engine *e, const char *key, struct fault *f)
{
	size_t len = strlen(e->url.path);
	struct text t;

	while (len && e->url.path[len - 1] == '/')
		len--;
	t = text_in(e->key, sizeof(e->key));
	if (len)
		text_mem(&t, e->url.path, len);
	else
		text_add(&t, "onlyone");
	text_add(&t, "/v1/");
	e->prefix = t.len;
	text_all(&t, "l/", key, NULL);
	if (t.cut)
		fault_set(f, 0, "the prefix in the cluster's URL is too long",
		    NULL);
	return !t.cut;
}

enum engine_result
etcd_open(struct engine **out, const char *url, const char *key,
    struct fault *f)
{
	struct engine *e = calloc(1, sizeof(*e));
	bool tls;

	*out = NULL;
	if (!e || !(e->http = http_open())) {
		free(e);
		if (errno == ENOSYS)
			fault_set(f, 0, "etcd is asked through libcurl, which"
			    " cannot be loaded: is it installed?", NULL);
		else
			fault_errno(f, 0, ENOMEM, "etcd", NULL);
		return ENGINE_SETUP;
	}
	if (!url_parse(&e->url, url, known, f) ||
	    (key && !url_password(&e->url, NULL, f)))
		goto bad;
	tls = !strcmp(e->url.scheme, "etcds");
	if (!words_check(e, tls, key, f) || !name_set(e, key ? key : "", f))
		goto bad;
	for (int i = 0; i < e->url.hosts; i++)
		member_set(e, e->url.host[i].name, e->url.host[i].port, tls);
	/* Not all hosts must ask the first one. */
	e->at = (int)arc4random_uniform((uint32_t)e->members);
	*out = e;
	return ENGINE_OK;
bad:
	etcd_close(e);
	return ENGINE_SETUP;
}

void
etcd_close(struct engine *e)
{
	if (!e)
		return;
	http_close(e->http);
	buf_free(&e->ear.in);
	free(e);
}

enum { PAUSE_MS = 50, BRIEF_MS = 1000, CODE_DENIED = 7, CODE_NOTFOUND = 5,
	CODE_INVALID = 3, CODE_UNAUTH = 16,
	CODE_PRECONDITION = 9 };

int
etcd_fault(const struct etcd_member *m, struct fault *f, const char *what)
{
	return fault_set(f, 0, "etcd at ", m->host, ":", m->port, ": ", what,
	    NULL);
}

bool
etcd_resolve(struct etcd_member *m, long long deadline, struct fault *f)
{
	char address[RESOLVE_MOST][RESOLVE_TEXT];
	const char *why;
	struct text t;
	int n;

	/* A numeric host needs no entry for CURLOPT_RESOLVE, and the colons of
	 * an IPv6 host would not be understood there. */
	if (*m->peer.resolve || url_numeric(m->host))
		return true;
	n = resolve_host(m->host, deadline, address, &why);
	if (!n) {
		fault_set(f, 0, "etcd at ", m->host, ": its name has no"
		    " address: ", why, NULL);
		return false;
	}
	t = text_in(m->peer.resolve, sizeof(m->peer.resolve));
	text_all(&t, m->host, ":", m->port, ":", NULL);
	for (int i = 0; i < n; i++) {
		text_all(&t, i ? "," : "", strchr(address[i], ':') ? "[" : "",
		    address[i], strchr(address[i], ':') ? "]" : "", NULL);
	}
	return true;
}

/* What an answer means that is no JSON, or not etcd's. */
static enum engine_result
odd_read(const struct etcd_member *m, long status, const char *text,
    struct fault *f)
{
	bool named = strstr(text, "CommonName");

	if (status == 404)
		etcd_fault(m, f, "it has no JSON gateway (/v3/): start it with"
		    " --enable-grpc-gateway; etcd 3.4 or newer is needed");
	else if (named)
		etcd_fault(m, f, "the certificate in cert= has a common name"
		    " (CN), which etcd's JSON gateway refuses: use one"
		    " without");
	else if (status == 400 && !strncmp(m->peer.base, "http:", 5))
		etcd_fault(m, f, "it expects TLS: write etcds://");
	else
		etcd_fault(m, f, "an answer that is not etcd's");
	return named ? ENGINE_DENIED : status == 400 || status == 404 ?
	    ENGINE_SETUP : ENGINE_DOWN;
}

/* What etcd's error answer means. */
static enum engine_result
error_read(const struct etcd_member *m, long status, const json_t *j,
    const char *text, struct fault *f)
{
	const char *what = json_string_value(json_object_get(j, "error"));
	long long code = etcd_number(j, "code");

	if (!what)
		what = json_string_value(json_object_get(j, "message"));
	if (!json_is_object(j) || (!what && status == 404))
		return odd_read(m, status, text, f);
	what = what ? what : "an error without a message";
	if (strstr(what, "user name is empty")) {
		etcd_fault(m, f, "it requires a user and a password: ?user=NAME"
		    "&passfile=FILE");
		return ENGINE_DENIED;
	}
	etcd_fault(m, f, what);
	if (code == CODE_NOTFOUND)
		return ENGINE_LOST;
	if (code == CODE_DENIED || code == CODE_UNAUTH || status == 401 ||
	    status == 403 || strstr(what, "authentication failed"))
		return ENGINE_DENIED;
	if (strstr(what, "too many requests") || strstr(what, "auth store"))
		return ENGINE_DOWN;
	if (code == CODE_INVALID || code == CODE_PRECONDITION)
		return ENGINE_SETUP;
	if (strstr(what, "space exceeded"))
		fault_more(f, ": make room there (etcdctl compact, defrag,"
		    " alarm disarm)", NULL);
	return ENGINE_DOWN;
}

/* Send one request to one member. */
static enum engine_result
member_post(struct engine *e, struct etcd_member *m, const char *path,
    const char *body, long long deadline, json_t **answer, struct fault *f)
{
	enum engine_result r = ENGINE_DOWN;
	json_error_t error;
	struct fault why;
	struct buf b = { 0 };
	long status;

	*answer = NULL;
	e->asked = clock_boot();
	status = http_post(e->http, &m->peer, path, body,
	    *e->auth ? e->auth : NULL, deadline, &b, &why);
	if (!status) {
		etcd_fault(m, f, why.line);
		r = engine_tls(why.line, f);
		/* How a server answers the other protocol. */
		if (strstr(why.line, "Empty reply") &&
		    !strncmp(m->peer.base, "http:", 5))
			fault_more(f, "; if it expects TLS, write etcds://",
			    NULL);
		else if (strstr(why.line, "SSL_ERROR_SYSCALL") ||
		    strstr(why.line, "wrong version number") ||
		    strstr(why.line, "unexpected TLS packet"))
			fault_more(f, "; if it does not speak TLS, write"
			    " etcd://", NULL);
	} else {
		*answer = json_loads(b.at, JSON_REJECT_DUPLICATES, &error);
		if (status == 200 && json_is_object(*answer))
			r = ENGINE_OK;
		else
			r = error_read(m, status, *answer, b.at, f);
		if (r != ENGINE_OK) {
			json_decref(*answer);
			*answer = NULL;
		}
	}
	buf_free(&b);
	return r;
}

/* Get a token for the user and the password. */
static enum engine_result
token_get(struct engine *e, struct etcd_member *m, long long deadline,
    struct fault *f)
{
	char *text, password[URL_PASSWORD];
	json_t *body, *answer;
	enum engine_result r;
	const char *token;

	*e->auth = '\0';
	if (!url_password(&e->url, password, f))
		return ENGINE_SETUP;
	body = json_pack("{s:s, s:s}", "name", e->user, "password", password);
	text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	explicit_bzero(password, sizeof(password));
	if (!text) {
		etcd_fault(m, f, "its user and password have to be UTF-8");
		return ENGINE_SETUP;
	}
	r = member_post(e, m, "/v3/auth/authenticate", text, deadline, &answer,
	    f);
	explicit_bzero(text, strlen(text));
	free(text);
	if (r != ENGINE_OK)
		return r;
	token = json_string_value(json_object_get(answer, "token"));
	/* The token becomes part of a header line. */
	if (token && strlen(token) < sizeof(e->auth) &&
	    !token[strcspn(token, "\r\n")]) {
		strcpy(e->auth, token);
	} else {
		etcd_fault(m, f, "it gives no token for a password");
		r = ENGINE_DOWN;
	}
	json_decref(answer);
	return r;
}

static enum engine_result
member_ask(struct engine *e, struct etcd_member *m, const char *path,
    const char *body, long long deadline, json_t **answer, struct fault *f)
{
	enum engine_result r;
	bool fresh = false;

	if (!etcd_resolve(m, deadline, f))
		return ENGINE_DOWN;
	if (e->user && !*e->auth) {
		r = token_get(e, m, deadline, f);
		if (r != ENGINE_OK)
			return r;
		fresh = true;
	}
	r = member_post(e, m, path, body, deadline, answer, f);
	/* A token expires, is unknown to a member that was restarted, and may
	 * be valid only until any user or role is changed: get a new one. */
	if (e->user && !fresh && ((r == ENGINE_DENIED &&
	    strstr(f->line, "token")) || (r == ENGINE_DOWN &&
	    strstr(f->line, "auth store")))) {
		r = token_get(e, m, deadline, f);
		if (r == ENGINE_OK)
			r = member_post(e, m, path, body, deadline, answer, f);
	}
	return r;
}

/* What we know of the keys is as of this revision: a watch goes on from there.
 * It may be less than before, if the store was restored from a snapshot. */
static void
revision_note(struct engine *e, const json_t *answer)
{
	long long revision = etcd_number(json_object_get(answer, "header"),
	    "revision");

	/* revision + 1, where a watch starts, must not overflow. */
	if (revision > 0 && revision < LLONG_MAX)
		e->revision = revision;
}

/* Ask all members in turn; once: only the first.  A refusal may concern one
 * member only (its certificate, say): return it after all have been asked. */
static enum engine_result
members_ask(struct engine *e, const char *path, json_t *j, bool once,
    long long deadline, json_t **answer, struct fault *f)
{
	char *body = json_dumps(j, JSON_COMPACT);
	enum engine_result r = ENGINE_DOWN, refused = ENGINE_DOWN;
	struct etcd_member *m;
	struct fault refusal, before;
	long long until;
	int n = once ? 1 : e->members;
	bool brief;

	json_decref(j);
	*answer = NULL;
	fault_set(f, 0, "etcd at ", e->member[e->at].host, ": no answer in"
	    " time", NULL);
	for (int i = 0; body && clock_boot_left(deadline); i++) {
		m = &e->member[e->at];
		until = i % n == n - 1 || n == 1 ? deadline :
		    clock_boot_half(deadline);
		before = *f;
		brief = clock_boot_left(until) < BRIEF_MS;
		r = member_ask(e, m, path, body, until, answer, f);
		if (r == ENGINE_OK || r == ENGINE_LOST)
			break;
		/* From the second round on, an attempt that had less than
		 * BRIEF_MS means little: keep the reason of the one before. */
		if (r == ENGINE_DOWN && i >= n && brief)
			*f = before;
		if (r != ENGINE_DOWN && refused == ENGINE_DOWN) {
			refused = r;
			refusal = *f;
		}
		/* The host name may mean another machine by now. */
		*m->peer.resolve = '\0';
		if (once)
			break;
		e->at = (e->at + 1) % e->members;
		if (refused != ENGINE_DOWN && i % n == n - 1)
			break;
		if (i % n == n - 1)
			engine_pause(PAUSE_MS, deadline);
	}
	free(body);
	if (r == ENGINE_OK && !strncmp(path, "/v3/kv/", strlen("/v3/kv/")))
		revision_note(e, *answer);
	if (refused == ENGINE_DOWN || r == ENGINE_OK || r == ENGINE_LOST)
		return r;
	*f = refusal;
	return refused;
}

enum engine_result
etcd_ask(struct engine *e, const char *path, json_t *body,
    long long deadline, json_t **answer, struct fault *f)
{
	return members_ask(e, path, body, false, deadline, answer, f);
}

enum engine_result
etcd_ask_again(struct engine *e, const char *path, json_t *body,
    long long deadline, json_t **answer, struct fault *f)
{
	return members_ask(e, path, body, true, deadline, answer, f);
}

/*
 * The JSON of etcd's gateway: keys, values and ends of ranges are in base64,
 * 64-bit numbers are strings, and fields that are false, zero or empty are left
 * out.
 */

static json_t *
bytes_json(const char *s, size_t n)
{
	size_t room = (n + 2) / 3 * 4 + 1;
	char *text = malloc(room);
	json_t *j = NULL;

	if (text && b64_ntop((const unsigned char *)s, n, text, room) >= 0)
		j = json_string(text);
	free(text);
	return j;
}

json_t *
etcd_text(const char *s)
{
	return bytes_json(s, strlen(s));
}

json_t *
etcd_end(const char *name)
{
	char end[ETCD_NAME];
	size_t n = strlen(name);

	memcpy(end, name, n);
	end[n - 1]++; /* names are printable ASCII: no overflow */
	return bytes_json(end, n);
}

long
etcd_string(const json_t *object, const char *member, char *out, size_t cap)
{
	const char *s = json_string_value(json_object_get(object, member));
	int n;

	/* b64_pton would skip blanks. */
	if (!s)
		s = "";
	if (s[strcspn(s, " \t\r\n\v\f")])
		return -1;
	n = b64_pton(s, (unsigned char *)out, cap);
	if (n < 0 || (size_t)n >= cap)
		return -1;
	out[n] = '\0';
	return n;
}

long long
etcd_number(const json_t *object, const char *member)
{
	const json_t *j = json_object_get(object, member);
	long long n = 0;

	if (json_is_integer(j))
		return json_integer_value(j);
	return json_is_string(j) && number_parse(json_string_value(j), &n) ==
	    0 ? n : 0;
}

json_t *
etcd_if(const char *name, const char *how, long long revision)
{
	char digits[24];

	return json_pack("{s:o, s:s, s:s, s:s}", "key", etcd_text(name),
	    "target", "CREATE", "result", how, "create_revision",
	    say_num(digits, revision));
}

json_t *
etcd_put(const char *name, const char *value, const char *lease)
{
	return json_pack("{s:{s:o, s:o, s:s}}", "request_put", "key",
	    etcd_text(name), "value", etcd_text(value), "lease", lease);
}

json_t *
etcd_get(const char *name)
{
	return json_pack("{s:{s:o}}", "request_range", "key",
	    etcd_text(name));
}

json_t *
etcd_delete(const char *name)
{
	return json_pack("{s:{s:o}}", "request_delete_range", "key",
	    etcd_text(name));
}

const json_t *
etcd_kv(const json_t *range, size_t i)
{
	return json_array_get(json_object_get(range, "kvs"), i);
}

bool
etcd_found(const struct engine *e, const json_t *kv,
    struct engine_found *found)
{
	size_t skip = e->prefix + 2; /* PREFIX/v1/l/, or q/ */
	char name[ETCD_NAME], *end;

	memset(found, 0, sizeof(*found));
	if (etcd_string(kv, "key", name, sizeof(name)) < (long)skip ||
	    strncmp(name, e->key, e->prefix))
		return false;
	found->line = name[e->prefix] == 'q';
	end = found->line ? strstr(name + skip, "//") : NULL;
	if (end)
		*end = '\0';
	if (strlen(name + skip) >= sizeof(found->key))
		return false;
	/* The record exists, even if its value is unreadable. */
	if (etcd_string(kv, "value", found->value, sizeof(found->value)) < 0)
		*found->value = '\0';
	strcpy(found->key, name + skip);
	for (const char *c = found->key; *c; c++) {
		if (*c <= ' ' || *c > '~')
			return false;
	}
	found->token = etcd_number(kv, "create_revision");
	return found->token > 0;
}

const char *
etcd_name(const struct engine *e, char kind, const char *id,
    char out[ETCD_NAME])
{
	struct text t = text_in(out, ETCD_NAME);

	text_mem(&t, e->key, e->prefix);
	text_mem(&t, &kind, 1);
	text_all(&t, e->key + e->prefix + 1, "//", id, NULL);
	return out;
}

enum engine_result
etcd_txn(struct engine *e, json_t *compare, json_t *success, json_t *failure,
    long long deadline, bool *yes, json_t **answer, struct fault *f)
{
	enum engine_result r = etcd_ask(e, "/v3/kv/txn",
	    json_pack("{s:o, s:o, s:o}", "compare", compare, "success",
	    success, "failure", failure), deadline, answer, f);

	*yes = r == ENGINE_OK &&
	    json_is_true(json_object_get(*answer, "succeeded"));
	return r;
}

const json_t *
etcd_ranged(const json_t *answer, size_t i)
{
	const json_t *one = json_array_get(json_object_get(answer,
	    "responses"), i);

	return json_object_get(one, "response_range");
}

enum engine_result
etcd_grant(struct engine *e, int ttl, long long deadline, char id[ETCD_ID],
    long long *granted, struct fault *f)
{
	enum engine_result r;
	json_t *answer;
	const char *s;

	*id = '\0';
	r = etcd_ask(e, "/v3/lease/grant", json_pack("{s:i}", "TTL", ttl),
	    deadline, &answer, f);
	if (r != ENGINE_OK)
		return r == ENGINE_LOST ? ENGINE_DOWN : r;
	s = json_string_value(json_object_get(answer, "ID"));
	*granted = etcd_number(answer, "TTL");
	if (s && strlen(s) < ETCD_ID && *granted > 0 &&
	    *granted <= ETCD_TTL_MOST) {
		strcpy(id, s);
	} else {
		etcd_fault(&e->member[e->at], f, "it grants no lease");
		r = ENGINE_DOWN;
	}
	json_decref(answer);
	return r;
}
