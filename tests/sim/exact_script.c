/*
 * exact_script.c: run a script of which all is known: what each command prints, its
 * status, and which programs start.
 *
 * A command is a line: words between spaces.  "sleep MS" sleeps; "... &" runs in the
 * background, as $!, and $$ is the script; after "tty" commands have a terminal.
 * $program, $keeper and $slot are the pids of the oldest such processes, and the name
 * of the slot of nap; $since is when its instance has begun.  "stop PID", "cont PID",
 * "kill PID": a user sends a signal.  Frames to its keeper: exact_ask.c.
 * "backlog N" is the limit for sockets from now on (somaxconn).  "slots" prints how many
 * of nap and brood there are; "remove FILE" removes one of the slot of nap.  $id is of the
 * last record that listen --json has printed.  "lease r FILE", "lease w FILE": the script
 * has a lease on it (fcntl(2)), until "unlease".  "container N" begins one, with a pid
 * namespace of its own; "in N ..." is in it; "end N" kills it.
 * Behind what a command has printed is "=N", if its status is not 0; behind "time ..."
 * is "in N s", with one decimal.  "about WORD ...": only its lines with that word count,
 * and what is indented behind them.
 */
#include <stdlib.h>

#include "tests/sim/exact.h"
#include "tests/sim/kernel.h"
#include "tests/sim/oracle.h"
#include "tests/sim/world.h"

#define CALL(type, name, params, args) type sim_##name params;
#include "tests/sim/calls.h"
#undef CALL
_Noreturn void sim__exit(int status);

static int leased; /* a descriptor of the script */

/* As exact_at_terminal has it. */
static void
terminal_put(void)
{
	int n = 0;
	char **env;

	while (now->env[n])
		n++;
	env = kalloc(((size_t)n + 2) * sizeof(*env));
	memcpy(env, now->env, (size_t)n * sizeof(*env));
	env[n] = "TTY=1";
	now->env = env;
}

/* The first program that a command line has started, or keeper. */
static struct proc *
process_of(bool keeper)
{
	EACH_PROC(p)
		if (p->memory && !p->ending && launch_from(p) &&
		    launch_from(p)->policy == EXACT &&
		    (keeper ? is_keeper(p) : p->exe->number == TRUE_FILE))
			return p;
	unknown("a script without such a process");
}

/* Of a script. */
static bool
is_slot(const struct entry *e)
{
	return e->inode && (!strncmp(e->name, "nap", 3) ||
	    !strncmp(e->name, "brood", 5));
}

static struct entry *
slot_of(void)
{
	EACH_IN_ROOTS(e) {
		if (is_slot(e))
			return e;
	}
	unknown("a script without a slot");
}

/* When its instance has begun, as its record says. */
static const char *
slot_since(void)
{
	const struct inode *info = child_find(slot_of()->inode, "info");
	struct record r = { info->data, info->data + info->size };

	return record_field(&r, "since", NULL);
}

static void
slots_count(void)
{
	char text[32];
	int n = 0;

	EACH_IN_ROOTS(e)
		n += is_slot(e);
	snprintf(text, sizeof(text), "%d slots\n", n);
	exact_adds(text);
}

static void
slot_remove(const char *name)
{
	char path[PATH_MAX];
	int n;

	inode_path(slot_of()->inode, path, sizeof(path));
	n = (int)strlen(path);
	snprintf(path + n, sizeof(path) - (size_t)n, "/%s", name);
	if (sim_unlinkat(AT_FDCWD, path, 0) < 0)
		unknown("a script removes %s", path);
}

/* The word with what is meant in place of a name; the word itself if it has none. */
static char *
word_put(char *word, pid_t last)
{
	enum { LONG = 512 };
	static const char *const names[] = { "!", "$", "program", "keeper", "slot", "id",
		"since" };
	const char *dollar = strchr(word, '$');
	char *text, number[16];
	size_t i = 0;

	if (!dollar)
		return word;
	while (strncmp(dollar + 1, names[i], strlen(names[i])))
		known(++i < sizeof(names) / sizeof(*names));
	text = kalloc(LONG);
	snprintf(number, sizeof(number), "%d", i == 0 ? last : i == 1 ? now->pid :
	    i < 4 ? process_of(i == 3)->pid : 0);
	snprintf(text, LONG, "%.*s%s%s", (int)(dollar - word), word,
	    i < 4 ? number : i == 4 ? slot_of()->name : i == 5 ? exact_id() : slot_since(),
	    dollar + 1 + strlen(names[i]));
	return text;
}

/* A user sends a signal; what is stopped gets no processor until it is continued. */
static void
signal_by_user(const char *name, pid_t pid)
{
	struct proc *p = proc_find_pid(pid);

	known(p);
	if (!strcmp(name, "stop")) {
		p->stopped = sim_clock;
		p->stalled = NEVER;
	} else {
		signal_send(p, *name == 'c' ? SIGCONT : SIGKILL, NULL);
	}
}

/* As a server of files: it is told when others open the file, and need not care. */
static void
lease_take(bool writes, const char *path)
{
	sim_sigaction(SIGIO, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	leased = sim_openat(AT_FDCWD, path, (writes ? O_RDWR : O_RDONLY) | O_CREAT |
	    O_CLOEXEC, 0644);
	if (sim_fcntl(leased, F_SETLEASE, writes ? F_WRLCK : F_RDLCK) < 0)
		unknown("a script leases %s", path);
}

/* The first process of a container: all in there is killed when it is. */
static void
container_begin(int space)
{
	pid_t child = sim_fork();
	struct proc *p = child ? proc_find_pid(child) : now;

	p->space = space;
	p->first = true;
	while (p == now)
		sleep_ms(1000000);
}

static void
container_end(int space)
{
	struct proc *first = space_first(space);
	int status;

	signal_send(first, SIGKILL, NULL);
	known(sim_waitpid(first->pid, &status, 0) == first->pid);
}

/* Whether it is none of a program. */
static bool
is_own(char **w)
{
	static const char *const signals[] = { "stop", "cont", "kill" };
	bool is = true;

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		if (!strcmp(*w, signals[i])) {
			signal_by_user(*w, (pid_t)atol(w[1]));
			return true;
		}
	}
	if (!strcmp(*w, "tty"))
		terminal_put();
	else if (!strcmp(*w, "lease"))
		lease_take(*w[1] == 'w', w[2]);
	else if (!strcmp(*w, "unlease"))
		sim_close(leased);
	else if (!strcmp(*w, "slots"))
		slots_count();
	else if (!strcmp(*w, "remove"))
		slot_remove(w[1]);
	else if (!strcmp(*w, "container"))
		container_begin(atoi(w[1]));
	else if (!strcmp(*w, "end"))
		container_end(atoi(w[1]));
	else if (!strcmp(*w, "backlog"))
		somaxconn = (unsigned)atoi(w[1]);
	else if (!strcmp(*w, "sleep"))
		sleep_ms(atol(w[1]));
	else
		is = false;
	return is;
}

static void
command_run(char *line, pid_t *last)
{
	enum { WORDS = 28 };
	char *words[WORDS + 1], **w = words, *about = NULL, note[32], path[32];
	size_t printed = exact_printed();
	bool waits = true, timed;
	long long began = sim_clock;
	int n = 0, status = 0, space = 0;
	pid_t child;

	while ((w[n] = strsep(&line, " "))) {
		w[n] = word_put(w[n], *last);
		known(++n < WORDS);
	}
	timed = !strcmp(*w, "time");
	w += timed;
	n -= timed;
	if (!strcmp(*w, "in")) {
		space = atoi(w[1]);
		w += 2;
		n -= 2;
	}
	if (!strcmp(*w, "about")) {
		about = w[1];
		w += 2;
		n -= 2;
	}
	if (!strcmp(w[n - 1], "&")) {
		waits = false;
		w[n - 1] = NULL;
	}
	if (is_own(w) || exact_asks(w, slot_of))
		return;
	snprintf(path, sizeof(path), "%s/%s", strncmp(*w, "only", 4) ? "/bin" :
	    "/usr/bin", *w);
	if ((child = sim_fork()) == 0) {
		now->space = space;
		sim_execve(path, w, now->env);
		sim__exit(127);
	}
	*last = waits ? *last : child;
	if (!waits || sim_waitpid(child, &status, 0) != child)
		return;
	if (about)
		exact_keeps(printed, about);
	if (status) {
		snprintf(note, sizeof(note), "=%d\n", WIFEXITED(status) ?
		    WEXITSTATUS(status) : 128 + WTERMSIG(status));
		exact_adds(note);
	}
	if (timed) {
		snprintf(note, sizeof(note), "in %.1f s\n",
		    (double)(sim_clock - began) / SECOND);
		exact_adds(note);
	}
}

_Noreturn void
exact_script(const char *lines)
{
	char *rest = kstrdup(lines), *line;
	pid_t last = 0;

	somaxconn = SOMAXCONN;

	while ((line = strsep(&rest, "\n")) && *line)
		command_run(line, &last);
	sim__exit(0);
}
