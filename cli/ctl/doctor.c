/*
 * doctor.c: what is wrong with the set-up, and what to do about it.
 */
#include <sys/utsname.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/ctl/doctor.h"
#include "cli/ctl/doctor_cluster.h"
#include "cli/ctl/doctor_root.h"
#include "cli/ctl/doctor_rules.h"
#include "cli/ctl/doctor_slots.h"
#include "cli/ctl/report.h"
#include "cli/ctl/session.h"
#include "cli/ctl/tried.h"
#include "cli/io.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

static void
kernel_check(struct report *r)
{
	char line[sizeof(struct utsname)];
	struct utsname u;
	int pidfd = owner_pidfd(getpid());

	if (pidfd < 0 && errno == ENOSYS)
		report_wrong(r, "the kernel has no pidfd_open",
		    "Linux 5.4 or newer is needed");
	else if (pidfd < 0)
		report_wrong(r, fault_text(errno), "that is what pidfd_open"
		    " says: nothing can be started until then (71)");
	else if (uname(&u) == 0) {
		snprintf(line, sizeof(line), "kernel: %s", u.release);
		report_good(line);
	}
	io_close(&pidfd);
}

static void
proc_check(struct report *r)
{
	if (access("/proc/self/ns/pid", F_OK) < 0)
		report_wrong(r, errno == ENOENT ? "/proc is not mounted" :
		    "cannot read /proc",
		    "mount it: nothing is known about processes without it");
	else if (access("/proc/1/stat", R_OK) < 0)
		report_wrong(r, "/proc hides the processes of others (hidepid)",
		    "instances that change their user are not followed");
	else
		report_good("/proc");
}

/* Run a program with the shim loaded; what the loader complains of. */
static bool
shim_try(const char *shim, char *said, size_t cap)
{
	char preload[PATH_MAX + 16];
	char *argv[] = { (char *)"true", NULL }, *env[] = { preload, NULL };

	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", shim);
	return tried("/bin/true", argv, env, -1, said, cap) == 0 && !*said;
}

static void
shim_check(struct report *r)
{
	char found[PATH_MAX], path[PATH_MAX], line[PATH_MAX + 16];
	char said[512] = "";
	const char *shim = beside_find(SHIM_NAME, R_OK, found);
	struct fault ignored;

	if (!shim)
		report_wrong(r, SHIM_NAME " is neither beside this program nor"
		    " installed", "programs that daemonise themselves are not"
		    " followed; make install");
	else if (strpbrk(shim, " :$"))
		report_wrong(r, "the path of the shim has a space, colon or $",
		    "LD_PRELOAD cannot name it; install it elsewhere");
	else if (!shim_try(shim, said, sizeof(said)) ||
	    (session_shim(path, &ignored) == 0 &&
		!shim_try(path, said, sizeof(said))))
		report_wrong(r, *said ? said : "the shim does not load into a"
		    " program", "build it again on this system");
	else {
		snprintf(line, sizeof(line), "shim: %s", shim);
		report_good(line);
	}
}

/* Only a desktop has windows to re-display. */
static void
raise_check(struct report *r)
{
	char path[PATH_MAX], line[PATH_MAX + 32];
	const char *helper = beside_find(RAISE_NAME, X_OK, path);

	if (helper) {
		snprintf(line, sizeof(line), "windows: %s", helper);
		report_good(line);
	} else if (getenv("DISPLAY") || getenv("WAYLAND_DISPLAY")) {
		report_wrong(r, RAISE_NAME " is neither beside this program"
		    " nor installed", "windows are neither re-displayed nor"
		    " asked to close; make install, or the package"
		    " onlyone-desktop");
	}
	if (getenv("WAYLAND_DISPLAY") && !beside_find(WINDOW_NAME, R_OK, path))
		report_wrong(r, WINDOW_NAME " is neither beside this program"
		    " nor installed", "most Wayland compositors let a window"
		    " come back from inside its program alone; make install,"
		    " or the package onlyone-desktop");
}

int
ctl_doctor(struct ctl *c, struct fault *f)
{
	struct report r = { 0 };
	bool root;

	(void)f; /* what is wrong is told, not returned */
	kernel_check(&r);
	proc_check(&r);
	root = doctor_root(c, &r);
	shim_check(&r);
	raise_check(&r);
	doctor_cluster(&r);
	doctor_rules(&r);
	if (root)
		doctor_slots(c, &r);
	return r.wrong ? 1 : 0;
}
