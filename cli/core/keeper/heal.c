/*
 * heal.c: a keeper that finds its own files gone puts them back.
 *
 * SIGURG makes it check: from dnotify (fcntl(2)), or from a launch that finds
 * the name lock taken but no socket.  If the folder or the whole root was moved
 * away, only the next launch notices.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/ours.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/heal.h"
#include "cli/core/keeper/state.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/info.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

/*
 * The owner's mappings whose files were removed.
 *
 * A file without a name cannot get one again, so we make a new one.  The next
 * program that the owner executes maps the new file; the owner itself, and its
 * copies, still map the old one.  All of them count.  We keep the old files
 * open: then their locks tell whether a process maps them, and no other file
 * gets their inode numbers.  The record names them for the next keeper.
 */

void
old_mappings_begin(struct keeper *k)
{
	struct claim *c = k->c;
	const char *id = NULL;

	while (k->past.n < MAPPING_PAST &&
	    (id = fields_next(&c->info.all, INFO_MAPPING, id))) {
		struct past *p = &k->past.at[k->past.n];

		if (strlen(id) >= sizeof(p->id))
			continue;
		p->fd = -1;
		strcpy(p->id, id);
		k->past.n++;
	}
	/* The earlier keeper was killed, and the file is gone: ask the
	 * owner. */
	if (c->mapping < 0 && !k->past.n && c->pidfd >= 0 &&
	    ours_process(c->info.owner.pid) &&
	    mapping_of(c->info.owner.pid, c->slot->name, k->past.at[0].id))
		k->past.at[k->past.n++].fd = -1;
}

static void
old_mappings_drop(struct keeper *k, int i)
{
	io_close(&k->past.at[i].fd);
	k->past.n--;
	memmove(&k->past.at[i], &k->past.at[i + 1],
	    (size_t)(k->past.n - i) * sizeof(k->past.at[0]));
}

void
old_mappings_forget(struct keeper *k)
{
	while (k->past.n)
		old_mappings_drop(k, 0);
}

/* Add one, taking over its descriptor. */
static void
old_mappings_add(struct keeper *k, int mapping)
{
	struct past *p;

	/* Drop one, but not the owner's first. */
	if (k->past.n == MAPPING_PAST)
		old_mappings_drop(k, 1);
	p = &k->past.at[k->past.n++];
	p->fd = mapping;
	mapping_id(mapping, p->id); /* or empty: then its lock tells */
}

int
old_mappings_all(const struct keeper *k, int mappings[1 + MAPPING_PAST])
{
	int n = 0;

	mappings[n++] = k->c->mapping;
	for (int i = 0; i < k->past.n; i++) {
		if (k->past.at[i].fd >= 0)
			mappings[n++] = k->past.at[i].fd;
	}
	return n;
}

enum {
	HEAL_TRIES = 500, HEAL_MS = 2, HEAL_LATER_MS = 1000
};

static ino_t
sock_inode(const struct claim *c)
{
	struct stat st;

	return fstatat(c->folder, FILE_SOCK, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISSOCK(st.st_mode) && (st.st_mode & 0600) == 0600 ?
	    st.st_ino : 0;
}

void
heal_watch(struct keeper *k)
{
	/* Until we have a socket, the file belongs to an earlier keeper. */
	if (k->c->listen >= 0)
		k->heal.sock = sock_inode(k->c);
	/* Not inotify: a user may have only 128 inotify instances in all
	 * programs.  Choose the signal: the default, SIGIO, would kill us. */
	if (fcntl(k->c->folder, F_SETSIG, SIGURG) == 0)
		fcntl(k->c->folder, F_NOTIFY, DN_DELETE | DN_RENAME |
		    DN_ATTRIB | DN_MULTISHOT);
	/* The files may have gone before we watched: check them. */
	k->heal.wanted = true;
}

/* Whether the file info has our record: another process may have changed it. */
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

/* Whether the pidfile has our owner's pid. */
static bool
pid_intact(const struct keeper *k)
{
	return instance_nameless(k) ||
	    folder_pid_is(k->c->lock, k->c->info.owner.pid);
}

/* Whether the folder has the mapping file that we have open.  If we have none
 * open: whether we need none, since there was no earlier one. */
static bool
mapping_intact(const struct keeper *k)
{
	const struct claim *c = k->c;

	return c->mapping < 0 ? !k->past.n :
	    folder_has(c->folder, FILE_MAPPING, c->mapping);
}

/* A failed look does not prove that it is gone. */
static bool
mapping_gone(const struct keeper *k)
{
	return !mapping_intact(k) &&
	    (k->c->mapping < 0 || folder_debris(errno));
}

int
heal_record(struct keeper *k)
{
	const char *mapping[MAPPING_PAST];
	struct claim *c = k->c;
	struct buf record = { 0 };
	int r, err;

	k->heal.wanted = true;
	for (int i = 0; i < k->past.n; i++)
		mapping[i] = k->past.at[i].id;
	if (info_remake(&record, &c->info, mapping, (size_t)k->past.n) < 0) {
		buf_free(&record);
		return -1;
	}
	r = info_write(c->folder, &record, false);
	err = errno;
	buf_free(&c->record);
	c->record = record;
	info_parse(record.at, record.len, &c->info);
	errno = err;
	return r;
}

/* Make and lock the folder again. False: not possible now. */
static bool
folder_again(struct keeper *k)
{
	struct claim *c = k->c;
	struct fault f;
	enum folder_result r;
	int folder = -1, lock = -1;
	bool fresh;

	root_close(c->root);
	do {
		io_close(&folder);
		if (root_open(c->root, &f) < 0)
			return false;
		r = folder_open(c->root, c->slot->name, &folder, &fresh, &f);
		if (r == FOLDER_OK)
			r = folder_lock(c->root, c->slot->name, folder, &lock,
			    &fresh, &f);
	} while (r == FOLDER_FULL && root_pass(c->root, errno) == 0);
	if (r != FOLDER_OK) {
		io_close(&folder);
		return false;
	}
	io_close(&c->folder);
	io_close(&c->lock);
	c->folder = folder;
	c->lock = lock;
	k->heal.marked = false;
	return true;
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
		/* Clients that wait on the old socket see it close, and
		 * reconnect. */
		waste_deaf(k, &c->listen);
		c->listen = fd;
	} else {
		io_close(&fd);
	}
}

/* The lock is ours and in place.  Make the missing files, the most needed
 * first: there may not be room for all. */
static void
files_again(struct keeper *k)
{
	struct claim *c = k->c;
	bool mapping = mapping_gone(k);
	/* Writing the record sends us SIGURG: do not write it on every
	 * retry. */
	bool record = !k->heal.tries || !info_intact(c);

	if (!sock_intact(k))
		sock_again(k);
	if (mapping && c->mapping >= 0) {
		old_mappings_add(k, c->mapping);
		c->mapping = -1;
		record = true;
	}
	unlinkat(c->folder, FILE_INFO, AT_REMOVEDIR); /* a directory there */
	if (record)
		heal_record(k);
	/* Only after the record: only by that will the next keeper find
	 * processes that map the old file, so it has to name the file first. */
	if (mapping)
		c->mapping = mapping_make(c->folder, c->info.owner.pidns);
	if (!instance_nameless(k))
		folder_pid_write(c->lock, c->info.owner.pid, false);
	heal_watch(k);
}

/* The earlier keeper was killed: take the lock file if it is free.  If it is
 * locked, the instance has it, or another process got it first.  A shared one
 * can be locked twice: an instance that has a mapping has it. */
static void
lockfile_again(struct keeper *k)
{
	struct claim *c = k->c;
	struct fault f;

	if (c->info.terms.lock_file && c->file < 0 &&
	    !(c->info.terms.lock_shared && c->mapping >= 0) &&
	    claim_lockfile(c, c->info.terms.lock_file,
	    c->info.terms.lock_shared, &f) == LOCKFILE_OURS)
		k->lockfile_away = false;
}

long long
heal_due(struct keeper *k)
{
	if (!k->heal.wanted)
		return 0;
	return k->heal.at ? k->heal.at : clock_now();
}

void
heal_files(struct keeper *k)
{
	struct claim *c = k->c;
	bool locked, gone;

	if (!k->heal.wanted || clock_now() < k->heal.at)
		return;
	k->heal.wanted = false;
	if (k->state == VACANT)
		return;
	if (k->revived)
		lockfile_again(k);
	locked = folder_locked(c->root, c->slot->name, c->lock);
	gone = !locked && folder_debris(errno);
	if (locked && sock_intact(k) && pid_intact(k) && mapping_intact(k) &&
	    info_intact(c)) {
		k->heal.tries = 0;
		k->heal.at = 0;
		return;
	}
	if (locked || (gone && folder_again(k)))
		files_again(k);
	/* Try again: a launch may have locked the new folder for a moment, it
	 * may be removed again, or there is no room, which may take longer. */
	k->heal.wanted = true;
	k->heal.at = clock_now() + (k->heal.tries++ < HEAL_TRIES ? HEAL_MS :
	    HEAL_LATER_MS);
}
