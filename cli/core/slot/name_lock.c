/*
 * name_lock.c: the half of the claim that rm -rf cannot remove.
 *
 * The name is a hash of uid, root path and slot.  All default roots count as
 * one path: a user's instances exclude each other even while another user makes
 * and removes names of default roots.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sha2.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/ids.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/base/text.h"
#include "cli/core/slot/name_lock.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/slot.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

/*
 * Which user made a unix socket, by sock_diag(7).
 *
 * The kernel cannot search for a name: it lists all sockets.  Only a launch
 * that finds its name taken pays for that.
 *
 * A kernel may lack sock_diag, or a system call filter may refuse its socket,
 * as a service's RestrictAddressFamilies= does.  Then look at the open files of
 * our own processes (struct sign): another user who has taken the name must not
 * keep us from starting.
 */

enum { ANSWER_MS = 2000, DATAGRAM = 65536, TABLE_MOST = 16 << 20 };

static const void *
bytes_after(const void *at, size_t n)
{
	return (const char *)at + n;
}

/* Whether this socket has the name; d gets the kernel's data about it. */
static bool
socket_fits(const struct nlmsghdr *h, const void *name, size_t len,
    struct diag *d)
{
	const struct unix_diag_msg *m = NLMSG_DATA(h);
	bool named = false, owned = false;
	const struct rtattr *a;
	int left;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return false;
	left = (int)(h->nlmsg_len - NLMSG_LENGTH(sizeof(*m)));
	for (a = (const void *)(m + 1); RTA_OK(a, left);
	    left -= (int)RTA_ALIGN(a->rta_len),
	    a = bytes_after(a, RTA_ALIGN(a->rta_len))) {
		if (a->rta_type == UNIX_DIAG_NAME)
			named = RTA_PAYLOAD(a) == len &&
			    !memcmp(RTA_DATA(a), name, len);
		if (a->rta_type == UNIX_DIAG_UID &&
		    RTA_PAYLOAD(a) >= sizeof(uint32_t)) {
			memcpy(&d->uid, RTA_DATA(a), sizeof(uint32_t));
			owned = true;
		}
	}
	d->inode = m->udiag_ino;
	return named && owned;
}

enum diag_result
diag_parse(const void *at, size_t n, const void *name, size_t len,
    struct diag *d, bool *end)
{
	const struct nlmsghdr *h = at;
	int left = (int)n; /* below 0 after an unaligned last message */

	*end = false;
	for (; NLMSG_OK(h, left); left -= (int)NLMSG_ALIGN(h->nlmsg_len),
	    h = bytes_after(h, NLMSG_ALIGN(h->nlmsg_len))) {
		switch (h->nlmsg_type) {
		case NLMSG_DONE:
			*end = true;
			return DIAG_NONE;
		case NLMSG_ERROR:
			return DIAG_FAILED;
		case SOCK_DIAG_BY_FAMILY:
			if (socket_fits(h, name, len, d))
				return DIAG_FOUND;
			break;
		default:
			break;
		}
	}
	return DIAG_NONE;
}

static int
request_send(int fd)
{
	struct {
		struct nlmsghdr h;
		struct unix_diag_req r;
	} q = {
		.h = { .nlmsg_len = sizeof(q),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.r = { .sdiag_family = AF_UNIX, .udiag_states = ~0U,
			.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_UID },
	};

	return IO_RETRY(send(fd, &q, sizeof(q), 0)) == sizeof(q) ? 0 : -1;
}

/* Find the socket that is bound to this name, len bytes, in our network
 * namespace; an abstract name begins with NUL. */
static enum diag_result
diag_find(const void *name, size_t len, struct diag *d)
{
	alignas(struct nlmsghdr) static char answer[DATAGRAM];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	enum diag_result r = fd < 0 || request_send(fd) < 0 ? DIAG_FAILED :
	    DIAG_NONE;
	bool end = false;
	ssize_t n;

	while (r == DIAG_NONE && !end) {
		n = io_wait(fd, POLLIN, ANSWER_MS) == 1 ?
		    IO_RETRY(recv(fd, answer, sizeof(answer), 0)) : 0;
		r = n <= 0 ? DIAG_FAILED :
		    diag_parse(answer, (size_t)n, name, len, d, &end);
	}
	io_close(&fd);
	return r;
}

#define PREFIX "onlyone/"

/* The canonical path of the root, so that two spellings are one. */
static void
anchor_make(const struct root *r, char *path)
{
	if (!r->given)
		strcpy(path, "default");
	else if (r->fd < 0 || *proc_fd(r->fd, path, PATH_MAX) != '/')
		strcpy(path, r->path);
}

/* Fill in "onlyone/HASH".  out has sizeof(PREFIX) + SLOT_HASH bytes. */
static void
name_make(const struct root *r, const char *hash, char *out)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	char anchor[PATH_MAX];
	uid_t uid = ids_own();
	struct text t;
	SHA2_CTX ctx;

	anchor_make(r, anchor);
	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)&uid, sizeof(uid));
	SHA256Update(&ctx, (const uint8_t *)anchor, strlen(anchor) + 1);
	SHA256Update(&ctx, (const uint8_t *)hash, strlen(hash));
	SHA256Final(sum, &ctx);
	t = text_in(out, sizeof(PREFIX) + SLOT_HASH);
	text_add(&t, PREFIX);
	text_hex(&t, sum, SLOT_HASH / 2);
}

int
name_lock_bind(const struct root *r, const char *hash)
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

/* Append the inodes (uint32_t) of the sockets that have this name, without its
 * NUL, to inodes, by /proc/net/unix.  The list may have more: the name of
 * another socket may have newlines in it, and so fake a line.  false: the table
 * cannot be read. */
static bool
table_find(const char *name, struct buf *inodes)
{
	int fd = open("/proc/self/net/unix", O_RDONLY | O_CLOEXEC);
	char line[sizeof(PREFIX) + SLOT_HASH + 8];
	struct buf b = { 0 };
	const char *at, *next, *end;
	bool known;

	text_join(line, sizeof(line), " @", name, "\n", NULL);
	known = fd >= 0 && io_slurp(fd, &b, TABLE_MOST) == 0;
	io_close(&fd);
	end = b.at + b.len;
	for (at = b.at; known && (next = memmem(at, (size_t)(end - at), line,
	    strlen(line))); at = next + strlen(line)) {
		const char *digits = next;
		uint32_t inode = 0;

		while (digits > at && digits[-1] >= '0' && digits[-1] <= '9')
			digits--;
		while (digits < next)
			inode = inode * 10 + (uint32_t)(*digits++ - '0');
		known = buf_add(inodes, &inode, sizeof(inode)) == 0;
	}
	buf_free(&b);
	return known;
}

/* Whether the process runs this program: the same file, or one with the same
 * name, such as another version. */
static bool
runs_onlyone(pid_t pid)
{
	char exe[PATH_MAX], *name;
	struct stat us, it;

	if (stat("/proc/self/exe", &us) == 0 &&
	    look_stat(pid, "exe", &it) == 0 && us.st_dev == it.st_dev &&
	    us.st_ino == it.st_ino)
		return true;
	look_exe(pid, exe, sizeof(exe));
	name = strrchr(proc_undeleted(exe), '/');
	return name && !strcmp(name + 1, "onlyone");
}

bool
name_lock_keeper(pid_t pid)
{
	static const char title[] = "onlyone keeper of ";
	char begin[sizeof(title) - 1];

	return look_open(pid, "cmdline") == 0 &&
	    look_read(begin, sizeof(begin)) == (ssize_t)sizeof(begin) &&
	    !memcmp(begin, title, sizeof(begin));
}

/*
 * How to recognise the process that has the name lock: by its socket, if the
 * kernel has named it.  Else by a pidfile of the slot, which a launch that has
 * claimed the slot, and its keeper, have open, wherever that was moved, and by
 * a socket of the table.  Without the table by the pidfile alone, in the root.
 * Not the one that we have locked: a process that claims with that does not
 * have the name.  So this also matches a keeper that went without the name
 * lock; it is alive.
 */
struct sign {
	bool has_link;
	char link[PATH_MAX + SLOT_NAME_MAX]; /* as look_opens takes it */
	struct stat locked; /* our pidfile; all 0: none */
	bool listed;
	struct buf inodes;  /* if listed: uint32_t */
};

static void
sign_socket(struct sign *s, unsigned int inode)
{
	s->has_link = true;
	text_join(s->link, sizeof(s->link), "socket:[", TEXT_NUM(inode), "]",
	    NULL);
}

/* Without the table a given root must match by its path; with default roots, it
 * may be any of them. */
static void
sign_pidfile(struct sign *s, const struct root *r, const char *name, int lock)
{
	char anchor[PATH_MAX];

	anchor_make(r, anchor);
	s->has_link = false;
	text_join(s->link, sizeof(s->link), "*", r->given && !s->listed ?
	    anchor : "", "/", name, "/" FILE_PID, NULL);
	if (lock >= 0 && fstat(lock, &s->locked) < 0)
		memset(&s->locked, 0, sizeof(s->locked));
}

/* Whether process pid has the sign.  1, 0, -1. */
static int
sign_has(const struct sign *s, pid_t pid)
{
	int has = look_opens(pid, s->link, &s->locked);

	if (has != 1 || s->has_link)
		return has;
	return !runs_onlyone(pid) ? 0 : !s->listed ? 1 :
	    look_has_socket(pid, &s->inodes);
}

/* Whether a process that we cannot read may have the name lock.  If the socket
 * is our user's, any may.  Else other users may have it, and of our processes
 * only an onlyone that has not exited. */
static bool
is_suspect(const struct sign *s, pid_t pid)
{
	char comm[32];

	return s->has_link || (proc_state(pid) != 'Z' &&
	    !strcmp(proc_comm(pid, comm, sizeof(comm)), "onlyone"));
}

/* The process of this user that has the sign; 0: none that we can read.
 * *hidden: a process that may have it cannot be read; *keeper: a keeper of our
 * user cannot be, from this user namespace. */
static pid_t
process_find(const struct sign *s, bool *hidden, bool *keeper)
{
	struct procs all;
	pid_t pid, found = 0;
	int has;

	*keeper = false;
	*hidden = true;
	if (procs_begin(&all) < 0)
		return 0;
	*hidden = false;
	look_begin();
	while (!found && procs_next(&all, &pid)) {
		/* Init is not a keeper, and may be unreadable. */
		has = pid == 1 ? 0 : sign_has(s, pid);
		if (has < 0 && errno != ENOENT && errno != ESRCH) {
			*keeper |= errno == EACCES && ours_uids(pid) &&
			    name_lock_keeper(pid);
			*hidden |= (ours_process(pid) || errno) &&
			    is_suspect(s, pid);
		} else if (has > 0)
			found = pid;
		else /* an exiting process shows no files, but has them */
			*hidden |= proc_dying(pid) && proc_state(pid) != 'Z' &&
			    is_suspect(s, pid);
	}
	look_end();
	*hidden |= all.error != 0; /* we have not seen all */
	procs_end(&all);
	return found;
}

/*
 * Classify the process that has the socket.  We trust a keeper of our user
 * whatever its rights and namespaces: a service has fewer rights than a
 * crontab, and its own /tmp.  A launch that is not a keeper yet will become
 * one, or go: HIDDEN, like a process that we cannot read now.
 */
static enum name_lock
kind_find(pid_t pid)
{
	bool world = ours_world(pid), lack = ours_unread(errno) < 0;

	if (world && ours_process(pid))
		return NAME_LOCK_OURS;
	if (!ours_uids(pid) || !runs_onlyone(pid))
		return ours_unread(errno) < 0 ? NAME_LOCK_HIDDEN :
		    NAME_LOCK_STRANGER;
	if (lack || !name_lock_keeper(pid))
		return NAME_LOCK_HIDDEN;
	return world ? NAME_LOCK_OURS : NAME_LOCK_ELSEWHERE;
}

/* The same, if it still has the sign, and its pid was not reused: then *pidfd
 * is open. */
static enum name_lock
kind_check(pid_t pid, const struct sign *s, int *pidfd)
{
	enum name_lock kind;

	look_begin();
	*pidfd = owner_pidfd(pid);
	kind = *pidfd >= 0 ? kind_find(pid) : ours_unread(errno) < 0 ?
	    NAME_LOCK_HIDDEN : NAME_LOCK_STRANGER;
	if (kind != NAME_LOCK_STRANGER && sign_has(s, pid) != 1)
		kind = NAME_LOCK_STRANGER;
	look_end();
	if (kind != NAME_LOCK_OURS && kind != NAME_LOCK_ELSEWHERE)
		io_close(pidfd);
	return kind;
}

/* Classify the process that has the sign. */
static enum name_lock
sign_find(const struct sign *s, struct name_lock_holder *h)
{
	bool hidden, keeper;

	h->pid = process_find(s, &hidden, &keeper);
	if (h->pid)
		return kind_check(h->pid, s, &h->pidfd);
	return keeper ? NAME_LOCK_ELSEWHERE : hidden ? NAME_LOCK_HIDDEN :
	    NAME_LOCK_STRANGER;
}

/* The kernel has named the socket. */
static enum name_lock
socket_find(const char *name, const struct diag *d, struct name_lock_holder *h)
{
	struct sign s = { .has_link = true };
	enum name_lock kind;
	struct diag again;

	h->uid = d->uid;
	/* The socket keeps its creator's uid, whatever program its process
	 * executes.  We do not look at other users' processes. */
	if (d->uid != ids_own())
		return NAME_LOCK_STRANGER;
	sign_socket(&s, d->inode);
	kind = sign_find(&s, h);
	if (kind != NAME_LOCK_STRANGER)
		return kind;
	/* A launch of ours may have closed it while we looked. */
	switch (diag_find(name, sizeof(PREFIX) + SLOT_HASH, &again)) {
	case DIAG_FAILED:
		return NAME_LOCK_HIDDEN;
	case DIAG_NONE:
		break;
	case DIAG_FOUND:
		if (again.inode == d->inode)
			return NAME_LOCK_STRANGER;
	}
	return NAME_LOCK_NOBODY;
}

enum name_lock
name_lock_find(const struct root *r, const struct slot *slot, int lock,
    struct name_lock_holder *h)
{
	char name[sizeof(PREFIX) + SLOT_HASH + 1] = "";
	struct sign s = { .has_link = false };
	enum name_lock kind;
	struct diag d;
	int fd;

	memset(h, 0, sizeof(*h));
	h->pidfd = -1;
	name_make(r, slot->hash, name + 1);
	switch (diag_find(name, sizeof(PREFIX) + SLOT_HASH, &d)) {
	case DIAG_NONE:
		return NAME_LOCK_NOBODY;
	case DIAG_FOUND:
		return socket_find(name, &d, h);
	case DIAG_FAILED:
		break;
	}
	fd = name_lock_bind(r, slot->hash);
	if (fd >= 0) {
		io_close(&fd);
		return NAME_LOCK_NOBODY;
	}
	h->uid = NAME_LOCK_UNTOLD;
	s.listed = table_find(name + 1, &s.inodes);
	sign_pidfile(&s, r, slot->name, lock);
	kind = sign_find(&s, h);
	buf_free(&s.inodes);
	return kind;
}

const char *
name_lock_text(const struct name_lock_holder *h, char *buf)
{
	char exe[PATH_MAX];
	struct text t = text_in(buf, NAME_LOCK_TEXT);

	text_add(&t, h->uid == NAME_LOCK_UNTOLD ? "the kernel does not tell"
	    " whose" : h->uid == ids_own() ? "another mount or user namespace" :
	    "user ");
	if (h->uid != NAME_LOCK_UNTOLD && h->uid != ids_own())
		text_num(&t, h->uid);
	if (!h->pid)
		return buf;
	text_all(&t, ", pid ", TEXT_NUM(h->pid), NULL);
	if (*look_exe(h->pid, exe, sizeof(exe))) {
		text_add(&t, ", ");
		text_show(&t, exe, strlen(exe));
	}
	return buf;
}
