/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a puppet looks from: as another user, through a mount of proc of its own. */
#ifndef PCSTATS_VIEWPOINT_H
#define PCSTATS_VIEWPOINT_H

#define NOBODY 65534

/*
 * Both for puppet_call().  The argument is a string of mount options, or 0, for
 * a puppet with a mount namespace of its own; and a supplementary group, or 0.
 */
long do_mount_proc(long options);
long do_become_nobody(long group);

#endif /* PCSTATS_VIEWPOINT_H */
