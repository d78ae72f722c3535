// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where in the running kernel one function calls another: the code in /proc/kcore,
 * searched for a call (x86-64: E8 and a distance) that leads there.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "verify.h"

#define MAX_CODE 512

static uint64_t address_of(const char *function)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	unsigned long long address;
	char name[512];

	if (!file)
		die("/proc/kallsyms: %s", strerror(errno));
	while (fscanf(file, "%llx %*c %511s%*[^\n]", &address, name) == 2) {
		if (strcmp(name, function))
			continue;
		fclose(file);
		return address;
	}
	die("/proc/kallsyms: no %s", function);
}

/* @size bytes at @address. */
static void read_code(uint64_t address, unsigned char *code, size_t size)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	Elf64_Phdr segment;
	Elf64_Ehdr head;
	int i;

	if (fd < 0 || pread(fd, &head, sizeof(head), 0) != sizeof(head))
		die("/proc/kcore: %s", strerror(errno));
	for (i = 0; i < head.e_phnum; i++) {
		if (pread(fd, &segment, sizeof(segment), head.e_phoff +
			  i * sizeof(segment)) != sizeof(segment))
			break;
		if (segment.p_type != PT_LOAD || address < segment.p_vaddr ||
		    address + size > segment.p_vaddr + segment.p_memsz)
			continue;
		if (pread(fd, code, size, segment.p_offset + address -
			  segment.p_vaddr) != (ssize_t)size)
			break;
		close(fd);
		return;
	}
	die("/proc/kcore: no code at %#llx", (unsigned long long)address);
}

unsigned int call_offset(const char *function, const char *callee)
{
	uint64_t start = address_of(function), target = address_of(callee);
	unsigned char code[MAX_CODE];
	int32_t distance;
	unsigned int at;

	read_code(start, code, sizeof(code));
	for (at = 0; at + 5 <= sizeof(code); at++) {
		memcpy(&distance, code + at + 1, sizeof(distance));
		if (code[at] == 0xe8 && start + at + 5 + distance == target)
			return at;
	}
	die("%s does not call %s", function, callee);
}
