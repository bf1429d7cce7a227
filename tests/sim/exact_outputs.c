/*
 * exact_outputs.c: output files by their paths, for an ordinary user: into which a
 * launch writes (named_file.c, streams.c).
 */
#include <stddef.h>

#include "tests/sim/exact.h"

#define WRITES(name) 3, "> true 3 >" name "\n"
#define CANNOT(path, why) 73, "cannot open the output file " path ": " why "\n"
#define THEIRS(path, why) CANNOT(path, why "; another user may have put it there: use " \
	"a folder of your own")

const struct exact_row exact_outputs[] = {
	{ "$IN=/home/u --output=ln/../o true 3", WRITES("o") },
	{ "$IN=/home/u --output=of/file true 3", WRITES("file") },
	{ "--output=. true 3", CANNOT(".", "Is a directory") },
	{ "--output=../home/u/of/file true 3", WRITES("file") },
	{ "--output=/ true 3", CANNOT("/", "Is a directory") },
	{ "--output=//home/./u//of/file true 3", WRITES("file") },
	{ "--output=/dev/null true 3", 3, "> true 3\n" },
	{ "--output=/home/u/../u/of/./file true 3", WRITES("file") },
	{ "--output=/home/u/far true 3",
	    CANNOT("/home/u/far", "No such file or directory") },
	{ "--output=/home/u/loop true 3",
	    CANNOT("/home/u/loop", "Too many levels of symbolic links") },
	{ "--output=/home/u/loop/x true 3",
	    CANNOT("/home/u/loop/x", "Too many levels of symbolic links") },
	{ "--output=/home/u/none/x true 3",
	    CANNOT("/home/u/none/x", "No such file or directory") },
	{ "--output=/home/u/of true 3", CANNOT("/home/u/of", "Is a directory") },
	{ "--output=/home/u/of/closed true 3",
	    CANNOT("/home/u/of/closed", "Permission denied") },
	{ "--output=/home/u/of/file true 3", WRITES("file") },
	{ "--output=/home/u/of/file/ true 3",
	    CANNOT("/home/u/of/file/", "Not a directory") },
	{ "--output=/home/u/of/file/x true 3",
	    CANNOT("/home/u/of/file/x", "Not a directory") },
	{ "--output=/home/u/of/new true 3", WRITES("new") },
	{ "--output=/home/u/of/read true 3",
	    CANNOT("/home/u/of/read", "Permission denied") },
	{ "--output=/home/u/of/two true 3", WRITES("two") },
	{ "--output=/home/u/of/write true 3", WRITES("write") },
	{ "--output=/home/u/to-file true 3", WRITES("file") },
	{ "--output=/home/u/to-folder true 3",
	    CANNOT("/home/u/to-folder", "Is a directory") },
	{ "--output=/home/u/to-folder/ true 3",
	    CANNOT("/home/u/to-folder/", "Is a directory") },
	{ "--output=/home/u/to-folder/. true 3",
	    CANNOT("/home/u/to-folder/.", "Is a directory") },
	{ "--output=/home/u/to-folder/.. true 3",
	    CANNOT("/home/u/to-folder/..", "Is a directory") },
	{ "--output=/home/u/to-folder/file true 3", WRITES("file") },
	{ "--output=/home/u/to-link true 3", WRITES("file") },
	{ "--output=/home/u/to-none true 3", WRITES("none") },
	{ "--output=/proc/self/cwd/home/u/of/file true 3", WRITES("file") },
	{ "--output=/srv/folder/file true 3", WRITES("file") },
	{ "--output=/srv/new true 3", CANNOT("/srv/new", "Permission denied") },
	{ "--output=/srv/theirs true 3",
	    THEIRS("/srv/theirs", "it is a link, or behind one") },
	{ "--output=/tmp/closed true 3", THEIRS("/tmp/closed", "Permission denied") },
	{ "--output=/tmp/d/closed true 3",
	    THEIRS("/tmp/d/closed", "Permission denied") },
	{ "--output=/tmp/d/file true 3",
	    THEIRS("/tmp/d/file", "it is another user's") },
	{ "--output=/tmp/d/theirs true 3",
	    THEIRS("/tmp/d/theirs", "it is a link, or behind one") },
	{ "--output=/tmp/folder/file true 3",
	    THEIRS("/tmp/folder/file", "it is a link, or behind one") },
	{ "--output=/tmp/new true 3", WRITES("new") },
	{ "--output=/tmp/of-root true 3", WRITES("file") },
	{ "--output=/tmp/read true 3", THEIRS("/tmp/read", "Permission denied") },
	{ "--output=/tmp/theirs true 3",
	    THEIRS("/tmp/theirs", "it is a link, or behind one") },
	{ "--output=/tmp/two true 3", THEIRS("/tmp/two", "it has other names") },
	{ "--output=/tmp/two-all true 3", WRITES("two-all") },
	{ "--output=home/u/of/file true 3", WRITES("file") },
	{ NULL, 0, NULL }
};
