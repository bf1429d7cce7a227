/*
 * shell_line.c: what a shell has left to do after onlyonectl hold.
 *
 * A line is parsed by the grammar of sh(1), and run in the mind: every command
 * in turn, the hold with success.  What is left out then, behind `hold ||` and in
 * the branch for `! hold`, is parsed only.  Nothing is expanded, so a hold that
 * comes out of a variable, or out of eval, is not found.
 */
#include <stdbool.h>
#include <string.h>

#include "cli/core/ctl/shell_line.h"

enum { WORD = 64, DEEP = 100 };

enum token { END, WORDS, OPERATOR };

/* Whether commands run once the hold has succeeded. */
enum run { NEVER, MAYBE, SURELY };

/* The exit status of commands. */
enum status { UNKNOWN, SUCCESS, FAILURE };

/* More than a dozen members: the reader's place, and what is known so far. */
struct line {
	const char *at;
	enum token token; /* the next one, */
	char word[WORD];  /* without quotes, cut off; of an operator all */
	const char *from; /* where it begins */
	char here[WORD];  /* what ends a here-document that begins after this
			   * line; "": there is none */
	char function[WORD]; /* the function that has the hold in it */
	unsigned commands, deep;
	bool held;    /* the hold is past */
	bool goes_on; /* and something ran after it */
	bool exited;  /* the shell has ended, */
	bool broken;  /* or this loop */
	bool reads; /* a file of commands is read: . or source */
	bool lost;  /* what this line does cannot be told */
};

static enum status list(struct line *l, enum run run, const char *ends);

/* Past the end of what begins here: $(...), `...`, ${...}, "...".  deep: how
 * many of these it is in. */
static const char *
past(const char *s, unsigned deep)
{
	char end = *s == '(' ? ')' : *s == '{' ? '}' : *s;
	bool nests = end != '"' && end != '\'' && end != '`';

	if (deep > DEEP)
		return s + strlen(s);
	for (s++; *s && *s != end; ) {
		if (*s == '\\' && end != '\'')
			s += s[1] ? 2 : 1;
		else if (*s == '$' && end != '\'' && (s[1] == '(' ||
		    s[1] == '{'))
			s = past(s + 1, deep + 1);
		else if (nests && strchr("('\"`", *s))
			s = past(s, deep + 1);
		else
			s++;
	}
	return *s ? s + 1 : s;
}

/* Copy what a word has between from and to. */
static void
word_add(struct line *l, size_t *n, const char *from, const char *to)
{
	for (; from < to && *n < WORD - 1; from++)
		l->word[(*n)++] = *from;
	l->word[*n] = '\0';
}

/* Past the here-document that begins at s, behind the line that asks for it. */
static const char *
here_past(struct line *l, const char *s)
{
	size_t n = strlen(l->here);

	while (*s) {
		const char *text = s + strspn(s, "\t");

		s += strcspn(s, "\n");
		if ((size_t)(s - text) == n && !memcmp(text, l->here, n))
			break;
		s += *s == '\n';
	}
	l->here[0] = '\0';
	return s + (*s == '\n');
}

static void
operator_next(struct line *l)
{
	static const char *const pairs[] = { "&&", "||", ";;", ";&", "|&" };
	const char *s = l->at;
	size_t n = 1;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (!strncmp(s, pairs[i], 2))
			n = 2;
	memcpy(l->word, s, n);
	l->word[n] = '\0';
	l->token = OPERATOR;
	l->at += n;
	if (*s == '\n') {
		l->word[0] = ';';
		if (*l->here)
			l->at = here_past(l, l->at);
	}
}

/* Read the next token; redirections are left out. */
static void
next(struct line *l)
{
	const char *s = l->at, *to;
	bool redirects = false, here = false;
	size_t n;

	for (;;) {
		while (*s == ' ' || *s == '\t' || !strncmp(s, "\\\n", 2))
			s += *s == '\\' ? 2 : 1;
		if (*s == '#')
			s += strcspn(s, "\n");
		l->at = l->from = s;
		n = 0;
		l->word[0] = '\0';
		if (!*s) {
			l->token = END;
			return;
		}
		to = s + strspn(s, "0123456789");
		if (*to == '<' || *to == '>' || !strncmp(s, "&>", 2)) {
			here = !strncmp(to, "<<", 2) && to[2] != '<';
			s = to + (*to == '&');
			s += strspn(s, "<>");
			s += strspn(s, here ? "-" : "&|");
			redirects = true;
			if (*s != '(') /* <(...) is a word itself */
				continue;
			s = past(s, 0);
		} else if (strchr(";&|()\n", *s)) {
			operator_next(l);
			return;
		}
		while (*s && !strchr(" \t\n;&|()<>", *s)) {
			if (*s == '\'' || *s == '"') {
				to = past(s, 0);
				word_add(l, &n, s + 1, to - (to > s + 1));
			} else if (*s == '`') {
				to = past(s, 0);
				word_add(l, &n, s, to);
			} else if (*s == '$' && (s[1] == '(' || s[1] == '{')) {
				to = past(s + 1, 0);
				word_add(l, &n, s, to);
			} else if (*s == '\\' && s[1]) {
				to = s + 2;
				word_add(l, &n, s + 1, to);
			} else {
				to = s + 1;
				word_add(l, &n, s, to);
			}
			s = to;
		}
		if (!redirects)
			break;
		if (here)
			strcpy(l->here, l->word);
		redirects = here = false;
	}
	l->token = WORDS;
	l->at = s;
}

static bool
is(const struct line *l, const char *word)
{
	return l->token != END && !strcmp(l->word, word);
}

/* Whether a word is one of a list, which has a blank around each. */
static bool
among(const char *word, const char *words)
{
	const char *at = *word ? strstr(words, word) : NULL;

	for (; at; at = strstr(at + 1, word))
		if (at[-1] == ' ' && at[strlen(word)] == ' ')
			return true;
	return false;
}

/* Whether text, which ends at end, has a word in it. */
static bool
has(const char *text, const char *end, const char *word)
{
	return memmem(text, (size_t)(end - text), word, strlen(word));
}

static bool
assigns(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

	return n && word[n] == '=';
}

/* A command that runs: its first word, and its text. */
static enum status
ran(struct line *l, bool surely, const char *name, const char *text,
    const char *end)
{
	bool ours = has(text, end, "onlyonectl") &&
	    !among(name, " echo printf : ");

	l->commands++;
	if (ours && has(text, end, "hold"))
		l->held = true;
	if (ours && (has(text, end, "hold") || has(text, end, "release")))
		return SUCCESS;
	if (*l->function && !strcmp(name, l->function))
		l->held = true;
	else if (among(name, " . source "))
		l->reads = true;
	else if (!strcmp(name, "eval"))
		l->lost = true;
	else if (among(name, " exit return "))
		l->exited = l->held && surely;
	else if (among(name, " break continue "))
		l->broken = l->held && surely;
	else if (!*name || among(name, " echo printf : true cd export set "
	    "unset shift umask readonly local "))
		return SUCCESS;
	else if (!strcmp(name, "false"))
		return FAILURE;
	else if (!among(name, " test [ [[ "))
		l->goes_on = l->goes_on || l->held;
	return UNKNOWN;
}

/* The body of a function: the hold in it is one where that is called. */
static void
define(struct line *l, const char *name)
{
	bool held = l->held;

	while (is(l, "(") || is(l, ")") || is(l, ";"))
		next(l);
	list(l, SURELY, NULL);
	if (l->held && !held)
		strcpy(l->function, name);
	l->held = held;
	l->exited = l->broken = false;
}

static enum status
simple(struct line *l, enum run run)
{
	const char *text = l->from;
	char name[WORD] = "";
	bool tests = false; /* inside of [[ ... ]] */

	for (; l->token == WORDS || (tests && l->token != END); next(l)) {
		if (!*name && !assigns(l->word) && !among(l->word,
		    " command builtin exec time "))
			strcpy(name, l->word);
		tests = !strcmp(name, "[[") && !is(l, "]]");
	}
	if (is(l, "("))
		define(l, name);
	else if (run != NEVER && !l->exited && !l->broken)
		return ran(l, run == SURELY, name, text, l->from);
	return UNKNOWN;
}

/* How commands run behind others, if they do where those have ended so. */
static enum run
behind(enum run run, enum status status, enum status wanted)
{
	if (run == NEVER || status == wanted)
		return run;
	return status == UNKNOWN ? MAYBE : NEVER;
}

/* Past a word that must come here. */
static void
expect(struct line *l, const char *word)
{
	l->lost = l->lost || !is(l, word);
	next(l);
}

/* One of several parts: once the hold is in one, the others do not run. */
static void
branch(struct line *l, enum run run, const char *ends, bool *taken)
{
	bool held = l->held;

	list(l, *taken ? NEVER : run, ends);
	*taken = *taken || (l->held && !held);
}

static void
condition(struct line *l, enum run run)
{
	bool taken = false;
	enum status status;

	do {
		next(l);
		status = list(l, run, " then ");
		expect(l, "then");
		branch(l, behind(run, status, SUCCESS), " elif else fi ",
		    &taken);
		run = behind(run, status, FAILURE);
	} while (is(l, "elif"));
	if (is(l, "else")) {
		next(l);
		branch(l, run, " fi ", &taken);
	}
	expect(l, "fi");
}

static void
loop(struct line *l, enum run run)
{
	enum status status = UNKNOWN,
	    wanted = is(l, "until") ? FAILURE : SUCCESS;

	if (is(l, "while") || is(l, "until")) {
		next(l);
		status = list(l, run, " do ");
	}
	while (l->token != END && !is(l, "do")) /* for NAME in WORD... ; */
		next(l);
	expect(l, "do");
	list(l, behind(run, status, wanted), " done ");
	expect(l, "done");
	l->broken = false;
}

static void
cases(struct line *l, enum run run)
{
	bool taken = false;

	while (l->token != END && !is(l, "in"))
		next(l);
	next(l);
	while (l->token != END && !is(l, "esac")) {
		while (l->token != END && !is(l, ")") && !is(l, "esac"))
			next(l);
		if (is(l, ")")) {
			next(l);
			branch(l, behind(run, UNKNOWN, SUCCESS),
			    " ;; ;& esac ", &taken);
		}
		while (l->token == OPERATOR)
			next(l);
	}
	expect(l, "esac");
}

static enum status
command(struct line *l, enum run run)
{
	enum status status = UNKNOWN;
	char name[WORD];
	bool exited = l->exited;

	if (++l->deep > DEEP) {
		l->lost = true;
		l->token = END;
	} else if (is(l, "{")) {
		next(l);
		status = list(l, run, " } ");
		expect(l, "}");
	} else if (is(l, "(")) {
		next(l);
		status = list(l, run, " ) ");
		expect(l, ")");
		l->exited = exited;
	} else if (is(l, "if")) {
		condition(l, run);
	} else if (among(l->word, " while until for select ")) {
		loop(l, run);
	} else if (is(l, "case")) {
		cases(l, run);
	} else if (is(l, "function")) {
		next(l);
		strcpy(name, l->word);
		next(l);
		define(l, name);
	} else if (l->token == WORDS) {
		status = simple(l, run);
	}
	l->deep--;
	return status;
}

static enum status
pipeline(struct line *l, enum run run)
{
	enum status status;
	bool not = false, held = l->held;

	for (; is(l, "!") || is(l, "not"); next(l))
		not = !not;
	status = command(l, run);
	while (is(l, "|") || is(l, "|&")) {
		do
			next(l);
		while (is(l, ";"));
		/* It runs beside the hold, not after it. */
		command(l, l->held && !held ? NEVER : run);
		status = UNKNOWN;
	}
	if (status == UNKNOWN || !not)
		return status;
	return status == SUCCESS ? FAILURE : SUCCESS;
}

/* Commands up to a word of ends, which is not read; NULL: one command. */
static enum status
list(struct line *l, enum run run, const char *ends)
{
	enum status status = UNKNOWN;
	enum run now = run;

	if (!ends)
		return command(l, run);
	while (is(l, ";"))
		next(l);
	while (l->token != END && !among(l->word, ends)) {
		const char *from = l->from;
		enum status got = pipeline(l, now);
		bool or, and;

		if (now != NEVER)
			status = now == SURELY ? got : UNKNOWN;
		or = is(l, "||");
		and = is(l, "&&");
		if (l->token == OPERATOR && strchr(";&|", *l->word) &&
		    strcmp(l->word, ";;") && strcmp(l->word, ";&")) {
			next(l);
		} else if (l->from == from && l->token != END) {
			/* Not a line that a shell would take. */
			l->lost = true;
			next(l);
		}
		while (is(l, ";"))
			next(l);
		if (is(l, "or") || is(l, "and")) { /* fish(1) */
			or = is(l, "or");
			and = !or;
			next(l);
		}
		now = or ? behind(run, status, FAILURE) :
		    and ? behind(run, status, SUCCESS) : run;
	}
	return status;
}

enum shell_line
shell_line_after(const char *text)
{
	struct line l = { .at = text };

	next(&l);
	list(&l, SURELY, " ");
	if (l.goes_on || (l.reads && !l.held))
		return LINE_GOES_ON;
	if (!l.lost && (l.held || l.commands == 1))
		return LINE_ENDS;
	return LINE_UNCLEAR;
}
