/*
 * mapping.c: which processes map the slot's file, seen from outside.
 *
 * On overlayfs the lock is lost when the shim closes its descriptor, but
 * /proc/PID/maps still shows the mapping with the file's inode: only the scan
 * works there.
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

#include "cli/base/clock.h"
#include "cli/base/compat.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/base/text.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/slot/mount.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

enum { LOOK_US = 500000 };

int
mapping_write(int fd, uint64_t pidns)
{
	char digits[32];
	struct text t = text_in(digits, sizeof(digits));

	/* The shim knows its namespace only from /proc: without that, 0. */
	text_num(&t, owner_pidns_shown() ? (long long)pidns : 0);
	text_add(&t, "\n");
	return io_write(fd, t.at, t.len);
}

int
mapping_make(int folder, uint64_t pidns)
{
	int fd, err;

	while ((fd = openat(folder, FILE_MAPPING, O_RDWR | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600)) < 0 && errno == EEXIST &&
	    (unlinkat(folder, FILE_MAPPING, 0) == 0 || errno == ENOENT))
		;
	if (fd >= 0 && mapping_write(fd, pidns) < 0) {
		/* The disk is full: the next keeper would trust an empty
		 * file. */
		io_close(&fd);
		err = errno;
		unlinkat(folder, FILE_MAPPING, 0);
		errno = err;
	}
	return fd;
}

int
mapping_open(int folder)
{
	const int flags = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	struct stat st;
	int fd = openat(folder, FILE_MAPPING, O_RDWR | flags);

	/* In a sandbox the root may be read-only: reading is enough to test the
	 * lock. */
	if (fd < 0 && errno == EROFS)
		fd = openat(folder, FILE_MAPPING, O_RDONLY | flags);
	if (fd >= 0 && fstat(fd, &st) < 0) {
		io_close(&fd);
	} else if (fd >= 0 && (!S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid())) {
		errno = EPERM;
		io_close(&fd);
	}
	return fd;
}

enum mapping_state
mapping_test(int fd)
{
	struct flock fl = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0,
		.l_len = 1
	};
	struct statfs fs;

	if (fcntl(fd, F_OFD_GETLK, &fl) < 0)
		return MAPPING_UNKNOWN;
	if (fl.l_type != F_UNLCK)
		return MAPPING_LOCKED;
	return mount_fstatfs(fd, &fs) == 0 && fs.f_type != FS_OVERLAY ?
	    MAPPING_FREE : MAPPING_UNKNOWN;
}

/*
 * How to recognise a mapping of the file in /proc/PID/maps: by "DEV INODE", as
 * the kernel shows it for our own mapping. stat(2) gives another device on
 * btrfs and overlayfs; and the path proves nothing, since any process can
 * choose one.
 */
struct wanted {
	char id[1 + MAPPING_PAST][MAPPING_ID]; /* any of these; */
	int n;
	unsigned long at;  /* or the mapping at this address; */
	const char *name;  /* or, of an owner, this slot's file */
	char found[MAPPING_ID];
};

/* Whether a path, as maps shows it, is the mapped file of slot folder name. */
static bool
path_fits(const char *path, const char *name)
{
	static const char gone[] = " (deleted)", file[] = "/" FILE_MAPPING;
	size_t len = strlen(path), n = strlen(name);

	if (len >= sizeof(gone) && !strcmp(path + len - (sizeof(gone) - 1),
	    gone))
		len -= sizeof(gone) - 1;
	if (len < sizeof(file) + n || memcmp(path + len - (sizeof(file) - 1),
	    file, sizeof(file) - 1))
		return false;
	path += len - (sizeof(file) - 1) - n;
	return !memcmp(path, name, n);
}

/* Whether a line "START-END PERMS OFFSET DEV INODE  PATH" is wanted. */
static bool
line_fits(const char *line, struct wanted *w)
{
	static const char locked[] = " ---s 00000000 ";
	static const char asked[] = " r--s 00000000 ";
	unsigned long start = strtoul(line, NULL, 16);
	const char *id = strchr(line, ' '), *end;
	bool fits = false;
	struct text t;

	if (!id || strncmp(id, w->at ? asked : locked, sizeof(locked) - 1))
		return false;
	id += sizeof(locked) - 1;
	end = strchr(id, ' ');
	end = end ? strchr(end + 1, ' ') : NULL;
	if (!end)
		return false;
	t = text_in(w->found, sizeof(w->found));
	text_mem(&t, id, (size_t)(end - id));
	if (w->at)
		fits = start == w->at;
	else if (w->name)
		fits = path_fits(end, w->name);
	for (int i = 0; i < w->n && !fits; i++)
		fits = !strcmp(w->found, w->id[i]);
	return fits;
}

/* Why a look failed. -1: the process has exited, or is not ours to see; -2: the
 * system failed, or the process cannot be read. */
static int
mapping_unread(int err)
{
	return ours_unread(err) == 0 ? -1 : -2;
}

/* Whether a maps file shows a wanted mapping.  -1: empty, unreadable; -2: the
 * system, or the process (ETIMEDOUT), does not let us look, errno. */
static int
maps_name(pid_t pid, const char *file, struct wanted *w)
{
	char buf[16384], *line, *end;
	bool within = false; /* in a long line: its beginning was checked */
	size_t have = 0;
	int found = -1;
	ssize_t k;

	if (look_open(pid, file) < 0)
		return mapping_unread(errno);
	while (found != 1 && (k = look_read(buf + have,
	    sizeof(buf) - 1 - have)) > 0) {
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
		/* The line is longer than buf: a process can choose any path.
		 * DEV and INODE come before the path. */
		buf[have] = '\0';
		found = !within && line_fits(buf, w);
		within = true;
		have = 0;
	}
	if (found != 1 && k < 0)
		found = mapping_unread(errno);
	return found;
}

/* If its first thread has exited, a process shows its maps in the others. */
static int
threads_map(pid_t pid, struct wanted *w)
{
	char name[64];
	struct dirent *e;
	int maps = -1;
	DIR *d = opendir(proc_path(pid, "task", name, sizeof(name)));

	if (!d)
		return mapping_unread(errno);
	while (maps != 1 && maps != -2 && (e = io_entry(d))) {
		if (*e->d_name == '.')
			continue;
		text_join(name, sizeof(name), "task/", e->d_name, "/maps",
		    NULL);
		maps = maps_name(pid, name, w);
	}
	if (!e && errno)
		maps = mapping_unread(errno);
	closedir(d);
	return maps;
}

/* As maps_name. */
static int
process_maps(pid_t pid, struct wanted *w)
{
	int maps;

	look_begin();
	maps = maps_name(pid, "maps", w);
	if (maps == -1)
		maps = threads_map(pid, w);
	look_end();
	return maps;
}

int
mapping_id(int fd, char *id)
{
	/* The shim maps the file with PROT_NONE; we do not, or we would count
	 * as a process that maps it. */
	void *at = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
	struct wanted w = { .at = (unsigned long)at };
	int found;

	*id = '\0';
	if (at == MAP_FAILED)
		return -1;
	found = process_maps(getpid(), &w);
	munmap(at, 1);
	if (found != 1) {
		if (found != -2)
			errno = ENOENT;
		return -1;
	}
	strcpy(id, w.found);
	return 0;
}

/* Look for the file of fd (-1: none), and the earlier ones in the record (may
 * be NULL). */
static int
wanted_make(struct wanted *w, int fd, const struct fields *record)
{
	const char *past = NULL;
	struct text t;

	w->n = 0;
	w->at = 0;
	w->name = NULL;
	if (fd >= 0 && mapping_id(fd, w->id[w->n++]) < 0)
		return -1;
	while (record && w->n <= MAPPING_PAST &&
	    (past = fields_next(record, INFO_MAPPING, past))) {
		t = text_in(w->id[w->n++], MAPPING_ID);
		text_add(&t, past);
	}
	return 0;
}

static int
pid_holds(int fd, const struct fields *record, pid_t pid)
{
	struct wanted w;

	return wanted_make(&w, fd, record) < 0 || !proc_ours() ? -1 :
	    process_maps(pid, &w);
}

bool
mapping_of(pid_t pid, const char *name, char *id)
{
	struct wanted w = { .name = name };

	if (!proc_ours() || process_maps(pid, &w) != 1)
		return false;
	strcpy(id, w.found);
	return true;
}

bool
mapping_mapped(int fd, const struct fields *record, pid_t pid)
{
	return pid_holds(fd, record, pid) == 1;
}

bool
mapping_left(int fd, const struct fields *record, pid_t pid)
{
	return pid_holds(fd, record, pid) == 0;
}

/* We could not read pid: judge by its parent in the same session.  As
 * maps_name; -2: that does not help either. */
static int
parent_maps(pid_t pid, struct wanted *w)
{
	int maps = -2;

	while (maps == -2 && errno == ETIMEDOUT &&
	    (pid = proc_session_parent(pid)))
		maps = process_maps(pid, w);
	return pid ? maps : -2;
}

int
mapping_scan(int fd, const struct fields *record, pid_t *pids, size_t cap,
    pid_t *lack)
{
	struct wanted w;
	struct procs all;
	size_t n = 0;
	int maps, err = 0;
	pid_t pid;

	if (lack)
		*lack = 0;
	if (wanted_make(&w, fd, record) < 0 || !proc_ours() ||
	    procs_begin(&all) < 0)
		return -1;
	while (n < cap && procs_next(&all, &pid)) {
		maps = process_maps(pid, &w);
		if (maps == 1)
			pids[n++] = pid;
		else if (maps == -2 && errno != ETIMEDOUT)
			err = errno;
		else if (maps == -2 && lack && parent_maps(pid, &w) != 0)
			*lack = pid;
	}
	if (all.error)
		err = all.error;
	procs_end(&all);
	errno = err;
	return err ? -1 : (int)n;
}

int
mapping_hold(int folder)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET,
		.l_len = 1 };
	int fd = mapping_open(folder);

	if (fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) < 0)
		io_close(&fd);
	return fd;
}

void
mapping_wait(int fd)
{
	struct flock fl = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0,
		.l_len = 1
	};
	pid_t one;

	if (IO_RETRY(fcntl(fd, F_OFD_SETLKW, &fl)) < 0)
		return;
	fl.l_type = F_UNLCK;
	fcntl(fd, F_OFD_SETLK, &fl);
	/* If the lock does not tell, look for processes that map fd's file. */
	while (mapping_test(fd) == MAPPING_UNKNOWN &&
	    mapping_scan(fd, NULL, &one, 1, NULL) > 0)
		clock_sleep(LOOK_US);
}
