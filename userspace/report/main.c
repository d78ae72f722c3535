// SPDX-License-Identifier: GPL-2.0-only
/*
 * page PARTS DIRECTORY FILE...
 *
 * Write DIRECTORY/index.html, and CSVs beside it, from the FILEs that `pcstats lab
 * --save` wrote: the first is of all labs, others are of some, on other machines.
 * PARTS is the directory of this file.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

void die(const char *format, ...)
{
	va_list arguments;

	fputs("report: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	putc('\n', stderr);
	exit(1);
}

char *xasprintf(const char *format, ...)
{
	va_list arguments;
	char *text;
	int len;

	va_start(arguments, format);
	len = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (len < 0)
		die("no memory");
	return text;
}

const char *string_of(const json_t *object, const char *member)
{
	const char *value = json_string_value(json_object_get(object, member));

	return value ? value : "";
}

static json_t *read_document(const char *path)
{
	json_error_t error;
	json_t *document = json_load_file(path, 0, &error);

	if (!document)
		die("%s: %s", path, error.text);
	if (!json_array_size(json_object_get(document, "labs")))
		die("%s: no labs in it", path);
	return document;
}

int main(int argc, char **argv)
{
	struct report report = { .documents = json_array() };
	char *path;
	int i;

	if (argc < 4)
		die("usage: page PARTS DIRECTORY FILE...");
	report.parts = argv[1];
	report.directory = argv[2];
	for (i = 3; i < argc; i++)
		json_array_append_new(report.documents, read_document(argv[i]));
	path = xasprintf("%s/index.html", report.directory);
	report.page = fopen(path, "we");
	if (!report.page)
		die("%s: %s", path, strerror(errno));
	write_page(&report);
	/* A full disk shows at the latest here. */
	if (ferror(report.page) | fclose(report.page))
		die("%s: cannot be written", path);
	free(path);
	json_decref(report.documents);
	return report.failed;
}
