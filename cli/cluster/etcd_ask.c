/*
 * etcd_ask.c: one request to the members of an etcd cluster, by a deadline.
 *
 * The members are asked in turn, first the one that answered last; one that
 * does not respond costs half of the time that is left.  After a round without
 * success all are asked again until the deadline: an election takes a second.
 */
#include <limits.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/cluster/etcd.h"

enum { PAUSE_MS = 50, BRIEF_MS = 1000 };

static const struct {
	const char *path;
	const ProtobufCMessageDescriptor *answer;
} methods[] = {
#define METHOD(path, answer) \
	{ "/etcdserverpb." path, &etcd__##answer##__descriptor }
	[ETCD_TXN] = METHOD("KV/Txn", txn_response),
	[ETCD_LEASE_GRANT] = METHOD("Lease/LeaseGrant", lease_grant_response),
	[ETCD_LEASE_REVOKE] = METHOD("Lease/LeaseRevoke",
	    lease_revoke_response),
	[ETCD_LEASE_KEEPALIVE] = METHOD("Lease/LeaseKeepAlive",
	    lease_keep_alive_response),
	[ETCD_AUTHENTICATE] = METHOD("Auth/Authenticate",
	    authenticate_response),
	[ETCD_STATUS] = METHOD("Maintenance/Status", status_response),
};

int
etcd_fault(const struct conn_peer *m, struct fault *f, const char *what)
{
	char name[URL_SERVER];

	return fault_set(f, 0, "etcd at ", url_server(m->host, m->port, name),
	    ": ", what, NULL);
}

void
etcd_free(union etcd_answer *answer)
{
	protobuf_c_message_free_unpacked(answer->any, NULL);
	answer->any = NULL;
}

long long
etcd_revision(const Etcd__TxnResponse *answer)
{
	return answer->header ? answer->header->revision : 0;
}

/* What an error of etcd's means: a status of gRPC, and f, its message. */
static enum engine_result
error_read(const struct engine *e, const struct conn_peer *m, int status,
    struct fault *f)
{
	const struct fault said = *f;
	const char *what = said.line;

	if (strstr(what, "user name is empty")) {
		etcd_fault(m, f, "it requires a user and a password: ?user=NAME"
		    "&passfile=FILE; or a client certificate whose common name"
		    " (CN) is the user's");
		return ENGINE_DENIED;
	}
	etcd_fault(m, f, what);
	if (status == GRPC_NOT_FOUND)
		return ENGINE_LOST;
	if (strstr(what, "permission denied"))
		fault_more(f, ": ", e->user ? "user " : "the user that the"
		    " client certificate names (CN)", e->user ? e->user : "",
		    " needs a role with rights on these keys, see"
		    " onlyone-cluster init", NULL);
	else if (e->user && strstr(what, "authentication failed"))
		fault_more(f, " (user ", e->user, ")", NULL);
	if (status == GRPC_PERMISSION_DENIED ||
	    status == GRPC_UNAUTHENTICATED ||
	    strstr(what, "authentication failed"))
		return ENGINE_DENIED;
	if (strstr(what, "too many requests") || strstr(what, "auth store"))
		return ENGINE_DOWN;
	if (status == GRPC_UNIMPLEMENTED)
		fault_more(f, ": etcd 3.4 or newer is needed", NULL);
	if (status == GRPC_INVALID_ARGUMENT ||
	    status == GRPC_FAILED_PRECONDITION ||
	    status == GRPC_UNIMPLEMENTED)
		return ENGINE_SETUP;
	if (strstr(what, "space exceeded"))
		fault_more(f, ": make room there (etcdctl compact, defrag,"
		    " alarm disarm)", NULL);
	return ENGINE_DOWN;
}

/* Why nothing was answered (f), and what may help. */
static enum engine_result
silence_read(const struct conn_peer *m, struct fault *f)
{
	const struct fault said = *f;
	const char *why = said.line;
	enum engine_result r;

	etcd_fault(m, f, why);
	r = engine_tls(why, m->cert, f);
	/* How a server answers the other protocol. */
	if (strstr(why, "it expects TLS")) {
		fault_more(f, ": write etcds://", NULL);
		return ENGINE_SETUP;
	}
	if (strstr(why, "it speaks HTTP/1") ||
	    strstr(why, "it does not speak HTTP/2")) {
		fault_more(f, ": etcd 3.4 or newer is needed, and a proxy"
		    " before it has to pass on HTTP/2", m->tls ? "" :
		    "; if it expects TLS, write etcds://", NULL);
		return ENGINE_SETUP;
	}
	if (strstr(why, "without a word"))
		fault_more(f, "; if it expects TLS, write etcds://", NULL);
	else if (strstr(why, "TLS has not begun") ||
	    strstr(why, "wrong version number"))
		fault_more(f, "; if it does not speak TLS, write etcd://",
		    NULL);
	return strstr(why, "wrong version number") ? ENGINE_SETUP : r;
}

/* Send a request (in messages) to one member. */
static enum engine_result
member_call(struct engine *e, struct conn_peer *m, enum etcd_method method,
    const struct buf *messages, long long deadline, union etcd_answer *answer,
    struct fault *f)
{
	enum engine_result r = ENGINE_DOWN;
	struct buf b = { 0 };
	int status;

	answer->any = NULL;
	e->asked = clock_boot();
	status = grpc_call(e->grpc, m, methods[method].path, messages,
	    *e->auth ? e->auth : NULL, deadline, &b, f);
	if (status == GRPC_SILENT)
		r = silence_read(m, f);
	else if (status > GRPC_OK)
		r = error_read(e, m, status, f);
	else if (status == GRPC_OK && grpc_take(&b, methods[method].answer,
	    &answer->any) > 0 && !b.len)
		r = ENGINE_OK;
	else
		etcd_fault(m, f, "an answer that is not etcd's");
	if (r != ENGINE_OK)
		etcd_free(answer);
	buf_free(&b);
	return r;
}

/* Whether a field can have this value: printable ASCII. */
static bool
field_good(const char *s)
{
	while (*s >= ' ' && *s <= '~')
		s++;
	return !*s;
}

/* Get a token for the user and the password. */
static enum engine_result
token_get(struct engine *e, struct conn_peer *m, long long deadline,
    struct fault *f)
{
	Etcd__AuthenticateRequest q = ETCD__AUTHENTICATE_REQUEST__INIT;
	char password[URL_PASSWORD];
	union etcd_answer answer;
	struct buf text = { 0 };
	enum engine_result r;
	const char *token;

	*e->auth = '\0';
	if (!url_password(&e->url, password, f))
		return ENGINE_SETUP;
	q.name = (char *)e->user;
	q.password = password;
	grpc_add(&text, &q.base);
	explicit_bzero(password, sizeof(password));
	r = member_call(e, m, ETCD_AUTHENTICATE, &text, deadline, &answer, f);
	explicit_bzero(text.at, text.len);
	buf_free(&text);
	if (r != ENGINE_OK)
		return r;
	token = answer.authenticate->token;
	/* The token becomes a field of each request. */
	if (*token && strlen(token) < sizeof(e->auth) &&
	    field_good(token)) {
		strcpy(e->auth, token);
	} else {
		etcd_fault(m, f, "it gives no token for a password");
		r = ENGINE_DOWN;
	}
	etcd_free(&answer);
	return r;
}

static enum engine_result
member_ask(struct engine *e, struct conn_peer *m, enum etcd_method method,
    const struct buf *messages, long long deadline, union etcd_answer *answer,
    struct fault *f)
{
	enum engine_result r;
	bool fresh = false;

	if (!conn_resolve(m, "etcd", deadline, f))
		return ENGINE_DOWN;
	if (e->user && !*e->auth) {
		r = token_get(e, m, deadline, f);
		if (r != ENGINE_OK)
			return r;
		fresh = true;
	}
	r = member_call(e, m, method, messages, deadline, answer, f);
	/* A token expires, is unknown to a member that was restarted, and may
	 * be valid only until any user or role is changed: get a new one. */
	if (e->user && !fresh && ((r == ENGINE_DENIED &&
	    strstr(f->line, "auth token")) || (r == ENGINE_DOWN &&
	    strstr(f->line, "auth store")))) {
		r = token_get(e, m, deadline, f);
		if (r == ENGINE_OK)
			r = member_call(e, m, method, messages, deadline,
			    answer, f);
	}
	return r;
}

/* What we know of the keys is as of this revision: a watch goes on from there.
 * It may be less than before, if the store was restored from a snapshot. */
static void
revision_note(struct engine *e, const Etcd__TxnResponse *answer)
{
	long long revision = etcd_revision(answer);

	/* revision + 1, where a watch starts, must not overflow. */
	if (revision > 0 && revision < LLONG_MAX)
		e->revision = revision;
}

/* Ask all members in turn; once: only the first.  A refusal may concern one
 * member only (its certificate, say): return it after all have been asked. */
static enum engine_result
members_ask(struct engine *e, enum etcd_method method,
    const ProtobufCMessage *request, bool once, long long deadline,
    union etcd_answer *answer, struct fault *f)
{
	enum engine_result r = ENGINE_DOWN, refused = ENGINE_DOWN;
	struct conn_peer *m;
	struct fault refusal, before;
	long long until;
	int n = once ? 1 : e->members;
	struct buf text = { 0 };
	bool brief;

	grpc_add(&text, request);
	answer->any = NULL;
	etcd_fault(&e->member[e->at], f, "no answer in time");
	for (int i = 0; clock_boot_left(deadline); i++) {
		m = &e->member[e->at];
		until = i % n == n - 1 || n == 1 ? deadline :
		    clock_boot_half(deadline);
		before = *f;
		brief = clock_boot_left(until) < BRIEF_MS;
		r = member_ask(e, m, method, &text, until, answer, f);
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
		m->stale = true;
		if (once)
			break;
		e->at = (e->at + 1) % e->members;
		if (refused != ENGINE_DOWN && i % n == n - 1)
			break;
		if (i % n == n - 1)
			engine_pause(PAUSE_MS, deadline);
	}
	buf_free(&text);
	if (r == ENGINE_OK && method == ETCD_TXN)
		revision_note(e, answer->txn);
	if (refused == ENGINE_DOWN || r == ENGINE_OK || r == ENGINE_LOST)
		return r;
	*f = refusal;
	return refused;
}

enum engine_result
etcd_ask(struct engine *e, enum etcd_method method,
    const ProtobufCMessage *request, long long deadline,
    union etcd_answer *answer, struct fault *f)
{
	return members_ask(e, method, request, false, deadline, answer, f);
}

enum engine_result
etcd_ask_again(struct engine *e, enum etcd_method method,
    const ProtobufCMessage *request, long long deadline,
    union etcd_answer *answer, struct fault *f)
{
	return members_ask(e, method, request, true, deadline, answer, f);
}

enum engine_result
etcd_grant(struct engine *e, int ttl, long long deadline, long long *id,
    long long *granted, struct fault *f)
{
	Etcd__LeaseGrantRequest q = ETCD__LEASE_GRANT_REQUEST__INIT;
	union etcd_answer answer;
	enum engine_result r;

	q.ttl = ttl;
	*id = 0;
	r = etcd_ask(e, ETCD_LEASE_GRANT, &q.base, deadline, &answer, f);
	if (r != ENGINE_OK)
		return r == ENGINE_LOST ? ENGINE_DOWN : r;
	*granted = answer.grant->ttl;
	if (answer.grant->id > 0 && *granted > 0 &&
	    *granted <= ETCD_TTL_MOST) {
		*id = answer.grant->id;
	} else {
		etcd_fault(&e->member[e->at], f, "it grants no lease");
		r = ENGINE_DOWN;
	}
	etcd_free(&answer);
	return r;
}
