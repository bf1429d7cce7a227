/*
 * storm.c: launches, kills, and a reckoning.
 *
 * storm [-n LAUNCHES] [-s SECONDS] [-j PARALLEL] [-k MS] [-w MS] [-c MS] [-r]
 *	ONLYONE WITNESS
 *
 * ONLYONE_DIR is an empty folder, the current one is for logs.  PARALLEL (24)
 * launches at a time, each of a random kind, of one of four applications
 * (links to WITNESS), each with an id of its own, which is the first argument
 * of program and handler; both write it down.  Every MS (40) milliseconds or
 * so an owner or a keeper, whom the files of ONLYONE_DIR name, is killed -9.
 * -w: every MS milliseconds or so a folder of ONLYONE_DIR, a file in one, or all
 * is swept away.  Then no keeper is killed: what both befall is known to nobody.
 * -c: every MS a verb of onlyonectl, stop, seal, unseal or rekey, takes its
 * turn; half of the applications have two keys then, which instances change.
 * -r: there are --replace, --restart and --lifetime=tree among the launches.
 * ONLYONE_TEST_POINTS is for the caller to set: it holds for all but the last
 * launches, which show that no slot is stuck.
 *
 * What must be true of a launch, by the status it ended with (taken: how often
 * the handler got its id; begun: how often the program began with it):
 *	0	taken or begun, exactly once; --skip: not taken
 *	76	not begun, taken at most once
 *	137	killed: taken or begun at most once; so too 143, ended
 *	others	neither; of -W, which may lose sight of the instance after the
 *		handler took it, taken at most once
 * With --restart a program may begin more than once.
 * Nothing else is killed than what shows by its environment, or as a keeper by
 * its open files, that it is of this ONLYONE_DIR.  Prints a report; status 1
 * if anything was wrong.
 */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { APPS = 4, MAX_PARALLEL = 256, MOST = 4000000, HUNG_MS = 90000,
	LEFT_MS = 20000 };
enum kind { PLAIN, FAIL, SKIP, UNTIL, REPLACE, RESTART, TREE, KINDS };

static const char *const kinds[KINDS] = { "plain", "-n", "--skip", "-W",
	"--replace", "--restart=on-failure", "--lifetime=tree" };

struct running {
	pid_t pid;
	long id;
	long long since;
};

struct result { /* of one launch */
	uint8_t kind, status, begun, taken;
	bool ended, copied; /* it went into the background */
	pid_t program, killed; /* by us */
};

static struct result *results;
static struct running running[MAX_PARALLEL];
static long launches = 2000, launched, hung, duplicates, excused, stuck;
static long killed_owners, killed_keepers, swept, verbs;
static int parallel = 24, kill_ms = 40, sweep_ms, verb_ms, active;
static bool more; /* kinds of launches */
static const char *root, *onlyone;
static pid_t verb; /* that runs now */
static char app[APPS][4096];

static long long
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static int
below(int n)
{
	return (int)(random() % n);
}

static void
die(const char *what)
{
	perror(what);
	exit(2);
}

/* Half of them have two keys, where instances change theirs. */
static bool
keyed(int n)
{
	return verb_ms && n % 2;
}

static void
streams_set(void)
{
	int null = open("/dev/null", O_RDWR),
	    said = open("said", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
		0600);

	if (null < 0 || said < 0)
		_exit(99);
	dup2(null, 0);
	dup2(null, 1);
	dup2(said, 2);
	close(null);
}

/* In the child.  Never returns. */
static void
launch_exec(long id, enum kind kind, int n, bool last)
{
	static char name[32], ms[16], lock[64];
	const char *av[24];
	int ac = 0;

	streams_set();
	snprintf(name, sizeof(name), "%ld", id);
	snprintf(ms, sizeof(ms), "%d", last ? 0 : below(4) ? 60 : 600);
	snprintf(lock, sizeof(lock), "lock.%d", n);
	setenv("GUEST_LOCK", lock, 1);
	setenv("GUEST_LOG", "begun", 1);
	if (keyed(n))
		setenv("GUEST_LOCKS", "2", 1);
	if (last)
		unsetenv("ONLYONE_TEST_POINTS");
	av[ac++] = onlyone;
	av[ac++] = "-v";
	/* One write(2) of dash; some take their time. */
	av[ac++] = below(8) ?
	    "--on-activate=echo $1 >>$STORM_TAKEN" :
	    "--on-activate=echo $1 >>$STORM_TAKEN; sleep 0.02";
	if (kind != PLAIN)
		av[ac++] = kinds[kind];
	if (kind == REPLACE)
		av[ac++] = "--kill-after=0.1";
	if (keyed(n)) {
		av[ac++] = "-k";
		av[ac++] = below(2) ? "x" : "y";
	}
	av[ac++] = app[n];
	av[ac++] = name;
	av[ac++] = "for";
	av[ac++] = ms;
	if (!last && !below(6))
		av[ac++] = "ignore";
	if (!last && !below(8))
		av[ac++] = "daemon";
	if (!last && !below(8)) {
		av[ac++] = "leftover";
		av[ac++] = "100";
	}
	av[ac] = NULL;
	execv(onlyone, (char **)(uintptr_t)av);
	_exit(98);
}

static pid_t
launch(enum kind kind, int n, bool last)
{
	long id = ++launched;
	pid_t pid;

	if (id >= MOST)
		die("too many launches");
	srandom((unsigned)(random() ^ id)); /* before the fork: all differ */
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		launch_exec(id, kind, n, last);
	results[id].kind = (uint8_t)kind;
	for (int i = 0; i < MAX_PARALLEL; i++) {
		if (!running[i].pid) {
			running[i] = (struct running){ pid, id, now() };
			active++;
			break;
		}
	}
	return pid;
}

/* It is none of our launches: it must say what it did by a known status. */
static void
verb_ended(int status)
{
	static const int known[] = { 0, 3, 64, 69, 71, 73, 75, 77 };
	bool odd = true;

	verb = 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		odd &= !WIFEXITED(status) || WEXITSTATUS(status) != known[i];
	/* At a point of its own it may be killed. */
	if (odd && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)) {
		fprintf(stderr, "a verb has ended with wait status %#x\n",
		    (unsigned int)status);
		stuck++;
	}
}

/* onlyonectl VERB ... for application n. */
static pid_t
verb_begin(const char *what, int n)
{
	bool swap = below(2), rekey = !strcmp(what, "rekey");
	char ctl[4096];
	pid_t pid;

	snprintf(ctl, sizeof(ctl), "%sctl", onlyone);
	verbs++;
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	streams_set();
	if (rekey)
		execl(ctl, ctl, "-q", what, app[n], swap ? "x" : "y",
		    swap ? "y" : "x", (char *)NULL);
	else if (!strcmp(what, "stop"))
		execl(ctl, ctl, "-q", what, "--all", "--kill-after=0.1",
		    app[n], (char *)NULL);
	else
		execl(ctl, ctl, "-q", what, app[n], (char *)NULL);
	_exit(98);
}

/* One at a time; what is sealed is soon unsealed. */
static void
verb_any(void)
{
	static int sealed = -1;
	int n = below(APPS);

	if (verb)
		return;
	if (sealed >= 0) {
		verb = verb_begin("unseal", sealed);
		sealed = -1;
	} else if (!below(4)) {
		verb = verb_begin("seal", sealed = n);
	} else {
		verb = verb_begin(keyed(n) && below(3) ? "rekey" : "stop", n);
	}
}

static void
reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == verb)
			verb_ended(status);
		for (int i = 0; i < MAX_PARALLEL; i++) {
			struct running *r = &running[i];

			if (r->pid != pid)
				continue;
			results[r->id].ended = true;
			results[r->id].status = (uint8_t)(WIFEXITED(status) ?
			    WEXITSTATUS(status) : 128 + WTERMSIG(status));
			r->pid = 0;
			active--;
			break;
		}
	}
	for (int i = 0; i < MAX_PARALLEL; i++) {
		if (running[i].pid && now() - running[i].since > HUNG_MS) {
			fprintf(stderr, "launch %ld, pid %d, hangs\n",
			    running[i].id, (int)running[i].pid);
			hung++;
			kill(running[i].pid, SIGKILL);
			running[i].since = now();
		}
	}
}

static ssize_t
slurp(const char *path, char *buf, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n, len = 0;

	if (fd < 0)
		return -1;
	while ((size_t)len < cap - 1 &&
	    (n = read(fd, buf + len, cap - 1 - (size_t)len)) > 0)
		len += n;
	close(fd);
	buf[len] = '\0';
	return len;
}

/* Whether it has a file below our root open. */
static bool
holds_ours(pid_t pid)
{
	char path[320], link[4096];
	struct dirent *e;
	bool ours = false;
	ssize_t n;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	while (d && !ours && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)pid,
		    e->d_name);
		n = readlink(path, link, sizeof(link) - 1);
		if (n > 0) {
			link[n] = '\0';
			ours = !strncmp(link, root, strlen(root));
		}
	}
	if (d)
		closedir(d);
	return ours;
}

enum whose { NOT_OURS, KEEPER, OTHER };

static enum whose
whose(pid_t pid)
{
	char path[64], want[4096];
	static char buf[65536];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	if (slurp(path, buf, sizeof(buf)) <= 0)
		return NOT_OURS;
	if (!strncmp(buf, "onlyone keeper of ", 18))
		return holds_ours(pid) ? KEEPER : NOT_OURS;
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	n = slurp(path, buf, sizeof(buf));
	snprintf(want, sizeof(want), "ONLYONE_DIR=%s", root);
	for (char *e = buf; n > 0 && e < buf + n; e += strlen(e) + 1) {
		if (!strcmp(e, want))
			return OTHER;
	}
	return NOT_OURS;
}

/* The id of a program, its first argument. */
static long
id_of(pid_t pid)
{
	static char buf[65536];
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	n = slurp(path, buf, sizeof(buf));
	return n > 0 && (ssize_t)strlen(buf) + 1 < n ?
	    atol(buf + strlen(buf) + 1) : 0;
}

/* A number of a slot's record: " NAME=0000123 ". */
static pid_t
number_in(const char *slot, const char *file, const char *name)
{
	char path[8192], buf[16384];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s/%s", root, slot, file);
	n = slurp(path, buf, sizeof(buf));
	if (n <= 0)
		return 0;
	if (!*name)
		return atoi(buf);
	for (char *e = buf; e < buf + n; e += strlen(e) + 1) {
		if (!strncmp(e, name, strlen(name)))
			return atoi(e + strlen(name));
	}
	return 0;
}

/* An owner or a keeper, by chance. */
static void
kill_one(void)
{
	char slots[64][256];
	bool owner = sweep_ms || below(2);
	struct dirent *e;
	int n = 0, pidfd;
	enum whose w;
	pid_t pid;
	long id;
	DIR *d = opendir(root);

	while (d && n < 64 && (e = readdir(d))) {
		if (*e->d_name != '.')
			strcpy(slots[n++], e->d_name);
	}
	if (d)
		closedir(d);
	if (!n)
		return;
	n = below(n);
	pid = owner ? number_in(slots[n], "pid", "") :
		      number_in(slots[n], "info", "keeper=");
	/* We and our script have that environment too. */
	if (pid <= 1 || pid == getpid() || pid == getppid() ||
	    (pidfd = (int)syscall(SYS_pidfd_open, pid, 0)) < 0)
		return;
	/* First the pidfd, then the look: it is the one that is killed. */
	w = whose(pid);
	id = owner ? id_of(pid) : 0;
	if (w == (owner ? OTHER : KEEPER) &&
	    syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0) {
		(*(owner ? &killed_owners : &killed_keepers))++;
		if (id > 0 && id <= launched)
			results[id].killed = pid;
	}
	close(pidfd);
}

/* As a cleaner of temporary files, though a rude one. */
static void
sweep_folder(int at, const char *name, bool whole)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
		    (whole || !below(3)))
			unlinkat(fd, e->d_name, 0);
	}
	if (d)
		closedir(d);
	if (whole)
		unlinkat(at, name, AT_REMOVEDIR);
}

static void
sweep(void)
{
	bool all = !below(3), whole = all || below(2);
	struct dirent *e;
	DIR *d = opendir(root);

	while (d && (e = readdir(d))) {
		if (*e->d_name == '.' || (!all && below(2)))
			continue;
		sweep_folder(dirfd(d), e->d_name, whole);
		swept++;
	}
	if (d)
		closedir(d);
}

/* How many processes of ours there are, less keepers; *keepers those. */
static int
left_count(int *keepers)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int others = 0;

	*keepers = 0;
	while (d && (e = readdir(d))) {
		pid_t pid = atoi(e->d_name);
		enum whose w;

		if (pid <= 1 || pid == getpid() || pid == getppid())
			continue;
		w = whose(pid);
		*keepers += w == KEEPER;
		others += w == OTHER;
	}
	if (d)
		closedir(d);
	return others;
}

static int
slots_count(bool say)
{
	DIR *d = opendir(root);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		if (*e->d_name == '.')
			continue;
		n++;
		if (say)
			fprintf(stderr, "stays: %s/%s\n", root, e->d_name);
	}
	if (d)
		closedir(d);
	return n;
}

static void
wait_for_all(void)
{
	while (active || verb) {
		reap();
		poll(NULL, 0, 5);
	}
}

/* No slot is stuck: a launch of each without kills succeeds, then nothing of
 * ours is left. */
static void
settle(void)
{
	long long end;
	int keepers = 0, others = 0;
	long before;

	wait_for_all();
	for (int i = 0; verb_ms && i < APPS; i++) {
		verb = verb_begin("unseal", i);
		wait_for_all();
	}
	before = launched;
	for (int i = 0; i < APPS; i++)
		launch(PLAIN, i, true);
	wait_for_all();
	for (long id = before + 1; id <= launched; id++) {
		if (results[id].status) {
			fprintf(stderr, "stuck: the last launch of %s ended"
			    " with %d\n", app[id - before - 1],
			    results[id].status);
			stuck++;
		}
	}
	end = now() + LEFT_MS;
	while ((others = left_count(&keepers)) + keepers + slots_count(false) &&
	    now() < end)
		poll(NULL, 0, 20);
	stuck += slots_count(true) + keepers + others;
	if (keepers || others)
		fprintf(stderr, "left: %d keepers, %d others\n", keepers,
		    others);
}

/*
 * "DUPLICATE PID ID beside PID ID [copy]".  No duplicate is one beside a copy
 * whose parent we killed just before its exit: the owner failed, and what that
 * leaves is no heir by rule (1), but the copy cannot know.
 */
static void
duplicate(const char *line)
{
	const struct result *r;
	long id = 0;

	sscanf(line, "DUPLICATE %*d %*d beside %*d %ld", &id);
	r = id > 0 && id <= launched ? &results[id] : NULL;
	if (r && r->copied && r->program && (r->killed == r->program ||
	    r->status == 137)) {
		excused++;
		return;
	}
	duplicates++;
	if (r)
		fprintf(stderr,
		    "%.*s  (the other's launch: %s, status %d%s%s)\n",
		    (int)strcspn(line, "\n"), line, kinds[r->kind], r->status,
		    r->copied ? ", copied" : "", r->killed ? ", killed" : "");
	else
		fputs(line, stderr);
}

/* begun: "PID constructor", "PID main ID", "DUPLICATE PID ID" … */
static void
logs_read(void)
{
	char line[512], word[32], *end;
	FILE *f;
	long id;
	int pid;

	f = fopen("begun", "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%d %31s %ld", &pid, word, &id) != 3 ||
		    id < 1 || id > launched)
			continue;
		results[id].copied |= !strcmp(word, "copy");
		if (!strcmp(word, "main") && results[id].begun < 255) {
			results[id].program = pid;
			results[id].begun++;
		}
		/* Ended on a signal that came before its main. */
		if (!strcmp(word, "end") && !results[id].begun)
			results[id].begun = 1;
	}
	/* Now that it is known what became of the other one. */
	if (f)
		rewind(f);
	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "DUPLICATE ", 10))
			duplicate(line);
	}
	if (f)
		fclose(f);
	f = fopen(getenv("STORM_TAKEN"), "r");
	while (f && fgets(line, sizeof(line), f)) {
		id = strtol(line, &end, 10);
		if (*end != '\n' || id < 1 || id > launched) {
			fprintf(stderr, "odd line of a handler: %s", line);
			stuck++;
		} else if (results[id].taken < 255) {
			results[id].taken++;
		}
	}
	if (f)
		fclose(f);
}

static const char *
wrong(const struct result *r)
{
	int n = (r->kind == RESTART && r->begun ? 1 : r->begun) + r->taken;

	if (n > 1)
		return "twice";
	if ((r->kind == FAIL || r->kind == SKIP) && r->taken)
		return "false (handed over against its policy)";
	switch (r->status) {
	case 0:
		return n || r->kind == SKIP ? NULL : "lost (status 0)";
	case 76:
		return r->begun ? "false (begun, but 76)" : NULL;
	case 137:
		return NULL;
	case 143:
		return verb_ms || more ? NULL : "odd status";
	case 77:
		if (verb_ms)
			break; /* sealed */
		return "odd status";
	case 69:
		if (r->kind == UNTIL)
			return r->begun ? "false (begun, but 69)" : NULL;
		break;
	case 75:
		if (r->kind == FAIL || r->kind == REPLACE)
			break;
		return "odd (busy without -n)";
	default:
		return "odd status";
	}
	return n ? "false (ran all the same)" : NULL;
}

static long
reckon(void)
{
	static long table[256][KINDS];
	long wrongs = 0, begun = 0, taken = 0, unsure = 0, of[KINDS] = { 0 };

	for (long id = 1; id <= launched; id++) {
		const struct result *r = &results[id];
		const char *why = wrong(r);

		table[r->status][r->kind]++;
		of[r->kind]++;
		begun += r->begun;
		taken += r->taken;
		unsure += r->status == 76 && r->taken;
		if (!why)
			continue;
		if (++wrongs <= 20)
			fprintf(stderr, "launch %ld (%s): %s: status %d,"
			    " begun %d, taken %d\n", id, kinds[r->kind], why,
			    r->status, r->begun, r->taken);
	}
	printf("launches    %ld\nbegun       %ld\nhanded over %ld\n"
	       "killed      %ld owners, %ld keepers\n"
	       "swept       %ld folders\nverbs       %ld\n", launched, begun,
	    taken, killed_owners, killed_keepers, swept, verbs);
	for (int s = 0; s < 256; s++) {
		long *t = table[s], any = 0;

		for (int k = 0; k < KINDS; k++)
			any += t[k];
		if (any)
			printf("status %-3d ", s);
		for (int k = 0; any && k < KINDS; k++) {
			if (of[k])
				printf(" %6ld %s", t[k], kinds[k]);
		}
		if (any)
			putchar('\n');
	}
	printf("of those with 76 the handler had begun: %ld\n", unsure);
	printf("beside a killed parent's copy: %ld\n", excused);
	printf("DUPLICATES  %ld\nstuck       %ld\nhung        %ld\n"
	       "lost, false or twice %ld\n", duplicates, stuck, hung, wrongs);
	return wrongs;
}

static void
apps_make(const char *witness)
{
	char cwd[4000];

	if (!getcwd(cwd, sizeof(cwd)))
		die("getcwd");
	for (int i = 0; i < APPS; i++) {
		snprintf(app[i], sizeof(app[i]), "%s/app%d", cwd, i);
		if (symlink(witness, app[i]) < 0)
			die(app[i]);
	}
	snprintf(cwd + strlen(cwd), sizeof(cwd) - strlen(cwd), "/taken");
	setenv("STORM_TAKEN", cwd, 1);
}

static enum kind
kind_any(void)
{
	int n = below(10);

	if (more && !below(4))
		return (enum kind)(REPLACE + below(3));
	return n < 6 ? PLAIN : n < 7 ? FAIL : n < 8 ? SKIP : UNTIL;
}

int
main(int argc, char *argv[])
{
	long long begun = now(), end = 0, next_kill = 0;
	long long next_sweep = 0, next_verb = 0;
	long wrongs;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:j:k:w:c:r")) != -1) {
		switch (opt) {
		case 'n': launches = atol(optarg); break;
		case 's': end = begun + atoll(optarg) * 1000; break;
		case 'j': parallel = atoi(optarg); break;
		case 'k': kill_ms = atoi(optarg); break;
		case 'w': sweep_ms = atoi(optarg); break;
		case 'c': verb_ms = atoi(optarg); break;
		case 'r': more = true; break;
		default: return 2;
		}
	}
	root = getenv("ONLYONE_DIR");
	if (argc - optind != 2 || !root || *root != '/' || parallel < 1 ||
	    parallel > MAX_PARALLEL || kill_ms < 1 || slots_count(false)) {
		fputs("usage: storm [-n LAUNCHES] [-s SECONDS] [-j PARALLEL]"
		      " [-k MS] [-w MS] [-c MS] [-r] ONLYONE WITNESS\n",
		    stderr);
		return 2;
	}
	onlyone = argv[optind];
	apps_make(argv[optind + 1]);
	results = calloc(MOST, sizeof(*results));
	if (!results)
		die("calloc");
	srandom((unsigned)(begun ^ getpid()));
	while (launched < launches && (!end || now() < end)) {
		reap();
		if (now() >= next_kill) {
			if (next_kill)
				kill_one();
			next_kill = now() + 1 + below(2 * kill_ms);
		}
		if (sweep_ms > 0 && now() >= next_sweep) {
			sweep();
			next_sweep = now() + 1 + below(2 * sweep_ms);
		}
		if (verb_ms > 0 && now() >= next_verb) {
			verb_any();
			next_verb = now() + 1 + below(2 * verb_ms);
		}
		if (active < parallel)
			launch(kind_any(), below(APPS), false);
		else
			poll(NULL, 0, 1);
	}
	settle();
	logs_read();
	wrongs = reckon();
	printf("seconds     %lld\n", (now() - begun) / 1000);
	return wrongs || duplicates || stuck || hung;
}
