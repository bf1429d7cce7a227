/*
 * oracle_files.c: what must hold of the files of a slot.
 */
#include <stdlib.h>

#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

/* How many descriptors of the running process have this file locked, or of all
 * others. */
static int
locks(const struct inode *file, bool others)
{
	int n = 0;

	EACH_PROC(p) for (int i = 0; p->memory && i < FDS; i++) {
		const struct file *f = p->fds->file[i];

		n += (p != now) == others && f && f->inode == file && flock_has(f);
	}
	return n;
}

/* A process that removes shared files of a slot holds its lock. */
void
world_unlinks(struct inode *dir, const char *name)
{
	static const char *const names[] = { "sock", "info", "mapping", "pid" };
	const struct inode *pid = child_find(dir, "pid");
	bool ours = false;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ours |= !strcmp(name, names[i]);
	/* A process that has lost the pidfile to a cleaner holds the name lock;
	 * or it checks whether another one has made a new pidfile. */
	if (world.harmed & 1U << SWEEP && (world.swept != now || !pid ||
	    !locks(pid, true) || names_held(now, "onlyone/")))
		return;
	if (ours && pid && now->exe->number == ONLYONE_FILE && !locks(pid, false))
		wrong("removes %s without the lock", name);
}

/* An instance has one place only. */
static void
place_one(const struct proc *p)
{
	const struct inode *pid;
	int n = 0;

	/* A pidfile may be of an earlier process with the same pid. */
	for (const struct proc *q = procs + 1; q < p; q++)
		n -= q->pid == p->pid;
	EACH_IN_ROOTS(e) {
		pid = S_ISDIR(e->inode->mode) ? child_find(e->inode, "pid") :
		    NULL;
		n += pid && pid->size && atoi(pid->data) == p->pid;
	}
	if (n > 1)
		wrong("%d has %d places", p->pid, n);
}

void
oracle_intact(const struct instance *in, const struct proc *p)
{
	enum { LONG = 1200 };
	long long since = in->began > world.damaged ? in->began : world.damaged;
	const struct inode *pid = NULL;
	const struct proc *owner;

	if (world.many > 1 && !world.harmed && !world.stalled)
		place_one(p);
	/* Only timing tells a daemon from a helper; and a process that lacks
	 * memory may take a successor for one that cannot be seen. */
	if ((in->forked && world.stopped) || ((in->forked || in->launch->tree) &&
	    world.harmed & 1U << FAIL))
		return;
	if (sim_clock - since < LONG * MS || !keeper_or(NULL) || world.stalled ||
	    world.keyed || world.forgets || world.unkept || world.bare ||
	    world.many > 1 || !root_at(0))
		return;
	EACH_IN_ROOTS(e) {
		if (S_ISDIR(e->inode->mode) &&
		    !(launches_of(EXACT) && strncmp(e->name, "editor", 6) &&
		    strncmp(e->name, "static", 6)) &&
		    child_find(e->inode, "sock"))
			pid = child_find(e->inode, "pid");
	}
	if (!pid)
		wrong("%d has lost its files for long", p->pid);
	/* A handler may run beside an instance that is stopped, or was one. */
	owner = proc_find_pid(atoi(pid->data));
	if (atoi(pid->data) != p->pid &&
	    !(world.again && (in->launch->handler || (owner && owner->memory))))
		wrong("the pidfile of %d has %d", p->pid, atoi(pid->data));
}

void
oracle_left(void)
{
	roots_left();
	exact_left();
	EACH_IN_ROOTS(e) {
		/* ended.c keeps how the last instances ended; seal.c leaves a
		 * list that it was killed over.  With -j a launch that wants a
		 * second place clears it. */
		if (*e->name != '.' && world.many == 1 && !(world.harmed &&
		    !strncmp(e->name, "new.seal.", 9)))
			wrong("%s stays, of a slot that is dead", e->name);
		/* A launch that cannot get its descriptors tries often. */
		if (!strcmp(e->name, ".ended.1") &&
		    *e->inode->data != '-' && !(world.harmed & 1U << FAIL))
			wrong("what the full .ended had is lost");
	}
}
