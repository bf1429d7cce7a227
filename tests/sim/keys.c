/*
 * keys.c: how launches say which instance they mean: their key, in a form that the
 * run has, and what the key has to be.
 *
 * The form gives the words; the key is put together by nothing but its row.  So a key
 * that is wrong is found even if all launches agree on it.
 */
#include "preload/contract.h"
#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

#define PAPER "/home/u/page#"

/* Words, a blank between them; '#' is A or B, '_' a blank within a word, and doc the
 * document.  The command line is one of several, which mean the same. */
static const struct form {
	const char *options;
	const char *lines[6];  /* behind the program */
	const char *key;       /* its parts */
	const char *cwd;       /* of each launch; NULL: all have the same */
} forms[] = {
	{ "-k #", { "doc" }, .key = "#" },
	{ "-d --value-options=-n,--new", { "-n doc " PAPER, "--new doc page#",
	    "-n doc -- ./page#" }, .key = PAPER },
	{ "-k {{#-", { "doc" }, .key = "{#-" },
	{ "-k {2}", { "doc #", "doc # -x C" }, .key = "#" },
	{ "-k {-1}", { "doc #", "-x doc -y #", "doc -- #" }, .key = "#" },
	{ "-k {-2}.", { "doc # x", "-x doc -y # -z" }, .key = "#." },
	{ "-k {arg:2}", { "doc #", "-x doc -y #", "doc -- #", "-x=y doc -- # -y" },
	    .key = "#" },
	{ "-k {arg:-1}", { "doc #", "-x doc -y # -z", "doc x -- #", "+x doc # +y" },
	    .key = "#" },
	{ "-k {arg:2} --value-options=-o,--out", { "-o C doc #",
	    "--out C doc -- #", "-xo C doc #", "-oC doc #", "-ox doc --out=C #",
	    "doc # -o C" }, .key = "#" },
	{ "-k {0}:{arg:-2}", { "doc # x", "-x doc # -- x" }, .key = "editor:#" },
	{ "-k {page}", { "doc --page=#", "--page # doc", "-page=# doc",
	    "--page=C --page # doc", "doc --page=# -- --page=C",
	    "doc --page=# --page" }, .key = "#" },
	{ "-k {page} --value-options=--page,--top", { "--page # doc",
	    "--top --page --page # doc", "--page --page --page=# doc",
	    "doc --page # --pages=C --pag=C" }, .key = "#" },
	{ "-k {p}", { "-p# doc", "-p # doc", "-p=# doc", "doc -pC -p#",
	    "-p # doc --q=C -xp" }, .key = "#" },
	{ "-k {p} --value-options=-p", { "-xp# doc", "-xp # doc", "-p C doc -x -p #",
	    "-p -p -p# doc", "-p# doc -- -pC" }, .key = "#" },
	{ "-k {env:PAGE}", { "doc" }, .key = "#" },
	{ "-k x{env:PAGE}-{2}", { "doc 7" }, .key = "x#-7" },
	{ "-k {2} -k x", { "doc #" }, .key = "# x" },
	{ "-k {2}{3} -k {-1}", { "doc # xy z" }, .key = "#xy z" },
	{ "-k {@} --key-match=(.)$", { "doc #", "doc -x #" }, .key = "#" },
	{ "-k {2} -k x --key-match=^(.).x$", { "doc #" }, .key = "#" },
	{ "-k {2} --key-match=(C|#)", { "doc x#", "doc #y" }, .key = "#" },
	{ "-k {path:2}", { "doc " PAPER, "doc page#", "doc ./../u//page#",
	    "doc file:///home/u/page#", "doc file://localhost/home/%75/./page#",
	    "doc /home/link/none/../page#" }, .key = PAPER },
	{ "-k {path:page}", { "--page=page# doc", "doc --page /home/u/page#/" },
	    .key = PAPER },
	{ "-k {path:arg:-1}", { "doc page#", "-x doc /home/link/page# -y",
	    "doc -- /../home/u/page#" }, .key = PAPER },
	{ "-k {path:2}:{arg:-1}", { "doc none#/x/.. y", "doc ./none# -- y" },
	    .key = "/home/u/none#:y" },
	{ "-k {path:2}", { "doc https://host/page#" }, .key = "https://host/page#" },
	{ "-k {inode:2}", { "doc page#", "doc " PAPER, "doc ../link/page#",
	    "doc file:///home/u/page#" }, .key = "inode" },
	{ "-k {cwd}", { "doc" }, .key = "/home/u/#", .cwd = "/home/u/#" },
	{ "-k {cwd}:{path:o}", { "doc -o=x", "doc --o=x", "-ox doc", "-o x doc" },
	    .key = "/home/u/#:/home/u/#/x", .cwd = "/home/u/#" },
	{ "--strict-key --key-cmd=key_$2", { "doc #" }, .key = "#" },
	{ "--strict-key --key-cmd=key_$2 -k x{2}", { "doc #" }, .key = "# x#" },
};
enum { FORMS = sizeof(forms) / sizeof(*forms) };

static const struct form *form; /* NULL: there is no key */

void
keys_draw(void)
{
	form = !world.keyed ? NULL : world.common.apart ? &forms[1] : forms;
	if (!form)
		return;
	if (!world.common.apart && sim_random(4))
		do
			form = &forms[2 + sim_random(FORMS - 2)];
		while (world.extras && strstr(form->options, "{0}"));
	file_make("/home/u/pageA", 0600, "");
	file_make("/home/u/pageB", 0600, "");
	if (form->cwd) { /* else A could be that folder */
		file_make("/home/u/A/.keep", 0600, "");
		file_make("/home/u/B/.keep", 0600, "");
	}
	link_make("/home/link", "/home/u");
}

/* Its words, with what stands in them put in. */
static char **
words_put(const char *text, char letter, const char *document, char **a)
{
	char *w = kstrdup(text), *one;

	for (; (one = strsep(&w, " ")); a++) {
		*a = strcmp(one, "doc") ? one : (char *)document;
		for (; *a != document && *one; one++)
			*one = *one == '#' ? letter : *one == '_' ? ' ' : *one;
	}
	return a;
}

char **
keys_options(const struct launch *l, char **a)
{
	return form && *l->key ? words_put(form->options, *l->key, NULL, a) : a;
}

char **
keys_line(struct launch *l, char **a)
{
	const struct launch *first = &world.launch[l->origin - 1];
	unsigned long n = 0;

	if (!form) {
		*a++ = l->document;
		return a;
	}
	while (n < 6 && form->lines[n])
		n++;
	l->line = first == l ? sim_random(n) : first->line;
	return words_put(form->lines[l->line], *l->key, l->document, a);
}

void
keys_env(const struct launch *l, char **env)
{
	static char other[] = "PAGES=C", page[] = "PAGE=A";

	if (!form || !strstr(form->options, "env:"))
		return;
	while (*env)
		env++;
	*env++ = other;
	*env = kstrdup(page);
	(*env)[5] = *l->key;
}

void
keys_place(struct launch *l)
{
	char path[32] = "", *end = path;

	if (!form || !*l->key || (*form->key != '/' && strcmp(form->key, "inode") != 0))
		return;
	for (const char *s = form->cwd ? form->cwd : "/home/u"; *s; s++)
		*end++ = *s == '#' ? *l->key : *s;
	now = procs;
	if (path_find(AT_FDCWD, path, true, &l->cwd))
		unknown("a launch in %s", path);
	now = NULL;
	l->p->cwd = l->cwd;
}

char **
keys_parts(char letter, char **a)
{
	struct proc *runs = now;
	struct inode *page;
	char text[64];

	if (!form || strcmp(form->key, "inode"))
		return form ? words_put(form->key, letter, NULL, a) : a;
	snprintf(text, sizeof(text), "/home/u/page%c", letter);
	now = procs;
	if (path_find(AT_FDCWD, text, true, &page))
		unknown("a key without its page");
	now = runs;
	snprintf(text, sizeof(text), "0:30 inode %lu", page->ino);
	*a++ = kstrdup(text);
	return a;
}

size_t
words_join(char *const *words, char between, bool quoted, char *text, size_t cap)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTU"
	    "VWXYZ0123456789%+,-./:=@_";
	size_t n = 0;

	for (char *const *w = words; *w; w++) {
		const char *quote = quoted && (!**w || (*w)[strspn(*w, plain)]) ?
		    "'" : "";

		if (w > words)
			text[n++] = between;
		n += (size_t)snprintf(text + n, cap - n, "%s%s%s", quote, *w,
		    quote);
		known(n < cap - 1);
	}
	text[n] = '\0';
	return n;
}

size_t
keys_shown(char letter, char *text, size_t cap)
{
	char *parts[8] = { NULL };

	*keys_parts(letter, parts) = NULL;
	return words_join(parts, ' ', true, text, cap);
}

void
keys_text(const struct launch *l, char *text, size_t cap)
{
	char *parts[8] = { NULL };

	if (*l->key)
		*keys_parts(*l->key, parts) = NULL;
	words_join(parts, KEY_SEPARATOR, false, text, cap);
}

bool
keys_is(const struct launch *l, const char *key)
{
	char text[256];

	keys_text(l, text, sizeof(text));
	return !strcmp(text, key ? key : "");
}

void
keys_check(const struct launch *l, const char *app, const char *key)
{
	const char *named = world.extras ? "editor" : "/bin/editor";

	if (strcmp(app, named))
		wrong("%s is of %s, and its application is %s", l->document,
		    app, named);
	if (!keys_is(l, key))
		wrong("%s has the key %s, and is of %s", l->document,
		    key ? key : "that is none", *l->key ? l->key : "none");
}

/* As a plan has it: the parts, and behind them the options. */
void
keys_plan(const struct launch *l, char *text, size_t cap)
{
	char *parts[8] = { NULL }, *options[12] = { NULL }, *pair[2] = { NULL };
	char *last = NULL;
	size_t n = 0;
	int any = 0;

	*keys_parts(*l->key, parts) = NULL;
	*keys_options(l, options) = NULL;
	for (char **a = parts; *a; a++) {
		n += (size_t)snprintf(text + n, cap - n, "%s",
		    a > parts ? "\n             " : "");
		*pair = *a;
		n += words_join(pair, ' ', true, text + n, cap - n);
	}
	for (char **a = l->words; *a; a++)
		last = *a;
	for (char **a = options; *a; a++) {
		size_t name = !strcmp(*a, "-k") || !strcmp(*a, "-d") ? 2 :
		    !strncmp(*a, "--key", 5) ? strcspn(*a, "=") + 1 : 0;

		if (!name)
			continue;
		n += (size_t)snprintf(text + n, cap - n, "%s%.*s%s",
		    any++ ? " " : " (", (int)name,
		    *a, (*a)[1] == 'd' ? ": " : name == 2 ? " " : "");
		*pair = (*a)[1] == 'd' ? last : name == 2 ? *++a : *a + name;
		n += words_join(pair, ' ', true, text + n, cap - n);
	}
	snprintf(text + n, cap - n, ")");
}

bool
keys_have_command(void)
{
	return form && strstr(form->options, "--key-cmd");
}

bool
keys_may_fail(void)
{
	return keys_have_command() &&
	    world.harmed & (1U << KILL | 1U << FAIL | 1U << TYPED);
}
