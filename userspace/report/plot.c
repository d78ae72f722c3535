// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has gnuplot draw.  Its colours become variables of the style sheet, which knows of
 * light and dark, and its ids get a prefix, since there is more than one picture.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

extern char **environ;

static pid_t start_gnuplot(const char *script, const char *variables, int output)
{
	char *argv[] = { "gnuplot", "-e", (char *)variables, (char *)script, NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	error = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (!error)
		return pid;
	fprintf(stderr, "report: gnuplot: %s\n", strerror(error));
	return -1;
}

static char *read_all(int fd)
{
	FILE *from = fdopen(fd, "r");
	char *text = NULL;
	size_t size = 0;

	if (!from || getdelim(&text, &size, 0, from) < 0) {
		free(text);
		text = NULL;
	}
	if (from)
		fclose(from);
	return text;
}

/* What gnuplot drew; NULL, having said why, if it did not. */
static char *draw(const char *script, const char *variables)
{
	int fds[2], status;
	char *svg;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	pid = start_gnuplot(script, variables, fds[1]);
	close(fds[1]);
	svg = read_all(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status || !svg ||
	    !strstr(svg, "</svg>")) {
		fprintf(stderr, "report: %s: no picture\n", script);
		free(svg);
		return NULL;
	}
	return svg;
}

/*
 * style.gp uses rgb 0,0,N for the Nth colour of the lines, and 0,1,N for those of the
 * rest; black is that of text.
 */
static const char *colour(int green, int blue)
{
	static const char *const lines[] = {
		"currentColor", "var(--line-1)", "var(--line-2)", "var(--line-3)",
		"var(--line-4)", "var(--line-5)", "var(--line-6)",
	};
	static const char *const others[] = {
		"var(--muted)", "var(--rule)", "var(--page)", "var(--cell)",
	};

	if (!green && blue < (int)(sizeof(lines) / sizeof(lines[0])))
		return lines[blue];
	if (green == 1 && blue < (int)(sizeof(others) / sizeof(others[0])))
		return others[blue];
	return "currentColor";
}

/* Text, and what is written in its place; the prefix goes behind it. */
static const struct {
	const char *from, *to;
	bool prefix;
} changes[] = {
	{ "id='", "id='", true },
	{ "id=\"", "id=\"", true },
	{ "xlink:href='#", "href='#", true },
	{ "fill=\"black\"", "fill=\"currentColor\"", false },
	{ "color=\"black\"", "color=\"currentColor\"", false },
	{ "color=\"gray\"", "color=\"currentColor\"", false },
	{ "color=\"#FFFFFF\"", "color=\"currentColor\"", false },
};

#define NR_CHANGES	(sizeof(changes) / sizeof(changes[0]))

/* What is at @at, or its translation; returns what comes next. */
static const char *translate(FILE *page, const char *at, const char *id)
{
	int red, green, blue, len = 0;
	size_t i;

	if (sscanf(at, "rgb(%d,%d,%d)%n", &red, &green, &blue, &len) == 3 && len) {
		fputs(colour(green, blue), page);
		return at + len;
	}
	for (i = 0; i < NR_CHANGES; i++) {
		size_t length = strlen(changes[i].from);

		if (strncmp(at, changes[i].from, length))
			continue;
		fputs(changes[i].to, page);
		if (changes[i].prefix)
			fprintf(page, "%s-", id);
		return at + length;
	}
	putc(*at, page);
	return at + 1;
}

/* Behind the next @end, or NULL. */
static const char *behind(const char *at, const char *end)
{
	at = strstr(at, end);
	return at ? at + strlen(end) : NULL;
}

static bool write_svg(FILE *page, const char *svg, const char *id, const char *title)
{
	const char *box = strstr(svg, "viewBox="), *at = behind(svg, "</desc>");

	if (!box || !at)
		return false;
	html(page, "<svg role=\"img\" aria-label=\"%s\" aria-describedby=\"%s-text\" ", title, id);
	fprintf(page, "%.*s>\n", (int)strcspn(box, "\n"), box);
	return true;
}

/* But for filters, which nothing here uses. */
static void write_shapes(FILE *page, const char *at, const char *id)
{
	while (at && *at) {
		if (!strncmp(at, "<filter", 7))
			at = behind(at, "</filter>");
		else
			at = translate(page, at, id);
	}
}

bool plot(struct report *report, const char *script, const char *variables,
	  const char *id, const char *title, const char *description)
{
	char *path = xasprintf("%s/%s.gp", report->parts, script);
	char *all = xasprintf("parts='%s'; %s", report->parts, variables);
	char *svg = draw(path, all);
	bool drawn = svg && write_svg(report->page, svg, id, title);

	if (drawn) {
		html(report->page, "<title>%s</title>\n", title);
		html(report->page, "<desc id=\"%s-text\">%s</desc>\n", id, description);
		write_shapes(report->page, behind(svg, "</desc>"), id);
	}
	free(svg);
	free(all);
	free(path);
	return drawn;
}
