/*
 * named_file.h: a file that the user has named (--lock-file, --output), perhaps
 * in a folder where other users can create files, too.
 */
#ifndef NAMED_FILE_H
#define NAMED_FILE_H

#include <stdbool.h>

/* What another user may have done in the file's folder. */
struct named_file {
	bool link;   /* errno is EPERM: a link on the way may be theirs */
	bool theirs; /* another user owns the file, and may have put it there;
	              * also if it could not be opened */
	bool shared; /* others may put names there */
};

/* Open `name` in a folder, with these flags (O_NOFOLLOW or 0) and others.  A
 * descriptor, or -1: errno, ELOOP if the name is a symbolic link. */
typedef int named_file_open(int folder, const char *name, int flags);

/*
 * Walk the path once, part by part, and open its end by `how`.  Follow no
 * symbolic link that another user may have put there, as with
 * fs.protected_symlinks (proc(5)), whatever that is set to; at the end of the
 * path, and for root, none that another user but root has made.  While another
 * process has a lease on the file (fcntl(2), F_SETLEASE), retry until the
 * deadline (clock_now; -1: forever).  Returns the result of `how`, or -1; errno
 * is EWOULDBLOCK if there still is a lease.
 */
int named_file(const char *path, named_file_open *how, long long deadline,
    struct named_file *n);

/* The way out, to follow a message about such a file. */
#define NAMED_FILE_WAY "; another user may have put it there: use a folder" \
	" of your own"

#endif
