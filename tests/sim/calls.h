/*
 * calls.h: the calls that the simulated kernel has.
 *
 * CALL(type, NAME, (parameters), (arguments)), as libc has them.  For each
 * there is long k_NAME(parameters), which returns a value or -errno; doors.c
 * makes sim_NAME from it.  The functions with three dots have a fixed third
 * parameter here.
 *
 * SAME: as another call.  ON_FILE, ON_SOCK: the first parameter, f, is a
 * descriptor; file_NAME or sock_NAME gets its open file (kernel_file.c). FD:
 * AT_FDCWD is no descriptor.
 */
#define FD(fd) ((fd) == AT_FDCWD ? -1 : (fd))
#ifndef SAME
#define SAME(type, name, params, args, call) CALL(type, name, params, args)
#endif
#ifndef ON_FILE
#define ON_FILE(type, name, args, ...) CALL(type, name, (int f, __VA_ARGS__), args)
#define ON_SOCK ON_FILE
#endif

/* kernel_file.c, kernel_lock.c, kernel_stat.c, kernel_tree.c */
SAME(int, access, (const char *path, int mode), (path, mode),
    faccessat(AT_FDCWD, path, mode, 0))
SAME(int, chdir, (const char *path), (path), chdirat(AT_FDCWD, path, 0))
CALL(int, close, (int fd), (fd))
CALL(int, close_range, (unsigned from, unsigned to, int flags), (from, to, flags))
CALL(int, dup, (int fd), (fd))
CALL(int, dup2, (int fd, int to), (fd, to))
CALL(int, faccessat, (int dir, const char *path, int mode, int flags),
    (dir, path, mode, flags))
ON_FILE(int, fallocate, (f, mode, at, n), int mode, off_t at, off_t n)
SAME(int, fchdir, (int fd), (fd), chdirat(FD(fd), "", AT_EMPTY_PATH))
ON_FILE(int, fchmod, (f, mode), mode_t mode)
CALL(int, fchmodat, (int dir, const char *path, mode_t mode, int flags),
    (dir, path, mode, flags))
CALL(int, fcntl, (int fd, int command, long arg), (fd, command, arg))
ON_FILE(int, flock, (f, how), int how)
SAME(int, fstat, (int fd, struct stat *st), (fd, st),
    fstatat(FD(fd), "", st, AT_EMPTY_PATH))
CALL(int, fstatat, (int dir, const char *path, struct stat *st, int flags),
    (dir, path, st, flags))
SAME(int, fstatfs, (int fd, struct statfs *st), (fd, st),
    statfsat(FD(fd), "", st, AT_EMPTY_PATH))
ON_FILE(int, ftruncate, (f, n), off_t n)
CALL(long, getcwd, (char *buf, size_t cap), (buf, cap)) /* the length */
ON_FILE(ssize_t, getdents64, (f, buf, n), void *buf, size_t n)
CALL(ssize_t, getrandom, (void *buf, size_t n, unsigned flags), (buf, n, flags))
ON_FILE(off_t, lseek, (f, at, whence), off_t at, int whence)
CALL(int, memfd_create, (const char *name, unsigned flags), (name, flags))
SAME(int, lstat, (const char *path, struct stat *st), (path, st),
    fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW))
SAME(int, mkdir, (const char *path, mode_t mode), (path, mode),
    mkdirat(AT_FDCWD, path, mode))
CALL(int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode))
CALL(void *, mmap, (void *at, size_t n, int prot, int flags, int fd, off_t from),
    (at, n, prot, flags, fd, from))
CALL(int, munmap, (void *at, size_t n), (at, n))
CALL(int, openat, (int dir, const char *path, int flags, mode_t mode),
    (dir, path, flags, mode))
ON_FILE(ssize_t, pread, (f, buf, n, at), void *buf, size_t n, off_t at)
ON_FILE(ssize_t, pwrite, (f, buf, n, at), const void *buf, size_t n, off_t at)
ON_FILE(ssize_t, read, (f, buf, n), void *buf, size_t n)
SAME(ssize_t, readlink, (const char *path, char *buf, size_t n), (path, buf, n),
    readlinkat(AT_FDCWD, path, buf, n))
CALL(ssize_t, readlinkat, (int dir, const char *path, char *buf, size_t n),
    (dir, path, buf, n))
SAME(int, rename, (const char *path, const char *to), (path, to),
    renameat2(AT_FDCWD, path, AT_FDCWD, to, 0))
SAME(int, renameat, (int dir, const char *path, int todir, const char *to),
    (dir, path, todir, to),
    renameat2(dir, path, todir, to, 0))
CALL(int, renameat2,
    (int dir, const char *path, int todir, const char *to, unsigned flags),
    (dir, path, todir, to, flags))
SAME(int, rmdir, (const char *path), (path),
    unlinkat(AT_FDCWD, path, AT_REMOVEDIR))
SAME(int, stat, (const char *path, struct stat *st), (path, st),
    fstatat(AT_FDCWD, path, st, 0))
SAME(int, statfs, (const char *path, struct statfs *st), (path, st),
    statfsat(AT_FDCWD, path, st, 0))
CALL(int, statx,
    (int dir, const char *path, int flags, unsigned mask, struct statx *st),
    (dir, path, flags, mask, st))
CALL(mode_t, umask, (mode_t mask), (mask))
SAME(int, unlink, (const char *path), (path), unlinkat(AT_FDCWD, path, 0))
CALL(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
ON_FILE(ssize_t, write, (f, buf, n), const void *buf, size_t n)

/* kernel_sock.c, kernel_message.c */
ON_FILE(int, accept4, (f, to, n, flags), struct sockaddr *to, socklen_t *n,
    int flags)
ON_SOCK(int, bind, (f, to, n), const struct sockaddr *to, socklen_t n)
ON_SOCK(int, connect, (f, to, n), const struct sockaddr *to, socklen_t n)
ON_SOCK(int, getsockopt, (f, level, name, value, n), int level, int name,
    void *value, socklen_t *n)
ON_SOCK(int, listen, (f, backlog), int backlog)
SAME(ssize_t, recv, (int fd, void *buf, size_t n, int flags),
    (fd, buf, n, flags),
    recvmsg(fd, &(struct msghdr){ .msg_iov = &(struct iovec){
    buf, n }, .msg_iovlen = 1 }, flags))
ON_SOCK(ssize_t, recvmsg, (f, m, flags), struct msghdr *m, int flags)
SAME(ssize_t, send, (int fd, const void *buf, size_t n, int flags),
    (fd, buf, n, flags),
    sendmsg(fd, &(struct msghdr){ .msg_iov = &(struct iovec){
    (void *)(uintptr_t)buf, n }, .msg_iovlen = 1 }, flags))
ON_SOCK(ssize_t, sendmsg, (f, m, flags), const struct msghdr *m, int flags)
ON_SOCK(int, setsockopt, (f, level, name, value, n), int level, int name,
    const void *value, socklen_t n)
ON_SOCK(int, shutdown, (f, how), int how)
CALL(int, socket, (int family, int type, int protocol), (family, type, protocol))
CALL(int, socketpair, (int family, int type, int protocol, int fds[2]),
    (family, type, protocol, fds))

/* kernel_pipe.c, kernel_poll.c */
ON_FILE(int, ioctl, (f, request, arg), unsigned long request, void *arg)
CALL(int, pipe2, (int fds[2], int flags), (fds, flags))
SAME(int, poll, (struct pollfd *p, nfds_t n, int ms), (p, n, ms),
    ppoll(p, n, ms < 0 ? NULL : &(struct timespec){ ms / 1000,
    ms % 1000 * MS }, NULL))
CALL(int, ppoll, (struct pollfd *p, nfds_t n, const struct timespec *limit,
    const sigset_t *mask), (p, n, limit, mask))
CALL(int, signalfd, (int fd, const sigset_t *mask, int flags), (fd, mask, flags))
CALL(int, timerfd_create, (int clock, int flags), (clock, flags))
ON_FILE(int, timerfd_settime, (f, flags, to, old), int flags,
    const struct itimerspec *to, struct itimerspec *old)

/* kernel_proc.c, kernel_signal.c */
CALL(int, clock_gettime, (clockid_t clock, struct timespec *t), (clock, t))
CALL(int, clone, (int (*run)(void *), void *stack, int flags, void *arg),
    (run, stack, flags, arg))
CALL(int, execve, (const char *path, char *const *argv, char *const *env),
    (path, argv, env))
SAME(int, fork, (void), (), clone(NULL, NULL, SIGCHLD, NULL))
SAME(gid_t, getegid, (void), (), getuid())
SAME(uid_t, geteuid, (void), (), getuid())
SAME(gid_t, getgid, (void), (), getuid())
CALL(pid_t, getpid, (void), ())
CALL(pid_t, getppid, (void), ())
CALL(int, getrlimit, (int which, struct rlimit *l), (which, l))
CALL(pid_t, getsid, (pid_t pid), (pid))
CALL(uid_t, getuid, (void), ())
CALL(int, kill, (pid_t pid, int sig), (pid, sig))
CALL(int, nanosleep, (const struct timespec *t, struct timespec *left), (t, left))
CALL(int, pidfd_open, (pid_t pid, unsigned flags), (pid, flags))
ON_FILE(int, pidfd_getfd, (f, number, flags), int number, unsigned flags)
CALL(int, futex, (int *at, int what, int value, const struct timespec *limit),
    (at, what, value, limit))
ON_FILE(int, pidfd_send_signal, (f, sig, info, flags), int sig, siginfo_t *info,
    unsigned flags)
CALL(int, prctl, (int what, unsigned long a), (what, a))
CALL(int, setitimer, (int which, const struct itimerval *to,
    struct itimerval *old), (which, to, old))
CALL(int, setpgid, (pid_t pid, pid_t group), (pid, group))
CALL(int, setrlimit, (int which, const struct rlimit *l), (which, l))
CALL(pid_t, setsid, (void), ())
CALL(int, sigaction, (int sig, const struct sigaction *to,
    struct sigaction *old), (sig, to, old))
CALL(int, sigpending, (sigset_t *set), (set))
CALL(int, sigprocmask, (int how, const sigset_t *to, sigset_t *old), (how, to, old))
CALL(int, sigtimedwait, (const sigset_t *set, siginfo_t *info,
    const struct timespec *limit), (set, info, limit))
CALL(int, uname, (struct utsname *u), (u))
CALL(int, waitid, (idtype_t type, id_t id, siginfo_t *info, int flags),
    (type, id, info, flags))
CALL(pid_t, waitpid, (pid_t pid, int *status, int flags), (pid, status, flags))
#undef FD
#undef SAME
#undef ON_FILE
#undef ON_SOCK
