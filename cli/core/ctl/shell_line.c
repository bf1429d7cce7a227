/*
 * shell_line.c: what a shell still has to do after onlyonectl hold.
 *
 * The line is parsed as a list of simple commands: `a; b && c || d`, also in
 * braces and after `if` and `then`.  If anything else (else, a loop, a
 * subshell, a pipe, a comment, eval) comes before the answer is known, the line
 * is unclear.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/core/ctl/shell_line.h"

enum { WORD = 64 };

/* Whether the text up to end contains a word. */
static bool
has_word(const char *text, const char *end, const char *word)
{
	return memmem(text, (size_t)(end - text), word, strlen(word));
}

/* The last character of a quoted text; NULL: it is unterminated, or contains a
 * command. */
static const char *
quoted_end(const char *s)
{
	char quote = *s++;

	for (; *s && *s != quote; s++) {
		if (quote == '"' && (*s == '`' || (*s == '$' && s[1] == '(')))
			return NULL;
		if (quote == '"' && *s == '\\' && s[1])
			s++;
	}
	return *s ? s : NULL;
}

/* The end of the word at s; NULL: unclear. */
static const char *
word_end(const char *s)
{
	const char *begin = s;

	if (*s == '#')
		return NULL;
	for (; *s && !strchr(" \t\n;|", *s); s++) {
		if (strchr("()`", *s) || (*s == '<' && s[1] == '<'))
			return NULL;
		/* Not 2>&1, and not &>log. */
		if (*s == '&' && s[1] != '>' && (s == begin ||
		    !strchr("<>", s[-1])))
			break;
		if (*s == '\\' && s[1])
			s++;
		else if ((*s == '\'' || *s == '"') && !(s = quoted_end(s)))
			return NULL;
	}
	return s;
}

/* The end of the simple command at s, at an operator; name (WORD bytes) gets
 * its first word after assignments and redirections.  NULL: unclear. */
static const char *
command_end(const char *s, char *name)
{
	const char *end;
	size_t n;

	for (*name = '\0';; s = end) {
		s += strspn(s, " \t");
		if (!(end = word_end(s)) || end == s)
			return end;
		n = (size_t)(end - s);
		if (!*name && !memchr(s, '=', n) && !memchr(s, '<', n) &&
		    !memchr(s, '>', n))
			strncat(name, s, n < WORD ? n : WORD - 1);
	}
}

/* Skip blanks, and words that do not affect what runs after a successful hold.
 * What these begin may run beside the hold (plain false), or not at all: then
 * do not skip those that begin something. *group: they are in a group that does
 * not run, which ends here. */
static const char *
words_past(const char *s, bool plain, bool *group)
{
	char word[WORD];
	size_t n;

	for (;; s += n) {
		s += strspn(s, " \t\n");
		n = strcspn(s, " \t\n;&|<>");
		*word = '\0';
		strncat(word, s, n < WORD ? n : WORD - 1);
		if (!text_among(plain ? "if then fi { }" : "then fi }", word))
			return s;
		*group = *group && *word != '}';
	}
}

enum shell_line
shell_line_after(const char *s)
{
	bool held = false, piped = false, skipped = false, group = false, ours;
	const char *from, *end;
	char name[WORD];

	for (;;) {
		from = words_past(s, !piped && !skipped, &group);
		s = command_end(from, name);
		if (skipped && !group && !strcmp(name, "{")) {
			group = true;
			s = from + 1;
			continue;
		}
		if (text_among("! { } if then elif else fi while until for"
		    " select do done case esac function eval not and or begin"
		    " end", name) || (held && text_among("test [ [[", name)))
			return LINE_UNCLEAR;
		end = s ? s : from + strlen(from);
		ours = *name && has_word(from, end, "onlyonectl") &&
		    (has_word(from, end, " hold") ||
		    has_word(from, end, " release"));
		if (held && !skipped && *name && !ours) {
			if (!strcmp(name, "exit"))
				return LINE_ENDS;
			if (!text_among("echo printf : true", name))
				return LINE_GOES_ON;
		}
		if (!s)
			return LINE_UNCLEAR;
		held = held || ours;
		piped = piped || (*s == '|' && s[1] != '|');
		if (held && !group && (piped || (*s == '&' && s[1] != '&')))
			return LINE_UNCLEAR;
		if (!*s)
			return held ? LINE_ENDS : LINE_UNCLEAR;
		piped = *s == '|' && s[1] != '|';
		/* Assume that the hold and the commands after it succeed. */
		skipped = group || (held && *s == '|');
		s += s[1] == *s || s[1] == '&' ? 2 : 1;
	}
}
