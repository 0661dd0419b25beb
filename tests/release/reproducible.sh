#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# reproducible.sh: builds the packages with the real module twice, from two
# copies of the sources in two places, and compares them bit for bit.

set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/setup.subr"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# copy dir: the sources as git knows them, with the compiler of the original.
copy() {
	mkdir -p "$1"
	(cd "$top" && git ls-files -z | xargs -0 tar -cf -) | tar -xf - -C "$1"
	mkdir -p "$1/build/cross"
	ln -s "$tools/zig" "$1/build/cross/zig"
}

install_for cross
tools=$top/build/cross
zig_setup "$tools"
export SOURCE_DATE_EPOCH=1700000000
copy "$scratch/one"
copy "$scratch/else where/two"
"$scratch/one/release.sh" --output "$scratch/out1"
(umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 \
    "$scratch/else where/two/release.sh" --output "$scratch/out2")
made=0
for package in "$scratch"/out1/*; do
	cmp "$package" "$scratch/out2/${package##*/}"
	made=$((made + 1))
done
# Two architectures, and the sums of both.
[ $made -eq 3 ] || die "$made files were made, not 3"
cat "$scratch/out1/SHA256SUMS"
