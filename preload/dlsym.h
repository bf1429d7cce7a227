/*
 * dlsym.h: dlsym(3), which a program need not have.
 *
 * Before glibc 2.34 dlsym is in libdl, which a program need not load.  So the
 * symbol is weak: compare it with NULL before a call.  It is bound to its first
 * version, which newer glibcs still have.
 */
#ifndef PRELOAD_DLSYM_H
#define PRELOAD_DLSYM_H

#include <dlfcn.h>

#pragma weak dlsym
#if defined(__x86_64__) && defined(__LP64__)
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");
#elif defined(__i386__)
__asm__(".symver dlsym, dlsym@GLIBC_2.0");
#elif defined(__aarch64__)
__asm__(".symver dlsym, dlsym@GLIBC_2.17");
#endif

#endif
