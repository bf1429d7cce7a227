/*
 * folder.c: a slot's folder and the pidfile in it.
 *
 * The race is unlink: A releases (unlinks pid) while B has opened it and waits
 * for the lock.  flopenat(3) compares the inode it locked with the one the name
 * has now, and reopens if they differ; in a removed folder O_CREAT gives
 * ENOENT, and the claim starts over from mkdir.
 */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <bsd/libutil.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/ids.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/text.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/mount.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/slot.h"
#include "preload/contract.h"
#include "preload/window/page.h"

/*
 * Where an instance has its files: a slot of a root.
 */

static int
folder_name(struct place *p, struct fault *f)
{
	if (root_folder(&p->root, p->slot.name, p->folder) < 0)
		return fault_errno(f, EXIT_STATE, errno, p->root.path, NULL);
	return 0;
}

/* Look for a slot in each default root: when it was made, the root that is
 * first now may have been full.  In a root that we skip because it is full now,
 * only a locked slot counts.  1: it is in another root, which p uses from now
 * on; 0: in p's, or nowhere; -1. */
int
place_seek(struct place *p, struct fault *f)
{
	struct root all[ROOTS];
	char path[PATH_MAX];
	int n, folder, there;

	n = p->root.given ? 0 : roots_find(all, f);
	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++) {
		if (!strcmp(all[i].path, p->root.path) ||
		    root_folder(&all[i], p->slot.name, path) < 0)
			continue;
		folder = folder_peek(&all[i], path);
		if (folder < 0 && !folder_debris(errno))
			return fault_errno(f, fault_state(errno), errno,
			    "cannot look at slot folder ", path, NULL);
		there = folder < 0 ? 0 : !root_passed(&p->root, &all[i]) ? 1 :
		    folder_taken(folder);
		io_close(&folder);
		if (there < 0)
			return fault_errno(f, fault_state(errno), errno,
			    "cannot look at the pidfile of ", path, NULL);
		if (there) {
			root_move(&p->root, &all[i]);
			return folder_name(p, f) < 0 ? -1 : 1;
		}
	}
	return 0;
}

/* The folder of p's slot, in the root that has it. */
static int
place_settle(struct place *p, struct fault *f)
{
	struct statx st;

	if (folder_name(p, f) < 0)
		return -1;
	return p->root.given || (p->root.exists &&
	    mount_look(AT_FDCWD, p->folder, 0, &st) == 0) ||
	    place_seek(p, f) >= 0 ? 0 : -1;
}

int
place_of(struct place *p, const struct root *r, const struct slot *s,
    struct fault *f)
{
	p->root = *r;
	p->root.fd = -1;
	p->slot = *s;
	return folder_name(p, f);
}

int
place_make(struct place *p, enum scope scope, const char *app,
    const char *const *key, size_t nkey, struct fault *f)
{
	p->slot.scope = slot_scope(scope, p->scope, sizeof(p->scope));
	p->slot.app = app;
	p->slot.key = key;
	p->slot.nkey = nkey;
	return root_find(&p->root, f) < 0 ? -1 : place_index(p, 0, f);
}

int
place_index(struct place *p, int index, struct fault *f)
{
	p->slot.index = index;
	slot_name(&p->slot);
	return place_settle(p, f);
}

int
place_again(struct place *p, struct fault *f)
{
	if (!p->root.given && root_find(&p->root, f) < 0)
		return -1;
	return place_settle(p, f);
}

int
place_enter(struct place *p, struct fault *f)
{
	return root_open(&p->root, f) < 0 ? -1 : folder_name(p, f);
}

enum { PID_LINE = 16 };

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* On another file system than the root's, a server may pretend that we own the
 * folder.  0, EPERM, or the errno of a failed look. */
static int
folder_vet(const struct root *r, int folder)
{
	struct stat st;
	struct statfs fs;

	if (fstat(folder, &st) < 0)
		return errno;
	return st.st_uid == ids_own() && !(st.st_mode & 022) &&
	    (st.st_dev == r->device ||
	    (mount_fstatfs(folder, &fs) == 0 && !mount_lies(st.st_dev, &fs))) ?
	    0 : EPERM;
}

/* FAILED, or FULL and errno. */
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
	errno = err;
	return root_full(err) ? FOLDER_FULL : FOLDER_FAILED;
}

/* The caller sets a umask that leaves the user all permissions. */
enum folder_result
folder_open(const struct root *r, const char *name, int *folder, bool *fresh,
    struct fault *f)
{
	int err;

	*fresh = mkdirat(r->fd, name, 0700) == 0;
	if (!*fresh && errno != EEXIST && errno != ENOENT)
		return folder_fault(r, name, "cannot make slot folder", errno,
		    f);
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

/* By now another user may have the name: mount_look does not wait for a file
 * system. */
bool
folder_has(int folder, const char *file, int fd)
{
	struct statx b;
	struct stat a;

	if (fstat(fd, &a) < 0 || mount_look(folder, file, 0, &b) < 0)
		return false;
	errno = ENOENT;
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
	err = fstat(*lock, &st) < 0 ? errno : 0;
	if (!err && S_ISREG(st.st_mode) && st.st_uid == ids_own()) {
		/* We were stopped after mkdir: meanwhile another launch had an
		 * instance there, whose keeper was killed. */
		*fresh = *fresh && !st.st_size;
		return FOLDER_OK;
	}
	io_close(lock);
	return folder_fault(r, name, err ? "cannot look at the pidfile of" :
	    "the pidfile of", err, f);
}

int
folder_taken(int folder)
{
	int fd = openat(folder, FILE_PID,
	    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC), r;

	if (fd < 0)
		return folder_debris(errno) ? 0 : -1;
	r = flock(fd, LOCK_SH | LOCK_NB);
	io_close(&fd);
	return r == 0 ? 0 : errno == EWOULDBLOCK ? 1 : -1;
}

/* The line of a pidfile; returns its length. */
static size_t
pid_line(char line[PID_LINE], pid_t pid)
{
	struct text t = text_in(line, PID_LINE);

	text_num(&t, pid);
	text_add(&t, "\n");
	return t.len;
}

/* fcntl(2) locks of open files: they do not meet the claim's flock(2). */
static int
init_lock(int folder, int cmd, struct flock *lock, struct stat *st)
{
	int fd = openat(folder, FILE_PID, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC);

	if (fd >= 0 && (fstat(fd, st) < 0 || fcntl(fd, cmd, lock) < 0))
		io_close(&fd);
	return fd;
}

long long
folder_init_hold(int folder)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct stat st;

	return init_lock(folder, F_OFD_SETLK, &lock, &st) < 0 ? 0 :
	    (long long)st.st_ino;
}

enum init_state
folder_init(int folder, long long inode)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;
	int fd = inode ? init_lock(folder, F_OFD_GETLK, &lock, &st) : -1;

	if (fd < 0)
		return INIT_UNKNOWN;
	close(fd);
	return (long long)st.st_ino != inode ? INIT_UNKNOWN :
	    lock.l_type == F_UNLCK ? INIT_ENDED : INIT_LIVES;
}

pid_t
folder_pid(int folder)
{
	char line[PID_LINE + 1];
	int fd = openat(folder, FILE_PID,
	    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : io_read(fd, line, PID_LINE);
	long long pid;

	io_close(&fd);
	if (n <= 0 || line[n - 1] != '\n')
		return 0;
	line[n - 1] = '\0';
	return number_parse(line, &pid) == 0 && pid > 0 && pid <= INT_MAX ?
	    (pid_t)pid : 0;
}

bool
folder_pid_is(int lock, pid_t pid)
{
	char line[PID_LINE], there[PID_LINE];
	size_t n = pid_line(line, pid);

	return pread(lock, there, sizeof(there), 0) == (ssize_t)n &&
	    !memcmp(line, there, n);
}

int
folder_pid_write(int lock, pid_t pid, bool empty)
{
	char line[PID_LINE];
	size_t n = pid_line(line, pid);

	/* Write first, then truncate: so a reader never sees an empty file. */
	if (pwrite(lock, line, n, 0) != (ssize_t)n)
		return -1;
	return empty ? 0 : ftruncate(lock, (off_t)n);
}

bool
folder_locked(const struct root *r, const char *name, int lock)
{
	char pid[SLOT_NAME_MAX + sizeof(FILE_PID)];

	/* The pidfile goes where its folder goes. */
	text_join(pid, sizeof(pid), name, "/" FILE_PID, NULL);
	return folder_has(AT_FDCWD, r->path, r->fd) &&
	    folder_has(r->fd, pid, lock);
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
	case EPERM:   /* our own check: not a plain file, or another user's */
	case EBADMSG:
	case EFBIG:
		return true;
	default:
		return false;
	}
}

int
folder_unlink(int folder, const char *file)
{
	if (unlinkat(folder, file, 0) == 0 || errno == ENOENT)
		return 0;
	return errno == EISDIR ? unlinkat(folder, file, AT_REMOVEDIR) : -1;
}

/* Remove the pages of the instance's processes (page.h), any number. */
static void
pages_remove(int folder)
{
	_Alignas(struct dirent64) char at[2048];
	const struct dirent64 *e;
	ssize_t n;

	lseek(folder, 0, SEEK_SET);
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
	static const char *const files[] = { ROOM_INFO, ROOM_MAPPING, FILE_HAND,
		FILE_SKIPS, FILE_SKIPS ".new", FILE_GATHERS, FILE_WAITS, FILE_PID };

	/* Even if the folder was moved, our record must not be found in it.
	 * But if its files were removed, another process may have made new
	 * ones. */
	if (!folder_has(folder, FILE_PID, lock))
		return folder_debris(errno) ? 0 : -1;
	folder_unlink(folder, FILE_SOCK);
	/* The mapping first, the record after it: while the record exists its
	 * owner is the instance.  A process that maps the file without a record
	 * would be an unknown instance. */
	if (folder_unlink(folder, FILE_MAPPING) < 0 ||
	    folder_unlink(folder, FILE_INFO) < 0)
		return -1;
	pages_remove(folder);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		folder_unlink(folder, files[i]);
	/* If a new launch has made files in it, or another folder, that stays:
	 * an empty one that we remove is made again. */
	unlinkat(r->fd, name, AT_REMOVEDIR);
	return 0;
}
