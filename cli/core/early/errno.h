/*
 * errno.h: errno, whose address changes when libc is started (early.c).
 *
 * Include this first. libc declares the function behind errno as const, so the
 * compiler would keep the old address.
 */
#ifndef EARLY_ERRNO_H
#define EARLY_ERRNO_H

#include <errno.h>

int *early_errno(void) __asm__("__errno_location");
#undef errno
#define errno (*early_errno())

#endif
