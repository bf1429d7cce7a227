/*
 * elf.h: whether a program would load the shim, told from its file.
 *
 * Only the file's head, its dynamic section and one name are read: one open,
 * a handful of preads.  Raw system calls, errno untouched; a wrong ELF_LOADS
 * is harmless for what is static, and avoided for what would not start.
 */
#ifndef ELF_CHECK_H
#define ELF_CHECK_H

enum elf {
	ELF_LOADS,
	ELF_I386, /* it loads that of 32 bits, if there is one */
	ELF_STATIC, /* no interpreter: nobody reads LD_PRELOAD */
	ELF_OTHER_CLASS, /* 32 against 64 bits, or another machine */
	ELF_OTHER_LIBC, /* its loader is not glibc's: musl, bionic, ... */
	ELF_SANITIZER, /* libasan wants to come first, and aborts */
	ELF_SETUID, /* set-id or capabilities: the loader drops it */
	ELF_NOT_ELF, /* neither ELF nor a script */
	ELF_UNREADABLE, /* cannot be opened or read, or is no plain file */
	ELF_FAILED /* the system could not look: *error */
};

/*
 * Check what execveat(dir, path, ..., flags) would start; flags may have
 * AT_EMPTY_PATH.  A script counts as its interpreter, by the kernel's rules
 * (binfmt_script.c: 256 bytes, five levels).  error may be NULL.
 */
enum elf elf_check(int dir, const char *path, int flags, int *error);

/* The same in a few words, to follow "the shim does not load: ". */
const char *elf_reason(enum elf e);

#endif
