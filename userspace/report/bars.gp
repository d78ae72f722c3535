# SPDX-License-Identifier: GPL-2.0-only
# A bar for each point, of the value in column "first", which is written beside it.
load parts.'/style.gp'
set terminal svg size 480,60 + 32 * rows dynamic font "sans-serif,14" noenhanced
set border 2
set xrange [0:*]
set yrange [rows - 0.4:-0.6]
set ytics scale 0
unset xtics
unset grid
set style fill solid
unset ylabel
unset key
set rmargin 10
number(value) = sprintf(value < 10 && value != int(value) ? "%.2f" : "%.0f", value)
plot data skip 1 using (column(first) / 2):0:(column(first) / 2):(0.3):yticlabels(1) with boxxyerror linecolor rgb "#000001", \
	data skip 1 using (column(first)):0:(number(column(first))) with labels left offset 0.6,0 textcolor rgb "#000000"
