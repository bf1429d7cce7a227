/*
 * seal.c: an application that only known keys may run.
 *
 * The file holds fields: a hash and a name for each key, then app, boot and
 * end=1.  Without end=1 the list is unfinished: if the file is locked, the
 * sealer is at work; if not, it has died, and nothing is sealed.  A seal holds
 * until the next boot, wherever the root lies.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/clock.h"
#include "cli/base/fields.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/seal.h"

#define SEAL_PREFIX "seal."

enum { SEAL_LIMIT = 64 << 20 };

/* A seal's file name has no hyphen: that of a slot folder has one. */
struct name {
	char text[sizeof(SEAL_PREFIX) + SLOT_HASH];
};

static struct name
seal_name(const struct slot *s)
{
	struct name n = { SEAL_PREFIX };

	slot_hash_app(s, n.text + sizeof(SEAL_PREFIX) - 1);
	return n;
}

static bool
seal_trusted(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	if (S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    !(st.st_mode & 022))
		return true;
	errno = EPERM;
	return false;
}

/* Parse the list up to its end: what follows is left of an earlier, longer
 * one. */
static bool
list_parse(const struct buf *b, struct fields *f)
{
	static const char end[] = "\0end=1";
	const char *at = b->len ? memmem(b->at, b->len, end, sizeof(end)) :
	    NULL;

	f->at = b->at;
	f->len = at ? (size_t)(at - b->at) + sizeof(end) : 0;
	return at && fields_valid(f->at, f->len);
}

/* Whether the list has the key; known gets the names of all keys. */
static bool
list_has(const struct fields *f, const char *hash, struct text *known)
{
	const char *h = NULL, *name = NULL;
	bool found = false;

	while (!found && (h = fields_next(f, "hash", h)))
		found = !strcmp(h, hash);
	while (known && (name = fields_next(f, "name", name))) {
		text_all(known, known->len ? ", " : "", name, NULL);
	}
	return found;
}

/* The id of this boot; "" without /proc.  -1: errno, not known. */
static int
boot_get(char boot[BOOT_ID + 1])
{
	errno = 0;
	owner_boot(boot);
	return *boot || !errno || errno == ENOENT ? 0 : -1;
}

/* Read the seal in a file of the root.  SEAL_KNOWN: the list is in f, which
 * points into b (to be freed); else as seal_check. */
static enum seal_state
seal_read(const struct root *r, const char *file, int ms, struct buf *b,
    struct fields *f)
{
	enum seal_state state = SEAL_FAILED;
	char boot[BOOT_ID + 1];
	const char *sealed;
	int fd;

	*b = (struct buf){ 0 };
	/* A launch that claims may have no descriptor left.  This needs none,
	 * and shows that there is no seal, as in most cases. */
	if (faccessat(r->fd, file, F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT)
		return SEAL_OPEN;
	fd = openat(r->fd, file,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? SEAL_OPEN : SEAL_FAILED;
	if (!seal_trusted(fd))
		goto out;
	/* A process may be sealing. */
	if (io_lock(fd, LOCK_SH, clock_now() + ms) < 0) {
		if (errno == EWOULDBLOCK)
			state = SEAL_SLOW;
		goto out;
	}
	if (io_slurp(fd, b, SEAL_LIMIT) < 0)
		goto out;
	if (!list_parse(b, f) || !(sealed = fields_get(f, "boot"))) {
		state = SEAL_OPEN;
		goto out;
	}
	io_close(&fd); /* boot_get needs a descriptor */
	if (boot_get(boot) == 0)
		state = strcmp(sealed, boot) ? SEAL_OPEN : SEAL_KNOWN;
out:
	io_close(&fd);
	return state;
}

enum seal_state
seal_check(const struct root *r, const struct slot *s, int ms,
    struct text *known)
{
	struct name name = seal_name(s);
	char hash[SLOT_HASH + 1];
	struct fields f;
	struct buf b;
	int err;
	enum seal_state state = seal_read(r, name.text, ms, &b, &f);

	err = errno;
	if (state == SEAL_KNOWN) {
		slot_hash_key(s, hash);
		state = list_has(&f, hash, known) ? SEAL_KNOWN : SEAL_UNKNOWN;
	}
	buf_free(&b);
	errno = err;
	return state;
}

void
seal_undo(const struct root *r, const struct slot *s, int *fd)
{
	int err = errno;
	struct fields f;
	struct buf b = { 0 };

	if (lseek(*fd, 0, SEEK_SET) == 0 &&
	    io_slurp(*fd, &b, SEAL_LIMIT) == 0 && !list_parse(&b, &f))
		unlinkat(r->fd, seal_name(s).text, 0);
	buf_free(&b);
	io_close(fd);
	errno = err;
}

int
seal_begin(const struct root *r, const struct slot *s)
{
	struct name name = seal_name(s);
	struct stat a, b = { 0 };
	int fd;

	for (;;) {
		fd = openat(r->fd, name.text, O_RDWR | O_CREAT | O_NOFOLLOW |
		    O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
		if (fd < 0)
			return -1;
		if (!seal_trusted(fd) || flock(fd, LOCK_EX | LOCK_NB) < 0) {
			io_close(&fd);
			return -1;
		}
		if (fstat(fd, &a) < 0 || (fstatat(r->fd, name.text, &b,
		    AT_SYMLINK_NOFOLLOW) < 0 && errno != ENOENT)) {
			seal_undo(r, s, &fd);
			return -1;
		}
		/* If unsealed meanwhile, we have locked a removed file. */
		if (a.st_nlink && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
			break;
		io_close(&fd);
	}
	point("seal-locked");
	return fd;
}

void
seal_add(struct buf *list, const struct slot *s, const char *shown)
{
	char hash[SLOT_HASH + 1];

	slot_hash_key(s, hash);
	fields_put(list, "hash", hash);
	fields_put(list, "name", shown);
}

int
seal_end(const struct root *r, const struct slot *s, int fd, struct buf *list)
{
	char boot[BOOT_ID + 1];
	int err, result = boot_get(boot);

	fields_put(list, "boot", boot);
	fields_put(list, "end", "1");
	point("seal-listed");
	if (list->failed) {
		errno = ENOMEM;
		result = -1;
	}
	/* First allocate: without room the earlier list stays.  Then write all,
	 * then cut; a list that could not be cut is valid too. */
	if (result == 0 && fallocate(fd, 0, 0, (off_t)list->len) < 0 &&
	    errno != EOPNOTSUPP && errno != ENOSYS)
		result = -1;
	if (result == 0 && (lseek(fd, 0, SEEK_SET) < 0 ||
	    io_write(fd, list->at, list->len) < 0))
		result = -1;
	err = errno;
	if (result == 0 && ftruncate(fd, (off_t)list->len) < 0)
		errno = err;
	buf_free(list);
	if (result < 0)
		seal_undo(r, s, &fd);
	else
		io_close(&fd);
	return result;
}

int
seal_remove(const struct root *r, const struct slot *s)
{
	if (unlinkat(r->fd, seal_name(s).text, 0) < 0 && errno != ENOENT)
		return -1;
	return 0;
}
