/*
 * observer.c: a program of which only one may run in a whole cluster, and that
 * records when it runs.
 *
 * Each instance is one line of $OBSERVED, a file that all hosts of a test
 * share:
 *
 *   BEGAN LAST STATE HOST PID TOKEN WORD
 *
 * BEGAN and LAST are seconds of CLOCK_BOOTTIME, which the hosts share; LAST is
 * updated every 10 ms.  STATE is "alive" (also after a kill), "ended" (on
 * its own, or by TERM), or "TWO" if another instance, running or stopped, had
 * flock(2) on $OBSERVED.lock at its start: all processes of an instance share
 * that lock.  HOST is from uname(2), TOKEN is $ONLYONE_TOKEN, WORD the first
 * argument.  The other arguments:
 *
 *   for MS    exit with status 0 after MS milliseconds
 *   of N      be N processes; if the first is killed, the others stay for two
 *             seconds.  They have overwritten their environment
 *   grow      be those N only from TERM on, and do not end by that
 *   ignore    ignore TERM
 *   follow    keep running after meeting another instance, which may be on a
 *             paused host, instead of exiting with 95: the meeting is an extra
 *             line with the state "MET"
 *   write CMD run CMD by sh every second, and after each pause of its own
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TIME = 17, STATE = 5, BEAT = 10, EACH = 1000, STOOD = 200 /* ms */ };
enum { STAYS_S = 300 /* whatever happens to the test */, STAYS_BEHIND_MS = 2000 };

static int book = -1, end[2];
static off_t line;
static volatile sig_atomic_t told;
static int lock = -1;
static bool one, follows, grows;

static void
on_term(int sig)
{
	(void)sig;
	told = 1;
}

static void
time_text(char text[static TIME + 1])
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	snprintf(text, TIME + 1, "%010u.%06u", (unsigned int)t.tv_sec,
	    (unsigned int)(t.tv_nsec / 1000) % 1000000);
}

static void
put(off_t at, const char *text, size_t len)
{
	if (pwrite(book, text, len, line + at) != (ssize_t)len)
		_exit(98);
}

static void
beat(void)
{
	char text[TIME + 1];

	time_text(text);
	put(TIME + 1, text, TIME);
	if (!one && follows)
		one = flock(lock, LOCK_EX | LOCK_NB) == 0;
}

/* One at a time, beside us. */
static void
write_out(const char *command)
{
	static long wrote, was;
	static pid_t writer;
	pid_t pid;
	struct timespec t;
	long now;
	bool stood;

	clock_gettime(CLOCK_BOOTTIME, &t);
	now = t.tv_sec * 1000 + t.tv_nsec / 1000000;
	stood = was && now - was > STOOD;
	was = now;
	if ((!stood && now - wrote < EACH) ||
	    (writer && waitpid(writer, NULL, WNOHANG) == 0))
		return;
	wrote = now;
	pid = fork();
	writer = pid > 0 ? pid : 0;
	if (pid)
		return;
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static void
begin(const char *word)
{
	const char *path = getenv("OBSERVED"), *token = getenv("ONLYONE_TOKEN");
	char file[4096], text[512], began[TIME + 1];
	struct utsname name;
	int fd, len;

	if (!path || uname(&name) < 0)
		_exit(97);
	snprintf(file, sizeof(file), "%s.lock", path);
	lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (lock < 0)
		_exit(97);
	one = flock(lock, LOCK_EX | LOCK_NB) == 0;
	time_text(began);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	book = open(path, O_WRONLY | O_CLOEXEC);
	for (int met = !one && follows; met >= 0; met--) {
		len = snprintf(text, sizeof(text), "%s %s %-*s %s %d %s %s\n",
		    began, began, STATE, met ? "MET" : one || follows ?
		    "alive" : "TWO", name.nodename, (int)getpid(), token ?
		    token : "-", word);
		if (book < 0 || write(fd, text, (size_t)len) != len)
			_exit(97);
	}
	/* It stands behind what was appended just now. */
	line = lseek(fd, 0, SEEK_CUR) - len;
	close(fd);
}

/* One of the others: the first writes a byte for each when it ends on its own. */
static void
be_another(bool deaf, const sigset_t *term)
{
	char byte;

	alarm(STAYS_S);
	signal(SIGTERM, deaf ? SIG_IGN : SIG_DFL);
	sigprocmask(SIG_UNBLOCK, term, NULL);
	close(end[1]);
	for (char **e = environ; *e; e++)
		memset(*e, 'x', strlen(*e));
	if (read(end[0], &byte, 1) == 0)
		poll(NULL, 0, STAYS_BEHIND_MS);
	_exit(0);
}

/* The number of others: as many as the system gives. */
static int
others_begin(int wanted, bool deaf)
{
	int n = 0;
	pid_t pid;
	sigset_t term;

	if (wanted > 0 && pipe2(end, O_CLOEXEC) < 0)
		_exit(97);
	/* Each has its own way to take it. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	while (n < wanted && (pid = fork()) >= 0) {
		if (pid == 0)
			be_another(deaf, &term);
		n++;
		beat();
	}
	sigprocmask(SIG_UNBLOCK, &term, NULL);
	return n;
}

static void
others_end(int n)
{
	while (n-- > 0 && write(end[1], "", 1) == 1)
		;
}

int
main(int argc, char *argv[])
{
	struct sigaction action = { .sa_handler = on_term };
	const char *command = NULL;
	int ms = -1, others = 0;

	alarm(STAYS_S);
	for (int i = 2; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : "0";

		if (!strcmp(argv[i], "for"))
			ms = atoi(next);
		if (!strcmp(argv[i], "of"))
			others = atoi(next) - 1;
		if (!strcmp(argv[i], "ignore"))
			action.sa_handler = SIG_IGN;
		if (!strcmp(argv[i], "grow"))
			grows = true;
		if (!strcmp(argv[i], "follow"))
			follows = true;
		if (!strcmp(argv[i], "write"))
			command = next;
	}
	sigaction(SIGTERM, &action, NULL);
	begin(argc > 1 ? argv[1] : "-");
	if (!one && !follows)
		return 95;
	if (!grows)
		others = others_begin(others, action.sa_handler == SIG_IGN);
	for (int left = ms; !told && (ms < 0 || left > 0); left -= BEAT) {
		poll(NULL, 0, ms < 0 || left > BEAT ? BEAT : left);
		if (grows && told) {
			signal(SIGTERM, SIG_IGN);
			others = others_begin(others, true);
			grows = false;
			told = 0;
		}
		beat();
		if (command)
			write_out(command);
	}
	put(2 * (TIME + 1), "ended", STATE);
	others_end(others);
	return 0;
}
