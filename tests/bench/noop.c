/*
 * noop.c: the yardstick of a second launch: a static glibc program that does
 * nothing.  Its cost is fork, exec, libc's start and exit.
 */
int
main(void)
{
	return 0;
}
