/*
 * part_path.h: where the other parts of onlyone lie: the shim, the helpers.
 */
#ifndef PART_PATH_H
#define PART_PATH_H

#define RAISE_NAME "onlyone-raise"

/* In a child: become onlyone-raise, with these arguments, as a part of no
 * instance.  127, if there is none. */
_Noreturn void raise_become(const char *const argv[]);

/* The path of the part of this name: installed, or beside this program, in the
 * build or under any prefix that make install knows.  how: as for access(2).
 * buf has PATH_MAX bytes.  NULL: there is none (ENOENT), or errno. */
const char *part_path(const char *name, int how, char *buf);

#endif
