/*
 * oracle.c: what must hold, looked at where the protocol takes its decisions.
 */
#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

static struct launch *
launch_of(const char *document)
{
	for (int i = 0; i < world.launches; i++) {
		if (!strcmp(world.launch[i].document, document))
			return &world.launch[i];
	}
	wrong("nobody launched anything with %s", document);
}

/* The n-th of those that live. */
static struct instance *
living(const char *key, int n)
{
	for (int i = 0; i < world.instances; i++) {
		if (world.instance[i].p && world.instance[i].key == key &&
		    --n == 0)
			return &world.instance[i];
	}
	return NULL;
}

/* Whether somebody may be the instance: a process of the program, also one that it
 * left behind (copies.c), or another launch, which is about to become one. */
static bool
somebody(const struct launch *but)
{
	for (struct proc *p = procs + 1; p < procs + nprocs; p++) {
		if (p->memory && p->exe->number == PROGRAM_FILE)
			return true;
	}
	for (int i = 0; i < world.launches; i++) {
		const struct launch *l = &world.launch[i];

		if (l != but && l->p && l->begun && l->policy < ACTIVATE)
			return true;
	}
	return false;
}

/* The launches that wait in line, as bits. */
static unsigned
in_line(void)
{
	enum { SURE = 100 };
	unsigned line = 0;

	for (int i = 0; i < world.launches; i++) {
		const struct launch *l = &world.launch[i];

		if ((l->policy == WAIT || l->policy == QUEUE ||
		    l->policy == HAND_OVER) && l->p &&
		    !l->ran && !l->delivered && l->p->state == BLOCKED &&
		    l->begun &&
		    !strcmp(l->p->call, "poll") &&
		    sim_clock - l->p->slept > SURE * MS)
			line |= 1U << i;
	}
	return line;
}

void
oracle_step(void)
{
	for (int i = 0; i < world.launches; i++) {
		struct launch *l = &world.launch[i];

		if (l->p == now && !l->begun) {
			l->begun = true;
			if (l->policy <= QUEUE)
				l->after = in_line();
			l->saw = living(l->key, world.many);
			l->met = somebody(l);
			for (int k = 0; k < world.launches; k++)
				world.launch[k].met |= k != i &&
				    l->policy < ACTIVATE;
		}
	}
}

void
oracle_execs(const struct inode *file)
{
	/* Its keeper has it, if it was not killed. */
	if (file->number == PROGRAM_FILE && now->exe->number == ONLYONE_FILE &&
	    !(world.harmed & (1U << KILL | 1U << FAIL)) &&
	    names_bound("onlyone/") == 0)
		wrong("goes on without the name lock");
}

/* It runs, or is delivered: nobody who waited before it waits on. */
static void
in_turn(const struct launch *l)
{
	for (int k = 0; !world.harmed && k < world.launches; k++) {
		const struct launch *before = &world.launch[k];

		if (l->after & 1U << k && before->p && !before->ran &&
		    !before->delivered && before->key == l->key &&
		    (before->policy == HAND_OVER) == (l->policy == HAND_OVER))
			wrong("launch %d waited before launch %d", k + 1,
			    l->number);
	}
}

void
world_began(const char *document)
{
	struct launch *l = launch_of(document);
	struct instance *i = living(l->key, world.many);

	tell("RUNS with %s", document);
	if (i)
		wrong("two at once: %d with %s, and %d with %s", i->p->pid,
		    i->document, now->pid, document);
	if (world.instances == INSTANCES)
		wrong("more instances than launches");
	i = &world.instance[world.instances++];
	i->p = i->first = now;
	i->key = l->key;
	strcpy(i->document, document);
	for (int k = 0; k < world.launches; k++)
		world.launch[k].met |= world.launch[k].begun;
	if (l->p == now)
		l->became = true;
	if (l->ran++ || l->delivered)
		wrong("%s ran twice", document);
	if (l->policy == WAIT || l->policy == QUEUE)
		in_turn(l);
}

void
world_forked(struct proc *daemon)
{
	for (int i = 0; i < world.instances; i++) {
		if (world.instance[i].p == now &&
		    !launch_of(world.instance[i].document)->leaves) {
			world.instance[i].daemon = daemon;
			world.instance[i].forked = sim_clock;
		}
	}
}

void
world_left(struct proc *helper)
{
	for (int i = 0; i < world.instances; i++) {
		if (world.instance[i].p == now &&
		    launch_of(world.instance[i].document)->tree)
			world.instance[i].daemon = helper;
	}
}

void
world_delivered(const char *document, long ms)
{
	struct launch *l = launch_of(document);

	world.handled += ms * MS;
	tell("a handler has %s", document);
	if (l->delivered++ || l->ran)
		wrong("%s was delivered twice", document);
	if (l->policy == HAND_OVER && l->saw && l->saw->p)
		in_turn(l);
	/* With -W a child that is about to become the program lives, too. */
	if (!somebody(l) && world.last_end < l->due && !world.extras)
		wrong("%s is for an instance that has ended", document);
}

/* Whether this status is one that the manual names, after what went wrong. */
static bool
may_end(int status)
{
	switch (status) {
	case 0:
		return true;
	case EXIT_NOANSWER:
	case EXIT_BUSY:
	case EXIT_LOST:
		return world.harmed;
	case EXIT_SYSTEM:
	case EXIT_STATE:
		return world.harmed & (1U << FAIL | 1U << SWEEP);
	case EXIT_CANTEXEC:
		return world.harmed & 1U << FAIL;
	}
	return false;
}

/* How many launches have this policy. */
static int
has(enum policy policy)
{
	int n = 0;

	for (int i = 0; i < world.launches; i++)
		n += world.launch[i].policy == policy;
	return n;
}

/* How many end what runs. */
static int
has_stops(void)
{
	return has(STOP) + has(REPLACE) + has(TOGGLE);
}

/* The status that tells this end. */
static int
status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
}

/* Whether an instance has ended so, or may have before it began. */
static bool
has_ended(int status)
{
	return world.ended[status] || (status == EXIT_SYSTEM && world.harmed) ||
	    (status == 128 + SIGTERM &&
	    (world.harmed & 1U << TERM || has_stops()));
}

/* A verb says that there is no instance, or none any more. */
static void
none_said(const struct launch *l, int status)
{
	if (l->saw && l->saw->p && !(world.harmed & 1U << SWEEP) &&
	    (status == EXIT_NONE || (status == 0 &&
	    ((l->policy == STOP && world.many == 1) || l->policy == END))))
		wrong("says that there is none (%d), and %d lives", status,
		    l->saw->p->pid);
}

/* A launch has ended, without having become the program. */
static void
launch_ended(const struct launch *l, int status)
{
	enum { LONG = 30 };
	int had = l->ran + l->delivered;

	if (l->policy <= BUSY && !l->stood && !world.stood && !world.extras &&
	    sim_clock - l->due > LONG * SECOND + world.handled)
		wrong("was held up for %lld s", (sim_clock - l->due) / SECOND);
	if (status == 128 + SIGKILL && world.harmed & 1U << KILL)
		return; /* the handler, or what was to become one, was killed */
	if (l->policy >= ACTIVATE) {
		none_said(l, status);
		if (status != EXIT_NONE && l->policy != END &&
		    !may_end(status) && !had)
			wrong("ends with %d", status);
		if (l->policy != ACTIVATE || (status == EXIT_NONE && !had))
			return;
	}
	if (status == EXIT_BUSY && (l->policy == BUSY ? l->met :
	    l->policy == QUEUE && has(QUEUE) + has(WAIT) + has(REPLACE) > 1))
		return;
	if (l->policy == JOIN && !l->ran && has_ended(status))
		return;
	for (int i = 0; l->ran && !world.harmed && i < world.instances; i++) {
		const struct instance *in = &world.instance[i];

		if (!strcmp(in->document, l->document) &&
		    status_of(in->first_status) != status)
			wrong("ends with %d, the program with %d", status,
			    status_of(in->first_status));
	}
	if (!may_end(status) && !had)
		wrong("ends with %d", status);
	if (status == 0 && !had && ((l->policy != SKIP &&
	    l->policy != TOGGLE) || !(l->met || world.harmed & 1U << KILL)))
		wrong("ends with 0, and nobody has %s", l->document);
	/* With -W it may have to find another keeper then, to wait on. */
	if (status && status != EXIT_LOST && l->delivered &&
	    !(world.extras && world.harmed & 1U << FAIL))
		wrong("ends with %d, and a handler has %s", status,
		    l->document);
}

/* Who runs is ended by those who may. */
static void
unasked(const struct proc *p)
{
	if (WIFSIGNALED(p->status) && WTERMSIG(p->status) != SIGSEGV &&
	    !(world.harmed & (1U << KILL | 1U << TERM)) &&
	    has_stops() == 0)
		wrong("%d is ended by signal %d", p->pid, WTERMSIG(p->status));
}

void
world_ends(struct proc *p)
{
	enum { AT_ONCE = 500 };

	if (p->exe->number == PROGRAM_FILE) {
		world.last_end = sim_clock;
		world.ended[status_of(p->status)] = true;
	}
	/* A launch may tell by its program's signal how that ended; HUP is for
	 * what was to become a handler. */
	if (p->exe->number == ONLYONE_FILE && WIFSIGNALED(p->status) &&
	    !(1U << WTERMSIG(p->status) & (1U << SIGKILL | 1U << SIGTERM |
	    1U << SIGSEGV | 1U << SIGHUP)))
		wrong("dies of signal %d", WTERMSIG(p->status));
	for (int i = 0; i < world.instances; i++) {
		struct instance *in = &world.instance[i];

		if (in->daemon == p)
			in->daemon = NULL;
		if (in->first == p) {
			in->first = NULL;
			in->first_status = p->status;
		}
		if (in->p != p)
			continue;
		in->p = launch_of(in->document)->tree || (p->status == 0 &&
		    sim_clock - in->forked < AT_ONCE * MS) ? in->daemon : NULL;
		unasked(p);
		in->daemon = NULL;
	}
	for (int i = 0; i < world.launches; i++) {
		struct launch *l = &world.launch[i];

		if (l->p != p)
			continue;
		l->status = p->status;
		l->p = NULL;
		world.last_end = sim_clock;
		if (!l->became && WIFEXITED(p->status))
			launch_ended(l, WEXITSTATUS(p->status));
		else if (!l->became && !l->killed && !l->ran &&
		    !(world.extras && world.harmed & 1U << KILL) &&
		    !(WTERMSIG(p->status) == SIGTERM && has_stops()))
			wrong("is killed by signal %d", WTERMSIG(p->status));
	}
}

void
oracle_end(void)
{
	struct inode *dir;

	for (struct proc *p = procs + 1; p < procs + nprocs; p++) {
		if (p->state != FREE)
			wrong("%s stays for ever (in %s)", story_name(p),
			    p->call);
	}
	for (int i = 0; i < world.launches; i++) {
		if (world.launch[i].p)
			wrong("launch %d has not ended", i + 1);
	}
	if (!world.probes)
		return;
	for (int i = 1; i <= world.probes; i++) {
		if (world.launch[world.launches - i].ran != 1)
			wrong("the last launch did not run: something is"
			    " stuck");
	}
	if (path_find(-100, "/run/o", true, &dir))
		wrong("the folder is gone");
	for (struct entry *e = dir->entries; e; e = e->next) {
		/* ended.c keeps how the last instances ended.  With -j a
		 * second place is cleared by who wants it. */
		if (e->inode && *e->name != '.' && world.many == 1)
			wrong("%s stays, of a slot that is dead", e->name);
	}
}
