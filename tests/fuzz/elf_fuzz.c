/*
 * elf_fuzz.c: whether a file of anything would load the shim.
 *
 * The file is in memory.  Whatever is in it, there is an answer, the same one
 * twice, and no descriptor stays open; elf_test has the answers.
 */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "preload/elf.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC), next;
	uint8_t *copy = malloc(size + 1);
	enum elf verdict;

	memcpy(copy, data, size);
	/* No script leads to a file of this machine. */
	for (size_t i = 0; size > 1 && !memcmp(data, "#!", 2) && i < size; i++)
		copy[i] = copy[i] == '/' ? 'x' : copy[i];
	MUST(fd >= 0 && write(fd, copy, size) == (ssize_t)size);
	verdict = elf_check(fd, "", AT_EMPTY_PATH, NULL);
	MUST(elf_check(fd, "", AT_EMPTY_PATH, NULL) == verdict);
	next = dup(fd);
	MUST(next == fd + 1);
	close(next);
	close(fd);
	free(copy);
	return 0;
}

/* Programs linked to ASan first or second, all of it in the first kilobyte or
 * far behind; and scripts. */
int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const loaders[] = {"/lib64/ld-linux-x86-64.so.2",
	    "/x/ld-lsb.so.3", "/lib/ld-musl.so"};
	static const char libraries[] = "\0libasan.so.8\0libclang_rt.asan.so";
	uint64_t interp = n & 1 ? 1500 : 256, dyn = n & 1 ? 2000 : 320;
	uint64_t names = n & 1 ? 1600 : 416;
	const char *loader = loaders[n / 4 % 3];
	Elf64_Ehdr *eh = (void *)at;
	Elf64_Phdr *ph = (void *)(at + sizeof(*eh));
	Elf64_Dyn *d = (void *)(at + dyn);

	memset(at, 0, SEED_MAX);
	*size = n & 1 ? 2128 : 464;
	if (n >= 12) {
		strcpy((char *)at, "#! ./interp arg\n");
		return n == 12 ? 0 : -1;
	}
	memcpy(eh->e_ident, ELFMAG, SELFMAG);
	eh->e_ident[EI_CLASS] = ELFCLASS64;
	eh->e_ident[EI_DATA] = ELFDATA2LSB;
	eh->e_machine = EM_X86_64;
	eh->e_type = ET_DYN;
	eh->e_phoff = sizeof(*eh);
	eh->e_phentsize = sizeof(*ph);
	eh->e_phnum = 3;
	ph[0] = (Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = 0x1000 + names,
	    .p_offset = names, .p_filesz = 48};
	ph[1] = (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = interp,
	    .p_filesz = strlen(loader) + 1};
	strcpy((char *)at + interp, loader);
	ph[2] = (Elf64_Phdr){.p_type = PT_DYNAMIC, .p_offset = dyn};
	d[0] = (Elf64_Dyn){.d_tag = DT_NEEDED, .d_un.d_val = n & 2 ? 1 : 14};
	d[1] = (Elf64_Dyn){.d_tag = DT_NEEDED, .d_un.d_val = n & 2 ? 14 : 0};
	d[2] = (Elf64_Dyn){.d_tag = DT_STRTAB, .d_un.d_ptr = 0x1000 + names};
	memcpy(at + names, libraries, sizeof(libraries));
	return 0;
}
