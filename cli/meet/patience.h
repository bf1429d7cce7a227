/*
 * patience.h: how long, and how often, something is tried again.
 */
#ifndef PATIENCE_H
#define PATIENCE_H

#include <stdbool.h>

enum { PATIENCE_MS = 5000 };

struct patience {
	long long end; /* of it, clock_now; 0: nobody has asked yet */
	long pause;    /* the next one, us */
	int revivals;
	bool last;     /* it is spent, but for one more look */
};

/* Begin, from when it is asked for first; be patient anew, with somebody who has
 * answered. */
void patience_begin(struct patience *p);
void patience_renew(struct patience *p);

/* Pause, each time longer: from 0.1 to 25 ms. */
void patience_pause(struct patience *p);

/* ms that are left; 0: none.  When it ends, clock_now. */
int patience_left(struct patience *p);
long long patience_end(struct patience *p);

/* One more keeper has been started.  false: it is enough. */
bool patience_revived(struct patience *p);

#endif
