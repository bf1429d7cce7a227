/*
 * proc.h: what /proc tells about a process.  Every answer may be stale: a
 * caller that acts on one holds a pidfd and checks it afterwards.
 *
 * None of this blocks on the process, whichever user's it is.  What may block
 * is in look.h.
 */
#ifndef PROC_H
#define PROC_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROC_STATUS = 16384 }; /* read of status: all we need is in it */

struct proc {
	pid_t pid;
	char state; /* R S D T Z ... */
	pid_t parent;
	pid_t group;
	pid_t session;
	/* Set by look_proc (look.h) only. */
	int tty;        /* device number, 0: none */
	pid_t foreground; /* tty's foreground process group; -1: none */
	uint64_t start; /* clock ticks since boot */
	bool forked; /* it has executed nothing since its fork */
};

/* "/proc/PID/FILE" in buf; returns it. */
const char *proc_path(pid_t pid, const char *file, char *buf, size_t cap);

/* Whether /proc is mounted, and for our own pid namespace: in another one's the
 * PIDs are of other processes.  false: errno, ENOENT if there is no /proc. */
bool proc_ours(void);

/* Whether process pid may be ours, by the owner of its /proc folder: its
 * effective uid.  Nothing more is read of other users' processes.  false: errno
 * if this could not be found out; 0: it is another user's. */
bool proc_mine(pid_t pid);

/* Read /proc/PID/status, and the name in comm, "" if there is none. */
ssize_t proc_text(pid_t pid, char text[PROC_STATUS]);
const char *proc_comm(pid_t pid, char *buf, size_t cap);

/* What /proc/PID/status says.  0; -1: errno, ESRCH or ENOENT if it is gone. */
int proc_read(pid_t pid, struct proc *p);

/* Parse the text of status, or of stat, into what *p has of it.  0 or -1. */
int proc_status_parse(const char *status, struct proc *p);
int proc_stat_parse(const char *stat, struct proc *p);
/* Field n (from 3, the state) of stat; 0 if there is none. */
long long proc_stat_num(const char *stat, int n);

/* The state letter of a process; 0: it is gone. */
char proc_state(pid_t pid);

/* Whether process pid runs, or waits for a processor or a disk.  One that sleeps
 * or is stopped does not. */
bool proc_works(pid_t pid);

/* When it began, on clock_boot, ms, rounded down to a clock tick. */
long long proc_began(const struct proc *p);

/* How long a process (0: this one) has waited for a processor, ms; 0: not known. */
long long proc_waited(pid_t pid);

/* From the text of /proc/PID/status: `wanted` numbers, in this base, of the
 * line that begins with name ("Uid:"). */
bool proc_numbers(const char *text, const char *name, int base,
    unsigned long long *n, int wanted);

/* Whether a process ignores a signal, or has a handler for it. */
bool proc_ignores(pid_t pid, int sig);
bool proc_takes(pid_t pid, int sig);

/* From the text of /proc/PID/status: the PID of a process in its own pid
 * namespace, below ours; 0: it is in no such namespace. */
pid_t proc_inner(const char *status);

/* Whether a process is sure to end: a fatal signal is pending, it dumps core,
 * or it has released its memory. */
bool proc_dying(pid_t pid);

/* At most n of its children, if the kernel lists them.  How many. */
size_t proc_children(pid_t pid, pid_t *children, size_t n);

/* Name of a terminal ("pts/3", "tty1", "" for none) as text in buf. */
const char *proc_tty(int tty, char *buf, size_t cap);

/* Whether a child of ours has exited; reaps it: *status (may be NULL) is its
 * wait status. */
bool proc_ended(pid_t child, int *status);

/* The same after SIGKILL.  false: it is blocked in the kernel where no signal
 * kills it, and is left behind. */
bool proc_end(pid_t child);

/* Whether a child exits by the deadline (clock_now); if not, SIGKILL it. */
bool proc_await(pid_t child, long long deadline, int *status);

/* Fork a child with a pipe to us, close-on-exec.  0: we are the child, which
 * writes to *fd.  Else the child's PID, and we read from *fd; both are the
 * caller's, to be reaped and closed.  -1: errno. */
pid_t proc_fork(int *fd);

/* Fork a child that calls work(arg, fd), which does not return, and take what
 * it and its children write to fd: as text in said, cut at cap.  It is killed
 * when we exit, and at the deadline (clock_now). Whether it has exited by then:
 * *status is its wait status, unchanged if SIGCHLD is ignored.  false: errno,
 * ETIMEDOUT if it was killed; said has the output so far. */
bool proc_run(void (*work)(const void *arg, int fd), const void *arg,
    char *said, size_t cap, long long deadline, int *status);

/* The exit status for a wait status: the code, or 128 plus the signal. */
int proc_status(int status);

/* End by this signal, so that our parent sees what has ended us (a shell then ends
 * its script after ^C).  Returns 128 plus the signal if we survive it: pid 1. */
int proc_die(int sig);

/* End as a child did, by its wait status.  Returns how to exit. */
int proc_mimic(int status);

/* The parent of pid, if it is in the same session: then it started pid, and did
 * not adopt it; 0. */
pid_t proc_session_parent(pid_t pid);

/* Whether pid is ancestor, or descends from it (at most 64 levels).  false: errno if
 * this could not be found out; 0: it does not. */
bool proc_descends(pid_t pid, pid_t ancestor);

/* What our descriptor fd is open on: a path, or "pipe:[123]"; "" if unknown. */
const char *proc_fd(int fd, char *buf, size_t cap);

/* Whether /proc/PID/maps (n bytes) names a library that talks to a display. */
bool proc_maps_display(const char *maps, size_t n);

/* Cut the suffix that the kernel adds to the link of a removed file.  Returns
 * link. */
char *proc_undeleted(char *link);

#endif
