/*
 * noop.c: the yardstick of a second launch: a static glibc program that does
 * nothing.  What it costs is fork, exec, libc's start and exit.
 */
int
main(void)
{
	return 0;
}
