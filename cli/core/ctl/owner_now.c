/*
 * owner_now.c: which process owns an instance right now.
 *
 * If the program has become a daemon or was restarted, the record read a moment
 * ago names another process.  An instance has ended only if its slot proves
 * that: another instance is in the slot, or its keeper is handing the slot
 * over, or no keeper listens and a claim finds neither owner nor successor
 * alive.  A keeper that does not answer proves nothing.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/owner_now.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/meet.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/ask.h"

enum {
	ASK_MS = 1000, /* at most, for one answer of a keeper */
	ASK_LEAST_MS = 100
};

static int
owner_unreadable(const struct found *found, struct fault *f)
{
	fault_errno(f, fault_state(errno), errno, "cannot read the slot of ",
	    found->info.app, NULL);
	return OWNER_FAULT;
}

int
settle_now(const struct found *found, pid_t *pid,
    struct fault *f)
{
	int folder = folder_peek(found->root, found->slot.name);
	int pidfd = -1, result = OWNER_PASSED;
	enum owner_state s;
	struct info i;
	struct buf b = { 0 };

	if (folder < 0)
		return folder_debris(errno) ? OWNER_PASSED :
		    owner_unreadable(found, f);
	if (info_read(folder, &b, &i) < 0) {
		/* The record was removed, or is just being written: ask the
		 * keeper. */
		if (!folder_debris(errno))
			result = owner_unreadable(found, f);
	} else {
		*pid = i.owner.pid;
		s = holder_owner(folder, &i, &pidfd);
		if (i.since != found->info.since) {
			io_close(&pidfd);
			result = OWNER_OVER;
		} else if (s == OWNER_ALIVE) {
			result = pidfd;
		} else if (s == OWNER_UNKNOWN && errno != ENOENT &&
		    errno != ENODATA) {
			fault_errno(f, EXIT_SYSTEM, errno, "cannot look at the"
			    " process of ", found->info.app, NULL);
			result = OWNER_FAULT;
		} else if (s != OWNER_DEAD) {
			fault_set(f, EXIT_DENIED, found->info.app,
			    s == OWNER_ELSEWHERE ?
			    " runs in another pid namespace" :
			    ": its process cannot be identified with certainty",
			    NULL);
			result = OWNER_FAULT;
		}
	}
	io_close(&folder);
	buf_free(&b);
	return result;
}

/* Set the fault: timed out, and the owner is not known.  why: the result of the
 * last question to the keeper. */
static int
unsettled_fault(const struct found *found, struct place *p,
    enum sock_result why, struct fault *f)
{
	if (why == SOCK_OK)
		return f->code ? -1 : fault_set(f, EXIT_BUSY, found->info.app,
		    " is being handed from one process to the next; try"
		    " again", NULL);
	return words_not_responding(p, f);
}

void
settle_parent(const struct found *found, bool *told)
{
	int pidfd;

	if (*told)
		return;
	*told = true;
	if (owner_open(&found->info.parent, &pidfd) == OWNER_ALIVE)
		owner_end(pidfd, SIGTERM);
	io_close(&pidfd);
}

/* Ask the keeper at sock, for at most ms; *why: the result of asking.
 * OWNER_PASSED: the owner is not known yet; if a parent holds the slot, f says
 * so, and settle_owner signals that parent. */
static int
settle_ask(const struct found *found, int sock, int ms, enum sock_result *why,
    bool *told, struct fault *f)
{
	int result = OWNER_PASSED;
	struct frame reply;
	struct buf b = { 0 };
	enum holds holds;

	f->code = 0;
	*why = ask_query(sock, found->slot.hash, ms, &b, &reply);
	if (*why == SOCK_OK) {
		holds = holds_told(&reply.body);
		/* A launch that gets the slot may still have to wait for its
		 * lock file. */
		if (fields_num(&reply.body, "since", 0) != found->info.since ||
		    !holds_runs(holds)) {
			result = OWNER_OVER;
		} else if (!fields_num(&reply.body, "pid", 0) &&
		    holds == HOLDS_INSTANCE) {
			fault_set(f, EXIT_NOANSWER, found->info.app, " runs,"
			    " but its process cannot be seen or signalled from"
			    " here", NULL);
			result = OWNER_FAULT;
		}
		if (result == OWNER_PASSED && holds == HOLDS_PARENT) {
			words_held(&reply.body, found->info.app, f);
			if (told)
				settle_parent(found, told);
		}
	} else if (*why == SOCK_FAILED) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot ask the keeper of ",
		    found->info.app, NULL);
		result = OWNER_FAULT;
	}
	buf_free(&b);
	return result;
}

enum met
settle_claim(const struct found *found, struct fault *f)
{
	struct meeting m;
	struct place p;
	enum met met;

	if (place_of(&p, found->root, &found->slot, f) < 0)
		return MET_FAILED;
	meeting_begin(&m, &p);
	met = meet_claim(&m, f);
	if (met == MET_BUSY)
		patience_pause(&m.patience);
	meeting_end(&m);
	return met;
}

int
settle_owner(const struct found *found, long long deadline,
    pid_t *pid, bool *told, struct fault *f)
{
	enum sock_result why = SOCK_OK;
	struct meeting m;
	struct place p;
	int result, sock, left;

	if (place_of(&p, found->root, &found->slot, f) < 0)
		return OWNER_FAULT;
	meeting_begin(&m, &p);
	while ((result = settle_now(found, pid, f)) == OWNER_PASSED) {
		left = clock_left(deadline);
		if (left > ASK_MS)
			left = ASK_MS;
		if (left < ASK_LEAST_MS)
			left = ASK_LEAST_MS;
		switch (meet_once(&m, left, &sock, f)) {
		case MET_KEEPER:
			result = settle_ask(found, sock, left, &why,
			    told, f);
			io_close(&sock);
			break;
		case MET_FREE:
			meet_drop(&m);
			result = OWNER_OVER;
			break;
		case MET_ELSEWHERE:
		case MET_FAILED:
			result = OWNER_FAULT;
			break;
		case MET_SLOW:
			why = SOCK_SLOW;
			break;
		default:
			why = SOCK_NOBODY;
			break;
		}
		if (result != OWNER_PASSED)
			break;
		/* A keeper that has just exited leaves a free slot, soon. */
		if (clock_now() >= deadline + (why == SOCK_NOBODY ?
		    ASK_LEAST_MS : 0)) {
			unsettled_fault(found, &p, why, f);
			result = OWNER_FAULT;
			break;
		}
		patience_pause(&m.patience); /* give its keeper time */
	}
	meeting_end(&m);
	return result;
}

int
settle_pid(const struct found *found, pid_t *pid, struct fault *f)
{
	enum { PASSING_MS = 1000 };
	int pidfd;

	*pid = found_pid(found);
	if (*pid)
		return 0;
	if (found_holds(found) != HOLDS_ENDING)
		return fault_set(f, EXIT_NOANSWER, found->info.app, " runs, but"
		    " its pid cannot be seen from here", NULL);
	pidfd = settle_owner(found, clock_now() + PASSING_MS, pid, NULL, f);
	if (pidfd < 0)
		return pidfd == OWNER_OVER ? 1 : -1;
	io_close(&pidfd);
	return 0;
}
