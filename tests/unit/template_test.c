/*
 * template_test.c: what a --key says of a command line, and that different
 * tuples never share a slot.
 *
 * {path:} and {inode:} are path_test's; here is only that they are asked.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/key/key.h"
#include "cli/key/template.h"
#include "cli/slot/slot.h"
#include "preload/contract.h"
#include "tests/unit/tap.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* As the tables know it: option "file" twice, one after "--". */
static char *const command[] = {(char *)"cmd", (char *)"one", (char *)"",
    (char *)"--file=first", (char *)"--file", (char *)"a file",
    (char *)"--empty=", (char *)"--e.v-e_n=2", (char *)"--user",
    (char *)"--root", (char *)"--", (char *)"--late=x", (char *)"last",
    NULL};

static struct valued valued;

/* The expansion of t for c: its parts, each followed by "|"; or, after "?",
 * why there is none. */
static const char *
expand(const char *t, char *const c[])
{
	static char out[2 * PATH_MAX];
	char reason[512];
	struct text why;
	struct buf b;
	size_t parts = 7;

	buf_init(&b, NULL, 0);
	buf_string(&b, "before");
	text_init(&why, reason, sizeof(reason));
	switch (template_expand(t, c, &valued, &b, &parts, &why)) {
	case TEMPLATE_MADE:
		if (b.len - 7 >= sizeof(out) || strcmp(b.at, "before"))
			return "!";
		memcpy(out, b.at + 7, b.len - 7);
		out[b.len - 7] = '\0';
		for (char *s = out; s < out + b.len - 7; s++) {
			if (!*s) {
				*s = '|';
				parts--;
			}
		}
		if (parts != 7 || why.len)
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
	    {"}", "}|"}, {"}}", "}}|"}, {"a}b", "a}b|"}, {"{{{{", "{{|"},
	    {"{{}", "{}|"}, {"$1", "$1|"}, {"-", "-|"}, {"\xff", "\xff|"},
	    {"x{{y", "x{y|"}, {"{{{1}}", "{one}|"}, {"{{@}", "{@}|"},
	    /* arguments */
	    {"{0}", "cmd|"}, {"{1}", "one|"}, {"{01}", "one|"},
	    {"{12}", "last|"}, {"{1}{1}", "oneone|"}, {"<{1}>", "<one>|"},
	    {"{1}-{12}", "one-last|"}, {"{5}", "a file|"},
	    {"x{2}", "x|"}, {"{2}{1}", "one|"}, {"{11}", "--late=x|"},
	    {"{0000012}", "last|"},
	    /* counted from the last, and without options */
	    {"{-1}", "last|"}, {"{-2}", "--late=x|"}, {"{-12}", "one|"},
	    {"{-01}", "last|"}, {"{arg:1}", "one|"}, {"x{arg:2}", "x|"},
	    {"{arg:3}", "a file|"}, {"{arg:4}", "--late=x|"},
	    {"{arg:5}", "last|"}, {"{arg:-1}", "last|"},
	    {"{arg:-5}", "one|"}, {"{arg:1}{-1}", "onelast|"},
	    {"{-13}", "?{-13}: there is no such argument"},
	    {"{arg:6}", "?{arg:6}: there is no such argument beside options"},
	    {"{arg:-6}", "?{arg:-6}: there is no such argument beside options"},
	    {"{path:-1}", "/last|"}, {"{path:arg:3}", "/a file|"},
	    {"{path:arg:-5}", "/one|"}, {"{path:-2}", "/--late=x|"},
	    /* an option is no path */
	    {"{path:3}", "?{path:3}: --file=first is an option; {path:arg:1}"
		" is the first argument that is none"},
	    {"{inode:-3}", "?{inode:-3}: -- is an option; {inode:arg:-1} is"
		" the last argument that is none"},
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
	    {"{env:TEMPLATE_TEST}{env:TEMPLATE_TEST}", "a valuea value|"},
	    /* paths */
	    {"{path:1}", "/one|"}, {"{path:file}", "/a file|"},
	    {"{cwd}", "/|"}, {"<{path:12}>", "</last>|"},
	    {"{path:0}", "/cmd|"},
	    /* what is missing is named */
	    {"{13}", "?{13}: there is no such argument"},
	    {"{9999999}", "?{9999999}: there is no such argument"},
	    {"x{13}y", "?{13}: there is no such argument"},
	    {"{late}", "?{late}: there is no such option"},
	    {"{fil}", "?{fil}: there is no such option"},
	    {"{files}", "?{files}: there is no such option"},
	    {"{one}", "?{one}: there is no such option"},
	    {"{env:TEMPLATE_NONE}",
		"?{env:TEMPLATE_NONE}: the variable is not set"},
	    {"{env:TEMPLATE}", "?{env:TEMPLATE}: the variable is not set"},
	    {"{path:13}", "?{path:13}: there is no such argument"},
	    {"{path:none}", "?{path:none}: there is no such option"},
	    {"{path:2}", "?{path:2}: No such file or directory"},
	    {"{inode:1}", "?{inode:1}: No such file or directory"},
	    {"{inode:13}", "?{inode:13}: there is no such argument"},
	    {"{tty}", "?{tty}: there is no terminal"},
	    {"x{tty}", "?{tty}: there is no terminal"},
	    {"{1}{13}{tty}", "?{13}: there is no such argument"},
	    /* what is empty */
	    {"", "?'' is empty"}, {"{2}", "?'{2}' is empty"},
	    {"{arg:2}", "?'{arg:2}' is empty"},
	    {"{2}{2}", "?'{2}{2}' is empty"},
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

		if (!ok(well && !strcmp(got, table[i][1]), "'%s' is '%s'", t,
			table[i][1]))
			printf("# %d %s\n", well, got);
	}
}

static void
checks(void)
{
	static const char *const bad[] = {"{", "{}", "{1", "x{", "x{1",
	    "{1{2}}", "{ 1}", "{1 }", "{-0}", "{+1}", "{--1}", "{-}", "{-1x}", "{-12345678}",
	    "{arg:}", "{arg:0}", "{arg:-0}", "{arg:a}", "{arg:1x}", "{arg:@}",
	    "{arg:arg:1}", "{arg:path:1}", "{path:arg:}", "{path:arg:0}",
	    "{path:-0}", "{env:arg:1}", "{Arg:1}", "{arg 1}", "{1x}", "{0x1}",
	    "{12345678}", "{-x}", "{--file}", "{a b}", "{a=b}", "{\xc3\xa4}",
	    "{env:}", "{env:A B}", "{env:-A}", "{env:A=}", "{path:}",
	    "{path:@}", "{path:path:1}", "{inode:}",
	    "{inode:1 }", "{cwd:1}", "{cwd:}", "{tty:}", "{Env:X}", "{PATH:1}",
	    "{@", "{@1}", "{@}x", "x{@}", "{@}{@}", "{{{@}", "{1}{@}",
	    "{path:@}", "{{{", "{{{1", "{1}{", "{*}", "{#}", "{?}", "{$1}",
	    "{/}", "{unknown:1}"};
	static const char *const good[] = {"{env}", "{path}", "{inode}",
	    "{cwd2}", "{ttys}", "{a}", "{A_b-c.d}", "{_}", "{.}",
	    "{env:1}", "{env:A.B}", "{path:a-b}", "{inode:0}", "{1234567}",
	    "{arg}", "{last}", "{-1}", "{-1234567}", "{arg:1}", "{arg:-7}",
	    "{path:-1}", "{inode:arg:-1}", "{path:arg}"};
	struct fault f;

	for (size_t i = 0; i < COUNT(bad); i++) {
		memset(&f, 0, sizeof(f));
		if (!ok(template_check(bad[i], &f) == -1 &&
			    f.code == EXIT_USAGE &&
			    strstr(f.line, "onlyone(1)") &&
			    strstr(f.line, bad[i]),
			"malformed: '%s'", bad[i]))
			printf("# %d %s\n", f.code, f.line);
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
	char *big[3] = {(char *)"cmd", malloc(1 << 20), NULL};
	size_t len = (1 << 20) - 1, parts = 0;
	struct text why = {NULL, 0, 0, false};
	struct buf b;

	memset(big[1], 'x', len);
	big[1][len] = '\0';
	ok(!strcmp(expand("{@}", bare), "?{@}: there are no arguments"),
	    "{@} of none is missing");
	ok(!strcmp(expand("{@}", empty), "|"), "{@} of an empty one is one");
	ok(!strcmp(expand("{1}", bare), "?{1}: there is no such argument"),
	    "{1} of none is missing");
	ok(!strcmp(expand("{file}", ends), "?{file}: there is no such option"),
	    "an option without a value is missing");
	ok(!strcmp(expand("{file}", dash), "x|"),
	    "what follows an option is its value, -- too, as for getopt");
	buf_init(&b, NULL, 0);
	ok(template_expand("{1}", big, &valued, &b, &parts, &why) ==
		    TEMPLATE_MADE &&
		parts == 1 && b.len == len + 1 && !strcmp(b.at, big[1]),
	    "an argument of 1 MiB");
	buf_free(&b);
	free(big[1]);
}

/* Options whose value is the next word. */
static void
values(void)
{
	static const struct {
		const char *list, *line, *want;
	} table[] = {
	    {NULL, "-b 9600 tty", "9600|tty"}, {"-b", "-b 9600 tty", "tty|tty"},
	    {"-b", "tty -b 9600", "tty|tty"}, {"-b", "-b9600 tty", "tty|tty"},
	    {"-b,-f", "-b 1 -f 2 a b", "a|b"}, {"-f,-b", "-b 1 -f 2 a", "a|a"},
	    {"--baud", "--baud 1 a", "a|a"}, {"--baud", "--baud=1 a", "a|a"},
	    {"--baud", "--bau 1 a", "1|a"}, {"-b", "-b -- a", "a|a"},
	    {"-b", "-b -b a", "a|a"}, {"-b", "-- -b a", "-b|a"},
	    {"-b", "a -b", "a|a"},
	    /* letters in one word */
	    {"-b", "-vb 9600 a", "a|a"}, {"-b", "-bv 9600 a", "9600|a"},
	    {"-b,-f", "-fb 9600 a", "9600|a"}, {"-b", "--b 9600 a", "9600|a"},
	    {"-b", "-v 9600 a", "9600|a"},
	    /* of a program whose options are words there are none */
	    {"-geometry,-b", "-geometry 9x9 -vb 1 a", "1|a"},
	    {"-geometry", "-y 1 a", "1|a"}, {"+o", "+o 1 a", "a|a"},
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
		if (!ok(!strcmp(got, table[i].want), "%s: '%s' has %s",
			table[i].list ? table[i].list : "nothing",
			table[i].line, table[i].want))
			printf("# %s\n", got);
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

/* key_make: several templates are a tuple, in order. */
static void
tuples(void)
{
	static const struct key_step two[] = {{KEY_TEMPLATE, "{1}"},
	    {KEY_TEMPLATE, "{@}"}, {KEY_TEMPLATE, "x"}};
	static const struct key_step none[] = {{KEY_TEMPLATE, "x"},
	    {KEY_TEMPLATE, "{2}"}};
	static char *const args[] = {(char *)"cmd", (char *)"a", NULL};
	static char *const empty[] = {(char *)"cmd", (char *)"", NULL};
	static const struct key_step all[] = {{KEY_TEMPLATE, "{@}"}};
	struct fault f;
	struct key k;

	ok(key_make(&k, two, 3, &valued, false, args, &f) == 0 && k.n == 3 &&
		!strcmp(k.parts[0], "a") && !strcmp(k.parts[1], "a") &&
		!strcmp(k.parts[2], "x") && !*k.why,
	    "three templates are three parts");
	key_free(&k);
	ok(key_make(&k, none, 2, &valued, false, args, &f) == 0 && !k.n &&
		strstr(k.why, "{2}"),
	    "one that is missing makes no key: %s", k.why);
	key_free(&k);
	ok(key_make(&k, none, 2, &valued, true, args, &f) < 0 && f.code == EXIT_KEY &&
		strstr(f.line, "{2}"),
	    "strict: %s", f.line);
	key_free(&k);
	ok(key_make(&k, all, 1, &valued, false, empty, &f) == 0 && !k.n,
	    "one empty argument is no key");
	key_free(&k);
	ok(key_make(&k, all, 1, &valued, true, empty, &f) < 0 && f.code == EXIT_KEY,
	    "strict: %s", f.line);
	key_free(&k);
}

/* --- random tuples -------------------------------------------------------- */

enum { TUPLES = 20000, PARTS = 4, PART = 12 };

static struct tuple {
	char text[PARTS][PART];
	const char *part[PARTS];
	size_t n;
	char name[SLOT_NAME_MAX], hash[SLOT_HASH + 1], key[SLOT_HASH + 1];
} tuple[TUPLES];

/* Few bytes, so that tuples meet that differ in where their parts end. */
static void
tuple_make(struct tuple *t)
{
	static const char bytes[] = "aab01\x1f\x01 |/=,\n\xff{}'\"\\-.";

	memset(t, 0, sizeof(*t));
	t->n = (size_t)(rand() % (PARTS + 1));
	for (size_t i = 0; i < t->n; i++) {
		for (int n = rand() % 4 * (rand() % 4), k = 0; k < n; k++)
			t->text[i][k] = bytes[rand() %
			    (rand() % 3 ? 5 : (int)sizeof(bytes) - 1)];
		t->part[i] = t->text[i];
	}
}

static void
tuple_name(struct tuple *t, char *name, char *hash, char *key)
{
	struct slot s = {.scope = "user",
	    .app = "app",
	    .key = t->n ? t->part : NULL,
	    .nkey = t->n};

	slot_name(&s);
	strcpy(name, s.name);
	strcpy(hash, s.hash);
	slot_hash_key(&s, key);
}

static int
tuple_order(const void *a, const void *b)
{
	const struct tuple *x = a, *y = b;
	int r;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	for (size_t i = 0; i < x->n; i++) {
		if ((r = strcmp(x->text[i], y->text[i])))
			return r;
	}
	return 0;
}

static int
by_hash(const void *a, const void *b)
{
	return strcmp(((const struct tuple *)a)->hash,
	    ((const struct tuple *)b)->hash);
}

static int
by_key(const void *a, const void *b)
{
	return strcmp(
	    ((const struct tuple *)a)->key, ((const struct tuple *)b)->key);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct tuple *)a)->name, ((const struct tuple *)b)->name);
}

/* Neighbours in that order are equal in it if, and only if, they are. */
static bool
agree(int (*by)(const void *, const void *), size_t *distinct)
{
	qsort(tuple, TUPLES, sizeof(*tuple), by);
	*distinct = 1;
	for (size_t i = 1; i < TUPLES; i++) {
		if (!by(&tuple[i - 1], &tuple[i]) !=
		    !tuple_order(&tuple[i - 1], &tuple[i]))
			return false;
		*distinct += by(&tuple[i - 1], &tuple[i]) != 0;
	}
	return true;
}

static void
slots(void)
{
	char name[SLOT_NAME_MAX], hash[SLOT_HASH + 1], key[SLOT_HASH + 1];
	size_t n, real = 1, joined = 1;
	bool same = true;

	srand(1);
	for (size_t i = 0; i < TUPLES; i++) {
		tuple_make(&tuple[i]);
		tuple_name(&tuple[i], tuple[i].name, tuple[i].hash,
		    tuple[i].key);
	}
	for (size_t i = 0; i < TUPLES; i++) {
		tuple_name(&tuple[i], name, hash, key);
		same &= !strcmp(name, tuple[i].name) &&
		    !strcmp(hash, tuple[i].hash) && !strcmp(key, tuple[i].key);
	}
	ok(same, "the same tuple, the same slot");
	qsort(tuple, TUPLES, sizeof(*tuple), tuple_order);
	for (size_t i = 1; i < TUPLES; i++) {
		real += tuple_order(&tuple[i - 1], &tuple[i]) != 0;
		/* Those that would be one without their ends. */
		strcpy(name, "");
		strcpy(hash, "");
		for (size_t k = 0; k < tuple[i].n && k < 2; k++)
			strcat(name, tuple[i].text[k]);
		for (size_t k = 0; k < tuple[i - 1].n && k < 2; k++)
			strcat(hash, tuple[i - 1].text[k]);
		joined += tuple_order(&tuple[i - 1], &tuple[i]) &&
		    !strcmp(name, hash);
	}
	ok(real > TUPLES / 3 && real < TUPLES && joined > 50,
	    "of %d tuples %zu are different, %zu nearly not", TUPLES, real,
	    joined);
	ok(agree(by_hash, &n) && n == real,
	    "different tuples, different hashes (%zu)", n);
	ok(agree(by_name, &n) && n == real, "and different folders (%zu)", n);
	ok(agree(by_key, &n), "and different keys for a seal");
	ok(n == real, "as many (%zu of %zu)", n, real);
}

int
main(void)
{
	setsid(); /* no terminal */
	expands();
	checks();
	lines();
	values();
	tuples();
	slots();
	return tap_end();
}
