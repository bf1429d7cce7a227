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

/* The pid that the pidfile names, and nothing else; 0. */
static int
owner_read(int dir)
{
	int fd = open_ours(dir, FILE_PID, O_RDONLY, S_IFREG);
	unsigned int pid = 0;
	struct digits d;

	if (fd < 0)
		return 0;
	digits_read(&d, fd);
	sys_close(fd);
	for (long i = 0; i < d.len - 1 && i < 9; i++) {
		BYTES_LOOP();
		if (d.text[i] < '0' || d.text[i] > '9')
			return 0;
		pid = pid * 10 + (unsigned int)(d.text[i] - '0');
	}
	return digits_are(&d, pid) ? (int)pid : 0;
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

static int
slot_open(const char *slot)
{
	if (*slot != '/')
		return -1;
	return open_ours(AT_FDCWD, slot, O_PATH | O_DIRECTORY, S_IFDIR);
}

int
image_owner(const char *slot)
{
	int dir = slot_open(slot), pid;

	if (dir < 0)
		return 0;
	pid = owner_read(dir);
	sys_close(dir);
	return pid;
}

bool
image_adopt(const char *slot, int pid, bool heir)
{
	int dir = slot_open(slot), owner, fd;
	bool held = false;

	if (dir < 0)
		return false;
	owner = owner_read(dir);
	if (owner == pid || (heir && owner && sys_ended(owner, 0))) {
		fd = open_ours(dir, FILE_IMAGE, O_RDONLY, S_IFREG);
		if (fd >= 0) {
			held = in_namespace(fd) && lock_mapped(fd);
			sys_close(fd);
		}
	}
	sys_close(dir);
	return held;
}
