/*
 * messages.c: what a launch says about the instance that it met.
 *
 * The facts are a keeper's reply or, if no keeper answers, the record.  A pid
 * from a reply is shown only if it means the same process here (ask_pid).  Some
 * functions print their message at once, others put it into a fault, which the
 * caller reports.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/part_path.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/core/meet/holds.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/job.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/ask.h"
#include "cli/core/wire/carried.h"
#include "cli/windows/outcome.h"

enum { LINGERS = 10, LINGER_US = 20000, FOREIGN_MS = 200, CHILDREN = 128,
	LINE_LIMIT = 4 << 20 };

/* pid: "" if in another pid namespace; NULL if none. */
static const char *
instance_text(const char *app, const char *pid, const char *tty, bool stopped,
    char *out)
{
	struct text t = text_in(out, WORDS_INSTANCE);

	text_add(&t, app ? app : "it");
	if (pid && !*pid)
		text_add(&t, " (in another pid namespace)");
	if (pid && *pid) {
		text_all(&t, " (pid ", pid, NULL);
		if (tty && *tty)
			text_all(&t, " on ", tty, NULL);
		text_add(&t, stopped ? ", stopped)" : ")");
	}
	return out;
}

static const char *
reply_text(const struct fields *b, bool stopped, char *out)
{
	const char *pid = ask_owner(b), *known = fields_get(b, "pid");

	if (!pid && known && strcmp(known, "0"))
		pid = "";
	return instance_text(fields_get(b, "app"), pid, fields_get(b, "tty"),
	    stopped, out);
}

const char *
words_instance(const struct fields *b, char *out)
{
	return reply_text(b, false, out);
}

const char *
words_awaited(const struct fields *b, char *out)
{
	return reply_text(b, words_stopped(b), out);
}

const char *
words_recorded(const struct info *i, char *out)
{
	char digits[24], tty[32];

	return instance_text(i->app, say_num(digits, i->owner.pid),
	    proc_tty(i->terminal, tty, sizeof(tty)), false, out);
}

bool
words_stopped(const struct fields *b)
{
	return fields_get(b, "stopped");
}

bool
words_is_held(const struct fields *b)
{
	return fields_num(b, "holder", 0);
}

bool
words_cluster(const struct place *p, const struct fields *b, char *out)
{
	char path[PATH_MAX], why[WAITS_TEXT];

	return text_join(path, sizeof(path), p->folder, "/" FILE_WAITS, NULL) &&
	    waits_read(AT_FDCWD, path, fields_num(b, "since", 0), why) &&
	    text_join(out, WORDS_WAITS, " waits (", why, ")", NULL);
}

/* Why the keeper cannot make its socket, if the files show it.  true: fault is
 * set. */
static bool
socket_fault(const struct place *p, int folder, struct fault *f)
{
	struct stat st;

	if (fstatat(folder, FILE_SOCK, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISSOCK(st.st_mode)) {
		fault_set(f, EXIT_STATE, p->folder, "/" FILE_SOCK
		    " is not a socket; move it away", NULL);
		return true;
	}
	if (faccessat(folder, ".", W_OK, AT_EACCESS) == 0)
		return false;
	fault_errno(f, EXIT_STATE, errno, "cannot write in ", p->folder,
	    NULL);
	return true;
}

enum keeper_answer
keeper_says(const struct place *p)
{
	enum keeper_answer why;
	struct frame f;
	struct buf b = { 0 };
	int fd;
	enum sock_result r = ask_connect(p->folder, FOREIGN_MS, &fd);

	if (r == SOCK_OK)
		r = ask_query(fd, p->slot.hash, FOREIGN_MS, &b, &f);
	else
		errno = 0;
	why = r == SOCK_NOBODY && errno == EPROTO ? KEEPER_FOREIGN :
	    r != SOCK_OK ? KEEPER_SILENT :
	    holds_told(&f.body) >= HOLDS_ENDING ? KEEPER_PASSING :
	    fields_num(&f.body, "crowded", 0) ? KEEPER_CROWDED :
	    KEEPER_SILENT;
	io_close(&fd);
	buf_free(&b);
	return why;
}

/* The keeper of this record does not answer, or has no place for a launch.  Name
 * only living processes. */
static void
keeper_fails(const char *app, const struct info *i, bool crowded,
    struct fault *f)
{
	char state = i->keeper ? proc_state(i->keeper) : 0;

	if (owner_runs(&i->owner))
		fault_set(f, EXIT_NOANSWER, app, " is held by pid ",
		    TEXT_NUM(i->owner.pid), ", and its keeper, pid ", NULL);
	else
		fault_set(f, EXIT_NOANSWER, app, ": its process has exited,"
		    " but its keeper, pid ", NULL);
	if (state)
		fault_more(f, TEXT_NUM(i->keeper), NULL);
	else
		fault_more(f, "?", NULL);
	if (state == 'T')
		fault_more(f, ", is stopped (kill -CONT ", TEXT_NUM(i->keeper),
		    " continues it); see onlyonectl doctor", NULL);
	else if (crowded)
		fault_more(f, ", has no place for another launch now", NULL);
	else
		fault_more(f, ", does not answer; see onlyonectl doctor", NULL);
}

int
words_not_responding(struct place *p, struct fault *f)
{
	struct info i = { .keeper = 0 };
	struct buf b = { 0 };
	enum keeper_answer why = KEEPER_SILENT;
	int folder = -1;
	bool known = false;

	if (root_open(&p->root, f) == 0)
		folder = folder_peek(&p->root, p->slot.name);
	if (folder >= 0)
		known = info_read(folder, &b, &i) == 0;
	if (folder >= 0 && socket_fault(p, folder, f))
		;
	else if (known && i.owner.pidns && i.owner.pidns != owner_pidns())
		fault_set(f, EXIT_NOANSWER, p->slot.app, " runs in another"
		    " pid namespace, and its keeper does not answer (is it"
		    " stopped?); run onlyonectl doctor there", NULL);
	else if (known && (why = keeper_says(p)) == KEEPER_PASSING)
		fault_set(f, EXIT_BUSY, p->slot.app, " has exited; another"
		    " launch is next in line", NULL);
	else if (why == KEEPER_FOREIGN)
		fault_set(f, EXIT_NOANSWER, p->slot.app, " is held by pid ",
		    TEXT_NUM(i.owner.pid), ", started by an incompatible"
		    " version of onlyone; onlyonectl stop stops it", NULL);
	else if (known) {
		holder_successor(&p->root, &p->slot, &i.owner);
		keeper_fails(p->slot.app, &i, why == KEEPER_CROWDED, f);
	}
	else
		fault_set(f, EXIT_NOANSWER, p->slot.app, " is held by a"
		    " process that does not answer; see onlyonectl doctor, ",
		    p->folder, NULL);
	io_close(&folder);
	root_close(&p->root);
	buf_free(&b);
	return -1;
}

static void
passed_text(const struct fields *b, long long passed, char *out)
{
	char comm[32] = "", when[16];
	time_t s = (time_t)(passed / 1000);
	struct text t;
	struct tm tm;

	t = text_in(out, WORDS_PASSED);
	text_add(&t, " (");
	if (ask_pid(b, "pid")) /* which the message has named */
		proc_comm((pid_t)fields_num(b, "pid", 0), comm, sizeof(comm));
	text_show(&t, comm, strlen(comm));
	if (!*comm)
		text_add(&t, "another process");
	text_add(&t, " took over");
	if (passed > 0 && localtime_r(&s, &tm) &&
	    strftime(when, sizeof(when), "%H:%M", &tm))
		text_all(&t, " at ", when, NULL);
	if (fields_num(b, "guess", GUESS_NONE))
		text_add(&t, ", presumably");
	text_add(&t, ")");
}

const char *
words_passed(const struct fields *b, char *out)
{
	long long passed = fields_num(b, "passed", 0);

	*out = '\0';
	if (passed > 0 || fields_num(b, "guess", GUESS_NONE))
		passed_text(b, passed, out);
	return out;
}

bool
words_command(pid_t pid, struct buf *line, struct text *t)
{
	if (pid <= 0 || look_file(pid, "cmdline", line, LINE_LIMIT) < 0 ||
	    buf_string(line, "") < 0)
		return false;
	for (const char *s = line->at; s + 1 < line->at + line->len;
	    s += strlen(s) + 1) {
		text_add(t, t->len ? " " : "");
		text_shell(t, s);
	}
	text_dots(t);
	return true;
}

int
words_elsewhere(const struct place *p, pid_t keeper, struct fault *f)
{
	const char *common = base_common();
	bool there = access(common, F_OK) == 0;

	fault_set(f, EXIT_NOANSWER, p->slot.app, " is running where it sees"
	    " other files (PrivateTmp=, a mount namespace) and cannot be"
	    " reached from here", NULL);
	if (keeper)
		fault_more(f, " (its keeper: pid ", TEXT_NUM(keeper), ")",
		    NULL);
	return fault_more(f, TEXT_HINT, "use the same ", p->root.given ?
	    p->root.path : common, " on both sides", p->root.given || there ?
	    NULL : ": mkdir -m 1777 /run/onlyone as root, or better mount a"
	    " tmpfs there; see onlyone(7)", NULL);
}

int
words_refused(const struct place *p, const struct fields *b, struct fault *f)
{
	int code = (int)fields_num(b, "status", EXIT_NOANSWER);
	const char *why = fields_get(b, "why"), *pid = ask_pid(b, "pid");
	const char *hint = fields_get(b, "hint");

	if (fields_get(b, "lock-file"))
		return holds_fault(b, p->slot.app, f);
	if (why && hint)
		return fault_set(f, code, why, TEXT_HINT, hint, NULL);
	return fault_set(f, code, p->slot.app, ": ", why ? why : "refused",
	    pid ? pid : fields_get(b, "pid") ? "unknown here" : NULL, NULL);
}

enum { TITLES = 256, TITLES_MS = 2000 };

/* In a child: become the helper that prints the titles of a process's windows,
 * on its own display. */
static _Noreturn void
titles_become(const void *arg, int fd)
{
	const pid_t *pid = arg;
	char digits[24];
	const char *argv[] = { RAISE_NAME, "--titles", say_num(digits, *pid),
		NULL };
	struct buf env = { 0 };

	if (ours_process(*pid) && look_environ(*pid, &env) == 0 &&
	    buf_string(&env, "") == 0) {
		for (char *s = env.at; *s; s += strlen(s) + 1) {
			if (carried_kind(s) == CARRIED_DISPLAY)
				putenv(s);
		}
	}
	if (dup2(fd, 1) < 0)
		_exit(OUTCOME_ABSENT);
	raise_become(argv);
}

int
words_unclosed(const char *who, pid_t pid, long long ms, struct fault *f)
{
	char time[24], titles[TITLES] = "";
	int status = 0;
	struct text t = text_in(time, sizeof(time));
	size_t n;

	text_seconds(&t, ms);
	n = strlen(time);
	while (time[n - 1] == '0')
		n--;
	time[time[n - 1] == '.' ? n - 1 : n] = '\0';
	fault_set(f, EXIT_BUSY, who, " did not close in ", time, " s: it may"
	    " have unsaved work", NULL);
	if (pid && proc_run(titles_become, &pid, titles, sizeof(titles),
	    clock_now() + TITLES_MS, &status) && !status) {
		titles[strcspn(titles, "\n")] = '\0';
		fault_more(f, "; still open: ", TEXT_QUOTED, titles, NULL);
	}
	fault_more(f, TEXT_HINT, "answer it there, or use --kill-after=SEC to end"
	    " it by force", NULL);
	return -1;
}

bool
words_waits(const struct fields *b)
{
	pid_t keeper = (pid_t)fields_num(b, "keeper", 0);
	char state;

	if (!keeper)
		return true;
	if (!ask_pid(b, "keeper"))
		return false;
	if (!proc_ours() || ours_serves(keeper))
		return true;
	/* If it has ended there is nothing to refuse any more. */
	state = proc_state(keeper);
	return !state || state == 'Z';
}

void
words_raised(const struct fields *b, const char *who)
{
	static const char *const words[OUTCOMES] = {
		[OUTCOME_RAISED] = ": raised",
		[OUTCOME_NO_WINDOW] = ": raised=no: it has no window",
		[OUTCOME_ASKED] = ": raised=no: its window was asked for, and"
		    " did not come to the front",
		[OUTCOME_NO_DISPLAY] = ": raised=no: no display answers",
		[OUTCOME_HUNG] = ": raised, but the program does not answer"
		    " its display",
		[OUTCOME_FORBIDDEN] = ": raised=no: neither the program nor"
		    " the compositor has named a window",
		[OUTCOME_TERMINAL] = ": raised the terminal that it runs in",
		[OUTCOME_UNABLE] = ": raised=no: on this desktop only the"
		    " program can raise its window, and it does not know how",
	};
	long long outcome = fields_num(b, "raised", -1);

	if (outcome >= 0 && outcome < OUTCOMES)
		say_more(who, words[outcome], NULL);
	else if (outcome == OUTCOME_LATER)
		say_more(who, ": raised=later: when its window is there", NULL);
	else if (outcome == OUTCOME_FAILED)
		say_more(who, ": raised=no: its keeper cannot start "
		    RAISE_NAME, NULL);
	else if (outcome == OUTCOME_ABSENT)
		say_more(who, ": raised=no: " RAISE_NAME " is not installed",
		    NULL);
	else if (outcome >= 0)
		say_more(who, ": raised=no", NULL);
}

bool
words_unraised(const struct fields *b)
{
	switch (fields_num(b, "raised", -1)) {
	case OUTCOME_NO_WINDOW:
	case OUTCOME_ASKED:
	case OUTCOME_NO_DISPLAY:
	case OUTCOME_FORBIDDEN:
	case OUTCOME_UNABLE:
		return true;
	default:
		return false;
	}
}

void
words_unshown(const struct fields *b, bool over)
{
	char who[WORDS_INSTANCE];

	words_awaited(b, who);
	say_note(over ? "" : "waiting for a window of ", who,
	    over ? " is running, but shows no window" : NULL, NULL);
}

void
words_unwatched(const struct fields *b, bool quiet)
{
	char who[WORDS_INSTANCE], said[WORDS_INSTANCE + 120];

	text_join(said, sizeof(said), words_instance(b, who), " was forgotten"
	    " (onlyonectl) at that moment: look whether it shows what it was"
	    " given", NULL);
	say_note(said, NULL);
	words_notify(quiet, b, said);
}

void
words_waiting(const struct fields *b, bool late, bool quiet)
{
	const char *pid = ask_pid(b, "handler");
	char who[WORDS_INSTANCE], said[WORDS_INSTANCE + 80];

	words_awaited(b, who);
	if (fields_num(b, "handler", 0))
		text_join(said, sizeof(said), "waiting for the handler of an"
		    " earlier launch", pid ? ", pid " : "", pid ? pid : "",
		    ", of ", who, NULL);
	else
		text_join(said, sizeof(said), "waiting for ", who, NULL);
	if (!late) {
		say_more(said, NULL);
		return;
	}
	say_note(said, NULL);
	words_notify(quiet, b, said);
}

enum notify
words_notifies(bool quiet)
{
	struct termios t;

	if (quiet || !(getenv("DISPLAY") || getenv("WAYLAND_DISPLAY")))
		return NOTIFY_NOT;
	return tcgetattr(2, &t) < 0 ? NOTIFY_NOW : NOTIFY_AFTER;
}

void
words_notify(bool quiet, const struct fields *b, const char *text)
{
	const char *app = fields_get(b, "app");
	char pid[24];
	const char *argv[] = { RAISE_NAME, "--title",
		text_base(app ? app : "onlyone"), "--notify", text,
		say_num(pid, getpid()), NULL };
	pid_t child;

	if (words_notifies(quiet) != NOTIFY_NOW)
		return;
	child = fork();
	if (child == 0)
		raise_become(argv);
	if (child > 0)
		IO_RETRY(waitpid(child, NULL, 0));
}

pid_t
words_rest(const struct fields *b)
{
	long long parent = fields_num(b, "parent", 0);
	long long keeper = fields_num(b, "keeper", 0);
	pid_t pids[CHILDREN];
	size_t n;
	char state;

	if (!ask_pid(b, "parent"))
		return 0;
	n = proc_children((pid_t)parent, pids, CHILDREN);
	for (size_t i = 0; i < n; i++) {
		if (pids[i] != keeper && (state = proc_state(pids[i])) &&
		    state != 'Z' && state != 'X')
			return pids[i];
	}
	return 0;
}

void
words_held(const struct fields *b, const char *app, struct fault *f)
{
	const char *parent = ask_pid(b, "parent");
	pid_t rest = words_rest(b);

	if (rest)
		fault_set(f, EXIT_BUSY, app, " is now pid ",
		    TEXT_NUM(rest), ", which it has started and which cannot"
		    " be inspected; its parent, pid ", parent,
		    ", keeps its place until that exits", NULL);
	else
		fault_set(f, EXIT_NOANSWER, app, " has exited, but its parent,"
		    " pid ", parent ? parent : "?", ", keeps its place; see"
		    " onlyonectl doctor", NULL);
}

void
words_left(const char *app, const struct job *j, const char *how)
{
	char pids[128];
	struct text t;
	size_t n = 0;

	for (int i = 0; i < LINGERS && job_left(j, true); i++)
		clock_sleep(LINGER_US); /* it may be about to exit */
	t = text_in(pids, sizeof(pids));
	n = job_pids(j, true, &t);
	if (!n)
		return;
	say_note(app, " has ended; ", TEXT_NUM(n), n == 1 ?
	    " process that it has started is still running, " :
	    " processes that it has started are still running,"
	    " ", pids, how, NULL);
}
