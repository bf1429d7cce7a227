/*
 * exact_tree.c: files that exact_names.c and exact_keys.c name: programs in several folders, links
 * in front of them, scripts, documents.
 */
#include "tests/sim/exact.h"
#include "tests/sim/kernel.h"

/* Each is the same program. */
static const char *const programs[] = { "/bin/awk", "/bin/bash", "/bin/busybox",
	"/bin/curl", "/bin/git", "/bin/java", "/bin/job", "/bin/make", "/bin/node",
	"/bin/nohup", "/bin/npm", "/bin/perl", "/bin/php", "/bin/python3",
	"/bin/rsync", "/bin/setsid", "/bin/ssh", "/bin/sudo", "/bin/systemctl",
	"/bin/tar", "/bin/timeout", "/bin/xterm", "/opt/app/v1/bin/server",
	"/opt/app/v2/bin/server", "/opt/tool", "/opt/other/tool", "/opt/other/late",
	"/usr/lib/prog", "/usr/sbin/prog", "/home/u/tool", "/home/u/d/tool",
	"/home/u/.local/lib/onlyone/bin/ours",
	"/home/u/.local/lib/onlyone/bin/true" };

static const struct { const char *path, *target; } links[] = {
	{ "/opt/app/current", "/opt/app/v1" },
	{ "/opt/app/server", "current/bin/server" },
	{ "/lib", "/usr/lib" },
	{ "/home/u/ln", "d" },
	{ "/home/u/up", "d/e/f" },
	{ "/home/u/file", "d/f" },
	{ "/home/u/abs", "/home/u/d/f" },
	{ "/home/u/gone", "d/gone" },
	{ "/home/u/self", "self" },
	{ "/srv/home", "/home/u" },
};

static const struct { const char *path; mode_t mode; const char *text; } files[] = {
	{ "/home/u/d/f", 0644, "" },
	{ "/home/u/d/e/f/g", 0644, "" },
	{ "/home/u/s.py", 0644, "" },
	{ "/home/u/s.jar", 0644, "" },
	{ "/home/u/x.sh", 0755, "#!/bin/sh\n" },
	{ "/home/u/Makefile", 0644, "" },
	{ "/opt/plain", 0644, "" },
	{ "/opt/folder/late", 0644, "" },
	{ "/opt/script", 0755, "#!/bin/sh\n" },
};

void
exact_tree_make(void)
{
	struct inode *program;
	struct entry *path;

	now = procs;
	if (path_find(AT_FDCWD, "/bin/true", true, &program))
		unknown("/bin/true");
	path = program->entry;
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		struct inode *made = file_make(programs[i], 0755, "");

		made->number = program->number;
		made->data = program->data;
		made->size = program->size;
	}
	program->entry = path;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		file_make(files[i].path, files[i].mode, files[i].text)->number =
		    files[i].mode & 0100 ? program->number : 0;
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		link_make(links[i].path, links[i].target);
	now = NULL;
}
