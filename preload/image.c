/*
 * image.c: the owner's side of the image lock.
 *
 * ONLYONE_SLOT is inherited by every descendant and can be set by anybody, so
 * it proves nothing.  The owner is the process that the slot's pidfile names,
 * in the pid namespace that the image names; folder and files must be ours
 * (vetted.h).
 */
#include "preload/bytes.h"
#include "preload/contract.h"
#include "preload/image.h"
#include "preload/sys.h"
#include "preload/vetted.h"

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
	int fd = vetted_open(dir, FILE_PID, O_RDONLY, S_IFREG);
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

/* Where it is mapped; NULL. */
static void *
lock_mapped(int fd)
{
	struct flock64 lock = {.l_type = F_RDLCK, .l_len = 1};
#ifdef SYS_fcntl64
	long nr = SYS_fcntl64;
#else
	long nr = SYS_fcntl;
#endif

	if (SYS3(nr, fd, F_OFD_SETLK, &lock) != 0)
		return NULL;
	return sys_map(1, PROT_NONE, MAP_SHARED, fd);
}

int
image_owner(const char *slot)
{
	int dir = vetted_slot(slot), pid;

	if (dir < 0)
		return 0;
	pid = owner_read(dir);
	sys_close(dir);
	return pid;
}

/* Adopt, or doubt: NULL.  *again: what is missing may be there in a moment. */
static void *
adopt(const char *slot, int pid, enum adopt who, bool *again)
{
	int dir = vetted_slot(slot), owner, fd = -EPERM;
	struct digits d;
	void *held = NULL;

	*again = dir < 0 && dir != -EPERM;
	if (dir < 0)
		return NULL;
	owner = owner_read(dir);
	if (!owner)
		*again = true;
	if (owner == pid || (owner && (who == ADOPT_MEMBER ||
	    (who == ADOPT_HEIR && sys_ended(owner, 0)))))
		fd = vetted_open(dir, FILE_IMAGE, O_RDONLY, S_IFREG);
	if (fd >= 0) {
		digits_read(&d, fd);
		if (d.len <= 0)
			*again = true; /* it is being made */
		else if (in_namespace(&d, again))
			*again = !(held = lock_mapped(fd));
		sys_close(fd);
	} else if (fd != -EPERM) {
		*again = true;
	}
	sys_close(dir);
	return held;
}

void *
image_adopt(const char *slot, int pid, enum adopt who)
{
	enum { MS = 1000000, PAUSE = 2 * MS, LOOKS = 500 };
	void *held;
	bool again;

	/* A process that the command or we ourselves have made the owner
	 * finds its files there, or a cleaner has just taken them: they
	 * come back. */
	for (int look = 1;; look++) {
		held = adopt(slot, pid, who, &again);
		if (held || !again || who != ADOPT_HEIR || look == LOOKS)
			return held;
		sys_sleep(PAUSE);
	}
}

/* "START-END PERMS OFFSET DEV INODE      PATH": the path, if START is at;
 * it ends at the line's end. */
static const char *
line_path(const char *line, const char *end, unsigned long at)
{
	unsigned long start = 0;
	const char *s = line;
	int field;

	for (; s < end && *s != '-'; s++) {
		BYTES_LOOP();
		start = start << 4 |
		    (unsigned long)(*s <= '9' ? *s - '0' : *s - 'a' + 10);
	}
	if (start != at)
		return NULL;
	for (field = 0; field < 5 && s < end; field++) {
		while (s < end && *s != ' ')
			s++;
		while (s < end && *s == ' ')
			s++;
	}
	return s < end && *s == '/' ? s : NULL;
}

bool
image_slot(const void *at, char *slot, size_t cap)
{
	static const char tail[] = "/" FILE_IMAGE;
	char buf[8192], *line, *end;
	int fd = sys_open(AT_FDCWD, "/proc/self/maps", O_RDONLY);
	const char *path = NULL;
	size_t have = 0, len;
	bool found = false;
	long n;

	if (fd < 0)
		return false;
	while (!path &&
	    (n = SYS3(SYS_read, fd, buf + have, sizeof(buf) - have)) > 0) {
		have += (size_t)n;
		for (line = buf; !path; line = end + 1) {
			for (end = line; end < buf + have && *end != '\n';
			     end++)
				BYTES_LOOP();
			if (end == buf + have)
				break;
			path = line_path(line, end, (unsigned long)at);
			if (!path)
				continue;
			len = (size_t)(end - path);
			found = len > sizeof(tail) && len < cap &&
			    bytes_same(end - (sizeof(tail) - 1), tail,
				sizeof(tail) - 1);
			if (found)
				*bytes_copy(slot, path,
				    len - (sizeof(tail) - 1)) = '\0';
		}
		len = (size_t)(buf + have - line);
		if (path || len == sizeof(buf))
			break;
		bytes_copy(buf, line, len);
		have = len;
	}
	sys_close(fd);
	return found;
}
