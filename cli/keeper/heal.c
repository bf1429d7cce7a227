/*
 * heal.c: a keeper that finds its own files gone puts them back.
 *
 * Told by dnotify (fcntl(2)), or by a launch that found the witness taken and
 * no socket, both with SIGURG.  A folder that is moved away whole is noticed
 * by the next launch only.
 * The image cannot be linked again: what maps it stays known to this keeper,
 * and the recorded owner is all that the next one has.
 */
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/keeper/state.h"
#include "cli/points.h"
#include "cli/slot/folder.h"
#include "cli/slot/lockfile.h"
#include "cli/text.h"
#include "cli/wire/sock.h"
#include "preload/contract.h"

enum { HEAL_TRIES = 500 };

void
heal_watch(struct keeper *k)
{
	/* Not inotify: a user has 128 instances of that for all programs. */
	fcntl(k->c->folder, F_SETSIG, SIGURG);
	fcntl(k->c->folder, F_NOTIFY, DN_DELETE | DN_RENAME | DN_ATTRIB |
	    DN_MULTISHOT);
	/* Swept before we watched? */
	k->heal = true;
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
	struct info i;
	struct buf b;
	bool intact;

	buf_init(&b, NULL, 0);
	intact = info_read(c->folder, &b, &i) == 0 &&
	    i.since == c->info.since && i.owner.pid == c->info.owner.pid;
	buf_free(&b);
	return intact;
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
	k->marked = flock(folder, LOCK_SH | LOCK_NB) == 0;
	return FOLDER_OK;
}

/* The lock is ours and in place: make the files anew. */
static void
files_again(struct keeper *k)
{
	struct claim *c = k->c;
	char path[PATH_MAX];
	struct buf record;
	int fd = sock_new(SOCK_NONBLOCK);

	point("heal-files");
	folder_unlink(c->folder, FILE_SOCK);
	unlinkat(c->folder, FILE_INFO, AT_REMOVEDIR); /* in its place */
	if (fd >= 0 && root_folder(c->root, c->slot->name, path) == 0 &&
	    sock_listen(fd, c->folder, path) == 0) {
		/* Who waits on the old one is told to come again. */
		io_close(&c->listen);
		c->listen = fd;
		k->sock = sock_inode(c);
	} else {
		io_close(&fd);
	}
	buf_init(&record, NULL, 0);
	if (info_remake(&record, &c->info) == 0)
		info_write(c->folder, &record, false);
	buf_free(&record);
	if (!k->unseen)
		folder_pid_write(c->lock, c->info.owner.pid);
	heal_watch(k);
}

/* The lock file of an instance whose keeper before us was killed: the instance
 * has it, or nobody, or somebody who was quicker. */
static void
lockfile_again(struct claim *c)
{
	struct fault f;

	if (c->info.terms.lock_file && c->file < 0)
		claim_lockfile(c, c->info.terms.lock_file, &f);
}

void
heal_files(struct keeper *k)
{
	struct claim *c = k->c;
	enum folder_result r = FOLDER_OK;

	k->heal = false;
	if (k->state != VACANT)
		lockfile_again(c);
	/* The launch made the first one, just before we began. */
	if (!k->sock && c->listen >= 0)
		k->sock = sock_inode(c);
	if (k->state == VACANT || (k->sock && sock_inode(c) == k->sock &&
	    folder_locked(c->root, c->slot->name, c->folder, c->lock) &&
	    info_intact(c))) {
		k->heal_tries = 0;
		return;
	}
	if (!folder_locked(c->root, c->slot->name, c->folder, c->lock))
		r = folder_again(k);
	if (r == FOLDER_OK)
		files_again(k);
	/* A launch has the new folder for a moment, or it was swept again. */
	k->heal = ++k->heal_tries < HEAL_TRIES;
}
