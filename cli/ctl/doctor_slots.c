/*
 * doctor_slots.c: what is wrong with the slots.
 */
#include <sys/file.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/ctl/doctor.h"
#include "cli/io.h"
#include "cli/proc.h"
#include "cli/slot/folder.h"
#include "cli/slot/lockfile.h"
#include "cli/slot/witness.h"
#include "preload/contract.h"

enum { LOOKS = 6, PAUSE_US = 100000 };

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
	struct stat st;
	bool held;

	*pid = 0;
	if (fd < 0 || fstat(fd, &st) < 0) {
		io_close(&fd);
		return false;
	}
	held = lockfile_locked(&st, pid);
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
	char line[DOCTOR_LINE], remedy[PATH_MAX + 64];
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
	doctor_wrong(d, line, remedy);
}

/* A keeper without the witness: somebody else had the name when it began. */
static void
blind_wrong(struct doctor *d, const struct found *fd, const char *who)
{
	char line[DOCTOR_LINE], by[WITNESS_TEXT];
	struct witness_holder h;
	enum witness held = witness_find(&d->c->root, fd->slot.hash, &h);

	io_close(&h.pidfd);
	snprintf(line, sizeof(line), "%s, runs without its witness, which %s%s",
	    who, held == WITNESS_NOBODY ? "somebody else had when it began" :
	    "is held by ", held == WITNESS_NOBODY ? "" : witness_text(&h, by));
	doctor_wrong(d, line, "if its files were removed now, a second one"
	    " could start; end who holds it, and start this one again");
}

/* Its parent keeps the slot: between two runs, or for what is left of a tree
 * that bears no mark. */
static void
held_check(struct doctor *d, const struct found *fd, const char *who)
{
	pid_t guard = found_guard(fd);
	char line[DOCTOR_LINE], remedy[128];

	if (found_stuck(fd)) {
		snprintf(line, sizeof(line), "%s, is kept by its parent, pid"
		    " %d, which is stopped", who, (int)guard);
		snprintf(remedy, sizeof(remedy), "kill -CONT %d, or kill"
		    " -KILL %d", (int)guard, (int)guard);
		doctor_wrong(d, line, remedy);
		return;
	}
	snprintf(line, sizeof(line), "slot: %s, kept by its parent, pid %d, %s",
	    who, (int)guard, fd->info.terms.lifetime == LIFETIME_TREE ?
	    "for what is left of it" : "between two runs");
	doctor_good(line);
}

/* A slot whose keeper answers is well; the others are not. */
static void
slot_check(struct doctor *d, const struct found *fd)
{
	char who[NAME_SHOWN + 32], line[DOCTOR_LINE], remedy[128];
	char path[PATH_MAX];
	int folder, pid = (int)found_pid(fd), keeper = (int)found_keeper(fd);
	bool held;
	pid_t by;

	snprintf(who, sizeof(who), pid ? "%s, pid %d" : "%s",
	    fd->info.app, pid);
	if (fd->life == LIFE_KEPT && fields_get(&fd->state, "blind"))
		blind_wrong(d, fd, who);
	if (found_guard(fd)) {
		held_check(d, fd, who);
		return;
	}
	if (fd->life == LIFE_KEPT) {
		snprintf(line, sizeof(line), "slot: %s", who);
		doctor_good(line);
		return;
	}
	if (keeper && fd->life == LIFE_SILENT) {
		snprintf(line, sizeof(line), "the keeper of %s, does not"
		    " answer", who);
		snprintf(remedy, sizeof(remedy), "it is pid %d; if it is"
		    " stopped: kill -CONT %d; to replace it: kill -KILL %d",
		    keeper, keeper, keeper);
		doctor_wrong(d, line, remedy);
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
		doctor_wrong(d, line, "its pid is not known here");
	} else if (fd->life == LIFE_BARE) {
		snprintf(line, sizeof(line), "%s, has no keeper", who);
		doctor_wrong(d, line,
		    "it was killed; the next launch starts one");
	} else if (fd->life == LIFE_HIDDEN) {
		snprintf(line, sizeof(line), "%s has no keeper, and lives"
		    " perhaps where it cannot be seen from here", who);
		doctor_wrong(d, line, "in another pid namespace, or not to be"
		    " looked into: end it there; launches are refused (69)");
	} else {
		snprintf(line, sizeof(line), "a folder of a dead slot: %s",
		    path);
		doctor_wrong(d, line, "left by a power loss or kill -9 of both;"
		    " the next launch uses it again");
	}
}

/* A folder without info that can be read: somebody in the middle of a start,
 * or debris.  Returns whether it is one; says so if told to. */
static bool
debris_check(struct doctor *d, const char *name, bool tell)
{
	int folder = folder_peek(&d->c->root, name);
	char path[PATH_MAX], line[PATH_MAX + 64];
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
		doctor_wrong(d, line,
		    "launches are refused there (73); move it away");
	} else if (lock_held(folder, &by)) {
		snprintf(line, sizeof(line), "slot folder %s, without"
		    " readable info,", path);
		held_wrong(d, line, path, by);
	} else {
		snprintf(line, sizeof(line), "slot folder %s is debris,"
		    " without readable info", path);
		/* Where ONLYONE_DIR is, by mistake, a folder of other things,
		 * it may be one of these. */
		doctor_wrong(d, line, "nobody has its lock; see what is in it,"
		    " and move it away");
	}
	io_close(&folder);
	return odd;
}

/* All that find_all passes over.  How many there are. */
static int
debris_find(struct doctor *d, bool tell)
{
	struct slot slot = { 0 };
	struct dirent *e;
	int n = 0;
	DIR *dir;

	dir = d->c->root.exists ? opendir(d->c->root.path) : NULL;
	while (dir && (e = readdir(dir))) {
		if (slot_from_name(&slot, e->d_name))
			n += debris_check(d, e->d_name, tell);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* What is just beginning or ending looks wrong for a moment: only what stays
 * so is told. */
void
doctor_slots(struct doctor *d)
{
	struct founds fs = { 0 };
	struct fault f;
	bool odd;

	for (int i = 0; i < LOOKS; i++) {
		if (i)
			clock_sleep(PAUSE_US);
		founds_free(&fs);
		if (find_all(d->c, true, &fs, &f) < 0) {
			doctor_wrong(d, f.line, "the slots are not checked");
			return;
		}
		odd = debris_find(d, false) || d->c->unread.code;
		for (size_t k = 0; k < fs.n; k++)
			odd |= fs.at[k].life == LIFE_BARE ||
			    fs.at[k].life == LIFE_NONE;
		if (!odd)
			break;
	}
	for (size_t k = 0; k < fs.n; k++)
		slot_check(d, &fs.at[k]);
	if (!debris_find(d, true) && d->c->unread.code)
		doctor_wrong(d, d->c->unread.line, "it is not checked");
	founds_free(&fs);
}
