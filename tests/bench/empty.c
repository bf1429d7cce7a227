/*
 * empty.c: the yardstick of the shim: a preloaded object that does nothing,
 * linked as gcc links by default.  Its cost is what ld.so does for any object.
 */
typedef int nothing;
