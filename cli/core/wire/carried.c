/*
 * carried.c: the part of a launch's environment that goes with an activation.
 *
 * libc and curses use the name of a locale or terminal as part of a path: with
 * a slash in it they would load a file of the sender's choice.
 */
#include <stddef.h>
#include <string.h>

#include "cli/core/wire/carried.h"

enum { LONGEST = 4096 }; /* of a value, with its NUL */

enum value { TEXT, NAME, NUMBER };

const char *const carried_displays[CARRIED_DISPLAYS] = { "DISPLAY",
	"WAYLAND_DISPLAY", "SWAYSOCK", "XAUTHORITY" };

static const struct {
	const char *name; /* a name that ends in _ begins a family */
	enum value value;
} plain[] = {
	{ "DESKTOP_STARTUP_ID", TEXT },
	{ "XDG_ACTIVATION_TOKEN", TEXT },
	{ "WINDOWID", NUMBER },
	{ "TERM", NAME },
	{ "COLORTERM", NAME },
	{ "LANG", NAME },
	{ "LANGUAGE", NAME },
	{ "LC_", NAME },
};

/* Whether a name of n bytes is a row's. */
static bool
is_named(const char *name, size_t n, const char *row)
{
	size_t len;

	if (*name != *row)
		return false;
	len = strlen(row);
	if (row[len - 1] == '_')
		return n > len && !memcmp(name, row, len) &&
		    strspn(name + len, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") ==
		    n - len;
	return n == len && !memcmp(name, row, len);
}

static bool
is_harmless(const char *s, enum value value)
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
	const char *value = strchr(entry, '=');
	size_t n;

	if (!value)
		return CARRIED_NOT;
	n = (size_t)(value++ - entry);
	for (size_t i = 0; i < CARRIED_DISPLAYS; i++) {
		if (is_named(entry, n, carried_displays[i]))
			return is_harmless(value, TEXT) ? CARRIED_DISPLAY :
			    CARRIED_NOT;
	}
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
		if (is_named(entry, n, plain[i].name))
			return is_harmless(value, plain[i].value) ?
			    CARRIED_PLAIN : CARRIED_NOT;
	}
	return CARRIED_NOT;
}

bool
carried_display_same(const char *a, const char *b)
{
	const char *x = strrchr(a, ':'), *y = strrchr(b, ':');
	const char *s = strrchr(a, '/'), *t = strrchr(b, '/');
	size_t n;

	if (!x || !y)
		return !strcmp(s ? s + 1 : a, t ? t + 1 : b);
	n = strcspn(x, ".");
	return x - a == y - b && n == strcspn(y, ".") &&
	    !memcmp(a, b, (size_t)(x - a) + n);
}
