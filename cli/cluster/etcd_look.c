/*
 * etcd_look.c: read records from etcd.
 */
#include <string.h>

#include "cli/cluster/etcd.h"
#include "cli/base/text.h"

enum { PAGE = 500 };

enum engine_result
etcd_look(struct engine *e, long long deadline, struct engine_found *found,
    struct fault *f)
{
	enum engine_result r;
	json_t *answer;

	r = etcd_ask(e, "/v3/kv/range", json_pack("{s:o}", "key",
	    etcd_text(e->key)), deadline, &answer, f);
	if (r == ENGINE_OK && !etcd_found(e, etcd_kv(answer, 0), found))
		r = ENGINE_LOST;
	json_decref(answer);
	return r;
}

/* Report a page of records; from: the first key, then the next page's. */
static enum engine_result
page_take(struct engine *e, char *from, const char *end, long long deadline,
    engine_record *each, void *arg, bool *more, struct fault *f)
{
	struct engine_found found;
	enum engine_result r;
	json_t *answer;
	const json_t *kv;
	char name[ETCD_NAME];
	long n;

	r = etcd_ask(e, "/v3/kv/range", json_pack("{s:o, s:o, s:i}", "key",
	    etcd_text(from), "range_end", etcd_end(end), "limit", PAGE),
	    deadline, &answer, f);
	if (r != ENGINE_OK)
		return r;
	*more = json_is_true(json_object_get(answer, "more"));
	for (size_t i = 0; (kv = etcd_kv(answer, i)); i++) {
		if (etcd_found(e, kv, &found))
			each(arg, &found);
		n = etcd_string(kv, "key", name, sizeof(name) - 1);
		if (n > 0) {
			memcpy(from, name, (size_t)n);
			strcpy(from + n, " "); /* sorts before any in a key */
		}
	}
	json_decref(answer);
	return ENGINE_OK;
}

enum engine_result
etcd_list(struct engine *e, const char *prefix, long long deadline,
    engine_record *each, void *arg, struct fault *f)
{
	char from[ETCD_NAME], end[ETCD_NAME];
	enum engine_result r;
	bool more = false;
	struct text t = text_in(from, sizeof(from));

	text_mem(&t, e->key, e->prefix + 2);
	text_add(&t, prefix);
	strcpy(end, from);
	do
		r = page_take(e, from, end, deadline, each, arg, &more, f);
	while (r == ENGINE_OK && more);
	return r;
}
