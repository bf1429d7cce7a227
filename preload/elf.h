/*
 * elf.h: tell from a program's file whether it would load the shim.
 *
 * Only the file's head, its dynamic section and one name are read: one open, a
 * few preads.  Raw system calls, errno untouched.  A wrong ELF_LOADS is
 * harmless for a static program; a program that would not start with the shim
 * (ELF_SANITIZER) must not get it.
 */
#ifndef ELF_CHECK_H
#define ELF_CHECK_H

enum elf {
	ELF_LOADS,
	ELF_I386, /* a 32-bit program: loads the 32-bit shim, if any */
	ELF_STATIC, /* no interpreter: LD_PRELOAD is not read */
	ELF_OTHER_CLASS, /* other word size, byte order or machine */
	ELF_OTHER_LIBC, /* its loader is not glibc's: musl, bionic, ... */
	ELF_SANITIZER, /* libasan aborts if it is not loaded first */
	ELF_SETUID, /* set-id or capabilities: ld.so ignores LD_PRELOAD */
	ELF_NOT_ELF, /* neither a valid ELF program nor a script */
	ELF_UNREADABLE, /* cannot be opened or read, or not a regular file */
	ELF_FAILED /* a system call failed: *error */
};

/*
 * Check what execveat(dir, path, ..., flags) would start; flags may have
 * AT_EMPTY_PATH.  For a script its interpreter is checked, by the kernel's
 * rules (binfmt_script.c: 256 bytes, five levels).  error may be NULL.
 */
enum elf elf_check(int dir, const char *path, int flags, int *error);

/* The verdict in words, to follow "the shim does not load: ". */
const char *elf_reason(enum elf e);

#endif
