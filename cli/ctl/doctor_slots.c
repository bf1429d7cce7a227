/*
 * doctor_slots.c: what is wrong with the slots.
 */
#include <sys/file.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "cli/clock.h"
#include "cli/ctl/doctor_slots.h"
#include "cli/ctl/scan.h"
#include "cli/io.h"
#include "cli/proc.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/slot/lockfile_who.h"
#include "cli/slot/witness.h"
#include "preload/contract.h"

enum { LOOKS = 6, PAUSE_US = 100000, STAYS_MS = 2000 };

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
held_wrong(struct report *r, const char *what, const char *path, pid_t by)
{
	char line[REPORT_LINE], remedy[PATH_MAX + 64];
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
	report_wrong(r, line, remedy);
}

/* A keeper without the witness: somebody else had the name when it began. */
static void
blind_wrong(struct ctl *c, struct report *r, const struct found *found,
    const char *who)
{
	char line[REPORT_LINE], by[WITNESS_TEXT];
	struct witness_holder h;
	enum witness held = witness_find(&c->root, found->slot.hash, &h);

	io_close(&h.pidfd);
	snprintf(line, sizeof(line), "%s runs without its witness, which %s%s",
	    who, held == WITNESS_NOBODY ? "somebody else had when it began" :
	    "is held by ", held == WITNESS_NOBODY ? "" : witness_text(&h, by));
	report_wrong(r, line, "if its files were removed now, a second one"
	    " could start; end the process that holds it, and start this one"
	    " again");
}

/* Its parent keeps the slot: between two runs, or for what is left of a tree
 * that bears no mark. */
static void
held_check(struct report *r, const struct found *found, const char *who)
{
	pid_t guard = found_guard(found);
	char line[REPORT_LINE], remedy[128];

	if (found_stuck(found)) {
		snprintf(line, sizeof(line), "%s is kept by its parent, pid"
		    " %d, which is stopped", who, (int)guard);
		snprintf(remedy, sizeof(remedy), "kill -CONT %d, or kill"
		    " -KILL %d", (int)guard, (int)guard);
		report_wrong(r, line, remedy);
		return;
	}
	snprintf(line, sizeof(line), "slot: %s kept by its parent, pid %d, %s",
	    who, (int)guard, found->info.terms.lifetime == LIFETIME_TREE ?
	    "for what is left of it" : "between two runs");
	report_good(line);
}

/* What is added of a handler that has not ended: it may be a program that has
 * handed nothing over. */
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

/* A slot whose keeper answers is well; the others are not. */
static void
slot_check(struct ctl *c, struct report *r, const struct found *found)
{
	char who[NAME_SHOWN + 32], line[REPORT_LINE], remedy[128];
	char path[PATH_MAX], stays[192];
	int pid = (int)found_pid(found), keeper = (int)found_keeper(found);
	int folder;
	bool held;
	pid_t by;

	snprintf(who, sizeof(who), pid ? "%s, pid %d," : "%s",
	    found->info.app, pid);
	if (found->life == LIFE_KEPT && fields_get(&found->state, "blind"))
		blind_wrong(c, r, found, who);
	if (found_guard(found)) {
		held_check(r, found, who);
		return;
	}
	if (found->life == LIFE_KEPT) {
		stays_text(found, stays, sizeof(stays));
		snprintf(line, sizeof(line), !pid ? "slot: %s" :
		    fields_get(&found->state, "stopped") ?
		    "slot: %s, pid %d, stopped%s" : "slot: %s, pid %d%s",
		    found->info.app, pid, stays);
		report_good(line);
		return;
	}
	if (keeper && found->life == LIFE_SILENT) {
		snprintf(line, sizeof(line), "the keeper of %s does not"
		    " answer", who);
		snprintf(remedy, sizeof(remedy), "it is pid %d; if it is"
		    " stopped: kill -CONT %d; to replace it: kill -KILL %d",
		    keeper, keeper, keeper);
		report_wrong(r, line, remedy);
		return;
	}
	root_folder(&c->root, found->slot.name, path);
	folder = folder_peek(&c->root, found->slot.name);
	held = folder >= 0 && lock_held(folder, &by);
	io_close(&folder);
	if (held) {
		snprintf(line, sizeof(line), "the slot of %s", who);
		held_wrong(r, line, path, by);
	} else if (found->life == LIFE_SILENT) {
		snprintf(line, sizeof(line), "the keeper of %s does not"
		    " answer", who);
		report_wrong(r, line, "its pid is not known here");
	} else if (found->life == LIFE_BARE) {
		snprintf(line, sizeof(line), "%s has no keeper", who);
		report_wrong(r, line,
		    "it was killed; the next launch starts one");
	} else if (found->life == LIFE_HIDDEN) {
		snprintf(line, sizeof(line), "%s has no keeper, and may live"
		    " where it cannot be seen from here", who);
		report_wrong(r, line, "it is in another pid namespace, or may"
		    " not be looked into: end it there; until then launches are"
		    " refused (69)");
	} else {
		snprintf(line, sizeof(line), "a folder of a dead slot: %s",
		    path);
		report_wrong(r, line, "left by a power loss or kill -9 of both;"
		    " the next launch uses it again");
	}
}

/* A folder without info that can be read: somebody in the middle of a start,
 * or debris.  Returns whether it is one; says so if told to. */
static bool
debris_check(struct ctl *c, struct report *r, const char *name, bool tell)
{
	int folder = folder_peek(&c->root, name);
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
	root_folder(&c->root, name, path);
	if (!odd || !tell) {
		;
	} else if (folder < 0) {
		snprintf(line, sizeof(line), "%s is not a folder that is yours"
		    " alone", path);
		report_wrong(r, line,
		    "launches are refused there (73); move it away");
	} else if (lock_held(folder, &by)) {
		snprintf(line, sizeof(line), "slot folder %s, without"
		    " readable info,", path);
		held_wrong(r, line, path, by);
	} else {
		snprintf(line, sizeof(line), "slot folder %s is debris,"
		    " without readable info", path);
		/* Where ONLYONE_DIR is, by mistake, a folder of other things,
		 * it may be one of these. */
		report_wrong(r, line, "nobody has its lock; see what is in it,"
		    " and move it away");
	}
	io_close(&folder);
	return odd;
}

/* All that a scan passes over.  How many there are. */
static int
debris_find(struct ctl *c, struct report *r, bool tell)
{
	struct slot slot = { 0 };
	struct dirent *e;
	int n = 0;
	DIR *dir;

	/* The scan has opened it, where it is. */
	dir = c->root.fd >= 0 ? root_list(&c->root) : NULL;
	while (dir && (e = io_entry(dir))) {
		if (slot_from_name(&slot, e->d_name))
			n += debris_check(c, r, e->d_name, tell);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* What is just beginning or ending looks wrong for a moment: only what stays
 * so is told. */
void
doctor_slots(struct ctl *c, struct report *r)
{
	struct founds fs = { 0 };
	struct fault f;
	bool odd;

	for (int i = 0; i < LOOKS; i++) {
		if (i)
			clock_sleep(PAUSE_US);
		founds_free(&fs);
		if (scan(c, true, NULL, &fs, &f) < 0) {
			report_wrong(r, f.line, "the slots are not checked");
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
		slot_check(c, r, &fs.at[k]);
	if (!debris_find(c, r, true) && c->search.unread.code)
		report_wrong(r, c->search.unread.line, "it is not checked");
	founds_free(&fs);
}
