/*
 * wayland.c: finds libwayland's own functions.
 *
 * dlsym(3) does not find a library that was loaded with RTLD_LOCAL, and before
 * glibc 2.34 it may be missing.  So we search the symbol tables of all loaded
 * libraries (elf(5); DT_GNU_HASH or DT_HASH).  libwayland-client comes first:
 * Firefox has a library with functions of the same names that do nothing, for
 * systems without libwayland.  dlopen then adds a reference to the library that
 * was found, so that it is never unloaded; in a program without dlopen no
 * library can be unloaded.
 */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>

#include "preload/bytes.h"
#include "preload/window/window.h"

#pragma weak dlopen
#if defined(__x86_64__) && defined(__LP64__)
__asm__(".symver dlopen, dlopen@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver dlopen, dlopen@GLIBC_2.17");
#endif

struct tables {
	const ElfW(Sym) *symbols;
	const char *names;
	const uint32_t *gnu;
	const uint32_t *sysv; /* 32-bit entries (64-bit only on Alpha and
			       * s390x, which this does not read) */
};

struct wanted {
	const char *name;
	bool any; /* search all libraries, not only libwayland-client */
	void *at; /* the symbol's address; NULL: not found yet */
	const char *in; /* the library's file */
};

static void
tables_find(struct tables *t, const struct dl_phdr_info *o)
{
	const ElfW(Dyn) *d = NULL;
	uintptr_t at;

	for (int i = 0; i < o->dlpi_phnum; i++)
		if (o->dlpi_phdr[i].p_type == PT_DYNAMIC)
			d = (const void *)(o->dlpi_addr +
			    o->dlpi_phdr[i].p_vaddr);
	for (; d && d->d_tag != DT_NULL; d++) {
		BYTES_LOOP();
		at = d->d_un.d_ptr;
		/* ld.so has added the load address to d_ptr, but not on all
		 * machines. */
		if (at < o->dlpi_addr)
			at += o->dlpi_addr;
		if (d->d_tag == DT_SYMTAB)
			t->symbols = (const void *)at;
		else if (d->d_tag == DT_STRTAB)
			t->names = (const void *)at;
		else if (d->d_tag == DT_GNU_HASH)
			t->gnu = (const void *)at;
		else if (d->d_tag == DT_HASH)
			t->sysv = (const void *)at;
	}
}

static const ElfW(Sym) *
is(const struct tables *t, uint32_t n, const char *name)
{
	const ElfW(Sym) *s = &t->symbols[n];

	return s->st_shndx != SHN_UNDEF && s->st_value &&
	    bytes_same(t->names + s->st_name, name, bytes_len(name) + 1) ?
	    s : NULL;
}

static const ElfW(Sym) *
gnu_find(const struct tables *t, const char *name)
{
	uint32_t hash = 5381, n;
	const uint32_t *buckets = t->gnu + 4 +
	    t->gnu[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
	const uint32_t *chain = buckets + t->gnu[0];
	const ElfW(Sym) *s;

	for (const char *c = name; *c; c++) {
		BYTES_LOOP();
		hash = hash * 33 + (unsigned char)*c;
	}
	if (!t->gnu[0])
		return NULL;
	n = buckets[hash % t->gnu[0]];
	if (n < t->gnu[1])
		return NULL;
	for (chain -= t->gnu[1];; n++) {
		if ((chain[n] | 1) == (hash | 1) && (s = is(t, n, name)))
			return s;
		if (chain[n] & 1)
			return NULL;
	}
}

static const ElfW(Sym) *
sysv_find(const struct tables *t, const char *name)
{
	const ElfW(Sym) *s;

	for (uint32_t n = 1; n < t->sysv[1]; n++)
		if ((s = is(t, n, name)))
			return s;
	return NULL;
}

static bool
named(const char *path)
{
	const char *base = path;

	for (const char *s = path; s && *s; s++) {
		BYTES_LOOP();
		if (*s == '/')
			base = s + 1;
	}
	return base && bytes_begin(base, "libwayland-client.so");
}

static int
look(struct dl_phdr_info *o, size_t size, void *arg)
{
	struct tables t = {0};
	struct wanted *w = arg;
	const ElfW(Sym) *s = NULL;
	void *at;

	(void)size;
	if (!w->any && !named(o->dlpi_name))
		return 0;
	tables_find(&t, o);
	if (!t.symbols || !t.names)
		return 0;
	if (t.gnu)
		s = gnu_find(&t, w->name);
	else if (t.sysv)
		s = sysv_find(&t, w->name);
	if (!s)
		return 0;
	at = (void *)(o->dlpi_addr + s->st_value);
	if (at == (void *)wl_display_prepare_read ||
	    at == (void *)wl_display_prepare_read_queue)
		return 0;
	w->at = at;
	w->in = o->dlpi_name;
	return 1;
}

void *
wayland_find(const char *name)
{
	struct wanted w = {.name = name};
	int save = errno;

	dl_iterate_phdr(look, &w);
	if (!w.at) {
		w.any = true;
		dl_iterate_phdr(look, &w);
	}
	/* Not inside dl_iterate_phdr: another thread's dlopen may be waiting
	 * for that to end, and ours would wait for the other (deadlock).  The
	 * library cannot be unloaded before: the program is calling it. */
	if (w.at && dlopen && w.in && *w.in)
		dlopen(w.in, RTLD_LAZY | RTLD_NOLOAD);
	errno = save;
	return w.at;
}
