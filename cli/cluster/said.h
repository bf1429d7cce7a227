/*
 * said.h: what a command says on its standard error, of its own accord.
 */
#ifndef SAID_H
#define SAID_H

#include <stdbool.h>
#include <stddef.h>

/* A file that is to be its standard error: what it has no room for is lost, and
 * harms nobody who goes on writing.  -1: errno. */
int said_open(void);

/* The first line that onlyonectl has written there, and not what it has run,
 * without its name; closes the file, -1: none.  false: there is no such line. */
bool said_take(int *fd, char *line, size_t cap);

#endif
