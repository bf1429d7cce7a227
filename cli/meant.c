/*
 * meant.c: what may have been meant by a command that is not found.
 *
 * Only then: a program counts, whatever its name is.
 */
#include <string.h>

#include "cli/ctl/verbs.h"
#include "cli/early/gate.h"
#include "cli/launch/option_rows.h"
#include "cli/meant.h"
#include "cli/number.h"
#include "cli/text.h"

/* Whether the first len bytes are a name of the shell. */
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

/* The option whose value may stand behind "=" only, by the word or the start
 * of it; NULL: it is none. */
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

void
meant_say(const char *before, char *const command[], struct fault *f)
{
	const char *word = command[0], *option = option_before(before);
	char quoted[256];
	struct text t;
	int ms;

	early_gate();
	text_init(&t, quoted, sizeof(quoted));
	text_shell(&t, word);
	if (option && number_seconds(word, &ms) == 0)
		fault_more(f, "; the value of --", option, " stands behind"
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
	else if (!strchr(word, '/'))
		fault_more(f, "; an alias or a function of the shell is no"
		    " program: give what it stands for, or use -c", NULL);
}
