/*
 * command.c: is the running command line the same as this launch's?
 *
 * A launch that does not run its command says so, unless the very same job is
 * running.  To be the same, two jobs must have the same variables set in front
 * of the command, and get the same from a wrapper (a profile, a file of
 * secrets).  If their path makes both one application, the words after the
 * program or script must match; with --app the program too.  If the whole
 * command line is the name, its words match already.  If another folder makes
 * it another job, the folder must match.
 *
 * Words are compared as typed.  An operand that names a file by a relative path
 * counts as its absolute path: `job data` is another job in another folder that
 * has a `data`, and the same as `job /srv/data` in /srv.  Any other spelling
 * counts as another command: that may cause a needless message, but never hides
 * one.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/meet/command.h"

/* Where the arguments begin, after the program's word. */
static size_t
words_begin(const struct launched *l)
{
	return l->app ? interp_operands(l->file, l->words + l->front) : 1;
}

/* With its NUL: words never run together.  ctx: SHA2_CTX. */
static void
word_hash(void *ctx, const char *word)
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
command_digest(const struct launched *l, const char *cwd,
    char out[DIGEST_HEX + 1])
{
	char *const *word, *const *own = l->words + l->front;
	struct text t = text_in(out, DIGEST_HEX + 1);
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	interp_front_tell(l->words, l->front, word_hash, &ctx);
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

/* The file that an operand typed in folder cwd names: the folder that it is in,
 * and its name there.  false: it is an option, or there is no such file. */
static bool
operand_file(const char *word, const char *cwd, struct stat *folder,
    char name[PATH_MAX])
{
	char path[PATH_MAX], *base;
	struct stat st;
	size_t n;

	if (!*word || *word == '-' || !text_join(path, sizeof(path),
	    *word == '/' ? "" : cwd, *word == '/' ? "" : "/", word, NULL) ||
	    fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	for (n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
		path[n - 1] = '\0';
	base = strrchr(path, '/') + 1;
	if (!*base || !strcmp(base, ".") || !strcmp(base, "..")) {
		*name = '\0'; /* the folder itself is meant */
		return stat(path, folder) == 0;
	}
	strcpy(name, base);
	*base = '\0';
	return stat(path, folder) == 0;
}

/* What one word adds to command_hash. */
static void
operand_hash(SHA2_CTX *ctx, const char *word, const char *cwd)
{
	char name[PATH_MAX];
	struct stat st;

	if (operand_file(word, cwd, &st, name)) {
		SHA256Update(ctx, (const uint8_t *)&st.st_dev,
		    sizeof(st.st_dev));
		SHA256Update(ctx, (const uint8_t *)&st.st_ino,
		    sizeof(st.st_ino));
		word = name;
	}
	word_hash(ctx, word);
}

bool
command_hash(char *const *words, char hex[SHA256_DIGEST_STRING_LENGTH])
{
	char cwd[PATH_MAX];
	SHA2_CTX ctx;

	if (!io_cwd(cwd, sizeof(cwd)))
		return false;
	SHA256Init(&ctx);
	for (; *words; words++)
		operand_hash(&ctx, *words, cwd);
	word_hash(&ctx, cwd);
	SHA256End(&ctx, hex);
	return true;
}

/* Whether two words, typed in these folders, mean the same.  For
 * --option=VALUE, compare the value. */
static bool
word_same(const char *ours, const char *here, const char *theirs,
    const char *there)
{
	char name[PATH_MAX], other[PATH_MAX];
	bool file, files, equal = !strcmp(ours, theirs);
	size_t n = *ours == '-' ? strcspn(ours, "=") : 0;
	struct stat st, to;

	if (n && ours[n] && !strncmp(ours, theirs, n + 1)) {
		ours += n + 1;
		theirs += n + 1;
	}

	if (equal && (*ours == '/' || !strcmp(here, there)))
		return true;
	file = operand_file(ours, here, &st, name);
	files = operand_file(theirs, there, &to, other);
	if (!file || !files)
		return equal && !file && !files;
	return st.st_dev == to.st_dev && st.st_ino == to.st_ino &&
	    !strcmp(name, other);
}

/* The arguments of the running command line, as an array in list.  NULL: it is
 * too long for its record (info_words_put), or there is no memory. */
static char *const *
running_arguments(const struct launched *l, const struct fields *b,
    struct buf *list)
{
	const char *arg = NULL, *last = "...", *end = NULL;
	char *const *words;

	while ((arg = fields_next(b, "arg", arg))) {
		buf_add(list, &arg, sizeof(arg));
		last = arg;
	}
	buf_add(list, &end, sizeof(end));
	if (list->failed || !strcmp(last, "..."))
		return NULL;
	words = (char *const *)(void *)list->at;
	words += interp_front(words);
	return !*words ? words : words +
	    (l->app ? interp_operands(*words, words) : 1);
}

static bool
arguments_same(const struct launched *l, char *const *ours, const char *here,
    char *const *theirs, const char *there)
{
	for (; *ours && *theirs; ours++, theirs++) {
		if (*ours != l->document &&
		    !word_same(*ours, here, *theirs, there))
			return false;
	}
	return !*ours && !*theirs;
}

/* A command line, word by word: from a launch, a reply or a record. */
struct line {
	char *const *words;     /* NULL: */
	const struct fields *b;
	const char *arg;
};

static const char *
line_next(struct line *line)
{
	if (line->words)
		return *line->words ? *line->words++ : NULL;
	return line->arg = fields_next(line->b, "arg", line->arg);
}

/* As one would type it. shorter: only the name from the program's path.
 * Whether there was enough room. */
static bool
line_show(struct line line, bool shorter, char out[COMMAND_SHOWN])
{
	struct text t = text_in(out, COMMAND_SHOWN);
	const char *word = line_next(&line);

	for (; word; word = line_next(&line)) {
		text_add(&t, t.len ? " " : "");
		text_typed(&t, t.len || !shorter ? word : text_base(word));
	}
	text_dots(&t);
	return !t.cut;
}

void
command_running(const struct fields *b, char out[COMMAND_SHOWN])
{
	struct line line = { .b = b };

	/* The arguments say more than the program's folder. */
	if (!line_show(line, false, out))
		line_show(line, true, out);
}

void
command_launched(const struct launched *l, char out[COMMAND_SHOWN])
{
	struct line line = { .words = l->words + interp_ours(l->words) };

	if (!line_show(line, false, out))
		line_show(line, true, out);
}

enum differs
command_differs(const struct launched *l, const struct fields *b)
{
	const char *theirs = fields_get(b, FIELD_DIGEST);
	const char *there = fields_get(b, "cwd");
	char ours[DIGEST_HEX + 1], here[PATH_MAX];
	char *const *own = l->words, *const *words;
	struct buf list = { 0 };
	bool moved, equal, same;

	if (!own)
		return DIFFERS_NOT;
	/* An unknown folder is taken for ours. */
	if (!there || !*there || !io_cwd(here, sizeof(here)))
		there = strcpy(here, "/");
	moved = strcmp(here, there) != 0;
	command_digest(l, NULL, ours);
	if (theirs && strncmp(ours, theirs, DIGEST_HALF))
		return l->app ? DIFFERS_WORDS : DIFFERS_PROGRAM;
	if (l->whole)
		return moved && l->here ? DIFFERS_FOLDER : DIFFERS_NOT;
	if (!theirs)
		return DIFFERS_UNKNOWN;
	own += l->front + (own[l->front] ? words_begin(l) : 0);
	equal = !strcmp(ours, theirs); /* the words as typed */
	words = equal ? own : running_arguments(l, b, &list);
	same = words && arguments_same(l, own, here, words, there);
	buf_free(&list);
	if (same && !(moved && l->here))
		return DIFFERS_NOT;
	return same || equal ? DIFFERS_FOLDER : DIFFERS_WORDS;
}
