/* SPDX-License-Identifier: GPL-2.0-only */
/* A number that the user of a workload or a lab may choose. */
#ifndef PCSTATS_SETTING_H
#define PCSTATS_SETTING_H

/* An option --NAME N; an array of them ends with a NULL name. */
struct setting {
	const char *name;
	unsigned long *value;		/* holds the default */
	unsigned long min, max;
	const char *help;
};

#endif /* PCSTATS_SETTING_H */
