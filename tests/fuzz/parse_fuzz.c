/*
 * parse_fuzz.c: readers of untrusted files and words: a program, the record of
 * a slot, /proc.
 *
 * The first byte of an input chooses the reader (targets); the rest is its
 * input, in a block of that size, so that ASan sees any overrun.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/name_lock.h"
#include "preload/contract.h"
#include "preload/elf.h"
#include "tests/fuzz/fuzz.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* --- a program: there is an answer, the same one twice, and no descriptor
 * stays open (the unit test elf has the answers) */

static void
elf_try(const char *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC), next;
	char *copy = malloc(size + 1);
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
}

/* Programs linked to ASan first or second, all of it in the first kilobyte or
 * far behind. */
static size_t
elf_seed(unsigned int n, uint8_t *at)
{
	static const char *const loaders[] = {"/lib64/ld-linux-x86-64.so.2",
	    "/lib/ld-musl.so"};
	static const char libraries[] = "\0libasan.so.8\0libclang_rt.asan.so";
	uint64_t interp = n & 1 ? 1500 : 256, dyn = n & 1 ? 2000 : 320;
	uint64_t names = n & 1 ? 1600 : 416;
	Elf64_Ehdr eh = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB},
	    .e_machine = EM_X86_64, .e_type = ET_DYN, .e_phoff = sizeof(eh),
	    .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 3};
	Elf64_Phdr ph[] = {{.p_type = PT_LOAD, .p_vaddr = 0x1000 + names,
	    .p_offset = names, .p_filesz = 48},
	    {.p_type = PT_INTERP, .p_offset = interp, .p_filesz = 32},
	    {.p_type = PT_DYNAMIC, .p_offset = dyn}};
	Elf64_Dyn d[] = {{.d_tag = DT_NEEDED, .d_un.d_val = n & 2 ? 1 : 14},
	    {.d_tag = DT_NEEDED, .d_un.d_val = n & 2 ? 14 : 0},
	    {.d_tag = DT_STRTAB, .d_un.d_ptr = 0x1000 + names}};

	memset(at, 0, SEED_MAX - 1);
	memcpy(at, &eh, sizeof(eh));
	memcpy(at + sizeof(eh), ph, sizeof(ph));
	strcpy((char *)at + interp, loaders[n / 4 % 2]);
	memcpy(at + dyn, d, sizeof(d));
	memcpy(at + names, libraries, sizeof(libraries));
	return n == 8 ? 0 : n & 1 ? 2128 : 464;
}

/* --- the record of a slot: what was read, remade, and read again stays what
 * it is; and what is shown of it is one line of text */

static void
info_try(const char *at, size_t size)
{
	const char *part[3];
	char line[16384];
	struct info i, j, k;
	struct text t;
	struct buf b, c;

	if (size > 2048 || info_parse(at, size, &i) < 0)
		return;
	part[0] = i.app;
	part[1] = i.scope;
	part[2] = i.cwd;
	for (size_t n = 0; n < 3; n++)
		MUST(part[n] > at && part[n] < at + size &&
		    memchr(part[n], '\0', size - (size_t)(part[n] - at)));
	MUST(i.owner.pid >= 0 && strlen(i.owner.boot) <= BOOT_ID);
	t = text_in(line, sizeof(line));
	info_command(&i, &t);
	MUST(t.len == strlen(line));
	for (const char *s = line; *s; s++)
		MUST((unsigned char)*s >= ' ' && *s != 0x7f);
	buf_init(&b, NULL, 0);
	buf_init(&c, NULL, 0);
	MUST(info_remake(&b, &i, NULL, 0) == 0);
	/* Earlier mappings go.  Of a stranger's file it may drop what stands
	 * before app=, and have twice what stands behind scope= and not before
	 * it. */
	if (info_parse(b.at, b.len, &j) == 0) {
		MUST(!strcmp(j.app, i.app) && j.owner.pid == i.owner.pid &&
		    j.owner.start == i.owner.start &&
		    j.owner.pidfs == i.owner.pidfs &&
		    j.owner.pidns == i.owner.pidns &&
		    !strcmp(j.owner.boot, i.owner.boot));
		MUST(info_remake(&c, &j, NULL, 0) == 0);
		MUST(info_parse(c.at, c.len, &k) == 0 && b.len <= c.len);
	}
	buf_free(&b);
	buf_free(&c);
}

/* --- /proc/PID/stat and status: a process names itself as it likes, so a name
 * of anything, put where the kernel puts it, must not move what is behind it */

enum { NAME = 64 }; /* of kernel threads; others have 15 bytes */

/* A name as status shows it: on one line. */
static void
escape(char *out, const char *name)
{
	for (; *name; name++) {
		if (*name == '\n' || *name == '\\')
			*out++ = '\\';
		*out++ = *name == '\n' ? 'n' : *name;
	}
	*out = '\0';
}

static void
named(const char *name, const uint32_t n[6])
{
	char text[1024], shown[2 * NAME + 1];
	struct rights r;
	struct proc p;
	int len = snprintf(text, sizeof(text),
	    "%d (%s) %c %d %d %d %d -1 4194560", 77, name, "RSDTZ"[n[0] % 5],
	    (int)n[1], (int)n[2], (int)n[3], (int)n[4]);

	for (int field = 10; field <= 52; field++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, " %u",
		    field == 22 ? n[5] : (unsigned int)field);
	MUST(proc_stat_parse(text, &p) == 0);
	MUST(p.tty == (int)n[4] && p.start == n[5]);

	escape(shown, name);
	snprintf(text, sizeof(text),
	    "Name:\t%s\nUmask:\t0022\nState:\t%c (any)\nPPid:\t%d\n"
	    "Uid:\t%u\t%u\t%u\t%u\nGid:\t1\t1\t1\t1\n"
	    "NSpid:\t%d\nNSpgid:\t%d\t4\nNSsid:\t%d\t4\n"
	    "CapPrm:\t%016x\nNoNewPrivs:\t%d\n",
	    shown, "RSDTZ"[n[0] % 5], (int)(n[1] >> 1), n[1], n[2], n[3], n[4],
	    77, (int)(n[2] >> 1), (int)(n[3] >> 1), n[5], (int)(n[0] & 1));
	MUST(proc_status_parse(text, &p) == 0);
	MUST(p.state == "RSDTZ"[n[0] % 5] && p.parent == (pid_t)(n[1] >> 1));
	MUST(p.group == (pid_t)(n[2] >> 1) && p.session == (pid_t)(n[3] >> 1));
	MUST(proc_inner(text) == 0);
	MUST(rights_parse(text, &r) == 0);
	MUST(r.uid[0] == n[1] && r.uid[1] == n[2] && r.uid[2] == n[3] &&
	    r.uid[3] == n[4]);
	MUST(r.permitted == n[5] && r.confined == (n[0] & 1) && !r.filtered);
	snprintf(text, sizeof(text),
	    "Name:\t%s\nNSpid:\t77\t%d\t%d\nNSpgid:\t4\t5\n", shown, 78,
	    (int)(n[1] % 99999 + 1));
	MUST(proc_inner(text) == (pid_t)(n[1] % 99999 + 1));
}

static void
proc_try(const char *data, size_t size)
{
	char *text = malloc(size + 1), *answer, name[NAME];
	uint32_t n[6] = {0};
	struct rights r;
	struct diag d;
	struct proc p;
	bool end;

	memcpy(text, data, size);
	text[size] = '\0';
	proc_status_parse(text, &p);
	proc_stat_parse(text, &p);
	proc_inner(text);
	rights_parse(text, &r);
	memcpy(n, data, size < sizeof(n) ? size : sizeof(n));
	if (size > sizeof(n))
		snprintf(name, sizeof(name), "%s", text + sizeof(n));
	else
		strcpy(name, ") R 1\nUid:\t0\t0\t0\t0\n");
	named(name, n);
	free(text);
	/* What the kernel answers to sock_diag. */
	answer = aligned_alloc(8, (size + 8) & ~(size_t)7);
	memcpy(answer, data, size);
	diag_parse(answer, size, "\0onlyone/", 9, &d, &end);
	free(answer);
}

/* --- all of them */

static const struct target {
	void (*try)(const char *data, size_t size);
	size_t (*seed)(unsigned int n, uint8_t *at); /* 0: no more */
	const char *text[5];
} targets[] = {
    {.try = elf_try, .seed = elf_seed, .text = {"#! ./interp arg\n"}},
    {.try = info_try,
	.text = {"activations=1|keeper=2|pid=3|start=4|pidfs=5|pidns=6|boot=b|"
	    "app=/usr/bin/vi|scope=user|key=a|key=|index=0|cwd=/|arg=vi|arg=it's|"
	    "on-activate=x|signal=1|end=1|"}},
    {.try = proc_try,
	.text = {"1 (a b) c) R 2 3 4 34816 -1 0 1 2 3 4 5 6 7 8 9 10 11 12 99",
	    "Name:\tcat\nUmask:\t0022\nState:\tR (running)\nPPid:\t14493\n"
	    "Uid:\t0\t0\t0\t0\nNSpid:\t1\t2\t3\nNSpgid:\t14493\nNSsid:\t2\n"
	    "CapPrm:\t000001fffeffffff\nNoNewPrivs:\t0\nSeccomp:\t0\n",
	    "123456789012345678901234) S 1 1 1 (a) Z"}},
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy;

	if (!size)
		return 0;
	copy = malloc(size > 1 ? size - 1 : 1);
	memcpy(copy, data + 1, size - 1);
	targets[*data % COUNT(targets)].try(copy, size - 1);
	free(copy);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	for (size_t t = 0; t < COUNT(targets); t++) {
		at[0] = (uint8_t)t;
		for (unsigned int k = 0; targets[t].text[k]; k++) {
			*size = 1 + strlen(targets[t].text[k]);
			memcpy(at + 1, targets[t].text[k], *size - 1);
			for (size_t i = 1; targets[t].try == info_try && i < *size;
			     i++)
				at[i] = at[i] == '|' ? 0 : at[i];
			if (n-- == 0)
				return 0;
		}
		for (unsigned int k = 0; targets[t].seed &&
		    (*size = targets[t].seed(k, at + 1)); k++) {
			++*size;
			if (n-- == 0)
				return 0;
		}
	}
	return -1;
}
