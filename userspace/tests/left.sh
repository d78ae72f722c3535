# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Sourced by tests behind tap.sh: what a lab could leave.
#
#	left >"$work/before"
#	...
#	leaves_nothing 'killed'

# Processes, objects of IPC, cgroups.
left()
{
	# Kernel threads have no memory.
	ps -A -o vsz=,pid=,comm= | awk '$1 && $3 !~ /^(ps|awk|lab|lab_command)$/ { print $2, $3 }'
	cut -c -30 /proc/sysvipc/*
	find /sys/fs/cgroup -type d 2>/dev/null
}

# leaves_nothing WHAT [FILE]: since $work/before; FILE has a line for each thing else
# shellcheck disable=SC2154 # $work is of tap.sh
leaves_nothing()
{
	left >"$work/after"
	is "$1: leaves nothing" '' "$(diff "$work/before" "$work/after"; cat "${2-/dev/null}")"
}
