/*
 * elf.c: tell from a program's file whether it would load the shim.
 *
 * Nearly every program has its program headers and the loader's name in the
 * first kilobyte, so one pread is enough for a static one.  ASan's runtime
 * aborts unless it is the first library loaded.  So a program linked to it
 * names it as its first DT_NEEDED, or could not start without us either: only
 * that one name is compared.  The program is executed later, by name: anyone
 * who may write the file can replace it before that.
 */
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/bytes.h"
#include "preload/elf.h"
#include "preload/sys.h"

/*
 * An ELF file of 32 or 64 bits.
 *
 * 32-bit structures are widened to their 64-bit forms.  The file is not mapped:
 * its first kilobyte is kept in head, and one other part at a time in part.
 */

struct elffile {
	int fd;
	int error; /* errno of an open or read that failed; 0: none */
	size_t head_len, part_len;
	uint64_t part_off;
	char head[1024]; /* the beginning of the file */
	char part[512]; /* the bytes from part_off, beyond head */
	bool wide; /* 64 bits */
	unsigned int type, headers; /* e_type, e_phnum */
	uint64_t headers_at;
};

/* Read up to cap bytes at off into buf.  The length; 0: end, or f->error. */
static size_t
elffile_load(struct elffile *f, char *buf, size_t cap, uint64_t off)
{
	long n = off > INT64_MAX ? 0 : sys_read(f->fd, buf, cap, off);

	if (n < 0 && n != -EINVAL)
		f->error = (int)-n;
	return n > 0 ? (size_t)n : 0;
}

/* n bytes at off, valid until the next peek; NULL: cannot be read. */
static const char *
elffile_peek(struct elffile *f, uint64_t off, uint64_t n)
{
	if (off <= f->head_len && n <= f->head_len - off)
		return f->head + off;
	/* off < part_off wraps around to a large unsigned difference. */
	if (off - f->part_off > f->part_len ||
	    n > f->part_len - (off - f->part_off)) {
		f->part_len = elffile_load(f, f->part, sizeof(f->part), off);
		f->part_off = off;
		if (n > f->part_len)
			return NULL;
	}
	return f->part + (off - f->part_off);
}

static bool
peek_into(struct elffile *f, uint64_t off, void *to, size_t n)
{
	const char *from = elffile_peek(f, off, n);

	if (from)
		bytes_copy(to, from, n);
	return from;
}

/* Read the ELF header: type, headers, headers_at; wide is set already.  false:
 * there is no ELF header, or program headers have an unknown size. */
static bool
elffile_headers(struct elffile *f)
{
	Elf32_Ehdr narrow;
	Elf64_Ehdr wide;

	if (f->wide) {
		if (!peek_into(f, 0, &wide, sizeof(wide)))
			return false;
		f->type = wide.e_type;
		f->headers_at = wide.e_phoff;
		f->headers = wide.e_phnum;
		return wide.e_phentsize == sizeof(Elf64_Phdr);
	}
	if (!peek_into(f, 0, &narrow, sizeof(narrow)))
		return false;
	f->type = narrow.e_type;
	f->headers_at = narrow.e_phoff;
	f->headers = narrow.e_phnum;
	return narrow.e_phentsize == sizeof(Elf32_Phdr);
}

/* Read program header i; false: there is none. */
static bool
elffile_header(struct elffile *f, unsigned int i, Elf64_Phdr *ph)
{
	Elf32_Phdr narrow;

	if (i >= f->headers)
		return false;
	if (f->wide)
		return peek_into(
		    f, f->headers_at + i * sizeof(*ph), ph, sizeof(*ph));
	if (!peek_into(
		f, f->headers_at + i * sizeof(narrow), &narrow, sizeof(narrow)))
		return false;
	ph->p_type = narrow.p_type;
	ph->p_offset = narrow.p_offset;
	ph->p_vaddr = narrow.p_vaddr;
	ph->p_filesz = narrow.p_filesz;
	return true;
}

/* Read the dynamic section's entry at *at and advance; false: at its end. */
static bool
elffile_dynamic(struct elffile *f, uint64_t *at, Elf64_Dyn *d)
{
	Elf32_Dyn narrow;
	uint64_t from = *at;

	*at += f->wide ? sizeof(*d) : sizeof(narrow);
	if (f->wide)
		return peek_into(f, from, d, sizeof(*d)) &&
		    d->d_tag != DT_NULL;
	if (!peek_into(f, from, &narrow, sizeof(narrow)))
		return false;
	d->d_tag = narrow.d_tag;
	d->d_un.d_val = narrow.d_un.d_val;
	return d->d_tag != DT_NULL;
}

/* The file offset of a virtual address; 0: it is not in the file. */
static uint64_t
elffile_offset(struct elffile *f, uint64_t addr)
{
	Elf64_Phdr ph;

	for (unsigned int i = 0; elffile_header(f, i, &ph); i++)
		if (ph.p_type == PT_LOAD && addr >= ph.p_vaddr &&
		    addr - ph.p_vaddr < ph.p_filesz)
			return addr - ph.p_vaddr + ph.p_offset;
	return 0;
}

/* Linux: BINPRM_BUF_SIZE; and how many interpreters exec_binprm() follows. */
enum { SCRIPT_HEAD = 256, SCRIPT_DEPTH = 5 };

/* Linux, binfmt_elf.c: the maximum size of all program headers, in bytes. */
enum { TABLE_MAX = 1 << 16 };

/* Our own ELF header, from the linker: class, byte order, machine. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* Whether there may be a 32-bit shim beside the 64-bit one.  SHIM_32: we are
 * the 32-bit one. */
#if (defined(__x86_64__) && defined(__LP64__)) || defined(SHIM_32)
enum { TWO = true };
#else
enum { TWO = false };
#endif

/* Whether PT_INTERP names glibc's loader. */
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

/* Whether exec of the file sets AT_SECURE (security/commoncap.c): the loader
 * then ignores our LD_PRELOAD entry. */
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

/* Which shim the file could load, by class, byte order and machine: ELF_LOADS,
 * ELF_I386, or why neither. */
static enum elf
file_kind(struct elffile *f)
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
	enum elf loads = file_kind(f);

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

/* Copy the interpreter's name from a "#!" line, as the kernel reads it.  false:
 * there is none. */
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

/* Whether open failed for a lasting reason: the file is missing, or may be
 * executed but not read.  That is not ELF_FAILED. */
static bool
is_denied(int dir, const char *path, int flags, int error)
{
	switch (error) {
	case EACCES:
	case ENOENT:
	case ENOTDIR:
	case EPERM:
	case EBADF:
		/* If the file is readable after all, the system failed. */
		return (!*path && flags & AT_EMPTY_PATH) ||
		    SYS3(SYS_faccessat, dir, path, R_OK) != 0;
	case ELOOP:
	case ENAMETOOLONG:
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
	/* dir may be an O_PATH descriptor, which must be reopened to read. */
	if (dir < 0)
		return -EBADF;
	bytes_copy(name, self, sizeof(self) - 1);
	name[sizeof(self) - 2 +
	    bytes_number(name + sizeof(self) - 1, (unsigned int)dir)] = '\0';
	return sys_open(AT_FDCWD, name, 0);
}

/* Check one file.  *script: it is a script, and name its interpreter. */
static enum elf
file_check(struct elffile *f, char *name, bool *script)
{
	struct statx st;
	int r;

	*script = false;
	/* cppcheck-suppress ctuuninitvar ; only fd is set so far, and read */
	r = sys_status(f->fd, "", AT_EMPTY_PATH, &st);
	if (r < 0) {
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

/* Check a program and its interpreters once; *error: errno of ELF_FAILED. */
static enum elf
chain_check(int dir, const char *path, int flags, int *error)
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

	/* The system may lack memory or descriptors for a moment: retry. */
	for (looks = 1;; looks++) {
		verdict = chain_check(dir, path, flags, &failed);
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
	/* Arrays, not pointers: each pointer is a relocation at every load. */
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
