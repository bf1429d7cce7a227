/*
 * image.c: the image lock, seen from outside.
 *
 * On overlayfs the lock goes when the shim closes its descriptor, but the
 * mapping stays visible in /proc/PID/maps with the file's inode: there only
 * the scan tells.
 */
#include <sys/stat.h>
#include <sys/vfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/compat.h"
#include "cli/fault.h"
#include "cli/io.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/slot/image.h"
#include "cli/slot/info.h"
#include "cli/text.h"
#include "preload/contract.h"

int
image_make(int folder, uint64_t pidns)
{
	char digits[32];
	struct text t;
	int fd;

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
	struct stat st;
	int fd = openat(folder, FILE_IMAGE,
	    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

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

/* What tells a mapping of the image in maps.  Not the device: where a file
 * system has volumes (btrfs) stat(2) gives another one. */
struct pattern {
	char inode[32]; /* "INODE "; "": any */
	char path[128]; /* "/SLOT/image", of an earlier one "/image" */
};

/* Those of an owner: of the image there is, and of earlier ones. */
struct patterns {
	struct pattern at[1 + IMAGE_PAST];
	int n;
	char found[IMAGE_ID]; /* of the one that fitted */
};

int
image_id(int fd, char *id)
{
	struct stat st;
	struct text t;

	if (fstat(fd, &st) < 0)
		return -1;
	text_init(&t, id, IMAGE_ID);
	text_num(&t, (long long)st.st_ino);
	return 0;
}

static void
pattern_add(struct patterns *ps, const char *id, const char *slash,
    const char *name)
{
	struct pattern *p = &ps->at[ps->n++];
	struct text t;

	text_init(&t, p->inode, sizeof(p->inode));
	text_add(&t, id);
	text_add(&t, *id ? " " : "");
	text_init(&t, p->path, sizeof(p->path));
	text_add(&t, slash);
	text_add(&t, name);
	text_add(&t, "/" FILE_IMAGE);
}

static int
patterns_make(struct patterns *ps, int fd, const char *name,
    const struct fields *record)
{
	const char *past = NULL;
	char id[IMAGE_ID];

	ps->n = 0;
	if (fd >= 0) {
		if (image_id(fd, id) < 0)
			return -1;
		pattern_add(ps, id, "/", name);
	}
	/* Their folder may have had any name, and have been moved. */
	while (record && ps->n <= IMAGE_PAST &&
	    (past = fields_next(record, INFO_IMAGE, past)))
		pattern_add(ps, past, "", "");
	return 0;
}

/* "START-END PERMS OFFSET DEV INODE      PATH[ (deleted)]" */
static const char *
line_inode(const char *line)
{
	for (int field = 0; field < 4 && line; field++)
		line = (line = strchr(line, ' ')) ? line + 1 : NULL;
	return line;
}

static bool
line_fits(const char *line, const struct pattern *p)
{
	static const char gone[] = " (deleted)";
	size_t len, tail = strlen(p->path);

	line = line_inode(line);
	if (!line || strncmp(line, p->inode, strlen(p->inode)))
		return false;
	len = strlen(line);
	if (len >= sizeof(gone) &&
	    !strcmp(line + len - (sizeof(gone) - 1), gone))
		len -= sizeof(gone) - 1;
	return len >= tail && !strncmp(line + len - tail, p->path, tail);
}

static bool
line_fits_any(const char *line, struct patterns *ps)
{
	struct text t;

	for (int i = 0; i < ps->n; i++) {
		if (!line_fits(line, &ps->at[i]))
			continue;
		line = line_inode(line);
		text_init(&t, ps->found, sizeof(ps->found));
		text_mem(&t, line, strcspn(line, " "));
		return true;
	}
	return false;
}

/* What it means that a process cannot be looked at: it has ended, or is not
 * ours to see; or the system failed. */
static int
unread(int err)
{
	return err == ESRCH || fault_of_path(err) ? -1 : -2;
}

/* Whether a file of mappings has one of the image.  -1: empty, unreadable; -2:
 * the system does not let us look, errno. */
static int
maps_hold(int dir, const char *file, struct patterns *p)
{
	char buf[16384], *line, *end;
	size_t have = 0;
	int found = -1;
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	ssize_t k;

	if (fd < 0)
		return unread(errno);
	while (found != 1 && (k = IO_RETRY(read(fd, buf + have,
	    sizeof(buf) - have))) > 0) {
		have += (size_t)k;
		found = 0;
		for (line = buf; found != 1 && (end = memchr(line, '\n',
		    have - (size_t)(line - buf))); line = end + 1) {
			*end = '\0';
			found = line_fits_any(line, p);
		}
		have -= (size_t)(line - buf);
		memmove(buf, line, have);
		if (have == sizeof(buf))
			have = 0; /* no line of maps is that long */
	}
	if (found != 1 && k < 0)
		found = unread(errno);
	io_close(&fd);
	return found;
}

/* A process whose first thread has ended shows its maps with the others. */
static int
threads_hold(int proc, const char *pid, struct patterns *p)
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
		held = unread(errno);
		io_close(&fd);
		return held;
	}
	while (held != 1 && held != -2 && (e = io_entry(d))) {
		if (*e->d_name == '.' || strlen(e->d_name) > 20)
			continue;
		text_init(&t, name, sizeof(name));
		text_add(&t, e->d_name);
		text_add(&t, "/maps");
		held = maps_hold(fd, name, p);
	}
	if (!e && errno)
		held = unread(errno);
	closedir(d);
	return held;
}

/* As maps_hold. */
static int
process_holds(int proc, const char *pid, struct patterns *p)
{
	char name[64];
	struct text t;
	int held;

	text_init(&t, name, sizeof(name));
	text_add(&t, pid);
	text_add(&t, "/maps");
	held = maps_hold(proc, name, p);
	return held == -1 ? threads_hold(proc, pid, p) : held;
}

static int
pid_fits(pid_t pid, struct patterns *p)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char digits[16];
	struct text t;
	int held = -1;

	text_init(&t, digits, sizeof(digits));
	text_num(&t, pid);
	if (proc >= 0 && proc_ours())
		held = process_holds(proc, digits, p);
	io_close(&proc);
	return held;
}

static int
pid_holds(int fd, const char *name, const struct fields *record, pid_t pid)
{
	struct patterns p;

	return patterns_make(&p, fd, name, record) < 0 ? -1 :
	    pid_fits(pid, &p);
}

bool
image_of(pid_t pid, const char *name, char *id)
{
	struct patterns p = { .n = 0 };

	pattern_add(&p, "", "/", name);
	if (pid_fits(pid, &p) != 1)
		return false;
	strcpy(id, p.found);
	return true;
}

bool
image_mapped(int fd, const char *name, const struct fields *record, pid_t pid)
{
	return pid_holds(fd, name, record, pid) == 1;
}

bool
image_left(int fd, const char *name, const struct fields *record, pid_t pid)
{
	return pid_holds(fd, name, record, pid) == 0;
}

int
image_scan(int fd, const char *name, const struct fields *record, pid_t *pids,
    size_t cap)
{
	struct patterns p;
	struct procs all;
	const char *digits;
	size_t n = 0;
	int held, err = 0;
	pid_t pid;

	if (patterns_make(&p, fd, name, record) < 0 || !proc_ours() ||
	    procs_begin(&all) < 0)
		return -1;
	while (n < cap && (digits = procs_next(&all, &pid))) {
		held = process_holds(dirfd(all.dir), digits, &p);
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

	return (int)IO_RETRY(fcntl(fd, F_OFD_SETLKW, &fl));
}
