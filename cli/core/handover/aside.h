/*
 * aside.h: options with which a program opens no window: it prints its version,
 * or converts a document, and exits.
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

/* Classify these arguments, by options that most programs share. */
enum aside aside_of(const struct valued *v, char *const args[]);

#endif
