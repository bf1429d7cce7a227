/*
 * oracle_exec.c: what a launch gives to the program that it becomes: the command
 * line as it was typed, the environment with our variables, the streams, and all
 * else as the launch got it.
 */
#include <ctype.h>

#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"

#define SHIM "LD_PRELOAD=/usr/bin/./libonlyone.so"

/* The program's words are the last ones of the launch's. */
static void
words_check_given(const struct launch *l, char *const *argv)
{
	size_t n = 0, all = 0;

	while (argv[n])
		n++;
	while (l->words[all])
		all++;
	if (n > all || (strcmp(*argv, "editor") && strcmp(*argv, "static")))
		wrong("executes %s", *argv);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(argv[i], l->words[all - n + i]) != 0)
			wrong("executes %s with %s", *argv, argv[i]);
	}
	if (strcmp(l->words[all - n], *argv) || !word_begins(argv, l->document))
		wrong("executes %s without %s", *argv, l->document);
}

/* The entry of this name, and NAME=VALUE if a value is known; count it. */
static void
entry_check(char *const *env, const char *name, const char *value, size_t *n)
{
	size_t len = strlen(name);
	int found = 0;

	for (; *env; env++) {
		if (strncmp(*env, name, len) || (*env)[len] != '=')
			continue;
		found++;
		if (value && strcmp(*env + len + 1, value) != 0)
			wrong("executes its program with %s, for %s", *env, value);
	}
	if (found != 1)
		wrong("executes its program with %d times %s", found, name);
	++*n;
}

static void
env_check(const struct launch *l, const struct inode *file, char *const *env)
{
	bool fixed = !strcmp(file->entry->name, "static");
	bool shim = !fixed && (world.shares ||
	    !word_begins(l->words, "--lifetime=main"));
	char *const *a = word_find(l->words, "-a");
	const char *app = a ? a[1] : NULL;
	size_t n = 0, all = 0;
	char key[256];

	while (env[all])
		all++;
	for (char **e = l->env; *e; e++) {
		if (env[n] && !strcmp(env[n], *e))
			n++;
		else
			wrong("executes its program without %.20s", *e);
	}
	entry_check(env, ENV_SLOT, NULL, &n);
	roots_slot(strchrnul(env[n - 1], '/'));
	entry_check(env, ENV_RUN, NULL, &n);
	entry_check(env, ENV_APP, app ? app : fixed ? "/bin/static" :
	    "/bin/editor", &n);
	keys_text(l, key, sizeof(key));
	if (*key)
		entry_check(env, ENV_KEY, key, &n);
	if (shim)
		entry_check(env, "LD_PRELOAD", strchr(SHIM, '=') + 1, &n);
	/* A launch in line that stays as the parent gets the file itself; or its
	 * keeper cannot send it. */
	if (shim && world.shares && !((l->stays || world.scarce ||
	    world.harmed & 1U << FAIL) && !word_begins(env, ENV_LOCK)))
		entry_check(env, ENV_LOCK, NULL, &n);
	if (n != all)
		wrong("executes its program with %zu variables, and not %zu",
		    all, n);
}

static void
streams_check(const struct launch *l)
{
	bool out = word_begins(l->words, "--output=");
	const struct file *f;

	for (int fd = 0; fd <= 2; fd++) {
		f = now->fds->file[fd];
		if (!f || now->fds->cloexec[fd])
			wrong("executes its program without stream %d", fd);
		if (fd && out ? !f->inode || !f->inode->entry ||
		    strcmp(f->inode->entry->name, "output") ||
		    !(f->flags & O_APPEND) || f->flags & O_NONBLOCK :
		    f->kind != &null_kind)
			wrong("executes its program with another stream %d", fd);
	}
}

/* All else that it has from the launch, which has it from the world. */
static void
rest_check(const struct launch *l)
{
	bool apart = l->asks.background;

	for (int sig = 1; sig < SIGNALS; sig++) {
		bool ignores = now->actions[sig].handler == SIG_IGN;

		if (ignores != (sig == l->ignored))
			wrong("executes its program, which %s %d", ignores ?
			    "ignores" : "does not ignore", sig);
	}
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		if (now->limits[i].rlim_cur != procs->limits[i].rlim_cur)
			wrong("executes its program with another limit %d", i);
	}
	if (now->blocked)
		wrong("executes its program with signals blocked");
	if (now->pdeath || now->alarm != NEVER || now->umask != procs->umask ||
	    now->cwd != l->cwd)
		wrong("executes its program, which gets something else");
	if ((now->pgid != l->self->pid) == !apart || now->sid != l->self->sid)
		wrong("executes its program in another group");
}

/* A rule fails open: its program runs without onlyone, but only if something has
 * failed. */
static bool
is_plain(char *const *env)
{
	if (env_value(env, ENV_SLOT))
		return false;
	if (!(world.harmed & 1U << FAIL))
		wrong("executes its program, which has a rule, as it is");
	return true;
}

void
oracle_given(const struct launch *l, const struct inode *file,
    char *const *argv, char *const *env)
{
	if (l->policy == EXACT)
		exact_starts(file, argv, env);
	oracle_done(l, file, 0);
	if (argv[1] && !strcmp(argv[1], "part")) /* of an instance (guests.c) */
		return;
	if (l->asks.enforced && !l->asks.inside && is_plain(env)) {
		world.launch[l->number - 1].policy = BARE;
		return;
	}
	if (l->policy >= HOLD || l->asks.inside || file->number != PROGRAM_FILE)
		return;
	words_check_given(l, argv);
	env_check(l, file, env);
	streams_check(l);
	rest_check(l);
	oracle_info(l, env);
}
