/*
 * elffile.h: a program's file, of 32 bits or of 64, read alike.
 *
 * What is of 32 bits is widened into the structures of 64.  Nothing is mapped:
 * what lies in the first kilobyte is there, and of the rest one part at a time.
 */
#ifndef ELFFILE_H
#define ELFFILE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elffile {
	int fd;
	int error; /* of a read, or an open, that the system failed; 0: none */
	size_t head_len, part_len;
	uint64_t part_off;
	char head[1024]; /* of the file */
	char part[512]; /* of anything that lies further back */
	bool wide; /* of 64 bits */
	unsigned int type, headers; /* e_type, e_phnum */
	uint64_t headers_at;
};

/* Read what is at off into buf; its length, 0: nothing (error). */
size_t elffile_load(struct elffile *f, char *buf, size_t cap, uint64_t off);

/* n bytes at off, valid until the next peek; NULL: not to be had. */
const char *elffile_peek(struct elffile *f, uint64_t off, uint64_t n);

/* Find what the file's own header says of the others: type, headers,
 * headers_at; wide is known.  false: it is none, or they have an odd size. */
bool elffile_headers(struct elffile *f);

/* Program header i; false: there is none. */
bool elffile_header(struct elffile *f, unsigned int i, Elf64_Phdr *ph);

/* The next of the dynamic section, at *at; false: there is none. */
bool elffile_dynamic(struct elffile *f, uint64_t *at, Elf64_Dyn *d);

/* Where in the file an address lies; 0: nowhere. */
uint64_t elffile_offset(struct elffile *f, uint64_t addr);

#endif
