/*
 * near.c: find the known word that a mistyped one may mean.
 *
 * The measure is edits: a letter too many, missing or wrong, or two letters
 * swapped.  One edit for every three letters may be a typo.
 */
#include <string.h>

#include "cli/base/near.h"
#include "cli/base/text.h"

enum { LONGEST = 32 };

void
near_begin(struct near *n, const char *word, size_t len)
{
	*n = (struct near){ .word = word, .len = len,
		.edits = (len + 2) / 3 + 1 };
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Row by row: now[j] is the edits from the first i letters of a to the first j
 * letters of b. */
static size_t
edits(const char *a, size_t la, const char *b, size_t lb)
{
	size_t rows[3][LONGEST + 1], *before = rows[0], *last = rows[1],
	    *now = rows[2], *free;

	for (size_t j = 0; j <= lb; j++)
		last[j] = j;
	for (size_t i = 1; i <= la; i++) {
		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			now[j] = least(last[j - 1] + (a[i - 1] != b[j - 1]),
			    least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		free = before;
		before = last;
		last = now;
		now = free;
	}
	return last[lb];
}

void
near_try(struct near *n, const char *candidate)
{
	size_t len = strlen(candidate), e;

	if (!n->len || n->len > LONGEST || len > LONGEST)
		return;
	e = edits(n->word, n->len, candidate, len);
	if (e >= n->edits || e >= n->len)
		return;
	n->edits = e;
	n->best = candidate;
}

const char *
near_hint(const struct near *n, const char *dashes, char *buf)
{
	*buf = '\0';
	if (n->best)
		text_join(buf, NEAR_HINT, " (did you mean ", dashes, n->best,
		    "?)", NULL);
	return buf;
}
