/*
 * found.c: an instance that was found and its processes; run a verb on each of
 * several instances.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/ctl/found.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/owner.h"

enum { ROOM = 1024 };

void
found_init(struct found *found)
{
	size_t half;

	found->room = malloc(ROOM);
	half = found->room ? ROOM / 2 : 0;
	buf_init(&found->record, found->room, half);
	buf_init(&found->reply, half ? found->room + half : NULL, half);
}

void
found_free(struct found *found)
{
	buf_free(&found->record);
	buf_free(&found->reply);
	free(found->room);
	found->room = NULL;
}

void
founds_free(struct founds *fs)
{
	for (size_t i = 0; i < fs->n; i++)
		found_free(&fs->at[i]);
	free(fs->at);
	fs->at = NULL;
	fs->n = 0;
}

bool
found_lives(const struct found *found, int *err)
{
	int pidfd;

	*err = 0;
	switch (owner_open(&found->info.owner, &pidfd)) {
	case OWNER_ALIVE:
		io_close(&pidfd);
		return true;
	case OWNER_UNKNOWN:
		*err = errno;
		return false;
	default:
		return false;
	}
}

enum holds
found_holds(const struct found *found)
{
	int err;

	if (found->life == LIFE_KEPT)
		return holds_told(&found->state);
	return found->life == LIFE_NOT_RESPONDING && !found->elsewhere &&
	    !found_lives(found, &err) && !err ? HOLDS_DEAF : HOLDS_INSTANCE;
}

bool
found_runs(const struct found *found)
{
	return holds_runs(found_holds(found));
}

int
found_none(const struct found *found, struct fault *f)
{
	char waiting[HOLDS_WAITING];
	struct text t = text_in(waiting, sizeof(waiting));
	struct place p;

	switch (found_holds(found)) {
	case HOLDS_DEAF:
		return place_of(&p, found->root, &found->slot, f) < 0 ? -1 :
		    words_not_responding(&p, f);
	case HOLDS_LOCKED:
		holds_waiting(&found->state, "; ", &t);
		text_dots(&t);
		/* fall through */
	default:
		holds_fault(&found->state, found->info.app, f);
		f->code = EXIT_NONE;
		return fault_more(f, waiting, NULL);
	}
}

bool
found_waits(const struct found *found, char text[WAITS_TEXT])
{
	int folder = found_holds(found) == HOLDS_INSTANCE ?
	    folder_peek(found->root, found->slot.name) : -1;
	bool waits = folder >= 0 && waits_read(folder, FILE_WAITS,
	    found->info.since, text);

	io_close(&folder);
	return waits;
}

long long
found_used(const struct found *found)
{
	return fields_num(&found->state, "used", found->info.used);
}

pid_t
found_pid(const struct found *found)
{
	int err;

	if (found->elsewhere || found->life == LIFE_HIDDEN)
		return 0;
	/* The recorded owner may have exited, and its pid may have been
	 * reused. */
	if (found->life == LIFE_NOT_RESPONDING && !found_lives(found, &err))
		return 0;
	return (pid_t)fields_num(&found->state, "pid", found->info.owner.pid);
}

pid_t
found_parent(const struct found *found)
{
	return found->life == LIFE_KEPT &&
	    holds_told(&found->state) == HOLDS_PARENT ?
	    (pid_t)fields_num(&found->state, "parent", 0) : 0;
}

bool
found_stuck(const struct found *found)
{
	pid_t parent = found_parent(found);

	return parent && proc_state(parent) == 'T';
}

pid_t
found_keeper(const struct found *found)
{
	pid_t keeper = found->info.keeper;
	int pidfd;

	if (found->elsewhere)
		return 0;
	if (found->life == LIFE_KEPT)
		return (pid_t)fields_num(&found->state, "keeper", keeper);
	if (found->life != LIFE_NOT_RESPONDING || !keeper)
		return 0;
	/* The record may be old: the keeper counts only if it is alive. */
	pidfd = owner_pidfd(keeper);
	if (!owner_lives(pidfd))
		keeper = 0;
	io_close(&pidfd);
	return keeper;
}

void
target_say(const struct found *found, pid_t pid)
{
	char digits[24];

	say_note("waiting for ", found->info.app, pid ? ", pid " : "",
	    pid ? say_num(digits, pid) : "", proc_state(pid) == 'T' ?
	    ", which is stopped," : "", " to end", NULL);
}

int
target_signalled(const struct found *found, pid_t pid, int r, struct fault *f)
{
	char digits[24];

	if (r == 0 || errno == ESRCH)
		return 0;
	return fault_errno(f, EXIT_DENIED, errno, "cannot signal ",
	    found->info.app, ", pid ", say_num(digits, pid), NULL);
}

void
target_failed(struct fault *f, size_t n, int *code)
{
	if (!*code)
		*code = f->code;
	if (n > 1)
		say_fault(f);
}

int
targets_end(struct fault *f, size_t n, int code)
{
	if (!code)
		return 0;
	f->code = code;
	if (n > 1)
		f->line[0] = '\0'; /* target_failed has printed it */
	return -1;
}
