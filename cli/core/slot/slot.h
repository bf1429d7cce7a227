/*
 * slot.h: the place for one instance: (scope, application, key, index).
 */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <stddef.h>

enum {
	SLOT_HASH = 32,     /* hex digits: 128 bits of SHA-256 */
	SLOT_NAME_MAX = 80  /* folder name with its NUL */
};

enum scope { SCOPE_USER, SCOPE_SESSION, SCOPE_DISPLAY };

struct slot {
	const char *scope;      /* "user", "session:ID", "display::0" */
	const char *app;
	const char *const *key; /* nkey parts, none: singleton */
	size_t nkey;
	int index;
	char hash[SLOT_HASH + 1];
	char name[SLOT_NAME_MAX]; /* of its folder in the root */
};

/* Fill in hash and name from the rest. */
void slot_name(struct slot *s);

/* Set name and hash from the name of a slot's folder, and nothing else.  false:
 * it is not such a name. */
bool slot_from_name(struct slot *s, const char *name);

/* Whether the folder of this name may be a slot of this application: all we
 * know about an unreadable slot. */
bool slot_may_be(const char *name, const char *app);

/* The hash of the application alone, or of the key alone. */
void slot_hash_app(const struct slot *s, char hash[SLOT_HASH + 1]);
void slot_hash_key(const struct slot *s, char hash[SLOT_HASH + 1]);

/* The scope's value for this process: "user", "session:ID" or "session:"
 * without a session, "display:NAME" or "display:".  The result is in buf. */
const char *slot_scope(enum scope scope, char *buf, size_t cap);

#endif
