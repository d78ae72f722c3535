# SPDX-License-Identifier: GPL-2.0-only
# A row for each task, in it a bar for each job. Columns: task, a number that is not used, job, start, stop.
load parts.'/style.gp'
names = ''
number = 0
# The row of a task, which gets one when it is first seen.
at(name) = strstrt(names, '|'.name.'=')
old(name) = int(names[at(name) + strlen(name) + 2:at(name) + strlen(name) + 4])
new(name) = (number = number + 1, names = names.'|'.name.'='.sprintf('%03d', number - 1), number - 1)
row(name) = at(name) ? old(name) : new(name)
set table $rows
plot data skip 1 using (row(strcol(1))):4 with table
unset table
set terminal svg size 480,100 + 28 * number dynamic font "sans-serif,14" noenhanced
set xrange [0:*]
set yrange [number - 0.4:-0.6]
set ytics scale 0
set grid noytics
set style fill solid border rgb "#000102"
unset ylabel
unset key
plot data skip 1 using (($4 + $5) / 2):(row(strcol(1))):4:5:(row(strcol(1)) - 0.38):(row(strcol(1)) + 0.38):yticlabels(1) \
		with boxxyerror linecolor rgb "#000001", \
	data skip 1 using (($4 + $5) / 2):(row(strcol(1))):(sprintf('%.0f', $3)) with labels textcolor rgb "#000102"
