/*
 * copies.h: known programs that fork a copy of themselves.
 */
#ifndef COPIES_H
#define COPIES_H

#include <sys/types.h>

#include "cli/core/slot/info.h"

enum copies {
	COPIES_UNKNOWN,
	COPIES_DAEMON, /* one in its own session is the daemon, however early it
	                * was forked */
	COPIES_HELPER  /* it is none */
};

/* The kind of copies of instance i, one of which is process pid; call it within
 * look_begin. */
enum copies copies_known(pid_t pid, const struct info *i);

#endif
