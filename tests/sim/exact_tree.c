/*
 * exact_tree.c: files that the tables of exact command lines name: programs in several
 * folders, links in front of them, scripts, documents, lock files.
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

/* Of exact_locks.c and exact_outputs.c: whose they are counts. */
static const struct {
	const char *path;
	mode_t mode;
	uid_t uid;
	int names; /* 0: one */
} locks[] = {
	{ "/home/u/of/file", 0600, 1000, 0 },
	{ "/home/u/of/read", 0444, 1000, 0 },
	{ "/home/u/of/write", 0200, 1000, 0 },
	{ "/home/u/of/closed", 0, 1000, 0 },
	{ "/tmp/read", 0444, 1001, 0 },
	{ "/tmp/closed", 0640, 1001, 0 },
	{ "/tmp/d/file", 0666, 1001, 0 },
	{ "/tmp/d/closed", 0600, 1001, 0 },
	{ "/tmp/two", 0600, 1000, 2 },
	{ "/tmp/two-all", 0666, 1000, 2 },
	{ "/home/u/of/two", 0600, 1000, 2 },
};

static const struct { const char *path, *target; uid_t uid; } lock_links[] = {
	{ "/home/u/to-file", "of/file", 0 },
	{ "/home/u/to-none", "/home/u/of/none", 0 },
	{ "/home/u/to-folder", "of/", 0 },
	{ "/home/u/to-link", "to-folder/../to-file", 0 },
	{ "/home/u/loop", "loop", 0 },
	{ "/home/u/far", "/home/u/of/nobody/x", 0 },
	{ "/tmp/of-root", "/home/u/of/file", 0 },
	{ "/tmp/theirs", "/home/u/of/file", 1001 },
	{ "/tmp/folder", "/home/u/of", 1001 },
	{ "/tmp/d/theirs", "/home/u/of/file", 1001 },
	{ "/srv/theirs", "/home/u/of/file", 1001 },
	{ "/srv/folder", "/home/u/of", 1001 },
};

static const struct { const char *path; uid_t uid; } lock_folders[] = {
	{ "/home/u/of", 1000 }, { "/tmp/d", 1001 }, { "/srv", 0 }
};

static void
locks_make(void)
{
	struct inode *made;

	for (size_t i = 0; i < sizeof(locks) / sizeof(*locks); i++) {
		made = file_make(locks[i].path, locks[i].mode, "");
		made->uid = locks[i].uid;
		if (locks[i].names)
			made->nlink = locks[i].names;
	}
	for (size_t i = 0; i < sizeof(lock_links) / sizeof(*lock_links); i++)
		link_make(lock_links[i].path, lock_links[i].target)->uid =
		    lock_links[i].uid;
	for (size_t i = 0; i < sizeof(lock_folders) / sizeof(*lock_folders); i++) {
		if (path_find(AT_FDCWD, lock_folders[i].path, true, &made))
			unknown("%s", lock_folders[i].path);
		made->uid = lock_folders[i].uid;
	}
}

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
	locks_make();
	mounts_make();
	now = NULL;
}
