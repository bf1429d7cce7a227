/*
 * aside.c: options with which a graphical program never opens a session.
 *
 * How sure we can be depends on the program.  Alone, --version and --help print
 * and exit in any program.  But "deploy --version 2", "backup --to=x" and "job
 * -v" are jobs: with other words beside them, or as letters, options count only
 * if the program is known to have windows.  Options that convert documents
 * count only for a program that opens documents.
 *
 * A word may start another command, which the program runs (foot job --help):
 * options after such a word tell nothing.
 */
#include <string.h>

#include "cli/base/text.h"
#include "cli/core/handover/aside.h"

/* Names of options, with one dash or two; x*: those that begin so. */
static const char prints[] = "version help*";
static const char converts[] = "to convert* export* print* headless batch";
/* A command follows, to run in a terminal's window. */
static const char runs[] = "e x execute command";

/* Whether an option is listed, with or without =VALUE.  As option_fits, but
 * without starting libc. */
static bool
is_one(const char *list, const char *word)
{
	const char *one;
	size_t n, len;

	word += word[1] == '-' ? 2 : 1;
	len = strcspn(word, "=");
	while ((one = text_word(&list, &n))) {
		if (one[n - 1] == '*' ? len >= n - 1 &&
		    !memcmp(one, word, n - 1) :
		    len == n && !memcmp(one, word, n))
			return true;
	}
	return false;
}

/* For one argument on its own. */
static enum aside
aside_alone(const char *arg)
{
	if (!strcmp(arg, "--version") || !strcmp(arg, "--help"))
		return ASIDE_ANY;
	return *arg == '-' && arg[1] && strchr("hvV", arg[1]) && !arg[2] ?
	    ASIDE_WINDOW : ASIDE_NONE;
}

/* File names mostly contain one of these, URIs always, commands rarely. */
static bool
is_document(const char *word)
{
	return strpbrk(word, "./:") != NULL;
}

enum aside
aside_of(const struct valued *v, char *const args[])
{
	struct operands o = { .valued = v };
	enum aside is = *args && !args[1] ? aside_alone(*args) : ASIDE_NONE;

	for (; *args && !is; args++) {
		switch (operand_next(&o, *args)) {
		case OPERAND_OPTION:
			if (is_one(runs, *args))
				return ASIDE_NONE;
			is = is_one(prints, *args) ? ASIDE_WINDOW :
			    is_one(converts, *args) ? ASIDE_DOCUMENTS :
			    ASIDE_NONE;
			break;
		case OPERAND:
			if (!is_document(*args))
				return ASIDE_NONE;
			break;
		case OPERAND_END:
			return ASIDE_NONE;
		case OPERAND_VALUE:
			break;
		}
	}
	return is;
}
