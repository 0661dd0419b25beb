#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# style.sh: checks every source file for what style(9) says and a program can
# see: licence, width, tabs, blanks at the end of lines, a space before the
# value of return, a function's name at the start of a line.

set -eu
cd "$(dirname "$0")/../.."

status=0
complain() {
	printf '%s\n' "$*"
	status=1
}

files=$(git ls-files '*.[ch]' '*.sh' '*.subr')
sources=$(git ls-files '*.[ch]')
[ -n "$files" ] && [ -n "$sources" ] || complain "nothing to look at"

# Tests in shell quote the lines a program prints, however wide.
for file in $files; do
	grep -q 'SPDX-License-Identifier: BSD-2-Clause' "$file" ||
	    complain "$file: no SPDX line"
	expand "$file" | awk -v f="$file" 'length > 80 {
	    printf "%s:%d: wider than 80 columns\n", f, NR; bad = 1 }
	    END { exit bad }' || status=1
	if grep -nE '[[:blank:]]+$' "$file" /dev/null; then
		complain "$file: blanks at the end of a line"
	fi
done
for file in $sources; do
	if grep -nE '^        ' "$file" /dev/null; then
		complain "$file: spaces where a tab belongs"
	fi
	if grep -nE '(^|[[:blank:]])return [^(;]' "$file" /dev/null |
	    grep -vE '^[^:]*:[0-9]+:[[:blank:]]*(/?\*|#)' |
	    grep -vE '/\*.*return'; then
		complain "$file: return takes parentheses"
	fi
	if grep -nE '//' "$file" /dev/null | grep -vE '"[^"]*//|https?://'; then
		complain "$file: // comment"
	fi
	lines=$(wc -l < "$file")
	[ "$lines" -le 1500 ] || complain "$file: $lines lines; at most 1500"
	if grep -nE '(^|[^X])(TODO|FIXME|XXX)([^X]|$)' "$file" /dev/null; then
		complain "$file: something left to do"
	fi
done
exit $status
