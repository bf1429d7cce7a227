/*
 * cluster.c: verbs about a cluster: this process becomes onlyone-cluster, which
 * asks the cluster's store, not this host.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/part_path.h"
#include "cli/base/cluster_config.h"
#include "cli/core/ctl/cluster.h"
#include "cli/base/say.h"
#include "preload/contract.h"

static size_t
count(char *const *words)
{
	size_t n = 0;

	while (words && words[n])
		n++;
	return n;
}

static int
cluster_become(const char *verb, const char *url, char *const *options,
    char *const *operands, char *const *rest, struct fault *f)
{
	char path[PATH_MAX], *env[CLUSTER_ENV], **argv;
	size_t n = 0;

	if (!part_path(CLUSTER_NAME, X_OK, path))
		return fault_errno(f, EXIT_NOANSWER, errno, CLUSTER_NAME,
		    NULL);
	argv = calloc(count(options) + count(operands) + count(rest) + 8,
	    sizeof(*argv));
	if (!argv)
		return fault_errno(f, EXIT_SYSTEM, errno, CLUSTER_NAME, NULL);
	argv[n++] = (char *)CLUSTER_NAME;
	argv[n++] = (char *)verb;
	argv[n++] = (char *)url;
	while (*options)
		argv[n++] = *options++;
	argv[n++] = (char *)"--";
	while (operands && *operands)
		argv[n++] = *operands++;
	if (rest)
		argv[n++] = (char *)"--";
	while (rest && *rest)
		argv[n++] = *rest++;
	cluster_config_environ(env);
	execve(path, argv, env);
	fault_errno(f, EXIT_NOANSWER, errno, "cannot run ", path, NULL);
	free(argv);
	return -1;
}

int
cluster_run(struct ctl *c, const char *verb, struct fault *f)
{
	char storage[CLUSTER_URL], digits[24], *options[4];
	const char *url = cluster_config_url(c->o.cluster, storage, f);
	size_t n = 0;

	if (!url)
		return -1;
	if (c->o.all || c->o.raw || c->o.sealed || c->o.waiting || c->o.tree ||
	    c->o.sort >= 0 || c->o.kill_ms >= 0 || c->o.user || c->o.all_users)
		return fault_set(f, EXIT_USAGE, verb, ": --cluster goes with"
		    " --json and -w alone; see onlyonectl --help", NULL);
	if (c->o.json)
		options[n++] = (char *)"--json";
	if (c->o.wait_ms != -1) {
		options[n++] = (char *)"-w";
		options[n++] = (char *)say_num(digits, c->o.wait_ms ==
		    WAIT_EVER ? INT_MAX : c->o.wait_ms);
	}
	options[n] = NULL;
	return cluster_become(verb, url, options, c->operands, c->rest, f);
}

int
ctl_cluster(struct ctl *c, struct fault *f)
{
	char storage[CLUSTER_URL], *options[2] = { NULL, NULL };
	const char *verb = c->operands[0], *url;

	if (strcmp(verb, "check") && strcmp(verb, "init"))
		return fault_set(f, EXIT_USAGE, "cluster: '", verb, "' is not"
		    " check or init; see onlyonectl --help", NULL);
	url = cluster_config_url(c->operands[1], storage, f);
	if (!url)
		return -1;
	if (c->o.make)
		options[0] = (char *)"--make";
	return cluster_become(verb, url, options, NULL, NULL, f);
}
