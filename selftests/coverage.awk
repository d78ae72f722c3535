# SPDX-License-Identifier: GPL-2.0-only
#
# awk -f coverage.awk UNCOVERED SOURCE... COUNTS: the tables that selftests/coverage prints

FILENAME != last {
	last = FILENAME
	kind = FILENAME ~ /uncovered$/ ? "list" : FILENAME ~ /\/counts$/ ? "counts" : "source"
	function_name = ""
	if (kind == "source")
		files[++nr_files] = FILENAME
}

# Reasons, and below each the lines that have it, each once for every time that it is in the source.
kind == "list" {
	if (/^$/)
		nr_reasons++
	else if (/^#/)
		reason[nr_reasons] = reason[nr_reasons] "\n" $0
	else
		reason_of[$0, ++named[$0]] = nr_reasons
	next
}

# Where it is, without its number, which changes.
kind == "source" {
	if (/^[A-Za-z_].*\(/ && !/;$/) {
		function_name = $0
		sub(/\(.*/, "", function_name)
		sub(/.*[ *]/, "", function_name)
	}
	text = $0
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	name[FILENAME, FNR] = FILENAME " " function_name ": " text
	there[name[FILENAME, FNR]] = 1
	next
}

/failed/ {
	failed = 1
	next
}

# The same line of code may be in many objects.
{
	if (!(($1, $2) in ran)) {
		lines[$1]++
		if ($2 > end[$1])
			end[$1] = $2
	}
	ran[$1, $2] += $3
}

function percent(part, all)
{
	return sprintf("%5.1f%%", 100 * part / all)
}

END {
	printf "%-24s %6s %6s\n", "file", "lines", "ran"
	for (f = 1; f <= nr_files; f++) {
		file = files[f]
		if (!(file in lines)) {
			if (file ~ /\.c$/)
				printf "%-24s %6s %6s\n", file, "-", "-"
			continue
		}
		covered = 0
		for (line = 1; line <= end[file]; line++) {
			if (!((file, line) in ran))
				continue
			if (ran[file, line])
				covered++
			else
				never[++nr_never] = file SUBSEP line
		}
		printf "%-24s %6d %6d %s\n", file, lines[file], covered, percent(covered, lines[file])
		all_lines += lines[file]
		all_covered += covered
	}
	if (!all_lines) {
		print "no line was counted"
		exit 1
	}
	printf "%-24s %6d %6d %s\n\n", "in all", all_lines, all_covered, percent(all_covered, all_lines)

	for (i = 1; i <= nr_never; i++) {
		split(never[i], at, SUBSEP)
		what = name[never[i]]
		line = at[1] ":" at[2] substr(what, length(at[1]) + 1) "\n"
		if (what in named && ++seen[what] <= named[what] && reason[reason_of[what, seen[what]]] != "")
			because[reason_of[what, seen[what]]] = because[reason_of[what, seen[what]]] line
		else
			unknown = unknown line
	}
	for (r = 0; r <= nr_reasons; r++)
		if (because[r] != "")
			print substr(reason[r], 2) "\n" because[r]
	bad = failed || all_covered < 0.95 * all_lines
	if (unknown != "") {
		print "Never ran, and selftests/uncovered has no reason:\n" unknown
		bad = 1
	}
	for (what in named) {
		if (!(what in there)) {
			print "selftests/uncovered: there is no such line: " what
			bad = 1
		} else if (seen[what] < named[what]) {
			print "selftests/uncovered: it ran: " what
		}
	}
	printf "%d of %d lines of the module ran: %.1f%%\n", all_covered, all_lines, 100 * all_covered / all_lines
	exit bad
}
