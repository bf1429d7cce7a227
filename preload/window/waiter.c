/*
 * waiter.c: the thread that waits on the page for requests.
 *
 * It blocks every signal but the two that libc uses for itself, has no
 * descriptor, and wakes for nothing but a request, and the end of the
 * program's first thread.  A program whose first thread has ended by
 * pthread_exit ends when the last of the others does, and that must not be we:
 * the kernel clears a word then, and wakes who waits on it (set_tid_address).
 * We return, and libc ends the program if nobody else is left.  Where the word
 * is not to be had (a kernel without checkpoint and restore) there is no
 * thread; where two words cannot be waited for (before Linux 5.16) it looks
 * once a second.
 *
 * A program that has put itself under a filter of system calls may not be made
 * to call what it did not mean to: there is no thread then, or no more.
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

/* One of futex_waitv's; the kernel's struct is newer than our headers. */
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

/* Until *request is not what it was, or the first thread has ended, or for no
 * reason. */
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

/* The token, as it is now; whether it has an end. */
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

/* Whether the window will never be asked for: the program's libwayland has had
 * its time to bind the protocol. */
static bool
unbound(const struct link *l, uint64_t since)
{
	enum { BIND_MS = 300 };

	return !l->activation && (!l->wants ||
	    window_now() - since > BIND_MS * MS);
}

/* Activate the window, as soon as that can be done. */
static enum window_answer
activate(struct state *s, uint32_t request, const char *token, uint64_t until)
{
	enum { PAUSE = 1000000 };
	uint64_t since = window_now();
	struct window_page *p = s->page;
	struct link *l;

	if (!*token)
		return WINDOW_INVALID;
	while (window_now() < until &&
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
			break; /* another link, or none */
		case ASK_LATER:
			sys_sleep(PAUSE);
			break;
		}
	}
	return WINDOW_REFUSED;
}

/* Do what is asked. */
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

	SYS3(SYS_prctl, PR_SET_NAME, "onlyone-window", 0);
	while (__atomic_load_n(leader, __ATOMIC_ACQUIRE)) {
		request = __atomic_load_n(&p->request, __ATOMIC_ACQUIRE);
		if (request == done) {
			wait_for(&p->request, done, leader);
			continue;
		}
		if (waiter_filtered())
			return NULL;
		__atomic_store_n(
		    &p->answer, serve(s, request), __ATOMIC_RELAXED);
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

	/* Of a process that was forked by another thread than its parent's
	 * first we know it only if it is that thread that writes. */
	if ((int)SYS1(SYS_gettid, 0) == pid)
		SYS3(SYS_prctl, PR_GET_TID_ADDRESS, &leader, 0);
	else if (pid == ours.pid)
		leader = ours.leader;
	s->leader = leader;
	return leader && *leader && !waiter_filtered() && pthread_create &&
	    pthread_attr_init && pthread_attr_setstacksize &&
	    pthread_attr_setdetachstate;
}

/* libc's own: SIGCANCEL, and SIGSETXID, for which setuid(2) waits. */
#define LIBC_SIGNALS (UINT64_C(3) << 31)

void
waiter_start(struct state *s)
{
	/* Handlers of exit(3) run on it where we are the last; and what a
	 * program's libraries have for each thread takes its part. */
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
