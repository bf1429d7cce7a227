/*
 * etcd_mail.c: letters to the holder of a key.
 *
 * A letter is put only while the key has a holder.  It and its answer have a
 * lease each (names: etcd.h), so that they go by themselves if nobody takes
 * them.  To take one is to delete it in a transaction, which succeeds once: no
 * letter is acted upon twice.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/cluster/etcd.h"

enum { REPLY_S = 10 };

/* Whether a letter's id has the form that engine_id gives it. */
static bool
id_is(const char *id)
{
	return *id && strlen(id) < 16 &&
	    strspn(id, "0123456789abcdef") == strlen(id);
}

enum engine_result
etcd_mail_put(struct engine *e, int ttl, const char *text, char id[16],
    long long deadline, struct fault *f)
{
	char lease[ETCD_ID], name[ETCD_NAME];
	enum engine_result r;
	long long granted;

	if (!engine_id(id, f))
		return ENGINE_DOWN;
	r = etcd_grant(e, ttl, deadline, lease, &granted, f);
	if (r != ENGINE_OK)
		return r;
	etcd_name(e, 'm', id, name);
	r = etcd_try(e, etcd_if(e->key, "GREATER", 0),
	    etcd_put(name, text, lease), deadline, f);
	if (r == ENGINE_LOST)
		etcd_revoke(e, lease, deadline, f);
	return r;
}

enum engine_result
etcd_mail_drop(struct engine *e, const char *id, long long deadline,
    struct fault *f)
{
	char name[ETCD_NAME];

	etcd_name(e, 'm', id, name);
	return etcd_try(e, etcd_if(name, "GREATER", 0), etcd_delete(name),
	    deadline, f);
}

/* Read and delete a letter.  OK: we took it; BUSY: it was already gone. */
static enum engine_result
letter_take(struct engine *e, const char *name, const json_t *kv, char *text,
    long long deadline, struct fault *f)
{
	enum engine_result r;

	if (etcd_string(kv, "value", text, ENGINE_MAIL) < 0)
		*text = '\0';
	r = etcd_try(e, etcd_if(name, "EQUAL", etcd_number(kv,
	    "create_revision")), etcd_delete(name), deadline, f);
	return r == ENGINE_LOST ? ENGINE_BUSY : r;
}

/* Take the letters to this key, or the answer with this id; *n: how many. */
static enum engine_result
letters_take(struct engine *e, char kind, const char *id, long long deadline,
    engine_letter *each, void *arg, size_t *n, struct fault *f)
{
	char name[ETCD_NAME], found[ETCD_NAME];
	char *text = malloc(ENGINE_MAIL);
	enum engine_result r = ENGINE_DOWN;
	json_t *body, *answer = NULL;
	const json_t *kv;
	size_t len;

	*n = 0;
	etcd_name(e, kind, id, name);
	len = strlen(name) - strlen(id);
	body = json_pack("{s:o, s:s, s:s, s:i}", "key", etcd_text(name),
	    "sort_order", "ASCEND", "sort_target", "CREATE", "limit",
	    ENGINE_LETTERS);
	if (!*id)
		json_object_set_new(body, "range_end", etcd_end(name));
	if (text)
		r = etcd_ask(e, "/v3/kv/range", body, deadline, &answer, f);
	else
		json_decref(body);
	for (size_t i = 0; r == ENGINE_OK && (kv = etcd_kv(answer, i)); i++) {
		if (etcd_string(kv, "key", found, sizeof(found)) <= (long)len)
			continue;
		r = letter_take(e, found, kv, text, deadline, f);
		if (r == ENGINE_OK && id_is(found + len)) {
			each(arg, found + len, text);
			++*n;
		}
		if (r == ENGINE_BUSY)
			r = ENGINE_OK; /* it expired, or was taken back */
	}
	if (r == ENGINE_OK && json_is_true(json_object_get(answer, "more")))
		r = ENGINE_BUSY;
	json_decref(answer);
	free(text);
	return r;
}

enum engine_result
etcd_mail_take(struct engine *e, long long deadline, engine_letter *each,
    void *arg, struct fault *f)
{
	size_t n;

	return letters_take(e, 'm', "", deadline, each, arg, &n, f);
}

enum engine_result
etcd_mail_reply(struct engine *e, const char *id, const char *text,
    long long deadline, struct fault *f)
{
	char lease[ETCD_ID], name[ETCD_NAME];
	enum engine_result r;
	long long granted;
	json_t *answer;

	r = etcd_grant(e, REPLY_S, deadline, lease, &granted, f);
	if (r != ENGINE_OK)
		return r;
	r = etcd_ask(e, "/v3/kv/put", json_pack("{s:o, s:o, s:s}", "key",
	    etcd_text(etcd_name(e, 'r', id, name)), "value", etcd_text(text),
	    "lease", lease), deadline, &answer, f);
	json_decref(answer);
	return r;
}

enum engine_result
etcd_mail_replied(struct engine *e, const char *id, long long deadline,
    engine_letter *each, void *arg, struct fault *f)
{
	enum engine_result r;
	size_t n;

	r = letters_take(e, 'r', id, deadline, each, arg, &n, f);
	return r == ENGINE_OK && !n ? ENGINE_BUSY : r;
}
