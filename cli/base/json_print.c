/*
 * json_print.c: JSON as it is printed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/json_print.h"
#include "cli/base/text.h"
#include "preload/contract.h"

void
json_add(json_t **array, json_t *one)
{
	if (json_array_append_new(*array, one) < 0) {
		json_decref(*array);
		*array = NULL;
	}
}

json_t *
json_shown(const char *s)
{
	json_t *j = json_string(s);
	size_t cap = strlen(s) * 4 + 1;
	struct text t;
	char *buf;

	if (j || !(buf = malloc(cap)))
		return j;
	t = text_in(buf, cap);
	text_show(&t, s, strlen(s));
	j = json_string(buf);
	free(buf);
	return j;
}

int
json_print(json_t *j, struct fault *f)
{
	/* Seconds since 1970 have ten digits, and three for milliseconds: with
	 * more, as by default, 0.491 is 0.4909999. */
	int r = j ? json_dumpf(j, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII |
	    JSON_REAL_PRECISION(13)) : -1;

	/* Where the caller sees that output has failed. */
	if (r < 0 && ferror(stdout))
		r = 0;
	else if (r < 0)
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot print JSON", NULL);
	else
		putchar('\n');
	json_decref(j);
	return r;
}
