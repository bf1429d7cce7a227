/*
 * witness.c: the half of the claim that rm -rf cannot sweep.
 *
 * The name is a hash of uid, root path and slot.  All default roots count as
 * one path: a user's instances exclude each other also while somebody else
 * makes and removes the names that the default root could have.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <limits.h>
#include <sha2.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/ours.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/slot/diag.h"
#include "cli/slot/owner.h"
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

/* The process that has it open; 0: none that we can look into.  *hidden: one of
 * our uid cannot be looked into. */
static pid_t
process_find(const char *link, bool *hidden)
{
	struct procs all;
	pid_t pid, found = 0;
	int holds;

	*hidden = true;
	if (procs_begin(&all) < 0)
		return 0;
	*hidden = false;
	while (!found && procs_next(&all, &pid)) {
		/* Init is no keeper, and need not let itself be looked at. */
		holds = pid == 1 ? 0 : proc_opens(pid, link, false);
		if (holds < 0)
			*hidden |= ours_maybe(pid);
		else if (holds)
			found = pid;
	}
	procs_end(&all);
	return found;
}

/* Whether it is ours and of our world, and still has it: then *pidfd is
 * open. */
static bool
process_ours(pid_t pid, const char *link, int *pidfd)
{
	int proc;
	bool it;

	*pidfd = owner_pidfd(pid);
	proc = ours_open(pid);
	it = *pidfd >= 0 && proc >= 0 && ours_at(proc) && ours_world(proc) &&
	    proc_opens(pid, link, false) == 1 && !owner_ended(*pidfd);
	io_close(&proc);
	if (!it)
		io_close(pidfd);
	return it;
}

enum witness
witness_find(const struct root *r, const char *hash, struct witness_holder *h)
{
	char name[sizeof(PREFIX) + SLOT_HASH + 1] = "", link[64];
	struct diag d;
	struct text t;
	bool hidden;

	early_gate();
	memset(h, 0, sizeof(*h));
	h->pidfd = -1;
	name_make(r, hash, name + 1);
	switch (diag_find(name, sizeof(PREFIX) + SLOT_HASH, &d)) {
	case DIAG_NONE:
		return WITNESS_NOBODY;
	case DIAG_FAILED:
		return WITNESS_HIDDEN;
	default:
		break;
	}
	h->uid = d.uid;
	text_init(&t, link, sizeof(link));
	text_add(&t, "socket:[");
	text_num(&t, d.inode);
	text_add(&t, "]");
	h->pid = process_find(link, &hidden);
	/* No program that its maker executes can change who made it. */
	if (d.uid != geteuid())
		return WITNESS_STRANGER;
	if (!h->pid)
		return hidden ? WITNESS_HIDDEN : WITNESS_STRANGER;
	return process_ours(h->pid, link, &h->pidfd) ? WITNESS_OURS :
	    WITNESS_STRANGER;
}

const char *
witness_text(const struct witness_holder *h, char *buf)
{
	char exe[PATH_MAX];
	struct text t;

	text_init(&t, buf, WITNESS_TEXT);
	text_add(&t, h->uid == geteuid() ? "another mount or user namespace" :
	    "user ");
	if (h->uid != geteuid())
		text_num(&t, h->uid);
	if (!h->pid)
		return buf;
	text_add(&t, ", pid ");
	text_num(&t, h->pid);
	if (*proc_exe(h->pid, exe, sizeof(exe))) {
		text_add(&t, ", ");
		text_show(&t, exe, strlen(exe));
	}
	return buf;
}
