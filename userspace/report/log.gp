# SPDX-License-Identifier: GPL-2.0-only
# From microseconds to a hundred times that.
load parts.'/style.gp'
set logscale y
set format y "%g"
plot for [i=first:columns + 1] data using 2:i with linespoints linetype i - first + 1 title nice(columnheader(i))
