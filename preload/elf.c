/*
 * elf.c: whether a program would load the shim, told from its file.
 *
 * Program headers and the loader's name lie in the first kilobyte of nearly
 * every program, so one pread answers for static ones.  ASan's runtime
 * aborts unless it is the first library loaded, so a program linked to it
 * names it as its first DT_NEEDED, or could not start without us either:
 * one name is all that is compared.  The file is exec'd later by name, and
 * may be another by then; nobody but its owner can do that.
 */
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>

#include "preload/bytes.h"
#include "preload/elf.h"
#include "preload/elffile.h"
#include "preload/sys.h"

/* binfmt_script.c: BINPRM_BUF_SIZE; exec.c: how often exec_binprm goes on. */
enum { SCRIPT_HEAD = 256, SCRIPT_DEPTH = 5 };

/* binfmt_elf.c: the most program headers it reads, in bytes. */
enum { TABLE_MAX = 1 << 16 };

/* Our own header, by the linker: tells class, byte order and machine. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* Whether there may be two of the shim; SHIM_32: this is the second. */
#if (defined(__x86_64__) && defined(__LP64__)) || defined(SHIM_32)
enum { TWO = true };
#else
enum { TWO = false };
#endif

/* Whether PT_INTERP names glibc's loader, and so PATH libc.so.6 is there. */
static bool
is_glibc(struct elffile *f, const Elf64_Phdr *interp)
{
	uint64_t n = interp->p_filesz, base = 0, i;
	const char *s = n ? elffile_peek(f, interp->p_offset, n) : NULL;

	if (!s || s[n - 1])
		return false;
	for (i = 0; i < n; i++)
		if (s[i] == '/')
			base = i + 1;
	return bytes_begin(s + base, "ld-linux") ||
	    bytes_begin(s + base, "ld-lsb") || bytes_begin(s + base, "ld64.so");
}

static bool
is_sanitized(struct elffile *f, const Elf64_Phdr *dynamic)
{
	uint64_t names = 0, needed = 0, at = dynamic->p_offset;
	bool needs = false;
	Elf64_Dyn d;

	while (at - dynamic->p_offset < TABLE_MAX && !(needs && names) &&
	    elffile_dynamic(f, &at, &d)) {
		if (d.d_tag == DT_STRTAB)
			names = d.d_un.d_ptr;
		if (d.d_tag == DT_NEEDED && !needs) {
			needs = true;
			needed = d.d_un.d_val;
		}
	}
	if (!needs || !names)
		return false;
	at = elffile_offset(f, names);
	if (!at)
		return false;
	f->part_len = elffile_load(f, f->part, sizeof(f->part) - 1, at + needed);
	f->part[f->part_len] = '\0';
	return bytes_begin(f->part, "libasan.") ||
	    bytes_begin(f->part, "libclang_rt.asan");
}

/* Whether exec of it sets AT_SECURE (security/commoncap.c): then the loader
 * does not take a preload from us. */
static bool
is_secure(int fd, const struct statx *st)
{
#ifdef SYS_getuid32
	unsigned int uid = (unsigned int)SYS1(SYS_getuid32, 0);
	unsigned int gid = (unsigned int)SYS1(SYS_getgid32, 0);
#else
	unsigned int uid = (unsigned int)SYS1(SYS_getuid, 0);
	unsigned int gid = (unsigned int)SYS1(SYS_getgid, 0);
#endif

	if ((st->stx_mode & S_ISUID) && st->stx_uid != uid)
		return true;
	if ((st->stx_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
	    st->stx_gid != gid)
		return true;
	return uid &&
	    SYS5(SYS_fgetxattr, fd, "security.capability", NULL, 0, 0) > 0;
}

/* Which shim it would load, by its first bytes; or that it is none of ours. */
static enum elf
kind(struct elffile *f)
{
	const unsigned char *us = __ehdr_start.e_ident;
	const char *ident = f->head;
	uint16_t machine;

	if (f->head_len < EI_NIDENT + 4 || !bytes_same(ident, ELFMAG, SELFMAG))
		return ELF_NOT_ELF;
	f->wide = ident[EI_CLASS] == ELFCLASS64;
	bytes_copy((char *)&machine, ident + EI_NIDENT + 2, sizeof(machine));
	if (ident[EI_DATA] != us[EI_DATA] ||
	    (!f->wide && ident[EI_CLASS] != ELFCLASS32))
		return ELF_OTHER_CLASS;
	if (TWO && machine == (f->wide ? EM_X86_64 : EM_386))
		return f->wide ? ELF_LOADS : ELF_I386;
	return ident[EI_CLASS] == us[EI_CLASS] &&
	    machine == __ehdr_start.e_machine ? ELF_LOADS : ELF_OTHER_CLASS;
}

static enum elf
program_check(struct elffile *f, const struct statx *st)
{
	Elf64_Phdr ph, interp = {0}, dynamic = {0};
	enum elf loads = kind(f);

	if (loads != ELF_LOADS && loads != ELF_I386)
		return loads;
	if (!elffile_headers(f) || (f->type != ET_EXEC && f->type != ET_DYN) ||
	    f->headers > TABLE_MAX / sizeof(ph))
		return ELF_NOT_ELF;
	for (unsigned int i = 0; elffile_header(f, i, &ph); i++) {
		if (ph.p_type == PT_INTERP && interp.p_type == PT_NULL)
			interp = ph;
		if (ph.p_type == PT_DYNAMIC)
			dynamic = ph;
	}
	if (interp.p_type == PT_NULL)
		return ELF_STATIC;
	if (!is_glibc(f, &interp))
		return ELF_OTHER_LIBC;
	if (is_secure(f->fd, st))
		return ELF_SETUID;
	if (dynamic.p_type != PT_NULL && is_sanitized(f, &dynamic))
		return ELF_SANITIZER;
	return loads;
}

/* The interpreter's name out of a script's head, as the kernel reads it. */
static bool
script_parse(const struct elffile *f, char *name)
{
	size_t n = 0, i = 2;
	char c;

	for (; i < SCRIPT_HEAD && i < f->head_len; i++)
		if (f->head[i] != ' ' && f->head[i] != '\t')
			break;
	for (; i < SCRIPT_HEAD; i++) {
		c = i < f->head_len ? f->head[i] : '\0';
		if (c == ' ' || c == '\t' || c == '\n' || c == '\0') {
			name[n] = '\0';
			return n;
		}
		name[n++] = c;
	}
	return false;
}

/* Whether it is so, and stays so, that a file cannot be opened: one that may be
 * executed and not read is no failure. */
static bool
is_denied(int dir, const char *path, int flags, int error)
{
	switch (error) {
	case EACCES:
		/* Not if it may be read after all: then it was the system. */
		return (!*path && flags & AT_EMPTY_PATH) ||
		    SYS3(SYS_faccessat, dir, path, R_OK) != 0;
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case EPERM:
	case ENAMETOOLONG:
	case EBADF:
	case ENXIO:
	case ENODEV:
		return true;
	default:
		return false;
	}
}

static int
open_program(int dir, const char *path, int flags)
{
	static const char self[] = "/proc/self/fd/";
	char name[sizeof(self) + 22];

	if (*path || !(flags & AT_EMPTY_PATH))
		return sys_open(
		    dir, path, flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0);
	/* An O_PATH descriptor cannot be read, only opened anew. */
	if (dir < 0)
		return -EBADF;
	bytes_copy(name, self, sizeof(self) - 1);
	name[sizeof(self) - 2 +
	    bytes_number(name + sizeof(self) - 1, (unsigned int)dir)] = '\0';
	return sys_open(AT_FDCWD, name, 0);
}

/* One file; *script says that name holds what to look at next. */
static enum elf
file_check(struct elffile *f, char *name, bool *script)
{
	struct statx st;
	int r;

	*script = false;
	/* cppcheck-suppress ctuuninitvar ; only fd is set so far, and read */
	r = sys_status(f->fd, "", AT_EMPTY_PATH, &st);
	if (r < 0) {
		if (r != -EPERM && r != -ENOSYS) /* a sandbox's answers */
			f->error = -r;
		return ELF_UNREADABLE;
	}
	if (!S_ISREG(st.stx_mode))
		return ELF_UNREADABLE;
	f->head_len = elffile_load(f, f->head, sizeof(f->head), 0);
	f->part_off = f->part_len = 0;
	if (f->head_len < 2)
		return ELF_NOT_ELF;
	if (!bytes_same(f->head, "#!", 2))
		return program_check(f, &st);
	*script = script_parse(f, name);
	return ELF_NOT_ELF;
}

/* One look; *error, if the system failed. */
static enum elf
look(int dir, const char *path, int flags, int *error)
{
	char name[SCRIPT_HEAD];
	enum elf verdict;
	struct elffile f;
	bool script;

	for (int depth = 0; depth <= SCRIPT_DEPTH; depth++) {
		f.error = 0;
		f.fd = open_program(dir, path, flags);
		if (f.fd >= 0) {
			verdict = file_check(&f, name, &script);
			sys_close(f.fd);
		} else {
			verdict = ELF_UNREADABLE;
			script = false;
			if (!is_denied(dir, path, flags, -f.fd))
				f.error = -f.fd;
		}
		if (f.error) {
			*error = f.error;
			return ELF_FAILED;
		}
		if (!script)
			return verdict;
		dir = AT_FDCWD;
		path = name;
		flags = 0;
	}
	return ELF_NOT_ELF;
}

enum elf
elf_check(int dir, const char *path, int flags, int *error)
{
	enum { LOOKS = 5 };
	enum elf verdict;
	int looks, failed;

	/* What there is too little of just now may be there in a moment. */
	for (looks = 1;; looks++) {
		verdict = look(dir, path, flags, &failed);
		if (verdict != ELF_FAILED || looks == LOOKS)
			break;
		sys_sleep(2000000);
	}
	if (verdict == ELF_FAILED && error)
		*error = failed;
	return verdict;
}

const char *
elf_reason(enum elf e)
{
	/* Not pointers: each would be a relocation in every host. */
	static const char text[][52] = {
	    [ELF_LOADS] = "it does load",
	    [ELF_I386] = "there is none for programs of 32 bits",
	    [ELF_STATIC] = "the program is static",
	    [ELF_OTHER_CLASS] = "the program is for another kind of processor",
	    [ELF_OTHER_LIBC] = "the program does not use glibc",
	    [ELF_SANITIZER] = "the program is built with AddressSanitizer",
	    [ELF_SETUID] = "the program has privileges of its own",
	    [ELF_NOT_ELF] = "the file is neither a program nor a script",
	    [ELF_UNREADABLE] = "the program cannot be read",
	    [ELF_FAILED] = "the system cannot read the program",
	};

	return text[e];
}
