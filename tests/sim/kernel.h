/*
 * kernel.h: the calls of the simulated kernel, and what its files share.
 */
#ifndef SIM_KERNEL_H
#define SIM_KERNEL_H

#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <stdio.h>
#include <time.h>

#include "tests/sim/sim.h"

#define CALL(type, name, params, args) long k_##name params;
#include "tests/sim/calls.h"
#undef CALL
#define CALL(type, name, params, args)
#define ON_FILE(type, name, args, ...) \
	long file_##name(struct file *f, __VA_ARGS__);
#define ON_SOCK(type, name, args, ...) \
	long sock_##name(struct file *f, __VA_ARGS__);
#include "tests/sim/calls.h"
#undef CALL

long long time_of(const struct timespec *t);      /* ns */
uint64_t signal_bits(const sigset_t *set);
siginfo_t child_info(const struct proc *p, int status);
/* The namespaces that all are in, by their inodes' numbers. */
enum { NS_PID = 0xEFFFFFFC, NS_MNT = 0xF0000001, NS_NET, NS_USER };
struct inode *ns_inode(unsigned long ino);
#define EACH_PROC(p) for (struct proc *p = procs; p < procs + nprocs; p++)
long pidfd_make(struct proc *p);                  /* SO_PEERPIDFD too */
extern pid_t pid_limit;

#endif
