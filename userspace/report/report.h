/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report on the labs: a page that needs nothing but itself.
 *
 *   main      reads what `pcstats lab --save` wrote, says where the page is
 *   page      all of it: head, machine, summary, labs, foot
 *   lab       the section of a lab
 *   picture   which series are drawn and how; their CSV
 *   plot      has gnuplot draw, and makes its SVG a part of the page
 *   html      writes HTML, and escapes
 *
 * What a lab is, and its rows and series, is in ../command/schema.json.
 */
#ifndef PCSTATS_REPORT_H
#define PCSTATS_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#define __printf(a, b)	__attribute__((format(printf, a, b)))

struct report {
	const char *parts;		/* directory of style.css and *.gp */
	const char *directory;		/* where it is left */
	json_t *documents;		/* the first has all labs; others repeat some */
	FILE *page;
	bool failed;			/* something is missing in the page */
};

/* Say "report: ..." on stderr, and end. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
char *xasprintf(const char *format, ...) __printf(1, 2);

/* A string member; "" if it is null or missing. */
const char *string_of(const json_t *object, const char *member);

/*
 * html.c.  Write to @page: of conversions there are %s, which is escaped for text
 * and for attributes in quotes, %d and %%.
 */
void html(FILE *page, const char *format, ...) __printf(2, 3);
/* A number as people read it: no more digits than it is worth. */
void html_number(FILE *page, double value);
/* "holds", "differs", ... as a class: without blanks. */
void html_class(FILE *page, const char *words);

/* page.c */
void write_page(struct report *report);

/* lab.c */
void write_lab(struct report *report, const json_t *lab);
/* A verdict, told by word and sign as well as by colour. */
void write_verdict(FILE *page, const char *verdict);

/* picture.c: all that can be drawn of a lab. */
void write_pictures(struct report *report, const json_t *lab);

/*
 * plot.c.  Run gnuplot on @script of the parts, with the definitions @variables, and
 * write the SVG: its ids begin with @id, it is called @title, and described.
 * False, having said why, if there is none.
 */
bool plot(struct report *report, const char *script, const char *variables,
	  const char *id, const char *title, const char *description);

#endif /* PCSTATS_REPORT_H */
