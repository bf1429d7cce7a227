/*
 * family.c: which of our processes forked which, as a picture.
 *
 * It is drawn from what has happened in all seeds of a run, and so is in HACKING.md
 * (sim.bats compares).  What the simulator has not is missing: the cluster.
 */
#include <sched.h>

#include "tests/sim/family.h"
#include "tests/sim/sched.h"

const char *const family_name[ROLES] = { [LAUNCH] = "launch",
	[LOOKER] = "looker", [HELPER] = "helper", [KEEPER] = "keeper",
	[ATTENDANT] = "attendant", [OTHER] = "child", [CHILD] = "child",
	[RAISER] = "onlyone-raise" };

/* What is not seen from what they execute. */
static const char *const does[ROLES] = {
	[LOOKER] = ": reads what may block", [HELPER] = ": forks the keeper, and ends",
	[KEEPER] = ": stays beside the program",
	[ATTENDANT] = ": serves one launch",
	[OTHER] = ": closes a connection, or is a stand-in",
	[RAISER] = ": raises windows, or looks for them" };

/* Whether it was begun by a process that is none of ours. */
static bool
is_launch(const struct proc *p)
{
	return !p->maker || p->made_by != ONLYONE_FILE;
}

enum role
family_role(const struct proc *p)
{
	enum role maker;

	if (p->exe && p->exe->number == RAISE_FILE)
		return RAISER;
	if (p->made_how & CLONE_VM)
		return HELPER;
	if (p->maker->made_how & CLONE_VM)
		return KEEPER;
	if (p->made_how & CLONE_FILES)
		return LOOKER;
	if (p->attends)
		return ATTENDANT;
	maker = is_launch(p->maker) ? LAUNCH : family_role(p->maker);
	return maker == KEEPER ? OTHER :
	    maker == ATTENDANT ? RAISER /* which was killed before */ : CHILD;
}

void
family_note(struct family *f)
{
	for (const struct proc *p = procs + 1; p < procs + nprocs; p++) {
		enum role role = is_launch(p) ? LAUNCH : family_role(p);

		if (!is_launch(p))
			f->forks[is_launch(p->maker) ? LAUNCH :
			    family_role(p->maker)] |= 1U << role;
		if (p->exe && !p->fresh)
			f->executes[role] = true;
	}
}

void
family_add(struct family *f, const struct family *more)
{
	for (int i = 0; i < ROLES; i++) {
		f->forks[i] |= more->forks[i];
		f->executes[i] |= more->executes[i];
	}
}

static void
below_print(const struct family *f, enum role of, int depth, unsigned *drawn)
{
	printf("%*s%s%s%s\n", 4 * (1 + depth), "", family_name[of],
	    does[of] ? does[of] : "", !f->executes[of] || of == RAISER ? "" :
	    of == ATTENDANT ? ", becomes the handler" : ", becomes the program");
	if (*drawn & 1U << of)
		return; /* as above */
	*drawn |= 1U << of;
	for (int i = 0; i < ROLES; i++) {
		if (f->forks[of] & 1U << i)
			below_print(f, (enum role)i, depth + 1, drawn);
	}
}

void
family_print(const struct family *f)
{
	unsigned drawn = 0;

	below_print(f, LAUNCH, 0, &drawn);
}
