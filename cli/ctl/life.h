/*
 * life.h: one slot folder: what its files say, and who lives there.
 */
#ifndef CTL_LIFE_H
#define CTL_LIFE_H

#include <stdbool.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/ctl/wanted.h"
#include "cli/slot/slot.h"
#include "cli/wire/sock.h"

/* A question to a keeper that is under way. */
struct question {
	bool read;      /* there is a record */
	bool over;      /* nobody needs to be asked: */
	enum life life;
	int sock;       /* with the question on its way, if that is SOCK_OK: */
	enum sock_result r;
	long long until;
};

/* Read it, and ask its keeper, if it is meant (w; NULL: any is).  What there
 * is of it in found stays where it is until life_end. */
void life_begin(struct ctl *c, const struct slot *s, struct wanted *w,
    struct found *found, struct question *q);

/* Whether somebody lives there.  NONE and UNREAD: there is nothing that can be
 * shown; then only its name and slot are of use, unless *shown. */
enum life life_end(struct ctl *c, struct wanted *w, struct found *found,
    struct question *q, bool *shown);

#endif
