/*
 * plugin.c: main of a library that is loaded for this program alone.
 *
 *	plugin LIBRARY [ARG...]
 */
#include <dlfcn.h>
#include <stdio.h>

int
main(int argc, char *argv[])
{
	void *h = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	int (*run)(int, char **);

	if (!h || !(*(void **)&run = dlsym(h, "main"))) {
		fprintf(stderr, "%s\n", dlerror());
		return 99;
	}
	return run(argc - 1, argv + 1);
}
