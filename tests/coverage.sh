#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# coverage.sh build: how many lines of mach-kmod ran in a build made for that,
# file by file, and every line that did not.

set -eu
build=$1
mkdir -p "$build/coverage"
cd "$build/coverage"
rm -f ./*.gcov
find "$build/hosted" -name 'mach_*.gcda' | while read -r data; do
	gcov -o "${data%/*}" "$data" >/dev/null 2>&1
done

# A line of gcov's is "count: number: text"; ##### counts as never.
for file in mach_*.c.gcov; do
	awk -F: -v f="${file%.gcov}" '
	    $1 ~ /#####/ { print "    " f ":" $2 + 0 ":" $3; missed++; lines++ }
	    $1 ~ /[0-9]/ { lines++ }
	    END { printf "%s: %d of %d lines ran, %.1f%%\n", f,
		lines - missed, lines, 100 * (lines - missed) / lines }
	' "$file"
done
