/*
 * kernel.h: the calls of the simulated kernel, and what its files share.
 */
#ifndef SIM_KERNEL_H
#define SIM_KERNEL_H

#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>

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

/* As the *at functions; Linux has none for these. */
long k_chdirat(int dir, const char *path, int flags);
long k_statfsat(int dir, const char *path, struct statfs *st, int flags);

long long time_of(const struct timespec *t);      /* ns */
#define NS_OF(tv) ((tv).tv_sec * SECOND + (tv).tv_usec * 1000LL) /* a timeval */
uint64_t signal_bits(const sigset_t *set);
#define UNMASKABLE (1ULL << (SIGKILL - 1) | 1ULL << (SIGSTOP - 1))
/* kernel_space.c: kinds of namespaces; pid namespaces, of which 0 is the first. */
enum { NS_MNT, NS_NET, NS_PID, NS_USER, NAMESPACES, SPACES = 4 };
void spaces_begin(void);
struct inode *space_inode(const struct proc *p, int ns); /* in which it is */
/* Whether the running process sees it; that with this pid, if it does; the pid of one
 * that there is or was, 0 if it does not see it. */
bool proc_seen(const struct proc *p);
struct proc *proc_seen_pid(pid_t pid);
pid_t pid_shown(pid_t pid);
struct proc *space_first(int space);
void space_end(const struct proc *first); /* it exits: all in there are killed */
/* Each process that is not reaped. */
#define EACH_PROC(p) \
	for (struct proc **p##_at = listed, *p; \
	    p##_at < listed + nlisted && (p = *p##_at, true); p##_at++) \
		if (p->state != FREE)
/* Those that were not reaped when the last one began. */
extern struct proc *listed[PROCS];
extern int nlisted;
/* The child that this parent got next after (joined). */
struct proc *child_next(pid_t parent, unsigned long after);
/* A descriptor of the inode that such files share. */
long anon_new(const struct file_kind *kind, int flags, void *data);
long pidfd_make(struct proc *p);                  /* SO_PEERPIDFD too */
extern pid_t pid_limit;
void pids_continue(pid_t after); /* the next process gets the next number */
/* Linux 6.1, as in Debian 12: a pidfd has no inode of its own, and no ioctls; a
 * socket does not give its peer's pidfd, and cannot refuse descriptors; a number that only
 * a group has is invalid for pidfd_open. */
extern bool old_kernel;
extern bool entropy; /* there are random numbers */
extern bool on_disk; /* files outlive a boot */
extern unsigned disk; /* of which type of file system they are then */
#define FUSE_SUPER 0x65735546
extern int statfs_refused; /* by a filter of calls, with this error; 0 */
extern size_t send_buffer;   /* net.core.wmem_default */
extern unsigned somaxconn;   /* net.core.somaxconn */
bool flock_has(const struct file *f); /* flock(2) has given it a lock */
/* An open with these flags breaks leases (fcntl(2)), and may wait for that. */
long lease_break(struct inode *inode, int flags);

/*
 * Files.
 */

enum { PAGE = 4096 };

struct walk {
	struct inode *dir;
	struct inode *inode; /* NULL: dir has no such name */
	char last[NAME];     /* empty: the path is "/", or led by a link of /proc */
	bool slash;          /* a slash follows the last name */
};

/* If the last name is a link: follow it; follow it only if a slash comes after
 * it; do not, since the name will be made or removed. */
enum last { FOLLOW, STAY, PARENT };

/* 0; -errno: the way to the last name is not there. */
long path_walk(int dirfd, const char *path, enum last last, struct walk *w);

/* What a descriptor is; AT_FDCWD: the working directory.  0, or -EBADF. */
long inode_at(int fd, struct inode **found);

/* The last one is a name, neither "/", "." nor "..". */
bool is_name(const struct walk *w);

/* 0, or -EACCES, for the process that runs: R_OK, W_OK, X_OK. */
long inode_may(const struct inode *inode, int how);

/* Make a name, which is not there yet.  0 and *made, or -errno. */
long name_make(int dirfd, const char *path, mode_t mode, struct inode **made);

/* What a directory has of this name; NULL. */
struct inode *child_find(struct inode *dir, const char *name);

/* Name i of a directory, "." and ".." first; empty: it was removed.  False: no
 * more. */
bool name_at(const struct inode *dir, int i, char *name);

/* A directory that was removed. */
bool inode_dead(const struct inode *dir);
bool dir_empty(const struct inode *dir);

/* Of a file that has content, and of /dev/null. */
extern const struct file_kind plain_kind, null_kind;

/* The open file of a descriptor of any process; NULL. */
struct file *file_of(const struct proc *p, int fd);
/* Zeroed memory for n bytes that begins with a page; such for the content. */
char *pages_new(size_t n);
void inode_room(struct inode *inode, size_t n);
/* Another descriptor of it, from least. */
long fd_copy(struct file *f, bool cloexec, int least);
/* How many descriptors the process may have. */
int fd_limit(void);
/* Descriptors that are shared become the running process's own. */
void fds_own(void);

/* Its st_dev. */
dev_t inode_device(const struct inode *inode);

void files_begin(void); /* /, /tmp and /dev */

/* File systems that may be mounted: the inodes of each have its device. */
struct mount {
	const char *path, *name; /* as /proc/self/mountinfo has them */
	unsigned magic;
	bool remote; /* both kinds of lock are one there */
};
extern const struct mount mounts[];
enum { MOUNTS = 4, MOUNT_DEVICE = 40 };
/* Put all that there are on their paths. */
void mounts_make(void);

/*
 * kernel_procfs.c
 */

void procfs_begin(void); /* put /proc into the tree */
/* What a directory has of this name; NULL. */
struct inode *procfs_lookup(struct inode *dir, const char *name);
/* Name i of a directory, or it is empty; false: no more. */
bool procfs_list(const struct inode *dir, int i, char *name);
/* What a file shows now. */
struct text {
	size_t len;
	char at[];
};
struct text *procfs_content(const struct inode *f);
/* What following a link reaches: an inode, no path; NULL: nothing, or what has no
 * inode.  And what it says, ended by a NUL: -errno or the length. */
struct inode *procfs_target(const struct inode *link);
long procfs_link(const struct inode *link, char buf[PATH_MAX]);
/* Write more of the file that is being made. */
void put(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void put_locks(const struct proc *none); /* /proc/locks */
void put_sockets(const struct proc *none); /* /proc/net/unix */

/* Lists that are empty in the beginning. */
extern struct lock *locks_all;
extern struct file *watched_all;
extern struct sock *socks_all;

/* Something, DN_*, happened in dir: notify those that asked (F_NOTIFY). */
void dir_notify(const struct inode *dir, int what);

#endif
