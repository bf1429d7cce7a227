/*
 * identity_test.c: which application a command is.
 *
 * A scratch folder (written @ below) holds empty executables called as the
 * interpreters are, and in @/w, the cwd, a file for every option argument in
 * the table: an option read wrongly finds a file, and the wrong one.  Two
 * oracles do not trust our reading of the manuals: execvp(3) for PATH, and
 * real interpreters for their options, both with random lines.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sha2.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/launch/identity.h"
#include "cli/text.h"
#include "tests/unit/tap.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define ORDINARY 65534

__attribute__((format(printf, 1, 2))) static void
note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

__attribute__((noreturn)) static void
bail(const char *what)
{
	printf("Bail out!  %s: %s\n", what, strerror(errno));
	exit(1);
}

static char scratch[64];
static struct identity id;
static struct fault fault;

static const char commands[] =
    "app vi env nice nohup timeout sudo script xvfb-run flatpak busybox "
    "s6-setlock ld-linux-x86-64.so.2 bash sh dash zsh ksh csh fish python3 "
    "python3.11 pypy3 perl perl5.36.0 ruby node lua5.4 php8.2 Rscript tclsh "
    "expect guile-3.0 gawk java dotnet mono wine "
    "pythonista s6 yash mawk gjs execlineb";

static const char files[] =
    "script app2 extglob pipefail f x.py x.pl x.js x.rb m inc a b.jar cp "
    "Main Main.java x.dll run x.exe notes p.awk q.awk ex 5 ignore UTF-8 -odd "
    "utf-8";

/* file NULL: the whole command line. */
static const struct row {
	const char *line, *file;
} rows[] = {
    {"app", "bin/app"},
    {"app -c x --", "bin/app"},
    {"@/bin/app x", "bin/app"},
    {"./app2", "w/app2"},
    {"../w/./app2 x", "w/app2"},
    {"@/here/app2", "w/app2"},
    {"vi x", "bin/vi"},
    {"pythonista x.py", "bin/pythonista"},
    {"s6 script", "bin/s6"},
    {"./script x", "w/script"}, /* not util-linux's */

    {"env FOO=1 app", NULL},
    {"env", NULL},
    {"nice app", NULL},
    {"nohup ./script", NULL},
    {"timeout 5 app", NULL},
    {"sudo app", NULL},
    {"script -c app", NULL},
    {"xvfb-run app", NULL},
    {"flatpak run org.x.Y", NULL},
    {"busybox sh script", "w/script"},
    {"busybox ash -e script a", "w/script"},
    {"busybox sh -c script", NULL},
    {"busybox sh", NULL},
    {"busybox nice app", NULL},
    {"busybox busybox sh script", NULL},
    {"busybox", NULL},
    {"s6-setlock f app", NULL},
    {"ld-linux-x86-64.so.2 ./app2", NULL},

    {"bash", NULL},
    {"bash script", "w/script"},
    {"bash ./script a", "w/script"},
    {"@/bin/bash @/here/script", "w/script"},
    {"bash -c script", NULL},
    {"bash -lc script", NULL},
    {"bash -ec script a", NULL},
    {"bash -s script", NULL},
    {"bash -O extglob script", "w/script"},
    {"bash +O extglob script", "w/script"},
    {"bash -eo pipefail script a", "w/script"},
    {"bash -oe pipefail script", "w/script"},
    {"bash --rcfile f script", "w/script"},
    {"bash -rcfile f script", "w/script"},
    {"bash -login script a", "w/script"},
    {"bash --norc -x script", "w/script"},
    {"bash -- script", "w/script"},
    {"bash - script", "w/script"},
    {"bash -- -odd", "w/-odd"},
    {"bash -o", NULL},
    {"bash tool a", "bin/tool"}, /* not executable, found on PATH */
    {"bash nosuch a", NULL},
    {"bash ''", NULL},
    {"bash pipe", NULL},
    {"bash /dev/stdin", NULL},
    {"bash @/bin", NULL},
    {"sh -e script", "w/script"},
    {"sh -i", NULL},
    {"dash -o pipefail script", "w/script"},
    {"zsh -o pipefail script", "w/script"},
    {"zsh -opipefail script a", "w/script"},
    {"ksh -c script", NULL},
    {"csh -f script", "w/script"},
    {"csh -b script a", "w/script"},
    {"fish -C f script", "w/script"},
    {"fish --command=f script", NULL},

    {"python3 x.py", "w/x.py"},
    {"python3.11 -u x.py a", "w/x.py"},
    {"python3 -W ignore x.py", "w/x.py"},
    {"python3 -Wignore x.py a", "w/x.py"},
    {"python3 -uX utf-8 x.py", "w/x.py"},
    {"python3 --check-hash-based-pycs f x.py", "w/x.py"},
    {"python3 -m m x.py", NULL},
    {"python3 -mm x.py", NULL},
    {"python3 -Ic a x.py", NULL},
    {"python3 -", NULL},
    {"python3 - x.py", NULL},
    {"python3 -i", NULL},
    {"python3 .", "w"},
    {"python3 ../w/", "w"},
    {"pypy3 --jit f x.py", "w/x.py"},

    {"perl x.pl", "w/x.pl"},
    {"perl -Iinc x.pl a", "w/x.pl"},
    {"perl -I inc x.pl", "w/x.pl"},
    {"perl5.36.0 -wT x.pl", "w/x.pl"},
    {"perl -e a x.pl", NULL},
    {"perl -lane a x.pl", NULL},
    {"perl -0777ne a x.pl", NULL},
    {"perl -Mm x.pl", "w/x.pl"},
    {"perl -i.e x.pl", "w/x.pl"},
    {"perl -d:e x.pl", "w/x.pl"},
    {"perl -E a", NULL},

    {"ruby -Iinc -r m x.rb", "w/x.rb"},
    {"ruby -W:e x.rb", "w/x.rb"},
    {"ruby --enable m x.rb", "w/x.rb"},
    {"ruby -C inc x.rb", NULL}, /* another folder's x.rb */
    {"ruby -ne a x.rb", NULL},

    {"node x.js", "w/x.js"},
    {"node --require m x.js", "w/x.js"},
    {"node --require=m x.js a", "w/x.js"},
    {"node -r m --inspect x.js", "w/x.js"},
    {"node --max-old-space-size=5 x.js", "w/x.js"},
    {"node -pe a x.js", NULL},
    {"node --eval=a x.js", NULL},
    {"node -e a x.js", NULL},
    {"node --test x.js", NULL},
    {"node inspect x.js", NULL},
    {"node .", "w"},

    {"lua5.4 -e a -l m script", "w/script"},
    {"lua5.4 -e a", NULL},
    {"php8.2 -d a=5 -f script a", "w/script"},
    {"php8.2 -c f script", "w/script"},
    {"php8.2 -r a script", NULL},
    {"php8.2 -- script", NULL},
    {"php8.2 -S a -t inc script", NULL},
    {"Rscript --vanilla script", "w/script"},
    {"Rscript -e a script", NULL},
    {"tclsh -encoding utf-8 script", "w/script"},
    {"expect -c ex -f script a", "w/script"},
    {"expect -D 5 script", "w/script"},
    {"guile-3.0 -e m -s script a", "w/script"},
    {"guile-3.0 -L inc script", "w/script"},
    {"guile-3.0 -c a script", NULL},
    {"guile-3.0 -ds -l m script", "w/script"},
    {"guile-3.0 --listen script", "w/script"},
    {"gawk -f p.awk notes", "w/p.awk"},
    {"gawk -F: -v a=5 --file=p.awk notes", "w/p.awk"},
    {"gawk -f p.awk -f q.awk notes", NULL},
    {"gawk notes notes", NULL},
    {"gawk -ea -f p.awk", NULL},

    {"java -jar b.jar", "w/b.jar"},
    {"java -cp a -jar b.jar -jar a", "w/b.jar"},
    {"java -Xmx5m -Dm=a -jar b.jar", "w/b.jar"},
    {"java Main.java a", "w/Main.java"},
    {"java --class-path a Main.java", "w/Main.java"},
    {"java --class-path=a Main.java a", "w/Main.java"},
    {"java -cp a Main", NULL},
    {"java -m Main", NULL},
    {"java --version", NULL},
    {"dotnet x.dll", "w/x.dll"},
    {"dotnet --fx-version 5 x.dll", "w/x.dll"},
    {"dotnet run", NULL},
    {"mono --debug x.exe", "w/x.exe"},
    {"mono --config f x.exe", "w/x.exe"},
    {"wine x.exe a", "w/x.exe"},
    {"wine notes", NULL},

    {"sh -O extglob script", "w/script"},
    {"sh --rcfile f script", "w/script"},
    {"sh -s script", NULL},
    {"sh - script", "w/script"},
    {"zsh -s script", NULL},
    {"zsh - script", "w/script"},
    {"csh -s script", NULL},
    {"csh -b -odd", "w/-odd"},
    {"yash --rcfile f script", "w/script"},
    {"fish -D 5 -d f script", "w/script"},
    {"perl -Ie x.pl a", "w/x.pl"},
    {"perl -Me x.pl", "w/x.pl"},
    {"perl -S x.pl", NULL}, /* sought on PATH first */
    {"ruby -I inc x.rb", "w/x.rb"},
    {"ruby -S x.rb", NULL},
    {"ruby --encoding utf-8 x.rb", "w/x.rb"},
    {"node -C m x.js", "w/x.js"},
    {"php8.2 --file=script a", "w/script"},
    {"php8.2 -m script", NULL},
    {"guile-3.0 -C inc -l m script", "w/script"},
    {"mawk -W ex -f p.awk", "w/p.awk"},
    {"gawk -l m -f p.awk", "w/p.awk"},
    {"gawk -C -f p.awk", NULL},
    {"gjs -C m -I inc script", "w/script"},
    {"execlineb -s 5 script", "w/script"},
};

/* Words of a line, `''` is an empty one, @ the scratch folder. */
static char **
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

static const char *
at(const char *path)
{
	static char buf[4][PATH_MAX];
	static int next;
	char *out = buf[next++ % 4];

	stpcpy(stpcpy(stpcpy(out, scratch), "/"), path);
	return out;
}

static int
is(const char *app)
{
	if (strcmp(id.app, app) == 0)
		return 1;
	note("%s instead of %s", id.app, app);
	return 0;
}

static int
found(const char *line)
{
	memset(&id, 'x', sizeof(id));
	memset(&fault, 0, sizeof(fault));
	return identity_find(&id, split(line), NULL, &fault);
}

/* identity_find fails with this code and line. */
static int
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

static void
make(const char *path, mode_t mode, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 || write(fd, text, strlen(text)) == -1 ||
	    fchmod(fd, mode) == -1 || close(fd) == -1)
		bail(path);
}

static void
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

static void
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

static void
test_rows(void)
{
	char want[NAME_SHOWN];
	struct text t;
	char **argv;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		int good = found(r->line) == 0 && id.whole == !r->file;

		if (!good)
			note("%s %s", fault.line, id.app);
		if (good && r->file) {
			good = is(at(r->file));
		} else if (good) {
			argv = split(r->line);
			text_init(&t, want, sizeof(want));
			text_shell(&t, id.file);
			while (*++argv) {
				text_add(&t, " ");
				text_shell(&t, *argv);
			}
			good = is(want);
		}
		ok(good, "%s: %s", r->line, r->file ? r->file : "whole line");
	}
}

static void
test_paths(void)
{
	char out[PATH_MAX], deep[PATH_MAX + 8];

	if (symlink("script", "link") == -1)
		bail("link");
	ok(found("./link") == 0 && is(at("w/link")),
	    "a symlink is an application of its own");
	ok(found("bash link") == 0 && is(at("w/link")),
	    "and so it is as a script");
	ok(identity_path("x/../..", out) == -1 && errno == ENOENT,
	    "no such folder: ENOENT");
	ok(identity_path("new", out) == 0 && strcmp(out, at("w/new")) == 0,
	    "the file itself need not exist");
	ok(identity_path("/", out) == 0 && strcmp(out, "/") == 0, "/");
	ok(identity_path("//etc", out) == 0 && strcmp(out, "/etc") == 0,
	    "below the root: one slash");
	ok(identity_path("..", out) == 0 && strcmp(out, scratch) == 0,
	    ".. is no name");
	ok(identity_path("../here//", out) == 0 && strcmp(out, at("here")) == 0,
	    "slashes at the end are not the name");
	strcpy(out, "../here/script");
	ok(identity_path(out, out) == 0 && strcmp(out, at("w/script")) == 0,
	    "the path may lie in the buffer of the result");
	memset(deep, 'x', sizeof(deep));
	deep[PATH_MAX] = '\0';
	ok(identity_path(deep, out) == -1 && errno == ENAMETOOLONG,
	    "too long: ENAMETOOLONG");
}

static void
test_faults(void)
{
	char name[NAME_MAX + 2] = "", text[NAME_MAX + 64];
	static char path[3 * PATH_MAX];

	ok(fails("nosuch", 127, "nosuch: not found"), "127: on no PATH");
	ok(fails("./nosuch", 127, "./nosuch: not found"), "127: no such file");
	ok(fails("''", 127, "'': not found"), "127: the empty command");
	ok(fails("dangling", 127, "dangling: not found"), "127: dangling link");
	ok(fails("app2", 127, "app2: not found, but ./app2 is there"),
	    "127: the cwd is not on PATH, and we say so");
	ok(fails("./plain", 126,
	       "./plain: cannot execute: Permission denied; "
	       "chmod +x is missing"),
	    "126: no x bit, root or not");
	ok(fails("tool", 126,
	       "@/bin/tool: cannot execute: Permission denied; "
	       "chmod +x is missing"),
	    "126: no x bit, on PATH");
	ok(fails("@/bin", 126, "@/bin: cannot execute: Is a directory"),
	    "126: a folder");
	ok(fails("./pipe", 126, "./pipe: cannot execute: Permission denied"),
	    "126: a fifo, and no advice");
	ok(fails("./xpipe", 126, "./xpipe: cannot execute: Permission denied"),
	    "126: a fifo, x bit or not");
	ok(fails("script/x", 126, "script/x: cannot execute: Not a directory"),
	    "126: below a file");
	memset(name, 'x', NAME_MAX + 1);
	strcpy(stpcpy(text, name), ": cannot execute: File name too long");
	ok(fails(name, 126, text), "126: longer than a name can be");
	memset(path, 'x', sizeof(path));
	stpcpy(stpcpy(path + PATH_MAX + 8, ":"), at("bin"));
	setenv("PATH", path, 1);
	ok(found("app") == 0 && is(at("bin/app")),
	    "an overlong entry of PATH is passed over");
	setenv("PATH", at("bin"), 1);
	if (mkdir("gone", 0755) || chdir("gone") || rmdir("../gone"))
		bail("gone");
	ok(fails("../app2", 71,
	       "../app2: cannot tell its folder: No such file or directory; "
	       "--app=NAME does not need it"),
	    "71: a cwd without a path");
	ok(found("app") == 0 && is(at("bin/app")),
	    "which does not matter to an absolute one");
	ok(found("bash ../script") == 0 && id.whole,
	    "and a script there has no name");
	if (chdir(at("w")))
		bail("chdir");
	ok(identity_find(&id, split("nosuch"), "n", &fault) == -1 &&
		fault.code == 127,
	    "--app: 127 all the same");
}

static void
test_names(void)
{
	static char arg[6000], want[3 * sizeof(arg)];
	char *argv[] = {"env", arg, "", "b c", NULL};
	char hex[SHA256_DIGEST_STRING_LENGTH], app[128];
	struct text t;
	int good = 1;

	ok(identity_find(&id, split("bash -c x"), "my app", &fault) == 0 &&
		is("my app") && !id.whole &&
		strcmp(id.file, at("bin/bash")) == 0,
	    "--app is the application, the file is found");
	memset(arg, 'n', NAME_SHOWN);
	ok(identity_find(&id, split("app"), arg, &fault) == 0 && is(arg),
	    "4096 bytes of --app stay");
	arg[NAME_SHOWN] = 'n';
	SHA256Data((uint8_t *)arg, NAME_SHOWN + 1, hex);
	stpcpy(stpcpy(app, "sha256:"), hex);
	ok(identity_find(&id, split("app"), arg, &fault) == 0 && is(app),
	    "4097 are hashed");
	for (int i = 0; i < 300; i++) {
		size_t n = 3900 + (size_t)(rand() % 2000);

		/* Few quotes: pieces with and without them. */
		memset(arg, 'a', sizeof(arg));
		for (int q = rand() % 4; q > 0; q--)
			arg[(size_t)rand() % n] = "' \n\xff"[rand() % 4];
		arg[n] = '\0';
		text_init(&t, want, sizeof(want));
		text_add(&t, at("bin/env "));
		text_shell(&t, arg);
		text_add(&t, " '' 'b c'");
		if (t.len > NAME_SHOWN) {
			SHA256Data((uint8_t *)want, t.len, hex);
			stpcpy(stpcpy(want, "sha256:"), hex);
		}
		good &= identity_find(&id, argv, NULL, &fault) == 0 &&
		    is(want) && id.whole;
	}
	ok(good, "a long line is the hash of all that it would show");
	ok(identity_shell(&id, "a 'b'", NULL, &fault) == 0 && id.whole &&
		is("sh -c 'a '\\''b'\\'''") && strcmp(id.file, "/bin/sh") == 0,
	    "-c: the shell line, wherever sh lies");
	ok(identity_shell(&id, "a", "n", &fault) == 0 && is("n") && !id.whole,
	    "-c with --app");
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every line of at most three words of at most two of these characters. */
static void
test_injective(void)
{
	static char words[21][3], *apps[1 + 21 + 21 * 21 + 21 * 21 * 21];
	static const char set[] = "a '\\";
	char *argv[5] = {(char *)"env"};
	size_t n = 0, same = 0;

	for (int i = 0; i < 20; i++) {
		words[i + 1][0] = set[i % 4];
		words[i + 1][1] = i < 4 ? '\0' : set[i / 4 - 1];
	}
	for (int i = 0; n < COUNT(apps); i++) {
		int at_word = 0;

		/* Digits to base 22; 0 ends the line and ends the number. */
		for (int rest = i; rest; rest /= 22) {
			if (rest % 22 == 0)
				goto next;
			argv[++at_word] = words[rest % 22 - 1];
		}
		argv[at_word + 1] = NULL;
		if (identity_find(&id, argv, NULL, &fault) == -1)
			bail(fault.line);
		apps[n++] = strdup(id.app);
	next:;
	}
	qsort(apps, n, sizeof(*apps), compare);
	for (size_t i = 1; i < n; i++)
		same += strcmp(apps[i - 1], apps[i]) == 0;
	ok(same == 0, "%zu different lines never look alike", n);
}

/* A kernel or sandbox where faccessat2 fails with err. */
static void
test_old(int err)
{
	struct sock_filter code[] = {
	    BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_faccessat2, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)err),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {COUNT(code), code};
	int status;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog))
			_exit(2);
		_exit(found("app") != 0 || found("tool") == 0 ||
		    fault.code != 126 || found("nosuch") == 0 ||
		    fault.code != 127);
	}
	waitpid(pid, &status, 0);
	ok(status == 0, "faccessat2 fails with %s: found all the same",
	    strerrorname_np(err));
}

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
	test_rows();
	test_paths();
	test_faults();
	test_names();
	test_injective();
	test_old(EPERM);
	test_old(ENOSYS);
	test_path();
	test_real("bash", "bash.d", "echo ran @\n", bash, COUNT(bash));
	test_real("dash", "dash.d", "echo ran @\n", dash, COUNT(dash));
	test_real("perl", "perl.d", "print \"ran @\\n\";\n", perl, COUNT(perl));
	if (chdir("/") == 0 && fork() == 0)
		execlp("rm", "rm", "-rf", scratch, (char *)NULL);
	return tap_end();
}
