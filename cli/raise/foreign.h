/*
 * foreign.h: wlr-foreign-toplevel-management.
 */
#ifndef RAISE_FOREIGN_H
#define RAISE_FOREIGN_H

#include "cli/raise/attempt.h"

/* Wlr-foreign-toplevel-management, by name and title. */
enum outcome foreign_raise(struct attempt *a);

#endif
