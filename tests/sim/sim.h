/*
 * sim.h: a simulated kernel, under the objects that are shipped.
 *
 * The core's objects are linked into one, the image, in which each symbol of
 * the kernel's is turned into sim_SYMBOL (doors.c).  Simulated processes share
 * the image, at fixed addresses, and those of one fork a heap and a stack; their
 * contents are copied when another process continues (memory.c).  So a pointer
 * stays valid after fork.  The simulator's own memory is not copied.
 *
 * Only one process runs at a time, until it enters the next call.  There the
 * scheduler picks, by the seed, which one continues.  A call is atomic: it
 * happens at one moment, or blocks and tries again.
 *
 * Functions of the kernel, k_*, return a value or -errno.  They run on the
 * stack of the process, so a pointer to a local variable must not outlive a
 * call of block: other processes would read their own stack there.  Memory of a
 * run comes from kalloc, and is not freed.
 */
#ifndef SIM_H
#define SIM_H

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	PROCS = 65536,   /* processes of a run at most, exited ones included */
	FDS = 128,       /* descriptors of a process */
	HEAP = 2 << 20,  /* bytes that a process has for malloc */
	SIGNALS = 65,
	NAME = 256,
	CHANS = 40       /* what a process sleeps on at most */
};

#define NEVER LLONG_MAX
#define MS 1000000LL
#define SECOND (1000 * MS)

struct inode;
struct mount;
struct proc;
struct sock;

/*
 * sched.c
 */

/* Zeroed memory, until the end of the run. */
void *kalloc(size_t n);
char *kstrdup(const char *s);

/* The virtual clock, ns since boot; it advances when no process can run, and a
 * little with each call.  CLOCK_REALTIME is ahead by WALL. */
extern long long sim_clock;
#define WALL (1800000000LL * SECOND)

/* The process that runs. */
extern struct proc *now;

/* A random number below n, from the seed. */
unsigned long sim_random(unsigned long n);

/* Sleep until one of n channels, any addresses, is woken, or until the clock is
 * `until`.  0: woken, perhaps for nothing: look again.  -ETIME.  -ERESTART: a
 * signal is pending; leave turns that into EINTR, or restarts the call
 * (SA_RESTART). */
long block(const void *const *chans, int n, long long until);
int wake(const void *chan); /* how many */

/* Write a line of the story, if it is wanted: what a process does; NULL: what
 * the world does. */
void tell_of(const struct proc *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
#define tell(...) tell_of(now, __VA_ARGS__)
#define world_tells(...) tell_of(NULL, __VA_ARGS__)
extern bool telling;

/* Print this with the seed, and end all.  wrong: the world is.  unknown: a door was
 * used in a way that the simulated kernel does not know. */
_Noreturn void give_up(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
#define wrong(...) give_up(1, __VA_ARGS__)
#define unknown(...) give_up(2, __VA_ARGS__)
/* The simulated kernel knows a call only so. */
#define known(is) ((is) ? (void)0 : unknown("%s, but for %s", __func__, #is))

/* A process asks for memory, and there is none (harm.c). */
bool world_lacks_memory(void);

/*
 * Open files.
 */

struct file {
	const struct file_kind *kind;
	int refs;            /* descriptors, and messages in flight */
	int flags;           /* O_* as F_GETFL tells them, O_PATH too */
	long long pos;
	struct inode *inode;
	void *data;          /* the kind's */
	int sig;             /* F_SETSIG */
	int watch;           /* F_NOTIFY: DN_*; 0: nothing */
	struct proc *watcher;
	int watch_fd;        /* the watcher's */
	struct file *watched_next;
};

/* A NULL function: the call is not for this kind (read: EINVAL, EISDIR; ioctl:
 * ENOTTY; poll: always ready). */
struct file_kind {
	const char *name;    /* as in "socket:[N]", for /proc/PID/fd */
	/* They block by themselves, unless O_NONBLOCK is in f->flags. */
	long (*read)(struct file *f, void *buf, size_t n);
	long (*write)(struct file *f, const void *buf, size_t n);
	/* What is ready of POLLIN, POLLOUT, POLLHUP, POLLERR, POLLRDHUP; *chan: what
	 * to sleep on. */
	int (*poll)(struct file *f, const void **chan);
	void (*close)(struct file *f); /* the last reference is gone */
	long (*ioctl)(struct file *f, unsigned long request, void *arg);
};

struct fds {
	int refs; /* processes that share it (CLONE_FILES) */
	struct file *file[FDS];
	bool cloexec[FDS];
};

struct file *file_new(const struct file_kind *kind, struct inode *inode,
    int flags, void *data);
void file_put(struct file *f); /* drop a reference; never while a call of that
                                * file is blocked in another process */
/* The open file, or NULL: EBADF.  fd_find: not those of O_PATH. */
struct file *fd_any(int fd);
struct file *fd_find(int fd);
/* Put it on the lowest free descriptor from least, which takes over the
 * reference; -EMFILE drops it. */
long fd_new(struct file *f, bool cloexec, int least);
long fd_free(int least); /* which one that would be */

/*
 * kernel_tree.c: the tree of files; kernel_lock.c; kernel_stat.c: mappings.
 */

enum fs { FS_TMP, FS_PROC, FS_PIDFD, FS_ANON, FS_SOCK, FS_NS, FS_PIPE };

struct entry {
	char name[NAME];
	struct inode *inode;
	struct entry *next;
};

struct inode {
	enum fs fs;
	unsigned long ino;
	mode_t mode;
	uid_t uid;                     /* the group has the same number */
	int nlink;
	struct entry *entry;           /* its name, or its last one; of a memfd */
	struct inode *parent;          /* of a directory */
	struct entry *entries;         /* of a directory, the oldest first */
	char *data;                    /* of a file */
	size_t size, cap;
	bool mounted;                  /* something is, there */
	const struct mount *mount;     /* which it is in; NULL: the first */
	bool pinned;                   /* data is mapped: it must not move */
	struct sock *bound;            /* the socket that is bound here; NULL */
	struct proc *proc;             /* of /proc/PID and below */
	int number;                    /* there; of a program: see program_of */
};

extern struct inode *root_inode;

struct inode *inode_new(enum fs fs, mode_t mode);
/* Make an entry; no checks. */
struct inode *inode_put(struct inode *dir, const char *name, struct inode *inode);
struct inode *folder_make(struct inode *dir, const char *name, mode_t mode, uid_t uid);
/* Make folders and a file with this content. */
struct inode *file_make(const char *path, mode_t mode, const char *content);
/* A symbolic link to an absolute path. */
struct inode *link_make(const char *path, const char *target);
/* Look a path up for the process that runs.  0 and *found, or -errno. */
long path_find(int dirfd, const char *path, bool follow, struct inode **found);
/* The path of an inode that has one now, or with " (deleted)". */
void inode_path(struct inode *inode, char *buf, size_t cap);
/* The last descriptor or mapping of an open file is gone: its locks end. */
void locks_drop(struct file *f);

/* A mapping of a process.  The memory is the inode's, or anonymous and shared;
 * so are private mappings of files, which are never written. */
struct mapping {
	char *at;
	size_t len;
	struct file *file;   /* a reference: open file locks last as long; NULL:
	                      * anonymous */
	int prot;
	bool shared;
	struct mapping *next;
};
void mappings_copy(struct proc *to, const struct proc *from); /* fork */
void mappings_drop(struct proc *p);                           /* exec, exit */

/*
 * kernel_proc.c: processes; kernel_signal.c.
 */

enum state { FREE, RUNNABLE, BLOCKED, ZOMBIE };

struct action {
	void (*handler)(int);
	uint64_t mask;
	int flags;
};

/* More than a dozen members: what a kernel knows of a process.  A child has what
 * its parent has, down to `call`. */
struct proc {
	pid_t pgid, sid;
	uid_t uid;
	struct fds *fds;
	struct inode *cwd, *exe;
	mode_t umask;
	char comm[16];
	char **argv, **env;    /* of its last execve */
	struct action actions[SIGNALS];
	uint64_t blocked;          /* bit N - 1: signal N */
	struct rlimit limits[RLIM_NLIMITS];
	int space;             /* its pid namespace; 0: the machine's */
	const char *call;      /* the call it is in */
	enum state state;
	int nchans;
	long long alarm;       /* ITIMER_REAL; NEVER */
	long long until;       /* BLOCKED: NEVER, or when it looks again */
	long long stalled;     /* it does not run before; a machine's delay */
	unsigned rank;         /* sched_mix.ranks */
	pid_t pid, ppid;
	struct proc *maker;    /* that forked it, exited or not; NULL: the
	                        * world */
	int made_how;          /* flags of its clone */
	int made_by;           /* the number of the file that its maker ran */
	struct memory *memory; /* sched.c; shared by a child of CLONE_VM */
	void *sp;              /* where it continues */
	char *base;            /* top of the stack it runs on */
	void (*run)(void);     /* what it begins with */
	int (*clone_run)(void *); /* the function that clone got */
	void *clone_arg;
	uint64_t pending;
	siginfo_t *info[SIGNALS];  /* of what is pending */
	uint64_t saved_mask;       /* ppoll's, restored on return */
	bool restore_mask;
	int exit_signal;       /* to the parent; 0: none */
	int pdeath;            /* PR_SET_PDEATHSIG */
	int status;            /* as waitpid tells it */
	bool subreaper;
	bool first;            /* of its pid namespace, a container's */
	bool fresh;            /* forked, and has not executed: FORKNOEXEC */
	bool ending;           /* it is within exit */
	long long ended;       /* when that was over; 0 */
	struct proc *vfork_parent;
	long long start;       /* clock at the fork, ns */
	unsigned long joined;  /* when its parent got it, in their order */
	struct mapping *mappings;
	struct inode **nodes;  /* of /proc/PID, by number */
	long long alarm_every;
	const void *chans[CHANS];
	long long slept;       /* when it was BLOCKED */
	long long stopped;     /* since, until then, by SIGSTOP; CONT, KILL end that */
	long long waited;      /* for a processor, ns */
	long long starve;      /* it waits so long when it can run next */
	long long slow_end;    /* so long, while its files are closed */
	bool timed_out;
	bool interrupted;      /* it was stopped, and continued, as it slept */
	int since_end;         /* calls since a program or launch has exited */
	long long forgotten;   /* when it ceased to be an instance, by forget; 0 */
	bool attends;          /* an attendant, by its title */
};

extern struct proc procs[PROCS];
extern int nprocs;             /* used places */
struct proc *proc_find_pid(pid_t pid); /* not FREE; NULL */

void signal_send(struct proc *to, int sig, const siginfo_t *info);
bool signal_wanted(const struct proc *p); /* a signal is to be delivered */
void signals_ignored_drop(void); /* those pending that are not blocked */
/* Remove and return a pending one of this set. 0: none. */
int signal_take(struct proc *p, uint64_t set, siginfo_t *info);
void proc_exit(int status) __attribute__((noreturn));
extern const struct file_kind pidfd_kind; /* data, and what to sleep on: the
                                           * proc */
/* Start over: a tree of files, and only init. */
void kernel_begin(uid_t uid);
/* Its process calls itself so (setproctitle). */
void sim_title(const char *fmt);
/* A process of the world's that begins with a program, as by execve. */
struct proc *proc_launch(const char *path, char *const *argv, char *const *env);
/* The end of a call: deliver signals.  True: restart the call. */
bool leave(long *r);
bool display_has(const struct proc *p); /* it maps a library for a display */
/* What a file is as a program, by its number: it runs this (world.c).  NULL:
 * ENOEXEC. */
enum { ONLYONE_FILE = 1, PROGRAM_FILE, SHELL_FILE, OTHER_FILE,
	TRUE_FILE, RAISE_FILE };
void (*program_of(struct inode *file))(void);

/*
 * kernel_sock.c: AF_UNIX sockets (stream, seqpacket, dgram).
 * kernel_poll.c: poll, ppoll, timerfd, signalfd.
 * kernel_procfs.c: /proc.
 */
extern const struct file_kind sock_kind;

#endif
