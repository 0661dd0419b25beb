#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# plist.sh [build]: prints what pkg-plist has to say: what is installed from a
# build directory, which is build if none is named, of what the port installs.
# After a change of that:
#
#	./check.sh; port/plist.sh > port/pkg-plist

set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$top/build}
export LC_ALL=C

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root

prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:[A-Z]*=//p' "$build/CMakeCache.txt")
pkgconfig=$(sed -n 's/^MACH_PKGCONFIG_DIR:[A-Z]*=//p' "$build/CMakeCache.txt")
for component in libmach mig launchd configd rc; do
	DESTDIR=$root cmake --install "$build" --component $component \
	    >/dev/null
done

# FreeBSD's directory of .pc files is another than Linux's.  Manual pages are
# compressed, and a sample becomes the file if there is none.
cd "$root"
find . ! -type d | sed -e 's,^\.,,' -e "s,^$prefix/,," \
    -e "s,^$pkgconfig/,libdata/pkgconfig/," | sort |
    sed -e '/^share\/man\//s/$/.gz/' -e '/\.sample$/s/^/@sample /'
# make-mach-kmod.sh makes it, and the port puts it where ports put modules.
echo '/%%KMODDIR%%/mach.ko'
# Directories that are not there without us, the innermost first.
find ./* -type d | sed 's,^\.,,' | grep -v '^/usr' | sort -r | sed 's/^/@dir /'
