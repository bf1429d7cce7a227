/*
 * ends.h: the file in which the start of a program ends: over links, and over
 * scripts whose last line runs it.
 */
#ifndef ENDS_H
#define ENDS_H

#include <stdbool.h>

struct stat;

/* false: there is none, or it leads round in a circle. */
bool ends_in(const char *path, struct stat *st);

#endif
