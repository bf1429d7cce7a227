/*
 * identity_oracle_test.c: which application a command is, as others see it.
 *
 * Two oracles do not trust our reading of the manuals: execvp(3) for PATH, and
 * real interpreters for their options, both with random lines.
 *
 * run: rest (it starts two thousand processes; identity_test has the tables)
 */
#include <sys/wait.h>

#include "tests/unit/identity.h"

#define ORDINARY 65534

/* Run argv: what it prints goes to out, its status is returned. */
static int
run(const char *file, char *const *argv, char *out, size_t cap)
{
	int fds[2], status, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		bail("fork");
	if (pid == 0) {
		dup2(null, 0);
		dup2(fds[1], 1);
		dup2(null, 2);
		if (file)
			execv(file, argv);
		else
			execvp(argv[0], argv);
		status = errno;
		dprintf(1, "%d\n", status);
		_exit(99);
	}
	close(fds[1]);
	close(null);
	for (; cap > 1 && (n = read(fds[0], out, cap - 1)) > 0;
	     cap -= (size_t)n)
		out += n;
	*out = '\0';
	close(fds[0]);
	if (waitpid(pid, &status, 0) == -1)
		bail("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Random PATHs: do we find what execvp runs, fail as it fails? */
static int
path_oracle(int rounds)
{
	static const char *const entries[] = {"", ".", "o/none", "o/noexec",
	    "o/folder", "o/good", "o/shut", "o/file", "o/loop", "here/../o/ok2",
	    "o/dangling", "o/private", "here"};
	char path[1024], out[64], *argv[] = {(char *)"cmd", NULL};
	int bad = 0, status, err;

	for (int i = 0; i < rounds; i++) {
		char *p = path;

		for (int n = 1 + rand() % 4; n; n--)
			p = stpcpy(
			    stpcpy(p, entries[(size_t)rand() % COUNT(entries)]),
			    n > 1 ? ":" : "");
		setenv("PATH", path, 1);
		status = run(NULL, argv, out, sizeof(out));
		err = status == 99 ? atoi(out) : 0;
		if (identity_find(&id, argv, NULL, &fault) == 0) {
			status = err ? -1 : 0;
			if (!err) {
				char again[64], *plain[] = {id.file, NULL};

				run(id.file, plain, again, sizeof(again));
				status = strcmp(out, again);
			}
		} else {
			/* A PATH that ends in a file says ENOTDIR. */
			if (err == ENOTDIR)
				err = ENOENT;
			status = fault.code != (err == ENOENT ? 127 : 126) ||
			    (err != ENOENT &&
				!strstr(fault.line, strerror(err)) &&
				!(err == EACCES &&
				    strstr(fault.line, strerror(EISDIR))));
		}
		if (status) {
			bad++;
			note("PATH=%s: %s; execvp: %s", path,
			    fault.code ? fault.line : id.file, out);
		}
		fault.code = 0;
	}
	return !bad;
}

static void
test_path(void)
{
	int status;
	pid_t pid;

	if (chdir(scratch) == -1 || mkdir("o", 0755) || mkdir("o/none", 0755) ||
	    mkdir("o/noexec", 0755) || mkdir("o/folder", 0755) ||
	    mkdir("o/folder/cmd", 0755) || mkdir("o/good", 0755) ||
	    mkdir("o/shut", 0755) || mkdir("o/loop", 0755) ||
	    mkdir("o/ok2", 0755) || mkdir("o/dangling", 0755) ||
	    mkdir("o/private", 0755) || symlink("cmd", "o/loop/cmd") ||
	    symlink("no", "o/dangling/cmd"))
		bail("mkdir");
	make("o/noexec/cmd", 0644, "#!/bin/sh\necho noexec\n");
	make("o/good/cmd", 0755, "#!/bin/sh\necho good\n");
	make("o/ok2/cmd", 0755, "#!/bin/sh\necho ok2\n");
	make("o/shut/cmd", 0755, "#!/bin/sh\necho shut\n");
	make("o/file", 0755, "");
	make("o/private/cmd", 0700, "#!/bin/sh\necho private\n");
	make("w/cmd", 0755, "#!/bin/sh\necho w\n");
	if (chmod("o/shut", 0) == -1)
		bail("chmod");
	ok(path_oracle(200), "PATH: as execvp(3), as uid %d", (int)geteuid());
	make("cmd", 0755, "#!/bin/sh\necho here\n");
	ok(path_oracle(200), "PATH: the same with a command in the cwd");
	fflush(NULL);
	/* The ordinary user root can become, and one who is that only in
	 * effect: exec asks the effective one. */
	for (int real = 0; real < 2 && geteuid() == 0; real++) {
		if ((pid = fork()) == 0) {
			if (real ? setresuid(0, ORDINARY, 0)
				 : setresuid(ORDINARY, ORDINARY, ORDINARY))
				_exit(2);
			_exit(!path_oracle(150) ||
			    !fails("o/private/cmd", 126,
				"o/private/cmd: cannot execute: "
				"Permission denied"));
		}
		waitpid(pid, &status, 0);
		ok(status == 0, "PATH: as execvp(3), %s an ordinary user",
		    real ? "in effect" : "as");
	}
	unsetenv("PATH");
	ok(found("true") == 0 && strcmp(id.file, "/bin/true") == 0,
	    "no PATH: /bin:/usr/bin");
	setenv("PATH", "", 1);
	ok(found("cmd") == 0 && strcmp(id.file, "cmd") == 0 && is(at("cmd")),
	    "an empty PATH is the cwd");
	if (unlink("cmd") == -1 || chmod("o/shut", 0700) == -1)
		bail("unlink");
}

/* Random options for a real interpreter: a file we say it runs, it runs. */
static void
test_real(const char *name, const char *dir, const char *text,
    const char *const *pool, size_t n)
{
	char *argv[8], out[512], want[PATH_MAX], *last;
	int bad = 0, ran = 0, lost = 0;

	if (chdir(scratch) == -1 || mkdir(dir, 0755) || chdir(dir) == -1)
		bail(dir);
	for (size_t i = 0; i < n; i++) {
		char body[256], *p = body;

		if (strchr("-+", pool[i][0]) || strchr(pool[i], '/'))
			continue;
		for (const char *c = text; *c; c++)
			p = *c == '@' ? stpcpy(p, pool[i]) : (*p = *c, p + 1);
		*p = '\0';
		make(pool[i], 0755, body);
	}
	setenv("PATH", "/usr/bin:/bin", 1);
	argv[0] = (char *)name;
	for (int round = 0; round < 250; round++) {
		int argc = 1 + rand() % 6;

		for (int i = 1; i <= argc; i++)
			argv[i] = (char *)pool[(size_t)rand() % n];
		argv[argc + 1] = NULL;
		run(NULL, argv, out, sizeof(out));
		if (identity_find(&id, argv, NULL, &fault) == -1)
			bail(fault.line);
		last = strstr(out, "ran ");
		if (!last) {
			continue; /* it stopped at an option */
		}
		last[strcspn(last, "\n")] = '\0';
		stpcpy(stpcpy(stpcpy(want, dir), "/"), last + 4);
		ran++;
		lost += id.whole;
		if (!id.whole && !is(at(want))) {
			bad++;
			for (char **p = argv; *p; p++)
				note("  %s", *p);
		}
	}
	ok(!bad && ran > 30 && lost * 10 < ran,
	    "%s itself: ran a file %d times, we did not know it %d times", name,
	    ran, lost);
}

int
main(void)
{
	static const char *const bash[] = {"-e", "-eu", "-o", "pipefail", "-eo",
	    "-oe", "-O", "extglob", "+O", "+e", "+o", "--norc", "-norc",
	    "--rcfile", "-rcfile", "-posix", "--", "-", "-c", "-s", "-p", "a",
	    "b", "./a"};
	static const char *const dash[] = {"-e", "-eu", "-o", "pipefail",
	    "errexit", "-eo", "-oe", "+e", "+o", "--", "-", "-c", "-s", "a",
	    "b", "./a"};
	static const char *const perl[] = {"-w", "-I", "-Ix", "-wI", "strict",
	    "-Mstrict", "-i.e", "-l", "-0777", "-l012w", "-F:", "-t", "--", "-",
	    "-C7", "-x", "-we", "-c", "a", "b", "./a"};

	srand(1);
	set_up();
	test_path();
	test_real("bash", "bash.d", "echo ran @\n", bash, COUNT(bash));
	test_real("dash", "dash.d", "echo ran @\n", dash, COUNT(dash));
	test_real("perl", "perl.d", "print \"ran @\\n\";\n", perl, COUNT(perl));
	tear_down();
	return tap_end();
}
