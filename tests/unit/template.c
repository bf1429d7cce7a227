/*
 * template.c: what a --key says of a command line.
 *
 * {path:} and {inode:} are path.c's; here is only that they are asked.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/core/key/key.h"
#include "cli/core/key/template.h"
#include "cli/core/slot/slot.h"
#include "preload/contract.h"
#include "tests/unit/tap.h"

/* As the tables know it: option "file" twice, one after "--". */
static char *const command[] = {(char *)"cmd", (char *)"one", (char *)"",
    (char *)"--file=first", (char *)"--file", (char *)"a file",
    (char *)"--empty=", (char *)"--e.v-e_n=2", (char *)"--user",
    (char *)"--root", (char *)"--", (char *)"--late=x", (char *)"last",
    NULL};

static struct valued valued;

/* The expansion of t for c: its nparts, each followed by "|"; or, after "?",
 * why there is none. */
static const char *
expand(const char *t, char *const c[])
{
	static char out[2 * PATH_MAX];
	char reason[512];
	struct text why;
	struct buf b;
	size_t nparts = 7;

	buf_init(&b, NULL, 0);
	buf_string(&b, "before");
	why = text_in(reason, sizeof(reason));
	switch (template_expand(t, c, &valued, &b, &nparts, &why)) {
	case TEMPLATE_MADE:
		if (b.len - 7 >= sizeof(out) || strcmp(b.at, "before"))
			return "!";
		memcpy(out, b.at + 7, b.len - 7);
		out[b.len - 7] = '\0';
		for (char *s = out; s < out + b.len - 7; s++) {
			if (!*s) {
				*s = '|';
				nparts--;
			}
		}
		if (nparts != 7 || why.len)
			strcat(out, "!");
		break;
	case TEMPLATE_MISSING:
		snprintf(out, sizeof(out), "?%s", reason);
		break;
	default:
		strcpy(out, "failed");
		break;
	}
	buf_free(&b);
	return out;
}

static void
expands(void)
{
	static const char *const table[][2] = {
	    /* constants */
	    {"x", "x|"}, {"a b\n", "a b\n|"}, {"{{", "{|"}, {"{{1}", "{1}|"},
	    {"}", "}|"}, {"a}b", "a}b|"}, {"{{{{", "{{|"},
	    {"{{}", "{}|"}, {"\xff", "\xff|"},
	    {"x{{y", "x{y|"}, {"{{{1}}", "{one}|"},
	    /* arguments */
	    {"{0}", "cmd|"}, {"{1}", "one|"}, {"{01}", "one|"},
	    {"{12}", "last|"}, {"{1}{1}", "oneone|"},
	    {"{1}-{12}", "one-last|"},
	    {"x{2}", "x|"}, {"{2}{1}", "one|"},
	    /* counted from the last, and without options */
	    {"{-1}", "last|"}, {"{-2}", "--late=x|"}, {"{-12}", "one|"},
	    {"{arg:1}", "one|"},
	    {"{arg:3}", "a file|"}, 
	    {"{arg:5}", "last|"}, {"{arg:-1}", "last|"},
	    {"{arg:-5}", "one|"}, {"{arg:1}{-1}", "onelast|"},
	    {"{-13}", "?{-13}: there is no such argument"},
	    {"{arg:6}", "?{arg:6}: there is no such argument beside options"},
	    {"{arg:-6}", "?{arg:-6}: there is no such argument beside options"},
	    {"{path:-1}", "/last|"}, {"{path:arg:3}", "/a file|"},
	    {"{path:arg:-5}", "/one|"},
	    /* an option is no path */
	    {"{path:3}", "?{path:3}: --file=first is an option; {path:arg:1}"
		" is the first argument that is not an option"},
	    {"{inode:-3}", "?{inode:-3}: -- is an option; {inode:arg:-1} is"
		" the last argument that is not an option"},
	    {"{@}",
		"one||--file=first|--file|a file|--empty=|--e.v-e_n=2|--user|"
		"--root|--|--late=x|last|"},
	    /* options: the last one holds */
	    {"{file}", "a file|"}, {"{e.v-e_n}", "2|"}, {"{user}", "--root|"},
	    {"{root}", "--|"},
	    {"{file}:{1}", "a file:one|"}, {"x{empty}", "x|"},
	    /* the environment */
	    {"{env:TEMPLATE_TEST}", "a value|"}, {"{env:TEMPLATE.X}", "2|"},
	    {"{env:TEMPLATE_EMPTY}x", "x|"},
	    /* paths */
	    {"{path:1}", "/one|"}, {"{path:file}", "/a file|"},
	    {"{cwd}", "/|"}, {"<{path:12}>", "</last>|"},
	    {"{path:0}", "/cmd|"},
	    /* what is missing is named */
	    {"{13}", "?{13}: there is no such argument"},
	    {"{9999999}", "?{9999999}: there is no such argument"},
	    {"{late}", "?{late}: there is no such option"},
	    {"{fil}", "?{fil}: there is no such option"},
	    {"{one}", "?{one}: there is no such option"},
	    {"{env:TEMPLATE_NONE}",
		"?{env:TEMPLATE_NONE}: the variable is not set"},
	    {"{env:TEMPLATE}", "?{env:TEMPLATE}: the variable is not set"},
	    {"{path:13}", "?{path:13}: there is no such argument"},
	    {"{path:none}", "?{path:none}: there is no such option"},
	    {"{path:2}", "?{path:2}: No such file or directory"},
	    {"{inode:1}", "?{inode:1}: No such file or directory"},
	    {"{tty}", "?{tty}: there is no terminal"},
	    {"{1}{13}{tty}", "?{13}: there is no such argument"},
	    /* what is empty */
	    {"", "?'' is empty"}, {"{2}", "?'{2}' is empty"},
	    {"{arg:2}", "?'{arg:2}' is empty"},
	    {"{empty}", "?'{empty}' is empty"},
	    {"{env:TEMPLATE_EMPTY}", "?'{env:TEMPLATE_EMPTY}' is empty"}};
	struct fault f;

	setenv("TEMPLATE_TEST", "a value", 1);
	setenv("TEMPLATE.X", "2", 1);
	setenv("TEMPLATE_EMPTY", "", 1);
	unsetenv("TEMPLATE_NONE");
	unsetenv("TEMPLATE");
	if (chdir("/") < 0)
		exit(1);
	for (size_t i = 0; i < COUNT(table); i++) {
		const char *t = table[i][0], *got = expand(t, command);
		bool well = !template_check(t, &f);

		is(well ? got : "malformed", table[i][1], "'%s'", t);
	}
}

static void
checks(void)
{
	static const char *const bad[] = {"{", "{}", "{1", "x{", "x{1",
	    "{1{2}}", "{-0}", "{+1}", "{--1}", "{-}", "{-12345678}",
	    "{arg:}", "{arg:0}", "{arg:-0}", "{arg:1x}", "{arg:@}", "{path:arg:}", "{path:-0}", "{Arg:1}", "{arg 1}", "{1x}", "{0x1}",
	    "{12345678}", "{--file}", "{a b}", "{\xc3\xa4}",
	    "{env:}", "{env:A B}", "{path:}",
	    "{path:@}", "{inode:}",
	    "{inode:1 }", "{cwd:1}", "{tty:}", "{Env:X}",
	    "{@", "{@}x", "x{@}", "{@}{@}", "{1}{@}",
	    "{path:@}", "{{{", "{{{1", "{1}{", "{*}",
	    "{/}", "{unknown:1}"};
	static const char *const good[] = {"{path}", "{inode}",
	    "{cwd2}", "{ttys}", "{a}", "{A_b-c.d}", "{.}", "{env:A.B}", "{path:a-b}", "{inode:0}", "{1234567}",
	    "{arg}", "{last}", "{-1}", "{arg:1}", "{arg:-7}",
	    "{path:-1}", "{inode:arg:-1}", "{path:arg}"};
	struct fault f;

	for (size_t i = 0; i < COUNT(bad); i++) {
		memset(&f, 0, sizeof(f));
		ok(template_check(bad[i], &f) == -1 && f.code == EXIT_USAGE &&
			strstr(f.line, "onlyone(1)") && strstr(f.line, bad[i]),
		    "malformed: '%s': %s", bad[i], f.line);
	}
	for (size_t i = 0; i < COUNT(good); i++)
		ok(template_check(good[i], &f) == 0, "well-formed: '%s'",
		    good[i]);
}

static void
lines(void)
{
	static char *const bare[] = {(char *)"cmd", NULL};
	static char *const ends[] = {(char *)"cmd", (char *)"--file", NULL};
	static char *const dash[] = {(char *)"cmd", (char *)"--file",
	    (char *)"--", (char *)"--file=x", NULL};
	static char *const empty[] = {(char *)"cmd", (char *)"", NULL};

	is(expand("{@}", bare), "?{@}: there are no arguments", "none");
	is(expand("{@}", empty), "|", "{@} of an empty one is one");
	is(expand("{file}", ends), "?{file}: there is no such option",
	    "an option without a value is missing");
	is(expand("{file}", dash), "x|",
	    "what follows an option is its value, -- too, as for getopt");
}

/* Options whose value is the next word. */
static void
values(void)
{
	static const struct {
		const char *list, *line, *want;
	} table[] = {
	    {NULL, "-b 9600 tty", "9600|tty"}, {"-b", "-b 9600 tty", "tty|tty"},
	    {"-b", "-b9600 tty", "tty|tty"},
	    {"-b,-f", "-b 1 -f 2 a b", "a|b"},
	    {"--baud", "--baud 1 a", "a|a"},  {"--baud", "--bau 1 a", "1|a"}, {"-b", "-b -- a", "a|a"},
	    {"-b", "-b -b a", "a|a"}, {"-b", "-- -b a", "-b|a"},
	    {"-b", "a -b", "a|a"},
	    /* letters in one word */
	    {"-b", "-vb 9600 a", "a|a"}, {"-b", "-bv 9600 a", "9600|a"},
	    {"-b,-f", "-fb 9600 a", "9600|a"}, {"-b", "--b 9600 a", "9600|a"},
	    /* of a program whose options are words there are none */
	    {"-geometry,-b", "-geometry 9x9 -vb 1 a", "1|a"},
	    {"-geometry", "-y 1 a", "1|a"},
	};
	char line[64], *words[8], got[64];
	struct fault f;

	for (size_t i = 0; i < COUNT(table); i++) {
		size_t n = 0;

		valued = (struct valued){.n = 0};
		if (table[i].list && valued_add(&valued, table[i].list, &f))
			exit(1);
		words[n++] = (char *)"cmd";
		strcpy(line, table[i].line);
		for (char *w = strtok(line, " "); w; w = strtok(NULL, " "))
			words[n++] = w;
		words[n] = NULL;
		strcpy(got, expand("{arg:1}|{arg:-1}", words));
		got[strlen(got) - 1] = '\0';
		is(got, table[i].want, "%s: '%s'",
		    table[i].list ? table[i].list : "nothing", table[i].line);
	}
	valued = (struct valued){.n = 0};
	valued_add(&valued, "-m", &f);
	ok(!strcmp(expand("{db}", (char *[]){(char *)"cmd", (char *)"-m",
		(char *)"--db=x", (char *)"--db", (char *)"y", NULL}), "y|") &&
		!strcmp(expand("{db}", (char *[]){(char *)"cmd",
		(char *)"-m", (char *)"--db=x", NULL}),
		"?{db}: there is no such option"),
	    "a value is no option, whatever it looks like");
	valued = (struct valued){.n = 0};
	while (valued_add(&valued, "-b", &f) == 0)
		;
	ok(valued.n == VALUED_LISTS && f.code == EXIT_USAGE,
	    "more lists than there is room for: %s", f.line);
	valued = (struct valued){.n = 0};
}

void
template_part(void)
{
	setsid(); /* no terminal */
	expands();
	checks();
	lines();
	values();
}
