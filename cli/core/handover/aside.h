/*
 * aside.h: options with which a command line is no session of its program: it
 * prints a version, or makes a file of a document, and opens no window.
 */
#ifndef ASIDE_H
#define ASIDE_H

#include "cli/core/key/template.h"

enum aside {
	ASIDE_NONE,
	ASIDE_ANY,      /* whatever the program is */
	ASIDE_WINDOW,   /* if the program has windows */
	ASIDE_DOCUMENTS /* if it opens documents in windows */
};

/* What these arguments are, by the words that most programs share. */
enum aside aside_of(const struct valued *v, char *const args[]);

#endif
