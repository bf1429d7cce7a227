/*
 * image.c: the owner's side of the image lock.
 *
 * ONLYONE_SLOT is inherited by every descendant and can be set by anybody, so
 * it proves nothing.  The owner is whom the slot's pidfile names, in the pid
 * namespace that the image names; folder and files must be ours, and what
 * they are said to be: no symlink is followed, no FIFO waited for.
 */
#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/image.h"
#include "preload/sys.h"

/* Open name in dir if it is of that type and ours; else < 0. */
static int
open_ours(int dir, const char *name, int flags, unsigned int type)
{
	struct statx st;
	int fd = sys_open(dir, name, flags | O_NOFOLLOW);
#ifdef SYS_geteuid32
	long nr = SYS_geteuid32;
#else
	long nr = SYS_geteuid;
#endif

	if (fd < 0)
		return fd;
	if (sys_status(fd, "", AT_EMPTY_PATH, &st) == 0 &&
	    (st.stx_mode & S_IFMT) == type &&
	    st.stx_uid == (unsigned int)SYS1(nr, 0))
		return fd;
	sys_close(fd);
	return -EPERM;
}

/* A file that holds a number and nothing else. */
struct digits {
	char text[24];
	long len;
};

static void
digits_read(struct digits *d, int fd)
{
	d->len = sys_read(fd, d->text, sizeof(d->text), 0);
}

/* Whether it is exactly n in decimal and a newline. */
static bool
digits_are(const struct digits *d, unsigned long long n)
{
	char want[24];
	size_t len = bytes_number(want, n);

	return d->len == (long)len && bytes_same(d->text, want, len);
}

static bool
is_owner(int dir, int pid)
{
	int fd = open_ours(dir, FILE_PID, O_RDONLY, S_IFREG);
	struct digits d;

	if (fd < 0)
		return false;
	digits_read(&d, fd);
	sys_close(fd);
	return digits_are(&d, (unsigned int)pid);
}

/* Pids are only unique within their namespace; 0: the launcher had no /proc
 * to ask. */
static bool
in_namespace(int fd)
{
	struct statx st;
	struct digits d;

	digits_read(&d, fd);
	return digits_are(&d, 0) ||
	    (sys_status(AT_FDCWD, "/proc/self/ns/pid", 0, &st) == 0 &&
		digits_are(&d, st.stx_ino));
}

static bool
lock_mapped(int fd)
{
	struct flock64 lock = {.l_type = F_RDLCK, .l_len = 1};
#ifdef SYS_fcntl64
	long nr = SYS_fcntl64;
#else
	long nr = SYS_fcntl;
#endif

	return SYS3(nr, fd, F_OFD_SETLK, &lock) == 0 &&
	    sys_map(1, PROT_NONE, MAP_SHARED, fd);
}

bool
image_owned(const char *slot, int pid)
{
	bool owned;
	int dir;

	if (*slot != '/')
		return false;
	dir = open_ours(AT_FDCWD, slot, O_PATH | O_DIRECTORY, S_IFDIR);
	if (dir < 0)
		return false;
	owned = is_owner(dir, pid);
	sys_close(dir);
	return owned;
}

bool
image_adopt(const char *slot, int pid)
{
	bool held = false;
	int dir, fd;

	if (*slot != '/')
		return false;
	dir = open_ours(AT_FDCWD, slot, O_PATH | O_DIRECTORY, S_IFDIR);
	if (dir < 0)
		return false;
	if (is_owner(dir, pid)) {
		fd = open_ours(dir, FILE_IMAGE, O_RDONLY, S_IFREG);
		if (fd >= 0) {
			held = in_namespace(fd) && lock_mapped(fd);
			sys_close(fd);
		}
	}
	sys_close(dir);
	return held;
}
