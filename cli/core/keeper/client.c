/*
 * client.c: the connected clients, in order of accept, and what they may do.
 *
 * A client is always in one stage.  Only client_stage changes it, and sets what
 * the table of stages says: the part of the union, the deadline, and whether
 * request and attendant are kept.  Only client_sweep frees a client (client.h).
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/compat.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/state.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/carried.h"
#include "cli/core/wire/sock.h"

/*
 * Close sockets without waiting.
 *
 * Nothing can be sent to a socket that has been shut down: if it is empty then,
 * closing it closes no descriptor in it.  Other sockets go to a child, which
 * keeps them a moment longer than the keeper: so the child does the last close,
 * which may block.  The keeper does not wait for the child.
 */

enum {
	PAUSE_MS = 100, /* between two children */
	/* Longer than an earlier child needs to close its copies of our
	 * descriptors. */
	STAY_MS = 2000
};

static void
waste_add(struct waste *w, int *fd)
{
	int *at = w->at;

	if (w->n == w->cap) {
		at = realloc(w->at, (w->cap * 2 + 16) * sizeof(*at));
		if (at) {
			w->at = at;
			w->cap = w->cap * 2 + 16;
		}
	}
	/* Without memory the socket stays open as long as the keeper lives. */
	if (at)
		at[w->n++] = *fd;
	*fd = -1;
}

static bool
is_empty(int fd)
{
	int left;

	return ioctl(fd, SIOCINQ, &left) == 0 && !left;
}

/* Read bytes without descriptors from the socket: a child would keep our file
 * systems busy for nothing.  (Not past an out-of-band byte: that read would
 * skip the byte and close the descriptors beside it.)  Whether the socket is
 * empty now. */
static bool
words_drop(int fd)
{
	struct pollfd urgent = { fd, POLLPRI, 0 };
	char words[1024];
	bool beside;

	if (io_poll(&urgent, 1, 0) == IO_FAILED || urgent.revents & POLLPRI)
		return false;
	while (sock_words(fd, words, sizeof(words), &beside) > 0 && !beside)
		;
	return is_empty(fd);
}

void
waste_shut(struct keeper *k, int *fd)
{
	if (*fd < 0)
		return;
	shutdown(*fd, SHUT_RDWR);
	if (is_empty(*fd) || words_drop(*fd))
		io_close(fd);
	else
		waste_add(&k->waste, fd);
}

void
waste_deaf(struct keeper *k, int *listen)
{
	int fd;

	if (*listen < 0)
		return;
	shutdown(*listen, SHUT_RD);
	while ((fd = accept4(*listen, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		waste_shut(k, &fd);
	if (errno == EAGAIN) /* all connections are accepted */
		io_close(listen);
	else
		waste_add(&k->waste, listen);
}

static void
waste_give(struct waste *w)
{
	pid_t pid = fork();

	if (pid == 0) {
		setproctitle("-onlyone closing connections");
		io_keep(0, w->at, w->n);
		clock_sleep(STAY_MS * 1000L);
		_exit(0);
	}
	if (pid < 0)
		return;
	while (w->n)
		close(w->at[--w->n]);
}

void
waste_round(struct keeper *k)
{
	struct waste *w = &k->waste;

	if (!w->n || w->next > clock_now())
		return;
	waste_give(w);
	w->next = clock_now() + PAUSE_MS;
}

long long
waste_due(struct keeper *k)
{
	return k->waste.n ? k->waste.next : 0;
}

void
waste_last(struct keeper *k)
{
	if (k->waste.n)
		waste_give(&k->waste);
}

/*
 * Whether the peer of a connection shares our world.
 *
 * A peer that can open the socket has the user's id, but not always the user's
 * rights: it may be in a sandbox into which our folder was bound.  Such a peer
 * may hand arguments over.  It may not have us run, open, signal or wait for
 * anything: we would do that with our rights, not with its own.
 *
 * A peer shares our world if it has our ids, our namespaces and root, and is no
 * more confined than we are.  Or our world is a part of the peer's: a service
 * with its own mount namespace has started the instance, and the user's shell
 * asks.  What we cannot check counts as no.  We look at the peer by its pid; if
 * the peer is alive afterwards, the pid was its own all the while.
 */

/* Whether the peer is alive, and so still has its pid. */
static bool
client_lives(const struct client *cl)
{
	int pidfd = -1;
	socklen_t len = sizeof(pidfd);
	struct proc p;
	bool lives;

	if (getsockopt(cl->fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0) {
		lives = owner_lives(pidfd);
		io_close(&pidfd);
		return lives;
	}
	if (errno != ENOPROTOOPT)
		return false;
	/* Before Linux 6.5: a later process with this pid would have started
	 * after the connection was accepted. */
	return look_proc(cl->pid, &p) == 0 && p.state != 'Z' &&
	    proc_began(&p) <= cl->came;
}

static enum peer
peer_look(const struct client *cl)
{
	if (!cl->pid)
		return PEER_FOREIGN; /* we cannot see its pid */
	if (!proc_ours())
		return ours_unread(errno) < 0 ? PEER_UNASKED : PEER_UNKNOWN;
	if (ours_process(cl->pid) && !ours_sandbox(cl->pid) && client_lives(cl))
		return PEER_OURS;
	if (ours_unread(errno) < 0)
		return PEER_UNASKED;
	return ours_outside(cl->pid) && client_lives(cl) ? PEER_OUTSIDE :
	    PEER_FOREIGN;
}

bool
client_ours(struct client *cl)
{
	if (cl->peer == PEER_UNASKED)
		cl->peer = peer_look(cl);
	return cl->peer == PEER_OURS || cl->peer == PEER_OUTSIDE;
}

bool
client_env(struct client *cl, const char *entry)
{
	const char *own;
	char name[32];
	size_t n;

	switch (carried_kind(entry)) {
	case CARRIED_PLAIN:
		return true;
	case CARRIED_DISPLAY:
		/* Cheaper than client_ours: the same value as ours will do. */
		n = strcspn(entry, "=");
		memcpy(name, entry, n);
		name[n] = '\0';
		own = getenv(name);
		return (own && !strcmp(own, entry + n + 1)) || client_ours(cl);
	default:
		return false;
	}
}

/*
 * The table of stages: what each event does with a client.
 *
 *	has     the member of the union in struct client that is valid
 *	sends   a REQUEST is read as it comes (keeper.c); STREAMS are read by
 *	        its attendant; if it is to send NOTHING, any input is a hang-up
 *	        or was not asked for: the client is dropped
 *	keeps   it KEEPS its request, or LOSES it; or keeps it and SHARES it
 *	        with an attendant (attendant.h)
 *	time    in ms (0: no limit); then it GOES, or we TELL it the outcome
 *	        so far (raise_late), or we refuse it: FAIL (attendant_late)
 *	end     the last reply: ENDED, when the instance is over; AGAIN (start
 *	        over), when the slot is released
 *	leaves  what follows when it has gone, answered or not: a HANGUP for a
 *	        handler that still runs for it; its RECORD goes to another
 *	        handler
 */
const struct stage_row stages[] = {
	/*              has     sends    keeps   time       late  end    leaves */
	[READING] =   { NONE,   REQUEST, KEEPS,  SEND_MS,   GOES, AGAIN, NOBODY },
	[WAITING] =   { CALLER, NOTHING, KEEPS,  0,         GOES, AGAIN, NOBODY },
	[ATTENDED] =  { CALLER, STREAMS, SHARES, ATTEND_MS, FAIL, AGAIN, NOBODY },
	[SERVED] =    { CALLER, NOTHING, SHARES, 0,         GOES, QUIET, HANGUP },
	[SHOWING] =   { CALLER, NOTHING, SHARES, SHOWN_MS,  TELL, AGAIN, NOBODY },
	[RAISED] =    { CALLER, NOTHING, LOSES,  TELL_MS,   TELL, QUIET, NOBODY },
	[CLOSING] =   { NONE,   NOTHING, LOSES,  0,         GOES, QUIET, NOBODY },
	[WATCHING] =  { NONE,   NOTHING, LOSES,  0,         GOES, ENDED, NOBODY },
	[JOINING] =   { NONE,   NOTHING, LOSES,  0,         GOES, ENDED, NOBODY },
	[QUEUED] =    { WAITER, NOTHING, LOSES,  0,         GOES, AGAIN, NOBODY },
	[OFFERED] =   { WAITER, REQUEST, KEEPS,  OFFER_MS,  GOES, AGAIN, NOBODY },
	[LISTENING] = { NONE,   NOTHING, LOSES,  0,         GOES, ENDED, RECORD }
};

const unsigned stage_next[] = {
	[READING] = TO(READING) | TO(WAITING) | TO(CLOSING) | TO(WATCHING) |
	    TO(JOINING) | TO(QUEUED) | TO(LISTENING),
	[WAITING] = TO(ATTENDED) | TO(SHOWING) | TO(RAISED) | TO(WATCHING),
	[ATTENDED] = TO(WAITING) | TO(ATTENDED) | TO(SERVED) | TO(SHOWING) |
	    TO(RAISED) | TO(WATCHING),
	[SERVED] = TO(ATTENDED) | TO(SHOWING) | TO(RAISED) | TO(WATCHING),
	[SHOWING] = TO(WAITING) | TO(RAISED) | TO(WATCHING),
	[RAISED] = TO(WATCHING),
	[QUEUED] = TO(OFFERED),
	[LISTENING] = 0
};

struct client *
client_next(const struct keeper *k, const struct client *cl)
{
	struct client *next = cl ? cl->next : k->clients.first;

	while (next && next->gone)
		next = next->next;
	return next;
}

struct client *
client_at(const struct keeper *k, enum stage stage, const struct client *cl)
{
	struct client *next = client_next(k, cl);

	while (next && next->stage != stage)
		next = client_next(k, next);
	return next;
}

struct client *
client_first(const struct keeper *k, enum stage stage)
{
	struct client *first = NULL, *cl = NULL;

	while ((cl = client_at(k, stage, cl))) {
		if (!first || cl->turn < first->turn)
			first = cl;
	}
	return first;
}

bool
client_full(const struct keeper *k)
{
	return k->clients.n + k->waste.n >= k->clients.most;
}

bool
client_stays(const struct client *cl)
{
	return io_wait(cl->fd, POLLRDHUP, 0) == IO_LATE;
}

struct client *
client_new(struct keeper *k, int fd, pid_t pid)
{
	struct client **at = &k->clients.first;
	struct client *cl = calloc(1, sizeof(*cl));

	if (!cl)
		return NULL;
	cl->fd = fd;
	cl->pid = pid;
	cl->came = clock_boot();
	cl->spare = k->clients.n + k->waste.n + CLIENTS_SPARE >=
	    k->clients.most;
	cl->attendant.fd = -1;
	buf_init(&cl->in.buf, cl->in.first, sizeof(cl->in.first));
	client_stage(cl, READING);
	while (*at)
		at = &(*at)->next;
	*at = cl;
	k->clients.n++;
	return cl;
}

/* Clear the part of the union that the new stage uses. */
static void
part_begin(struct client *cl, enum part part)
{
	switch (part) {
	case CALLER:
		cl->caller = (struct caller){ .outcome = -1 };
		break;
	case WAITER:
		cl->waiter = (struct waiter){ 0 };
		break;
	default:
		break;
	}
}

static void
part_end(struct client *cl, enum part part)
{
	if (part == CALLER) {
		free(cl->caller.cwd);
		free(cl->caller.handed);
		free(cl->caller.lack);
	}
}

void
client_lack(struct client *cl, const char *why)
{
	free(cl->caller.lack);
	cl->caller.lack = why ? strdup(why) : NULL;
}

void
client_forget(struct client *cl)
{
	buf_free(&cl->in.buf);
	buf_init(&cl->in.buf, cl->in.first, sizeof(cl->in.first));
	if (stages[cl->stage].part == CALLER)
		memset(&cl->caller.request, 0, sizeof(cl->caller.request));
}

void
client_stage(struct client *cl, enum stage stage)
{
	const struct stage_row *was = &stages[cl->stage];
	const struct stage_row *row = &stages[stage];

	change_check(stage_next[cl->stage], stage);
	if (row->part != was->part) {
		part_end(cl, was->part);
		part_begin(cl, row->part);
	}
	if (row->keeps == LOSES)
		client_forget(cl);
	if (row->keeps != SHARES)
		client_unattend(cl);
	cl->stage = stage;
	cl->deadline = row->ms ? clock_now() + row->ms : 0;
}

void
client_unattend(struct client *cl)
{
	/* handler_reap reaps the killed child.  Do not wait for it here: it may
	 * be stuck in the kernel. */
	if (cl->attendant.pid)
		kill(cl->attendant.pid, SIGKILL);
	cl->attendant.pid = 0;
	io_close(&cl->attendant.fd);
}

void
client_drop(struct keeper *k, struct client *cl)
{
	cl->gone = k->clients.gone = true;
	waste_shut(k, &cl->fd);
	client_unattend(cl);
}

void
client_sweep(struct keeper *k,
    void (*gone)(struct keeper *k, struct client *cl))
{
	struct client **at = &k->clients.first, *cl;

	k->clients.gone = false;
	while ((cl = *at)) {
		if (!cl->gone) {
			at = &cl->next;
			continue;
		}
		gone(k, cl);
		*at = cl->next;
		part_end(cl, stages[cl->stage].part);
		client_forget(cl);
		free(cl);
		k->clients.n--;
	}
}
