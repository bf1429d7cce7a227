/*
 * meant.h: what may have been meant by a command that is not found.
 */
#ifndef MEANT_H
#define MEANT_H

#include "cli/fault.h"

/* Put it behind the fault's line; before: the word before the command. */
void meant_say(const char *before, char *const command[], struct fault *f);

#endif
