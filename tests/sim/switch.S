/*
 * switch.S: leave a stack for another one.
 *
 * The callee-saved registers go onto the old stack; only its address is kept
 * elsewhere.
 */
	.text

	.macro leave_stack
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	.endm

	.macro take_up
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	.endm

/* int switch_stack(void **left, void *to): go on at `to`, which was left before;
 * there it returns 1. */
	.globl switch_stack
	.type switch_stack, @function
switch_stack:
	leave_stack
	movq %rsi, %rsp
	take_up
	movl $1, %eax
	ret

/* int switch_twice(void **left, void (*copy)(void *), void *arg): call copy(arg),
 * and return 0; whoever goes on at *left, on a copy of the stack, returns 1. */
	.globl switch_twice
	.type switch_twice, @function
switch_twice:
	leave_stack
	movq %rdx, %rdi
	subq $8, %rsp
	call *%rsi
	xorl %eax, %eax
	addq $8, %rsp
	take_up
	ret

/* void switch_new(void **left, void *top, void (*run)(void)): call run, which does
 * not return, on a stack that begins below top. */
	.globl switch_new
	.type switch_new, @function
switch_new:
	leave_stack
	movq %rsi, %rsp
	andq $-16, %rsp
	xorl %ebp, %ebp
	call *%rdx
	hlt

	.section .note.GNU-stack, "", @progbits
