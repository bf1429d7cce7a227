/*
 * other.c: whether a launch that nobody took was of another command than the
 * one that runs.
 *
 * Where both are one application by their path, the words behind program or
 * script decide; where --app names it, the program does too.  Nothing is looked
 * up for the command that runs: what is spelled otherwise counts as another,
 * and is a word too much, never one too few.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/interp.h"
#include "cli/meet/other.h"
#include "cli/proc.h"
#include "cli/slot/info.h"
#include "cli/slot/info_make.h"
#include "cli/text.h"

enum {
	WORDS = INFO_ARGS_SHOWN + 3, /* a record has no more, with its end */
	FEW = 64 /* and nearly always less: of the stack only this is touched */
};

/* The path of a program as it was typed in this folder. */
static void
path_put(struct text *t, const char *cwd, const char *word)
{
	if (*word != '/') {
		text_add(t, cwd);
		text_add(t, "/");
	}
	while (!strncmp(word, "./", 2))
		word += 2;
	text_add(t, word);
}

static __attribute__((noinline)) bool
path_same(const struct launched *l, const struct fields *b,
    const char *theirs)
{
	const char *ours = l->words[0], *cwd = fields_get(b, "cwd");
	char here[PATH_MAX], one[PATH_MAX], two[PATH_MAX];
	struct text t, u;

	text_init(&t, one, sizeof(one));
	text_init(&u, two, sizeof(two));
	path_put(&t, proc_cwd(getpid(), here, sizeof(here)),
	    strchr(ours, '/') ? ours : l->file);
	path_put(&u, cwd ? cwd : "", theirs);
	return !t.cut && !u.cut && !strcmp(one, two);
}

static bool
program_same(const struct launched *l, const struct fields *b,
    const char *theirs)
{
	bool path = strchr(theirs, '/');

	if ((!path || *theirs == '/') && !strcmp(l->words[0], theirs))
		return true;
	return path && path_same(l, b, theirs);
}

static bool
words_same(const struct launched *l, char *const *ours, char *const *theirs)
{
	for (; *ours && *theirs; ours++, theirs++) {
		if (*ours != l->document && strcmp(*ours, *theirs) != 0)
			return false;
	}
	return !*ours && !*theirs;
}

/* The words of the record, as an array of n at most. */
static size_t
theirs_take(const struct fields *b, char **words, size_t n)
{
	const char *arg = NULL;
	size_t i = 0;

	while (i + 1 < n && (arg = fields_next(b, "arg", arg)))
		words[i++] = (char *)arg;
	words[i] = NULL;
	return i;
}

/* Of a program that runs, and of no file that it runs: all that is asked for
 * is that it be there. */
static bool
is_bare(const struct launched *l, size_t from)
{
	return !l->words[from] && !interp_find(l->file) &&
	    !interp_script(l->file);
}

static void
other_shown(const struct fields *b, char *what)
{
	const char *arg = NULL;
	struct text t;

	text_init(&t, what, OTHER_SHOWN - 3);
	while ((arg = fields_next(b, "arg", arg))) {
		text_add(&t, t.len ? " " : "");
		text_shell(&t, arg);
	}
	while (t.cut && t.len && (t.at[t.len - 1] & 0xc0) == 0x80)
		t.len--; /* no half characters */
	if (t.cut)
		strcpy(t.at + t.len, "...");
}

/* Where the words of an application begin that is told by its path. */
static size_t
theirs_begin(const struct launched *l, char *const *theirs)
{
	const char *base = strrchr(l->file, '/');

	/* What some interpreters are is told by their folder. */
	return interp_operands(base && !strcmp(base + 1, theirs[0]) ? l->file :
	    theirs[0], theirs);
}

static bool
other_is(const struct launched *l, const struct fields *b, char *what,
    char **theirs, size_t n)
{
	const char *digest = fields_get(b, INFO_DIGEST);
	size_t from = 1, their_from = 1;
	char ours[DIGEST_HEX + 1];

	other_shown(b, what);
	if (!theirs_take(b, theirs, n)) {
		strcpy(what, "what is not known");
		return l->line;
	}
	if (l->named && !program_same(l, b, theirs[0]))
		return true;
	if (!l->named) {
		from = interp_operands(l->file, l->words);
		their_from = theirs_begin(l, theirs);
	}
	if (digest)
		info_digest(l->words, ours);
	/* The file is looked into only where they differ. */
	return !(digest ? !strcmp(ours, digest) : words_same(l,
	    l->words + from, theirs + their_from)) && !is_bare(l, from);
}

static __attribute__((noinline)) bool
many_are(const struct launched *l, const struct fields *b, char *what)
{
	char *theirs[WORDS];

	return other_is(l, b, what, theirs, WORDS);
}

bool
other_runs(const struct launched *l, const struct fields *b, char *what)
{
	char *theirs[FEW];

	if (!l->words)
		return false;
	if (fields_count(b, "arg") >= FEW)
		return many_are(l, b, what);
	return other_is(l, b, what, theirs, FEW);
}
