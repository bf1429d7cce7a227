/*
 * ends.c: the file in which the start of a program ends.
 *
 * Scripts are read, never run; what a line does with variables is not found
 * out.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "cli/interp.h"
#include "cli/io.h"
#include "cli/rule/ends.h"
#include "cli/rule/words.h"

enum { SCRIPT_MOST = 8192, HOPS = 8, WORDS = 64 };

/* The last line that is no comment; NULL: there is none. */
static char *
last_line(char *text)
{
	char *line, *last = NULL;

	while ((line = strsep(&text, "\n"))) {
		line += strspn(line, " \t");
		if (*line && *line != '#')
			last = line;
	}
	return last;
}

/* The program that a script ends in, if its line tells: [exec] PROGRAM ... "$@"
 */
static bool
script_runs(char *text, char *program)
{
	char *line, *word[WORDS + 1];
	struct words w;
	bool all = false;
	size_t i = 0;
	int n;

	line = strncmp(text, "#!", 2) ? NULL : last_line(text);
	if (!line || strpbrk(line, ";|&<>`()"))
		return false;
	words_init(&w, line, strlen(line));
	n = words_next(&w, word, WORDS);
	if (n <= 0)
		return false;
	for (int j = 0; j < n; j++)
		all = all || !strcmp(word[j], "$@");
	while (word[i] && (!strcmp(word[i], "exec") ||
	    (*word[i] != '/' && strchr(word[i], '='))))
		i++;
	if (!all || !word[i] || *word[i] != '/' || strchr(word[i], '$') ||
	    strlen(word[i]) >= PATH_MAX || interp_find(word[i]))
		return false;
	strcpy(program, word[i]);
	return true;
}

bool
ends_in(const char *path, struct stat *st)
{
	char text[SCRIPT_MOST], next[PATH_MAX];

	for (int i = 0; i < HOPS; i++) {
		if (stat(path, st) < 0 || !S_ISREG(st->st_mode))
			return false;
		if (st->st_size >= SCRIPT_MOST ||
		    io_file(AT_FDCWD, path, text, sizeof(text)) < 0 ||
		    !script_runs(text, next))
			return true;
		path = next;
	}
	return false;
}
