#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# vm.sh [option ...] [test program ...]: runs the tests in a FreeBSD of its own,
# in QEMU.  README.md tells how to use it.  Exits
#	0	everything passed, or there is nothing to run it in
#	1	a test failed, or the kernel kept something or complained
#	2	the kernel panicked, or the run did not come to its end
#	64	wrong usage

set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/console.subr"

usage() {
	printf '%s\n' "usage: vm.sh [--image file | --kernel file --root dir]" \
	    "	[--kernel file] [--stage dir] [--firmware file]" \
	    "	[--results dir] [--timeout seconds] [--smp n] [--memory MB]" \
	    "	[test program ...]" >&2
	exit 64
}

image=${VM_IMAGE-}
kernel=${VM_KERNEL-}
root=${VM_ROOT-}
stage=$top/out/amd64/stage
firmware=
results=$top/out/amd64/vm-results
limit=5400
smp=2
memory=1024
while [ $# -gt 0 ]; do
	case $1 in
	--image|--kernel|--root|--stage|--firmware|--results|--timeout|--smp|\
	    --memory)
		[ $# -ge 2 ] || usage ;;
	esac
	case $1 in
	--image) image=$2 ;;
	--kernel) kernel=$2 ;;
	--root) root=$2 ;;
	--stage) stage=$2 ;;
	--firmware) firmware=$2 ;;
	--results) results=$2 ;;
	--timeout) limit=$2 ;;
	--smp) smp=$2 ;;
	--memory) memory=$2 ;;
	-*) usage ;;
	*) break ;;
	esac
	shift 2
done

if [ -z "$image" ] && [ -z "$root" ]; then
	echo "vm.sh: skipped: no FreeBSD to run in (--image, or --kernel and" \
	    "--root)"
	exit 0
fi
qemu=${QEMU:-qemu-system-x86_64}
command -v "$qemu" > /dev/null || {
	echo "vm.sh: skipped: no $qemu"
	exit 0
}
[ -z "$image" ] || [ -z "$root" ] || usage
[ -z "$root" ] || [ -n "$kernel" ] || usage
for file in "$image" "$kernel" "$firmware"; do
	[ -z "$file" ] || [ -f "$file" ] || die 64 "$file: no such file"
done
[ -z "$root" ] || [ -d "$root" ] || die 64 "$root: no such directory"
[ -d "$stage" ] || die 64 "$stage: no staged tree; README.md says how to make \
one"
tests=$(cd "$stage" && find . -type d -path '*/tests/freebsd-launchd' |
    sed 's/^\.//;q')
[ -n "$tests" ] || die 64 "$stage has no tests in it"

work=$(mktemp -d "${TMPDIR:-/tmp}/vm.XXXXXX") || exit 2
pid=
cleanup() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 2' INT TERM

mkdir -p "$work/add/vm"
cp "$here/guest.sh" "$here/atf_run.sh" "$work/add/vm"
printf "tests='%s'\nonly='%s'\nout=/dev/vtbd1\n" "$tests" "$*" \
    > "$work/add/vm/options"
truncate -s 256M "$work/results.img"

# KVM where it may be used and has a processor to use.
accel=tcg,thread=multi
if [ -w /dev/kvm ] && grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo; then
	accel=kvm
fi

# What every way of booting has in common.  The disk images stay as they are.
set -- "$qemu" -accel "$accel" -cpu max -smp "$smp" -m "$memory" \
    -nographic -monitor none -serial stdio -no-reboot -net none \
    -object rng-random,filename=/dev/urandom,id=rng \
    -device virtio-rng-pci,rng=rng
[ -z "$firmware" ] || set -- "$@" -bios "$firmware"

# The kernel environment; a QEMU that boots a kernel passes it in -append.
if [ -n "$kernel" ]; then
	environment="console=comconsole boot_serial=1"
	environment="$environment hw.uart.console=io:0x3f8"
	environment="$environment kern.panic_reboot_wait_time=0"
	environment="$environment debug.debugger_on_panic=0"
	environment="$environment vfs.root.mountfrom=ufs:/dev/vtbd0"
	[ -z "$root" ] || environment="$environment init_script=/vm/guest.sh"
	set -- "$@" -kernel "$kernel" -append "$environment"
fi

if [ -n "$root" ]; then
	command -v makefs > /dev/null || die 64 "needs makefs to make a disk"
	mkdir "$work/root"
	cp -a "$root/." "$stage/." "$work/add/." "$work/root/" || exit 2
	makefs -t ffs -o version=1 -b 64m -f 20000 "$work/root.img" \
	    "$work/root" > "$work/makefs.log" 2>&1 ||
	    { cat "$work/makefs.log" >&2; exit 2; }
	rm -rf "$work/root"
	set -- "$@" -drive "file=$work/root.img,if=virtio,format=raw"
else
	format=raw
	case $(od -An -c -N 3 "$image" | tr -d ' ') in
	QFI) format=qcow2 ;;
	esac
	set -- "$@" \
	    -drive "file=$image,if=virtio,format=$format,snapshot=on"
fi
set -- "$@" -drive "file=$work/results.img,if=virtio,format=raw"
if [ -n "$image" ]; then
	tar -cf "$work/stage.tar" --owner=0 --group=0 --numeric-owner \
	    -C "$stage" . -C "$work/add" ./vm || exit 2
	drive=file=$work/stage.tar,if=virtio,format=raw,readonly=on
	set -- "$@" -drive "$drive"
fi

log=$work/console
mkfifo "$work/input"
"$@" < "$work/input" > "$log" 2> "$work/qemu.log" &
pid=$!
exec 3> "$work/input"
ends=$(($(date +%s) + limit))

# From the boot loader, or from a kernel, to the tests.
start_tests() {
	if [ -z "$kernel" ]; then
		boot_and_log_in || return 1
	else
		log_in || return 1
	fi
	# Without room for the tree, or any way to write, there is no run.
	unpack='mount -u -o rw / && tar -xf /dev/vtbd2 -C /'
	answer "$unpack && exec sh /vm/guest.sh || halt -pq"
}

if [ -n "$image" ]; then
	start_tests || {
		tail -n 40 "$log" "$work/qemu.log" >&2
		die 2 "the image did not come to a shell on its serial console"
	}
fi
timed_out=
if ! powers_off $((ends - $(date +%s))); then
	timed_out=yes
	kill "$pid"
	wait "$pid" 2>/dev/null
	pid=
fi

mkdir -p "$results"
tr -d '\r' < "$log" > "$results/console"
tar -xf "$work/results.img" -C "$results" 2>/dev/null
sed '1,/^vm: begin/d; /^vm: status/,$d' "$results/console"
status=$(sed -n 's/^vm: status \([0-9]*\)$/\1/p' "$results/console" |
    tail -n 1)
if grep -aqE '^panic:|Fatal (double fault|trap)' "$results/console"; then
	die 2 "the kernel panicked; see $results/console"
elif [ -n "$timed_out" ]; then
	die 2 "not done after $limit seconds; see $results/console"
elif [ -z "$status" ]; then
	cat "$work/qemu.log" >&2
	die 2 "the run did not come to its end; see $results/console"
fi
# A kernel with WITNESS says which locks it means.
if awk '/lock order reversal|acquiring duplicate lock|non-sleepable locks/ {
	    lines = 6
	}
	lines-- > 0 && /mach/ { found = 1 }
	END { exit !found }' "$results/console"; then
	die 1 "the kernel complained of the module's locks; see \
$results/console"
fi
exit "$status"
