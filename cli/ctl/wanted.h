/*
 * wanted.h: which instances are meant, as far as their records tell.
 */
#ifndef CTL_WANTED_H
#define CTL_WANTED_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/slot/info.h"

struct wanted {
	const char *name; /* of the application */
	const char *path; /* of a command of that name; "": none */
	char *const *key; /* nkey parts */
	char *const *document; /* the path of each as a document, which will do
	                        * as well; NULL: none */
	size_t nkey;
	bool keyed;       /* else any key */
	int best;         /* how well the name fits some application */
};

/* How well a name fits an application: 3 exactly, 2 as the command of that
 * name (path), 1 by its last component, 0 not. */
int wanted_name(const char *app, const char *name, const char *path);

/* Whether the instance of a record is meant; best is kept. */
bool wanted_fits(struct wanted *w, const struct info *i);

#endif
