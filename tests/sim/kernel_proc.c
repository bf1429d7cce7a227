/*
 * kernel_proc.c: processes: fork, exec, exit, wait, and what they ask of
 * themselves, of each other, and of the clock.
 *
 * A process exits in the kernel's order: its mappings go first, then its files,
 * then it is a zombie; others may run in between.  Slots in procs are not
 * reused in a run, so that a pidfd of a reaped process means no other one.
 */
#include <sys/prctl.h>

#include <linux/futex.h>
#include <sched.h>

#include "cli/base/compat.h"
#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

enum { INIT = 1, FIRST_PID = 300 /* RESERVED_PIDS: where Linux begins again */ };

struct proc *listed[PROCS];
int nlisted;
static pid_t last_pid;
static unsigned long joins;
pid_t pid_limit; /* then pids begin again */
bool old_kernel;

struct proc *
proc_find_pid(pid_t pid)
{
	EACH_PROC(p) {
		if (p->pid == pid)
			return p;
	}
	return NULL;
}

/* The kernel gives a number again when no process, group or session has it. */
static bool
is_used(pid_t pid)
{
	EACH_PROC(p) {
		if (p->pid == pid || p->pgid == pid || p->sid == pid)
			return true;
	}
	return false;
}

/* Those that were reaped leave the list here, where nothing goes through it. */
static void
list(struct proc *p)
{
	int n = 0;

	for (int i = 0; i < nlisted; i++) {
		if (listed[i]->state != FREE)
			listed[n++] = listed[i];
	}
	listed[n++] = p;
	nlisted = n;
}

/* With what a child of `of` has. */
static struct proc *
proc_new(const struct proc *of)
{
	struct proc *p = procs + nprocs;

	if (nprocs == PROCS)
		wrong("more than %d processes have begun", PROCS);
	do {
		last_pid = last_pid < pid_limit ? last_pid + 1 : FIRST_PID;
	} while (is_used(last_pid));
	nprocs++;
	list(p);
	if (of)
		memcpy(p, of, offsetof(struct proc, state));
	p->pid = last_pid;
	p->start = sim_clock;
	p->alarm = NEVER;
	p->joined = ++joins;
	p->state = RUNNABLE;
	return p;
}

void pids_continue(pid_t after) { last_pid = after; }

void
kernel_begin(uid_t uid)
{
	struct proc *p;

	files_begin();
	spaces_begin();
	procfs_begin();
	last_pid = 0;
	nlisted = 0;
	joins = 0;
	pid_limit = 4194304;
	send_buffer = 212992;
	somaxconn = 4096;
	p = proc_new(NULL);
	last_pid = FIRST_PID - 1;
	p->state = BLOCKED;
	p->until = NEVER;
	p->pgid = p->sid = INIT;
	p->uid = uid;
	p->cwd = root_inode;
	p->umask = 022;
	strcpy(p->comm, "init");
	p->fds = kalloc(sizeof(*p->fds));
	p->fds->refs = 1;
	for (int i = 0; i < RLIM_NLIMITS; i++)
		p->limits[i].rlim_cur = p->limits[i].rlim_max = RLIM_INFINITY;
	p->limits[RLIMIT_NOFILE] = (struct rlimit){ FDS, FDS };
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
		if (now->slow_end && of->file[i] &&
		    of->file[i]->kind == &sock_kind) {
			now->stalled = sim_clock + now->slow_end;
			now->slow_end = 0;
			enter("exit");
		}
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
	struct proc *p = proc_new(now);

	p->ppid = now->pid;
	p->maker = now;
	p->made_how = flags;
	p->made_by = now->exe ? now->exe->number : 0;
	p->exit_signal = flags & 0xff;
	p->fresh = true;
	if (flags & CLONE_FILES)
		p->fds->refs++;
	else
		p->fds = fds_copy(now->fds);
	mappings_copy(p, now);
	return p;
}

/* It calls itself so; of which only this is needed. */
void
sim_title(const char *fmt)
{
	if (!strncmp(fmt, "-onlyone attending ", strlen("-onlyone attending ")))
		now->attends = true;
}

/* On the memory of its parent. */
static void
run_cloned(void)
{
	proc_exit((now->clone_run(now->clone_arg) & 0xff) << 8);
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

	known(!(flags & ~(CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD)));
	known(!run == !(flags & CLONE_VM) && !run == !(flags & CLONE_VFORK));
	p = child_new(flags);
	if (!run)
		return sched_fork(p) ? 0 : p->pid;
	p->memory = memory_share(now->memory);
	p->clone_run = run;
	p->clone_arg = arg;
	sched_start(p, run_cloned, base);
	p->vfork_parent = now;
	chan = p->fds;
	while (p->vfork_parent && block_anyhow(&chan))
		;
	p->vfork_parent = NULL;
	return p->pid;
}

static char **
words_copy(char *const *words)
{
	size_t n = 0;
	char **v;

	while (words && words[n])
		n++;
	v = kalloc((n + 1) * sizeof(*v));
	while (n--)
		v[n] = kstrdup(words[n]);
	return v;
}

/* From here on p is a program, with the files that it has. */
static void
exec_begin(struct proc *p, struct inode *file, char *const *argv, char *const *env)
{
	p->argv = words_copy(argv);
	p->env = words_copy(env);
	for (int sig = 1; sig < SIGNALS; sig++) {
		if (p->actions[sig].handler != SIG_IGN)
			p->actions[sig].handler = SIG_DFL;
		p->actions[sig].flags = 0;
	}
	p->exe = file;
	p->fresh = false;
	if (*argv)
		snprintf(p->comm, sizeof(p->comm), "%.15s", basename(*argv));
	p->memory = memory_new();
	sched_start(p, program_of(file), NULL);
}

static struct inode *
exec_find(const char *path)
{
	struct inode *file;

	if (path_find(AT_FDCWD, path, true, &file) || !program_of(file))
		unknown("%s cannot be executed", path);
	return file;
}

long
k_execve(const char *path, char *const *argv, char *const *env)
{
	struct memory *old = now->memory;
	struct inode *file = exec_find(path);

	oracle_execs(file, argv, env);
	tell("BECOMES %s", path);
	mappings_drop(now);
	fds_own();
	for (int fd = 0; fd < FDS; fd++) {
		if (now->fds->cloexec[fd])
			k_close(fd);
	}
	now->argv = now->env = NULL; /* it shows neither while it is read */
	enter("execve");
	story_gone();
	exec_begin(now, file, argv, env);
	memory_drop(old);
	vfork_over(now);
	sched_leave();
}

struct proc *
proc_launch(const char *path, char *const *argv, char *const *env)
{
	struct inode *file;
	struct proc *p;

	now = procs;
	p = child_new(SIGCHLD);
	p->pgid = p->sid = p->pid;
	p->maker = NULL;
	file = exec_find(path);
	now = NULL;
	exec_begin(p, file, argv, env);
	return p;
}

static struct proc *
reaper_of(const struct proc *p)
{
	struct proc *up = proc_find_pid(p->ppid);

	while (up && up->pid != INIT && up->space == p->space &&
	    !(up->subreaper && up->state != ZOMBIE))
		up = proc_find_pid(up->ppid);
	return up && up->space == p->space ? up : space_first(p->space);
}

static void
reap(struct proc *p)
{
	p->state = FREE;
	wake(p);
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
	const struct action *a;

	if (!parent || p->state != ZOMBIE)
		return;
	wake(parent);
	if (!p->exit_signal)
		return;
	a = &parent->actions[SIGCHLD];
	if (a->handler != SIG_IGN)
		signal_send(parent, SIGCHLD, &info);
	if (parent->pid == INIT || parent->first || a->handler == SIG_IGN || a->flags & SA_NOCLDWAIT)
		reap(p);
}

struct proc *
child_next(pid_t parent, unsigned long after)
{
	struct proc *next = NULL;

	EACH_PROC(c) {
		if (c->ppid == parent && c->joined > after &&
		    (!next || c->joined < next->joined))
			next = c;
	}
	return next;
}

static void
children_leave(struct proc *p)
{
	struct proc *to = reaper_of(p), *c;

	while ((c = child_next(p->pid, 0))) {
		c->ppid = to->pid;
		c->joined = ++joins;
		c->exit_signal = SIGCHLD;
		if (c->pdeath && c->state != ZOMBIE)
			signal_send(c, c->pdeath, NULL);
		parent_told(c);
	}
}

/* The end of a program or launch: all count their calls since its start, and
 * since its end. */
static void
end_count(const struct proc *p)
{
	EACH_PROC(o)
		o->since_end *= p->exe->number != PROGRAM_FILE && p->maker &&
		    p->maker->maker;
}

void
proc_exit(int status)
{
	static struct fds none;
	struct proc *p = now;
	struct fds *fds = p->fds;

	p->status = status;
	p->pending = 0;
	p->blocked = ~0ULL;
	p->alarm = NEVER;
	if (WIFEXITED(status))
		tell("ENDS with status %d", WEXITSTATUS(status));
	else
		tell("is KILLED by SIG%s", sigabbrev_np(WTERMSIG(status)));
	world_ends(p);
	end_count(p);
	mappings_drop(p);
	enter("exit");
	p->fds = &none; /* /proc shows them no more */
	fds_drop(fds);
	p->fds = fds;
	enter("exit");
	vfork_over(p);
	p->state = ZOMBIE;
	p->ended = sim_clock;
	end_count(p);
	p->nchans = 0;
	space_end(p);
	children_leave(p);
	wake(p);
	parent_told(p);
	memory_drop(p->memory);
	p->memory = NULL;
	sched_leave();
}

/* 0 and a child that has exited; NULL: none yet (WNOHANG).  -errno. */
static long
wait_for(pid_t pid, int flags, struct proc **found)
{
	bool all = flags & (int)(__WALL | __WCLONE), any;
	const void *chan = now;
	long r = 0;

	/* A child comes before a signal, mostly its own SIGCHLD. */
	for (;; r = block(&chan, 1, NEVER)) {
		any = false;
		for (unsigned long last = 0; (*found = child_next(now->pid, last));
		    last = (*found)->joined) {
			if ((pid != -1 && (*found)->pid != pid) ||
			    !((*found)->exit_signal || all))
				continue;
			if ((*found)->state != ZOMBIE)
				any = true;
			else if (flags & WEXITED)
				return 0;
		}
		if (!any || flags & WNOHANG)
			return any ? 0 : -ECHILD;
		if (r < 0)
			return r;
	}
}

long
k_waitpid(pid_t pid, int *status, int flags)
{
	struct proc *c;
	long r = wait_for(pid, flags | WEXITED, &c);

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

	known(type == P_ALL || type == P_PID);
	if (type == P_PID && (pid_t)id <= 0)
		return -EINVAL;
	memset(info, 0, sizeof(*info));
	r = wait_for(type == P_ALL ? -1 : (pid_t)id, flags, &c);
	if (c)
		*info = child_info(c);
	if (c && !(flags & WNOWAIT))
		reap(c);
	return r;
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
	static const struct file_kind kinds[] = { [NS_MNT] = { .name = "mnt" },
		[NS_NET] = { .name = "net" }, [NS_PID] = { .name = "pid" },
		[NS_USER] = { .name = "user" } };
	struct proc *p = f->data;
	struct pidfd_info *info = arg;
	int ns;

	if (old_kernel)
		return -ENOTTY;
	if (request == PIDFD_GET_INFO) {
		if (p->state != FREE && !proc_seen(p))
			return -ESRCH;
		if (p->state != FREE) {
			info->mask &= ~(uint64_t)PIDFD_INFO_EXIT;
			return 0;
		}
		info->exit_code = p->status;
		return info->mask & PIDFD_INFO_EXIT ? 0 : -ESRCH;
	}
	if (p->state == FREE || p->state == ZOMBIE)
		return -ESRCH;
	ns = request == PIDFD_GET_PID_NAMESPACE ? NS_PID :
	    request == PIDFD_GET_MNT_NAMESPACE ? NS_MNT :
	    request == PIDFD_GET_NET_NAMESPACE ? NS_NET : NS_USER;
	return fd_new(file_new(kinds + ns, space_inode(p, ns), 0, NULL), true, 0);
}

const struct file_kind pidfd_kind = { .name = "anon_inode:[pidfd]",
	.poll = pidfd_poll, .ioctl = pidfd_ioctl };

long
pidfd_make(struct proc *p)
{
	struct inode *inode;

	if (old_kernel)
		return anon_new(&pidfd_kind, O_CLOEXEC, p);
	inode = inode_new(FS_PIDFD, 0700);
	inode->ino = (unsigned long)(p - procs + 1);
	inode->uid = 0;
	return fd_new(file_new(&pidfd_kind, inode, O_RDWR, p), true, 0);
}

long
k_pidfd_open(pid_t pid, unsigned flags)
{
	struct proc *p = proc_seen_pid(pid);

	known(pid > 0 && !flags);
	if (!p) /* a group or session may still have the number */
		return old_kernel && is_used(pid) ? -EINVAL : -ESRCH;
	return pidfd_make(p);
}

long
file_pidfd_send_signal(struct file *f, int sig, siginfo_t *info, unsigned flags)
{
	struct proc *p = f->data;

	known(!flags);
	if (f->kind != &pidfd_kind)
		return -EBADF;
	if (!proc_seen(p))
		return -EINVAL;
	if (p->state == FREE)
		return -ESRCH;
	if (sig) {
		world_signals(p, sig);
		signal_send(p, sig, info);
	}
	return 0;
}

long
file_pidfd_getfd(struct file *f, int number, unsigned flags)
{
	struct proc *p = f->data;
	struct file *of;

	known(f->kind == &pidfd_kind && !flags);
	of = file_of(p, number);
	if (!of)
		return p->state == FREE || p->state == ZOMBIE ? -ESRCH : -EBADF;
	of->refs++;
	return fd_new(of, true, 0);
}

long k_getpid(void) { return now->pid; }
long k_getppid(void) { return pid_shown(now->ppid); }
long k_getuid(void) { return now->uid; }

long
k_getsid(pid_t pid)
{
	struct proc *p = pid ? proc_seen_pid(pid) : now;

	return p ? pid_shown(p->sid) : -ESRCH;
}

long
k_setsid(void)
{
	EACH_PROC(p) {
		if (p->pgid == now->pid)
			return -EPERM;
	}
	return now->sid = now->pgid = now->pid;
}

long
k_setpgid(pid_t pid, pid_t group)
{
	struct proc *p = pid ? proc_seen_pid(pid) : now;

	if (!p || (p != now && p->ppid != now->pid))
		return -ESRCH;
	known((!group || group == pid) && (p == now || p->fresh));
	if (p->sid != now->sid || p->sid == p->pid)
		return -EPERM;
	p->pgid = p->pid;
	return 0;
}

long
k_getrlimit(int which, struct rlimit *l)
{
	*l = now->limits[which];
	return 0;
}

long
k_setrlimit(int which, const struct rlimit *l)
{
	known(l->rlim_cur <= l->rlim_max);
	known(l->rlim_max <= now->limits[which].rlim_max);
	now->limits[which] = *l;
	return 0;
}

long
k_prctl(int what, unsigned long a)
{
	if (what == PR_SET_NAME)
		snprintf(now->comm, sizeof(now->comm), "%s", (const char *)a);
	else if (what == PR_SET_PDEATHSIG)
		now->pdeath = (int)a;
	else if (what == PR_SET_CHILD_SUBREAPER)
		now->subreaper = a;
	else if (what == PR_GET_CHILD_SUBREAPER)
		*(int *)a = now->subreaper;
	else
		unknown("prctl %d", what);
	return 0;
}

long
k_uname(struct utsname *u)
{
	*u = (struct utsname){ .sysname = "Linux", .nodename = "sim" };
	strcpy(u->release, old_kernel ? "6.1.0" : "6.18.0");
	return 0;
}

long
k_clock_gettime(clockid_t clock, struct timespec *t)
{
	long long at = sim_clock + (clock == CLOCK_REALTIME ? WALL : 0);

	known(clock >= 0 && clock != CLOCK_PROCESS_CPUTIME_ID);
	*t = (struct timespec){ at / SECOND, at % SECOND };
	return 0;
}

long long
time_of(const struct timespec *t)
{
	return t->tv_sec * SECOND + t->tv_nsec;
}

long
k_nanosleep(const struct timespec *t, struct timespec *left)
{
	long long until = sim_clock + time_of(t);
	long r = 0;

	while (r == 0 && sim_clock < until)
		r = block(NULL, 0, until);
	known(!left);
	return r == -ERESTART ? -EINTR : 0;
}

long
k_futex(int *at, int what, int value, const struct timespec *limit)
{
	long long until = limit ? sim_clock + time_of(limit) : NEVER;
	const void *chan = at;
	long r;

	known(what == FUTEX_WAKE || what == FUTEX_WAIT);
	if (what == FUTEX_WAKE)
		return wake(at);
	if (*at != value)
		return -EAGAIN;
	r = block(&chan, 1, until);
	return r == -ETIME ? -ETIMEDOUT : r == -ERESTART && limit ? -EINTR : r;
}
