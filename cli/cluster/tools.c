/*
 * tools.c: what onlyonectl asks of the store, and of who has a key.
 */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/clock.h"
#include "cli/cluster/ask.h"
#include "cli/cluster/hold.h"
#include "cli/cluster/tools.h"
#include "cli/number.h"
#include "cli/say.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { CHECK_MS = 10000, CHECK_TTL = 15, STOP_MS = 10000, LOOK_MS = 3000,
	PAUSE_US = 200000 };

static int
none_fault(const struct tool *t, struct fault *f)
{
	return fault_set(f, EXIT_NONE, t->operands[0], " has no instance in"
	    " the cluster", NULL);
}

/* Its record goes: that is waited for by looking, since who looks has time. */
static int
tool_await(const struct tool *t, struct fault *f)
{
	long long until = t->wait_ms < 0 ? LLONG_MAX :
	    clock_boot() + t->wait_ms;
	struct tool_record one;
	struct engine_found found;
	enum engine_result r = ENGINE_OK;
	struct engine *e;
	int n = tool_one(t, &one, f);

	if (n <= 0 || one.r.done)
		return n < 0 ? -1 : 0;
	if (t->calls->open(&e, t->url, one.found.key, f) != ENGINE_OK)
		return tool_fault(ENGINE_SETUP, f);
	while (clock_boot() < until) {
		r = t->calls->look(e, clock_boot() + LOOK_MS, &found, f);
		if (r == ENGINE_OK)
			record_parse(found.value, &one.r);
		if (r == ENGINE_LOST || (r == ENGINE_OK && (one.r.done ||
		    found.token != one.found.token))) {
			t->calls->close(e);
			return 0;
		}
		if (r != ENGINE_OK && r != ENGINE_DOWN)
			break;
		clock_sleep(PAUSE_US);
	}
	t->calls->close(e);
	return r == ENGINE_OK || r == ENGINE_DOWN ? fault_set(f, EXIT_BUSY,
	    t->operands[0], " is still running on ", one.r.host, NULL) :
	    tool_fault(r, f);
}

/* What was said there is said here. */
static int
answer_tell(const struct answer *a, struct fault *f)
{
	if (!*a->line)
		return a->status;
	fault_set(f, a->status, "on ", a->host, ": ", TEXT_QUOTED, a->line,
	    NULL);
	if (a->status)
		return -1;
	say_fault(f);
	return 0;
}

/* A letter to it, and the status that comes back. */
static int
tool_ask(const struct tool *t, json_t *letter, long long ms, struct fault *f)
{
	struct tool_record one;
	enum engine_result r;
	struct answer answer;
	int n = tool_one(t, &one, f);

	if (n > 0 && !one.r.done && one.r.mail) {
		r = ask_holder(t->calls, t->url, one.found.key, letter,
		    ms < 0 ? LLONG_MAX : clock_boot() + ms, -1, &answer, f);
		if (r == ENGINE_OK && answer.status >= 0)
			return answer_tell(&answer, f);
		if (r == ENGINE_BUSY)
			return fault_set(f, EXIT_BUSY, t->operands[0],
			    " is still running on ", one.r.host, NULL);
		if (r == ENGINE_OK || r == ENGINE_LOST)
			return fault_set(f, EXIT_LOST, t->operands[0], " has"
			    " ended on ", one.r.host, " meanwhile", NULL);
		return tool_fault(r, f);
	}
	json_decref(letter);
	if (n < 0)
		return -1;
	if (!n || one.r.done)
		return none_fault(t, f);
	return fault_set(f, EXIT_DENIED, t->operands[0], " on ", one.r.host,
	    " takes nothing from other hosts: it was not launched with"
	    " --cluster-activate", NULL);
}

static int
tool_stop(const struct tool *t, struct fault *f)
{
	int status = tool_ask(t, json_pack("{s:s}", "verb", "stop"),
	    t->wait_ms < 0 ? STOP_MS : t->wait_ms, f);

	/* That is what was wanted. */
	return status < 0 && f->code == EXIT_LOST ? 0 : status;
}

static int
tool_activate(const struct tool *t, struct fault *f)
{
	char cwd[PATH_MAX];
	json_t *args = json_array(), *j;

	for (char **a = t->rest; a && *a; a++) {
		if (json_array_append_new(args, json_string(*a)) < 0)
			return fault_set(f, EXIT_USAGE, "arguments that are"
			    " not UTF-8 cannot be sent to another host",
			    NULL);
	}
	j = json_pack("{s:s, s:s, s:o}", "verb", "activate", "cwd",
	    getcwd(cwd, sizeof(cwd)) ? cwd : "/", "args", args);
	if (!j)
		return fault_set(f, EXIT_USAGE, "a folder whose name is not"
		    " UTF-8 cannot be sent to another host", NULL);
	return tool_ask(t, j, -1, f);
}

static void
line_print(void *arg, bool ok, const char *line)
{
	const struct tool *t = arg;
	char shown[1024];
	struct text text;

	text_init(&text, shown, sizeof(shown));
	text_show(&text, line, strlen(line));
	printf("%s%s\n", strcmp(t->verb, "check") ? "" : ok ? "ok     " :
	    "WRONG  ", shown);
}

static int
tool_set_up(const struct tool *t, struct fault *f)
{
	bool check = !strcmp(t->verb, "check");
	char key[ENGINE_KEY];
	enum engine_result r;
	struct engine *e;
	struct record me;
	struct text text;

	record_ours(&me);
	text_init(&text, key, sizeof(key));
	text_add(&text, "check/");
	text_add(&text, me.nonce);
	r = t->calls->open(&e, t->url, key, f);
	if (r != ENGINE_OK) {
		f->code = EXIT_USAGE;
		return -1;
	}
	r = check ? t->calls->check(e, CHECK_TTL, clock_boot() + CHECK_MS,
	    line_print, (void *)t, f) : t->calls->init(e, t->make,
	    clock_boot() + CHECK_MS, line_print, (void *)t, f);
	t->calls->close(e);
	fflush(stdout);
	return r == ENGINE_OK ? 0 : tool_fault(r, f);
}

/* That the URL, and what it names here, can be used; nobody is asked. */
static int
tool_open(const struct tool *t, struct fault *f)
{
	struct engine *e;

	if (t->calls->open(&e, t->url, "open", f) != ENGINE_OK) {
		f->code = EXIT_USAGE;
		return -1;
	}
	t->calls->close(e);
	return 0;
}

static bool
line_take(struct tool *t, int argc, char *argv[])
{
	int i = 3;

	t->wait_ms = -1;
	for (; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--json"))
			t->json = true;
		else if (!strcmp(argv[i], "--make"))
			t->make = true;
		else if (strcmp(argv[i], "-w") || i + 1 == argc ||
		    number_parse(argv[++i], &t->wait_ms) < 0)
			return false;
	}
	if (i == argc)
		return false;
	t->operands = argv + i + 1;
	while (t->operands[t->n] && strcmp(t->operands[t->n], "--"))
		t->n++;
	if (t->operands[t->n]) {
		t->rest = t->operands + t->n + 1;
		t->operands[t->n] = NULL;
	}
	return true;
}

int
tools_run(int argc, char *argv[], struct fault *f)
{
	static const struct {
		const char *verb;
		int (*run)(const struct tool *, struct fault *);
		bool app;
	} verbs[] = {
		{ "list", tool_list, false },
		{ "status", tool_status, true },
		{ "wait", tool_await, true },
		{ "stop", tool_stop, true },
		{ "activate", tool_activate, true },
		{ "check", tool_set_up, false },
		{ "init", tool_set_up, false },
		{ "open", tool_open, false },
	};
	struct tool t = { .n = 0 };

	if (argc < 4 || !line_take(&t, argc, argv))
		return fault_set(f, EXIT_USAGE, CLUSTER_NAME " is run by"
		    " onlyone and onlyonectl; see onlyone-cluster(7)", NULL);
	t.verb = argv[1];
	t.url = argv[2];
	t.calls = engine_of(t.url);
	if (!t.calls)
		return fault_set(f, EXIT_USAGE, ENGINE_NONE, NULL);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (!strcmp(t.verb, verbs[i].verb) && (!verbs[i].app || t.n))
			return verbs[i].run(&t, f);
	}
	return fault_set(f, EXIT_USAGE, "no such verb: ", t.verb, NULL);
}
