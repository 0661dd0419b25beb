#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# plist.sh: prints what pkg-plist has to say, by building and installing as the
# port does.  After a change of what is installed:
#
#	port/plist.sh > port/pkg-plist

set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
export LC_ALL=C

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
root=$scratch/root

# As on FreeBSD, wherever this runs; without what makes a build slow.
cmake -S "$top" -B "$scratch/build" -G Ninja -DMACH_HOSTED=OFF \
    -DMACH_TESTS=OFF -DMACH_PKGCONFIG_DIR=libdata/pkgconfig \
    -DCMAKE_INSTALL_PREFIX=/usr/local -DCMAKE_BUILD_TYPE=Debug >/dev/null
ninja -C "$scratch/build" -j 2 --quiet >/dev/null
DESTDIR=$root cmake --install "$scratch/build" >/dev/null

# Manual pages are compressed, a sample becomes the file if there is none.
cd "$root"
find . ! -type d | sed -e 's,^\.,,' -e 's,^/usr/local/,,' | sort |
    sed -e '/^share\/man\//s/$/.gz/' -e '/\.sample$/s/^/@sample /'
# make-mach-kmod.sh makes it, and the port puts it where ports put modules.
echo '/%%KMODDIR%%/mach.ko'
# Directories that are not there without us, the innermost first.
find ./* -type d | sed 's,^\.,,' | grep -v '^/usr' | sort -r | sed 's/^/@dir /'
