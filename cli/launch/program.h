/*
 * program.h: the launch becomes its program.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "cli/launch/state.h"
#include "preload/elf.h"

/* The shim for the program in *shim, NULL: without one; path has PATH_MAX
 * bytes.  0, or -1 where that cannot be told. */
int program_shim(struct launch *l, char *path, const char **shim,
    struct fault *f);

/* The shim that such a program loads, in path (PATH_MAX bytes); NULL: there is
 * none (ENOENT), or it cannot be told (errno). */
const char *program_find(enum elf e, char *path);

/* ENTRY_WINDOW where the window library beside this shim is to be loaded too,
 * or 0. */
unsigned int program_window(const struct launch *l, const char *shim);

/* Become it; returns -1 with a fault.  The same in a child, which has no
 * record yet. */
int program_become(struct launch *l, const char *shim, struct fault *f);
_Noreturn void program_become_child(struct launch *l, const char *shim);

#endif
