# SPDX-License-Identifier: GPL-2.0-only
# What is there is whole: 1, 2, 4.
load parts.'/style.gp'
set yrange [0:*]
set offsets 0.3, 0.3, 0.2, 0
stats data skip 1 using 2 nooutput
if (STATS_min == STATS_max) set xrange [STATS_min - 1:STATS_max + 1]
set xtics 1
set arrow from graph 0, first 1 to graph 1, first 1 nohead linecolor rgb "#000100" dashtype (2,4)
plot for [i=first:columns + 1] data using 2:i with linespoints linetype i - first + 1 title nice(columnheader(i))
