/*
 * etcd_json.c: make and read the JSON of etcd's gateway.
 *
 * Keys, values and ends of ranges are in base64, 64-bit numbers are strings,
 * and fields that are false, zero or empty are left out.
 */
#include <netinet/in.h>

#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cluster/etcd.h"
#include "cli/base/number.h"
#include "cli/base/say.h"

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
	size_t skip = e->prefix + 2; /* PREFIX/v1/l/ */
	char name[ETCD_NAME];

	memset(found, 0, sizeof(*found));
	if (etcd_string(kv, "key", name, sizeof(name)) < (long)skip ||
	    strncmp(name, e->key, skip) ||
	    strlen(name + skip) >= sizeof(found->key))
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
