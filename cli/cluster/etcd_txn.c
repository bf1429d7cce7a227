/*
 * etcd_txn.c: transactions, by which all keys are read and written.
 */
#include <string.h>

#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/etcd.h"

const char *
etcd_name(const struct engine *e, char kind, long long id,
    char out[ETCD_NAME])
{
	struct text t = text_in(out, ETCD_NAME);
	char digits[24];

	text_mem(&t, e->key, e->prefix);
	text_mem(&t, &kind, 1);
	text_all(&t, e->key + e->prefix + 1, "//", say_num(digits, id), NULL);
	return out;
}

void
etcd_end(const char *name, char out[ETCD_NAME])
{
	strcpy(out, name);
	out[strlen(out) - 1]++; /* names are printable ASCII: no overflow */
}

ProtobufCBinaryData
etcd_bytes(const char *s)
{
	return (ProtobufCBinaryData){ strlen(s), (uint8_t *)s };
}

long
etcd_string(const ProtobufCBinaryData *b, char *out, size_t cap)
{
	if (b->len >= cap)
		return -1;
	if (b->len)
		memcpy(out, b->data, b->len);
	out[b->len] = '\0';
	return (long)b->len;
}

void
etcd_begin(struct etcd_txn *t)
{
	etcd__txn_request__init(&t->request);
	t->request.compare = t->compares;
	t->request.success = t->ops;
	t->otherwise = false;
}

void
etcd_else(struct etcd_txn *t)
{
	t->request.failure = t->ops + t->request.n_success;
	t->otherwise = true;
}

Etcd__Compare *
etcd_if(struct etcd_txn *t, const char *name, long long revision)
{
	Etcd__Compare *c = &t->compare[t->request.n_compare];

	etcd__compare__init(c);
	c->target = ETCD__COMPARE__COMPARE_TARGET__CREATE;
	c->key = etcd_bytes(name);
	c->target_union_case = ETCD__COMPARE__TARGET_UNION_CREATE_REVISION;
	c->create_revision = revision;
	t->compares[t->request.n_compare++] = c;
	return c;
}

/* The next operation: its place in op and body. */
static size_t
op_next(struct etcd_txn *t)
{
	size_t i = t->request.n_success + t->request.n_failure;

	etcd__request_op__init(&t->op[i]);
	t->ops[i] = &t->op[i];
	if (t->otherwise)
		t->request.n_failure++;
	else
		t->request.n_success++;
	return i;
}

Etcd__RangeRequest *
etcd_get(struct etcd_txn *t, const char *name)
{
	size_t i = op_next(t);
	Etcd__RangeRequest *q = &t->body[i].range;

	etcd__range_request__init(q);
	q->key = etcd_bytes(name);
	t->op[i].request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_RANGE;
	t->op[i].request_range = q;
	return q;
}

void
etcd_put(struct etcd_txn *t, const char *name, const char *value,
    long long lease)
{
	size_t i = op_next(t);
	Etcd__PutRequest *q = &t->body[i].put;

	etcd__put_request__init(q);
	q->key = etcd_bytes(name);
	q->value = etcd_bytes(value);
	q->lease = lease;
	t->op[i].request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_PUT;
	t->op[i].request_put = q;
}

void
etcd_delete(struct etcd_txn *t, const char *name)
{
	size_t i = op_next(t);
	Etcd__DeleteRangeRequest *q = &t->body[i].delete;

	etcd__delete_range_request__init(q);
	q->key = etcd_bytes(name);
	t->op[i].request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_DELETE_RANGE;
	t->op[i].request_delete_range = q;
}

enum engine_result
etcd_send(struct engine *e, const struct etcd_txn *t, long long deadline,
    union etcd_answer *answer, struct fault *f)
{
	return etcd_ask(e, ETCD_TXN, &t->request.base, deadline, answer, f);
}

enum engine_result
etcd_try(struct engine *e, const struct etcd_txn *t, long long deadline,
    struct fault *f)
{
	union etcd_answer answer;
	enum engine_result r = etcd_send(e, t, deadline, &answer, f);

	if (r == ENGINE_OK && !answer.txn->succeeded)
		r = ENGINE_LOST;
	etcd_free(&answer);
	return r;
}

const Etcd__KeyValue *
etcd_kv(const Etcd__TxnResponse *answer, size_t op, size_t i)
{
	const Etcd__RangeResponse *range = op < answer->n_responses ?
	    answer->responses[op]->response_range : NULL;

	return range && i < range->n_kvs ? range->kvs[i] : NULL;
}

bool
etcd_found(const struct engine *e, const Etcd__KeyValue *kv,
    struct engine_found *found)
{
	size_t skip = e->prefix + 2; /* PREFIX/v1/l/, c/ or q/ */
	char name[ETCD_NAME], *end;

	memset(found, 0, sizeof(*found));
	if (!kv || etcd_string(&kv->key, name, sizeof(name)) < (long)skip ||
	    strncmp(name, e->key, e->prefix))
		return false;
	found->line = name[e->prefix] == 'q';
	found->counts = name[e->prefix] == 'c';
	end = found->line ? strstr(name + skip, "//") : NULL;
	if (end)
		*end = '\0';
	if (strlen(name + skip) >= sizeof(found->key))
		return false;
	/* The record exists, even if its value is unreadable. */
	if (etcd_string(&kv->value, found->value, sizeof(found->value)) < 0)
		*found->value = '\0';
	strcpy(found->key, name + skip);
	for (const char *c = found->key; *c; c++) {
		if (*c <= ' ' || *c > '~')
			return false;
	}
	found->token = found->counts ? 0 : kv->create_revision;
	return found->counts || found->token > 0;
}
