/*
 * exact_roots.c: command lines with a state folder that is given, and why it is
 * refused.
 */
#include <stddef.h>

#include "tests/sim/exact.h"
#include "tests/sim/kernel.h"

const struct exact_row exact_roots[] = {
	{ "$ONLYONE_DIR=/var/new true", 0, "> true\n" },
	{ "$ONLYONE_DIR=/var/new/ -v true", 0, "> true\n" },
	{ "$ONLYONE_DIR=/var/own true", 0, "> true\n" },
	{ "$ONLYONE_DIR=/var/opened true", 0, "> true\n" },
	{ "$ONLYONE_DIR= true", 0, "> true\n" },
	{ "$ONLYONE_DIR=/mnt/ext/own true", 0, "> true\n" },
	{ "$ONLYONE_DIR=/mnt/nfs/own true", 0, "> true\n" },
	{ "$ONLYONE_DIR=/mnt/fuse true", 73,
	    "state folder /mnt/fuse lies on a FUSE file system; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/mnt/fuse/own true", 73,
	    "state folder /mnt/fuse/own lies on a FUSE file system; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=own true", 73,
	    "ONLYONE_DIR=own is not an absolute path\n" },
	{ "$ONLYONE_DIR=/var/foreign true", 73,
	    "state folder /var/foreign belongs to another user; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/link true", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/link/ true", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/file true", 73,
	    "state folder /var/file is not a directory; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/open true", 73,
	    "state folder /var/open is writable by others; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/sticky true", 73,
	    "state folder /var/sticky is writable by others; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/file/new true", 73,
	    "state folder /var/file/new: Not a directory\n" },
	{ "$ONLYONE_DIR=/none/new true", 73,
	    "cannot make state folder /none/new: No such file or "
	    "directory\n" },
	{ "$ONLYONE_DIR=/var/link --skip true", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/link --wait true", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/link --replace true", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/link -E7 true", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/link -q true", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/link -W true", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/link --background true", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/link --adopt true", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/link -d true 3 4", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n"
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ "$ONLYONE_DIR=/var/link --on-error=run true", 0,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n"
	    "started anyway (--on-error=run): nothing prevents a second "
	    "instance\n"
	    "> true\n" },
	{ "$ONLYONE_DIR=/var/link --on-error=run true 3", 3,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n"
	    "started anyway (--on-error=run): nothing prevents a second "
	    "instance\n"
	    "> true 3\n" },
	{ "$ONLYONE_DIR=/var/link -q --on-error=run true", 0,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n"
	    "> true\n" },
	{ "$ONLYONE_DIR=/none/new --on-error=run true", 0,
	    "cannot make state folder /none/new: No such file or "
	    "directory\n"
	    "started anyway (--on-error=run): nothing prevents a second "
	    "instance\n"
	    "> true\n" },
	{ "$ONLYONE_DIR=/var/link --dry-run true", 73,
	    "state folder /var/link is a symbolic link; set "
	    "ONLYONE_DIR to a folder of your own\n" },
	{ NULL, 0, NULL }
};

/* Folders that may be given as state roots, or not. */
void
exact_roots_make(void)
{
	enum { OTHER = 1001 };
	static const char slot[] = "true-00000000000000000000000000000000";
	struct inode *var, *opened;

	now = procs;
	var = file_make("/var/file", 0600, "")->parent;
	var->mode = S_IFDIR | 0777;
	link_make("/var/link", "/var/own");
	folder_make(var, "own", 0700, procs->uid);
	folder_make(var, "open", 0775, procs->uid);
	folder_make(var, "sticky", 01777, procs->uid);
	folder_make(var, "foreign", 0755, OTHER);
	opened = folder_make(var, "opened", 0775, procs->uid);
	folder_make(opened, slot, 0700, procs->uid);
	file_make("/var/opened/true-00000000000000000000000000000000/info",
	    0600, "");
	now = NULL;
}
