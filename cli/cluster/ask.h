/*
 * ask.h: a letter to the instance that has a key, and its answer.
 */
#ifndef CLUSTER_ASK_H
#define CLUSTER_ASK_H

#include <jansson.h>

#include "cli/cluster/engine.h"

struct answer {
	int status;     /* -1: not known */
	char line[512]; /* what onlyonectl said of it there; "" */
	bool untaken;   /* namely that nobody took the arguments */
	char host[256]; /* that it is of */
};

/*
 * Send a letter (given up) to whoever has the key, and wait for its answer
 * until that time (clock_boot), or until fd has input (-1: none).  OK: *answer;
 * BUSY: time is up, or fd; LOST: there is no answer, and the key is another's,
 * or nobody's, or held back: its status is how the instance ended; and what else
 * can befall.
 */
enum engine_result ask_holder(const struct engine_calls *calls,
    const char *url, const char *key, json_t *letter, long long until, int fd,
    struct answer *answer, struct fault *f);

#endif
