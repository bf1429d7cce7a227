/*
 * shown.h: whether an instance shows a window, on whatever display.
 */
#ifndef RAISE_SHOWN_H
#define RAISE_SHOWN_H

#include "cli/raise/request.h"

/* RAISED: it does, or has one minimised; NO_WINDOW; NO_DISPLAY, or FORBIDDEN:
 * that cannot be told. */
enum outcome shown_look(struct request *r);

#endif
