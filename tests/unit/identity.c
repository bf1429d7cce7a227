/*
 * identity.c: which application a command is: one table, and what it cannot
 * show.
 *
 * The folder (written @ in lines) holds empty executables called as the
 * interpreters are, and in @/w, the cwd, a file for every option argument in
 * the tests: an option read wrongly finds a file, and the wrong one.
 */
#include <sha2.h>

#include "cli/base/text.h"
#include "cli/core/key/identity.h"
#include "tests/unit/tap.h"

static struct identity id;
static struct fault fault;

static const char commands[] =
    "app vi env nice nohup timeout ionice chrt taskset setsid stdbuf time "
    "systemd-inhibit onlyone-cluster sudo script xvfb-run flatpak busybox "
    "s6-setlock ld-linux-x86-64.so.2 bash sh dash zsh ksh csh fish python3 "
    "python3.11 pypy3 perl perl5.36.0 ruby node lua5.4 php8.2 Rscript tclsh "
    "expect guile-3.0 gawk java dotnet mono wine "
    "pythonista s6 yash mawk gjs execlineb "
    "make git npm cargo mvn gradle go terraform docker docker-compose ninja "
    "cmake pytest hg pulumi composer pnpm uv task meson rsync curl find "
    "xterm foot st gnome-terminal wezterm snap dotenv runitor cronitor op "
    "aws-vault chamber envchain cpulimit schedtool nocache chronic cronic "
    "doppler infisical";

static const char files[] =
    "script app2 extglob pipefail f x.py x.pl x.js x.rb m inc a b.jar cp "
    "Main Main.java x.dll run x.exe notes p.awk q.awk ex 5 ignore UTF-8 -odd "
    "utf-8 make task";

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
				n = (size_t)(stpcpy(buf + n, scratch()) - buf);
			else if (*line != '\'')
				buf[n++] = *line;
		}
		buf[n++] = '\0';
	}
	argv[argc] = NULL;
	return argv;
}

static bool
found(const char *line)
{
	memset(&id, 'x', sizeof(id));
	memset(&fault, 0, sizeof(fault));
	return identity_find(&id, split(line), NULL, &fault) == 0;
}

/* identity_find fails with this code and line, "WORD: SAID". */
static void
fails(const char *line, int code, const char *said)
{
	char want[2 * PATH_MAX];

	snprintf(want, sizeof(want), "%s: %s", **split(line) ? *split(line) :
	    "''", said);
	is(found(line) ? id.app : fault.line, want, "%d: %.40s", code, line);
	ok(fault.code == code, "%d", code);
}

static void
make_all(const char *dir, const char *list)
{
	char names[1024], *p, *save = NULL, path[PATH_MAX];

	strcpy(names, list);
	for (p = strtok_r(names, " ", &save); p;
	     p = strtok_r(NULL, " ", &save)) {
		stpcpy(stpcpy(stpcpy(path, dir), "/"), p);
		file_write(path, "", 0, 0755);
	}
}

static void
set_up(void)
{
	scratch();
	if (mkdir("bin", 0755) == -1 || mkdir("w", 0755) == -1 ||
	    symlink("w", "here") == -1 || mkfifo("w/pipe", 0644) == -1 ||
	    mkfifo("w/xpipe", 0644) == -1 || chmod("w/xpipe", 0755) == -1 ||
	    symlink("/nowhere", "bin/dangling") == -1)
		bail("files");
	make_all("bin", commands);
	make_all("w", files);
	file_write("bin/tool", "", 0, 0644);
	file_write("w/plain", "", 0, 0644);
	if (chdir("w") == -1)
		bail("chdir");
	setenv("PATH", at("bin"), 1);
	/* A regular file as standard input: /dev/stdin must not be it. */
	if (close(0) == -1 || open("script", O_RDONLY) != 0)
		bail("standard input");
}

/* file NULL: the whole command line; @LINE: this one, of a command in bin; =NAME:
 * a name. */
static const struct row {
	const char *line, *file;
} rows[] = {
    {"app", "bin/app"}, {"@/bin/app x", "bin/app"},
    {"../w/./app2 x", "w/app2"}, {"@/here/../w/app2", "w/app2"},
    {"pythonista x.py", "bin/pythonista"}, {"s6 script", "bin/s6"},
    {"./script x", "w/script"}, /* not util-linux's */

    {"env", NULL}, {"env -u HOME --unset=A FOO=1 ./app2", "w/app2"},
    {"env -i -- A=1 @/bin/app", "bin/app"},
    {"env -i app", NULL}, /* it has another PATH */
    {"env -uPATH app", NULL}, {"env PATH=/nowhere app", NULL},
    {"env PATH=/nowhere:@/w app2", "w/app2"}, {"env -S app", NULL},
    {"env -C / app", NULL}, /* PATH may be relative */
    {"env --chdir / A=1 @/bin/app", "bin/app"}, {"env --chdir=/ ./app2", NULL},
    {"env -C / @/bin/app -x @/w", "bin/app"}, {"env -C / @/bin/app w", NULL}, /* /w */
    {"nice", NULL}, {"nice -n 10 app x", "bin/app"}, {"nice -10 app", "bin/app"},
    {"nice --adj 5 app", "bin/app"}, /* as getopt_long(3) */
    {"timeout --ver 5 app", NULL}, /* version or verbose? */
    {"ionice --classd 3 app", "bin/app"}, {"nice --version", NULL},
    {"nice nosuch", NULL}, {"nohup ./script", "w/script"}, {"ionice -c3 -p 5", NULL},
    {"chrt -b -o 0 app", "bin/app"}, {"chrt -p 5", NULL},
    {"chrt -i vi", NULL}, /* vi is no priority */
    {"taskset -c 0,2-3 app", "bin/app"}, {"taskset -pc 0 5", NULL},
    {"setsid -w app", "bin/app"}, {"timeout -k 5 -s HUP 1.5h app x", "bin/app"},
    {"timeout 5", NULL}, {"timeout x app", NULL}, {"stdbuf -oL -e 0 app", "bin/app"},
    {"time -f x -o f app", "bin/app"},
    {"systemd-inhibit --what idle --why='a' app", "bin/app"},
    {"onlyone-cluster --take --store=U -n -- app x", "bin/app"},
    {"onlyone-cluster -qnvw5 -E 0 -ax -k {1} app", "bin/app"},
    {"onlyone-cluster --ttl 9 --grace=2 --hold 60 --on-lost kill --on-down local app", "bin/app"},
    {"onlyone-cluster --raise=never app", NULL}, /* not in the table */
    {"timeout 5 nice -n 5 ionice -c3 python3 -u x.py a", "w/x.py"},
    {"nice bash -c script", "@bash -c script"}, {"timeout 5 sudo app", "@sudo app"},
    {"script -c app", NULL},
    {"flatpak run org.x.Y", "=org.x.Y"},
    {"flatpak run --branch=stable --arch x --command=y -u org.x.Y @@u f @@",
	"=org.x.Y"},
    {"flatpak run", NULL}, {"flatpak install org.x.Y", NULL},
    {"flatpak run app/org.x.Y", NULL}, {"flatpak run --help org.x.Y", NULL},
    {"snap run a.b x", "=a.b"}, {"snap run --shell a", NULL},
    {"snap install a", NULL},

    {"rsync -a a b", NULL}, {"curl", NULL}, {"nice find . -delete", "@find . -delete"},
    {"xterm", "bin/xterm"}, {"xterm -T x -fa e", "bin/xterm"},
    {"xterm -T x -e vi", NULL}, {"gnome-terminal --title=e", "bin/gnome-terminal"},
    {"gnome-terminal --tab -- vi", NULL}, {"foot -T e", "bin/foot"},
    {"foot -o a=b vi", NULL}, {"foot --title x", "bin/foot"}, {"foot -- vi", NULL},
    {"st -t e", "bin/st"}, {"st -e vi", NULL}, {"st vi", NULL},
    {"wezterm start --cwd x", "bin/wezterm"}, {"wezterm start -- vi", NULL},

    {"cpulimit -l 50 -- app x", "bin/app"}, {"cpulimit -p 5", NULL},
    {"cpulimit -b -l 5 app", NULL}, {"schedtool -B -n 5 -e app", "bin/app"},
    {"schedtool -B 4711", NULL}, {"nocache -n 2 app", "bin/app"},
    {"chronic -e app", "bin/app"}, {"cronic app", "bin/app"},
    {"cronic -x app", NULL}, {"envchain ns app", "bin/app"},
    {"envchain --set ns app", NULL}, {"envchain app", NULL},
    {"runitor -uuid U -- app", "bin/app"},
    {"runitor -uuid=U -every 5m -quiet -- nice app", "bin/app"},
    {"runitor -new U -- app", NULL}, {"runitor -uuid U app", NULL},
    {"cronitor exec K app x", "bin/app"}, {"cronitor --env e exec K -- app", "bin/app"},
    {"cronitor exec app", NULL}, {"cronitor list app vi", NULL},
    {"cronitor exec --new K app", NULL},
    {"op run --env-file=e -- app", "bin/app"}, {"op run app", NULL},
    {"op read -- app", NULL}, {"op run x -- app", NULL},
    {"doppler run -p x -c y -- app", "bin/app"}, {"doppler run --command=app", NULL},
    {"doppler run --command x -- app", NULL}, {"infisical run --env=dev -- app", "bin/app"},
    {"dotenv app", NULL}, {"dotenv run app", NULL}, {"dotenv -e f -- app", "bin/app"},
    {"dotenv -f f run -- app", "bin/app"}, {"dotenv -p X", NULL},
    {"aws-vault exec p -- app", "bin/app"}, {"aws-vault exec -d 1h p -- app", "bin/app"},
    {"aws-vault exec p app", NULL}, {"aws-vault exec -- app", NULL},
    {"chamber exec a b -- app", "bin/app"}, {"chamber exec -- app", NULL},
    {"chamber list a -- app", NULL},
    {"busybox ash -e script a", "w/script"}, {"busybox sh -c script", NULL},
    {"busybox nice app", NULL}, {"busybox busybox sh script", NULL},
    {"s6-setlock f app", NULL}, {"ld-linux-x86-64.so.2 ./app2", NULL},
    {"bash", NULL}, {"@/bin/bash @/here/script", "here/script"}, {"bash -ec script a", NULL},
    {"bash -s script", NULL},
    {"bash -O extglob script", "w/script"}, {"bash -eo pipefail script a", "w/script"},
    {"bash --rcfile f script", "w/script"}, {"bash -rcfile f script", "w/script"},
    {"bash - script", "w/script"}, {"bash -- -odd", "w/-odd"}, {"bash -o", NULL},
    {"bash tool a", "bin/tool"}, /* not executable, found on PATH */
    {"bash pipe", NULL}, {"bash /dev/stdin", NULL}, {"bash @/bin", NULL},
    {"sh -e script", "w/script"}, {"sh -i", NULL},
    {"dash -o pipefail script", "w/script"}, {"fish -C f script", "w/script"},
    {"python3.11 -u x.py a", "w/x.py"},
    {"python3 --check-hash-based-pycs f x.py", "w/x.py"}, {"python3 -m m x.py", NULL},
    {"python3 -Ic a x.py", NULL}, {"python3 - x.py", NULL}, {"python3 .", "w"},
    {"pypy3 --jit f x.py", "w/x.py"},
    {"perl -Iinc x.pl a", "w/x.pl"}, {"perl -I inc x.pl", "w/x.pl"},
    {"perl5.36.0 -wT x.pl", "w/x.pl"}, {"perl -0777ne a x.pl", NULL},
    {"perl -Mm x.pl", "w/x.pl"}, {"perl -d:e x.pl", "w/x.pl"},
    {"ruby -Iinc -r m x.rb", "w/x.rb"}, {"ruby -W:e x.rb", "w/x.rb"},
    {"ruby -C inc x.rb", NULL}, /* another folder's x.rb */
    {"ruby -ne a x.rb", NULL},
    {"node --require=m x.js a", "w/x.js"}, {"node -r m --inspect x.js", "w/x.js"},
    {"node -pe a x.js", NULL}, {"node --eval=a x.js", NULL},
    {"node inspect x.js", NULL}, {"node .", "w"},
    {"lua5.4 -e a -l m script", "w/script"}, {"php8.2 -d a=5 -f script a", "w/script"},
    {"php8.2 -r a script", NULL}, {"php8.2 -- script", NULL},
    {"Rscript --vanilla script", "w/script"}, {"Rscript -e a script", NULL},
    {"tclsh -encoding utf-8 script", "w/script"},
    {"expect -c ex -f script a", "w/script"}, {"expect -D 5 script", "w/script"},
    {"guile-3.0 -e m -s script a", "w/script"}, {"guile-3.0 -c a script", NULL},
    {"guile-3.0 --listen script", "w/script"}, {"gawk -f p.awk notes", "w/p.awk"},
    {"gawk -F: -v a=5 --file=p.awk notes", "w/p.awk"},
    {"gawk -f p.awk -f q.awk notes", NULL}, {"gawk -ea -f p.awk", NULL},
    {"java -cp a -jar b.jar -jar a", "w/b.jar"},
    {"java --class-path=a Main.java a", "w/Main.java"}, {"java -cp a Main", NULL},
    {"dotnet x.dll", "w/x.dll"}, {"dotnet --fx-version 5 x.dll", "w/x.dll"},
    {"mono --debug x.exe", "w/x.exe"}, {"wine x.exe a", "w/x.exe"},
    {"wine notes", NULL},
    {"sh -O extglob script", "w/script"}, {"sh - script", "w/script"},
    {"zsh - script", "w/script"}, {"csh -b -odd", "w/-odd"},
    {"yash --rcfile f script", "w/script"}, {"perl -Ie x.pl a", "w/x.pl"},
    {"perl -Me x.pl", "w/x.pl"}, {"perl -S x.pl", NULL}, /* sought on PATH first */
    {"ruby -I inc x.rb", "w/x.rb"}, {"ruby --encoding utf-8 x.rb", "w/x.rb"},
    {"php8.2 --file=script a", "w/script"}, {"mawk -W ex -f p.awk", "w/p.awk"},
    {"execlineb -s 5 script", "w/script"},
};

static void
rows_try(void)
{
	char want[NAME_SHOWN];
	const char *line;
	struct text t;
	char **argv;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];

		line = !r->file ? r->line : *r->file == '@' ? r->file + 1 : NULL;
		if (r->file && *r->file == '=') {
			is(found(r->line) && !id.whole ? id.app : "?",
			    r->file + 1, "%s", r->line);
			continue;
		}
		t = text_in(want, sizeof(want));
		if (!found(r->line)) {
			ok(false, "%s: %s", r->line, fault.line);
			continue;
		}
		if (line) {
			argv = split(line);
			text_shell(&t, identity_program(&id));
			while (*++argv) {
				text_add(&t, " ");
				text_shell(&t, *argv);
			}
		} else {
			text_add(&t, at(r->file));
		}
		is(id.whole == !!line ? id.app : "?", want, "%s", r->line);
	}
}

/* Tools: the words that are their name, and their folder; NULL: none. */
static const struct tool {
	const char *line, *folder, *name;
} tools[] = {
    {"make", ".", ""}, {"make -j4 all", ".", "-j4 all"},
    {"make -C a all", "./a", "all"}, {"make all -Ca -C b", "./a/b", "all"},
    {"make --directory=a --directory /b -k", "/b", "-k"},
    {"make -kC a", ".", "-kC a"}, /* not alone */
    {"make -f -C a", ".", "-f -C a"}, {"make -- -C a", ".", "-- -C a"},
    {"make -C", ".", "-C"},
    {"nice make -C a", "./a", ""}, {"env -C /x make all", "/x", "all"},
    {"env -C x env --chdir=y make -C z", "./x/y/z", ""},
    {"env -C x @/bin/make ./f", "./x", "./f"},
    {"git -C a -C b fetch -C c", "./a/b", "fetch -C c"},
    {"git -c x=y -C a fetch", "./a", "-c x=y fetch"},
    {"git fetch --all", ".", "fetch --all"}, {"hg --cwd a pull", "./a", "pull"},
    {"npm run dev", ".", "run dev"}, {"npm --prefix a run dev", "./a", "run dev"},
    {"npm run dev -C a", "./a", "run dev"},
    {"npm --prefix a install ../b", ".", "--prefix a install ../b"},
    {"npm run dev -- -C a", ".", "run dev -- -C a"},
    {"npm -C a -C b run dev", ".", "-C a -C b run dev"}, /* which one? */
    {"pnpm -C a run dev -C b", "./a", "run dev -C b"},
    {"cargo build --manifest-path a/Cargo.toml", "./a/", "build"},
    {"cargo build --manifest-path Cargo.toml", "./", "build"},
    {"cargo run --manifest-path a/Cargo.toml", ".",
	"run --manifest-path a/Cargo.toml"}, /* it runs here */
    {"mvn -f a test", "./a", "test"}, {"mvn -f /a/pom.xml test", "/a/", "test"},
    {"mvn -f a/b.xml test", ".", "-f a/b.xml test"}, {"mvn -fae test", ".", "-fae test"},
    {"gradle -p a build", "./a", "build"}, {"go build -C a ./...", "./a", "build ./..."},
    {"go run x -C a", ".", "run x -C a"}, {"ninja -C a", "./a", ""},
    {"ninja -C a -t clean", ".", "-C a -t clean"}, {"cmake --build a", ".", "--build a"},
    {"meson compile -C a", "./a", "compile"}, {"task -d a b", "./a", "b"},
    {"terraform -chdir=a apply", "./a", "apply"},
    {"terraform apply -chdir=a", ".", "apply -chdir=a"},
    {"pulumi up -C a", "./a", "up"}, {"composer -d a install", "./a", "install"},
    {"uv --directory a run x", "./a", "run x"}, {"uv run x --directory a", ".", "run x --directory a"},
    {"docker compose up -d", ".", "compose up -d"},
    {"docker --context x compose --project-directory a up", "./a", "--context x compose up"},
    {"docker compose -f a/b up", ".", "compose -f a/b up"},
    {"docker-compose --project-directory a up", "./a", "up"},
    {"pytest -x", ".", "-x"},
    {"python3 -m m -C a", ".", "-m m -C a"}, {"python3 -Im m", ".", "-Im m"},
    {"php8.2 -S localhost:1", ".", "-S localhost:1"},
    {"ruby -run -e httpd .", ".", "-run -e httpd ."},
    {"docker run compose", NULL, "run compose"}, {"docker", NULL, ""},
    {"bash -c make", NULL, "-c make"}, {"php8.2 -r a", NULL, "-r a"},
    {"ruby -e a", NULL, "-e a"}, {"rsync -C a", NULL, "-C a"},
};

static void
tools_try(void)
{
	char want[NAME_SHOWN], long_line[PATH_MAX + 16];
	char *argv[] = {(char *)"make", (char *)"-C", long_line, NULL};

	for (size_t i = 0; i < COUNT(tools); i++) {
		const struct tool *r = &tools[i];

		if (!found(r->line)) {
			ok(false, "%s: %s", r->line, fault.line);
			continue;
		}
		snprintf(want, sizeof(want), "%s%s%s", identity_program(&id),
		    *r->name ? " " : "", r->name);
		is(id.whole ? id.app : "?", want, "%s", r->line);
		is(id.folder ? id.folder : "none",
		    r->folder ? r->folder : "none", "%s: its folder", r->line);
	}
	ok(found("./make x") && id.folder, "a project's own make");
	ok(found("./task x") && !id.folder && !id.whole,
	    "an everyday word, not in bin");
	memset(long_line, 'x', PATH_MAX);
	long_line[PATH_MAX] = '\0';
	ok(identity_find(&id, argv, NULL, &fault) == 0 &&
		!strcmp(id.folder, ".") && strstr(id.app, "sha256:"),
	    "a folder whose path is too long counts for nothing");
	ok(found("curl a") && id.whole && identity_keyed(&id) == 0 &&
		!id.whole && !strcmp(id.app, at("bin/curl")),
	    "with a key, an argument does not name a tool");
	ok(found("make a") && identity_keyed(&id) == 0 && id.whole,
	    "but where the folder counts, it does");
	ok(identity_find(&id, split("make -C a"), "n", &fault) == 0 &&
		!id.folder && !strcmp(id.app, "n"), "--app: no folder");
}

/* The path of a name: @ is the folder; NULL: there is none, and why. */
static void
path_is(const char *name, const char *want, int err)
{
	char out[PATH_MAX];

	strcpy(out, *split(name)); /* it may lie in the buffer of the result */
	if (want)
		is(identity_path(out, out) ? strerror(errno) : out,
		    *split(want), "%s", name);
	else
		ok(identity_path(out, out) == -1 && errno == err, "%s: %s",
		    name, strerror(err));
}

/* The application of a line is that file. */
static void
app_is(const char *line, const char *file, const char *why)
{
	is(found(line) ? id.app : fault.line, at(file), "%s: %s", line, why);
}

static void
paths_try(void)
{
	/* Where PWD says that we are, and what ./app2 is then. */
	static const char *const pwd[][3] = {
	    {"here", "here/app2", "the link by which we came"},
	    {"bin", "w/app2", "of another folder"},
	    {"here/../w", "w/app2", "with `..`"}};
	char deep[PATH_MAX + 8], real[PATH_MAX], name[64];

	if (symlink("script", "link") || mkdir(at("deep"), 0755) ||
	    mkdir(at("deep/er"), 0755) || symlink("../deep/er", at("w/er")))
		bail("link");
	app_is("./link", "w/link", "a symlink is an application of its own");
	path_is("x/../..", NULL, ENOENT);
	path_is("new", "@/w/new", 0); /* it need not exist */
	path_is("//", "/", 0);
	path_is("../here//", "@/here", 0);
	path_is("er/../x", "@/deep/x", 0); /* what the link leads to */
	path_is("../here/./x", "@/here/x", 0);
	memset(deep, 'x', sizeof(deep));
	deep[PATH_MAX] = '\0';
	ok(identity_path(deep, deep) == -1 && errno == ENAMETOOLONG,
	    "too long: ENAMETOOLONG");
	/* Where it is one folder with another. */
	path_is("/bin/x", strcat(realpath("/bin", real), "/x"), 0);
	snprintf(name, sizeof(name), "/proc/%d/x", getpid());
	path_is("/proc/self/x", name, 0); /* another one in each process */
	for (size_t i = 0; i < COUNT(pwd); i++) {
		setenv("PWD", at(pwd[i][0]), 1);
		app_is("./app2", pwd[i][1], pwd[i][2]);
		app_is("../w/app2", "w/app2", "`..` leads from there");
	}
	unsetenv("PWD");
}

static void
faults_try(void)
{
	static const struct {
		const char *line;
		int code;
		const char *said;
	} no[] = {
	    {"nosuch", 127, "not found"}, {"''", 127, "not found"},
	    {"dangling", 127, "not found"},
	    {"app2", 127, "./app2 is there, but it was not found"},
	    {"./plain", 126, "cannot execute: Permission denied; "
		"chmod +x is missing"}, /* root or not */
	    {"@/bin", 126, "cannot execute: Is a directory"},
	    /* a fifo: no advice */
	    {"./xpipe", 126, "cannot execute: Permission denied"},
	    {"script/x", 126, "cannot execute: Not a directory"},
	};
	char name[NAME_MAX + 2] = "";
	static char path[3 * PATH_MAX];

	for (size_t i = 0; i < COUNT(no); i++)
		fails(no[i].line, no[i].code, no[i].said);
	memset(name, 'x', NAME_MAX + 1);
	fails(name, 126, "cannot execute: File name too long");
	memset(path, 'x', sizeof(path));
	stpcpy(stpcpy(path + PATH_MAX + 8, ":"), at("bin"));
	setenv("PATH", path, 1);
	app_is("app", "bin/app", "an overlong entry of PATH is passed over");
	setenv("PATH", at("bin"), 1);
	if (mkdir("gone", 0755) || chdir("gone") || rmdir("../gone"))
		bail("gone");
	fails("../app2", 71, "its folder cannot be found: No such file or "
	    "directory; use --app=NAME, which needs none");
	app_is("app", "bin/app", "a cwd without a path does not matter");
	ok(found("bash ../script") && id.whole,
	    "and a script there has no name");
	if (chdir(at("w")))
		bail("chdir");
	ok(identity_find(&id, split("nosuch"), "n", &fault) == -1 &&
		fault.code == 127,
	    "--app: 127 all the same");
}

/* s, or its hash if it is too long. */
static const char *
shown(const char *s, size_t n)
{
	static char hash[7 + SHA256_DIGEST_STRING_LENGTH] = "sha256:";

	SHA256Data((const uint8_t *)s, n, hash + 7);
	return n > NAME_SHOWN ? hash : s;
}

static void
names_try(void)
{
	static char arg[6000], want[3 * sizeof(arg)];
	char *argv[] = {(char *)"sudo", arg, NULL};
	struct text t;

	ok(identity_find(&id, split("bash -c x"), "my app", &fault) == 0 &&
		!strcmp(id.app, "my app") && !id.whole &&
		strcmp(id.file, at("bin/bash")) == 0,
	    "--app is the application, the file is found");
	for (size_t n = NAME_SHOWN - 60; n < NAME_SHOWN + 2; n++) {
		memset(arg, 'a', n);
		arg[n] = '\0';
		ok(identity_find(&id, split("app"), arg, &fault) == 0 &&
			!strcmp(id.app, shown(arg, n)),
		    "%zu bytes of --app stay, or are hashed", n);
		memcpy(arg + n / 2, "' \n\xff", 4);
		t = text_in(want, sizeof(want));
		text_add(&t, at("bin/sudo "));
		text_shell(&t, arg);
		ok(identity_find(&id, argv, NULL, &fault) == 0 && id.whole &&
			!strcmp(id.app, shown(want, t.len)),
		    "and of a line");
	}
	ok(identity_shell(&id, "a 'b'", NULL, &fault) == 0 && id.whole &&
		!strcmp(id.app, "sh -c 'a '\\''b'\\'''") &&
		strcmp(id.file, "/bin/sh") == 0,
	    "-c: the shell line, wherever sh lies");
}

void
identity_part(void)
{
	set_up();
	rows_try();
	tools_try();
	paths_try();
	faults_try();
	names_try();
}
