/*
 * interp.c: interpreters, fronts and runners: commands that run something else.
 *
 * Tables, and the little that reads them.  Names are separated by blanks;
 * `name*` may carry a version, `name-` begins a family, and `name/`, an
 * everyday word, counts only in a folder called bin or sbin.  Options, too,
 * are separated by blanks, one letter or a word, each with a mark:
 *
 *	x:  has an argument          x=  the argument is the file that is run
 *	x!  no file is run           x?  the rest of the word belongs to it
 *	x.  the last of the options
 *
 * and no mark: no argument, as for every option not in the table.  An error
 * here must lead to `no file`: then the whole command line is the name, and
 * unrelated jobs never exclude each other.
 */
#include <fcntl.h>
#include <string.h>

#include "cli/base/interp.h"
#include "cli/base/io.h"

#define SHELL (INTERP_PLUS | INTERP_PATH | INTERP_SHELL)

static const struct interp interps[] = {
    {"bash* bash-static rbash",
	"c! s! o: O: -. init-file: rcfile: debugger dump-po-strings! "
	"dump-strings! help! login noediting noprofile norc posix "
	"protected restricted verbose version! wordexp",
	NULL, SHELL | INTERP_NEXT | INTERP_BOTH},
    {"sh dash* ash posh",
	"c! s! o: O: -. init-file: rcfile: help! version!", NULL,
	SHELL | INTERP_NEXT},
    {"zsh* zsh-static rzsh ksh* rksh lksh mksh* mksh-static yash*",
	"c! s! o: T: -. b. emulate: profile: rcfile: help! version!", NULL,
	SHELL},
    {"csh tcsh* bsd-csh", "c! s! t! b. help! version!", NULL, INTERP_SHELL},
    {"fish*",
	"c! C: D: d: f: o: p: h! v! command! init-command: debug: "
	"debug-output: debug-stack-frames: features: profile: "
	"profile-startup: help! version!",
	NULL, INTERP_SHELL},
    {"python* pypy*",
	"c! m! h! V! ?! W: X: Q: check-hash-based-pycs: jit: help! "
	"help-all! help-env! help-xoptions! version!",
	NULL, INTERP_DIR},
    {"perl*", "e! E! h! v! V! S! I: C? D? F? M? m? A? i? x? :?", NULL, 0},
    {"ruby*",
	"e! h! S! C! X! I: r: E: F? K? W? i? x? T? encoding: "
	"external-encoding: internal-encoding: enable: disable: dump! "
	"parser: copyright! help! version!",
	NULL, 0},
    {"node nodejs",
	"e! p! h! v! C: r: eval! print! help! version! "
	"test! run! prof-process! v8-options! completion-bash! "
	"build-sea! experimental-sea-config! require: import: loader: "
	"experimental-loader: conditions: input-type: title: env-file: "
	"env-file-if-exists: allow-fs-read: allow-fs-write: "
	"build-snapshot-config: cpu-prof-dir: cpu-prof-interval: "
	"cpu-prof-name: diagnostic-dir: disable-proto: disable-warning: "
	"dns-result-order: es-module-specifier-resolution: "
	"experimental-default-type: experimental-policy: "
	"heap-prof-dir: heap-prof-interval: heap-prof-name: "
	"heapsnapshot-near-heap-limit: heapsnapshot-signal: "
	"icu-data-dir: inspect-port: debug-port: inspect-publish-uid: "
	"localstorage-file: max-http-header-size: openssl-config: "
	"network-family-autoselection-attempt-timeout: "
	"policy-integrity: redirect-warnings: report-dir: "
	"report-directory: report-filename: report-signal: secure-heap: "
	"secure-heap-min: snapshot-blob: tls-cipher-list: tls-keylog: "
	"trace-event-categories: trace-event-file-pattern: "
	"trace-require-module: unhandled-rejections: use-largepages: "
	"v8-pool-size: watch-path: watch-kill-signal:",
	NULL, INTERP_DIR},
    {"lua* luajit* texlua", "e: l: j: O? b!", NULL, 0},
    {"php*",
	"f= F= r! R! B! E! S! a! i! m! v! h! ?! c: d: t: z: --! file= "
	"process-file= run! process-begin! process-code! process-end! "
	"server! interactive! info! ini! modules! version! help! usage! "
	"rf! rc! re! rz! ri! rfunction! rclass! rextension! "
	"rzendextension! rextinfo! php-ini: define: docroot: "
	"zend-extension:",
	NULL, 0},
    {"Rscript", "e! g: help! version!", NULL, INTERP_WORDS},
    {"tclsh* wish*", "encoding:", NULL, INTERP_WORDS},
    {"expect expectk", "c: D: f= b= i! v!", NULL, 0},
    {"guile*", "s= c! h! v! e: l: L: C: x: help! version!", NULL, INTERP_WORDS},
    {"awk gawk mawk nawk original-awk",
	"f= E= e! h! V! C! F: v: i: l: W: d? D? L? o? p? file= exec= "
	"source! assign: field-separator: include: load: help! version! "
	"copyright!",
	NULL, INTERP_NAMED},
    {"java",
	"jar= m! module! version! help! h! ?! list-modules! "
	"describe-module! d! validate-modules! cp: classpath: "
	"class-path: p: module-path: upgrade-module-path: add-modules: "
	"add-reads: add-exports: add-opens: limit-modules: "
	"patch-module: enable-native-access: source:",
	".java", INTERP_WORDS},
    {"dotnet",
	"additionalprobingpath: additional-deps: depsfile: fx-version: "
	"roll-forward: roll-forward-on-no-candidate-fx: runtimeconfig:",
	".dll .exe", INTERP_WORDS},
    {"mono mono-sgen", "config: help! h! V! version!", NULL, INTERP_WORDS},
    {"wine wine64 wine-stable wine64-stable", "help! version!", ".exe .EXE",
	INTERP_WORDS},
    {"gjs",
	"c! command! C: coverage-prefix: coverage-output: I: "
	"include-path: profile: help! version!",
	NULL, 0},
    {"execlineb", "c! s: S:", NULL, 0},
};

/* They execute the command behind their options, or wait for it, and its name
 * can be told for certain: an option that is not in the table makes them
 * runners. */
static const struct interp fronts[] = {
    {"nice", "n: 0 1 2 3 4 5 6 7 8 9 adjustment: help! version!", NULL,
	INTERP_FRONT},
    {"ionice",
	"c: n: t class: classdata: ignore pid! pgid! uid! help! version!", NULL,
	INTERP_FRONT},
    {"chrt",
	"T: P: D: R a b d e f i o r v sched-runtime: sched-period: "
	"sched-deadline: reset-on-fork all-tasks batch deadline ext fifo "
	"idle other rr verbose max! pid! help! version!",
	NULL, INTERP_FRONT | INTERP_NUMBER},
    {"taskset", "c cpu-list all-tasks! pid! help! version!", NULL,
	INTERP_FRONT | INTERP_NUMBER},
    {"nohup", "help! version!", NULL, INTERP_FRONT},
    {"setsid", "c f w ctty fork wait help! version!", NULL, INTERP_FRONT},
    {"env",
	"i v u: C: ignore-environment debug unset: chdir: block-signal "
	"default-signal ignore-signal list-signal-handling null! split-string! "
	"help! version!",
	NULL, INTERP_FRONT | INTERP_ASSIGN},
    {"timeout",
	"k: s: f p v kill-after: signal: foreground preserve-status verbose "
	"help! version!",
	NULL, INTERP_FRONT | INTERP_NUMBER},
    {"stdbuf", "i: o: e: input: output: error: help! version!", NULL,
	INTERP_FRONT},
    {"time/",
	"f: o: a p q v format: output: append portability quiet verbose help! "
	"version!",
	NULL, INTERP_FRONT},
    {"onlyone-cluster",
	"a: k: w: E: n q v h! V! take store: ttl: grace: hold: on-lost: "
	"on-down: app: key: key-cmd: key-match: lifetime: every: "
	"conflict-exit-code: if-running: queue wait fail skip replace join "
	"quiet verbose help! version!",
	NULL, INTERP_FRONT},
    {"systemd-inhibit",
	"what: who: why: mode: no-ask-password no-pager no-legend list! help! "
	"version!",
	NULL, INTERP_FRONT},
};

static const struct interp runners[] = {
    /* they change a process's credentials, limits and so on, or watch it */
    {"prlimit numactl choom uclampset setarch linux32 linux64 i386 "
     "x86_64 uname26 chroot unshare nsenter setpriv capsh runcon "
     "sudo sudoedit doas su runuser sg newgrp pkexec gosu su-exec "
     "run0 sux gksu gksudo kdesu chpst softlimit envdir envuidgid "
     "setuidgid pgrphack setlock runsv s6- cgexec eatmydata faketime "
     "fakeroot fakechroot proot strace ltrace gdb lldb rr valgrind "
     "perf/ heaptrack catchsegv ld-linux ld-linux- ld-musl- "
     "ld.so libtool tini dumb-init catatonit onlyone "
     "systemd-run systemd-cat systemd-nspawn "
     "gnome-session-inhibit kde-inhibit start-stop-daemon daemon/ "
     "daemonize flock lockf lckdo lockrun run-one run-this-one "
     "run-one-constantly run-one-until-success "
     "run-one-until-failure cronic chronic dtach abduco unbuffer "
     "rlwrap script/ scriptlive faketty watch/ xargs parallel/ sem/ "
     "entr nodemon supervise/",
	NULL, NULL, 0},
    /* their first word names the command */
    {"busybox toybox", NULL, NULL, INTERP_APPLET | INTERP_SHELL},
    /* they provide another display, network, sandbox, container or host */
    {"xvfb-run dbus-run-session dbus-launch xinit startx vglrun "
     "optirun primusrun prime-run gamemoderun mangohud gamescope "
     "torsocks torify proxychains proxychains4 tsocks ssh autossh "
     "sshpass mosh ip flatpak snap/ firejail bwrap nsjail minijail0 "
     "apptainer singularity docker podman nerdctl toolbox/ distrobox "
     "distrobox-enter lxc-attach lxc-execute machinectl schroot "
     "xdg-open gtk-launch gio dex",
	NULL, NULL, 0},
    /* they run what a project or a language says; also interpreters whose
     * options are not in our tables */
    {"npm npx pnpm pnpx yarn bun bunx deno uv uvx pipx pipenv poetry "
     "hatch/ tox nox bundle/ bundler conda mamba micromamba direnv asdf "
     "mise pyenv rbenv nvm-exec ts-node tsx R julia raku octave groovy "
     "scala kotlin ocaml racket swipl sbcl erl escript elixir iex mix "
     "runghc clojure clj bb pwsh jshell jexec",
	NULL, NULL, 0},
};

/* These run a command as a child, and leave it behind where they are ended. */
static const char leavers[] =
    "npm npx pnpm pnpx yarn yarnpkg bun bunx deno uv uvx pipx pipenv poetry "
    "hatch/ tox nox bundle/ bundler mix make gmake ninja just rake mvn gradle "
    "cargo go/ foreman honcho nodemon concurrently";

/* The next word of a list: its start, its length in *len; NULL: no more. */
static const char *
word_next(const char **list, size_t *len)
{
	const char *at = *list, *end;

	/* A loop, not strcspn(3): a launch scans some 2 kB here, in words too
	 * short for that to pay. */
	while (*at == ' ')
		at++;
	for (end = at; *end && *end != ' ';)
		end++;
	*len = (size_t)(end - at);
	*list = end;
	return end > at ? at : NULL;
}

/* Whether s is a version: `` or 3 or 3.11 or -3.0 */
static bool
version(const char *s)
{
	if (*s == '-' && s[1])
		s++;
	if (*s == '.')
		return false;
	return s[strspn(s, "0123456789.")] == '\0';
}

/* Is name (of a file in a folder called bin, or not) one of the list? */
static bool
listed(const char *list, const char *name, bool bin)
{
	const char *at;
	size_t len, n;
	char mark;

	while ((at = word_next(&list, &len))) {
		mark = at[len - 1];
		n = len - (mark == '*' || mark == '/');
		if (*at != *name || strncmp(at, name, n) != 0)
			continue;
		if (name[n] == '\0'
			? mark != '/' || bin
			: mark == '-' || (mark == '*' && version(name + n)))
			return true;
	}
	return false;
}

/* The last component of a path.  *bin: whether its folder is called bin or
 * sbin; or there is none: it is sought on PATH then. */
static const char *
name_take(const char *file, bool *bin)
{
	const char *slash = strrchr(file, '/'), *dir = slash;

	while (dir && dir > file && dir[-1] != '/')
		dir--;
	*bin = !dir || strncmp(dir, "bin/", 4) == 0 ||
	    strncmp(dir, "sbin/", 5) == 0;
	return slash ? slash + 1 : file;
}

bool
interp_leaves(const char *file)
{
	bool bin;
	const char *name = name_take(file, &bin);

	return listed(leavers, name, bin);
}

const struct interp *
interp_find(const char *file)
{
	bool bin;
	const char *name = name_take(file, &bin);

	for (size_t i = 0; i < sizeof(interps) / sizeof(*interps); i++) {
		if (listed(interps[i].names, name, bin))
			return &interps[i];
	}
	for (size_t i = 0; i < sizeof(fronts) / sizeof(*fronts); i++) {
		if (listed(fronts[i].names, name, bin))
			return &fronts[i];
	}
	for (size_t i = 0; i < sizeof(runners) / sizeof(*runners); i++) {
		if (listed(runners[i].names, name, bin))
			return &runners[i];
	}
	return NULL;
}

bool
interp_shell(const char *file)
{
	const struct interp *in = interp_find(file);

	return in && in->flags & INTERP_SHELL;
}

/* The mark of option name; ' ': it has none; 0: not in the table.  getopt_long(3)
 * takes the beginning of a long option where only one begins so: these are the
 * fronts', whose tables are complete. */
static char
option_mark(const struct interp *in, const char *name, size_t n)
{
	bool begins = in->flags & INTERP_FRONT && n > 1;
	const char *list = in->opts, *at;
	char mark, found = 0;
	size_t len;

	while ((at = word_next(&list, &len))) {
		mark = strchr(":=!?.", at[len - 1]) ? at[len - 1] : ' ';
		len -= mark != ' ' && len > 1;
		if (len < n || memcmp(at, name, n) != 0)
			continue;
		if (len == n)
			return mark;
		if (begins && found && found != mark)
			return 0;
		found = mark;
	}
	return begins ? found : 0;
}

enum step { GO_ON, LAST, NO_FILE, FILE_NAMED };

/* Act on a mark.  tail: the rest of the word, if that could be an argument
 * (NULL: none); *p moves on if the argument is the next word. */
static enum step
act(char mark, const char *tail, char *const **p, const char **file)
{
	if (mark == '!')
		return NO_FILE;
	if (mark == '.')
		return LAST;
	if (mark != ':' && mark != '=')
		return GO_ON;
	if (!tail && !(tail = *++*p))
		return NO_FILE;
	if (mark == ':')
		return GO_ON;
	if (*file)
		return NO_FILE;
	*file = tail;
	return FILE_NAMED;
}

/* The option word **p, which may hold several letters. */
static enum step
option_step(const struct interp *in, char *const **p, const char **file)
{
	const char *s = **p, *name = s + 1 + (s[1] == '-'), *tail;
	bool words = name > s + 1 || (in->flags & INTERP_WORDS);
	size_t n = strcspn(name, "=");
	enum step step;
	char mark;

	if (words || (in->flags & INTERP_BOTH)) {
		mark = option_mark(in, name, n);
		if (!mark && in->flags & INTERP_FRONT)
			return NO_FILE;
		if (words || (mark && n > 1))
			return act(
			    mark, name[n] ? name + n + 1 : NULL, p, file);
	}
	for (s++; *s; s++) {
		mark = option_mark(in, s, 1);
		if (!mark && in->flags & INTERP_FRONT)
			return NO_FILE;
		if (mark == '?')
			return GO_ON;
		tail = s[1] && !(in->flags & INTERP_NEXT) ? s + 1 : NULL;
		step = act(mark, tail, p, file);
		if (step != GO_ON || (tail && mark == ':'))
			return step;
	}
	return GO_ON;
}

static bool
has_suffix(const char *s, const char *ends)
{
	size_t len, n = strlen(s);
	const char *at;

	while ((at = word_next(&ends, &len))) {
		if (n > len && memcmp(s + n - len, at, len) == 0)
			return true;
	}
	return false;
}

const char *
interp_file(const struct interp *in, char *const argv[])
{
	bool named = in->flags & INTERP_NAMED;
	const char *file = NULL;
	char *const *p = argv;

	if (in->flags & INTERP_APPLET) {
		in = *p && *++p ? interp_find(*p) : NULL;
		return in && in->opts ? interp_file(in, p) : NULL;
	}
	if (!in->opts || in->flags & INTERP_FRONT || !*p)
		return NULL;
	while (*++p) {
		if (**p != '-' && !(**p == '+' && (in->flags & INTERP_PLUS)))
			break;
		if (strcmp(*p, "--") == 0) {
			if (option_mark(in, "--", 2) == '!')
				return NULL;
			p++;
			break;
		}
		if (strcmp(*p, "-") == 0) {
			if (named)
				break;
			if (option_mark(in, "-", 1) != '.')
				return NULL;
			p++;
			break;
		}
		switch (option_step(in, &p, &file)) {
		case NO_FILE:
			return NULL;
		case FILE_NAMED:
			if (!named)
				return file;
			break;
		case LAST:
			p++;
			goto operand;
		case GO_ON:
			break;
		}
	}
operand:
	if (named)
		return file;
	if (!*p || (in->ends && !has_suffix(*p, in->ends)))
		return NULL;
	return *p;
}

size_t
interp_inner(const struct interp *in, char *const argv[])
{
	const char *file = NULL;
	char *const *p = argv;

	if (!(in->flags & INTERP_FRONT) || !*p)
		return 0;
	while (*++p && **p == '-') {
		if (strcmp(*p, "--") == 0) {
			p++;
			break;
		}
		if (option_step(in, &p, &file) != GO_ON)
			return 0;
	}
	/* A time, a priority or a mask, which may be hexadecimal. */
	if (in->flags & INTERP_NUMBER &&
	    (!*p || !strspn(*p++, ".0123456789abcdefABCDEF")))
		return 0;
	while (in->flags & INTERP_ASSIGN && *p && strchr(*p, '='))
		p++;
	return *p && **p ? (size_t)(p - argv) : 0;
}

size_t
interp_front(char *const argv[])
{
	const struct interp *in;
	size_t at = 0, n;

	while (argv[at] && (in = interp_find(argv[at])) &&
	    (n = interp_inner(in, argv + at)))
		at += n;
	return at;
}

size_t
interp_operands(const char *file, char *const argv[])
{
	const struct interp *in = interp_find(file);
	const char *script = in ? interp_file(in, argv) : NULL;
	size_t i = 1, n = in ? interp_inner(in, argv) : 0;

	if (!in)
		return 1;
	if (n) {
		i = interp_operands(argv[n], argv + n);
		return i ? n + i : 0;
	}
	for (; script && argv[i]; i++) {
		/* script points to the word, or into it. */
		if (script >= argv[i] && script <= argv[i] + strlen(argv[i]))
			return i + 1;
	}
	return 0;
}

bool
interp_script(const char *file)
{
	char magic[4] = "";
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool elf = fd < 0 || (io_read(fd, magic, sizeof(magic)) == 4 &&
	    !memcmp(magic, "\177ELF", 4));

	io_close(&fd);
	return !elf;
}
