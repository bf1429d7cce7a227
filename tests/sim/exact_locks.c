/*
 * exact_locks.c: lock files by their paths, for an ordinary user: what may be
 * locked, and which links are followed (named_file.c).
 */
#include <stddef.h>

#include "tests/sim/exact.h"

#define RUNS 3, "> true 3\n"
#define TRAP(path) 73, "the lock file " path " is a link that another user may " \
	"have put there, or is behind one; name the file itself, or use a folder " \
	"of your own\n"
#define CANNOT(path, why) 73, "cannot open the lock file " path ": " why "\n"
#define NO_FILE(path) 73, "the lock file " path " is neither a file nor a folder\n"
#define FILES(by, mode) "Permission denied; it is uid " by "'s, mode " mode \
	"\nuse a file that all can open (chmod 666), or a folder of your own"

const struct exact_row exact_locks[] = {
	{ "--lock-file=/home/u/of/file true 3", RUNS },
	{ "--lock-file=/home/u/of/file:shared true 3", RUNS },
	{ "--lock-file=/home/u/of/file:exclusive true 3", RUNS },
	{ "--lock-file=home/u/of/file true 3", RUNS },
	{ "--lock-file=/home/u/of/new true 3", RUNS },
	{ "--lock-file=//home/./u//of/file true 3", RUNS },
	{ "--lock-file=/home/u/../u/of/./file true 3", RUNS },
	{ "--lock-file=../home/u/of/file true 3", RUNS },
	{ "--lock-file=/home/u/to-file true 3", RUNS },
	{ "--lock-file=/home/u/to-none true 3", RUNS },
	{ "--lock-file=/home/u/to-folder true 3", RUNS },
	{ "--lock-file=/home/u/to-folder/ true 3", RUNS },
	{ "--lock-file=/home/u/to-folder/file true 3", RUNS },
	{ "--lock-file=/home/u/to-folder/. true 3", RUNS },
	{ "--lock-file=/home/u/to-folder/.. true 3", RUNS },
	{ "--lock-file=/home/u/to-link true 3", RUNS },
	{ "--lock-file=/home/u/of true 3", RUNS },
	{ "--lock-file=/home/u/of/read true 3", RUNS },
	{ "--lock-file=/home/u/of/read:shared true 3", RUNS },
	{ "--lock-file=/home/u/of/write true 3", RUNS },
	{ "--lock-file=/ true 3", RUNS },
	{ "--lock-file=. true 3", RUNS },
	{ "--lock-file=/proc/self/exe true 3", RUNS },
	{ "--lock-file=/proc/self/cwd/home/u/of/file true 3", RUNS },
	{ "--lock-file=/mnt/nfs/file true 3", RUNS },
	{ "--lock-file=/mnt/nfs/file:shared true 3", RUNS },
	{ "--lock-file=/mnt/cifs/file true 3", RUNS },
	{ "--lock-file=/mnt/fuse/file true 3", RUNS },
	{ "--lock-file=/mnt/ext/file true 3", RUNS },
	{ "--lock-file=/tmp/of-root true 3", RUNS },
	{ "--lock-file=/tmp/read true 3", RUNS },
	{ "--lock-file=/tmp/new true 3", RUNS },
	{ "--lock-file=/tmp/d/file true 3", RUNS },
	{ "--lock-file=/srv/folder/file true 3", RUNS },
	{ "--lock-file=/srv/theirs true 3", TRAP("/srv/theirs") },
	{ "--lock-file=/tmp/theirs true 3", TRAP("/tmp/theirs") },
	{ "--lock-file=/tmp/folder/file true 3", TRAP("/tmp/folder/file") },
	{ "--lock-file=/tmp/d/theirs true 3", TRAP("/tmp/d/theirs") },
	{ "--lock-file=/home/u/loop true 3",
	    CANNOT("/home/u/loop", "Too many levels of symbolic links") },
	{ "--lock-file=/home/u/loop/x true 3",
	    CANNOT("/home/u/loop/x", "Too many levels of symbolic links") },
	{ "--lock-file=/home/u/far true 3",
	    CANNOT("/home/u/far", "No such file or directory") },
	{ "--lock-file=/home/u/of/file/ true 3",
	    CANNOT("/home/u/of/file/", "Not a directory") },
	{ "--lock-file=/home/u/of/file/x true 3",
	    CANNOT("/home/u/of/file/x", "Not a directory") },
	{ "--lock-file=/home/u/none/x true 3",
	    CANNOT("/home/u/none/x", "No such file or directory") },
	{ "--lock-file=/home/u/of/closed true 3",
	    CANNOT("/home/u/of/closed", "Permission denied") },
	{ "--lock-file=/tmp/closed true 3",
	    CANNOT("/tmp/closed", FILES("1001", "0640")) },
	{ "--lock-file=/tmp/d/closed true 3",
	    CANNOT("/tmp/d/closed", FILES("1001", "0600")) },
	{ "--lock-file=/srv/new true 3", CANNOT("/srv/new", "Permission denied") },
	{ "--lock-file=/dev/null true 3", NO_FILE("/dev/null") },
	{ NULL, 0, NULL }
};
