/*
 * await.c: a launch whose turn does not come: is there still something to wait
 * for?
 */
#include <string.h>

#include "cli/meet/await.h"
#include "cli/meet/words.h"
#include "cli/wire/ask.h"

enum {
	LOOK_MS = 5000, /* between looks, and for an answer */
	LATE_MS = 2000  /* for a handler, before it is told */
};

int
await_ms(const struct await *t)
{
	return t->told ? LOOK_MS : LATE_MS;
}

/*
 * Does the keeper still answer others?  One that is stopped keeps the
 * connection, and us for ever.  And is there an instance to wait for?  Where
 * twice in a row there is none, only a parent that keeps the slot, that is no
 * reason to go on.  Whose handler it is that we wait for is said once.
 */
enum awaited
await_look(struct await *t, const struct place *p, struct fault *f)
{
	enum awaited result = AWAIT_ON;
	const char *state;
	char storage[4096];
	struct frame reply;
	struct buf b;
	bool was = t->held;

	buf_init(&b, storage, sizeof(storage));
	t->held = false;
	switch (ask_state(p->folder, p->slot.hash, LOOK_MS, &b, &reply)) {
	case SOCK_SLOW:
		result = AWAIT_SLOW;
		break;
	case SOCK_OK:
		state = fields_get(&reply.body, "state");
		t->held = state && !strcmp(state, "held");
		if (!t->told && fields_num(&reply.body, "handler", 0) &&
		    fields_num(&reply.body, "handling", 0) >= LATE_MS) {
			words_waiting(&reply.body, true);
			t->told = true;
		}
		if (!t->held || !was)
			break;
		words_held(&reply.body, p->slot.app, f);
		result = AWAIT_FAILED;
		break;
	default:
		break;
	}
	buf_free(&b);
	return result;
}
