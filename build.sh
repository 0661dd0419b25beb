#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# build.sh [--root directory] [--base directory [--image file]]
#
# On FreeBSD, in a virtual machine best: builds the module, launchd and configd
# and installs them, with what the loader and rc.conf take, into a root
# directory, build/root if none is named.  As root.
#
# With --base, base.txz and kernel.txz of that directory, which are FreeBSD's
# distribution sets, are unpacked into the root first, and the packages our
# programs need installed into it.  With --image such a root becomes an image
# that boots from a disk or a memory stick and keeps nothing.

set -eu
top=$(cd "$(dirname "$0")" && pwd)
. "$top/setup.subr"

usage() {
	printf 'usage: build.sh [--root directory] %s\n' \
	    '[--base directory [--image file]]' >&2
	exit 64
}

root=$top/build/root
base=
image=
while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || usage
	case $1 in
	--root)	root=$2 ;;
	--base)	base=$2 ;;
	--image) image=$2 ;;
	*)	usage ;;
	esac
	shift 2
done
[ -z "$image" ] || [ -n "$base" ] || usage
[ "$(uname -s)" = FreeBSD ] || die "this is $(uname -s), not FreeBSD"
[ "$(id -u)" -eq 0 ] || die "run this as root"

# A system in the root, from the sets and packages.
stage_base() {
	[ -z "$(ls -A "$root")" ] || die "$root is not empty"
	for set in base kernel; do
		[ -r "$base/$set.txz" ] || die "$base/$set.txz: cannot be read"
		say "unpacking $set"
		tar -xpf "$base/$set.txz" -C "$root"
	done
	say "installing packages into $root"
	# A list of words, split on purpose.
	# shellcheck disable=SC2046
	pkg -r "$root" install -y $(packages_for run) >/dev/null
}

# Everything of ours.
stage_ours() {
	DESTDIR=$root "$top/make-mach-kmod.sh"
	DESTDIR=$root "$top/make-launchd.sh"
	DESTDIR=$root "$top/make-configd.sh"
}

# What loader.conf and rc.conf take, once.
stage_settings() {
	conf=$root/boot/loader.conf
	grep -q '^mach_load=' "$conf" 2>/dev/null ||
	    cat "$top/overlays/boot/loader.conf" >> "$conf"
	mkdir -p "$root/etc"
	touch "$root/etc/rc.conf"
	sysrc -R "$root" launchd_enable=YES >/dev/null
}

# A medium that is only read: what is written is in memory.
stage_live() {
	sysrc -R "$root" hostname=mach-live tmpmfs=YES varmfs=YES \
	    root_rw_mount=NO sendmail_enable=NONE >/dev/null
	echo '/dev/gpt/machlive / ufs ro 1 1' > "$root/etc/fstab"
}

# The partition that a machine with UEFI starts from.
make_esp() {
	case $(uname -p) in
	amd64)	boot=BOOTX64.EFI ;;
	aarch64) boot=BOOTAA64.EFI ;;
	*)	die "no boot loader is known for $(uname -p)" ;;
	esac
	mkdir -p "$scratch/esp/EFI/BOOT"
	cp "$root/boot/loader.efi" "$scratch/esp/EFI/BOOT/$boot"
	makefs -t msdos -o fat_type=16 -o sectors_per_cluster=1 \
	    -o volume_label=EFISYS -s 32m "$scratch/esp.img" \
	    "$scratch/esp" >/dev/null
}

make_image() {
	say "making $image"
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	make_esp
	makefs -t ffs -o version=2,label=machlive -b 10% "$scratch/ufs.img" \
	    "$root" >/dev/null
	set -- -s gpt -p "efi:=$scratch/esp.img"
	if [ "$(uname -p)" = amd64 ]; then
		set -- "$@" -b "$root/boot/pmbr" \
		    -p "freebsd-boot:=$root/boot/gptboot"
	fi
	mkimg "$@" -p "freebsd-ufs/machlive:=$scratch/ufs.img" -o "$image"
}

mkdir -p "$root"
root=$(cd "$root" && pwd)
install_for build
[ -z "$base" ] || stage_base
stage_ours
stage_settings
say "$root"
if [ -n "$image" ]; then
	stage_live
	make_image
	say "$image"
fi
