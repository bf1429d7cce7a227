/*
 * line.c: a place in the line of those who wait for a slot.
 */
#include <limits.h>
#include <sha2.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/launch/line.h"
#include "cli/text.h"
#include "cli/wire/ask.h"

enum {
	POLITE_MS = 5000, /* for windows to close, without a limit of ours */
	DEATH_MS = 1000   /* for one that is killed to be gone */
};

static long long
ticket_draw(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* What makes two queued launches equal: arguments and folder.  One whose folder
 * cannot be told is equal to none. */
static void
cover_make(const struct launch *l, long long ticket, char *hash)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	char cwd[PATH_MAX];
	struct text t;
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	for (char **a = l->command.words; *a; a++)
		SHA256Update(&ctx, (const uint8_t *)*a, strlen(*a) + 1);
	if (getcwd(cwd, sizeof(cwd)))
		SHA256Update(&ctx, (const uint8_t *)cwd, strlen(cwd));
	else
		SHA256Update(&ctx, (const uint8_t *)&ticket, sizeof(ticket));
	SHA256Final(sum, &ctx);
	text_init(&t, hash, SLOT_HASH + 1);
	text_hex(&t, sum, SLOT_HASH / 2);
}

void
errand_draw(struct errand *e, const struct launch *l)
{
	e->l = l;
	e->ticket = ticket_draw();
	cover_make(l, e->ticket, e->cover);
}

/* How long windows have: half of the time, and what is left of it must do for
 * KILL. */
static int
polite_ms(const struct options *o)
{
	int half = o->limit_ms / 2, left;

	if (o->limit_ms < 0)
		return POLITE_MS;
	left = o->terms.kill_ms < 0 ? half :
	    o->limit_ms - DEATH_MS - o->terms.kill_ms;
	return left < half ? (left > 0 ? left : 0) : half;
}

int
line_ask(const struct errand *e, pid_t taker, int fd)
{
	static const char *const modes[] = { [POLICY_WAIT] = "wait",
		[POLICY_REPLACE] = "replace", [POLICY_QUEUE] = "queue" };
	const struct options *o = e->l->o;
	char storage[1024];
	struct buf b;
	size_t start;
	int r;

	buf_init(&b, storage, sizeof(storage));
	start = ask_begin(&b, FRAME_WAIT, e->l->place.slot.hash);
	fields_put_num(&b, "ticket", e->ticket);
	fields_put(&b, "mode", modes[o->policy]);
	fields_put(&b, "cover", e->cover);
	if (o->policy == POLICY_QUEUE && o->pending) /* else one */
		fields_put_num(&b, "max", o->pending);
	if (taker)
		fields_put_num(&b, "pid", taker);
	if (o->terms.stop_signal)
		fields_put_num(&b, "stop-signal", o->terms.stop_signal);
	if (o->terms.kill_ms >= 0)
		fields_put_num(&b, "kill-after", o->terms.kill_ms);
	if (o->terms.ends == ENDS_TREE)
		fields_put_num(&b, "tree", 1);
	if (o->policy == POLICY_REPLACE)
		fields_put_num(&b, "polite", polite_ms(o));
	r = frame_end(&b, start);
	if (r == 0)
		r = sock_send(fd, b.at, b.len, NULL, 0);
	buf_free(&b);
	return r;
}

bool
line_accepted(struct line *line, const struct fields *b)
{
	long long ahead = fields_num(b, "ahead", 0);
	bool overtaken = line->accepted && ahead > line->ahead;

	words_awaited(b, line->who);
	line->ahead = ahead;
	line->asks = fields_num(b, "asks", 0) == 1;
	line->accepted = true;
	return overtaken;
}

void
lines_close(struct lines *lines)
{
	for (int i = 0; i < lines->n; i++) {
		io_close(&lines->at[i].fd);
		buf_free(&lines->at[i].in);
	}
}
