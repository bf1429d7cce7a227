/*
 * aside.c: which arguments make no session, and of which programs.
 */
#include "cli/core/handover/aside.h"
#include "tests/unit/tap.h"

static const char *const names[] = { "none", "any", "window", "documents" };

static const struct {
	const char *line;
	enum aside is;
} rows[] = {
	{ "", ASIDE_NONE },
	{ "b.txt", ASIDE_NONE },
	{ "--version", ASIDE_ANY },
	{ "--help", ASIDE_ANY },
	/* deploy --version 2, restore --help b.txt */
	{ "--version 2", ASIDE_WINDOW },
	{ "b.txt --help", ASIDE_WINDOW },
	{ "--help-gtk", ASIDE_WINDOW },
	{ "-help", ASIDE_WINDOW },
	{ "-h", ASIDE_WINDOW },
	{ "-v", ASIDE_WINDOW },
	{ "-V", ASIDE_WINDOW },
	/* With other words they may be hours, verbose, verify. */
	{ "-h 2", ASIDE_NONE },
	{ "-v b.txt", ASIDE_NONE },
	{ "b.txt -V", ASIDE_NONE },
	{ "-hv", ASIDE_NONE },
	{ "-H", ASIDE_NONE },
	{ "--to=pdf b.txt", ASIDE_DOCUMENTS },
	{ "--to pdf b.txt", ASIDE_DOCUMENTS },
	{ "b.txt --to=pdf", ASIDE_DOCUMENTS },
	{ "--convert-to pdf b.txt", ASIDE_DOCUMENTS },
	{ "--export b.txt", ASIDE_DOCUMENTS },
	{ "--export-filename=x.png b.svg", ASIDE_DOCUMENTS },
	{ "/a/b --export --export-filename x.png", ASIDE_DOCUMENTS },
	{ "--print=lp b.txt", ASIDE_DOCUMENTS },
	{ "-print b.txt", ASIDE_DOCUMENTS },
	{ "--headless b.txt", ASIDE_DOCUMENTS },
	{ "--batch x.mac", ASIDE_DOCUMENTS },
	{ "--quiet --to=pdf b.txt", ASIDE_DOCUMENTS },
	/* Words that only begin alike, and values of options. */
	{ "--topmost", ASIDE_NONE },
	{ "--no-export", ASIDE_NONE },
	{ "--title --export", ASIDE_NONE },
	{ "--title --export --print", ASIDE_DOCUMENTS },
	/* They are another command's, or documents. */
	{ "job --help", ASIDE_NONE },
	{ "job --export", ASIDE_NONE },
	{ "-e job --help", ASIDE_NONE },
	{ "-x ./job --export", ASIDE_NONE },
	{ "--command=./job --version", ASIDE_NONE },
	{ "-- --version", ASIDE_NONE },
	{ "-- --export", ASIDE_NONE },
	{ "- --export", ASIDE_NONE },
};

void
aside_part(void)
{
	struct valued v = { .patterns = "-title" };
	char line[256], *next, *word, *args[16];
	enum aside got;
	size_t n;

	for (size_t i = 0; i < COUNT(rows); i++) {
		n = 0;
		next = strcpy(line, rows[i].line);
		while ((word = strsep(&next, " ")) && *word)
			args[n++] = word;
		args[n] = NULL;
		got = aside_of(&v, args);
		is(names[got], names[rows[i].is], "aside: %s", rows[i].line);
	}
}
