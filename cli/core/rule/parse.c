/*
 * parse.c: the text of a rule.
 *
 * Each line goes through the table of options as if it stood on a command line.
 * If options only conflict with each other, the fault names the line that
 * brought the conflict.
 */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "cli/core/launch/options_parse.h"
#include "cli/core/rule/parse.h"
#include "cli/core/rule/quoting.h"
#include "cli/core/rule/rule.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "preload/contract.h"

enum { WORDS_MOST = 256 };

/* Put "FILE:LINE: " in front of what the fault says. */
static int
fault_place(const struct rule *r, unsigned int line, struct fault *f)
{
	char said[sizeof(f->line)], digits[24];
	struct text t;

	memcpy(said, f->line, sizeof(said));
	fault_set(f, EXIT_USAGE, r->file, ":", say_num(digits, line), ": ",
	    NULL);
	t = text_in(f->line + strlen(f->line),
	    sizeof(f->line) - strlen(f->line));
	text_add(&t, said); /* it is escaped already */
	return -1;
}

static int
match_take(struct rule *r, char *pattern[], struct fault *f)
{
	if (!*pattern)
		return fault_set(f, EXIT_USAGE, "match: no path is given",
		    NULL);
	for (; *pattern; pattern++) {
		if (**pattern != '/')
			return fault_set(f, EXIT_USAGE, "match: '", *pattern,
			    "' does not begin with a slash", NULL);
		if (buf_add(&r->matches, pattern, sizeof(*pattern)) < 0)
			return fault_set(f, EXIT_USAGE, "match: too many",
			    NULL);
	}
	return 0;
}

static int
rule_line(struct rule *r, char *argv[], int n, struct fault *f)
{
	int taken;

	if (!strcmp(argv[1], "match"))
		return match_take(r, argv + 2, f);
	taken = options_line(&r->o, n + 1, argv, f);
	if (taken < 0 || taken == n)
		return taken;
	return fault_set(f, EXIT_USAGE, "'", argv[taken + 1], "' is one word"
	    " too many: one option a line", NULL);
}

int
rule_quote(struct buf *b, char *const words[], size_t n)
{
	const char *value;
	struct text t;
	size_t most;

	for (size_t i = 0; i < n; i++) {
		most = 4 * strlen(words[i]) + 4;
		if (buf_room(b, most) < 0)
			return -1;
		t = text_in(b->at + b->len, most);
		if (i)
			text_add(&t, " ");
		/* --NAME='VALUE', as people write it. */
		value = words[i] + strspn(words[i],
		    "-abcdefghijklmnopqrstuvwxyz");
		value = *value == '=' && value[1] ? value + 1 : words[i];
		text_mem(&t, words[i], (size_t)(value - words[i]));
		text_shell(&t, value);
		b->len += t.len;
	}
	return 0;
}

int
rule_options(struct buf *b, struct options *o, char *word[], int n,
    struct fault *f)
{
	int k;

	options_init(o);
	for (; n; word += k, n -= k) {
		k = options_line(o, n + 1, word, f);
		if (k < 0)
			return -1;
		rule_quote(b, word + 1, (size_t)k);
		buf_add(b, "\n", 1);
	}
	return options_end(o, f);
}

int
rule_parse(struct rule *r, struct buf *lines, struct fault *f)
{
	char *argv[WORDS_MOST + 2] = { (char *)"onlyone" };
	unsigned int odd = 0;
	struct options sum;
	struct fault later;
	struct words w;
	bool bad = false;
	int n;

	options_init(&r->o);
	words_init(&w, r->text.at, r->text.len);
	while ((n = words_next(&w, argv + 1, WORDS_MOST + 1)) > 0) {
		if (rule_line(r, argv, n, bad ? &later : f) < 0) {
			if (!bad)
				fault_place(r, w.line, f);
			bad = true;
		}
		if (bad) /* parsed on only to find --scope=cluster */
			continue;
		if (lines && (rule_quote(lines, argv + 1, (size_t)n) < 0 ||
		    buf_add(lines, "", 1) < 0))
			return fault_errno(f, EXIT_SYSTEM, ENOMEM, r->file,
			    NULL);
		sum = r->o;
		if (options_end(&sum, f) == 0)
			odd = 0;
		else if (!odd)
			odd = w.line;
	}
	r->patterns = (char **)(void *)r->matches.at;
	r->npatterns = r->matches.len / sizeof(*r->patterns);
	if (bad)
		return -1;
	if (n < 0) { /* the rest is not parsed: search it for --scope=cluster */
		r->o.cluster.on |= strstr(r->text.at, "--scope=cluster") != NULL;
		fault_set(f, EXIT_USAGE, w.why, NULL);
		return fault_place(r, w.line, f);
	}
	return options_end(&r->o, f) < 0 ? fault_place(r, odd, f) : 0;
}

bool
rule_matches(const struct rule *r, const char *path)
{
	for (size_t i = 0; i < r->npatterns; i++) {
		if (!fnmatch(r->patterns[i], path, FNM_PATHNAME))
			return true;
	}
	return !r->npatterns;
}
