# SPDX-License-Identifier: GPL-2.0-only
# For each point a group of bars, one for each value from "first" on.
load parts.'/style.gp'
bars = columns + 2 - first
set terminal svg size 480,90 + rows * (22 * bars + 14) dynamic font "sans-serif,14" noenhanced
set border 2
set xrange [0:*]
set yrange [rows - 0.5:-0.5]
set ytics scale 0
unset xtics
unset grid
unset ylabel
set rmargin 8
set style fill solid
half = 0.4 / bars
place(row, i) = row - 0.4 + half * (2 * (i - first) + 1)
number(value) = sprintf(value < 10 && value != int(value) ? "%.2f" : "%.0f", value)
plot for [i=first:columns + 1] data using (column(i) / 2):(place($0, i)):(column(i) / 2):(half * 0.75) \
		with boxxyerror linetype i - first + 1 dashtype 1 title nice(columnheader(i)), \
	for [i=first:columns + 1] data skip 1 using (column(i)):(place($0, i)):(number(column(i))) \
		with labels left offset 0.6,0 textcolor rgb "#000000" notitle, \
	data skip 1 using (0):0:(''):yticlabels(1) with labels notitle
