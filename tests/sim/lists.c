/*
 * lists.c: look for a word in a command line, or a variable in an environment.
 */
#include "tests/sim/world.h"

const char *
env_value(char *const *env, const char *name)
{
	size_t n = strlen(name);

	for (; *env; env++) {
		if (!strncmp(*env, name, n) && (*env)[n] == '=')
			return *env + n + 1;
	}
	return NULL;
}

const char *
word_begins(char *const *words, const char *begin)
{
	while (*words && strncmp(*words, begin, strlen(begin)))
		words++;
	return *words;
}

char *const *
word_find(char *const *words, const char *word)
{
	while (*words && strcmp(*words, word))
		words++;
	return *words ? words : NULL;
}
