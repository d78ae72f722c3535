# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Sourced by the scripts that fetch Debian packages into the cache. Nothing is installed and no root is needed:
# apt works on lists of its own below the cache, so that stale or missing lists of the system do not matter.
#
# A cache entry is a directory that is made under a temporary name and renamed when it is complete. Its file
# `manifest` holds a checksum over the names and sizes in it; an entry that no longer matches is made anew.
#
# A script that sources this sets $what to the subject of its error messages.

cache=${XDG_CACHE_HOME:-${HOME:?is not set}/.cache}/pcstats
tmp=

die()
{
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
	if ! output=$("$@" 2>&1); then
		die "$purpose: $(reason "$output")"
	fi
}

cleanup()
{
	status=$?
	trap '' HUP INT TERM
	[ -z "$tmp" ] || rm -rf "$tmp"
	exit "$status"
}

# One fetch at a time: the others wait here and then find the entry made. The lock goes with the process.
lock_cache()
{
	must 'cache' mkdir -p "$cache"
	exec 9>"$cache/lock" || die "cannot write in $cache"
	flock 9
	# What a killed fetch left behind.
	rm -rf "$cache"/tmp.*
	trap cleanup EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

make_tmp()
{
	must 'cache' mktemp -d "$cache/tmp.XXXXXX"
	tmp=$output
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

# Give the finished $tmp its place $1; a broken predecessor leaves first.
publish()
{
	entry_sum "$tmp" >"$tmp/manifest" || die 'cannot write the manifest'
	rm -rf "$1"
	must 'cache' mv -T "$tmp" "$1"
	tmp=
}

older_than_a_day()
{
	[ -z "$(find "$1" -maxdepth 0 -mmin -1440 2>/dev/null)" ]
}

write_apt_config()
{
	must 'cache' mkdir -p "$cache/apt/lists/partial" "$cache/apt/archives/partial"
	# The system's hooks after an update are for the system's lists.
	cat >"$cache/apt/config" <<CONFIG || die "cannot write in $cache"
Dir::State "$cache/apt";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "$cache/apt";
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
	"$tool" -c "$cache/apt/config" -q "$@"
}

# Succeeds if apt knows the newest packages of the day. A repository that cannot be reached is an error even
# though apt-get only warns: what it holds would be looked up in old lists.
update_lists()
{
	older_than_a_day "$cache/apt/updated" || return 0
	write_apt_config
	output=$(apt apt-get -o APT::Update::Error-Mode=any update 2>&1) && : >"$cache/apt/updated"
}

# The packages that $1 depends on whose names match the extended regular expression $2.
depends()
{
	apt apt-cache depends --important "$1" 2>/dev/null | sed -n 's/^ *|\{0,1\}Depends: //p' | grep -E "$2"
}

version_of()
{
	apt apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Version: //p'
}

# Download the packages into the current directory and unpack each into $1.
unpack()
{
	into=$1
	shift
	must "download $*" apt apt-get download "$@"
	for deb in ./*.deb; do
		must "unpack $deb" dpkg-deb -x "$deb" "$into"
		rm -f "$deb"
	done
}
