// SPDX-License-Identifier: GPL-2.0-only
/* HTML.  The only place where text becomes markup. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "report.h"

static void escaped(FILE *page, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", page);
			break;
		case '<':
			fputs("&lt;", page);
			break;
		case '>':
			fputs("&gt;", page);
			break;
		case '"':
			fputs("&quot;", page);
			break;
		case '\'':
			fputs("&#39;", page);
			break;
		default:
			putc(*text, page);
		}
	}
}

void html(FILE *page, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	for (; *format; format++) {
		if (*format != '%') {
			putc(*format, page);
			continue;
		}
		switch (*++format) {
		case 's':
			escaped(page, va_arg(arguments, const char *));
			break;
		case 'd':
			fprintf(page, "%d", va_arg(arguments, int));
			break;
		case '%':
			putc('%', page);
			break;
		default:
			abort();
		}
	}
	va_end(arguments);
}

/* In groups of three, with spaces that do not break. */
static void grouped(FILE *page, double value)
{
	char digits[32];
	int i, len = snprintf(digits, sizeof(digits), "%.0f", fabs(value));

	if (value < 0)
		fputs("\u2212", page);
	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0 && len > 4)
			fputs("\u202f", page);
		putc(digits[i], page);
	}
}

void html_number(FILE *page, double value)
{
	if (fabs(value) > 1e15)
		fprintf(page, "%g", value);
	else if (value == floor(value) || fabs(value) >= 100)
		grouped(page, value);
	else
		fprintf(page, fabs(value) < 10 ? "%.2f" : "%.1f", value);
}

void html_class(FILE *page, const char *words)
{
	for (; *words; words++)
		putc(*words == ' ' ? '-' : *words, page);
}
