// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fields of the lines of /proc/pcstats: a file of many tasks is made of little
 * else, and seq_printf() takes several times as long.
 */
#include <linux/ctype.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/string_helpers.h>

#include "show.h"

static const char blanks[] = "                            ";	/* 28 */

static void put_blanks(struct seq_file *m, unsigned int n)
{
	seq_puts(m, blanks + sizeof(blanks) - 1 - n);
}

void pcs_put_number(struct seq_file *m, unsigned int width, u64 number)
{
	unsigned int digits = 1;
	u64 n;

	for (n = number; n >= 10; n /= 10)
		digits++;
	seq_put_decimal_ull(m, blanks + sizeof(blanks) - 2 -
			    (width > digits ? width - digits : 0), number);
}

void pcs_put_text(struct seq_file *m, unsigned int width, const char *text)
{
	unsigned int len = strlen(text);

	put_blanks(m, 1 + (width > len ? width - len : 0));
	seq_puts(m, text);
}

void pcs_put_left(struct seq_file *m, const char *before, unsigned int width,
		  const char *text)
{
	unsigned int len = strlen(text);

	seq_puts(m, before);
	seq_puts(m, text);
	put_blanks(m, width > len ? width - len : 0);
}

static bool is_plain(const char *name, size_t len, const char *only)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || !isprint(name[i]) ||
		    name[i] == only[0] || name[i] == only[1])
			return false;
	return true;
}

void pcs_put_name(struct seq_file *m, unsigned int width, const char *name,
		  size_t size, const char *only)
{
	char escaped[4 * sizeof_field(struct pcs_map, name) + 1];
	size_t len = strnlen(name, size);
	int escaped_len = len;

	if (is_plain(name, len, only))
		memcpy(escaped, name, len);
	else
		escaped_len = string_escape_mem(name, len, escaped,
						sizeof(escaped) - 1,
						ESCAPE_ANY | ESCAPE_NAP |
						ESCAPE_APPEND, only);
	escaped[min_t(int, escaped_len, sizeof(escaped) - 1)] = '\0';
	pcs_put_text(m, width, escaped);
}
