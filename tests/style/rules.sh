#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# rules.sh: every row of a table in docs/rules.md has all its cells, and every
# test it names is there.  A test is `directory/program:case', or a file whose
# assertions the compiler checks.

set -eu
cd "$(dirname "$0")/../.."

rules=docs/rules.md
status=0
complain() {
	printf '%s\n' "$*"
	status=1
}

awk -v f=$rules '
/^\|/ {
	n = split($0, cell, "|")
	if (n != 5)
		bad = "not three cells"
	for (i = 2; i <= 4; i++)
		if (cell[i] ~ /^[ \t]*$/)
			bad = "an empty cell"
	if (cell[4] !~ /`|^-+$|Tests/)
		bad = "no test"
	if (bad)
		printf "%s:%d: %s\n", f, NR, bad
	failed += bad != ""
	bad = ""
	rows++
}
END {
	if (rows < 100)
		printf "%s: only %d rows\n", f, rows
	exit failed > 0 || rows < 100
}' $rules || status=1

# The source of a test, by the name it has in the build tree.
source_of() {
	case $1 in
	mach-kmod/*) set -- "mach-kmod/tests/${1#*/}" ;;
	*)	set -- "tests/$1" ;;
	esac
	for file in "$1.c" "$1.sh.in"; do
		[ ! -f "$file" ] || printf '%s\n' "$file"
	done
}

# The last cell of a row holds nothing in back quotes but tests.
for name in $(sed -n 's/^|.*|\([^|]*\)|$/\1/p' $rules |
    grep -o '`[^`]*`' | tr -d '`' | sort -u); do
	case $name in
	*:*)	file=$(source_of "${name%%:*}")
		if [ -z "$file" ] || ! grep -qE \
		    "(ATF_TP_ADD_TC\(tp, |atf_add_test_case )${name#*:}\>" \
		    "$file"; then
			complain "$rules: there is no test $name"
		fi ;;
	*)	grep -qE '_Static_assert|CTASSERT' "$name" 2>/dev/null ||
		    complain "$rules: $name asserts nothing" ;;
	esac
done
exit $status
