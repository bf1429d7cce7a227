/*
 * session.c: onlyonectl session: the programs to which rules apply.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/part_path.h"
#include "cli/base/points.h"
#include "cli/base/trusted.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/session.h"
#include "cli/core/key/identity.h"
#include "cli/core/launch/program.h"
#include "cli/core/rule/link.h"
#include "preload/entry.h"

/*
 * Enforce rules for all programs that a session starts.
 *
 * The shim is named by one entry of LD_PRELOAD, which children inherit.  If the
 * shim for 32-bit programs is installed too, the entry contains $LIB, which
 * each loader replaces in its own way.  We only print where the entry belongs,
 * or put it into the environment of one command: no file of the user's is
 * changed, and never /etc/ld.so.preload, which no program on the system could
 * escape.
 *
 * If a line is for every user, each part of the path must be root's alone:
 * anyone who can write to it could run code as any user who logs in.
 */

/* The value of LD_PRELOAD that the loader reads; "": none. */
static const char *
preload_get(void)
{
	const char *s = environ[entry_index(environ)];

	return s ? s + strlen(ENTRY_NAME) : "";
}

bool
session_on(char *path)
{
	size_t len;
	const char *at = entry_plain(preload_get(), &len);
	struct text t;

	if (!at)
		return false;
	t = text_in(path, PATH_MAX);
	text_mem(&t, at, len);
	return true;
}

/* If both shims are installed, put $LIB into path, so that it names both. */
static void
shim_both(char *path)
{
	size_t n = entry_home(path, strlen(path)) + 1;
	char other[PATH_MAX];
	struct text t;

	if (!entry_sibling(other, sizeof(other), path) ||
	    access(other, R_OK) < 0)
		return;
	t = text_in(other, PATH_MAX);
	text_mem(&t, path, n);
	text_add(&t, SHIM_LIB);
	/* The installation also makes a link in a folder literally named $LIB,
	 * beside those in the folders that loaders expand it to. */
	if (!t.cut && access(other, R_OK) == 0)
		strcpy(path, other);
}

int
session_shim(char *path, struct fault *f)
{
	char found[PATH_MAX];
	const char *shim = part_path(SHIM_NAME, R_OK, found);

	if (!shim)
		return fault_set(f, EXIT_NOANSWER, SHIM_NAME " is neither"
		    " beside this program nor installed; make install", NULL);
	if (identity_path(shim, path) < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, shim, NULL);
	if (strpbrk(path, " :$"))
		return fault_set(f, EXIT_SYSTEM, path, ": LD_PRELOAD cannot"
		    " name a path with a space, colon or $; install it"
		    " elsewhere", NULL);
	shim_both(path);
	return 0;
}

/* Check who can change what this entry loads, and the programs that it
 * starts. */
static enum writers
entry_writers(const char *shim, char *part)
{
	char paths[3][PATH_MAX], at[PATH_MAX];
	enum writers worst = WRITERS_ROOT, w;

	strcpy(paths[0], shim);
	if (link_target(paths[1]) < 0 ||
	    !entry_sibling(paths[2], PATH_MAX, shim))
		return WRITERS_OTHERS;
	for (int i = 0; i < 3; i++) {
		if (access(paths[i], F_OK) < 0)
			continue;
		w = trusted_writers(paths[i], true, at);
		if (w > worst) {
			worst = w;
			strcpy(part, at);
		}
	}
	return worst;
}

static int
session_print(const char *shim, struct fault *f)
{
	int n = (int)entry_home(shim, strlen(shim)) + 1;
	const char *name = shim + n;
	bool both = *name == '$';
	char part[PATH_MAX];
	enum writers writers = entry_writers(shim, part);

	if (writers == WRITERS_OTHERS)
		return fault_set(f, EXIT_DENIED, part, " may be written by"
		    " others, and what they put there would run as you: no"
		    " line is given for ", shim, "; chmod go-w that, or"
		    " install it elsewhere", NULL);
	printf("Rules are enforced for programs that have this library in"
	    " LD_PRELOAD.  Put one of\nthese in place and log in again; for"
	    " one command: onlyonectl session -- COMMAND\n\n"
	    "In ~/.config/environment.d/onlyone.conf, for a desktop that"
	    " systemd starts:\n\n"
	    "    LD_PRELOAD=%.*s%s%s${LD_PRELOAD:+:$LD_PRELOAD}\n\n"
	    "In ~/.profile, for log-in shells and what they start:\n\n"
	    "    export LD_PRELOAD=%.*s%s%s${LD_PRELOAD:+:$LD_PRELOAD}\n\n",
	    n, shim, both ? "$" : "", name, n, shim, both ? "\\" : "", name);
	if (writers == WRITERS_ROOT)
		printf("In /etc/security/pam_env.conf, for each user that logs"
		    " in:\n\n"
		    "    LD_PRELOAD DEFAULT=%.*s%s%s\n",
		    n, shim, both ? "\\" : "", name);
	else
		printf("There is no line for all users: users other than root"
		    " can write to\n%s, and could run anything as whoever logs"
		    " in.\nmake install as root, or a package, installs it for"
		    " all.\n", part);
	return 0;
}

/* Put the shim before the user's own entries of LD_PRELOAD.  0 or -1. */
static int
preload_put(const char *shim, struct fault *f)
{
	const char *old = preload_get(), *at;
	size_t len, n = strlen(shim);
	char *value;
	int r;

	at = entry_plain(old, &len);
	if (at && len == n && !memcmp(at, shim, n))
		return 0; /* it is there already */
	if (asprintf(&value, "%s%s%s", shim, *old ? ":" : "", old) < 0)
		return fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot begin",
		    NULL);
	/* If the environment has LD_PRELOAD several times, the last one counts:
	 * leave only one. */
	unsetenv("LD_PRELOAD");
	r = setenv("LD_PRELOAD", value, 1);
	free(value);
	return r == 0 ? 0 : fault_errno(f, EXIT_SYSTEM, errno, "cannot begin",
	    NULL);
}

int
ctl_session(struct ctl *c, struct fault *f)
{
	static struct identity id;
	char shim[PATH_MAX], *shell[2] = { getenv("SHELL"), NULL };
	char **command = c->rest;

	if (session_shim(shim, f) < 0)
		return -1;
	if (!command)
		return session_print(shim, f);
	if (!*command) {
		if (!*shell || !**shell)
			*shell = (char *)"/bin/sh";
		command = shell;
	}
	if (identity_find(&id, command, "session", f) < 0 ||
	    preload_put(shim, f) < 0)
		return -1;
	return file_exec(id.file, command, environ, f);
}

/* Report the lines that load our library at every log-in from a place that
 * others than root may write to. */
static void
everyone_check(struct report *r)
{
	static const char *const files[] = { "security/pam_env.conf",
		"environment", "profile", "ld.so.preload" };
	char path[PATH_MAX], part[PATH_MAX], *line = NULL, *at, *to;
	size_t room = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s",
		    point_path("ONLYONE_TEST_ETC", "/etc"), files[i]);
		file = fopen(path, "re");
		while (file && getline(&line, &room, file) > 0) {
			at = strstr(line, "/" SHIM_NAME);
			if (!at || line[strspn(line, " \t")] == '#')
				continue;
			at[strlen("/" SHIM_NAME)] = '\0';
			while (at > line && !strchr("=: \t\"'", at[-1]))
				at--;
			/* pam_env.conf(5): \$ */
			for (char *from = to = at; (*to = *from); from++)
				to += *from != '\\';
			if (trusted_writers(at, true, part) != WRITERS_ROOT)
				report_wrong(r, "remove that line; make"
				    " install as root, or a package, installs"
				    " it for all", "%s loads %s into every"
				    " log-in, and %s can be written by users"
				    " other than root", path, at, part);
		}
		if (file)
			fclose(file);
	}
	free(line);
}

void
session_check(struct report *r, size_t rules)
{
	char path[PATH_MAX];
	bool on = session_on(path);

	everyone_check(r);
	if (on && access(path, R_OK) < 0) {
		report_wrong(r, "onlyonectl session says what belongs there",
		    "LD_PRELOAD names %s, which cannot be read", path);
		return;
	}
	report_good("enforcement is %s in this session, with %zu rule%s",
	    on ? "on" : "off", rules, rules == 1 ? "" : "s");
}
