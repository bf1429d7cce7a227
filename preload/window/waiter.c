/*
 * waiter.c: the thread that waits on the page for requests, and serves them.
 *
 * It blocks all signals but the two that libc needs, has no descriptor, and
 * wakes only for a request or the end of the program's first thread.  If the
 * first thread ends by pthread_exit, the program ends with its last thread, and
 * ours must not keep it alive.  At that end the kernel clears a word and wakes
 * its waiters (set_tid_address); our thread then returns, and libc ends the
 * program if no other thread is left.  A kernel without checkpoint/restore does
 * not reveal the word: then no thread is started.  Before Linux 5.16 (no
 * futex_waitv) the thread looks at the word once a second.
 *
 * A program with a seccomp filter may be killed for system calls that it does
 * not expect: the thread is not started then, or ends.
 */
#include <sys/prctl.h>

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>

#include "preload/bytes.h"
#include "preload/sys.h"
#include "preload/window/window.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

#pragma weak pthread_create
#pragma weak pthread_attr_init
#pragma weak pthread_attr_setstacksize
#pragma weak pthread_attr_setdetachstate
#if defined(__x86_64__) && defined(__LP64__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_attr_init, pthread_attr_init@GLIBC_2.2.5");
__asm__(".symver pthread_attr_setstacksize, "
	"pthread_attr_setstacksize@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.17");
__asm__(".symver pthread_attr_init, pthread_attr_init@GLIBC_2.17");
__asm__(".symver pthread_attr_setstacksize, "
	"pthread_attr_setstacksize@GLIBC_2.17");
#endif

#define MS UINT64_C(1000000)

/* The kernel's struct futex_waitv, which older headers lack. */
struct wait {
	uint64_t value;
	uint64_t at;
	uint32_t flags;
	uint32_t reserved;
};

uint64_t
window_now(void)
{
	struct timespec t = {0};
#ifdef SYS_clock_gettime64
	long long now[2] = {0};

	SYS3(SYS_clock_gettime64, CLOCK_MONOTONIC, now, 0);
	t.tv_sec = (time_t)now[0];
	t.tv_nsec = (long)now[1];
#else
	SYS3(SYS_clock_gettime, CLOCK_MONOTONIC, &t, 0);
#endif
	return (uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec;
}

/* Wait until *request != was, or the first thread has exited; may return
 * without either. */
static void
wait_for(const uint32_t *request, uint32_t was, const uint32_t *leader)
{
	enum { WORDS = 2, SIZE_32 = 2 };
	struct wait words[WORDS] = {
	    {was, (uintptr_t)request, SIZE_32, 0},
	    {(uint64_t)__atomic_load_n(leader, __ATOMIC_ACQUIRE),
		(uintptr_t)leader, SIZE_32, 0}};
	struct timespec second = {1, 0};
	long r;

	if (!words[1].value)
		return;
	r = SYS5(SYS_futex_waitv, words, WORDS, 0, NULL, 0);
	if (r == -ENOSYS || r == -EPERM || r == -EINVAL)
		SYS5(SYS_futex, request, FUTEX_WAIT, was, &second, NULL);
}

/*
 * Write an activation request into the program's connection.
 *
 * xdg_activation_v1.activate(token, surface) has no descriptor and makes no
 * object, so it changes no state that the program or libwayland keeps.  It is
 * written in one piece between two requests of the program, or not at all: the
 * kernel takes a message of this size as a whole (unix_stream_sendmsg).
 *
 * The program may reuse the descriptor's number between our check of the inode
 * and the write: so the check and the write use a duplicate, which is closed
 * right after.
 */

enum asked { ASKED, ASK_LATER, ASK_NEVER };

enum { ACTIVATE = 2, HEAD = 3, WORDS = HEAD + WINDOW_TOKEN / 4 + 1 };

/* Compose the request in words; its length in bytes. */
static size_t
request_compose(uint32_t *words, uint32_t activation, uint32_t surface,
    const char *token)
{
	size_t len = bytes_len(token) + 1, n = HEAD + (len + 3) / 4;

	words[n - 1] = 0; /* padding after the text */
	bytes_copy((char *)(words + HEAD), token, len);
	words[n++] = surface;
	words[0] = activation;
	words[1] = (uint32_t)(4 * n) << 16 | ACTIVATE;
	words[2] = (uint32_t)len;
	return 4 * n;
}

/* Write the rest of a request: the compositor would end the connection after
 * half of one.  false: not within a second. */
static bool
request_finish(int fd, const char *at, size_t n)
{
	enum { LOOKS = 1000, PAUSE = 1000000 };
	long r;

	for (int look = 0; n && look < LOOKS; look++) {
		r = sys_call(SYS_sendto, fd, SYS_ARG(at), SYS_ARG(n),
		    MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
		if (r > 0) {
			at += r;
			n -= (size_t)r;
		} else {
			sys_sleep(PAUSE);
		}
	}
	return !n;
}

static enum asked
write_on(int fd, struct link *l, uint32_t surface, const char *token)
{
	uint32_t words[WORDS];
	size_t len = request_compose(words, l->reader.objects.activation,
	    surface, token);
	long n = sys_call(SYS_sendto, fd, SYS_ARG(words), SYS_ARG(len),
	    MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);

	if (n == (long)len ||
	    (n > 0 && request_finish(fd, (char *)words + n, len - (size_t)n)))
		return ASKED;
	return n == -EAGAIN || n == -EINTR || n == -ENOBUFS || n == -ENOMEM ?
	    ASK_LATER : ASK_NEVER;
}

static enum asked
ask_ours(struct state *s, struct link *l, const char *token)
{
	enum asked r = ASK_NEVER;
	uint32_t shown;
	long fd;
	const struct window *w = reader_window(&l->reader, &shown);

	if (l->reader.lost) {
		show_state(s, l);
		return ASK_NEVER;
	}
	if (!w || !l->reader.objects.activation || !reader_between(&l->reader))
		return ASK_LATER;
	fd = SYS3(SYS_fcntl, l->fd, F_DUPFD_CLOEXEC, 0);
	if (fd == -EMFILE)
		return ASK_LATER;
	if (fd >= 0 && link_same(l, (int)fd))
		r = write_on((int)fd, l, w->surface, token);
	if (fd >= 0)
		sys_close((int)fd);
	if (r == ASK_NEVER) {
		link_drop(l); /* the connection has been closed */
		show_state(s, l);
	}
	return r;
}

static enum asked
activation_ask(struct state *s, struct link *l, const char *token)
{
	enum asked r;

	if (!link_take(l))
		return ASK_LATER;
	r = l->live ? ask_ours(s, l, token) : ASK_NEVER;
	link_leave(l);
	return r;
}

/*
 * Ask the program to close its windows, as by a close button.
 *
 * The program's next recvmsg from its compositor gets the close events
 * (recvmsg.c).  If the asker gave a token, we write an activation too: the
 * compositor's answer to that makes the program read.  Without a token the
 * program reads at the compositor's next event.  After the deadline no close
 * event follows.
 */

enum { PAUSE = 1000000 };

/* Take the turn of l as OURS, by until (window_now); false: too late. */
static bool
take_by(struct link *l, uint64_t until)
{
	while (!link_take(l)) {
		if (window_now() >= until)
			return false;
		sys_sleep(PAUSE);
	}
	return true;
}

/* Call `what` with the reader of each link that counts.  Returns the sum of the
 * results. */
static uint32_t
readers_each(struct state *s, uint64_t until,
    uint32_t (*what)(struct state *s, struct reader *r))
{
	struct link *l;
	uint32_t n = 0;

	for (l = s->links; l < s->links + LINKS; l++) {
		if (!link_counts(s, l) || !take_by(l, until))
			continue;
		if (l->live) {
			n += what(s, &l->reader);
			l->reader.objects.changed = false;
			show_state(s, l);
		}
		link_leave(l);
	}
	return n;
}

/* A dialog closes with its parent: ask dialogs only if there are no others. */
static uint32_t
close_want(struct state *s, struct reader *r)
{
	return reader_want(r, s->only_children);
}

/* Give no further close events. */
static uint32_t
give_up(struct state *s, struct reader *r)
{
	(void)s;
	while (reader_close(r))
		;
	return 0;
}

static uint32_t
close_wanted(struct state *s)
{
	struct link *l;
	uint32_t n = 0;

	for (l = s->links; l < s->links + LINKS; l++)
		n += __atomic_load_n(&l->wanted, __ATOMIC_RELAXED);
	return n;
}

static bool
all_children(struct state *s)
{
	struct link *l;
	uint32_t shown = 0, children = 0;

	for (l = s->links; l < s->links + LINKS; l++) {
		if (!link_counts(s, l))
			continue;
		shown += __atomic_load_n(&l->shown, __ATOMIC_RELAXED);
		children += __atomic_load_n(&l->children, __ATOMIC_RELAXED);
	}
	return shown == children;
}

static enum window_answer
windows_close(struct state *s, uint32_t request, const char *token,
    uint64_t until)
{
	struct link *l;
	uint32_t n, left;

	s->only_children = all_children(s);
	n = readers_each(s, until, close_want);
	while (close_wanted(s) && window_now() < until && page_there(s->page) &&
	    __atomic_load_n(&s->page->request, __ATOMIC_ACQUIRE) == request) {
		l = *token ? link_last(s) : NULL;
		if (l && activation_ask(s, l, token) != ASK_LATER)
			token = "";
		sys_sleep(PAUSE);
	}
	left = close_wanted(s);
	if (left)
		readers_each(s, window_now() + 100 * PAUSE, give_up);
	return !n ? WINDOW_GONE : left < n ? WINDOW_WRITTEN : WINDOW_REFUSED;
}

/*
 * Serve a request of the page.
 */

/* Copy the token, which other processes may be changing.  false: it has no
 * NUL. */
static bool
token_take(const struct window_page *p, char *token)
{
	for (size_t i = 0; i < WINDOW_TOKEN; i++) {
		token[i] = __atomic_load_n(&p->token[i], __ATOMIC_RELAXED);
		if (!token[i])
			return true;
	}
	return false;
}

/* Raise the window used last, as soon as its connection is free. */
static enum window_answer
window_activate(struct state *s, uint32_t request, const char *token,
    uint64_t until)
{
	struct window_page *p = s->page;
	struct link *l;

	if (!*token)
		return WINDOW_INVALID;
	while (window_now() < until && page_there(p) &&
	    __atomic_load_n(&p->request, __ATOMIC_ACQUIRE) == request) {
		l = link_last(s);
		if (!l)
			return WINDOW_GONE;
		if (!l->activation)
			return WINDOW_UNBOUND;
		switch (activation_ask(s, l, token)) {
		case ASKED:
			return WINDOW_WRITTEN;
		case ASK_NEVER:
			break; /* the link is gone or lost: try the next */
		case ASK_LATER:
			sys_sleep(PAUSE);
			break;
		}
	}
	return WINDOW_REFUSED;
}

/* Do what the page asks for. */
static enum window_answer
request_serve(struct state *s, uint32_t request)
{
	enum { MOST_MS = 5000 };
	uint64_t most = window_now() + MOST_MS * MS, until;
	struct window_page *p = s->page;
	char token[WINDOW_TOKEN];

	until = __atomic_load_n(&p->deadline, __ATOMIC_RELAXED);
	if (until > most)
		until = most;
	if (!token_take(p, token))
		return WINDOW_INVALID;
	switch (__atomic_load_n(&p->what, __ATOMIC_RELAXED)) {
	case WINDOW_RAISE:
		return window_activate(s, request, token, until);
	case WINDOW_CLOSE:
		return windows_close(s, request, token, until);
	default:
		return WINDOW_NONE;
	}
}

bool
waiter_filtered(void)
{
	return SYS1(SYS_prctl, PR_GET_SECCOMP) != ours.seccomp;
}

static void *
waiter_run(void *arg)
{
	struct state *s = arg;
	struct window_page *p = s->page;
	const uint32_t *leader = s->leader;
	uint32_t done = 0, request;
	enum window_answer answer;

	SYS3(SYS_prctl, PR_SET_NAME, "onlyone-window", 0);
	while (__atomic_load_n(leader, __ATOMIC_ACQUIRE) && page_there(p)) {
		request = __atomic_load_n(&p->request, __ATOMIC_ACQUIRE);
		if (request == done) {
			wait_for(&p->request, done, leader);
			continue;
		}
		if (waiter_filtered())
			return NULL;
		answer = request_serve(s, request);
		if (!page_there(p))
			break;
		__atomic_store_n(&p->answer, answer, __ATOMIC_RELAXED);
		__atomic_store_n(&p->answered, request, __ATOMIC_RELEASE);
		SYS3(SYS_futex, &p->answered, FUTEX_WAKE, INT_MAX);
		done = request;
	}
	show_end();
	return NULL;
}

bool
waiter_may(struct state *s)
{
	const uint32_t *leader = NULL;
	int pid = sys_pid();

	/* The kernel shows a thread only its own word.  If this is the first
	 * thread, ask; else use what the constructor found, unless this is a
	 * forked child. */
	if ((int)SYS1(SYS_gettid, 0) == pid)
		SYS3(SYS_prctl, PR_GET_TID_ADDRESS, &leader, 0);
	else if (pid == ours.pid)
		leader = ours.leader;
	s->leader = leader;
	return leader && *leader && !waiter_filtered() && pthread_create &&
	    pthread_attr_init && pthread_attr_setstacksize &&
	    pthread_attr_setdetachstate;
}

/* libc's SIGCANCEL and SIGSETXID; setuid(3) waits for all threads to handle
 * the latter. */
#define LIBC_SIGNALS (UINT64_C(3) << 31)

void
waiter_start(struct state *s)
{
	/* If ours is the last thread, exit(3) handlers run on its stack.  The
	 * thread-local data of the program's libraries is in it too. */
	static const size_t stacks[] = {256 << 10, 64 << 10, 1 << 20};
	uint64_t all = ~LIBC_SIGNALS, was;
	pthread_attr_t attr;
	pthread_t thread;
	int r = -1;

	if (SYS5(SYS_rt_sigprocmask, SIG_SETMASK, &all, &was, sizeof(all),
		0) != 0)
		return;
	if (pthread_attr_init(&attr) == 0 &&
	    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0)
		for (size_t i = 0;
		     r && i < sizeof(stacks) / sizeof(*stacks); i++)
			if (pthread_attr_setstacksize(&attr, stacks[i]) == 0)
				r = pthread_create(&thread, &attr, waiter_run,
				    s);
	SYS5(SYS_rt_sigprocmask, SIG_SETMASK, &was, NULL, sizeof(was), 0);
	if (r)
		show_end();
}
