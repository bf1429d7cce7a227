/*
 * peer.c: whether the peer of a connection is of our own world.
 *
 * A peer that can open the socket has the user's id, but not always the user's
 * rights: it may be in a sandbox into which our folder was bound.  Such a peer
 * may hand arguments over.  It may not give us anything to run, open, signal or
 * wait for on its behalf: we would do that with our rights, not with its own.
 *
 * A peer is of our world if it has our ids, our namespaces and root, and is no
 * more confined than we are.  We look at it by its pid; that the pid was the
 * peer's all the while is known if the peer lives afterwards.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/compat.h"
#include "cli/base/io.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/peer.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/carried.h"

/* Whether the peer lives, and so still has its pid. */
static bool
client_lives(const struct client *cl)
{
	int pidfd = -1;
	socklen_t len = sizeof(pidfd);
	struct proc p;
	bool ended;

	if (!point_old("peerpidfd") && getsockopt(cl->fd, SOL_SOCKET,
	    SO_PEERPIDFD, &pidfd, &len) == 0) {
		ended = owner_ended(pidfd);
		io_close(&pidfd);
		return !ended;
	}
	if (!point_old("peerpidfd") && errno != ENOPROTOOPT)
		return false;
	/* Before Linux 6.5: a later process with this pid would have begun
	 * after the connection was accepted. */
	return look_proc(cl->pid, &p) == 0 && p.state != 'Z' &&
	    (long long)p.start * 1000 / sysconf(_SC_CLK_TCK) <= cl->came;
}

static enum peer
peer_look(const struct client *cl)
{
	if (!cl->pid)
		return PEER_FOREIGN; /* we cannot see its pid */
	if (!proc_ours())
		return PEER_UNKNOWN;
	return ours(cl->pid) && !ours_sandbox(cl->pid) && client_lives(cl) ?
	    PEER_OURS : PEER_FOREIGN;
}

bool
peer_ours(struct client *cl)
{
	if (cl->peer == PEER_UNASKED)
		cl->peer = peer_look(cl);
	return cl->peer == PEER_OURS;
}

bool
peer_env(struct client *cl, const char *entry)
{
	const char *own;
	char name[32];
	size_t n;

	switch (carried_kind(entry)) {
	case CARRIED_PLAIN:
		return true;
	case CARRIED_DISPLAY:
		/* Cheaper than peer_ours: our own value is the same. */
		n = strcspn(entry, "=");
		memcpy(name, entry, n);
		name[n] = '\0';
		own = getenv(name);
		return (own && !strcmp(own, entry + n + 1)) || peer_ours(cl);
	default:
		return false;
	}
}
