/*
 * key.c: what a --key makes of a command line, and the name of a slot's folder.
 *
 * path.c tests {path:} and {inode:}; here only that they are used.  One hash is
 * pinned, computed with another implementation: the next version must find a
 * slot, too.
 */
#include "cli/core/key/key.h"
#include "cli/core/key/template.h"
#include "cli/core/slot/slot.h"
#include "preload/contract.h"
#include "tests/unit/tap.h"

/* --- template */

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
	    {"a b\n", "a b\n|"}, {"{{1}", "{1}|"}, {"a}b", "a}b|"},
	    {"{{{{", "{{|"}, {"\xff", "\xff|"}, {"{{{1}}", "{one}|"},
	    /* arguments */
	    {"{0}", "cmd|"}, {"{01}", "one|"}, {"{12}", "last|"},
	    {"{1}-{12}", "one-last|"}, {"{2}{1}", "one|"},
	    /* counted from the last, and without options */
	    {"{-1}", "last|"}, {"{-2}", "--late=x|"}, {"{-12}", "one|"},
	    {"{arg:1}{-1}", "onelast|"}, {"{arg:3}", "a file|"},
	    {"{arg:5}", "last|"}, {"{arg:-1}", "last|"}, {"{arg:-5}", "one|"},
	    {"{-13}", "?{-13}: there is no such argument"},
	    {"{arg:6}", "?{arg:6}: there is no such argument beside options"},
	    {"{arg:-6}", "?{arg:-6}: there is no such argument beside options"},
	    {"{path:-1}", "/last|"}, {"{path:arg:3}", "/a file|"},
	    /* an option is no path */
	    {"{path:3}", "?{path:3}: --file=first is an option; {path:arg:1}"
		" is the first argument that is not an option"},
	    {"{inode:-3}", "?{inode:-3}: -- is an option; {inode:arg:-1} is"
		" the last argument that is not an option"},
	    {"{@}",
		"one||--file=first|--file|a file|--empty=|--e.v-e_n=2|--user|"
		"--root|--|--late=x|last|"},
	    /* options: the last one holds */
	    {"{file}:{1}", "a file:one|"}, {"{e.v-e_n}", "2|"},
	    {"{user}", "--root|"}, {"{root}", "--|"}, {"x{empty}", "x|"},
	    /* the environment */
	    {"{env:TEMPLATE_TEST}", "a value|"}, {"{env:TEMPLATE.X}", "2|"},
	    {"{env:TEMPLATE_EMPTY}x", "x|"},
	    /* paths */
	    {"{path:file}", "/a file|"}, {"{cwd}", "/|"},
	    {"<{path:12}>", "</last>|"}, {"{path:0}", "/cmd|"},
	    /* what is missing is named */
	    {"{13}", "?{13}: there is no such argument"},
	    {"{late}", "?{late}: there is no such option"},
	    {"{fil}", "?{fil}: there is no such option"},
	    {"{env:TEMPLATE_NONE}",
		"?{env:TEMPLATE_NONE}: the variable is not set"},
	    {"{env:TEMPLATE}", "?{env:TEMPLATE}: the variable is not set"},
	    {"{path:none}", "?{path:none}: there is no such option"},
	    {"{path:2}", "?{path:2}: No such file or directory"},
	    {"{inode:1}", "?{inode:1}: No such file or directory"},
	    {"{tty}", "?{tty}: there is no terminal"},
	    {"{1}{13}{tty}", "?{13}: there is no such argument"},
	    /* what is empty */
	    {"", "?'' is empty"}, {"{arg:2}", "?'{arg:2}' is empty"},
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
	static const char *const bad[] = {"{", "{}", "x{1", "{1{2}}", "{-0}",
	    "{+1}", "{--1}", "{-}", "{-12345678}", "{arg:}", "{arg:-0}",
	    "{arg:1x}", "{arg:@}", "{path:arg:}", "{path:-0}", "{Arg:1}",
	    "{arg 1}", "{0x1}", "{12345678}", "{--file}", "{\xc3\xa4}",
	    "{env:}", "{env:A B}", "{path:}", "{path:@}", "{inode:}",
	    "{inode:1 }", "{cwd:1}", "{tty:}", "{Env:X}", "{@", "{@}x",
	    "x{@}", "{@}{@}", "{{{1", "{1}{", "{*}", "{unknown:1}"};
	static const char *const good[] = {"{path}", "{inode}", "{cwd2}",
	    "{ttys}", "{A_b-c.d}", "{.}", "{env:A.B}", "{path:a-b}",
	    "{inode:0}", "{1234567}", "{arg}", "{last}", "{arg:-7}",
	    "{inode:arg:-1}", "{path:arg}"};
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
	    {NULL, "-b 9600 tty", "9600|tty"}, {"-b", "-b -- a", "a|a"},
	    {"-b", "-b9600 tty", "tty|tty"},
	    {"-b,-f", "-b 1 -f 2 a b", "a|b"},
	    {"--baud", "--baud 1 a", "a|a"}, {"--baud", "--bau 1 a", "1|a"},
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

/* The value of an option, however it is given: {NAME} of a line. */
static void
named(void)
{
	static const struct {
		const char *list, *patterns, *name, *line, *want;
	} table[] = {
	    /* a letter */
	    {NULL, NULL, "c", "-c a", "a"}, {NULL, NULL, "c", "-ca", "a"},
	    {NULL, NULL, "c", "-c=a", "a"}, {NULL, NULL, "c", "--c a", "a"},
	    {NULL, NULL, "c", "--c=a", "a"}, {NULL, NULL, "c", "--ca", "?"},
	    {NULL, NULL, "c", "-C a", "?"}, {NULL, NULL, "c", "+c a", "?"},
	    {NULL, NULL, "c", "-c", "?"}, {NULL, NULL, "c", "x -- -c a", "?"},
	    {NULL, NULL, "c", "-c -v", "-v"}, {NULL, NULL, "c", "-c -- a", "--"},
	    {NULL, NULL, "c", "c a", "?"}, {NULL, NULL, "c", "- -ca", "a"},
	    {NULL, NULL, "c", "-v x -c a y", "a"},
	    /* joined letters: which of them take a value says the list */
	    {NULL, NULL, "c", "-vc a", "?"}, {"-c", NULL, "c", "-vc a", "a"},
	    {"-c", NULL, "c", "-vca", "a"}, {"-b,-c", NULL, "c", "-bc a", "?"},
	    {"-b", NULL, "c", "-cb d -c e", "e"},
	    {"-b", NULL, "c", "-cb -ca", "a"}, {"-b", NULL, "c", "-b -ca", "?"},
	    /* where options are words with one '-' there are none */
	    {"-cfg", NULL, "c", "-cfg x", "?"}, {"-cfg", NULL, "c", "-cx", "?"},
	    {"-cfg", NULL, "c", "-c=a -cfg -cb", "a"},
	    {NULL, "-cf*", "c", "-ca -cfg x", "a"},
	    {NULL, "-cf*", "c", "-ca -cfg=x", "a"},
	    /* a word, with two or with one '-' */
	    {NULL, NULL, "hda", "--hda=a", "a"},
	    {NULL, NULL, "hda", "--hda a", "a"},
	    {NULL, NULL, "hda", "-hda=a", "a"},
	    {NULL, NULL, "hda", "-hda a", "a"},
	    {NULL, NULL, "hda", "-hdab", "?"}, {NULL, NULL, "hda", "-hd a", "?"},
	    {NULL, NULL, "hda", "---hda a", "?"},
	    {"-b", NULL, "hda", "-b -hda x", "?"},
	    {NULL, NULL, "hda", "-hda= a", "empty"},
	    /* the last one counts */
	    {NULL, NULL, "c", "-ca --c b -c c", "c"},
	    {NULL, NULL, "c", "-c a -cb -c", "b"},
	    {NULL, NULL, "hda", "-hda a --hda=b", "b"},
	    {NULL, NULL, "hda", "--hda=b -hda a", "a"},
	};
	char line[64], name[16], *words[8], got[64];
	struct fault f;

	for (size_t i = 0; i < COUNT(table); i++) {
		size_t n = 0;

		valued = (struct valued){.patterns = table[i].patterns};
		if (table[i].list && valued_add(&valued, table[i].list, &f))
			exit(1);
		words[n++] = (char *)"cmd";
		strcpy(line, table[i].line);
		for (char *w = strtok(line, " "); w; w = strtok(NULL, " "))
			words[n++] = w;
		words[n] = NULL;
		snprintf(name, sizeof(name), "{%s}", table[i].name);
		snprintf(got, sizeof(got), "%s", expand(name, words));
		if (*got == '?')
			strcpy(got, strstr(got, "is empty") ? "empty" : "?");
		else
			got[strlen(got) - 1] = '\0';
		is(got, table[i].want, "%s, %s: %s of '%s'",
		    table[i].list ? table[i].list : "nothing",
		    table[i].patterns ? table[i].patterns : "no row", name,
		    table[i].line);
	}
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
	named();
}

/* --- slot */

/* key_make: several templates are a tuple, in order. */
static void
keys_made(void)
{
	static const struct key_step steps[] = {{KEY_TEMPLATE, "{1}"},
	    {KEY_TEMPLATE, "{@}"}, {KEY_TEMPLATE, "x"}, {KEY_TEMPLATE, "{2}"}};
	static char *const args[] = {(char *)"cmd", (char *)"a", NULL};
	static char *const empty[] = {(char *)"cmd", (char *)"", NULL};
	const struct valued none = {.n = 0};
	struct fault f;
	struct key k;

	ok(key_make(&k, steps, 3, &none, false, args, &f) == 0 && k.n == 3 &&
		!strcmp(k.parts[0], "a") && !strcmp(k.parts[1], "a") &&
		!strcmp(k.parts[2], "x") && !*k.why,
	    "three templates are three parts");
	key_free(&k);
	ok(key_make(&k, steps + 2, 2, &none, false, args, &f) == 0 && !k.n &&
		strstr(k.why, "{2}"),
	    "one that is missing makes no key: %s", k.why);
	key_free(&k);
	ok(key_make(&k, steps + 2, 2, &none, true, args, &f) < 0 &&
		f.code == EXIT_KEY && strstr(f.line, "{2}"),
	    "strict: %s", f.line);
	key_free(&k);
	ok(key_make(&k, steps + 1, 1, &none, true, empty, &f) < 0 &&
		f.code == EXIT_KEY,
	    "one empty argument is no key, strict: %s", f.line);
	key_free(&k);
}

/* Parts that run together, or into each other, if nothing keeps them apart. */
static const struct tuple {
	const char *scope, *app;
	int index;
	const char *key[4];
} tuples[] = {
    {"user", "vi", 0, {0}}, {"user", "vi", 1, {0}}, {"user", "vi", -1, {0}},
    {"user", "vi", 11, {0}}, {"user", "vi1", 1, {0}}, {"use", "rvi", 0, {0}},
    {"uservi", "", 0, {0}}, {"", "uservi", 0, {0}}, {"", "", 0, {0}},
    {"session:", "1vi", 0, {0}}, {"session:1", "vi", 0, {0}},
    {"user", "vi", 0, {""}}, {"user", "vi", 0, {"", ""}},
    {"user", "vi", 0, {"ab"}}, {"user", "vi", 0, {"a", "b"}},
    {"user", "vi", 0, {"", "ab"}}, {"user", "vi", 0, {"ab", ""}},
    {"user", "vi", 0, {"a", "", "b"}}, {"user", "via", 0, {"b"}},
    {"user", "vi", 0, {"a\x1f" "b"}}, {"user", "vi", 0, {"a\1b"}},
    {"user", "vi", 0, {"a/b"}}, {"user", "vi", 0, {"1:a", "b"}},
    {"user", "vi", 0, {"1", "a", "b"}}, {"user", "vi", 1, {"a", "b"}},
    {"user", "..", 0, {0}}, {"user", "-rf", 0, {0}}, {"user", "+", 0, {0}},
    {"user", "/x/-rf", 0, {0}}, {"user", "/", 0, {0}}, {"user", "//", 0, {0}},
    {"user", "\xff\xfe", 0, {0}}, {"user", "a\nb", 0, {"-", "\n"}},
    {"user", "a very long application name which is cut", 0, {0}},
    {"user", "a very long application name which is cuT", 0, {0}},
};

static bool
same_key(const struct tuple *a, const struct tuple *b)
{
	for (size_t i = 0; i < COUNT(a->key) - 1; i++)
		if (!a->key[i] != !b->key[i] ||
		    (a->key[i] && strcmp(a->key[i], b->key[i]) != 0))
			return false;
	return true;
}

static void
slots(void)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._=";
	static struct slot slot[COUNT(tuples)];
	static char key[COUNT(tuples)][SLOT_HASH + 1]; /* the key's alone: of a seal */

	for (size_t i = 0; i < COUNT(tuples); i++) {
		const struct tuple *t = &tuples[i];
		struct slot *s = &slot[i];
		bool apart = true;
		size_t len;

		*s = (struct slot){.scope = t->scope, .app = t->app,
		    .index = t->index, .key = t->key};
		while (t->key[s->nkey])
			s->nkey++;
		slot_name(s);
		slot_hash_key(s, key[i]);
		len = strnlen(s->name, SLOT_NAME_MAX);
		ok(strspn(s->hash, "0123456789abcdef") == SLOT_HASH &&
			len < SLOT_NAME_MAX && len > SLOT_HASH &&
			s->name[len - SLOT_HASH - 1] == '-' &&
			!strcmp(s->name + len - SLOT_HASH, s->hash),
		    "a name fits, and ends in the whole hash: %s", s->name);
		ok(strspn(s->name, plain) == len && s->name[0] != '.' &&
			s->name[0] != '-',
		    "it has nothing odd, and begins with no dot or dash");
		for (size_t k = 0; k < i; k++)
			apart &= strcmp(s->hash, slot[k].hash) &&
			    strcmp(s->name, slot[k].name) &&
			    !strcmp(key[i], key[k]) == same_key(t, &tuples[k]);
		ok(apart, "no other one has hash, folder or the seal's key");
	}
}

static void
scope_cases(void)
{
	static const struct {
		enum scope scope;
		const char *session, *x, *wayland, *want;
	} cases[] = {
	    {SCOPE_USER, "3", ":0", "wayland-0", "user"},
	    {SCOPE_SESSION, "c1", NULL, NULL, "session:c1"},
	    {SCOPE_DISPLAY, "3", ":0", "wayland-0", "display::0"},
	    {SCOPE_DISPLAY, NULL, ":0.0", NULL, "display::0"},
	    {SCOPE_DISPLAY, NULL, ":0.1", NULL, "display::0.1"},
	    {SCOPE_DISPLAY, NULL, "a.b:1.0", NULL, "display:a.b:1"},
	    {SCOPE_DISPLAY, NULL, "a.0", NULL, "display:a.0"},
	    {SCOPE_DISPLAY, NULL, "", "wayland-1", "display:wayland-1"},
	    {SCOPE_DISPLAY, NULL, NULL, "", "display:"},
	};
	static const char *const name[] = {"XDG_SESSION_ID", "DISPLAY",
	    "WAYLAND_DISPLAY"};
	char buf[64];

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *value[] = {cases[i].session, cases[i].x,
		    cases[i].wayland};

		for (size_t k = 0; k < COUNT(name); k++) {
			unsetenv(name[k]);
			if (value[k])
				setenv(name[k], value[k], 1);
		}
		is(slot_scope(cases[i].scope, buf, sizeof(buf)), cases[i].want,
		    "scope");
	}
}

void
slot_part(void)
{
	keys_made();
	slots();
	scope_cases();
}
