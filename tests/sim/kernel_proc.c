/*
 * kernel_proc.c: processes: fork, exec, exit, wait, and what they are asked.
 *
 * A process ends in the kernel's order: its mappings go first, then its files, then
 * it is a zombie; others may run between.  Places in procs are not used again in a
 * run, so that a pidfd of a process that was reaped means nothing else.
 */
#include <sched.h>

#include "cli/base/compat.h"
#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

enum { INIT = 1, FIRST_PID = 100 };

static pid_t last_pid;
static unsigned long last_ino;
pid_t pid_limit; /* then pids begin again */
bool old_kernel;

struct proc *
proc_find_pid(pid_t pid)
{
	EACH_PROC(p) {
		if (p->pid == pid && p->state != FREE)
			return p;
	}
	return NULL;
}

/* The kernel gives a number again when no process, group or session has it. */
static bool
is_used(pid_t pid)
{
	EACH_PROC(p) {
		if (p->state != FREE && (p->pid == pid || p->pgid == pid ||
		    p->sid == pid))
			return true;
	}
	return false;
}

static struct proc *
proc_new(void)
{
	struct proc *p = procs + nprocs;

	if (nprocs == PROCS)
		wrong("more than %d processes have begun", PROCS);
	nprocs++;
	memset(p, 0, sizeof(*p));
	do {
		last_pid = last_pid < pid_limit ? last_pid + 1 : FIRST_PID;
	} while (is_used(last_pid));
	p->pid = last_pid;
	p->ino = ++last_ino;
	p->start = sim_clock;
	p->alarm = NEVER;
	p->exit_signal = SIGCHLD;
	p->state = RUNNABLE;
	return p;
}

void
procs_begin_world(uid_t uid)
{
	struct proc *p;

	last_pid = 0;
	last_ino = 0;
	pid_limit = 4194304;
	p = proc_new();
	last_pid = FIRST_PID - 1;
	p->state = BLOCKED;
	p->until = NEVER;
	p->pgid = p->sid = INIT;
	p->uid = uid;
	p->gid = uid;
	p->cwd = root_inode;
	p->umask = 022;
	strcpy(p->comm, "init");
	p->fds = kalloc(sizeof(*p->fds));
	p->fds->refs = 1;
	for (int i = 0; i < RLIM_NLIMITS; i++)
		p->limits[i].rlim_cur = p->limits[i].rlim_max = RLIM_INFINITY;
	p->limits[RLIMIT_NOFILE].rlim_cur = FDS;
	p->limits[RLIMIT_NOFILE].rlim_max = FDS;
}

static struct fds *
fds_copy(const struct fds *of)
{
	struct fds *to = kalloc(sizeof(*to));

	*to = *of;
	to->refs = 1;
	for (int i = 0; i < FDS; i++) {
		if (to->file[i])
			to->file[i]->refs++;
	}
	return to;
}

/* The last process that shares it closes all. */
static void
fds_drop(struct fds *of)
{
	if (--of->refs)
		return;
	for (int i = 0; i < FDS; i++) {
		if (of->file[i])
			file_put(of->file[i]);
		of->file[i] = NULL;
	}
}

void
fds_own(void)
{
	struct fds *was = now->fds;

	now->fds = fds_copy(was);
	fds_drop(was);
}

static struct proc *
child_new(int flags)
{
	struct proc *p = proc_new(), *me = now;
	struct proc made = *p;

	*p = *me;
	p->pid = made.pid;
	p->ino = made.ino;
	p->start = made.start;
	p->ppid = me->pid;
	p->maker = me;
	p->made_how = flags;
	p->takes = false;
	p->alarm = NEVER;
	p->alarm_every = 0;
	p->pending = 0;
	p->exit_signal = flags & 0xff;
	p->pdeath = 0;
	p->subreaper = false;
	p->nchans = 0;
	p->state = RUNNABLE;
	p->stalled = p->starve = p->waited = p->stopped = 0;
	p->fresh = true;
	p->vfork_parent = NULL;
	p->memory = NULL;
	p->mappings = NULL;
	if (flags & CLONE_FILES)
		p->fds->refs++;
	else
		p->fds = fds_copy(me->fds);
	mappings_copy(p, me);
	return p;
}

/* For k_clone with a function: it runs on the memory of its parent. */
static void
run_cloned(void)
{
	int (*run)(void *) = (int (*)(void *))(void *)now->argv;

	proc_exit((run(now->env) & 0xff) << 8);
}

static void
vfork_over(struct proc *p)
{
	if (!p->vfork_parent)
		return;
	p->vfork_parent = NULL;
	wake(p->fds);
}

long
k_clone(int (*run)(void *), void *base, int flags, void *arg)
{
	struct proc *p;
	const void *chan;
	pid_t pid;

	if (flags & ~(CLONE_VM | CLONE_VFORK | CLONE_FILES | 0xff) ||
	    !run != !(flags & CLONE_VM) || !run != !(flags & CLONE_VFORK))
		unknown("clone with flags 0x%x", flags);
	p = child_new(flags);
	if (!run)
		return sched_fork(p) ? 0 : p->pid;
	p->memory = memory_share(now->memory);
	p->argv = (char **)(void *)run;
	p->env = arg;
	sched_start(p, run_cloned, base);
	p->vfork_parent = now;
	pid = p->pid;
	chan = p->fds;
	while (p->vfork_parent && block_anyhow(&chan))
		;
	p->vfork_parent = NULL;
	return pid;
}

static char **
words_copy(char *const *words, char **line, size_t *len)
{
	size_t n = 0, size = 0;
	char **v, *at;

	for (; words && words[n]; n++)
		size += strlen(words[n]) + 1;
	v = kalloc((n + 1) * sizeof(*v));
	*line = at = kalloc(size + 1);
	*len = size;
	for (size_t i = 0; i < n; i++) {
		v[i] = at;
		at = stpcpy(at, words[i]) + 1;
	}
	return v;
}

static void
exec_files(void)
{
	fds_own();
	for (int i = 0; i < FDS; i++) {
		if (now->fds->file[i] && now->fds->cloexec[i])
			k_close(i);
	}
}

static void
exec_begin(struct proc *p, struct inode *file, void (*run)(void))
{
	const char *base = strrchr(p->argv[0] ? p->argv[0] : "", '/');

	for (int sig = 1; sig < SIGNALS; sig++) {
		if (p->actions[sig].handler != SIG_IGN)
			p->actions[sig].handler = SIG_DFL;
		p->actions[sig].flags = 0;
	}
	p->exe = file;
	p->fresh = false;
	snprintf(p->comm, sizeof(p->comm), "%.15s", base ? base + 1 : p->argv[0]);
	p->memory = memory_new();
	sched_start(p, run, NULL);
}

static long
exec_find(const char *path, struct inode **file, void (**run)(void))
{
	long r = path_find(AT_FDCWD, path, true, file);

	if (r < 0)
		return r;
	if (!S_ISREG((*file)->mode) || !((*file)->mode & 0111))
		return -EACCES;
	*run = program_of(*file);
	return *run ? 0 : -ENOEXEC;
}

long
k_execve(const char *path, char *const *argv, char *const *env)
{
	struct memory *old = now->memory;
	void (*run)(void);
	struct inode *file;
	long r = exec_find(path, &file, &run);

	if (r)
		return r;
	oracle_execs(file);
	now->argv = words_copy(argv, &now->cmdline, &now->cmdline_len);
	now->env = words_copy(env, &now->environ, &now->environ_len);
	tell("BECOMES %s", path);
	mappings_drop(now);
	exec_files();
	exec_begin(now, file, run);
	memory_drop(old);
	vfork_over(now);
	sched_leave();
}

struct proc *
proc_launch(const char *path, char *const *argv, char *const *env)
{
	void (*run)(void);
	struct inode *file;
	struct proc *p;

	now = procs;
	p = child_new(SIGCHLD);
	p->pgid = p->sid = p->pid;
	p->maker = NULL;
	now = p;
	if (exec_find(path, &file, &run))
		unknown("%s cannot be executed", path);
	now = NULL;
	p->argv = words_copy(argv, &p->cmdline, &p->cmdline_len);
	p->env = words_copy(env, &p->environ, &p->environ_len);
	exec_begin(p, file, run);
	return p;
}

static struct proc *
reaper_of(const struct proc *p)
{
	struct proc *up = proc_find_pid(p->ppid);

	while (up && up->pid != INIT && !(up->subreaper && up->state != ZOMBIE))
		up = proc_find_pid(up->ppid);
	return up ? up : procs;
}

static void
reap(struct proc *p)
{
	p->state = FREE;
	wake(p);
}

static bool
reaps_itself(const struct proc *parent)
{
	const struct action *a = &parent->actions[SIGCHLD];

	return parent->pid == INIT || a->handler == SIG_IGN ||
	    a->flags & SA_NOCLDWAIT;
}

static siginfo_t
child_info(const struct proc *p)
{
	siginfo_t info = { .si_signo = SIGCHLD };

	info.si_pid = p->pid;
	info.si_uid = p->uid;
	info.si_code = WIFEXITED(p->status) ? CLD_EXITED : CLD_KILLED;
	info.si_status = WIFEXITED(p->status) ? WEXITSTATUS(p->status) :
	    WTERMSIG(p->status);
	return info;
}

static void
parent_told(struct proc *p)
{
	struct proc *parent = proc_find_pid(p->ppid);
	siginfo_t info = child_info(p);

	if (!parent || p->state != ZOMBIE)
		return;
	if (p->exit_signal && !(p->exit_signal == SIGCHLD &&
	    parent->actions[SIGCHLD].handler == SIG_IGN))
		signal_send(parent, p->exit_signal, &info);
	wake(parent);
	if (p->exit_signal == SIGCHLD && reaps_itself(parent))
		reap(p);
}

static void
children_leave(struct proc *p)
{
	struct proc *to = reaper_of(p);

	EACH_PROC(c) {
		if (c->ppid != p->pid || c->state == FREE)
			continue;
		c->ppid = to->pid;
		c->exit_signal = SIGCHLD;
		if (c->pdeath && c->state != ZOMBIE)
			signal_send(c, c->pdeath, NULL);
		parent_told(c);
	}
}

void
proc_exit(int status)
{
	struct proc *p = now;

	p->status = status;
	p->pending = 0;
	p->blocked = ~0ULL;
	p->alarm = NEVER;
	if (WIFEXITED(status))
		tell("ENDS with status %d", WEXITSTATUS(status));
	else
		tell("is KILLED by SIG%s", sigabbrev_np(WTERMSIG(status)));
	world_ends(p);
	mappings_drop(p);
	enter("exit");
	fds_drop(p->fds);
	enter("exit");
	vfork_over(p);
	p->state = ZOMBIE;
	p->cmdline_len = p->environ_len = 0;
	p->nchans = 0;
	children_leave(p);
	wake(p);
	parent_told(p);
	memory_drop(p->memory);
	p->memory = NULL;
	sched_leave();
}

static bool
wanted(const struct proc *c, pid_t pid, int flags)
{
	if (c->ppid != now->pid || c->state == FREE)
		return false;
	if (c->exit_signal != SIGCHLD && !(flags & (int)(__WALL | __WCLONE)))
		return false;
	return pid == -1 || c->pid == pid;
}

/* A child that has ended.  NULL, and 0 (WNOHANG) or -errno. */
static struct proc *
wait_for(pid_t pid, int flags, long *r)
{
	const void *chan = now;
	bool any;

	for (;;) {
		any = false;
		EACH_PROC(c) {
			if (!wanted(c, pid, flags))
				continue;
			if (c->state == ZOMBIE && flags & WEXITED)
				return c;
			any |= c->state != ZOMBIE;
		}
		if (!any || flags & WNOHANG) {
			*r = any ? 0 : -ECHILD;
			return NULL;
		}
		if ((*r = block(&chan, 1, NEVER)))
			return NULL;
	}
}

long
k_waitpid(pid_t pid, int *status, int flags)
{
	long r;
	struct proc *c = wait_for(pid, flags | WEXITED, &r);

	if (!c)
		return r;
	if (status)
		*status = c->status;
	reap(c);
	return c->pid;
}

long
k_waitid(idtype_t type, id_t id, siginfo_t *info, int flags)
{
	struct proc *c;
	long r;

	if (type != P_ALL && type != P_PID)
		unknown("waitid of type %d", (int)type);
	memset(info, 0, sizeof(*info));
	c = wait_for(type == P_ALL ? -1 : (pid_t)id, flags, &r);
	if (!c)
		return r;
	*info = child_info(c);
	if (!(flags & WNOWAIT))
		reap(c);
	return 0;
}

static int
pidfd_poll(struct file *f, const void **chan)
{
	struct proc *p = f->data;

	*chan = p;
	if (p->state == FREE)
		return old_kernel ? POLLIN : POLLIN | POLLHUP;
	return p->state == ZOMBIE ? POLLIN : 0;
}

static long
pidfd_ioctl(struct file *f, unsigned long request, void *arg)
{
	static const struct file_kind ns_kind = { .name = "ns" };
	struct proc *p = f->data;
	struct pidfd_info *info = arg;
	struct inode *ns;

	if (old_kernel)
		return -ENOTTY;
	if (request == PIDFD_GET_INFO) {
		if (p->state != FREE || !(info->mask & PIDFD_INFO_EXIT))
			return -ESRCH;
		info->exit_code = p->status;
		return 0;
	}
	if (p->state == FREE || p->state == ZOMBIE)
		return -ESRCH;
	ns = ns_inode(request == PIDFD_GET_PID_NAMESPACE ? NS_PID :
	    request == PIDFD_GET_MNT_NAMESPACE ? NS_MNT :
	    request == PIDFD_GET_NET_NAMESPACE ? NS_NET : NS_USER);
	return fd_new(file_new(&ns_kind, ns, 0, NULL), true, 0);
}

const struct file_kind pidfd_kind = { .name = "pidfd", .poll = pidfd_poll,
	.ioctl = pidfd_ioctl };

long
pidfd_make(struct proc *p)
{
	struct inode *inode = old_kernel ? inode_new(FS_ANON, 0600) :
	    inode_new(FS_PIDFD, 0700);

	inode->ino = old_kernel ? 1 : p->ino;
	inode->uid = inode->gid = 0;
	return fd_new(file_new(&pidfd_kind, inode, O_RDWR, p), true, 0);
}

long
k_pidfd_open(pid_t pid, unsigned flags)
{
	struct proc *p = pid > 0 ? proc_find_pid(pid) : NULL;

	if (flags || pid <= 0)
		return -EINVAL;
	return p ? pidfd_make(p) : -ESRCH;
}

long
k_pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned flags)
{
	struct file *f = fd_find(pidfd);
	struct proc *p;

	(void)flags;
	if (!f || f->kind != &pidfd_kind)
		return -EBADF;
	p = f->data;
	if (p->state == FREE)
		return -ESRCH;
	if (sig) {
		world_signals(p);
		signal_send(p, sig, info);
	}
	return 0;
}

long
k_pidfd_getfd(int pidfd, int fd, unsigned flags)
{
	struct file *f = fd_find(pidfd), *of;
	const struct proc *p;

	if (!f || f->kind != &pidfd_kind || flags)
		return flags ? -EINVAL : -EBADF;
	p = f->data;
	of = fd < 0 || fd >= FDS || p->state == ZOMBIE ? NULL : p->fds->file[fd];
	if (!of || p->state == FREE)
		return p->state == FREE ? -ESRCH : -EBADF;
	of->refs++;
	return fd_new(of, true, 0);
}
