/*
 * untaken.c: arguments that nobody took, in words: which document it is that
 * its user waits for.
 */
#include <string.h>

#include "cli/text.h"
#include "cli/wire/untaken.h"

enum { SHOWN = 128 };

void
untaken_add(struct untaken *u, const char *arg)
{
	bool document = *arg && *arg != '-' && *arg != '+';

	if (!u->n++ || (document && !u->document)) {
		u->shown = arg;
		u->document = document;
	}
}

void
untaken_text(const struct untaken *u, struct text *t)
{
	char name[SHOWN + 1];
	size_t len;

	if (!u->n)
		return;
	/* The end of a path tells more than how it begins. */
	len = strlen(u->shown);
	memcpy(name, u->shown + (len > SHOWN ? len - SHOWN : 0),
	    (len > SHOWN ? SHOWN : len) + 1);
	text_add(t, ", ");
	text_add(t, len > SHOWN ? "..." : "");
	text_typed(t, name);
	if (u->n < 2)
		return;
	text_add(t, " and ");
	text_num(t, (long long)u->n - 1);
	text_add(t, " more");
}
