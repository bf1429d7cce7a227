/*
 * line.h: a place in the line of those who wait for a slot.
 */
#ifndef LINE_H
#define LINE_H

#include "cli/launch/state.h"
#include "cli/meet/words.h"

/* One place, in a keeper's line. */
struct line {
	int fd; /* -1: none */
	int index;
	bool accepted;
	bool asks; /* whom we replace asks its user something */
	struct buf in; /* what has come and is not taken yet */
	long long ahead;
	char who[WORDS_INSTANCE];
};

/* All that a launch has, one for each index. */
struct lines {
	struct line *at;
	int n;
};

/* What a launch waits for, whichever keeper has it in its line. */
struct errand {
	const struct launch *l;
	long long ticket; /* when it came: places go by that */
	char cover[SLOT_HASH + 1]; /* equal launches have the same */
};

/* Now. */
void errand_draw(struct errand *e, const struct launch *l);

/* Get in line, over fd.  taker: the process that we have offered as the
 * instance already; 0: none.  0 or -1. */
int line_ask(const struct errand *e, pid_t taker, int fd);

/* The keeper has accepted us: b is its reply.  Whether it has before, and more
 * are before us by now. */
bool line_accepted(struct line *line, const struct fields *b);

/* Leave them all. */
void lines_close(struct lines *lines);

#endif
