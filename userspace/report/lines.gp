# SPDX-License-Identifier: GPL-2.0-only
load parts.'/style.gp'
set yrange [0:*]
plot for [i=first:columns + 1] data using 2:i with lines linetype i - first + 1 title nice(columnheader(i))
