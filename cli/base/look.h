/*
 * look.h: read files of another process that may block their reader.
 *
 * While a process is in execve(2), the kernel blocks every reader of its
 * /proc/PID/stat, maps, environ, exe, cwd, fd/N or ns/N before it checks the
 * reader's permission; the process may stay there without end.  So first look
 * at the owner of its /proc folder, which never blocks, and leave another
 * user's process alone.  A process of our user is read by a child of ours that
 * can be killed, or left behind.  Only look.c reads these files; cli/WAITS.md
 * lists them all.
 *
 * errno of a look that fails: ETIMEDOUT, the process cannot be looked at now;
 * EACCES, it is another user's; or as the system says.  PIDs may be reused
 * meanwhile: a caller that acts on one holds a pidfd from before.
 */
#ifndef LOOK_H
#define LOOK_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/base/buf.h"
#include "cli/base/proc.h"

/* All looks between begin and end, which may be nested, share one child, and
 * cost little more than one look.  A look outside has a child of its own. */
void look_begin(void);
void look_end(void);

/* How long this process was held up, in all, by looks that took long, ms. */
long long look_late(void);

/* Read the link `file` of /proc/PID into buf, with a NUL; "" if that fails.
 * Its length, or -1. */
ssize_t look_link(pid_t pid, const char *file, char *buf, size_t cap);

/* Device and inode of the link's target; the rest of *st is 0.  0 or -1. */
int look_stat(pid_t pid, const char *file, struct stat *st);

/* Open a file of /proc/PID for look_read, between begin and end.  0 or -1. */
int look_open(pid_t pid, const char *file);

/* Read at most n bytes of it.  How many; 0: end of the file; -1. */
ssize_t look_read(void *buf, size_t n);

/* Append a file of /proc/PID, at most limit bytes, to b.  0 or -1 (EFBIG). */
int look_file(pid_t pid, const char *file, struct buf *b, size_t limit);

/* Append the environment that a process began with to b: NUL-terminated
 * strings, except where it has overwritten them. */
int look_environ(pid_t pid, struct buf *b);

/* As proc_read, plus what only /proc/PID/stat has.  If stat cannot be read
 * (ETIMEDOUT), *p still has what proc_read gives. */
int look_proc(pid_t pid, struct proc *p);

/* Name of the file a process runs, its working directory; "" if unreadable. */
const char *look_exe(pid_t pid, char *buf, size_t cap);
const char *look_cwd(pid_t pid, char *buf, size_t cap);

/* Whether a process has a descriptor whose link in fd/ is name; or, for "*END",
 * ends with END, deleted or not, and leads to another file than besides (may be
 * NULL). 1, 0, -1. */
int look_opens(pid_t pid, const char *name, const struct stat *besides);

/* Append the inodes of all sockets that a process has, uint32_t.  0, -1. */
int look_sockets(pid_t pid, struct buf *inodes);

/* Whether inode is among these (uint32_t). */
bool look_inodes_have(const struct buf *inodes, uint32_t inode);

/* Whether a process has a socket with one of these inodes.  1, 0, -1. */
int look_has_socket(pid_t pid, const struct buf *inodes);

/* A descriptor that fetch gets from process pid: fetch runs in the child, with
 * a copy of the n bytes of arg, and returns a descriptor of the child's.  A
 * copy of that in this process, or -1. */
int look_fetch(pid_t pid, int (*fetch)(pid_t, const void *), const void *arg,
    size_t n);

/* Whether process pid is our looking child. */
bool look_is(pid_t pid);

/* The last process that could not be looked at; 0: none. */
pid_t look_last(void);

#endif
