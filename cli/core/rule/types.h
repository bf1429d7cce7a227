/*
 * types.h: the order in which programs are offered for a file type.
 *
 * If the user has chosen no program for a type, GLib and xdg-open take it from
 * the lists mimeinfo.cache, first from the user's own folder.  So an override's
 * program would become the default for its types.  If other programs come
 * before the installed entry, types_keep puts their ids before the override's,
 * in the user's list; any update of that list drops them.
 */
#ifndef RULE_TYPES_H
#define RULE_TYPES_H

struct fault;

/* Change the user's list, which update-desktop-database has just made.  0 or -1,
 * with a fault. */
int types_keep(struct fault *f);

#endif
