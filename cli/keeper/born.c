/*
 * born.c: the environment that handlers get: what the keeper was born with, or
 * what a launch that it promotes brings along.
 *
 * Never what /proc shows of another process: that is its own to choose, and may
 * be somebody else's by now.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/keeper/born.h"
#include "cli/keeper/helper.h"
#include "cli/keeper/state.h"

void
born_clean(void)
{
	/* The tokens of its launch are spent. */
	unsetenv(STARTUP_ID);
	unsetenv(ACTIVATION_TOKEN);
}

int
born_make(struct buf *b, const struct fields *f)
{
	size_t n = fields_count(f, "environ"), size = (n + 1) * sizeof(char *);
	const char *e = NULL;
	char **list, *at;

	buf_init(b, NULL, 0);
	/* The array points into the strings behind it: all room at once. */
	if (buf_room(b, size + f->len) < 0) {
		buf_free(b);
		errno = ENOMEM;
		return -1;
	}
	list = (char **)(void *)b->at;
	at = b->at + size;
	while ((e = fields_next(f, "environ", e))) {
		if (!strchr(e, '='))
			continue;
		*list++ = at;
		at = stpcpy(at, e) + 1;
	}
	*list = NULL;
	return 0;
}

void
born_take(struct keeper *k, const struct buf *b)
{
	environ = (char **)(void *)b->at;
	buf_free(&k->born.environ);
	k->born.environ = *b;
	born_clean();
}
