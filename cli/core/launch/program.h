/*
 * program.h: the launch becomes its program.
 */
#ifndef LAUNCH_PROGRAM_H
#define LAUNCH_PROGRAM_H

#include "preload/elf.h"

struct fault;
struct launch;

/* Choose the shim for the program: its path in *shim, stored in path (PATH_MAX
 * bytes); NULL: no shim.  0, or -1 with a fault. */
int program_shim(struct launch *l, char *path, const char **shim,
    struct fault *f);

/* The shim that a program of this kind loads, in path (PATH_MAX bytes); NULL:
 * there is none (ENOENT), or errno. */
const char *program_find(enum elf e, char *path);

/* ENTRY_WINDOW if the window library next to this shim is needed too, else
 * 0. */
unsigned int program_window(const struct launch *l, const char *shim);

/* Become the program; returns only on failure, -1 with a fault.
 * program_become_child is for a child, which has no record yet. */
int program_become(struct launch *l, const char *shim, struct fault *f);
_Noreturn void program_become_child(struct launch *l, const char *shim);

/*
 * Execute file with argv and env, a file without a header as a script of
 * /bin/sh, as execvp(3) does.  Returns only on failure: -1, fault 126 (127 if
 * file is gone).
 */
int file_exec(const char *file, char *const argv[], char *const env[],
    struct fault *f);

/* The same with the program's streams, and a report to the process that waits
 * for --background. */
int program_exec(struct launch *l, const char *file, char *const argv[],
    char *const env[], struct fault *f);

#endif
