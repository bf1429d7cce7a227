/*
 * alarm.c: exit if a server hangs.
 *
 * No call of xcb takes a time limit, and calls of other libraries may wait
 * longer than theirs.  So an alarm makes this process exit, as if it had no
 * display.
 */
#include <signal.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/points.h"
#include "cli/windows/windows.h"

enum { LATE_MS = 200 };

static bool verbose;
static long long due; /* clock_now */

static void
alarm_in(unsigned int seconds)
{
	due = clock_now() + seconds * 1000LL;
	alarm(seconds);
}

/* Call nothing of stdio: the interrupted code may hold any lock.  If the alarm
 * comes late we were stopped, or had no processor: what was answered meanwhile
 * has not been read yet. */
static void
on_alarm(int sig)
{
	if (clock_now() - due > LATE_MS) {
		alarm_in(1);
		return;
	}
	if (verbose && write(STDOUT_FILENO, ALARM_SAYS "\n",
	    sizeof(ALARM_SAYS)) < 0)
		_exit(OUTCOME_NO_DISPLAY);
	_exit(OUTCOME_NO_DISPLAY);
}

void
alarm_begin(bool says)
{
	verbose = says;
	/* libxcb writes even to a server that has hung up. */
	signal(SIGPIPE, SIG_IGN);
}

void
alarm_set(long long ms)
{
	sigset_t late;

	sigemptyset(&late);
	sigaddset(&late, SIGALRM);
	signal(SIGALRM, on_alarm);
	sigprocmask(SIG_UNBLOCK, &late, NULL);
	alarm_in((unsigned int)(ms * point_slow() / 1000 + 1));
}

struct x11 *
alarm_x11(long long limit_ms, long long all_ms)
{
	struct x11 *x;

	alarm_set(limit_ms);
	x = x11_open();
	alarm_set(all_ms);
	return x;
}
