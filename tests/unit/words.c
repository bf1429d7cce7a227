/*
 * words.c: the lines of a rule are read as sh reads them.
 *
 * A model is at hand: sh itself, for lines of which it expands nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/core/rule/rule.h"
#include "tests/unit/tap.h"

enum { MOST = 16, ROUNDS = 4000, LINE = 24 };

/* What words_next makes of a text: words in brackets, a bar after each line;
 * "!LINE" where it cannot be read. */
static const char *
split(const char *in)
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

static void
cases(void)
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
		is(split(c[i].in), c[i].out, "case %zu", i);
	sprintf(want, "<a>1|!3 %s", open);
	ok(!strcmp(split("a\n\nb 'c\nd\n"), want) &&
		!strcmp(split("a\n\n\"c\\\""), want),
	    "an open quote: with the line where its words began");
	ok(strstr(split("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"), "!1 too") &&
		strstr(split("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"), "<15>1|"),
	    "too many words are told");
}

/* What sh prints for a script: its length, -1 if it fails. */
static long
shell(const char *script, size_t len, char *out, size_t cap)
{
	char name[] = "/tmp/words.XXXXXX", line[64];
	int fd = mkstemp(name);
	size_t got = 0, k;
	FILE *p;

	if (fd < 0 || write(fd, script, len) != (ssize_t)len)
		abort();
	close(fd);
	snprintf(line, sizeof(line), "sh %s 2>/dev/null", name);
	p = popen(line, "r");
	while (p && (k = fread(out + got, 1, cap - got, p)))
		got += k;
	k = !p || pclose(p) != 0;
	unlink(name);
	return k ? -1 : (long)got;
}

static void
as_sh(void)
{
	static const char alphabet[] = "aab  \t'\"\\#\n={}";
	static char script[ROUNDS * 64], want[ROUNDS * 64], got[ROUNDS * 64];
	size_t len = 0, n = 0, refused = 0, wrong = 0;
	char line[LINE + 8], text[sizeof(line)], *word[MOST + LINE];
	struct words w;
	long told;
	int k;

	len = (size_t)sprintf(script, "p() { for w do printf '%%s\\0' \"$w\";"
	    " done; printf '\\001\\0'; }\n");
	srand(7);
	for (int round = 0; round < ROUNDS; round++) {
		size_t m = (size_t)rand() % LINE;

		for (size_t i = 0; i < m; i++)
			line[i] = alphabet[(size_t)rand() %
			    (sizeof(alphabet) - 1)];
		strcpy(line + m, "z\n");
		strcpy(text, line);
		words_init(&w, text, strlen(text));
		while ((k = words_next(&w, word, MOST + LINE)) > 0)
			;
		if (k < 0) {
			/* It fails there too. */
			if (refused++ < 8) {
				char one[64];
				size_t o = (size_t)sprintf(one, ": %s", line);

				wrong += shell(one, o, got, sizeof(got)) != -1;
			}
			continue;
		}
		/* One line of words at a time, as sh has it. */
		strcpy(text, line);
		words_init(&w, text, strlen(text));
		k = words_next(&w, word, MOST + LINE);
		if (w.next != w.end || w.line != 1)
			continue; /* several */
		len += (size_t)sprintf(script + len, "p %s", line);
		for (int i = 0; i < k; i++)
			n += (size_t)sprintf(want + n, "%s", word[i]) + 1;
		n += (size_t)sprintf(want + n, "\001") + 1;
	}
	ok(refused > 100 && !wrong, "sh refuses what is refused (%zu of %zu)",
	    wrong, refused);
	told = shell(script, len, got, sizeof(got));
	ok(told == (long)n && n > 9000 && !memcmp(got, want, n),
	    "sh reads the same words (%ld, %zu bytes)", told, n);
}

void
words_part(void)
{
	cases();
	as_sh();
}
