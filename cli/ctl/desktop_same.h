/*
 * desktop_same.h: what else starts a program that has a desktop entry.
 */
#ifndef DESKTOP_SAME_H
#define DESKTOP_SAME_H

#include <stdbool.h>

#include "cli/buf.h"

/* Whether two paths lead to one program: over links, and over scripts whose
 * last line runs it with "$@". */
bool same_program(const char *a, const char *b);

/* The application as which a terminal has the program at path, in app, PATH_MAX
 * bytes: what asked is as a command, else its own name, if that leads to it;
 * else path. */
void same_app(const char *asked, const char *path, char *app);

/* Append " PATH" for each other one in PATH that leads to it, and a NUL.  Where
 * they are many, it is a program that is another one by each name: none. */
void same_others(const char *path, const char *app, struct buf *others);

#endif
