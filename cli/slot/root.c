/*
 * root.c: the state root.
 *
 * A default root lies in a folder where others may make names too, so the
 * name alone proves nothing: whoever owns UID decides whether we take it or
 * the next.  An empty root is not preferred to one with slots in it, so that
 * instances stay reachable when /run/onlyone appears later.  (A folder
 * without sub-folders has two links, but for file systems that do not count
 * them: there it is taken for one with slots.)
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
#include "cli/ids.h"
#include "cli/io.h"
#include "cli/number.h"
#include "cli/slot/root.h"
#include "cli/text.h"
#include "preload/contract.h"

const struct root_base root_bases[] = {
	{ "/run/onlyone", "/run/onlyone/" },
	{ "/tmp", "/tmp/onlyone-" },
};
const int root_nbases = sizeof(root_bases) / sizeof(root_bases[0]);

enum vetted {
	VET_OURS,
	VET_NONE,
	VET_FOREIGN,
	VET_BAD /* ours, but not to be used: fault is set */
};

static enum vetted
vet_stat(const char *path, const struct stat *st, struct fault *f)
{
	if (st->st_uid != geteuid()) {
		fault_set(f, EXIT_STATE, "state folder ", path,
		    " belongs to another user; set " ENV_DIR
		    " to a folder of yours", NULL);
		return VET_FOREIGN;
	}
	if (!S_ISDIR(st->st_mode)) {
		fault_set(f, EXIT_STATE, "state folder ", path,
		    S_ISLNK(st->st_mode) ? " is a symbolic link" :
		    " is not a directory",
		    "; remove it or set " ENV_DIR, NULL);
		return VET_BAD;
	}
	if (st->st_mode & 022) {
		fault_set(f, EXIT_STATE, "state folder ", path,
		    " is writable by others; chmod go-w it", NULL);
		return VET_BAD;
	}
	return VET_OURS;
}

static enum vetted
vet_path(const char *path, bool *slots, struct fault *f)
{
	struct stat st;

	if (lstat(path, &st) < 0) {
		if (errno == ENOENT)
			return VET_NONE;
		fault_errno(f, EXIT_STATE, errno, "state folder ", path, NULL);
		return VET_BAD;
	}
	*slots = st.st_nlink != 2;
	return vet_stat(path, &st, f);
}

static int
given_find(struct root *r, const char *dir, struct fault *f)
{
	struct text t;
	bool slots;

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
	switch (vet_path(r->path, &slots, f)) {
	case VET_OURS:
		r->exists = true;
		return 0;
	case VET_NONE:
		return 0;
	default:
		return -1;
	}
}

static void
path_make(char *path, const struct root_base *base, long n)
{
	struct text t;

	text_init(&t, path, PATH_MAX);
	text_add(&t, base->prefix);
	text_num(&t, geteuid());
	if (n) {
		text_add(&t, ".");
		text_num(&t, n);
	}
}

/* The lowest of UID.1, UID.2 ... in base that is ours, 0 if none is. */
static long
spare_find(const struct root_base *base, struct fault *f)
{
	char path[PATH_MAX];
	const char *stem;
	struct dirent *e;
	long best = 0;
	long long n;
	size_t len;
	bool slots;
	DIR *d;

	path_make(path, base, 0);
	stem = strrchr(path, '/') + 1;
	len = strlen(stem);
	d = opendir(base->dir);
	if (!d)
		return 0;
	while ((e = readdir(d))) {
		char name[PATH_MAX];

		if (strncmp(e->d_name, stem, len) || e->d_name[len] != '.' ||
		    e->d_name[len + 1] == '0' ||
		    number_parse(e->d_name + len + 1, &n) < 0 || n < 1 ||
		    n > 1000000 || (best && n >= best))
			continue;
		path_make(name, base, (long)n);
		if (vet_path(name, &slots, f) == VET_OURS)
			best = (long)n;
	}
	closedir(d);
	return best;
}

/*
 * Look for our root in one base: path of the one to use, or of the one to
 * make (exists false).
 */
static int
base_find(struct root *r, const struct root_base *base, bool *slots,
    struct fault *f)
{
	enum vetted v;
	long n;

	r->exists = false;
	*slots = false;
	path_make(r->path, base, 0);
	v = vet_path(r->path, slots, f);
	if (v == VET_OURS) {
		r->exists = true;
		return 0;
	}
	if (v == VET_BAD)
		return -1;
	n = spare_find(base, f);
	if (n) {
		path_make(r->path, base, n);
		r->exists = vet_path(r->path, slots, f) == VET_OURS;
		return 0;
	}
	for (n = 1; v == VET_FOREIGN; n++) {
		path_make(r->path, base, n);
		v = vet_path(r->path, slots, f);
	}
	return v == VET_BAD ? -1 : 0;
}

int
root_find(struct root *r, struct fault *f)
{
	const char *dir = getenv(ENV_DIR);
	const struct root_base *use = NULL;
	struct stat st;
	bool slots;

	r->fd = -1;
	r->given = r->exists = r->lasting = false;
	/* Everything else asks whether it is ours. */
	if (ids_nobody(geteuid()))
		return fault_set(f, EXIT_STATE, "this user is not mapped in its"
		    " user namespace, and cannot be told from others; map it"
		    " (unshare --map-current-user), or run as one that is"
		    " mapped", NULL);
	if (dir && *dir)
		return given_find(r, dir, f);
	for (int i = 0; i < root_nbases; i++) {
		if (i + 1 < root_nbases && (stat(root_bases[i].dir, &st) < 0 ||
		    !S_ISDIR(st.st_mode)))
			continue;
		if (base_find(r, &root_bases[i], &slots, f) < 0)
			return -1;
		if (r->exists && slots)
			return 0;
		if (!use)
			use = &root_bases[i];
	}
	return base_find(r, use, &slots, f);
}

int
root_open(struct root *r, struct fault *f)
{
	struct statfs fs;
	struct stat st;
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	mode_t mask;
	bool made;

	io_close(&r->fd);
	for (int tries = 0; tries < 100; tries++) {
		r->fd = open(r->path, flags);
		if (r->fd >= 0)
			break;
		if (errno != ENOENT)
			return fault_errno(f, EXIT_STATE, errno,
			    "cannot open state folder ", r->path, NULL);
		mask = umask(077); /* the program's may forbid us ours */
		made = mkdir(r->path, 0700) == 0;
		umask(mask);
		if (made)
			continue;
		/* Somebody was faster: perhaps we, perhaps a stranger. */
		if (errno != EEXIST)
			return fault_errno(f, EXIT_STATE, errno,
			    "cannot make state folder ", r->path, NULL);
		if (root_find(r, f) < 0)
			return -1;
	}
	if (r->fd < 0)
		return fault_set(f, EXIT_STATE, "state folder ", r->path,
		    " vanishes again and again", NULL);
	if (fstat(r->fd, &st) < 0 || fstatfs(r->fd, &fs) < 0) {
		fault_errno(f, EXIT_STATE, errno, "state folder ", r->path,
		    NULL);
		goto fail;
	}
	if (vet_stat(r->path, &st, f) != VET_OURS)
		goto fail;
	r->exists = true;
	r->lasting = fs.f_type != FS_TMPFS;
	return 0;
fail:
	io_close(&r->fd);
	return -1;
}

void
root_close(struct root *r)
{
	io_close(&r->fd);
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
