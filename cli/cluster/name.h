/*
 * name.h: the name of a key in a store: u/USER/APP[/PART...].
 */
#ifndef NAME_H
#define NAME_H

#include <stddef.h>

#include "cli/cluster/engine.h"

/* The name of this user's application and key.  Different keys have different
 * names: parts stay separate, and a name that is too long is cut and ends with
 * a hash. */
void name_key(char name[ENGINE_KEY], const char *user, const char *app,
    const char *const *key, size_t nkey);

/* The prefix of all names of this user: "u/ann/". */
void name_prefix(char name[ENGINE_KEY], const char *user);

#endif
