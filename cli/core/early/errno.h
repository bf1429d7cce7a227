/*
 * errno.h: errno, whose place changes when libc is started (early.c).
 *
 * Included before all else.  libc declares the function behind errno as one that
 * always returns the same, so the compiler would keep an old place.
 */
#ifndef EARLY_ERRNO_H
#define EARLY_ERRNO_H

#include <errno.h>

int *early_errno(void) __asm__("__errno_location");
#undef errno
#define errno (*early_errno())

#endif
