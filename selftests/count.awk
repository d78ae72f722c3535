# SPDX-License-Identifier: GPL-2.0-only
#
# Counts the cases in what kselftest's runner prints; its last line is "# exit status N", the VM's.
# A program that ends badly without a failed case (crash, time-out, a plan not kept) is one failed case.

/^# exit status / { status = $4 }

/^1\.\./ { programs = substr($1, 4) }

/^# selftests: / {
	plan = seen = bad = 0
	skipped_all = ""
}

/^# 1\.\.[0-9]/ {
	plan = substr($2, 4)
	if (/# SKIP/)
		skipped_all = $0
}

/^# (not )?ok [0-9]/ {
	seen++
	if ($2 == "not")
		bad++
	else if (/# SKIP/)
		skipped++
	else
		passed++
}

/^(not )?ok [0-9]+ selftests: / {
	ended++
	if (skipped_all != "" && / # SKIP/)
		skipped++
	else if (!bad && ($1 == "not" || !plan || seen != plan))
		bad = 1
	failed += bad
}

END {
	if (status != "0" || !programs) {
		print "# the VM ended with status " status
		failed++
	}
	if (ended < programs) {
		print "# " programs - ended " programs did not run"
		failed += programs - ended
	}
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0
}
