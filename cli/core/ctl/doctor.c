/*
 * doctor.c: onlyonectl doctor: check the set-up, and say how to fix each
 * problem.
 *
 * It checks the kernel, /proc, the state root, the parts of onlyone and every
 * slot; rules_check.c checks rules, links and desktop entries, session.c the
 * session.
 */
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/compat.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/part_path.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/doctor.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/rules_check.h"
#include "cli/core/ctl/scan.h"
#include "cli/core/ctl/session.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/mount.h"
#include "cli/core/slot/owner.h"

enum { LOOKS = 6, PAUSE_US = 100000, TRY_MS = 10000 };

/*
 * Check every slot.  No-keeper, not-responding and stuck, as shown by list, are
 * problems; so is a folder that list cannot show.
 */

/* Whether a process has the lock of the slot. */
static bool
lock_held(const struct found *found)
{
	int folder = folder_peek(found->root, found->slot.name);
	bool held = folder >= 0 && folder_taken(folder) == 1;

	io_close(&folder);
	return held;
}

/* Report one slot.  Whether no instance lives there. */
static bool
slot_check(struct report *r, const struct found *found)
{
	char who[NAME_SHOWN + 32], remedy[PATH_MAX + 128], path[PATH_MAX];
	int pid = (int)found_pid(found), parent = (int)found_parent(found);
	int keeper = (int)found_keeper(found);
	bool stopped;

	snprintf(who, sizeof(who), pid ? "%s, pid %d" : "%s",
	    found->info.app, pid);
	root_folder(found->root, found->slot.name, path);
	switch (found->life) {
	case LIFE_KEPT:
		if (fields_get(&found->state, "blind"))
			report_wrong(r, "if its files were removed now, a second"
			    " one could start; start it again", "%s is"
			    " unprotected: another process had its lock name"
			    " when it started", who);
		snprintf(remedy, sizeof(remedy), "kill -CONT %d, or kill"
		    " -KILL %d", parent, parent);
		if (found_stuck(found))
			report_wrong(r, remedy, "%s has exited, but its"
			    " parent, pid %d, which is stopped, keeps its"
			    " place", who,
			    parent);
		else if (parent)
			report_good("slot: %s has ended; its parent, pid %d,"
			    " keeps its place for what it has started", who,
			    parent);
		else
			report_good(fields_get(&found->state, "stopped") ?
			    "slot: %s, stopped" : "slot: %s", who);
		break;
	case LIFE_NOT_RESPONDING:
		stopped = keeper && proc_state(keeper) == 'T';
		if (stopped)
			snprintf(remedy, sizeof(remedy), "kill -CONT %d; or"
			    " kill -KILL %d: the next launch starts another"
			    " keeper", keeper, keeper);
		else if (keeper)
			snprintf(remedy, sizeof(remedy), "kill -KILL %d: the"
			    " next launch starts another keeper", keeper);
		else
			snprintf(remedy, sizeof(remedy), "fuser -v %s/" FILE_PID
			    " shows which process has it", path);
		report_wrong(r, remedy, stopped ?
		    "%s: its keeper, pid %d, is stopped" : keeper ?
		    "%s: its keeper, pid %d, does not answer" :
		    "%s: its keeper does not answer", who, keeper);
		break;
	case LIFE_BARE:
		snprintf(remedy, sizeof(remedy), "the next launch starts one;"
		    " if that is refused, fuser -v %s/" FILE_PID " shows what"
		    " has the slot", path);
		report_wrong(r, remedy, "%s has no keeper", who);
		break;
	case LIFE_HIDDEN:
		report_wrong(r, "it is in another pid namespace, as of a"
		    " container, or may not be looked into: end it there; if"
		    " it has ended, onlyonectl forget --force drops it; until"
		    " then launches are refused (69)", "%s has no keeper, and"
		    " it is not known here whether it is running", who);
		break;
	default:
		if (!lock_held(found))
			return true;
		snprintf(remedy, sizeof(remedy), "fuser -v %s/" FILE_PID
		    " shows which process has it", path);
		report_wrong(r, remedy, "the slot of %s is held, but no"
		    " instance is running in it", who);
	}
	return false;
}

/* Whether this is a folder that scan skips: it is not ours alone, or has no
 * readable record, as when a launch is just starting. r: report it. */
static bool
debris_check(const struct root *root, struct report *r, const struct slot *s)
{
	int folder = folder_peek(root, s->name);
	char path[PATH_MAX], remedy[PATH_MAX + 128];
	struct info info;
	struct buf b = { 0 };
	bool odd = folder < 0 ? errno != ENOENT : info_read(folder, &b,
	    &info) < 0;

	buf_free(&b);
	root_folder(root, s->name, path);
	/* If ONLYONE_DIR names some other folder by mistake, this may be
	 * anything: let the user look into it. */
	snprintf(remedy, sizeof(remedy), "see what is in it, and move it away;"
	    " fuser -v %s/" FILE_PID " shows what has it", path);
	if (odd && r && folder < 0)
		report_wrong(r, "make it yours alone, with mode 700, or move it"
		    " away", "%s is not a folder that is yours alone", path);
	else if (odd && r)
		report_wrong(r, remedy, "slot folder %s has no readable info",
		    path);
	io_close(&folder);
	return odd;
}

/* Check all folders of the roots that scan has opened (debris_check).  Whether any
 * is odd. */
static bool
debris_find(struct ctl *c, struct report *r)
{
	struct slot slot = { 0 };
	struct dirent *e;
	bool odd = false;
	DIR *dir;

	for (int i = 0; i < c->nroots; i++) {
		dir = root_list(&c->roots[i]);
		while (dir && (e = io_entry(dir))) {
			if (slot_from_name(&slot, e->d_name))
				odd |= debris_check(&c->roots[i], r, &slot);
		}
		if (dir)
			closedir(dir);
	}
	return odd;
}

/* An instance that is just starting or ending looks wrong for a moment: look up
 * to LOOKS times, and report only what is still wrong. */
static void
doctor_slots(struct ctl *c, struct report *r)
{
	struct founds fs = { 0 };
	struct fault f;
	size_t dead = 0;
	bool odd = true, debris = false;

	for (int i = 0; i < LOOKS && odd; i++) {
		if (i)
			clock_sleep(PAUSE_US);
		founds_free(&fs);
		if (scan_slots(c, true, NULL, &fs, &f) < 0) {
			report_wrong(r, "the slots are not checked", "%s",
			    f.line);
			return;
		}
		debris = debris_find(c, NULL);
		odd = debris || c->search.unread.code;
		for (size_t k = 0; k < fs.n; k++)
			odd |= fs.at[k].life == LIFE_BARE ||
			    fs.at[k].life == LIFE_NONE;
	}
	for (size_t k = 0; k < fs.n; k++)
		dead += slot_check(r, &fs.at[k]);
	/* After a power loss, or kill -9 of program and keeper: not a
	 * problem. */
	if (dead)
		report_good("slots: %zu were left by instances that have"
		    " exited;"
		    " onlyonectl list removes them", dead);
	/* Do not advise moving away the folder of an instance without a
	 * record, nor one that a launch makes now. */
	if (c->search.unread.code == EXIT_NOANSWER ||
	    (!(debris && debris_find(c, r)) && c->search.unread.code))
		report_wrong(r, "it is not checked", "%s",
		    c->search.unread.line);
	founds_free(&fs);
}

/*
 * Whether the state root can be used.
 */

/* Write a file of a page into the root, and remove it: a file system that is
 * full, read-only or out of quota looks fine until then.  It is always a new
 * file: ONLYONE_DIR may name some other folder by mistake.  0 or -1. */
static int
file_try(const struct root *r, struct fault *f)
{
	static const char page[4096];
	char name[64]; /* of no slot */
	int err, fd;

	snprintf(name, sizeof(name), ".doctor-%ld-%lld", (long)getpid(),
	    clock_wall());
	fd = openat(r->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	err = fd < 0 || io_write(fd, page, sizeof(page)) < 0 ? errno : 0;
	if (fd >= 0)
		unlinkat(r->fd, name, 0);
	io_close(&fd);
	errno = err;
	return err ? fault_errno(f, EXIT_STATE, err, "cannot write into ",
	    r->path, NULL) : 0;
}

/* Open the root as a launch does, and try it.  A root that was made for this is
 * removed again.  0, or -1 with an errno in *full. */
static int
root_try(struct root *r, int *full, struct fault *f)
{
	enum { TRIES = 8 };
	mode_t mask = umask(077);
	int result, tries = 0;

	/* Another doctor may have made the root, and remove it just then. */
	do
		result = root_open(r, f) < 0 ? -1 : file_try(r, f);
	while (result < 0 && errno == ENOENT && ++tries < TRIES);
	*full = result < 0 ? errno : 0;
	if (r->made)
		rmdir(r->path);
	umask(mask);
	return result;
}

/* Whether the other default root can be written to, since r is full (err); its
 * path in path (PATH_MAX). */
static bool
other_try(const struct root *r, int err, char *path)
{
	struct root other = *r;
	struct fault f;
	bool good;

	other.fd = -1;
	good = root_pass(&other, err) == 0 && root_open(&other, &f) == 0;
	if (good) {
		good = file_try(&other, &f) == 0;
		strcpy(path, other.path);
		if (other.made)
			rmdir(path);
	}
	root_close(&other);
	return good;
}

/* The name of a file system type whose locks are not reliable; NULL:
 * another. */
static const char *
remote_name(long type)
{
	switch (type) {
	case 0x6969:
		return "NFS";
	case FS_FUSE:
		return "FUSE";
	case 0x01021997:
		return "9p";
	case (long)0xff534d42:
	case (long)0xfe534d42:
		return "SMB";
	default:
		return NULL;
	}
}

/* Check the state root.  false: the slots in it cannot be checked. */
static bool
doctor_root(struct ctl *c, struct report *report)
{
	struct root *r = &c->root;
	const char *remote;
	char path[PATH_MAX];
	struct statfs fs;
	struct fault f;
	bool there;
	int full;

	if (root_find(r, &f) < 0) {
		report_wrong(report, "fix that: until then nothing can be"
		    " started (73)", "%s", f.line);
		return false;
	}
	there = r->exists;
	if (root_try(r, &full, &f) < 0) {
		if (other_try(r, full, path)) {
			report_wrong(report, "free some space there", "%s; new"
			    " instances are kept in %s meanwhile", f.line,
			    path);
			root_close(r);
			return there;
		}
		report_wrong(report, "fix that, or set " ENV_DIR " to"
		    " another folder of your own: until then nothing can be"
		    " started (73)", "%s", f.line);
		root_close(r);
		return there;
	}
	remote = mount_fstatfs(r->fd, &fs) == 0 ? remote_name(fs.f_type) : NULL;
	if (remote)
		report_wrong(report, "locks do not work reliably there; set "
		    ENV_DIR " to a folder of your own on a local disk",
		    "the state root is on %s: %s", remote, r->path);
	else
		report_good("state root%s: %s", r->made ? " (not made yet)" :
		    "", r->path);
	root_close(r);
	return true;
}

/*
 * Run a program, to see whether it works, and what it prints.
 */

struct trial {
	const char *path;
	char *const *argv, *const *env;
};

static void
trial_become(const void *arg, int out)
{
	const struct trial *t = arg;

	dup2(out, 1);
	dup2(out, 2);
	execve(t->path, t->argv, t->env);
	_exit(EXIT_CANTEXEC);
}

/* said (cap bytes) gets the first line of its output and standard error, ""
 * for none.  Its wait status; -1: errno of proc_run. */
static int
program_try(const char *path, char *const argv[], char *const env[], char *said,
    size_t cap)
{
	const struct trial t = { path, argv, env };
	int status = -1;

	if (!proc_run(trial_become, &t, said, cap, clock_now() + TRY_MS,
	    &status))
		return -1;
	said[strcspn(said, "\n")] = '\0';
	return status;
}

static void
kernel_check(struct report *r)
{
	struct utsname u;
	int pidfd = owner_pidfd(getpid());

	if (pidfd < 0 && errno == ENOSYS)
		report_wrong(r, "Linux 5.4 or newer is needed",
		    "the kernel has no pidfd_open");
	else if (pidfd < 0)
		report_wrong(r, "until pidfd_open works, nothing can be started"
		    " (71)", "%s", fault_text(errno));
	else if (uname(&u) == 0)
		report_good("kernel: %s", u.release);
	io_close(&pidfd);
}

static void
proc_check(struct report *r)
{
	if (access("/proc/self/ns/pid", F_OK) < 0)
		report_wrong(r, "mount it: without it nothing is known about"
		    " processes", errno == ENOENT ? "/proc is not mounted" :
		    "cannot read /proc");
	else if (access("/proc/1/status", R_OK) < 0)
		report_wrong(r,
		    "instances that change their user are not followed",
		    "/proc hides the processes of others (hidepid)");
	else
		report_good("/proc");
}

/* Report processes of ours that we cannot read (look.h): we do not know their
 * slots. */
static void
lacks_check(struct report *r)
{
	char link[8], name[32];
	struct procs all;
	pid_t pid;

	if (procs_begin(&all) < 0)
		return;
	while (procs_next(&all, &pid)) {
		if (look_link(pid, "exe", link, sizeof(link)) >= 0 ||
		    errno != ETIMEDOUT)
			continue;
		report_wrong(r, "end that server, or unmount it with umount -f;"
		    " until then a slot that this process may belong to is not"
		    " free", "process %d (%s) cannot be inspected: it is"
		    " blocked in execve, closing a file whose server does not"
		    " answer (sshfs, NFS)", (int)pid,
		    proc_comm(pid, name, sizeof(name)));
	}
	procs_end(&all);
}

/* Run /bin/true with this library in LD_PRELOAD; said gets the first line of
 * the loader's complaint.  Whether there is no complaint. */
static bool
library_try(const char *shim, char *said, size_t cap)
{
	char preload[PATH_MAX + 16];
	char *argv[] = { (char *)"true", NULL }, *env[] = { preload, NULL };

	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", shim);
	return program_try("/bin/true", argv, env, said, cap) == 0 && !*said;
}

static void
shim_check(struct report *r)
{
	char found[PATH_MAX], path[PATH_MAX], said[512] = "";
	const char *shim = part_path(SHIM_NAME, R_OK, found);
	struct fault ignored;

	if (!shim)
		report_wrong(r, "programs that become daemons are not"
		    " followed; run make install", SHIM_NAME " is neither"
		    " beside this program nor installed");
	else if (strpbrk(shim, " :$"))
		report_wrong(r, "LD_PRELOAD cannot name it; install it"
		    " elsewhere",
		    "the path of libonlyone.so has a space, colon or $");
	else if (!library_try(shim, said, sizeof(said)) ||
	    (session_shim(path, &ignored) == 0 &&
		!library_try(path, said, sizeof(said))))
		report_wrong(r, "build it again on this system", "%s", *said ?
		    said : "libonlyone.so does not load into a program");
	else if (!report_exposed(r, shim))
		report_good("library: %s", shim);
}

/* Whether helper runs and says with --version that it is onlyone-raise. */
static bool
raise_runs(const char *helper, char *said, size_t cap)
{
	char *argv[] = { (char *)RAISE_NAME, (char *)"--version", NULL };
	int status = program_try(helper, argv, environ, said, cap);

	return status == 0 && !strncmp(said, RAISE_NAME " ",
	    sizeof(RAISE_NAME));
}

/* Check the parts that re-display windows.  An installed one must work, and no
 * other user may be able to change it; a missing one is a problem only on a
 * desktop. */
static void
raise_check(struct report *r)
{
	char path[PATH_MAX], other[PATH_MAX], said[512] = "";
	const char *helper = part_path(RAISE_NAME, X_OK, path);
	const char *library = part_path(WINDOW_NAME, R_OK, other);

	if (!helper && (getenv("DISPLAY") || getenv("WAYLAND_DISPLAY"))) {
		report_wrong(r, "windows are neither re-displayed nor asked to"
		    " close; make install, or the package onlyone-desktop",
		    RAISE_NAME " is neither beside this program nor installed");
	} else if (helper && !raise_runs(helper, said, sizeof(said))) {
		report_wrong(r, "windows are neither re-displayed nor asked to"
		    " close; build or install it again", "%s does not run%s%s",
		    helper, *said ? ": " : "", said);
	} else if (helper && !report_exposed(r, helper)) {
		report_good("windows: %s", helper);
	}
	if (!library && getenv("WAYLAND_DISPLAY")) {
		report_wrong(r, "most Wayland compositors let only the"
		    " program itself raise its window; run make install, or"
		    " install the package onlyone-desktop", WINDOW_NAME " is"
		    " neither beside this program nor installed");
	} else if (library && !library_try(library, said, sizeof(said))) {
		report_wrong(r, "build or install it again", "%s", *said ?
		    said : WINDOW_NAME " does not load into a program");
	} else if (library) {
		report_exposed(r, library);
	}
}

int
ctl_doctor(struct ctl *c, struct fault *f)
{
	struct report r = { 0 };
	bool root;

	(void)f; /* problems are printed, not returned */
	kernel_check(&r);
	proc_check(&r);
	lacks_check(&r);
	root = doctor_root(c, &r);
	shim_check(&r);
	raise_check(&r);
	rules_check(c, &r);
	if (root)
		doctor_slots(c, &r);
	return r.wrong ? 1 : 0;
}
