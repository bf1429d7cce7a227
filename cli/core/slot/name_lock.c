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

#include "cli/base/ids.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/root.h"
#include "cli/core/slot/slot.h"
#include "cli/core/slot/name_lock.h"
#include "cli/base/text.h"
#include "cli/core/wire/sock.h"

/*
 * Which user made a unix socket, by sock_diag(7).
 *
 * Not by /proc/net/unix: a name may have newlines in it, and so fake a line of
 * that table.
 *
 * The kernel cannot search for a name: it lists all sockets.  Only a launch
 * that finds its name taken pays for that.
 */

enum { ANSWER_MS = 2000, DATAGRAM = 65536 };

static const void *
step(const void *at, size_t n)
{
	return (const char *)at + n;
}

/* Whether this socket has the name; d gets what the kernel tells of it. */
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
	    a = step(a, RTA_ALIGN(a->rta_len))) {
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
	    h = step(h, NLMSG_ALIGN(h->nlmsg_len))) {
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

/* Whether the process runs this program: the same file, or, as where another
 * version is installed, one of this name. */
static bool
runs_onlyone(pid_t pid)
{
	static const char gone[] = " (deleted)";
	char exe[PATH_MAX], *name;
	struct stat us, it;
	size_t len;

	if (stat("/proc/self/exe", &us) == 0 &&
	    look_stat(pid, "exe", &it) == 0 && us.st_dev == it.st_dev &&
	    us.st_ino == it.st_ino)
		return true;
	len = strlen(look_exe(pid, exe, sizeof(exe)));
	if (len >= sizeof(gone) && !strcmp(exe + len - (sizeof(gone) - 1),
	    gone))
		exe[len - (sizeof(gone) - 1)] = '\0';
	name = strrchr(exe, '/');
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

/* The process of this user that has the socket open; 0: none that we can look
 * into.  *hidden: a process that may be ours cannot be looked into; *keeper: a
 * keeper of our user cannot, from this user namespace. */
static pid_t
process_find(const char *link, bool *hidden, bool *keeper)
{
	struct procs all;
	pid_t pid, found = 0;
	int holds;

	*keeper = false;
	*hidden = true;
	if (procs_begin(&all) < 0)
		return 0;
	*hidden = false;
	look_begin();
	while (!found && procs_next(&all, &pid)) {
		/* Init is no keeper, and may not let itself be looked at. */
		holds = pid == 1 ? 0 : look_opens(pid, link);
		if (holds < 0 && errno != ENOENT && errno != ESRCH) {
			*keeper |= errno == EACCES && ours_uids(pid) &&
			    name_lock_keeper(pid);
			*hidden |= ours(pid) || errno;
		} else if (holds > 0)
			found = pid;
		else /* at its end a process shows no files, and has them */
			*hidden |= proc_dying(pid) && proc_state(pid) != 'Z';
	}
	look_end();
	procs_end(&all);
	return found;
}

/*
 * What the process that has the socket is.  A keeper of our user is believed
 * whatever its rights and its namespaces: a service has fewer rights than a
 * crontab, and a /tmp of its own.  A launch that is no keeper yet will be one,
 * or go: HIDDEN, as what cannot be looked at now.
 */
static enum name_lock
kind_find(pid_t pid)
{
	bool world = ours_world(pid), lack = ours_unread(errno) < 0;

	if (world && ours(pid))
		return NAME_LOCK_OURS;
	if (!ours_uids(pid) || !runs_onlyone(pid))
		return ours_unread(errno) < 0 ? NAME_LOCK_HIDDEN :
		    NAME_LOCK_STRANGER;
	if (lack || !name_lock_keeper(pid))
		return NAME_LOCK_HIDDEN;
	return world ? NAME_LOCK_OURS : NAME_LOCK_ELSEWHERE;
}

/* The same, if it still has the socket, and is no other process that has got
 * its number: then *pidfd is open. */
static enum name_lock
kind_check(pid_t pid, const char *link, int *pidfd)
{
	enum name_lock kind;

	look_begin();
	*pidfd = owner_pidfd(pid);
	kind = *pidfd >= 0 ? kind_find(pid) : ours_unread(errno) < 0 ?
	    NAME_LOCK_HIDDEN : NAME_LOCK_STRANGER;
	if (kind != NAME_LOCK_STRANGER && look_opens(pid, link) != 1)
		kind = NAME_LOCK_STRANGER;
	look_end();
	if (kind != NAME_LOCK_OURS && kind != NAME_LOCK_ELSEWHERE)
		io_close(pidfd);
	return kind;
}

enum name_lock
name_lock_find(const struct root *r, const char *hash,
    struct name_lock_holder *h)
{
	char name[sizeof(PREFIX) + SLOT_HASH + 1] = "", link[64];
	enum name_lock kind;
	struct diag d, again;
	bool hidden, keeper;

	memset(h, 0, sizeof(*h));
	h->pidfd = -1;
	name_make(r, hash, name + 1);
	switch (diag_find(name, sizeof(PREFIX) + SLOT_HASH, &d)) {
	case DIAG_NONE:
		return NAME_LOCK_NOBODY;
	case DIAG_FAILED:
		return NAME_LOCK_HIDDEN;
	default:
		break;
	}
	h->uid = d.uid;
	text_join(link, sizeof(link), "socket:[", TEXT_NUM(d.inode), "]", NULL);
	/* The socket keeps the uid that made it, whatever program its process
	 * executes.  We do not look at other users' processes. */
	if (d.uid != ids_own())
		return NAME_LOCK_STRANGER;
	h->pid = process_find(link, &hidden, &keeper);
	if (!h->pid && (hidden || keeper))
		return keeper ? NAME_LOCK_ELSEWHERE : NAME_LOCK_HIDDEN;
	kind = h->pid ? kind_check(h->pid, link, &h->pidfd) :
	    NAME_LOCK_STRANGER;
	if (kind != NAME_LOCK_STRANGER)
		return kind;
	/* A launch of ours may have closed it while we looked. */
	return diag_find(name, sizeof(PREFIX) + SLOT_HASH, &again) ==
	    DIAG_FOUND && again.inode == d.inode ? NAME_LOCK_STRANGER :
	    NAME_LOCK_NOBODY;
}

const char *
name_lock_text(const struct name_lock_holder *h, char *buf)
{
	char exe[PATH_MAX];
	struct text t = text_in(buf, NAME_LOCK_TEXT);

	text_add(&t, h->uid == ids_own() ? "another mount or user namespace" :
	    "user ");
	if (h->uid != ids_own())
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
