/*
 * doctor.c: onlyonectl doctor: check the set-up, and say for each thing that is
 * wrong what to do about it.
 *
 * It checks state root, cluster configuration, rules, links, desktop entries,
 * session, kernel, /proc and the parts of onlyone; doctor_slots.c the slots.
 */
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

#include "cli/base/part_path.h"
#include "cli/base/clock.h"
#include "cli/base/cluster_config.h"
#include "cli/base/compat.h"
#include "cli/core/ctl/doctor_slots.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/ruled.h"
#include "cli/core/ctl/session.h"
#include "cli/core/ctl/verbs.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/core/rule/link.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/slot/owner.h"
#include "cli/base/text.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

/*
 * Whether the state root can be used.
 *
 * A file system that is full, read-only or out of quota looks well until it is
 * written to.  So make the files of a launch there, by the same functions, and
 * remove them: in a folder whose name cannot be a slot's.
 */

#define TRIAL "doctor"

enum { RECORD = 4096 }; /* bytes: a record with some arguments */

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
	char line[PATH_MAX + 64];
	const char *remote;
	struct statfs fs;
	struct fault f;
	bool there;

	if (root_find(r, &f) < 0) {
		report_wrong(report, f.line,
		    "put that right: until then nothing can be started (73)");
		return false;
	}
	there = r->exists;
	if (root_try(r, &f) < 0) {
		report_wrong(report, f.line, "put that right, or set "
		    ENV_DIR " to another folder of your own: until then"
		    " nothing can be started (73)");
		root_close(r);
		return there;
	}
	remote = fstatfs(r->fd, &fs) == 0 ? remote_name(fs.f_type) : NULL;
	if (remote) {
		snprintf(line, sizeof(line), "the state root is on %s: %s",
		    remote, r->path);
		report_wrong(report, line, "locks do not work reliably there;"
		    " set "
		    ENV_DIR " to a folder of your own on a local disk");
	} else {
		snprintf(line, sizeof(line), "state root%s: %s", there ? "" :
		    " (not made yet)", r->path);
		report_good(line);
	}
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
tried(const char *path, char *const argv[], char *const env[], int ms,
    char *said, size_t cap)
{
	const struct trial t = { path, argv, env };
	int status = -1;

	if (!proc_run(trial_become, &t, said, cap, clock_now() + ms, &status))
		return -1;
	said[strcspn(said, "\n")] = '\0';
	return status;
}

/*
 * Whether the configured cluster can be asked.
 *
 * Run onlyone-cluster: it reads the URL, and the files that the URL names, as
 * it does for a launch, but does not contact the cluster's store.
 */

enum { HELPER_MS = 10000 };

/* The complaint of onlyone-cluster about this URL; "": the URL can be used. */
static const char *
helper_try(const char *path, const char *url, char *said, size_t cap)
{
	char *argv[] = { (char *)CLUSTER_NAME, (char *)"open", (char *)url,
		(char *)"--", NULL }, *env[CLUSTER_ENV];
	static const char name[] = "onlyonectl: ";
	int status;

	cluster_config_environ(env);
	status = tried(path, argv, env, point_ms("doctor-cluster", HELPER_MS),
	    said, cap);
	if (status < 0)
		return errno == ETIMEDOUT ? CLUSTER_NAME " hangs" :
		    fault_text(errno);
	if (status && !*said)
		return CLUSTER_NAME " does not start";
	return strncmp(said, name, sizeof(name) - 1) ? said :
	    said + sizeof(name) - 1;
}

/* Check the cluster configuration; only onlyonectl cluster check contacts the
 * store. */
static void
doctor_cluster(struct report *r)
{
	char storage[CLUSTER_URL], found[PATH_MAX], said[1024], line[4096];
	char remedy[PATH_MAX + 64];
	const char *where = cluster_config_where(), *url, *path, *why;
	struct fault f;

	if (!where)
		return;
	url = cluster_config_url(NULL, storage, &f);
	if (!url && f.code == EXIT_DENIED) {
		report_wrong(r, f.line, "--scope=cluster ends with 77; chown"
		    " root, chmod 644");
		return;
	}
	if (!url) {
		snprintf(line, sizeof(line), "%s has no line with a URL",
		    where);
		report_wrong(r, line, "see onlyone-cluster(7)");
		return;
	}
	path = part_path(CLUSTER_NAME, X_OK, found);
	if (!path) {
		snprintf(line, sizeof(line), "a cluster is named in %s, and "
		    CLUSTER_NAME " is neither beside this program nor"
		    " installed", where);
		report_wrong(r, line, "--scope=cluster ends with 69; make"
		    " install, or the package " CLUSTER_NAME);
		return;
	}
	why = helper_try(path, url, said, sizeof(said));
	snprintf(line, sizeof(line), "cluster: %s%s", *why ? why : url, *why ?
	    "" : "; whether it answers: onlyonectl cluster check");
	if (!*why) {
		if (!report_exposed(r, path))
			report_good(line);
		return;
	}
	snprintf(remedy, sizeof(remedy), "it is named in %s; see"
	    " onlyone-cluster(7)", where);
	report_wrong(r, line, remedy);
}

/*
 * What is wrong with rules, links, desktop entries and the session.
 */

/* Report a rule that cannot be read, or is ignored. */
static void
rule_check(struct report *r, const struct ruled *at)
{
	char line[REPORT_LINE];

	if (!at->problem)
		return;
	snprintf(line, sizeof(line), at->state == RULED_BAD ? "rule %s: %s" :
	    "rule %s is ignored: %s", at->name, at->problem);
	report_wrong(r, line, at->state == RULED_BAD ?
	    "correct the file: until then the program runs as without a rule" :
	    "make its file and folders yours or root's, writable by nobody"
	    " else");
}

/* Report an override of a desktop entry that is out of date, or not used. */
static void
desktop_check(struct report *r, const struct ruled *at)
{
	char line[REPORT_LINE], remedy[REPORT_LINE];
	struct text t;

	if (!at->problem)
		return;
	snprintf(line, sizeof(line), "desktop entry %s: %s", at->name,
	    at->problem);
	t = text_in(remedy, sizeof(remedy));
	text_all(&t, at->alone ? "onlyonectl disable --desktop " :
	    "onlyonectl enable --desktop ", at->name, NULL);
	for (const char *s = at->lines; !at->alone && *s; s += strlen(s) + 1) {
		text_all(&t, " ", s, NULL);
	}
	report_wrong(r, line, remedy);
}

/* Report a link that PATH does not lead to, or that leads to no program. */
static void
link_check(struct report *r, const char *name, const char *folder)
{
	enum link_order order = link_order(name);
	char line[REPORT_LINE], program[PATH_MAX];

	if (order == LINK_FIRST && link_program(name, program))
		return;
	snprintf(line, sizeof(line), order == LINK_LATE ? "the link for %s"
	    " does not count: the program comes first in PATH" :
	    order == LINK_ABSENT ? "the link for %s does not count: its folder"
	    " is not in PATH" : "the link for %s leads to no program in PATH",
	    name);
	if (order == LINK_FIRST)
		snprintf(program, sizeof(program), "onlyonectl disable %s",
		    name);
	report_wrong(r, line, order == LINK_FIRST ? program : folder);
}

static void
links_check(struct report *r)
{
	char folder[PATH_MAX], remedy[PATH_MAX + 64];
	struct dirent *e;
	DIR *dir = link_folder(folder) == 0 ? opendir(folder) : NULL;

	snprintf(remedy, sizeof(remedy), "put %s at the front of PATH, as in"
	    " ~/.profile", folder);
	while (dir && (e = readdir(dir))) {
		if (link_there(e->d_name))
			link_check(r, e->d_name, remedy);
	}
	if (dir)
		closedir(dir);
}

/* Report whether the session has the shim in LD_PRELOAD, and can read it. */
static void
session_check(struct report *r, size_t rules)
{
	char path[PATH_MAX], line[PATH_MAX + 64];
	bool on = session_on(path);

	if (on && access(path, R_OK) < 0) {
		snprintf(line, sizeof(line), "LD_PRELOAD names %s, which cannot"
		    " be read", path);
		report_wrong(r, line,
		    "onlyonectl session says what belongs there");
		return;
	}
	snprintf(line, sizeof(line), "enforcement is %s in this session, with"
	    " %zu rule%s", on ? "on" : "off", rules, rules == 1 ? "" : "s");
	report_good(line);
}

static void
doctor_rules(struct report *r)
{
	char path[PATH_MAX], line[64];
	struct ruleds rs;
	struct fault f;
	size_t n = 0, entries = 0;
	int folder;

	for (enum rule_place p = PLACE_USER; p < PLACES; p++) {
		folder = place_open(p, false, &f);
		/* A service, or a container's user, may have no home: that is
		 * not wrong. */
		if (folder < 0 && f.code == EXIT_NONE &&
		    place_path(p, path) < 0)
			report_good("no rules of this user's own: there is no"
			    " home for them");
		else if (folder < 0 && f.code != EXIT_NONE)
			report_wrong(r, f.line, "the rules there are ignored");
		io_close(&folder);
	}
	if (ruleds_find(&rs, &f) < 0) {
		report_wrong(r, f.line, "the rules are not checked");
		return;
	}
	for (size_t i = 0; i < rs.n; i++) {
		if (rs.at[i].desktop) {
			desktop_check(r, &rs.at[i]);
			entries++;
			continue;
		}
		rule_check(r, &rs.at[i]);
		n += rs.at[i].state == RULED_ACTIVE;
	}
	ruleds_free(&rs);
	links_check(r);
	session_check(r, n);
	snprintf(line, sizeof(line), "desktop entries through onlyone: %zu",
	    entries);
	if (entries)
		report_good(line);
}

enum { TRY_MS = 10000 };

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
		report_wrong(r, fault_text(errno), "pidfd_open fails like"
		    " that, and nothing can be started (71)");
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
		    "mount it: without it nothing is known about processes");
	else if (access("/proc/1/status", R_OK) < 0)
		report_wrong(r, "/proc hides the processes of others (hidepid)",
		    "instances that change their user are not followed");
	else
		report_good("/proc");
}

/* Report processes of ours that cannot be looked at (look.h): it is not known
 * to which slots they belong. */
static void
lacks_check(struct report *r)
{
	char line[256], link[8], name[32];
	struct procs all;
	pid_t pid;

	if (procs_begin(&all) < 0)
		return;
	while (procs_next(&all, &pid)) {
		if (look_link(pid, "exe", link, sizeof(link)) >= 0 ||
		    errno != ETIMEDOUT)
			continue;
		snprintf(line, sizeof(line), "process %d (%s) cannot be looked"
		    " at: it stands in execve, where it closes a file whose"
		    " server does not answer (sshfs, NFS)", (int)pid,
		    proc_comm(pid, name, sizeof(name)));
		report_wrong(r, line, "end that server, or unmount it with"
		    " umount -f; until then a slot that this process may belong"
		    " to is not free");
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
	return tried("/bin/true", argv, env, TRY_MS, said, cap) == 0 && !*said;
}

static void
shim_check(struct report *r)
{
	char found[PATH_MAX], path[PATH_MAX], line[PATH_MAX + 16];
	char said[512] = "";
	const char *shim = part_path(SHIM_NAME, R_OK, found);
	struct fault ignored;

	if (!shim)
		report_wrong(r, SHIM_NAME " is neither beside this program nor"
		    " installed", "programs that daemonise themselves are not"
		    " followed; make install");
	else if (strpbrk(shim, " :$"))
		report_wrong(r, "the path of libonlyone.so has a space, colon"
		    " or $",
		    "LD_PRELOAD cannot name it; install it elsewhere");
	else if (!library_try(shim, said, sizeof(said)) ||
	    (session_shim(path, &ignored) == 0 &&
		!library_try(path, said, sizeof(said))))
		report_wrong(r, *said ? said : "libonlyone.so does not load"
		    " into a program", "build it again on this system");
	else if (!report_exposed(r, shim)) {
		snprintf(line, sizeof(line), "library: %s", shim);
		report_good(line);
	}
}

/* Whether helper runs and says with --version that it is onlyone-raise. */
static bool
raise_runs(const char *helper, char *said, size_t cap)
{
	char *argv[] = { (char *)RAISE_NAME, (char *)"--version", NULL };
	int status = tried(helper, argv, environ, TRY_MS, said, cap);

	return status == 0 && !strncmp(said, RAISE_NAME " ",
	    sizeof(RAISE_NAME));
}

/* Check the parts that re-display windows.  An installed one must work, and no
 * other user may be able to change it; a missing one is wrong only on a
 * desktop. */
static void
raise_check(struct report *r)
{
	char path[PATH_MAX], other[PATH_MAX], line[PATH_MAX + 600];
	char said[512] = "";
	const char *helper = part_path(RAISE_NAME, X_OK, path);
	const char *library = part_path(WINDOW_NAME, R_OK, other);

	if (!helper && (getenv("DISPLAY") || getenv("WAYLAND_DISPLAY"))) {
		report_wrong(r, RAISE_NAME " is neither beside this program"
		    " nor installed", "windows are neither re-displayed nor"
		    " asked to close; make install, or the package"
		    " onlyone-desktop");
	} else if (helper && !raise_runs(helper, said, sizeof(said))) {
		snprintf(line, sizeof(line), "%s does not run%s%s", helper,
		    *said ? ": " : "", said);
		report_wrong(r, line, "windows are neither re-displayed nor"
		    " asked to close; build or install it again");
	} else if (helper && !report_exposed(r, helper)) {
		snprintf(line, sizeof(line), "windows: %s", helper);
		report_good(line);
	}
	if (!library && getenv("WAYLAND_DISPLAY")) {
		report_wrong(r, WINDOW_NAME " is neither beside this program"
		    " nor installed", "most Wayland compositors let a window"
		    " come back from inside its program alone; make install,"
		    " or the package onlyone-desktop");
	} else if (library && !library_try(library, said, sizeof(said))) {
		report_wrong(r, *said ? said : WINDOW_NAME " does not load into"
		    " a program", "build or install it again");
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
	doctor_cluster(&r);
	doctor_rules(&r);
	if (root)
		doctor_slots(c, &r);
	return r.wrong ? 1 : 0;
}
