/*
 * root.c: the state root.
 *
 * What was found may be another's by the time at which it is opened: where a
 * default root lies others make and remove names as they like.  So what is
 * opened is vetted again, by its descriptor, and if it is not ours we look for
 * another.  Once it is there and ours it stays: the bases are sticky.
 */
#include <sys/stat.h>
#include <sys/vfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/compat.h"
#include "cli/early/gate.h"
#include "cli/ids.h"
#include "cli/io.h"
#include "cli/points.h"
#include "cli/slot/base.h"
#include "cli/slot/mount.h"
#include "cli/slot/root.h"
#include "cli/slot/vet.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { TRIES = 100 };

static int
given_find(struct root *r, const char *dir, struct fault *f)
{
	struct statfs fs;
	struct statx st;
	struct doubt d;
	struct text t;

	r->given = true;
	if (*dir != '/')
		return fault_set(f, EXIT_STATE, ENV_DIR "=", dir,
		    " is not an absolute path", NULL);
	text_init(&t, r->path, sizeof(r->path));
	text_add(&t, dir);
	/* With a slash at its end a symbolic link would be followed. */
	while (t.len > 1 && t.at[t.len - 1] == '/')
		t.at[--t.len] = '\0';
	if (t.cut)
		return fault_errno(f, EXIT_STATE, ENAMETOOLONG, ENV_DIR, NULL);
	switch (vet_name(AT_FDCWD, r->path, NULL, &st, &d)) {
	case VET_OURS:
		break;
	case VET_NONE:
		return 0;
	default:
		return vet_refuse(r, &d, f);
	}
	if (statfs(r->path, &fs) == 0 && vet_system(&st, &fs, &d) != VET_OURS)
		return vet_refuse(r, &d, f);
	r->exists = true;
	return 0;
}

/* dir: a given root, or (NULL) the default. */
static int
any_find(struct root *r, const char *dir, struct fault *f)
{
	r->fd = -1;
	r->given = r->exists = r->lasting = false;
	r->base = NULL;
	/* Everything else asks whether it is ours. */
	if (ids_nobody(geteuid()))
		return fault_set(f, EXIT_STATE, "this user is not mapped in its"
		    " user namespace, and cannot be told from others; map it"
		    " (unshare --map-current-user), or run as one that is"
		    " mapped", NULL);
	return dir ? given_find(r, dir, f) : base_find(r, f);
}

/* NULL: none. */
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

/* Open path, and look at what that is. */
static enum vetted
root_enter(struct root *r, struct doubt *d)
{
	enum vetted v = VET_BAD;
	struct statfs fs;
	struct statx st;

	vet_doubt(d, v, NULL, NULL);
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

/* 1: made by us; 0: somebody was faster, perhaps we, perhaps a stranger. */
static int
root_make(const struct root *r, struct fault *f)
{
	mode_t mask = umask(077); /* the program's may forbid us ours */
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
	struct doubt d;
	int made;

	io_close(&r->fd);
	for (int tries = 0; tries < TRIES; tries++) {
		point("root-open");
		switch (root_enter(r, &d)) {
		case VET_OURS:
			return 0;
		case VET_NONE:
			point("root-make");
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

	early_gate();
	fd = openat(r->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d)
		io_close(&fd);
	return d;
}

int
root_folder(const struct root *r, const char *slot, char *out)
{
	struct text t;

	text_init(&t, out, PATH_MAX);
	text_add(&t, r->path);
	text_add(&t, "/");
	text_add(&t, slot);
	if (!t.cut)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}
