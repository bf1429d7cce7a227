/*
 * keeper_instance.c: instances with a keeper, of a real launch built as we are.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/core/wire/frame.h"
#include "tests/fuzz/keeper_instance.h"

enum {
	FILES = 64,	  /* its limit of descriptors */
	GROWTH = 4 << 20, /* of its memory, and ASan's, after the first WARM */
	WARM = 64
};

struct instance instances[3] = {{.app = "plain"},
    {.app = "handled", .handler = ":"}, {.app = "doomed", .handler = ":"}};

static char root[64];
static pid_t master;

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void
nap(void)
{
	poll(NULL, 0, 2);
}

void
reports_show(void)
{
	char command[128];

	snprintf(command, sizeof(command),
	    "grep -hsE -A 40 'ERROR|runtime error' %s/report.* >&2", root);
	if (system(command) != 0)
		fprintf(stderr, "no report in %s\n", root);
}

int
dial(const struct instance *i)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	struct timeval most = {.tv_sec = LONG_MS / 1000};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%.100s/sock",
	    i->folder);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Its state as it says it; false: nobody, or nobody any more. */
static bool
ask(const struct instance *i, char *reply, size_t cap, struct frame *f)
{
	char storage[256];
	struct buf b;
	size_t have = 0;
	ssize_t n = 1;
	int fd = dial(i);

	if (fd < 0)
		return false;
	buf_init(&b, storage, sizeof(storage));
	frame_begin(&b, FRAME_QUERY);
	fields_put(&b, "slot", i->hash);
	frame_end(&b, 0);
	f->type = FRAME_AGAIN;
	if (send(fd, b.at, b.len, MSG_NOSIGNAL) == (ssize_t)b.len) {
		while (n > 0 && frame_parse(reply, have, f) != FRAME_WHOLE) {
			n = recv(fd, reply + have, cap - have, 0);
			have += n > 0 ? (size_t)n : 0;
		}
	}
	buf_free(&b);
	close(fd);
	return n > 0 && f->type == FRAME_STATE;
}

bool
runs(const struct instance *i)
{
	const char *state;
	char reply[16384];
	struct frame f;

	if (!ask(i, reply, sizeof(reply), &f))
		return false;
	state = fields_get(&f.body, "state");
	return state && !strcmp(state, "running") &&
	    fields_num(&f.body, "pid", 0) == i->owner &&
	    fields_num(&f.body, "keeper", 0) == i->keeper;
}

static size_t
files(const struct instance *i)
{
	char path[64];
	size_t n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)i->keeper);
	d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static long
memory(const struct instance *i)
{
	char path[64], text[128] = "";
	long all, resident = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)i->keeper);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 ||
	    sscanf(text, "%ld %ld", &all, &resident) != 2)
		resident = 0;
	close(fd);
	return resident * sysconf(_SC_PAGESIZE);
}

static void
clean(void)
{
	char command[128];

	if (!*root || getpid() != master)
		return;
	for (int k = 0; k < 3; k++) {
		if (instances[k].owner)
			kill(instances[k].owner, SIGKILL);
		if (instances[k].keeper)
			kill(instances[k].keeper, SIGKILL);
	}
	snprintf(command, sizeof(command), "rm -rf %s", root);
	if (system(command) != 0)
		perror(root);
}

static void
prepare(void)
{
	char options[256];

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	strcpy(root, "/dev/shm/keeper-fuzz.XXXXXX");
	MUST(mkdtemp(root));
	master = getpid();
	atexit(clean);
	unsetenv("DISPLAY");
	unsetenv("WAYLAND_DISPLAY");
	unsetenv("TMUX");
	unsetenv("STY");
	setenv("ONLYONE_DIR", root, 1);
	snprintf(options, sizeof(options),
	    "log_path=%s/report:quarantine_size_mb=1:detect_leaks=0", root);
	setenv("ASAN_OPTIONS", options, 1);
	setenv("UBSAN_OPTIONS", options, 1);
}

/* "…/fuzz/keeper_fuzz" has its launcher at "…/onlyone". */
static _Noreturn void
launch(const struct instance *i)
{
	char path[512], handler[64], said[96];
	struct rlimit few = {FILES, FILES};
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 16);

	for (int up = 0; up < 2; up++) {
		while (n > 0 && path[--n] != '/')
			;
	}
	strcpy(path + n, "/onlyone");
	snprintf(handler, sizeof(handler), "--on-activate=%s",
	    i->handler ? i->handler : "");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_NOFILE, &few);
	snprintf(said, sizeof(said), "%s/report.launch", root);
	dup2(open(said, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), 2);
	execl(path, "onlyone", "-q", "--lifetime=main", "--raise=never", "-a",
	    i->app, i->handler ? handler : "-q", "sleep", "1000000",
	    (char *)NULL);
	perror(path);
	_exit(1);
}

/* The folder of its slot, by the name that it begins with. */
static bool
folder_find(struct instance *i)
{
	struct dirent *e;
	DIR *d = opendir(root);
	bool found = false;
	size_t n;

	while (d && !found && (e = readdir(d))) {
		n = strlen(e->d_name);
		found = n > SLOT_HASH &&
		    !strncmp(e->d_name, i->app, strlen(i->app));
		if (!found)
			continue;
		snprintf(i->folder, sizeof(i->folder), "%s/%s", root,
		    e->d_name);
		strcpy(i->hash, e->d_name + n - SLOT_HASH);
	}
	if (d)
		closedir(d);
	return found;
}

void
start(struct instance *i)
{
	long long until = now() + LONG_MS;
	char reply[16384];
	const char *since;
	struct frame f;

	if (!*root)
		prepare();
	if (i->keeper)
		return;
	i->owner = fork();
	if (i->owner == 0)
		launch(i);
	while (!folder_find(i) || !ask(i, reply, sizeof(reply), &f)) {
		SHOULD(now() < until);
		nap();
	}
	SHOULD(fields_num(&f.body, "pid", 0) == i->owner);
	i->keeper = (pid_t)fields_num(&f.body, "keeper", 0);
	since = fields_get(&f.body, "since");
	SHOULD(i->keeper && since && strlen(since) < sizeof(i->since));
	strcpy(i->since, since);
	i->done = 0;
	/* Without the connection that has just been closed. */
	SHOULD(runs(i));
	i->files = files(i);
	for (int k = 0; k < 5; k++) {
		nap();
		if (files(i) < i->files)
			i->files = files(i);
	}
}

void
stop(struct instance *i)
{
	long long until = now() + LONG_MS;
	int status = 0;
	pid_t pid;

	kill(i->owner, SIGKILL);
	while ((pid = waitpid(i->keeper, &status, WNOHANG)) == 0) {
		SHOULD(now() < until);
		nap();
	}
	SHOULD(pid == i->keeper && status == 0);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	i->owner = i->keeper = 0;
}

void
count(struct instance *i)
{
	long long until = now() + LONG_MS;
	bool warm = ++i->done > WARM;

	while (files(i) > i->files ||
	    (warm && memory(i) > i->memory + GROWTH)) {
		SHOULD(now() < until);
		nap();
	}
	if (!warm && memory(i) > i->memory)
		i->memory = memory(i);
}
