/*
 * waste.h: close sockets without waiting.
 *
 * To close a socket closes the descriptors that lie in it unread, and closing
 * the last descriptor of an open file may block: for a connection that lingers
 * (SO_LINGER), a serial line, a file server.  A keeper never does that.
 */
#ifndef WASTE_H
#define WASTE_H

struct keeper;

/* Close a connection (*fd is -1 then), or the listening socket with all
 * connections that were not accepted.  The other end sees that at once. */
void waste_shut(struct keeper *k, int *fd);
void waste_deaf(struct keeper *k, int *listen);

/* Once in each round, as its last step (waste_last: at the end): give what
 * could not be closed to a child.  When due, on clock_now; 0: nothing is. */
void waste_round(struct keeper *k);
long long waste_due(const struct keeper *k);
void waste_last(struct keeper *k);

#endif
