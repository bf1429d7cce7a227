/*
 * elf.c: whether a program would load the shim.
 *
 * The programs are made here, byte by byte: headers, a loader's name, a dynamic
 * section and names, each where the case wants it.  The system's own (this
 * program, its loader) are checked, too.
 */
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/xattr.h>

#include "preload/elf.h"
#include "tests/unit/tap.h"

#ifdef __aarch64__
#define GLIBC "/lib/ld-linux-aarch64.so.1"
#else
#define GLIBC "/lib64/ld-linux-x86-64.so.2"
#define I386 "/lib/ld-linux.so.2"
#endif

static const char *const verdict_name[] = {
    [ELF_LOADS] = "loads",
    [ELF_I386] = "loads that of 32 bits",
    [ELF_STATIC] = "static",
    [ELF_OTHER_CLASS] = "other class",
    [ELF_OTHER_LIBC] = "other libc",
    [ELF_SANITIZER] = "sanitizer",
    [ELF_SETUID] = "setuid",
    [ELF_NOT_ELF] = "not elf",
    [ELF_UNREADABLE] = "unreadable",
};

/* What is special about a made program. */
struct program {
	const char *interp; /* NULL: static */
	const char *needed[2]; /* DT_NEEDED, in order */
	size_t interp_at; /* 0: behind the headers */
	bool interp_open; /* no NUL ends it */
	size_t dynamic_at; /* 0: 2048 */
	size_t names_at; /* 0: 4096; address is 0x10000 more */
	size_t cut; /* not 0: the file ends there */
	unsigned int extra_loads; /* in front of the right one */
	int type, machine, class, data, phentsize;
	bool narrow; /* of 32 bits throughout */
};

static char image[1 << 20];

/* What was made of the widest, as i386 has it: the same, with its headers and
 * what is dynamic in place of the others. */
static void
make_narrow(const struct program *p, size_t headers, size_t dynamic)
{
	Elf32_Phdr *small = (void *)(image + headers);
	Elf32_Dyn *entries = (void *)(image + dynamic);
	static Elf64_Phdr ph[64];
	Elf64_Ehdr eh;
	Elf64_Dyn d[16];
	Elf32_Ehdr to;

	memcpy(&eh, image, sizeof(eh));
	memcpy(ph, image + headers, eh.e_phnum * sizeof(*ph));
	memcpy(d, image + dynamic, sizeof(d));
	to = (Elf32_Ehdr){.e_type = eh.e_type, .e_version = eh.e_version,
	    .e_machine = (Elf32_Half)(p->machine ? p->machine : EM_386),
	    .e_phoff = (Elf32_Off)headers, .e_phnum = eh.e_phnum,
	    .e_phentsize = (Elf32_Half)(p->phentsize ? p->phentsize
						     : (int)sizeof(*small))};
	memcpy(to.e_ident, eh.e_ident, EI_NIDENT);
	to.e_ident[EI_CLASS] = (unsigned char)(p->class ? p->class : ELFCLASS32);
	memcpy(image, &to, sizeof(to));
	for (unsigned int i = 0; i < eh.e_phnum; i++)
		small[i] = (Elf32_Phdr){.p_type = ph[i].p_type,
		    .p_offset = (Elf32_Off)ph[i].p_offset,
		    .p_vaddr = (Elf32_Addr)ph[i].p_vaddr,
		    .p_filesz = (Elf32_Word)ph[i].p_filesz};
	for (int i = 0; i < 16; i++)
		entries[i] = (Elf32_Dyn){.d_tag = (Elf32_Sword)d[i].d_tag,
		    .d_un.d_val = (Elf32_Word)d[i].d_un.d_val};
}

static void
program_write(const struct program *p, const char *name)
{
	size_t headers = sizeof(ElfW(Ehdr));
	size_t dynamic = p->dynamic_at ? p->dynamic_at : 2048;
	size_t names = p->names_at ? p->names_at : 4096;
	size_t interp, n = 0, end, len = 1;
	ElfW(Ehdr) eh;
	ElfW(Phdr) *ph = (void *)(image + headers);
	ElfW(Dyn) *d = (void *)(image + dynamic);

	memcpy(&eh, (const void *)getauxval(AT_SYSINFO_EHDR), sizeof(eh));
	memset(image, 0, sizeof(image));
	eh.e_type = (ElfW(Half))(p->type ? p->type : ET_DYN);
	if (p->machine)
		eh.e_machine = (ElfW(Half))p->machine;
	if (p->class)
		eh.e_ident[EI_CLASS] = (unsigned char)p->class;
	if (p->data)
		eh.e_ident[EI_DATA] = (unsigned char)p->data;
	if (p->phentsize)
		eh.e_phentsize = (ElfW(Half))p->phentsize;
	eh.e_phoff = headers;

	for (unsigned int i = 0; i < p->extra_loads; i++)
		ph[n++] = (ElfW(Phdr)){.p_type = PT_LOAD,
		    .p_vaddr = 0x100 + i * 0x10, .p_filesz = 0x10};
	interp = p->interp_at ? p->interp_at : headers + (n + 3) * sizeof(*ph);
	if (p->interp) {
		ph[n++] = (ElfW(Phdr)){.p_type = PT_INTERP, .p_offset = interp,
		    .p_filesz = strlen(p->interp) + !p->interp_open};
		strcpy(image + interp, p->interp);
	}
	ph[n++] = (ElfW(Phdr)){.p_type = PT_LOAD, .p_vaddr = 0x10000 + names,
	    .p_offset = names, .p_filesz = 0x1000};
	ph[n++] = (ElfW(Phdr)){.p_type = PT_DYNAMIC, .p_offset = dynamic,
	    .p_filesz = 0x1000};
	eh.e_phnum = (ElfW(Half))n;
	memcpy(image, &eh, sizeof(eh));

	for (size_t i = 0; i < COUNT(p->needed) && p->needed[i]; i++) {
		*d++ = (ElfW(Dyn)){.d_tag = DT_NEEDED, .d_un.d_val = len};
		strcpy(image + names + len, p->needed[i]);
		len += strlen(p->needed[i]) + 1;
	}
	*d++ = (ElfW(Dyn)){.d_tag = DT_SONAME};
	*d = (ElfW(Dyn)){.d_tag = DT_STRTAB, .d_un.d_ptr = 0x10000 + names};
	if (p->narrow)
		make_narrow(p, headers, dynamic);
	/* Its end, if nothing is cut off. */
	end = names + len;
	end = dynamic + 1024 > end ? dynamic + 1024 : end;
	end = headers + 1024 > end ? headers + 1024 : end;
	end = interp + 256 > end ? interp + 256 : end;
	file_write(name, image, p->cut ? p->cut : end, 0755);
}

static void
expect(enum elf want, const char *path, const char *name)
{
	enum elf got;

	errno = 0;
	got = elf_check(AT_FDCWD, path, 0, NULL);
	is(errno ? strerror(errno) : verdict_name[got], verdict_name[want],
	    "%s", name);
}

static const struct made {
	const char *name;
	enum elf want;
	struct program p;
} made[] = {
    {"plain", ELF_LOADS, {.interp = GLIBC, .needed = {"libc.so.6"}}},
    {"another path to glibc's loader", ELF_LOADS,
	{.interp = "/gnu/store/x-glibc-2.35/lib/ld-linux-aarch64.so.1"}},
    {"no interpreter", ELF_STATIC, {.needed = {"libc.so.6"}}},
    {"no interpreter, fixed addresses", ELF_STATIC, {.type = ET_EXEC}},
    {"musl in a folder named like glibc's loader", ELF_OTHER_LIBC,
	{.interp = "/ld-linux/ld-musl-x86_64.so.1"}},
    {"a loader's name without an end", ELF_OTHER_LIBC,
	{.interp = GLIBC, .interp_open = true}},
    {"other word size", ELF_OTHER_CLASS, {.interp = GLIBC,
	.class = sizeof(long) == 8 ? ELFCLASS32 : ELFCLASS64}},
    {"other byte order", ELF_OTHER_CLASS,
	{.interp = GLIBC, .data = ELFDATA2MSB}},
    {"other machine", ELF_OTHER_CLASS, {.interp = GLIBC, .machine = EM_S390}},
    {"an object file", ELF_NOT_ELF, {.type = ET_REL}},
    {"headers of an odd size", ELF_NOT_ELF,
	{.interp = GLIBC, .phentsize = 48}},
    {"gcc's ASan", ELF_SANITIZER,
	{.interp = GLIBC, .needed = {"libasan.so.8", "libc.so.6"}}},
    {"clang's shared ASan", ELF_SANITIZER,
	{.interp = GLIBC, .needed = {"libclang_rt.asan-x86_64.so"}}},
    {"ASan not first, which aborts without us too", ELF_LOADS,
	{.interp = GLIBC, .needed = {"libc.so.6", "libasan.so.8"}}},
    {"a library named nearly like ASan's", ELF_LOADS,
	{.interp = GLIBC, .needed = {"libasanas.so.1"}}},
    {"headers across the first kilobyte", ELF_SANITIZER,
	{.interp = GLIBC, .extra_loads = 20, .needed = {"libasan.so.8"}}},
    {"the loader's name far back", ELF_LOADS,
	{.interp = GLIBC, .interp_at = 70000}},
    {"the loader's name across the first kilobyte", ELF_OTHER_LIBC,
	{.interp = "/lib/ld-musl-x86_64.so.1", .interp_at = 1010}},
    {"names far back", ELF_SANITIZER, {.interp = GLIBC, .names_at = 900000,
	.dynamic_at = 500000, .needed = {"libasan.so.8"}}},
    {"cut off behind the magic", ELF_NOT_ELF, {.cut = 4}},
    {"cut off in its header", ELF_NOT_ELF, {.cut = 40}},
    {"cut off before its headers", ELF_STATIC, {.interp = GLIBC, .cut = 64}},
    {"cut off before the loader's name", ELF_OTHER_LIBC,
	{.interp = GLIBC, .interp_at = 3000, .cut = 3000}},
    {"cut off before its names", ELF_LOADS, {.interp = GLIBC,
	.names_at = 9000, .cut = 8000, .needed = {"libasan.so.8"}}},
#ifdef __x86_64__
    /* What loads the shim of 32 bits, beside that of x86-64. */
    {"32 bits", ELF_I386,
	{.narrow = true, .interp = I386, .needed = {"libc.so.6"}}},
    {"32 bits, no interpreter", ELF_STATIC, {.narrow = true, .type = ET_EXEC}},
    {"32 bits, musl", ELF_OTHER_LIBC,
	{.narrow = true, .interp = "/lib/ld-musl-i386.so.1"}},
    {"32 bits, headers of an odd size", ELF_NOT_ELF,
	{.narrow = true, .interp = I386, .phentsize = sizeof(Elf64_Phdr)}},
    {"x32", ELF_OTHER_CLASS,
	{.narrow = true, .interp = I386, .machine = EM_X86_64}},
    {"32 bits, and ASan", ELF_SANITIZER,
	{.narrow = true, .interp = I386, .needed = {"libasan.so.8"}}},
    {"32 bits, cut off in its header", ELF_NOT_ELF,
	{.narrow = true, .interp = I386, .cut = 50}},
#endif
};

/* What is made of a text; their interpreters are beside it. */
static const struct script {
	const char *name, *text;
	enum elf want;
} scripts[] = {
    {"of a dynamic interpreter", "#!dynamic\nbody\n", ELF_LOADS},
    {"of a static interpreter", "#!static\nbody\n", ELF_STATIC},
    {"blanks around its name", "#! \t static \t -e x\n", ELF_STATIC},
    {"no interpreter's name", "#!\nstatic\n", ELF_NOT_ELF},
    {"two characters and no more", "#!", ELF_NOT_ELF},
    {"an interpreter that is missing", "#!missing\n", ELF_UNREADABLE},
    {"an empty file", "", ELF_NOT_ELF},
    {"a script that is its own interpreter", "#!script\n", ELF_NOT_ELF},
};

static void
script_write(const char *name, const char *text)
{
	file_write(name, text, strlen(text), 0755);
}

/* "#!./////static", n bytes behind #!. */
static void
script_long(size_t n)
{
	char text[600] = "#!.";

	memset(text + 3, '/', sizeof(text) - 3);
	strcpy(text + 2 + n - strlen("static"), "static\n");
	script_write("script", text);
}

static void
scripts_try(void)
{
	char line[16], name[16];

	for (size_t i = 0; i < COUNT(scripts); i++) {
		script_write("script", scripts[i].text);
		expect(scripts[i].want, "script", scripts[i].name);
	}
	/* The kernel reads 256 bytes: 254 behind #!, name and its end. */
	script_long(253);
	expect(ELF_STATIC, "script", "the longest interpreter's name");
	script_long(254);
	expect(ELF_NOT_ELF, "script", "one cut by the kernel");
	script_write("s0", "#!static\n");
	for (int i = 1; i <= 5; i++) {
		sprintf(line, "#!s%d\n", i - 1);
		sprintf(name, "s%d", i);
		script_write(name, line);
	}
	expect(ELF_STATIC, "s4", "five scripts, one through the other");
	expect(ELF_NOT_ELF, "s5", "six are too many");
}

static void
files(void)
{
	int dir, fd;

	expect(ELF_LOADS, "/bin/true", "true");
	expect(ELF_STATIC, GLIBC, "glibc's loader itself");
	expect(ELF_UNREADABLE, "missing", "a missing file");
	expect(ELF_UNREADABLE, ".", "a folder");
	mkfifo("fifo", 0755);
	expect(ELF_UNREADABLE, "fifo", "a FIFO, without waiting for it");

	mkdir("folder", 0755);
	dir = open("folder", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok(elf_check(dir, "../static", 0, NULL) == ELF_STATIC,
	    "relative to a folder's descriptor");
	symlink("static", "link");
	ok(elf_check(dir, "link", AT_SYMLINK_NOFOLLOW, NULL) == ELF_UNREADABLE,
	    "a symlink that exec would refuse");
	fd = open("static", O_RDONLY | O_CLOEXEC);
	ok(elf_check(fd, "", AT_EMPTY_PATH, NULL) == ELF_STATIC &&
		lseek(fd, 0, SEEK_CUR) == 0,
	    "a descriptor, whose offset stays");
	close(fd);
	fd = open("static", O_PATH | O_CLOEXEC);
	ok(elf_check(fd, "", AT_EMPTY_PATH, NULL) == ELF_STATIC,
	    "an O_PATH one");
	close(fd);
	ok(elf_check(fd, "", AT_EMPTY_PATH, NULL) == ELF_UNREADABLE,
	    "a closed one");
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	elf_check(AT_FDCWD, "static", 0, NULL);
	elf_check(AT_FDCWD, "s4", 0, NULL);
	elf_check(AT_FDCWD, "fifo", 0, NULL);
	ok(dup(0) == fd + 1, "no descriptor stays open");
}

/* What another user gets; root only. */
static enum elf
check_as(uid_t uid, gid_t gid, const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setresgid(gid, gid, gid) < 0 ||
		    setresuid(uid, uid, uid) < 0)
			_exit(99);
		_exit(elf_check(AT_FDCWD, path, 0, NULL));
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		abort();
	return WEXITSTATUS(status);
}

static void
privileges(void)
{
	static const struct program dynamic = {.interp = GLIBC};
	/* vfs_cap_data, revision 2: CAP_NET_RAW, effective. */
	static const unsigned char caps[20] = {1, 0, 0, 2, 0, 0x20};

	program_write(&dynamic, "set");
	chmod("set", 06755);
	expect(ELF_LOADS, "set", "set-id to what we are");
	if (geteuid() != 0) {
		expect(ELF_SETUID, "/bin/su", "set-user-id to root");
		return;
	}
	chmod("set", 04755);
	ok(check_as(1, 1, "set") == ELF_SETUID, "set-user-id to another");
	chmod("set", 02755);
	ok(check_as(0, 1, "set") == ELF_SETUID, "set-group-id to another");
	chmod("set", 02745);
	ok(check_as(0, 1, "set") == ELF_LOADS,
	    "set-group-id without execute means locking, not privilege");
	chmod("set", 0755);
	if (setxattr("set", "security.capability", caps, sizeof(caps), 0) < 0)
		bail("setxattr");
	ok(check_as(1, 1, "set") == ELF_SETUID, "capabilities");
	chmod("set", 0);
	ok(check_as(1, 1, "set") == ELF_UNREADABLE, "not for us to read");
}

void
elf_part(void)
{
	static const struct program dynamic = {.interp = GLIBC}, fixed = {0};

	scratch();
	for (size_t i = 0; i < COUNT(made); i++) {
		program_write(&made[i].p, "program");
		expect(made[i].want, "program", made[i].name);
	}
	program_write(&dynamic, "dynamic");
	program_write(&fixed, "static");
	scripts_try();
	files();
	privileges();
	for (int e = ELF_LOADS; e <= ELF_UNREADABLE; e++)
		ok(strlen(elf_reason(e)) > 5, "words for: %s", verdict_name[e]);
}
