/*
 * env_mark.h: the environment mark of an instance: ONLYONE_SLOT=FOLDER and
 * ONLYONE_RUN=TIME.
 *
 * Everything that an instance starts inherits it, so it shows descent, even
 * through double forks and exec.  Any process can set it, so it counts only in
 * a process that is wholly ours (ours.h), and proves no more than descent.
 * `run` is info.since, which tells an instance from an earlier one in its slot;
 * 0: any.
 */
#ifndef ENV_MARK_H
#define ENV_MARK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"

struct marks {
	struct buf all; /* struct carrier, sorted by slot */
};

/* Processes of ours with the mark of folder, at most cap, without handlers and
 * their children.  Returns how many (proc(5), environ; 0 without /proc), or -1:
 * errno. *lack: a process that may have the mark but cannot be read (look.h);
 * 0. */
int env_mark_scan(const char *folder, long long run, pid_t *pids, size_t cap,
    pid_t *lack);

/* Whether process pid has the mark of folder.  -1: not known, errno. */
int env_mark_look(const char *folder, long long run, pid_t pid);

/* The same; false: it has not, or that is not known. */
bool env_mark_has(const char *folder, long long run, pid_t pid);

/* The run of process pid; 0: none, or not known. */
long long env_mark_run(pid_t pid);

/* The oldest process with the mark, except this process and `but`; 0: none is
 * alive; -1: errno, not known. */
pid_t env_mark_oldest(const char *folder, long long run, pid_t but);

/* Find the marks of all slots below this root.  0; -1: errno, not known, and
 * there is nothing to free. */
int env_marks_take(struct marks *m, const char *root);

/* As env_mark_scan, of those in m that still have the mark. */
int env_marks_find(const struct marks *m, const char *folder, long long run,
    pid_t *pids, size_t cap);

void env_marks_free(struct marks *m);

#endif
