/*
 * keeper_fuzz.c: sequences of frames, pieces of frames and descriptors, sent to
 * a live keeper.
 *
 * An input is lines of what a client does (step, below).  The keeper is that of
 * a real launch, built as we are.  After each input it answers as before, for
 * the same instance, with no more descriptors than before; or the input made it
 * exit, with 0, and the next input starts another one.
 *
 * A child of ours is the client: it may take the slot, and the process that has
 * the slot may be sent any signal.  What libFuzzer learns from an input is what
 * the keeper answered.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/slot/slot.h"
#include "cli/core/wire/ask.h"
#include "tests/fuzz/fuzz.h"

enum {
	CONNECTIONS = 80, /* more than a keeper lets in (launch) */
	RIGHTS = 16,
	FILL_MAX = 4 << 20,
	SHORT_MS = 10,	  /* for what may come */
	SEND_MS = 100,	  /* for room for what is sent */
	LONG_MS = 20000,  /* for what must come, on a busy machine */
	VAIN = 3	  /* an input waits so often for what does not come */
};

/* Started without a handler, and with one. */
static struct instance {
	struct slot slot;
	const char *option;
	pid_t owner, keeper; /* 0: not started, or exited */
	char folder[160], since[24];
	size_t files;
} instances[] = {{.slot.app = "plain", .option = "-q"},
    {.slot.app = "handled", .option = "--on-activate=:"}};

static char root[32];

/* How often which answer was given. */
static uint8_t answers[4096]
    __attribute__((section("__libfuzzer_extra_counters"), aligned(4096)));

/* --- the keeper */

static void
clean(void)
{
	for (struct instance *i = instances; i < instances + 2; i++)
		if (i->keeper)
			kill(i->keeper, SIGKILL);
	MUST(system("rm -rf $ONLYONE_DIR") == 0);
}

static void
prepare(void)
{
	char options[128];

	MUST(mmap(answers, sizeof(answers), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == answers);
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* to see how a keeper ends */
	strcpy(root, "/dev/shm/keeper-fuzz.XXXXXX");
	MUST(mkdtemp(root));
	setenv("ONLYONE_DIR", root, 1);
	atexit(clean);
	unsetenv("DISPLAY");
	unsetenv("WAYLAND_DISPLAY");
	snprintf(options, sizeof(options),
	    "log_path=%s/report:quarantine_size_mb=1:detect_leaks=0", root);
	setenv("ASAN_OPTIONS", options, 1);
	setenv("UBSAN_OPTIONS", options, 1);
}

/* "…/fuzz/keeper_fuzz" (or _loop) has its launcher at "…/onlyone". */
static _Noreturn void
launch(const struct instance *i)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl("/bin/sh", "sh", "-c", "ulimit -n 64\n"
	    "us=$(readlink /proc/$PPID/exe)\n"
	    "exec \"${us%/fuzz/*}/onlyone\" -q --lifetime=main --raise=never"
	    " -a $0 $1 sleep 1000000", i->slot.app, i->option, (char *)NULL);
	_exit(1);
}

static size_t
files(const struct instance *i)
{
	char all[64];
	size_t n;
	glob_t g;

	snprintf(all, sizeof(all), "/proc/%d/fd/*", (int)i->keeper);
	n = glob(all, GLOB_NOSORT, NULL, &g) == 0 ? g.gl_pathc : 0;
	globfree(&g);
	return n;
}

/* Whether its keeper says that it runs.  Note the data of a new one. */
static bool
runs(struct instance *i)
{
	struct buf b = {0};
	struct frame f;
	bool same = ask_state(i->folder, i->slot.hash, LONG_MS, &b, &f) ==
		SOCK_OK && fields_is(&f.body, "state", "running") &&
	    fields_num(&f.body, "pid", 0) == i->owner;

	if (same && !i->keeper) {
		i->keeper = (pid_t)fields_num(&f.body, "keeper", 0);
		snprintf(i->since, sizeof(i->since), "%s",
		    fields_get(&f.body, "since"));
	}
	same = same && fields_num(&f.body, "keeper", 0) == i->keeper;
	buf_free(&b);
	return same;
}

static void
start(struct instance *i)
{
	long long until = clock_now() + LONG_MS;
	size_t n;

	i->slot.scope = "user";
	slot_name(&i->slot);
	MUST(text_join(i->folder, sizeof(i->folder), root, "/", i->slot.name,
	    NULL));
	i->owner = fork();
	if (i->owner == 0)
		launch(i);
	for (; !runs(i); clock_sleep(2000))
		MUST(clock_now() < until);
	/* Without the connection that has just been closed. */
	i->files = files(i);
	for (int k = 0; k < 5; k++, clock_sleep(2000))
		i->files = (n = files(i)) < i->files ? n : i->files;
}

/* Wait until the keeper is as it was before, or has exited. */
static void
settle(struct instance *i)
{
	long long until = clock_now() + LONG_MS;
	int status = 0;
	pid_t pid;

	for (; (pid = waitpid(i->keeper, &status, WNOHANG)) == 0;
	     clock_sleep(2000)) {
		if (runs(i) && files(i) <= i->files)
			return;
		MUST(clock_now() < until);
	}
	/* It exits with its program's status; a sanitizer's report is here, or a
	 * warning about a process on a stack of its own (spawn.c). */
	MUST(system("! grep -hE -A 40 'ERROR|runtime error' "
	    "$ONLYONE_DIR/report.* >&2 2>/dev/null") == 0);
	MUST(pid == i->keeper && WIFEXITED(status));
	while (waitpid(-i->keeper, NULL, WNOHANG) > 0)
		; /* what it had forked */
	kill(i->owner, SIGKILL);
	MUST(waitpid(i->owner, NULL, 0) == i->owner);
	i->keeper = 0;
}

/* --- a client */

static const struct instance *its; /* whose keeper it talks to */
static int fds[CONNECTIONS], *at;  /* -1: none; at: it talks on this one */
static int null, top, vain;
static size_t number[128]; /* of the last line that begins with this letter */
static const char *rights; /* the kinds that go with what is sent next */

static void
hand(const char *p, size_t n)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(RIGHTS * sizeof(int))];
	struct iovec iov;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c = (struct cmsghdr *)(void *)control;
	size_t most = number['p'] ? number['p'] : n, size = 0;
	ssize_t k = 0;
	int *fd;

	for (; *rights != '\n' && size < RIGHTS * sizeof(int); rights++) {
		fd = isdigit(*rights) ? fds + *rights - '0'
		    : *rights == 'f'  ? &top
				      : &null;
		memcpy(CMSG_DATA(c) + size, fd, sizeof(*fd));
		size += *fd < 0 ? 0 : sizeof(*fd);
	}
	rights = "\n";
	*c = (struct cmsghdr){CMSG_LEN(size), SOL_SOCKET, SCM_RIGHTS};
	msg.msg_control = control;
	msg.msg_controllen = CMSG_SPACE(size);
	for (; n && k >= 0; p += k, n -= (size_t)k) {
		iov = (struct iovec){(void *)p, most < n ? most : n};
		k = sendmsg(*at, &msg,
		    MSG_NOSIGNAL | (vain < VAIN ? 0 : MSG_DONTWAIT));
		vain += k < 0;
		msg.msg_controllen = 0;
	}
}

/* With slot=, or without.  '$' is the instance's since; '|' ends a field. */
static void
frame(int type, bool slot, const char *s, const char *end)
{
	size_t fill = number['b'] % FILL_MAX;
	struct buf b = {0};
	uint32_t len;

	frame_begin(&b, (enum frame_type)(type & 0xffff));
	if (slot)
		fields_put(&b, "slot", its->slot.hash);
	for (; s < end; s++)
		buf_add(&b, *s == '$' ? its->since : *s == '|' ? "" : s,
		    *s == '$' ? strlen(its->since) : 1);
	if (fill) {
		MUST(buf_room(&b, fill) == 0);
		memset(b.at + b.len, 'x', fill - 1);
		b.at[(b.len += fill) - 1] = '\0';
	}
	len = (uint32_t)(b.len - FRAME_HEAD + number['l']);
	memcpy(b.at + 8, &len, sizeof(len));
	hand(b.at, b.len);
	buf_free(&b);
	number['b'] = number['l'] = 0;
}

/* Take what has come; another number in it does not make another answer. */
static void
get(void)
{
	char bytes[8192];
	unsigned int h = 0;
	ssize_t n = -1;

	if (io_wait(*at, POLLIN, vain < VAIN ? SHORT_MS : 0) > 0)
		n = recv(*at, bytes, sizeof(bytes), MSG_DONTWAIT);
	vain += n < 0;
	for (ssize_t k = 0; k < n && k < 80; k++)
		h = isdigit(bytes[k]) ? h : h * 31 + (unsigned char)bytes[k];
	answers[h % sizeof(answers)]++;
}

/* One line: a letter, maybe a number, and what belongs to it. */
static void
step(const char *s, const char *end)
{
	size_t n = 0, what = s < end ? *s++ & 127 : 0;

	rights = what == 'd' ? s : rights;
	for (; s < end && isdigit(*s); s++)
		n = n * 10 + (size_t)(*s - '0');
	/* For what is sent: 'p' in pieces of N bytes; once: 'b' N bytes more
	 * in the frame, 'l' which is said to be N bytes longer, 'd' beside it
	 * connection N, a (f)older, /dev/(n)ull. */
	number[what] = n & UINT32_MAX;
	if (what == 'o') { /* talk on connection N; all up to it are opened */
		at = fds + n % CONNECTIONS;
		for (int *fd = fds; fd <= at; fd++) {
			if (*fd < 0)
				ask_connect(its->folder, SEND_MS, fd);
		}
	} else if (what == 'f' || what == 'F') { /* TYPE FIELD|FIELD| */
		frame((int)n, what == 'f', s + (s < end), end);
	} else if (what == 'r') { /* bytes */
		hand(s, (size_t)(end - s));
	} else if (what == 'g') {
		get();
	} else if (what == 'h') {
		shutdown(*at, SHUT_WR);
	} else if (what == 'c') {
		io_close(at);
	}
}

static _Noreturn void
talk(const struct instance *i, const char *s, size_t n)
{
	const char *behind = s + n, *end;

	its = i;
	null = open("/dev/null", O_RDWR);
	top = open("/", O_PATH);
	memset(fds, -1, sizeof(fds));
	rights = "\n";
	step("o", &"o"[1]);
	for (; s < behind; s = end + 1) {
		end = memchr(s, '\n', (size_t)(behind - s));
		step(s, end = end ? end : behind);
	}
	_exit(0);
}

/* "H" at the beginning: where there is a handler. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct instance *i = &instances[size && *data == 'H'];
	siginfo_t end; /* or stop */
	pid_t pid;

	if (!*root)
		prepare();
	if (!i->keeper)
		start(i);
	pid = fork();
	if (pid == 0)
		talk(i, (const char *)data, size);
	MUST(pid > 0 && IO_RETRY(waitid(P_PID, (id_t)pid, &end,
	    WEXITED | WSTOPPED | WNOWAIT)) == 0);
	kill(pid, SIGKILL);
	MUST(IO_RETRY(waitpid(pid, NULL, 0)) == pid);
	settle(i);
	return 0;
}

const char *const fuzz_texts[] = {"f2\ng\n", "r1one\001\nrgarbage\n",
    "H\nf1 arg=x|env=LD_PRELOAD=y|until=1|\ng\ndfnnn\nf4 open=012|\ng\ng\n",
    "H\nf1 arg=x|\no1\nf1 arg=y|\no\ng\ndf\nf4 open=|\no1\ng\ndfn\n"
    "f4 open=012|\n",
    "H\nf1 arg=x|\ng\ndfn\nf4 open=0|\nc\no1\nf1 arg=y|\ng\ndf\nf4 open=012|\n",
    "Ho3\nf1 arg=x|\no1\nf1 until=1|\no2\nf3\ng\no\ng\ndfnnn\nf4 open=012|\n"
    "c\no1\ng\nc\n",
    "f14 since=$|\ng\n", "f5 since=$|\ng\n", "f17\ng\n",
    "dnnnnnnnnnnnnnnnnn\nf2\nd123f0\nf1\ndffff\nf4 open=012|\no70\nf2\n",
    "b1100000\nf1 arg=\ng\ng\no1\nb2000000\nf1 env=\n",
    "f12 since=$|\ng\no1\nf1 arg=z|say=1|\ng\ndfnnn\nf4 open=012|\no\ng\ng\n"
    "o2\nf13 id=1|status=3|\no1\ng\n",
    "F2 slot=0|\no1\nf99\no2\nf1 x\no3\nf1 =x|\no4\nf4\n",
    "p3\nf2\nf2\np0\nl16777215\nf1\nc\n",
    "f7 ticket=1|mode=queue|max=1|cover=0123456789abcdef0123456789abcdef|\ng\n",
    "f7 ticket=1|mode=replace|stop-signal=9|kill-after=10|polite=0|\ng\ng\n"
    "f8 mapping=1|pid=1|app=fuzz|cwd=/|arg=x|end=1|\ng\ng\n",
    "f3 since=$|\no1\nf9 since=$|\ng\nh\n", NULL};
