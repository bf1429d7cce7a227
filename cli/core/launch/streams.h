/*
 * streams.h: the standard streams of the program, where they are not those of
 * the launch: --output, --background.
 */
#ifndef STREAMS_H
#define STREAMS_H

#include "cli/base/fault.h"
#include "cli/core/launch/launch_state.h"

/* Open the file of --output, which the caller found given.  0 or -1. */
int streams_open(struct launch *l, struct fault *f);

/* Give this process the streams of the program.  kept[3]: what streams_back puts
 * back when the program could not be executed; it closes on exec; NULL: this
 * process executes none.  0, or -1 with a fault. */
int streams_give(const struct born *b, int *kept, struct fault *f);
void streams_back(int *kept);

#endif
