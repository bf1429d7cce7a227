/*
 * keeper_instance.h: instances with a keeper, of a real launch built as we are.
 */
#ifndef KEEPER_INSTANCE_H
#define KEEPER_INSTANCE_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/core/slot/slot.h"
#include "tests/fuzz/fuzz.h"

enum { LONG_MS = 60000 }; /* for what must come, on a busy machine */

/* A launch, and what it began with. */
struct instance {
	const char *app, *handler;
	pid_t owner, keeper;
	char folder[512], hash[SLOT_HASH + 1], since[24];
	size_t files;
	long memory;
	unsigned long done;
};

/* Without a handler, with one, and one that is to end. */
extern struct instance instances[3];

/* What the keeper's runtime has found, if it has ended by that. */
void reports_show(void);

/* As MUST, where the keeper may have said more. */
#define SHOULD(x)                                   \
	do {                                        \
		bool does_ = (x);                   \
                                                    \
		if (!does_)                         \
			reports_show();             \
		MUST(does_ && "it does: " #x);      \
	} while (0)

/* Launch it, if it does not run. */
void start(struct instance *i);

/* Whoever is left of it: the keeper comes to its end by itself, and well. */
void stop(struct instance *i);

/* A connection to its keeper; -1: none. */
int dial(const struct instance *i);

/* Whether all is as it was; that it holds what it held: by and by, for it has
 * to read what was sent. */
bool runs(const struct instance *i);
void count(struct instance *i);

#endif
