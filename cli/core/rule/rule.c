/*
 * rule.c: find the file of a rule, and read it; write the lines of one.
 *
 * Each line goes through the table of options as if it stood on a command line.
 * If options conflict with each other, the fault names the line that introduced
 * the conflict.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/say.h"
#include "cli/base/trusted.h"
#include "cli/core/rule/folders.h"
#include "cli/core/rule/rule.h"
#include "preload/contract.h"

/*
 * Lines of words, quoted as for sh.
 *
 * A word is never longer without its quotes, so it is unquoted in place.  Its
 * NUL overwrites a quote, or the character that ended the word, which has been
 * read by then.
 */

void
words_init(struct words *w, char *text, size_t len)
{
	w->next = text;
	w->end = text + len;
	w->at = w->line = 1;
	w->why = NULL;
}

static int
words_wrong(struct words *w, const char *why)
{
	w->why = why;
	return -1;
}

/* Skip blanks and a comment.  false: the line ends here. */
static bool
word_seek(struct words *w)
{
	for (;; w->next++) {
		if (w->next + 1 < w->end && w->next[0] == '\\' &&
		    w->next[1] == '\n') {
			w->next++;
			w->at++;
		} else if (w->next == w->end ||
		    (*w->next != ' ' && *w->next != '\t')) {
			break;
		}
	}
	if (w->next < w->end && *w->next == '#') {
		while (w->next < w->end && *w->next != '\n')
			w->next++;
	}
	return w->next < w->end && *w->next != '\n';
}

/* Take the character at `from`, which follows a backslash: without the
 * backslash, or with it where that is literal.  Both are dropped before a
 * newline.  Returns the bytes read. */
static size_t
escape_take(struct words *w, const char *from, char quote, char **to)
{
	if (from == w->end) {
		*(*to)++ = '\\';
		return 0;
	}
	if (*from == '\n') {
		w->at++;
		return 1;
	}
	if (quote && !strchr("$`\"\\", *from))
		*(*to)++ = '\\';
	*(*to)++ = *from;
	return 1;
}

/* Take the word at w->next.  *last: what ended it, NUL for the end of the
 * text. */
static int
word_take(struct words *w, char *last)
{
	char *from = w->next, *to = from, c, quote = '\0';

	while (from < w->end) {
		c = *from++;
		if (!quote && (c == ' ' || c == '\t' || c == '\n')) {
			from--;
			break;
		}
		w->at += c == '\n';
		if (c == '\\' && quote != '\'')
			from += escape_take(w, from, quote, &to);
		else if (quote ? c == quote : c == '\'' || c == '"')
			quote = quote ? '\0' : c;
		else
			*to++ = c;
	}
	if (quote)
		return words_wrong(w, "a quote is not closed");
	*last = from < w->end ? *from : '\0';
	*to = '\0';
	w->next = from < w->end ? from + 1 : from;
	w->at += *last == '\n';
	return 0;
}

int
words_next(struct words *w, char *word[], size_t max)
{
	char last = '\0';
	size_t n = 0;

	while (w->next < w->end && !word_seek(w) && w->next < w->end) {
		w->next++;
		w->at++;
	}
	w->line = w->at;
	while (last != '\n' && word_seek(w)) {
		if (n + 1 == max)
			return words_wrong(w, "too many words in a line");
		word[n++] = w->next;
		if (word_take(w, &last) < 0)
			return -1;
	}
	/* After a blank or a comment the newline is still unread. */
	if (last != '\n' && w->next < w->end) {
		w->next++;
		w->at++;
	}
	word[n] = NULL;
	return (int)n;
}

enum { WORDS_MOST = 256 };

/* Put "FILE:LINE: " in front of the fault's text. */
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
	struct words w;
	int n;

	options_init(&r->o);
	words_init(&w, r->text.at, r->text.len);
	while ((n = words_next(&w, argv + 1, WORDS_MOST + 1)) > 0) {
		if (rule_line(r, argv, n, f) < 0)
			return fault_place(r, w.line, f);
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
	if (n < 0) {
		fault_set(f, EXIT_USAGE, w.why, NULL);
		return fault_place(r, w.line, f);
	}
	r->patterns = (char **)(void *)r->matches.at;
	r->npatterns = r->matches.len / sizeof(*r->patterns);
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

bool
rule_named(const char *name)
{
	size_t len = strlen(name);

	/* Hidden files, and backups of editors, are no rules. */
	return len && len <= NAME_MAX && *name != '.' && !strchr(name, '/') &&
	    name[len - 1] != '~';
}

/* Read the text of a rule, with a NUL after it. */
static int
text_read(struct rule *r, int fd, struct fault *f)
{
	if (io_slurp(fd, &r->text, RULE_MOST) < 0)
		return fault_errno(f, errno == EFBIG ? EXIT_USAGE :
		    EXIT_SYSTEM, errno, r->file, errno == EFBIG ? ":1" : NULL,
		    NULL);
	if (buf_add(&r->text, "", 1) < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, r->file, NULL);
	r->text.len--;
	if (!memchr(r->text.at, '\0', r->text.len))
		return 0;
	return fault_set(f, EXIT_USAGE, r->file, ":1: a NUL byte is in it",
	    NULL);
}

int
rule_load(enum rule_place p, int folder, const char *name, struct rule *r,
    struct buf *lines, struct fault *f)
{
	int fd, status;

	memset(r, 0, sizeof(*r));
	strcpy(r->name, name);
	if (place_path(p, r->file) < 0)
		return fault_errno(f, errno == ENOENT ? EXIT_NONE :
		    EXIT_SYSTEM, errno, name, NULL);
	text_join(r->file + strlen(r->file),
	    sizeof(r->file) - strlen(r->file), "/", name, NULL);
	fd = trusted_open(folder, r->file, name, f);
	if (fd < 0)
		return -1;
	status = text_read(r, fd, f);
	io_close(&fd);
	return status < 0 ? status : rule_parse(r, lines, f);
}

int
rule_find(const char *name, struct rule *r, struct buf *lines, struct fault *f)
{
	int folder, status;

	if (!rule_named(name))
		return 1;
	for (enum rule_place p = PLACE_USER; p < PLACES; p++) {
		folder = place_open(p, false, f);
		/* A system failure does not mean "no rule". */
		if (folder < 0 && f->code == EXIT_SYSTEM)
			return -1;
		if (folder < 0)
			continue;
		status = rule_load(p, folder, name, r, lines, f);
		io_close(&folder);
		if (status == 0)
			return 0;
		if (f->code == EXIT_USAGE || f->code == EXIT_SYSTEM)
			return -1;
		rule_free(r);
	}
	return 1;
}

void
rule_free(struct rule *r)
{
	buf_free(&r->text);
	buf_free(&r->matches);
}
