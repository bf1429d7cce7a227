/*
 * elf_fuzz.c: whether a file of anything would load the shim.
 *
 * The file is in memory.  What elf_check says must be what a plain reading of
 * the same bytes says, which has all of them at hand: it checks each bound,
 * and knows nothing of windows into the file.
 */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "preload/elf.h"
#include "tests/fuzz/fuzz.h"

/* Limits of elf.c, and so of what it can see. */
enum { HEAD = 1024, PART = 512, SCRIPT = 256, TABLE = 1 << 16 };

#ifdef __aarch64__
#define MACHINE EM_AARCH64
#define LOADER "/lib/ld-linux-aarch64.so.1"
#else
#define MACHINE EM_X86_64
#define TWO /* and i386 beside it */
#define LOADER "/lib64/ld-linux-x86-64.so.2"
#endif

struct bytes {
	const uint8_t *at;
	uint64_t size;
};

static bool
get(const struct bytes *b, uint64_t off, void *to, size_t n)
{
	if (off > b->size || n > b->size - off)
		return false;
	memcpy(to, b->at + off, n);
	return true;
}

static bool
narrow(const Elf64_Ehdr *eh)
{
	return eh->e_ident[EI_CLASS] == ELFCLASS32;
}

static bool
phdr(
    const struct bytes *b, const Elf64_Ehdr *eh, unsigned int i, Elf64_Phdr *ph)
{
	Elf32_Phdr n;

	if (!narrow(eh))
		return i < eh->e_phnum &&
		    get(b, eh->e_phoff + i * sizeof(*ph), ph, sizeof(*ph));
	if (i >= eh->e_phnum ||
	    !get(b, eh->e_phoff + i * sizeof(n), &n, sizeof(n)))
		return false;
	*ph = (Elf64_Phdr){.p_type = n.p_type, .p_offset = n.p_offset,
	    .p_vaddr = n.p_vaddr, .p_filesz = n.p_filesz};
	return true;
}

/* Entry i of what is dynamic; all zero, as at its end: there is none. */
static Elf64_Dyn
entry(const struct bytes *b, const Elf64_Ehdr *eh, uint64_t off, unsigned int i)
{
	Elf64_Dyn d = {0};
	Elf32_Dyn n = {0};

	if (!narrow(eh)) {
		if (!get(b, off + i * sizeof(d), &d, sizeof(d)))
			d.d_tag = DT_NULL;
		return d;
	}
	if (get(b, off + i * sizeof(n), &n, sizeof(n)))
		d = (Elf64_Dyn){.d_tag = n.d_tag, .d_un.d_val = n.d_un.d_val};
	return d;
}

static bool
glibc(const struct bytes *b, const Elf64_Phdr *interp)
{
	static const char *const names[] = {"ld-linux", "ld-lsb", "ld64.so"};
	uint64_t off = interp->p_offset, n = interp->p_filesz;
	char s[HEAD + 1];
	const char *base;

	if (!n || n > HEAD || off > b->size || n > b->size - off ||
	    (n > PART && off + n > HEAD))
		return false;
	memcpy(s, b->at + off, n);
	if (s[n - 1])
		return false;
	base = memrchr(s, '/', n);
	base = base ? base + 1 : s;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strncmp(base, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

static bool
sanitized(const struct bytes *b, const Elf64_Ehdr *eh, const Elf64_Phdr *dyn)
{
	static const char *const names[] = {"libasan.", "libclang_rt.asan"};
	uint64_t table = 0, name = 0, at;
	size_t size = narrow(eh) ? sizeof(Elf32_Dyn) : sizeof(Elf64_Dyn);
	bool needs = false;
	Elf64_Phdr ph;
	Elf64_Dyn d;

	for (at = 0; at < TABLE / size && !(needs && table); at++) {
		d = entry(b, eh, dyn->p_offset, (unsigned int)at);
		if (d.d_tag == DT_NULL)
			break;
		if (d.d_tag == DT_STRTAB)
			table = d.d_un.d_ptr;
		if (d.d_tag == DT_NEEDED && !needs)
			name = d.d_un.d_val;
		needs |= d.d_tag == DT_NEEDED;
	}
	if (!needs || !table)
		return false;
	for (unsigned int i = 0; phdr(b, eh, i, &ph); i++) {
		if (ph.p_type != PT_LOAD || table < ph.p_vaddr ||
		    table - ph.p_vaddr >= ph.p_filesz)
			continue;
		at = table - ph.p_vaddr + ph.p_offset;
		if (!at)
			return false;
		at += name;
		for (size_t k = 0; k < sizeof(names) / sizeof(*names); k++) {
			char have[32];
			size_t n = strlen(names[k]);

			if (get(b, at, have, n) && !memcmp(have, names[k], n))
				return true;
		}
		return false;
	}
	return false;
}

/* The name that a script asks for; false: none that fits. */
static bool
script_names(const struct bytes *b)
{
	size_t i = 2, begin;

	while (i < SCRIPT && i < b->size && strchr(" \t", b->at[i]) && b->at[i])
		i++;
	for (begin = i; i < SCRIPT; i++) {
		if (i >= b->size || !b->at[i] || strchr(" \t\n", b->at[i]))
			return i > begin;
	}
	return false;
}

static enum elf
plainly(const struct bytes *b)
{
	Elf64_Phdr ph, interp = {0}, dyn = {0};
	bool has_interp = false, has_dyn = false;
	enum elf loads = ELF_LOADS;
	Elf32_Ehdr small;
	Elf64_Ehdr eh;

	/* There are no files where we are. */
	if (b->size >= 2 && !memcmp(b->at, "#!", 2))
		return script_names(b) ? ELF_UNREADABLE : ELF_NOT_ELF;
	if (!get(b, 0, &eh, 20) || memcmp(&eh, ELFMAG, SELFMAG))
		return ELF_NOT_ELF;
#ifdef TWO
	if (narrow(&eh) && eh.e_machine == EM_386)
		loads = ELF_I386;
#endif
	if (eh.e_ident[EI_DATA] != ELFDATA2LSB || (loads == ELF_LOADS &&
	    (eh.e_ident[EI_CLASS] != ELFCLASS64 || eh.e_machine != MACHINE)))
		return ELF_OTHER_CLASS;
	if (loads == ELF_I386) {
		if (!get(b, 0, &small, sizeof(small)) ||
		    small.e_phentsize != sizeof(Elf32_Phdr))
			return ELF_NOT_ELF;
		eh.e_phoff = small.e_phoff;
		eh.e_phnum = small.e_phnum;
	} else if (!get(b, 0, &eh, sizeof(eh)) || eh.e_phentsize != sizeof(ph)) {
		return ELF_NOT_ELF;
	}
	if ((eh.e_type != ET_EXEC && eh.e_type != ET_DYN) ||
	    eh.e_phnum > TABLE / sizeof(ph))
		return ELF_NOT_ELF;
	for (unsigned int i = 0; phdr(b, &eh, i, &ph); i++) {
		if (ph.p_type == PT_INTERP && !has_interp) {
			interp = ph;
			has_interp = true;
		} else if (ph.p_type == PT_DYNAMIC) {
			dyn = ph;
			has_dyn = true;
		}
	}
	if (!has_interp)
		return ELF_STATIC;
	if (!glibc(b, &interp))
		return ELF_OTHER_LIBC;
	return has_dyn && sanitized(b, &eh, &dyn) ? ELF_SANITIZER : loads;
}

/* A folder where nothing is, and nothing can be made. */
static void
nowhere(void)
{
	static bool there;
	char dir[] = "/tmp/elf_fuzz.XXXXXX";

	if (there)
		return;
	MUST(mkdtemp(dir) && chdir(dir) == 0 && rmdir(dir) == 0);
	there = true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC), next;
	uint8_t *copy = malloc(size + 1);
	struct bytes b = {copy, size};
	enum elf verdict;

	nowhere();
	memcpy(copy, data, size);
	/* No script leads out of here. */
	for (size_t i = 0; size > 1 && !memcmp(data, "#!", 2) && i < size; i++)
		copy[i] = copy[i] == '/' ? 'x' : copy[i];
	MUST(fd >= 0 && write(fd, copy, size) == (ssize_t)size);
	verdict = elf_check(fd, "", AT_EMPTY_PATH, NULL);
	if (verdict != plainly(&b))
		fprintf(stderr, "%s, plainly %s\n", elf_reason(verdict),
		    elf_reason(plainly(&b)));
	MUST(verdict == plainly(&b));
	next = dup(fd);
	MUST(next == fd + 1);
	close(next);
	close(fd);
	free(copy);
	return 0;
}

static size_t
script_seed(unsigned int n, char *at)
{
	static const char *const heads[] = {"#! ./interp arg\n", "#!\t\n"};

	strcpy(at, n < 2 ? heads[n] : "#!");
	/* As long as the kernel reads, and longer. */
	while (n >= 2 && strlen(at) < SCRIPT + (n - 4) * 2)
		strcat(at, "n");
	return strlen(at);
}

/* The same program of 32 bits: its headers, and what is dynamic, made anew. */
static void
make_narrow(uint8_t *at, uint64_t dyn)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph[3];
	Elf64_Dyn d[4];
	Elf32_Ehdr *to = (void *)at;
	Elf32_Phdr *small = (void *)(at + sizeof(*to));
	Elf32_Dyn *entries = (void *)(at + dyn);

	memcpy(&eh, at, sizeof(eh));
	memcpy(ph, at + sizeof(eh), sizeof(ph));
	memcpy(d, at + dyn, sizeof(d));
	memset(at, 0, sizeof(eh) + sizeof(ph));
	memset(at + dyn, 0, sizeof(d));
	memcpy(to->e_ident, eh.e_ident, EI_NIDENT);
	to->e_ident[EI_CLASS] = ELFCLASS32;
	to->e_machine = EM_386;
	to->e_type = eh.e_type;
	to->e_phoff = sizeof(*to);
	to->e_phentsize = sizeof(*small);
	to->e_phnum = 3;
	for (int i = 0; i < 3; i++)
		small[i] = (Elf32_Phdr){.p_type = ph[i].p_type,
		    .p_offset = (Elf32_Off)ph[i].p_offset,
		    .p_vaddr = (Elf32_Addr)ph[i].p_vaddr,
		    .p_filesz = (Elf32_Word)ph[i].p_filesz};
	for (int i = 0; i < 4; i++)
		entries[i] = (Elf32_Dyn){.d_tag = (Elf32_Sword)d[i].d_tag,
		    .d_un.d_val = (Elf32_Word)d[i].d_un.d_val};
}

/*
 * Small programs: with a loader, or none; linked to ASan first, second or, so
 * to speak, never; all of it in the first kilobyte or far behind; each of 64
 * bits and of 32.
 */
int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const loaders[] = {LOADER, "/x/ld-lsb.so.3",
	    "/lib64/ld64.so.2", LOADER, LOADER, "/lib/ld-musl.so"};
	static const char libraries[] = "\0libasan.so.8\0libclang_rt.asan.so";
	enum { KINDS = 6 };
	bool small = n >= 8 * KINDS && n < 16 * KINDS;
	uint64_t interp = n & 4 ? 1500 : 256, dyn = n & 4 ? 2000 : 320;
	uint64_t names = n & 4 ? 1600 : 416;
	const char *loader = loaders[n / 8 % KINDS];
	Elf64_Ehdr *eh = (void *)at;
	Elf64_Phdr *ph = (void *)(at + sizeof(*eh));
	Elf64_Dyn *d = (void *)(at + dyn);

	memset(at, 0, SEED_MAX);
	if (n >= 16 * KINDS) {
		n -= 16 * KINDS;
		*size = script_seed(n, (char *)at);
		return n < 8 ? 0 : -1;
	}
	*size = n & 4 ? 2128 : 464;
	memcpy(eh->e_ident, ELFMAG, SELFMAG);
	eh->e_ident[EI_CLASS] = ELFCLASS64;
	eh->e_ident[EI_DATA] = ELFDATA2LSB;
	eh->e_machine = MACHINE;
	eh->e_type = n & 8 ? ET_EXEC : ET_DYN;
	eh->e_phoff = sizeof(*eh);
	eh->e_phentsize = sizeof(*ph);
	eh->e_phnum = 3;
	ph[0] = (Elf64_Phdr){.p_type = PT_LOAD,
	    .p_vaddr = 0x1000 + names,
	    .p_offset = names,
	    .p_filesz = 48};
	ph[1] = (Elf64_Phdr){.p_type = n & 1 ? PT_INTERP : PT_NOTE,
	    .p_offset = interp,
	    .p_filesz = strlen(loader) + 1};
	strcpy((char *)at + interp, loader);
	ph[2] = (Elf64_Phdr){.p_type = PT_DYNAMIC, .p_offset = dyn};
	d[0] = (Elf64_Dyn){.d_tag = DT_NEEDED, .d_un.d_val = n & 2 ? 1 : 0};
	d[1] = (Elf64_Dyn){.d_tag = DT_NEEDED, .d_un.d_val = n & 2 ? 0 : 14};
	d[2] = (Elf64_Dyn){.d_tag = DT_STRTAB, .d_un.d_ptr = 0x1000 + names};
	memcpy(at + names, libraries, sizeof(libraries));
	switch (n / 8 % KINDS) {
	case 1: /* what is behind the end does not count */
		d[3] = d[1];
		d[1] = (Elf64_Dyn){.d_tag = DT_NULL};
		break;
	case 2: /* names right behind a segment are not in it */
		ph[0].p_vaddr -= 48;
		ph[0].p_offset -= 48;
		break;
	case 3: /* nor right before one that never ends */
		ph[0].p_vaddr += 48;
		ph[0].p_offset += 48;
		ph[0].p_filesz = UINT64_MAX;
		break;
	case 4: /* an end that wraps around is not in the file */
		ph[1].p_offset = UINT64_MAX - 63;
		ph[1].p_filesz = 100;
		break;
	}
	if (small)
		make_narrow(at, dyn);
	return 0;
}
