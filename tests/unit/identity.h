/*
 * identity.h: a scratch folder full of commands, and what they are found to be.
 *
 * The folder (written @ in lines) holds empty executables called as the
 * interpreters are, and in @/w, the cwd, a file for every option argument in
 * the tests: an option read wrongly finds a file, and the wrong one.
 */
#ifndef IDENTITY_TEST_H
#define IDENTITY_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/core/key/identity.h"
#include "tests/unit/tap.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

__attribute__((format(printf, 1, 2))) static inline void
note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

__attribute__((noreturn)) static inline void
bail(const char *what)
{
	printf("Bail out!  %s: %s\n", what, strerror(errno));
	exit(1);
}

static char scratch[64];
static struct identity id;
static struct fault fault;

static const char commands[] =
    "app vi env nice nohup timeout ionice chrt taskset setsid stdbuf time "
    "systemd-inhibit onlyone-cluster sudo script xvfb-run flatpak busybox "
    "s6-setlock ld-linux-x86-64.so.2 bash sh dash zsh ksh csh fish python3 "
    "python3.11 pypy3 perl perl5.36.0 ruby node lua5.4 php8.2 Rscript tclsh "
    "expect guile-3.0 gawk java dotnet mono wine "
    "pythonista s6 yash mawk gjs execlineb";

static const char files[] =
    "script app2 extglob pipefail f x.py x.pl x.js x.rb m inc a b.jar cp "
    "Main Main.java x.dll run x.exe notes p.awk q.awk ex 5 ignore UTF-8 -odd "
    "utf-8";

/* Words of a line, `''` is an empty one, @ the scratch folder. */
static inline char **
split(const char *line)
{
	static char buf[1024], *argv[32];
	size_t n = 0, argc = 0;

	for (; *line; line += *line == ' ') {
		argv[argc++] = buf + n;
		for (; *line && *line != ' '; line++) {
			if (*line == '@')
				n = (size_t)(stpcpy(buf + n, scratch) - buf);
			else if (*line != '\'')
				buf[n++] = *line;
		}
		buf[n++] = '\0';
	}
	argv[argc] = NULL;
	return argv;
}

static inline const char *
at(const char *path)
{
	static char buf[4][PATH_MAX];
	static int next;
	char *out = buf[next++ % 4];

	stpcpy(stpcpy(stpcpy(out, scratch), "/"), path);
	return out;
}

static inline int
is(const char *app)
{
	if (strcmp(id.app, app) == 0)
		return 1;
	note("%s instead of %s", id.app, app);
	return 0;
}

static inline int
found(const char *line)
{
	memset(&id, 'x', sizeof(id));
	memset(&fault, 0, sizeof(fault));
	return identity_find(&id, split(line), NULL, &fault);
}

/* identity_find fails with this code and line. */
static inline int
fails(const char *line, int code, const char *text)
{
	char want[PATH_MAX + 256], *w = want;

	for (; *text; text++)
		w = *text == '@' ? stpcpy(w, scratch) : (*w = *text, w + 1);
	*w = '\0';
	if (found(line) == -1 && fault.code == code &&
	    strcmp(fault.line, want) == 0)
		return 1;
	note("%d, %s instead of %s", fault.code, fault.line, want);
	return 0;
}

static inline void
make(const char *path, mode_t mode, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 || write(fd, text, strlen(text)) == -1 ||
	    fchmod(fd, mode) == -1 || close(fd) == -1)
		bail(path);
}

static inline void
make_all(const char *dir, const char *list)
{
	char names[1024], *p, *save = NULL, path[PATH_MAX];

	strcpy(names, list);
	for (p = strtok_r(names, " ", &save); p;
	     p = strtok_r(NULL, " ", &save)) {
		stpcpy(stpcpy(stpcpy(path, dir), "/"), p);
		make(path, 0755, "");
	}
}

static inline void
set_up(void)
{
	strcpy(scratch, "/tmp/identity.XXXXXX");
	if (!mkdtemp(scratch) || chmod(scratch, 0755) == -1 ||
	    chdir(scratch) == -1 || mkdir("bin", 0755) == -1 ||
	    mkdir("w", 0755) == -1 || symlink("w", "here") == -1 ||
	    mkfifo("w/pipe", 0644) == -1 || mkfifo("w/xpipe", 0644) == -1 ||
	    chmod("w/xpipe", 0755) == -1 ||
	    symlink("/nowhere", "bin/dangling") == -1)
		bail(scratch);
	make_all("bin", commands);
	make_all("w", files);
	make("bin/tool", 0644, "");
	make("w/plain", 0644, "");
	if (chdir("w") == -1)
		bail("chdir");
	setenv("PATH", at("bin"), 1);
	/* A regular file as standard input: /dev/stdin must not be it. */
	if (close(0) == -1 || open("script", O_RDONLY) != 0)
		bail("standard input");
}

static inline void
tear_down(void)
{
	if (chdir("/") == 0 && fork() == 0) {
		execl("/bin/rm", "rm", "-rf", scratch, (char *)NULL);
		_exit(1);
	}
}

#endif
