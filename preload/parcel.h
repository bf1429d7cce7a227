/*
 * parcel.h: a socket that carries an open file in an unread message.
 *
 * A lock belongs to an open file, and must end with the program.  So no process
 * has a descriptor of the lock file: the program maps it, and has a socket (the
 * parcel) with the message that carries it.  The next program after exec and,
 * with pidfd_getfd(2), the keeper peek at the message and never read it.  The
 * socket's other end is closed: the last close of this end closes the file.
 */
#ifndef PARCEL_H
#define PARCEL_H

#define PARCEL_WORD "onlyone" /* the message's text, with its NUL */

/* A new descriptor (close-on-exec) of the file that the socket carries; the
 * message stays.  -errno: fd is not a parcel.  Only system calls. */
int parcel_look(int fd);

#endif
