#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# kyuafiles.sh dir: writes a Kyuafile for every directory of built tests below
# dir, and one that includes them all.

set -eu
cd "$1"

head='syntax(2)
test_suite("freebsd-launchd")
'

top=$head
for dir in */; do
	dir=${dir%/}
	tests=
	for test in "$dir"/*_test; do
		if [ -f "$test" ] && [ -x "$test" ]; then
			tests="$tests
atf_test_program{name=\"${test##*/}\", timeout=600}"
		fi
	done
	[ -n "$tests" ] || continue
	printf '%s%s\n' "$head" "$tests" > "$dir/Kyuafile"
	top="$top
include(\"$dir/Kyuafile\")"
done
printf '%s\n' "$top" > Kyuafile
