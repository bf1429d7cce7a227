/*
 * elffile.c: a program's file, of 32 bits or of 64, read alike.
 */
#include "preload/bytes.h"
#include "preload/elffile.h"
#include "preload/sys.h"

size_t
elffile_load(struct elffile *f, char *buf, size_t cap, uint64_t off)
{
	long n = off > INT64_MAX ? 0 : sys_read(f->fd, buf, cap, off);

	if (n < 0 && n != -EINVAL)
		f->error = (int)-n;
	return n > 0 ? (size_t)n : 0;
}

const char *
elffile_peek(struct elffile *f, uint64_t off, uint64_t n)
{
	if (off <= f->head_len && n <= f->head_len - off)
		return f->head + off;
	/* Before it is far behind it, in unsigned numbers. */
	if (off - f->part_off > f->part_len ||
	    n > f->part_len - (off - f->part_off)) {
		f->part_len = elffile_load(f, f->part, sizeof(f->part), off);
		f->part_off = off;
		if (n > f->part_len)
			return NULL;
	}
	return f->part + (off - f->part_off);
}

static bool
peek_into(struct elffile *f, uint64_t off, void *to, size_t n)
{
	const char *from = elffile_peek(f, off, n);

	if (from)
		bytes_copy(to, from, n);
	return from;
}

bool
elffile_headers(struct elffile *f)
{
	Elf32_Ehdr narrow;
	Elf64_Ehdr wide;

	if (f->wide) {
		if (!peek_into(f, 0, &wide, sizeof(wide)))
			return false;
		f->type = wide.e_type;
		f->headers_at = wide.e_phoff;
		f->headers = wide.e_phnum;
		return wide.e_phentsize == sizeof(Elf64_Phdr);
	}
	if (!peek_into(f, 0, &narrow, sizeof(narrow)))
		return false;
	f->type = narrow.e_type;
	f->headers_at = narrow.e_phoff;
	f->headers = narrow.e_phnum;
	return narrow.e_phentsize == sizeof(Elf32_Phdr);
}

bool
elffile_header(struct elffile *f, unsigned int i, Elf64_Phdr *ph)
{
	Elf32_Phdr narrow;

	if (i >= f->headers)
		return false;
	if (f->wide)
		return peek_into(
		    f, f->headers_at + i * sizeof(*ph), ph, sizeof(*ph));
	if (!peek_into(
		f, f->headers_at + i * sizeof(narrow), &narrow, sizeof(narrow)))
		return false;
	ph->p_type = narrow.p_type;
	ph->p_offset = narrow.p_offset;
	ph->p_vaddr = narrow.p_vaddr;
	ph->p_filesz = narrow.p_filesz;
	return true;
}

bool
elffile_dynamic(struct elffile *f, uint64_t *at, Elf64_Dyn *d)
{
	Elf32_Dyn narrow;
	uint64_t from = *at;

	*at += f->wide ? sizeof(*d) : sizeof(narrow);
	if (f->wide)
		return peek_into(f, from, d, sizeof(*d)) &&
		    d->d_tag != DT_NULL;
	if (!peek_into(f, from, &narrow, sizeof(narrow)))
		return false;
	d->d_tag = narrow.d_tag;
	d->d_un.d_val = narrow.d_un.d_val;
	return d->d_tag != DT_NULL;
}

uint64_t
elffile_offset(struct elffile *f, uint64_t addr)
{
	Elf64_Phdr ph;

	for (unsigned int i = 0; elffile_header(f, i, &ph); i++)
		if (ph.p_type == PT_LOAD && addr >= ph.p_vaddr &&
		    addr - ph.p_vaddr < ph.p_filesz)
			return addr - ph.p_vaddr + ph.p_offset;
	return 0;
}
