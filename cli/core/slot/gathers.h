/*
 * gathers.h: whether an instance has other slots' documents open, too.
 *
 * A program that is single-instance on its own gathers all documents in one
 * process: a process started in another document's slot hands its document
 * over, and exits.  The keeper that sees this (keeper/gather.c) notes it in the
 * gathering instance's folder, whether that has a keeper just then or not.
 */
#ifndef GATHERS_H
#define GATHERS_H

#include <stdbool.h>

/* Mark the instance that started then, in its open folder.  On errors, do
 * nothing. */
void gathers_note(int folder, long long since);

/* Whether that instance is marked. */
bool gathers_is(int folder, long long since);

#endif
