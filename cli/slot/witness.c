/*
 * witness.c: the half of the claim that rm -rf cannot sweep.
 *
 * The name is a hash of uid, root path and slot.  All default roots count as
 * one path: a user's instances exclude each other also while somebody else
 * makes and removes the names that the default root could have.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/number.h"
#include "cli/slot/root.h"
#include "cli/slot/slot.h"
#include "cli/slot/witness.h"
#include "cli/text.h"
#include "cli/wire/sock.h"

#define PREFIX "onlyone/"

/* The canonical path of the root, so that two spellings are one. */
static void
anchor_make(const struct root *r, char *path)
{
	char name[64];
	struct text t;
	ssize_t n = -1;

	if (!r->given) {
		strcpy(path, "default");
		return;
	}
	text_init(&t, name, sizeof(name));
	text_add(&t, "/proc/self/fd/");
	text_num(&t, r->fd);
	if (r->fd >= 0)
		n = readlink(name, path, PATH_MAX - 1);
	if (n > 0 && *path == '/')
		path[n] = '\0';
	else
		strcpy(path, r->path);
}

/* Fill in "onlyone/HASH".  out has sizeof(PREFIX) + SLOT_HASH bytes. */
static void
name_make(const struct root *r, const char *hash, char *out)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	char anchor[PATH_MAX];
	uid_t uid = geteuid();
	struct text t;
	SHA2_CTX ctx;

	anchor_make(r, anchor);
	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)&uid, sizeof(uid));
	SHA256Update(&ctx, (const uint8_t *)anchor, strlen(anchor) + 1);
	SHA256Update(&ctx, (const uint8_t *)hash, strlen(hash));
	SHA256Final(sum, &ctx);
	text_init(&t, out, sizeof(PREFIX) + SLOT_HASH);
	text_add(&t, PREFIX);
	text_hex(&t, sum, SLOT_HASH / 2);
}

int
witness_bind(const struct root *r, const char *hash)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len = offsetof(struct sockaddr_un, sun_path) +
	    sizeof(PREFIX) + SLOT_HASH;
	int fd;

	name_make(r, hash, sun.sun_path + 1);
	fd = sock_new(0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&sun, len) < 0)
		io_close(&fd);
	return fd;
}

/* The inode of the abstract socket `name` in the table of /proc/net/unix:
 * "... 0001 01 12345 @onlyone/HASH", the word before the name. */
static const char *
inode_find(const char *table, const char *name, char *digits, size_t cap)
{
	const char *at = table, *end;
	struct text t;

	/* A path may look like it, or begin with it. */
	while ((at = strstr(at, name)) && (at == table || at[-1] != ' ' ||
	    at[strlen(name)] != '\n'))
		at++;
	if (!at)
		return NULL;
	end = at - 1;
	while (end > table && end[-1] == ' ')
		end--;
	for (at = end; at > table && at[-1] != ' ';)
		at--;
	text_init(&t, digits, cap);
	text_mem(&t, at, (size_t)(end - at));
	return digits;
}

/* Whether /proc/PID/fd has a link to the socket.  -1: not to be read. */
static int
process_holds(int proc, const char *pid, const char *link_want)
{
	char name[300], link[64];
	struct dirent *e;
	struct text t;
	int fd, found = 0;
	ssize_t n;
	DIR *d;

	text_init(&t, name, sizeof(name));
	text_add(&t, pid);
	text_add(&t, "/fd");
	fd = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ESRCH ? 0 : -1;
	d = fdopendir(fd);
	if (!d) {
		io_close(&fd);
		return -1;
	}
	while (!found && (e = readdir(d))) {
		n = readlinkat(fd, e->d_name, link, sizeof(link) - 1);
		if (n <= 0)
			continue;
		link[n] = '\0';
		found = !strcmp(link, link_want);
	}
	closedir(d);
	return found;
}

/* Whether pid/what is the same file for us. */
static bool
same_for_us(int proc, const char *pid, const char *what)
{
	char name[300];
	struct stat us, it;
	struct text t;

	text_init(&t, name, sizeof(name));
	text_add(&t, pid);
	text_add(&t, what);
	if (fstatat(proc, name, &it, 0) < 0)
		return false;
	text_init(&t, name, sizeof(name));
	text_add(&t, "self");
	text_add(&t, what);
	return fstatat(proc, name, &us, 0) == 0 && us.st_dev == it.st_dev &&
	    us.st_ino == it.st_ino;
}

static enum witness_holder
holder_find(const char *link, pid_t *pid)
{
	enum witness_holder result = WITNESS_STRANGER;
	struct dirent *e;
	struct stat st;
	int holds;
	DIR *d = opendir("/proc");

	if (!d)
		return WITNESS_HIDDEN;
	while ((e = readdir(d))) {
		/* Init is no keeper, and need not let itself be looked at. */
		if (number_pid(e->d_name, pid) < 0 || *pid == 1 ||
		    fstatat(dirfd(d), e->d_name, &st, 0) < 0)
			continue;
		holds = process_holds(dirfd(d), e->d_name, link);
		if (holds < 0 && st.st_uid == geteuid())
			result = WITNESS_HIDDEN;
		if (holds != 1)
			continue;
		result = st.st_uid == geteuid() &&
		    same_for_us(dirfd(d), e->d_name, "/ns/mnt") &&
		    same_for_us(dirfd(d), e->d_name, "/root/.") ?
		    WITNESS_OURS : WITNESS_STRANGER;
		break;
	}
	closedir(d);
	return result;
}

enum witness_holder
witness_find(const struct root *r, const char *hash, pid_t *pid)
{
	enum witness_holder result = WITNESS_HIDDEN;
	char name[1 + sizeof(PREFIX) + SLOT_HASH] = "@", link[64], inode[32];
	struct buf table;
	struct text t;
	int fd;

	*pid = 0;
	name_make(r, hash, name + 1);
	fd = open("/proc/net/unix", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? WITNESS_STRANGER : WITNESS_HIDDEN;
	buf_init(&table, NULL, 0);
	if (io_slurp(fd, &table, 64 << 20) < 0 || buf_add(&table, "", 1) < 0)
		goto out;
	if (!inode_find(table.at, name, inode, sizeof(inode))) {
		result = WITNESS_NOBODY;
		goto out;
	}
	text_init(&t, link, sizeof(link));
	text_add(&t, "socket:[");
	text_add(&t, inode);
	text_add(&t, "]");
	result = holder_find(link, pid);
out:
	buf_free(&table);
	io_close(&fd);
	return result;
}
