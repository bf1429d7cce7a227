/*
 * event.h: what happens to a connection.
 */
#ifndef EVENT_H
#define EVENT_H

struct client;
struct keeper;

/* Those who connect become clients. */
void event_accept(struct keeper *k);

/* What to wait for on its connection; and what poll(2) says of it. */
short event_wanted(struct keeper *k, struct client *cl);
void event_take(struct keeper *k, struct client *cl, int events);

/* Those whose time is up. */
void event_expire(struct keeper *k);

/* The one place where clients go: those that an event has marked. */
void event_sweep(struct keeper *k);

#endif
