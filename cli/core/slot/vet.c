/*
 * vet.c: whether a folder may be the state root.
 *
 * It must be a real directory, the effective user's, without group or other
 * write, on a file system that tells owners truly (mount.c).  A mount at a
 * default root is foreign, unless only root can have made it.
 *
 * Anything but a folder is foreign there too, even if the user owns it: all who
 * may write to the folder where his file or link lies can move it to the name
 * of his root.  A folder can be moved so only by those who may write to it: if
 * it is the user's and not writable by others, no other user has put it there.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/core/slot/mount.h"
#include "cli/core/slot/vet.h"
#include "preload/contract.h"

#define ON_FUSE " lies on a FUSE file system"

enum vetted
vet_because(struct vet_reason *d, enum vetted v, const char *why, const char *way)
{
	d->why = why;
	d->way = way;
	return v;
}

int
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

enum vetted
vet_stat(const struct root_base *base, const struct statx *st, struct vet_reason *d)
{
	enum mount m = mount_kind(st, base ? base->dir : NULL);

	if (m == MOUNT_FUSE)
		return vet_because(d, VET_FOREIGN, ON_FUSE, VET_YOURS);
	if (m == MOUNT_UNKNOWN && base)
		return vet_because(d, VET_FOREIGN,
		    " has something mounted on it", VET_YOURS);
	if (st->stx_uid != geteuid())
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

/* Vet name in dir, for a default root in base, or (NULL) a given one. */
enum vetted
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

enum vetted
vet_system(const struct statx *st, const struct statfs *fs, struct vet_reason *d)
{
	return mount_lies(mount_device(st), fs) ?
	    vet_because(d, VET_BAD, ON_FUSE, VET_YOURS) : VET_OURS;
}
