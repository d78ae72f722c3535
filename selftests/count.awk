# SPDX-License-Identifier: GPL-2.0-only
#
# Counts the cases in what kselftest's runner prints; each VM's last line is "# exit status N".
# A program that ends badly without a failed case (crash, time-out, a plan not kept) is one failed case.

/^# exit status / {
	ends++
	if ($4 != "0") {
		print "# a VM ended with status " $4
		failed++
	}
}

/^1\.\./ { programs += substr($1, 4) }

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
	if (!ends || !programs) {
		print "# nothing ran"
		failed++
	}
	if (ended < programs) {
		print "# " programs - ended " programs did not run"
		failed += programs - ended
	}
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0
}
