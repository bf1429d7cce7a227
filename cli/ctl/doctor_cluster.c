/*
 * doctor_cluster.c: whether the cluster that is configured can be asked.
 *
 * onlyone-cluster is run, which reads the URL, and the files that it names, as
 * it does for a launch, and asks nobody.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/clustered.h"
#include "cli/ctl/doctor_cluster.h"
#include "cli/ctl/tried.h"
#include "cli/points.h"
#include "preload/contract.h"

enum { HELPER_MS = 10000 };

/* What it says of a URL, in words of its own; "": it can be used. */
static const char *
helper_try(const char *path, const char *url, char *said, size_t cap)
{
	char *argv[] = { (char *)CLUSTER_NAME, (char *)"open", (char *)url,
		(char *)"--", NULL }, *env[CLUSTERED_ENV];
	static const char name[] = "onlyonectl: ";
	int status;

	clustered_environ(env);
	status = tried(path, argv, env, point_ms("doctor-cluster", HELPER_MS),
	    said, cap);
	if (status == TRIED_NOT)
		return fault_text(errno);
	if (status == TRIED_HANGS)
		return CLUSTER_NAME " hangs";
	if (status && !*said)
		return CLUSTER_NAME " does not start";
	return strncmp(said, name, sizeof(name) - 1) ? said :
	    said + sizeof(name) - 1;
}

void
doctor_cluster(struct report *r)
{
	char storage[CLUSTERED_URL], found[PATH_MAX], said[1024], line[4096];
	char remedy[PATH_MAX + 64];
	const char *where = clustered_where(), *url, *path, *why;
	struct fault f;

	if (!where)
		return;
	url = clustered_url(NULL, storage, &f);
	if (!url && f.code == EXIT_DENIED) {
		report_wrong(r, f.line, "--scope=cluster ends with 77; chown"
		    " root, chmod 644");
		return;
	}
	if (!url) {
		snprintf(line, sizeof(line), "%s has no line with a URL",
		    where);
		report_wrong(r, line, "see onlyone-cluster(7)");
		return;
	}
	path = beside_find(CLUSTER_NAME, X_OK, found);
	if (!path) {
		snprintf(line, sizeof(line), "a cluster is named in %s, and "
		    CLUSTER_NAME " is neither beside this program nor"
		    " installed", where);
		report_wrong(r, line, "--scope=cluster ends with 69; make"
		    " install, or the package " CLUSTER_NAME);
		return;
	}
	why = helper_try(path, url, said, sizeof(said));
	snprintf(line, sizeof(line), "cluster: %s%s", *why ? why : url, *why ?
	    "" : "; whether it answers: onlyonectl cluster check");
	if (!*why) {
		report_good(line);
		return;
	}
	snprintf(remedy, sizeof(remedy), "it is named in %s; see"
	    " onlyone-cluster(7)", where);
	report_wrong(r, line, remedy);
}
