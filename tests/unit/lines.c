/*
 * lines.c: lines that people write: of a rule, as sh reads them; of a script,
 * what is left after onlyonectl hold; of a later launch, what a row hands over.
 */
#include "cli/core/ctl/shell_line.h"
#include "cli/core/handover/row.h"
#include "cli/core/handover/way.h"
#include "cli/core/rule/rule.h"
#include "tests/unit/tap.h"

/* --- words */

enum { MOST = 16 };

/* What words_next makes of a text: words in brackets, a bar after each line;
 * "!LINE" where it cannot be read. */
static const char *
words_of(const char *in)
{
	static char out[512];
	char text[256], *word[MOST];
	struct words w;
	int n;

	strcpy(text, in);
	*out = '\0';
	words_init(&w, text, strlen(text));
	while ((n = words_next(&w, word, MOST)) > 0) {
		for (int i = 0; i < n; i++)
			sprintf(out + strlen(out), "<%s>", word[i]);
		if (word[n])
			strcat(out, "no NULL");
		sprintf(out + strlen(out), "%u|", w.line);
	}
	if (n < 0)
		sprintf(out + strlen(out), "!%u %s", w.line, w.why);
	return out;
}

void
words_part(void)
{
	static const char open[] = "a quote is not closed";
	static const struct {
		const char *in, *out;
	} c[] = {
	    {"", ""}, {"\n\n \t\n", ""}, {"a", "<a>1|"},
	    {"a b\tc\n", "<a><b><c>1|"}, {"  a  \n  b", "<a>1|<b>2|"},
	    {"# a\n\nb # c\n#d", "<b>3|"}, {"a#b '#'", "<a#b><#>1|"},
	    {"'a b'\"c d\"e\\ f", "<a bc de f>1|"}, {"'' \"\"", "<><>1|"},
	    {"--x='a \"$@\"'", "<--x=a \"$@\">1|"},
	    {"\"\\$\\`\\\"\\\\\\n\"", "<$`\"\\\\n>1|"},
	    {"'a\nb' c\nd", "<a\nb><c>1|<d>3|"},
	    {"a\\\nb\nc", "<ab>1|<c>3|"}, {"\"a\\\nb\"\nc", "<ab>1|<c>3|"},
	    {"a \\\n b\nc", "<a><b>1|<c>3|"}, {"# a\\\nb", "<b>2|"},
	    {"$HOME `x` * ~ {1} ;|&", "<$HOME><`x`><*><~><{1}><;|&>1|"},
	    {"a\\", "<a\\>1|"}, {"a\r", "<a\r>1|"},
	};
	char want[64];

	for (size_t i = 0; i < COUNT(c); i++)
		is(words_of(c[i].in), c[i].out, "case %zu", i);
	sprintf(want, "<a>1|!3 %s", open);
	ok(!strcmp(words_of("a\n\nb 'c\nd\n"), want) &&
		!strcmp(words_of("a\n\n\"c\\\""), want),
	    "an open quote: with the line where its words began");
	ok(strstr(words_of("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"), "!1 too") &&
		strstr(words_of("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"), "<15>1|"),
	    "too many words are told");
}

/* --- shell line */

static const char *const ends[] = {
    "HOLD", " HOLD ; ", "HOLD\n", "-- HOLD", "HOLD --skip 2>/dev/null",
    "HOLD >>log 2>&1", "HOLD &>log", "HOLD || exit", "HOLD && echo ok; echo $?",
    "HOLD ||\n exit 1\n", "HOLD || exit && true", "HOLD && true || work",
    "X=1 HOLD", "HOLD one; HOLD two", "cd /srv; work; HOLD",
    "timeout 9 HOLD || exit", "\"$BIN/onlyonectl\" hold \"$job\" || exit",
    "[ -e x ] || exit 0; HOLD", "[[ -e x && -e y ]] && HOLD",
    ". ./env; HOLD", "onlyonectl count job; HOLD", "onlyonectl release job",
    "HOLD 'a;b' \"c\\\";d\" \\;", "sh -c 'HOLD; work'", "{ HOLD; }",
    "HOLD || { logger busy; exit 1; }", "HOLD || { work; } || work",
    "if HOLD; then echo ok; fi", "if [ -e x ]; then HOLD; fi",
    "if HOLD; then exit; fi; work", "{ HOLD && exit; }; work",
};

static const char *const goes_on[] = {
    "HOLD; work", "HOLD || exit 0; work", "HOLD && work", "HOLD\nwork",
    "HOLD && echo ok && work", "HOLD || exit && work", "HOLD; X=1 work",
    "HOLD; work &", "HOLD; work | cat", "HOLD; echo a#b; work",
    "HOLD || exit; work; onlyonectl release job", "timeout 9 HOLD; work",
    "cd /srv\nsh -c 'HOLD || exit'\nwork", "HOLD && onlyonectl listen job",
    "HOLD 'a b' || exit; . ./work", "HOLD || { logger busy; exit 1; }; work",
    "HOLD || { echo busy | logger; exit; } >&2\nwork",
    "{ HOLD || { exit; }; }; work", "HOLD || { exit; } && { work; }",
    "if HOLD\nthen\n\twork\nelse exit\nfi", "if HOLD >&2; then :; fi; work",
    "if [ -e x ]; then HOLD; fi; work",
};

static const char *const unclear[] = {
    "", "work", "$HOLD || exit; work", "eval \"HOLD && work\"",
    ". ./guard; work", "{ HOLD; } & work", "(HOLD || exit; work)",
    "work | { echo; HOLD; }; work", "if HOLD; then :; else work; fi",
    "HOLD || if work; then exit; fi; work", "if ! HOLD; then exit; fi; work",
    "if HOLD; then :; fi | work", "HOLD || { { exit; }; exit; }; work",
    "HOLD || (exit); work", "x=$(HOLD); echo \"$x\"", "work | HOLD",
    "HOLD & work", "HOLD # ; work", "HOLD <<X\nwork\nX\n",
    "HOLD; rc=$?; [ $rc = 0 ]; work", "HOLD; or exit; work", "HOLD 'x; work",
    "HOLD; for i in a b; do work $i; done", "HOLD \"$(hostname)\"; work",
    "g() { HOLD; }; g; work", "until HOLD; do sleep 1; done; work",
    "echo `HOLD`; work",
};

static void
all(const char *const *in, size_t n, enum shell_line want)
{
	char text[256], *out;
	enum shell_line got;

	for (size_t i = 0; i < n; i++) {
		out = text;
		for (const char *s = in[i]; *s; s++)
			if (!strncmp(s, "HOLD", 4) && (s == in[i] ||
			    s[-1] != '$')) {
				out = stpcpy(out, "onlyonectl hold job");
				s += 3;
			} else {
				*out++ = *s;
			}
		*out = '\0';
		got = shell_line_after(text);
		ok(got == want, "%d of line %zu", (int)want, i);
	}
}

void
shell_line_part(void)
{
	all(ends, COUNT(ends), LINE_ENDS);
	all(goes_on, COUNT(goes_on), LINE_GOES_ON);
	all(unclear, COUNT(unclear), LINE_UNCLEAR);
	/* Whatever is cut off is read to its end, and no further. */
	for (size_t i = 0; i < COUNT(goes_on); i++)
		for (size_t n = strlen(goes_on[i]); n; n--) {
			char *part = strndup(goes_on[i], n);

			shell_line_after(part);
			free(part);
		}
}

/* --- way */

/* values, options and waits of a row; what is typed, with -W or not; then what
 * its lines get, each word behind a blank, what is left, and how many documents
 * there are; waits: the launch is to wait.  A word "''" is empty. */
static const struct {
	const char *values, *options, *waits, *typed;
	bool wait;
	const char *handed, *left;
	size_t documents;
	bool waits_for;
} rows[] = {
	{ "", "-x", NULL, "-x a b", false, " -x a b", "", 2, false },
	/* An option's value is no document, whether it is handed over or not. */
	{ "-s -page", "-page", NULL, "-s 1 --page 2 a", false, " --page 2 a",
	    "-s 1", 1, false },
	{ "-page", "-page", NULL, "--page=2 a", false, " --page=2 a", "", 1,
	    false },
	/* One that is the last word has no value. */
	{ "-s", "-s", NULL, "a -s", false, " a -s", "", 1, false },
	{ "-[ab]c", "", NULL, "-bc x -dc y", false, " y", "-bc x -dc", 1,
	    false },
	/* A value may look like an option, or be the end of them. */
	{ "-s", "-s", NULL, "-s -- a", false, " -s -- a", "", 1, false },
	{ "-s", "", NULL, "-s -x a", false, " a", "-s -x", 1, false },
	/* What follows -- is a document that no program takes for an option. */
	{ "-s", "-s", "-f", "-- -s a +3 -f --", false, " ./-s a ./+3 ./-f ./--",
	    "", 5, false },
	{ "", "+*", NULL, "+3 a", false, " +3 a", "", 1, false },
	{ "", "+[0-9]*", NULL, "+/x a +", false, " a", "+/x +", 1, false },
	{ "", "", NULL, "'' a", false, " a", "''", 1, false },
	/* Waiting: by an option of the program, or by -W, for a document. */
	{ "", "", "-f -nofork", "--nofork a", false, " a", "", 1, true },
	{ "", "", "-f", "-f", false, "", "-f", 0, false },
	{ "", "", "-", "a", true, " a", "", 1, true },
	{ "", "", "-", "-x", true, "", "-x", 0, false },
	{ "", "", NULL, "a", true, " a", "", 1, false },
	/* Without the field Documents: all of it, as typed. */
	{ NULL, NULL, NULL, "-x '' +3 - a -- -b", false, " -x '' +3 - a -- -b",
	    "", 3, false },
	{ NULL, NULL, "-w", "-w a", false, " -w a", "", 1, true },
	{ NULL, NULL, "-w", "-- -w", false, " -- -w", "", 1, false },
};

static void
sorted(size_t n)
{
	char typed[256], handed[512] = "", *args[MOST + 1] = { NULL }, *word;
	struct valued valued = { .patterns = rows[n].values };
	struct handed h;
	size_t words = 0;

	strcpy(typed, rows[n].typed);
	for (word = strtok(typed, " "); word; word = strtok(NULL, " "))
		args[words++] = strcmp(word, "''") ? word : (char *)"";
	if (!ok(handed_sort(&h, &valued, rows[n].options, rows[n].waits,
	    args, rows[n].wait) == 0, "%s", rows[n].typed))
		return;
	for (char **arg = h.args; *arg; arg++)
		strcat(strcat(handed, " "), **arg ? *arg : "''");
	is(handed, rows[n].handed, "handed over");
	is(h.left, rows[n].left, "left");
	ok(h.documents == rows[n].documents && h.waits == rows[n].waits_for,
	    "%zu documents, waits: %d", h.documents, h.waits);
	buf_free(&h.words);
}

void
way_part(void)
{
	char *input[] = { (char *)"a", (char *)"/dev/stdin", NULL };
	char many[3000], *long_args[] = { (char *)"-x", many, NULL };
	struct valued none = { .patterns = "" }, x = { .patterns = "-x" };
	struct handed h;

	for (size_t n = 0; n < COUNT(rows); n++)
		sorted(n);
	handed_sort(&h, &none, "", NULL, input, false);
	ok(h.streams && h.documents == 1, "standard input is told");
	buf_free(&h.words);
	memset(many, 'y', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	handed_sort(&h, &x, "", NULL, long_args, false);
	ok(strlen(h.left) < sizeof(h.left) && !strncmp(h.left, "-x yyy", 6),
	    "what is left is cut");
	buf_free(&h.words);
	ok(way_word("auto") == WAY_AUTO && way_word("dbus") == WAY_DBUS &&
	    way_word("none") == WAY_NONE && way_word(NULL) == WAY_NONE,
	    "words");
	ok(text_among(row_programs, "gvim") && text_among(row_programs, "opera") &&
	    !text_among(row_programs, "gvi") && !text_among(row_programs, "true"),
	    "built-in rows, by all their names");
	ok(option_fits("-output -o", "--output=x") &&
	    option_fits("-output -o", "-o") && !option_fits("-o", "-ox") &&
	    !option_fits("", "-o") && !option_fits(NULL, "-o") &&
	    option_fits("-o*", "-ox"), "patterns of options");
}
