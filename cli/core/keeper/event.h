/*
 * event.h: the events of client connections.
 */
#ifndef EVENT_H
#define EVENT_H

struct client;
struct keeper;

/* Accept connections, and make clients of them. */
void event_accept(struct keeper *k);

/* The poll(2) events to wait for on a connection; serve those that came. */
short event_wanted(struct keeper *k, struct client *cl);
void event_take(struct keeper *k, struct client *cl, int events);

/* Serve the poll(2) events of a client's child (taker.h). */
void event_heard(struct keeper *k, struct client *cl, int events);

/* Serve the clients whose time is up. */
void event_expire(struct keeper *k);

/* Free the marked clients: the only place where that is done. */
void event_sweep(struct keeper *k);

#endif
