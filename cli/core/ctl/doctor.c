/*
 * doctor.c: onlyonectl doctor: check the set-up, and say for each thing that is
 * wrong what to do about it.
 *
 * It checks the kernel, /proc, the state root, the parts of onlyone and every
 * slot; rules_check.c checks rules, links and desktop entries, session.c the
 * session.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
#include "cli/base/say.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/rules.h"
#include "cli/core/ctl/scan.h"
#include "cli/core/ctl/session.h"
#include "cli/core/ctl/stuck.h"
#include "cli/core/ctl/verbs.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/lockfile.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/slot/name_lock.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/ask.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

/*
 * Every slot: whether its instance and its keeper live, and answer.
 */

enum { LOOKS = 6, PAUSE_US = 100000, STAYS_MS = 2000,
	ANSWER_MS = 1000, BARE_TOLD = 10, TRY_MS = 10000,
	RECORD = 4096 /* bytes: a record with some arguments */
};

/*
 * Whether a process has the lock on the pidfile of a slot folder; *pid is the
 * process that took it, 0 if that cannot be told.  Read /proc/locks, which
 * disturbs no launch; try the lock only if it is not listed there (another pid
 * namespace, or a file system whose device is not the one that stat(2) gives).
 */
static bool
lock_held(int folder, pid_t *pid)
{
	int fd = openat(folder, FILE_PID,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	bool held;

	*pid = 0;
	held = fd >= 0 && fstat(fd, &st) == 0 && (lockfile_locked(&st, false, pid) ||
	    (flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK));
	io_close(&fd);
	return held;
}

/* Report a slot whose lock is taken, and for which no keeper answers.  by: the
 * process that took the lock, 0 if not known.  The keeper inherits the lock
 * from its launch, so that process may not be to blame: name it only if it is
 * stopped or blocked. */
static void
held_wrong(struct report *r, const char *what, const char *path, pid_t by)
{
	char remedy[PATH_MAX + 64], why[STUCK_WHY];
	char state = by ? proc_state(by) : '\0';

	if (state == 'T') {
		snprintf(remedy, sizeof(remedy), "kill -CONT %d, or kill"
		    " -KILL %d", (int)by, (int)by);
		report_wrong(r, remedy, "%s is held by pid %d, which is"
		    " stopped", what, (int)by);
	} else if (state == 'D') {
		snprintf(remedy, sizeof(remedy), "when that is over it goes on;"
		    " kill -KILL %d may end it before", (int)by);
		report_wrong(r, remedy, "%s is held by pid %d, which %s", what,
		    (int)by, stuck_why(by, why));
	} else {
		snprintf(remedy, sizeof(remedy), "fuser -v %s/" FILE_PID
		    " shows who has it", path);
		report_wrong(r, remedy, by ? "%s is held by pid %d, and no"
		    " process answers" : "%s is held by a process that does"
		    " not answer", what, (int)by);
	}
}

/* Report a keeper without the name lock: another process had the name when the
 * keeper began. */
static void
blind_wrong(struct ctl *c, struct report *r, const struct found *found,
    const char *who)
{
	char by[NAME_LOCK_TEXT];
	struct name_lock_holder h;
	enum name_lock held = name_lock_find(&c->root, found->slot.hash, &h);

	io_close(&h.pidfd);
	report_wrong(r, "if its files were removed now, a second one could"
	    " start; end the process that holds it, and start this one again",
	    held == NAME_LOCK_NOBODY ? "%s is unprotected: its lock name was"
	    " taken when it began" : "%s is unprotected: its lock name is held"
	    " by %s", who, held == NAME_LOCK_NOBODY ? "" :
	    name_lock_text(&h, by));
}

/* Report a slot that a holding parent has, for the rest of a tree whose
 * processes show no environment mark. */
static void
held_check(struct report *r, const struct found *found, const char *who)
{
	pid_t parent = found_parent(found);
	pid_t rest = words_rest(&found->state);
	char remedy[128];

	if (found_stuck(found)) {
		snprintf(remedy, sizeof(remedy), "kill -CONT %d, or kill"
		    " -KILL %d", (int)parent, (int)parent);
		report_wrong(r, remedy, "%s is kept by its parent, pid %d,"
		    " which is stopped", who, (int)parent);
		return;
	}
	report_good(rest ? "slot: %s kept by its parent, pid %d, for what is"
	    " left of it: pid %d" : "slot: %s kept by its parent, pid %d, for"
	    " what is left of it", who, (int)parent, (int)rest);
}

/* Put into buf what to add if the handler of an earlier launch still runs: it
 * may be a program that stays and has handed nothing over, not a handler. */
static void
stays_text(const struct found *found, char *buf, size_t cap)
{
	long long pid = fields_num(&found->state, "stays", 0);
	long long ms = fields_num(&found->state, "staying", 0);
	char age[64];

	*buf = '\0';
	if (pid > 0 && ms >= STAYS_MS)
		snprintf(buf, cap, "; the handler of an earlier launch, pid"
		    " %lld, has been running %s: it may have handed nothing"
		    " over",
		    pid, say_age(age, clock_wall() - ms));
}

/* Slots that are counted, not reported one by one: there may be many, for
 * example after all keepers have been killed. */
struct many {
	size_t bare; /* living instances without a keeper */
	size_t dead; /* folders in which no instance lives */
	char one[PATH_MAX]; /* the first of the dead */
};

/* Report one slot: well if its keeper answers, else wrong. */
static void
slot_check(struct ctl *c, struct report *r, const struct found *found,
    struct many *many)
{
	char who[NAME_SHOWN + 32], line[NAME_SHOWN + 64], remedy[128];
	char path[PATH_MAX], stays[192], why[STUCK_WHY], cont[32] = "";
	int pid = (int)found_pid(found), keeper = (int)found_keeper(found);
	int folder;
	bool held;
	pid_t by;

	snprintf(who, sizeof(who), pid ? "%s, pid %d," : "%s",
	    found->info.app, pid);
	if (found->life == LIFE_KEPT && fields_get(&found->state, "blind"))
		blind_wrong(c, r, found, who);
	if (found_parent(found)) {
		held_check(r, found, who);
		return;
	}
	if (found->life == LIFE_KEPT) {
		stays_text(found, stays, sizeof(stays));
		report_good(!pid ? "slot: %s" :
		    fields_get(&found->state, "stopped") ?
		    "slot: %s, pid %d, stopped%s" : "slot: %s, pid %d%s",
		    found->info.app, pid, stays);
		return;
	}
	if (keeper && found->life == LIFE_NOT_RESPONDING) {
		if (proc_state(keeper) == 'T')
			snprintf(cont, sizeof(cont), "kill -CONT %d; ",
			    keeper);
		snprintf(remedy, sizeof(remedy), "%sto replace it: kill -KILL"
		    " %d", cont, keeper);
		report_wrong(r, remedy, "the keeper of %s, pid %d, does not"
		    " answer: it %s", who, keeper, stuck_why(keeper, why));
		return;
	}
	root_folder(&c->root, found->slot.name, path);
	folder = folder_peek(&c->root, found->slot.name);
	held = folder >= 0 && lock_held(folder, &by);
	io_close(&folder);
	if (held) {
		snprintf(line, sizeof(line), "the slot of %s", who);
		held_wrong(r, line, path, by);
	} else if (found->life == LIFE_NOT_RESPONDING) {
		report_wrong(r, "its pid is not known here", "the keeper of %s"
		    " does not answer", who);
	} else if (found->life == LIFE_BARE) {
		if (many->bare++ < BARE_TOLD)
			report_wrong(r, "it was killed; the next launch starts"
			    " one", "%s has no keeper", who);
	} else if (found->life == LIFE_HIDDEN) {
		report_wrong(r, "it is in another pid namespace, as of a"
		    " container, or may not be looked into: end it there; if"
		    " it has ended, onlyonectl forget --force drops it; until"
		    " then launches are refused (69)", "%s has no keeper, and"
		    " whether it runs cannot be told from here", who);
	} else if (!many->dead++) {
		strcpy(many->one, path);
	}
}

/* Report a file or folder with the name of a slot that cannot be used as its
 * folder.  An instance in it that answers still serves launches. */
static void
folder_wrong(struct report *r, const struct slot *s, const char *path)
{
	struct frame reply;
	struct buf b = { 0 };
	bool lives = ask_state(path, s->hash, ANSWER_MS, &b, &reply) == SOCK_OK;

	buf_free(&b);
	report_wrong(r, lives ? "launches still reach it, list and stop do not:"
	    " make it yours alone again, with mode 700" :
	    "launches are refused there (73); move it away",
	    "%s is not a folder that is yours alone%s", path, lives ?
	    ", and an instance of yours lives there" : "");
}

/* Whether this is a folder without readable info: of a launch that is just
 * starting, or debris.  tell: report it. */
static bool
debris_check(struct ctl *c, struct report *r, const struct slot *s, bool tell)
{
	int folder = folder_peek(&c->root, s->name);
	char path[PATH_MAX], line[PATH_MAX + 64];
	struct info info;
	struct buf b = { 0 };
	bool odd = true;
	pid_t by;

	if (folder < 0 && errno == ENOENT)
		return false;
	if (folder >= 0)
		odd = info_read(folder, &b, &info) < 0;
	buf_free(&b);
	root_folder(&c->root, s->name, path);
	if (odd && tell && folder < 0) {
		folder_wrong(r, s, path);
	} else if (odd && tell && lock_held(folder, &by)) {
		snprintf(line, sizeof(line), "slot folder %s, without"
		    " readable info,", path);
		held_wrong(r, line, path, by);
	} else if (odd && tell) {
		/* If ONLYONE_DIR by mistake names a folder of other things,
		 * this folder may be one of them: let the user look into it. */
		report_wrong(r, "no process has its lock: see what is in it,"
		    " and move it away", "slot folder %s is debris, without"
		    " readable info", path);
	}
	io_close(&folder);
	return odd;
}

/* Check all folders that scan skips because they have no readable info; tell:
 * report them.  Returns how many there are. */
static int
debris_find(struct ctl *c, struct report *r, bool tell)
{
	struct slot slot = { 0 };
	struct dirent *e;
	int n = 0;
	DIR *dir;

	/* scan has opened the root, if there is one. */
	dir = c->root.fd >= 0 ? root_list(&c->root) : NULL;
	while (dir && (e = io_entry(dir))) {
		if (slot_from_name(&slot, e->d_name))
			n += debris_check(c, r, &slot, tell);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* An instance that is just starting or ending looks wrong for a moment: look up
 * to LOOKS times, and report only what is still wrong. */
static void
doctor_slots(struct ctl *c, struct report *r)
{
	struct many many = { .bare = 0 };
	struct founds fs = { 0 };
	struct fault f;
	bool odd;

	for (int i = 0; i < LOOKS; i++) {
		if (i)
			clock_sleep(PAUSE_US);
		founds_free(&fs);
		if (scan(c, true, NULL, &fs, &f) < 0) {
			report_wrong(r, "the slots are not checked", "%s",
			    f.line);
			return;
		}
		odd = debris_find(c, r, false) || c->search.unread.code;
		for (size_t k = 0; k < fs.n; k++)
			odd |= fs.at[k].life == LIFE_BARE ||
			    fs.at[k].life == LIFE_NONE;
		if (!odd)
			break;
	}
	for (size_t k = 0; k < fs.n; k++)
		slot_check(c, r, &fs.at[k], &many);
	rules_used(r, &fs);
	if (many.bare > BARE_TOLD)
		report_wrong(r, "onlyonectl list shows them as no-keeper",
		    "%zu more have no keeper", many.bare - BARE_TOLD);
	/* After a power loss, or kill -9 of program and keeper: no fault. */
	if (many.dead)
		report_good("slots: %s and %zu more were left by instances that"
		    " have ended; onlyonectl list removes them", many.one,
		    many.dead - 1);
	if (!debris_find(c, r, true) && c->search.unread.code)
		report_wrong(r, "it is not checked", "%s",
		    c->search.unread.line);
	founds_free(&fs);
}

/*
 * Whether the state root can be used.
 *
 * A file system that is full, read-only or out of quota looks well until it is
 * written to.  So make the files of a launch there, by the same functions, and
 * remove them: in a folder whose name cannot be a slot's.
 */

#define TRIAL "doctor"

/* Make the files of a slot.  Returns the name of the first that cannot be made
 * (errno), or NULL. */
static const char *
files_try(const struct root *r, int folder, int lock)
{
	static char record[RECORD];
	struct buf b = { .at = record, .len = sizeof(record) };
	const char *file = NULL;
	int mapping = -1, sock = -1;

	memset(record, '\n', sizeof(record));
	if (folder_pid_write(lock, getpid(), false) < 0)
		file = FILE_PID;
	else if (info_write(folder, &b, true) < 0)
		file = FILE_INFO;
	else if ((mapping = mapping_make(folder, 0)) < 0)
		file = FILE_MAPPING;
	else if ((sock = sock_new(0)) < 0 ||
	    sock_listen(sock, folder, r->path, TRIAL) < 0)
		file = FILE_SOCK;
	io_close(&mapping);
	io_close(&sock);
	return file;
}

/* Make in the root what a launch makes there, and remove it.  0 or -1. */
static int
slot_try(const struct root *r, struct fault *f)
{
	static const char *const files[] = { FILE_SOCK, FILE_INFO,
		FILE_MAPPING };
	int folder = -1, lock = -1, result = 0;
	const char *file;
	bool fresh;
	enum folder_result made = folder_open(r, TRIAL, &folder, &fresh, f);

	if (made == FOLDER_OK)
		made = folder_lock(r, TRIAL, folder, &lock, &fresh, f);
	if (made == FOLDER_FAILED) {
		result = -1;
		if (fresh)
			unlinkat(r->fd, TRIAL, AT_REMOVEDIR);
	}
	if (made != FOLDER_OK) /* another doctor has it, or it was swept */
		goto out;
	/* Files of a doctor that was killed. */
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		folder_unlink(folder, files[i]);
	file = files_try(r, folder, lock);
	if (file && errno != ENOENT)
		result = fault_errno(f, EXIT_STATE, errno, "cannot write ",
		    file, " in state folder ", r->path, NULL);
	folder_remove(r, TRIAL, folder, lock);
out:
	folder_unlock(&lock);
	io_close(&folder);
	return result;
}

/* Open the root as a launch does, and try a slot in it.  A root that was not
 * there before is removed again.  0 or -1. */
static int
root_try(struct root *r, struct fault *f)
{
	mode_t mask = umask(077);
	bool there = r->exists;
	int result = root_open(r, f);

	if (result == 0)
		result = slot_try(r, f);
	if (!there && r->exists)
		rmdir(r->path);
	umask(mask);
	return result;
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
	struct statfs fs;
	struct fault f;
	bool there;

	if (root_find(r, &f) < 0) {
		report_wrong(report, "put that right: until then nothing can be"
		    " started (73)", "%s", f.line);
		return false;
	}
	there = r->exists;
	if (root_try(r, &f) < 0) {
		report_wrong(report, "put that right, or set " ENV_DIR " to"
		    " another folder of your own: until then nothing can be"
		    " started (73)", "%s", f.line);
		root_close(r);
		return there;
	}
	remote = fstatfs(r->fd, &fs) == 0 ? remote_name(fs.f_type) : NULL;
	if (remote)
		report_wrong(report, "locks do not work reliably there; set "
		    ENV_DIR " to a folder of your own on a local disk",
		    "the state root is on %s: %s", remote, r->path);
	else
		report_good("state root%s: %s", there ? "" : " (not made yet)",
		    r->path);
	root_close(r);
	return true;
}

/*
 * Run a program, to see whether it runs, and what it says.
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
tried(const char *path, char *const argv[], char *const env[], char *said,
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
		report_wrong(r, "pidfd_open fails like that, and nothing can be"
		    " started (71)", "%s", fault_text(errno));
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

/* Report processes of ours that cannot be looked at (look.h): it is not known
 * to which slots they belong. */
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
		    " free", "process %d (%s) cannot be looked at: it stands in"
		    " execve, where it closes a file whose server does not"
		    " answer (sshfs, NFS)", (int)pid,
		    proc_comm(pid, name, sizeof(name)));
	}
	procs_end(&all);
}

/* Run /bin/true with this library in LD_PRELOAD; said gets the first line of
 * the loader's complaint.  Whether there is none. */
static bool
library_try(const char *shim, char *said, size_t cap)
{
	char preload[PATH_MAX + 16];
	char *argv[] = { (char *)"true", NULL }, *env[] = { preload, NULL };

	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", shim);
	return tried("/bin/true", argv, env, said, cap) == 0 && !*said;
}

static void
shim_check(struct report *r)
{
	char found[PATH_MAX], path[PATH_MAX], said[512] = "";
	const char *shim = part_path(SHIM_NAME, R_OK, found);
	struct fault ignored;

	if (!shim)
		report_wrong(r, "programs that daemonise themselves are not"
		    " followed; make install", SHIM_NAME " is neither beside"
		    " this program nor installed");
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
	int status = tried(helper, argv, environ, said, cap);

	return status == 0 && !strncmp(said, RAISE_NAME " ",
	    sizeof(RAISE_NAME));
}

/* Check the parts that re-display windows.  An installed one must work, and no
 * other user may be able to change it; a missing one is wrong only on a
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
		report_wrong(r, "most Wayland compositors let a window come"
		    " back from inside its program alone; make install, or the"
		    " package onlyone-desktop", WINDOW_NAME " is neither beside"
		    " this program nor installed");
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

	(void)f; /* what is wrong is printed, not returned */
	kernel_check(&r);
	proc_check(&r);
	lacks_check(&r);
	root = doctor_root(c, &r);
	shim_check(&r);
	raise_check(&r);
	rules_check(&r);
	if (root)
		doctor_slots(c, &r);
	return r.wrong ? 1 : 0;
}
