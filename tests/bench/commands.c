/*
 * commands.c: the commands that are measured, as they are written.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"

/* The next word of *at, unquoted in place; NULL at the end. */
static char *
word(char **at)
{
	char *r = *at + strspn(*at, " \t"), *start = r, *w = r;

	if (*r == '\0')
		return NULL;
	while (*r != '\0' && *r != ' ' && *r != '\t') {
		if (*r == '\\' && r[1] != '\0')
			r++;
		*w++ = *r++;
	}
	*at = *r == '\0' ? r : r + 1;
	*w = '\0';
	return start;
}

/* A copy of environ with the n settings of var in it. */
static char **
environ_with(char **var, size_t n)
{
	size_t have = 0, i, j, len;
	char **env;

	while (environ[have] != NULL)
		have++;
	env = grow(NULL, have + n + 1, sizeof(*env));
	memcpy(env, environ, have * sizeof(*env));
	for (i = 0; i < n; i++) {
		len = strcspn(var[i], "=") + 1;
		for (j = 0; j < have; j++)
			if (strncmp(env[j], var[i], len) == 0)
				break;
		env[j] = var[i];
		if (j == have)
			have++;
	}
	env[have] = NULL;
	return env;
}

static char *
find(const char *program)
{
	const char *dir = getenv("PATH"), *end;
	char *path;

	if (strchr(program, '/') != NULL || dir == NULL)
		return strdup(program);
	for (;; dir = end + 1) {
		end = strchrnul(dir, ':');
		if (asprintf(
			&path, "%.*s/%s", (int)(end - dir), dir, program) == -1)
			die("memory");
		if (access(path, X_OK) == 0)
			return path;
		free(path);
		if (*end == '\0')
			die("%s", program);
	}
}

void
add_command(struct set *s, const char *line)
{
	struct command c = {0};
	char *at, *w;
	size_t words = 0, vars = 0;

	at = strdup(line);
	if (at == NULL)
		die("memory");
	c.name = at;
	at = strchr(at, ':');
	errno = 0;
	if (at == NULL || at == c.name || strcspn(c.name, " \t:") == 0)
		die("%s: no NAME: in front", line);
	*at++ = '\0';
	if (strpbrk(c.name, " \t") != NULL)
		die("%s: a blank in the name", c.name);
	while ((w = word(&at)) != NULL) {
		c.argv = grow(c.argv, words + 2, sizeof(*c.argv));
		c.argv[words++] = w;
		c.argv[words] = NULL;
		if (vars + 1 == words && strchr(w, '=') != NULL)
			vars = words;
	}
	if (words == vars)
		die("%s: no program", c.name);
	c.envp = environ_with(c.argv, vars);
	c.argv += vars;
	c.path = find(c.argv[0]);
	s->cmd = grow(s->cmd, s->n + 1, sizeof(*s->cmd));
	s->cmd[s->n++] = c;
}

void
add_file(struct set *s, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (f == NULL)
		die("%s", path);
	while ((n = getline(&line, &cap, f)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (line[0] != '#' && line[strspn(line, " \t")] != '\0')
			add_command(s, line);
	}
	if (ferror(f))
		die("%s", path);
	free(line);
	fclose(f);
}
