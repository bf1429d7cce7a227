/*
 * main.c: one static binary, two names: onlyone and onlyonectl.
 *
 * The one place where a failure becomes a line and an exit code.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ctl/run.h"
#include "cli/ctl/verbs.h"
#include "cli/early/gate.h"
#include "cli/keeper/keeper.h"
#include "cli/launch/born.h"
#include "cli/launch/enforced.h"
#include "cli/launch/options_parse.h"
#include "cli/launch/run.h"
#include "cli/meant.h"
#include "cli/rule/link.h"
#include "cli/say.h"
#include "preload/contract.h"

static BEHIND_GATE int
about_show(const struct options *o, struct fault *f)
{
	early_gate();
	if (o->help)
		options_help(o->help);
	else
		puts("onlyone " ONLYONE_VERSION);
	if (o->help && *o->command && verb_find(*o->command))
		printf("\n%s is a verb of onlyonectl: see onlyonectl help %s\n",
		    *o->command, *o->command);
	if (fflush(stdout) == 0)
		return 0;
	return fault_set(f, EXIT_SYSTEM, "cannot write", NULL);
}

static int
onlyone(int argc, char *argv[], unsigned int closed, struct fault *f)
{
	/* Zero; only what is used is touched. */
	static struct launch before, after; /* libc's start */
	struct launch *l = early_on ? &before : &after;
	struct options o;
	int status;

	if (options_parse(&o, argc, argv, f) < 0)
		return -1;
	say_level((enum say_level)o.loudness);
	if (o.help || o.version)
		return about_show(&o, f);
	l->o = &o;
	l->born.closed = closed;
	status = run_launch(l, f);
	if (status < 0 && f->code == EXIT_NOTFOUND && *o.command)
		meant_say(o.command[-1], o.command, f);
	return status;
}

/*
 * Called by a link that has the name of a program: launch that one by its rule.
 * *plain: it is no such link.
 */
static BEHIND_GATE int
linked(const char *name, char *argv[], unsigned int closed, bool *plain,
    struct fault *f)
{
	static struct launch l;
	static char program[PATH_MAX];

	early_gate();
	*plain = !link_called(name);
	if (*plain)
		return 0;
	if (!link_program(name, program))
		return fault_set(f, EXIT_NOTFOUND, name, ": not found in PATH,"
		    " except for the link to onlyone", NULL);
	l.born.closed = closed;
	return enforced_run(&l, program, argv, f);
}

/* By the shim: onlyone ENFORCED FILE ARGV... */
static BEHIND_GATE int
enforced(char *argv[], unsigned int closed, struct fault *f)
{
	static struct launch l;

	early_gate();
	l.born.closed = closed;
	return enforced_run(&l, argv[2], enforced_args(argv[2], argv + 3), f);
}

int
main(int argc, char *argv[])
{
	const char *base = argc ? strrchr(argv[0], '/') : NULL;
	unsigned int closed;
	struct fault f = { 0 };
	bool plain = true;
	int status = 0;

	if (!early_on)
		keeper_argv(argc, argv);
	if (keeper_begun())
		return 0;
	closed = born_closed();
	base = base ? base + 1 : argc ? argv[0] : "onlyone";
	if (!strcmp(base, "onlyonectl")) {
		say_name("onlyonectl");
		status = ctl_run(argc, argv, &f);
	} else if (argc > 3 && !strcmp(argv[1], ENFORCED)) {
		status = enforced(argv, closed, &f);
	} else {
		if (argc && strcmp(base, "onlyone") != 0)
			status = linked(base, argv, closed, &plain, &f);
		if (plain)
			status = onlyone(argc, argv, closed, &f);
	}
	if (status >= 0)
		return status;
	early_gate();
	if (*f.line)
		say_fault(&f);
	return f.code;
}
