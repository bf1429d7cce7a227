/*
 * ctl.c: onlyonectl: one table of verbs, and what each of them takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ctl/ctl.h"
#include "cli/number.h"
#include "cli/say.h"
#include "preload/contract.h"

/* What a verb takes beside its operands. */
enum {
	TAKES_JSON = 1,
	TAKES_ALL = 2,
	TAKES_WAIT = 4,
	TAKES_KILL = 8,
	TAKES_REST = 16, /* "--" and what comes after it */
	PRINTS = 32,     /* its answer is on standard output */
	TAKES_OWNER = 64,
	TAKES_PID = 128,
	TAKES_SELF = 256,
	TAKES_RAW = 1024,
	TAKES_EVER = 512, /* --wait without a time */
	TAKES_SYSTEM = 2048,
	TAKES_LINK = 4096,
	TAKES_LINE = 8192, /* after APP, what onlyone takes */
	TAKES_DESKTOP = 16384
};

static const struct verb {
	const char *name;
	const char *operands;
	const char *help;
	size_t min, max; /* operands; a key may have many parts */
	int takes;
	int (*run)(struct ctl *c, struct fault *f);
} verbs[] = {
	{ "list", "[APP] [--json]", "the instances that run", 0, 1,
	    TAKES_JSON | TAKES_RAW | TAKES_ALL | PRINTS, ctl_list },
	{ "status", "APP [KEY]", "say whether it runs: 0, or 3", 1, 99,
	    PRINTS, ctl_status },
	{ "pid", "APP [KEY]", "print its pid", 1, 99, PRINTS, ctl_pid },
	{ "count", "APP [KEY]", "print how many run", 1, 99,
	    TAKES_ALL | PRINTS, ctl_count },
	{ "activate", "APP [KEY] [-- ARG...]", "hand arguments over", 1, 99,
	    TAKES_REST, ctl_activate },
	{ "wait", "APP [KEY]", "wait until it has ended", 1, 99,
	    TAKES_ALL | TAKES_WAIT, ctl_wait },
	{ "stop", "APP [KEY]", "close its windows (5 s to save), then TERM", 1,
	    99, TAKES_ALL | TAKES_WAIT | TAKES_KILL, ctl_stop },
	{ "signal", "SIG APP [KEY]", "send it a signal", 2, 99, TAKES_ALL,
	    ctl_signal },
	{ "hold", "NAME [KEY]", "the calling shell becomes the instance", 1,
	    99, TAKES_WAIT | TAKES_EVER | TAKES_OWNER | TAKES_SELF, ctl_hold },
	{ "release", "NAME [KEY]", "it is the instance no more", 1, 99,
	    TAKES_OWNER | TAKES_SELF, ctl_release },
	{ "adopt", "APP [KEY] --pid=PID", "a process that runs becomes the"
	    " instance", 1, 99, TAKES_PID, ctl_adopt },
	{ "listen", "APP [KEY] [--json]", "its activations, for a loop", 1, 99,
	    TAKES_JSON, ctl_listen },
	{ "done", "ID [STATUS]", "answer one of them", 1, 2, 0, ctl_done },
	{ "seal", "APP", "only keys that live now may run", 1, 1, 0,
	    ctl_seal },
	{ "unseal", "APP", "all keys may run again", 1, 1, 0, ctl_unseal },
	{ "is-sealed", "APP", "say whether it is sealed: 0, or 1", 1, 1, 0,
	    ctl_is_sealed },
	{ "forget", "APP [KEY]", "free the slot; the process goes on", 1, 99,
	    TAKES_ALL, ctl_forget },
	{ "reset", "APP", "forget all its instances, if --resettable", 1, 1, 0,
	    ctl_reset },
	{ "rekey", "APP OLD NEW", "move an instance to another key", 3, 199, 0,
	    ctl_rekey },
	{ "enable", "APP [OPTIONS]", "APP runs once, however it is started",
	    1, 9999, TAKES_SYSTEM | TAKES_LINK | TAKES_DESKTOP | TAKES_LINE,
	    ctl_enable },
	{ "disable", "APP", "not any more", 1, 1, TAKES_SYSTEM | TAKES_DESKTOP,
	    ctl_disable },
	{ "rules", "[--json]", "what is enabled, and where that is said", 0, 0,
	    TAKES_JSON | PRINTS, ctl_rules },
	{ "session", "[-- COMMAND]", "how to switch that on, or do it",
	    0, 0, TAKES_REST | PRINTS, ctl_session },
	{ "doctor", "", "check the set-up and every slot", 0, 0, PRINTS,
	    ctl_doctor },
};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

/* A long option has its letter and this, so that messages can tell what was
 * typed; those without a short form have a letter that getopt is not told. */
enum { LONG = 256 };

static const struct option longs[] = {
	{ "all", no_argument, NULL, 'a' | LONG },
	{ "json", no_argument, NULL, 'j' | LONG },
	{ "raw", no_argument, NULL, 'r' | LONG },
	{ "wait", optional_argument, NULL, 'w' | LONG },
	{ "owner", required_argument, NULL, 'o' | LONG },
	{ "pid", required_argument, NULL, 'p' | LONG },
	{ "self", no_argument, NULL, 's' | LONG },
	{ "kill-after", required_argument, NULL, 'k' | LONG },
	{ "system", no_argument, NULL, 'S' | LONG },
	{ "link", no_argument, NULL, 'l' | LONG },
	{ "desktop", no_argument, NULL, 'd' | LONG },
	{ "quiet", no_argument, NULL, 'q' | LONG },
	{ "verbose", no_argument, NULL, 'v' | LONG },
	{ "help", no_argument, NULL, 'h' | LONG },
	{ "version", no_argument, NULL, 'V' | LONG },
	{ NULL, 0, NULL, 0 },
};

static void
help_print(void)
{
	fputs("Usage: onlyonectl VERB [OPTIONS] [OPERAND...]\n\n"
	      "Look at and steer the instances that onlyone has started.\n\n"
	      "Verbs:\n", stdout);
	for (int i = 0; i < VERBS; i++) {
		char left[64];
		int n = snprintf(left, sizeof(left), "  %s %s",
		    verbs[i].name, verbs[i].operands);

		printf("%s%*s%s\n", left, n < 33 ? 34 - n : 1, "",
		    verbs[i].help);
	}
	fputs("\nAPP is an application as list shows it, a path, or a name;"
	      " without KEY it means\nthe singleton, or the only instance"
	      " there is.\n\nOptions:\n"
	      "      --json                      list, rules: an array of"
	      " objects; listen: one\n"
	      "                                  a line\n"
	      "      --raw                       list: words between tabs\n"
	      "      --all                       stop, signal, forget: all"
	      " instances of APP\n"
	      "  -w, --wait[=SEC]                stop, wait, hold: how long"
	      " to wait\n"
	      "      --owner=PID                 hold, release: that process,"
	      " not the shell\n"
	      "      --self                      hold, release: what onlyone"
	      " SCRIPT would be\n"
	      "      --pid=PID                   adopt: which process\n"
	      "      --kill-after=SEC            stop: then KILL\n"
	      "      --system                    enable, disable: for every"
	      " user\n"
	      "      --link                      enable: by a link in PATH"
	      " too\n"
	      "      --desktop                   enable, disable: by its"
	      " desktop entry\n"
	      "  -q, --quiet                     no notes\n"
	      "  -v, --verbose                   say more\n"
	      "  -h, --help                      this text\n"
	      "  -V, --version                   the version\n\n"
	      "Exit status: 0; 1 something is wrong (doctor, rules), not"
	      " sealed; 3 no such\ninstance; 64 usage; 69 no answer; 71 system"
	      " error; 73 state unusable; 75 it\nstays, or the slot is taken;"
	      " 76 lost; 77 not permitted.  See onlyonectl(1).\n",
	    stdout);
}

static int
seconds_take(const char *option, int *ms, struct fault *f)
{
	if (number_seconds(optarg, ms) == 0)
		return 0;
	return fault_set(f, EXIT_USAGE, option, ": '", optarg,
	    "' is not a number of seconds; see onlyonectl --help", NULL);
}

/* o is what getopt_long returned: ':' or '?'. */
static int
option_fault(int o, char *argv[], struct fault *f)
{
	char letter[3] = { '-', (char)optopt, '\0' };
	bool is_long = !optopt || optopt & LONG;

	return fault_set(f, EXIT_USAGE, optopt ? "option '" :
	    "unknown option '", is_long ? argv[optind - 1] : letter,
	    o == ':' ? "' needs an argument" : !optopt ? "'" : is_long ?
	    "' takes no argument" : "' is unknown",
	    "; see onlyonectl --help", NULL);
}

/* Options, before or after the operands; early: none after the first operand.
 * *given: what they ask of the verb.  1: help or version has been printed. */
static int
options_take(struct ctl *c, int argc, char *argv[], bool early, int *given,
    struct fault *f)
{
	const char *letters = early ? "+:w:qvhV" : ":w:qvhV";
	int o;

	opterr = 0;
	while ((o = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (o & ~LONG) {
		case 'a':
			c->all = true;
			*given |= TAKES_ALL;
			break;
		case 'j':
			c->json = true;
			*given |= TAKES_JSON;
			break;
		case 'r':
			c->raw = true;
			*given |= TAKES_RAW;
			break;
		case 'o':
		case 'p':
			*given |= (o & ~LONG) == 'o' ? TAKES_OWNER : TAKES_PID;
			if (number_pid(optarg, &c->pid) < 0)
				return fault_set(f, EXIT_USAGE, "'", optarg,
				    "' is not a pid; see onlyonectl --help",
				    NULL);
			break;
		case 's':
			*given |= TAKES_SELF;
			c->self = true;
			break;
		case 'w':
			*given |= TAKES_WAIT;
			c->wait_ms = WAIT_EVER;
			if (!optarg) {
				*given |= TAKES_EVER;
				break;
			}
			if (seconds_take("-w", &c->wait_ms, f) < 0)
				return -1;
			break;
		case 'k':
			*given |= TAKES_KILL;
			if (seconds_take("--kill-after", &c->kill_ms, f) < 0)
				return -1;
			break;
		case 'S':
			*given |= TAKES_SYSTEM;
			c->system = true;
			break;
		case 'l':
			*given |= TAKES_LINK;
			c->link = true;
			break;
		case 'd':
			*given |= TAKES_DESKTOP;
			c->desktop = true;
			break;
		case 'q':
			say_level(SAY_QUIET);
			break;
		case 'v':
			say_level(SAY_VERBOSE);
			break;
		case 'h':
			help_print();
			return 1;
		case 'V':
			puts("onlyonectl " ONLYONE_VERSION);
			return 1;
		default:
			return option_fault(o, argv, f);
		}
	}
	return 0;
}

/* Whether the command line is one that the verb takes. */
static int
usage_check(const struct ctl *c, const struct verb *v, int given,
    struct fault *f)
{
	const char *usage[] = { "; usage: onlyonectl ", v->name,
		*v->operands ? " " : "", v->operands };
	int odd = given & ~v->takes;

	if (odd == TAKES_EVER)
		return fault_set(f, EXIT_USAGE, v->name, ": --wait needs a"
		    " number of seconds; see onlyonectl --help", NULL);
	if (odd)
		return fault_set(f, EXIT_USAGE, v->name, " does not take ",
		    odd & TAKES_JSON ? "--json" : odd & TAKES_ALL ? "--all" :
		    odd & TAKES_WAIT ? "-w" : odd & TAKES_OWNER ? "--owner" :
		    odd & TAKES_PID ? "--pid" : odd & TAKES_SELF ? "--self" :
		    odd & TAKES_RAW ? "--raw" :
		    odd & TAKES_SYSTEM ? "--system" :
		    odd & TAKES_LINK ? "--link" :
		    odd & TAKES_DESKTOP ? "--desktop" :
		    "--kill-after", "; see onlyonectl --help", NULL);
	if (c->noperands + c->self < v->min)
		return fault_set(f, EXIT_USAGE, v->name, ": operands are"
		    " missing", usage[0], usage[1], usage[2], usage[3], NULL);
	if (c->noperands > v->max)
		return fault_set(f, EXIT_USAGE, v->name, ": '",
		    c->operands[v->max], "' is one operand too many",
		    usage[0], usage[1], usage[2], usage[3], NULL);
	return 0;
}

static const struct verb *
verb_find(const char *name)
{
	for (int i = 0; i < VERBS; i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

/* A line whose verb has options of onlyone after its first operand: ours stand
 * before that.  1: done already; *v stays NULL: it is not such a verb. */
static int
foreign_take(struct ctl *c, char *words[], const struct verb **v,
    struct fault *f)
{
	const struct verb *found;
	int given = 0, r;

	memcpy(words, c->argv, (size_t)c->argc * sizeof(*words));
	r = options_take(c, c->argc, words, true, &given, f);
	if (r)
		return r;
	found = optind < c->argc ? verb_find(words[optind]) : NULL;
	if (!found || !(found->takes & TAKES_LINE))
		return 0;
	optind++;
	r = options_take(c, c->argc, words, true, &given, f);
	if (r)
		return r;
	*v = found;
	c->operands = words + optind;
	c->noperands = (size_t)(c->argc - optind);
	return usage_check(c, *v, given, f);
}

/* The verb, its operands and options.  1: done already. */
static int
line_take(struct ctl *c, char *words[], const struct verb **v,
    struct fault *f)
{
	int end = 1, n, given = 0, r;

	r = foreign_take(c, words, v, f);
	if (r || *v)
		return r;
	memset(words, 0, (size_t)c->argc * sizeof(*words));
	optind = 0; /* glibc's way to begin anew */
	/* getopt would lose where "--" stood. */
	while (end < c->argc && strcmp(c->argv[end], "--"))
		end++;
	n = end;
	memcpy(words, c->argv, (size_t)n * sizeof(*words));
	r = options_take(c, n, words, false, &given, f);
	if (r)
		return r;
	if (optind == n && end < c->argc) { /* "-- VERB ..." */
		while (++end < c->argc && strcmp(c->argv[end], "--"))
			words[n++] = c->argv[end];
	}
	if (optind == n)
		return fault_set(f, EXIT_USAGE, "which verb? See onlyonectl"
		    " --help", NULL);
	*v = verb_find(words[optind]);
	if (!*v)
		return fault_set(f, EXIT_USAGE, "unknown verb '",
		    words[optind], "'; see onlyonectl --help", NULL);
	if (end < c->argc && (*v)->takes & TAKES_REST) {
		c->rest = c->argv + end + 1;
	} else {
		while (++end < c->argc) /* only the end of the options */
			words[n++] = c->argv[end];
	}
	c->operands = words + optind + 1;
	c->noperands = (size_t)(n - optind - 1);
	return usage_check(c, *v, given, f);
}

/* What was printed must have arrived. */
static int
output_end(const struct ctl *c, int status, struct fault *f)
{
	int err = EIO;

	if (fflush(stdout))
		err = errno;
	else if (c->closed & 2)
		err = EBADF;
	else if (!ferror(stdout))
		return status;
	return fault_errno(f, EXIT_SYSTEM, err, "cannot write to standard"
	    " output", NULL);
}

int
ctl_run(int argc, char *argv[], struct fault *f)
{
	struct ctl c = { .argc = argc, .argv = argv, .wait_ms = -1,
		.kill_ms = -1, .root = { .fd = -1 } };
	const struct verb *v = NULL;
	int flags, r;
	/* getopt moves words about, and a keeper's title goes over argv as it
	 * lies in memory. */
	char **words = calloc((size_t)argc + 2, sizeof(*words));

	if (!words)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot begin",
		    NULL);
	/* main has plugged what was closed, with what exec closes: nobody
	 * else can have passed us that. */
	for (int i = 0; i <= 2; i++) {
		flags = fcntl(i, F_GETFD);
		if (flags < 0 || flags & FD_CLOEXEC)
			c.closed |= 1U << i;
	}
	r = line_take(&c, words, &v, f);
	if (r == 1)
		r = output_end(&c, 0, f);
	else if (r == 0) {
		r = v->run(&c, f);
		if (r >= 0 && v->takes & PRINTS)
			r = output_end(&c, r, f);
	}
	free(words);
	return r;
}
