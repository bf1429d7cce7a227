/*
 * carried.c: what of a launch's environment goes along with an activation.
 *
 * The name of a locale or terminal is a part of a path for libc and curses:
 * one with a slash would have them load a catalogue or an entry of the
 * sender's choice.
 */
#include <stddef.h>
#include <string.h>

#include "cli/wire/carried.h"

enum { LONGEST = 4096 }; /* of a value, with its NUL */

enum value { TEXT, NAME, NUMBER };

static const struct {
	const char *name; /* one that ends in _ begins a family */
	enum value value;
	enum carried kind;
} rows[] = {
	{ "DISPLAY", TEXT, CARRIED_DISPLAY },
	{ "WAYLAND_DISPLAY", TEXT, CARRIED_DISPLAY },
	{ "SWAYSOCK", TEXT, CARRIED_DISPLAY },
	{ "I3SOCK", TEXT, CARRIED_DISPLAY },
	{ "XAUTHORITY", TEXT, CARRIED_DISPLAY },
	{ "DESKTOP_STARTUP_ID", TEXT, CARRIED_PLAIN },
	{ "XDG_ACTIVATION_TOKEN", TEXT, CARRIED_PLAIN },
	{ "WINDOWID", NUMBER, CARRIED_PLAIN },
	{ "TERM", NAME, CARRIED_PLAIN },
	{ "COLORTERM", NAME, CARRIED_PLAIN },
	{ "LANG", NAME, CARRIED_PLAIN },
	{ "LANGUAGE", NAME, CARRIED_PLAIN },
	{ "LC_", NAME, CARRIED_PLAIN },
};

/* Whether a name of n bytes is that of a row. */
static bool
named(const char *name, size_t n, const char *row)
{
	size_t len = strlen(row);

	if (row[len - 1] == '_')
		return n > len && !memcmp(name, row, len) &&
		    strspn(name + len, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") ==
		    n - len;
	return n == len && !memcmp(name, row, len);
}

static bool
harmless(const char *s, enum value value)
{
	const char *start = s;

	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f ||
		    (value == NAME && (*s == '/' || *s == '%')) ||
		    (value == NUMBER && (*s < '0' || *s > '9')))
			return false;
	}
	return s - start < LONGEST;
}

enum carried
carried_kind(const char *entry)
{
	size_t n = strcspn(entry, "=");

	for (size_t i = 0; entry[n] && i < sizeof(rows) / sizeof(*rows); i++) {
		if (*entry == *rows[i].name && named(entry, n, rows[i].name))
			return harmless(entry + n + 1, rows[i].value) ?
			    rows[i].kind : CARRIED_NOT;
	}
	return CARRIED_NOT;
}
