# SPDX-License-Identifier: GPL-2.0-only
# What all pictures have. Of their colours, plot.c makes those of the page: black is text, #0000NN the Nth line,
# #000100 what is of less importance, #000101 a rule, #000102 the page, #000103 a cell.

set terminal svg size 480,340 dynamic font "sans-serif,14" noenhanced
set datafile separator comma
set border 3 linecolor rgb "#000100"
set tics nomirror out textcolor rgb "#000000"
set grid linecolor rgb "#000101" linetype 1 linewidth 1
# Above the picture: it hides nothing, and has room for long names.
set key horizontal tmargin left Left reverse samplen 2.5 spacing 1.1 noenhanced
set xlabel xtext
set ylabel ytext

# Told by shape and dashes, too.
set linetype 1 linecolor rgb "#000001" linewidth 2 pointtype 7 pointsize 0.6 dashtype 1
set linetype 2 linecolor rgb "#000002" linewidth 2 pointtype 5 pointsize 0.6 dashtype (9,4)
set linetype 3 linecolor rgb "#000003" linewidth 2 pointtype 9 pointsize 0.8 dashtype (3,3)
set linetype 4 linecolor rgb "#000004" linewidth 2 pointtype 13 pointsize 0.8 dashtype (9,3,2,3)
set linetype 5 linecolor rgb "#000005" linewidth 2 pointtype 6 pointsize 0.7 dashtype (14,4)
set linetype 6 linecolor rgb "#000006" linewidth 2 pointtype 4 pointsize 0.7 dashtype (2,2)

# A column's name as people write it: parent_copied, but not posix_spawn.
gap(name) = strstrt(name, '_')
spaced(name) = gap(name) ? name[1:gap(name) - 1].' '.name[gap(name) + 1:*] : name
nice(name) = name eq 'posix_spawn' ? name : spaced(spaced(spaced(name)))
