# SPDX-License-Identifier: GPL-2.0-only
# A cell for each value: 0 is its own one, another is shared.
load parts.'/style.gp'
set terminal svg size 480,80 + 46 * rows dynamic font "sans-serif,14" noenhanced
unset key
unset grid
unset border
unset xlabel
unset ylabel
unset xtics
set ytics scale 0
set tmargin 4
set xrange [-0.5:columns - 0.5]
set yrange [rows - 0.5:-0.5]
set style fill solid noborder
name(value) = value == 0 ? 'its own' : 'shared'
# Words below each other.
space(words) = strstrt(words, ' ')
broken(words) = space(words) ? words[1:space(words) - 1]."\n".words[space(words) + 1:*] : words
do for [i=2:columns + 1] {
	heading = system(sprintf("head -n 1 '%s' | cut -d '\"' -f %d", data, 2 * i))
	set label broken(heading) at i - 2, graph 1 center offset 0,1.8
}
plot for [i=2:columns + 1] data skip 1 using (i - 2):0:(0.47):(0.44):(column(i) == 0 ? 0x000103 : 0x000001):yticlabels(1) \
		with boxxyerror dashtype 1 linecolor rgb variable, \
	for [i=2:columns + 1] data skip 1 using (i - 2):0:(name(column(i))):(column(i) == 0 ? 0x000000 : 0x000102) \
		with labels textcolor rgb variable
