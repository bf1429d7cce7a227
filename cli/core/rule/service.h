/*
 * service.h: the user's D-Bus services, which start an entry's program through
 * onlyone.
 *
 * The session bus also starts a program with DBusActivatable in its entry, by
 * the service file named after the entry's id. gtk-launch pings that name at
 * each launch.  So such an entry's override comes with a service file, which
 * takes precedence over the installed one.
 */
#ifndef RULE_SERVICE_H
#define RULE_SERVICE_H

#include <stdbool.h>

struct fault;
struct menu_entry;
struct override_how;

/* Whether there is an installed service of the entry's name that starts its
 * program. */
bool service_there(const struct menu_entry *e);

/* Write the user's own one.  0; 1: there is none to write, or, with the path of
 * that file in path (PATH_MAX bytes), the user has one; -1: a fault. */
int service_write(const struct menu_entry *e, const struct override_how *how,
    char *path, struct fault *f);

/* Remove it.  0; 1: there is none of ours; -1: a fault. */
int service_remove(const struct menu_entry *o, struct fault *f);

#endif
