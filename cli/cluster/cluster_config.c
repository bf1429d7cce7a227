/*
 * cluster_config.c: where the store is, and what our libraries may see.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cluster/cluster_config.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/trusted.h"
#include "preload/contract.h"

#define CLUSTER_FILE SYSCONFDIR "/onlyone/cluster"

static const char *
file(void)
{
	return point_path("ONLYONE_TEST_CLUSTER", CLUSTER_FILE);
}

/* Read the file.  0; -1: a fault; 1: there is no such file.  It must be
 * trusted: its writer decides where every user's launches connect. */
static int
file_read(char *buf, struct fault *f)
{
	bool linked;
	int fd = trusted_open(AT_FDCWD, file(), file(), &linked, f), r = 0;
	ssize_t n;

	if (fd < 0)
		return f->code == EXIT_NONE ? 1 : -1;
	n = io_read(fd, buf, CLUSTER_URL - 1);
	if (n < 0)
		r = fault_errno(f, EXIT_DENIED, errno, "cannot read ", file(),
		    NULL);
	else
		buf[n] = '\0';
	io_close(&fd);
	return r;
}

/* The first line of the file that is not a comment.  NULL: a fault. */
static const char *
url_file(char *buf, struct fault *f)
{
	int r = file_read(buf, f);
	char *line, *save;

	for (line = r ? NULL : strtok_r(buf, "\r\n", &save); line;
	    line = strtok_r(NULL, "\r\n", &save)) {
		line += strspn(line, " \t");
		line[strcspn(line, " \t")] = '\0';
		if (*line && *line != '#')
			return line;
	}
	if (r >= 0)
		fault_set(f, EXIT_USAGE, "which cluster? --store=URL, "
		    ENV_CLUSTER ", or a line in " CLUSTER_FILE, NULL);
	return NULL;
}

const char *
cluster_config_url(const char *given, char *buf, struct fault *f)
{
	const char *url = given;

	if (!url)
		url = getenv(ENV_CLUSTER);
	return url && *url ? url : url_file(buf, f);
}

void
cluster_config_environ(char *env[CLUSTER_ENV])
{
	static const char *const kept[] = { "ONLYONE_TEST_", ENV_DIR "=", "TZ=",
		"HOME=" };
	size_t n = 0;

	for (char **e = environ; *e && n < CLUSTER_ENV - 1; e++) {
		for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
			if (!strncmp(*e, kept[i], strlen(kept[i]))) {
				env[n++] = *e;
				break;
			}
		}
	}
	env[n] = NULL;
}
