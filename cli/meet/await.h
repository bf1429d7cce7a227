/*
 * await.h: a launch whose turn does not come: is there still something to wait
 * for?
 */
#ifndef AWAIT_H
#define AWAIT_H

#include <stdbool.h>

#include "cli/fault.h"
#include "cli/meet/place.h"

/* What we know of the turn that we wait for. */
struct await {
	bool held; /* at the last look there was no instance, only its parent */
	bool told; /* who has the turn */
};

enum awaited {
	AWAIT_ON,    /* wait on */
	AWAIT_SLOW,  /* its keeper answers nobody */
	AWAIT_FAILED /* fault: there is no instance that could take it */
};

/* How long without a word before the next look, ms. */
int await_ms(const struct await *t);

/* Look, after a while without a word. */
enum awaited await_look(struct await *t, const struct place *p,
    struct fault *f);

#endif
