/*
 * post.h: send a letter to the holder of a key, and get the answer.
 */
#ifndef POST_H
#define POST_H

#include <jansson.h>

#include "cli/cluster/engine.h"

struct answer {
	int status;     /* exit status; -1: unknown */
	char line[512]; /* what onlyonectl said on that host; "" */
	bool untaken;   /* line says that the arguments have no handler */
	char host[256]; /* the holder's; "?": unknown */
};

/*
 * Send a letter (freed here) to the holder of the key, and wait for the answer
 * until that time (clock_boot), or until fd has input (-1: none).  OK: *answer;
 * BUSY: time is up, or fd has input; LOST: there is no answer, and the key is
 * free, another holder's, or held back: status is then how the instance ended;
 * or another failure.
 */
enum engine_result ask_holder(const struct engine_calls *calls,
    const char *url, const char *key, json_t *letter, long long until, int fd,
    struct answer *answer, struct fault *f);

#endif
