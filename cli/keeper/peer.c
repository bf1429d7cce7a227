/*
 * peer.c: whether the process at the other end is of our own world.
 *
 * Who has the socket has the user's id, but not his rights: it may be a
 * sandbox into which our folder was bound.  Such a one may hand arguments over.
 * It may not bring what we run, open, signal or wait for in its stead, which
 * would be done with our rights and not with its own.
 *
 * Of our world is who has our ids, our namespaces and root, and is no more
 * confined than we are.  The process is held by its folder in /proc, which is
 * its own for ever; that it was the peer's is known if the peer lives after
 * that has been opened.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/compat.h"
#include "cli/io.h"
#include "cli/keeper/client.h"
#include "cli/keeper/peer.h"
#include "cli/ours.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/slot/owner.h"
#include "cli/wire/carried.h"

/* Whether the peer itself still has its number. */
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
	/* Before Linux 6.5: who has the number by now began later. */
	return proc_read(cl->pid, &p) == 0 && p.state != 'Z' &&
	    (long long)p.start * 1000 / sysconf(_SC_CLK_TCK) <= cl->came;
}

static enum peer
peer_look(const struct client *cl)
{
	enum peer result = PEER_FOREIGN;
	int proc;

	if (!cl->pid)
		return PEER_FOREIGN; /* of no pid namespace below ours */
	if (!proc_ours())
		return PEER_UNKNOWN;
	proc = ours_open(cl->pid);
	if (proc >= 0 && client_lives(cl) && ours_at(proc) &&
	    !ours_sandbox(proc))
		result = PEER_OURS;
	io_close(&proc);
	return result;
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
		/* That it is ours already is cheaper to see. */
		n = strcspn(entry, "=");
		memcpy(name, entry, n);
		name[n] = '\0';
		own = getenv(name);
		return (own && !strcmp(own, entry + n + 1)) || peer_ours(cl);
	default:
		return false;
	}
}
