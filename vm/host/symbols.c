// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debian's kernels have no symbol table, and their debug package is of a gigabyte. What a debugger
 * needs to name functions and variables is in the guest's /proc/kallsyms: make an ELF file of it,
 * with sections that hold nothing but say what is code.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/array_size.h"
#include "host.h"

enum { NONE, TEXT, DATA, SYMTAB, STRTAB, SECTIONS };

static const char section_names[] = "\0.text\0.data\0.symtab\0.strtab";

struct table {
	char *symbols, *strings;
	size_t symbols_size, strings_size;
	uint64_t start, text_end, end;
};

static uint64_t address_of(const char *text, const char *name)
{
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), " %s\n", name);
	at = strstr(text, line);
	while (at && at > text && at[-1] != '\n')
		at--;
	return at ? strtoull(at, NULL, 16) : 0;
}

/* Modules' symbols are followed by the module's name: they have their own files. */
static void collect(struct table *t, const char *text)
{
	FILE *symbols = open_memstream(&t->symbols, &t->symbols_size);
	FILE *strings = open_memstream(&t->strings, &t->strings_size);
	unsigned long long address;
	char type, name[256], behind;
	Elf64_Sym none = { 0 };

	if (!symbols || !strings)
		die("out of memory");
	fwrite(&none, sizeof(none), 1, symbols);
	fwrite(section_names, sizeof(section_names), 1, strings);
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		Elf64_Sym s = { 0 };
		bool code;

		if (sscanf(text, "%llx %c %255[^\t\n]%c", &address, &type, name, &behind) != 4 ||
		    behind != '\n' || address < t->start || address >= t->end)
			continue;
		code = address < t->text_end;
		s.st_name = ftell(strings);
		s.st_info = ELF64_ST_INFO(STB_GLOBAL, code ? STT_FUNC : STT_OBJECT);
		s.st_shndx = code ? TEXT : DATA;
		s.st_value = address;
		fwrite(&s, sizeof(s), 1, symbols);
		fwrite(name, strlen(name) + 1, 1, strings);
	}
	fclose(symbols);
	fclose(strings);
}

void write_symbols(const char *path, const char *kallsyms)
{
	struct table t = {
		.start = address_of(kallsyms, "_text"),
		.text_end = address_of(kallsyms, "_etext"),
		.end = address_of(kallsyms, "_end"),
	};
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_shoff = sizeof(header), .e_ehsize = sizeof(header),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = SECTIONS, .e_shstrndx = STRTAB,
	};
	Elf64_Shdr sections[SECTIONS] = {
		[TEXT] = { .sh_name = 1, .sh_type = SHT_NOBITS, .sh_flags = SHF_ALLOC | SHF_EXECINSTR },
		[DATA] = { .sh_name = 7, .sh_type = SHT_NOBITS, .sh_flags = SHF_ALLOC | SHF_WRITE },
		[SYMTAB] = { .sh_name = 13, .sh_type = SHT_SYMTAB, .sh_link = STRTAB, .sh_info = 1,
			     .sh_entsize = sizeof(Elf64_Sym) },
		[STRTAB] = { .sh_name = 21, .sh_type = SHT_STRTAB },
	};
	FILE *f = fopen(path, "we");

	if (!f)
		die("%s: %s", path, strerror(errno));
	collect(&t, kallsyms);
	sections[TEXT].sh_addr = t.start;
	sections[TEXT].sh_size = t.text_end - t.start;
	sections[DATA].sh_addr = t.text_end;
	sections[DATA].sh_size = t.end - t.text_end;
	sections[SYMTAB].sh_offset = sizeof(header) + sizeof(sections);
	sections[SYMTAB].sh_size = t.symbols_size;
	sections[STRTAB].sh_offset = sections[SYMTAB].sh_offset + t.symbols_size;
	sections[STRTAB].sh_size = t.strings_size;
	fwrite(&header, sizeof(header), 1, f);
	fwrite(sections, sizeof(sections), 1, f);
	fwrite(t.symbols, t.symbols_size, 1, f);
	fwrite(t.strings, t.strings_size, 1, f);
	if (fclose(f))
		die("%s: %s", path, strerror(errno));
	free(t.symbols);
	free(t.strings);
}

bool has_symbols(const char *path)
{
	Elf64_Ehdr header;
	Elf64_Shdr section;
	bool found = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, &header, sizeof(header)) == sizeof(header) &&
	    !memcmp(header.e_ident, ELFMAG, SELFMAG))
		for (int i = 0; i < header.e_shnum && !found; i++)
			found = pread(fd, &section, sizeof(section), header.e_shoff + i * sizeof(section)) ==
				sizeof(section) && section.sh_type == SHT_SYMTAB;
	close(fd);
	return found;
}
