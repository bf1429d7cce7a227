/*
 * talk_fuzz.c: a launch that says anything to its onlyone-cluster, and a store
 * that answers as it likes.
 *
 * The input is how many bytes are the store's answers, those, and then what the
 * launch says: as it is, and as messages, of which each is a type, a NUL and
 * fields up to a byte 255.  Whatever is said, it comes to an end; each word
 * back is a message that a launch can make words of; and a key that was taken
 * has an owner, or is given back.
 */
#include <sys/socket.h>

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/cluster/hold.h"
#include "cli/base/io.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/sock.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/moment.h"

/* What the store has still to say, and what is true of it. */
static const uint8_t *says, *says_end;
static bool taken;
static int opened;
static char value[ENGINE_VALUE];

static enum engine_result
result(struct fault *f)
{
	uint8_t b = says < says_end ? *says++ : ENGINE_DOWN;

	moment += 7;
	fault_set(f, 0, "so it is", NULL);
	return (enum engine_result)(b % 6);
}

static void
found_make(struct engine_found *found)
{
	static const char *const values[] = { "", "{\"state\":\"done\","
	    "\"since\":9000000000000000,\"exit\":3}", "{\"host\":\"\\u001b\","
	    "\"pid\":-7,\"since\":-5,\"mail\":true}" };
	uint8_t b = says < says_end ? *says++ : 0;

	*found = (struct engine_found){ .token = b, .left = b % 3 - 1 };
	strcpy(found->value, b % 4 == 3 ? value : values[b % 4]);
}

static enum engine_result
store_open(struct engine **e, const char *url, const char *key,
    struct fault *f)
{
	enum engine_result r = result(f);

	MUST(*url && *key && strlen(key) < ENGINE_KEY);
	*e = r == ENGINE_OK ? (struct engine *)value : NULL;
	opened += r == ENGINE_OK;
	return r == ENGINE_BUSY || r == ENGINE_LOST ? ENGINE_SETUP : r;
}

static void
store_close(struct engine *e)
{
	MUST(e);
	opened--;
}

static const char *
store_stored(const struct engine *e)
{
	(void)e;
	return "onlyone/v1/l/x";
}

static enum engine_result
store_acquire(struct engine *e, int ttl, const char *text, long long deadline,
    struct engine_grant *grant, struct engine_found *found, struct fault *f)
{
	enum engine_result r = result(f);

	(void)deadline;
	MUST(e && ttl > 0 && strlen(text) < ENGINE_VALUE && !taken);
	strcpy(value, text);
	if (r == ENGINE_BUSY)
		found_make(found);
	if (r == ENGINE_OK)
		*grant = (struct engine_grant){ .token = 5, .ttl = 1000 * ttl,
			.until = moment + 1000 * ttl };
	taken = r == ENGINE_OK;
	return r;
}

static enum engine_result
store_queue(struct engine *e, int ttl, const char *text, long long deadline,
    struct engine_found *found, struct fault *f)
{
	enum engine_result r = result(f);

	(void)deadline;
	MUST(e && ttl > 0 && strlen(text) < ENGINE_VALUE && !taken);
	if (r == ENGINE_BUSY)
		found_make(found);
	return r;
}

static enum engine_result
store_renew(struct engine *e, long long deadline, long long *until,
    struct fault *f)
{
	(void)deadline;
	MUST(e);
	*until = moment + 1000;
	return result(f);
}

static enum engine_result
store_release(struct engine *e, int hold, const char *text,
    long long deadline, struct fault *f)
{
	(void)hold;
	(void)text;
	(void)deadline;
	MUST(e);
	taken = false;
	return result(f);
}

static enum engine_result
store_look(struct engine *e, long long deadline, struct engine_found *found,
    struct fault *f)
{
	enum engine_result r = result(f);

	(void)deadline;
	MUST(e);
	if (r == ENGINE_OK)
		found_make(found);
	return r;
}

static enum engine_result
store_watch(struct engine *e, enum engine_topic topic, long long deadline,
    struct engine_watch *w, struct fault *f)
{
	(void)topic;
	(void)deadline;
	MUST(e);
	*w = (struct engine_watch){ -1, 0, 100 };
	return result(f);
}

static enum engine_result
store_heard(struct engine *e, struct engine_watch *w, struct fault *f)
{
	(void)w;
	MUST(e);
	return result(f);
}

static enum engine_result
store_put(struct engine *e, int ttl, const char *text, char id[16],
    long long deadline, struct fault *f)
{
	(void)ttl;
	(void)deadline;
	MUST(e && *text == '{');
	strcpy(id, "1");
	return result(f);
}

static enum engine_result
store_drop(struct engine *e, const char *id, long long deadline,
    struct fault *f)
{
	(void)id;
	(void)deadline;
	MUST(e);
	return result(f);
}

static enum engine_result
store_replied(struct engine *e, const char *id, long long deadline,
    engine_letter *each, void *arg, struct fault *f)
{
	static const char *const answers[] = { "{\"status\":3}", "", "{", "{"
	    "\"status\":9223372036854775807}" };
	enum engine_result r = result(f);

	(void)deadline;
	MUST(e);
	if (r == ENGINE_OK)
		each(arg, id, answers[says < says_end ? *says++ % 4 : 0]);
	return r;
}

static const struct engine_calls store = {
	.name = "store",
	.open = store_open,
	.close = store_close,
	.stored = store_stored,
	.acquire = store_acquire,
	.queue = store_queue,
	.renew = store_renew,
	.release = store_release,
	.look = store_look,
	.watch = store_watch,
	.heard = store_heard,
	.mail_put = store_put,
	.mail_drop = store_drop,
	.mail_replied = store_replied,
};

const struct engine_calls *
engine_of(const char *url)
{
	return !*url || *url == 'x' ? NULL : &store;
}

/* What it has said: messages that can be read. */
static void
answers_check(int fd)
{
	struct frame m;
	struct buf b;

	buf_init(&b, NULL, 0);
	while (sock_recv(fd, &b, &m, -1) == SOCK_OK) {
		MUST((int)m.type >= TALK_TAKEN && (int)m.type <= TALK_RELEASED);
		if ((int)m.type == TALK_FAILED)
			MUST(fields_get(&m.body, "result") &&
			    *fields_get(&m.body, "line"));
		buf_shift(&b, m.size);
	}
	MUST(!b.len);
	buf_free(&b);
}

static void
talk(const uint8_t *answers, size_t n, const void *said, size_t size)
{
	static struct hold h;
	struct hold none = { .launch = -1, .dog = { 0, -1, -1 } };
	int ends[2], pidfd = owner_pidfd(getpid());
	bool owned;

	h = none;
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
	if (size)
		MUST(sock_send(ends[0], said, size, &pidfd, 1) == 0);
	shutdown(ends[0], SHUT_WR);
	io_close(&pidfd);
	says = answers;
	says_end = answers + n;
	taken = false;
	opened = 0;
	h.launch = ends[1];
	buf_init(&h.in, NULL, 0);
	owned = hold_take(&h);
	MUST(owned == (h.sweep.pidfd > 0) && (!taken || owned));
	MUST(!owned || (taken && *h.folder));
	MUST(opened == !!h.engine);
	io_close(&h.launch);
	answers_check(ends[0]);
	close(ends[0]);
	if (owned)
		close(h.sweep.pidfd);
	buf_free(&h.in);
	buf_free(&h.asked);
	buf_free(&h.sweep.known);
}

/* Messages: type, NUL, fields, 255. */
static void
framed(struct buf *b, const uint8_t *at, const uint8_t *end)
{
	const uint8_t *last;
	size_t start;

	for (; at < end; at = last + 1) {
		last = memchr(at, 255, (size_t)(end - at));
		if (!last)
			last = end;
		start = frame_begin(b, (enum frame_type)(TALK_OPEN + *at % 12));
		if (last - at > 2)
			buf_add(b, at + 2, (size_t)(last - at - 2));
		MUST(frame_end(b, start) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *said;
	struct buf b;

	if (!size || data[0] + 1U > size)
		return 0;
	said = data + 1 + data[0];
	talk(data + 1, data[0], said, (size_t)(data + size - said));
	buf_init(&b, NULL, 0);
	framed(&b, said, data + size);
	talk(data + 1, data[0], b.at, b.len);
	buf_free(&b);
	return 0;
}

#define SEED(s) { s, sizeof(s) - 1 }
#define OPEN "\0\0" "url=etcd://h\0app=job\0key=a\0ttl=15\0folder=/f\0mail=1" \
	"\0\377"
#define TAKE "\1\0" "ms=5000\0\377"
#define OWNER "\3\0" "pid=1\0launch=1\0folder=/f/0123\0slot=job-" \
	"0123456789abcdef0123456789abcdef\0\377"

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const struct {
		const char *at;
		size_t n;
	} seeds[] = {
		SEED("\2\0\0" OPEN TAKE OWNER),
		SEED("\2\0\0" OPEN TAKE),
		SEED("\5\0\1\1\0\0" OPEN TAKE "\2\0" "ms=-1\0\377" TAKE OWNER),
		SEED("\7\0\1\3\0\1\3\0" OPEN "\1\0" "ms=9223372036854775800\0"
		    "\377\2\0" "ms=9223372036854775800\0\377"),
		SEED("\15\0\1\2\0\0\0\2\0\0\0\0\0\3" OPEN TAKE "\6\0" "ms=-1\0"
		    "\377\10\0cwd=/\0arg=a\0\377\7\0\377"),
		SEED("\1\0\0\0" "url=x\0app=a\0\377"),
		SEED("\1\0\0\0" "url=e\0ttl=0\0\377"),
	};

	if (n >= sizeof(seeds) / sizeof(*seeds))
		return -1;
	memcpy(at, seeds[n].at, seeds[n].n);
	*size = seeds[n].n;
	return 0;
}
