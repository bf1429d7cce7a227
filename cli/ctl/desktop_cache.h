/*
 * desktop_cache.h: which files the user's desktop entries are for.
 */
#ifndef CTL_DESKTOP_CACHE_H
#define CTL_DESKTOP_CACHE_H

/* Let the desktop know. */
void desktop_cache(void);

#endif
