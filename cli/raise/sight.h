/*
 * sight.h: what a look at windows that were asked to close finds.
 */
#ifndef RAISE_SIGHT_H
#define RAISE_SIGHT_H

struct sight {
	int asked;     /* those that were asked, and are still there */
	int questions; /* those that came after that */
};

#endif
