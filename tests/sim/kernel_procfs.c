/*
 * kernel_procfs.c: /proc, as far as the core reads it.
 *
 * An inode is made when it is first looked up, and kept: it is the same one
 * each time.  Its content is taken from struct proc at each open.  A process
 * that has exited, and is not reaped, has a stat and a status, but nothing that
 * came from its memory.
 *
 * A place in a list belongs to one name forever, as in the kernel (a pid, a
 * descriptor).  If that is gone, there is an empty name, which is skipped: so a
 * reader misses nothing if others come and go.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include <linux/magic.h>

#include "tests/sim/kernel.h"

#define BOOT_ID "4f1c2f6e-9d0b-4a53-8a7e-2b60c1d3e5f7\n"

enum {
	IN_PID, /* /proc/PID */
	IN_FD, IN_NS, IN_TASK,
	IN_THREAD, /* /proc/PID/task/PID: as /proc/PID, and children */
	CHILDREN, CMDLINE, COMM, CWD, ENVIRON, EXE, MAPS, MOUNTINFO,
	NS_OF_MNT, NS_OF_NET, NS_OF_PID, NS_OF_USER, /* in the order of NS_MNT */
	ROOT, SCHEDSTAT, SESSION, STAT, STATUS,
	TOP, /* /proc, and the files of no process */
	SELF, LOCKS, SYS, KERNEL, RANDOM, BOOT,
	NET, SOCKETS, /* /proc/PID/net: one for all, as there is one namespace */
	NUMBERS /* + N: fd/N */
};

static char text[1 << 16]; /* what is being written */
static size_t text_len;

void
put(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	text_len += (size_t)vsnprintf(text + text_len,
	    sizeof(text) - text_len, fmt, args);
	va_end(args);
	known(text_len < sizeof(text));
}

/* An end begins with the loss of the memory; only then KILL is blocked, too. */
static bool
has_memory(const struct proc *p)
{
	return p->state != ZOMBIE && p->blocked != ~0ULL;
}

static const char *
state_of(const struct proc *p)
{
	EACH_PROC(c) {
		if (c->vfork_parent == p)
			return "D (disk sleep)";
	}
	return p->state == ZOMBIE ? "Z (zombie)" :
	    p->stopped && p->stalled > sim_clock ? "T (stopped)" :
	    p->state == BLOCKED && p->until > sim_clock ? "S (sleeping)" :
	    "R (running)";
}

/* What the core reads there. */
static void
put_status(const struct proc *p)
{
	uint64_t ignored = 0, caught = 0;
	unsigned u = p->uid;
	void (*h)(int);

	for (int sig = 1; sig < SIGNALS; sig++) {
		h = p->actions[sig].handler;
		ignored |= (uint64_t)(h == SIG_IGN) << (sig - 1);
		caught |= (uint64_t)(h != SIG_IGN && h != SIG_DFL) << (sig - 1);
	}
	put("Name:\t%s\nState:\t%s\nPPid:\t%d\nUid:\t%u\t%u\t%u\t%u\n", p->comm,
	    state_of(p), pid_shown(p->ppid), u, u, u, u);
	put("NSpid:\t%d", pid_shown(p->pid));
	if (p->space && !now->space)
		put("\t%d", p->first ? 1 : p->pid);
	put("\nNSpgid:\t%d\nNSsid:\t%d\n", pid_shown(p->pgid), pid_shown(p->sid));
	if (has_memory(p))
		put("VmSize:\t    3060 kB\nCoreDumping:\t0\n");
	put("Threads:\t1\nSigPnd:\t%016x\nShdPnd:\t%016lx\n", 0, p->pending);
	put("SigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n", p->blocked,
	    ignored, caught);
	put("CapPrm:\t%016x\nNoNewPrivs:\t0\nSeccomp:\t0\n", 0);
}

/* All 52 fields; those from 10 on that are never read are 0. */
static void
put_stat(const struct proc *p)
{
	long long start = p->start / (10 * MS);

	put("%d (%s) %c %d %d %d 0 -1 %u", p->pid, p->comm, *state_of(p),
	    pid_shown(p->ppid), pid_shown(p->pgid), pid_shown(p->sid), 0x400000U | (p->fresh ? 0x40 : 0));
	put(" 0 0 0 0 0 0 0 0 20 0 1 0 %lld", start);
	put(" 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 %d", p->exit_signal); /* 38 */
	put(" 0 0 0 0 0 0 0 0 0 0 0 0 0 %d\n", p->status);
}

/* An inode of NULL: memory that is shared. */
static void
put_map(const void *at, size_t len, int prot, bool shared, struct inode *inode)
{
	size_t begin = text_len, column;
	dev_t dev = inode ? inode_device(inode) : makedev(0, 1);
	char path[PATH_MAX + 16] = "/dev/zero (deleted)";

	if (inode)
		inode_path(inode, path, sizeof(path));
	put("%08lx-%08lx %c%c%c%c 00000000 %02x:%02x %lu ", (unsigned long)at,
	    (unsigned long)at + (len + PAGE - 1) / PAGE * PAGE,
	    prot & PROT_READ ? 'r' : '-', prot & PROT_WRITE ? 'w' : '-',
	    prot & PROT_EXEC ? 'x' : '-', shared ? 's' : 'p', major(dev),
	    minor(dev), inode ? inode->ino : 1);
	column = text_len - begin;
	put("%*s%s\n", column < 73 ? 73 - (int)column : 0, "", path);
}

/* The program, and what was mapped, in no order of addresses: those of the host
 * are different each time. */
static void
put_maps(const struct proc *p)
{
	if (p->exe)
		put_map((void *)0x400000, PAGE, PROT_READ | PROT_EXEC, false,
		    p->exe);
	if (display_has(p))
		put("7f0000000000-7f0000001000 r-xp 00000000 08:01 9 %s\n",
		    "/usr/lib/libxcb.so.1");
	for (const struct mapping *m = p->mappings; m; m = m->next)
		put_map(m->at, m->len, m->prot, m->shared,
		    m->file ? m->file->inode : NULL);
}

static void
put_children(const struct proc *p)
{
	unsigned long last = 0;

	for (struct proc *c; (c = child_next(p->pid, last)); last = c->joined)
		put("%d ", c->pid);
}

static void put_comm(const struct proc *p) { put("%s\n", p->comm); }
static void put_waited(const struct proc *p) { put("1 %lld 1\n", p->waited); }

static void
put_words(char *const *words)
{
	for (; words && *words; words++)
		put("%s%c", *words, '\0');
}

static void put_cmdline(const struct proc *p) { put_words(p->argv); }
static void put_environ(const struct proc *p) { put_words(p->env); }

/* None is set. */
static void put_session(const struct proc *p) { (void)p, put("%u", ~0U); }
/* A mount: "ID PARENT MAJOR:MINOR ROOT PATH OPTIONS - TYPE SOURCE OPTIONS". */
static void
put_mount(int id, dev_t device, const char *path, const char *name)
{
	put("%d %d %u:%u / %s rw,relatime shared:1 - %s %s rw\n", id, id % 100 > 21 ? id / 100 * 100 + 21 : 1,
	    major(device), minor(device), path, name, name);
}

static void
put_mounts(const struct proc *p)
{
	static const struct inode proc = { .fs = FS_PROC };
	int id = 21;

	id += 100 * p->space;
	put_mount(id++, inode_device(root_inode), "/", !on_disk ? "tmpfs" :
	    disk == OVERLAYFS_SUPER_MAGIC ? "overlay" :
	    disk == EXT4_SUPER_MAGIC ? "ext4" : "fuse");
	put_mount(id++, inode_device(&proc), "/proc", "proc");
	for (const struct mount *m = mounts; m < mounts + MOUNTS; m++)
		put_mount(id++, makedev(0, MOUNT_DEVICE +
		    (unsigned)(m - mounts)), m->path, m->name);
}

static void put_boot(const struct proc *p) { (void)p, put(BOOT_ID); }

static const struct {
	const char *name;
	int in; /* what directory has it */
	mode_t mode;
	void (*put)(const struct proc *p); /* what a file shows */
	bool stays;     /* a link leads there until the process is reaped */
	bool memory;    /* it is lost with the memory */
} nodes[NUMBERS] = {
	[IN_PID] = { "", NUMBERS, S_IFDIR | 0555 },
	[IN_FD] = { "fd", IN_PID, S_IFDIR | 0500 },
	[IN_NS] = { "ns", IN_PID, S_IFDIR | 0511 },
	[IN_TASK] = { "task", IN_PID, S_IFDIR | 0555 },
	[IN_THREAD] = { "", NUMBERS, S_IFDIR | 0555 },
	[CHILDREN] = { "children", IN_THREAD, S_IFREG | 0444, put_children },
	[CMDLINE] = { "cmdline", IN_PID, S_IFREG | 0444, put_cmdline,
	    .memory = true },
	[COMM] = { "comm", IN_PID, S_IFREG | 0644, put_comm },
	[CWD] = { "cwd", IN_PID, S_IFLNK | 0777 },
	[ENVIRON] = { "environ", IN_PID, S_IFREG | 0400, put_environ,
	    .memory = true },
	[EXE] = { "exe", IN_PID, S_IFLNK | 0777, .memory = true },
	[MAPS] = { "maps", IN_PID, S_IFREG | 0444, put_maps, .memory = true },
	[MOUNTINFO] = { "mountinfo", IN_PID, S_IFREG | 0444, put_mounts },
	[NS_OF_MNT] = { "mnt", IN_NS, S_IFLNK | 0777 },
	[NS_OF_NET] = { "net", IN_NS, S_IFLNK | 0777 },
	[NS_OF_PID] = { "pid", IN_NS, S_IFLNK | 0777, .stays = true },
	[NS_OF_USER] = { "user", IN_NS, S_IFLNK | 0777, .stays = true },
	[ROOT] = { "root", IN_PID, S_IFLNK | 0777 },
	[SCHEDSTAT] = { "schedstat", IN_PID, S_IFREG | 0444, put_waited },
	[SESSION] = { "sessionid", IN_PID, S_IFREG | 0444, put_session },
	[STAT] = { "stat", IN_PID, S_IFREG | 0444, put_stat },
	[STATUS] = { "status", IN_PID, S_IFREG | 0444, put_status },
	[TOP] = { "proc", NUMBERS, S_IFDIR | 0555 },
	[SELF] = { "self", TOP, S_IFLNK | 0777 },
	[LOCKS] = { "locks", TOP, S_IFREG | 0444, put_locks },
	[SYS] = { "sys", TOP, S_IFDIR | 0555 },
	[KERNEL] = { "kernel", SYS, S_IFDIR | 0555 },
	[RANDOM] = { "random", KERNEL, S_IFDIR | 0555 },
	[BOOT] = { "boot_id", RANDOM, S_IFREG | 0444, put_boot },
	[NET] = { "net", IN_PID, S_IFDIR | 0555 },
	[SOCKETS] = { "unix", NET, S_IFREG | 0444, put_sockets }
};

/* Those of no process. */
static struct inode *top_nodes[NUMBERS];

/* The inode of this number of a process. */
static struct inode *
node(struct proc *p, int number, mode_t mode, struct inode *dir)
{
	struct inode **all = p ? p->nodes : top_nodes, *inode;

	if (!all)
		all = p->nodes = kalloc((NUMBERS + FDS) * sizeof(*all));
	inode = all[number];
	if (!inode) {
		all[number] = inode = inode_new(FS_PROC, mode);
		inode->ino = (unsigned long)((p ? p - procs + 1 : 0) * 1024 +
		    number);
		inode->proc = p;
		inode->number = number;
		inode->parent = dir;
	}
	inode->mode = mode;
	/* What has no memory, root owns. */
	inode->uid = p && (has_memory(p) || mode == (S_IFDIR | 0555)) ? p->uid : 0;
	return inode;
}

struct text *
procfs_content(const struct inode *f)
{
	struct text *to;

	text_len = 0;
	if (!nodes[f->number].memory || has_memory(f->proc))
		nodes[f->number].put(f->proc);
	to = kalloc(sizeof(*to) + text_len);
	to->len = text_len;
	memcpy(to->at, text, text_len);
	return to;
}

struct inode *
procfs_target(const struct inode *link)
{
	const struct proc *p = link->proc;
	int n = link->number;
	const struct file *f;

	if (n == SELF)
		return node(now, IN_PID, nodes[IN_PID].mode, link->parent);
	if (n >= NUMBERS) {
		f = file_of(p, n - NUMBERS);
		return f ? f->inode : NULL;
	}
	if ((p->state == ZOMBIE && !nodes[n].stays) ||
	    (nodes[n].memory && !has_memory(p)))
		return NULL;
	return n == CWD ? p->cwd : n == EXE ? p->exe : n == ROOT ? root_inode :
	    space_inode(p, n - NS_OF_MNT);
}

long
procfs_link(const struct inode *link, char buf[PATH_MAX])
{
	int n = link->number;
	struct inode *to = procfs_target(link);
	const struct file *f = n < NUMBERS ? NULL :
	    file_of(link->proc, n - NUMBERS);
	const char *kind = f ? f->kind->name : nodes[n].name;

	if (!to && !f)
		return -ENOENT;
	if (n == SELF)
		sprintf(buf, "%d", now->pid);
	else if (!to || strchr(kind, ':'))
		strcpy(buf, kind);
	else if (to->fs == FS_SOCK || to->fs == FS_NS || to->fs == FS_PIPE)
		sprintf(buf, "%s:[%lu]", kind, to->ino);
	else
		inode_path(to, buf, PATH_MAX);
	return (long)strlen(buf);
}

/* The number that a name is; -1. */
static int
name_number(const char *name)
{
	size_t n = strspn(name, "0123456789");

	return !n || name[n] || n > 9 || (*name == '0' && n > 1) ? -1 : atoi(name);
}

static struct inode *
fd_lookup(struct inode *dir, int fd)
{
	struct file *f = file_of(dir->proc, fd);
	int how;

	if (!f)
		return NULL;
	how = f->flags & O_PATH ? -1 : f->flags & O_ACCMODE;
	return node(dir->proc, NUMBERS + fd, S_IFLNK | (how < 0 ? 0100 :
	    how == O_RDONLY ? 0500 : how == O_WRONLY ? 0300 : 0700), dir);
}

static const char *const absent[] = { "cgroup", "uid_map" };

struct inode *
procfs_lookup(struct inode *dir, const char *name)
{
	struct proc *p = dir->proc;
	int in = dir->number, number = name_number(name);

	if (p && p->state == FREE)
		return NULL;
	if (in == TOP && number >= 0) {
		p = proc_seen_pid(number);
		return p ? node(p, IN_PID, nodes[IN_PID].mode, dir) : NULL;
	}
	if (in == IN_FD)
		return fd_lookup(dir, number);
	if (in == IN_TASK)
		return number != p->pid ? NULL :
		    node(p, IN_THREAD, nodes[IN_THREAD].mode, dir);
	for (int n = 0; n < NUMBERS; n++) {
		if ((nodes[n].in == in || (in == IN_THREAD && nodes[n].in ==
		    IN_PID && n != IN_TASK)) && !strcmp(nodes[n].name, name))
			return n == NET ? p->state == ZOMBIE ? NULL :
			    top_nodes[NET] : node(p, n, nodes[n].mode, dir);
	}
	/* Used for a process that has exited, and for us: all share one
	 * world. */
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++) {
		if (!strcmp(absent[i], name))
			return NULL;
	}
	unknown("%s in /proc", name);
}

bool
procfs_list(const struct inode *dir, int i, char *name)
{
	const struct proc *p = dir->proc;

	*name = '\0';
	if (p && p->state == FREE)
		return false;
	switch (dir->number) {
	case IN_FD:
		if (file_of(p, i))
			sprintf(name, "%d", i);
		return i < FDS && p->state != ZOMBIE;
	case IN_TASK:
		sprintf(name, "%d", p->pid);
		return i == 0;
	}
	if (i < NUMBERS && nodes[i].in == dir->number)
		strcpy(name, nodes[i].name);
	if (dir->number != TOP)
		return i < NUMBERS;
	i -= NUMBERS;
	if (i >= 0 && i < nprocs && procs[i].state != FREE &&
	    proc_seen(procs + i))
		sprintf(name, "%d", pid_shown(procs[i].pid));
	return i < nprocs;
}

void
procfs_begin(void)
{
	memset(top_nodes, 0, sizeof(top_nodes));
	for (int n = TOP; n < NUMBERS; n++)
		node(NULL, n, nodes[n].mode, n == TOP ? root_inode :
		    top_nodes[n == NET ? TOP : nodes[n].in]);
	inode_put(root_inode, "proc", top_nodes[TOP]);
}
