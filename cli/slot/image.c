/*
 * image.c: the image lock, seen from outside.
 *
 * On overlayfs the lock goes when the shim closes its descriptor, but the
 * mapping stays visible in /proc/PID/maps with the file's inode: there only
 * the scan tells.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/compat.h"
#include "cli/fault.h"
#include "cli/io.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/slot/image.h"
#include "cli/slot/info.h"
#include "cli/slot/owner.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { LOOK_US = 500000 };

int
image_make(int folder, uint64_t pidns)
{
	char digits[32];
	struct text t;
	int fd;

	/* The library knows its own only by /proc. */
	if (!owner_pidns_shown())
		pidns = 0;
	text_init(&t, digits, sizeof(digits));
	text_num(&t, (long long)pidns);
	text_add(&t, "\n");
	for (;;) {
		fd = openat(folder, FILE_IMAGE,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			break;
		if (unlinkat(folder, FILE_IMAGE, 0) < 0 && errno != ENOENT)
			return -1;
	}
	if (fd >= 0 && io_write(fd, t.at, t.len) < 0) {
		io_close(&fd);
		unlinkat(folder, FILE_IMAGE, 0);
	}
	return fd;
}

int
image_open(int folder)
{
	const int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	struct stat st;
	int fd = openat(folder, FILE_IMAGE, O_RDWR | flags);

	/* In a sandbox; to test it that is enough. */
	if (fd < 0 && errno == EROFS)
		fd = openat(folder, FILE_IMAGE, O_RDONLY | flags);
	if (fd >= 0 && fstat(fd, &st) < 0) {
		io_close(&fd);
	} else if (fd >= 0 && (!S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid())) {
		errno = EPERM;
		io_close(&fd);
	}
	return fd;
}

enum image_state
image_test(int fd)
{
	struct flock fl = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0,
		.l_len = 1
	};
	struct statfs fs;

	if (fcntl(fd, F_OFD_GETLK, &fl) < 0)
		return IMAGE_UNKNOWN;
	if (fl.l_type != F_UNLCK)
		return IMAGE_HELD;
	return fstatfs(fd, &fs) == 0 && fs.f_type != FS_OVERLAY ?
	    IMAGE_FREE : IMAGE_UNKNOWN;
}

/*
 * What tells a mapping of an image in maps: "DEV INODE", as the kernel shows it
 * of one of our own.  Not what stat(2) gives, which is another device on btrfs
 * and overlayfs; and not the path, which anybody may choose.
 */
struct wanted {
	char id[1 + IMAGE_PAST][IMAGE_ID]; /* any of these; */
	int n;
	unsigned long at;  /* or what is mapped there; */
	const char *name;  /* or, of an owner, the image of this slot folder */
	char found[IMAGE_ID];
};

/* Whether a path, as maps shows it, is that of the image of a slot folder. */
static bool
path_fits(const char *path, const char *name)
{
	static const char gone[] = " (deleted)", file[] = "/" FILE_IMAGE;
	size_t len = strlen(path), n = strlen(name);

	if (len >= sizeof(gone) && !strcmp(path + len - (sizeof(gone) - 1),
	    gone))
		len -= sizeof(gone) - 1;
	if (len < sizeof(file) + n || memcmp(path + len - (sizeof(file) - 1),
	    file, sizeof(file) - 1))
		return false;
	path += len - (sizeof(file) - 1) - n;
	return path[-1] == '/' && !memcmp(path, name, n);
}

/* "START-END PERMS OFFSET DEV INODE      PATH": a line that is wanted. */
static bool
line_fits(const char *line, struct wanted *w)
{
	static const char held[] = " ---s 00000000 ", asked[] = " r--s 00000000 ";
	unsigned long start = strtoul(line, NULL, 16);
	const char *id = strchr(line, ' '), *end;
	bool fits = false;
	struct text t;

	if (!id || strncmp(id, w->at ? asked : held, sizeof(held) - 1))
		return false;
	id += sizeof(held) - 1;
	end = strchr(id, ' ');
	end = end ? strchr(end + 1, ' ') : NULL;
	if (!end)
		return false;
	text_init(&t, w->found, sizeof(w->found));
	text_mem(&t, id, (size_t)(end - id));
	if (w->at)
		fits = start == w->at;
	else if (w->name)
		fits = path_fits(end, w->name);
	for (int i = 0; i < w->n && !fits; i++)
		fits = !strcmp(w->found, w->id[i]);
	return fits && !t.cut;
}

/* What it means that a process cannot be looked at: it has ended, or is not
 * ours to see; or the system failed. */
static int
image_unread(int err)
{
	return err == ESRCH || fault_of_path(err) ? -1 : -2;
}

/* Whether a file of mappings has one of the image.  -1: empty, unreadable; -2:
 * the system does not let us look, errno. */
static int
maps_hold(int dir, const char *file, struct wanted *w)
{
	char buf[16384], *line, *end;
	bool within = false; /* a longer line: its beginning has been seen */
	size_t have = 0;
	int found = -1;
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	ssize_t k;

	if (fd < 0)
		return image_unread(errno);
	while (found != 1 && (k = IO_RETRY(read(fd, buf + have,
	    sizeof(buf) - 1 - have))) > 0) {
		have += (size_t)k;
		found = 0;
		for (line = buf; found != 1 && (end = memchr(line, '\n',
		    have - (size_t)(line - buf))); line = end + 1) {
			*end = '\0';
			found = !within && line_fits(line, w);
			within = false;
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
		if (found == 1 || have < sizeof(buf) - 1)
			continue;
		/* Of a path: anybody may choose how long it is, and what it
		 * says.  What we look for stands before it. */
		buf[have] = '\0';
		found = !within && line_fits(buf, w);
		within = true;
		have = 0;
	}
	if (found != 1 && k < 0)
		found = image_unread(errno);
	io_close(&fd);
	return found;
}

/* A process whose first thread has ended shows its maps with the others. */
static int
threads_hold(int proc, const char *pid, struct wanted *w)
{
	char name[64];
	struct dirent *e;
	struct text t;
	int fd, held = -1;
	DIR *d;

	text_init(&t, name, sizeof(name));
	text_add(&t, pid);
	text_add(&t, "/task");
	fd = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		held = image_unread(errno);
		io_close(&fd);
		return held;
	}
	while (held != 1 && held != -2 && (e = io_entry(d))) {
		if (*e->d_name == '.' || strlen(e->d_name) > 20)
			continue;
		text_init(&t, name, sizeof(name));
		text_add(&t, e->d_name);
		text_add(&t, "/maps");
		held = maps_hold(fd, name, w);
	}
	if (!e && errno)
		held = image_unread(errno);
	closedir(d);
	return held;
}

/* As maps_hold. */
static int
process_holds(int proc, const char *pid, struct wanted *w)
{
	char name[64];
	struct text t;
	int held;

	text_init(&t, name, sizeof(name));
	text_add(&t, pid);
	text_add(&t, "/maps");
	held = maps_hold(proc, name, w);
	return held == -1 ? threads_hold(proc, pid, w) : held;
}

static int
pid_fits(pid_t pid, struct wanted *w)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char digits[16];
	struct text t;
	int held = -1;

	text_init(&t, digits, sizeof(digits));
	text_num(&t, pid);
	if (proc >= 0 && proc_ours())
		held = process_holds(proc, digits, w);
	io_close(&proc);
	return held;
}

int
image_id(int fd, char *id)
{
	/* Not as those map it who hold it: we would be taken for one. */
	void *at = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	struct wanted w = { .at = (unsigned long)at };
	int found;

	if (at == MAP_FAILED)
		return -1;
	found = maps_hold(AT_FDCWD, "/proc/self/maps", &w);
	munmap(at, 1);
	if (found != 1) {
		if (found != -2)
			errno = ENOENT;
		return -1;
	}
	strcpy(id, w.found);
	return 0;
}

/* fd -1: none but those of the record, which may be NULL. */
static int
wanted_make(struct wanted *w, int fd, const struct fields *record)
{
	const char *past = NULL;
	struct text t;

	w->n = 0;
	w->at = 0;
	w->name = NULL;
	if (fd >= 0 && image_id(fd, w->id[w->n++]) < 0)
		return -1;
	while (record && w->n <= IMAGE_PAST &&
	    (past = fields_next(record, INFO_IMAGE, past))) {
		text_init(&t, w->id[w->n++], IMAGE_ID);
		text_add(&t, past);
	}
	return 0;
}

static int
pid_holds(int fd, const struct fields *record, pid_t pid)
{
	struct wanted w;

	return wanted_make(&w, fd, record) < 0 ? -1 : pid_fits(pid, &w);
}

bool
image_of(pid_t pid, const char *name, char *id)
{
	struct wanted w = { .name = name };

	if (pid_fits(pid, &w) != 1)
		return false;
	strcpy(id, w.found);
	return true;
}

bool
image_mapped(int fd, const struct fields *record, pid_t pid)
{
	return pid_holds(fd, record, pid) == 1;
}

bool
image_left(int fd, const struct fields *record, pid_t pid)
{
	return pid_holds(fd, record, pid) == 0;
}

int
image_scan(int fd, const struct fields *record, pid_t *pids, size_t cap)
{
	struct wanted w;
	struct procs all;
	const char *digits;
	size_t n = 0;
	int held, err = 0;
	pid_t pid;

	if (wanted_make(&w, fd, record) < 0 || !proc_ours() ||
	    procs_begin(&all) < 0)
		return -1;
	while (n < cap && (digits = procs_next(&all, &pid))) {
		held = process_holds(dirfd(all.dir), digits, &w);
		if (held == 1)
			pids[n++] = pid;
		else if (held == -2)
			err = errno;
	}
	if (all.error)
		err = all.error;
	procs_end(&all);
	errno = err;
	return err ? -1 : (int)n;
}

int
image_hold(int folder)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET,
		.l_len = 1 };
	int fd = image_open(folder);

	if (fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) < 0)
		io_close(&fd);
	return fd;
}

int
image_wait(int fd)
{
	struct flock fl = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0,
		.l_len = 1
	};
	pid_t one;

	if (IO_RETRY(fcntl(fd, F_OFD_SETLKW, &fl)) < 0)
		return -1;
	fl.l_type = F_UNLCK;
	fcntl(fd, F_OFD_SETLK, &fl);
	/* Where no lock tells, a process that nobody sees may map it. */
	while (image_test(fd) == IMAGE_UNKNOWN &&
	    image_scan(fd, NULL, &one, 1) > 0)
		clock_sleep(LOOK_US);
	return 0;
}
