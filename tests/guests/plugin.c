/*
 * plugin.c: loads a library with RTLD_LOCAL and calls its main.
 *
 *	plugin [OTHER.so] LIBRARY.so [ARG...]
 *
 * OTHER is loaded first, and not called.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static void *
load(const char *file)
{
	void *h = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (!h)
		fprintf(stderr, "%s\n", dlerror());
	return h;
}

int
main(int argc, char *argv[])
{
	int (*run)(int, char **);
	void *h;

	if (argc < 2)
		return 64;
	if (argc > 2 && strstr(argv[2], ".so")) {
		load(argv[1]);
		argc--;
		argv++;
	}
	h = load(argv[1]);
	if (!h || !(*(void **)&run = dlsym(h, "main")))
		return 99;
	return run(argc - 1, argv + 1);
}
