// SPDX-License-Identifier: GPL-2.0-only
/* What the rows of a lab say of its claim. */
#include "sheet.h"

enum row_state row_state(const struct finding *row)
{
	if (!row->measured)
		return ROW_UNJUDGED;
	if (row->value >= row->low && row->value <= row->high)
		return ROW_AGREES;
	return ROW_DIFFERS;
}

enum verdict part_verdict(const struct sheet *sheet, int part)
{
	enum verdict verdict = VERDICT_NONE;
	const struct finding *row;

	for (row = sheet->rows; row < sheet->rows + sheet->nr_rows; row++) {
		enum row_state state = row_state(row);

		if (row->part != part)
			continue;
		if (state == ROW_UNJUDGED)
			return VERDICT_NONE;
		if ((state == ROW_AGREES) == row->against)
			verdict = VERDICT_FAILS;
		else if (verdict == VERDICT_NONE)
			verdict = VERDICT_HOLDS;
	}
	return verdict;
}

/* A part that cannot be judged takes nothing away from what the others say. */
enum verdict verdict(const struct sheet *sheet)
{
	int part, nr[VERDICT_NONE + 1] = { };

	if (sheet->failed[0] || sheet->skipped[0])
		return VERDICT_NONE;
	for (part = 0; part < sheet->nr_parts; part++)
		nr[part_verdict(sheet, part)]++;
	if (nr[VERDICT_HOLDS] && nr[VERDICT_FAILS])
		return VERDICT_IN_PART;
	if (nr[VERDICT_FAILS])
		return VERDICT_FAILS;
	return nr[VERDICT_HOLDS] ? VERDICT_HOLDS : VERDICT_NONE;
}
