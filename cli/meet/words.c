/*
 * words.c: what was met, in words.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/meet/words.h"
#include "cli/proc.h"
#include "cli/raise/outcome.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/slot/info.h"
#include "cli/slot/job.h"
#include "cli/slot/owner.h"
#include "cli/text.h"
#include "cli/wire/ask.h"

enum { LINGERS = 10, LINGER_US = 20000, FOREIGN_MS = 200 };

static const char *
instance_text(const struct fields *b, bool stopped, char *out)
{
	const char *app = fields_get(b, "app"), *tty = fields_get(b, "tty");
	const char *pid = ask_owner(b), *known = fields_get(b, "pid");
	struct text t;

	text_init(&t, out, WORDS_INSTANCE);
	text_add(&t, app ? app : "it");
	if (!pid && known && strcmp(known, "0"))
		text_add(&t, " (in another pid namespace)");
	if (pid) {
		text_add(&t, " (pid ");
		text_add(&t, pid);
		if (tty && *tty) {
			text_add(&t, " on ");
			text_add(&t, tty);
		}
		text_add(&t, stopped ? ", stopped)" : ")");
	}
	return out;
}

const char *
words_instance(const struct fields *b, char *out)
{
	return instance_text(b, false, out);
}

const char *
words_awaited(const struct fields *b, char *out)
{
	return instance_text(b, words_stopped(b), out);
}

bool
words_stopped(const struct fields *b)
{
	return fields_get(b, "stopped");
}

/* Why its keeper cannot make the socket, if that is to be seen.  true: fault
 * is set. */
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

/* Whether its keeper is of a version that speaks otherwise. */
static bool
is_foreign(const struct place *p)
{
	enum sock_result r;
	struct frame f;
	struct buf b;
	int fd;

	buf_init(&b, NULL, 0);
	r = ask_connect(p->folder, FOREIGN_MS, &fd);
	if (r == SOCK_OK)
		r = ask_query(fd, p->slot.hash, FOREIGN_MS, &b, &f);
	else
		errno = 0;
	io_close(&fd);
	buf_free(&b);
	return r == SOCK_NOBODY && errno == EPROTO;
}

int
words_silent(struct place *p, struct fault *f)
{
	char pid[24], keeper[24];
	struct info i = { .keeper = 0 };
	struct buf b;
	int folder = -1;
	bool known = false;

	early_gate();
	buf_init(&b, NULL, 0);
	if (root_open(&p->root, f) == 0)
		folder = folder_peek(&p->root, p->slot.name);
	if (folder >= 0)
		known = info_read(folder, &b, &i) == 0;
	if (folder >= 0 && socket_fault(p, folder, f))
		;
	else if (known && i.owner.pidns && i.owner.pidns != owner_pidns())
		fault_set(f, EXIT_NOANSWER, p->slot.app, " is held in another"
		    " pid namespace, and its keeper does not answer (is it"
		    " stopped?); see onlyonectl doctor there", NULL);
	else if (known && is_foreign(p))
		fault_set(f, EXIT_NOANSWER, p->slot.app, " is held by pid ",
		    say_num(pid, i.owner.pid), ", started by a version of"
		    " onlyone that is not understood; onlyonectl stop ends"
		    " it", NULL);
	else if (known)
		fault_set(f, EXIT_NOANSWER, p->slot.app, " is held by pid ",
		    say_num(pid, i.owner.pid), ", and its keeper, pid ",
		    say_num(keeper, i.keeper), ", does not answer (is it"
		    " stopped?); see onlyonectl doctor", NULL);
	else
		fault_set(f, EXIT_NOANSWER, p->slot.app, " is held by a"
		    " process that does not answer; see onlyonectl doctor, ",
		    p->folder, NULL);
	io_close(&folder);
	root_close(&p->root);
	buf_free(&b);
	return -1;
}

int
words_refused(const struct place *p, const struct fields *b, struct fault *f)
{
	int code = (int)fields_num(b, "status", EXIT_NOANSWER);
	const char *why = fields_get(b, "why"), *pid = ask_pid(b, "pid");

	return fault_set(f, code, p->slot.app, ": ", why ? why : "refused",
	    pid ? pid : fields_get(b, "pid") ? "unknown here" : NULL, NULL);
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
		[OUTCOME_FORBIDDEN] = ": raised=no: the program has told us of"
		    " no window, nor has the compositor",
		[OUTCOME_TERMINAL] = ": raised the terminal that it runs in",
		[OUTCOME_HIDDEN] = ": raised=no: it was in front, and is"
		    " minimised",
	};
	long long outcome = fields_num(b, "raised", -1);
	const char *how = fields_get(b, "how");

	if (outcome == OUTCOME_RAISED || outcome == OUTCOME_TERMINAL ||
	    outcome == OUTCOME_HIDDEN)
		how = NULL;
	if (outcome >= 0 && outcome < OUTCOMES)
		say_more(who, words[outcome], how ? " (" : NULL, how, ")",
		    NULL);
	else if (outcome == OUTCOME_LATER)
		say_more(who, ": raised=later: when its window is there", NULL);
	else if (outcome == OUTCOME_ABSENT)
		say_more(who, ": raised=no: " RAISE_NAME " is not installed",
		    NULL);
	else if (outcome >= 0)
		say_more(who, ": raised=no", NULL);
}

void
words_waiting(const struct fields *b, bool late)
{
	void (*say)(const char *, ...) = late ? say_note : say_more;
	const char *pid = ask_pid(b, "handler");
	char who[WORDS_INSTANCE];

	words_awaited(b, who);
	if (fields_num(b, "handler", 0))
		say("waiting for the handler of an earlier launch",
		    pid ? ", pid " : "", pid ? pid : "", ", of ", who, NULL);
	else
		say("waiting for ", who, NULL);
}

void
words_held(const struct fields *b, const char *app, struct fault *f)
{
	const char *guard = ask_pid(b, "guard");
	struct proc p = { .state = 0 };

	if (guard && !fields_get(b, "tree") &&
	    proc_read((pid_t)fields_num(b, "guard", 0), &p) == 0 &&
	    p.state != 'T')
		fault_set(f, EXIT_BUSY, app, " has ended, and its parent, pid ",
		    guard, ", begins it again after a pause; onlyonectl stop"
		    " ends that", NULL);
	else
		fault_set(f, EXIT_NOANSWER, app, " is not running: its parent,"
		    " pid ", guard ? guard : "?", ", keeps its place, but"
		    " starts nothing; see onlyonectl doctor", NULL);
}

void
words_left(const char *app, const struct job *j, const char *how)
{
	char digits[24], pids[128];
	struct text t;
	size_t n = 0;

	for (int i = 0; i < LINGERS && (n = job_left(j, true)); i++)
		clock_sleep(LINGER_US); /* it may be about to end */
	if (!n)
		return;
	text_init(&t, pids, sizeof(pids));
	job_pids(j, true, &t);
	say_note(app, " has ended; ", say_num(digits, (long long)n), n == 1 ?
	    " process that it has started goes on, " :
	    " processes that it has started go on, ", pids, how, NULL);
}
