/*
 * apart.c: options with which a program is another instance: another profile.
 *
 * A browser hands over to the one that has its profile, and to no other.  Which
 * options say that, a row's field Apart lists, and their values are the key.
 * Rows are read only where there are options at all.
 */
#include <string.h>

#include "cli/launch/apart.h"
#include "cli/launch/handover.h"
#include "cli/launch/state.h"

/* Whether there is anything to look at. */
static bool
has_options(char *const *args)
{
	for (; *args && strcmp(*args, "--") != 0; args++) {
		if (**args == '-')
			return true;
	}
	return false;
}

/* What of a word the list has as "-option" or, where the value is a path, as
 * "-option/"; --option is -option.  The kind of step, and where its value
 * begins in the word, "" or "=..."; NULL: nothing. */
static const char *
value_find(const char *list, const char *word, enum key_kind *kind)
{
	const char *name = word[0] == '-' && word[1] == '-' ? word + 1 : word;
	size_t n, len = strcspn(name, "=");

	for (; *name == '-' && *list; list += n) {
		list += strspn(list, " \t");
		n = strcspn(list, " \t");
		*kind = n && list[n - 1] == '/' ? KEY_FOLDER : KEY_VALUE;
		if (n - (*kind == KEY_FOLDER) == len &&
		    !memcmp(list, name, len))
			return name + len;
	}
	return NULL;
}

void
apart_steps(struct launch *l)
{
	const char *word = l->o->terms.on_activate, *value;
	struct keying *k = &l->key;
	char **arg = l->command.args;
	enum key_kind kind;

	if (!word || strcmp(word, "auto") != 0 || k->nsteps ||
	    !has_options(arg))
		return;
	handover_seek(l);
	for (; *arg && l->handover.row.apart && strcmp(*arg, "--") != 0;
	    arg++) {
		value = value_find(l->handover.row.apart, *arg, &kind);
		if (!value)
			continue;
		value = *value ? value + 1 : arg[1] ? *++arg : "";
		if (*value && k->nsteps < KEY_STEPS)
			k->steps[k->nsteps++] = (struct key_step){ kind,
				value };
	}
}
