# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Sourced by the tests of vm/run. All that it leaves behind can be found: it gets empty directories for what it keeps
# elsewhere, and a mark in its environment, which its children inherit.

# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

mkdir -m 700 "$work/runtime" "$work/state"
export XDG_RUNTIME_DIR="$work/runtime" XDG_STATE_HOME="$work/state" PCSTATS_TEST="$work"
# make test-vm: what takes minutes, too.
# shellcheck disable=SC2034 # for the sourcing script
long=${LONG-}

# Time-outs (-t) only end what hangs; no test depends on them.
vm()
{
	"$top/vm/run" -q -t 600 "$@" 2>"$work/err" 9>&-
}

bare()
{
	vm --no-module "$@"
}

# The one child of process $1.
child_of()
{
	read -r child _ <"/proc/$1/task/$1/children"
	echo "$child"
}

# Wait until command "$@" succeeds: yes, or no after more time than it can need.
comes()
{
	tries=1200
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || { echo no; return; }
		sleep 0.1
	done
	echo yes
}

# A child of ours stays as a zombie until we wait for it.
has_ended()
{
	read -r _ _ state _ 2>/dev/null <"/proc/$1/stat" || return 0
	[ "$state" = Z ]
}

# yes or no: process $1 ends (in time).
ends()
{
	comes has_ended "$1"
}

# start WHAT COMMAND [OPTION...]: vm/run in the background with Ctrl-C enabled, which a shell ignores there, and SIGHUP,
# which nohup does, up to the line "ready" of the guest's shell COMMAND. Sets $host and $qemu; 8 is its stdout.
start()
{
	what=$1 command=$2
	shift 2
	mkfifo "$work/out"
	env --default-signal=HUP,INT "$top/vm/run" -q --no-module -t 600 "$@" -- sh -c "$command" \
		</dev/null >"$work/out" 2>"$work/err" &
	host=$!
	exec 8<"$work/out"
	rm "$work/out"
	line=
	read -r line <&8
	is "$what: the guest is ready" ready "$line"
	# shellcheck disable=SC2034 # for the sourcing script
	qemu=$(child_of "$host")
}

# Processes that have been executed with our mark, which those of the tests themselves have not.
marked()
{
	found=$(grep -l -s -z -x -F "PCSTATS_TEST=$PCSTATS_TEST" /proc/[0-9]*/environ)
	for environ in $found; do
		# The grep is none, any more.
		read -r name <"${environ%environ}comm" && echo "$environ $name"
	done 2>/dev/null
}

nothing_left()
{
	is "$1: nothing is left" '' "$(marked; find "$work/tmp" "$work/runtime" -mindepth 1)"
}
