/*
 * parcel.h: a socket in which an open file lies, for whoever has the socket.
 *
 * A lock belongs to an open file, and must end with the program.  So it is
 * nobody's descriptor: it is mapped, and lies in a socket that the program
 * has, out of which it can be had again, for the program's next image and, by
 * pidfd_getfd(2), for the keeper.  The socket's other end is closed: with the
 * last copy of this one the file goes too.
 */
#ifndef PARCEL_H
#define PARCEL_H

#define PARCEL_WORD "onlyone" /* what lies there beside it */

/* Another descriptor (close-on-exec) of what lies in the socket, which stays
 * there; -errno: it is no parcel.  By system calls alone. */
int parcel_look(int fd);

#endif
