/*
 * stuck.c: why a process does not respond: where in the kernel it waits, and
 * for what.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/core/ctl/stuck.h"

/* Kernel functions (/proc/PID/wchan) in which a process waits, and for what. */
static const struct {
	const char *begin, *what;
} waits[] = {
	{ "request_wait_answer", "a FUSE server that does not answer" },
	{ "fuse_", "a FUSE server that does not answer" },
	{ "rpc_", "an NFS server that does not answer" },
	{ "nfs", "an NFS server that does not answer" },
	{ "mm_access", "a process that stands in execve" },
	{ "call_proc_get_link", "a process that stands in execve" },
	{ "do_task_stat", "a process that stands in execve" },
	{ "proc_pid_wchan", "a process that stands in execve" },
	{ "wait_woken", "a connection that is being closed" },
	{ "sk_stream_wait_close", "a connection that is being closed" },
	{ "__break_lease", "the owner of a lease (fcntl, F_SETLEASE)" },
	{ "locks_lock_inode_wait", "a file lock" },
	{ "folio_wait", "a disk" },
	{ "io_schedule", "a disk" },
	{ "pipe_w", "the process that should read from a pipe" },
	{ "pipe_r", "the process that should write into a pipe" },
	{ "n_tty_write", "a terminal whose output is stopped" },
	{ "tty_wait_until_sent", "a terminal whose output is stopped" },
	{ "do_poll", "something to do: it is not stuck" },
	{ "poll_schedule_timeout", "something to do: it is not stuck" },
	{ "do_sys_poll", "something to do: it is not stuck" },
};

const char *
stuck_why(pid_t pid, char buf[STUCK_WHY])
{
	char state = proc_state(pid), place[64] = "";
	const char *what = NULL;
	ssize_t n = -1;

	if (state == 'T')
		return strcpy(buf, "is stopped");
	if (state == 't')
		return strcpy(buf, "is stopped by a debugger");
	look_begin();
	if (look_open(pid, "wchan") == 0)
		n = look_read(place, sizeof(place) - 1);
	look_end();
	if (n < 0 && errno == ETIMEDOUT)
		return strcpy(buf, "stands in execve, and cannot be looked at");
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits) && !what; i++) {
		if (!strncmp(place, waits[i].begin, strlen(waits[i].begin)))
			what = waits[i].what;
	}
	snprintf(buf, STUCK_WHY, "is in state %c%s%s%s%s", state ? state : '?',
	    strlen(place) > 1 ? ", in " : "", strlen(place) > 1 ? place : "",
	    what ? ", and waits for " : "", what ? what : "");
	return buf;
}
