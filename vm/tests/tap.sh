# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Sourced by the tests of the harness, which run on the host. TAP, and a last line that counts. $work is an empty
# directory, also for temporary files of what is tested, and goes at the end.

# shellcheck disable=SC2034 # for the sourcing script
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
work=$(mktemp -d) || exit 1
mkdir "$work/tmp"
export TMPDIR="$work/tmp"
nr=0 failed=0 skipped=0

finish()
{
	status=$?
	trap '' HUP INT TERM
	cd /
	rm -rf "$work"
	exit "$status"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# is NAME EXPECTED GOT
is()
{
	nr=$((nr + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $nr - $1"
		return
	fi
	failed=$((failed + 1))
	echo "not ok $nr - $1"
	printf '%s\n' "$2" | sed 's/^/#  expected: /'
	printf '%s\n' "$3" | sed 's/^/#       got: /'
	[ ! -s "$work/err" ] || sed 's/^/#    stderr: /' "$work/err"
}

# skip NAME REASON
skip()
{
	nr=$((nr + 1))
	skipped=$((skipped + 1))
	echo "ok $nr - $1 # SKIP $2"
}

summary()
{
	echo "1..$nr"
	echo "$((nr - failed - skipped)) passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
}
