/*
 * surroundings.c: what a launch has around it, and what its handler gets of that.
 *
 * A handler has the folder of its launch; the environment of the launch whose turn it
 * was last, or which started the keeper; and all else from the latter.
 */
#include <stdlib.h>

#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"

#define NUMBER "LAUNCH="

char *
surroundings_number(int number)
{
	char text[24];

	snprintf(text, sizeof(text), NUMBER "%d", number);
	return kstrdup(text);
}

void
surroundings_draw(struct launch *l)
{
	static const char *const folders[] = { "/", "/home/u", "/tmp" };
	static const int signals[] = { 0, 0, SIGUSR2, SIGTTOU };
	struct inode *folder;

	now = procs;
	if (path_find(AT_FDCWD, folders[sim_random(3)], true, &folder) == 0)
		l->p->cwd = folder;
	now = NULL;
	l->cwd = l->p->cwd;
	l->ignored = signals[sim_random(4)];
	l->p->actions[l->ignored].handler = l->ignored ? SIG_IGN : SIG_DFL;
}

/* The launch whose environment the running process has. */
static const struct launch *
launch_from_env(void)
{
	const char *number = env_value(now->env, "LAUNCH");

	if (!number)
		wrong("begins without a variable of its launch");
	return &world.launch[atoi(number) - 1];
}

/* What is the same for all. */
static void
begins_well(void)
{
	const struct launch *started = launch_from(now);
	const struct rlimit *files = &now->limits[RLIMIT_NOFILE];
	static const char *const same[] = { "HOME", "PATH", ENV_DIR };

	for (int sig = 1; sig < SIGNALS; sig++) {
		bool ignored = now->actions[sig].handler == SIG_IGN;

		if (ignored != (sig == started->ignored))
			wrong("begins with SIG%s %s", sigabbrev_np(sig),
			    ignored ? "ignored" : "not ignored");
	}
	if (now->blocked)
		wrong("begins with signals blocked");
	if (files->rlim_cur != procs->limits[RLIMIT_NOFILE].rlim_cur ||
	    files->rlim_max != procs->limits[RLIMIT_NOFILE].rlim_max)
		wrong("begins with another limit of descriptors");
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++) {
		const char *is = env_value(now->env, same[i]);
		const char *was = env_value(started->env, same[i]);

		if (!is != !was || (is && strcmp(is, was) != 0))
			wrong("begins with another %s", same[i]);
	}
}

/* Whether the keeper has the environment of this launch: it started the keeper, or is
 * the instance `of`, and had its turn since. */
static bool
may_have(const struct launch *l, pid_t of)
{
	const struct launch *started = launch_from(now);
	const struct proc *p = procs + nprocs;

	while (--p > procs && (p->pid != of || p->start > now->start))
		; /* its number may have come again */
	for (int i = world.instances; i--;) {
		const struct instance *in = &world.instance[i];

		if (in->launch->self == first_of(p))
			/* Its first keeper may have ended before it began, or
			 * it was adopted. */
			return (l == started && (world.unkept || !calm() ||
			    launches_of(BARE))) || l == (now->maker->start <=
			    in->started ? in->launch : started);
	}
	/* It has not begun. */
	return l == started || l->ran == 0;
}

/* Which is handed over; both may be long. */
static const char *
locale_of(char *const *env)
{
	const char *locale = env_value(env, "LC_ALL");

	return locale ? locale : "";
}

/* How many of the arguments are no options. */
static int
operands(char *const *words)
{
	int n = 0;

	for (; *words && strcmp(*words, "--") != 0; words++)
		n += !**words || !strchr("-+", **words);
	while (*words && *++words)
		n++;
	return n;
}

/* Whether this stands in a handler's text, on a display: what windows there were, its
 * keeper may not know yet. */
static bool
seen_with(char *const *words, const char *what)
{
	return world.display && words[1] && words[2] && strstr(words[2], what);
}

/* sh -c TEXT onlyone ARGUMENT..., as the launch has them: behind its program, or --. */
static void
words_are(char *const *words, const struct launch *l)
{
	char **own = l->words + l->command + 1, text[256];
	const char *const first[] = { "sh", "-c", text, "onlyone" };

	known(l->command);
	snprintf(text, sizeof(text), "ONLYONE_DISPLAY=%s\nONLYONE_XAUTHORITY=''\n"
	    "ONLYONE_DOCUMENTS=%d\nONLYONE_OPEN=\nONLYONE_WAIT=\nONLYONE_LATE=\n"
	    "ONLYONE_AGAIN=%s\nONLYONE_UNSEEN=%s\nONLYONE_IDLE=\ntake",
	    world.display ? ":0" : "''", operands(own),
	    seen_with(words, "AGAIN=1\n") ? "1" : "",
	    seen_with(words, "UNSEEN=\n") ? "" : "1");
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++, words++) {
		if (!*words || strcmp(*words, first[i]) != 0)
			wrong("a handler has the word %s (and not %s)", *words, first[i]);
	}
	for (; *own || *words; own++, words++) {
		if (!*own || !*words || strcmp(*own, *words) != 0)
			wrong("a handler of %s has other words", l->document);
	}
}

void
surroundings_handler(char *const *words)
{
	const char *of = env_value(now->env, ENV_PID), *slot = env_value(now->env, ENV_SLOT);
	const struct launch *l;

	if (!of_keeper(now) || launch_from(now)->policy == EXACT)
		return;
	l = launch_from_env();
	begins_well();
	if (!of || !slot || !env_value(now->env, ENV_APP))
		wrong("a handler does not know its instance");
	if (!may_have(l, atoi(of)) && !world.again)
		wrong("a handler has the environment of launch %d", l->number);
	if (now->pgid != now->pid)
		wrong("a handler has the group of %d", now->pgid);
	for (l = world.launch; l->number && l->handled != now; l++)
		;
	if (now->cwd != l->cwd)
		wrong("a handler is in another folder than its launch");
	if (strcmp(locale_of(now->env), locale_of(l->env)) != 0 &&
	    !(world.harmed & 1U << FAIL) /* it has no memory for that */)
		wrong("a handler has another locale than its launch");
	words_are(words, l);
}
