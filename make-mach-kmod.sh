#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# make-mach-kmod.sh [--arch amd64|aarch64] [--install]: builds mach.ko into
# out/<arch>, and with --install, or if DESTDIR is set, puts it into
# ${DESTDIR}${KMODDIR}; KMODDIR is /boot/kernel if it is not set.
#
# On FreeBSD the sources are staged in build/kmod and built there by
# bsd.kmod.mk, which wants the kernel's sources in SYSDIR (/usr/src/sys).
#
# From Linux the compiler and FreeBSD's headers come from PyPI's ziglang, or
# the headers from a FreeBSD source tree if SYSDIR names its sys directory.
#
# Beside mach.ko, out/<arch>/osversion has the __FreeBSD_version it was built
# for.

set -eu
top=$(cd "$(dirname "$0")" && pwd)
. "$top/setup.subr"
export LC_ALL=C

# The oldest kernel the module loads into: 15.0-RELEASE.
OSVERSION=1500068

usage() {
	printf 'usage: make-mach-kmod.sh [--arch amd64|aarch64] [--install]\n' \
	    >&2
	exit 64
}

arch=amd64
[ "$(uname -s)" != FreeBSD ] || arch=$(uname -p)
install=
[ -z "${DESTDIR-}" ] || install=yes
while [ $# -gt 0 ]; do
	case $1 in
	--arch)	[ $# -ge 2 ] || usage
		arch=$2
		shift 2 ;;
	--install)
		install=yes
		shift ;;
	*)	usage ;;
	esac
done
case $arch in
amd64|aarch64) ;;
*)	usage ;;
esac
out=$top/out/$arch

# The version a tree of headers says it is.
version_of() {
	awk '$1 == "#define" && $2 == "__FreeBSD_version" { print $3 }' "$1"
}

# By FreeBSD's own makefiles.
build_native() {
	[ "$arch" = "$(uname -p)" ] ||
	    die "this is $(uname -p); for $arch, build from Linux"
	sysdir=${SYSDIR:-/usr/src/sys}
	[ -f "$sysdir/conf/kmod.mk" ] ||
	    die "no kernel sources in $sysdir; SYSDIR says where they are"
	stage=$top/build/kmod/$arch
	rm -rf "$stage"
	mkdir -p "$stage/libmach" "$out"
	cp -R "$top/mach-kmod" "$stage/"
	cp -R "$top/libmach/include" "$stage/libmach/"
	say "building for $arch with $sysdir"
	env -u DESTDIR -u MAKEOBJDIRPREFIX \
	    MAKEOBJDIR="$stage/mach-kmod" \
	    make -C "$stage/mach-kmod" SYSDIR="$sysdir" >/dev/null
	cp "$stage/mach-kmod/mach.ko" "$out/mach.ko"
	version_of "$sysdir/sys/param.h" > "$out/osversion"
}

install_module() {
	dir=${DESTDIR-}${KMODDIR:-/boot/kernel}
	mkdir -p "$dir"
	install -m 555 "$out/mach.ko" "$dir/mach.ko"
	# Where the loader and kldload look a module's name up.
	if [ -z "${NO_XREF-}" ] && command -v kldxref >/dev/null; then
		kldxref "$dir"
	fi
	say "$dir/mach.ko"
}

if [ "$(uname -s)" = FreeBSD ]; then
	build_native
	say "$out/mach.ko"
	[ -z "$install" ] || install_module
	exit 0
fi

common="-O2 -pipe -g0 -std=gnu17 -nostdinc -D_KERNEL -DKLD_MODULE
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
esac

install_for cross
tools=$top/build/cross
obj=$tools/$arch
mkdir -p "$out" "$obj/opt"

zig_setup "$tools"

# The headers have the same names wherever they are, which are words of a list.
if [ -n "${SYSDIR-}" ]; then
	[ -f "$SYSDIR/sys/module.h" ] || die "$SYSDIR: not the sys directory \
of a FreeBSD source tree"
	SYSDIR=$(cd "$SYSDIR" && pwd)
	ln -sfn "$SYSDIR" "$obj/freebsd"
	ln -sfn "freebsd/$(echo "$arch" | sed s/aarch64/arm64/)/include" \
	    "$obj/machine"
	ln -sfn freebsd/x86/include "$obj/x86"
	includes="-I. -Ifreebsd -Ifreebsd/contrib/ck/include"
	OSVERSION=$(version_of "$SYSDIR/sys/param.h")
else
	lib=$("$zig_python" -c \
	    'import os, ziglang; print(os.path.dirname(ziglang.__file__))')
	headers=$lib/lib/libc/include
	[ -f "$headers/generic-freebsd/sys/module.h" ] ||
	    die "ziglang has no FreeBSD kernel headers in $headers"
	ln -sfn "$headers" "$obj/headers"
	includes="-isystem headers/$target-freebsd-none
	    -isystem headers/generic-freebsd"
fi

# What bsd.kmod.mk writes when there is no kernel build to take it from.
printf '#define SMP 1\n#define MAC 1\n#define VIMAGE 1\n' \
    > "$obj/opt/opt_global.h"
# Every kernel FreeBSD ships has it; without it there are no probes.
printf '#define KDTRACE_HOOKS 1\n' >> "$obj/opt/opt_global.h"

# What FreeBSD's own header says goes before what the command line says.
[ -n "$OSVERSION" ] || die "$SYSDIR/sys/param.h has no __FreeBSD_version"

major=${OSVERSION%?????}
[ -f "$top/mach-kmod/compat/freebsd$major.c" ] ||
    die "the module knows nothing of FreeBSD $major"

say "compiling for $arch, FreeBSD $major"
from=$PWD
cd "$obj"
objects=
for source in "$top"/mach-kmod/mach_*.c "$top"/mach-kmod/compat/freebsd_*.c \
    "$top/mach-kmod/compat/freebsd$major.c"; do
	object=$(basename "$source" .c).o
	# Lists of words, split on purpose.
	# shellcheck disable=SC2086
	zig cc -target "$target-freebsd.$major.0" -c $common $flags \
	    -U__FreeBSD_version -D__FreeBSD_version="$OSVERSION" \
	    -ffile-prefix-map="$top/=" \
	    -include opt/opt_global.h -I"$top/mach-kmod" \
	    -I"$top/libmach/include" $includes -o "$object" "$source"
	objects="$objects $object"
done
# shellcheck disable=SC2086
zig ld.lld -m $emulation $link -o "$out/mach.ko" $objects
cd "$from"

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
for set in modmetadata sysinit sysctl sdt_probes; do
	readelf -SW "$out/mach.ko" | grep -q " set_${set}_set " ||
	    reject "the module has no set_${set}_set"
done
grep -v '^#' "$top/mach-kmod/imports.txt" | sort > "$obj/expected"
readelf -sW "$out/mach.ko" | awk '$7 == "UND" && $8 != "" { print $8 }' |
    grep -v '^__st[a-z]*_set_' | sort -u > "$obj/imports"
unknown=$(comm -13 "$obj/expected" "$obj/imports" | tr '\n' ' ')
[ -z "$unknown" ] || reject "the module binds to what mach-kmod/imports.txt \
does not list: $unknown"
echo "$OSVERSION" > "$out/osversion"
say "$out/mach.ko"
[ -z "$install" ] || install_module
