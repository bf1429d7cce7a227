/*
 * history.c: the last events of a slot.
 */
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/fields.h"
#include "cli/base/text.h"
#include "cli/core/keeper/history.h"

void
history_note(struct log *l, pid_t pid, const char *what, const char *why,
    int status)
{
	const struct event *last = &l->event[(l->n - 1) % LOG_EVENTS];
	struct event e = { .at = clock_wall(), .pid = pid };
	struct text t = text_in(e.text, sizeof(e.text));

	text_add(&t, what);
	if (status >= 0) {
		text_add(&t, ", status ");
		text_num(&t, status);
	}
	if (why)
		text_all(&t, ": ", why, NULL);
	/* A launch that starts over repeats its request, up to a hundred
	 * times. */
	if (!l->n || last->pid != pid || strcmp(last->text, e.text))
		l->event[l->n++ % LOG_EVENTS] = e;
}

void
history_put(const struct log *l, struct buf *b)
{
	unsigned long n = l->n > LOG_EVENTS ? l->n - LOG_EVENTS : 0;

	for (; n < l->n; n++) {
		const struct event *e = &l->event[n % LOG_EVENTS];

		fields_put_num(b, "at", e->at);
		fields_put_num(b, "by", e->pid);
		fields_put(b, "what", e->text);
	}
}
