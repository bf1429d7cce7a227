/*
 * log.c: the last things that happened to a slot.
 */
#include "cli/clock.h"
#include "cli/keeper/log.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/state.h"
#include "cli/text.h"

void
log_note(struct keeper *k, pid_t pid, const char *what, const char *why,
    int status)
{
	struct event *e = &k->log.event[k->log.n++ % LOG_EVENTS];
	struct text t;

	e->at = clock_wall();
	e->pid = pid;
	text_init(&t, e->text, sizeof(e->text));
	text_add(&t, what);
	if (status >= 0) {
		text_add(&t, ", ");
		text_num(&t, status);
	}
	if (why) {
		text_add(&t, ": ");
		text_add(&t, why);
	}
}

void
log_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	unsigned long n = k->log.n;
	struct buf b;

	(void)f;
	buf_init(&b, NULL, 0);
	for (n = n > LOG_EVENTS ? n - LOG_EVENTS : 0; n < k->log.n; n++) {
		const struct event *e = &k->log.event[n % LOG_EVENTS];

		fields_put_num(&b, "at", e->at);
		fields_put_num(&b, "by", e->pid);
		fields_put(&b, "what", e->text);
	}
	reply_events(k, cl, &b);
	buf_free(&b);
}
