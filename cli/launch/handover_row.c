/*
 * handover_row.c: a way to hand documents over, as it is written down.
 */
#include <string.h>

#include "cli/launch/handover_row.h"

#define BLANKS " \t"

/* Where the value of a field goes, if the comment is one. */
static char **
field_named(struct handover_row *r, const char *comment, size_t n)
{
	const struct {
		const char *name;
		char **value;
	} fields[] = {
		{ "Programs", &r->programs }, { "How", &r->how },
		{ "Needs", &r->needs }, { "Documents", &r->documents },
		{ "Starts", &r->starts }, { "Then", &r->then },
		{ "Apart", &r->apart }, { "Insert", &r->insert[r->inserts] },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (n == strlen(fields[i].name) &&
		    !memcmp(comment, fields[i].name, n))
			return fields[i].value;
	}
	return NULL;
}

/* Append a part of a value, which lies behind it in the text. */
static char *
value_add(char *at, const char *part, const char *end)
{
	while (part < end && strchr(BLANKS, *part))
		part++;
	while (end > part && strchr(BLANKS "\r", end[-1]))
		end--;
	memmove(at, part, (size_t)(end - part));
	at += end - part;
	*at = '\0';
	return at;
}

bool
row_parse(char *text, struct handover_row *r)
{
	char *line, *end, *colon, **field, *at = NULL;

	memset(r, 0, sizeof(*r));
	for (line = text; *line == '#'; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (at && !strncmp(line, "#  ", 3)) {
			*at = ' ';
			at = value_add(at + 1, line + 3, end);
			continue;
		}
		at = NULL;
		colon = memchr(line, ':', (size_t)(end - line));
		field = colon && line[1] == ' ' ?
		    field_named(r, line + 2, (size_t)(colon - line - 2)) :
		    NULL;
		if (!field)
			continue;
		if (field == &r->insert[r->inserts] &&
		    ++r->inserts == ROW_INSERTS)
			return false;
		*field = line;
		at = value_add(line, colon + 1, end);
	}
	r->lines = line;
	return true;
}

bool
row_lists(const char *list, const char *word)
{
	size_t n = strlen(word), len;

	for (; list && *list; list += len) {
		list += strspn(list, BLANKS);
		len = strcspn(list, BLANKS);
		if (len == n && !memcmp(list, word, n))
			return true;
	}
	return false;
}
