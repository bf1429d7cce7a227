/*
 * pick.c: which windows are the instance's, the same on every display.
 *
 * The nearest ones: by process first, then by a name that the user gave.  Of
 * windows equally near it is the one used last, so whoever offers them does so
 * in that order, or the other way round, and knows which it was.
 */
#include "cli/raise/pick.h"
#include "cli/raise/raise.h"
#include "cli/raise/tree.h"

/* Nearer than any that was offered by its name alone. */
enum { NAMED = 1, KINDRED = 2 };

void
pick_begin(struct pick *p, const struct instance *i, enum kin least)
{
	*p = (struct pick){ .i = i, .least = least, .near = 0 };
}

enum picked
pick_offer(struct pick *p, pid_t pid, bool named)
{
	enum kin kin = pid > 0 ? tree_kin(p->i, pid, p->least) : KIN_NONE;
	int near = kin ? KINDRED + (int)kin : named ? NAMED : 0;

	if (!near || near < p->near)
		return PICK_NOT;
	if (near == p->near)
		return PICK_EQUAL;
	p->near = near;
	return PICK_NEARER;
}
