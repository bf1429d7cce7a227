/*
 * early.c: run the program from its entry, and start libc when it is needed.
 *
 * Starting libc costs more than everything a plain launch does.  So the program
 * starts here: early_begin sets up what plain functions of libc need
 * (thread-local storage with errno and the stack protector), and early_run
 * calls main.  A function of libc that needs more is called through a door: the
 * first door to be used starts libc, then calls the function.  Nothing is done
 * twice, and callers need not know.
 *
 * early.mk makes a door for each external symbol that our objects use and that
 * the file symbols does not list (ld --wrap).  A process that shares its memory
 * with another one (spawn.c) must not use any.
 *
 * libc is started as the kernel does it, with the stack as it was at the entry:
 * early_start leaves a gap below that, in which libc's start runs.  That calls
 * main, and __wrap_main jumps back to the door.
 *
 * With AT_SECURE (we have privileges of our own) libc is started first.  The
 * same goes for GLIBC_TUNABLES: they can turn on a shadow stack, which the jump
 * back would violate.
 */
#include <sys/auxv.h>

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/points.h"
#include "preload/sys.h"

/* Whether libc is still to be started; doors read it. */
bool early_on __attribute__((used));
static bool begun; /* main was called before libc */

/* The stack as the kernel made it: argc, argv, the environment, auxv. */
static char **stack;
static const ElfW(auxv_t) *auxv;

/* What libc's start would allocate: the thread block, with thread-local
 * variables before it (x86-64) or after its head (arm64). */
enum { THREAD = 4096, VARIABLES = 1024 };
static char thread[THREAD + VARIABLES] __attribute__((aligned(64)));

#define GAP 32768
#define STRING(number) #number
#define NUMBER(number) STRING(number)

int __real_main(int argc, char *argv[]);
int __wrap_main(int argc, char *argv[]) __attribute__((used));
void early_begin(char **sp) __attribute__((used));
void early_run(void) __attribute__((used));
void early_libc(void) __attribute__((used));
void early_turn(void) __attribute__((used));

/* In assembly.  early_ordinary: jump to libc's start.  early_start_libc: the
 * same, and return when that calls main, which calls early_back. */
_Noreturn void early_ordinary(char **sp);
void early_start_libc(char **sp);
_Noreturn void early_back(void);

#define LOCAL(name) ".type " #name ", %function\n" #name ":\n"
#define FUNCTION(name) ".globl " #name "\n" LOCAL(name)

#if defined(__x86_64__)
__asm__(".pushsection .text.early, \"ax\"\n"
	FUNCTION(early_start)
	"	endbr64\n"
	"	xorl %ebp, %ebp\n"
	"	movq %rsp, %rdi\n"
	"	andq $-16, %rsp\n"
	"	call early_begin\n"
	"	leaq -" NUMBER(GAP) "(%rsp), %rsp\n"
	"	call early_run\n"
	"	hlt\n"
	LOCAL(early_start_libc)
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, early_left(%rip)\n"
	LOCAL(early_ordinary)
	"	movq %rdi, %rsp\n"
	"	xorl %edx, %edx\n"
	"	xorl %ebp, %ebp\n"
	"	jmp _start\n"
	LOCAL(early_back)
	"	movq early_left(%rip), %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	/* Call a door's function, preserving all argument registers. */
	LOCAL(early_door)
	"	pushq %rdi\n"
	"	pushq %rsi\n"
	"	pushq %rdx\n"
	"	pushq %rcx\n"
	"	pushq %r8\n"
	"	pushq %r9\n"
	"	pushq %rax\n"
	"	leaq -520(%rsp), %rsp\n"
	"	fxsave (%rsp)\n"
	"	call *%r11\n"
	"	fxrstor (%rsp)\n"
	"	addq $520, %rsp\n"
	"	popq %rax\n"
	"	popq %r9\n"
	"	popq %r8\n"
	"	popq %rcx\n"
	"	popq %rdx\n"
	"	popq %rsi\n"
	"	popq %rdi\n"
	"	ret\n"
	".popsection\n"
	".local early_left\n"
	".comm early_left, 8, 8\n");

#define CALLS(name, first) \
	__asm__(".pushsection .text.early, \"ax\"\n" \
		FUNCTION(__wrap_##name) \
		"	endbr64\n" \
		"	cmpb $0, early_on(%rip)\n" \
		"	je __real_" #name "\n" \
		"	leaq " #first "(%rip), %r11\n" \
		"	call early_door\n" \
		"	jmp __real_" #name "\n" \
		".popsection\n");
#elif defined(__aarch64__)
__asm__(".pushsection .text.early, \"ax\"\n"
	FUNCTION(early_start)
	"	hint #34\n" /* bti c */
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	bl early_begin\n"
	"	sub sp, sp, #" NUMBER(GAP) "\n"
	"	bl early_run\n"
	"	brk #1\n"
	LOCAL(early_start_libc)
	"	stp x29, x30, [sp, #-160]!\n"
	"	stp x19, x20, [sp, #16]\n"
	"	stp x21, x22, [sp, #32]\n"
	"	stp x23, x24, [sp, #48]\n"
	"	stp x25, x26, [sp, #64]\n"
	"	stp x27, x28, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	adrp x1, early_left\n"
	"	mov x2, sp\n"
	"	str x2, [x1, #:lo12:early_left]\n"
	LOCAL(early_ordinary)
	"	mov sp, x0\n"
	"	mov x0, #0\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	b _start\n"
	LOCAL(early_back)
	"	adrp x1, early_left\n"
	"	ldr x2, [x1, #:lo12:early_left]\n"
	"	mov sp, x2\n"
	"	ldp x19, x20, [sp, #16]\n"
	"	ldp x21, x22, [sp, #32]\n"
	"	ldp x23, x24, [sp, #48]\n"
	"	ldp x25, x26, [sp, #64]\n"
	"	ldp x27, x28, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	ldp x29, x30, [sp], #160\n"
	"	ret\n"
	/* Call a door's function, preserving all argument registers. */
	LOCAL(early_door)
	"	stp x29, x30, [sp, #-224]!\n"
	"	mov x29, sp\n"
	"	stp x0, x1, [sp, #16]\n"
	"	stp x2, x3, [sp, #32]\n"
	"	stp x4, x5, [sp, #48]\n"
	"	stp x6, x7, [sp, #64]\n"
	"	str x8, [sp, #80]\n"
	"	stp q0, q1, [sp, #96]\n"
	"	stp q2, q3, [sp, #128]\n"
	"	stp q4, q5, [sp, #160]\n"
	"	stp q6, q7, [sp, #192]\n"
	"	blr x17\n"
	"	ldp x0, x1, [sp, #16]\n"
	"	ldp x2, x3, [sp, #32]\n"
	"	ldp x4, x5, [sp, #48]\n"
	"	ldp x6, x7, [sp, #64]\n"
	"	ldr x8, [sp, #80]\n"
	"	ldp q0, q1, [sp, #96]\n"
	"	ldp q2, q3, [sp, #128]\n"
	"	ldp q4, q5, [sp, #160]\n"
	"	ldp q6, q7, [sp, #192]\n"
	"	ldp x29, x30, [sp], #224\n"
	"	ret\n"
	".popsection\n"
	".local early_left\n"
	".comm early_left, 8, 8\n");

#define CALLS(name, first) \
	__asm__(".pushsection .text.early, \"ax\"\n" \
		FUNCTION(__wrap_##name) \
		"	hint #34\n" \
		"	adrp x16, early_on\n" \
		"	ldrb w16, [x16, #:lo12:early_on]\n" \
		"	cbz w16, 1f\n" \
		"	adrp x17, " #first "\n" \
		"	add x17, x17, #:lo12:" #first "\n" \
		"	stp x29, x30, [sp, #-16]!\n" \
		"	bl early_door\n" \
		"	ldp x29, x30, [sp], #16\n" \
		"1:	b __real_" #name "\n" \
		".popsection\n");
#else
#error "no early entry for this processor"
#endif

/* Doors; and, in a build with test points, each system call. */
#define DOOR(name) CALLS(name, early_libc)
#define TURN(name) CALLS(name, early_turn)
#include "cli/core/early/doors.h"

/* Point the thread register into our block, and copy the initial values of
 * libc's thread-local variables to their places.  The stack protector's word is
 * the one that libc's start will make. */
static bool
thread_set(void)
{
	const ElfW(Phdr) *tls = NULL, *p = (const void *)getauxval(AT_PHDR);
	const char *random = (const void *)getauxval(AT_RANDOM);
	uintptr_t guard = 0;
	size_t room = 0;

	for (size_t n = p ? getauxval(AT_PHNUM) : 0; n; n--, p++) {
		if (p->p_type == PT_TLS)
			tls = p;
	}
	if (tls)
		room = (tls->p_memsz + tls->p_align - 1) & -tls->p_align;
	if (!p || !random || room > VARIABLES || (tls && tls->p_align > 64))
		return false;
	memcpy(&guard, random, sizeof(guard));
	guard &= ~(uintptr_t)0xff;
#if defined(__x86_64__)
	enum { SET_FS = 0x1002, SELF = 2, GUARD = 5 };
	char *at = thread + VARIABLES;
	uintptr_t *words = (uintptr_t *)(void *)at;

	if (tls)
		memcpy(at - room, (const char *)tls->p_vaddr, tls->p_filesz);
	words[0] = words[SELF] = (uintptr_t)at;
	words[GUARD] = guard;
	return SYS3(SYS_arch_prctl, SET_FS, at, 0) == 0;
#else
	extern uintptr_t __stack_chk_guard;
	enum { HEAD = 16 };
	char *at = thread + THREAD;
	size_t skip = HEAD;

	if (tls && tls->p_align > HEAD)
		skip = tls->p_align;
	if (skip + room > VARIABLES)
		return false;
	if (tls)
		memcpy(at + skip, (const char *)tls->p_vaddr, tls->p_filesz);
	__stack_chk_guard = guard;
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(at) : "memory");
	return true;
#endif
}

/* Replaces libc's, which uses what its start has set up. */
unsigned long
getauxval(unsigned long type)
{
	for (const ElfW(auxv_t) *a = auxv; a->a_type != AT_NULL; a++) {
		if (a->a_type == type)
			return a->a_un.a_val;
	}
	return 0;
}

int
__wrap_main(int argc, char *argv[])
{
	if (begun)
		early_back();
	return __real_main(argc, argv);
}

/* The first door: start libc, and keep what main has set meanwhile. */
void
early_libc(void)
{
	char **env = environ;
	int err = errno;

	early_on = false;
	early_start_libc(stack);
	environ = env;
	errno = err;
}

#ifdef TEST_POINTS
/* ONLYONE_TEST_TURN=N: this process starts libc at its Nth system call. */
void
early_turn(void)
{
	static long left = -1, pid;
	const char *turn = getenv("ONLYONE_TEST_TURN");

	if (left < 0) {
		left = turn ? strtol(turn, NULL, 10) : 0;
		pid = SYS3(SYS_getpid, 0, 0, 0);
	}
	if (left && SYS3(SYS_getpid, 0, 0, 0) == pid && !--left)
		early_libc();
}
#endif

/* Runs before main; its frame is in the gap. */
void
early_begin(char **sp)
{
	char **end = sp + 1 + *(int *)(void *)sp + 1;

	stack = sp;
	environ = end;
	while (*end)
		end++;
	auxv = (const void *)(end + 1);
	if (getauxval(AT_SECURE) || !thread_set() ||
	    getenv("GLIBC_TUNABLES") || point_set("ONLYONE_TEST_ORDINARY"))
		early_ordinary(sp);
	begun = early_on = true;
}

void
early_run(void)
{
	int status = __real_main(*(int *)(void *)stack, stack + 1);

	if (early_on)
		_exit(status);
	exit(status);
}
