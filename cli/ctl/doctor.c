/*
 * doctor.c: what is wrong with the set-up, and what to do about it.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/ctl/ctl.h"
#include "cli/io.h"
#include "cli/launch/become.h"
#include "cli/proc.h"
#include "cli/rule/link.h"
#include "cli/slot/folder.h"
#include "cli/slot/owner.h"
#include "cli/text.h"
#include "preload/contract.h"

struct doctor {
	struct ctl *c;
	int wrong;
};

enum { LINE = 8192, LOOKS = 6, PAUSE_US = 100000 };

/* Both may hold names: no byte of them steers a terminal. */
static void
line_print(const char *head, const char *line)
{
	char shown[LINE];
	struct text t;

	text_init(&t, shown, sizeof(shown));
	text_show(&t, line, strlen(line));
	printf("%s %s\n", head, shown);
}

static void
good(const char *what)
{
	line_print("ok    ", what);
}

static void
wrong(struct doctor *d, const char *what, const char *remedy)
{
	line_print("WRONG ", what);
	line_print("      ", remedy);
	d->wrong++;
}

static void
kernel_check(struct doctor *d)
{
	char line[sizeof(struct utsname)];
	struct utsname u;
	int pidfd = owner_pidfd(getpid());

	if (pidfd < 0)
		wrong(d, "the kernel has no pidfd_open",
		    "Linux 5.4 or newer is needed");
	else if (uname(&u) == 0) {
		snprintf(line, sizeof(line), "kernel: %s", u.release);
		good(line);
	}
	io_close(&pidfd);
}

static void
proc_check(struct doctor *d)
{
	if (access("/proc/self/ns/pid", F_OK) < 0)
		wrong(d, "/proc is not mounted",
		    "mount it: nothing can be told about processes without");
	else if (access("/proc/1/stat", R_OK) < 0)
		wrong(d, "/proc hides the processes of others (hidepid)",
		    "instances that change their user are not followed");
	else
		good("/proc");
}

/* Names of file systems whose locks are not to be trusted. */
static const char *
remote_name(long type)
{
	switch (type) {
	case 0x6969:
		return "NFS";
	case 0x65735546:
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

/* False: there is no looking into it. */
static bool
root_check(struct doctor *d)
{
	struct root *r = &d->c->root;
	char line[PATH_MAX + 64];
	struct statfs fs;
	struct fault f;
	const char *remote;

	if (root_find(r, &f) < 0 || (r->exists && root_open(r, &f) < 0)) {
		wrong(d, f.line, "nothing can be started until then (73)");
		return false;
	}
	remote = r->exists && fstatfs(r->fd, &fs) == 0 ?
	    remote_name(fs.f_type) : NULL;
	snprintf(line, sizeof(line), "%s: %s", remote ? "the state root lies"
	    " on a network file system" : r->exists ? "state root" :
	    "state root, made when needed", r->path);
	if (remote)
		wrong(d, line, "locks are not reliable there; set " ENV_DIR);
	else
		good(line);
	root_close(r);
	return true;
}

/* Run a program with the shim loaded; what the loader complains of. */
static bool
shim_try(const char *shim, char *said, size_t cap)
{
	char preload[PATH_MAX + 16];
	char *argv[] = { (char *)"true", NULL }, *envp[] = { preload, NULL };
	int ends[2], status = -1;
	ssize_t n;
	pid_t pid;

	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", shim);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 2);
		execve("/bin/true", argv, envp);
		_exit(127);
	}
	close(ends[1]);
	n = pid < 0 ? -1 : io_read(ends[0], said, cap - 1);
	said[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	if (pid > 0)
		IO_RETRY(waitpid(pid, &status, 0));
	said[strcspn(said, "\n")] = '\0';
	return !*said && status == 0;
}

static void
shim_check(struct doctor *d)
{
	char path[PATH_MAX], line[PATH_MAX + 16], said[512] = "";
	const char *shim = become_shim(path);

	if (!shim)
		wrong(d, SHIM_NAME " is neither beside this program nor"
		    " installed", "programs that daemonise themselves are not"
		    " followed; make install");
	else if (strpbrk(shim, " :$"))
		wrong(d, "the path of the shim has a space, colon or $",
		    "LD_PRELOAD cannot name it; install it elsewhere");
	else if (!shim_try(shim, said, sizeof(said)))
		wrong(d, *said ? said : "the shim does not load into a"
		    " program", "build it again on this system");
	else {
		snprintf(line, sizeof(line), "shim: %s", shim);
		good(line);
	}
}

/*
 * Whether somebody has the lock on the pidfile of a slot folder; *pid is who
 * took it, 0 if that cannot be told.  /proc/locks tells without disturbing
 * anyone; only where it is silent (another pid namespace, a file system whose
 * device is not the one stat(2) gives) the lock is tried.
 */
static bool
lock_held(int folder, pid_t *pid)
{
	int fd = openat(folder, FILE_PID,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char line[256], kind[16];
	unsigned int maj, min;
	unsigned long inode;
	bool held = false;
	struct stat st;
	FILE *locks;
	int by;

	*pid = 0;
	if (fd < 0 || fstat(fd, &st) < 0) {
		io_close(&fd);
		return false;
	}
	locks = fopen("/proc/locks", "re");
	while (locks && !held && fgets(line, sizeof(line), locks)) {
		held = sscanf(line, "%*d: %15s %*s %*s %d %x:%x:%lu", kind,
		    &by, &maj, &min, &inode) == 5 &&
		    !strcmp(kind, "FLOCK") && inode == st.st_ino &&
		    maj == major(st.st_dev) && min == minor(st.st_dev);
		if (held && by > 0 && kill(by, 0) == 0)
			*pid = by;
	}
	if (locks)
		fclose(locks);
	if (!held) {
		held = flock(fd, LOCK_SH | LOCK_NB) < 0 &&
		    errno == EWOULDBLOCK;
		if (!held)
			flock(fd, LOCK_UN);
	}
	io_close(&fd);
	return held;
}

/* The lock of a slot is held, and nobody answers for it.  by is who took the
 * lock, 0 if not known; a keeper has it from its launch, so that only one who
 * is stopped can be blamed. */
static void
held_wrong(struct doctor *d, const char *what, const char *path, pid_t by)
{
	char line[LINE], remedy[PATH_MAX + 64];
	struct proc p;

	if (by && proc_read(by, &p) == 0 && p.state == 'T') {
		snprintf(line, sizeof(line), "%s is held by pid %d, which is"
		    " stopped", what, (int)by);
		snprintf(remedy, sizeof(remedy), "kill -CONT %d, or kill"
		    " -KILL %d", (int)by, (int)by);
	} else {
		snprintf(line, sizeof(line), by ? "%s is held by pid %d, and"
		    " nobody answers" : "%s is held by a process, and nobody"
		    " answers", what, (int)by);
		snprintf(remedy, sizeof(remedy), "fuser -v %s/" FILE_PID
		    " shows who has it", path);
	}
	wrong(d, line, remedy);
}

/* A slot whose keeper answers is well; the others are not. */
static void
slot_check(struct doctor *d, const struct found *fd)
{
	char who[NAME_SHOWN + 32], line[LINE], remedy[128], path[PATH_MAX];
	int folder, pid = (int)found_pid(fd), keeper = (int)found_keeper(fd);
	bool held;
	pid_t by;

	snprintf(who, sizeof(who), pid ? "%s, pid %d" : "%s",
	    fd->info.app, pid);
	if (fd->life == LIFE_KEPT) {
		snprintf(line, sizeof(line), "slot: %s", who);
		good(line);
		return;
	}
	if (keeper && fd->life == LIFE_SILENT) {
		snprintf(line, sizeof(line), "the keeper of %s, does not"
		    " answer", who);
		snprintf(remedy, sizeof(remedy), "it is pid %d; if it is"
		    " stopped: kill -CONT %d; to replace it: kill -KILL %d",
		    keeper, keeper, keeper);
		wrong(d, line, remedy);
		return;
	}
	root_folder(&d->c->root, fd->slot.name, path);
	folder = folder_peek(&d->c->root, fd->slot.name);
	held = folder >= 0 && lock_held(folder, &by);
	io_close(&folder);
	if (held) {
		snprintf(line, sizeof(line), "the slot of %s,", who);
		held_wrong(d, line, path, by);
	} else if (fd->life == LIFE_SILENT) {
		snprintf(line, sizeof(line), "the keeper of %s, does not"
		    " answer", who);
		wrong(d, line, "its pid is not known here");
	} else if (fd->life == LIFE_BARE) {
		snprintf(line, sizeof(line), "%s, has no keeper", who);
		wrong(d, line, "it was killed; the next launch starts one");
	} else if (fd->life == LIFE_HIDDEN) {
		snprintf(line, sizeof(line), "%s has no keeper, and lives"
		    " perhaps where it cannot be seen from here", who);
		wrong(d, line, "in another pid namespace, or not to be looked"
		    " into: end it there; launches are refused (69)");
	} else {
		snprintf(line, sizeof(line), "a folder of a dead slot: %s",
		    path);
		wrong(d, line, "left by a power loss or kill -9 of both; the"
		    " next launch uses it again");
	}
}

/* Whether name is one of a slot folder: ...-HASH. */
static bool
slot_named(const char *name)
{
	size_t len = strlen(name);

	return len > SLOT_HASH && len < SLOT_NAME_MAX &&
	    name[len - SLOT_HASH - 1] == '-' &&
	    strspn(name + len - SLOT_HASH, "0123456789abcdef") == SLOT_HASH;
}

/* A folder without info that can be read: somebody in the middle of a start,
 * or debris.  Returns whether it is one; says so if told to. */
static bool
debris_check(struct doctor *d, const char *name, bool tell)
{
	int folder = folder_peek(&d->c->root, name);
	char path[PATH_MAX], line[PATH_MAX + 64], remedy[PATH_MAX + 64];
	struct info info;
	struct buf b;
	bool odd = true;
	pid_t by;

	if (folder < 0 && errno == ENOENT)
		return false;
	buf_init(&b, NULL, 0);
	if (folder >= 0)
		odd = info_read(folder, &b, &info) < 0;
	buf_free(&b);
	root_folder(&d->c->root, name, path);
	if (!odd || !tell) {
		;
	} else if (folder < 0) {
		snprintf(line, sizeof(line), "%s is not a folder of yours"
		    " alone", path);
		wrong(d, line, "launches are refused there (73); remove it");
	} else if (lock_held(folder, &by)) {
		snprintf(line, sizeof(line), "slot folder %s, without"
		    " readable info,", path);
		held_wrong(d, line, path, by);
	} else {
		snprintf(line, sizeof(line), "slot folder %s is debris,"
		    " without readable info", path);
		snprintf(remedy, sizeof(remedy), "nobody has its lock; remove"
		    " it: rm -r %s", path);
		wrong(d, line, remedy);
	}
	io_close(&folder);
	return odd;
}

/* All that find_all passes over.  How many there are. */
static int
debris_find(struct doctor *d, bool tell)
{
	struct dirent *e;
	int n = 0;
	DIR *dir;

	dir = d->c->root.exists ? opendir(d->c->root.path) : NULL;
	while (dir && (e = readdir(dir))) {
		if (slot_named(e->d_name))
			n += debris_check(d, e->d_name, tell);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* What is just beginning or ending looks wrong for a moment: only what stays
 * so is told. */
static void
slots_check(struct doctor *d)
{
	struct founds fs = { 0 };
	struct fault f;
	bool odd;

	for (int i = 0; i < LOOKS; i++) {
		if (i)
			clock_sleep(PAUSE_US);
		founds_free(&fs);
		if (find_all(d->c, true, &fs, &f) < 0) {
			wrong(d, f.line, "the slots are not checked");
			return;
		}
		odd = debris_find(d, false);
		for (size_t k = 0; k < fs.n; k++)
			odd |= fs.at[k].life == LIFE_BARE ||
			    fs.at[k].life == LIFE_NONE;
		if (!odd)
			break;
	}
	for (size_t k = 0; k < fs.n; k++)
		slot_check(d, &fs.at[k]);
	debris_find(d, true);
	founds_free(&fs);
}

/* A rule that does not count although somebody wrote it. */
static void
rule_check(struct doctor *d, const struct ruled *at)
{
	char line[LINE];

	if (!at->problem)
		return;
	snprintf(line, sizeof(line), at->state == RULED_BAD ? "rule %s: %s" :
	    "rule %s is ignored: %s", at->name, at->problem);
	wrong(d, line, at->state == RULED_BAD ? "until then the program runs as"
	    " if there were none" : "a rule runs commands: file and folders"
	    " must be yours or root's alone");
}

/* A link that PATH does not lead to. */
static void
link_check(struct doctor *d, const char *name, const char *folder)
{
	enum link_order order = link_order(name);
	char line[LINE], program[PATH_MAX];

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
	wrong(d, line, order == LINK_FIRST ? program : folder);
}

static void
links_check(struct doctor *d)
{
	char folder[PATH_MAX], remedy[PATH_MAX + 64];
	struct dirent *e;
	DIR *dir;

	dir = link_folder(folder) == 0 ? opendir(folder) : NULL;
	snprintf(remedy, sizeof(remedy), "put %s at the front of PATH, as in"
	    " ~/.profile", folder);
	while (dir && (e = readdir(dir))) {
		if (link_there(e->d_name))
			link_check(d, e->d_name, remedy);
	}
	if (dir)
		closedir(dir);
}

/* Whether the entry of LD_PRELOAD, if there is one, can be loaded. */
static void
session_check(struct doctor *d, size_t rules)
{
	char path[PATH_MAX], line[PATH_MAX + 64];
	bool on = session_on(path);

	if (on && access(path, R_OK) < 0) {
		snprintf(line, sizeof(line), "LD_PRELOAD names %s, which cannot"
		    " be read", path);
		wrong(d, line, "onlyonectl session says what belongs there");
		return;
	}
	snprintf(line, sizeof(line), "enforcement is %s in this session, with"
	    " %zu rule%s", on ? "on" : "off", rules, rules == 1 ? "" : "s");
	good(line);
}

static void
rules_check(struct doctor *d)
{
	char path[PATH_MAX];
	struct ruleds rs;
	struct fault f;
	size_t n = 0;
	int folder;

	for (enum place p = PLACE_USER; p < PLACES; p++) {
		folder = place_open(p, false, &f);
		if (folder < 0 && (f.code != EXIT_NONE ||
		    place_path(p, path) < 0))
			wrong(d, f.line, "the rules there are ignored");
		io_close(&folder);
	}
	if (ruleds_find(&rs, &f) < 0) {
		wrong(d, f.line, "the rules are not checked");
		return;
	}
	for (size_t i = 0; i < rs.n; i++) {
		rule_check(d, &rs.at[i]);
		n += rs.at[i].state == RULED_ACTIVE;
	}
	ruleds_free(&rs);
	links_check(d);
	session_check(d, n);
}

int
ctl_doctor(struct ctl *c, struct fault *f)
{
	struct doctor d = { .c = c };
	bool root;

	(void)f; /* what is wrong is told, not returned */
	kernel_check(&d);
	proc_check(&d);
	root = root_check(&d);
	shim_check(&d);
	rules_check(&d);
	if (root)
		slots_check(&d);
	return d.wrong ? 1 : 0;
}
