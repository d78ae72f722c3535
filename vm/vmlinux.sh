# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Sourced by the scripts that make kernels ready for QEMU, after fetch.sh.

# Bytes of file $1 from offset $2: $3 numbers as od's -t says, $4.
numbers()
{
	# One line of numbers apart by single blanks; od pads them.
	od -An -v -j "$2" -N "$3" -t "$4" "$1" | xargs
}

is_bzimage()
{
	[ "$(numbers "$1" 514 4 x1)" = '48 64 72 53' ]
}

is_elf()
{
	[ "$(numbers "$1" 0 4 x1)" = '7f 45 4c 46' ]
}

# Run the decompressor $2..., which comes with the package $1.
unpack_by()
{
	package=$1
	shift
	command -v "$1" >/dev/null || { echo "$1 is not installed: vm/setup $package does it"; return 1; }
	"$@"
}

# Write the ELF file inside the bzImage $1 to $2. Where it lies is in the boot protocol's header, see
# Documentation/x86/boot.rst; gzip's last four bytes are the size of what it packed, behind the others the build puts
# the same.
extract_vmlinux()
{
	setup_sects=$(numbers "$1" 497 1 u1)
	# shellcheck disable=SC2046 # two numbers: payload_offset and payload_length
	set -- "$1" "$2" $(numbers "$1" 584 8 u4)
	tail -c +$(((setup_sects + 1) * 512 + $3 + 1)) "$1" | head -c "$4" >payload || return 1
	magic=$(numbers payload 0 4 x1)
	[ "${magic#1f 8b}" != "$magic" ] || truncate -s -4 payload || return 1
	case $magic in
	1f\ 8b*) gzip -dc ;;
	'fd 37 7a 58') unpack_by xz-utils xz -dc ;;
	'28 b5 2f fd') unpack_by zstd zstd -qdc ;;
	'02 21 4c 18') unpack_by lz4 lz4 -qdc ;;
	'5d 00 00'*) unpack_by xz-utils xz --format=lzma -dc ;;
	42\ 5a\ 68*) unpack_by bzip2 bzip2 -dc ;;
	'89 4c 5a 4f') unpack_by lzop lzop -dc ;;
	*) echo "compressed by an unknown program (its first bytes are $magic)" >&2; false ;;
	esac <payload >"$2" && rm payload && is_elf "$2"
}

# Whether QEMU can start the vmlinux $1 (CONFIG_PVH): it has the note XEN_ELFNOTE_PHYS32_ENTRY, number 18.
starts_by_pvh()
{
	LC_ALL=C readelf -n "$1" 2>/dev/null | grep -q '^ *Xen .*0x00000012'
}
