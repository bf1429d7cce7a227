/*
 * root.c: the state root, and what a folder lies on.
 *
 * Other users can make and remove names in the folder of a default root, at any
 * time.  So root_open vets again what it opened, by its descriptor, and looks
 * for another root if that is not ours.  A root that exists and is ours stays:
 * the bases are sticky.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/compat.h"
#include "cli/base/ids.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/ours.h"
#include "cli/base/points.h"
#include "cli/base/text.h"
#include "cli/core/slot/root.h"
#include "preload/contract.h"

/*
 * What a folder lies on, without asking the process that serves it.
 *
 * Only root mounts, and the kernel's own file systems tell owners truly.  FUSE
 * is the exception: fusermount3 is set-user-ID, so any user can mount a FUSE
 * file system on a folder of his, and a program of his makes up st_uid and all
 * files.  It may also give no answer, and a process that asks it waits without
 * end and cannot be killed.  So nothing that is mounted on a default root is
 * asked, or believed; nor is FUSE elsewhere, unless the system itself lies on
 * it, as in some containers.
 */

int
mount_look(int dir, const char *path, int flags, struct statx *st)
{
	int r = statx(dir, path, flags | AT_SYMLINK_NOFOLLOW |
	    AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
	    STATX_BASIC_STATS, st);

	if (r == 0 && point_old("mount_root"))
		st->stx_attributes_mask = 0;
	return r;
}

dev_t
mount_device(const struct statx *st)
{
	return makedev(st->stx_dev_major, st->stx_dev_minor);
}

static bool
system_lies_on(dev_t device)
{
	struct statx top;

	return mount_look(AT_FDCWD, "/", 0, &top) == 0 &&
	    mount_device(&top) == device;
}

/* Whether something is mounted where st was taken, in folder parent.  Where the
 * kernel does not tell (before 5.8), another device than parent's counts as
 * that. */
static bool
is_mount(const struct statx *st, const char *parent)
{
	struct statx in;

	if (st->stx_attributes_mask & STATX_ATTR_MOUNT_ROOT)
		return st->stx_attributes & STATX_ATTR_MOUNT_ROOT;
	return statx(AT_FDCWD, parent, AT_STATX_DONT_SYNC, STATX_BASIC_STATS,
	    &in) < 0 || mount_device(&in) != mount_device(st);
}

bool
mount_lies(dev_t device, const struct statfs *fs)
{
	return fs->f_type == FS_FUSE && !system_lies_on(device);
}

/*
 * Whether a folder may be the state root.
 *
 * It must be a real directory, the effective user's, without group or other
 * write, on a file system that tells owners truly.  A mount at a default root
 * is foreign.
 *
 * Anything but a folder is foreign there too, even if the user owns it: all who
 * may write to the folder where his file or link lies can move it to the name
 * of his root.  A folder can be moved so only by those who may write to it: if
 * it is the user's and not writable by others, no other user has put it there.
 */

enum vetted {
	VET_OURS,
	VET_NONE,
	VET_FOREIGN,
	VET_BAD /* ours, but not to be used; or not known */
};

/* What is wrong, to follow "state folder PATH". */
struct vet_reason {
	const char *why; /* NULL: errno tells */
	const char *way; /* remedy, for a default root */
};

#define VET_YOURS "set ONLYONE_DIR to a folder of your own"

#define ON_FUSE " lies on a FUSE file system"

/* Set d and return v. */
static enum vetted
vet_because(struct vet_reason *d, enum vetted v, const char *why,
    const char *way)
{
	d->why = why;
	d->way = way;
	return v;
}

/* Set the fault for d.  Returns -1. */
static int
vet_refuse(const struct root *r, const struct vet_reason *d, struct fault *f)
{
	if (!d->why)
		return fault_errno(f, EXIT_STATE, errno, "state folder ",
		    r->path, NULL);
	/* ONLYONE_DIR may name anything by mistake, /tmp or a file of the
	 * system: never say what to do to that. */
	return fault_set(f, EXIT_STATE, "state folder ", r->path, d->why, "; ",
	    r->given ? VET_YOURS : d->way, NULL);
}

/* Vet what st was taken of, for a default root in base, or (NULL) a given one.
 * Sets d if it is not ours. */
static enum vetted
vet_stat(const struct root_base *base, const struct statx *st,
    struct vet_reason *d)
{
	if (base && is_mount(st, base->dir))
		return vet_because(d, VET_FOREIGN,
		    " has something mounted on it", VET_YOURS);
	if (st->stx_uid != ids_own())
		return vet_because(d, VET_FOREIGN, " belongs to another user",
		    VET_YOURS);
	if (!S_ISDIR(st->stx_mode))
		return vet_because(d, base ? VET_FOREIGN : VET_BAD,
		    S_ISLNK(st->stx_mode) ? " is a symbolic link" :
		    " is not a directory", VET_YOURS);
	if (st->stx_mode & 022)
		return vet_because(d, VET_BAD, " is writable by others",
		    "chmod go-w it, or move it away if it is none of onlyone's"
		    " (another user may have put it there), or set " ENV_DIR);
	return VET_OURS;
}

/* The same for a name in dir. */
static enum vetted
vet_name(int dir, const char *name, const struct root_base *base,
    struct statx *st, struct vet_reason *d)
{
	int err;

	if (mount_look(dir, name, 0, st) == 0)
		return vet_stat(base, st, d);
	if (errno == ENOENT)
		return VET_NONE;
	/* The look may fail because of a mount, or of the base itself. */
	err = errno;
	if (base && err != ENOMEM &&
	    faccessat(AT_FDCWD, base->dir, X_OK, AT_EACCESS) == 0)
		return vet_because(d, VET_FOREIGN, " cannot be accessed",
		    VET_YOURS);
	errno = err;
	return vet_because(d, VET_BAD, NULL, NULL);
}

/* The same for a given root, ours by st, on file system fs. */
static enum vetted
vet_system(const struct statx *st, const struct statfs *fs,
    struct vet_reason *d)
{
	return mount_lies(mount_device(st), fs) ?
	    vet_because(d, VET_BAD, ON_FUSE, VET_YOURS) : VET_OURS;
}

/*
 * Where a default root lies.
 *
 * A default root lies in a folder (its base) where other users may make names
 * too, so the name proves nothing.  The owner of UID, its type and what is
 * mounted on it decide whether we take it or the next name.  A root with slots
 * wins over an empty one, so that instances stay reachable when /run/onlyone
 * appears later.  (A folder without sub-folders has two links.  Where the file
 * system does not count them the root counts as one with slots.)
 *
 * While another user makes and removes names, two launches of ours may make one
 * root each.  So a launch that has made or found a new root looks for others of
 * ours before it uses it.  A settled root wins, then the lowest; the loser is
 * removed, and its launch looks again.  Of two makers at least the later sees
 * the other's root.  The loser may have been settled meanwhile: that does no
 * harm, since only an empty root can be removed.
 */

/* Mode of a new root; base_settle makes it 0700. */
#define BASE_NEW 0500

enum {
	FEW = 16,        /* spares (UID.N) to try by name before listing */
	SPARES = 1000000 /* highest number of a spare */
};

static const struct root_base bases[] = {
	{ "/run/onlyone", "/run/onlyone/" },
	{ "/tmp", "/tmp/onlyone-" },
};
enum { BASES = sizeof(bases) / sizeof(*bases) };

const char *
base_common(void)
{
	return bases[0].dir;
}

static void
path_make(struct root *r, long n)
{
	struct text t = text_in(r->path, sizeof(r->path));

	text_all(&t, r->base->prefix, TEXT_NUM(ids_own()), NULL);
	if (n)
		text_all(&t, ".", TEXT_NUM(n), NULL);
	r->spare = n;
}

/* Set r->path to UID (n is 0) or UID.n, and vet that. */
static enum vetted
spare_vet(struct root *r, long n, struct statx *st, struct vet_reason *d)
{
	path_make(r, n);
	return vet_name(AT_FDCWD, r->path, r->base, st, d);
}

/* The lowest of UID.1, UID.2 ... that is ours, except number besides; 0: none; -1:
 * errno, not known.  Changes r->path.  Other users can make any number of names: each
 * costs us one look. */
static long
spare_list(struct root *r, long besides)
{
	const char *stem;
	struct dirent *e;
	struct vet_reason d;
	struct statx st;
	long best = 0;
	long long n;
	size_t len;
	DIR *dir;

	path_make(r, 0);
	stem = strrchr(r->path, '/') + 1;
	len = strlen(stem);
	dir = opendir(r->base->dir);
	if (!dir)
		return ours_unread(errno);
	while ((e = io_entry(dir))) {
		if (strncmp(e->d_name, stem, len) || e->d_name[len] != '.' ||
		    number_parse(e->d_name + len + 1, &n) < 0 || n < 1 ||
		    n > SPARES || n == besides || (best && n >= best) ||
		    (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
			continue;
		if (vet_name(dirfd(dir), e->d_name, r->base, &st, &d) ==
		    VET_OURS)
			best = (long)n;
	}
	if (errno)
		best = ours_unread(errno) < 0 ? -1 : best;
	closedir(dir);
	return best;
}

/* Set r->path to the lowest spare that is ours: 1.  0: there is none; -1: errno, not
 * known.  probe: try the first FEW by name before listing all. */
static int
spare_find(struct root *r, bool probe, struct statx *st)
{
	struct vet_reason d;
	long n;

	for (n = 1; probe && n <= FEW; n++) {
		if (spare_vet(r, n, st, &d) == VET_OURS)
			return 1;
	}
	n = spare_list(r, 0);
	return n < 0 ? -1 : n && spare_vet(r, n, st, &d) == VET_OURS;
}

/*
 * Look for our root in one base: r->path is the root to use, or the one to make
 * (r->exists is false).
 */
static int
in_find(struct root *r, const struct root_base *base, bool *slots,
    struct fault *f)
{
	struct statx st;
	struct vet_reason d;
	enum vetted v;
	int found;

	r->base = base;
	r->exists = false;
	*slots = false;
	v = spare_vet(r, 0, &st, &d);
	if (v == VET_BAD)
		return vet_refuse(r, &d, f);
	found = v == VET_OURS ? 1 : spare_find(r, v == VET_FOREIGN, &st);
	if (found < 0) { /* one of them may have our slots */
		vet_because(&d, VET_BAD, NULL, NULL);
		return vet_refuse(r, &d, f);
	}
	if (found) {
		r->exists = true;
		r->device = mount_device(&st);
		*slots = st.stx_nlink != 2;
		return 0;
	}
	path_make(r, 0);
	for (long n = 1; v == VET_FOREIGN && n <= SPARES; n++)
		v = spare_vet(r, n, &st, &d);
	r->exists = v == VET_OURS; /* made since the first look */
	return v == VET_NONE || r->exists ? 0 : vet_refuse(r, &d, f);
}

/* Find the default root: its path, and whether it exists.  0 or -1. */
static int
base_find(struct root *r, struct fault *f)
{
	const struct root_base *first = NULL;
	struct stat st;
	bool slots;

	for (int i = 0; i < BASES; i++) {
		if (i + 1 < BASES && (stat(bases[i].dir, &st) < 0 ||
		    !S_ISDIR(st.st_mode)))
			continue;
		if (in_find(r, &bases[i], &slots, f) < 0)
			return -1;
		if (r->exists && slots)
			return 0;
		if (!first)
			first = &bases[i];
	}
	return first == r->base ? 0 : in_find(r, first, &slots, f);
}

/* The lowest root of ours but r, in other->path: 1.  0: there is none; -1: errno, not
 * known. */
static int
other_find(const struct root *r, struct root *other, struct statx *st)
{
	struct vet_reason d;
	long n;

	other->base = r->base;
	if (r->spare && spare_vet(other, 0, st, &d) == VET_OURS)
		return 1;
	n = spare_list(other, r->spare);
	return n < 0 ? -1 : n && spare_vet(other, n, st, &d) == VET_OURS;
}

/* r is open and new: settle whether it is the root to use.  false: look
 * again. */
static bool
base_settle(const struct root *r)
{
	struct root other;
	struct statx st;
	bool mine;
	int fd, found;

	while ((found = other_find(r, &other, &st)) > 0) {
		if (st.stx_mode & S_IWUSR || other.spare < r->spare ||
		    (rmdir(other.path) < 0 && errno != ENOENT)) {
			if (rmdir(r->path) == 0 || errno == ENOENT)
				return false;
			break; /* r is not empty: an old root of ours */
		}
	}
	if (found < 0)
		return false;
	/* By descriptor: the name may be another user's by now. */
	fd = openat(r->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mine = fd >= 0 && fchmod(fd, 0700) == 0;
	io_close(&fd);
	return mine;
}

enum { TRIES = 100 };

static int
given_find(struct root *r, const char *dir, struct fault *f)
{
	struct statx st = { 0 };
	struct statfs fs;
	struct vet_reason d;
	enum vetted v;
	struct text t;

	r->given = true;
	if (*dir != '/')
		return fault_set(f, EXIT_STATE, ENV_DIR "=", dir,
		    " is not an absolute path", NULL);
	t = text_in(r->path, sizeof(r->path));
	text_add(&t, dir);
	/* With a slash at its end a symbolic link would be followed. */
	while (t.len > 1 && t.at[t.len - 1] == '/')
		t.at[--t.len] = '\0';
	if (t.cut)
		return fault_errno(f, EXIT_STATE, ENAMETOOLONG, ENV_DIR, NULL);
	v = vet_name(AT_FDCWD, r->path, NULL, &st, &d);
	if (v == VET_NONE)
		return 0;
	/* What FUSE says of its root, whose it is too, is not believed. */
	if (statfs(r->path, &fs) == 0 && vet_system(&st, &fs, &d) != VET_OURS)
		v = VET_BAD;
	if (v != VET_OURS)
		return vet_refuse(r, &d, f);
	r->exists = true;
	r->device = mount_device(&st);
	return 0;
}

/* dir: the given root (ONLYONE_DIR); NULL: the default. */
static int
any_find(struct root *r, const char *dir, struct fault *f)
{
	r->fd = -1;
	r->given = r->exists = r->lasting = false;
	r->base = NULL;
	r->device = 0;
	/* Every later check compares an owner with our uid. */
	if (ids_nobody(ids_own()))
		return fault_set(f, EXIT_STATE, "this user is not mapped in its"
		    " user namespace, and cannot be told from others; map it"
		    " (unshare --map-current-user), or run as one that is"
		    " mapped", NULL);
	return dir ? given_find(r, dir, f) : base_find(r, f);
}

/* The given root; NULL: none. */
static const char *
root_given(void)
{
	const char *dir = getenv(ENV_DIR);

	return dir && *dir ? dir : NULL;
}

int
root_find(struct root *r, struct fault *f)
{
	return any_find(r, root_given(), f);
}

int
root_find_of(struct root *r, const char *slot, struct fault *f)
{
	const char *dir = root_given(), *end = strrchr(slot, '/');
	char named[PATH_MAX];

	if (!dir && end && end > slot && end - slot < PATH_MAX) {
		memcpy(named, slot, (size_t)(end - slot));
		named[end - slot] = '\0';
		dir = named;
	}
	return any_find(r, dir, f);
}

/* Open r->path, and vet what was opened. */
static enum vetted
root_enter(struct root *r, struct vet_reason *d)
{
	enum vetted v = VET_BAD;
	struct statfs fs;
	struct statx st;

	vet_because(d, v, NULL, NULL);
	r->fd = open(r->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (r->fd < 0)
		return errno == ENOENT ? VET_NONE : !r->base ||
		    errno == EMFILE || errno == ENFILE || errno == ENOMEM ?
		    VET_BAD : VET_FOREIGN;
	if (mount_look(r->fd, "", AT_EMPTY_PATH, &st) == 0)
		v = vet_stat(r->base, &st, d);
	else if (r->base)
		v = VET_FOREIGN;
	if (v == VET_OURS && fstatfs(r->fd, &fs) < 0)
		v = VET_BAD;
	if (v == VET_OURS && !r->base)
		v = vet_system(&st, &fs, d);
	if (v != VET_OURS) {
		io_close(&r->fd);
		return v;
	}
	if (r->base && !(st.stx_mode & S_IWUSR) && !base_settle(r)) {
		io_close(&r->fd);
		return VET_FOREIGN;
	}
	r->exists = true;
	r->device = mount_device(&st);
	r->lasting = fs.f_type != FS_TMPFS;
	return v;
}

/* 1: made; 0: it exists: another launch of ours, or another user, made it. */
static int
root_make(const struct root *r, struct fault *f)
{
	mode_t mask = umask(077); /* the program's umask may keep us out */
	int made = mkdir(r->path, r->base ? BASE_NEW : 0700);

	umask(mask);
	if (made == 0 || errno == EEXIST)
		return made == 0;
	return fault_errno(f, EXIT_STATE, errno, "cannot make state folder ",
	    r->path, NULL);
}

int
root_open(struct root *r, struct fault *f)
{
	struct vet_reason d;
	int made;

	io_close(&r->fd);
	for (int tries = 0; tries < TRIES; tries++) {
		switch (root_enter(r, &d)) {
		case VET_OURS:
			return 0;
		case VET_NONE:
			made = root_make(r, f);
			if (made < 0)
				return -1;
			if (!r->base || made)
				continue;
			break;
		case VET_FOREIGN:
			if (r->base)
				break;
			/* FALLTHROUGH */
		default:
			return vet_refuse(r, &d, f);
		}
		if (root_find(r, f) < 0)
			return -1;
	}
	return fault_set(f, EXIT_STATE, "state folder ", r->path,
	    ": others make and remove it again and again; " VET_YOURS, NULL);
}

void
root_close(struct root *r)
{
	io_close(&r->fd);
}

DIR *
root_list(const struct root *r)
{
	DIR *d;
	int fd;

	fd = openat(r->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		io_close(&fd);
	return d;
}

int
root_folder(const struct root *r, const char *slot, char *out)
{
	if (text_join(out, PATH_MAX, r->path, "/", slot, NULL))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}
