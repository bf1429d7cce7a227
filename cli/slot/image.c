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
#include "cli/io.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/slot/image.h"
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
	if (access("/proc/self/ns/pid", F_OK) < 0)
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
	if (fd >= 0 && io_write(fd, t.at, t.len) < 0)
		io_close(&fd);
	return fd;
}

int
image_open(int folder)
{
	struct stat st;
	int fd = openat(folder, FILE_IMAGE,
	    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
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

/* What tells a mapping of the image in maps, as the kernel shows one of our
 * own: "---s 00000000 DEV INODE ".  Not what stat(2) gives, which is another
 * device on btrfs and overlayfs; and not the path, which anybody may choose. */
struct pattern {
	char text[64];
};

/* "START-END PERMS OFFSET DEV INODE      PATH": from PERMS on; NULL. */
static const char *
line_perms(const char *line, unsigned long *start)
{
	char *end;

	*start = strtoul(line, &end, 16);
	line = *end == '-' ? strchr(end, ' ') : NULL;
	return line ? line + 1 : NULL;
}

/* The pattern, if this line of our own maps is that of the mapping at `at`. */
static bool
line_own(const char *line, const void *at, void *arg)
{
	struct pattern *p = arg;
	unsigned long start;
	const char *s = line_perms(line, &start), *end = s;
	struct text t;

	if (!s || start != (unsigned long)at)
		return false;
	for (int field = 0; field < 4 && end; field++)
		end = (end = strchr(end, ' ')) ? end + 1 : NULL;
	if (!end)
		return false;
	text_init(&t, p->text, sizeof(p->text));
	text_mem(&t, s, (size_t)(end - s));
	return !t.cut;
}

static bool
line_fits(const char *line, const void *none, void *arg)
{
	const struct pattern *p = arg;
	unsigned long start;
	const char *s = line_perms(line, &start);

	(void)none;
	return s && !strncmp(s, p->text, strlen(p->text));
}

/* Whether a file of mappings has a line that is wanted.  -1: empty, or not to
 * be read. */
static int
maps_find(int dir, const char *file,
    bool (*wanted)(const char *line, const void *at, void *arg),
    const void *at, void *arg)
{
	char buf[16384], *line, *end;
	bool within = false; /* a longer line: its beginning has been seen */
	size_t have = 0;
	int found = -1;
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	ssize_t k;

	if (fd < 0)
		return -1;
	while (found != 1 && (k = IO_RETRY(read(fd, buf + have,
	    sizeof(buf) - 1 - have))) > 0) {
		have += (size_t)k;
		found = 0;
		for (line = buf; found != 1 && (end = memchr(line, '\n',
		    have - (size_t)(line - buf))); line = end + 1) {
			*end = '\0';
			found = !within && wanted(line, at, arg);
			within = false;
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
		if (found == 1 || have < sizeof(buf) - 1)
			continue;
		/* Of a path: anybody may choose how long it is, and what it
		 * says.  What we look for stands before it. */
		buf[have] = '\0';
		found = !within && wanted(buf, at, arg);
		within = true;
		have = 0;
	}
	io_close(&fd);
	return found;
}

static int
pattern_make(struct pattern *p, int fd)
{
	void *at = mmap(NULL, 1, PROT_NONE, MAP_SHARED, fd, 0);
	int found;

	if (at == MAP_FAILED)
		return -1;
	found = maps_find(AT_FDCWD, "/proc/self/maps", line_own, at, p);
	munmap(at, 1);
	if (found == 1)
		return 0;
	errno = ENODATA;
	return -1;
}

static int
maps_hold(int dir, const char *file, struct pattern *p)
{
	return maps_find(dir, file, line_fits, NULL, p);
}

/* A process whose first thread has ended shows its maps with the others. */
static int
threads_hold(int proc, const char *pid, struct pattern *p)
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
		io_close(&fd);
		return -1;
	}
	while (held != 1 && (e = readdir(d))) {
		if (*e->d_name == '.' || strlen(e->d_name) > 20)
			continue;
		text_init(&t, name, sizeof(name));
		text_add(&t, e->d_name);
		text_add(&t, "/maps");
		held = maps_hold(fd, name, p);
	}
	closedir(d);
	return held;
}

/* As maps_hold. */
static int
process_holds(int proc, const char *pid, struct pattern *p)
{
	char name[64];
	struct text t;
	int held;

	text_init(&t, name, sizeof(name));
	text_add(&t, pid);
	text_add(&t, "/maps");
	held = maps_hold(proc, name, p);
	return held < 0 ? threads_hold(proc, pid, p) : held;
}

static int
pid_holds(int fd, pid_t pid)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct pattern p;
	char digits[16];
	struct text t;
	int held = -1;

	text_init(&t, digits, sizeof(digits));
	text_num(&t, pid);
	if (proc >= 0 && proc_ours() && pattern_make(&p, fd) == 0)
		held = process_holds(proc, digits, &p);
	io_close(&proc);
	return held;
}

bool
image_mapped(int fd, pid_t pid)
{
	return pid_holds(fd, pid) == 1;
}

bool
image_left(int fd, pid_t pid)
{
	return pid_holds(fd, pid) == 0;
}

int
image_scan(int fd, pid_t *pids, size_t cap)
{
	struct pattern p;
	struct procs all;
	const char *digits;
	size_t n = 0;
	pid_t pid;

	if (!proc_ours() || pattern_make(&p, fd) < 0 ||
	    procs_begin(&all) < 0)
		return -1;
	while (n < cap && (digits = procs_next(&all, &pid))) {
		if (process_holds(dirfd(all.dir), digits, &p) == 1)
			pids[n++] = pid;
	}
	procs_end(&all);
	return (int)n;
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
	/* Where no lock tells, somebody may map it whom nobody else sees. */
	while (image_test(fd) == IMAGE_UNKNOWN && image_scan(fd, &one, 1) > 0)
		clock_sleep(LOOK_US);
	return 0;
}
