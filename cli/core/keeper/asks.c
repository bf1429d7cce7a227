/*
 * asks.c: what a launch asks of the instance, and whether it can have that.
 */
#include <limits.h>

#include "cli/core/handover/way.h"
#include "cli/core/keeper/asks.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/state.h"

size_t
asks_own(const struct fields *body)
{
	bool odd;

	return (size_t)fields_range(body, "own", 0, INT_MAX, 0, &odd);
}

bool
asks_second(const struct client *cl)
{
	return fields_num(&cl->caller.request.body, "asks", ASKS_NOTHING) ==
	    ASKS_TRY || cl->caller.own_document;
}

bool
second_allowed(const struct keeper *k, const struct client *cl)
{
	const struct info *i = &k->c->info;
	const struct fields *body = &cl->caller.request.body;

	return asks_second(cl) && row_asked(ASKS_TRY, &i->terms) &&
	    !i->terms.unrecorded && !i->terms.lack && !i->alone &&
	    helper_sees(k) && (cl->caller.reopens || cl->caller.own_document ||
	    fields_count(body, "arg") > asks_own(body));
}

static enum asks
asks_of(const struct client *cl)
{
	bool odd;

	return (enum asks)fields_range(&cl->caller.request.body, "asks",
	    ASKS_NOTHING, ASKS_TRY, ASKS_NOTHING, &odd);
}

bool
handler_has(struct keeper *k, const struct client *cl)
{
	const struct terms *t = &k->c->info.terms;
	enum asks asks = asks_of(cl);

	if (asks == ASKS_NONE || t->unrecorded)
		return false;
	if (t->on_activate)
		return true;
	if (second_allowed(k, cl))
		return cl->caller.own_document || graphical_now(k);
	return asks != ASKS_TRY && row_asked(asks, t);
}
