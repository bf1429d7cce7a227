/*
 * quoting.c: lines of words, quoted as for sh.
 *
 * A word is never longer without its quotes, so it is unquoted in place.  Its
 * NUL overwrites a quote, or what ended the word, which has been read by then.
 */
#include <stdbool.h>
#include <string.h>

#include "cli/core/rule/quoting.h"

void
words_init(struct words *w, char *text, size_t len)
{
	w->next = text;
	w->end = text + len;
	w->at = w->line = 1;
	w->why = NULL;
}

static int
wrong(struct words *w, const char *why)
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
		return wrong(w, "a quote is not closed");
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
			return wrong(w, "too many words in a line");
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
