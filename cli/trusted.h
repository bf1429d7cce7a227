/*
 * trusted.h: what is believed only if nobody else can have written it: it is
 * root's or our own, and neither its group nor others may write there.
 */
#ifndef TRUSTED_H
#define TRUSTED_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/fault.h"

/* Whether what is open is of this kind (S_IFREG, S_IFDIR), and so.  0; -1: a
 * fault that names the path, EXIT_DENIED. */
int trusted(int fd, mode_t kind, const char *path, struct fault *f);

/* A plain file that is so, for reading.  Through a link too, *linked, if the
 * folder where it leads is so as well.  -1: a fault, EXIT_NONE where there is
 * no such file. */
int trusted_open(int folder, const char *path, const char *name, bool *linked,
    struct fault *f);

/* That it could not be opened, errno: the fault.  -1. */
int trusted_fault(const char *path, struct fault *f);

#endif
