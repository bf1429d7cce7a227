/*
 * identity_test.c: which application a command is: one table, and what it does
 * not show.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sha2.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cli/base/text.h"
#include "tests/unit/identity.h"

/* file NULL: the whole command line; @LINE: this one, of a command in bin. */
static const struct row {
	const char *line, *file;
} rows[] = {
    {"app", "bin/app"},
    {"app -c x --", "bin/app"},
    {"@/bin/app x", "bin/app"},
    {"./app2", "w/app2"},
    {"../w/./app2 x", "w/app2"},
    {"@/here/app2", "here/app2"}, /* a link in the folder is meant */
    {"@/here/../w/app2", "w/app2"},
    {"vi x", "bin/vi"},
    {"pythonista x.py", "bin/pythonista"},
    {"s6 script", "bin/s6"},
    {"./script x", "w/script"}, /* not util-linux's */

    {"env", NULL},
    {"env FOO=1 app", "bin/app"},
    {"env -u HOME FOO=1 ./app2 x", "w/app2"},
    {"env -i -- A=1 @/bin/app", "bin/app"},
    {"env -i app", NULL}, /* it has another PATH */
    {"env -vi app", NULL},
    {"env -v app", "bin/app"},
    {"env -uPATH app", NULL},
    {"env --unset PATH app", NULL},
    {"env PATH=/nowhere app", NULL},
    {"env PATH=/nowhere:@/w app2", "w/app2"},
    {"env -S app", NULL},
    {"env -C / ./app2", NULL},
    {"env --chdir=/ ./app2", NULL},
    {"env -vC / ./app2", NULL},
    {"env -C / app", NULL}, /* PATH may be relative */
    {"env -C / @/bin/app", "bin/app"},
    {"env --chdir / A=1 @/bin/app", "bin/app"},
    {"nice", NULL},
    {"nice app", "bin/app"},
    {"nice -n 10 app x", "bin/app"},
    {"nice -n10 app", "bin/app"},
    {"nice -10 app", "bin/app"},
    {"nice --adjustment 5 app", "bin/app"},
    {"nice --adjustment=5 app", "bin/app"},
    {"nice --adj 5 app", "bin/app"}, /* as getopt_long(3) */
    {"nice --adj=5 app", "bin/app"},
    {"nice --vers app", NULL},
    {"timeout --kill 5 5 app", "bin/app"},
    {"timeout --s HUP 5 app", "bin/app"},
    {"timeout --ver 5 app", NULL}, /* version or verbose? */
    {"ionice --class 3 app", "bin/app"},
    {"ionice --classd 3 app", "bin/app"},
    {"stdbuf --out L app", "bin/app"},
    {"nice --version", NULL},
    {"nice -- app", "bin/app"},
    {"nice nosuch", NULL},
    {"nice ''", NULL},
    {"nohup ./script", "w/script"},
    {"ionice -c3 app", "bin/app"},
    {"ionice -c 2 -n 0 -t app", "bin/app"},
    {"ionice --class idle app", "bin/app"},
    {"ionice -p 5", NULL},
    {"ionice -c3 -p 5", NULL},
    {"chrt -b 0 app", "bin/app"},
    {"chrt --rr 5 app", "bin/app"},
    {"chrt -d -T 5 -P5 0 app", "bin/app"},
    {"chrt -p 5", NULL},
    {"chrt -i vi", NULL}, /* vi is no priority */
    {"taskset -c 0,2-3 app", "bin/app"},
    {"taskset f app", "bin/app"},
    {"taskset --cpu-list 5 app x", "bin/app"},
    {"taskset -pc 0 5", NULL},
    {"setsid -w app", "bin/app"},
    {"setsid --fork app", "bin/app"},
    {"timeout 5 app", "bin/app"},
    {"timeout -k 5 -s HUP 1.5h app x", "bin/app"},
    {"timeout --kill-after=5 --foreground 5s app", "bin/app"},
    {"timeout --kill-after 5 5 app", "bin/app"},
    {"timeout 5", NULL},
    {"timeout x app", NULL},
    {"stdbuf -oL -e 0 app", "bin/app"},
    {"stdbuf --output=L app", "bin/app"},
    {"time -f x -o f app", "bin/app"},
    {"time -v app", "bin/app"},
    {"systemd-inhibit --what idle --why='a' app", "bin/app"},
    {"systemd-inhibit --list", NULL},
    {"onlyone-cluster --take --store=U -n -- app x", "bin/app"},
    {"onlyone-cluster -qnvw5 -E 0 -ax -k {1} app", "bin/app"},
    {"onlyone-cluster --ttl 9 --grace=2 --hold 60 --on-lost kill "
     "--on-down local app", "bin/app"},
    {"onlyone-cluster --queue --wait=5 --skip --every 1d app", "bin/app"},
    {"onlyone-cluster --fail --if-running wait app", "bin/app"},
    {"onlyone-cluster --key-match x --key-cmd id --lifetime=tree app",
	"bin/app"},
    {"onlyone-cluster --raise=never app", NULL}, /* not in the table */
    {"onlyone-cluster --help app", NULL},
    {"onlyone-cluster nosuch", NULL},
    {"timeout 5 nice -n 5 ionice -c3 python3 -u x.py a", "w/x.py"},
    {"nice bash -c script", "@bash -c script"},
    {"timeout 5 sudo app", "@sudo app"},
    {"nice ionice -p 5", "@ionice -p 5"},
    {"sudo app", NULL},
    {"sudo nice app", NULL},
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
    {"@/bin/bash @/here/script", "here/script"},
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

static void
test_rows(void)
{
	char want[NAME_SHOWN];
	struct text t;
	char **argv;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		const char *line = !r->file ? r->line :
		    *r->file == '@' ? r->file + 1 : NULL;
		int good = found(r->line) == 0 && id.whole == !!line;

		if (!good)
			note("%s %s", fault.line, id.app);
		if (good && !line) {
			good = is(at(r->file));
		} else if (good) {
			argv = split(line);
			t = text_in(want, sizeof(want));
			text_shell(&t, identity_program(&id));
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
	ok(identity_path(out, out) == 0 && strcmp(out, at("here/script")) == 0,
	    "the path may lie in the buffer of the result");
	memset(deep, 'x', sizeof(deep));
	deep[PATH_MAX] = '\0';
	ok(identity_path(deep, out) == -1 && errno == ENAMETOOLONG,
	    "too long: ENAMETOOLONG");
}

/* A link in a folder is what the user means. */
static void
test_links(void)
{
	static const char *const merged[] = { "/bin", "/sbin", "/lib",
		"/lib64", "/usr/sbin", "/usr/local/sbin" };
	char out[PATH_MAX], real[PATH_MAX], name[64];
	int good = 1;

	for (size_t i = 0; i < COUNT(merged); i++) {
		snprintf(name, sizeof(name), "%s/x", merged[i]);
		if (!realpath(merged[i], real))
			strcpy(real, merged[i]);
		good &= identity_path(name, out) == 0 &&
		    strcmp(out, strcat(real, "/x")) == 0;
	}
	ok(good, "/bin/x is /usr/bin/x where these are one folder");
	snprintf(name, sizeof(name), "/proc/%d/x", getpid());
	ok(identity_path("/proc/self/x", out) == 0 && strcmp(out, name) == 0,
	    "a path that is another in each process is followed");
	ok(identity_path("/binary/x", out) == 0 &&
	    strcmp(out, "/binary/x") == 0, "a folder that is not there");

	setenv("PWD", at("here"), 1);
	ok(found("./app2") == 0 && is(at("here/app2")),
	    "PWD knows the link by which we came here");
	ok(found("../w/app2") == 0 && is(at("w/app2")) &&
	    found("../here/app2") == 0 && is(at("here/app2")),
	    "and `..` leads from there");
	setenv("PWD", at("bin"), 1);
	ok(found("./app2") == 0 && is(at("w/app2")),
	    "a PWD of another folder does not count");
	setenv("PWD", at("here/../w"), 1);
	ok(found("./app2") == 0 && is(at("w/app2")), "nor does one with `..`");
	setenv("PWD", "../w", 1);
	ok(found("./app2") == 0 && is(at("w/app2")), "nor a relative one");
	unsetenv("PWD");
	if (mkdir(at("deep"), 0755) || mkdir(at("deep/er"), 0755) ||
	    symlink("../deep/er", at("w/er")))
		bail("er");
	ok(identity_path("er/../x", out) == 0 && strcmp(out, at("deep/x")) == 0,
	    "`..` behind a link is the folder of what it leads to");
	ok(identity_path("../here/./x", out) == 0 &&
	    strcmp(out, at("here/x")) == 0, "`.` is not");
}

/* The ways to reach a program, as onlyone(7) has them. */
static const struct way {
	const char *way;
	const char *link, *old, *new; /* link leads to old, then to new; NULL */
	const char *one, *two; /* command lines, before and after that */
	int meet;
} ways[] = {
    {"PATH, and a path", NULL, NULL, NULL, "app", "@/bin/app", 1},
    {"a deploy behind a link", "current", "r/1", "r/2", "@/current/job",
	"@/current/job", 1},
    {"by a path of a script", "current", "r/1", "r/2", "@/current/job",
	"@/current/lib/../job", 1},
    {"a folder without version", "bin/prog", "../r/1", "../r/2",
	"@/bin/prog/job", "@/bin/prog/job", 1},
    {"a profile of a store", "profile", "generation", "r/2", "@/profile/job",
	"@/profile/job", 1},
    {"stow, files", "bin/job", "../r/1/job", "../r/2/job", "job", "job", 1},
    {"file of an interpreter", "current", "r/1", "r/2", "sh @/current/job",
	"@/current/job", 1},
    {"a virtual environment", NULL, NULL, NULL, "@/bin/python3 x.py",
	"@/r/1/python3 x.py", 1},
    {"a tool of two of them", NULL, NULL, NULL, "@/r/1/job", "@/r/2/job", 0},
    {"the release itself", "current", "r/1", "r/2", "@/current/job",
	"@/r/2/job", 0},
    {"a link of another name", "bin/also", "app", "app", "app", "also", 0},
    {"a hard link", NULL, NULL, NULL, "@/r/1/job", "@/r/1/hard", 0},
};

static void
lead(const char *name, const char *target)
{
	unlink(at(name));
	if (symlink(target, at(name)))
		bail(name);
}

static void
test_ways(void)
{
	static char one[NAME_SHOWN + 1];

	if (mkdir(at("r"), 0755) || mkdir(at("r/1"), 0755) ||
	    mkdir(at("r/2"), 0755) || mkdir(at("r/1/lib"), 0755) ||
	    mkdir(at("r/2/lib"), 0755))
		bail("r");
	make_all(at("r/1"), "job python3");
	make_all(at("r/2"), "job");
	if (link(at("r/1/job"), at("r/1/hard")))
		bail("hard");
	lead("generation", "r/1");
	for (size_t i = 0; i < COUNT(ways); i++) {
		const struct way *w = &ways[i];

		if (w->link)
			lead(w->link, w->old);
		*one = '\0';
		if (found(w->one) == 0)
			strcpy(one, id.app);
		if (w->link)
			lead(w->link, w->new);
		ok(*one && found(w->two) == 0 &&
		    (strcmp(one, id.app) == 0) == w->meet, "%s: %s", w->way,
		    w->meet ? "one" : "two");
	}
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
	       "../app2: its folder cannot be found: No such file or directory; "
	       "use --app=NAME, which needs none"),
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
	char *argv[] = {"sudo", arg, "", "b c", NULL};
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
	for (size_t n = NAME_SHOWN - 60; n < NAME_SHOWN; n++) {
		memset(arg, 'a', n);
		memcpy(arg + n / 2, "' \n\xff", 4);
		arg[n] = '\0';
		t = text_in(want, sizeof(want));
		text_add(&t, at("bin/sudo "));
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

int
main(void)
{
	set_up();
	test_rows();
	test_paths();
	test_links();
	test_ways();
	test_faults();
	test_names();
	test_old(EPERM);
	test_old(ENOSYS);
	tear_down();
	return tap_end();
}
