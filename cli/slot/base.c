/*
 * base.c: where a default root lies.
 *
 * A default root lies in a folder where others may make names too, so the
 * name alone proves nothing: whoever owns UID, and whatever is mounted on it,
 * decides whether we take it or the next.  An empty root is not preferred to
 * one with slots in it, so that instances stay reachable when /run/onlyone
 * appears later.  (A folder without sub-folders has two links, but for file
 * systems that do not count them: there it is taken for one with slots.)
 *
 * While somebody else makes and removes names, two launches of ours may make
 * one each.  So a new one is not used at once: whoever has made or found it
 * looks for others of ours.  One that is settled wins, then the lower; the
 * loser is removed, and who had it looks again.  Of two makers at least the
 * later sees the other's; and that a new one was settled meanwhile does no
 * harm, for it is removed only while it is empty, which is only a sweep.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/number.h"
#include "cli/slot/base.h"
#include "cli/slot/vet.h"
#include "cli/text.h"

enum {
	FEW = 16,        /* spares looked for by name, before all are listed */
	SPARES = 1000000 /* the last */
};

static const struct root_base bases[] = {
	{ "/run/onlyone", "/run/onlyone/" },
	{ "/tmp", "/tmp/onlyone-" },
};
enum { BASES = sizeof(bases) / sizeof(*bases) };

const char *
base_dir(int i)
{
	return i < BASES ? bases[i].dir : NULL;
}

bool
base_names(int i, const char *name, uid_t *uid)
{
	const char *stem = strrchr(bases[i].prefix, '/') + 1;
	size_t len = strlen(stem);
	char digits[24];
	long long n;

	if (strncmp(name, stem, len))
		return false;
	name += len;
	len = strcspn(name, ".");
	if (len >= sizeof(digits))
		return false;
	memcpy(digits, name, len);
	digits[len] = '\0';
	if (number_parse(digits, &n) < 0 || n < 0 || n >= 0xFFFFFFFFLL)
		return false;
	*uid = (uid_t)n;
	return true;
}

static void
path_make(struct root *r, long n)
{
	struct text t;

	text_init(&t, r->path, sizeof(r->path));
	text_add(&t, r->base->prefix);
	text_num(&t, geteuid());
	if (n) {
		text_add(&t, ".");
		text_num(&t, n);
	}
	r->spare = n;
}

/* Make n the one to use, or to make, and vet it. */
static enum vetted
spare_vet(struct root *r, long n, struct statx *st, struct doubt *d)
{
	path_make(r, n);
	return vet_name(AT_FDCWD, r->path, r->base, st, d);
}

/* The lowest of UID.1, UID.2 ... that is ours and not this one, 0 if none is;
 * path is changed.  Others can make as many as they like: each name costs one
 * look, and no more. */
static BEHIND_GATE long
spare_list(struct root *r, long besides)
{
	const char *stem;
	struct dirent *e;
	struct doubt d;
	struct statx st;
	long best = 0;
	long long n;
	size_t len;
	DIR *dir;

	early_gate();
	path_make(r, 0);
	stem = strrchr(r->path, '/') + 1;
	len = strlen(stem);
	dir = opendir(r->base->dir);
	while (dir && (e = readdir(dir))) {
		if (strncmp(e->d_name, stem, len) || e->d_name[len] != '.' ||
		    e->d_name[len + 1] == '0' ||
		    number_parse(e->d_name + len + 1, &n) < 0 || n < 1 ||
		    n > SPARES || n == besides || (best && n >= best) ||
		    (e->d_type != DT_DIR && e->d_type != DT_UNKNOWN))
			continue;
		if (vet_name(dirfd(dir), e->d_name, r->base, &st, &d) ==
		    VET_OURS)
			best = (long)n;
	}
	if (dir)
		closedir(dir);
	return best;
}

/* Make the lowest that is ours path: true. */
static bool
spare_find(struct root *r, bool probe, struct statx *st)
{
	struct doubt d;
	long n;

	for (n = 1; probe && n <= FEW; n++) {
		if (spare_vet(r, n, st, &d) == VET_OURS)
			return true;
	}
	n = spare_list(r, 0);
	return n && spare_vet(r, n, st, &d) == VET_OURS;
}

/*
 * Look for our root in one base: path of the one to use, or of the one to
 * make (exists false).
 */
static int
in_find(struct root *r, const struct root_base *base, bool *slots,
    struct fault *f)
{
	struct statx st;
	struct doubt d;
	enum vetted v;

	r->base = base;
	r->exists = false;
	*slots = false;
	v = spare_vet(r, 0, &st, &d);
	if (v == VET_BAD)
		return vet_refuse(r, &d, f);
	if (v == VET_OURS || spare_find(r, v == VET_FOREIGN, &st)) {
		r->exists = true;
		*slots = st.stx_nlink != 2;
		return 0;
	}
	path_make(r, 0);
	for (long n = 1; v == VET_FOREIGN && n <= SPARES; n++)
		v = spare_vet(r, n, &st, &d);
	r->exists = v == VET_OURS; /* by now */
	return v == VET_NONE || r->exists ? 0 : vet_refuse(r, &d, f);
}

int
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

/* The lowest of ours but r: its path; false: there is none. */
static bool
other_find(const struct root *r, struct root *other, struct statx *st)
{
	struct doubt d;
	long n;

	other->base = r->base;
	if (r->spare && spare_vet(other, 0, st, &d) == VET_OURS)
		return true;
	n = spare_list(other, r->spare);
	return n && spare_vet(other, n, st, &d) == VET_OURS;
}

bool
base_settle(const struct root *r)
{
	struct root other;
	struct statx st;
	bool mine;
	int fd;

	while (other_find(r, &other, &st)) {
		if (st.stx_mode & S_IWUSR || other.spare < r->spare ||
		    (rmdir(other.path) < 0 && errno != ENOENT)) {
			if (rmdir(r->path) == 0 || errno == ENOENT)
				return false;
			break; /* ours of old, with something in it */
		}
	}
	/* Not by its name, which may be another's by now. */
	fd = openat(r->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mine = fd >= 0 && fchmod(fd, 0700) == 0;
	io_close(&fd);
	return mine;
}
