/*
 * copy.c: whether a process was only forked, and is not a helper.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/cluster/hold.h"

int
copy_only(pid_t pid)
{
	enum { FORKNOEXEC = 0x40, FLAGS = 9 };
	char stat[512], *end;
	ssize_t n = -1;

	look_begin();
	if (look_open(pid, "stat") == 0)
		n = look_read(stat, sizeof(stat) - 1);
	look_end();
	/* Only root's copy can have become another user's. */
	if (n < 0)
		return errno == EACCES && geteuid() ? 0 : -1;
	stat[n] = '\0';
	end = strrchr(stat, ')');
	if (!end || strchr("ZX", end[2]))
		return -1;
	return (proc_stat_num(stat, FLAGS) & FORKNOEXEC) != 0;
}
