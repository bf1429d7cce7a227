/*
 * json_print.c: JSON as it is printed.
 */
#include <errno.h>
#include <stdio.h>

#include "cli/base/json_print.h"
#include "preload/contract.h"

void
json_add(json_t **array, json_t *one)
{
	if (json_array_append_new(*array, one) < 0) {
		json_decref(*array);
		*array = NULL;
	}
}

int
json_print(json_t *j, struct fault *f)
{
	/* Seconds since 1970 have ten digits, and three for milliseconds: with
	 * more, as by default, 0.491 is 0.4909999. */
	int r = j ? json_dumpf(j, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII |
	    JSON_REAL_PRECISION(13)) : -1;

	if (r < 0)
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot print JSON", NULL);
	else
		putchar('\n');
	json_decref(j);
	return r;
}
