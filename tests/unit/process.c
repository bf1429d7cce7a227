/*
 * process.c: reads from another process, by a child of ours (processes that
 * hang in execve: stillness.bats); and a recorded owner is found again, and no
 * other process in its place.
 *
 * A reused pid is simulated by changing one part of a record (a real one:
 * reuse.bats).
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "cli/base/buf.h"
#include "cli/base/compat.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/core/slot/owner.h"
#include "tests/unit/tap.h"

/* --- look */

enum { LARGE = 100000 };

/* A child that stays, with this environment. */
static pid_t
sleep_make(char *const env[])
{
	static char *const argv[] = { (char *)"sleep", (char *)"100", NULL };
	struct buf now;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execve("/bin/sleep", argv, env);
		_exit(1);
	}
	/* Until arguments and environment are those of the new program. */
	buf_init(&now, NULL, 0);
	while (look_file(pid, "cmdline", &now, LARGE) < 0 ||
	    now.len < sizeof("sleep") || strcmp(now.at, "sleep")) {
		now.len = 0;
		usleep(1000);
	}
	buf_free(&now);
	return pid;
}

/* The child that looks; 0. */
static pid_t
looker(void)
{
	char path[64], pids[256] = "", *rest = pids;
	pid_t pid, found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "r");
	if (!f || !fgets(pids, sizeof(pids), f))
		*pids = '\0';
	if (f)
		fclose(f);
	while ((pid = (pid_t)strtol(rest, &rest, 10)))
		found = look_is(pid) ? pid : found;
	return found;
}

static void
reads(pid_t pid, const char *large)
{
	struct buf b;

	buf_init(&b, NULL, 0);
	ok(look_environ(pid, &b) == 0 && b.len == 4 + LARGE + 1 &&
		!strcmp(b.at, "A=1") && !strcmp(b.at + 4, large),
	    "read: an environment, however large");
	b.len = 0;
	ok(FAILS(look_file(pid, "environ", &b, 100), EFBIG),
	    "read: no more than wanted");
	buf_free(&b);
}

static void
looking(pid_t pid)
{
	char text[PATH_MAX];
	pid_t first;
	int status;

	ok(looker() == 0, "child: none outside of a look");
	look_begin();
	look_begin();
	look_link(pid, "exe", text, sizeof(text));
	first = looker();
	look_end();
	look_link(pid, "exe", text, sizeof(text));
	ok(first && looker() == first, "child: one from begin to end");
	ok(waitpid(-1, &status, WNOHANG) == 0,
	    "child: a wait that is not for it does not see it");
	if (first > 0)
		kill(first, SIGSTOP);
	ok(look_link(pid, "exe", text, sizeof(text)) > 0 && looker() != first,
	    "child: where it is stopped there is another");
	look_end();
	ok(looker() == 0, "child: it is gone with the look");
}

void
look_part(void)
{
	char *large = malloc(LARGE + 1), text[PATH_MAX];
	char *const env[] = { (char *)"A=1", large, NULL };
	int status;
	pid_t pid;

	memset(large, 'x', LARGE);
	large[LARGE] = '\0';
	pid = sleep_make(env);
	reads(pid, large);
	looking(pid);
	child_end(pid);
	errno = 0;
	ok(look_link(pid, "exe", text, sizeof(text)) < 0 &&
		(errno == ENOENT || errno == ESRCH) && !*text,
	    "link: none of one that has ended");
	ok(waitpid(-1, &status, WNOHANG | __WALL) < 0 && errno == ECHILD,
	    "child: none is left");
	free(large);
}

/* --- owner */

static bool pidfs; /* there are inodes that tell pidfds apart */

static const char *const state_name[] = {
    [OWNER_ALIVE] = "alive",
    [OWNER_DEAD] = "dead",
    [OWNER_ELSEWHERE] = "elsewhere",
    [OWNER_UNKNOWN] = "unknown",
};

/* owner_open ends in this state, with a descriptor if alive only. */
static void
claim(const struct owner *o, enum owner_state want, const char *what)
{
	int fd = 42;
	enum owner_state got = owner_open(o, &fd);
	bool well = (fd >= 0) == (got == OWNER_ALIVE) &&
	    (fd < 0 || fcntl(fd, F_GETFD) == FD_CLOEXEC);

	is(well ? state_name[got] : "wrong descriptor", state_name[want],
	    "%s", what);
	if (fd >= 0)
		close(fd);
}

static struct owner
record(pid_t pid, bool lasting)
{
	int fd = owner_pidfd(pid);
	struct owner o;

	if (fd < 0 || owner_record(&o, pid, fd, lasting) < 0)
		bail("owner_record");
	close(fd);
	return o;
}

static void
living(void)
{
	struct owner self = record(getpid(), false), o;
	pid_t pid = child_make();

	ok(self.pid == getpid() && !self.boot[0] && self.pidns &&
		(pidfs ? self.pidfs && !self.start : self.start && !self.pidfs),
	    "what is recorded: the inode or the start time");
	claim(&self, OWNER_ALIVE, "this process");
	o = record(pid, true);
	ok(strlen(o.boot) == BOOT_ID && (!pidfs || o.pidfs != self.pidfs),
	    "lasting: with the boot id; two inodes");
	claim(&o, OWNER_ALIVE, "a child");
	child_end(pid);
}

static void
ended(void)
{
	pid_t pid = child_make();
	struct owner o = record(pid, false), none = {.start = 1};
	int fd = owner_pidfd(pid);
	siginfo_t info;

	ok(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && !owner_ended(fd),
	    "a pidfd, not ended yet");
	ok(owner_signal(fd, 0) == 0 && owner_signal(fd, SIGKILL) == 0 &&
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0 &&
		info.si_status == SIGKILL,
	    "signal: by pidfd");
	ok(owner_ended(fd), "ended: a zombie has");
	claim(&o, OWNER_DEAD, "a zombie");
	waitpid(pid, NULL, 0);
	ok(owner_ended(fd) && owner_signal(fd, 0) < 0 && errno == ESRCH,
	    "ended: and what was reaped");
	claim(&o, OWNER_DEAD, "a child that was reaped");
	close(fd);
	claim(&none, OWNER_DEAD, "nobody seen");
}

/* A part of the record is there, or of another process. */
enum part_is { NONE, RIGHT, LATER, EARLIER };

static const struct {
	const char *what;
	enum part_is inode, start, boot, pidns;
	enum owner_state here; /* where inodes tell */
	enum owner_state old; /* and where not */
} records[] = {
    {"no inode, the right start time", NONE, RIGHT, RIGHT, RIGHT, OWNER_ALIVE,
	OWNER_ALIVE},
    {"a later start time", NONE, LATER, RIGHT, RIGHT, OWNER_DEAD, OWNER_DEAD},
    {"an earlier one", NONE, EARLIER, RIGHT, RIGHT, OWNER_DEAD, OWNER_DEAD},
    {"neither", NONE, NONE, RIGHT, RIGHT, OWNER_UNKNOWN, OWNER_UNKNOWN},
    {"another inode", LATER, NONE, RIGHT, RIGHT, OWNER_DEAD, OWNER_UNKNOWN},
    {"another inode, the right start time", LATER, RIGHT, RIGHT, RIGHT,
	OWNER_DEAD, OWNER_ALIVE},
    {"another boot", RIGHT, RIGHT, LATER, RIGHT, OWNER_DEAD, OWNER_DEAD},
    {"no pid namespace", RIGHT, RIGHT, NONE, NONE, OWNER_ALIVE, OWNER_ALIVE},
    {"nor is the process with its number it", LATER, LATER, NONE, NONE,
	OWNER_ELSEWHERE, OWNER_ELSEWHERE},
};

/* A number that is there, as it is told to be. */
static unsigned long long
part(unsigned long long right, enum part_is is)
{
	return is == NONE ? 0 : right + (is == LATER) - (is == EARLIER);
}

static void
others(void)
{
	pid_t pid = child_make();
	struct owner o = record(pid, true), wrong;
	struct proc p;

	if (look_proc(pid, &p) < 0)
		bail("look_proc");
	for (size_t i = 0; i < COUNT(records); i++) {
		wrong = o;
		wrong.pidfs = part(o.pidfs, records[i].inode);
		wrong.start = part(p.start, records[i].start);
		wrong.pidns = part(o.pidns, records[i].pidns);
		if (records[i].boot == LATER)
			wrong.boot[0] = wrong.boot[0] == '0' ? '1' : '0';
		if (records[i].boot == NONE)
			wrong.boot[0] = '\0';
		claim(&wrong, pidfs ? records[i].here : records[i].old,
		    records[i].what);
	}
	ok(owner_runs(&o), "it runs");
	o.pidfs++;
	ok(!owner_runs(&o), "but none with another inode");
	child_end(pid);
	claim(&wrong, OWNER_ELSEWHERE, "nor is there one");
}

static void
owner_fields(void)
{
#define ROW(text) {text, sizeof(text) - 1}
	static const struct fields bad[] = {ROW("pid=1\0pidns=0\0"),
	    ROW("pid=1\0boot=\0"), ROW("pid=-1\0pidns=0\0boot=\0"),
	    ROW("pid=1\0pidns=0\0boot=0123456789012345678901234567890123456\0")};
	static const struct fields text =
	    ROW("pid=x\0start=\0pidns=x\0boot=\0");
	struct owner back;

	for (size_t i = 0; i < COUNT(bad); i++)
		ok(owner_get(&bad[i], &back) < 0, "fields: malformed: %zu", i);
	ok(owner_get(&text, &back) == 0 && back.pid == 0 && back.start == 0,
	    "fields: what is no number is not known");
}

void
owner_part(void)
{
	struct statfs fs;
	int fd = owner_pidfd(getpid());

	pidfs = fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == PIDFS_MAGIC;
	close(fd);
	living();
	ended();
	others();
	owner_fields();
}
