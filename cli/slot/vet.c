/*
 * vet.c: whether a folder may be the state root.
 *
 * A real directory, the effective user's, without group or other write, on a
 * file system that can be believed in that (mount.c).  At a default root what
 * is mounted there is somebody else's unless only root can have done it.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/slot/mount.h"
#include "cli/slot/vet.h"
#include "preload/contract.h"

#define ON_FUSE " lies on a FUSE file system"

enum vetted
vet_doubt(struct doubt *d, enum vetted v, const char *why, const char *way)
{
	d->why = why;
	d->way = way;
	return v;
}

int
vet_refuse(const struct root *r, const struct doubt *d, struct fault *f)
{
	if (!d->why)
		return fault_errno(f, EXIT_STATE, errno, "state folder ",
		    r->path, NULL);
	/* What ONLYONE_DIR names by mistake may be anything, /tmp or a file
	 * of the system: never say what to do to that. */
	return fault_set(f, EXIT_STATE, "state folder ", r->path, d->why, "; ",
	    r->given ? VET_YOURS : d->way, NULL);
}

enum vetted
vet_stat(const struct root_base *base, const struct statx *st, struct doubt *d)
{
	enum mount m = mount_kind(st, base ? base->dir : NULL);

	if (m == MOUNT_FUSE)
		return vet_doubt(d, VET_FOREIGN, ON_FUSE, VET_YOURS);
	if (m == MOUNT_UNKNOWN && base)
		return vet_doubt(d, VET_FOREIGN,
		    " has something mounted on it", VET_YOURS);
	if (st->stx_uid != geteuid())
		return vet_doubt(d, VET_FOREIGN, " belongs to another user",
		    VET_YOURS);
	if (!S_ISDIR(st->stx_mode))
		return vet_doubt(d, VET_BAD, S_ISLNK(st->stx_mode) ?
		    " is a symbolic link" : " is not a directory",
		    "remove it or set " ENV_DIR);
	if (st->stx_mode & 022)
		return vet_doubt(d, VET_BAD, " is writable by others",
		    "chmod go-w it or set " ENV_DIR);
	return VET_OURS;
}

/* name, in dir, of a default root in base or (NULL) a given one. */
enum vetted
vet_name(int dir, const char *name, const struct root_base *base,
    struct statx *st, struct doubt *d)
{
	int err;

	if (mount_look(dir, name, 0, st) == 0)
		return vet_stat(base, st, d);
	if (errno == ENOENT)
		return VET_NONE;
	/* A mount can refuse to be looked at; the base itself, too. */
	err = errno;
	if (base && err != ENOMEM &&
	    faccessat(AT_FDCWD, base->dir, X_OK, AT_EACCESS) == 0)
		return vet_doubt(d, VET_FOREIGN, " cannot be accessed",
		    VET_YOURS);
	errno = err;
	return vet_doubt(d, VET_BAD, NULL, NULL);
}

enum vetted
vet_system(const struct statx *st, const struct statfs *fs, struct doubt *d)
{
	return mount_lies(mount_device(st), fs) ?
	    vet_doubt(d, VET_BAD, ON_FUSE, VET_YOURS) : VET_OURS;
}
