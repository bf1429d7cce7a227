/*
 * heal.c: a keeper that finds its own files gone puts them back.
 *
 * Told by dnotify (fcntl(2)), or by a launch that found the witness taken and
 * no socket, both with SIGURG.  A root that is moved away whole is noticed by
 * the next launch only.
 */
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/heal.h"
#include "cli/keeper/past.h"
#include "cli/keeper/state.h"
#include "cli/points.h"
#include "cli/slot/folder.h"
#include "cli/slot/image.h"
#include "cli/slot/info_make.h"
#include "cli/wire/sock.h"
#include "preload/contract.h"

enum { HEAL_TRIES = 500, HEAL_MS = 2, HEAL_LATER_MS = 1000 };

void
heal_watch(struct keeper *k)
{
	/* Not inotify: a user has 128 instances of that for all programs. */
	fcntl(k->c->folder, F_SETSIG, SIGURG);
	fcntl(k->c->folder, F_NOTIFY, DN_DELETE | DN_RENAME | DN_ATTRIB |
	    DN_MULTISHOT);
	/* In the root nothing gets another name but by a rekey, or by somebody
	 * who moves slots away. */
	fcntl(k->c->root->fd, F_SETSIG, SIGURG);
	fcntl(k->c->root->fd, F_NOTIFY, DN_RENAME | DN_MULTISHOT);
	/* Swept before we watched? */
	k->heal.wanted = true;
}

static ino_t
sock_inode(const struct claim *c)
{
	struct stat st;

	return fstatat(c->folder, FILE_SOCK, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISSOCK(st.st_mode) && (st.st_mode & 0600) == 0600 ?
	    st.st_ino : 0;
}

/* Whether info says what it should: somebody may have written to it. */
static bool
info_intact(const struct claim *c)
{
	char small[1024];
	struct info i;
	struct buf b;
	bool intact;

	buf_init(&b, small, sizeof(small));
	intact = info_read(c->folder, &b, &i) == 0 &&
	    i.since == c->info.since && i.owner.pid == c->info.owner.pid;
	buf_free(&b);
	return intact;
}

/* Whether the image there is, if any is meant to be, is the one that we have
 * open. */
static bool
image_intact(const struct keeper *k)
{
	const struct claim *c = k->c;

	return c->image < 0 ? !k->past.n :
	    folder_has(c->folder, FILE_IMAGE, c->image);
}

/* The record as it should be, in the place of what is there. */
static void
record_again(struct keeper *k)
{
	const char *image[IMAGE_PAST];
	struct claim *c = k->c;
	struct buf record;

	for (int i = 0; i < k->past.n; i++)
		image[i] = k->past.at[i].id;
	buf_init(&record, NULL, 0);
	if (info_swept(&record, &c->info, image, (size_t)k->past.n) < 0) {
		buf_free(&record);
		return;
	}
	info_write(c->folder, &record, false);
	buf_free(&c->record);
	c->record = record;
	info_parse(record.at, record.len, &c->info);
}

static enum folder_result
folder_again(struct keeper *k)
{
	struct claim *c = k->c;
	struct fault f;
	enum folder_result r;
	int folder = -1, lock = -1;
	bool fresh;

	root_close(c->root);
	if (root_open(c->root, &f) < 0)
		return FOLDER_FAILED;
	r = folder_open(c->root, c->slot->name, &folder, &fresh, &f);
	if (r == FOLDER_OK)
		r = folder_lock(c->root, c->slot->name, folder, &lock, &fresh,
		    &f);
	if (r != FOLDER_OK) {
		io_close(&folder);
		return r;
	}
	point("heal-locked");
	io_close(&c->folder);
	io_close(&c->lock);
	c->folder = folder;
	c->lock = lock;
	k->heal.marked = flock(folder, LOCK_SH | LOCK_NB) == 0;
	return FOLDER_OK;
}

static bool
sock_intact(const struct keeper *k)
{
	return k->heal.sock && sock_inode(k->c) == k->heal.sock;
}

static void
sock_again(struct keeper *k)
{
	struct claim *c = k->c;
	int fd = sock_new(SOCK_NONBLOCK);

	folder_unlink(c->folder, FILE_SOCK);
	if (fd >= 0 && sock_listen(fd, c->folder, c->root->path,
	    c->slot->name) == 0) {
		/* Who waits on the old one is told to come again. */
		io_close(&c->listen);
		c->listen = fd;
		k->heal.sock = sock_inode(c);
	} else {
		io_close(&fd);
	}
}

/* The lock is ours and in place: make anew what is missing, what is needed most
 * first: there may not be room for all. */
static void
files_again(struct keeper *k)
{
	struct claim *c = k->c;
	bool image = !image_intact(k);
	/* Each one is told to us: not where we try again and again. */
	bool record = !k->heal.tries || !info_intact(c);

	point("heal-files");
	if (!sock_intact(k))
		sock_again(k);
	if (image && c->image >= 0) {
		past_add(k, c->image);
		c->image = -1;
		record = true;
	}
	unlinkat(c->folder, FILE_INFO, AT_REMOVEDIR); /* in its place */
	if (record)
		record_again(k);
	/* Only now: what maps an image that no record names would be lost to
	 * the next keeper. */
	point("heal-recorded");
	if (image)
		c->image = image_make(c->folder, c->info.owner.pidns);
	point("heal-image");
	if (!k->tenure.unseen)
		folder_pid_write(c->lock, c->info.owner.pid, false);
	heal_watch(k);
}

/* The lock file of an instance whose keeper before us was killed: the instance
 * has it, or nobody, or somebody who was quicker. */
static void
lockfile_again(struct keeper *k)
{
	struct claim *c = k->c;
	struct fault f;

	if (c->info.terms.lock_file && c->file < 0 &&
	    claim_lockfile(c, c->info.terms.lock_file,
	    c->info.terms.lock_shared, &f) == LOCKFILE_OURS)
		k->lent = false;
}

void
heal_files(struct keeper *k)
{
	struct claim *c = k->c;
	enum folder_result r = FOLDER_OK;

	k->heal.wanted = false;
	if (k->state != VACANT && k->revived)
		lockfile_again(k);
	/* The launch made the first one, just before we began. */
	if (!k->heal.sock && c->listen >= 0)
		k->heal.sock = sock_inode(c);
	if (k->state == VACANT || (sock_intact(k) &&
	    folder_locked(c->root, c->slot->name, c->folder, c->lock) &&
	    image_intact(k) && info_intact(c))) {
		k->heal.tries = 0;
		k->heal.at = 0;
		return;
	}
	if (!folder_locked(c->root, c->slot->name, c->folder, c->lock))
		r = folder_again(k);
	if (r == FOLDER_OK)
		files_again(k);
	/* A launch has the new folder for a moment, it was swept again, or
	 * there is no room: that may take longer. */
	k->heal.wanted = true;
	k->heal.at = clock_now() + (k->heal.tries < HEAL_TRIES ? HEAL_MS :
	    HEAL_LATER_MS);
	if (k->heal.tries < HEAL_TRIES)
		k->heal.tries++;
}
