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

/* Read-lock byte 0 of fd and map it: the address; NULL: error. */
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
mapping_owner(const char *slot)
{
	int dir = vetted_slot(slot), pid;

	if (dir < 0)
		return 0;
	pid = owner_read(dir);
	sys_close(dir);
	return pid;
}

/* Try to adopt the slot once; NULL: it is not ours.  *again: a file is missing
 * that may be there in a moment. */
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
	    (who == ADOPT_SUCCESSOR && sys_ended(owner, 0)))))
		fd = vetted_open(dir, FILE_MAPPING, O_RDONLY, S_IFREG);
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

void *
mapping_adopt(const char *slot, int pid, enum adopt who)
{
	enum { MS = 1000000, PAUSE = 2 * MS, LOOKS = 500 };
	void *held;
	bool again;

	/* ADOPT_SUCCESSOR: the command or the shim has made this process the
	 * owner, so the slot exists.  If files are missing, a cleaner has just
	 * removed them: wait for them to be restored. */
	for (int look = 1;; look++) {
		held = adopt(slot, pid, who, &again);
		if (held || !again || who != ADOPT_SUCCESSOR || look == LOOKS)
			return held;
		sys_sleep(PAUSE);
	}
}

/* The path in a line of /proc/PID/maps, up to end, if its START is at; NULL.
 * "START-END PERMS OFFSET DEV INODE      PATH" */
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
mapping_slot(const void *at, char *slot, size_t cap)
{
	static const char tail[] = "/" FILE_MAPPING;
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
