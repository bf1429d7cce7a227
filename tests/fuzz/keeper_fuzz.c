/*
 * keeper_fuzz.c: sequences of frames, pieces of frames and descriptors, sent to
 * a keeper that lives.
 *
 * An input is lines of what a client does (step, below).  The keeper is that of
 * a real launch, built as we are.  After each sequence it must answer as ever,
 * for the same instance; it must not hold a descriptor more than before, and
 * not much more memory.  What asks for the instance's end, or for another one
 * (ENDS), may get it: then the instance is ended, and the keeper must come to
 * an end of its own, whatever it has been told.
 *
 * Those who ask for an end may get a signal instead of the instance: they are
 * processes that nobody misses.  All that was started is ours to wait for, and
 * goes with us.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/io.h"
#include "cli/core/wire/frame.h"
#include "tests/fuzz/keeper_instance.h"

enum {
	CONNECTIONS = 80, /* more than it lets in at once */
	RIGHTS = 16,
	SHORT_MS = 5,	 /* for what may come */
	WAITS = 3,	 /* for that in vain, in one sequence */
	FILL_MAX = 4 << 20
};

#define ENDS                                                              \
	(1U << FRAME_FORGET | 1U << FRAME_WAIT |                           \
	    1U << FRAME_TAKE | 1U << FRAME_CLOSE)

const unsigned int fuzz_cost = 10; /* launches */

/* Someone who talks to a keeper. */
struct talk {
	const struct instance *i;
	int fd[CONNECTIONS], at; /* -1: none */
	size_t piece;		 /* 0: all at once */
	long long length;	 /* said of the next frame; -1: as it is */
	size_t fill;		 /* bytes more in it */
	int rights[RIGHTS];	 /* beside what is sent next */
	size_t nrights;
	int waits;
};

static int
right(const struct talk *t, char kind)
{
	int ends[2];

	switch (kind) {
	case 'n':
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case 'w':
		return open("/dev/null", O_WRONLY | O_CLOEXEC);
	case 'f':
		return open("/", O_PATH | O_CLOEXEC);
	case 'g': /* its own folder */
		return open(t->i->folder, O_RDONLY | O_CLOEXEC);
	case 'k': /* a way to itself */
		return dial(t->i);
	case 'p':
		if (pipe2(ends, O_CLOEXEC) < 0)
			return -1;
		close(ends[1]);
		return ends[0];
	case 's': /* the connection's own end */
		return t->at < 0 ? -1 : fcntl(t->fd[t->at], F_DUPFD_CLOEXEC, 3);
	default:
		return -1;
	}
}

static void
rights_drop(struct talk *t)
{
	while (t->nrights)
		close(t->rights[--t->nrights]);
}

/* Whether it comes to that, on the connection; not for long, nor often. */
static bool
waited(struct talk *t, short events, int ms)
{
	struct pollfd p = {t->fd[t->at], events, 0};
	bool come = poll(&p, 1, t->waits < WAITS ? ms : 0) > 0;

	t->waits += !come;
	return come;
}

static void
hand(struct talk *t, const char *p, size_t n)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(t->rights))];
	size_t nrights = t->nrights * sizeof(int), step;
	struct msghdr msg;
	struct iovec iov;
	struct cmsghdr *c;
	ssize_t k;

	for (; t->at >= 0 && n; p += k, n -= (size_t)k) {
		step = t->piece && t->piece < n ? t->piece : n;
		iov = (struct iovec){(void *)p, step};
		msg = (struct msghdr){.msg_iov = &iov, .msg_iovlen = 1};
		if (nrights) {
			msg.msg_control = control;
			msg.msg_controllen = CMSG_SPACE(nrights);
			c = CMSG_FIRSTHDR(&msg);
			c->cmsg_level = SOL_SOCKET;
			c->cmsg_type = SCM_RIGHTS;
			c->cmsg_len = CMSG_LEN(nrights);
			memcpy(CMSG_DATA(c), t->rights, nrights);
			nrights = 0;
		}
		k = sendmsg(t->fd[t->at], &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (k < 0 && errno == EAGAIN &&
		    waited(t, POLLOUT, 20 * SHORT_MS))
			k = 0;
		if (k < 0)
			break;
	}
	rights_drop(t);
}

/* "$S" and the like become what they stand for; '|' ends a field. */
static void
words(struct talk *t, struct buf *b, const char *s, size_t n)
{
	char digits[24];
	const char *is;

	for (size_t k = 0; k < n; k++) {
		is = NULL;
		if (s[k] == '$' && k + 1 < n) {
			snprintf(digits, sizeof(digits), "%d",
			    (int)(s[k + 1] == 'O' ? t->i->owner : getpid()));
			is = s[k + 1] == 'S' ? t->i->hash
			    : s[k + 1] == 'I' ? t->i->since
			    : s[k + 1] == 'O' || s[k + 1] == 'P' ? digits
								  : NULL;
		}
		if (is) {
			buf_add(b, is, strlen(is));
			k++;
		} else {
			buf_add(b, s[k] == '|' ? "" : s + k, 1);
		}
	}
}

/* The number that a line begins with; s is behind it, and a blank, then. */
static unsigned int
type_take(const char **s, size_t *n)
{
	unsigned int type = 0;

	for (; *n && **s >= '0' && **s <= '9'; ++*s, --*n)
		type = (type * 10 + (unsigned int)(**s - '0')) & 0xffff;
	if (*n && **s == ' ')
		++*s, --*n;
	return type;
}

static bool
frame_ends(const char *s, size_t n)
{
	unsigned int type = type_take(&s, &n);

	return type < 32 && ENDS >> type & 1;
}

static void
frame(struct talk *t, const char *s, size_t n)
{
	unsigned int type = type_take(&s, &n);
	uint32_t len;
	struct buf b;

	buf_init(&b, NULL, 0);
	frame_begin(&b, (enum frame_type)type);
	words(t, &b, s, n);
	if (t->fill && buf_room(&b, t->fill) == 0) {
		memset(b.at + b.len, 'x', t->fill);
		b.len += t->fill;
		b.at[b.len - 1] = '\0';
	}
	len = (uint32_t)(b.len - FRAME_HEAD);
	if (t->length >= 0)
		len = (uint32_t)t->length;
	memcpy(b.at + 8, &len, sizeof(len));
	hand(t, b.at, b.len);
	buf_free(&b);
	t->length = -1;
	t->fill = 0;
}

/* What came, if anything has; its descriptors are nobody's. */
static void
get(struct talk *t)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(64 * sizeof(int))];
	char bytes[8192];
	struct iovec iov = {bytes, sizeof(bytes)};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control)};
	int fd;

	if (t->at < 0 || !waited(t, POLLIN, SHORT_MS) ||
	    recvmsg(t->fd[t->at], &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c;
	     c = CMSG_NXTHDR(&msg, c)) {
		for (size_t k = 0; CMSG_LEN((k + 1) * sizeof(int)) <=
		     c->cmsg_len;
		     k++) {
			memcpy(&fd, CMSG_DATA(c) + k * sizeof(int),
			    sizeof(fd));
			close(fd);
		}
	}
}

/* One line. */
static void
step(struct talk *t, const char *s, size_t n)
{
	long long number = 0;

	for (size_t k = 1; k < n && s[k] >= '0' && s[k] <= '9'; k++)
		number = number > 1LL << 40 ? number
					    : number * 10 + (s[k] - '0');
	switch (n ? *s : 0) {
	case 'o': /* N connections; the last one is talked on */
		for (long long k = number ? number : 1; k > 0; k--) {
			for (t->at = 0; t->at < CONNECTIONS - 1 &&
			     t->fd[t->at] >= 0;)
				t->at++;
			if (t->fd[t->at] < 0)
				t->fd[t->at] = dial(t->i);
			if (t->fd[t->at] < 0 || t->at == CONNECTIONS - 1)
				break;
		}
		if (t->fd[t->at] < 0)
			t->at = -1;
		break;
	case '@': /* talk on connection N */
		if (number < CONNECTIONS && t->fd[number] >= 0)
			t->at = (int)number;
		break;
	case 'f': /* TYPE FIELD|FIELD| */
		frame(t, s + 1, n - 1);
		break;
	case 'r': /* bytes */
		hand(t, s + 1, n - 1);
		break;
	case 'l': /* the next frame is said to be as long */
		t->length = number;
		break;
	case 'b': /* as many bytes more in it */
		t->fill = number < FILL_MAX ? (size_t)number : FILL_MAX;
		break;
	case 'p': /* from now on in pieces */
		t->piece = (size_t)number;
		break;
	case 'd': /* descriptors, by kind */
		for (size_t k = 1; k < n && t->nrights < RIGHTS; k++) {
			t->rights[t->nrights] = right(t, s[k]);
			t->nrights += t->rights[t->nrights] >= 0;
		}
		break;
	case 'g':
		get(t);
		break;
	case 'h':
		if (t->at >= 0)
			shutdown(t->fd[t->at], SHUT_WR);
		break;
	case 'c':
		if (t->at >= 0) {
			close(t->fd[t->at]);
			t->fd[t->at] = -1;
			t->at = -1;
		}
		break;
	}
}

static void
talk(const struct instance *i, const char *s, size_t n)
{
	struct talk t = {.i = i, .at = -1, .length = -1};
	const char *behind = s + n, *end;

	for (int k = 0; k < CONNECTIONS; k++)
		t.fd[k] = -1;
	step(&t, "o", 1);
	for (; s < behind; s = end + 1) {
		end = memchr(s, '\n', (size_t)(behind - s));
		if (!end)
			end = behind;
		step(&t, s, (size_t)(end - s));
	}
	rights_drop(&t);
	for (int k = 0; k < CONNECTIONS; k++) {
		if (t.fd[k] >= 0)
			close(t.fd[k]);
	}
}

/* Whether there is a frame in it that may end the instance; bytes may be any.
 */
static bool
may_end(const char *s, size_t n)
{
	const char *behind = s + n, *end;

	for (; s < behind; s = end + 1) {
		end = memchr(s, '\n', (size_t)(behind - s));
		if (!end)
			end = behind;
		if (*s == 'r' && memchr(s, '1', (size_t)(end - s)))
			return true;
		if (*s == 'f' &&
		    frame_ends(s + 1, (size_t)(end - s) - 1))
			return true;
	}
	return false;
}

static void
talk_apart(const struct instance *i, const char *s, size_t n)
{
	pid_t pid = fork();

	if (pid == 0) {
		talk(i, s, n);
		_exit(0);
	}
	SHOULD(pid > 0 && IO_RETRY(waitpid(pid, NULL, 0)) == pid);
}

/* "H" at the beginning: where there is a handler. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	bool ends = may_end(s, size);
	struct instance *i = &instances[ends ? 2 : size && *s == 'H'];

	start(i);
	if (ends) {
		talk_apart(i, s, size);
		stop(i); /* it may be about to end only now */
		return 0;
	}
	talk(i, s, size);
	SHOULD(runs(i));
	count(i);
	return 0;
}
