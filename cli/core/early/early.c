/*
 * early.c: run a plain launch from the program's entry, before libc starts.
 *
 * Starting libc costs more than all that a launch does.  So this comes first:
 * it sets up what libc's functions need (thread-local storage with errno and
 * the stack protector), and calls main.  What needs a started libc is behind a
 * gate (gate.h): at a gate the launch is undone, and the ordinary start
 * follows, with the stack as the kernel made it.  With AT_SECURE, when we have
 * privileges of our own, the ordinary start comes at once.
 *
 * A gate undoes descriptors only: those that we inherited have no close-on-exec
 * flag, and all of ours have it.  Whatever else a launch changes, it changes
 * after its last gate, or restores before (early_undo).
 *
 * No function called here may be one that the linker binds at libc's start: we
 * have our own versions of those in string.h (bytes.c); tests/early checks
 * that.
 */
#include <sys/auxv.h>

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli/core/early/gate.h"
#include "cli/base/points.h"
#include "preload/sys.h"

bool early_on;
static bool begun; /* main was called before libc; early_commit leaves it so */
static void (*undo)(void *);
static void *undo_arg;

/* The stack as the kernel made it: argc, argv, the environment, auxv. */
static char **stack;
static const char *execfn;

/* What libc's start would allocate: the thread block, with thread-local
 * variables before it (x86-64) or after its head (arm64). */
enum { THREAD = 4096, VARIABLES = 1024 };
enum { STACK = 4 * 4096 }; /* what a plain launch uses */
static char thread[THREAD + VARIABLES] __attribute__((aligned(64)));

int main(int argc, char *argv[]);
void early(char **sp) __attribute__((used)); /* called by early_start */

/* The entry point, and the jump to the ordinary one. */
#if defined(__x86_64__)
__asm__(".pushsection .text.early_start, \"ax\"\n"
	".globl early_start\n"
	".type early_start, @function\n"
	"early_start:\n"
	"	endbr64\n"
	"	xorl %ebp, %ebp\n"
	"	movq %rsp, %rdi\n"
	"	andq $-16, %rsp\n"
	"	call early\n"
	"	hlt\n"
	".size early_start, . - early_start\n"
	".popsection\n");

static _Noreturn void
ordinary_start(void)
{
	__asm__ volatile("movq %0, %%rsp\n"
			 "xorl %%edx, %%edx\n"
			 "xorl %%ebp, %%ebp\n"
			 "jmp _start"
			 :
			 : "r"(stack)
			 : "memory");
	__builtin_unreachable();
}
#elif defined(__aarch64__)
__asm__(".pushsection .text.early_start, \"ax\"\n"
	".globl early_start\n"
	".type early_start, @function\n"
	"early_start:\n"
	"	hint #34\n" /* bti c */
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	bl early\n"
	"	brk #1\n"
	".size early_start, . - early_start\n"
	".popsection\n");

static _Noreturn void
ordinary_start(void)
{
	__asm__ volatile("mov sp, %0\n"
			 "mov x0, #0\n"
			 "mov x29, #0\n"
			 "mov x30, #0\n"
			 "b _start"
			 :
			 : "r"(stack)
			 : "memory");
	__builtin_unreachable();
}
#else
#error "no early entry for this processor"
#endif

/* Point the thread register into our block, and copy the initial values of
 * libc's thread-local variables to their places. */
static bool
thread_set(const ElfW(Phdr) *p, size_t n, const char *random)
{
	const ElfW(Phdr) *tls = NULL;
	size_t room = 0;

	for (; n; n--, p++) {
		if (p->p_type == PT_TLS)
			tls = p;
	}
	if (tls)
		room = (tls->p_memsz + tls->p_align - 1) & -tls->p_align;
	if (room > VARIABLES || (tls && tls->p_align > 64))
		return false;
#if defined(__x86_64__)
	enum { SET_FS = 0x1002, SELF = 2, GUARD = 5 };
	char *at = thread + VARIABLES;
	uintptr_t *words = (uintptr_t *)(void *)at;

	if (tls)
		memcpy(at - room, (const char *)tls->p_vaddr, tls->p_filesz);
	words[0] = words[SELF] = (uintptr_t)at;
	if (random) {
		memcpy(&words[GUARD], random, sizeof(words[GUARD]));
		words[GUARD] &= ~(uintptr_t)0xff; /* as libc does */
	}
	return SYS3(SYS_arch_prctl, SET_FS, at, 0) == 0;
#else
	enum { HEAD = 16 };
	char *at = thread + THREAD;
	size_t skip = HEAD;

	(void)random;
	if (tls && tls->p_align > HEAD)
		skip = tls->p_align;
	if (skip + room > VARIABLES)
		return false;
	if (tls)
		memcpy(at + skip, (const char *)tls->p_vaddr, tls->p_filesz);
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(at) : "memory");
	return true;
#endif
}

/* Set up what a launch needs before libc is started.  false: it must not run
 * before that. */
static bool
early_begin(char **env)
{
	const ElfW(Phdr) *phdr = NULL;
	const char *random = NULL;
	const ElfW(auxv_t) *a;
	bool secure = true;
	size_t phnum = 0;
	char **end = env;

	while (*end)
		end++;
	for (a = (const void *)(end + 1); a->a_type != AT_NULL; a++) {
		switch (a->a_type) {
		case AT_SECURE:
			secure = a->a_un.a_val;
			break;
		case AT_PHDR:
			phdr = (const void *)a->a_un.a_val;
			break;
		case AT_PHNUM:
			phnum = a->a_un.a_val;
			break;
		case AT_RANDOM:
			random = (const void *)a->a_un.a_val;
			break;
		case AT_EXECFN:
			execfn = (const void *)a->a_un.a_val;
			break;
		}
	}
	if (secure || !phdr || !execfn || !thread_set(phdr, phnum, random))
		return false;
	environ = env;
	return !point_set("ONLYONE_TEST_ORDINARY");
}

/* Close our descriptors.  We never have more than MOST, and each got the lowest
 * free number: so after MOST free numbers none of ours follows. */
static void
descriptors_close(void)
{
	enum { MOST = 16 };
	int unused = 0;
	long flags;

	for (int fd = 0; unused < MOST; fd++) {
		flags = SYS3(SYS_fcntl, fd, F_GETFD, 0);
		if (flags < 0)
			unused++;
		else if (flags & FD_CLOEXEC)
			sys_close(fd);
	}
}

void
early_again(void)
{
	if (!begun)
		return;
	begun = early_on = false;
	if (undo)
		undo(undo_arg);
	descriptors_close();
	ordinary_start();
}

void
early_touch(const void *at, size_t n)
{
	enum { PAGE = 4096, POPULATE_WRITE = 23 };
	uintptr_t begin = (uintptr_t)at & ~(uintptr_t)(PAGE - 1);

	SYS3(SYS_madvise, begin, (uintptr_t)at + n - begin, POPULATE_WRITE);
}

void
early_undo(void (*what)(void *), void *arg)
{
	undo = what;
	undo_arg = arg;
}

void
early_start_libc(void)
{
	if (!begun)
		return;
	begun = early_on = false;
	ordinary_start();
}

void
early_gate(void)
{
	if (early_on)
		early_again();
}

void
early_commit(void)
{
	early_on = false;
}

/* Ask libc: the program was not started at early_start. */
static BEHIND_GATE const char *
execfn_ask(void)
{
	early_gate();
	return (const char *)getauxval(AT_EXECFN);
}

const char *
early_execfn(void)
{
	return execfn ? execfn : execfn_ask();
}

void
early(char **sp)
{
	int argc = *(int *)(void *)sp;

	stack = sp;
	if (argc < 1 || !early_begin(sp + 1 + argc + 1))
		ordinary_start();
	begun = early_on = true;
	early_touch((char *)sp - STACK, STACK);
	_exit(main(argc, sp + 1));
}
