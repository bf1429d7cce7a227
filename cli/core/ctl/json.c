/*
 * json.c: byte strings in JSON, which can hold only UTF-8.
 */
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/fields.h"
#include "cli/base/json_print.h"
#include "cli/core/ctl/json.h"
#include "cli/core/slot/info.h"

json_t *
json_exact(const char *s)
{
	size_t n = strlen(s), cap = (n + 2) / 3 * 4 + 1;
	json_t *j = json_string(s);
	char *text;

	if (j || !(text = malloc(cap)))
		return j;
	if (b64_ntop((const unsigned char *)s, n, text, cap) >= 0)
		j = json_pack("{s:s}", "base64", text);
	free(text);
	return j;
}

json_t *
json_values(const struct fields *f, const char *name,
    json_t *make(const char *))
{
	json_t *array = json_array();
	const char *s = NULL;

	while ((s = fields_next(f, name, s)))
		json_add(&array, make(s));
	return array;
}

json_t *
json_key(const struct info *i)
{
	const char *part = info_key(i, NULL);

	if (!part)
		return json_null();
	if (!info_key(i, part))
		return json_shown(part);
	return json_values(&i->all, "key", json_shown);
}
