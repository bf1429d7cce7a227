/*
 * key.c: the key of a launch, step by step.
 *
 * The parts so far lie in one buffer, each ended by NUL, so they never run
 * together.  If a step fails there is no key: the launch continues without one,
 * or fails with --strict-key.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <regex.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"
#include "cli/core/key/key.h"
#include "cli/core/key/path.h"
#include "cli/core/key/template.h"
#include "cli/core/slot/lockfile.h"
#include "preload/contract.h"

/*
 * --key-match: keys of one class are one key.
 *
 * Our programs have the C locale: a byte is a character.
 */

enum class_result {
	CLASS_MADE,
	CLASS_NONE,  /* the ERE has a group that does not match, or is empty */
	CLASS_FAILED /* ENOMEM */
};

int
class_check(const char *ere, struct fault *f)
{
	char why[128];
	regex_t re;
	int r;

	r = regcomp(&re, ere, REG_EXTENDED);
	if (!r) {
		regfree(&re);
		return 0;
	}
	regerror(r, &re, why, sizeof(why));
	return fault_set(f, EXIT_USAGE, "--key-match: '", ere, "' is not a"
	    " regular expression: ", why, "; see regex(7)", NULL);
}

/* The class of key by a valid ERE: its first group if it has one, else "true"
 * or "false"; appended to out, ended by NUL. */
static enum class_result
class_find(const char *ere, const char *key, struct buf *out)
{
	regmatch_t m[2] = { { -1, -1 }, { -1, -1 } };
	enum class_result result = CLASS_MADE;
	regex_t re;
	int r;

	if (regcomp(&re, ere, REG_EXTENDED))
		return CLASS_FAILED;
	r = regexec(&re, key, 2, m, 0);
	if (r == REG_ESPACE) {
		result = CLASS_FAILED;
	} else if (!re.re_nsub) {
		buf_string(out, r ? "false" : "true");
	} else if (r || m[1].rm_so < 0 || m[1].rm_so == m[1].rm_eo) {
		result = CLASS_NONE;
	} else {
		buf_add(out, key + m[1].rm_so,
		    (size_t)(m[1].rm_eo - m[1].rm_so));
		buf_string(out, "");
	}
	regfree(&re);
	return out->failed ? CLASS_FAILED : result;
}

/*
 * --key-cmd: a command computes a part of the key.
 *
 * It runs at each launch, before the slot is touched, with the launch's working
 * directory, environment and standard error.  Standard input is the program's:
 * the command gets /dev/null.  If an instance itself executes the launch, the
 * launch has the lock file of that: the command does not, since what it leaves
 * in the background would keep the file locked.
 */

enum { COMMAND_LIMIT = 4 << 20 }; /* bytes of its output */

static _Noreturn void
command_exec(const char *line, char *const command[], int out)
{
	char shell[] = "sh", option[] = "-c", name[] = "onlyone";
	struct buf list = { 0 };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char *end = NULL, *words[] = { shell, option, (char *)line, name };
	int parcel = lockfile_own();

	if (parcel >= 0)
		close(parcel);
	if (null >= 0)
		dup2(null, 0);
	dup2(out, 1);
	buf_add(&list, words, sizeof(words));
	for (char *const *a = command + 1; *a; a++)
		buf_add(&list, a, sizeof(*a));
	if (buf_add(&list, &end, sizeof(end)) == 0 && !list.failed)
		execve("/bin/sh", (char **)(void *)list.at, environ);
	_exit(127);
}

/* Read fd to its end, without trailing newlines, as a string. */
static enum command_result
output_take(int fd, struct buf *out, struct text *why, bool *cut)
{
	size_t begin = out->len;

	if (io_slurp(fd, out, COMMAND_LIMIT) < 0) {
		if (errno != EFBIG)
			return COMMAND_FAILED;
		text_add(why, "prints more than 4 MiB");
		*cut = true;
		return COMMAND_MISSING;
	}
	while (out->len > begin && out->at[out->len - 1] == '\n')
		out->len--;
	if (out->len == begin) {
		text_add(why, "prints nothing");
		return COMMAND_MISSING;
	}
	if (memchr(out->at + begin, '\0', out->len - begin)) {
		text_add(why, "prints a NUL byte");
		return COMMAND_MISSING;
	}
	return buf_string(out, "") < 0 ? COMMAND_FAILED : COMMAND_MADE;
}

static void
end_tell(int status, struct text *why)
{
	*why = text_in(why->at, why->cap);
	if (WIFEXITED(status))
		text_all(why, "exits with ", TEXT_NUM(WEXITSTATUS(status)),
		    NULL);
	else
		text_all(why, "is killed by signal ",
		    TEXT_NUM(WTERMSIG(status)), NULL);
}

enum command_result
command_run(const char *line, char *const command[], struct buf *out,
    struct text *why)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL }, chld;
	enum command_result result;
	int fd, status = 0, err;
	bool cut = false; /* we stopped reading, so we caused SIGPIPE */
	pid_t pid;

	/* With SIGCHLD ignored its status could not be read. */
	sigaction(SIGCHLD, &dfl, &chld);
	pid = proc_fork(&fd);
	if (pid == 0) {
		sigaction(SIGCHLD, &chld, NULL);
		command_exec(line, command, fd);
	}
	result = pid < 0 ? COMMAND_FAILED : output_take(fd, out, why, &cut);
	err = errno;
	if (pid > 0) {
		io_close(&fd); /* a command that prints more gets SIGPIPE */
		if (IO_RETRY(waitpid(pid, &status, 0)) == pid && status &&
		    !cut && result != COMMAND_FAILED) {
			end_tell(status, why);
			result = COMMAND_MISSING;
		}
	}
	sigaction(SIGCHLD, &chld, NULL);
	errno = err;
	return result;
}

enum step { MADE, MISSING, FAILED };

static enum step
command_step(struct key *k, const char *line, char *const command[],
    struct text *why)
{
	text_add(why, "--key-cmd ");
	text_typed(why, line);
	text_add(why, " ");
	/* rest: the text to follow why; end_tell may replace it. */
	struct text rest = { why->at + why->len, 0, why->cap - why->len,
		false };

	switch (command_run(line, command, &k->text, &rest)) {
	case COMMAND_MADE:
		k->n++;
		return MADE;
	case COMMAND_MISSING:
		return MISSING;
	default:
		return FAILED;
	}
}

/* Replace all parts so far by their class.  A tuple is matched as ONLYONE_KEY
 * shows it. */
static enum step
class_step(struct key *k, const char *ere, struct text *why)
{
	enum class_result r;
	struct buf out = { 0 };

	for (size_t i = 0; i + 1 < k->text.len; i++) {
		if (!k->text.at[i])
			k->text.at[i] = KEY_SEPARATOR;
	}
	r = class_find(ere, k->text.at, &out);
	if (r == CLASS_NONE) {
		text_add(why, "--key-match: ");
		text_typed(why, k->text.at);
		text_add(why, " does not match ");
		text_typed(why, ere);
	}
	buf_free(&k->text);
	k->text = out;
	k->n = 1;
	return r == CLASS_MADE ? MADE : r == CLASS_NONE ? MISSING : FAILED;
}

static enum step
document_step(struct key *k, const char *name, struct text *why)
{
	char path[PATH_MAX];

	switch (path_canonical(name, path)) {
	case PATH_MADE:
		k->n++;
		return buf_string(&k->text, path) < 0 ? FAILED : MADE;
	case PATH_FAILED:
		return FAILED;
	default:
		break;
	}
	text_typed(why, name);
	text_all(why, ": ", fault_text(errno), NULL);
	return MISSING;
}

static enum step
step_take(struct key *k, const struct key_step *s,
    const struct valued *valued, char *const command[], struct text *why)
{
	switch (s->kind) {
	case KEY_TEMPLATE:
		switch (template_expand(s->text, command, valued, &k->text,
		    &k->n, why)) {
		case TEMPLATE_MADE:
			return MADE;
		case TEMPLATE_MISSING:
			return MISSING;
		default:
			return FAILED;
		}
	case KEY_COMMAND:
		return command_step(k, s->text, command, why);
	case KEY_CLASS:
		return class_step(k, s->text, why);
	case KEY_VALUE:
		k->n++;
		return buf_string(&k->text, s->text) < 0 ? FAILED : MADE;
	default:
		return document_step(k, s->text, why);
	}
}

/* The parts as an array. */
static int
parts_list(struct key *k)
{
	const char *part = k->text.at;

	if (buf_room(&k->list, k->n * sizeof(part)) < 0)
		return -1;
	for (size_t i = 0; i < k->n; i++, part += strlen(part) + 1)
		buf_add(&k->list, &part, sizeof(part));
	k->parts = (const char *const *)(void *)k->list.at;
	return 0;
}

static int
key_missing(struct key *k, const struct key_step *s, bool strict,
    struct fault *f)
{
	k->n = 0;
	k->text.len = 0;
	k->failed = s;
	return strict ? fault_set(f, EXIT_KEY, "cannot make the key: ",
	    TEXT_QUOTED, k->why, NULL) : 0;
}

int
key_make(struct key *k, const struct key_step *steps, size_t nsteps,
    const struct valued *valued, bool strict, char *const command[],
    struct fault *f)
{
	struct text why;

	k->n = 0;
	k->parts = NULL;
	k->failed = NULL;
	k->text = (struct buf){ 0 };
	k->list = (struct buf){ 0 };
	why = text_in(k->why, sizeof(k->why));
	for (size_t i = 0; i < nsteps; i++) {
		switch (step_take(k, &steps[i], valued, command, &why)) {
		case MADE:
			why = text_in(k->why, sizeof(k->why));
			break;
		case MISSING:
			return key_missing(k, &steps[i], strict, f);
		case FAILED:
			return fault_errno(f, EXIT_SYSTEM, errno,
			    "cannot make the key", NULL);
		}
	}
	/* An empty key counts as no key, whatever step made it. */
	if (k->n == 1 && k->text.len == 1) {
		text_add(&why, "it is empty");
		return key_missing(k, &steps[nsteps - 1], strict, f);
	}
	if (k->text.len > KEY_LIMIT)
		return fault_set(f, EXIT_KEY, "the key is longer than 4 MiB",
		    NULL);
	if (k->n && parts_list(k) < 0)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM,
		    "cannot make the key", NULL);
	return 0;
}

void
key_free(struct key *k)
{
	buf_free(&k->text);
	buf_free(&k->list);
	k->n = 0;
}

#define TOOL_HERE ": this tool works on the folder in which it is started;" \
	" -k or -a: otherwise"
#define TOOL_MOVED ", which its options name; -k or -a: otherwise"

void
key_steps_text(const struct key_step *steps, size_t n, struct text *t)
{
	static const char *const names[] = { "-k ", "--key-cmd=",
		"--key-match=", "-d: ", "its folder", "its own: ",
		"its own: " };

	for (size_t i = 0; i < n; i++) {
		text_all(t, i ? " " : "", names[steps[i].kind], NULL);
		if (steps[i].kind == KEY_TOOL)
			text_add(t, strcmp(steps[i].text, ".") ? TOOL_MOVED :
			    TOOL_HERE);
		else
			text_typed(t, steps[i].text);
	}
}
