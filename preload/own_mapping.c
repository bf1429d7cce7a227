/*
 * own_mapping.c: the owner maps the slot's file, FILE_MAPPING, under a lock.
 *
 * Every descendant inherits ONLYONE_SLOT, and anybody can set it, so it proves
 * nothing.  The owner is the process whose pid is in the slot's pidfile, in the
 * pid namespace that FILE_MAPPING names; the folder and the files must belong
 * to the euid (vetted.h).
 */
#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/own_mapping.h"
#include "preload/sys.h"
#include "preload/vetted.h"

/* The text of a file that holds a number and nothing else. */
struct digits {
	char text[24];
	long len;
};

static void
digits_read(struct digits *d, int fd)
{
	d->len = sys_read(fd, d->text, sizeof(d->text), 0);
}

/* Whether the text is exactly n in decimal and a newline. */
static bool
digits_are(const struct digits *d, unsigned long long n)
{
	char want[24];
	size_t len = bytes_number(want, n);

	return d->len == (long)len && bytes_same(d->text, want, len);
}

/* The pid in the pidfile of folder dir; 0: no or bad pidfile. */
static int
owner_read(int dir)
{
	int fd = vetted_open(dir, FILE_PID, O_RDONLY, NULL);
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

/* Whether d is the inode number of our pid namespace, since a pid is unique
 * only in its namespace; 0 in d: the launch had no /proc, so accept it.
 * *again: the look failed, but may succeed in a moment. */
static bool
in_namespace(const struct digits *d, bool *again)
{
	struct statx st;
	int r;

	if (digits_are(d, 0))
		return true;
	r = sys_status(AT_FDCWD, "/proc/self/ns/pid", 0, &st);
	*again = r < 0 && r != -ENOENT && r != -EPERM;
	return r == 0 && digits_are(d, st.stx_ino);
}

/* Read-lock byte 0 of fd and map it. */
static bool
lock_mapped(int fd)
{
	struct flock64 lock = {.l_type = F_RDLCK, .l_len = 1};
#ifdef SYS_fcntl64
	long nr = SYS_fcntl64;
#else
	long nr = SYS_fcntl;
#endif

	if (SYS3(nr, fd, F_OFD_SETLK, &lock) != 0)
		return false;
	return sys_map(1, PROT_NONE, MAP_SHARED, fd);
}

int
mapping_owner(const char *slot)
{
	int dir = vetted_slot(slot), pid;

	if (dir < 0)
		return 0;
	pid = owner_read(dir);
	sys_close(dir);
	return pid;
}

bool
mapping_stays(const char *slot, unsigned long long inode)
{
	int dir = vetted_slot(slot), r;
	struct statx st;

	if (dir < 0)
		return false;
	r = sys_status(dir, FILE_MAPPING, AT_SYMLINK_NOFOLLOW, &st);
	sys_close(dir);
	return r == 0 && st.stx_ino == inode;
}

bool
mapping_elsewhere(const char *slot)
{
	int dir = vetted_slot(slot), fd = -1;
	bool again = false, elsewhere = false;
	struct digits d;

	if (dir >= 0) {
		fd = vetted_open(dir, FILE_MAPPING, O_RDONLY, NULL);
		sys_close(dir);
	}
	if (fd >= 0) {
		digits_read(&d, fd);
		elsewhere = d.len > 0 && !in_namespace(&d, &again) && !again;
		sys_close(fd);
	}
	return elsewhere;
}

/* Try to adopt the slot once; false: it is not ours.  *again: a file is
 * missing, but may appear in a moment. */
static bool
adopt_once(const char *slot, int pid, enum adopt who, unsigned long long *inode,
    bool *again)
{
	int dir = vetted_slot(slot), owner, fd = -EPERM;
	struct digits d;
	bool held = false;

	*again = dir < 0 && dir != -EPERM;
	if (dir < 0)
		return false;
	owner = owner_read(dir);
	if (!owner)
		*again = true;
	if (owner == pid || (owner && (who == ADOPT_MEMBER ||
	    (who == ADOPT_SUCCESSOR && sys_ended(owner, 0)))))
		fd = vetted_open(dir, FILE_MAPPING, O_RDONLY, inode);
	if (fd >= 0) {
		digits_read(&d, fd);
		if (d.len <= 0)
			*again = true; /* the file is still being written */
		else if (in_namespace(&d, again))
			*again = !(held = lock_mapped(fd));
		sys_close(fd);
	} else if (fd != -EPERM) {
		*again = true;
	}
	sys_close(dir);
	return held;
}

bool
mapping_adopt(const char *slot, int pid, enum adopt who,
    unsigned long long *inode)
{
	enum { MS = 1000000, PAUSE = 2 * MS, LOOKS = 500 };
	bool held, again;

	/* ADOPT_SUCCESSOR: the command or the shim has made this process the
	 * owner, so the slot exists.  If files are missing, a cleaner has just
	 * removed them: wait for them to be restored. */
	for (int look = 1;; look++) {
		held = adopt_once(slot, pid, who, inode, &again);
		if (held || !again || who != ADOPT_SUCCESSOR || look == LOOKS)
			return held;
		sys_sleep(PAUSE);
	}
}
