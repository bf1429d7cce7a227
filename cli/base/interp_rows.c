/*
 * interp_rows.c: the commands that are not known by their path alone, by kinds.
 *
 * Names are separated by blanks; `name*` may carry a version, `name-` begins a
 * family, and `name/`, an everyday word, counts only in a folder called bin or
 * sbin.  Options, too, are separated by blanks, one letter or a word, each with
 * a mark; `+word` is an operand.
 *
 *	x:  has an argument          x=  the argument is the file that is run
 *	x!  no file is run           x?  the rest of the word belongs to it
 *	x.  the last of the options  x%  no file is run; the folder counts
 *	x@  the argument is the folder in which all is done
 *	x&  the argument is a file (its name: words) in that folder
 *
 * and no mark: no argument, as for every option not in the table.  An error
 * here must lead to `no file`: then the whole command line is the name, and
 * unrelated jobs never exclude each other.
 *
 * For a tool (INTERP_FOLDER, INTERP_LINE) `x!` means that its folder is not
 * certain, and `x.` that a command follows.
 */
#include "cli/base/interp.h"

#define SHELL (INTERP_PLUS | INTERP_PATH | INTERP_SHELL)
#define FOLDER INTERP_FOLDER
#define LEAVES (INTERP_FOLDER | INTERP_LEAVES)
#define TERMINAL (INTERP_LINE | INTERP_SOME)

#define DOCKER "H: host: config: c: context: l: log-level: tlscacert: " \
	"tlscert: tlskey: "
/* The compose file may lie in another folder than the project. */
#define COMPOSE "project-directory@ f! file! p: project-name: profile: " \
	"env-file: ansi: parallel: progress:"

const struct interp interp_rows[] = {
    /*
     * Interpreters: the file that they run.
     */
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
	"c! m% h! V! ?! W: X: Q: check-hash-based-pycs: jit: help! "
	"help-all! help-env! help-xoptions! version!",
	NULL, INTERP_DIR},
    {"perl*", "e! E! h! v! V! S! I: C? D? F? M? m? A? i? x? :?", NULL, 0},
    {"ruby*",
	"run% e! h! S! C! X! I: r: E: F? K? W? i? x? T? encoding: "
	"external-encoding: internal-encoding: enable: disable: dump! "
	"parser: copyright! help! version!",
	NULL, INTERP_BOTH},
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
	"f= F= r! R! B! E! S% a! i! m! v! h! ?! c: d: t: z: --! file= "
	"process-file= run! process-begin! process-code! process-end! "
	"server% interactive! info! ini! modules! version! help! usage! "
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

    /*
     * Fronts: they execute the command behind their options, or wait for it.
     * An option that is not in the table makes the whole line the name.
     */
    {"nice", "n: 0 1 2 3 4 5 6 7 8 9 adjustment: help! version!", NULL,
	INTERP_FRONT},
    {"ionice",
	"c: n: t class: classdata: ignore pid! pgid! uid! help! version!", NULL,
	INTERP_FRONT},
    {"chrt",
	"T: P: D: R a b d e f i o r v sched-runtime: sched-period: "
	"sched-deadline: reset-on-fork all-tasks batch deadline ext fifo "
	"idle other rr verbose max! pid! help! version!",
	"#", INTERP_FRONT},
    {"taskset", "c cpu-list all-tasks! pid! help! version!", "#",
	INTERP_FRONT},
    {"nohup", "help! version!", NULL, INTERP_FRONT},
    {"setsid", "c f w ctty fork wait help! version!", NULL, INTERP_FRONT},
    {"env",
	"i v u: C@ ignore-environment debug unset: chdir@ block-signal "
	"default-signal ignore-signal list-signal-handling null! split-string! "
	"help! version!",
	NULL, INTERP_FRONT | INTERP_ASSIGN},
    {"timeout",
	"k: s: f p v kill-after: signal: foreground preserve-status verbose "
	"help! version!",
	"#", INTERP_FRONT},
    {"stdbuf", "i: o: e: input: output: error: help! version!", NULL,
	INTERP_FRONT},
    {"time/",
	"f: o: a p q v format: output: append portability quiet verbose help! "
	"version!",
	NULL, INTERP_FRONT},
    {"onlyone-cluster",
	"a: k: w: E: n q v h! V! take store: ttl: grace: hold: on-lost: "
	"on-down: metrics: app: key: key-cmd: key-match: strict-key lifetime: "
	"every: kill-after: conflict-exit-code: queue wait fail skip replace join explain "
	"quiet verbose help! version!",
	NULL, INTERP_FRONT | INTERP_OURS},
    {"systemd-inhibit",
	"what: who: why: mode: no-ask-password no-pager no-legend list! help! "
	"version!",
	NULL, INTERP_FRONT},
    {"cpulimit",
	"l: limit: c: cpu: s: signal: f foreground i include-children k kill "
	"m monitor-forks q quiet v verbose z lazy b! background! p! pid! e! "
	"exe! P! path! h! help!",
	NULL, INTERP_FRONT},
    {"schedtool", "e. M: a: p: n: N 0 F 1 R 2 B 3 I 4 D 5 r! v! h!", NULL,
	INTERP_FRONT | INTERP_DASHES},
    {"nocache", "D: n: f", NULL, INTERP_FRONT},
    {"chronic", "e v", NULL, INTERP_FRONT},
    {"cronic", "", NULL, INTERP_FRONT},
    /* they report a job, or hand secrets to it */
    {"runitor",
	"api-retries: api-timeout: api-url: create every: no-output-in-ping "
	"no-run-id no-start-ping on-exec-fail: on-nonzero-exit: on-success: "
	"ping-body-limit: ping-key: quiet req-header: restart silent slug: "
	"uuid: version!",
	NULL, INTERP_FRONT | INTERP_WORDS | INTERP_DASHES},
    {"envchain", "", "NAMESPACE", INTERP_FRONT | INTERP_HANDS},
    {"cronitor",
	"env: k: api-key: c: config: l: log: n: hostname: p: ping-api-key: "
	"u: users: v verbose no-stdout h! help!",
	"exec KEY", INTERP_FRONT},
    {"op/",
	"account: config: encoding: env-file: environment: format: session: "
	"cache debug iso-timestamps no-color no-masking h! help!",
	"run", INTERP_FRONT | INTERP_DASHES | INTERP_HANDS},
    {"doppler",
	"p: project: c: config: t: token: s: scope: api-host: attempts: "
	"config-dir: dashboard-host: fallback: mount: mount-format: "
	"mount-max-reads: mount-template: name-transformer: only-secrets: "
	"passphrase: timeout: debug enable-dns-resolver fallback-only "
	"fallback-readonly forward-signals no-cache no-check-version "
	"no-fallback no-timeout no-verify-tls preserve-env silent watch "
	"command! json! print-config! h! help! v! version!",
	"run", INTERP_FRONT | INTERP_DASHES | INTERP_HANDS},
    {"dotenv", /* of Python, Ruby, Node: with `--` they agree */
	"f: file: e: q: quote: i ignore override no-override overload "
	"overwrite p! t! template! v! h! help! version!",
	"?run", INTERP_FRONT | INTERP_DASHES | INTERP_HANDS},
    {"aws-vault",
	"d: duration: t: mfa-token: region: backend: prompt: keychain: "
	"pass-dir: pass-cmd: pass-prefix: file-dir: n no-session j json "
	"ecs-server ec2-server e s server lazy stdout debug help! version!",
	"exec PROFILE", INTERP_FRONT | INTERP_DASHES | INTERP_HANDS},
    {"chamber/",
	"b: backend: r: retries: backend-s3-bucket: kms-key-alias: "
	"min-throttle-delay: retry-mode: strict-value: pristine strict v "
	"verbose h! help!",
	"exec SERVICE*", INTERP_FRONT | INTERP_DASHES | INTERP_HANDS},
    {"infisical",
	"e: env: p: path: t: token: tags: domain: projectId: l: log-level: "
	"watch-interval: expand include-imports recursive secret-overriding "
	"silent telemetry watch c! command! h! help!",
	"run", INTERP_FRONT | INTERP_DASHES | INTERP_HANDS},

    /*
     * Tools that work on the current folder: it is the key.
     */

    /* they build */
    {"make gmake",
	"C@ directory@ f: file: makefile: I: include-dir: o: old-file: "
	"assume-old: W: what-if: new-file: assume-new: E: eval: j? l? O?",
	NULL, LEAVES | INTERP_CHAIN},
    {"bmake", "C@ d: D: f: I: J: j: m: T: V: v:", NULL,
	LEAVES | INTERP_CHAIN | INTERP_AHEAD},
    {"scons",
	"C@ directory@ f: file: makefile: sconstruct: D! u! U! I: "
	"include-dir: j: Y: repository: srcdir:",
	NULL, LEAVES | INTERP_CHAIN},
    {"ninja ninja-build samu", "C@ f: j: k: l: d: w: t!", NULL, LEAVES},
    {"meson", "C@ +devenv!", NULL, LEAVES},
    {"cargo", "C@ manifest-path& config: Z: +run! +r!", "Cargo.toml",
	LEAVES | INTERP_STAYS},
    {"go/",
	"C@ +build +run +test +vet +install +get +generate +list +clean +fmt "
	"+mod +tool +work",
	NULL, LEAVES | INTERP_WORDS | INTERP_AHEAD},
    {"mvn mvnw",
	"f& file& pl: projects: P: activate-profiles: s: settings: gs: "
	"global-settings: t: toolchains: gt: l: log-file: T: threads: rf: "
	"resume-from: b: builder:",
	"pom.xml", LEAVES | INTERP_WORDS | INTERP_STAYS},
    {"gradle gradlew",
	"p@ project-dir@ b! build-file! c! settings-file! x: exclude-task: "
	"I: init-script: g: gradle-user-home: tests:",
	NULL, LEAVES | INTERP_WORDS | INTERP_STAYS},
    {"task/", "d@ dir@ t! taskfile! g! global! o: output: I: interval: C: "
	"concurrency:",
	NULL, LEAVES},
    {"cmake ctest rake just/ waf ant/ mage/", "", NULL, LEAVES},
    {"sbt bazel bazelisk buck buck2 earthly swift zig/ stack/ cabal lein "
     "rebar3 nimble shards crystal elm flutter dart xcodebuild pod/ fastlane "
     "west/ pio platformio idf.py colcon catkin_make bitbake nix-build "
     "nix-shell xmake qmake premake5 b2/ bjam tup/ gn/ pants please/ redo/ "
     "autoreconf latexmk doxygen wasm-pack trunk/ cargo-watch",
	"", NULL, FOLDER},
    {"debuild dpkg-buildpackage makepkg gbp quilt repo/", "", NULL, FOLDER},
    /* they run what a project's packages bring */
    {"npm", "C@ prefix@ w: workspace: loglevel: cache: userconfig: registry:",
	NULL, LEAVES | INTERP_WORDS | INTERP_STAYS},
    {"pnpm", "C@ dir@ F: filter: loglevel: reporter: +run +install +i", NULL,
	LEAVES | INTERP_WORDS | INTERP_AHEAD},
    {"yarn yarnpkg", "cwd@ +run +install +add", NULL, LEAVES | INTERP_AHEAD},
    {"bun", "cwd@ c: config: env-file: +run +install +test", NULL,
	LEAVES | INTERP_AHEAD},
    {"poetry", "C@ directory@ P! project!", NULL, LEAVES | INTERP_AHEAD},
    {"uv", "directory@ project! config-file: cache-dir: +run +sync +pip", NULL,
	LEAVES | INTERP_AHEAD},
    {"composer", "d@ working-dir@ +exec! +run-script! +global!", NULL, FOLDER},
    {"npx pnpx bunx deno uvx pipenv pdm hatch/ tox nox bundle/ bundler mix",
	"", NULL, LEAVES},
    {"rails/ flask uvicorn gunicorn hypercorn pre-commit ng/ vite/ next/ "
     "nuxt/ astro/ turbo/ nx/ webpack lerna tsc jest vitest gatsby",
	"", NULL, FOLDER},
    /* they keep versions */
    {"git", "C@ c: git-dir: work-tree: namespace: config-env: attr-source:",
	NULL, FOLDER | INTERP_CHAIN | INTERP_AHEAD},
    {"hg chg", "cwd@ R: repository: config: encoding:", NULL, FOLDER},
    {"svn bzr brz cvs fossil/ jj darcs pijul git-annex", "", NULL, FOLDER},
    /* they set up machines and services */
    {"terraform tofu", "chdir@", NULL,
	FOLDER | INTERP_WORDS | INTERP_AHEAD},
    {"terragrunt", "working-dir@ terragrunt-working-dir@", NULL, FOLDER},
    {"pulumi", "C@ cwd@ s: stack: color: config: c:", NULL, FOLDER},
    {"docker-compose podman-compose", COMPOSE, NULL,
	FOLDER | INTERP_AHEAD},
    {"docker podman nerdctl", "+compose. " DOCKER COMPOSE, NULL,
	FOLDER | INTERP_AHEAD | INTERP_SOME},
    {"vagrant ansible ansible-playbook ansible-galaxy helmfile skaffold "
     "tilt/ cdk/ sam/ serverless sls packer/ kitchen/ cap/ kamal firebase "
     "netlify vercel wrangler fly/ flyctl devspace okteto garden/ werf "
     "dagger kustomize devcontainer act/ buildah",
	"", NULL, FOLDER},
    /* they run a project's tasks, or serve it */
    {"foreman honcho concurrently", "", NULL, LEAVES},
    {"pytest py.test pytest-3 rspec cucumber behave phpunit cypress "
     "playwright golangci-lint semgrep ansible-lint molecule/ detox ruff "
     "mkdocs hugo jekyll zola mdbook pelican eleventy middleman gulp grunt "
     "puma rackup unicorn/ thin/ guard/ celery alembic invoke/ inv/ fab "
     "doit/ snakemake dvc dbt dagster scrapy jupyter jupyter-lab "
     "jupyter-notebook process-compose overmind hivemind mprocs air/ modd "
     "watchexec live-server http-server serve/ caddy storybook expo ionic "
     "quasar ember/ rush lage/ moon/",
	"", NULL, FOLDER},

    /*
     * Tools that do another thing with each argument.
     */

    /* they copy, and fetch */
    {"rsync rclone scp sftp lftp curl wget wget2 aria2c axel unison s3cmd "
     "yt-dlp youtube-dl streamlink",
	"", NULL, INTERP_LINE},
    /* they pack, back up, convert */
    {"tar bsdtar gtar cpio pax zip unzip 7z 7za 7zz 7zr gzip gunzip pigz "
     "bzip2 bunzip2 xz unxz zstd restic borg duplicity "
     "ffmpeg ffprobe sox convert/ mogrify magick pandoc wkhtmltopdf",
	"", NULL, INTERP_LINE},
    /* they ask databases and clouds */
    {"mysqldump mysql mariadb mariadb-dump mysqlcheck pg_dump pg_dumpall "
     "pg_restore pg_basebackup psql vacuumdb sqlite3 mongodump mongorestore "
     "mongosh redis-cli influx clickhouse-client "
     "aws gcloud gsutil az/ kubectl oc/ helm/ doctl hcloud heroku",
	"", NULL, INTERP_LINE},
    /* they do something with files, or a connection */
    {"openssl gpg gpg2 sops dd cp mv rm find/ ln install/ btrfs zfs zpool "
     "nc ncat netcat socat ping nmap",
	"", NULL, INTERP_LINE},
    /* terminals, with a command */
    {"xterm uxterm lxterm koi8rxterm x-terminal-emulator urxvt urxvtc rxvt "
     "konsole gnome-terminal mate-terminal xfce4-terminal lxterminal "
     "qterminal tilix terminator/ terminology/ ptyxis kgx alacritty ghostty "
     "sakura rio/ cool-retro-term deepin-terminal",
	"e. x. execute. command. --.", NULL, TERMINAL | INTERP_WORDS},
    {"st stterm", "e. c: f: g: n: o: l: t: T: w: a i v!", NULL,
	TERMINAL | INTERP_AHEAD},
    {"foot footclient",
	"c: config: f: font: t: term: T: title: a: app-id: w: "
	"window-size-pixels: W: window-size-chars: D: working-directory: o: "
	"override: p: print-pid: d: log-level: L m F H hold N s? S C --.",
	NULL, TERMINAL | INTERP_AHEAD},
    {"wezterm",
	"n config-file: config: cwd: class: workspace: position: domain: "
	"always-new-process new-tab +start e. --.",
	NULL, TERMINAL | INTERP_AHEAD},

    /*
     * Named by what they are given.
     */
    {"flatpak",
	"+run arch: command: cwd: branch: installation: runtime: "
	"runtime-version: runtime-commit: app-path: usr-path: parent-pid: "
	"instance-id-fd: commit: app-commit: share: unshare: socket: nosocket: "
	"device: nodevice: allow: disallow: filesystem: nofilesystem: "
	"add-policy: remove-policy: env: unset-env: env-fd: own-name: "
	"talk-name: no-talk-name: system-own-name: system-talk-name: "
	"system-no-talk-name: a11y-own-name: persist: usb: nousb: usb-list: "
	"usb-list-file: h! help! version!",
	NULL, INTERP_NAMES | INTERP_AHEAD},
    {"snap/", "+run r! command! hook! shell! strace! gdb! gdbserver! timer! "
	"h! help!",
	NULL, INTERP_NAMES | INTERP_AHEAD},

    /*
     * Runners: nothing is certain of what they run.
     */

    /* they change a process's credentials, limits and so on, or watch it */
    {"prlimit numactl choom uclampset setarch linux32 linux64 i386 "
     "x86_64 uname26 chroot nsenter setpriv capsh runcon "
     "sudo sudoedit doas su runuser sg newgrp pkexec gosu su-exec "
     "run0 sux gksu gksudo kdesu chpst softlimit envdir envuidgid "
     "setuidgid pgrphack setlock runsv s6- cgexec eatmydata faketime "
     "fakechroot proot ltrace gdb lldb rr valgrind "
     "perf/ heaptrack catchsegv ld-linux ld-linux- ld-musl- "
     "ld.so libtool tini dumb-init catatonit onlyone "
     "systemd-run systemd-cat systemd-nspawn "
     "gnome-session-inhibit kde-inhibit start-stop-daemon daemon/ "
     "daemonize lockf lockrun run-one run-this-one "
     "run-one-constantly run-one-until-success "
     "run-one-until-failure dtach abduco unbuffer "
     "rlwrap script/ scriptlive faketty parallel/ sem/ "
     "entr supervise/",
	NULL, NULL, 0},
    /* they wait for what they run, and pass no signal on to it */
    {"unshare strace fakeroot flock lckdo xargs watch/", NULL, NULL,
	INTERP_LEAVES},
    {"nodemon", NULL, NULL, INTERP_LEAVES},
    /* their first word names the command */
    {"busybox toybox", NULL, NULL, INTERP_APPLET | INTERP_SHELL},
    /* they provide another display, network, sandbox, container or host */
    {"xvfb-run dbus-run-session dbus-launch xinit startx vglrun "
     "optirun primusrun prime-run gamemoderun mangohud gamescope "
     "torsocks torify proxychains proxychains4 tsocks ssh autossh "
     "sshpass mosh ip firejail bwrap nsjail minijail0 "
     "apptainer singularity toolbox/ distrobox "
     "distrobox-enter lxc-attach lxc-execute machinectl schroot "
     "xdg-open gtk-launch gapplication gio dex",
	NULL, NULL, 0},
    /* they run programs of a language: interpreters whose options are not in
     * our tables; or what is installed for one */
    {"pipx", NULL, NULL, INTERP_LEAVES},
    {"conda mamba micromamba direnv asdf "
     "mise pyenv rbenv nvm-exec ts-node tsx R julia raku octave groovy "
     "scala kotlin ocaml racket swipl sbcl erl escript elixir iex "
     "runghc clojure clj bb pwsh jshell jexec",
	NULL, NULL, 0},
};

const size_t interp_nrows = sizeof(interp_rows) / sizeof(*interp_rows);
