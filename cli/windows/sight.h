/*
 * sight.h: what a look at windows that were asked to close finds.
 */
#ifndef RAISE_SIGHT_H
#define RAISE_SIGHT_H

enum { SIGHT_TITLE = 128 };

struct sight {
	int asked;     /* windows that were asked, and are still there */
	int questions; /* windows that were opened after that */
	char title[SIGHT_TITLE]; /* of one question; "": it has none */
};

#endif
