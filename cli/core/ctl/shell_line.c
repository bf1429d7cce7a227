/*
 * shell_line.c: what a shell has left to do after onlyonectl hold.
 *
 * The line is read as simple commands, one behind the other: `a; b && c || d`.
 * Where there is more to it than that before the answer is known (if, a group,
 * a pipe, a comment, eval), the line is unclear.
 */
#include <string.h>

#include "cli/core/ctl/ctl.h"

enum { WORD = 64 };

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

/* The last character of a quoted text; NULL: it has no end, or a command is in
 * it. */
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

/* The end of the word at s; NULL: what it does is unclear. */
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

/* The end of the simple command at s, where an operator is; name, WORD bytes,
 * gets its first word but assignments and redirections.  NULL: unclear. */
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

enum shell_line
shell_line_after(const char *s)
{
	bool held = false, piped = false, skipped = false, ours;
	const char *from, *end;
	char name[WORD];

	for (;;) {
		from = s + strspn(s, " \t\n");
		s = command_end(from, name);
		if (among(name, " ! { } if then elif else fi while until for"
		    " select do done case esac function eval not and or begin"
		    " end ") || (held && among(name, " test [ [[ ")))
			return LINE_UNCLEAR;
		end = s ? s : from + strlen(from);
		ours = *name && has(from, end, "onlyonectl") &&
		    (has(from, end, " hold") || has(from, end, " release"));
		if (held && !skipped && *name && !ours) {
			if (!strcmp(name, "exit"))
				return LINE_ENDS;
			if (!among(name, " echo printf : true "))
				return LINE_GOES_ON;
		}
		if (!s)
			return LINE_UNCLEAR;
		held = held || ours;
		piped = piped || (*s == '|' && s[1] != '|');
		if (held && (piped || (*s == '&' && s[1] != '&')))
			return LINE_UNCLEAR;
		if (!*s)
			return held ? LINE_ENDS : LINE_UNCLEAR;
		piped = *s == '|' && s[1] != '|';
		/* The hold has succeeded, and so has what runs after it here. */
		skipped = held && *s == '|';
		s += s[1] == *s || s[1] == '&' ? 2 : 1;
	}
}
