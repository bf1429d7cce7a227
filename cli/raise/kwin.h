/*
 * kwin.h: KWin.
 */
#ifndef RAISE_KWIN_H
#define RAISE_KWIN_H

#include "cli/raise/attempt.h"

/* A script in KWin, by process. */
enum outcome kwin_raise(struct attempt *a);

#endif
