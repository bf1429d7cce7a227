/*
 * doctor_root.c: whether the state root can be used.
 *
 * A file system can be full, read-only or out of quota and look well.  So what
 * a launch makes there is made, by the same functions, and removed: in a folder
 * whose name is no slot's, so that nobody takes it for one.
 */
#include <sys/stat.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/compat.h"
#include "cli/ctl/doctor_root.h"
#include "cli/io.h"
#include "cli/slot/folder.h"
#include "cli/slot/image.h"
#include "cli/slot/info.h"
#include "cli/wire/sock.h"
#include "preload/contract.h"

#define TRIAL "doctor"

enum { RECORD = 4096 }; /* as long as one with some arguments */

/* The file that cannot be made; NULL: all can. */
static const char *
files_try(const struct root *r, int folder, int lock)
{
	static char record[RECORD];
	struct buf b = { .at = record, .len = sizeof(record) };
	const char *file = NULL;
	int image = -1, sock = -1;

	memset(record, '\n', sizeof(record));
	if (folder_pid_write(lock, getpid(), false) < 0)
		file = FILE_PID;
	else if (info_write(folder, &b, true) < 0)
		file = FILE_INFO;
	else if ((image = image_make(folder, 0)) < 0)
		file = FILE_IMAGE;
	else if ((sock = sock_new(0)) < 0 ||
	    sock_listen(sock, folder, r->path, TRIAL) < 0)
		file = FILE_SOCK;
	io_close(&image);
	io_close(&sock);
	return file;
}

/* Make in the root what a launch makes there.  0 or -1. */
static int
slot_try(const struct root *r, struct fault *f)
{
	static const char *const files[] = { FILE_SOCK, FILE_INFO,
		FILE_IMAGE };
	int folder = -1, lock = -1, result = 0;
	enum folder_result made;
	const char *file;
	bool fresh;

	made = folder_open(r, TRIAL, &folder, &fresh, f);
	if (made == FOLDER_OK)
		made = folder_lock(r, TRIAL, folder, &lock, &fresh, f);
	if (made == FOLDER_FAILED) {
		result = -1;
		if (fresh)
			unlinkat(r->fd, TRIAL, AT_REMOVEDIR);
	}
	if (made != FOLDER_OK) /* another doctor is at it, or swept away */
		goto out;
	/* Of one that was killed. */
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

/* As a launch does, which makes the root if need be. */
static int
root_try(struct root *r, struct fault *f)
{
	mode_t mask = umask(077);
	bool there = r->exists;
	int result;

	signal(SIGXFSZ, SIG_IGN); /* EFBIG is told instead */
	result = root_open(r, f);
	if (result == 0)
		result = slot_try(r, f);
	if (!there && r->exists)
		rmdir(r->path);
	umask(mask);
	return result;
}

/* Names of file systems whose locks are not to be trusted. */
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

bool
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
		    "until that is put right nothing can be started (73)");
		return false;
	}
	there = r->exists;
	if (root_try(r, &f) < 0) {
		report_wrong(report, f.line, "until that is possible nothing"
		    " can be started (73); or set " ENV_DIR " to a folder"
		    " elsewhere that is yours alone");
		root_close(r);
		return there;
	}
	remote = fstatfs(r->fd, &fs) == 0 ? remote_name(fs.f_type) : NULL;
	if (remote) {
		snprintf(line, sizeof(line), "the state root lies on %s: %s",
		    remote, r->path);
		report_wrong(report, line, "locks are not reliable there; set "
		    ENV_DIR " to a folder on a local one that is yours alone");
	} else {
		snprintf(line, sizeof(line), "state root%s: %s", there ? "" :
		    ", made when needed", r->path);
		report_good(line);
	}
	root_close(r);
	return true;
}
