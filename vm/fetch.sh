# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Sourced by the scripts that fill the cache, most of them with Debian packages. Nothing is installed and no root is
# needed: apt works on lists of its own below the cache, so that stale or missing lists of the system do not matter.
#
# A cache entry is a directory that is made under a temporary name and renamed when it is complete. Its file
# `manifest` holds a checksum over the names and sizes in it; an entry that no longer matches is made anew.
#
# What the sourcing script provides:
#   $here		this directory
#   $what		subject of the error messages
#   look_up		sets $package and $version by apt's lists, or fails
#   fetch_entry		fills the current directory, which is empty, or calls die
# and may set after it:
#   $foreign		the architecture to fetch for, if that is not this machine's; it has lists of its own
#   $scope		what goes before the names of lock and temporary files: who takes long waits for, and cleans
#			up behind, its like only

cache=${XDG_CACHE_HOME:-${HOME:?is not set}/.cache}/pcstats
foreign=
# shellcheck disable=SC2034 # may be the sourcing script's
scope=

die()
{
	# shellcheck disable=SC2154 # the sourcing script's
	echo "vm: $what: $*" >&2
	exit 1
}

# Out of what a failed command said ($1), the one line that names the cause.
reason()
{
	printf '%s\n' "$1" | grep -m 1 -i -e 'no space left' -e 'quota exceeded' ||
		printf '%s\n' "$1" | grep -m 1 '^E: ' ||
		printf '%s\n' "$1" | tail -n 1
}

# Run a command that says nothing when all is well; $1 tells what it is for.
must()
{
	purpose=$1
	shift
	output=$("$@" 2>&1) || die "$purpose: $(reason "$output")"
}

# The names of the list of kernels, the default first.
kernel_names()
{
	# shellcheck disable=SC2154 # the sourcing script's
	awk '!/^#/ && NF { print $1 }' "$here/kernels"
}

# The name in the list of kernels whose source kernel $1 is made of.
source_base()
{
	case $1 in
	debug | race) kernel_names | head -n 1 ;;
	debug@* | race@*) echo "${1#*@}" ;;
	*) echo "$1" ;;
	esac
}

# Sets $image_meta, $headers_meta and $source_package to what the list of kernels says about $1.
read_row()
{
	row=$(awk -v name="$1" '!/^#/ && $1 "" == name "" { print $2, $3, $4 }' "$here/kernels")
	[ -n "$row" ] || die "no such kernel, there are: $({ kernel_names; printf '%s\n' debug race; } | paste -s -d ' ')"
	# shellcheck disable=SC2034 # the sourcing script's
	read -r image_meta headers_meta source_package <<ROW
$row
ROW
}

# One fetch at a time: the others wait here and then find the entry made. The lock goes with the process.
lock_cache()
{
	must 'make the cache' mkdir -p "$cache"
	exec 9>"$cache/${scope}lock" || die "cannot write in $cache"
	flock 9
	# What a killed fetch left behind, and in the end what this one does: nobody else is at it.
	rm -rf "$cache/${scope}tmp".*
	trap 'rm -rf "$cache/${scope}tmp".*' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

entry_sum()
{
	(cd "$1" 2>/dev/null && find . -path ./manifest -o -type f -printf '%s %p\n' -o -type l -printf '%l %p\n') |
		LC_ALL=C sort | cksum
}

entry_is_whole()
{
	[ -f "$1/manifest" ] && [ "$(entry_sum "$1")" = "$(cat "$1/manifest")" ]
}

older_than_a_day()
{
	[ -z "$(find "$1" -maxdepth 0 -mmin -1440 2>/dev/null)" ]
}

apt_dir()
{
	echo "$cache/apt${foreign:+-$foreign}"
}

write_apt_config()
{
	status=/var/lib/dpkg/status
	[ -z "$foreign" ] || status=/dev/null
	must 'make the cache' mkdir -p "$(apt_dir)/lists/partial" "$(apt_dir)/archives/partial"
	# The system's hooks after an update are for the system's lists.
	cat >"$(apt_dir)/config" <<CONFIG || die "cannot write in $cache"
Dir::State "$(apt_dir)";
Dir::State::status "$status";
Dir::Cache "$(apt_dir)";
Dir::Cache::pkgcache "pkgcache.bin";
${foreign:+APT::Architecture "$foreign"; APT::Architectures "$foreign";}
APT::Sandbox::User "root";
Acquire::Retries "2";
Acquire::Languages "none";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONFIG
}

apt()
{
	tool=$1
	shift
	"$tool" -c "$(apt_dir)/config" -q "$@"
}

# Succeeds if apt knows the packages of the day. On failure $output tells why; what it knows may still do.
update_lists()
{
	older_than_a_day "$(apt_dir)/updated" || return 0
	write_apt_config
	output=$(apt apt-get -o APT::Update::Error-Mode=any update 2>&1) && : >"$(apt_dir)/updated"
}

# The packages that $1 depends on whose names match the extended regular expression $2.
depends()
{
	apt apt-cache depends --important "$1" 2>/dev/null | sed -n 's/^ *|\{0,1\}Depends: //p' | grep -E "$2"
}

version_of()
{
	apt apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Version: //p' | grep .
}

# What downloading the packages $1... costs.
megabytes()
{
	apt apt-cache show --no-all-versions "$@" 2>/dev/null | awk '/^Size: / { sum += $2 } END { printf "%.0f", sum / 1e6 }'
}

# about_line NAME KIND LINK NEWEST COST: a line for vm/kernel_list of the kernel to whose entry LINK leads.
about_line()
{
	cached='-' size='-'
	if entry_is_whole "$3/."; then
		cached=$(readlink "$3")
		cached=${cached##*_}
		size=$(du -sm "$3/." | cut -f 1)
	fi
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$cached" "$size" "$4" "$5"
}

# Download packages into the current directory.
download()
{
	must "download $*" apt apt-get download "$@"
}

make_entry()
{
	rm -rf "$cache/${scope}tmp".*
	tmp=$(mktemp -d "$cache/${scope}tmp.XXXXXX") && cd "$tmp" && fetch_entry && entry_sum . >manifest && cd "$cache" &&
		rm -rf "$1" && mv -T "$tmp" "$1"
}

# Sets $entry, made if need be, to that of the newest package. On failure $output tells why.
newest_entry()
{
	update_lists && output="not in apt's package lists (apt sources without security updates?)"
	look_up || return 1
	# shellcheck disable=SC2154 # look_up sets them
	entry=$1/${package}_$version
	entry_is_whole "$entry" && return 0
	echo "vm: fetching $package $version" >&2
	# In a shell of its own, for that is what die ends.
	output=$(make_entry "$entry" 2>&1)
}

# Print the directory of the entry for $2 in the collection $1. The name leads to it by a symbolic link, whose age is
# that of the look-up: a day later Debian may have a newer one. Without a network what is there serves on.
serve()
{
	link=$1/$2
	! older_than_a_day "$link" && entry_is_whole "$link/." && readlink -f "$link" && exit

	lock_cache
	must 'make the cache' mkdir -p "$1"
	! older_than_a_day "$link" && entry_is_whole "$link/." && readlink -f "$link" && exit
	if newest_entry "$1" || { rm -f "$(apt_dir)/updated" && newest_entry "$1"; }; then
		must 'name the entry' ln -sfn "${entry##*/}" "$link"
	elif entry_is_whole "$link/."; then
		echo "vm: $what: no news from Debian ($(reason "$output")), using $(readlink "$link")" >&2
		touch -h "$link"
	else
		die "$(reason "$output" | sed "s/^vm: $what: //")"
	fi
	readlink -f "$link"
}
