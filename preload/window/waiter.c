/*
 * waiter.c: the thread that waits on the page for requests.
 *
 * It blocks all signals but the two that libc needs, has no descriptor, and
 * wakes only for a request or the end of the program's first thread.  If the
 * first thread ends by pthread_exit, the program ends with its last thread, and
 * ours must not keep it alive.  At that end the kernel clears a word and wakes
 * its waiters (set_tid_address); our thread then returns, and libc ends the
 * program if no other thread is left.  A kernel without checkpoint/restore does
 * not tell the word: then no thread is started.  Before Linux 5.16 (no
 * futex_waitv) the thread looks at the word once a second.
 *
 * A program with a seccomp filter may be killed for system calls that it does
 * not expect: the thread is not started then, or ends.
 */
#include <sys/prctl.h>

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>

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

/* Wait until *request != was, or the first thread has ended; may return without
 * either. */
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

/* Whether the activation protocol is not bound and will not be: bind.c has
 * finished without it, or BIND_MS have passed. */
static bool
unbound(const struct link *l, uint64_t since)
{
	enum { BIND_MS = 300 };

	return !l->activation && (!l->wants ||
	    window_now() - since > BIND_MS * MS);
}

/* Raise the window used last, as soon as its connection is free. */
static enum window_answer
activate(struct state *s, uint32_t request, const char *token, uint64_t until)
{
	enum { PAUSE = 1000000 };
	uint64_t since = window_now();
	struct window_page *p = s->page;
	struct link *l;

	if (!*token)
		return WINDOW_INVALID;
	while (window_now() < until && page_there(p) &&
	    __atomic_load_n(&p->request, __ATOMIC_ACQUIRE) == request) {
		l = link_last(s);
		if (!l)
			return WINDOW_GONE;
		if (unbound(l, since))
			return WINDOW_UNBOUND;
		switch (ask(s, l, token)) {
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
serve(struct state *s, uint32_t request)
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
		return activate(s, request, token, until);
	case WINDOW_CLOSE:
		return closing(s, request, token, until);
	case WINDOW_CALM:
		closing_calm(s, until);
		return WINDOW_WRITTEN;
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
waiter(void *arg)
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
		answer = serve(s, request);
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

	/* The kernel tells a thread only its own word.  If this is the first
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
	 * thread-local data of the program's libraries lies in it too. */
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
				r = pthread_create(&thread, &attr, waiter, s);
	SYS5(SYS_rt_sigprocmask, SIG_SETMASK, &was, NULL, sizeof(was), 0);
	if (r)
		show_end();
}
