/*
 * proc.h: what /proc says of a process.  Every answer may be out of date;
 * whoever acts on one holds a pidfd and checks it afterwards.
 */
#ifndef PROC_H
#define PROC_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/buf.h"

enum { PROC_STATUS = 16384 }; /* what is asked of it stands in that */

struct proc {
	pid_t pid;
	char state; /* R S D T Z ... */
	pid_t parent;
	pid_t group;
	pid_t session;
	int tty;        /* device number, 0: none */
	uint64_t start; /* clock ticks since boot */
	int status;     /* wait status of a zombie, 0 without permission */
};

/* "/proc/PID/FILE" in buf; returns it. */
const char *proc_path(pid_t pid, const char *file, char *buf, size_t cap);

/* Append the environment that a process began with to b: strings, each ended
 * by NUL, but for what it has written over them.  0 or -1. */
int proc_environ(pid_t pid, struct buf *b);

/* What this process is called in the /proc that is there, which may be that of
 * another pid namespace; 0: errno, nothing. */
pid_t proc_self(void);

/* Whether /proc is there, and that of our own pid namespace: in another one's
 * all numbers mean somebody else.  false: errno, ENOENT if it is not. */
bool proc_ours(void);

/* Read /proc/PID/stat.  0; -1: errno, ESRCH or ENOENT if it is not there. */
int proc_read(pid_t pid, struct proc *p);

/* Take that text apart: all but pid.  0 or -1. */
int proc_parse(const char *stat, struct proc *p);

/* From the text of /proc/PID/status: as many numbers as wanted, to that base,
 * of the line that begins with name ("Uid:"). */
bool proc_numbers(const char *text, const char *name, int base,
    unsigned long long *n, int wanted);

/* Whether a process ignores a signal, or has a handler for it. */
bool proc_ignores(pid_t pid, int sig);
bool proc_takes(pid_t pid, int sig);

/* From the text of /proc/PID/status: what a process in a pid namespace below
 * ours is called there; 0: it is not in one. */
pid_t proc_inner(const char *status);

/* Name of a terminal ("pts/3", "tty1", "" for none) as text in buf. */
const char *proc_tty(int tty, char *buf, size_t cap);

/* Name of the file a process runs (/proc/PID/exe), "" if unreadable. */
const char *proc_exe(pid_t pid, char *buf, size_t cap);

/* Its working directory, "" if unreadable. */
const char *proc_cwd(pid_t pid, char *buf, size_t cap);

/* The exit status that stands for a wait status: the code, or 128 and the
 * signal. */
int proc_status(int status);

/* Whether pid is ancestor, or descends from it (at most 64 levels). */
bool proc_descends(pid_t pid, pid_t ancestor);

/* Whether a process has something open, by the name that proc_fd has for it,
 * at most 62 bytes; reading: so that it can read from it.  1, 0; -1: it cannot
 * be told. */
int proc_opens(pid_t pid, const char *name, bool reading);

/* Whether pid, or a process that it descends from, can read from the pipe that
 * proc_fd calls name. */
bool proc_reads(pid_t pid, const char *name);

/* What descriptor fd of a process is open on: a path, or
 * "pipe:[123]"; "" if it is not to be seen. */
const char *proc_fd(pid_t pid, int fd, char *buf, size_t cap);

#endif
