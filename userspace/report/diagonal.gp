# SPDX-License-Identifier: GPL-2.0-only
# Beside what would be if each were as large as the first.
load parts.'/style.gp'
set yrange [0:*]
set xrange [0:*]
plot data using 2:2 with lines linecolor rgb "#000100" linewidth 6 title "as many as were written", \
	for [i=first:columns + 1] data using 2:i with linespoints linetype i - first + 1 title nice(columnheader(i))
