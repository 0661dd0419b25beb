#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# coverage.sh build: how many lines of mach-kmod ran in a build made for that,
# file by file.  Fails if a line did not run that uncovered.txt does not
# explain, or if that explains a line there is not.

set -eu
build=$(cd "$1" && pwd)
expected=$(cd "$(dirname "$0")" && pwd)/uncovered.txt
mkdir -p "$build/coverage"
cd "$build/coverage"
rm -f ./*.gcov
find "$build/hosted" -name 'mach_*.gcda' | while read -r data; do
	gcov -o "${data%/*}" "$data" >/dev/null 2>&1
done

# A line of gcov's is "count: number: text"; ##### counts as never.  A function
# begins with its name at the start of a line.
awk -v expected="$expected" '
function key(text) {
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return file SUBSEP function_ SUBSEP text
}
BEGIN {
	while ((getline line < expected) > 0) {
		if (line ~ /^\t/)
			why[key(line)] = reason
		else if (line ~ /^mach_.*: /) {
			split(line, head, /[ :]+/)
			file = head[1]
			function_ = head[2]
			reason = line
			sub(/^[^:]*: /, "", reason)
		}
	}
}
FNR == 1 {
	file = FILENAME
	sub(/\.gcov$/, "", file)
	files[++nfiles] = file
	function_ = ""
}
# The same line again, for each function that a macro has made on it.
/^-----/ || /^[a-z_A-Z0-9]+:$/ { next }
{
	text = $0
	sub(/^[^:]*:[^:]*:/, "", text)
	number = $0
	sub(/^[^:]*: */, "", number)
	sub(/:.*/, "", number)
	if (match(text, /^[a-z_0-9]+\(/))
		function_ = substr(text, 1, RLENGTH - 1)
	seen[key(text)] = 1
	count = $1
	if (count ~ /[0-9#=]/ && !counted[file, number]++)
		lines[file]++
	if (count ~ /^[#=]/ && !missed_at[file, number]++) {
		missed[file]++
		if (key(text) in why)
			explained++
		else
			unexplained[++n] = file ":" number ": " function_ \
			    ": " text
	}
}
END {
	for (i = 1; i <= nfiles; i++) {
		file = files[i]
		printf "%-18s %4d of %4d lines ran, %5.1f%%\n", file,
		    lines[file] - missed[file], lines[file],
		    100 * (lines[file] - missed[file]) / lines[file]
		all += lines[file]
		none += missed[file]
	}
	printf "%-18s %4d of %4d lines ran, %5.1f%%; %d of the others are " \
	    "explained\n", "all", all - none, all, 100 * (all - none) / all,
	    explained
	for (i = 1; i <= n; i++)
		print "not run and not explained: " unexplained[i]
	for (k in why)
		if (!(k in seen)) {
			gsub(SUBSEP, ": ", k)
			print "explained and not there: " k
			n++
		}
	exit n > 0
}' mach_*.c.gcov > summary.txt || status=$?
cat summary.txt
exit ${status-0}
