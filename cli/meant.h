/*
 * meant.h: what may have been meant by a command that is not found.
 */
#ifndef MEANT_H
#define MEANT_H

#include "cli/fault.h"

/* Put it behind the fault's line; command: what follows the options, on the
 * line on which they stand before it. */
void meant_say(char *const command[], struct fault *f);

#endif
