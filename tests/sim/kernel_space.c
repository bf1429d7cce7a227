/*
 * kernel_space.c: pid namespaces: that of the machine, and those of containers, side
 * by side in it.
 *
 * A process has the same number in each namespace that shows it, but that the first one
 * of a container is number 1 there.  Only the machine's shows all.  A
 * container has its own mount namespace too, which shows the same files.
 */
#include "tests/sim/kernel.h"

struct inode ns_inodes[SPACES][NAMESPACES];

void
spaces_begin(void)
{
	static const unsigned long first[] = { [NS_PID] = 0xEFFFFFFC,
		[NS_MNT] = 0xF0000001, [NS_NET] = 0xF0000002,
		[NS_USER] = 0xF0000003 };

	for (int i = 0; i < SPACES; i++) {
		for (int ns = 0; ns < NAMESPACES; ns++)
			ns_inodes[i][ns] = (struct inode){ .fs = FS_NS,
				.mode = S_IFREG | 0444, .nlink = 1,
				.ino = first[ns] + (unsigned long)i * 16 };
	}
}

struct inode *
space_inode(const struct proc *p, int ns)
{
	return &ns_inodes[ns == NS_PID || ns == NS_MNT ? p->space : 0][ns];
}

bool
proc_seen(const struct proc *p)
{
	return !now || !now->space || now->space == p->space;
}

struct proc *
proc_seen_pid(pid_t pid)
{
	struct proc *p = pid == 1 && now && now->space ?
	    space_first(now->space) : proc_find_pid(pid);

	return p && proc_seen(p) ? p : NULL;
}

pid_t
pid_shown(pid_t pid)
{
	const struct proc *p = procs + nprocs;

	if (!now || !now->space)
		return pid;
	while (--p > procs && p->pid != pid)
		;
	return !proc_seen(p) ? 0 : p->first ? 1 : pid;
}

struct proc *
space_first(int space)
{
	EACH_PROC(p) {
		if (p->space == space && p->first && p->state != ZOMBIE)
			return p;
	}
	return procs;
}

void
space_end(const struct proc *first)
{
	EACH_PROC(p) {
		if (first->first && p->space == first->space && p != first)
			signal_send(p, SIGKILL, NULL);
	}
}
