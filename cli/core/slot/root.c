/*
 * root.c: the state root.
 *
 * Other users can create and remove names beside a default root at any time,
 * and fill its file system.  So root_open vets what it opened once more, by its
 * descriptor, and looks for another root if this one is not ours, or cannot be
 * made.  An existing root of ours stays: the bases are sticky.  Nothing that
 * another user does there may make us refuse: on a refusal, rules start the
 * program, and there would be two.
 */
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/compat.h"
#include "cli/base/ids.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/ours.h"
#include "cli/base/text.h"
#include "cli/core/slot/mount.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/slot.h"
#include "preload/contract.h"

/*
 * Whether a folder may be the state root.
 *
 * It must be a real directory, owned by the effective user, not writable by
 * group or others, on a file system that reports owners truthfully.  A default
 * root on which something is mounted is foreign.
 *
 * Anything but a folder is foreign there too, even if the user owns it: all who
 * may write to the folder where his file or link lies can move it to the name
 * of his root.  A folder can be moved so only by those who may write to it: one
 * that is the user's and that others may write to (a project's, of mode 2775)
 * is foreign, and any other has been put there by no other user.
 *
 * But users have opened their roots themselves (chmod), and what lives there must
 * still be met: a folder with a slot that is closed to all others is the root, and
 * gets its mode back.  Nobody else can have made that slot.
 */

enum vetted {
	VET_OURS,
	VET_NONE,
	VET_OPEN,    /* ours, but others may write to it */
	VET_FOREIGN, /* of a default root: passed by */
	VET_BAD      /* given, and not to be used; or not known */
};

#define VET_YOURS "set ONLYONE_DIR to a folder of your own"

#define ON_FUSE " lies on a FUSE file system"

/* Set *why, the problem (NULL: see errno), and return v. */
static enum vetted
vet_because(const char **why, enum vetted v, const char *reason)
{
	*why = reason;
	return v;
}

/* Set the fault for the problem. Returns -1. */
static int
vet_refuse(const struct root *r, const char *why, struct fault *f)
{
	if (!why)
		return fault_errno(f, EXIT_STATE, errno, "state folder ",
		    r->path, NULL);
	/* ONLYONE_DIR may name anything by mistake, /tmp or a system file:
	 * never advise changing that. */
	return fault_set(f, EXIT_STATE, "state folder ", r->path, why, "; "
	    VET_YOURS, NULL);
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
	return io_statx(AT_FDCWD, parent, AT_STATX_DONT_SYNC, &in) < 0 ||
	    mount_device(&in) != mount_device(st);
}

/* Vet what st was taken of, for a default root in base, or (NULL) a given one.
 * Sets why if it is not ours. */
static enum vetted
vet_stat(const struct root_base *base, const struct statx *st,
    const char **why)
{
	enum vetted not = base ? VET_FOREIGN : VET_BAD;

	if (base && is_mount(st, base->dir))
		return vet_because(why, not, " has something mounted on it");
	if (st->stx_uid != ids_own())
		return vet_because(why, not, " belongs to another user");
	if (!S_ISDIR(st->stx_mode))
		return vet_because(why, not, S_ISLNK(st->stx_mode) ?
		    " is a symbolic link" : " is not a directory");
	if (st->stx_mode & 022)
		return vet_because(why, VET_OPEN, " is writable by others");
	return VET_OURS;
}

/* Whether this is there, of this type, and closed to all others. */
static bool
is_closed(int dir, const char *path, mode_t type)
{
	struct statx st;

	return mount_look(dir, path, 0, &st) == 0 && (st.stx_mode & S_IFMT) ==
	    type && st.stx_uid == ids_own() && !(st.stx_mode & 077);
}

static bool
slots_has(DIR *d)
{
	char info[SLOT_NAME_MAX + sizeof("/" FILE_INFO)];
	struct dirent *e;
	struct slot s;

	while ((e = io_entry(d))) {
		if (!slot_from_name(&s, e->d_name))
			continue;
		text_join(info, sizeof(info), s.name, "/" FILE_INFO, NULL);
		if (is_closed(dirfd(d), s.name, S_IFDIR) &&
		    is_closed(dirfd(d), info, S_IFREG))
			return true;
	}
	return false;
}

/* A folder is open to others: close it if it has a slot of ours.  Whether it is
 * closed now.  (A given one that is like /tmp is no folder for slots alone.) */
static bool
open_close(int dir, const char *name, const struct root_base *base)
{
	int fd = openat(dir, name,
	    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), in = -1;
	bool closed = false;
	const char *why;
	struct statx st;
	DIR *d;

	/* By now the name may be that of a mount, which may not answer. */
	if (fd >= 0 && mount_look(fd, "", AT_EMPTY_PATH, &st) == 0 &&
	    vet_stat(base, &st, &why) == VET_OPEN &&
	    (base || !(st.stx_mode & S_ISVTX)))
		in = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	io_close(&fd);
	d = in < 0 ? NULL : fdopendir(in);
	if (d) {
		closed = slots_has(d) && fchmod(in, 0700) == 0;
		closedir(d);
	} else {
		io_close(&in);
	}
	return closed;
}

/* The same for a name in dir. */
static enum vetted
vet_name(int dir, const char *name, const struct root_base *base,
    struct statx *st, const char **why)
{
	enum vetted v;

	if (mount_look(dir, name, 0, st) == 0) {
		v = vet_stat(base, st, why);
		return v != VET_OPEN ? v : open_close(dir, name, base) ?
		    VET_OURS : base ? VET_FOREIGN : VET_BAD;
	}
	if (errno == ENOENT)
		return VET_NONE;
	/* The look may fail because of a mount. */
	return vet_because(why, base && errno != ENOMEM ? VET_FOREIGN :
	    VET_BAD, NULL);
}

/* The same for a given root, ours by st, on file system fs. */
static enum vetted
vet_system(const struct statx *st, const struct statfs *fs, const char **why)
{
	return mount_lies(mount_device(st), fs) ?
	    vet_because(why, VET_BAD, ON_FUSE) : VET_OURS;
}

/*
 * Where a default root is.
 *
 * A default root is in a folder (its base) where other users may create names
 * too, so the name proves nothing.  The owner of UID, its type and any mount on
 * it decide whether we take it or the next name.  When others have the first
 * sixteen, ours gets an unguessable number, and is found again by listing the
 * base.
 *
 * Each base may have a root of ours.  One with slots wins over an empty one, so
 * that instances stay reachable when /run/onlyone appears later.  (A folder
 * without sub-folders has two links.  Where the file system does not count them
 * the root counts as one with slots.)  A base where a launch could create
 * nothing, since it is full or read-only, is skipped: then our slots are spread
 * over several roots, and a claim looks into all of them (folder.c).
 *
 * While another user creates and removes names, two launches of ours may make
 * one root each.  So a launch that has made or found a new root looks for
 * others of ours before it uses it.  A settled root wins, then the lowest; the
 * loser is removed, and its launch looks again.  At least the later of two
 * makers sees the other's root.  The loser may have been settled meanwhile:
 * that does no harm, since only an empty root can be removed.
 */

/* Mode of a new root; base_settle makes it 0700. */
#define BASE_NEW 0500

enum { FEW = 16 }; /* spares (UID.N) to try by name before listing */

static const struct root_base bases[ROOTS] = {
	{ "/run/onlyone", "/run/onlyone/" },
	{ "/tmp", "/tmp/onlyone-" },
};

const char *
base_common(void)
{
	return bases[0].dir;
}

static unsigned int
base_bit(const struct root_base *base)
{
	return 1U << (base - bases);
}

static void
path_make(struct root *r, long long n)
{
	struct text t = text_in(r->path, sizeof(r->path));

	text_all(&t, r->base->prefix, TEXT_NUM(ids_own()), NULL);
	if (n)
		text_all(&t, ".", TEXT_NUM(n), NULL);
	r->spare = n;
}

/* Set r->path to UID (n is 0) or UID.n, and vet that. */
static enum vetted
spare_vet(struct root *r, long long n, struct statx *st)
{
	const char *why;

	path_make(r, n);
	return vet_name(AT_FDCWD, r->path, r->base, st, &why);
}

/* A number for UID.N that no user can have taken before: 19 digits. */
static long long
spare_random(void)
{
	unsigned long long n;

	/* If that is refused, others still cannot have all of these. */
	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != sizeof(n))
		n = ((unsigned long long)clock_now() << 40) ^
		    ((unsigned long long)getpid() << 20);
	return (long long)(n >> 3 | 1ULL << 61);
}

/* Whether this root of ours may have slots (see below). */
static bool
is_settled(const struct statx *st)
{
	return st->stx_mode & S_IWUSR;
}

/* The lowest of UID.1, UID.2 ... that is ours, except number besides, and settled
 * if one is; 0: none; -1: errno, not known.  Changes r->path.  Other users can
 * create any number of names: each costs us reading its entry, but only folders
 * cost a look.  *listed: whether the base can be listed. */
static long long
spare_list(struct root *r, long long besides, bool *listed)
{
	enum vetted v = VET_NONE;
	const char *stem, *why;
	struct dirent *e;
	struct statx st;
	long long n, best = 0;
	bool settled = false;
	size_t len;
	DIR *dir;

	path_make(r, 0);
	stem = strrchr(r->path, '/') + 1;
	len = strlen(stem);
	dir = opendir(r->base->dir);
	*listed = dir;
	if (!dir)
		return ours_unread(errno);
	while (v != VET_BAD && (e = io_entry(dir))) {
		if (strncmp(e->d_name, stem, len) || e->d_name[len] != '.' ||
		    number_parse(e->d_name + len + 1, &n) < 0 || n < 1 ||
		    n == besides || (settled && n >= best) ||
		    (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
			continue;
		v = vet_name(dirfd(dir), e->d_name, r->base, &st, &why);
		if (v != VET_OURS || is_settled(&st) < settled ||
		    (is_settled(&st) == settled && best && n >= best))
			continue;
		best = n;
		settled = is_settled(&st);
	}
	if (errno)
		best = ours_unread(errno) < 0 ? -1 : best;
	closedir(dir);
	return best;
}

/* Whether a root can be there.  -1: errno, not known. */
static int
base_exists(const struct root_base *base)
{
	struct stat st;

	return stat(base->dir, &st) < 0 ? ours_unread(errno) :
	    S_ISDIR(st.st_mode);
}

/* What a base has for us. */
enum based {
	BASED_ROOT,  /* a root of ours, r->path */
	BASED_FREE,  /* none; r->path is free */
	BASED_ABSENT, /* it is not there itself */
	BASED_NONE,  /* none, and a new one could not be found again */
	BASED_FAILED /* not known: errno; one of its folders may have our
	              * slots */
};

/* Look for our root in one base.  *slots: it has slots.  crowded: others take the
 * names before we can. */
static enum based
base_look(struct root *r, const struct root_base *base, bool *slots)
{
	enum vetted v;
	struct statx st;
	long long n;
	bool listed, first;

	r->base = base;
	r->exists = r->made = false;
	r->device = 0;
	*slots = false;
	path_make(r, 0);
	n = base_exists(base);
	if (n <= 0)
		return n < 0 ? BASED_FAILED : BASED_ABSENT;
	v = spare_vet(r, n = 0, &st);
	while (v == VET_FOREIGN && n < FEW)
		v = spare_vet(r, ++n, &st);
	if (v == VET_BAD)
		return BASED_FAILED;
	if (v != VET_OURS || !is_settled(&st)) {
		first = v == VET_OURS && n == 0;
		n = spare_list(r, 0, &listed);
		if (n < 0)
			return BASED_FAILED;
		v = n ? spare_vet(r, n, &st) : VET_NONE;
		if (first && (v != VET_OURS || !is_settled(&st)))
			v = spare_vet(r, 0, &st);
	}
	if (v == VET_OURS) {
		r->exists = true;
		r->device = mount_device(&st);
		*slots = st.stx_nlink != 2;
		return BASED_ROOT;
	}
	v = r->crowded ? VET_FOREIGN : spare_vet(r, n = 0, &st);
	while (v == VET_FOREIGN && n < FEW && !r->crowded)
		v = spare_vet(r, ++n, &st);
	if (v == VET_BAD)
		return BASED_FAILED;
	if (v == VET_OURS) { /* made since the first look */
		r->exists = true;
		return BASED_ROOT;
	}
	if (v == VET_FOREIGN && listed)
		path_make(r, spare_random());
	else if (v != VET_NONE)
		return BASED_NONE;
	return BASED_FREE;
}

/* Nothing can be created in the base of r, because of err. */
static void
base_pass(struct root *r, int err)
{
	r->full |= base_bit(r->base);
	r->full_errno = err;
}

/* No base is left.  -1 and the fault. */
static int
base_none(const struct root *r, struct fault *f)
{
	bool any = false;

	fault_set(f, EXIT_STATE, "cannot create or write a state folder", NULL);
	for (int i = 0; i < ROOTS; i++) {
		if (access(bases[i].dir, F_OK) < 0)
			continue;
		fault_more(f, any ? " or " : " in ", bases[i].dir, NULL);
		any = true;
	}
	return fault_more(f, ": ", fault_text(r->full_errno ? r->full_errno :
	    ENOENT), "; " VET_YOURS, NULL);
}

/* Find the default root: its path, and whether it exists.  0 or -1. */
static int
base_find(struct root *r, struct fault *f)
{
	struct root first = { .fd = -1 };
	bool slots;

	for (int i = 0; i < ROOTS; i++) {
		if (r->full & 1U << i)
			continue;
		switch (base_look(r, &bases[i], &slots)) {
		case BASED_FAILED:
			return vet_refuse(r, NULL, f);
		case BASED_ABSENT:
			continue;
		case BASED_NONE:
			base_pass(r, EACCES);
			continue;
		default:
			break;
		}
		if (r->exists && slots)
			return 0;
		if (!first.base)
			first = *r;
	}
	if (!first.base)
		return base_none(r, f);
	root_move(r, &first);
	return 0;
}

bool
root_passed(const struct root *r, const struct root *other)
{
	return other->base && r->full & base_bit(other->base);
}

bool
root_full(int err)
{
	return err == ENOSPC || err == EDQUOT || err == EMLINK;
}

void
root_move(struct root *r, const struct root *other)
{
	io_close(&r->fd);
	r->base = other->base;
	r->spare = other->spare;
	r->exists = other->exists;
	r->device = other->device;
	strcpy(r->path, other->path);
}

int
root_pass(struct root *r, int err)
{
	if (!r->base || !root_full(err))
		return -1;
	base_pass(r, err);
	return 0;
}

/* The lowest root of ours in its base but r, in other->path: 1.  0: there is
 * none; -1: errno, not known. */
static int
other_find(const struct root *r, struct root *other, struct statx *st)
{
	bool listed;
	long long n;

	other->base = r->base;
	if (r->spare && spare_vet(other, 0, st) == VET_OURS)
		return 1;
	n = spare_list(other, r->spare, &listed);
	return n < 0 ? -1 : n && spare_vet(other, n, st) == VET_OURS;
}

/* r is open and new: settle whether it is the root to use.  FOREIGN: look
 * again; BAD: errno. */
static enum vetted
base_settle(struct root *r)
{
	struct root other;
	struct statx st;
	int fd, found;

	while ((found = other_find(r, &other, &st)) > 0) {
		if (is_settled(&st) || other.spare < r->spare ||
		    (rmdir(other.path) < 0 && errno != ENOENT)) {
			if (rmdir(r->path) == 0 || errno == ENOENT)
				return VET_FOREIGN;
			break; /* r is not empty: an old root of ours */
		}
	}
	if (found < 0)
		return VET_BAD;
	/* By descriptor: the name may be another user's by now. */
	fd = openat(r->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return VET_BAD;
	found = fchmod(fd, 0700);
	if (found < 0)
		base_pass(r, errno);
	io_close(&fd);
	return found < 0 ? VET_FOREIGN : VET_OURS;
}

static int
given_find(struct root *r, const char *dir, struct fault *f)
{
	struct statx st = { 0 };
	struct statfs fs;
	const char *why = NULL;
	enum vetted v;
	struct text t;
	int err;

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
	v = vet_name(AT_FDCWD, r->path, NULL, &st, &why);
	if (v == VET_NONE)
		return 0;
	err = errno;
	/* What FUSE says of its root, whose it is too, is not believed. */
	if (mount_statfs(r->path, &fs) == 0 && vet_system(&st, &fs, &why) != VET_OURS)
		v = VET_BAD;
	errno = err;
	if (v != VET_OURS)
		return vet_refuse(r, why, f);
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

/* The default roots, but that in one base (NULL: all of them). */
static int
defaults_find(const struct root_base *but, struct root all[ROOTS],
    struct fault *f)
{
	bool slots;
	int n = 0;

	for (int i = 0; i < ROOTS; i++) {
		if (but == &bases[i])
			continue;
		all[n] = (struct root){ .fd = -1 };
		switch (base_look(&all[n], &bases[i], &slots)) {
		case BASED_FAILED:
			return vet_refuse(&all[n], NULL, f);
		case BASED_ROOT:
			n++;
			break;
		default:
			break;
		}
	}
	return n;
}

int
roots_find(struct root all[ROOTS], struct fault *f)
{
	if (root_given())
		return root_find(&all[0], f) < 0 ? -1 : all[0].exists;
	return defaults_find(NULL, all, f);
}

int
roots_beside(const struct root *r, struct root all[ROOTS], struct fault *f)
{
	return r->given ? 0 : defaults_find(r->base, all, f);
}

/* Open r->path, and vet what was opened. */
static enum vetted
root_enter(struct root *r, const char **why)
{
	enum vetted other = r->base ? VET_FOREIGN : VET_BAD, v = other;
	struct statfs fs;
	struct statx st;

	*why = NULL;
	r->fd = open(r->path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (r->fd < 0)
		return errno == ENOENT ? VET_NONE : errno == EMFILE ||
		    errno == ENFILE || errno == ENOMEM ? VET_BAD : other;
	if (mount_look(r->fd, "", AT_EMPTY_PATH, &st) == 0)
		v = vet_stat(r->base, &st, why);
	if (v == VET_OPEN)
		v = other;
	if (v == VET_OURS && mount_fstatfs(r->fd, &fs) < 0)
		v = VET_BAD;
	if (v == VET_OURS && !r->base)
		v = vet_system(&st, &fs, why);
	if (v == VET_OURS && r->base && !is_settled(&st))
		v = base_settle(r);
	if (v != VET_OURS) {
		io_close(&r->fd);
		return v;
	}
	r->exists = true;
	r->device = mount_device(&st);
	r->lasting = fs.f_type != FS_TMPFS;
	return v;
}

/* 1: made; 0: it exists: another launch of ours, or another user, made it; -1:
 * errno. */
static int
root_make(struct root *r)
{
	mode_t mask = umask(077); /* the program's umask may keep us out */
	int made = mkdir(r->path, r->base ? BASE_NEW : 0700);

	umask(mask);
	r->made = made == 0;
	return made == 0 ? 1 : errno == EEXIST ? 0 : -1;
}

/* If others take the names before us CROWD times, ours gets one that they
 * cannot know. */
enum { CROWD = 8, TRIES = 100 };

/* Open a default root, or another one if that fails. 0 or -1. */
static int
default_open(struct root *r, struct fault *f)
{
	const char *why;
	int made;

	if (r->full & base_bit(r->base) && base_find(r, f) < 0)
		return -1;
	for (int tries = 1;; tries++) {
		switch (root_enter(r, &why)) {
		case VET_OURS:
			return 0;
		case VET_NONE:
			made = root_make(r);
			if (made > 0)
				continue;
			if (made < 0 && errno == ENOMEM)
				return vet_refuse(r, NULL, f);
			if (made < 0)
				base_pass(r, errno);
			break;
		case VET_FOREIGN:
			break;
		default:
			return vet_refuse(r, why, f);
		}
		r->crowded = tries >= CROWD;
		if (tries % TRIES == 0)
			base_pass(r, EEXIST);
		if (base_find(r, f) < 0)
			return -1;
	}
}

int
root_open(struct root *r, struct fault *f)
{
	const char *why;

	io_close(&r->fd);
	r->made = false;
	if (r->base)
		return default_open(r, f);
	for (int tries = 0; tries < TRIES; tries++) {
		switch (root_enter(r, &why)) {
		case VET_OURS:
			return 0;
		case VET_NONE:
			if (root_make(r) < 0)
				return fault_errno(f, EXIT_STATE, errno,
				    "cannot make state folder ", r->path, NULL);
			break;
		default:
			return vet_refuse(r, why, f);
		}
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
