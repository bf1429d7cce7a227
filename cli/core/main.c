/*
 * main.c: one static binary, two names: onlyone and onlyonectl.
 *
 * Only here does a failure become a message and an exit code.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/ctl/ctl_run.h"
#include "cli/core/ctl/verbs.h"
#include "cli/core/keeper/keeper.h"
#include "cli/core/launch/children.h"
#include "cli/core/launch/enforcement.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/run.h"
#include "cli/core/rule/link.h"
#include "preload/contract.h"

/*
 * A hint for a command that is not found: what the user may have meant.
 *
 * Only then: an existing program is run, whatever its name is.
 */

/* Whether the first len bytes are a shell variable's name. */
static bool
is_name(const char *s, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return len && strspn(s, letters) >= len && !strchr("0123456789", *s);
}

static bool
is_builtin(const char *s)
{
	static const char *const names[] = { ".", "alias", "bg", "builtin",
		"cd", "command", "declare", "eval", "exec", "exit", "export",
		"fg", "for", "function", "if", "jobs", "local", "read",
		"return", "set", "shift", "shopt", "source", "time", "trap",
		"type", "typeset", "ulimit", "umask", "unalias", "unset",
		"until", "while" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i], s))
			return true;
	}
	return false;
}

/* The option that takes its value only after "=", if word is that option or an
 * abbreviation of it; else NULL. */
static const char *
option_before(const char *word)
{
	size_t n = strlen(word);

	for (int i = 0; n > 2 && i < option_table.count; i++) {
		const struct option_row *row = &option_table.rows[i];

		if (row->name && row->arg && *row->arg == '[' &&
		    !strncmp(word, "--", 2) &&
		    !strncmp(word + 2, row->name, n - 2))
			return row->name;
	}
	return NULL;
}

/* Append the hint to the fault's line; before: the word before the command. */
static void
meant_say(const char *before, char *const command[], struct fault *f)
{
	const char *word = command[0], *option = option_before(before);
	char quoted[256];
	struct text t;
	long long ms;

	t = text_in(quoted, sizeof(quoted));
	text_shell(&t, word);
	if (option && number_time(word, &ms) == 0)
		fault_more(f, "; the value of --", option, " comes after"
		    " '=': --", option, "=", word, NULL);
	else if (strchr(word, '=') && is_name(word, strcspn(word, "=")))
		fault_more(f, "; for a variable use env: onlyone env ", quoted,
		    command[1] ? " ..." : " COMMAND", NULL);
	else if (strpbrk(word, " \t\n|&;<>()$`"))
		fault_more(f, "; for a shell line use -c: onlyone -c ",
		    t.cut ? "..." : quoted, NULL);
	else if (verb_find(word))
		fault_more(f, "; it is a verb of onlyonectl: onlyonectl ",
		    word, NULL);
	else if (is_builtin(word))
		fault_more(f, "; it is a word of the shell: use -c, as in"
		    " onlyone -c '", word, " ...'", NULL);
	else if (!*word)
		fault_more(f, "; the name is empty: is a variable not set?",
		    NULL);
	else if (!strchr(word, '/'))
		fault_more(f, " in PATH", TEXT_HINT, "use what 'type ", word,
		    "' shows, if it is an alias or a function of the shell",
		    NULL);
}

static int
about_show(const struct options *o, unsigned int closed, struct fault *f)
{
	io_oversize();
	if (o->help)
		options_help(o->help);
	else
		puts("onlyone " ONLYONE_VERSION);
	if (o->help && *o->command && verb_find(*o->command))
		printf("\n%s is a verb of onlyonectl: see onlyonectl help %s\n",
		    *o->command, *o->command);
	if (fflush(stdout) == 0 && !(closed & 2))
		return 0;
	return fault_errno(f, EXIT_SYSTEM, closed & 2 ? EBADF : errno,
	    "cannot write to standard output", NULL);
}

static int
onlyone_run(int argc, char *argv[], unsigned int closed, struct fault *f)
{
	/* In .bss: untouched pages cost nothing. */
	static struct launch l;
	struct options o;
	int status;

	if (options_parse(&o, argc, argv, f) < 0)
		return -1;
	say_level((enum say_level)o.loudness);
	if (o.help || o.version)
		return about_show(&o, closed, f);
	l.o = &o;
	l.born.closed = closed;
	status = run_launch(&l, f);
	if (status < 0 && f->code == EXIT_NOTFOUND && *o.command)
		meant_say(o.command[-1], o.command, f);
	return status;
}

/*
 * Called through a link with a program's name: launch that program by its rule.
 * *plain: there is no such link.
 */
static int
link_run(const char *name, char *argv[], unsigned int closed, bool *plain,
    struct fault *f)
{
	static struct launch l;
	static char program[PATH_MAX];

	*plain = !link_called(name);
	if (*plain)
		return 0;
	if (!link_program(name, program))
		return fault_set(f, EXIT_NOTFOUND, name, ": not found in PATH,"
		    " except for the link to onlyone", NULL);
	l.born.closed = closed;
	return enforcement_run(&l, program, argv, f);
}

/* Called by the shim: onlyone ENFORCED FILE ARGV... */
static int
enforced_run(char *argv[], unsigned int closed, struct fault *f)
{
	static struct launch l;

	l.born.closed = closed;
	return enforcement_run(&l, argv[2],
	    enforcement_args(argv[2], argv + 3), f);
}

int
main(int argc, char *argv[])
{
	const char *base = argc ? strrchr(argv[0], '/') : NULL;
	unsigned int closed;
	struct fault f = { 0 };
	bool plain = true;
	int status = 0;

	keeper_argv(argc, argv);
	closed = born_closed();
	base = base ? base + 1 : argc ? argv[0] : "onlyone";
	if (!strcmp(base, "onlyonectl")) {
		say_name("onlyonectl");
		status = ctl_run(argc, argv, &f);
	} else if (argc > 3 && !strcmp(argv[1], ENFORCED)) {
		status = enforced_run(argv, closed, &f);
	} else {
		if (argc && strcmp(base, "onlyone") != 0)
			status = link_run(base, argv, closed, &plain, &f);
		if (plain)
			status = onlyone_run(argc, argv, closed, &f);
	}
	if (status >= 0)
		return status;
	if (*f.line)
		say_fault(&f);
	return f.code;
}
