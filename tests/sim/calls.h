/*
 * calls.h: the calls that the simulated kernel has.
 *
 * CALL(type, NAME, (parameters), (arguments)), as libc has them.  For each there is
 * long k_NAME(parameters), which returns a value or -errno, and doors.c makes
 * sim_NAME of it.  The functions with three dots have a fixed third parameter here.
 */

/* kernel_file.c, kernel_lock.c */
CALL(int, access, (const char *path, int mode), (path, mode))
CALL(int, chdir, (const char *path), (path))
CALL(int, close, (int fd), (fd))
CALL(int, close_range, (unsigned from, unsigned to, int flags),
    (from, to, flags))
CALL(int, dup, (int fd), (fd))
CALL(int, dup2, (int fd, int to), (fd, to))
CALL(int, faccessat, (int dir, const char *path, int mode, int flags),
    (dir, path, mode, flags))
CALL(int, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
CALL(int, fchdir, (int fd), (fd))
CALL(int, fchmod, (int fd, mode_t mode), (fd, mode))
CALL(int, fchmodat, (int dir, const char *path, mode_t mode, int flags),
    (dir, path, mode, flags))
CALL(int, fcntl, (int fd, int command, long arg), (fd, command, arg))
CALL(int, flock, (int fd, int how), (fd, how))
CALL(int, fstat, (int fd, struct stat *st), (fd, st))
CALL(int, fstatat, (int dir, const char *path, struct stat *st, int flags),
    (dir, path, st, flags))
CALL(int, fstatfs, (int fd, struct statfs *st), (fd, st))
CALL(int, fsync, (int fd), (fd))
CALL(int, ftruncate, (int fd, off_t n), (fd, n))
CALL(long, getcwd, (char *buf, size_t cap), (buf, cap)) /* the length */
CALL(ssize_t, getdents64, (int fd, void *buf, size_t n), (fd, buf, n))
CALL(int, link, (const char *path, const char *to), (path, to))
CALL(off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence))
CALL(int, lstat, (const char *path, struct stat *st), (path, st))
CALL(int, memfd_create, (const char *name, unsigned flags), (name, flags))
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode))
CALL(int, mkdirat, (int dir, const char *path, mode_t mode),
    (dir, path, mode))
CALL(void *, mmap, (void *at, size_t n, int prot, int flags, int fd, off_t from),
    (at, n, prot, flags, fd, from))
CALL(int, munmap, (void *at, size_t n), (at, n))
CALL(int, openat, (int dir, const char *path, int flags, mode_t mode),
    (dir, path, flags, mode))
CALL(ssize_t, pread, (int fd, void *buf, size_t n, off_t at), (fd, buf, n, at))
CALL(ssize_t, pwrite, (int fd, const void *buf, size_t n, off_t at),
    (fd, buf, n, at))
CALL(ssize_t, read, (int fd, void *buf, size_t n), (fd, buf, n))
CALL(ssize_t, readlink, (const char *path, char *buf, size_t n), (path, buf, n))
CALL(ssize_t, readlinkat, (int dir, const char *path, char *buf, size_t n),
    (dir, path, buf, n))
CALL(int, rename, (const char *path, const char *to), (path, to))
CALL(int, renameat, (int dir, const char *path, int todir, const char *to),
    (dir, path, todir, to))
CALL(int, renameat2,
    (int dir, const char *path, int todir, const char *to, unsigned flags),
    (dir, path, todir, to, flags))
CALL(int, rmdir, (const char *path), (path))
CALL(int, stat, (const char *path, struct stat *st), (path, st))
CALL(int, statfs, (const char *path, struct statfs *st), (path, st))
CALL(int, statx,
    (int dir, const char *path, int flags, unsigned mask, struct statx *st),
    (dir, path, flags, mask, st))
CALL(int, symlink, (const char *text, const char *path), (text, path))
CALL(mode_t, umask, (mode_t mask), (mask))
CALL(int, unlink, (const char *path), (path))
CALL(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
CALL(ssize_t, write, (int fd, const void *buf, size_t n), (fd, buf, n))

/* kernel_sock.c */
CALL(int, accept4, (int fd, struct sockaddr *to, socklen_t *n, int flags),
    (fd, to, n, flags))
CALL(int, bind, (int fd, const struct sockaddr *to, socklen_t n), (fd, to, n))
CALL(int, connect, (int fd, const struct sockaddr *to, socklen_t n),
    (fd, to, n))
CALL(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *n),
    (fd, level, name, value, n))
CALL(int, listen, (int fd, int backlog), (fd, backlog))
CALL(int, pipe2, (int fds[2], int flags), (fds, flags))
CALL(ssize_t, recv, (int fd, void *buf, size_t n, int flags),
    (fd, buf, n, flags))
CALL(ssize_t, recvfrom, (int fd, void *buf, size_t n, int flags,
    struct sockaddr *from, socklen_t *len), (fd, buf, n, flags, from, len))
CALL(ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags))
CALL(ssize_t, send, (int fd, const void *buf, size_t n, int flags),
    (fd, buf, n, flags))
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags),
    (fd, m, flags))
CALL(int, setsockopt,
    (int fd, int level, int name, const void *value, socklen_t n),
    (fd, level, name, value, n))
CALL(int, shutdown, (int fd, int how), (fd, how))
CALL(int, socket, (int family, int type, int protocol),
    (family, type, protocol))
CALL(int, socketpair, (int family, int type, int protocol, int fds[2]),
    (family, type, protocol, fds))

/* kernel_poll.c */
CALL(int, ioctl, (int fd, unsigned long request, void *arg),
    (fd, request, arg))
CALL(int, poll, (struct pollfd *p, nfds_t n, int ms), (p, n, ms))
CALL(int, ppoll, (struct pollfd *p, nfds_t n, const struct timespec *limit,
    const sigset_t *mask), (p, n, limit, mask))
CALL(int, signalfd, (int fd, const sigset_t *mask, int flags),
    (fd, mask, flags))
CALL(int, timerfd_create, (int clock, int flags), (clock, flags))
CALL(int, timerfd_settime, (int fd, int flags, const struct itimerspec *to,
    struct itimerspec *old), (fd, flags, to, old))

/* kernel_proc.c */
CALL(int, clock_gettime, (clockid_t clock, struct timespec *t), (clock, t))
CALL(int, clone, (int (*run)(void *), void *stack, int flags, void *arg),
    (run, stack, flags, arg))
CALL(int, execve, (const char *path, char *const *argv, char *const *env),
    (path, argv, env))
CALL(int, fork, (void), ())
CALL(gid_t, getegid, (void), ())
CALL(uid_t, geteuid, (void), ())
CALL(gid_t, getgid, (void), ())
CALL(pid_t, getpid, (void), ())
CALL(pid_t, getppid, (void), ())
CALL(int, getrlimit, (int which, struct rlimit *l), (which, l))
CALL(pid_t, getsid, (pid_t pid), (pid))
CALL(uid_t, getuid, (void), ())
CALL(int, kill, (pid_t pid, int sig), (pid, sig))
CALL(int, nanosleep, (const struct timespec *t, struct timespec *left),
    (t, left))
CALL(int, pidfd_open, (pid_t pid, unsigned flags), (pid, flags))
CALL(int, futex, (int *at, int what, int value, const struct timespec *limit),
    (at, what, value, limit))
CALL(int, pidfd_getfd, (int pidfd, int fd, unsigned flags),
    (pidfd, fd, flags))
CALL(int, pidfd_send_signal,
    (int pidfd, int sig, siginfo_t *info, unsigned flags),
    (pidfd, sig, info, flags))
CALL(int, prctl, (int what, unsigned long a, unsigned long b), (what, a, b))
CALL(int, rt_sigqueueinfo, (pid_t pid, int sig, siginfo_t *info),
    (pid, sig, info))
CALL(int, setitimer, (int which, const struct itimerval *to,
    struct itimerval *old), (which, to, old))
CALL(int, setpgid, (pid_t pid, pid_t group), (pid, group))
CALL(int, setrlimit, (int which, const struct rlimit *l), (which, l))
CALL(pid_t, setsid, (void), ())
CALL(int, sigaction, (int sig, const struct sigaction *to,
    struct sigaction *old), (sig, to, old))
CALL(int, sigpending, (sigset_t *set), (set))
CALL(int, sigprocmask, (int how, const sigset_t *to, sigset_t *old),
    (how, to, old))
CALL(int, sigtimedwait, (const sigset_t *set, siginfo_t *info,
    const struct timespec *limit), (set, info, limit))
CALL(int, uname, (struct utsname *u), (u))
CALL(int, unshare, (int flags), (flags))
CALL(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int flags),
    (type, id, info, flags))
CALL(pid_t, waitpid, (pid_t pid, int *status, int flags),
    (pid, status, flags))
