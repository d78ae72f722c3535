// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event sources that only arm64 has.  A hugetlb page can be many entries there,
 * and so it has functions of its own for what elsewhere is done as for any page
 * (arch/arm64/mm/hugetlbpage.c; 6.1, 6.12).
 */
#include "source.h"

/* huge_ptep_clear_flush(vma, address, ptep) */
void notrace pcs_handle_huge_clear_flush(unsigned long parent,
					 const unsigned long *args)
{
	if (pcs_called_by(&pcs_caller_hugetlb_wp, parent))
		pcs_hugetlb_copied((void *)args[0], args[1]);
}

/* huge_ptep_set_access_flags(vma, address, ptep, entry, dirty) */
void notrace pcs_handle_huge_set_access(unsigned long parent,
					const unsigned long *args)
{
	if (pcs_called_by(&pcs_caller_hugetlb_wp, parent))
		pcs_hugetlb_kept((void *)args[0]);
}

struct pcs_source pcs_source_huge_clear_flush = {
	.names = { "huge_ptep_clear_flush" },
};

struct pcs_source pcs_source_huge_set_access = {
	.names = { "huge_ptep_set_access_flags" },
};
