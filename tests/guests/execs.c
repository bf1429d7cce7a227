/*
 * execs.c: executes a program by the function of the given name.
 *
 * execs [HOW...] FUNCTION PROGRAM [ARG...]
 *
 * FUNCTION is one of the exec family; or posix_spawn, posix_spawnp, system,
 * popen: then it exits with the status of PROGRAM.  The shell of system and
 * popen execs it.
 *
 *   in fork, in vfork, in thread   exec there; the parent waits
 *   env NAME=VALUE                 set first
 *   unset NAME                     unset first
 *   big                            400 more variables, of 100 bytes each
 *   nullenv, nullargv              NULL instead of environment, arguments
 *   again                          let exec fail once, report whether
 *                                  environment and memory are as before, continue
 *
 * execl, execlp and execle pass at most six arguments.  fexecve opens PROGRAM
 * O_CLOEXEC, so it runs no script; execveat runs it relative to a folder.  On
 * failure: "FUNCTION: errno N", status 126.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc has it since 2.34; where neither it nor the shim does, the kernel. */
#pragma weak execveat

static const char *function;
static char **args, **env;

static int
by_folder(const char *program)
{
	char *copy = strdup(program), *name = strdup(program);
	int dir = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (!execveat)
		return (int)syscall(SYS_execveat, dir, basename(name), args, env, 0);
	return execveat(dir, basename(name), args, env, 0);
}

static int
call(const char *program)
{
	char *a[8] = {NULL};

	for (int i = 0; args && args[i] && i < 7; i++)
		a[i] = args[i];
#define IS(name) !strcmp(function, name)
	if (IS("execve"))
		return execve(program, args, env);
	if (IS("execv"))
		return execv(program, args);
	if (IS("execvp"))
		return execvp(program, args);
	if (IS("execvpe"))
		return execvpe(program, args, env);
	if (IS("execl"))
		return execl(program, a[0], a[1], a[2], a[3], a[4], a[5], a[6], (char *)NULL);
	if (IS("execlp"))
		return execlp(program, a[0], a[1], a[2], a[3], a[4], a[5], a[6], (char *)NULL);
	/* The environment stands behind the first NULL. */
	if (IS("execle") && !a[1])
		return execle(program, a[0], (char *)NULL, env);
	if (IS("execle") && !a[2])
		return execle(program, a[0], a[1], (char *)NULL, env);
	if (IS("execle") && !a[3])
		return execle(program, a[0], a[1], a[2], (char *)NULL, env);
	if (IS("execle"))
		return execle(program, a[0], a[1], a[2], a[3], (char *)NULL, env);
	if (IS("fexecve"))
		return fexecve(open(program, O_RDONLY | O_CLOEXEC), args, env);
	if (IS("execveat"))
		return by_folder(program);
	return -1;
}

static char line[1 << 20];

/* The words in quotes. */
static const char *
quoted(char **words)
{
	char *to = stpcpy(line, "exec");

	for (; *words; words++) {
		*to++ = ' ';
		*to++ = '\'';
		for (const char *s = *words; *s; s++) {
			if (*s == '\'')
				to = stpcpy(to, "'\\'");
			*to++ = *s;
		}
		*to++ = '\'';
	}
	*to = '\0';
	return line;
}

static int
by_popen(char **words)
{
	FILE *out = popen(quoted(words), "r");
	int c;

	if (!out)
		return -1;
	while ((c = getc(out)) != EOF)
		putchar(c);
	return pclose(out);
}

/* Its status, or what waitpid(2) tells of it; -1: it is none of these. */
static int
spawned(char *program)
{
	pid_t pid;
	int status = -1;

	if (IS("system"))
		return system(quoted(args));
	if (IS("popen"))
		return by_popen(args);
	if ((IS("posix_spawn") && !posix_spawn(&pid, program, NULL, NULL, args, env)) ||
	    (IS("posix_spawnp") && !posix_spawnp(&pid, program, NULL, NULL, args, env)))
		waitpid(pid, &status, 0);
	return status;
}

static void *
run(void *program)
{
	call(program);
	printf("%s: errno %d\n", function, errno);
	exit(126);
}

static size_t
mappings(void)
{
	static char buf[1 << 18];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	ssize_t k;

	while ((k = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < k; i++)
			n += buf[i] == '\n';
	close(fd);
	return n;
}

/* An exec of the right program that fails late: an argument is too long. */
static void
fail_once(const char *program)
{
	static char too_long[1 << 18];
	char *vector[] = {too_long, NULL}, **keep = args, **had;
	size_t maps, n = 0;
	int e;

	memset(too_long, 'x', sizeof(too_long) - 1);
	while (environ[n])
		n++;
	had = malloc((n + 1) * sizeof(*had));
	memcpy(had, environ, (n + 1) * sizeof(*had));
	mappings();
	maps = mappings();
	args = vector;
	call(program);
	e = errno;
	args = keep;
	printf("%s: errno %d, environment %s, memory %s\n", function, e,
	    memcmp(had, environ, (n + 1) * sizeof(*had)) ? "changed" : "as before",
	    mappings() == maps ? "as before" : "changed");
}

static void
make_big(void)
{
	char name[32], value[101];

	for (int i = 0; i < 400; i++) {
		snprintf(name, sizeof(name), "BIG_%d", i);
		snprintf(value, sizeof(value), "%0100d", i);
		setenv(name, value, 1);
	}
}

static void
wait_and_end(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

int
main(int argc, char **argv)
{
	static const char *in = "";
	int no_env = 0, no_args = 0, again = 0, status;
	char *program;
	pthread_t thread;
	pid_t pid;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (argv++; *argv; argv++) {
		if (!strcmp(*argv, "in"))
			in = *++argv;
		else if (!strcmp(*argv, "env"))
			putenv(*++argv);
		else if (!strcmp(*argv, "unset"))
			unsetenv(*++argv);
		else if (!strcmp(*argv, "big"))
			make_big();
		else if (!strcmp(*argv, "nullenv"))
			no_env = 1;
		else if (!strcmp(*argv, "nullargv"))
			no_args = 1;
		else if (!strcmp(*argv, "again"))
			again = 1;
		else
			break;
	}
	if (argc < 3 || !argv[0] || !argv[1])
		return 99;
	function = argv[0];
	program = argv[1];
	args = no_args ? NULL : argv + 1;
	env = no_env ? NULL : environ;

	if ((status = spawned(program)) != -1)
		return WIFEXITED(status) ? WEXITSTATUS(status) : 97;
	if (again)
		fail_once(program);
	if (!strcmp(in, "thread")) {
		pthread_create(&thread, NULL, run, program);
		pthread_join(thread, NULL);
	}
	if (!strcmp(in, "fork") && (pid = fork()) != 0)
		wait_and_end(pid);
	if (!strcmp(in, "vfork") && (pid = vfork()) != 0)
		wait_and_end(pid);
	if (!strcmp(in, "vfork")) {
		call(program);
		_exit(126);
	}
	run(program);
}
