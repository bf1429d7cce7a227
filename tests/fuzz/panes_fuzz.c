/*
 * panes_fuzz.c: what tmux and screen say, and the environment of a client.
 *
 * The input's first line is TMUX, and STY; its second TMUX_PANE; what follows
 * is what a server answered, and then an environment.  Clients come in order,
 * the one used last first; and of an environment nothing becomes ours but what
 * says where windows and panes are.
 */
#include <stdlib.h>

#include "cli/base/proc.h"
#include "tests/fuzz/fuzz.h"

/* libc keeps each value for ever. */
static const char *set_name[32], *set_value[32];
static size_t set_count;

static int
fuzz_setenv(const char *name, const char *value, int over)
{
	MUST(over && set_count < 32);
	set_name[set_count] = name;
	set_value[set_count++] = value;
	return 0;
}

#define setenv fuzz_setenv
#define unsetenv(name) fuzz_setenv(name, NULL, 1)
static const char *env_tmux, *env_pane;
#define getenv(name)                                                    \
	((char *)(*(name) == 'S'		       ? env_tmux       \
		: !strcmp(name, "TMUX") ? env_tmux \
					: env_pane))
/* Nothing is run. */
#define proc_run(work, ...) ((void)(work), false)
#include "cli/windows/terminal.c"
#undef proc_run
#undef getenv
#undef setenv
#undef unsetenv

/* Nothing is raised. */
enum outcome
ways_raise_process(pid_t pid, long long deadline)
{
	(void)pid, (void)deadline;
	return OUTCOME_NO_DISPLAY;
}

struct x11 *
x11_open(void)
{
	return NULL;
}

enum outcome
x11_raise_process(struct x11 *x, pid_t pid, unsigned long window,
    long long deadline)
{
	(void)x, (void)pid, (void)window, (void)deadline;
	return OUTCOME_NO_DISPLAY;
}

enum outcome
x11_raise_window(struct x11 *x, unsigned long window, long long deadline)
{
	(void)x, (void)window, (void)deadline;
	return OUTCOME_NO_DISPLAY;
}

static void
names(const char *first, const char *second)
{
	char tmux[256], again[512], *socket, *pane;
	pid_t server, screen;
	long long n;

	env_tmux = first;
	env_pane = second;
	socket = tmux_socket(tmux, sizeof(tmux), &server);
	if (socket) {
		MUST(server > 0);
		snprintf(again, sizeof(again), "%s,%d", socket, server);
		MUST(!strncmp(first, again, strlen(again)));
	}
	pane = tmux_pane();
	MUST(!pane || (pane == second && !strpbrk(pane, "; \t\n\"'#{}$")));
	window_id();
	screen = screen_server();
	MUST(screen >= 0);
	snprintf(again, sizeof(again), "%d", screen);
	MUST(!screen || number_parse(again, &n) == 0);
}

static void
clients(const char *reply, size_t cap)
{
	char *lines = strdup(reply), *copy = strdup(reply), *rest = copy;
	char *line, *blank;
	size_t valid = 0, n, want = cap < 64 ? cap : 64;
	pid_t pids[80], pid;
	long long when;

	n = clients_parse(lines, pids, cap);
	while ((line = strsep(&rest, "\n"))) {
		if (!(blank = strchr(line, ' ')))
			continue;
		*blank = '\0';
		valid += number_parse(line, &when) == 0 &&
		    number_pid(blank + 1, &pid) == 0;
	}
	MUST(n == (valid < want ? valid : want));
	for (size_t i = 0; i < n; i++)
		MUST(pids[i] > 0);
	free(lines);
	free(copy);
}

/* Lines with their times running: each is before those that were not used as
 * lately. */
static void
ordered(const uint8_t *data, size_t size)
{
	char lines[1024] = "";
	size_t n = size < 16 ? size : 16, len = 0, got;
	pid_t pids[16];

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(lines + len, sizeof(lines) - len,
		    "%u %zu\n", data[i], i + 1);
	got = clients_parse(lines, pids, 16);
	MUST(got == n);
	for (size_t i = 1; i < n; i++)
		MUST(data[pids[i - 1] - 1] >= data[pids[i] - 1]);
}

static void
environment(const char *at, size_t len)
{
	struct buf b;
	const char *v;

	buf_init(&b, NULL, 0);
	buf_add(&b, at, len);
	buf_add(&b, "", 1);
	set_count = 0;
	terminal_environment(&b);
	for (size_t i = 0; i < set_count; i++) {
		v = set_value[i];
		MUST(strcmp(set_name[i], "PATH") &&
		    strncmp(set_name[i], "LD_", 3) &&
		    strcmp(set_name[i], "IFS"));
		MUST(!v || (v > b.at && v < b.at + b.len && v[-1] == '='));
	}
	buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *rest = text, *first, *second;

	memcpy(text, data, size);
	text[size] = '\0';
	environment(text, size);
	first = strsep(&rest, "\n");
	second = rest ? strsep(&rest, "\n") : NULL;
	names(first, second ? second : "%0");
	clients(rest ? rest : first, 1 + size % 80);
	ordered(data, size);
	free(text);
	return 0;
}
