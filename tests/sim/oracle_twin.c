/*
 * oracle_twin.c: launches with the same command line; what one does that only
 * asks, while an instance runs all the time.
 */
#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"

/* With a seed in eight launches have the document of an earlier one, and so its
 * command line.  Nobody hands it over twice. */
void
twin_draw(struct launch *l)
{
	static const enum policy policies[] = { SKIP, SKIP, BUSY, QUEUE, WAIT,
		TOGGLE, REPLACE };
	const struct launch *k = world.launch;
	char path[64];

	l->origin = l->number;
	if (world.seed % 8 != 3 || world.probes || l->policy > JOIN)
		return;
	while (k < l && (k->policy >= JOIN || k->key != l->key))
		k++;
	if (k == l || !sim_random(3))
		return;
	world.twins = true;
	snprintf(path, sizeof(path), "/home/u/%s", k->document);
	now = procs;
	if (!sim_random(3))
		file_make(path, 0644, "");
	now = NULL;
	l->origin = k->origin;
	l->policy = policies[sim_random(world.many > 1 ? 5 : 7)];
}

/* It need not run, since another one has its command line. */
bool
is_covered(const struct launch *l, int status)
{
	for (const struct launch *k = world.launch; k->number; k++) {
		if (k != l && k->origin == l->origin && k->begun && !l->ran &&
		    status == 0 && (l->policy == SKIP || l->policy == TOGGLE ||
		    (l->policy == QUEUE && k->policy == QUEUE &&
		    k->cwd == l->cwd)))
			return true;
	}
	return false;
}

/* A word that is the name of a file is another one in another folder. */
static bool
same_files(const struct launch *a, const struct launch *b)
{
	char **word = b->words + b->command + 1;

	while (*word && !child_find(a->cwd, *word) && !child_find(b->cwd, *word))
		word++;
	return a->cwd == b->cwd || !*word;
}

static bool
is_same(const struct launch *a, const struct launch *b)
{
	return a->origin == b->origin && same_files(a, b) &&
	    !strcmp(a->words[a->command], b->words[b->command]) &&
	    !world.common.apart;
}

void
oracle_asks(const struct launch *l, int status)
{
	const struct instance *in = steady_for(l);
	bool same = in && is_same(in->launch, l);
	int busy = l->asks.busy ? l->asks.busy : EXIT_BUSY;

	if (!in || !calm() || world.unfair || world.many > 1 || world.scarce ||
	    world.again || world.common.apart || l->asks.dry ||
	    l->asks.every || l->asks.overdue || l->asks.adopts ||
	    (l->policy != SKIP && l->policy != BUSY))
		return;
	if (l->policy == SKIP && !same && l->delivers)
		busy = EXIT_NOANSWER;
	if (status != (l->policy == SKIP && same ? 0 : busy))
		wrong("ends with %d, and %d runs %s command line", status,
		    in->p->pid, same ? "the same" : "another");
	if (l->policy == SKIP && same && l->spoke && !l->asks.unheard)
		wrong("says something, and the same command line runs");
	if (!(l->policy == SKIP && same) && !l->spoke && !l->asks.quiet)
		wrong("says nothing, and %d runs", in->p->pid);
}
