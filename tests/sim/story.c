/*
 * story.c: what happens in a run, line by line, in words.
 *
 * A process is named by its origin: a chain of parents leads to a launch of the
 * world.  What it does is in phrases.c.  A call that sleeps has two lines: one
 * where it starts to, and one where it returns.
 */
#include <sched.h>

#include "tests/sim/family.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

enum { WORDS = 128, LINE = 512 };

bool telling, telling_all, hashing;
unsigned long story_hash;

/* The call in which a process is. */
struct told {
	const char *call; /* NULL: the child that fork has just made */
	long arg[6];
	char text[LINE];
	bool said;        /* its line says something to a reader */
	bool slept;
	long long began;
};
static struct told told[PROCS];

/* The how many-th launch of the world's this is. */
static int
launch_number(const struct proc *p)
{
	int n = 0;

	for (const struct proc *q = procs + 1; q <= p; q++)
		n += !q->maker && q->exe->number != OTHER_FILE;
	return n;
}

/* What a process of onlyone is, that another one made; of which the name is the
 * one that it had then. */
static const char *
role(const struct proc *p)
{
	return family_name[family_role(p)];
}

static void
maker_name(const struct proc *p, char name[WORDS / 2])
{
	const struct proc *m = p->maker;

	/* It lends its name to the keeper that its helper forks. */
	if (m->made_how & CLONE_VM)
		m = m->maker;
	if (!m->maker)
		snprintf(name, WORDS / 2, "launch %d", launch_number(m));
	else
		snprintf(name, WORDS / 2, "%s %d", role(m), m->pid);
}

const char *
story_name(const struct proc *p)
{
	const struct proc *first = p;
	static char all[8][WORDS];
	static int n;
	char *name = all[n++ & 7], maker[WORDS / 2];
	int file = p->exe ? p->exe->number : 0;

	while (first->maker)
		first = first->maker;
	if (first == procs)
		return "init";
	if (file == OTHER_FILE)
		snprintf(name, WORDS, "somebody else's %d", p->pid);
	else if (file == PROGRAM_FILE && p->maker && p->fresh)
		snprintf(name, WORDS, "child %d of program %d", p->pid,
		    launch_number(first));
	else if (file == PROGRAM_FILE)
		snprintf(name, WORDS, "program of launch %d", launch_number(first));
	else if (!p->maker)
		snprintf(name, WORDS, "launch %d", launch_number(p));
	else {
		maker_name(p, maker);
		snprintf(name, WORDS, "%s %d of %s", file == SHELL_FILE ?
		    "handler" : role(p), p->pid, maker);
	}
	return name;
}

/* FNV-1a. */
static void
hash_add(const char *text)
{
	for (; *text; text++)
		story_hash = (story_hash ^ (unsigned char)*text) * 0x100000001b3;
}

static void
line(const char *mark, const char *who, const char *text, const char *more)
{
	char all[4 * LINE];

	snprintf(all, sizeof(all), "%11.3f ms %s %-26s %s%s\n",
	    (double)(sim_clock - 1000 * SECOND) / 1e6, mark, who, text, more);
	if (hashing)
		hash_add(all);
	else
		fputs(all, stdout);
}

void
tell_of(const struct proc *p, const char *fmt, ...)
{
	char text[2 * LINE];
	va_list args;

	if (!telling)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	text[strcspn(text, "\n")] = '\0';
	line(">", p ? story_name(p) : "the world", text, "");
}

void
story_call(const char *call, const long *arg)
{
	struct told *t = &told[now - procs];

	t->call = call;
	memcpy(t->arg, arg, sizeof(t->arg));
	t->slept = false;
	t->began = sim_clock;
	t->said = phrase_make(call, arg, t->text, sizeof(t->text)) || telling_all;
}

void
story_sleeps(void)
{
	struct told *t = &told[now - procs];

	if (!t->call || t->slept)
		return;
	t->slept = true;
	if (t->said)
		line(" ", story_name(now), t->text, " ...");
}

void
story_result(long r)
{
	struct told *t = &told[now - procs];
	char more[LINE] = "", *end;
	bool wait;

	if (!t->call) /* a child, of fork */
		return;
	if (t->said) {
		phrase_result(t->call, t->arg, r, more, sizeof(more));
		end = more + strlen(more);
		if (t->slept)
			snprintf(end, (size_t)(more + LINE - end),
			    " (after %.3f ms)",
			    (double)(sim_clock - t->began) / 1e6);
		wait = t->slept && (!strncmp(t->text, "waits", 5) ||
		    !strncmp(t->text, "sleeps", 6));
		line(" ", story_name(now), wait ? "goes on" : t->text, more);
	}
	t->call = NULL;
}

void
story_gone(void)
{
	told[now - procs].call = NULL;
}

void
give_up(int status, const char *fmt, ...)
{
	char text[LINE], all[2 * LINE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (telling)
		line(">", now ? story_name(now) : "the world", "WRONG: ", text);
	snprintf(all, sizeof(all), "%s%s (%s, at %.3f ms)", status == 2 ?
	    "the simulated kernel does not know: " : "", text,
	    now ? story_name(now) : "nobody runs",
	    (double)(sim_clock - 1000 * SECOND) / 1e6);
	run_failed(status, all);
}
