/*
 * folder.c: a slot's folder and the pidfile in it.
 *
 * The race to think of is unlink: A releases (unlinks pid) while B has opened
 * it and waits for the lock.  flopenat(3) compares the inode it locked with
 * the one the name has now and opens again; in a folder that was removed,
 * O_CREAT gives ENOENT, and the claim starts over from mkdir.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <bsd/libutil.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/slot/folder.h"
#include "cli/slot/mount.h"
#include "cli/text.h"
#include "preload/contract.h"
#include "preload/window/page.h"

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* What lies on another file system than the root may be somebody's who says
 * that it is ours.  0, EPERM, or why it cannot be told. */
static int
folder_vet(const struct root *r, int folder)
{
	struct stat st;
	struct statfs fs;

	if (fstat(folder, &st) < 0)
		return errno;
	return st.st_uid == geteuid() && !(st.st_mode & 022) &&
	    (st.st_dev == r->device ||
	    (fstatfs(folder, &fs) == 0 && !mount_lies(st.st_dev, &fs))) ?
	    0 : EPERM;
}

static enum folder_result
folder_fault(const struct root *r, const char *name, const char *what,
    int err, struct fault *f)
{
	if (err)
		fault_errno(f, fault_state(err), err, what, " ", r->path, "/",
		    name, NULL);
	else
		fault_set(f, EXIT_STATE, what, " ", r->path, "/", name,
		    " is of the wrong type or not yours; move it away", NULL);
	return FOLDER_FAILED;
}

/* The umask must leave the owner his bits: the caller sees to it. */
enum folder_result
folder_open(const struct root *r, const char *name, int *folder, bool *fresh,
    struct fault *f)
{
	int err;

	*fresh = mkdirat(r->fd, name, 0700) == 0;
	if (!*fresh && errno != EEXIST) {
		if (errno == ENOENT)
			return FOLDER_GONE;
		return folder_fault(r, name, "cannot make slot folder", errno,
		    f);
	}
	*folder = openat(r->fd, name, FOLDER_FLAGS);
	if (*folder < 0) {
		if (errno == ENOENT)
			return FOLDER_GONE;
		return folder_fault(r, name, "cannot open slot folder", errno,
		    f);
	}
	if (*fresh)
		return FOLDER_OK;
	err = folder_vet(r, *folder);
	if (!err)
		return FOLDER_OK;
	io_close(folder);
	return err == EPERM ? folder_fault(r, name, "slot folder", 0, f) :
	    folder_fault(r, name, "cannot look at slot folder", err, f);
}

int
folder_peek(const struct root *r, const char *name)
{
	int folder = openat(r->fd, name, FOLDER_FLAGS), err;

	if (folder >= 0 && (err = folder_vet(r, folder))) {
		io_close(&folder);
		errno = err;
	}
	return folder;
}

/* 1, 0, or -1: errno.  By now the name may be one of a stranger, which is not
 * asked. */
static int
same_file(int fd, int dir, const char *name)
{
	struct statx b;
	struct stat a;

	if (fstat(fd, &a) < 0)
		return -1;
	if (mount_look(dir, name, 0, &b) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
	return a.st_dev == mount_device(&b) && a.st_ino == b.stx_ino;
}

enum folder_result
folder_lock(const struct root *r, const char *name, int folder, int *lock,
    bool *fresh, struct fault *f)
{
	struct stat st;
	int err;

	*lock = (int)IO_RETRY(flopenat(folder, FILE_PID,
	    O_RDWR | O_CREAT | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
	    0600));
	if (*lock < 0) {
		if (errno == EWOULDBLOCK)
			return FOLDER_BUSY;
		if (errno == ENOENT)
			return FOLDER_GONE;
		return folder_fault(r, name, "cannot lock the pidfile of",
		    errno, f);
	}
	/* It may have got another name between open and lock (rekey.c). */
	switch (same_file(folder, r->fd, name)) {
	case 1:
		break;
	case 0:
		io_close(lock);
		return FOLDER_GONE;
	default:
		io_close(lock);
		return folder_fault(r, name, "cannot look at slot folder",
		    errno, f);
	}
	err = fstat(*lock, &st) < 0 ? errno : 0;
	if (!err && S_ISREG(st.st_mode) && st.st_uid == geteuid()) {
		*fresh = *fresh && !st.st_size;
		return FOLDER_OK;
	}
	io_close(lock);
	return folder_fault(r, name, err ? "cannot look at the pidfile of" :
	    "the pidfile of", err, f);
}

int
folder_pid_write(int lock, pid_t pid, bool empty)
{
	char digits[16];
	struct text t;

	text_init(&t, digits, sizeof(digits));
	text_num(&t, pid);
	text_add(&t, "\n");
	/* A reader never sees an empty file: write first, then cut. */
	if (pwrite(lock, t.at, t.len, 0) != (ssize_t)t.len)
		return -1;
	return empty ? 0 : ftruncate(lock, (off_t)t.len);
}

/* As same_file. */
static int
in_place(const struct root *r, const char *name, int folder, int lock)
{
	int same = same_file(r->fd, AT_FDCWD, r->path);

	if (same == 1)
		same = same_file(folder, r->fd, name);
	return same == 1 ? same_file(lock, folder, FILE_PID) : same;
}

bool
folder_locked(const struct root *r, const char *name, int folder, int lock)
{
	return in_place(r, name, folder, lock) == 1;
}

bool
folder_debris(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case ELOOP:
	case ENXIO:
	case EPERM:   /* not a plain one, or another's: our own look */
	case EBADMSG:
	case EFBIG:
		return true;
	default:
		return false;
	}
}

bool
folder_has(int folder, const char *file, int fd)
{
	return same_file(fd, folder, file) == 1;
}

int
folder_unlink(int folder, const char *file)
{
	if (unlinkat(folder, file, 0) == 0 || errno == ENOENT)
		return 0;
	return errno == EISDIR ? unlinkat(folder, file, AT_REMOVEDIR) : -1;
}

/* The pages of the instance's processes (page.h); there may be any number. */
static void
pages_remove(int folder)
{
	_Alignas(struct dirent64) char at[2048];
	const struct dirent64 *e;
	ssize_t n;

	if (lseek(folder, 0, SEEK_SET) < 0)
		return;
	while ((n = getdents64(folder, at, sizeof(at))) > 0) {
		for (ssize_t i = 0; i < n; i += e->d_reclen) {
			e = (const void *)(at + i);
			if (!strncmp(e->d_name, WINDOW_PAGE,
			    strlen(WINDOW_PAGE)))
				folder_unlink(folder, e->d_name);
		}
	}
}

int
folder_remove(const struct root *r, const char *name, int folder, int lock)
{
	static const char *const files[] = { FILE_INFO ".new", FILE_HAND,
		FILE_PID };
	int ours = in_place(r, name, folder, lock);

	/* Swept and made anew, they are somebody else's. */
	if (ours != 1)
		return ours;
	folder_unlink(folder, FILE_SOCK);
	/* While the record is there its owner is the instance.  Without it, who
	 * has the image would be one of which nothing is known: so that goes
	 * first. */
	if (folder_unlink(folder, FILE_IMAGE) < 0 ||
	    folder_unlink(folder, FILE_INFO) < 0)
		return -1;
	pages_remove(folder);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		folder_unlink(folder, files[i]);
	/* If a newcomer has made files in it already, it stays his. */
	unlinkat(r->fd, name, AT_REMOVEDIR);
	return 0;
}

void
folder_unlock(int *lock)
{
	if (*lock >= 0)
		flock(*lock, LOCK_UN);
	io_close(lock);
}
