#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# image.sh --image file [--firmware file] [--results dir]: boots an image that
# build.sh has made and looks, at its console, whether everything is there that
# it was made for: the module from the boot loader, launchd as a service of
# rc(8) or, with build.sh --init, as the first process, a service that answers,
# and power-off.
# README.md tells what the files are.  Exits as vm.sh does.

set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/console.subr"

usage() {
	echo "usage: image.sh --image file [--firmware file]" \
	    "[--results dir]" >&2
	exit 64
}

image=
firmware=
results=$top/out/amd64/image-results
while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || usage
	case $1 in
	--image) image=$2 ;;
	--firmware) firmware=$2 ;;
	--results) results=$2 ;;
	*) usage ;;
	esac
	shift 2
done

qemu=${QEMU:-qemu-system-x86_64}
if [ -z "$image" ]; then
	echo "image.sh: skipped: no image to boot (--image)"
	exit 0
fi
command -v "$qemu" > /dev/null || {
	echo "image.sh: skipped: no $qemu"
	exit 0
}
for file in "$image" "$firmware"; do
	[ -z "$file" ] || [ -f "$file" ] || die 64 "$file: no such file"
done

mkdir -p "$results" || exit 2
work=$(mktemp -d "${TMPDIR:-/tmp}/image.XXXXXX") || exit 2
pid=
cleanup() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 2' INT TERM

set -- "$qemu" -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -nographic \
    -monitor none -serial stdio -no-reboot -net none \
    -object rng-random,filename=/dev/urandom,id=rng \
    -device virtio-rng-pci,rng=rng \
    -drive "file=$image,if=virtio,format=raw,snapshot=on"
[ -z "$firmware" ] || set -- "$@" -bios "$firmware"
log=$work/console
mkfifo "$work/input"
"$@" < "$work/input" > "$log" 2> "$work/qemu.log" &
pid=$!
exec 3> "$work/input"

# What is typed is on the console too, after a prompt.
boot_and_log_in || finish 1 "nobody can log in"
answer kldstat
sees '^ .* mach\.ko$'
answer mount
sees '^/dev/gpt/machlive on / \(ufs, local, read-only\)'
# Numbers that are not aio(4)'s.
answer 'sysctl kern.mach.abi kern.mach.evfilt'
sees '^kern.mach.abi: [1-9]'
sees '^kern.mach.evfilt: (0|-[^3]|-1[^0])$'
answer 'scutil --get ComputerName'
sees '^mach-live$'
answer 'launchctl list'
sees '^[0-9].*org.freebsd.netconfigd'
answer 'ps -o comm= -p 1'
sees '^(init|launchd)$'
if await 0 '^init$'; then
	answer 'service launchd status'
	sees '^launchd is running as pid'
fi
# What launchd says as init may be on the screen alone, as the first console.
answer 'shutdown -p now'
sees 'All buffers synced'
powers_off 120 || finish 1 "the power was not turned off"
finish 0
