/*
 * title.c: whether the title of a window names a document.
 *
 * A program that has several documents in one process names in the title of a
 * window the one that this shows: by the name of its file, some without what
 * stands behind its last dot.
 */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/windows/windows.h"

/* The character at the beginning of a URI, and where the next one is. */
static char
escape_take(const char **at)
{
	const char *s = (*at)++;
	char hex[3] = { 0 };

	if (*s != '%' || !isxdigit((unsigned char)s[1]) ||
	    !isxdigit((unsigned char)s[2]))
		return *s;
	memcpy(hex, s + 1, 2);
	*at += 2;
	return (char)strtoul(hex, NULL, 16);
}

/* The name of a document's file, which may be a file URI; "": it is none. */
static void
name_take(const char *document, char name[NAME_MAX + 1])
{
	bool uri = strncasecmp(document, "file:/", 6) == 0;
	const char *end = document + strlen(document), *at;
	size_t n = 0;

	while (end > document && end[-1] == '/')
		end--;
	for (at = end; at > document && at[-1] != '/';)
		at--;
	if (!uri && text_is_uri(document))
		at = end;
	while (at < end && n < NAME_MAX)
		name[n++] = uri ? escape_take(&at) : *at++;
	name[n] = '\0';
}

/* Whether text has the name, as a word. */
static bool
has_name(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = text; n && (at = strstr(at, name)); at++) {
		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    !isalnum((unsigned char)at[n]))
			return true;
	}
	return false;
}

enum title
title_names(const char *title, const char *document)
{
	char name[NAME_MAX + 1], *dot;

	if (!title || !document)
		return TITLE_OTHER;
	name_take(document, name);
	if (has_name(title, name))
		return TITLE_NAME;
	dot = strrchr(name, '.');
	if (dot)
		*dot = '\0';
	return dot && has_name(title, name) ? TITLE_STEM : TITLE_OTHER;
}
