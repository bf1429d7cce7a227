/*
 * ruled.c: a list of rules and overrides.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/ctl/ruled.h"

struct ruled *
ruled_new(struct ruleds *rs)
{
	struct ruled *more = realloc(rs->at, (rs->n + 1) * sizeof(*more));

	if (!more)
		return NULL;
	rs->at = more;
	return memset(&rs->at[rs->n++], 0, sizeof(*more));
}

void
ruleds_free(struct ruleds *rs)
{
	for (size_t i = 0; i < rs->n; i++) {
		free(rs->at[i].name);
		free(rs->at[i].file);
		free(rs->at[i].lines);
		free(rs->at[i].problem);
	}
	free(rs->at);
	rs->at = NULL;
	rs->n = 0;
}
