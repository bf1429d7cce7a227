/*
 * streams.h: the standard streams of the program, where they are not those of
 * the launch: --output, --background.
 */
#ifndef LAUNCH_STREAMS_H
#define LAUNCH_STREAMS_H

struct born;
struct fault;
struct launch;

/* Open the file of --output, which was given.  0 or -1.  A rule goes without
 * one that cannot be opened. */
int streams_open(struct launch *l, struct fault *f);

/* Give this process the streams of the program.  kept[3]: close-on-exec copies,
 * which streams_back restores if the exec fails; NULL: this process does not
 * exec.  0, or -1 with a fault. */
int streams_give(const struct born *b, int *kept, struct fault *f);
void streams_back(int *kept);

#endif
