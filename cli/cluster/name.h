/*
 * name.h: what a key is called in a store: u/USER/APP[/PART...].
 */
#ifndef NAME_H
#define NAME_H

#include <stddef.h>

#include "cli/cluster/engine.h"

/* The name of this user's application and key.  Different ones never have the
 * same name: parts keep their borders, and what is long goes on as a hash. */
void name_key(char name[ENGINE_KEY], const char *user, const char *app,
    const char *const *key, size_t nkey);

/* How all of this user's names begin: "u/ann/". */
void name_prefix(char name[ENGINE_KEY], const char *user);

#endif
