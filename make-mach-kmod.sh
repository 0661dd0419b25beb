#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# make-mach-kmod.sh [--arch amd64|aarch64]: builds mach.ko for FreeBSD 15 from
# Linux.  The compiler and FreeBSD's headers come from PyPI's ziglang, or the
# headers from a FreeBSD source tree if SYSDIR names its sys directory.  The
# result is out/<arch>/mach.ko.
#
# On FreeBSD itself, run make in mach-kmod.

set -eu
top=$(cd "$(dirname "$0")" && pwd)
. "$top/setup.subr"
export LC_ALL=C

# The oldest kernel the module loads into: 15.0-RELEASE.
OSVERSION=1500068

usage() {
	printf 'usage: make-mach-kmod.sh [--arch amd64|aarch64]\n' >&2
	exit 64
}

arch=amd64
while [ $# -gt 0 ]; do
	case $1 in
	--arch)	[ $# -ge 2 ] || usage
		arch=$2
		shift 2 ;;
	*)	usage ;;
	esac
done

common="-O2 -pipe -g0 -std=gnu17 -nostdinc -D_KERNEL -DKLD_MODULE
    -U__FreeBSD_version -D__FreeBSD_version=$OSVERSION
    -ffreestanding -fwrapv -fno-common -fno-strict-aliasing
    -fno-stack-protector -fno-sanitize=all -fno-omit-frame-pointer
    -fno-asynchronous-unwind-tables
    -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith
    -Wundef -Wno-pointer-sign -Wno-unused-parameter
    -Wno-address-of-packed-member -Werror
    -D__printf__=__freebsd_kprintf__"
# zig takes processor features from -mcpu alone and ignores -mno-sse and its
# like; a kernel that finds itself in a vector register panics.
case $arch in
amd64)	target=x86_64
	flags="-fno-PIC -mcmodel=kernel -mno-red-zone
	    -mcpu=x86_64-mmx-sse-sse2-x87+soft_float"
	emulation=elf_x86_64_fbsd
	link="-r -d"
	type=REL
	objdump=objdump
	vector='%[xyz]mm[0-9]' ;;
aarch64) target=aarch64
	flags="-fPIC -mgeneral-regs-only -mcpu=generic-fp_armv8-neon+reserve_x18
	    -mno-outline-atomics"
	emulation=aarch64elf
	link="-shared -Bsymbolic -d --hash-style=both -z max-page-size=4096"
	type=DYN
	objdump=aarch64-linux-gnu-objdump
	vector='[[:blank:]{][bhsdqv][0-9][0-9]?(\.|,|$)' ;;
*)	usage ;;
esac

install_for cross
tools=$top/build/cross
out=$top/out/$arch
obj=$tools/$arch
mkdir -p "$out" "$obj/opt"

zig_setup "$tools"

if [ -n "${SYSDIR-}" ]; then
	[ -f "$SYSDIR/sys/module.h" ] || die "$SYSDIR: not the sys directory \
of a FreeBSD source tree"
	ln -sfn "$SYSDIR/$(echo $arch | sed s/aarch64/arm64/)/include" \
	    "$obj/machine"
	ln -sfn "$SYSDIR/x86/include" "$obj/x86"
	includes="-I$obj -I$SYSDIR -I$SYSDIR/contrib/ck/include"
else
	lib=$("$zig_python" -c \
	    'import os, ziglang; print(os.path.dirname(ziglang.__file__))')
	headers=$lib/lib/libc/include
	[ -f "$headers/generic-freebsd/sys/module.h" ] ||
	    die "ziglang has no FreeBSD kernel headers in $headers"
	includes="-isystem $headers/$target-freebsd-none
	    -isystem $headers/generic-freebsd"
fi

# What bsd.kmod.mk writes when there is no kernel build to take it from.
printf '#define SMP 1\n#define MAC 1\n#define VIMAGE 1\n' \
    > "$obj/opt/opt_global.h"

say "compiling for $arch"
objects=
for source in "$top"/mach-kmod/mach_*.c "$top"/mach-kmod/compat/freebsd*.c; do
	[ -f "$source" ] || continue
	object=$obj/$(basename "$source" .c).o
	# Lists of words, split on purpose.
	# shellcheck disable=SC2086
	zig cc -target $target-freebsd.15.0 -c $common $flags \
	    -include "$obj/opt/opt_global.h" -I"$top/mach-kmod" \
	    -I"$top/libmach/include" $includes -o "$object" "$source"
	objects="$objects $object"
done
# shellcheck disable=SC2086
zig ld.lld -m $emulation $link -o "$out/mach.ko" $objects

# What the linker lets pass and a kernel does not.
reject() {
	rm "$out/mach.ko"
	die "$@"
}

if $objdump -d --no-show-raw-insn "$out/mach.ko" > "$obj/disassembly" &&
    [ -s "$obj/disassembly" ]; then
	if grep -qE "$vector" "$obj/disassembly"; then
		reject "the compiler used vector registers"
	fi
else
	reject "$objdump cannot read the module"
fi
readelf -hW "$out/mach.ko" | grep -q "Type: *$type " ||
    reject "the module is not of type $type"
for set in modmetadata sysinit sysctl; do
	readelf -SW "$out/mach.ko" | grep -q " set_${set}_set " ||
	    reject "the module has no set_${set}_set"
done
grep -v '^#' "$top/mach-kmod/imports.txt" | sort > "$obj/expected"
readelf -sW "$out/mach.ko" | awk '$7 == "UND" && $8 != "" { print $8 }' |
    grep -v '^__st[a-z]*_set_' | sort -u > "$obj/imports"
unknown=$(comm -13 "$obj/expected" "$obj/imports")
[ -z "$unknown" ] || reject "the module binds to what mach-kmod/imports.txt \
does not list:" $unknown
say "$out/mach.ko"
