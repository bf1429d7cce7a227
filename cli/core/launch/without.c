/*
 * without.c: a rule whose file cannot be used.
 */
#include "cli/base/say.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/without.h"

bool
without_file(struct launch *l, enum without which, const struct fault *f)
{
	struct fault why = *f;

	if (!l->rule)
		return false;
	fault_bare(&why);
	text_join(l->without[which], WITHOUT_TEXT, why.line, NULL);
	say_more("continuing without it: ", why.line, NULL);
	return true;
}
