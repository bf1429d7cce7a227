/*
 * activation.c: what a second launch hands over, and how it is sent.
 *
 * The request holds the arguments and the part of the environment that may be
 * carried (carried.h).  The streams follow in a message of their own, when the
 * keeper asks for them (NEED).  Here is also what finds out whether a launch
 * that does not run its command has another one than the one that runs.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/core/meet/meet.h"
#include "cli/base/text.h"
#include "cli/core/wire/ask.h"
#include "cli/core/wire/carried.h"

/*
 * Whether a launch is for another command than the one that runs.
 *
 * If the path makes both one application, the words after the program or script
 * decide, and the variables that are set in front of it; with --app the program
 * decides as well.  Words are taken as typed: another spelling counts as
 * another command.  That may cause one message too many, but never hides one.
 */

/* Where the arguments begin, after the program's word. */
static size_t
words_begin(const struct launched *l)
{
	return l->app ? interp_operands(l->file, l->words + l->front) : 1;
}

/* With its NUL: words never run together. */
static void
word_hash(SHA2_CTX *ctx, const char *word)
{
	SHA256Update(ctx, (const uint8_t *)word, strlen(word) + 1);
}

/* The absolute path of the program, typed in folder cwd. */
static void
program_hash(SHA2_CTX *ctx, const char *path, const char *cwd)
{
	char here[PATH_MAX];

	if (*path != '/') {
		if (!cwd)
			cwd = io_cwd(here, sizeof(here)) ? here : "";
		SHA256Update(ctx, (const uint8_t *)cwd, strlen(cwd));
		SHA256Update(ctx, (const uint8_t *)"/", 1);
	}
	while (!strncmp(path, "./", 2))
		path += 2;
	word_hash(ctx, path);
}

static void
half_add(struct text *t, SHA2_CTX *ctx)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256Final(digest, ctx);
	text_hex(t, digest, DIGEST_HALF / 2);
}

void
launched_digest(const struct launched *l, const char *cwd,
    char out[DIGEST_HEX + 1])
{
	char *const *word = l->words, *const *own = l->words + l->front;
	struct text t = text_in(out, DIGEST_HEX + 1);
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	for (; word < own; word++) { /* NAME=VALUE for env(1) */
		if (**word != '-' && strchr(*word, '='))
			word_hash(&ctx, *word);
	}
	if (l->app)
		word_hash(&ctx, l->app);
	else if (*own)
		program_hash(&ctx, strchr(*own, '/') ? *own : l->file, cwd);
	half_add(&t, &ctx);
	SHA256Init(&ctx);
	for (word = own + (*own ? words_begin(l) : 0); *word; word++) {
		if (*word != l->document)
			word_hash(&ctx, *word);
	}
	half_add(&t, &ctx);
}

/* Whether the launch names only a program, without arguments, and the program
 * is neither an interpreter nor a script: the launch only wants it to run. */
static bool
is_bare(const struct launched *l)
{
	return !l->words[l->front + words_begin(l)] && !interp_find(l->file) &&
	    !interp_script(l->file);
}

static void
other_shown(const struct fields *b, char *what)
{
	const char *arg = NULL;
	struct text t = text_in(what, OTHER_SHOWN);

	while ((arg = fields_next(b, "arg", arg))) {
		text_add(&t, t.len ? " " : "");
		text_shell(&t, arg);
	}
	text_dots(&t);
}

/* Whether this command line, which names the application as a whole, was
 * started in another folder: npm run build is another job there. */
static bool
other_folder(const struct fields *b, char *what)
{
	const char *cwd = fields_get(b, "cwd");
	char here[PATH_MAX];
	struct text t;

	if (!cwd || !*cwd || !io_cwd(here, sizeof(here)) || !strcmp(cwd, here))
		return false;
	other_shown(b, what);
	t = (struct text){ what, strlen(what), OTHER_SHOWN, false };
	text_all(&t, " in ", cwd, NULL);
	text_dots(&t);
	return true;
}

bool
other_runs(const struct launched *l, const struct fields *b, char *what)
{
	const char *theirs = fields_get(b, FIELD_DIGEST);
	char ours[DIGEST_HEX + 1];

	if (!l->words || l->whole)
		return l->words && l->here && other_folder(b, what);
	other_shown(b, what);
	if (!theirs) {
		strcpy(what, "what is not known");
		return l->line;
	}
	launched_digest(l, NULL, ours);
	/* is_bare reads a file: call it only if the words differ. */
	return strncmp(ours, theirs, DIGEST_HALF) ||
	    (strcmp(ours, theirs) && (l->job || !is_bare(l)));
}

/* How many words after the program tell which application it is: those up to an
 * interpreter's script, or all. */
static size_t
other_own(const struct launched *l)
{
	char *const *own;
	size_t n = 1;

	if (!l->words || l->line)
		return 0;
	own = l->words + l->front;
	if (!l->whole) {
		n = interp_operands(l->file, own);
		return n ? n - 1 : 0;
	}
	while (own[n])
		n++;
	return n - 1;
}

bool
untaken_find(const struct launched *l, char *const *args,
    const struct fields *b, struct untaken *u, char *what)
{
	bool other = !fields_num(b, "signal", 0) && other_runs(l, b, what);

	for (char *const *arg = args + other_own(l); *arg; arg++) {
		if (*arg != l->document)
			untaken_add(u, *arg);
	}
	if (!other && l->words && (l->document || !u->document))
		u->n = 0;
	return other;
}

enum {
	REQUEST = 4096, /* a keeper always has room for this */
	AGAIN_US = 5000
};

static void
environment_put(struct buf *b)
{
	for (char **e = environ; *e; e++) {
		if (carried_kind(*e) != CARRIED_NOT)
			fields_put(b, "env", *e);
	}
}

/* How many leading arguments need no handler: those that tell which program it
 * is or, if the document is open, all. */
static size_t
activation_own(const struct activation *a)
{
	size_t n = 0;

	if (!a->launched.document)
		return *a->args ? other_own(&a->launched) : 0;
	while (a->args[n])
		n++;
	return n;
}

/* If many launches send much, the keeper may have no room: then it reads our
 * request after it has served others, however long that takes. */
static int
request_push(const struct buf *b, const struct place *p, int fd, bool *kept)
{
	struct await turn = { .told = true };
	size_t at = 0;
	struct fault f;
	ssize_t n;

	while (at < b->len) {
		n = IO_RETRY(send(fd, b->at + at, b->len - at, MSG_NOSIGNAL));
		if (n >= 0) {
			at += (size_t)n;
		} else if (errno != EAGAIN) {
			return -1;
		} else if (await_look(&turn, p, &f) != AWAIT_ON) {
			errno = EAGAIN;
			return -1;
		} else {
			*kept = true;
		}
	}
	return 0;
}

int
activation_send(const struct activation *a, const struct place *p, int fd,
    struct sent *sent)
{
	char storage[REQUEST];
	struct buf b;
	enum notify notify;
	size_t start, own;
	int r;

	buf_init(&b, storage, sizeof(storage));
	start = ask_begin(&b, FRAME_ACTIVATE, p->slot.hash);
	if (a->until_exit)
		fields_put(&b, "until", "1");
	if (a->asks)
		fields_put_num(&b, "asks", a->asks);
	if (a->must_deliver)
		fields_put(&b, "must", "1");
	if (a->quiet)
		fields_put(&b, "quiet", "1");
	if (a->raise)
		fields_put(&b, "raise", a->raise);
	if (a->verbose)
		fields_put(&b, "say", "1");
	if ((notify = words_notifies(a->quiet)) != NOTIFY_NOT)
		fields_put_num(&b, "notify", (long long)notify);
	for (size_t i = 0; i < a->nvalued; i++)
		fields_put(&b, "valued", a->valued[i]);
	for (char **arg = a->args; *arg; arg++)
		fields_put(&b, "arg", *arg);
	if ((own = activation_own(a)))
		fields_put_num(&b, "own", (long long)own);
	environment_put(&b);
	r = frame_end(&b, start);
	sent->large = b.len > REQUEST;
	if (r == 0)
		r = request_push(&b, p, fd, &sent->kept);
	buf_free(&b);
	return r;
}

/* The user's other processes may have too many descriptors in flight (unix(7),
 * ETOOMANYREFS).  That passes: try again. */
static int
crowd_send(int fd, const struct buf *b, const int *fds, size_t n)
{
	long long until = clock_now() + PATIENCE_MS;
	int r;

	while ((r = sock_send(fd, b->at, b->len, fds, n)) < 0 &&
	    errno == ETOOMANYREFS && clock_now() < until)
		clock_sleep(AGAIN_US);
	return r;
}

int
activation_streams(const struct activation *a, int fd, int err)
{
	char storage[64], names[4] = "";
	int fds[4], n = 0, null = -1, r;
	struct text t;
	struct buf b;
	size_t start;

	fds[n++] = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fds[0] < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		return -1; /* no handler rather than one in the wrong place */
	/* One that its user may not enter has no files for it, either. */
	if (fds[0] < 0)
		fds[0] = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (a->no_stdin)
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	t = text_in(names, sizeof(names));
	for (int i = 0; i <= 2; i++) {
		if (i == 0 && null >= 0)
			fds[n++] = null;
		else if (i && a->output)
			fds[n++] = a->output;
		else if (a->closed & 1U << i)
			continue;
		else
			fds[n++] = i == 2 && err >= 0 ? err : i;
		text_num(&t, i);
	}
	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, FRAME_STREAMS);
	fields_put(&b, "open", names);
	r = frame_end(&b, start);
	if (r == 0)
		r = crowd_send(fd, &b, fds, (size_t)n);
	io_close(&fds[0]);
	io_close(&null);
	return r;
}
