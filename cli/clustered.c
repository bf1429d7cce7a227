/*
 * clustered.c: where the cluster is, and how its helper is run.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clustered.h"
#include "cli/io.h"
#include "cli/points.h"
#include "preload/contract.h"

#define CLUSTER_FILE SYSCONFDIR "/onlyone/cluster"

/* The first line of the file that is none of a comment. */
static const char *
url_file(char *buf)
{
	char *line, *save;

	if (io_file(AT_FDCWD, point_path("ONLYONE_TEST_CLUSTER", CLUSTER_FILE),
	    buf, CLUSTERED_URL) < 0)
		return NULL;
	for (line = strtok_r(buf, "\r\n", &save); line;
	    line = strtok_r(NULL, "\r\n", &save)) {
		line += strspn(line, " \t");
		line[strcspn(line, " \t")] = '\0';
		if (*line && *line != '#')
			return line;
	}
	return NULL;
}

const char *
clustered_url(const char *given, char *buf, struct fault *f)
{
	const char *url = given;

	if (!url)
		url = getenv(ENV_CLUSTER);
	if (!url || !*url)
		url = url_file(buf);
	if (!url)
		fault_set(f, EXIT_USAGE, "which cluster? --cluster=URL, "
		    ENV_CLUSTER ", or a line in " CLUSTER_FILE, NULL);
	return url;
}

void
clustered_environ(char *env[CLUSTERED_ENV])
{
	static const char *const kept[] = { "ONLYONE_TEST_", ENV_DIR "=", "TZ=",
		"HOME=" };
	size_t n = 0;

	for (char **e = environ; *e && n < CLUSTERED_ENV - 1; e++) {
		for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
			if (!strncmp(*e, kept[i], strlen(kept[i]))) {
				env[n++] = *e;
				break;
			}
		}
	}
	env[n] = NULL;
}
