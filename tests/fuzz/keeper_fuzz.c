/*
 * keeper_fuzz.c: sequences of frames, pieces of frames and descriptors, sent to
 * a keeper that lives.
 *
 * An input is lines of what a client does (step, below).  The keeper is that of
 * a real launch, built as we are.  After each sequence it must answer as ever,
 * for the same instance, without a descriptor more than before.  An input that
 * begins with E may ask for the instance's end, or for another one (ENDS), and be
 * sent a signal instead of it: that is a process which nobody misses, and the
 * keeper must come to an end of its own, whatever it has been told.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/io.h"
#include "cli/core/slot/slot.h"
#include "cli/core/wire/frame.h"
#include "tests/fuzz/fuzz.h"

enum {
	CONNECTIONS = 80, /* more than it lets in at once */
	RIGHTS = 16,
	SHORT_MS = 5,	 /* for what may come */
	LONG_MS = 60000, /* for what must come, on a busy machine */
	WAITS = 3,	 /* for that in vain, in one sequence */
	FILL_MAX = 4 << 20,
	FILES = 64 /* a keeper's limit of descriptors */
};

#define ENDS                                                              \
	(1U << FRAME_FORGET | 1U << FRAME_WAIT |                           \
	    1U << FRAME_TAKE | 1U << FRAME_CLOSE)

/* Launches: without a handler, with one, and one that is to end. */
static struct instance {
	struct slot slot;
	const char *option;
	pid_t owner, keeper;
	char folder[160], since[24];
	size_t files;
} instances[3] = {{.slot.app = "plain", .option = "-q"},
    {.slot.app = "handled", .option = "--on-activate=:"},
    {.slot.app = "doomed", .option = "--on-activate=:"}};

static char root[64];
static pid_t master;

static bool
may_end(const struct instance *i)
{
	return i == &instances[2];
}

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void
nap(void)
{
	poll(NULL, 0, 2);
}

static int
dial(const struct instance *i)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct timeval most = {.tv_sec = LONG_MS / 1000};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%.100s/sock",
	    i->folder);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Its state as it says it; false: nobody, or nobody any more. */
static bool
ask(const struct instance *i, char *reply, size_t cap, struct frame *f)
{
	char storage[256];
	struct buf b;
	size_t have = 0;
	ssize_t n = 1;
	int fd = dial(i);

	if (fd < 0)
		return false;
	buf_init(&b, storage, sizeof(storage));
	frame_begin(&b, FRAME_QUERY);
	fields_put(&b, "slot", i->slot.hash);
	frame_end(&b, 0);
	f->type = FRAME_AGAIN;
	if (send(fd, b.at, b.len, MSG_NOSIGNAL) == (ssize_t)b.len) {
		while (n > 0 && frame_parse(reply, have, f) != FRAME_WHOLE) {
			n = recv(fd, reply + have, cap - have, 0);
			have += n > 0 ? (size_t)n : 0;
		}
	}
	buf_free(&b);
	close(fd);
	return n > 0 && f->type == FRAME_STATE;
}

static bool
runs(const struct instance *i)
{
	const char *state;
	char reply[16384];
	struct frame f;

	if (!ask(i, reply, sizeof(reply), &f))
		return false;
	state = fields_get(&f.body, "state");
	return state && !strcmp(state, "running") &&
	    fields_num(&f.body, "pid", 0) == i->owner &&
	    fields_num(&f.body, "keeper", 0) == i->keeper;
}

static size_t
files(const struct instance *i)
{
	char path[64];
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)i->keeper);
	d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static void
clean(void)
{
	char command[128];

	if (!*root || getpid() != master)
		return;
	for (int k = 0; k < 3; k++) {
		if (instances[k].owner)
			kill(instances[k].owner, SIGKILL);
		if (instances[k].keeper)
			kill(instances[k].keeper, SIGKILL);
	}
	snprintf(command, sizeof(command), "rm -rf %s", root);
	if (system(command) != 0)
		perror(root);
}

static void
prepare(void)
{
	char options[256];

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	strcpy(root, "/dev/shm/keeper-fuzz.XXXXXX");
	MUST(mkdtemp(root));
	master = getpid();
	atexit(clean);
	unsetenv("DISPLAY");
	unsetenv("WAYLAND_DISPLAY");
	setenv("ONLYONE_DIR", root, 1);
	snprintf(options, sizeof(options),
	    "log_path=%s/report:quarantine_size_mb=1:detect_leaks=0", root);
	setenv("ASAN_OPTIONS", options, 1);
	setenv("UBSAN_OPTIONS", options, 1);
	fprintf(stderr, "a keeper's sanitizers write to %s/report.PID\n", root);
	for (struct instance *i = instances; i < instances + 3; i++) {
		i->slot.scope = "user";
		slot_name(&i->slot);
		snprintf(i->folder, sizeof(i->folder), "%s/%s", root,
		    i->slot.name);
	}
}

/* "…/fuzz/keeper_fuzz" has its launcher at "…/onlyone". */
static _Noreturn void
launch(const struct instance *i)
{
	char path[512];
	struct rlimit few = {FILES, FILES};
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 16);

	path[n > 0 ? n : 0] = '\0';
	strcat(dirname(dirname(path)), "/onlyone");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_NOFILE, &few);
	execl(path, "onlyone", "-q", "--lifetime=main", "--raise=never", "-a",
	    i->slot.app, i->option, "sleep", "1000000", (char *)NULL);
	perror(path);
	_exit(1);
}

static void
start(struct instance *i)
{
	long long until = now() + LONG_MS;
	char reply[16384];
	const char *since;
	struct frame f;

	if (!*root)
		prepare();
	if (i->keeper)
		return;
	i->owner = fork();
	if (i->owner == 0)
		launch(i);
	while (!ask(i, reply, sizeof(reply), &f)) {
		MUST(now() < until);
		nap();
	}
	MUST(fields_num(&f.body, "pid", 0) == i->owner);
	i->keeper = (pid_t)fields_num(&f.body, "keeper", 0);
	since = fields_get(&f.body, "since");
	MUST(i->keeper && since && strlen(since) < sizeof(i->since));
	strcpy(i->since, since);
	/* Without the connection that has just been closed. */
	MUST(runs(i));
	i->files = files(i);
	for (int k = 0; k < 5; k++) {
		nap();
		if (files(i) < i->files)
			i->files = files(i);
	}
}

static void
stop(struct instance *i)
{
	long long until = now() + LONG_MS;
	int status = 0;
	pid_t pid;

	kill(i->owner, SIGKILL);
	while ((pid = waitpid(i->keeper, &status, WNOHANG)) == 0) {
		MUST(now() < until);
		nap();
	}
	MUST(pid == i->keeper && status == 0);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	i->owner = i->keeper = 0;
}

static void
count(struct instance *i)
{
	long long until = now() + LONG_MS;

	while (files(i) > i->files) {
		MUST(now() < until);
		nap();
	}
}

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
			is = s[k + 1] == 'S' ? t->i->slot.hash
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

static void
frame(struct talk *t, const char *s, size_t n)
{
	unsigned int type = 0;
	uint32_t len;
	struct buf b;

	for (; n && *s >= '0' && *s <= '9'; s++, n--)
		type = (type * 10 + (unsigned int)(*s - '0')) & 0xffff;
	if (n && *s == ' ')
		s++, n--;
	if (!may_end(t->i) && type < 32 && ENDS >> type & 1)
		return;
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
		for (size_t k = 0; CMSG_LEN((k + 1) * sizeof(int)) <= c->cmsg_len;
		     k++) {
			memcpy(&fd, CMSG_DATA(c) + k * sizeof(int), sizeof(fd));
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
	case 'r': /* bytes: maybe "1one", and of what type? */
		if (may_end(t->i) || !memchr(s, '1', n))
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
		end = end ? end : behind;
		step(&t, s, (size_t)(end - s));
	}
	rights_drop(&t);
	for (int k = 0; k < CONNECTIONS; k++) {
		if (t.fd[k] >= 0)
			close(t.fd[k]);
	}
}

static void
talk_apart(const struct instance *i, const char *s, size_t n)
{
	pid_t pid = fork();

	if (pid == 0) {
		talk(i, s, n);
		_exit(0);
	}
	MUST(pid > 0 && IO_RETRY(waitpid(pid, NULL, 0)) == pid);
}

/* "H" at the beginning: where there is a handler; "E": it may end. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;
	char kind = size ? *s : 0;
	struct instance *i = &instances[kind == 'E' ? 2 : kind == 'H'];

	start(i);
	if (may_end(i)) {
		talk_apart(i, s, size);
		stop(i); /* it may be about to end only now */
		return 0;
	}
	talk(i, s, size);
	MUST(runs(i));
	count(i);
	return 0;
}

const char *const fuzz_texts[] = {"f2 slot=$S|\ng\n",
    "f1 slot=$S|arg=x|env=A=b|\ng\ng\n", "E\nr1one\001\nrgarbage\n",
    "Ho\nf1 slot=$S|arg=x|env=LD_PRELOAD=y|until=1|\ng\ndfnnn\nf4 open=012|\n"
    "g\ng\n",
    "H\no\nf1 slot=$S|arg=x|\no\nf1 slot=$S|arg=y|\n@0\ng\ndf\nf4 open=|\n@1\n"
    "g\ndfn\nf4 open=012|\n",
    "H\nf1 slot=$S|arg=x|\ng\ndfn\nf4 open=0|\nc\no\nf1 slot=$S|arg=y|\ng\n"
    "df\nf4 open=012|\ng\n",
    "Ho3\nf1 slot=$S|arg=x|\n@1\nf1 slot=$S|until=1|\n@2\nf3 slot=$S|\ng\n@0\n"
    "g\ndfnnn\nf4 open=012|\nc\n@1\ng\nc\n",
    "E\nf14 slot=$S|since=$I|\ng\n", "E\nf5 slot=$S|since=$I|\ng\n",
    "dnnnnnnnnnnnnnnnnn\nf2 slot=$S|\ndkkkgs\nf1 slot=$S|\ndffff\nf4 open=012|\n"
    "o70\nf2 slot=$S|\n",
    "b1100000\nf1 slot=$S|arg=\ng\ng\no\nb2000000\nf1 slot=$S|env=\n",
    "f12 slot=$S|since=$I|\ng\no\nf1 slot=$S|arg=z|say=1|\ng\ndfnnp\n"
    "f4 open=012|\n@0\ng\ng\nf13 slot=$S|id=1|status=3|\n@1\ng\n",
    "f2 slot=0|\no\nf99 slot=$S|\no\nf1 slot=$S\no\nf1 =x|\no\nf4 slot=$S|\n",
    "p3\nf2 slot=$S|\nf2 slot=$S|\np0\nl16777215\nf1 slot=$S|\nc\n",
    "E\nf7 slot=$S|ticket=1|mode=queue|max=1|"
    "cover=0123456789abcdef0123456789abcdef|\ng\n",
    "f6 slot=$S|since=$I|key=new|\ng\nf2 slot=$S|\n",
    "f10 slot=$S|mapping=1|\nf11 slot=$S|\ng\n",
    "E\nf7 slot=$S|ticket=1|mode=replace|stop-signal=9|kill-after=10|polite=0|\n"
    "g\ng\nf8 slot=$S|mapping=1|pid=$P|app=fuzz|cwd=/|arg=x|end=1|\ng\ng\n",
    "f3 slot=$S|since=$I|\no\nf9 slot=$S|\ng\nh\n", NULL};
