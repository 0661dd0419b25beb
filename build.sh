#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# build.sh [--root directory] [--staged directory] [--init]
#     [--base directory [--image file]]
#
# On FreeBSD, in a virtual machine best: builds the module, launchd and configd
# and installs them, with what the loader and rc.conf take, into a root
# directory, build/root if none is named.  As root.
#
# With --staged nothing is built: the files come from that directory, laid out
# as a root directory, into which the scripts for the parts or a release's
# install.sh have installed, on whatever system; and with them the libraries
# they need.
#
# With --init launchd is the root's first process.
#
# With --base, base.txz and kernel.txz of that directory, which are FreeBSD's
# distribution sets, are unpacked into the root first, and the packages our
# programs need installed into it, unless the files were staged.  With --image
# such a root becomes an image that boots from a disk or a memory stick and
# keeps nothing.

set -eu
top=$(cd "$(dirname "$0")" && pwd)
. "$top/setup.subr"

usage() {
	printf 'usage: build.sh %s\n                %s\n' \
	    '[--root directory] [--staged directory] [--init]' \
	    '[--base directory [--image file]]' >&2
	exit 64
}

root=$top/build/root
staged=
init=
base=
image=
while [ $# -gt 0 ]; do
	case $1 in
	--init)	init=yes
		shift
		continue ;;
	esac
	[ $# -ge 2 ] || usage
	case $1 in
	--root)	root=$2 ;;
	--staged) staged=$2 ;;
	--base)	base=$2 ;;
	--image) image=$2 ;;
	*)	usage ;;
	esac
	shift 2
done
[ -z "$image" ] || [ -n "$base" ] || usage
[ "$(uname -s)" = FreeBSD ] || die "this is $(uname -s), not FreeBSD"
[ "$(id -u)" -eq 0 ] || die "run this as root"
prefix=${PREFIX:-/usr/local}

# The first file of ours that the staged tree does not have, or nothing.
not_staged() {
	[ -f "$staged/boot/kernel/mach.ko" ] ||
	    [ -f "$staged/boot/modules/mach.ko" ] || echo mach.ko
	for program in sbin/launchd libexec/netconfigd; do
		[ -f "$staged$prefix/$program" ] || echo "$prefix/$program"
	done
}

# A system in the root, from the sets and packages.
stage_base() {
	[ -z "$(ls -A "$root")" ] || die "$root is not empty"
	for set in base kernel; do
		[ -r "$base/$set.txz" ] || die "$base/$set.txz: cannot be read"
		say "unpacking $set"
		tar -xpf "$base/$set.txz" -C "$root"
	done
	[ -z "$staged" ] || return 0
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

# The same from the staged tree.  Only files: its directories may be as private
# as whoever staged it likes, and belong to anybody.
copy_staged() {
	say "copying $staged"
	(cd "$staged" && find . ! -type d | tar -cf - -T -) |
	    (umask 022 && tar -xpof - -C "$root")
	for dir in "$root/boot/kernel" "$root/boot/modules"; do
		if [ -f "$dir/mach.ko" ]; then
			kldxref "$dir"
		fi
	done
}

# A library that is missing would be found out at boot.
check_libraries() {
	for program in sbin/launchd libexec/netconfigd; do
		missing=$(chroot "$root" ldd "$prefix/$program" 2>&1 |
		    sed -n 's/ => not found.*//p' | tr -d '\n')
		[ -z "$missing" ] || die "$prefix/$program does not find its" \
		    "libraries in $root:$missing"
	done
}

# What loader.conf and rc.conf take, once.
stage_settings() {
	conf=$root/boot/loader.conf
	grep -q '^mach_load=' "$conf" 2>/dev/null ||
	    cat "$top/overlays/boot/loader.conf" >> "$conf"
	mkdir -p "$root/etc"
	touch "$root/etc/rc.conf"
	set_rc launchd_enable=YES
	[ -z "$init" ] || stage_init
}

# set_rc name=value ...: in the root's rc.conf(5).  The root may have nothing
# that runs, which sysrc's -R needs.
set_rc() {
	sysrc -f "$root/etc/rc.conf" "$@" >/dev/null
}

# What launchd(8) says of the first process.  Where the kernel falls back to
# init(8), rc(8) starts launchd as in any other root.
stage_init() {
	grep -q '^init_path=' "$conf" ||
	    echo "init_path=\"$prefix/sbin/launchd:/sbin/init\"" >> "$conf"
	[ -e "$root/etc/launchd.boot.plist" ] ||
	    install -m 644 "$top/overlays/etc/launchd.boot.plist" \
		"$root/etc/launchd.boot.plist"
}

# A medium that is only read: what is written is in memory.
stage_live() {
	set_rc hostname=mach-live tmpmfs=YES varmfs=YES root_rw_mount=NO \
	    entropy_boot_file=NO entropy_file=NO update_motd=NO \
	    sendmail_enable=NONE
	echo '/dev/gpt/machlive / ufs ro 0 0' > "$root/etc/fstab"
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

if [ -n "$staged" ]; then
	[ -d "$staged" ] || die "$staged: no such directory"
	for missing in $(not_staged); do
		die "$staged does not have $missing"
	done
fi
mkdir -p "$root"
root=$(cd "$root" && pwd)
[ -n "$staged" ] || install_for build
[ -z "$base" ] || stage_base
if [ -n "$staged" ]; then
	copy_staged
else
	stage_ours
fi
[ -z "$base" ] || check_libraries
stage_settings
say "$root"
if [ -n "$image" ]; then
	stage_live
	make_image
	say "$image"
fi
