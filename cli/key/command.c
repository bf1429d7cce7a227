/*
 * command.c: --key-cmd: a part of the key that a command computes.
 *
 * It runs at each launch, before anything is touched, in the launch's place:
 * its folder, environment and standard error.  Standard input is the
 * program's, so it gets none.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/key/command.h"

static _Noreturn void
command_exec(const char *line, char *const command[], int out)
{
	char shell[] = "sh", option[] = "-c", name[] = "onlyone";
	struct buf list;
	int null = open("/dev/null", O_RDONLY);
	char *end = NULL, *words[] = { shell, option, (char *)line, name };

	if (null >= 0)
		dup2(null, 0);
	dup2(out, 1);
	buf_init(&list, NULL, 0);
	buf_add(&list, words, sizeof(words));
	for (char *const *a = command + 1; *a; a++)
		buf_add(&list, a, sizeof(*a));
	if (buf_add(&list, &end, sizeof(end)) == 0)
		execve("/bin/sh", (char **)(void *)list.at, environ);
	_exit(127);
}

/* What comes in at fd, without trailing newlines, as a string. */
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
	text_init(why, why->at, why->cap);
	if (WIFEXITED(status)) {
		text_add(why, "ends with ");
		text_num(why, WEXITSTATUS(status));
	} else {
		text_add(why, "is ended by signal ");
		text_num(why, WTERMSIG(status));
	}
}

enum command_result
command_run(const char *line, char *const command[], struct buf *out,
    struct text *why)
{
	enum command_result result;
	int ends[2], status, err;
	bool cut = false; /* that it got SIGPIPE is our doing */
	pid_t pid;

	early_gate();
	if (pipe2(ends, O_CLOEXEC) < 0)
		return COMMAND_FAILED;
	pid = fork();
	if (pid == 0)
		command_exec(line, command, ends[1]);
	err = errno;
	io_close(&ends[1]);
	if (pid < 0) {
		io_close(&ends[0]);
		errno = err;
		return COMMAND_FAILED;
	}
	result = output_take(ends[0], out, why, &cut);
	err = errno;
	io_close(&ends[0]); /* one that prints on gets SIGPIPE */
	if (IO_RETRY(waitpid(pid, &status, 0)) == pid && status && !cut &&
	    result != COMMAND_FAILED) {
		end_tell(status, why);
		result = COMMAND_MISSING;
	}
	errno = err;
	return result;
}
