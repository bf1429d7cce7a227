/*
 * shows.h: what a program shows, by the desktop entries that run it outside a
 * terminal: nothing known, windows, documents in windows.
 */
#ifndef RULE_SHOWS_H
#define RULE_SHOWS_H

enum shows { SHOWS_UNKNOWN, SHOWS_WINDOW, SHOWS_DOCUMENTS };

/* For the application at this path. */
enum shows shows_find(const char *app);

#endif
