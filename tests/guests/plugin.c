/*
 * plugin.c: loads a library with RTLD_LOCAL and calls its main.
 *
 *	plugin LIBRARY.so [ARG...]
 */
#include <dlfcn.h>
#include <stddef.h>

int
main(int argc, char *argv[])
{
	int (*run)(int, char **);
	void *h;

	if (argc < 2)
		return 64;
	h = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (!h || !(*(void **)&run = dlsym(h, "main")))
		return 99;
	return run(argc - 1, argv + 1);
}
