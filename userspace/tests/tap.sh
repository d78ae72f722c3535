# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Sourced by the tests of the pcstats command, in command/ and guest/. TAP, for ./run.
#
#   . "$(dirname "$0")/../tap.sh"
#   try show --file "$data/small.txt"
#   is 'show: status' 0 "$status"
#   ok 'show: a heading' grep -q '^ *pid' "$work/out"
#   done_testing

# $data is the directory of captured texts, $work an empty one that goes at the end. $PCSTATS is the command to be
# tested; in guest/ $HELPERS is where guest/*.c are, compiled.
# shellcheck disable=SC2034 # for the sourcing script
data=$1
work=$(mktemp -d) || exit 1
tap_nr=0 tap_failed=0

tap_end()
{
	tap_status=$?
	trap '' HUP INT TERM
	cd /
	rm -rf "$work"
	exit "$tap_status"
}
trap tap_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# try ARG...: the command's output to $work/out and $work/err, its exit status to $status
try()
{
	"$PCSTATS" "$@" >"$work/out" 2>"$work/err"
	status=$?
}

# claim STATUS NAME: it holds if STATUS is 0; returns STATUS
claim()
{
	tap_nr=$((tap_nr + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tap_nr - $2"
		return 0
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_nr - $2"
	[ ! -s "$work/err" ] || sed 's/^/#    stderr: /' "$work/err"
	return "$1"
}

# ok NAME COMMAND [ARG...]: the command succeeds
ok()
{
	tap_name=$1
	shift
	tap_said=$("$@" 2>&1)
	claim $? "$tap_name" || printf '%s\n' "$tap_said" | sed 's/^/#      said: /'
}

# is NAME EXPECTED GOT
is()
{
	[ "$2" = "$3" ]
	claim $? "$1" || {
		printf '%s\n' "$2" | sed 's/^/#  expected: /'
		printf '%s\n' "$3" | sed 's/^/#       got: /'
	}
}

# skip NAME REASON
skip()
{
	tap_nr=$((tap_nr + 1))
	echo "ok $tap_nr - $1 # SKIP $2"
}

# The last thing that a test does.
done_testing()
{
	echo "1..$tap_nr"
	exit $((tap_failed > 0))
}
